import Foundation
import TernEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A real redis-server in a directory of its own, reached through a unix socket, killed when it is let go.
final class RedisServer {
  struct Failure: Error, CustomStringConvertible { var description: String }

  let directory: String
  private let process = Process()
  private var descriptor: Int32 = -1
  private var parser = RESPReplyParser()

  /// Starts it and waits until it serves. Throws with its log when it ends instead.
  convenience init(in directory: TemporaryDirectory, _ options: String...) throws { try self.init(in: directory, options) }

  init(in directory: TemporaryDirectory, _ options: [String]) throws {
    self.directory = directory.path
    let path = "/usr/bin/redis-server"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Failure(description: "\(path) is missing: the test command installs it (package redis-server)")
    }
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments =
      [
        "--port", "0", "--unixsocket", directory.path + "/redis.sock", "--dir", directory.path, "--save", "", "--enable-debug-command",
        "yes", "--logfile", directory.path + "/redis.log",
      ] + options
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<2000 {
      if connect(), (try? call("PING"))?.text == "PONG" { return }
      if !process.isRunning { throw Failure(description: "redis-server ended: " + log) }
      usleep(10_000)
    }
    stop()
    throw Failure(description: "redis-server did not begin to serve: " + log)
  }

  deinit { stop() }

  var log: String { (try? String(contentsOfFile: directory + "/redis.log", encoding: .utf8)) ?? "" }

  func stop() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  private func connect() -> Bool {
    if descriptor >= 0 { return true }
    #if canImport(Darwin)
      let stream = SOCK_STREAM
    #elseif canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let socket = socket(AF_UNIX, stream, 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array((directory + "/redis.sock").utf8).prefix($0.count - 1)) }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { posixConnect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    guard connected == 0 else {
      close(socket)
      return false
    }
    descriptor = socket
    return true
  }

  @discardableResult
  func call(_ arguments: String...) throws -> RESPValue { try call(bytes: arguments.map { Array($0.utf8) }) }

  @discardableResult
  func call(bytes arguments: [[UInt8]]) throws -> RESPValue { try pipeline([arguments])[0] }

  /// Sends all commands, then reads all replies. Throws at the first error reply.
  @discardableResult
  func pipeline(_ commands: [[[UInt8]]]) throws -> [RESPValue] {
    var replies: [RESPValue] = []
    for begin in stride(from: 0, to: commands.count, by: 500) {
      let batch = commands[begin..<min(begin + 500, commands.count)]
      var bytes: [UInt8] = []
      for command in batch { RESPCommand.encode(command, into: &bytes) }
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { throw Failure(description: "redis-server closed the connection: " + log) }
        sent += count
      }
      for _ in batch { replies.append(try reply()) }
    }
    return replies
  }

  /// Sends encoded commands, a bounded number at a time, and reads their replies. Throws at the first error reply.
  func feed(_ commands: [UInt8]) throws {
    var parser = RESPReplyParser()
    parser.append(commands)
    var batch: [[[UInt8]]] = []
    while let command = try parser.next()?.elements {
      batch.append(command.compactMap(\.bytes))
      if batch.count == 100 {
        try pipeline(batch)
        batch = []
      }
    }
    try pipeline(batch)
  }

  private func reply() throws -> RESPValue {
    while true {
      if let value = try parser.next() {
        if value.isError { throw Failure(description: value.text ?? "") }
        return value
      }
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { throw Failure(description: "redis-server closed the connection: " + log) }
      parser.append(chunk[..<count])
    }
  }

  /// Waits for a background job that INFO persistence names.
  func waitForRewrite() throws {
    for _ in 0..<1000 {
      let info = try call("INFO", "persistence").text ?? ""
      if info.contains("aof_rewrite_in_progress:0"), info.contains("aof_rewrite_scheduled:0") { return }
      usleep(10_000)
    }
    throw Failure(description: "the rewrite does not end: " + log)
  }

  /// Runs redis-server until it ends by itself, as it does when its files are bad. Answers its log.
  static func logOfRefusedStart(in directory: TemporaryDirectory, _ options: [String] = []) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/redis-server")
    process.arguments =
      [
        "--port", "0", "--unixsocket", directory.path + "/redis.sock", "--dir", directory.path, "--save", "", "--logfile",
        directory.path + "/refused.log",
      ] + options
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    for _ in 0..<500 where process.isRunning { usleep(10_000) }
    let ended = !process.isRunning
    if !ended {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let log = try String(contentsOfFile: directory.path + "/refused.log", encoding: .utf8)
    guard ended else { throw Failure(description: "redis-server started: " + log) }
    return log
  }
}

/// A directory that is removed with its last reference. The path is short: a unix socket's is limited to about 100 bytes.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/tern-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw RedisServer.Failure(description: "mkdtemp: \(String(cString: strerror(errno)))") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))) }
  func names(_ name: String = "") throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path + "/" + name).sorted() }
}

/// A seeded source of numbers, so that a failure comes again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

private func posixConnect(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  connect(socket, address, length)
}
