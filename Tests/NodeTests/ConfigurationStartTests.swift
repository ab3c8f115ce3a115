import Foundation
import TernEngine
import TernNode
import Testing

/// Configuration files and command lines, good and bad, given to redis-server 7.0.15 and to the parser.
@Suite struct ConfigurationStartTests {
  static let badFiles = [
    "foo bar", "port", "port 1 2", "port abc", "port 70000", "port -1", "PORT 99999", "appendonly x", "appendfsync x", "save 1", "save 0 1",
    "bind 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7", "dir /nonexistent", "dir a b", "logfile /nonexistent/x", "replicaof a", "replicaof a b",
    "replicaof a 65536", "slaveof a b c", "unixsocketperm 999", "unixsocketperm 7777", "unixsocketperm -1", "include /nonexistent/x",
    "include",
    "include a b", "rename-command foo bar", "rename-command GET SET", "rename-command GET", "rename-command GET x\nrename-command get y",
    "rename-command GET \"\"\nrename-command GET x", "rename-command GET x\nrename-command SET X", "user", "user a on\nuser a on",
    "loadmodule", "x.y", "save \"1 2 3\"", "save \"1 2\" \"3 4\"", "oom-score-adj-values \" \"",
    "sentinel monitor a", "  port \"1  ", "port \"1\"x", "cluster-enabled yes\nreplicaof a 1", "oom-score-adj-values 1 2",
    "oom-score-adj-values 1 2 a", "client-output-buffer-limit a b c", "client-output-buffer-limit \"\"",
    "client-output-buffer-limit master 1 1 1",
    "client-output-buffer-limit normal a 1 1", "latency-tracking-info-percentiles a", "latency-tracking-info-percentiles 1 101",
    "notify-keyspace-events q", "notify-keyspace-events a b", "shutdown-on-sigterm", "shutdown-on-sigterm a",
    "shutdown-on-sigint save nosave",
    "list-max-ziplist-entries", "list-max-ziplist-entries 1 2", "dbfilename a/b", "appendfilename \"\"", "appendfilename a/b",
    "appenddirname \"\"",
    "appenddirname a/b", "proc-title-template {x}", "maxmemory-clients 101%", "maxmemory-clients x", "maxmemory x",
    "cluster-announce-hostname a_b",
    "enable-debug-command x", "supervised x", "syslog-facility local8", "io-threads 0", "databases 0", "#\n\n\nfoo", "\t# c\r\n  foo  \r\n",
    "socket-mark-id -1", "tls-auth-clients x", "timeout 1\n\ntimeout \"a\\x41\\n\"", "include inc.conf", "dir sub\ninclude inc.conf",
  ]

  @Test func `a bad file is refused with what redis-server prints`() throws {
    let directory = try ConfigurationRedisServer.makeDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createDirectory(atPath: directory + "/sub", withIntermediateDirectories: false)
    try Data("\nport x\n".utf8).write(to: URL(fileURLWithPath: directory + "/inc.conf"))
    try Data("\n\nport y\n".utf8).write(to: URL(fileURLWithPath: directory + "/sub/inc.conf"))
    for text in Self.badFiles {
      try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/c.conf"))
      try compareFailure(["c.conf"], in: directory, "\(text.debugDescription)")
    }
  }

  private func compareFailure(_ arguments: [String], in directory: String, input: String? = nil, _ comment: Comment) throws {
    let real = try ConfigurationRedisServer.failure(arguments, in: directory, input: input)
    do throws(ConfigurationError) {
      _ = try LaunchArguments(["redis-server"] + arguments, environment: .onDisk(directory, input: input ?? ""))
      Issue.record("not refused: \(comment); redis-server: \(real)")
    } catch {
      switch error.report {
      case .log(let message): #expect(real.hasSuffix("# \(message)\n"), comment)
      case .usage(let text): #expect(text == real, comment)
      case .fatal(let line, _):
        // One line more than redis-server, which does not say in which file the line is.
        let ours = line?.includedFrom.map { error.description.replacing("The line is in the included file \($0)\n", with: "") }
        #expect((ours ?? error.description) == real, comment)
      }
    }
  }

