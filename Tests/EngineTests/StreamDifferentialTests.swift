import Foundation
import Testing

@testable import TernEngine

/// Random commands on streams for the engine and for a real redis-server: replies, events, counters and the nodes' bytes must agree.
@Suite struct StreamDifferentialTests {
  private static func clock() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  /// Other seeds for a longer hunt: `TERN_SEEDS=100-199`.
  private static let seeds: [UInt64] = {
    let range = (ProcessInfo.processInfo.environment["TERN_SEEDS"] ?? "1-4").split(separator: "-").compactMap { UInt64($0) }
    return range.count == 2 && range[0] <= range[1] ? Array(range[0]...range[1]) : [1]
  }()

  @Test(arguments: seeds)
  func `random stream commands get the replies and make the events of redis-server`(seed: UInt64) throws {
    let resp3 = seed % 2 == 0
    // Small nodes, so that there are many of them.
    let redis = try RedisServer(
      seed % 4 < 2
        ? ["--stream-node-max-entries", "4", "--rdbcompression", "no"] : ["--stream-node-max-bytes", "600", "--rdbcompression", "no"])
    let connection = try redis.connect()
    let listener = try redis.connect()
    #expect(try connection.ask("CONFIG", "SET", "notify-keyspace-events", "AKEnm") == Array("+OK\r\n".utf8))
    if resp3 { _ = try connection.ask("HELLO", "3") }
    _ = try listener.ask("PSUBSCRIBE", "__key*__:*")
    _ = try connection.ask("CONFIG", "RESETSTAT")

    let ours = TestEngine(seed: seed)
    ours.session.reply.isRESP3 = resp3
    if seed % 4 < 2 {
      ours.engine.settings.encodingLimits.streamNodeEntries = 4
    } else {
      ours.engine.settings.encodingLimits.streamNodeBytes = 600
    }
    var notifications = KeyspaceNotifications()
    notifications.keyspace = true
    notifications.keyevent = true
    for kind in [KeyEventKind.generic, .string, .stream, .expired, .miss, .new] { notifications.insert(kind) }
    ours.engine.settings.notifications = notifications
    let ourListener = ours.open()
    _ = ours.engine.pubsub.subscribe(ourListener, .pattern, Array("__key*__:*".utf8))

    var generator = StreamGenerator(seed: seed)
    var history: [[[UInt8]]] = []
    var snapshots: [(snapshot: Snapshot, digest: [String])] = []
    for batch in 0..<60 {
      let commands = (0..<60).map { _ in generator.next() }
      let bytes = commands.flatMap { RESPCommand.encode($0) }
      try connection.send(bytes)
      ours.now = Self.clock()
      if batch % 5 == 2 {
        let snapshot = ours.engine.takeSnapshot()
        snapshots.append((snapshot, Self.description(of: snapshot.databases[0])))
      }
      let mine = Frame.split(ours.feed(bytes))
      #expect(mine.count == commands.count)
      for (i, command) in commands.enumerated() {
        let theirs = try connection.reply()
        history.append(command)
        if i < mine.count, agree(theirs, mine[i]) { continue }
        Issue.record(
          """
          seed \(seed), batch \(batch), command \(i): \(line(command))
          redis-server: \(plain(theirs))
          ours:         \(i < mine.count ? plain(mine[i]) : "nothing")
          before it:
          \(history.suffix(40).map(line).joined(separator: "\n"))
          """)
        return
      }
      try compareNodes(connection, ours, "seed \(seed), batch \(batch)")
      try compareEvents(
        listener, ours.takeReplies(of: ourListener), "seed \(seed), batch \(batch)", history.suffix(commands.count).map(line))
      if snapshots.count > 2 {
        let (snapshot, digest) = snapshots.removeFirst()
        #expect(Self.description(of: snapshot.databases[0]) == digest, "a snapshot stays as it was")
        ours.engine.release(snapshot)
      }
      _ = ours.engine.heap.reclaim(steps: 200)
    }
    let counters = String(decoding: try connection.ask("INFO"), as: UTF8.self).split(separator: "\r\n").filter {
      ["keyspace_hits", "keyspace_misses", "rdb_changes_since_last_save"].contains($0.prefix { $0 != ":" })
    }
    #expect(
      counters == [
        "rdb_changes_since_last_save:\(ours.engine.dirty)", "keyspace_hits:\(ours.engine.keyspaceHits)",
        "keyspace_misses:\(ours.engine.keyspaceMisses)",
      ])
    #expect(String(decoding: try connection.ask("DEBUG", "DIGEST"), as: UTF8.self).contains(hex(ours.engine.datasetDigest())))
    replay(ours, seed)
    for (snapshot, digest) in snapshots {
      #expect(Self.description(of: snapshot.databases[0]) == digest, "a snapshot stays as it was")
      ours.engine.release(snapshot)
    }
    ours.ask("FLUSHALL")
    while ours.engine.reclaim(steps: 1_000) || ours.engine.heap.hasGraves {}
    #expect(ours.engine.heap.usedBytes == 0, "nothing leaks")
  }

  private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined() }
  private func line(_ command: [[UInt8]]) -> String { command.map { QuotedArguments.quote($0.prefix(60)) }.joined(separator: " ") }

  // MARK: replies

  private func plain(_ reply: [UInt8]) -> String {
    var parser = RESPReplyParser()
    parser.append(reply)
    guard let value = try? parser.next() else { return printable(reply) }
    if case .map(let pairs) = value {
      return plain(.array(pairs.flatMap { [$0.key, $0.value] }))
    }
    return plain(value)
  }
  private func plain(_ value: RESPValue) -> String {
    switch value {
    case .map(let pairs): "{" + pairs.map { plain($0.key) + ": " + plain($0.value) }.joined(separator: ", ") + "}"
    case .array(let elements): "[" + elements.map { plain($0) }.joined(separator: ", ") + "]"
    default: value.plain
    }
  }

  private func agree(_ theirs: [UInt8], _ ours: [UInt8]) -> Bool {
    if theirs == ours { return true }
    if theirs.first == UInt8(ascii: "-") || ours.first == UInt8(ascii: "-") { return false }
    var parsers = [RESPReplyParser(), RESPReplyParser()]
    parsers[0].append(theirs)
    parsers[1].append(ours)
    guard let a = try? parsers[0].next(), let b = try? parsers[1].next() else { return false }
    return agree(a, withoutNewFields(b))
  }

  /// 7.2 tells more of consumers.
  private func withoutNewFields(_ value: RESPValue) -> RESPValue {
    let new = ["inactive", "active-time"]
    switch value {
    case .map(let pairs):
      return .map(pairs.filter { !new.contains($0.key.text ?? "") }.map { .init(key: $0.key, value: withoutNewFields($0.value)) })
    case .array(let elements):
      var kept: [RESPValue] = []
      var i = 0
      while i < elements.count {
        if new.contains(elements[i].text ?? ""), i + 1 < elements.count, case .integer = elements[i + 1] {
          i += 2
          continue
        }
        kept.append(withoutNewFields(elements[i]))
        i += 1
      }
      return .array(kept)
    default: return value
    }
  }

  /// Equal but for times, which two clocks read.
  private func agree(_ a: RESPValue, _ b: RESPValue, isTime: Bool = false) -> Bool {
    switch (a, b) {
    case (.integer(let x), .integer(let y)): return x == y || (isTime && abs(x - y) < 10_000)
    case (.map(let x), .map(let y)):
      return x.count == y.count
        && zip(x, y).allSatisfy {
          $0.key == $1.key && agree($0.value, $1.value, isTime: ["idle", "seen-time"].contains($0.key.text ?? ""))
        }
    case (.array(let x), .array(let y)):
      guard x.count == y.count else { return false }
      return x.indices.allSatisfy { i in
        let before = i > 0 ? x[i - 1].text ?? "" : ""
        // A pending entry: id, consumer, time, count; or id, time, count.
        let isPending = x.count == 4 && i == 2 || x.count == 3 && i == 1
        return agree(x[i], y[i], isTime: isPending || ["idle", "seen-time"].contains(before))
      }
    default: return a == b
    }
  }

  // MARK: events

  private func compareEvents(_ listener: RedisConnection, _ ours: [UInt8], _ place: String, _ history: [String]) throws {
    try listener.send(RESPCommand.encode("PING", "<end>"))
    var events: [[UInt8]] = []
    while true {
      let event = try listener.reply()
      if event.suffix(7) == Array("<end>\r\n".utf8) { break }
      events.append(event)
    }
    let ours = Frame.split(ours)
    guard events != ours else { return }
    let i = zip(events, ours).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(events.count, ours.count)
    Issue.record(
      """
      \(place), event \(i) of \(events.count) and \(ours.count)
      redis-server: \(events.dropFirst(max(0, i - 2)).prefix(5).map { plain($0) })
      ours:         \(ours.dropFirst(max(0, i - 2)).prefix(5).map { plain($0) })
      \(history.joined(separator: "\n"))
      """)
  }

  // MARK: nodes

  /// DUMP's payload begins with the nodes and the counters: they must be the same bytes.
  private func compareNodes(_ connection: RedisConnection, _ ours: TestEngine, _ place: String) throws {
    for name in ["s1", "s2", "s3"] {
      let reply = try connection.ask("DUMP", name)
      let mine = Array(name.utf8).withUnsafeBytes { bytes -> [UInt8]? in
        let database = ours.engine.database(0)
        return database.find(database.key(bytes)).map { entry in
          #expect(entry.streamView.violation() == nil, "\(place)")
          return RDBStream.head(entry.streamView)
        }
      }
      guard let newline = reply.firstIndex(of: 10), reply.first == UInt8(ascii: "$"), reply[1] != UInt8(ascii: "-") else {
        #expect(mine == nil, "\(place): \(name)")
        continue
      }
      let theirs = reply[(newline + 1)...]
      #expect(theirs.starts(with: mine ?? [0]), "\(place): \(name)\n\(printable(Array(theirs)))\n\(printable(mine ?? []))")
    }
  }

  /// All that can be seen of the streams.
  static func description(of tree: KeyTree) -> [String] {
    var lines: [String] = []
    tree.forEach { entry in
      guard entry.type == .stream else { return }
      lines.append(printable(Array(entry.keyBytes)) + " " + StreamDescription.of(entry.streamView))
    }
    return lines.sorted()
  }

  /// What the log says makes the same of an empty engine.
  private func replay(_ ours: TestEngine, _ seed: UInt64) {
    let log = ours.engine.log.bytes(from: 0) ?? []
    let copy = TestEngine(seed: seed + 1000)
    copy.engine.settings.encodingLimits = ours.engine.settings.encodingLimits
    copy.now = ours.now
    _ = copy.feed(log)
    #expect(copy.engine.datasetDigest() == ours.engine.datasetDigest())
    let (a, b) = (Self.groups(of: ours), Self.groups(of: copy))
    #expect(a == b, "groups, from the effects")
  }

  /// The groups as the log can tell them: neither when a consumer was seen, nor what reading its own history counts.
  private static func groups(of engine: TestEngine) -> [String] {
    var lines: [String] = []
    engine.engine.database(0).table.tree.forEach { entry in
      guard entry.type == .stream else { return }
      entry.streamView.forEachGroup { group in
        var line = printable(Array(entry.keyBytes)) + " " + printable(Array(group.name)) + " \(group.lastID) \(group.entriesRead)"
        group.forEachConsumer { consumer in
          line += " [" + printable(Array(consumer.name))
          consumer.forEachPendingID { line += " \($0)" }
          line += "]"
        }
        lines.append(line)
      }
    }
    return lines.sorted()
  }
}

