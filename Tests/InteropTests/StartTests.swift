import Foundation
import SampleSupport
import TernEngine
import Testing

/// `tern-server` where a process manager or a person starts `redis-server`.
@Suite(.serialized, .timeLimit(.minutes(15))) struct StartTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [String]
    var file = ""
    var input = ""
    var testDescription: String { name }

    static let all = [
      Mistake(name: "an unknown directive", arguments: ["server.conf"], file: "# a comment\n\nno-such-directive yes\n"),
      Mistake(name: "a port out of range", arguments: ["server.conf"], file: "port 70000\n"),
      Mistake(name: "a word that is none of the enumeration", arguments: ["server.conf"], file: "appendfsync maybe\n"),
      Mistake(name: "yes or no", arguments: ["server.conf"], file: "appendonly perhaps\n"),
      Mistake(name: "too few words", arguments: ["server.conf"], file: "replicaof localhost\n"),
      Mistake(name: "no databases", arguments: ["server.conf"], file: "databases 0\n"),
      Mistake(name: "a memory size", arguments: ["server.conf"], file: "repl-backlog-size 1xb\n"),
      Mistake(name: "unbalanced quotes", arguments: ["server.conf"], file: "port 1234\nrequirepass \"secret\n"),
      Mistake(name: "a directory that does not exist", arguments: ["server.conf"], file: "dir /no/such/folder\n"),
      Mistake(name: "a password file included that does not exist", arguments: ["server.conf"], file: "include /no/such/file.conf\n"),
      Mistake(name: "an option without a value", arguments: ["server.conf", "--port"], file: "port 1234\n"),
      Mistake(name: "an option with a bad value", arguments: ["--appendfsync", "maybe"]),
      Mistake(name: "an unknown option", arguments: ["server.conf", "--no-such-directive", "1"], file: "port 1234\n"),
      Mistake(name: "a file that does not exist", arguments: ["/no/such/file.conf"]),
      Mistake(name: "an error on standard input", arguments: ["-"], input: "port 1234\nport x\n"),
    ]
  }

  @Test(arguments: Mistake.all) func `a mistake in the configuration ends the start as redis-server's does`(mistake: Mistake) async throws {
    let directory = try TemporaryDirectory()
    try mistake.file.write(toFile: directory.file("server.conf"), atomically: true, encoding: .utf8)
    let theirs = try await Invocation.run(.redis, mistake.arguments, input: mistake.input, in: directory)
    let ours = try await Invocation.run(.tern, mistake.arguments, input: mistake.input, in: directory)
    #expect(theirs.status == .exited(1))
    #expect(ours.status == .exited(1))
    #expect(ours.comparableErrors == theirs.comparableErrors)
    #expect(ours.comparableLog == theirs.comparableLog)
    #expect(!theirs.errors.isEmpty || !theirs.output.isEmpty)
  }

  @Test func `the version and the usage are where scripts look for them`() async throws {
    let directory = try TemporaryDirectory()
    for flag in ["-v", "--version"] {
      let ours = try await Invocation.run(.tern, [flag], in: directory)
      #expect(ours.status == .exited(0))
      #expect(ours.output.contains(#/ server v=7\.2\.4 sha=\S+ malloc=\S+ bits=64 build=\S+/#), "\(ours.output)")
    }
    let theirs = try await Invocation.run(.redis, ["--help"], in: directory)
    let ours = try await Invocation.run(.tern, ["--help"], in: directory)
    #expect(ours.status == theirs.status)
    #expect(ours.errors.hasPrefix("Usage: "))
    #expect(ours.output.isEmpty == theirs.output.isEmpty)
  }

  @Test(arguments: ServerProgram.allCases)
  func `options come after the file, and standard input after both`(program: ServerProgram) async throws {
    let directory = try TemporaryDirectory()
    let port = try await TestPorts.free()
    let log = directory.file("log")
    try "port 1\nmaxclients 100\ntimeout 100\nsave 900 1\n".write(toFile: directory.file("server.conf"), atomically: true, encoding: .utf8)
    try "timeout 300\nappendfilename \"with a space.aof\"\n".write(toFile: directory.file("input"), atomically: true, encoding: .utf8)
    let arguments = [
      directory.file("server.conf"), "--port", "\(port)", "--bind", "127.0.0.1", "--maxclients 200", "--dir", directory.path, "--save",
      "--loglevel", "verbose", "-",
    ]
    let child = try ChildProcess(
      executable: "/bin/sh", arguments: ["-c", "exec \"$0\" \"$@\" < \(directory.file("input"))", try program.path()] + arguments, log: log)
    let connection = try await waitUntil("a connection", within: .seconds(20)) { () -> Attempt<RedisConnection> in
      if let status = child.exitStatus {
        throw TestFailure("\(status): \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
      }
      do {
        return .done(try await RedisConnection.connect(to: .loopback(port)))
      } catch let error as RedisClientError {
        return .missing(error.message)
      }
    }
    func setting(_ name: String) async throws -> String? { try await connection.command("CONFIG", "GET", name).elements?.last?.text }
    #expect(try await setting("maxclients") == "200")
    #expect(try await setting("timeout") == "300")
    #expect(try await setting("save") == "")
    #expect(try await setting("appendfilename") == "with a space.aof")
    #expect(try await setting("loglevel") == "verbose")
    let info = InfoFields(try await connection.command("INFO", "server").text ?? "")
    #expect(info["config_file"] == directory.file("server.conf"))
    #expect(info["process_id"] == "\(child.pid)")
    #expect(await child.terminate(grace: .seconds(10)) == .exited(0))
  }

  @Test(arguments: ServerProgram.allCases) func `SIGTERM saves when there are save points, and ends with status 0`(program: ServerProgram)
    async throws
  {
    let server = try await ServerProcess.start(program, configuration: ["save 3600 1", "always-show-logo yes", "pidfile server.pid"])
    #expect(server.log.contains(" PID: \(server.pid)\n"))
    #expect(try String(contentsOfFile: server.directory.file("server.pid"), encoding: .utf8) == "\(server.pid)\n")
    _ = try await server.ask("SET", "a", "1")
    #expect(await server.stop() == .exited(0))
    for text in [
      "Received SIGTERM scheduling shutdown...", "User requested shutdown...", "Saving the final RDB snapshot before exiting.",
      "DB saved on disk", "ready to exit, bye bye...",
    ] {
      #expect(server.log.contains(text), "\(server.log)")
    }
    #expect(!FileManager.default.fileExists(atPath: server.directory.file("server.pid")))
    let again = try await server.restarted(configuration: ["save \"\""])
    #expect(try await again.ask("GET", "a") == .bulkString(Array("1".utf8)))
    #expect(again.log.contains("DB loaded from disk: "))

    // Without save points nothing is written.
    _ = try await again.ask("SET", "a", "2")
    #expect(await again.stop() == .exited(0))
    let last = try await again.restarted()
    #expect(try await last.ask("GET", "a") == .bulkString(Array("1".utf8)))
    try await last.kill()
  }

  @Test(arguments: ServerProgram.allCases) func `SHUTDOWN waits for the replicas to have everything`(program: ServerProgram) async throws {
    let primary = try await ServerProcess.start(program)
    let replica = try await ServerProcess.start(.redis, configuration: ["replicaof 127.0.0.1 \(primary.port)"])
    try await replica.waitForLink()
    let load = try await WriteLoad(on: primary, expiring: false)
    try await Task.sleep(for: .milliseconds(300))
    try await load.stop()
    let digest = try await primary.ask("DEBUG", "DIGEST")
    #expect(await primary.stop() == .exited(0))
    #expect(primary.log.contains("1 of 1 replicas are in sync when shutting down."), "\(primary.log)")
    #expect(try await replica.ask("DEBUG", "DIGEST") == digest)
    try await replica.kill()
  }

  @Test func `a port that is taken is said in redis-server's words`() async throws {
    let squatter = try await ServerProcess.start(.redis)
    let directory = try TemporaryDirectory()
    let arguments = ["--port", "\(squatter.port)", "--bind", "127.0.0.1"]
    let theirs = try await Invocation.run(.redis, arguments, in: directory)
    let ours = try await Invocation.run(.tern, arguments, in: directory)
    #expect(ours.status == .exited(1) && theirs.status == .exited(1))
    let expected = theirs.comparableLog.filter { $0.contains("Warning: Could not create") || $0.contains("Failed listening") }
    #expect(expected.count == 2)
    for line in expected { #expect(ours.comparableLog.contains(line), "\(line) in \(ours.output)") }
    await squatter.stop()
  }

  @Test func `a second server in the same directory does not start, and the first goes on`() async throws {
    for lines in [["save 3600 1"], ["appendonly yes"]] {
      let first = try await ServerProcess.start(.tern, configuration: lines)
      _ = try await first.ask("SET", "a", "1")
      let second = try await Invocation.run(
        .tern, [first.configurationFile, "--port", "\(try await TestPorts.free())"], in: try TemporaryDirectory())
      #expect(second.status == .exited(1))
      #expect(second.output.contains(first.directory.path) && second.output.contains("directory of its own"), "\(second.output)")
      #expect(try await first.ask("GET", "a") == .bulkString(Array("1".utf8)))
      // The lock ends with its process, however that ends.
      try await first.kill()
      let again = try await first.restarted()
      try await again.kill()
    }
  }

  @Test(arguments: [(ServerProgram.tern, ServerProgram.redis), (.redis, .tern)])
  func `a configuration file that one has rewritten is good for the other`(writer: ServerProgram, reader: ServerProgram) async throws {
    let server = try await ServerProcess.start(
      writer,
      configuration: ["# kept", "masterauth secret", "client-output-buffer-limit replica 1mb 512kb 10"], password: "first")
    let connection = try await server.connect()
    let changes = [
      ["maxclients", "222"], ["repl-backlog-size", "2mb"], ["save", "100 1 200 2"], ["replica-priority", "7"], ["appendfsync", "always"],
      ["requirepass", "quote\" and \\ and \n"], ["timeout", "17"],
    ]
    for change in changes { _ = try await connection.command("CONFIG", "SET", change[0], change[1]) }
    _ = try await connection.command("CONFIG", "REWRITE")
    func settings(_ connection: RedisConnection) async throws -> [String] {
      var found: [String] = []
      for name in changes.map({ $0[0] }) + ["masterauth", "client-output-buffer-limit", "dir", "port", "bind"] {
        found.append("\(name) \(try await connection.command("CONFIG", "GET", name).elements?.last?.text ?? "none")")
      }
      return found
    }
    let expected = try await settings(connection)
    try await server.kill()
    let file = try String(contentsOfFile: server.configurationFile, encoding: .utf8)
    #expect(file.contains("# kept"))

    // Started by hand: `start` would add to the file.
    let child = try ChildProcess(
      executable: try reader.path(), arguments: [server.configurationFile], log: server.directory.file("log2"))
    let after = try await waitUntil("a connection", within: .seconds(20)) { () -> Attempt<RedisConnection> in
      if let status = child.exitStatus { throw TestFailure("\(status) with the file\n\(file)") }
      do {
        return .done(try await RedisConnection.connect(to: server.endpoint, password: "quote\" and \\ and \n"))
      } catch let error as RedisClientError {
        return .missing(error.message)
      }
    }
    #expect(try await settings(after) == expected)
    await child.terminate(grace: .seconds(10))
  }
}
