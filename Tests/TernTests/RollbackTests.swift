import TernEngine
import Testing

/// Transactions of the host program on an engine, against a twin that never had the ones that were undone.
@Suite struct RollbackTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `what is undone leaves no trace, in content, log or memory, with snapshots alive`(seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let subject = EngineUnderTest(seed: seed)
    let twin = EngineUnderTest(seed: seed)
    var snapshots: [(snapshot: Snapshot, context: SnapshotContext, content: [String])] = []
    for round in 0..<60 {
      let commands = (0..<Int.random(in: 1...12, using: &random)).map { _ in CommandPicker.pick(&random) }
      let before = (subject.content, subject.engine.usedBytes, subject.engine.log.endOffset, subject.engine.dirty)
      subject.engine.beginHostTransaction(isUndoable: true)
      for command in commands { subject.run(command) }
      if Bool.random(using: &random) {
        subject.engine.rollBackHostTransaction()
        subject.engine.endUnit()
        #expect(subject.content == before.0, "round \(round): \(commands)")
        #expect(subject.engine.usedBytes == before.1, "round \(round): \(commands)")
        #expect(subject.engine.log.endOffset == before.2)
        #expect(subject.engine.dirty == before.3)
      } else {
        subject.engine.commitHostTransaction()
        subject.engine.endUnit()
        for command in commands { twin.inTransaction { $0.run(command) } }
        #expect(subject.content == twin.content, "round \(round): \(commands)")
        #expect(subject.engine.dirty == twin.engine.dirty)
      }
      switch Int.random(in: 0..<8, using: &random) {
      case 0, 1:
        if snapshots.count < 4 { snapshots.append((subject.engine.takeSnapshot(), subject.engine.snapshotContext, subject.content)) }
      case 2:
        if !snapshots.isEmpty {
          let dropped = snapshots.remove(at: Int.random(in: 0..<snapshots.count, using: &random))
          let view = EngineUnderTest(viewing: dropped.snapshot, dropped.context)
          #expect(view.content == dropped.content, "round \(round)")
          subject.engine.release(dropped.snapshot)
        }
      case 3: subject.engine.reclaim(steps: Int.random(in: 1...500, using: &random))
      default: break
      }
      if snapshots.count > 0, round % 10 == 9 {
        for kept in snapshots { #expect(EngineUnderTest(viewing: kept.snapshot, kept.context).content == kept.content, "round \(round)") }
      }
      if !subject.isEqualContent(twin) { break }
    }
    for kept in snapshots { subject.engine.release(kept.snapshot) }
    subject.engine.beginHostTransaction(isUndoable: false)
    subject.run(["FLUSHALL"])
    subject.engine.commitHostTransaction()
    while subject.engine.reclaim(steps: 10_000) {}
    #expect(subject.engine.usedBytes == 0)
  }

  @Test func `a million small transactions use up neither memory nor epochs`() {
    let subject = EngineUnderTest(seed: 9)
    var bytes = 0
    for i in 0..<20_000 {
      subject.engine.beginHostTransaction(isUndoable: true)
      subject.run(["INCR", "n"])
      subject.run(["SET", "k\(i % 50)", String(repeating: "x", count: i % 90)])
      if i % 3 == 0 { subject.engine.rollBackHostTransaction() } else { subject.engine.commitHostTransaction() }
      subject.engine.endUnit()
      if i == 500 { bytes = subject.engine.usedBytes }
    }
    #expect(subject.engine.usedBytes < bytes * 2)
    // A snapshot's number is the epoch: the transactions gave theirs back.
    #expect("\(subject.engine.takeSnapshot())".contains("epoch: 1,"))
  }

  @Test func `nobody hears of what is undone, and everybody of what is not`() {
    let subject = EngineUnderTest(seed: 10)
    let engine = subject.engine
    var classes = KeyspaceNotifications()
    classes.keyevent = true
    classes.insert(.string)
    classes.insert(.list)
    engine.settings.notifications = classes
    let listener = engine.openSession(address: "a", localAddress: "b")
    engine.execute(listener, ["PSUBSCRIBE", "__key*"].map { Array($0.utf8) })
    let watcher = engine.openSession(address: "c", localAddress: "d")
    for words in [["WATCH", "k"], ["MULTI"], ["PING"]] { engine.execute(watcher, words.map { Array($0.utf8) }) }
    let waiter = engine.openSession(address: "e", localAddress: "f")
    engine.execute(waiter, ["BLPOP", "list", "0"].map { Array($0.utf8) })
    for session in [listener, watcher, waiter] { session.reply.removeAll() }
    func write() {
      engine.beginHostTransaction(isUndoable: true)
      subject.run(["SET", "k", "1"])
      subject.run(["RPUSH", "list", "x"])
      #expect(String(decoding: subject.run(["PUBLISH", "__keynews", "m"]), as: UTF8.self) == ":1\r\n")
    }
    write()
    engine.rollBackHostTransaction()
    engine.endUnit()
    #expect(listener.reply.count == 0 && waiter.reply.count == 0 && waiter.gates.contains(.blocked))
    #expect(!watcher.gates.contains(.watchBroken))
    write()
    #expect(listener.reply.count == 0 && waiter.reply.count == 0)
    engine.commitHostTransaction()
    engine.endUnit()
    let heard = String(decoding: listener.reply.bytes, as: UTF8.self)
    for word in ["set", "rpush", "lpop", "__keynews"] { #expect(heard.contains(word), "\(word) in \(heard)") }
    #expect(waiter.reply.count > 0 && !waiter.gates.contains(.blocked))
    #expect(watcher.gates.contains(.watchBroken))
  }
}

struct TestRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// An engine whose log is on, driven as the typed API does.
final class EngineUnderTest {
  let engine: Engine

  init(seed: UInt64) {
    engine = Engine(
      databases: 2, commands: EngineCommands.all, random: TestRandom(seed: seed), now: 1_000_000_000_000, monotonicNanoseconds: { 0 })
    engine.log.isActive = true
  }

  init(viewing snapshot: Snapshot, _ context: SnapshotContext) {
    engine = Engine(
      viewing: snapshot, context, table: CommandTable(Engine.snapshotCommands), monotonicNanoseconds: { 0 })
  }

  @discardableResult
  func run(_ words: [String], database: Int = 0) -> [UInt8] {
    let bytes = words.map { Array($0.utf8) }
    let flat: [UInt8] = Array(bytes.joined()) + [0]
    return flat.withUnsafeBytes { all in
      var start = 0
      let views = bytes.map { word in
        defer { start += word.count }
        return ArgumentView(all.baseAddress! + start, word.count)
      }
      return views.withUnsafeBufferPointer { views in
        do {
          return try engine.runForHost(views, database: database, mayWrite: true) { Array($0) }
        } catch {
          return Array("-\(error)".utf8)
        }
      }
    }
  }

  func inTransaction(_ body: (EngineUnderTest) -> Void) {
    engine.beginHostTransaction(isUndoable: false)
    body(self)
    engine.commitHostTransaction()
    engine.endUnit()
  }

  /// Every key of every database with its value and its expiry, in an order that does not depend on the table.
  var content: [String] {
    (0..<2).flatMap { database -> [String] in
      elements(["KEYS", "*"], database).sorted().map { key in
        let type = text(["TYPE", key], database)
        let value: String =
          switch type {
          case "string": text(["GET", key], database)
          case "list": elements(["LRANGE", key, "0", "-1"], database).joined(separator: ",")
          case "set": elements(["SMEMBERS", key], database).sorted().joined(separator: ",")
          case "zset": elements(["ZRANGE", key, "0", "-1", "WITHSCORES"], database).joined(separator: ",")
          case "hash": pairs(["HGETALL", key], database).sorted().joined(separator: ",")
          default: String(decoding: run(["XRANGE", key, "-", "+"], database: database), as: UTF8.self)
          }
        return "\(database) \(key) \(type) \(text(["PEXPIRETIME", key], database)) \(value)"
      }
    }
  }

  func isEqualContent(_ other: EngineUnderTest) -> Bool { content == other.content }

  private func value(_ words: [String], _ database: Int) -> RESPValue {
    var parser = RESPReplyParser()
    parser.append(run(words, database: database))
    return ((try? parser.next()) ?? nil) ?? .null
  }
  private func text(_ words: [String], _ database: Int) -> String {
    let value = value(words, database)
    return value.text ?? value.integerValue.map { "\($0)" } ?? "?"
  }
  private func flat(_ value: RESPValue) -> [String] {
    if let elements = value.elements { return elements.flatMap(flat) }
    if case .double(let double) = value { return ["\(double)"] }
    return [value.text ?? value.integerValue.map { "\($0)" } ?? "?"]
  }
  private func elements(_ words: [String], _ database: Int) -> [String] { flat(value(words, database)) }
  private func pairs(_ words: [String], _ database: Int) -> [String] {
    let all = elements(words, database)
    return stride(from: 0, to: all.count - 1, by: 2).map { all[$0] + "=" + all[$0 + 1] }
  }
}

/// Commands of every family that change something, on few keys; now and then with so many elements that a value changes its form.
enum CommandPicker {
  static func pick(_ random: inout TestRandom) -> [String] {
    func key(_ prefix: String) -> String { prefix + "\(Int.random(in: 0..<6, using: &random))" }
    func word() -> String { "w\(Int.random(in: 0..<400, using: &random))" }
    func number() -> String { "\(Int.random(in: -50..<5000, using: &random))" }
    func many(_ one: () -> [String]) -> [String] {
      let count = Int.random(in: 0..<14, using: &random) == 0 ? 700 : Int.random(in: 1...6, using: &random)
      return (0..<count).flatMap { _ in one() }
    }
    func with(_ head: [String], _ one: () -> [String]) -> [String] { head + many(one) }
    let string = key("s")
    let list = key("l")
    let hash = key("h")
    let set = key("e")
    let zset = key("z")
    let stream = key("x")
    let any = [string, list, hash, set, zset, stream].randomElement(using: &random) ?? string
    let other = any.prefix(1) + "\(Int.random(in: 0..<6, using: &random))"
    let long = String(repeating: word(), count: Int.random(in: 1...900, using: &random))
    let choices: [[String]] = [
      ["SET", string, word()], ["SET", string, long], ["SET", string, number(), "EX", "1000"], ["APPEND", string, long],
      ["INCRBY", key("n"), number()], ["INCRBYFLOAT", key("n"), "0.5"], ["SETRANGE", string, "20", word()],
      ["SETBIT", string, number().replacing("-", with: ""), "1"], ["GETDEL", string], ["MSET", string, word(), key("s"), long],
      ["BITOP", "XOR", string, key("s"), key("s")], with(["PFADD", key("p")]) { [word()] }, ["PFMERGE", key("p"), key("p")],
      with(["LPUSH", list]) { [word()] }, with(["RPUSH", list]) { [long] }, ["LPOP", list, "3"], ["RPOP", list],
      ["LSET", list, "0", word()], ["LINSERT", list, "BEFORE", word(), word()], ["LREM", list, "0", word()], ["LTRIM", list, "1", "40"],
      ["LMOVE", list, key("l"), "LEFT", "RIGHT"], ["RPOPLPUSH", list, key("l")],
      with(["HSET", hash]) { [word(), word()] }, with(["HDEL", hash]) { [word()] }, ["HINCRBY", hash, "count", number()],
      ["HSETNX", hash, word(), long], ["HEXPIRE", hash, "5000", "FIELDS", "1", word()], ["HGETDEL", hash, "FIELDS", "1", word()],
      with(["SADD", set]) { [word()] }, with(["SADD", set]) { [number()] }, with(["SREM", set]) { [word()] },
      ["SMOVE", set, key("e"), word()], ["SUNIONSTORE", set, key("e"), key("e")], ["SDIFFSTORE", set, key("e"), key("e")],
      with(["ZADD", zset]) { [number(), word()] }, ["ZINCRBY", zset, number(), word()], with(["ZREM", zset]) { [word()] },
      ["ZPOPMIN", zset, "2"], ["ZREMRANGEBYRANK", zset, "0", "3"], ["ZREMRANGEBYSCORE", zset, "10", "300"],
      ["ZUNIONSTORE", zset, "2", key("z"), key("z")], ["ZRANGESTORE", zset, key("z"), "0", "20"], ["GEOADD", zset, "13.3", "38.1", word()],
      with(["XADD", stream, "\(Int.random(in: 1..<9000, using: &random))-1"]) { [word(), word()] },
      ["XTRIM", stream, "MAXLEN", "3"], ["XDEL", stream, number()], ["XGROUP", "CREATE", stream, word(), "0"],
      ["XREADGROUP", "GROUP", word(), "c", "STREAMS", stream, ">"],
      ["DEL", any], ["UNLINK", any, list], ["EXPIRE", any, "500"], ["PERSIST", any], ["EXPIRE", any, "-1"], ["RENAME", any, String(other)],
      ["COPY", any, String(other), "REPLACE"], ["COPY", any, any, "DB", "1", "REPLACE"], ["MOVE", any, "1"],
      ["SORT", list, "ALPHA", "STORE", key("l")], ["SWAPDB", "0", "1"],
    ]
    if Int.random(in: 0..<60, using: &random) == 0 { return [["FLUSHDB"], ["FLUSHALL"]].randomElement(using: &random) ?? [] }
    return choices.randomElement(using: &random) ?? []
  }
}
