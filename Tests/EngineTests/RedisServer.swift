import Foundation
import TernEngine

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct RedisUnavailable: Error, CustomStringConvertible {
  var description: String
}

/// A redis-server of its own in a fresh directory, on a unix socket; ended with this object.
final class RedisServer {
  private let process = Process()
  private let directory: URL
  private var socketPath: String { directory.path + "/s" }

  init(_ options: [String] = []) throws {
    directory = URL(fileURLWithPath: "/tmp/tern-redis-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      [
        "redis-server", "--port", "0", "--unixsocket", directory.path + "/s", "--dir", directory.path, "--save", "",
        "--enable-debug-command", "yes",
      ]
      + options
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<500 {
      if !process.isRunning { throw RedisUnavailable(description: "redis-server 7.0 does not start; is it installed?") }
      if let connection = try? connect(), (try? connection.ask("PING")) != nil { return }
      usleep(10_000)
    }
    throw RedisUnavailable(description: "redis-server does not answer on \(socketPath)")
  }

  deinit {
    // Not SIGTERM with waitUntilExit: that waits for ever on a thread without a run loop.
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: directory)
  }

  func connect() throws -> RedisConnection { try RedisConnection(path: socketPath) }
}

/// A blocking connection that gives replies as the bytes that came.
final class RedisConnection {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var start = 0

  init(path: String) throws {
    #if canImport(Glibc)
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #else
      descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      close(descriptor)
      throw RedisUnavailable(description: "cannot connect to \(path): errno \(errno)")
    }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      // The server closed while we were sending: what it said before that can still be read.
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// False at the end of the stream.
  private func receive() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    if count < 0 {
      if errno == ECONNRESET { return false }
      throw RedisUnavailable(description: "redis-server sent nothing for 20 seconds")
    }
    buffer += chunk[..<count]
    return count > 0
  }

  /// The next reply's bytes.
  func reply() throws -> [UInt8] {
    while true {
      if let length = Frame.length(buffer, start) {
        defer { start += length }
        return Array(buffer[start..<start + length])
      }
      buffer.removeFirst(start)
      start = 0
      guard try receive() else { throw RedisUnavailable(description: "redis-server closed the connection") }
    }
  }

  func ask(_ words: String...) throws -> [UInt8] {
    try send(RESPCommand.encode(words.map { Array($0.utf8) }))
    return try reply()
  }

  /// Everything until the server closes, or until `count` bytes are there.
  func readToEnd(orUntil count: Int) throws -> [UInt8] {
    while buffer.count - start < count, try receive() {}
    return Array(buffer[start...])
  }
}

/// Where one reply ends, without a look at what it says.
enum Frame {
  static func length(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard start < bytes.count, let newline = bytes[start...].firstIndex(of: 10) else { return nil }
    let number = Int(String(decoding: bytes[(start + 1)..<(newline - 1)], as: UTF8.self)) ?? 0
    switch bytes[start] {
    case UInt8(ascii: "$"), UInt8(ascii: "="):
      let end = number < 0 ? newline + 1 : newline + 1 + number + 2
      return end <= bytes.count ? end - start : nil
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"):
      var position = newline + 1
      for _ in 0..<max(0, bytes[start] == UInt8(ascii: "%") ? number * 2 : number) {
        guard let length = length(bytes, position) else { return nil }
        position += length
      }
      return position - start
    default: return newline + 1 - start
    }
  }

  static func split(_ bytes: [UInt8]) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var position = 0
    while let length = length(bytes, position) {
      frames.append(Array(bytes[position..<position + length]))
      position += length
    }
    return frames
  }
}
