import Testing

@testable import TernEngine

/// What INFO, LATENCY and CLIENT LIST count.
struct CountingTests {
  private func info(_ engine: Engine) -> [String: String] {
    var info = InfoBuilder()
    EngineInfo.memory(engine, EngineInfo.Process(), into: &info)
    EngineInfo.keyspace(engine, into: &info)
    var fields: [String: String] = [:]
    for line in info.text.split(separator: "\r\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
    }
    return fields
  }

  private func calls(_ test: TestEngine, _ command: String) -> Int64? {
    guard case .array(let reply) = test.send("LATENCY", "HISTOGRAM", command), reply.count == 2,
      case .array(let fields) = reply[1], case .integer(let calls) = fields[1]
    else { return nil }
    return calls
  }

  @Test func `the latency histogram counts a queued command when it is executed, and a refused one never`() {
    let test = TestEngine()
    test.ask("SET k 1")
    #expect(calls(test, "set") == 1)
    test.ask("MULTI")
    test.ask("SET k 2")
    test.ask("GET k")
    #expect(test.engine.table.find("set")?.pointee.calls == 1)
    test.ask("DISCARD")
    #expect(calls(test, "set") == 1)
    #expect(calls(test, "get") == nil)
    test.ask("MULTI")
    test.ask("SET k 2")
    test.ask("SET k")
    test.ask("EXEC")
    test.ask("MULTI")
    test.ask("SET k 2")
    test.ask("EXEC")
    #expect(calls(test, "set") == 2)
    #expect(test.engine.table.find("set")?.pointee.calls == 2)
    // In one batch, with commands that are timed by themselves.
    _ = test.feed(["SET k 3", "KEYS *", "SET k 4", "PING"].flatMap { RESPCommand.encode($0.split(separator: " ").map { Array($0.utf8) }) })
    #expect(calls(test, "set") == 4)
    #expect(calls(test, "keys") == 1)
  }

  @Test func `lazily freed objects are counted when they are gone`() {
    let test = TestEngine()
    func counters() -> [String] { ["lazyfree_pending_objects", "lazyfreed_objects"].map { info(test.engine)[$0] ?? "" } }
    test.ask("SADD small a b c")
    test.ask("UNLINK small")
    #expect(counters() == ["0", "0"])
    _ = test.send(["ZADD", "z"].map { Array($0.utf8) } + (0..<200).flatMap { [Array("\($0)".utf8), Array("m\($0)".utf8)] })
    test.ask("UNLINK z")
    #expect(counters() == ["0", "1"], "more than 64 parts")
    _ = test.send(["SADD", "large"].map { Array($0.utf8) } + (0..<50_000).map { Array("member:\($0)".utf8) })
    test.ask("DEL large")
    #expect(counters() == ["1", "1"], "a large one is freed in steps, whoever removed it")
    while test.engine.reclaim(steps: 100_000) {}
    #expect(counters() == ["0", "2"])
    for i in 0..<20_000 { test.ask("SET k\(i) v") }
    test.ask("FLUSHALL")
    #expect(counters() == ["20000", "2"])
    while test.engine.reclaim(steps: 100_000) {}
    #expect(counters() == ["0", "20002"])
    test.ask("SET k v")
    test.ask("FLUSHALL SYNC")
    #expect(counters() == ["0", "20002"])
    test.ask("SET k v")
    test.ask("FLUSHDB ASYNC")
    #expect(counters() == ["0", "20003"])
    test.engine.resetStatistics()
    #expect(counters() == ["0", "0"])
  }

  @Test func `lazyfree-lazy-expire makes the effect of an expiry an UNLINK`() {
    let test = TestEngine()
    test.ask("SET k v PX 10")
    _ = test.effects()
    test.engine.settings.expiresLazily = true
    test.now += 100
    #expect(test.ask("GET k") == "(nil)")
    #expect(test.effects() == ["UNLINK k"])
  }

  @Test func `INFO keyspace tells how many hashes have fields that expire, while there are any`() {
    let test = TestEngine()
    func line() -> String { info(test.engine)["db0"] ?? "" }
    test.ask("HSET h a 1 b 2")
    #expect(line() == "keys=1,expires=0,avg_ttl=0")
    test.ask("HPEXPIRE h 1000 FIELDS 1 a")
    #expect(line() == "keys=1,expires=0,avg_ttl=0,subexpiry=1")
    test.ask("COPY h other")
    #expect(line().hasSuffix("subexpiry=2"))
    test.ask("RENAME other h")
    #expect(line().hasSuffix("subexpiry=1"))
    _ = test.send(["HSET", "h"].map { Array($0.utf8) } + (0..<1_000).flatMap { [Array("f\($0)".utf8), Array("v".utf8)] })
    #expect(line().hasSuffix("subexpiry=1"))
    test.ask("EXPIRE h 100")
    #expect(line().hasSuffix("subexpiry=1"))
    test.ask("SET h x")
    #expect(line() == "keys=1,expires=0,avg_ttl=0")
    test.ask("HSET h2 a 1")
    test.ask("HPEXPIRE h2 1000 FIELDS 1 a")
    test.ask("FLUSHALL")
    test.ask("SET k v")
    #expect(line() == "keys=1,expires=0,avg_ttl=0")
  }

