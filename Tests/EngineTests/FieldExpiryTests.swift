import Testing

@testable import TernEngine

/// redis-server 7.0 knows no field expiry: what is expected here is Redis 7.4's documented behaviour.
@Suite struct FieldExpiryTests {
  private func check(_ test: TestEngine, _ steps: [(String, String)], _ location: SourceLocation = #_sourceLocation) {
    for (line, reply) in steps { #expect(test.ask(line) == reply, "\(line)", sourceLocation: location) }
  }

  private func large(_ test: TestEngine, _ key: String = "h", _ count: Int = 600) {
    for i in 0..<count { test.ask("HSET \(key) f\(i) v\(i)") }
  }

  @Test(arguments: [false, true])
  func `fields expire, answer with their times, and persist, in small and large hashes`(isLarge: Bool) {
    let test = TestEngine()
    if isLarge { large(test, "h", 600) } else { test.ask("HSET h f0 v0 f1 v1 f2 2") }
    let t = test.now
    check(
      test,
      [
        ("HEXPIRE h 10 FIELDS 3 f0 f1 none", "[1, 1, -2]"), ("HTTL h FIELDS 4 f0 f1 f2 none", "[10, 10, -1, -2]"),
        ("HPTTL h FIELDS 1 f0", "[10000]"), ("HEXPIRETIME h FIELDS 1 f0", "[\((t + 10_999) / 1000)]"),
        ("HPEXPIRETIME h FIELDS 2 f0 f2", "[\(t + 10_000), -1]"),
        ("OBJECT ENCODING h", isLarge ? "hashtable" : "listpackex"),
        ("HPEXPIRE h 5000 GT FIELDS 2 f0 f2", "[0, 0]"), ("HPEXPIRE h 5000 LT FIELDS 2 f0 f2", "[1, 1]"),
        ("HPEXPIRE h 9000 NX FIELDS 2 f0 f2", "[0, 0]"), ("HPEXPIRE h 9000 XX FIELDS 1 f0", "[1]"),
        ("HPERSIST h FIELDS 3 f2 f2 none", "[1, -1, -2]"), ("HGET h f0", "v0"),
        ("HINCRBY h f2 5", isLarge ? "ERR hash value is not an integer" : "7"),
        ("HPTTL h FIELDS 1 f0", "[9000]"), ("HSET h f0 again", "0"), ("HPTTL h FIELDS 1 f0", "[-1]"),
        ("HPEXPIREAT h \(t + 50) FIELDS 1 f0", "[1]"), ("HGET h f0", "again"),
      ])
    test.now = t + 50
    check(test, [("HGET h f0", "(nil)"), ("HEXISTS h f0", "0"), ("HLEN h", isLarge ? "599" : "2"), ("HSTRLEN h f0", "0")])
    test.now = t + 20_000
    check(test, [("HMGET h f1 f2", "[(nil), \(isLarge ? "v2" : "7")]"), ("HLEN h", isLarge ? "598" : "1"), ("HSETNX h f1 new", "1")])
    #expect(test.ask("HPTTL h FIELDS 1 f1") == "[-1]")
  }

  @Test func `errors come in Redis's order`() {
    let test = TestEngine()
    test.ask("SET s v")
    test.ask("HSET h f v")
    let wrongType = "WRONGTYPE Operation against a key holding the wrong kind of value"
    let noFields = "ERR Mandatory argument FIELDS is missing or not at the right position"
    let number = "ERR The `numfields` parameter must match the number of arguments"
    check(
      test,
      [
        ("HEXPIRE s x FIELDS 1 f", wrongType), ("HTTL s FIELDS 1 f", wrongType), ("HPERSIST s X 1 f", wrongType),
        ("HEXPIRE h x FIELDS 1 f", "ERR value is not an integer or out of range"),
        ("HEXPIRE h -1 FIELDS 1 f", "ERR invalid expire time, must be >= 0"),
        ("HEXPIRE h 70368744178 FIELDS 1 f", "ERR invalid expire time in 'hexpire' command"),
        ("HPEXPIREAT h 70368744177664 FIELDS 1 f", "ERR invalid expire time in 'hpexpireat' command"),
        ("HEXPIRE h 9223372036854775807 FIELDS 1 f", "ERR invalid expire time in 'hexpire' command"),
        ("HEXPIRE h 100 BAD FIELDS 1 f", noFields), ("HTTL h X 1 f", noFields), ("HPERSIST h X 1 f", noFields),
        ("HEXPIRE h 100 FIELDS 0 f", "ERR Parameter `numFields` should be greater than 0"),
        ("HTTL h FIELDS x f", "ERR Number of fields must be a positive integer"), ("HEXPIRE h 100 FIELDS 2 f", number),
        ("HTTL h FIELDS 1 f g", number), ("HEXPIRE none 100 FIELDS 2 f g", "[-2, -2]"), ("HTTL none FIELDS 1 f", "[-2]"),
        ("HPERSIST none FIELDS 1 f", "[-2]"), ("HEXPIRE h 100 NX FIELDS 1", number),
      ])
  }

  @Test func `effects are absolute, and a time that is over is a removal`() {
    let test = TestEngine()
    let t = test.now
    let steps: [(String, String, [String])] = [
      ("HSET h a 1 b 2 c 3", "3", ["SELECT 0", "HSET h a 1 b 2 c 3"]),
      ("HEXPIRE h 5 FIELDS 3 a none b", "[1, -2, 1]", ["HPEXPIREAT h \(t + 5000) FIELDS 2 a b"]),
      ("HEXPIRE h 1 GT FIELDS 1 a", "[0]", []), ("HPERSIST h FIELDS 2 a c", "[1, -1]", ["HPERSIST h FIELDS 1 a"]),
      ("HINCRBYFLOAT h b 0.5", "2.5", ["MULTI", "HSET h b 2.5", "HPEXPIREAT h \(t + 5000) FIELDS 1 b", "EXEC"]),
      ("HPEXPIREAT h 1 FIELDS 1 b", "[2]", ["HDEL h b"]), ("HEXPIRE h 0 FIELDS 2 a c", "[2, 2]", ["HDEL h a c"]),
      ("EXISTS h", "0", []),
    ]
    for (line, reply, effects) in steps {
      #expect(test.ask(line) == reply, "\(line)")
      #expect(test.effects() == effects, "\(line)")
    }
  }

  @Test func `HSETEX, HGETEX and HGETDEL set, read and remove at once`() {
    let test = TestEngine()
    let t = test.now
    let steps: [(String, String, [String])] = [
      (
        "HSETEX h EX 10 FIELDS 2 a 1 b 2", "1",
        ["MULTI", "SELECT 0", "HSET h a 1 b 2", "HPEXPIREAT h \(t + 10_000) FIELDS 2 a b", "EXEC"]
      ),
      ("HSETEX h FNX FIELDS 2 a 5 c 5", "0", []), ("HSETEX h FXX FIELDS 2 a 5 c 5", "0", []), ("HSETEX none FXX FIELDS 1 a 5", "0", []),
      ("HSETEX h FXX KEEPTTL FIELDS 1 a 5", "1", ["MULTI", "HSET h a 5", "HPEXPIREAT h \(t + 10_000) FIELDS 1 a", "EXEC"]),
      ("HSETEX h FIELDS 1 a 6", "1", ["HSET h a 6"]), ("HPTTL h FIELDS 2 a b", "[-1, 10000]", []),
      ("HGETEX h FIELDS 3 a b none", "[6, 2, (nil)]", []),
      ("HGETEX h PX 7 FIELDS 2 a none", "[6, (nil)]", ["HPEXPIREAT h \(t + 7) FIELDS 1 a"]),
      ("HGETEX h PERSIST FIELDS 2 a b", "[6, 2]", ["HPERSIST h FIELDS 2 a b"]), ("HGETEX h PXAT 1 FIELDS 1 b", "[2]", ["HDEL h b"]),
      ("HGETDEL h FIELDS 2 a none", "[6, (nil)]", ["HDEL h a none"]), ("EXISTS h", "0", []), ("HGETDEL h FIELDS 1 a", "[(nil)]", []),
      ("HSETEX h PXAT 1 FIELDS 1 a 1", "1", ["MULTI", "HSET h a 1", "HDEL h a", "EXEC"]), ("EXISTS h", "0", []),
    ]
    for (line, reply, effects) in steps {
      #expect(test.ask(line) == reply, "\(line)")
      #expect(test.effects() == effects, "\(line)")
    }
    check(
      test,
      [
        ("HSETEX h EX 1 KEEPTTL FIELDS 1 a 1", "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"),
        ("HSETEX h FNX FXX FIELDS 1 a 1", "ERR Only one of FXX or FNX arguments can be specified"),
        ("HSETEX h WHAT FIELDS 1 a 1", "ERR unknown argument: WHAT"), ("HSETEX h FIELDS 0 a 1", "ERR invalid number of fields"),
        ("HGETEX h EX -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0"),
        ("HSETEX h FIELDS 2 a 1 b 2 c 3", "ERR wrong number of arguments for 'hsetex' command"),
        ("HSETEX h FIELDS 1 a 1 b", "ERR wrong number of arguments for 'hsetex' command"),
        ("HSETEX h EX 10 FIELDS 1 a", "ERR wrong number of arguments for 'hsetex' command"),
        ("HSETEX h EX x FIELDS 1 a 1", "ERR value is not an integer or out of range"),
        ("HSETEX h EX -1 FIELDS 1 a 1", "ERR invalid expire time, must be >= 0"),
        ("HGETEX h EX 10 X 1 a", "ERR Mandatory argument FIELDS is missing or not at the right position"),
        ("HGETEX h FIELDS x a", "ERR Number of fields must be a positive integer"),
        ("HGETDEL h FIELDS 2 a", "ERR The `numfields` parameter must match the number of arguments"),
      ])
  }

  @Test(arguments: [false, true])
  func `the cycle takes expired fields out, and the key with the last one`(isLarge: Bool) {
    let test = TestEngine()
    if isLarge { large(test, "h", 2000) } else { for i in 0..<5 { test.ask("HSET h f\(i) \(i)") } }
    test.ask("SELECT 3")
    for i in 0..<3000 { test.ask("SET other\(i) x") }
    test.ask("HSET only a 1")
    test.ask("HPEXPIRE only 500 FIELDS 1 a")
    test.ask("SELECT 0")
    test.ask("HPEXPIRE h 100 FIELDS 3 f1 f2 f3")
    let count = isLarge ? 2000 : 5
    func cycle(at time: Int64) {
      test.now += time
      test.engine.setTime(test.now)
      for _ in 0..<200 { test.engine.expireCycle(segments: 100) }
    }
    cycle(at: 0)
    #expect(test.ask("HLEN h") == "\(count)")
    _ = test.effects()
    cycle(at: 100)
    let effects = test.effects().flatMap { $0.split(separator: " ").map(String.init) }
    #expect(Set(effects) == ["HDEL", "h", "f1", "f2", "f3"])
    #expect(
      test.engine.database(0).peek(test.engine.database(0).key(UnsafeRawBufferPointer(start: ("h" as StaticString).utf8Start, count: 1)))?
        .fieldCount == count - 3)
    cycle(at: 400)
    #expect(test.effects() == ["SELECT 3", "HDEL only a"])
    #expect(test.engine.database(3).count == 3000)
  }

