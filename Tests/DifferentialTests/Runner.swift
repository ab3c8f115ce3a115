import Foundation
import TernEngine
import TernNode

/// Sends a script to a fresh node of ours and to the real server, one step after the other, and finds the first difference.
final class Runner {
  let real: RealServer
  let node: NodeUnderTest
  private var script: Script
  private var index = 0
  /// What each client has queued since MULTI, and what it was told.
  var held: [Int: [Held]] = [:]
  /// The other side does something else for the same outcome.
  var leavesEventsOut = false
  private let hasListener: Bool
  /// Clients that have waited in XREAD.
  private var readers: Set<Int> = []
  /// Redis makes a sorted set that SORT reads a skiplist, for good.
  private let sortsSortedSets: Bool
  /// CONFIG SETs: the log is replayed where they hold too.
  private var settings: [Step] = []
  /// Redis 7.0 has no compact layout for sets of strings.
  static let settingsOf72: Set<String> = ["set-max-listpack-entries", "set-max-listpack-value"]
  /// The listener to keyspace events, if the script has one.
  private static let listener = 9
  /// The counters of INFO agree only where both were sent the same commands.
  private var countersAgree = true

  static func run(_ script: Script, on real: RealServer, seed: UInt64 = 1, commands: [CommandSpec] = NodeCommands.all) throws -> Mismatch? {
    try real.reset()
    return try Runner(script, real, seed, commands).run()
  }

  private init(_ script: Script, _ real: RealServer, _ seed: UInt64, _ commands: [CommandSpec]) throws {
    self.real = real
    self.script = script
    hasListener = script.steps.contains { $0.client == Self.listener }
    // Whatever its name: a key for sets may hold what ZDIFFSTORE put there.
    sortsSortedSets = script.steps.contains { ["sort", "sort_ro"].contains($0.name) }
    node = try NodeUnderTest(seed: seed, commands: commands)
  }

  private func run() throws -> Mismatch? {
    let before = try counters()
    for (i, step) in script.steps.enumerated() where !node.isBlocked(step.client) {
      index = i
      if ReplyRule.reasonToLeaveOut(step) != nil { continue }
      if try dependsOnInternals(step) { continue }
      // A wait's misses and hits are told and counted at other moments.
      if Self.isBlockingRead(step) {
        if hasListener || !Self.readsFromTheEnd(step) { continue }
        countersAgree = false
        readers.insert(step.client)
      } else if readers.contains(where: { node.isBlocked($0) }), Self.leavesEmptyEnd(step) {
        continue
      }
      if let mismatch = try perform(step) { return mismatch }
    }
    index = script.steps.count
    if countersAgree, let mismatch = try compareCounters(before) { return mismatch }
    return try DatasetComparison(node: node, real: real, settings: settings, sortsSortedSets: sortsSortedSets).run().map {
      mismatch($0.what, $0.theirs, $0.ours)
    }
  }

  /// What neither documentation nor data determine.
  private func dependsOnInternals(_ step: Step) throws -> Bool {
    guard let session = node.session(step.client) else { return false }
    let isByLex = step.words.indices.contains { step.word($0) == "bylex" }
    let depends: ([UInt8]) throws -> Bool
    let at: Int
    switch step.name {
    case "zlexcount", "zrangebylex", "zrevrangebylex", "zremrangebylex": (at, depends) = (1, dependsOnTowers)
    case "zrange" where isByLex: (at, depends) = (1, dependsOnTowers)
    case "zrangestore" where isByLex: (at, depends) = (2, dependsOnTowers)
    case "georadius", "georadius_ro", "georadiusbymember", "georadiusbymember_ro", "geosearch": (at, depends) = (1, dependsOnSorting)
    case "geosearchstore": (at, depends) = (2, dependsOnSorting)
    default: return false
    }
    guard step.words.count > at else { return false }
    if node.isInTransaction(step.client) { return true }
    _ = try real.control.value("SELECT", "\(session.databaseIndex)")
    defer { _ = try? real.control.value("SELECT", "0") }
    return try depends(step.words[at])
  }

