import TernDrivers
import TernEngine
import TernPersistence
import TernReplication
import Testing

@testable import TernNode

/// The append-only file behind a node, on a disk in memory.
@Suite struct PersistenceAOFTests {
  typealias Value = PersistenceNode.Value

  static func aof(_ fsync: AppendFsync, preamble: Bool = true) -> (inout Configuration) -> Void {
    {
      $0.appendonly = true
      $0.appendfsync = fsync
      $0.aofUseRdbPreamble = preamble
    }
  }

  @Test(arguments: AppendFsync.allCases, [true, false])
  func `what was written is there after a restart`(fsync: AppendFsync, preamble: Bool) throws {
    let disk = try memoryDisk()
    var node = PersistenceNode(disk, Self.aof(fsync, preamble: preamble))
    try node.start()
    var expected: [Int: [[UInt8]: Value]] = [:]
    for round in 0..<4 {
      #expect(node.contents == expected)
      for database in [0, 3] {
        let client = try node.connect(database: database)
        for i in 0..<50 { #expect(try client.call("SET", "key:\(round):\(i)", "value \(i)") == "+OK\r\n") }
        for _ in 0..<7 { _ = try client.call("INCR", "counter") }
      }
      if round == 1 { try node.rewriteAOF() }
      expected = node.contents
      #expect(expected[3]?[Array("counter".utf8)] == Value(String(7 * (round + 1))))
      node.stop()
      node = PersistenceNode(disk, Self.aof(fsync, preamble: preamble))
      try node.start()
    }
    #expect(node.contents == expected)
    #expect(node.hasLogged("DB loaded from append only file: "))
    #expect(node.hasLogged("DB loaded from incr file appendonly.aof.2.incr.aof: "))
    #expect(try disk.entries(of: "/data/appendonlydir").count == 3)
  }

  @Test(arguments: 0..<12) func `with always, every reply that was released survives a power loss`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let disk = try memoryDisk()
    var acknowledged: [String: Int] = [:]
    for _ in 0..<4 {
      let node = PersistenceNode(disk, Self.aof(.always))
      try node.start()
      for (key, least) in acknowledged { #expect(Int(node.value(key) ?? "0") ?? 0 >= least) }
      let clients = try (0..<5).map { (key: "c\($0)", client: try node.connect(), sent: Int(node.value("c\($0)") ?? "0") ?? 0) }
      var sent = clients.map(\.sent)
      var answered = sent
      sent[0] += 1
      _ = try clients[0].client.call("SET", clients[0].key, String(sent[0]))
      answered[0] += 1
      acknowledged[clients[0].key] = answered[0]
      for _ in 0..<Int.random(in: 1..<400, using: &random) {
        let i = Int.random(in: 0..<clients.count, using: &random)
        if Bool.random(using: &random) {
          sent[i] += 1
          clients[i].client.send("SET", clients[i].key, String(sent[i]))
          if Int.random(in: 0..<100, using: &random) == 0 { node.withCore { if !$0.aof.isRewriting { $0.startAOFRewrite() } } }
        }
        let j = Int.random(in: 0..<clients.count, using: &random)
        if let reply = clients[j].client.reply() {
          answered[j] += reply.split(separator: "\r\n").count { $0 == "+OK" }
          acknowledged[clients[j].key] = answered[j]
        }
      }
      node.losePower(disk) { _, count in Int.random(in: 0...count, using: &random) }
    }
    let node = PersistenceNode(disk, Self.aof(.always))
    try node.start()
    for (key, least) in acknowledged { #expect(Int(node.value(key) ?? "0") ?? 0 >= least) }
  }

  @Test func `replies are held until the disk has their writes`() throws {
    let disk = try memoryDisk()
    let node = PersistenceNode(disk, Self.aof(.always))
    try node.start()
    let client = try node.connect()
    let other = try node.connect()
    // Until the file's thread is told, nothing is synced, and nothing may be answered.
    let bytes = RESPCommand.encode("SET", "a", "1")
    node.withCore { core in _ = bytes.withUnsafeBytes { core.receive(client.session, $0, now: node.now) } }
    #expect(node.get { $0.releasedOffset < $0.engine.log.endOffset } || client.reply() != nil)
    other.send("GET", "a")
    try node.wait("both replies") { client.session.reply.count == 0 || client.reply() != nil }
    try node.wait("the other reply") { other.reply() == "$1\r\n1\r\n" }
  }

  @Test(arguments: [true, false]) func `rewrites go on beside writes, and lose none`(preamble: Bool) throws {
    let disk = try memoryDisk()
    var node = PersistenceNode(disk, Self.aof(.everysec, preamble: preamble))
    try node.start()
    let client = try node.connect(database: 2)
    for i in 0..<20_000 { client.send("SET", "base:\(i)", "some value that takes a little room \(i)") }
    var count = 0
    for rewrites in 1...5 {
      node.withCore { $0.startAOFRewrite() }
      repeat {
        count += 1
        client.send("INCR", "counter")
        client.send("SET", "base:\(count % 20_000)", String(count))
      } while node.get { $0.aof.rewrites < rewrites }
    }
    let expected = node.contents
    #expect(expected[2]?[Array("counter".utf8)] == Value(String(count)))
    node.stop()
    node = PersistenceNode(disk, Self.aof(.everysec, preamble: preamble))
    try node.start()
    #expect(node.contents == expected)
    #expect(try disk.entries(of: "/data/appendonlydir").count == 3)
  }

  @Test func `switched on at run time, it holds what was there before`() throws {
    let disk = try memoryDisk()
    var node = PersistenceNode(disk)
    try node.start()
    let client = try node.connect()
    _ = try client.call("SET", "before", "1")
    #expect(try client.call("CONFIG", "SET", "appendonly", "yes") == "+OK\r\n")
    _ = try client.call("SET", "during", "2")
    try node.wait("the first base") { node.get { $0.aof.isOn } }
    _ = try client.call("CONFIG", "SET", "appendfsync", "always")
    _ = try client.call("SET", "after", "3")
    let expected = node.contents
    node.losePower(disk)
    node.stop()
    node = PersistenceNode(disk, Self.aof(.always))
    try node.start()
    #expect(node.contents == expected)
    #expect(expected[0]?.count == 3)

    // And off: what comes now is not in it, what was before is.
    let again = try node.connect()
    _ = try again.call("INCR", "last")
    #expect(try again.call("CONFIG", "SET", "appendonly", "no") == "+OK\r\n")
    try node.wait("the end") { node.get { !$0.aof.isOn } }
    _ = try again.call("INCR", "last")
    node.stop()
    node = PersistenceNode(disk, Self.aof(.always))
    try node.start()
    #expect(node.value("last") == "1")
  }

  @Test func `a node that ends while its first base is being written completes it`() throws {
    let disk = try memoryDisk()
    var node = PersistenceNode(disk)
    try node.start()
    let client = try node.connect()
    for i in 0..<20_000 { client.send("SET", "key:\(i)", "value") }
    client.send("CONFIG", "SET", "appendonly", "yes")
    client.send("SET", "last", "1")
    let expected = node.contents
    node.stop()
    node = PersistenceNode(disk, Self.aof(.everysec))
    try node.start()
    #expect(node.contents == expected)
    #expect(expected[0]?.count == 20_001)
  }

  @Test func `timestamps stand between commands only`() throws {
    let disk = try memoryDisk()
    var node = PersistenceNode(disk) {
      Self.aof(.everysec)(&$0)
      $0.aofTimestampEnabled = true
    }
    try node.start()
    let client = try node.connect()
    for second in 0..<5 {
      node.timeShift = Int64(second) * 1000
      for i in 0..<200 { client.send("SET", "\(second):\(i)", String(repeating: "x", count: 20_000)) }
    }
    let expected = node.contents
    node.stop()
    let text = String(decoding: try disk.bytes("/data/appendonlydir/appendonly.aof.1.incr.aof"), as: UTF8.self)
    #expect(text.contains("#TS:"))
    node = PersistenceNode(disk, Self.aof(.everysec))
    try node.start()
    #expect(node.contents == expected)
  }

  @Test func `data that a full sync replaced begin new files, and the old ones stand until then`() throws {
    let disk = try memoryDisk()
    var node = PersistenceNode(disk, Self.aof(.everysec))
    try node.start()
    let client = try node.connect()
    for i in 0..<100 { _ = try client.call("SET", "old:\(i)", "1") }
    let rewrites = node.get { $0.aof.rewrites }
    node.withCore { core in
      let staged = core.engine.stageKeyspace()
      staged.insert(Array("new".utf8), .bytes([65]), expiry: nil, into: 0)
      core.engine.install(staged)
      core.engine.log.reset(to: 1_000_000)
      core.engine.effects.forgetDatabase()
      core.primary.logReset(to: 1_000_000)
      core.aof.awaitsRestart = true
      core.effects.append(.startAOF)
    }
    for i in 0..<100 { _ = try client.call("SET", "later:\(i)", "1") }
    try node.wait("the new files") { node.get { $0.aof.rewrites > rewrites } }
    let expected = node.contents
    #expect(expected[0]?.count == 101)
    node.stop()
    node = PersistenceNode(disk, Self.aof(.everysec))
    try node.start()
    #expect(node.contents == expected)
  }
}