  @Test func `all fields at once go in steps`() {
    let test = TestEngine()
    large(test, "h", 3000)
    for start in stride(from: 0, to: 3000, by: 500) {
      _ = test.send(words(["HPEXPIRE", "h", "100", "FIELDS", "500"] + (start..<start + 500).map { "f\($0)" }))
    }
    test.now += 100
    #expect(test.ask("HLEN h") == "0")
    #expect(test.ask("HGETALL h") == "[]" && test.ask("HRANDFIELD h") == "(nil)")
    #expect(test.ask("HSET h f2999 x") == "1", "one that is over is not there, even if it was not its turn yet")
    test.engine.setTime(test.now)
    for _ in 0..<100 { test.engine.expireCycle(segments: 100) }
    #expect(test.ask("HGETALL h") == "[f2999, x]")
    let replica = TestEngine(seed: 9, logging: false)
    replica.session.gates.insert(.loader)
    _ = replica.feed(test.engine.log.bytes(from: 0) ?? [])
    #expect(replica.engine.datasetDigest() == test.engine.datasetDigest())
  }

  @Test func `on a replica the bound of a large hash is found anew when its primary has taken out what was due`() {
    let test = TestEngine()
    large(test, "big")
    test.ask("HPEXPIRE big 100 FIELDS 2 f1 f2")
    test.ask("HPEXPIRE big 100000 FIELDS 1 f3")
    test.engine.expiresKeys = false
    test.now += 200
    let link = test.open()
    link.gates.insert(.primaryLink)
    func next() -> Int64? {
      let database = test.engine.database(0)
      return Array("big".utf8).withUnsafeBytes { database.peek(database.key($0))?.nextFieldExpiry }
    }
    #expect((next() ?? .max) <= test.now)
    #expect(test.ask("HDEL big f1 f2", on: link) == "2")
    // Whatever else the stream says to it goes on with the look.
    for i in 0..<20 { test.ask("HSET big g\(i) v", on: link) }
    #expect((next() ?? 0) > test.now)
    #expect(test.ask("HTTL big FIELDS 1 f3") == "[100]")
  }

