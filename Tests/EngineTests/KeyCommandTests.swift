import Testing

@testable import TernEngine

@Suite struct KeyCommandTests {
  private func check(_ test: TestEngine, _ steps: [(String, String)], _ location: SourceLocation = #_sourceLocation) {
    for (line, reply) in steps { #expect(test.ask(line) == reply, "\(line)", sourceLocation: location) }
  }

  @Test func `effects of key commands are canonical`() {
    let test = TestEngine()
    let t = test.now
    test.ask("MSET a 1 b 2 c 3 d 4 e 5")
    _ = test.effects()
    let steps: [(String, [String])] = [
      ("DEL a none a", ["DEL a"]), ("UNLINK b none", ["UNLINK b"]), ("DEL none", []), ("EXPIRE c 10", ["PEXPIREAT c \(t + 10_000)"]),
      ("PEXPIREAT c \(t + 5) GT", []), ("EXPIREAT c 1700000001 LT", ["PEXPIREAT c 1700000001000"]), ("PERSIST c", ["PERSIST c"]),
      ("PERSIST c", []),
      ("RENAME c c", []), ("RENAME c cc", ["RENAME c cc"]), ("RENAMENX cc d", []), ("RENAMENX cc c", ["RENAME cc c"]), ("COPY c d", []),
      ("COPY c d REPLACE", ["COPY c d REPLACE"]), ("COPY c x DB 3", ["COPY c x DB 3"]), ("MOVE d 2", ["MOVE d 2"]), ("MOVE none 2", []),
      ("EXPIRE c 0", ["DEL c"]), ("SWAPDB 0 3", ["SWAPDB 0 3"]), ("SELECT 2", []), ("FLUSHDB", ["SELECT 2", "FLUSHDB"]),
      ("FLUSHALL ASYNC", ["FLUSHALL"]),
      ("TOUCH a", []), ("RANDOMKEY", []), ("OBJECT ENCODING a", []),
    ]
    for (line, effects) in steps {
      test.ask(line)
      #expect(test.effects() == effects, "\(line)")
    }
  }

  @Test func `time to live is counted by the clock that comes with the calls, and seconds are rounded`() {
    let test = TestEngine()
    check(
      test,
      [
        ("TTL a", "-2"), ("SET a 1", "OK"), ("PTTL a", "-1"), ("PEXPIRE a 1500", "1"), ("TTL a", "2"), ("PTTL a", "1500"),
        ("PEXPIRETIME a", "\(test.now + 1500)"), ("EXPIRETIME a", "\((test.now + 2000) / 1000)"),
      ])
    test.now += 1001
    check(test, [("TTL a", "0"), ("PTTL a", "499")])
    test.now += 498
    check(test, [("EXISTS a", "1"), ("PTTL a", "1")])
    test.now += 1
    check(test, [("EXISTS a", "0"), ("PTTL a", "-2"), ("DBSIZE", "0")])
  }

  @Test func `conditions of EXPIRE compare with the present expiry, and none counts as never`() {
    let test = TestEngine()
    check(
      test,
      [
        ("SET a 1", "OK"), ("EXPIRE a 10 XX", "0"), ("EXPIRE a 10 GT", "0"), ("EXPIRE a 10 NX", "1"), ("EXPIRE a 20 NX", "0"),
        ("EXPIRE a 10 GT", "0"),
        ("EXPIRE a 20 GT", "1"), ("EXPIRE a 20 LT", "0"), ("EXPIRE a 5 XX LT", "1"), ("PERSIST a", "1"), ("EXPIRE a 30 LT", "1"),
        ("TTL a", "30"),
        ("EXPIRE a 9223372036854775807", "ERR invalid expire time in 'expire' command"),
        ("EXPIRE a -9223372036854775808", "ERR invalid expire time in 'expire' command"),
        ("PEXPIRE a 9223372036854775807", "ERR invalid expire time in 'pexpire' command"), ("PEXPIREAT a 9223372036854775807", "1"),
        ("TTL a", "9223370336854776"),
      ])
  }

  @Test func `a replica hides expired keys, keeps them, and obeys its primary's stream about them`() {
    let test = TestEngine()
    let link = test.open()
    link.gates.insert(.primaryLink)
    test.ask("SET a 1 PX 100")
    test.ask("SET k 7 PX 100")
    test.engine.expiresKeys = false
    _ = test.effects()
    test.now += 200
    check(
      test,
      [
        ("GET a", "(nil)"), ("EXISTS a", "0"), ("TTL a", "-2"), ("KEYS *", "[]"), ("SCAN 0", "[0, []]"), ("DBSIZE", "2"),
        ("TYPE a", "none"),
      ])
    #expect(test.effects() == [])
    // The primary's clock is behind: for it the key is still there.
    #expect(test.ask("APPEND a 2", on: link) == "2")
    #expect(test.ask("PEXPIREAT a 1", on: link) == "1")
    #expect(test.ask("DBSIZE") == "2" && test.ask("GET a", on: link) == "12")
    #expect(test.ask("DEL a", on: link) == "1" && test.ask("DBSIZE") == "1")
    #expect(test.ask("SETRANGE huge 9223372036854775807 x", on: link).hasPrefix("ERR string exceeds"))
    // A replica that may be written to: no second entry of the hidden key.
    #expect(test.ask("SET k 8") == "OK" && test.ask("DBSIZE") == "1" && test.ask("GET k") == "8")
    test.engine.expiresKeys = true
    #expect(test.ask("RANDOMKEY") == "k")
  }

  @Test func `a whole SCAN gives every key that stays once or more, and takes out the expired ones it passes`() {
    let test = TestEngine()
    for i in 0..<2000 { test.ask("SET key:\(i) v") }
    for i in 0..<500 { test.ask("SET old:\(i) v PX 5") }
    test.now += 10
    var seen: Set<String> = []
    var cursor = "0"
    var calls = 0
    repeat {
      guard case .array(let reply) = test.send("SCAN", cursor, "COUNT", "17", "MATCH", "*[02468]") else { return }
      cursor = reply[0].text ?? "0"
      seen.formUnion(reply[1].elements?.compactMap(\.text) ?? [])
      calls += 1
    } while cursor != "0"
    #expect(seen == Set((0..<1000).map { "key:\($0 * 2)" }))
    #expect(calls > 50)
    // Only those that match were asked for their time.
    #expect(test.ask("DBSIZE") == "2250")
    #expect(test.effects().filter { $0.hasPrefix("DEL old:") }.count == 250)
  }

  @Test func `the active cycle takes out what nobody asks for, in every database`() {
    let test = TestEngine()
    test.ask("SET a 1 PX 10")
    test.ask("SELECT 5")
    test.ask("SET b 1 PX 10")
    test.ask("SET c 1 PX 1000")
    _ = test.effects()
    test.engine.setTime(test.now + 20)
    for _ in 0..<20 { test.engine.expireCycle(segments: 16) }
    #expect(Set(test.effects()).isSuperset(of: ["DEL a", "DEL b"]))
    #expect(test.engine.database(0).count == 0 && test.engine.database(5).count == 1)
  }

  @Test func `a watched key is broken by whatever changes it, and only by that`() {
    let breaking = [
      "SET w 2", "DEL w", "RENAME w x", "RENAME x w", "EXPIRE w 10", "FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "MOVE w 1", "GETDEL w",
      "APPEND w x",
    ]
    let harmless = ["GET w", "SET v 1", "EXPIRE w 10 XX", "SWAPDB 2 3", "COPY w v REPLACE", "TOUCH w", "PERSIST w", "SETRANGE w 0"]
    for (lines, broken) in [(breaking, true), (harmless, false)] {
      for line in lines {
        let test = TestEngine()
        let other = test.open()
        test.ask("MSET w 1 x 2")
        test.ask("WATCH w")
        test.ask(line, on: other)
        test.ask("MULTI")
        test.ask("PING")
        #expect(test.ask("EXEC") == (broken ? "(nil)" : "[PONG]"), "\(line)")
      }
    }
    // A key that is in none of the databases before or after is not touched by emptying them.
    let test = TestEngine()
    test.ask("WATCH nothing")
    test.ask("FLUSHALL", on: test.open())
    test.ask("MULTI")
    #expect(test.ask("EXEC") == "[]")
  }

  @Test func `idle time counts seconds since the last use, which OBJECT itself is not`() {
    let test = TestEngine()
    test.ask("SET a 1")
    test.now += 7000
    check(
      test,
      [
        ("OBJECT IDLETIME a", "7"), ("EXISTS a", "1"), ("TYPE a", "string"), ("TTL a", "-1"), ("OBJECT IDLETIME a", "7"), ("TOUCH a", "1"),
        ("OBJECT IDLETIME a", "0"),
      ])
    #expect(test.send("OBJECT", "HELP").elements?.first?.text?.hasPrefix("OBJECT <subcommand>") == true)
  }

  @Test func `snapshots of a busy engine stay as they were, and all memory comes back`() {
    let test = TestEngine()
    var generator = CommandGenerator(seed: 7)
    var snapshots: [(snapshot: Snapshot, contents: [String: String])] = []
    func contents(_ snapshot: Snapshot) -> [String: String] {
      var contents: [String: String] = [:]
      for (index, tree) in snapshot.databases.enumerated() {
        tree.forEach { entry in
          let key = printable(Array(entry.keyBytes).prefix(60)) + "#\(entry.keyCount)"
          contents["\(index)/\(key)"] = "\(Array(copying: entry)) \(entry.expiry.map(String.init) ?? "")"
        }
      }
      return contents
    }
    for step in 0..<6000 {
      _ = test.feed(RESPCommand.encode(generator.next()))
      if step % 500 == 0 { snapshots.append((test.engine.takeSnapshot(), test.contents())) }
      if step % 700 == 699 {
        let taken = snapshots.remove(at: step % snapshots.count)
        #expect(contents(taken.snapshot) == taken.contents)
        test.engine.release(taken.snapshot)
      }
      test.engine.reclaim(steps: 20)
    }
    for (snapshot, expected) in snapshots {
      #expect(contents(snapshot) == expected)
      test.engine.release(snapshot)
    }
    test.ask("FLUSHALL")
    while test.engine.reclaim(steps: 1000) {}
    #expect(test.engine.usedBytes == 0)
  }
}
