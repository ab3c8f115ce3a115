import Foundation
import Testing

@testable import TernEngine

/// The same random commands on sorted sets for the engine and for a real redis-server.
@Suite struct SortedSetDifferentialTests {
  private static let seeds: [UInt64] = {
    let range = (ProcessInfo.processInfo.environment["TERN_SEEDS"] ?? "1-4").split(separator: "-").compactMap { UInt64($0) }
    return range.count == 2 && range[0] <= range[1] ? Array(range[0]...range[1]) : [1]
  }()

  /// Odd seeds speak RESP2, even ones RESP3; of four seeds two stay in the small form, two pass to the large one early.
  @Test(arguments: seeds)
  func `random commands on sorted sets get the replies and make the events of redis-server`(seed: UInt64) throws {
    let staysSmall = seed % 4 < 2
    let redis = try RedisServer()
    let connection = try redis.connect()
    let listener = try redis.connect()
    _ = try connection.ask("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    _ = try connection.ask("CONFIG", "SET", "notify-keyspace-events", "AKEnm")
    _ = try connection.ask("CONFIG", "SET", "zset-max-listpack-entries", staysSmall ? "1000" : "6")
    if seed % 2 == 0 { _ = try connection.ask("HELLO", "3") }
    _ = try listener.ask("PSUBSCRIBE", "__key*__:*")
    _ = try connection.ask("CONFIG", "RESETSTAT")

    let ours = TestEngine(seed: seed)
    ours.session.reply.isRESP3 = seed % 2 == 0
    var notifications = KeyspaceNotifications()
    notifications.keyspace = true
    notifications.keyevent = true
    for kind in [KeyEventKind.generic, .string, .sortedSet, .set, .expired, .miss, .new] { notifications.insert(kind) }
    ours.engine.settings.notifications = notifications
    ours.engine.settings.encodingLimits.sortedSetEntries = staysSmall ? 1000 : 6
    let ourListener = ours.open()
    _ = ours.engine.pubsub.subscribe(ourListener, .pattern, Array("__key*__:*".utf8))

    var generator = SortedSetGenerator(seed: seed, staysSmall: staysSmall)
    var history: [[[UInt8]]] = []
    func context() -> String { history.suffix(30).map(line).joined(separator: "\n") }
    for batch in 0..<60 {
      let commands = (0..<60).map { _ in generator.next() }
      let bytes = commands.flatMap { RESPCommand.encode($0) }
      try connection.send(bytes)
      ours.now = Int64(Date().timeIntervalSince1970 * 1000)
      let mine = Frame.split(ours.feed(bytes))
      #expect(mine.count == commands.count)
      for (i, command) in commands.enumerated() {
        let theirs = try connection.reply()
        history.append(command)
        guard agree(command, theirs, mine[i]) else {
          Issue.record(
            """
            seed \(seed), batch \(batch), command \(i): \(line(command))
            redis-server: \(printable(theirs))
            ours:         \(printable(mine[i]))
            before it:
            \(context())
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
      let ourEvents = Frame.split(ours.takeReplies(of: ourListener))
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
      let digest = try connection.ask("DEBUG", "DIGEST")
      let ourDigest = ours.engine.datasetDigest().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      guard digest == Array("+\(ourDigest)\r\n".utf8) else {
        Issue.record("seed \(seed), batch \(batch): the datasets differ\n\(history.suffix(60).map(line).joined(separator: "\n"))")
        return
      }
      ours.engine.reclaim(steps: 10_000)
    }
    let info = String(decoding: try connection.ask("INFO", "everything"), as: UTF8.self)
    func field(_ name: String) -> Int64? {
      info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }.flatMap { Int64($0.dropFirst(name.count + 1)) }
    }
    #expect(field("keyspace_hits") == ours.engine.keyspaceHits, "seed \(seed)")
    #expect(field("keyspace_misses") == ours.engine.keyspaceMisses, "seed \(seed)")
    #expect(field("rdb_changes_since_last_save") == ours.engine.dirty, "seed \(seed)")

    // The log alone, applied to an empty engine of other limits, makes the same dataset.
    let copy = TestEngine(seed: seed + 1000, logging: false)
    copy.now = ours.now
    copy.engine.settings.encodingLimits.sortedSetEntries = 20
    copy.session.gates.insert(.loader)
    let replies = Frame.split(copy.feed(ours.engine.log.bytes(from: 0) ?? []))
    #expect(!replies.contains { $0.first == UInt8(ascii: "-") }, "seed \(seed): an effect failed")
    #expect(contents(copy.engine) == contents(ours.engine), "seed \(seed)")
  }

  /// All keys; scores as numbers, since `-0` is 0 in a small set and not in a large one.
  private func contents(_ engine: Engine) -> [[UInt8]: [[UInt8]: Double]] {
    var contents: [[UInt8]: [[UInt8]: Double]] = [:]
    engine.database(0).table.tree.forEach { entry in
      var members: [[UInt8]: Double] = [:]
      switch entry.type {
      case .sortedSet: entry.forEachScored { members[Array($0)] = $1 }
      case .set: entry.forEachMember { members[Array($0)] = 1 }
      default: members[Array(copying: entry)] = 0
      }
      contents[Array(entry.keyBytes)] = members
    }
    return contents
  }

  private func line(_ command: [[UInt8]]) -> String { command.map { QuotedArguments.quote($0.prefix(80)) }.joined(separator: " ") }

  private func agree(_ command: [[UInt8]], _ theirs: [UInt8], _ ours: [UInt8]) -> Bool {
    if theirs == ours { return true }
    if theirs.first == UInt8(ascii: "-") || ours.first == UInt8(ascii: "-") { return false }
    var parsers = [RESPReplyParser(), RESPReplyParser()]
    parsers[0].append(theirs)
    parsers[1].append(ours)
    guard let a = try? parsers[0].next(), let b = try? parsers[1].next() else { return false }
    switch String(decoding: command[0], as: UTF8.self) {
    case "ZRANDMEMBER": return (a == .null) == (b == .null) && a.elements?.count == b.elements?.count
    case "ZSCAN":
      // Pairs in any order.
      func pairs(_ value: RESPValue) -> Set<[RESPValue]> {
        let elements = value.elements?.last?.elements ?? []
        return Set(stride(from: 0, to: elements.count - 1, by: 2).map { [elements[$0], elements[$0 + 1]] })
      }
      return a.elements?.first == b.elements?.first && pairs(a) == pairs(b)
    default: return false
    }
  }
}

/// Random commands on a few sorted sets; most are valid, some are at a border or broken.
private struct SortedSetGenerator {
  private var random: SeededRandom
  private let staysSmall: Bool

  init(seed: UInt64, staysSmall: Bool) {
    random = SeededRandom(seed: seed)
    self.staysSmall = staysSmall
  }

  private mutating func chance(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }
  private mutating func pick(_ pool: [String]) -> String { pool[chance(pool.count)] }

  private mutating func key() -> String { chance(40) == 0 ? pick(["s", "none"]) : "z\(chance(5))" }
  /// A set whose members have all the same score.
  private mutating func lexKey() -> String { staysSmall && chance(3) == 0 ? key() : "l\(chance(2))" }

  private mutating func member() -> String {
    switch chance(30) {
    case 0: return pick(["", "-5", "007", "9223372036854775807", "é", "a b", "\r\n"])
    case 1 where !staysSmall: return String(repeating: "x", count: 60 + chance(10))
    default: return chance(3) == 0 ? "\(chance(30))" : "m\(chance(30))"
    }
  }

  private mutating func score() -> String {
    switch chance(12) {
    case 0: return pick(["inf", "-inf", "+inf", "1e20", "-1e300", "5e-324", "0.1", "1e17", "4503599627370497", "-0", "0x10", "3.0"])
    case 1: return pick(["nan", "x", "", " 1", "1 ", "1e999", "1e-999"])
    case 2, 3: return "\(Double.random(in: -100..<100, using: &random))"
    case 4, 5: return "\(Double(chance(100)) / 8)"
    default: return "\(chance(12) - 3)"
    }
  }

  private mutating func border() -> String {
    switch chance(10) {
    case 0: return pick(["-inf", "+inf", "inf", "(inf", "(-inf"])
    case 1: return pick(["x", "", "(", "((1", " 1", "nan", "1e999", "1_"])
    default: return (chance(3) == 0 ? "(" : "") + (chance(4) == 0 ? "\(Double(chance(800)) / 8)" : "\(chance(12) - 3)")
    }
  }

  private mutating func lexBorder() -> String {
    switch chance(10) {
    case 0, 1: return pick(["-", "+"])
    case 2: return pick(["a", "", "--", "+x", "[", "("])
    default: return pick(["[", "("]) + member()
    }
  }

  private mutating func rank() -> String {
    chance(20) == 0 ? pick(["x", "1.5", "9223372036854775807", "-9223372036854775808"]) : "\(chance(30) - 12)"
  }

  private mutating func limit() -> [String] {
    chance(3) == 0 ? ["LIMIT", "\(chance(6) - 1)", "\(chance(8) - 2)"] : chance(20) == 0 ? ["LIMIT", "1"] : []
  }
  private mutating func maybe(_ words: String...) -> [String] { chance(2) == 0 ? words : [] }

  private mutating func rangeArguments(_ forward: Bool = true) -> (key: String, [String]) {
    switch chance(3) {
    case 0: return (key(), [rank(), rank()])
    case 1: return (key(), [border(), border(), "BYSCORE"] + limit())
    default: return (lexKey(), [lexBorder(), lexBorder(), "BYLEX"] + limit())
    }
  }

  private mutating func manyKeys() -> [String] {
    let count = 1 + chance(3)
    return [chance(30) == 0 ? pick(["0", "x", "-1", "9", "9223372036854775807"]) : "\(count)"]
      + (0..<count).map { _ in chance(5) == 0 ? "p" : key() }
  }

  private mutating func algebra(_ keys: [String], stores: Bool, differs: Bool) -> [String] {
    var words = keys
    if !differs || chance(20) == 0 {
      if chance(3) == 0 {
        words +=
          ["WEIGHTS"] + (1..<keys.count).map { _ in chance(30) == 0 ? "x" : pick(["1", "2", "-1", "0", "0.5", "inf", "-inf", "1.1"]) }
      }
      if chance(3) == 0 { words += ["AGGREGATE", pick(["SUM", "MIN", "MAX", "min", "AVG"])] }
    }
    if !stores && chance(2) == 0 || chance(20) == 0 { words.append("WITHSCORES") }
    return words
  }

  mutating func next() -> [[UInt8]] {
    var words = command()
    if chance(40) == 0, words.count > 1 { words.removeLast() }
    // ZRANK takes an option since 7.2, which redis-server 7.0 does not know.
    if chance(60) == 0, !words[0].hasSuffix("RANK") { words.append(pick(["x", "1", "WITHSCORES", "LIMIT"])) }
    return words.map { Array($0.utf8) }
  }

  private mutating func command() -> [String] {
    switch chance(40) {
    case 0..<8:
      var words = ["ZADD", key()]
      for option in ["NX", "XX", "GT", "LT", "CH", "INCR", "ch"] where chance(9) == 0 { words.append(option) }
      for _ in 0..<(chance(3) == 0 ? 1 + chance(5) : 1) { words += [score(), member()] }
      return words
    case 8, 9:
      return ["ZADD", "l\(chance(2))"] + (0..<1 + chance(4)).flatMap { _ in ["0", member()] }
    case 10, 11: return ["ZINCRBY", key(), score(), member()]
    case 12, 13: return ["ZREM", chance(2) == 0 ? key() : lexKey()] + (0..<1 + chance(3)).map { _ in member() }
    case 14: return ["ZSCORE", key(), member()]
    case 15: return ["ZMSCORE", key()] + (0..<1 + chance(3)).map { _ in member() }
    case 16: return [pick(["ZRANK", "ZREVRANK"]), key(), member()]
    case 17: return ["ZCARD", key()]
    case 18: return ["ZCOUNT", key(), border(), border()]
    case 19: return ["ZLEXCOUNT", lexKey(), lexBorder(), lexBorder()]
    case 20, 21, 22:
      let (key, words) = rangeArguments()
      return ["ZRANGE", key] + words + maybe("REV") + maybe("WITHSCORES")
    case 23:
      let (key, words) = rangeArguments()
      return ["ZRANGESTORE", self.key(), key] + words + maybe("REV")
    case 24: return [pick(["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"]), key(), border(), border()] + maybe("WITHSCORES") + limit()
    case 25: return [pick(["ZRANGEBYLEX", "ZREVRANGEBYLEX"]), lexKey(), lexBorder(), lexBorder()] + limit()
    case 26: return ["ZREVRANGE", key(), rank(), rank()] + maybe("withscores")
    case 27:
      return chance(2) == 0
        ? ["ZREMRANGEBYRANK", key(), rank(), rank()] : ["ZREMRANGEBYSCORE", key(), border(), border()]
    case 28: return ["ZREMRANGEBYLEX", lexKey(), lexBorder(), lexBorder()]
    case 29: return [pick(["ZPOPMIN", "ZPOPMAX"]), key()] + (chance(2) == 0 ? ["\(chance(4) - (chance(5) == 0 ? 1 : 0))"] : [])
    case 30: return ["ZMPOP"] + manyKeys() + [pick(["MIN", "MAX", "min", "MID"])] + (chance(2) == 0 ? ["COUNT", "\(chance(4))"] : [])
    case 31: return ["ZRANDMEMBER", key()] + (chance(2) == 0 ? ["\(chance(20) - 8)"] + maybe("WITHSCORES") : [])
    case 32: return ["ZSCAN", key(), "0", "COUNT", "1000"] + (chance(3) == 0 ? ["MATCH", pick(["m*", "*1*", "*", "m[1-3]"])] : [])
    case 33: return algebra(["ZUNION"] + manyKeys(), stores: false, differs: false)
    case 34: return algebra(["ZINTER"] + manyKeys(), stores: false, differs: false)
    case 35: return algebra(["ZDIFF"] + manyKeys(), stores: false, differs: true)
    case 36:
      let name = pick(["ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"])
      var words = algebra(manyKeys(), stores: true, differs: name == "ZDIFFSTORE")
      words.insert(contentsOf: [name, key()], at: 0)
      return words
    case 37: return ["ZINTERCARD"] + manyKeys() + (chance(2) == 0 ? ["LIMIT", "\(chance(4) - (chance(9) == 0 ? 1 : 0))"] : [])
    case 38: return chance(3) == 0 ? ["DEL", key()] : ["OBJECT", "ENCODING", key()]
    default:
      switch chance(6) {
      case 5: return ["SADD", "p"] + (0..<1 + chance(4)).map { _ in member() }
      case 0: return ["COPY", key(), key(), "REPLACE"]
      case 1: return ["RENAME", key(), key()]
      case 2: return ["SET", "s", "text"]
      case 3: return ["EXPIRE", key(), "\(1_000_000 + chance(1_000_000))"]
      default: return ["TYPE", key()]
      }
    }
  }
}