  @Test func `a replica hides what has expired, and lets the primary take it out`() {
    let test = TestEngine()
    test.ask("HSET h a 1 b 2")
    test.ask("HPEXPIRE h 100 FIELDS 1 a")
    test.engine.expiresKeys = false
    test.now += 200
    check(
      test,
      [
        ("HGET h a", "(nil)"), ("HLEN h", "1"), ("HGETALL h", "[b, 2]"), ("HRANDFIELD h 5", "[b]"), ("HSCAN h 0", "[0, [b, 2]]"),
        ("HTTL h FIELDS 1 a", "[-2]"),
      ])
    #expect(
      test.engine.database(0).peek(test.engine.database(0).key(UnsafeRawBufferPointer(start: ("h" as StaticString).utf8Start, count: 1)))?
        .fieldCount == 2)
    let link = test.open()
    link.gates.insert(.primaryLink)
    #expect(test.ask("HGET h a", on: link) == "1", "the stream sees what the primary has not taken out")
    #expect(test.ask("HDEL h a b", on: link) == "2")
    #expect(test.ask("EXISTS h") == "0")
  }

  @Test func `renamed, copied and reloaded hashes still expire`() {
    let test = TestEngine()
    test.ask("HSET h a 1 b 2")
    test.ask("HPEXPIRE h 100 FIELDS 1 a")
    large(test, "big")
    test.ask("HPEXPIRE big 100 FIELDS 1 f5")
    check(test, [("COPY h copy", "1"), ("RENAME h new", "OK"), ("COPY big big2 DB 2", "1"), ("MOVE copy 4", "1"), ("HLEN new", "2")])
    test.ask("SWAPDB 2 7")
    test.now += 100
    test.engine.setTime(test.now)
    for _ in 0..<100 { test.engine.expireCycle(segments: 100) }
    func fields(_ database: Int, _ key: StaticString) -> Int? {
      let database = test.engine.database(database)
      return database.peek(database.key(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)))?.fieldCount
    }
    #expect(fields(0, "new") == 1 && fields(4, "copy") == 1 && fields(0, "big") == 599 && fields(7, "big2") == 599)
  }

  @Test func `a snapshot keeps the fields and times that it saw`() {
    let test = TestEngine()
    large(test, "big")
    test.ask("HSET small a 1 b 2")
    test.ask("HPEXPIRE big 1000 FIELDS 2 f1 f2")
    test.ask("HPEXPIRE small 1000 FIELDS 1 a")
    func contents(_ tree: KeyTree) -> [String] {
      var lines: [String] = []
      tree.forEach { entry in
        entry.forEachField { field, value, expiry in
          lines.append("\(printable(entry.keyBytes)) \(printable(field)) \(printable(value)) \(expiry ?? 0)")
        }
      }
      return lines.sorted()
    }
    let snapshot = test.engine.takeSnapshot()
    let before = contents(snapshot.databases[0])
    test.ask("HPEXPIRE big 5000 FIELDS 3 f1 f3 f4")
    test.ask("HSET small a 9 c 3")
    test.ask("HDEL big f2 f7")
    test.ask("HPERSIST big FIELDS 1 f3")
    test.now += 6000
    check(test, [("HLEN big", "596"), ("HLEN small", "3")])
    #expect(contents(snapshot.databases[0]) == before)
    #expect(before.count == 602)
    test.engine.release(snapshot)
    test.ask("FLUSHALL")
    while test.engine.reclaim(steps: 1000) {}
    #expect(test.engine.usedBytes == 0, "nothing leaks")
  }
}
