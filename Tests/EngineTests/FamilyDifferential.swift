import Foundation
import Testing

@testable import TernEngine

/// The same random commands of one family for the engine and for a real redis-server: every reply, every keyspace event, the digest of
/// all databases, the number of changes, and what the effects alone make of an empty engine must agree.
struct FamilyDifferential {
  /// Commands whose reply's elements may come in any order (pairs of two if `pairs`).
  var unordered: Set<String> = []
  var unorderedPairs: Set<String> = []
  /// Settings for both: names of redis.conf, and ours.
  var options: [String] = []
  var limits = EncodingLimits()
  var keys: [String] = []
  var ignoredReplies: Set<String> = []

  static let seeds: [UInt64] = {
    let range = (ProcessInfo.processInfo.environment["TERN_SEEDS"] ?? "1-2").split(separator: "-").compactMap { UInt64($0) }
    return range.count == 2 && range[0] <= range[1] ? Array(range[0]...range[1]) : [1]
  }()

  func run(seed: UInt64, batches: Int = 30, preamble: [[[UInt8]]] = [], _ next: (inout SeededRandom) -> [[UInt8]]) throws {
    var random = SeededRandom(seed: seed)
    let redis = try RedisServer(options)
    let connection = try redis.connect()
    let listener = try redis.connect()
    _ = try connection.ask("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    _ = try connection.ask("CONFIG", "SET", "notify-keyspace-events", "AKEnm")
    let resp3 = seed % 2 == 0
    if resp3 { _ = try connection.ask("HELLO", "3") }
    _ = try listener.ask("PSUBSCRIBE", "__key*__:*")
    _ = try connection.ask("CONFIG", "RESETSTAT")

    let ours = TestEngine(seed: seed)
    ours.session.reply.isRESP3 = resp3
    ours.engine.settings.encodingLimits = limits
    var notifications = KeyspaceNotifications()
    notifications.keyspace = true
    notifications.keyevent = true
    let kinds: [KeyEventKind] = [.generic, .string, .list, .set, .sortedSet, .hash, .stream, .expired, .miss, .new]
    for kind in kinds { notifications.insert(kind) }
    ours.engine.settings.notifications = notifications
    let ourListener = ours.open()
    _ = ours.engine.pubsub.subscribe(ourListener, .pattern, Array("__key*__:*".utf8))

    var history: [[[UInt8]]] = []
    for batch in 0..<batches {
      let commands = (batch == 0 ? preamble : []) + (0..<40).map { _ in next(&random) }
      let bytes = commands.flatMap { RESPCommand.encode($0) }
      try connection.send(bytes)
      ours.now = Int64(Date().timeIntervalSince1970 * 1000)
      let mine = Frame.split(ours.feed(bytes))
      #expect(mine.count == commands.count)
      for (i, command) in commands.enumerated() where i < mine.count {
        let theirs = try connection.reply()
        history.append(command)
        let name = String(decoding: command[0], as: UTF8.self).lowercased()
        guard ignoredReplies.contains(name) || agree(name, theirs, mine[i]) else {
          Issue.record(
            """
            seed \(seed), batch \(batch), command \(i): \(line(command))
            redis-server: \(printable(theirs))
            ours:         \(printable(mine[i]))
            before it:
            \(history.suffix(20).map(line).joined(separator: "\n"))
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
          redis-server: \(events.dropFirst(max(0, i - 2)).prefix(5).map(event))
          ours:         \(ourEvents.dropFirst(max(0, i - 2)).prefix(5).map(event))
          \(history.suffix(commands.count).map(line).joined(separator: "\n"))
          """)
        return
      }
      for key in keys {
        let theirs = try connection.ask("OBJECT", "ENCODING", key)
        let mine = ours.feed(RESPCommand.encode("OBJECT", "ENCODING", key))
        #expect(theirs == mine, "seed \(seed), batch \(batch): the encoding of \(key), \(printable(theirs)) and \(printable(mine))")
      }
      let digest = "+" + ours.engine.datasetDigest().map { String(format: "%02x", $0) }.joined() + "\r\n"
      let theirDigest = try connection.ask("DEBUG", "DIGEST")
      guard theirDigest == Array(digest.utf8) else {
        Issue.record("seed \(seed), batch \(batch): digests differ\n\(history.suffix(40).map(line).joined(separator: "\n"))")
        return
      }
    }
    let info = String(decoding: try connection.ask("INFO", "everything"), as: UTF8.self)
    let changes = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("rdb_changes_since_last_save:") }
    #expect(changes.flatMap { Int64($0.drop { $0 != ":" }.dropFirst()) } == ours.engine.dirty, "seed \(seed)")

    let copy = TestEngine(seed: seed + 1000, logging: false)
    copy.now = ours.now
    copy.session.gates.insert(.loader)
    copy.engine.settings.encodingLimits = limits
    let replies = Frame.split(copy.feed(ours.engine.log.bytes(from: 0) ?? []))
    #expect(!replies.contains { $0.first == UInt8(ascii: "-") }, "seed \(seed): an effect failed")
    #expect(copy.engine.datasetDigest() == ours.engine.datasetDigest(), "seed \(seed): the effects make another dataset")
  }

  private func line(_ command: [[UInt8]]) -> String {
    String(command.map { QuotedArguments.quote($0.prefix(60)) }.joined(separator: " ").prefix(300))
  }

  /// The channel and what was said on it.
  private func event(_ frame: [UInt8]) -> String {
    var parser = RESPReplyParser()
    parser.append(frame)
    return ((try? parser.next())?.elements ?? []).dropFirst(2).compactMap(\.text).joined(separator: " ")
  }

  private func agree(_ name: String, _ theirs: [UInt8], _ ours: [UInt8]) -> Bool {
    if theirs == ours { return true }
    guard unordered.contains(name) || unorderedPairs.contains(name), theirs.first == ours.first, theirs.first != UInt8(ascii: "-") else {
      return false
    }
    return sorted(theirs, name) == sorted(ours, name)
  }

  /// The reply's elements, written out and sorted.
  private func sorted(_ reply: [UInt8], _ name: String) -> [String]? {
    var parser = RESPReplyParser()
    parser.append(reply)
    guard let value = try? parser.next() else { return nil }
    if case .map(let pairs) = value { return pairs.map { "\($0.key) \($0.value)" }.sorted() }
    guard var elements = value.elements else { return nil }
    var head: [String] = []
    if name.hasSuffix("scan"), elements.count == 2 {
      head = ["\(elements[0])"]
      elements = elements[1].elements ?? []
    }
    guard unorderedPairs.contains(name) else { return head + elements.map { "\($0)" }.sorted() }
    guard elements.count % 2 == 0 else { return nil }
    return head + stride(from: 0, to: elements.count, by: 2).map { "\(elements[$0]) \(elements[$0 + 1])" }.sorted()
  }
}

/// Draws words.
extension SeededRandom {
  mutating func pick<T>(_ pool: [T]) -> T { pool[Int.random(in: 0..<pool.count, using: &self)] }
  mutating func chance(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func some(_ range: ClosedRange<Int>, _ one: (inout SeededRandom) -> String) -> [String] {
    let count = number(range)
    return (0..<count).map { _ in one(&self) }
  }
}

func words(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }
func words(_ words: [String]) -> [[UInt8]] { words.map { Array($0.utf8) } }
