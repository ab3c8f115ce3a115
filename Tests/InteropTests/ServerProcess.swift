import Foundation
import SampleSupport
import TernEngine

/// A server that a test started, on a port of its own, in a folder of its own. It ends with `stop`, with the object, and in any case
/// with the test process.
final class ServerProcess: Sendable {
  enum Role: Sendable { case data, sentinel }

  let program: ServerProgram
  let role: Role
  let port: Int
  let password: String?
  /// Configuration, data and log.
  let directory: TemporaryDirectory
  private let child: ChildProcess

  var endpoint: Endpoint { .loopback(port) }
  var pid: Int32 { child.pid }
  var isRunning: Bool { child.isRunning }
  var configurationFile: String { directory.file("server.conf") }

  /// Everything that the server wrote to its standard output and error.
  var log: String { (try? String(contentsOfFile: directory.file("log"), encoding: .utf8)) ?? "" }

  private init(program: ServerProgram, role: Role, port: Int, password: String?, directory: TemporaryDirectory) throws {
    self.program = program
    self.role = role
    self.port = port
    self.password = password
    self.directory = directory
    let arguments = [directory.file("server.conf")] + (role == .sentinel ? ["--sentinel"] : [])
    child = try ChildProcess(executable: try program.path(), arguments: arguments, log: directory.file("log"))
  }

  /// Starts a server and waits until it answers PING.
  /// - Parameters:
  ///   - configuration: lines of its configuration file, besides `port`, `bind`, `dir` and, with a `password`, `requirepass` and
  ///     `masterauth`. A file that an earlier server left in `directory` is kept, and `configuration` appended to it.
  ///   - limit: covers the loading of data too; PING is refused until it is done.
  static func start(
    _ program: ServerProgram, as role: Role = .data, configuration: [String] = [], password: String? = nil, port: Int? = nil,
    in directory: TemporaryDirectory? = nil, within limit: Duration = .seconds(30)
  ) async throws -> ServerProcess {
    let directory = try directory ?? TemporaryDirectory()
    var chosen = port
    if chosen == nil { chosen = try await TestPorts.free() }
    guard let chosen else { throw TestFailure("no port") }
    let file = directory.file("server.conf")
    var lines: [String]
    if let kept = try? String(contentsOfFile: file, encoding: .utf8) {
      lines = [kept, "port \(chosen)"]
    } else {
      lines = ["port \(chosen)", "bind 127.0.0.1", "dir \(QuotedArguments.quote(directory.path.utf8))"]
      if role == .data { lines += ["enable-debug-command local", "repl-diskless-sync-delay 0"] }
      if let password { lines += ["requirepass \(password)"] + (role == .data ? ["masterauth \(password)"] : []) }
    }
    try (lines + configuration).joined(separator: "\n").appending("\n").write(toFile: file, atomically: true, encoding: .utf8)

    let server = try ServerProcess(program: program, role: role, port: chosen, password: password, directory: directory)
    do {
      _ = try await waitUntil("\(program.rawValue) on port \(chosen) to serve", within: limit, every: .milliseconds(30)) {
        () -> Attempt<Bool> in
        if let status = server.child.exitStatus { throw TestFailure("it ended with \(status)") }
        do {
          // PING is answered while the data are loaded, too; a sentinel has none.
          // The port opens just before the load begins.
          guard role == .data else {
            _ = try await server.connect().command("PING")
            return .done(true)
          }
          for _ in 0..<2 {
            let reply = try await server.connect().send("DBSIZE")
            // The follower of a quorum serves, too: it says where to ask.
            if reply.isError, reply.text?.hasPrefix("NOLEADER") != true { return .missing(reply.text ?? "") }
            try await Task.sleep(for: .milliseconds(100))
          }
          return .done(true)
        } catch let error as RedisClientError {
          return .missing(error.message)
        }
      }
    } catch {
      throw TestFailure("\(error)\n\(program.rawValue) \(file) wrote:\n\(server.log)")
    }
    return server
  }

  func connect(commandTimeout: Duration = .seconds(5)) async throws(RedisClientError) -> RedisConnection {
    try await RedisConnection.connect(to: endpoint, password: password, commandTimeout: commandTimeout)
  }

  /// SIGTERM, and its exit status when it has saved what it saves.
  @discardableResult
  func stop(grace: Duration = .seconds(15)) async -> ChildProcess.ExitStatus { await child.terminate(grace: grace) }

  /// `kill -9`; returns when it is dead.
  func kill() async throws {
    child.signal(9)
    _ = try await child.waitForExit()
  }

  /// For SIGSTOP and SIGCONT.
  func signal(_ number: Int32) { child.signal(number) }

  /// The same server again, on the same port, from the same files, after `stop` or `kill`.
  func restarted(configuration: [String] = [], as program: ServerProgram? = nil) async throws -> ServerProcess {
    try await ServerProcess.start(
      program ?? self.program, as: role, configuration: configuration, password: password, port: port, in: directory)
  }
}
