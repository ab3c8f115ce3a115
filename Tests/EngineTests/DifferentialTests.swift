import Foundation
import Testing

@testable import TernEngine

/// The same random commands for the engine and for a real redis-server: every reply, every keyspace event, the statistics and what is in
/// the end in all databases must agree.
@Suite struct DifferentialTests {
  private static func clock() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  /// How far two clocks readings may be apart before a difference is ours.
  private static let toleranceMilliseconds: Int64 = 10_000

  /// Other seeds for a longer hunt: `TERN_SEEDS=100-199`.
  private static let seeds: [UInt64] = {
    let range = (ProcessInfo.processInfo.environment["TERN_SEEDS"] ?? "1-2").split(separator: "-").compactMap { UInt64($0) }
    return range.count == 2 && range[0] <= range[1] ? Array(range[0]...range[1]) : [1]
  }()

  @Test(arguments: seeds)
  func `random commands get the replies and make the events of redis-server`(seed: UInt64) throws {
    let resp3 = seed % 2 == 0
    let redis = try RedisServer()
    let connection = try redis.connect()
    let listener = try redis.connect()
    #expect(try connection.ask("DEBUG", "SET-ACTIVE-EXPIRE", "0") == Array("+OK\r\n".utf8))
    #expect(try connection.ask("CONFIG", "SET", "notify-keyspace-events", "AKEnm") == Array("+OK\r\n".utf8))
    if resp3 { _ = try connection.ask("HELLO", "3") }
    _ = try listener.ask("PSUBSCRIBE", "__key*__:*")
    _ = try connection.ask("CONFIG", "RESETSTAT")

    let ours = TestEngine(seed: seed)
    ours.session.reply.isRESP3 = resp3
    var notifications = KeyspaceNotifications()
    notifications.keyspace = true
    notifications.keyevent = true
    for kind in [KeyEventKind.generic, .string, .expired, .miss, .new] { notifications.insert(kind) }
    ours.engine.settings.notifications = notifications
    let ourListener = ours.open()
    _ = ours.engine.pubsub.subscribe(ourListener, .pattern, Array("__key*__:*".utf8))

    var generator = CommandGenerator(seed: seed)
    var history: [[[UInt8]]] = []
    for batch in 0..<80 {
      var commands: [[[UInt8]]] = []
      for _ in 0..<60 {
        let command = generator.next()
        // Which expired keys a partial SCAN or a RANDOMKEY takes out depends on chance: there are none left after a whole one.
        if ["scan", "randomkey"].contains(name(command)) { commands.append(["SCAN", "0", "COUNT", "1000"].map { Array($0.utf8) }) }
        commands.append(command)
      }
      let bytes = commands.flatMap { RESPCommand.encode($0) }
      try connection.send(bytes)
      ours.now = Self.clock()
      let mine = Frame.split(ours.feed(bytes))
      #expect(mine.count == commands.count)
      for (i, command) in commands.enumerated() {
        let theirs = try connection.reply()
        history.append(command)
        guard agree(name(command), command, theirs, mine[i]) else {
          Issue.record(
            """
            seed \(seed), batch \(batch), command \(i): \(line(command))
            redis-server: \(printable(theirs))
            ours:         \(printable(mine[i]))
            before it:
            \(history.suffix(25).map(line).joined(separator: "\n"))
            """)
          return
        }
      }
      _ = try listener.send(RESPCommand.encode("PING", "<end>"))
      var events: [[UInt8]] = []
      while true {
        let event = try listener.reply()
        if event.suffix(7) == Array("<end>\r\n".utf8) { break }
        events.append(event)
      }
      var ourEvents = Frame.split(ours.takeReplies(of: ourListener))
      if commands.contains(where: { name($0) == "scan" }) {
        events.sort { $0.lexicographicallyPrecedes($1) }
        ourEvents.sort { $0.lexicographicallyPrecedes($1) }
      }
      if events != ourEvents {
        let i = zip(events, ourEvents).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(events.count, ourEvents.count)
        Issue.record(
          """
          seed \(seed), batch \(batch), event \(i) of \(events.count) and \(ourEvents.count)
          redis-server: \(events.dropFirst(max(0, i - 2)).prefix(5).map { printable($0) })
          ours:         \(ourEvents.dropFirst(max(0, i - 2)).prefix(5).map { printable($0) })
          \(history.suffix(commands.count).map(line).joined(separator: "\n"))
          """)
        return
      }
    }
    try compareStatistics(connection, ours, seed)
    try compareContents(connection, ours, seed)
    replayEffects(of: ours, seed)
  }