  /// Where scores differ, what Redis takes for a range of names in a skiplist depends on the heights of its towers, which are chance.
  private func dependsOnTowers(_ key: [UInt8]) throws -> Bool {
    // This question is neither counted nor told, as OBJECT ENCODING would be.
    guard try about(key, ["DEBUG", "OBJECT"]).text?.contains("encoding:skiplist") == true else { return false }
    countersAgree = false
    let scores = try ["0", "-1"].map { try about(key, ["ZRANGE"], [$0, $0, "WITHSCORES"]).elements?.last }
    return scores[0] != scores[1]
  }

  /// Which of several members at the same distance comes first, or comes at all, is decided by a sort that is not stable.
  private func dependsOnSorting(_ key: [UInt8]) throws -> Bool {
    // Of a key that is missing this tells nobody.
    guard try about(key, ["DEBUG", "OBJECT"]).text?.contains("encoding:") == true else { return false }
    countersAgree = false
    guard let members = try about(key, ["ZRANGE"], ["0", "-1"]).elements, members.count > 6 else { return false }
    let places = try real.control.ask([Array("GEOPOS".utf8), key] + members.compactMap(\.bytes))
    var seen: Set<[Int]> = []
    for place in ReplyComparison.value(places).elements ?? [] {
      guard let place = place.elements else { continue }
      // To the east and west, to the north and south, as far.
      let coordinates = place.map { Int((abs(Double($0.text ?? "") ?? 0) * 1000).rounded()) }
      if !seen.insert(coordinates).inserted { return true }
    }
    return false
  }

  private func about(_ key: [UInt8], _ before: [String], _ behind: [String] = []) throws -> RESPValue {
    ReplyComparison.value(try real.control.ask(before.map { Array($0.utf8) } + [key] + behind.map { Array($0.utf8) }))
  }

  private static func isBlockingRead(_ step: Step) -> Bool {
    step.name == "xread" && step.words.indices.contains { step.word($0) == "block" }
  }

  /// 7.0 serves a waiting XREAD with an empty list where the last id is greater than the last entry's; 7.2 goes on waiting.
  private static func readsFromTheEnd(_ step: Step) -> Bool {
    guard let streams = step.words.indices.first(where: { step.word($0) == "streams" }) else { return true }
    let rest = step.words[(streams + 1)...]
    return rest.suffix(rest.count / 2).allSatisfy { $0 == [UInt8(ascii: "$")] }
  }

  private static func leavesEmptyEnd(_ step: Step) -> Bool {
    ["xdel", "xsetid", "xtrim", "multi"].contains(step.name) || step.name == "xgroup"
      || step.name == "xadd" && step.words.indices.contains { ["maxlen", "minid"].contains(step.word($0)) }
  }

  private func mismatch(_ what: String, _ theirs: String, _ ours: String) -> Mismatch {
    Mismatch(step: index, what: what, theirs: theirs, ours: ours)
  }
  private static let counterNames = ["keyspace_hits", "keyspace_misses", "expired_keys", "rdb_changes_since_last_save"]

  private func counters() throws -> [(theirs: Int64, ours: Int64)] {
    let ask = ["INFO", "everything"].map { Array($0.utf8) }
    let texts = [try real.control.ask(ask), node.ask(ask)].map { String(decoding: $0, as: UTF8.self).split(whereSeparator: \.isNewline) }
    return Self.counterNames.map { name in
      let values = texts.map { lines in
        lines.first { $0.hasPrefix(name + ":") }.flatMap { Int64($0.dropFirst(name.count + 1)) } ?? -1
      }
      return (values[0], values[1])
    }
  }

  private func compareCounters(_ before: [(theirs: Int64, ours: Int64)]) throws -> Mismatch? {
    // What a waiting client is served of a list counts as a change since 7.2.
    let waits = script.steps.contains { ["blpop", "brpop", "blmove", "brpoplpush"].contains($0.name) }
    for (name, (old, new)) in zip(Self.counterNames, zip(before, try counters())) where new.theirs - old.theirs != new.ours - old.ours {
      if waits, name == "rdb_changes_since_last_save" { continue }
      return mismatch("\(name) of INFO grew", "\(new.theirs - old.theirs)", "\(new.ours - old.ours)")
    }
    return nil
  }

  func mismatch(_ what: String, _ theirs: [UInt8]?, _ ours: [UInt8]?) -> Mismatch {
    mismatch(what, theirs.map { printable($0) } ?? "(nothing)", ours.map { printable($0) } ?? "(nothing)")
  }

