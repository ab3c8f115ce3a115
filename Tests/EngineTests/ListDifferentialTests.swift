import Foundation
import Testing

@testable import TernEngine

/// List commands for the engine and for a real redis-server: replies, events, statistics, contents and effects must agree.
@Suite struct ListDifferentialTests {
  static let seeds: [UInt64] = {
    let range = (ProcessInfo.processInfo.environment["TERN_SEEDS"] ?? "1-3").split(separator: "-").compactMap { UInt64($0) }
    return range.count == 2 && range[0] <= range[1] ? Array(range[0]...range[1]) : [1]
  }()

  /// What 7.0.15 says and 7.2 does not: the least rank, and timeouts out of range.
  static func isKnownDifference(_ command: [String], _ theirs: [UInt8], _ ours: [UInt8]) -> Bool {
    String(decoding: ours, as: UTF8.self).contains("value is out of range, value must between")
  }

  static func notifying(_ engine: TestEngine) -> Session {
    var notifications = KeyspaceNotifications()
    notifications.keyspace = true
    notifications.keyevent = true
    for kind in [KeyEventKind.generic, .string, .list, .expired, .miss, .new] { notifications.insert(kind) }
    engine.engine.settings.notifications = notifications
    let listener = engine.open()
    _ = engine.engine.pubsub.subscribe(listener, .pattern, Array("__key*__:*".utf8))
    return listener
  }

  static func line(_ command: [String]) -> String {
    command.map { QuotedArguments.quote(Array($0.utf8).prefix(40)) }.joined(separator: " ")
  }

  @Test(arguments: seeds)
  func `random list commands get the replies and make the events of redis-server`(seed: UInt64) throws {
    let size = ["-2", "-1", "4", "128", "-5"][Int(seed % 5)]
    let redis = try RedisServer(["--list-max-listpack-size", size])
    let connection = try redis.connect()
    let listener = try redis.connect()
    _ = try connection.ask("CONFIG", "SET", "notify-keyspace-events", "AKEnm")
    if seed % 2 == 0 { _ = try connection.ask("HELLO", "3") }
    _ = try listener.ask("PSUBSCRIBE", "__key*__:*")
    _ = try connection.ask("CONFIG", "RESETSTAT")
    let ours = TestEngine(seed: seed)
    ours.engine.settings.encodingLimits.listSize = Int(size) ?? -2
    ours.session.reply.isRESP3 = seed % 2 == 0
    let ourListener = Self.notifying(ours)

    var generator = ListGenerator(seed: seed)
    var history: [[String]] = []
    for batch in 0..<60 {
      let commands = (0..<50).map { _ in generator.next() }
      let bytes = commands.flatMap { RESPCommand.encode($0.map { Array($0.utf8) }) }
      try connection.send(bytes)
      let mine = Frame.split(ours.feed(bytes))
      #expect(mine.count == commands.count)
      for (i, command) in commands.enumerated() {
        let theirs = try connection.reply()
        history.append(command)
        guard i < mine.count, theirs == mine[i] || Self.isKnownDifference(command, theirs, mine[i]) else {
          Issue.record(
            """
            seed \(seed), batch \(batch), command \(i): \(Self.line(command))
            redis-server: \(printable(theirs.prefix(600)))
            ours:         \(printable((i < mine.count ? mine[i] : []).prefix(600)))
            \(history.suffix(20).map(Self.line).joined(separator: "\n"))
            """)
          return
        }
      }
      try listener.send(RESPCommand.encode("PING", "<end>"))
      var events: [[UInt8]] = []
      while true {
        let event = try listener.reply()
        if event.suffix(7) == Array("<end>\r\n".utf8) { break }
        events.append(event)
      }
      let ourEvents = Frame.split(ours.takeReplies(of: ourListener))
      if events != ourEvents {
        let i = zip(events, ourEvents).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(events.count, ourEvents.count)
        Issue.record(
          """
          seed \(seed), batch \(batch), event \(i) of \(events.count) and \(ourEvents.count)
          redis-server: \(events.dropFirst(max(0, i - 2)).prefix(5).map { printable($0) })
          ours:         \(ourEvents.dropFirst(max(0, i - 2)).prefix(5).map { printable($0) })
          \(commands.map(Self.line).joined(separator: "\n"))
          """)
        return
      }
    }
    let info = String(decoding: try connection.ask("INFO", "everything"), as: UTF8.self)
    func field(_ name: String) -> Int64? {
      info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }.flatMap { Int64($0.dropFirst(name.count + 1)) }
    }
    #expect(field("keyspace_hits") == ours.engine.keyspaceHits)
    #expect(field("keyspace_misses") == ours.engine.keyspaceMisses)
    #expect(field("rdb_changes_since_last_save") == ours.engine.dirty)
    try Self.compareContents(connection, ours)
    Self.replay(ours, seed)
  }

  static func compareContents(_ connection: RedisConnection, _ ours: TestEngine) throws {
    for key in ListGenerator.keys {
      for command in [["TYPE", key], ["LRANGE", key, "0", "-1"], ["LLEN", key]] {
        let bytes = RESPCommand.encode(command.map { Array($0.utf8) })
        try connection.send(bytes)
        #expect(try connection.reply() == ours.feed(bytes), "\(command)")
      }
    }
    let theirs = try connection.ask("DEBUG", "DIGEST")
    #expect(theirs == Array("+".utf8) + Array(hex(ours.engine.datasetDigest()).utf8) + [13, 10])
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
  }

  /// The log alone, applied to an empty engine, makes the same dataset; so does a copy made by COPY.
  static func replay(_ ours: TestEngine, _ seed: UInt64) {
    let copy = TestEngine(seed: seed + 1000, logging: false)
    copy.now = ours.now
    copy.session.gates.insert(.loader)
    let replies = copy.feed(ours.engine.log.bytes(from: 0) ?? [])
    #expect(!Frame.split(replies).contains { $0.first == UInt8(ascii: "-") }, "seed \(seed): an effect failed")
    #expect(copy.engine.datasetDigest() == ours.engine.datasetDigest(), "seed \(seed): the effects make other data")
  }
}
