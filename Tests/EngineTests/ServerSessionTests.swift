import Testing

@testable import TernEngine

/// What one client does to another, and what is seen of it.
struct ServerSessionTests {
  private let server = ServerTestEngine()

  @Test func `CLIENT LIST says about each connection what Redis says, field by field`() throws {
    let first = server.connect()
    let second = server.connect("10.0.0.1:77")
    first.send("CLIENT", "SETNAME", "one")
    first.send("WATCH", "k")
    first.send("MULTI")
    first.send("PING")
    server.advance(5000)
    _ = second.sendAll([Array("SUBSCRIBE".utf8), Array("c".utf8)])
    second.send("RESET")
    let lines = second.text("CLIENT", "LIST").split(separator: "\n")
    #expect(lines.count == 2)
    let keys = lines[0].split(separator: " ").map { $0.prefix { $0 != "=" } }
    let expected =
      "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp lib-name lib-ver"
    #expect(keys.map(String.init) == expected.split(separator: " ").map(String.init))
    #expect(lines[0].contains(" name=one age=5 idle=5 flags=x db=0 sub=0 psub=0 ssub=0 multi=1 "))
    #expect(lines[0].hasSuffix(" cmd=multi user=default redir=-1 resp=2 lib-name= lib-ver="))
    #expect(lines[1].contains("addr=10.0.0.1:77 laddr=127.0.0.1:6379 "))
    #expect(lines[1].contains(" cmd=client|list "))
    #expect(second.text("CLIENT", "LIST", "ID", "1").split(separator: "\n").count == 1)
  }

  @Test func `CLIENT KILL closes others at once and the caller after its reply`() {
    let caller = server.connect()
    let victim = server.connect("10.0.0.1:77")
    caller.write(RESPCommand.encode("CLIENT", "KILL", "ADDR", "10.0.0.1:77"))
    #expect(server.engine.killed.map(\.id) == [victim.session.id])
    #expect(caller.received() == [.integer(1)])
    #expect(victim.session.gates.contains(.closing))
    server.engine.closeSession(victim.session)
    #expect(caller.send("CLIENT", "KILL", "TYPE", "normal") == .integer(0))
    #expect(caller.send("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no") == .integer(1))
    #expect(caller.session.gates.contains(.closing))
    #expect(server.engine.killed.isEmpty)
  }

  @Test func `CLIENT PAUSE WRITE holds writes and publishing back, and lets reads through`() {
    let client = server.connect()
    let writer = server.connect()
    let publisher = server.connect()
    #expect(client.send("CLIENT", "PAUSE", "1000", "WRITE") == okReply)
    #expect(client.send("GET", "a") == .null)
    #expect(writer.sendAll([Array("SET".utf8), Array("a".utf8), Array("1".utf8)]).isEmpty)
    #expect(publisher.sendAll([Array("PUBLISH".utf8), Array("a".utf8), Array("1".utf8)]).isEmpty)
    #expect(client.send("GET", "a") == .null)
    #expect(client.send("CLIENT", "UNPAUSE") == okReply)
    #expect(writer.received() == [okReply])
    #expect(publisher.received() == [.integer(0)])
    #expect(client.send("GET", "a") == bulk("1"))
  }

  @Test func `a pause of the longest time there is does not overflow`() {
    #expect(server.connect().send("CLIENT", "PAUSE", "9223372036854775807") == okReply)
    #expect(server.engine.pause.nextEnd == .max)
  }

  @Test func `CLIENT UNPAUSE does not end the pause of a failover or of a shutdown`() {
    let client = server.connect()
    let writer = server.connect()
    server.engine.startPause(.failover, until: .max, allCommands: false)
    #expect(client.send("CLIENT", "PAUSE", "1000", "ALL") == okReply)
    #expect(client.sendAll([Array("GET".utf8), Array("a".utf8)]).isEmpty, "ALL holds reads back")
    let other = server.connect()
    #expect(writer.sendAll(["SET", "a", "1"].map { Array($0.utf8) }).isEmpty)
    // CLIENT's own subcommands are held by ALL as well, as in Redis: time ends that one.
    server.advance(1001)
    server.engine.endOverduePauses()
    #expect(server.engine.gates.contains(.paused) && !server.engine.pause.allCommands)
    #expect(other.send("CLIENT", "UNPAUSE") == okReply)
    #expect(writer.received().isEmpty, "still handing over")
    server.engine.endPause(.failover)
    #expect(writer.received() == [okReply])
    #expect(!server.engine.gates.contains(.paused))
    #expect(other.send("MULTI") == okReply)
    server.engine.startPause(.shutdown, until: .max, allCommands: false)
    #expect(other.send("CLIENT", "UNPAUSE") == queuedReply)
    #expect(other.send("EXEC") == .array([okReply]))
    #expect(server.engine.gates.contains(.paused))
  }