  @Test func `a bad command line is refused with what redis-server prints`() throws {
    let directory = try ConfigurationRedisServer.makeDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try Data("port 7000\n".utf8).write(to: URL(fileURLWithPath: directory + "/c.conf"))
    try Data("port 7000".utf8).write(to: URL(fileURLWithPath: directory + "/unended.conf"))
    for arguments in [
      ["--port", "abc"], ["c.conf", "--port", "abc"], ["unended.conf", "--port", "abc"], ["--port"], ["--foo", "bar"],
      ["--port", "--timeout", "3"],
      ["c.conf", "stray"], ["c.conf", "--port", "7000", "a"], ["-p", "7000"], ["c.conf", "-", "--timeout", "9"],
      ["--port", "7000", "--check-system"],
      ["--port", "7000", "-v"], ["--timeout 5", "x", "--port", "y"], ["--test-memory"], ["--save", "1", "--timeout"],
      ["--dir", "/nonexistent"],
      ["--port 70000"], ["--", "x"], ["--bind \"a"], ["nofile.conf", "--port", "1"],
    ] {
      try compareFailure(arguments, in: directory, "\(arguments)")
    }
    let arguments = ["-"]
    let real = try ConfigurationRedisServer.failure(arguments, in: directory, input: "timeout 1\nport x")
    let ours = #expect(throws: ConfigurationError.self) {
      try LaunchArguments(["redis-server"] + arguments, environment: .onDisk(directory, input: "timeout 1\nport x"))
    }
    // Behind a line of the log.
    #expect(ours.map { real.hasSuffix("# Reading config from stdin\n" + $0.description) } == true)
  }

  /// A way to start, and the files there are.
  struct Start {
    var arguments: [String] = []
    var file: String?
    var input: String?
  }

  static let goodStarts: [Start] = [
    Start(arguments: ["--timeout", "7", "--replicaof", "127.0.0.1 8888"]),
    Start(arguments: ["--timeout", "7", "--replicaof", "127.0.0.1", "8888"]),
    Start(arguments: ["--timeout 7", "--save", "1 2", "--hz", "3"]),
    Start(arguments: ["--timeout 7", "--save", "1", "2", "3", "4"]),
    Start(arguments: ["--save", "--timeout", "3"]), Start(arguments: ["--save"]), Start(arguments: ["--save", ""]),
    Start(arguments: ["--save \"\""]),
    Start(arguments: ["--SAVE", "--appendfsync", "no"]), Start(arguments: ["--masterauth", "--foo", "--timeout", "4"]),
    Start(arguments: ["--replicaof", "no", "one"]), Start(arguments: ["--masterauth", "a\"b\\c"]),
    Start(arguments: ["--maxmemory", "5gb", "--hz", "0"]),
    Start(arguments: ["-"], input: "save 5 5\n"), Start(arguments: ["--timeout", "9", "-"], input: "save 5 5\ntimeout 3"),
    Start(arguments: ["--timeout", "9", "-"], file: "save 1 1\n", input: "save 5 5\ntimeout 3"),
    Start(arguments: ["--save", "9", "9"], file: "save 1 1\n"), Start(file: "save 1 1\nsave 2 2 3 3\n"),
    Start(file: "save 1 1\nsave \"\"\n"),
    Start(file: "save 1 1\nsave \"\"\nsave 4 4\n"), Start(file: "save 1 1\nsave\nsave 4 4\n"), Start(file: "save\n"),
    Start(file: "include inc.conf\nsave 1 1\nsave 2 2\n"), Start(file: "save 1 1\ninclude inc.conf\n"),
    Start(file: "save 1 1\ninclude none*.conf\nsave 2 2\n"),
    Start(file: "include *c.conf.d*\ninclude in?.conf\ntimeout 8\n"), Start(file: "timeout 8\ninclude inc.conf\n"),
    Start(file: "dir sub\ninclude ../inc.conf\ndir ..\ndir sub\n"), Start(file: "masterauth 'it\\'s' \nmasteruser \"\\x41\\n\\\"\"\n"),
    Start(file: "  SlaveOf\tlocalhost  7 \r\nSLAVE-read-only NO\n# x\nlist-max-ziplist-entries 5\nlua-replicate-commands yes\n"),
    Start(file: "client-output-buffer-limit slave 1mb 2mb 3 normal 1 2 3\nnotify-keyspace-events gxE\nunixsocketperm 700\n"),
    Start(
      file: "shutdown-on-sigterm save now\noom-score-adj-values 1 2 3\nlatency-tracking-info-percentiles 1 2.5\nmaxmemory-clients 5%\n"),
    Start(
      file: "loglevel DEBUG\nenable-debug-command local\nmaxmemory-policy allkeys-lfu\nrepl-backlog-size 1\nhash-max-ziplist-entries 9\n"),
    Start(file: "save \"1  2 \"\noom-score-adj-values \"1 '2' 3\"\nclient-output-buffer-limit \" \"\nshutdown-on-sigint \"now force\"\n"),
    Start(file: "save \" \"\nlatency-tracking-info-percentiles \"\"\nbind \"127.0.0.1 -::1\"\n"), Start(file: "save \"\\\"\\\"\"\n"),
    Start(file: "sentinel\nrename-command FLUSHALL \"\"\nrename-command GET fetch\nuser a on +@all\n"),
  ]

  @Test func `a good start gives the values that it gives redis-server`() throws {
    for start in Self.goodStarts {
      let directory = try ConfigurationRedisServer.makeDirectory()
      var arguments = start.arguments
      let reachable = ConfigurationRedisServer.reachable(in: directory)
      try FileManager.default.createDirectory(atPath: directory + "/sub", withIntermediateDirectories: false)
      try Data("save 3 3\ntimeout 6\n".utf8).write(to: URL(fileURLWithPath: directory + "/inc.conf"))
      if let file = start.file {
        let text = "port 0\nunixsocket \(directory)/s\n" + file
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/c.conf"))
        arguments.insert("c.conf", at: 0)
      } else {
        arguments = reachable + arguments
      }
      let comment: Comment = "\(start)"
      let server = try ConfigurationRedisServer(arguments, in: directory, input: start.input)
      let launch = try LaunchArguments(["redis-server"] + arguments, environment: .onDisk(directory, input: start.input ?? ""))
      #expect(launch.mode == .server, comment)
      #expect(launch.configurationFile == (start.file == nil ? nil : "c.conf"), comment)
      let ours = launch.configuration.texts("*").filter { !Directive.isNewerThanRedis70($0.key) }
      let real = try server.parameters("*")
      for (name, value) in ours where real[name] != value { Issue.record("\(name): \(value), not \(real[name] ?? "nothing"): \(comment)") }
      #expect(ours.count == real.count)
    }
  }

  @Test(arguments: [
    ("redis-server", ["-v"], LaunchArguments.Mode.version), ("redis-server", ["--version", "--port", "x"], .version),
    ("/usr/bin/redis-server", ["-h"], .help), ("tern-server", ["--help", "x"], .help),
    ("redis-server", ["--check-system", "1"], .checkSystem),
    ("redis-server", ["--test-memory", "64"], .testMemory(megabytes: 64)),
    ("/bin/redis-check-rdb", ["-v", "x.rdb"], .checkRDB(["-v", "x.rdb"])),
    ("redis-check-aof", ["--fix", "m"], .checkAOF(["--fix", "m"])), ("redis-server", [], .server), ("redis-sentinel", [], .sentinel),
    ("/x/my-redis-sentinel7", [], .sentinel), ("/redis-sentinel/redis-server", [], .server),
    ("tern-server", ["--port", "1", "--sentinel"], .sentinel),
  ])
  func `the program's name and its first argument choose the mode`(
    program: String, options: [String], mode: LaunchArguments.Mode
  ) throws {
    #expect(try LaunchArguments([program] + options, environment: ConfigurationEnvironment()).mode == mode)
  }

  @Test func `a sentinel has defaults of its own, and keeps its lines as they were written`() throws {
    var environment = ConfigurationEnvironment()
    environment.load = { _, _ in
      [("s.conf", Array("port 5000\n  sentinel monitor \"my master\" 127.0.0.1 6379 2 \n\nSENTINEL auth-pass x y\ntimeout 3\n".utf8))]
    }
    let launch = try LaunchArguments(
      ["redis-server", "s.conf", "--sentinel", "--sentinel resolve-hostnames yes"], environment: environment)
    #expect(launch.mode == .sentinel)
    #expect(launch.configuration.port == 5000)
    #expect(launch.configuration.timeout == 3)
    #expect(!launch.configuration.protectedMode)
    #expect(launch.sentinelLines.map(\.number) == [2, 4, 8])
    #expect(launch.sentinelLines.first?.text == Array("sentinel monitor \"my master\" 127.0.0.1 6379 2".utf8))
    #expect(launch.sentinelLines.first?.arguments == ["monitor", "my master", "127.0.0.1", "6379", "2"].map { Array($0.utf8) })
    #expect(launch.sentinelLines.last?.arguments == ["resolve-hostnames", "yes"].map { Array($0.utf8) })
    #expect(try LaunchArguments(["redis-sentinel"], environment: environment).configuration.port == 26379)
    // Without sentinel mode the same file is refused, as redis-server does.
    #expect(throws: ConfigurationError.self) { try LaunchArguments(["redis-server", "s.conf"], environment: environment) }
  }

  @Test func `files that include each other, or unfold to too much, are refused`() throws {
    var environment = ConfigurationEnvironment()
    environment.load = { name, _ in [(name, Array("include \(name)\n".utf8))] }
    let cyclic = #expect(throws: ConfigurationError.self) { try Configuration.parse("include a".utf8, environment: environment) }
    #expect(cyclic?.description.contains("more than 16 files deep") == true)
    environment.load = { name, _ in
      let text = name.count < 12 ? String(repeating: "include \(name)x\n", count: 8) : String(repeating: "#", count: 1000)
      return [(name, Array(text.utf8))]
    }
    let bomb = #expect(throws: ConfigurationError.self) { try Configuration.parse("include a".utf8, environment: environment) }
    #expect(bomb?.description.contains("bytes in included files") == true)
  }

  @Test func `an error in an included file names that file`() throws {
    var environment = ConfigurationEnvironment()
    environment.product = "Tern 1.2.3"
    environment.load = { name, _ in [("/etc/" + name, Array("\nport x\n".utf8))] }
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse("timeout 1\ninclude a.conf".utf8, environment: environment)
    }
    let text = """

      *** FATAL CONFIG FILE ERROR (Tern 1.2.3) ***
      Reading the configuration file, at line 2
      >>> 'port x'
      argument couldn't be parsed into an integer
      The line is in the included file /etc/a.conf

      """
    #expect(error?.description == text)
  }
}