  private func perform(_ step: Step) throws -> Mismatch? {
    let rule = ReplyRule.of(step)
    let isQueued = node.isInTransaction(step.client) && !["exec", "discard", "multi", "reset", "quit", "watch"].contains(step.name)
    switch rule {
    case .scan, .chosen, .popped, .entryID, .anyKey, .payload: countersAgree = false
    default: break
    }
    if ReplyRule.takesByTableOrder(step) { countersAgree = false }
    if isQueued { return hold(step) }
    let held = held.removeValue(forKey: step.client) ?? []
    if step.name == "exec" { return try execute(step, held) }
    if let mismatch = try sendHeld(held) { return mismatch }
    switch rule {
    case .scan: return try scan(step)
    case .popped: return try pop(step)
    case .entryID where Self.clockArgument(step) != nil: return try add(step)
    default: break
    }
    if step.name == "config", step.word(1) == "set", step.words.count > 2 {
      settings.append(step)
      if Self.settingsOf72.contains(step.word(2)) {
        _ = node.send(step.client, step.words)
        return nil
      }
      try real.remember(setting: step.word(2))
    }
    let mine = node.send(step.client, step.words)
    try real.client(step.client).write(step.words)
    return try compare(mine, step, rule: rule, transaction: nil)
  }

  /// As many replies as came here must come from there, at every client.
  func compare(_ mine: [Int: [[UInt8]]], _ step: Step, rule: ReplyRule, transaction: [Step]?) throws -> Mismatch? {
    var last: (theirs: [UInt8], ours: [UInt8])?
    for (client, replies) in mine.sorted(by: { $0.key < $1.key }) where client != Self.listener || step.client == Self.listener {
      for ours in replies {
        let theirs = try real.client(client).next()
        let agrees =
          theirs.map { theirs in
            if client != step.client { return theirs == ours }
            if let transaction { return ReplyComparison.agree(transaction: transaction, theirs, ours, sortsSortedSets: sortsSortedSets) }
            if case .skip = rule { return theirs.first == ours.first }
            return ReplyComparison.agree(rule, step, theirs, ours, sortsSortedSets: sortsSortedSets)
          } ?? false
        if !agrees { return mismatch("client \(client) after \(step.line)", theirs, ours) }
        if let theirs, client == step.client { last = (theirs, ours) }
      }
    }
    if mine[step.client] == nil, node.isBlocked(step.client), let mismatch = try wait(step) { return mismatch }
    if let mismatch = try compareEvents(mine[Self.listener] ?? [], step, transaction ?? []) { return mismatch }
    if case .chosen(let all) = rule, let last, let mismatch = try choice(step, all, last.theirs, last.ours) { return mismatch }
    for (number, client) in real.connected where number != Self.listener {
      if let extra = try client.next(milliseconds: 0) { return mismatch("client \(number) after \(step.line)", extra, nil) }
    }
    return nil
  }

  /// Ours waits: theirs must have begun to wait too before anything else is sent. What waits for an instant is waited for.
  private func wait(_ step: Step) throws -> Mismatch? {
    var theirs = 0
    for _ in 0..<300 {
      theirs = try real.blockedClients()
      if theirs == node.blockedCount { break }
      if let reply = try real.client(step.client).next(milliseconds: 0) {
        return mismatch("client \(step.client) after \(step.line)", reply, nil)
      }
      // Ours may be at the end of a short wait.
      usleep(1000)
      let late = node.tick()
      if !late.isEmpty { return try compare(late, step, rule: .exact, transaction: nil) }
    }
    if theirs != node.blockedCount { return mismatch("waiting clients after \(step.line)", "\(theirs)", "\(node.blockedCount)") }
    guard Self.waitsBriefly(step) else { return nil }
    for _ in 0..<2000 {
      let late = node.tick()
      if !late.isEmpty { return try compare(late, step, rule: .exact, transaction: nil) }
      usleep(1000)
    }
    return mismatch("the end of the wait of \(step.line)", try real.client(step.client).next(milliseconds: 0), nil)
  }

