import Foundation
import Testing

@testable import TernEngine

/// The same random geo commands for the engine and for a real redis-server: every digit of every reply must agree.
@Suite struct GeoDifferentialTests {
  private static let seeds: [UInt64] = {
    let range = (ProcessInfo.processInfo.environment["TERN_SEEDS"] ?? "1-4").split(separator: "-").compactMap { UInt64($0) }
    return range.count == 2 && range[0] <= range[1] ? Array(range[0]...range[1]) : [1]
  }()

  @Test(arguments: seeds)
  func `random geo commands get the replies and make the events of redis-server`(seed: UInt64) throws {
    let redis = try RedisServer()
    let connection = try redis.connect()
    let listener = try redis.connect()
    _ = try connection.ask("CONFIG", "SET", "notify-keyspace-events", "AKEnm")
    if seed % 2 == 0 { _ = try connection.ask("HELLO", "3") }
    _ = try listener.ask("PSUBSCRIBE", "__key*__:*")
    _ = try connection.ask("CONFIG", "RESETSTAT")
    let ours = TestEngine(seed: seed)
    ours.session.reply.isRESP3 = seed % 2 == 0
    var notifications = KeyspaceNotifications()
    notifications.keyspace = true
    notifications.keyevent = true
    for kind in [KeyEventKind.generic, .string, .sortedSet, .miss, .new] { notifications.insert(kind) }
    ours.engine.settings.notifications = notifications
    let ourListener = ours.open()
    _ = ours.engine.pubsub.subscribe(ourListener, .pattern, Array("__key*__:*".utf8))

    var generator = GeoGenerator(seed: seed)
    for batch in 0..<40 {
      let commands = (0..<50).map { _ in generator.next() }
      let bytes = commands.flatMap { RESPCommand.encode($0) }
      try connection.send(bytes)
      ours.now = Int64(Date().timeIntervalSince1970 * 1000)
      let mine = Frame.split(ours.feed(bytes))
      #expect(mine.count == commands.count)
      for (i, command) in commands.enumerated() {
        let theirs = try connection.reply()
        guard theirs == mine[i] else {
          Issue.record(
            """
            seed \(seed), batch \(batch), command \(i): \(line(command))
            redis-server: \(printable(theirs.prefix(2000)))
            ours:         \(printable(mine[i].prefix(2000)))
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
      guard events == Frame.split(ours.takeReplies(of: ourListener)) else {
        Issue.record("seed \(seed), batch \(batch): other events\n\(commands.map(line).joined(separator: "\n"))")
        return
      }
      let digest = try connection.ask("DEBUG", "DIGEST")
      let ourDigest = ours.engine.datasetDigest().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      guard digest == Array("+\(ourDigest)\r\n".utf8) else {
        Issue.record("seed \(seed), batch \(batch): the datasets differ\n\(commands.map(line).joined(separator: "\n"))")
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

    let copy = TestEngine(seed: seed + 1000, logging: false)
    copy.now = ours.now
    copy.session.gates.insert(.loader)
    let replies = Frame.split(copy.feed(ours.engine.log.bytes(from: 0) ?? []))
    #expect(!replies.contains { $0.first == UInt8(ascii: "-") }, "an effect failed")
    #expect(copy.engine.datasetDigest() == ours.engine.datasetDigest())
  }

  private func line(_ command: [[UInt8]]) -> String { command.map { QuotedArguments.quote($0.prefix(80)) }.joined(separator: " ") }
}

private struct GeoGenerator {
  private var random: SeededRandom
  private var places = 0

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private mutating func chance(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }
  private mutating func pick(_ pool: [String]) -> String { pool[chance(pool.count)] }
  private mutating func any(_ words: String...) -> [String] { chance(3) == 0 ? words : [] }
  private mutating func coordinate(_ range: ClosedRange<Double>) -> String { "\(Double.random(in: range, using: &random))" }

  private mutating func key() -> String { chance(30) == 0 ? pick(["s", "none", "plain"]) : "g\(chance(3))" }
  private mutating func member() -> String { chance(20) == 0 ? "none" : "p\(chance(max(1, places)))" }

  /// Near Sicily, anywhere, at the edges, or nowhere.
  private mutating func point() -> [String] {
    switch chance(12) {
    // Never two at one place: which of two equally far ones comes first depends on the sort.
    case 0:
      return chance(2) == 0
        ? [pick(["180", "-180", "179.999999", "0"]), coordinate(-85...85)]
        : [coordinate(-180...180), pick(["85.05112878", "-85.05112878", "85", "0"])]
    case 1 where chance(3) == 0: return [pick(["181", "x", "-180.1", "", "nan", "inf"]), pick(["86", "1", "y", "-85.06"])]
    case 2..<5: return [coordinate(-180...180), coordinate(-85...85)]
    case 5: return [coordinate(-180...180), coordinate(70...85)]
    default: return [coordinate(12...16), coordinate(36...39)]
    }
  }

  private mutating func unit() -> String { chance(40) == 0 ? pick(["cm", "", "kms"]) : pick(["m", "km", "ft", "mi", "KM"]) }
  private mutating func length() -> String {
    switch chance(16) {
    case 0: return pick(["0", "-1", "x", "1e10", "inf", "1e-5"])
    case 1..<5: return "\(Double.random(in: 0...20_000, using: &random))"
    default: return "\(Double.random(in: 0...300, using: &random))"
    }
  }

  private mutating func options() -> [String] {
    var words = any("WITHDIST") + any("WITHCOORD") + any("WITHHASH") + any(pick(["ASC", "DESC", "asc"]))
    if chance(3) == 0 { words += ["COUNT", "\(chance(12) - (chance(6) == 0 ? 1 : 0))"] + any("ANY") }
    if chance(30) == 0 { words.append(pick(["ANY", "COUNT", "STORE", "FOO", "STOREDIST", "FROMLONLAT"])) }
    return words
  }

  private mutating func area() -> [String] {
    var from = chance(2) == 0 ? ["FROMMEMBER", member()] : ["FROMLONLAT"] + point()
    var by = chance(2) == 0 ? ["BYRADIUS", length(), unit()] : ["BYBOX", length(), length(), unit()]
    if chance(25) == 0 { from = chance(2) == 0 ? [] : from + ["FROMMEMBER", member()] }
    if chance(25) == 0 { by = chance(2) == 0 ? [] : by + ["BYRADIUS", "1", "km"] }
    return chance(4) == 0 ? by + from : from + by
  }

  mutating func next() -> [[UInt8]] {
    command().map { Array($0.utf8) }
  }

  private mutating func command() -> [String] {
    switch chance(24) {
    case 0..<7:
      var words = ["GEOADD", key()] + any("CH")
      if chance(8) == 0 { words += [pick(["NX", "XX"])] }
      for _ in 0..<1 + chance(6) {
        words += point() + [chance(4) == 0 ? member() : "p\(places)"]
        places += 1
      }
      if chance(40) == 0 { words.removeLast() }
      return words
    case 7: return ["GEOPOS", key()] + (0..<chance(4)).map { _ in member() }
    case 8: return ["GEOHASH", key()] + (0..<chance(4)).map { _ in member() }
    case 9, 10: return ["GEODIST", key(), member(), member()] + (chance(2) == 0 ? [unit()] : []) + (chance(30) == 0 ? ["x"] : [])
    case 11..<17: return [pick(["GEOSEARCH", "geosearch"]), key()] + area() + options()
    case 17:
      return ["GEOSEARCHSTORE"] + (chance(2) == 0 ? ["g0", key()] + area() : ["d", key()] + area() + ["STOREDIST"])
        + (chance(2) == 0 ? ["COUNT", "5"] : [])
    case 18: return [pick(["GEORADIUS", "GEORADIUS_RO"]), key()] + point() + [length(), unit()] + options()
    case 19: return [pick(["GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"]), key(), member(), length(), unit()] + options()
    case 20:
      return ["GEORADIUS", key()] + point() + [length(), unit()] + (chance(2) == 0 ? ["STORE", "g1"] : ["STOREDIST", "d"])
        + any("COUNT", "3")
    case 21:
      return ["GEORADIUSBYMEMBER", key(), member(), length(), unit(), pick(["STORE", "STOREDIST"]), "d"] + any("WITHDIST")
    case 22:
      // Scores that no GEOADD made.
      return ["ZADD", pick(["plain", "d"]), pick(["1", "-5", "1e300", "inf", "-inf", "3479099956230698", "0.5", "1e16"]), member()]
    default: return chance(2) == 0 ? ["SET", "s", "text"] : ["DEL", pick(["d", "s", "none", "plain"])]
    }
  }
}
