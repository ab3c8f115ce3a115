import Testing

@testable import TernEngine

@Suite struct StringCommandTests {
  /// Runs lines in turn; each must get the reply behind it.
  private func check(_ test: TestEngine, _ steps: [(String, String)], _ location: SourceLocation = #_sourceLocation) {
    for (line, reply) in steps { #expect(test.ask(line) == reply, "\(line)", sourceLocation: location) }
  }

  @Test func `effects of string commands are canonical`() {
    let test = TestEngine()
    let t = test.now
    let steps: [(String, [String])] = [
      ("SET a 1", ["SELECT 0", "SET a 1"]), ("SET a 2 EX 10", ["SET a 2 PXAT \(t + 10_000)"]), ("SET a 3 KEEPTTL", ["SET a 3 KEEPTTL"]),
      ("SET a 4 GET", ["SET a 4"]), ("SET a 5 KEEPTTL", ["SET a 5"]), ("SET a 6 NX", []), ("SET b 1 XX", []),
      ("SET a 7 PXAT 99999999999999 XX", ["SET a 7 PXAT 99999999999999"]),
      ("SETEX a 5 v", ["SET a v PXAT \(t + 5000)"]), ("PSETEX a 5 v", ["SET a v PXAT \(t + 5)"]), ("SETNX a 1", []),
      ("SETNX n 1", ["SET n 1"]),
      ("GETSET n 2", ["SET n 2"]), ("GETEX n", []), ("GETEX n PX 70", ["PEXPIREAT n \(t + 70)"]), ("GETEX n PERSIST", ["PERSIST n"]),
      ("GETEX n PERSIST", []),
      ("GETEX n EXAT 1", ["DEL n"]), ("MSET x 1 y 2", ["MSET x 1 y 2"]), ("MSETNX z 1 y 2", []), ("MSETNX z 1 w 2", ["MSET z 1 w 2"]),
      ("GETDEL z", ["DEL z"]),
      ("INCR x", ["INCRBY x 1"]), ("DECR x", ["INCRBY x -1"]), ("DECRBY x 5", ["INCRBY x -5"]), ("INCRBYFLOAT x 0.5", ["SET x -3.5"]),
      ("PEXPIRE x 1000", ["PEXPIREAT x \(t + 1000)"]), ("INCRBYFLOAT x 0.5", ["SET x -3 KEEPTTL"]), ("APPEND x ab", ["APPEND x ab"]),
      ("SETRANGE x 1 zz", ["SETRANGE x 1 zz"]), ("GET x", []), ("INCR x", []), ("GETDEL none", []),
    ]
    for (line, effects) in steps {
      test.ask(line)
      #expect(test.effects() == effects, "\(line)")
    }
  }

  @Test func `a key that has expired is deleted in the log before it is written again`() {
    let test = TestEngine()
    test.ask("SET a 1 PX 100")
    test.ask("SET b 5 PX 100")
    _ = test.effects()
    test.now += 100
    check(test, [("APPEND a xyz", "3"), ("GET b", "(nil)"), ("INCR b", "1"), ("TTL b", "-1")])
    #expect(test.effects() == ["MULTI", "DEL a", "APPEND a xyz", "EXEC", "DEL b", "INCRBY b 1"])
    #expect(test.engine.expiredKeys == 2)
  }

  @Test func `SET on an expired key is a new key, for NX, XX and GET alike`() {
    let test = TestEngine()
    for key in ["a", "b", "c"] { test.ask("SET \(key) old PX 10") }
    test.now += 10
    check(
      test,
      [("SET a new NX", "OK"), ("SET b new XX", "(nil)"), ("SET c new GET", "(nil)"), ("MGET a b c", "[new, (nil), new]"), ("DBSIZE", "2")])
  }

  @Test func `a transaction's effects come between MULTI and EXEC, and its errors do not stop it`() {
    let test = TestEngine()
    check(
      test, [("MULTI", "OK"), ("SET a 1 EX 1", "QUEUED"), ("INCRBYFLOAT a x", "QUEUED"), ("APPEND a 0", "QUEUED"), ("GETDEL a", "QUEUED")])
    #expect(test.ask("EXEC") == "[OK, ERR value is not a valid float, 2, 10]")
    #expect(test.effects() == ["MULTI", "SELECT 0", "SET a 1 PXAT \(test.now + 1000)", "APPEND a 0", "DEL a", "EXEC"])
    test.ask("MULTI")
    #expect(test.ask("SETRANGE a").hasPrefix("ERR wrong number of arguments for 'setrange' command"))
    #expect(test.ask("EXEC") == "EXECABORT Transaction discarded because of previous errors.")
  }

  @Test func `strings stop at proto-max-bulk-len`() {
    let test = TestEngine()
    test.engine.settings.bulkBytesMax = 100
    let long = String(repeating: "x", count: 60)
    let tooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
    check(
      test,
      [
        ("SET a \(long)", "OK"), ("APPEND a \(long)", tooLong), ("SETRANGE a 41 \(long)", tooLong), ("SETRANGE a 40 \(long)", "100"),
        ("APPEND a x", tooLong),
        ("SETRANGE none 9223372036854775807 x", tooLong), ("SETRANGE none 100 x", tooLong), ("EXISTS none", "0"), ("STRLEN a", "100"),
      ])
  }

  @Test func `an edited long string keeps what a snapshot saw of it`() throws {
    let test = TestEngine()
    let long = String(repeating: "a", count: 3000)
    test.ask("SET k \(long)")
    test.ask("APPEND k b")
    let before = test.contents()
    let snapshot = test.engine.takeSnapshot()
    test.ask("SETRANGE k 0 zzz")
    test.ask("APPEND k c")
    var seen: [[UInt8]] = []
    snapshot.databases[0].forEach { seen.append(Array(copying: $0)) }
    #expect(seen == [Array((long + "b").utf8)])
    #expect(before != test.contents())
    test.engine.release(snapshot)
    #expect(test.ask("GETRANGE k 0 3") == "zzza" && test.ask("STRLEN k") == "3002")
  }
}