  /// A timeout of 10 ms, as the generator draws it: `0.01` for those that take seconds, `10` behind BLOCK.
  private static func waitsBriefly(_ step: Step) -> Bool {
    // BLMPOP and BZMPOP have their timeout in front, the others at the end; elsewhere the same text may be a key.
    let timeout = ["blmpop", "bzmpop"].contains(step.name) ? 1 : step.words.count - 1
    return step.words.indices.contains(timeout) && step.words[timeout] == Array("0.01".utf8)
      || step.words.indices.dropLast().contains { step.word($0) == "block" && step.word($0 + 1) == "10" }
  }

  // MARK: events

  private func compareEvents(_ mine: [[UInt8]], _ step: Step, _ transaction: [Step]) throws -> Mismatch? {
    guard step.client != Self.listener, node.session(Self.listener)?.subscriptions.count ?? 0 > 0 else { return nil }
    let theirs = try drainEvents()
    if theirs == mine || leavesEventsOut { return nil }
    func sorted(_ events: [[UInt8]]) -> [[UInt8]] { events.sorted { $0.lexicographicallyPrecedes($1) } }
    if ([step] + transaction).contains(where: ReplyRule.takesByTableOrder) { return nil }
    if ([step] + transaction).contains(where: Self.tellsInTableOrder), sorted(theirs) == sorted(mine) { return nil }
    if ["flushall", "flushdb"].contains(step.name), theirs.count == mine.count { return nil }
    let i = zip(theirs, mine).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(theirs.count, mine.count)
    return mismatch(
      "event \(i) of \(step.line)", i < theirs.count ? theirs[i] : nil, i < mine.count ? mine[i] : nil)
  }

  /// Its events come in the order of a table, which differs: the weights of a set are looked up (and missed) so.
  private static func tellsInTableOrder(_ step: Step) -> Bool {
    if ["sort", "sort_ro"].contains(step.name) { return true }
    let rule = ReplyRule.of(step)
    return rule == .unordered || rule == .scan
  }

  private func drainEvents() throws -> [[UInt8]] {
    let client = try real.client(Self.listener)
    client.write(["PING", "<end>"].map { Array($0.utf8) })
    var events: [[UInt8]] = []
    while let event = try client.next() {
      if event.suffix(7) == Array("<end>\r\n".utf8) { return events }
      events.append(event)
    }
    throw RealServerFailure(description: "the listener hears nothing")
  }

  // MARK: chance, time and order

  private func command(_ words: [[UInt8]], _ client: Int) throws -> (theirs: [UInt8], ours: [UInt8]) {
    defer { if node.session(Self.listener)?.subscriptions.count ?? 0 > 0 { _ = try? drainEvents() } }
    return (try real.client(client).ask(words), node.send(client, words)[client]?.last ?? [])
  }

  /// The walk with a cursor, to its end. With a cursor of the client's own making only the shape tells.
  private func scan(_ step: Step) throws -> Mismatch? {
    let cursor = step.name == "scan" ? 1 : 2
    var step = step
    var all: [Set<[UInt8]>] = [[], []]
    let size = step.name == "hscan" || step.name == "zscan" ? 2 : 1
    let first = try command(step.words, step.client)
    guard let a = Frame.elements(first.theirs), let b = Frame.elements(first.ours), a.count == 2, b.count == 2 else {
      return first.theirs == first.ours ? nil : mismatch(step.line, first.theirs, first.ours)
    }
    guard step.word(cursor) == "0" else { return nil }
    for (side, page) in [a, b].enumerated() {
      var page = page
      for _ in 0..<10_000 {
        let elements = Frame.elements(page[1]) ?? []
        for i in stride(from: 0, to: elements.count, by: size) {
          all[side].insert(Array(elements[i..<min(i + size, elements.count)].joined()))
        }
        guard case .bulkString(let next) = ReplyComparison.value(page[0]), next != [48] else { break }
        step.words[cursor] = next
        let reply = side == 0 ? try real.client(step.client).ask(step.words) : node.send(step.client, step.words)[step.client]?.last ?? []
        guard let more = Frame.elements(reply), more.count == 2 else { return mismatch(step.line, reply, reply) }
        page = more
      }
    }
    if node.session(Self.listener)?.subscriptions.count ?? 0 > 0 { _ = try drainEvents() }
    guard all[0] != all[1] else { return nil }
    return mismatch(
      "the walk from \(script.steps[index].line)", Array(all[0].subtracting(all[1]).joined()), Array(all[1].subtracting(all[0]).joined()))
  }