  @Test func `CLIENT LIST adds up what a connection keeps`() throws {
    let test = TestEngine()
    let other = test.open()
    func field(_ name: String) throws -> Int {
      let line = try #require(test.ask("CLIENT LIST ID \(other.id)").split(separator: "\n").first)
      let part = try #require(line.split(separator: " ").first { $0.hasPrefix(name + "=") })
      return try #require(Int(part.dropFirst(name.count + 1)))
    }
    let empty = try field("tot-mem")
    test.ask("WATCH " + String(repeating: "k", count: 1_000), on: other)
    let watching = try field("multi-mem")
    #expect(watching > 1_000)
    test.ask("MULTI", on: other)
    for _ in 0..<10 { test.ask("SET key " + String(repeating: "v", count: 1_000), on: other) }
    #expect(try field("multi-mem") > watching + 10_000)
    #expect(try field("tot-mem") > empty + 11_000)
    test.ask("DISCARD", on: other)
    #expect(try field("multi-mem") == 0)
    #expect(try field("tot-mem") < empty + 20_000)
    // A request of which half has come.
    _ = test.feed(Array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n".utf8) + [UInt8](repeating: 118, count: 30_000), on: other)
    other.inputBytes = 30_000
    other.inputCapacity = 65_536
    #expect(try field("qbuf") == 30_000)
    #expect(try field("qbuf-free") == 35_536)
    #expect(try field("tot-mem") > empty + 65_536)
    other.unsentBytes = 1_000_000
    #expect(try field("omem") == 1_000_000)
    #expect(try field("oll") == 1)
    #expect(try field("tot-mem") > 1_000_000)
    #expect(try field("tot-mem") == other.memoryBytes)
  }

  @Test func `a pipeline stops where its replies have come to the bound, and goes on in the next turn`() {
    let test = TestEngine()
    let value = String(repeating: "v", count: 1_000)
    test.ask("SET k " + value)
    test.engine.setTurnReplyBytesMax(10_000)
    let get = RESPCommand.encode("GET", "k")
    var rest = Array(repeatElement(get, count: 100).joined()) + Array("PING\r\nGET k\r\n".utf8)
    var turns = 0
    var replies: [UInt8] = []
    while !rest.isEmpty {
      let consumed = rest.withUnsafeBytes { test.engine.execute(test.session, $0, now: test.now) }
      #expect(consumed > 0)
      if consumed == 0 { break }
      rest.removeFirst(consumed)
      #expect(test.session.reply.count < 12_000)
      #expect(test.session.neededBytes == 0)
      replies += test.takeReplies(of: test.session)
      turns += 1
    }
    #expect(turns >= 10)
    var parser = RESPReplyParser()
    parser.append(replies)
    var values: [RESPValue] = []
    while let value = try? parser.next() { values.append(value) }
    #expect(values.count == 102 && values[100].text == "PONG" && values[101].text == value)
    // One session's replies do not hold the others up; held replies do not stop their own session.
    let other = test.open()
    let many = Array(repeatElement(get, count: 20).joined())
    let few = RESPCommand.encode("PING")
    many.withUnsafeBytes { many in
      few.withUnsafeBytes { few in
        guard let a = many.baseAddress, let b = few.baseAddress else { return }
        var inputs = [Engine.Input(test.session, a, many.count), Engine.Input(other, b, few.count)]
        inputs.withUnsafeMutableBufferPointer { test.engine.execute($0, now: test.now) }
        #expect(inputs[0].isFull && inputs[0].consumed < many.count)
        #expect(!inputs[1].isFull && inputs[1].consumed == few.count)
        var again = [Engine.Input(test.session, a + inputs[0].consumed, many.count - inputs[0].consumed)]
        again.withUnsafeMutableBufferPointer { test.engine.execute($0, now: test.now) }
        #expect(again[0].consumed > 0)
      }
    }
  }

  @Test func `HELLO and LOLWUT tell the version of Redis that the commands are of`() {
    let test = TestEngine()
    #expect(test.ask("HELLO").hasPrefix("[server, redis, version, 7.2.4, proto, 2, id, "))
    #expect(test.ask("LOLWUT").contains("Redis ver. 7.2.4"))
  }

  @Test func `a move leaves each key its own frequency`() {
    let test = TestEngine()
    test.engine.settings.memory.policy = EvictionPolicy(.frequency)
    test.ask("RPUSH often a b c")
    test.ask("SADD soften a b c")
    for _ in 0..<2_000 {
      test.ask("LLEN often")
      test.ask("SCARD soften")
    }
    let list = test.ask("OBJECT FREQ often")
    let set = test.ask("OBJECT FREQ soften")
    test.ask("RPUSH seldom x")
    test.ask("SADD sseldom x")
    test.ask("LMOVE often seldom LEFT RIGHT")
    test.ask("SMOVE soften sseldom a")
    #expect(abs((Int(test.ask("OBJECT FREQ often")) ?? 0) - (Int(list) ?? 99)) <= 1)
    #expect(abs((Int(test.ask("OBJECT FREQ soften")) ?? 0) - (Int(set) ?? 99)) <= 1)
    #expect((Int(test.ask("OBJECT FREQ seldom")) ?? 99) < 9)
    #expect((Int(test.ask("OBJECT FREQ sseldom")) ?? 99) < 9)
    #expect((Int(list) ?? 0) > 10 && (Int(set) ?? 0) > 10)
  }

  @Test func `a client that waits for thousands of keys is served by the one that comes`() {
    let test = TestEngine()
    let other = test.open()
    _ = test.feed(RESPCommand.encode([Array("BLPOP".utf8)] + (0..<5_000).map { Array("list:\($0)".utf8) } + [Array("0".utf8)]), on: other)
    #expect(other.gates.contains(.blocked))
    test.ask("RPUSH list:4321 x")
    let reply = test.takeReplies(of: other)
    #expect(reply == Array("*2\r\n$9\r\nlist:4321\r\n$1\r\nx\r\n".utf8))
  }
}
