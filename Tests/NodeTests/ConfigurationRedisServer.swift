import Foundation
import TernEngine
import TernNode

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A redis-server of the test's own, in a directory of its own, reached over a Unix socket; ended and removed with the value.
final class ConfigurationRedisServer {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let directory: String
  private let process: Process
  private var link: Int32 = -1
  private var parser = RESPReplyParser()

  /// Arguments that let a server be reached without taking a port.
  static func reachable(in directory: String) -> [String] { ["--port", "0", "--unixsocket", directory + "/s"] }

  init(_ arguments: [String], in directory: String, name: String = "redis-server", input: String? = nil) throws {
    self.directory = directory
    process = try Self.spawn(arguments, in: directory, output: FileHandle.nullDevice, input: input)
    for _ in 0..<400 {
      if connect() { return }
      guard process.isRunning else { break }
      usleep(10_000)
    }
    process.terminate()
    throw Failure(description: "redis-server \(arguments) does not answer")
  }

  deinit {
    if link >= 0 { close(link) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: directory)
  }

  static func makeDirectory() throws -> String {
    let path = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path + "/tern-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    return path
  }

  /// What a start that fails prints, whichever stream it goes to.
  static func failure(_ arguments: [String], in directory: String, input: String? = nil) throws -> String {
    let output = Pipe()
    let process = try spawn(arguments, in: directory, output: output.fileHandleForWriting, input: input)
    try? output.fileHandleForWriting.close()
    // A start that unexpectedly succeeds would never end.
    DispatchQueue.global().asyncAfter(deadline: .now() + 5) { [pid = process.processIdentifier] in
      if process.isRunning { kill(pid, SIGKILL) }
    }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  private static func spawn(_ arguments: [String], in directory: String, output: FileHandle, input: String?) throws -> Process {
    let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/redis-server" }
    guard let executable = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      throw Failure(description: "redis-server is not installed, and these tests compare with it")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.standardOutput = output
    process.standardError = output
    let standardInput = Pipe()
    process.standardInput = standardInput
    try process.run()
    if let input {
      // A server that refuses to start may be gone by now; that shows in what it printed.
      signal(SIGPIPE, SIG_IGN)
      try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    }
    try standardInput.fileHandleForWriting.close()
    return process
  }

  private func connect() -> Bool {
    #if canImport(Darwin)
      let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
    #else
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array((directory + "/s").utf8).prefix($0.count - 1)) }
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unix in
        #if canImport(Darwin)
          Darwin.connect(descriptor, unix, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        #else
          Glibc.connect(descriptor, unix, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        #endif
      }
    }
    if isConnected { link = descriptor } else { close(descriptor) }
    return isConnected
  }

  func send(_ arguments: [[UInt8]]) throws -> RESPValue { try send(pipeline: [arguments])[0] }

  func send(_ arguments: String...) throws -> RESPValue { try send(arguments.map { Array($0.utf8) }) }

  func send(pipeline commands: [[[UInt8]]]) throws -> [RESPValue] {
    var bytes: [UInt8] = []
    for command in commands { RESPCommand.encode(command, into: &bytes) }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { write(link, $0.baseAddress! + sent, bytes.count - sent) }
      guard count > 0 else { throw Failure(description: "redis-server closed the link at \(commands.prefix(2))") }
      sent += count
    }
    var replies: [RESPValue] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while replies.count < commands.count {
      if let reply = try parser.next() {
        replies.append(reply)
        continue
      }
      let count = read(link, &buffer, buffer.count)
      guard count > 0 else { throw Failure(description: "redis-server closed the link after \(replies.count) of \(commands.count)") }
      parser.append(buffer[..<count])
    }
    return replies
  }

  /// CONFIG GET; values as text, since every default is.
  func parameters(_ patterns: String...) throws -> [String: String] {
    let words = try send((["CONFIG", "GET"] + patterns).map { Array($0.utf8) }).elements ?? []
    return Dictionary(
      uniqueKeysWithValues: stride(from: 0, to: words.count - 1, by: 2).map { (words[$0].text ?? "", words[$0 + 1].text ?? "") })
  }
}

extension ConfigurationEnvironment {
  /// The real file system, as a driver serves it.
  static func onDisk(_ directory: String, input: String = "", product: String = "Redis 7.0.15") -> ConfigurationEnvironment {
    var environment = ConfigurationEnvironment()
    environment.product = product
    environment.currentDirectory = directory
    environment.enterDirectory = { path, current throws(ConfigurationReason) in
      let joined = path.hasPrefix("/") ? path : current + "/" + path
      var status = stat()
      guard stat(joined, &status) == 0 else { throw ConfigurationReason(String(cString: strerror(errno))) }
      guard status.st_mode & S_IFMT == S_IFDIR else { throw ConfigurationReason(String(cString: strerror(ENOTDIR))) }
      guard let real = realpath(joined, nil) else { throw ConfigurationReason(String(cString: strerror(errno))) }
      defer { free(real) }
      return String(cString: real)
    }
    environment.load = { pattern, directory throws(ConfigurationReason) in
      let isPattern = pattern.contains { "*?[".contains($0) }
      let path = pattern.hasPrefix("/") ? pattern : directory + "/" + pattern
      var names = [path]
      if isPattern {
        var matches = glob_t()
        defer { globfree(&matches) }
        names = glob(path, 0, nil, &matches) == 0 ? (0..<Int(matches.gl_pathc)).map { String(cString: matches.gl_pathv[$0]!) } : []
      }
      var sources: [Source] = []
      for name in names {
        guard let file = FileHandle(forReadingAtPath: name) else { throw .cannotOpen(name, String(cString: strerror(ENOENT))) }
        sources.append((name, Array((try? file.readToEnd()) ?? Data())))
      }
      return sources
    }
    environment.checkLogFile = { path, directory throws(ConfigurationReason) in
      guard let file = fopen(path.hasPrefix("/") ? path : directory + "/" + path, "a") else {
        throw ConfigurationReason(String(cString: strerror(errno)))
      }
      fclose(file)
    }
    environment.readStandardInput = { _ throws(ConfigurationReason) in Array(input.utf8) }
    environment.hasCommand = { ["get", "set", "flushall"].contains(String(decoding: $0, as: UTF8.self).lowercased()) }
    return environment
  }
}

extension Configuration {
  /// CONFIG GET as text.
  func texts(_ patterns: String...) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: parameters(matching: patterns.map { Array($0.utf8) })
        .map { (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self)) })
  }

  /// CONFIG SET from a client on this machine; the reply's text.
  mutating func set(_ arguments: [[UInt8]], isLocalClient: Bool = true, isLoading: Bool = false, environment: ConfigurationEnvironment)
    -> String
  {
    do throws(ConfigurationSetError) {
      self = try applying(arguments, isLocalClient: isLocalClient, isLoading: isLoading, environment: environment).configuration
      return "OK"
    } catch {
      return error.description
    }
  }
}

extension Directive {
  /// Tern's own, and those that came after redis-server 7.0.
  static func isNewerThanRedis70(_ name: String) -> Bool {
    name.hasPrefix("tern-") || ["repl-compression", "save-rate-limit", "set-max-listpack-entries", "set-max-listpack-value"].contains(name)
  }
}
