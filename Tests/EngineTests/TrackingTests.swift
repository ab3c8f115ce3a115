import Testing

@testable import TernEngine

/// CLIENT TRACKING against a real server, message by message.
extension ServerDifferentialTests {
  @Test func `a RESP3 client hears of the keys that it has read`() throws {
    try compare(
      """
      HELLO 3
      CLIENT TRACKING on
      CLIENT TRACKINGINFO
      CLIENT GETREDIR
      GET a
      GET b
      EXISTS c
      STRLEN d
      2> SET a 1
      2> SET a 2
      2> MSET b 1 c 1
      2> APPEND d x
      GET a
      SET a 3
      SET a 4
      GET a
      INCR a
      GET a
      2> DEL a
      2> DEL a
      GET a
      2> SELECT 3
      2> SET a 1
      GET x
      2> FLUSHDB
      2> FLUSHALL
      GET x
      FLUSHALL
      MGET a b c
      MULTI
      GET d
      SET a 1
      SET b 1
      EXEC
      GET a
      GET b
      MULTI
      DEL a b
      PING
      EXEC
      2> SET d 1
      GET t
      2> SET t 1 PX 1
      CLIENT TRACKING off
      GET y
      2> SET y 1
      CLIENT TRACKINGINFO
      """)
  }

  @Test func `tracking in its modes, and the wrong ways to ask for them`() throws {
    try compare(
      """
      HELLO 3
      CLIENT TRACKING
      CLIENT TRACKING foo
      CLIENT TRACKING on foo
      CLIENT TRACKING on REDIRECT
      CLIENT TRACKING on REDIRECT x
      CLIENT TRACKING on REDIRECT 99999
      CLIENT TRACKING on PREFIX a
      CLIENT TRACKING on BCAST OPTIN
      CLIENT TRACKING on OPTIN OPTOUT
      CLIENT TRACKING on BCAST PREFIX aa PREFIX a
      CLIENT CACHING yes
      CLIENT CACHING foo
      CLIENT TRACKING on OPTIN
      CLIENT TRACKINGINFO
      CLIENT TRACKING on OPTOUT
      CLIENT TRACKING on BCAST
      CLIENT CACHING no
      GET a
      2> SET a 1
      CLIENT CACHING yes
      CLIENT TRACKINGINFO
      GET a
      CLIENT TRACKINGINFO
      GET b
      2> MSET a 1 b 1
      CLIENT CACHING yes
      MULTI
      GET a
      GET b
      EXEC
      GET c
      2> MSET a 1 b 1 c 1
      CLIENT TRACKING off
      CLIENT TRACKING on OPTOUT NOLOOP
      CLIENT TRACKINGINFO
      CLIENT CACHING yes
      GET a
      CLIENT CACHING no
      CLIENT TRACKINGINFO
      GET b
      2> MSET a 2 b 2
      GET a
      SET a 3
      2> SET a 4
      CLIENT TRACKING on
      CLIENT TRACKINGINFO
      RESET
      CLIENT TRACKINGINFO
      """)
  }

  @Test func `broadcasts by prefix`() throws {
    try compare(
      """
      HELLO 3
      CLIENT TRACKING on BCAST PREFIX user: PREFIX item:
      CLIENT TRACKINGINFO
      CLIENT TRACKING on BCAST PREFIX us
      CLIENT TRACKING on BCAST PREFIX other:
      CLIENT TRACKINGINFO
      2> SET user:1 x
      2> SET nobody:1 x
      2> MSET user:2 x item:1 x user:0 x
      SET user:9 x
      2> FLUSHALL
      CLIENT TRACKING off
      2> SET user:1 x
      CLIENT TRACKING on BCAST NOLOOP
      SET mine 1
      2> SET yours 1
      """)
  }

  @Test func `messages that another connection gets, in RESP2`() throws {
    try compare(
      """
      CLIENT ID
      2> PING
      3> PING
      4> HELLO 3
      """ + "\n", sameIDs: true
    ) { ids in
      """
      SUBSCRIBE __redis__:invalidate
      2> CLIENT TRACKING on REDIRECT \(ids[0])
      2> CLIENT TRACKINGINFO
      2> CLIENT GETREDIR
      2> GET a
      3> SET a 1
      2> GET a
      2> SET a 2
      4> CLIENT TRACKING on REDIRECT \(ids[2])
      4> GET b
      3> SET b 1
      2> GET c
      3> FLUSHALL
      UNSUBSCRIBE
      2> GET a
      3> SET a 1
      """
    }
  }

