import Testing

@testable import TernEngine

@Suite struct SetCommandTests {
  private func check(_ test: TestEngine, _ steps: [(String, String)], _ location: SourceLocation = #_sourceLocation) {
    for (line, reply) in steps { #expect(test.ask(line) == reply, "\(line)", sourceLocation: location) }
  }

  @Test func `encodings are those of Redis 7`() {
    let test = TestEngine()
    func encoding(_ key: String) -> String { test.ask("OBJECT ENCODING \(key)") }
    test.ask("SADD a 1 2 3")
    test.ask("SADD b x")
    test.ask("SADD c \(String(repeating: "x", count: 65))")
    #expect(encoding("a") == "intset" && encoding("b") == "listpack" && encoding("c") == "hashtable")
    test.ask("SADD a x")
    #expect(encoding("a") == "listpack" && test.ask("SMEMBERS a") == "[1, 2, 3, x]")
    for i in 0..<125 { test.ask("SADD a y\(i)") }
    #expect(encoding("a") == "hashtable" && test.ask("SCARD a") == "129")
    _ = test.send(words(["SADD", "many"] + (0..<512).map(String.init)))
    #expect(encoding("many") == "intset")
    test.ask("SADD many 512")
    #expect(encoding("many") == "hashtable")
    _ = test.send(words(["SADD", "d"] + (0..<200).map { "m\($0)" }))
    #expect(encoding("d") == "hashtable", "so many members at once make a table from the start")
    test.ask("SINTERSTORE e many many")
    #expect(encoding("e") == "hashtable")
    test.ask("SREM many 512 511 510")
    test.ask("SINTERSTORE e many many")
    #expect(encoding("many") == "hashtable" && encoding("e") == "intset")
  }

  @Test func `effects of set commands are canonical`() {
    let test = TestEngine(seed: 4)
    let steps: [(String, [String])] = [
      ("SADD s a b c", ["SELECT 0", "SADD s a b c"]), ("SADD s a", []), ("SREM s none", []), ("SREM s a none", ["SREM s a none"]),
      ("SMOVE s t b", ["SMOVE s t b"]), ("SMOVE s t none", []), ("SPOP s 9", ["DEL s"]), ("SUNIONSTORE u t t", ["SUNIONSTORE u t t"]),
      ("SDIFFSTORE u t t", ["DEL u"]), ("SDIFFSTORE u t t", []), ("SINTERSTORE u t", ["SINTERSTORE u t"]), ("SPOP u", ["DEL u"]),
      ("SPOP none", []),
    ]
    for (line, effects) in steps {
      test.ask(line)
      #expect(test.effects() == effects, "\(line)")
    }
  }

  @Test(arguments: ["intset", "listpack", "hashtable"])
  func `SPOP says in the log what it took`(encoding: String) {
    let test = TestEngine(seed: 7)
    let count = encoding == "hashtable" ? 3000 : 100
    for start in stride(from: 0, to: count, by: 100) {
      _ = test.send(words(["SADD", "s"] + (start..<start + 100).map { (encoding == "intset" ? "" : "m") + "\($0)" }))
    }
    #expect(test.ask("OBJECT ENCODING s") == encoding)
    _ = test.effects()
    let one = test.ask("SPOP s")
    #expect(test.effects() == ["SREM s \(one)"] && test.ask("SISMEMBER s \(one)") == "0" && test.ask("SCARD s") == "\(count - 1)")
    let taken = count / 2
    let popped = test.send(words("SPOP", "s", "\(taken)")).elements?.compactMap(\.text) ?? []
    #expect(Set(popped).count == taken && !popped.contains(one))
    let effects = test.effects().filter { $0.hasPrefix("SREM s ") }
    #expect(effects.count == (taken + 1023) / 1024)
    #expect(effects.flatMap { $0.split(separator: " ").dropFirst(2).map(String.init) } == popped)
    let copy = TestEngine(seed: 8, logging: false)
    copy.session.gates.insert(.loader)
    _ = copy.feed(test.engine.log.bytes(from: 0) ?? [])
    #expect(copy.engine.datasetDigest() == test.engine.datasetDigest())
  }

  /// Redis's own suite asks for a chi square below 73 over 20 bins, repeated until all members were seen; so does this.
  @Test(
    arguments: ["SRANDMEMBER s", "SRANDMEMBER s -100", "SRANDMEMBER s 7", "HRANDFIELD h", "HRANDFIELD h -100", "HRANDFIELD h 7"],
    [20, 200])
  func `each member is as likely as any other`(command: String, members: Int) {
    let test = TestEngine(seed: 11)
    for i in 0..<members {
      test.ask("SADD s m\(i)")
      test.ask("HSET h m\(i) v")
    }
    if members == 200 { test.ask("HSET h m0 \(String(repeating: "v", count: 65))") }
    var seen: [String: Int] = [:]
    var draws = 0
    while draws < members * 30 {
      let reply = test.send(words(command.split(separator: " ").map(String.init)))
      for word in reply.elements?.compactMap(\.text) ?? [reply.plain] {
        seen[word, default: 0] += 1
        draws += 1
      }
    }
    #expect(seen.count == members)
    let expected = Double(draws) / Double(members)
    let chiSquare = seen.values.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    // Five standard deviations above the mean of the distribution.
    let degrees = Double(members - 1)
    #expect(chiSquare < degrees + 5 * (2 * degrees).squareRoot(), "\(chiSquare)")
  }

  @Test func `members of a table of many segments are equally likely`() {
    let test = TestEngine(seed: 12)
    for start in stride(from: 0, to: 5000, by: 500) { _ = test.send(words(["SADD", "s"] + (start..<start + 500).map { "m\($0)" })) }
    var seen = [Int](repeating: 0, count: 5000)
    for _ in 0..<100 {
      for member in test.send(words("SRANDMEMBER", "s", "-1000")).elements ?? [] {
        if let i = member.text.flatMap({ Int($0.dropFirst()) }) { seen[i] += 1 }
      }
    }
    let chiSquare = seen.reduce(0.0) { $0 + (Double($1) - 20) * (Double($1) - 20) / 20 }
    // An entry twice as likely as others would add more than all the chance there is.
    #expect(chiSquare < 4999 + 8 * (2.0 * 4999).squareRoot(), "\(chiSquare)")
  }

  @Test func `counts without bound are refused, not served out of all memory`() {
    let test = TestEngine()
    test.ask("SADD s \(String(repeating: "x", count: 400_000))")
    test.ask("HSET h f \(String(repeating: "x", count: 400_000))")
    #expect(test.ask("SRANDMEMBER s -1000000000").hasPrefix("ERR the reply to so large a count"))
    #expect(test.ask("HRANDFIELD h -1000000000 WITHVALUES").hasPrefix("ERR the reply to so large a count"))
    #expect(test.ask("SRANDMEMBER s -1000").hasPrefix("ERR the reply to so large a count"), "found out on the way")
    #expect(test.ask("PING") == "PONG")
  }

  @Test(.timeLimit(.minutes(1))) func `a reply that nobody gets bounds the count too`() {
    let test = TestEngine()
    test.ask("SADD s a")
    test.ask("HSET h f v")
    test.ask("ZADD z 1 a")
    for count in ["-4611686018427387903", "-30000000"] {
      for command in ["SRANDMEMBER s", "HRANDFIELD h", "ZRANDMEMBER z"] {
        let line = (command + " " + count).split(separator: " ").map { Array($0.utf8) }
        let bytes = RESPCommand.encode("CLIENT", "REPLY", "SKIP") + RESPCommand.encode(line) + RESPCommand.encode("PING")
        #expect(test.feed(bytes) == Array("+PONG\r\n".utf8))
      }
    }
  }

  @Test func `a scan sees every member that stays, in every layout`() {
    for count in [5, 100, 5000] {
      let test = TestEngine()
      for i in 0..<count {
        test.ask("SADD s m\(i)")
        test.ask("HSET h m\(i) \(i)")
      }
      for (command, each) in [("SSCAN s", 1), ("HSCAN h", 2)] {
        var cursor = "0"
        var seen: Set<String> = []
        repeat {
          let reply = test.send(words((command + " " + cursor).split(separator: " ").map(String.init))).elements ?? []
          cursor = reply[0].text ?? "0"
          let words = (reply[1].elements ?? []).compactMap(\.text)
          for i in stride(from: 0, to: words.count, by: each) { seen.insert(words[i]) }
          test.ask("SADD s x\(seen.count)")
        } while cursor != "0"
        #expect((0..<count).allSatisfy { seen.contains("m\($0)") })
      }
      #expect(test.send(words("HSCAN", "h", "0", "COUNT", "100000", "NOVALUES")).elements?[1].elements?.count == count)
    }
  }

  @Test func `large collections are dismantled, and nothing leaks`() {
    let test = TestEngine()
    for start in stride(from: 0, to: 20_000, by: 500) {
      _ = test.send(words(["SADD", "s"] + (start..<start + 500).map { "m\($0)" }))
      _ = test.send(words(["HSET", "h"] + (start..<start + 500).flatMap { ["f\($0)", "v\($0)"] }))
    }
    let snapshot = test.engine.takeSnapshot()
    test.ask("SPOP s 100")
    test.ask("COPY s t")
    test.ask("UNLINK s h t")
    #expect(snapshot.databases[0].count == 2)
    var members = 0
    snapshot.databases[0].forEach { entry in
      if entry.type == .set { entry.forEachMember { _ in members += 1 } } else { entry.forEachField { _, _, _ in members += 1 } }
    }
    #expect(members == 40_000)
    test.engine.release(snapshot)
    while test.engine.reclaim(steps: 1000) {}
    #expect(test.engine.usedBytes == 0)
  }
}