/// A stream in words.
enum StreamDescription {
  static func of(_ stream: StreamView) -> String {
    var text = "\(stream.count) \(stream.firstID) \(stream.lastID) \(stream.maxDeletedID) \(stream.entriesAdded)"
    stream.forEachNode { master, bytes in text += " {\(master) \(bytes.map { String($0, radix: 16) }.joined())}" }
    stream.forEachGroup { group in
      text += " (" + printable(Array(group.name)) + " \(group.lastID) \(group.entriesRead)"
      group.forEachPending { text += " \($0)/\($1)/\($2)" }
      group.forEachConsumer { consumer in
        text += " [" + printable(Array(consumer.name)) + " \(consumer.seenTime) \(consumer.activeTime)"
        group.forEachPending(of: consumer) { text += " \($0)/\($1)/\($2)" }
        text += "]"
      }
      text += ")"
    }
    return text
  }
}

/// The beginning of a stream in an RDB file, as Redis 7.0 writes it: type 19, the nodes, the counters.
enum RDBStream {
  static func head(_ stream: StreamView) -> [UInt8] {
    var bytes: [UInt8] = [19]
    bytes += length(UInt64(stream.nodeCount))
    stream.forEachNode { master, listpack in
      bytes.append(16)
      bytes += bigEndian(master.milliseconds) + bigEndian(master.sequence)
      bytes += length(UInt64(listpack.count)) + Array(listpack)
    }
    bytes += length(stream.count)
    for id in [stream.lastID, stream.firstID, stream.maxDeletedID] { bytes += length(id.milliseconds) + length(id.sequence) }
    return bytes + length(stream.entriesAdded) + length(UInt64(stream.groupCount))
  }

  private static func bigEndian(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }

  private static func length(_ value: UInt64) -> [UInt8] {
    if value < 64 { return [UInt8(value)] }
    if value < 1 << 14 { return [0x40 | UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
    if value <= UInt64(UInt32.max) { return [0x80] + bigEndian(value).suffix(4) }
    return [0x81] + bigEndian(value)
  }
}