  @Test func `CLIENT UNBLOCK ends a wait with its timeout reply or with an error, and nothing else`() {
    let client = server.connect()
    let waiting = server.connect()
    let id = String(waiting.session.id)
    let engine = server.engine
    #expect(client.send("CLIENT", "UNBLOCK", id) == .integer(0))
    engine.block(waiting.session, .wait(offset: 1, local: nil, replicas: 1, deadline: nil))
    #expect(client.send("CLIENT", "UNBLOCK", id, "ERROR") == .integer(1))
    #expect(waiting.received() == [errorReply("UNBLOCKED client unblocked via CLIENT UNBLOCK")])
    engine.block(waiting.session, .wait(offset: 1, local: nil, replicas: 1, deadline: nil))
    engine.replyOnTimeout = { session, _ in session.reply.integer(7) }
    #expect(client.send("CLIENT", "UNBLOCK", id) == .integer(1))
    #expect(waiting.received() == [.integer(7)])
    engine.block(waiting.session, .host("save"))
    #expect(client.send("CLIENT", "UNBLOCK", id) == .integer(0))
  }

  @Test func `MONITOR shows commands after their replies, without passwords and without an administrator's`() {
    let monitor = server.connect()
    let client = server.connect("1.2.3.4:5")
    #expect(monitor.send("MONITOR") == okReply)
    client.send("SET", "a", "x\n\"")
    client.send("AUTH", "default", "secret")
    client.send("HELLO", "3", "AUTH", "default", "secret", "SETNAME", "n")
    client.send("CLIENT", "LIST")
    client.send("MULTI")
    client.send("GET", "a")
    client.send("EXEC")
    let lines = monitor.received().compactMap(\.text).map { $0.split(separator: "]").last.map(String.init) ?? "" }
    #expect(
      lines == [
        #" "SET" "a" "x\n\"""#, #" "AUTH" "(redacted)" "(redacted)""#, #" "HELLO" "3" "AUTH" "(redacted)" "(redacted)" "SETNAME" "n""#,
        #" "MULTI""#, #" "GET" "a""#, #" "EXEC""#,
      ])
    #expect(monitor.send("GET", "a") == errorReply("ERR Replica can't interact with the keyspace"))
    monitor.send("RESET")
    client.send("PING")
    #expect(monitor.received().isEmpty)
    #expect(!server.engine.gates.contains(.monitors))
  }

  @Test func `the slow log keeps the latest entries, cut short, without passwords`() {
    server.engine.settings.slowlogMicroseconds = 0
    server.engine.settings.slowlogLengthMax = 3
    let client = server.connect("1.2.3.4:5")
    server.engine.gates.insert(.timed)
    client.send("CLIENT", "SETNAME", "n")
    client.send("AUTH", "default", "secret")
    _ = client.sendAll([Array("ECHO".utf8), [UInt8](repeating: 120, count: 200)])
    let entries = client.send("SLOWLOG", "GET").elements ?? []
    #expect(entries.count == 3)
    #expect(entries[0].elements?[3].elements?.last == bulk(String(repeating: "x", count: 128) + "... (72 more bytes)"))
    #expect(entries[1].elements?[3] == .array([bulk("AUTH"), bulk("(redacted)"), bulk("(redacted)")]))
    #expect(entries[0].elements?[4] == bulk("1.2.3.4:5"))
    #expect(entries[0].elements?[5] == bulk("n"))
    #expect(client.send("SLOWLOG", "GET", "1").elements?.count == 1)
    #expect(client.send("SLOWLOG", "RESET") == okReply)
  }

  @Test func `the slow log shows the latest entries, newest first, after every one`() {
    server.engine.settings.slowlogMicroseconds = 0
    server.engine.settings.slowlogLengthMax = 5
    let client = server.connect()
    server.engine.gates.insert(.timed)
    for i in 0..<23 {
      client.send("ECHO", "\(i)")
      let shown = server.engine.slowlog.items.map { String(decoding: $0.arguments[1], as: UTF8.self) }
      #expect(shown == (max(0, i - 4)...i).reversed().map(String.init))
    }
    server.engine.slowlog.trim(to: 2)
    server.engine.slowlog.trim(to: 5)
    #expect(server.engine.slowlog.items.map(\.id) == [22, 21])
    server.engine.slowlog.trim(to: 0)
    #expect(server.engine.slowlog.items.isEmpty)
  }

  @Test func `CLIENT LIST ID shows those asked for in that order, and no loader`() {
    let clients = [server.connect("1.1.1.1:1"), server.connect("2.2.2.2:2"), server.connect("3.3.3.3:3")]
    clients[2].session.gates.insert(.loader)
    let ids = [1, 0, 2, 1].map { "\(clients[$0].session.id)" }
    let replies = clients[0].sendAll((["CLIENT", "LIST", "ID", "99999"] + ids).map { Array($0.utf8) })
    let lines = (replies.first?.text ?? "").split(separator: "\n")
    #expect(lines.map { $0.split(separator: " ")[1] } == ["addr=2.2.2.2:2", "addr=1.1.1.1:1", "addr=2.2.2.2:2"])
  }

  @Test func `messages by pattern come in the order of the patterns' first subscribers, whatever left in between`() {
    let listener = server.connect()
    let publisher = server.connect()
    func words(_ command: String, _ count: Range<Int>, _ isChosen: (Int) -> Bool) -> [[UInt8]] {
      [Array(command.utf8)] + count.filter(isChosen).map { Array((String(repeating: "*", count: $0 + 1)).utf8) }
    }
    _ = listener.sendAll(words("PSUBSCRIBE", 0..<40) { _ in true })
    _ = listener.sendAll(words("PUNSUBSCRIBE", 0..<40) { $0 % 3 != 0 })
    _ = listener.sendAll(words("PSUBSCRIBE", 0..<6) { $0 % 3 != 0 })
    let expected = Array(stride(from: 0, to: 40, by: 3)) + [1, 2, 4, 5]
    #expect(server.engine.pubsub.patternCount == expected.count)
    #expect(publisher.send("PUBLISH", "c", "m") == .integer(Int64(expected.count)))
    #expect(listener.received().map { ($0.elements?[1].text?.count ?? 0) - 1 } == expected)
    _ = listener.sendAll([Array("PUNSUBSCRIBE".utf8)])
    #expect(server.engine.pubsub.patternCount == 0)
    #expect(publisher.send("PUBLISH", "c", "m") == .integer(0))
  }

  @Test(.timeLimit(.minutes(1))) func `very many watched keys, and one of them changes`() {
    let client = server.connect()
    let names = (0..<50_000).map { Array("k\($0)".utf8) }
    #expect(client.sendAll([Array("WATCH".utf8)] + names) == [okReply])
    #expect(client.session.transaction.watchCount == 50_000)
    server.set("k49999", "x")
    client.send("MULTI")
    #expect(client.send("EXEC") == .null)
    #expect(client.session.transaction.watchCount == 0)
  }

  @Test func `DEBUG SLEEP is the host's, which may block the session until it is over`() {
    let client = server.connect()
    server.engine.settings.debugCommand = .local
    #expect(client.text("DEBUG", "SLEEP", "0.5").hasPrefix("ERR DEBUG SLEEP is not available"))
    server.engine.settings.debugSleep = { engine, session, microseconds in
      #expect(microseconds == 500_000)
      engine.block(session, .host("debug sleep"))
    }
    #expect(client.sendAll([Array("DEBUG".utf8), Array("SLEEP".utf8), Array("0.5".utf8)]).isEmpty)
    #expect(client.session.gates.contains(.blocked))
    server.engine.unblock(client.session) { $0.ok() }
    #expect(client.received() == [okReply])
    #expect(server.connect("8.8.8.8:1").text("DEBUG", "SLEEP", "0").hasPrefix("ERR DEBUG command not allowed."))
  }

  @Test func `what is not supported says so`() {
    let client = server.connect()
    #expect(client.text("ACL", "SETUSER", "x", "on").contains("not supported"))
    #expect(client.send("CLIENT", "SETINFO", "LIB-NAME", "lib") == okReply)
    #expect(client.session.libraryName == Array("lib".utf8))
    #expect(client.send("CLIENT", "NO-TOUCH", "on") == okReply)
    #expect(client.send("ACL", "GENPASS", "5").text?.count == 2)
    #expect(client.send("ACL", "GENPASS").text?.count == 64)
  }
}
