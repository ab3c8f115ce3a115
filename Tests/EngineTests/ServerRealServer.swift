import Foundation
import Glibc
import Testing

@testable import TernEngine

/// A redis-server 7.0.15 of its own, in a temporary directory, reached through a unix socket. Gone when the object is.
///
/// Its absence fails the tests that need it: they are the proof of compatibility, and must not be skipped in silence.
final class ServerRealServer {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private let process = Process()
  private let directory: String
  private var path: String { directory + "/s" }

  init(_ options: [String] = []) throws {
    directory = NSTemporaryDirectory() + "/tern-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", directory, "--enable-debug-command", "yes"] + options
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw Failure(description: "redis-server cannot be started: \(error)") }
    for _ in 0..<500 {
      if let link = try? ServerRealClient(path: path), let reply = try? link.send(["INFO", "server"]), let text = reply.text {
        guard text.contains("redis_version:7.0.") || text.hasPrefix("NOAUTH") else {
          throw Failure(description: "redis-server is not version 7.0")
        }
        return
      }
      guard process.isRunning else { break }
      usleep(10_000)
    }
    throw Failure(description: "redis-server 7.0 is not installed, or does not start")
  }

  deinit {
    // SIGKILL: test threads block SIGTERM, and a child inherits that.
    kill(process.processIdentifier, SIGKILL)
    try? FileManager.default.removeItem(atPath: directory)
  }

  func connect() throws -> ServerRealClient {
    let client = try ServerRealClient(path: path)
    client.server = self
    return client
  }
}

final class ServerRealClient {
  private let socket: Int32
  /// Lives as long as its clients.
  fileprivate var server: ServerRealServer?
  private var parser = RESPReplyParser()

  init(path: String) throws {
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < 108 else { throw ServerRealServer.Failure(description: "the socket's path is too long: \(path)") }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    guard result == 0 else {
      close(socket)
      throw ServerRealServer.Failure(description: "cannot connect to \(path)")
    }
  }

  deinit { close(socket) }

  func write(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// The next value; nil if none comes in time or the connection is closed.
  func next(milliseconds: Int32 = 1500) throws -> RESPValue? {
    while true {
      if let value = try parser.next() { return value }
      var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard poll(&poller, 1, milliseconds) > 0 else { return nil }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(socket, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      parser.append(buffer[..<count])
    }
  }

  @discardableResult
  func send(_ arguments: [String]) throws -> RESPValue {
    write(RESPCommand.encode(arguments.map { Array($0.utf8) }))
    guard let value = try next() else { throw ServerRealServer.Failure(description: "no reply to \(arguments)") }
    return value
  }
}