  /// Elements that the key holds, with their values; a count that is not negative gives each at most once.
  private func choice(_ step: Step, _ all: [String], _ theirs: [UInt8], _ ours: [UInt8]) throws -> Mismatch? {
    guard !ReplyComparison.isError(ours), step.words.count > 1 else { return nil }
    let words = [Array(all[0].utf8), step.words[1]] + all.dropFirst().map { Array($0.utf8) }
    let held = ReplyComparison.value(try real.client(step.client).ask(words)).elements ?? []
    if node.session(Self.listener)?.subscriptions.count ?? 0 > 0 { _ = try drainEvents() }
    let hasPairs = all != ["SMEMBERS"]
    // RESP3 nests pairs; without that they are flat.
    func flat(_ value: RESPValue) -> [RESPValue] {
      (value.elements ?? [value]).flatMap { $0.elements ?? [$0] }
    }
    let flatHeld = held.flatMap { $0.elements ?? [$0] }
    let names = hasPairs ? stride(from: 0, to: flatHeld.count, by: 2).map { flatHeld[$0] } : flatHeld
    let withValues = step.words.count > 3
    let chosen = ReplyComparison.value(ours)
    if chosen == .null { return nil }
    let elements = flat(chosen)
    let picked = withValues ? stride(from: 0, to: elements.count, by: 2).map { elements[$0] } : elements
    let isDistinct = step.words.count > 2 && step.words[2].first != UInt8(ascii: "-")
    let pairsHold =
      !withValues
      || stride(from: 0, to: elements.count - 1, by: 2).allSatisfy { i in
        stride(from: 0, to: flatHeld.count - 1, by: 2).contains { flatHeld[$0] == elements[i] && flatHeld[$0 + 1] == elements[i + 1] }
      }
    if Set(picked).isSubset(of: names), pairsHold, !isDistinct || Set(picked).count == picked.count { return nil }
    return mismatch("what chance chose at \(step.line)", printable(theirs), printable(ours))
  }

  private func pop(_ step: Step) throws -> Mismatch? {
    let mine = node.send(step.client, step.words)
    let ours = mine[step.client]?.last ?? []
    let popped = ReplyComparison.value(ours)
    let members = popped.elements ?? (popped == .null ? [] : [popped])
    guard !ReplyComparison.isError(ours), !members.isEmpty else {
      try real.client(step.client).write(step.words)
      return try compare(mine, step, rule: .exact, transaction: nil)
    }
    defer { if node.session(Self.listener)?.subscriptions.count ?? 0 > 0 { _ = try? drainEvents() } }
    let held = ReplyComparison.value(try real.client(step.client).ask([Array("SCARD".utf8), step.words[1]])).integerValue ?? -1
    let wanted = step.words.count > 2 ? Int64(step.word(2)) ?? -1 : 1
    let removal = [Array("SREM".utf8), step.words[1]] + members.compactMap(\.bytes)
    let removed = try real.client(step.client).ask(removal)
    let expected = min(held, wanted)
    guard Int64(members.count) == expected, removed == Array(":\(expected)\r\n".utf8) else {
      return mismatch("what chance took at \(step.line): of \(held) members \(expected)", removed, ours)
    }
    return nil
  }

  /// The `*` of XADD.
  static func clockArgument(_ step: Step) -> Int? {
    var at = 2
    while step.words.indices.contains(at) {
      switch step.word(at) {
      case "nomkstream": at += 1
      case "maxlen", "minid": at += ["=", "~"].contains(step.word(at + 1)) ? 3 : 2
      case "limit": at += 2
      default: return step.words[at] == [UInt8(ascii: "*")] ? at : nil
      }
    }
    return nil
  }

  private func add(_ step: Step) throws -> Mismatch? {
    let mine = node.send(step.client, step.words)
    var words = step.words
    let ours = mine[step.client]?.last ?? []
    if let id = ReplyComparison.value(ours).bytes, !ReplyComparison.isError(ours), let star = Self.clockArgument(step) { words[star] = id }
    try real.client(step.client).write(words)
    return try compare(mine, step, rule: .exact, transaction: nil)
  }
}