  /// A script made from the clients' ids, which differ between the servers.
  private func compare(_ prelude: String, sameIDs: Bool, _ script: ([Int64]) -> String) throws {
    let real = try ServerRealServer()
    let ours = ServerTestEngine()
    var clients: [(ours: ServerTestClient, real: ServerRealClient)] = []
    var realIDs: [Int64] = []
    for _ in 0..<4 {
      let link = try real.connect()
      let client = ours.connect()
      clients.append((client, link))
      guard case .integer(let id) = try link.send(["CLIENT", "ID"]) else { return }
      realIDs.append(id)
    }
    func run(_ script: (ours: String, real: String)) throws {
      for (line, realLine) in zip(script.ours.split(separator: "\n"), script.real.split(separator: "\n")) {
        var words = QuotedArguments.split(line.utf8) ?? []
        var realWords = QuotedArguments.split(realLine.utf8) ?? []
        var client = 0
        if words[0].last == UInt8(ascii: ">"), let number = Int(String(decoding: words[0].dropLast(), as: UTF8.self)) {
          client = number - 1
          words.removeFirst()
          realWords.removeFirst()
        }
        clients[client].ours.write(RESPCommand.encode(words))
        clients[client].real.write(RESPCommand.encode(realWords))
        let isAboutIDs =
          words.contains(Array("ID".utf8)) || words.contains(Array("HELLO".utf8))
          || words.contains(Array("TRACKINGINFO".utf8)) || words.contains(Array("GETREDIR".utf8))
        for i in clients.indices {
          for expected in clients[i].ours.received() {
            let actual = try #require(try clients[i].real.next(), "client \(i + 1) after: \(line)")
            if !isAboutIDs { #expect(expected == actual, "client \(i + 1) after: \(line)") }
          }
        }
      }
    }
    try run((prelude, prelude))
    try run((script(clients.map(\.ours.session.id)), script(realIDs)))
    for i in clients.indices { #expect(try clients[i].real.next(milliseconds: 30) == nil, "client \(i + 1)") }
  }
}

struct TrackingTests {
  private let server = ServerTestEngine()

  @Test func `a redirection to a connection that is gone is said once to RESP3 and shown`() {
    let tracker = server.connect()
    let target = server.connect()
    let writer = server.connect()
    tracker.send("HELLO", "3")
    #expect(tracker.send("CLIENT", "TRACKING", "on", "REDIRECT", "\(target.session.id)") == okReply)
    tracker.send("GET", "a")
    server.engine.closeSession(target.session)
    writer.send("SET", "a", "1")
    #expect(tracker.received() == [.push([bulk("tracking-redir-broken"), .integer(target.session.id)])])
    #expect(tracker.text("CLIENT", "LIST").contains(" flags=tR "))
  }

  @Test func `no more keys are remembered than tracking-table-max-keys, and the caches are told of those forgotten`() {
    server.engine.settings.trackingKeysMax = 10
    let tracker = server.connect()
    tracker.send("HELLO", "3")
    tracker.send("CLIENT", "TRACKING", "on")
    var forgotten = 0
    for i in 0..<30 { forgotten += tracker.sendAll([Array("GET".utf8), Array("k\(i)".utf8)]).count - 1 }
    #expect(server.engine.tracking.keyCount == 10)
    #expect(forgotten == 20)
  }

  @Test func `one command that reads very many keys is held to tracking-table-max-keys as well`() {
    server.engine.settings.trackingKeysMax = 10
    let tracker = server.connect()
    tracker.send("HELLO", "3")
    tracker.send("CLIENT", "TRACKING", "on")
    let replies = tracker.sendAll([Array("MGET".utf8)] + (0..<500).map { Array("k\($0)".utf8) })
    #expect(server.engine.tracking.keyCount == 10)
    #expect(replies.count == 1 + 490)
  }

  @Test func `what waits for a client that stops tracking within EXEC goes to nobody else`() {
    let first = server.connect()
    let second = server.connect()
    for client in [first, second] {
      client.send("HELLO", "3")
      client.send("CLIENT", "TRACKING", "on")
    }
    first.send("GET", "a")
    first.send("MULTI")
    first.send("SET", "a", "1")
    first.send("CLIENT", "TRACKING", "off")
    #expect(first.send("EXEC") == .array([okReply, okReply]))
    #expect(second.sendAll([Array("GET".utf8), Array("b".utf8)]) == [.null])
  }

  @Test func `the first prefix that overlaps is named, with what it overlaps`() {
    let tracker = server.connect()
    func track(_ prefixes: String...) -> String {
      let words = ["CLIENT", "TRACKING", "on", "BCAST"] + prefixes.flatMap { ["PREFIX", $0] }
      return tracker.sendAll(words.map { Array($0.utf8) }).last?.text ?? ""
    }
    func overlap(_ prefix: String, _ which: String, _ other: String) -> String {
      "ERR Prefix '\(prefix)' overlaps with \(which) prefix '\(other)'. Prefixes for a single client must not overlap."
    }
    #expect(track("c", "ac", "b", "ab", "a") == overlap("ac", "another provided", "a"))
    #expect(track("b", "x", "x") == overlap("x", "another provided", "x"))
    #expect(track("b", "ab", "aa") == "OK")
    #expect(track("c", "d", "a", "d") == overlap("d", "another provided", "d"))
    #expect(track("c", "aaa", "a") == overlap("aaa", "an existing", "aa"))
    #expect(server.engine.tracking.prefixCount == 3)
    #expect(tracker.send("CLIENT", "TRACKING", "off") == okReply)
    #expect(track() == "OK" && track() == "OK" && tracker.session.tracking?.prefixes == [[]])
  }

  @Test(.timeLimit(.minutes(1))) func `very many prefixes, and their messages in order`() {
    let tracker = server.connect()
    let writer = server.connect()
    tracker.send("HELLO", "3")
    let prefixes = (0..<20_000).map { "p\($0 * 7919 % 20_000):" }
    let words = ["CLIENT", "TRACKING", "on", "BCAST"] + prefixes.flatMap { ["PREFIX", $0] }
    #expect(tracker.sendAll(words.map { Array($0.utf8) }) == [okReply])
    writer.write(RESPCommand.encode("MSET", "p7:a", "1", "p3:a", "1", "p100:a", "1"))
    #expect(tracker.received().map { $0.elements?[1].elements?.first } == [bulk("p100:a"), bulk("p3:a"), bulk("p7:a")])
    tracker.send("CLIENT", "TRACKING", "off")
    #expect(server.engine.tracking.prefixCount == 0)
  }

  @Test func `a connection that closes leaves nothing behind`() {
    let tracker = server.connect()
    tracker.send("CLIENT", "TRACKING", "on", "BCAST", "PREFIX", "a", "PREFIX", "b")
    #expect(server.engine.tracking.prefixCount == 2)
    server.engine.closeSession(tracker.session)
    #expect(server.engine.tracking.prefixCount == 0)
    #expect(server.engine.trackingSessionCount == 0)
  }
}
