import Foundation
import TernEngine

/// A redis-server of the machine's own on a free port, in a directory of its own, and sockets to talk to it.
final class RealRedis {
  static let executable: String? = ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  let port: Int
  private let process = Process()
  private let directory: URL

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  init(_ arguments: String...) throws {
    port = try TestSocket.freePort()
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("tern-replication-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: Self.executable ?? "redis-server")
    process.arguments =
      [
        "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory.path, "--save", "", "--logfile", "log", "--repl-diskless-sync-delay",
        "0",
      ]
      + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<500 {
      if (try? call("PING"))?.text == "PONG" { return }
      usleep(10_000)
    }
    throw Failure(description: "redis-server does not answer")
  }

  deinit {
    if process.isRunning {
      // It was started from a thread of a pool, which blocks SIGTERM, and the child has inherited that.
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    try? FileManager.default.removeItem(at: directory)
  }

  /// The server's log so far.
  var log: String { (try? String(contentsOf: directory.appendingPathComponent("log"), encoding: .utf8)) ?? "" }

  @discardableResult func call(_ words: String...) throws -> RESPValue {
    let socket = try TestSocket(port: port)
    socket.write(RESPCommand.encode(words.map { Array($0.utf8) }))
    var parser = RESPReplyParser()
    for _ in 0..<1000 {
      guard let bytes = socket.read(waitMilliseconds: 10) else { throw Failure(description: "connection closed") }
      parser.append(bytes)
      if let value = try parser.next() { return value }
    }
    throw Failure(description: "no reply to \(words)")
  }

  func info(_ field: String) throws -> String {
    let text = try call("INFO", "replication").text ?? ""
    let line = text.split(separator: "\r\n").first { $0.hasPrefix(field + ":") }
    return line.map { String($0.dropFirst(field.count + 1)) } ?? ""
  }
}

/// A TCP socket on the loopback interface.
final class TestSocket {
  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  private static func address(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
  }

  private static func open() throws -> Int32 {
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { throw RealRedis.Failure(description: "no socket") }
    return descriptor
  }

  convenience init(port: Int) throws {
    let descriptor = try Self.open()
    var address = Self.address(port)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard result == 0 else {
      close(descriptor)
      throw RealRedis.Failure(description: "refused")
    }
    self.init(descriptor: descriptor)
  }

  /// Listens on a port that the system chooses.
  static func listen() throws -> (TestSocket, port: Int) {
    let descriptor = try open()
    var address = address(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        guard bind(descriptor, pointer, length) == 0, Foundation.listen(descriptor, 16) == 0 else { return Int32(-1) }
        return getsockname(descriptor, pointer, &length)
      }
    }
    guard result == 0 else { throw RealRedis.Failure(description: "cannot listen") }
    return (TestSocket(descriptor: descriptor), Int(in_port_t(bigEndian: address.sin_port)))
  }

  static func freePort() throws -> Int { try listen().port }

  private func isReadable(waitMilliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, waitMilliseconds) > 0
  }

  func accept() -> TestSocket? {
    guard isReadable(waitMilliseconds: 0) else { return nil }
    let other = Foundation.accept(descriptor, nil, nil)
    return other >= 0 ? TestSocket(descriptor: other) : nil
  }

  /// nil when the peer has closed; empty when nothing came.
  func read(waitMilliseconds: Int32) -> [UInt8]? {
    guard isReadable(waitMilliseconds: waitMilliseconds) else { return [] }
    var buffer = [UInt8](repeating: 0, count: 16_384)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      #if canImport(Glibc)
        let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      #else
        let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
      #endif
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// A replica or a primary of real sockets around the machines: the smallest host there can be.
func milliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
