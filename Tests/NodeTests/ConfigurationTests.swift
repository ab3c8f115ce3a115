import TernEngine
import TernNode
import Testing

@Suite struct ConfigurationTests {
  @Test func `names and aliases are unique, in lower case, and found in any case`() {
    let names = Directive.table.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name == name.lowercased())
      #expect(Directive.named(name.uppercased().utf8) != nil)
    }
    #expect(Directive.named("slaveof".utf8)?.name == "replicaof")
    #expect(Directive.named("".utf8) == nil)
  }

  @Test func `settings are read through properties`() throws {
    let text = """
      port 7000
      bind 127.0.0.1 -::1
      requirepass "p w"
      replicaof redis-0 6379
      save 10 1
      appendfsync always
      maxmemory 1gb
      maxmemory-policy allkeys-lru
      unixsocketperm 770
      notify-keyspace-events Kx
      client-output-buffer-limit replica 1mb 512kb 9
      tern-durability quorum
      tern-sentinel-state own
      shutdown-on-sigint nosave now
      enable-debug-command local
      pidfile ""
      """
    let configuration = try Configuration.parse(text.utf8, environment: ConfigurationEnvironment())
    #expect(configuration.port == 7000)
    #expect(configuration.bind.addresses == ["127.0.0.1", "-::1"])
    #expect(configuration.requirepass == Array("p w".utf8))
    #expect(configuration.replicaof.address == .init(host: "redis-0", port: 6379))
    #expect(configuration.savePoints.points == [.init(seconds: 10, changes: 1)])
    #expect(configuration.appendfsync == .always)
    #expect(configuration.maxmemory == 1 << 30)
    #expect(configuration.maxmemoryPolicy == .allkeysLRU)
    #expect(configuration.unixsocketperm == 0o770)
    #expect(configuration.notifyKeyspaceEvents == [.keyspaceChannel, .expired])
    #expect(configuration.clientOutputBufferLimits.replica == .init(hardBytes: 1 << 20, softBytes: 512 << 10, softSeconds: 9))
    #expect(configuration.ternDurability == .quorum)
    #expect(configuration.ternSentinelState == .own)
    #expect(configuration.shutdownOnSigint == [.nosave, .now])
    #expect(
      configuration.enableDebugCommand.permits(isLocalClient: true) && !configuration.enableDebugCommand.permits(isLocalClient: false))
    #expect(configuration.pidfile == nil)
    #expect(configuration.ignoredDirectivesSet == [])
  }

  @Test func `what was given and has no effect is listed, by its main name`() throws {
    let text = "io-threads 4\nlua-time-limit 3\ntimeout 3\ncluster-enabled no\ntls-port 0\nio-threads 4"
    let configuration = try Configuration.parse(text.utf8, environment: ConfigurationEnvironment())
    #expect(configuration.ignoredDirectivesSet.sorted() == ["busy-reply-threshold", "cluster-enabled", "io-threads", "tls-port"])
    #expect(configuration.givenDirectives.contains("timeout"))
  }

  @Test func `what only a file knows is kept for the server`() throws {
    let text = "user a on >x\nloadmodule /m.so 1 2\nrename-command GET \"\"\nmod.size 5\nuser b off"
    let configuration = try Configuration.parse(text.utf8, environment: ConfigurationEnvironment())
    #expect(configuration.users == [["a", "on", ">x"], ["b", "off"]].map { $0.map { Array($0.utf8) } })
    #expect(configuration.modules == [["/m.so", "1", "2"]].map { $0.map { Array($0.utf8) } })
    #expect(configuration.moduleSettings == [["mod.size", "5"]].map { $0.map { Array($0.utf8) } })
    #expect(configuration.renamedCommands.map(\.from) == [Array("GET".utf8)])
    #expect(configuration.renamedCommands.map(\.to) == [[]])
  }

  @Test func `CONFIG SET names what changed, and a value that is the same is no change`() throws {
    let arguments = ["timeout", "5", "hz", "10", "save", "1 1"].map { Array($0.utf8) }
    let change = try Configuration().applying(arguments, isLocalClient: true, isLoading: false, environment: ConfigurationEnvironment())
    #expect(change.changed.map(\.name) == ["timeout", "save"])
    #expect(change.changes("timeout") && !change.changes("hz"))
    #expect(change.configuration.timeout == 5)
  }

  @Test func `CONFIG SET is refused while loading and for clients from elsewhere, where a directive says so`() throws {
    let environment = ConfigurationEnvironment()
    var configuration = try Configuration.parse("enable-protected-configs local".utf8, environment: environment)
    let appendonly = ["appendonly", "yes"].map { Array($0.utf8) }
    let name = ["dbfilename", "x"].map { Array($0.utf8) }
    #expect(configuration.set(appendonly, isLoading: true, environment: environment) == "LOADING Redis is loading the dataset in memory")
    #expect(configuration.set(name, isLocalClient: false, environment: environment).hasSuffix("- can't set protected config"))
    #expect(configuration.dbfilename == "dump.rdb" && !configuration.appendonly)
    #expect(configuration.set(name, environment: environment) == "OK")
    #expect(configuration.set(appendonly, environment: environment) == "OK")
    #expect(configuration.dbfilename == "x" && configuration.appendonly)
  }

  @Test func `an error reply is one line whatever the client named`() {
    var configuration = Configuration()
    let reply = configuration.set([Array("a\r\n+OK".utf8), []], environment: ConfigurationEnvironment())
    #expect(!reply.utf8.contains { $0 == 10 || $0 == 13 })
    #expect(configuration.set([[0xff, 0xfe], [0xff]], environment: ConfigurationEnvironment()).hasPrefix("ERR Unknown option"))
    #expect(configuration.set([Array("unixsocket".utf8), [0xff]], environment: ConfigurationEnvironment()).hasSuffix("immutable config"))
    #expect(
      configuration.set([Array("bind-source-addr".utf8), [0xff]], environment: ConfigurationEnvironment()).hasSuffix("must be valid UTF-8"))
    #expect(configuration.set([Array("requirepass".utf8), [0xff, 0, 1]], environment: ConfigurationEnvironment()) == "OK")
    #expect(configuration.requirepass == [0xff, 0, 1])
    #expect(configuration.set([], environment: ConfigurationEnvironment()) == "ERR syntax error")
  }

  @Test func `passwords are known as what must not be shown`() {
    let arguments = ["timeout", "1", "RequirePass", "x", "masterauth", "y", "foo"].map { Array($0.utf8) }
    #expect(Configuration.sensitivePositions(in: arguments) == [3, 5])
    #expect(Configuration.sensitivePositions(in: []) == [])
  }

  @Test(
    arguments: [
      ("0", 0), ("1k", 1000), ("1kb", 1024), ("1KB", 1024), ("5GB", 5 << 30), ("1m", 1_000_000), ("2mB", 2 << 20), ("3g", 3_000_000_000),
      ("7b", 7),
      ("kb", 0), ("", 0), ("18446744073709551615", UInt64.max), ("007", 7), ("18446744073709551616", nil), ("99999999999gb", nil),
      ("1t", nil),
      ("-1", nil), ("+1", nil), (" 1", nil), ("1 kb", nil), ("1kbb", nil),
    ] as [(String, UInt64?)])
  func `sizes are read with their units`(text: String, bytes: UInt64?) {
    #expect(ConfigurationNumbers.memory(text.utf8) == bytes)
  }

  @Test func `sizes are written in the largest unit that divides them`() {
    let texts = [0, 1, 1023, 1024, 1 << 20, 3 << 30, (3 << 30) + 1024, 1_000_000].map { ConfigurationNumbers.memoryText($0) }
    #expect(texts == ["0", "1", "1023", "1kb", "1mb", "3gb", "3145729kb", "1000000"])
  }

  @Test func `a pattern with many stars is answered in no time`() {
    #expect(!Glob.matches(String(repeating: "a*", count: 1000) + "b", String(repeating: "a", count: 10_000)))
    #expect(Glob.matches("", "") && !Glob.matches("", "a"))
    #expect(Glob.matches("[a", "a") && Glob.matches("h\\", "h\\"))
    #expect(Glob.matches("A[B-D]?*", "acxyz", ignoringCase: true))
  }

  @Test(
    arguments: [
      (0, 0, "01 Jan 1970 00:00:00.000"), (951_782_400_123, 0, "29 Feb 2000 00:00:00.123"),
      (951_868_799_999, 0, "29 Feb 2000 23:59:59.999"),
      (951_868_800_000, 0, "01 Mar 2000 00:00:00.000"), (1_709_164_800_007, 3600, "29 Feb 2024 01:00:00.007"),
      (1_709_164_799_000, -3600, "28 Feb 2024 22:59:59.000"),
      (4_107_542_400_000, 0, "01 Mar 2100 00:00:00.000"), (4_107_542_399_000, 0, "28 Feb 2100 23:59:59.000"),
      (-1, 0, "31 Dec 1969 23:59:59.999"),
      (1_795_373_007_240, 19_800, "23 Nov 2026 00:13:27.240"),
    ] as [(Int64, Int32, String)])
  func `log lines carry the local time`(milliseconds: Int64, offset: Int32, time: String) {
    let line = LogLine.format(pid: 42, role: .primary, milliseconds: milliseconds, utcOffsetSeconds: offset, level: .notice, "Ready")
    #expect(line == "42:M \(time) * Ready")
  }

  @Test func `log lines show role and level, stay one line, and survive any time`() {
    func line(_ role: LogLine.Role, _ level: LogLevel, _ text: String) -> String {
      LogLine.format(pid: 1, role: role, milliseconds: 0, utcOffsetSeconds: 0, level: level, text)
    }
    #expect(line(.sentinel, .warning, "a\nb\r\tc") == "1:X 01 Jan 1970 00:00:00.000 # a\\x0ab\\x0d\tc")
    #expect(line(.replica, .verbose, "x") == "1:S 01 Jan 1970 00:00:00.000 - x")
    #expect(line(.child, .debug, "") == "1:C 01 Jan 1970 00:00:00.000 . ")
    for milliseconds in [Int64.min, .max] {
      #expect(!LogLine.format(pid: 1, role: .child, milliseconds: milliseconds, utcOffsetSeconds: 0, level: .debug, "").isEmpty)
    }
    #expect(LogLevel.debug < .verbose && LogLevel.notice < .warning)
  }
}
