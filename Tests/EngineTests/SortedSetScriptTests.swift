import Testing

@testable import TernEngine

/// Scripts on sorted sets, and clients that wait for them, beside redis-server; and what 7.2 has that redis-server 7.0 has not.
@Suite(.serialized) struct SortedSetScriptTests {
  /// A line is a command, words apart by blanks; `2>` in front names the client, 1 without.
  private func compare(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let real = try ServerRealServer([])
    let ours = ServerTestEngine()
    var clients: [(ours: ServerTestClient, real: ServerRealClient)] = []
    for line in script.split(separator: "\n") {
      var words = QuotedArguments.split(line.utf8) ?? []
      guard !words.isEmpty else { continue }
      var client = 0
      if words[0].last == UInt8(ascii: ">"), let number = Int(String(decoding: words[0].dropLast(), as: UTF8.self)) {
        client = number - 1
        words.removeFirst()
      }
      while clients.count <= client { clients.append((ours.connect(), try real.connect())) }
      clients[client].ours.write(RESPCommand.encode(words))
      clients[client].real.write(RESPCommand.encode(words))
      for i in clients.indices {
        for expected in clients[i].ours.received() {
          guard let actual = try clients[i].real.next() else {
            Issue.record("no reply from redis-server at client \(i + 1) after: \(line)", sourceLocation: sourceLocation)
            return
          }
          // HELLO says the connection's id, which differs.
          if case .map = expected { continue }
          #expect(expected == actual, "client \(i + 1) after: \(line)", sourceLocation: sourceLocation)
        }
      }
    }
    for i in clients.indices {
      #expect(
        try clients[i].real.next(milliseconds: 30) == nil, "client \(i + 1) got more from redis-server", sourceLocation: sourceLocation)
    }
  }

  @Test func `who waits for a sorted set is served in order, by what is there`() throws {
    try compare(
      """
      BZPOPMIN z 0
      2> BZPOPMAX z 0
      3> BZMPOP 0 2 other z MAX COUNT 2
      4> ZADD z 1 a 2 b 3 c 4 d 5 e
      4> ZRANGE z 0 -1 WITHSCORES
      4> HELLO 3
      4> BZPOPMIN z none 0
      4> BZPOPMAX none z 0
      4> EXISTS z
      3> HELLO 3
      3> BZPOPMIN z 0
      2> BZMPOP 0 1 z MIN
      4> SET z text
      4> DEL z
      4> MULTI
      4> ZADD z 1 a
      4> ZADD z 0 b 7 c
      4> ZREM z a
      4> EXEC
      4> ZRANGE z 0 -1
      BZPOPMIN z 0
      4> ZADD src 1 x 2 y
      4> ZUNIONSTORE z 1 src WEIGHTS 3
      2> BZPOPMAX z 0
      4> ZINCRBY z 0.1 q
      2> BZPOPMIN w 0
      4> RENAME src w
      MULTI
      BZPOPMIN nothing 0
      BZMPOP 0 1 nothing MAX
      EXEC
      BZPOPMIN
      BZPOPMIN z
      BZPOPMIN z abc
      BZPOPMIN z -1
      BZMPOP 0 0 z MIN
      BZMPOP 0 1 z MEAN
      BZMPOP 0 1 z MIN COUNT 0
      BZMPOP 0 1 z MIN COUNT 1 COUNT 2
      BZMPOP 0 2 z MIN
      SET s 1
      BZPOPMIN s 0
      BZMPOP 0 2 none s MIN
      """)
  }

  @Test func `replies in RESP3`() throws {
    try compare(
      """
      HELLO 3
      ZADD z 1 a 2.5 b inf c -inf d 1e20 e 0.1 f
      ZRANGE z 0 -1
      ZRANGE z 0 -1 WITHSCORES
      ZRANGEBYSCORE z -inf 3 WITHSCORES LIMIT 1 2
      ZSCORE z f
      ZMSCORE z a none c
      ZADD z INCR 2 a
      ZINCRBY z -1 f
      ZADD z NX INCR 1 a
      ZPOPMIN z
      ZPOPMIN z 1
      ZPOPMAX z 2
      ZPOPMAX none
      ZMPOP 2 none z MAX
      ZMPOP 1 none MIN
      ZADD z 5 g 6 h
      ZUNION 2 z z WITHSCORES
      ZINTER 1 z WITHSCORES
      ZDIFF 1 z
      ZSCAN z 0
      ZRANDMEMBER none
      ZRANDMEMBER none 5 WITHSCORES
      ZRANK z none
      """)
  }

  @Test func `ZRANK tells the score too, since 7_2`() {
    let ours = TestEngine()
    ours.ask("ZADD z 1 a 2.5 b 3 c")
    #expect(ours.ask("ZRANK z b WITHSCORE") == "[1, 2.5]")
    #expect(ours.ask("ZREVRANK z a withscore") == "[2, 1]")
    #expect(ours.feed(RESPCommand.encode("ZRANK", "z", "x", "WITHSCORE")) == Array("*-1\r\n".utf8))
    #expect(ours.ask("ZRANK z b SCORE") == "ERR syntax error")
    #expect(ours.ask("ZRANK z b WITHSCORE x").contains("wrong number of arguments"))
  }

  @Test func `no count, however large, takes time or memory that is not there`() {
    let ours = TestEngine()
    for i in 0..<300 { ours.ask("ZADD z \(i) m\(i)") }
    let huge = "9223372036854775807"
    #expect(ours.ask("ZRANDMEMBER z -\(huge)").hasPrefix("ERR"))
    #expect(ours.send("ZRANDMEMBER", "z", huge).elements?.count == 300)
    #expect(ours.send("ZSCAN", "z", "0", "COUNT", huge).elements?.count == 2)
    #expect(ours.send("ZRANGE", "z", "-\(huge)", huge).elements?.count == 300)
    #expect(ours.send("ZRANGE", "z", "-inf", "+inf", "BYSCORE", "LIMIT", huge, huge).elements?.isEmpty == true)
    #expect(ours.send("ZRANGE", "z", "-inf", "+inf", "BYSCORE", "LIMIT", "5", huge).elements?.count == 295)
    #expect(ours.ask("ZUNION \(huge) z") == "ERR syntax error")
    #expect(ours.ask("ZMPOP \(huge) z MIN") == "ERR syntax error")
    #expect(ours.send("ZPOPMIN", "z", huge).elements?.count == 600)
    #expect(ours.ask("EXISTS z") == "0")
  }

  @Test func `effects say what happened, not what was asked for`() {
    let ours = TestEngine()
    ours.ask("ZADD z GT CH 1 a 2 b")
    ours.ask("ZADD z GT 0 a 3 b")
    ours.ask("ZADD z XX 9 none")
    ours.ask("ZINCRBY z 0.5 a")
    ours.ask("ZADD z INCR 1 b")
    ours.ask("ZADD z 5 c 6 d 7 e")
    ours.ask("ZREMRANGEBYSCORE z 5 6")
    ours.ask("ZRANGESTORE copy z 2 +inf BYSCORE REV")
    ours.ask("ZRANGESTORE copy z +inf 2 BYSCORE REV")
    ours.ask("ZMPOP 1 z MAX COUNT 9")
    #expect(
      ours.effects() == [
        "SELECT 0", "ZADD z 1 a 2 b", "ZADD z 3 b", "ZADD z 1.5 a", "ZADD z 4 b", "ZADD z 5 c 6 d 7 e", "ZREMRANGEBYRANK z 2 3",
        "ZRANGESTORE copy z 1 2", "ZPOPMAX z 3",
      ])
  }

  @Test(arguments: [0, 6])
  func `choices by chance reach every member, and each about as often`(limit: Int) {
    let ours = TestEngine(seed: 9)
    ours.engine.settings.encodingLimits.sortedSetEntries = limit
    for i in 0..<20 { ours.ask("ZADD z \(i) m\(i)") }
    for count in [1, 3, 10, 19] {
      var seen: [String: Int] = [:]
      for _ in 0..<2_000 {
        let members = ours.send("ZRANDMEMBER", "z", "\(count)").elements?.compactMap(\.text) ?? []
        #expect(Set(members).count == count)
        for member in members { seen[member, default: 0] += 1 }
      }
      #expect(seen.count == 20)
      let expected = Double(2_000 * count) / 20
      #expect(seen.values.allSatisfy { abs(Double($0) - expected) < 6 * expected.squareRoot() }, "\(count): \(seen)")
    }
  }

  @Test func `a scan of a large set sees every member that stays`() {
    let ours = TestEngine()
    for i in 0..<2_000 { ours.ask("ZADD z \(i) stay\(i)") }
    var seen: Set<String> = []
    var cursor = "0"
    var round = 0
    repeat {
      let reply = ours.send("ZSCAN", "z", cursor, "COUNT", "20").elements ?? []
      cursor = reply.first?.text ?? "0"
      let elements = reply.last?.elements ?? []
      for i in stride(from: 0, to: elements.count, by: 2) { if let member = elements[i].text { seen.insert(member) } }
      round += 1
      if round % 2 == 0 { ours.ask("ZADD z 1 come\(round)") } else { ours.ask("ZREM z come\(round - 1)") }
    } while cursor != "0"
    #expect((0..<2_000).allSatisfy { seen.contains("stay\($0)") })
    #expect(round > 50)
  }

  @Test func `a large set takes less than 0.85 of redis-server's memory`() throws {
    let real = try ServerRealServer([])
    let client = try real.connect()
    let ours = TestEngine(logging: false)
    let before = ours.engine.heap.usedBytes
    var random = SeededRandom(seed: 4)
    for start in stride(from: 0, to: 30_000, by: 100) {
      let words =
        ["ZADD", "z"] + (start..<start + 100).flatMap { ["\(Double.random(in: 0..<1e6, using: &random))", "member:\($0)"] }
      try client.send(words)
      _ = ours.send(words.map { Array($0.utf8) })
    }
    guard case .integer(let theirs) = try client.send(["MEMORY", "USAGE", "z", "SAMPLES", "0"]) else {
      Issue.record("no answer")
      return
    }
    let mine = ours.engine.heap.usedBytes - before
    #expect(Double(mine) < 0.85 * Double(theirs), "\(mine) bytes, redis-server \(theirs)")
  }
}
