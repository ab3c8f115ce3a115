import Foundation
import TernEngine

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct RealServerFailure: Error, CustomStringConvertible {
  var description: String
}

/// A redis-server 7.0 of its own in a temporary directory, on a unix socket, used for one script after the other. Gone when the object is.
///
/// Its absence fails the tests that need it: they are the proof of compatibility, and must not be skipped in silence.
final class RealServer {
  private let process = Process()
  private let directory: String
  private var clients: [Int: RealClient] = [:]
  /// Never in a transaction, never blocked, always RESP2.
  private(set) var control: RealClient
  private var defaults: [String: String] = [:]

  init() throws {
    directory = NSTemporaryDirectory() + "/tern-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "redis-server", "--port", "0", "--unixsocket", directory + "/s", "--save", "", "--dir", directory, "--enable-debug-command", "yes",
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw RealServerFailure(description: "redis-server cannot be started: \(error)") }
    for _ in 0..<500 {
      if let client = try? RealClient(path: directory + "/s"), let reply = try? client.ask("INFO", "server") {
        guard String(decoding: reply, as: UTF8.self).contains("redis_version:7.0.") else { break }
        control = client
        return
      }
      guard process.isRunning else { break }
      usleep(10_000)
    }
    kill(process.processIdentifier, SIGKILL)
    throw RealServerFailure(description: "redis-server 7.0 is not installed, or does not start")
  }

  deinit {
    // SIGKILL: test threads block SIGTERM, and a child inherits that.
    kill(process.processIdentifier, SIGKILL)
    try? FileManager.default.removeItem(atPath: directory)
  }

  func client(_ number: Int) throws -> RealClient {
    if let client = clients[number] { return client }
    let client = try RealClient(path: directory + "/s")
    clients[number] = client
    return client
  }

  var connected: [(number: Int, client: RealClient)] { clients.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

  /// No data, no clients, and the settings as they were at the start.
  func reset() throws {
    try disconnectClients()
    for (name, value) in defaults { try control.expectOK("CONFIG", "SET", name, value) }
    defaults = [:]
    // FLUSHALL leaves functions, statistics and the eviction clock alone: none of them shows in a reply.
    try control.expectOK("FLUSHALL", "SYNC")
    try control.expectOK("SCRIPT", "FLUSH")
    try control.expectOK("CONFIG", "RESETSTAT")
    try control.expectOK("DEBUG", "SET-ACTIVE-EXPIRE", "0")
  }

  /// Those that were blocked are gone when the server has seen their sockets closed.
  func disconnectClients() throws {
    clients = [:]
    for _ in 0..<1000 where try blockedClients() != 0 { usleep(1000) }
  }

  /// A setting that a script is about to change is put back by `reset`.
  func remember(setting name: String) throws {
    guard defaults[name] == nil else { return }
    let pair = try control.value("CONFIG", "GET", name).elements ?? []
    if pair.count == 2, let value = pair[1].text { defaults[name] = value }
  }

  func blockedClients() throws -> Int {
    let info = String(decoding: try control.ask("INFO", "clients"), as: UTF8.self)
    return info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("blocked_clients:") }
      .flatMap { Int($0.dropFirst("blocked_clients:".count)) } ?? 0
  }
}

/// A connection that gives replies as the bytes that came.
final class RealClient {
  private let socket: Int32
  private var buffer: [UInt8] = []
  private var start = 0

  init(path: String) throws {
    #if canImport(Glibc)
      socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #else
      socket = Darwin.socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes.prefix($0.count - 1)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    guard result == 0 else {
      close(socket)
      throw RealServerFailure(description: "cannot connect to \(path)")
    }
  }

  deinit { close(socket) }

  func write(_ words: [[UInt8]]) { write(bytes: RESPCommand.encode(words)) }

  func write(bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      // The server closed while we were sending: what it said before that can still be read.
      guard count > 0 else { return }
      sent += count
    }
  }

  /// The next reply's bytes; nil if none comes in time or the connection is closed.
  func next(milliseconds: Int32 = 1000) throws -> [UInt8]? {
    while true {
      if let length = Frame.length(buffer, start) {
        defer { start += length }
        return Array(buffer[start..<start + length])
      }
      var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard poll(&poller, 1, milliseconds) > 0 else { return nil }
      buffer.removeFirst(start)
      start = 0
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(socket, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      buffer += chunk[..<count]
    }
  }

  func ask(_ words: [[UInt8]]) throws -> [UInt8] {
    write(words)
    guard let reply = try next(milliseconds: 20_000) else {
      throw RealServerFailure(description: "redis-server does not answer \(words.map { printable($0) })")
    }
    return reply
  }
  func ask(_ words: String...) throws -> [UInt8] { try ask(words.map { Array($0.utf8) }) }

  func value(_ words: [[UInt8]]) throws -> RESPValue {
    var parser = RESPReplyParser()
    parser.append(try ask(words))
    return try parser.next() ?? .null
  }
  func value(_ words: String...) throws -> RESPValue { try value(words.map { Array($0.utf8) }) }

  func expectOK(_ words: String...) throws {
    let reply = try ask(words.map { Array($0.utf8) })
    guard reply == Array("+OK\r\n".utf8) else {
      throw RealServerFailure(description: "redis-server answers \(words) with \(printable(reply))")
    }
  }
}

/// Where one reply ends, and what its parts are, without a look at what it says.
enum Frame {
  static func length(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard let header = header(bytes, start) else { return nil }
    switch bytes[start] {
    case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
      let end = header.number < 0 ? header.end : header.end + header.number + 2
      return end <= bytes.count ? end - start : nil
    default:
      var position = header.end
      for _ in 0..<header.parts {
        guard let length = length(bytes, position) else { return nil }
        position += length
      }
      return position - start
    }
  }

  /// The elements of an aggregate, each as its bytes; nil if it is none.
  static func elements(_ bytes: [UInt8]) -> [[UInt8]]? {
    guard let header = header(bytes, 0), header.isAggregate, header.number >= 0 else { return nil }
    var elements: [[UInt8]] = []
    var position = header.end
    for _ in 0..<header.parts {
      guard let length = length(bytes, position) else { return nil }
      elements.append(Array(bytes[position..<position + length]))
      position += length
    }
    return elements
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

  private static func header(_ bytes: [UInt8], _ start: Int) -> (number: Int, parts: Int, end: Int, isAggregate: Bool)? {
    guard start < bytes.count, let newline = bytes[start...].firstIndex(of: 10), newline > start + 1 else { return nil }
    let number = Int(String(decoding: bytes[(start + 1)..<(newline - 1)], as: UTF8.self)) ?? 0
    switch bytes[start] {
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"): return (number, max(0, number), newline + 1, true)
    case UInt8(ascii: "%"): return (number, max(0, number) * 2, newline + 1, true)
    default: return (number, 0, newline + 1, false)
    }
  }
}
