import Testing

@testable import TernEngine

struct ServerTransactionTests {
  private let server = ServerTestEngine()

  private func run(_ client: ServerTestClient) -> RESPValue {
    client.send("MULTI")
    client.send("PING")
    return client.send("EXEC")
  }
  private let done = RESPValue.array([.simpleString(Array("PONG".utf8))])

  @Test func `a watched key whose time runs out breaks the transaction`() {
    let client = server.connect()
    server.set("w", "1", expiry: server.now + 20)
    client.send("WATCH", "w")
    server.advance(30)
    #expect(run(client) == .null)
  }

  @Test func `a key that had expired before WATCH breaks nothing when it goes`() {
    let client = server.connect()
    let other = server.connect()
    server.set("w", "1", expiry: server.now + 20)
    server.advance(30)
    client.send("WATCH", "w")
    other.send("GET", "w")
    #expect(run(client) == done)
    // But if somebody sets it anew, that is a change.
    server.set("v", "1", expiry: server.now + 20)
    server.advance(30)
    client.send("WATCH", "v")
    other.send("SET", "v", "2")
    #expect(run(client) == .null)
  }

  @Test func `emptying a database breaks only the watches of keys that it held`() {
    let client = server.connect()
    client.send("WATCH", "missing")
    server.set("other", "1")
    server.engine.flush(0)
    #expect(run(client) == done)
    server.set("held", "1")
    client.send("WATCH", "held")
    server.engine.flush(1)
    server.engine.flush(0)
    #expect(run(client) == .null)
  }

  @Test func `a session that goes leaves no watch behind`() {
    let client = server.connect()
    client.send("WATCH", "a", "b")
    #expect(server.engine.watched.sessions.count == 2)
    server.engine.closeSession(client.session)
    #expect(server.engine.watched.sessions.isEmpty)
    #expect(server.engine.hot.pointee.watchers == 0)
  }

  @Test func `a transaction is one unit of the log, and a message names no database`() {
    server.engine.log.isActive = true
    let client = server.connect()
    client.send("PUBLISH", "c", "first")
    client.send("MULTI")
    client.send("SET", "a", "1")
    client.send("PUBLISH", "c", "m")
    client.send("EXEC")
    var expected = RESPCommand.encode("PUBLISH", "c", "first") + RESPCommand.encode("MULTI") + RESPCommand.encode("SELECT", "0")
    expected += RESPCommand.encode("SET", "a", "1") + RESPCommand.encode("PUBLISH", "c", "m") + RESPCommand.encode("EXEC")
    #expect(server.engine.log.bytes(from: 0) == expected)
  }

  @Test func `a message reaches subscribers of both protocols, also those who want no replies`() {
    let clients = (0..<4).map { _ in server.connect() }
    clients[1].send("HELLO", "3")
    for client in clients { _ = client.sendAll([Array("SUBSCRIBE".utf8), Array("c".utf8)]) }
    clients[1].session.reply.isMuted = true
    server.engine.publish(Array("m".utf8), to: Array("c".utf8))
    let parts = [bulk("message"), bulk("c"), bulk("m")]
    for (i, client) in clients.enumerated() { #expect(client.received() == [i == 1 ? .push(parts) : .array(parts)]) }
    for client in clients { server.engine.closeSession(client.session) }
    #expect(server.engine.pubsub.channelCount == 0)
  }
}