  private func line(_ command: [[UInt8]]) -> String { command.map { QuotedArguments.quote($0.prefix(60)) }.joined(separator: " ") }

  private func name(_ command: [[UInt8]]) -> String { String(decoding: command[0], as: UTF8.self).lowercased() }

  private func agree(_ name: String, _ command: [[UInt8]], _ theirs: [UInt8], _ ours: [UInt8]) -> Bool {
    if theirs == ours { return true }
    if theirs.first == UInt8(ascii: "-") || ours.first == UInt8(ascii: "-") { return false }
    var parsers = [RESPReplyParser(), RESPReplyParser()]
    parsers[0].append(theirs)
    parsers[1].append(ours)
    guard let a = try? parsers[0].next(), let b = try? parsers[1].next() else { return false }
    switch name {
    case "keys": return Set(a.elements ?? []) == Set(b.elements ?? []) && a.elements?.count == b.elements?.count
    case "scan":
      guard a.elements?.count == 2, b.elements?.count == 2 else { return false }
      guard command.count > 2, command[1] == [48], command[3] == Array("1000".utf8) else { return true }
      return a.elements?[0] == b.elements?[0] && Set(a.elements?[1].elements ?? []) == Set(b.elements?[1].elements ?? [])
    case "randomkey": return a != .null && b != .null
    case "object" where command.count > 1 && String(decoding: command[1], as: UTF8.self).lowercased() == "refcount":
      // Redis does not share the small integers that COPY made; here nothing remembers how one came about.
      return [a, b].allSatisfy { $0 == .integer(1) || $0 == .integer(Int64(Int32.max)) }
    case "ttl", "expiretime", "object": return near(a, b, Self.toleranceMilliseconds / 1000)
    case "pttl", "pexpiretime": return near(a, b, Self.toleranceMilliseconds)
    default: return false
    }
  }

  private func near(_ a: RESPValue, _ b: RESPValue, _ tolerance: Int64) -> Bool {
    guard case .integer(let a) = a, case .integer(let b) = b else { return false }
    return a == b || (a >= 0 && b >= 0 && abs(a - b) <= tolerance)
  }

  private func compareStatistics(_ connection: RedisConnection, _ ours: TestEngine, _ seed: UInt64) throws {
    let info = String(decoding: try connection.ask("INFO", "everything"), as: UTF8.self)
    func field(_ name: String) -> Int64? {
      info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }.flatMap { Int64($0.dropFirst(name.count + 1)) }
    }
    #expect(field("keyspace_hits") == ours.engine.keyspaceHits, "seed \(seed)")
    #expect(field("keyspace_misses") == ours.engine.keyspaceMisses, "seed \(seed)")
    #expect(field("expired_keys") == ours.engine.expiredKeys, "seed \(seed)")
    #expect(field("rdb_changes_since_last_save") == ours.engine.dirty, "seed \(seed)")
  }

  private func compareContents(_ connection: RedisConnection, _ ours: TestEngine, _ seed: UInt64) throws {
    for database in 0..<16 {
      for key in [nil] + CommandGenerator.keys.map(Optional.some) {
        let commands =
          key == nil
          ? [["SELECT", "\(database)"].map { Array($0.utf8) }, [Array("DBSIZE".utf8)]]
          : [["GET"], ["PEXPIRETIME"], ["OBJECT", "ENCODING"]].map { $0.map { Array($0.utf8) } + [key ?? []] }
        for command in commands {
          try connection.send(RESPCommand.encode(command))
          let theirs = try connection.reply()
          let mine = ours.feed(RESPCommand.encode(command))
          #expect(agree(name(command), command, theirs, mine), "seed \(seed), database \(database), \(command.map { printable($0) })")
        }
      }
    }
  }

  /// The log alone, applied to an empty engine, makes the same dataset.
  private func replayEffects(of ours: TestEngine, _ seed: UInt64) {
    let copy = TestEngine(seed: seed + 1000, logging: false)
    copy.now = ours.now
    copy.session.gates.insert(.loader)
    let replies = copy.feed(ours.engine.log.bytes(from: 0) ?? [])
    #expect(!Frame.split(replies).contains { $0.first == UInt8(ascii: "-") }, "seed \(seed): an effect failed")
    // Keys that have expired, and that nobody has looked at since, are in both.
    #expect(copy.contents() == ours.contents(), "seed \(seed)")
  }
}
