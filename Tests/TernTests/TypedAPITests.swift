import Tern
import TernEngine
import Testing

@Suite struct TypedAPITests {
  private struct Session: Codable, Equatable {
    var user: String
    var hits: Int
  }

  private func withNode(_ body: (Node) throws -> Void) throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    try body(node)
  }

  @Test func `commands have the names and labels of valkey-swift, in closures and as one-liners`() throws {
    try withNode { node in
      try node.set("s", value: "1", condition: .nx, expiration: .seconds(100))
      #expect(try node.set("s", value: "2", condition: .nx) == nil)
      #expect(try node.incrby("s", increment: 4) == 5)
      #expect(try node.mget(keys: ["s", "absent"]) == ["5", nil])
      try node.mset(data: [.init(key: "a", value: 1), .init(key: "b", value: "two")])
      #expect(try node.hset("h", data: [.init(field: "x", value: 1), .init(field: "y", value: 2.5)]) == 2)
      #expect(try node.hgetall("h") == ["x": "1", "y": "2.5"])
      #expect(try node.hget("h", field: "y", as: Double.self) == 2.5)
      #expect(try node.zadd("z", data: [.init(score: 2, member: "b"), .init(score: 1, member: "a")]).integer == 2)
      #expect(try node.zrange("z", start: 0, stop: -1)[0].string == "a")
      #expect(try node.zscore("z", member: "b") == 2)
      #expect(try node.sadd("e", members: ["p", "q"]) == 2)
      #expect(try node.sismember("e", member: "p") == 1)
      #expect(try node.lpush("l", elements: ["1", "2"]) == 2)
      #expect(try node.popLast("l", as: Int.self) == 1)
      #expect(try node.xadd("x", idSelector: .id("5-1"), data: [.init(field: "f", value: "v")]) == "5-1")
      #expect(try node.content(of: "x") == .stream([.init(id: "5-1", fields: [.init(name: "f", value: "v")])]))
      #expect(try node.del(keys: ["a", "b", "c"]) == 2)
      #expect(try node.type("z") == "zset")
      #expect(try node.objectEncoding("e") == "listpack")
      try node.write { db in
        let (count, taken, left) = try (db.incr("n"), db.getdel("n"), db.exists(keys: ["n", "s"]))
        #expect(count == 1 && taken == "1" && left == 1)
      }
      try node.read { db in
        let (length, reply) = try (db.llen("l"), db.command("GET", "s"))
        #expect(length == 1 && reply.string == "5")
        #expect(code { _ = try db.command("SET", "s", "x") } == .readOnly)
      }
      for words in [["SELECT", "1"], ["MULTI"], ["SUBSCRIBE", "c"], ["SHUTDOWN"], ["NOSUCH"], ["CLIENT", "ID"]] {
        #expect(code { _ = try node.command(words[0], words.count > 1 ? words[1] : "") } == .other, "\(words)")
      }
      #expect(code { _ = try node.del(keys: [String]()) } == .other)
      #expect(code { _ = try node.lpush("l", elements: [String]()) } == .other)
      #expect(code { _ = try node.llen("s") } == .wrongType)
      #expect(code { _ = try node.zadd("z", score: .nan, member: "m") } == .other)
    }
  }

  @Test func `keys and values are any bytes`() throws {
    try withNode { node in
      for bytes in [[], [0], [13, 10], [255, 254, 0], Array(repeating: 7, count: 100_000)] as [[UInt8]] {
        try node.set(bytes, bytes)
        #expect(try node.get(bytes) == bytes)
        #expect(try node.strlen(bytes) == bytes.count)
        try node.hset("h", field: bytes, value: bytes)
        #expect(try node.hget("h", field: bytes) == bytes)
        try node.write { db in
          let count = try db.append(bytes, value: "x")
          #expect(count == bytes.count + 1)
          db.delete(bytes)
        }
      }
    }
  }

  @Test func `typed keys hold Codable values, and namespaces keep them apart`() throws {
    try withNode { node in
      let sessions = Namespace("shop", "session")
      let key = sessions.key("42", holding: Session.self)
      #expect(key.description == "shop:session:42")
      #expect(try node.get(key) == nil)
      try node.set(key, Session(user: "ada", hits: 1), expiresIn: .seconds(60))
      #expect(try node.get("shop:session:42", as: String.self) == #"{"hits":1,"user":"ada"}"#)
      try node.update(key) { $0?.hits += 1 }
      #expect(try node.get(key) == Session(user: "ada", hits: 2))
      try node.write { db in
        let other: Key<Session> = "shop:session:\(43)"
        try db.set(other, Session(user: "bob", hits: 0))
        #expect(try db.get(other)?.user == "bob")
      }
      let names = try Set(node.keys(pattern: sessions.pattern))
      #expect(names == ["shop:session:42", "shop:session:43"])
      try node.set("shop:session:44", "no JSON")
      #expect(code { _ = try node.get(sessions.key("44", holding: Session.self)) } == .notConvertible)
      try node.update(key) { $0 = nil }
      #expect(try !node.exists(key))
    }
  }

  @Test func `blocking commands wait asynchronously, end in time, and can be cancelled`() async throws {
    let node = try Node(configuration: .init(port: 0))
    try node.start()
    let waiting = Task { try await node.blpop(keys: ["jobs"], timeout: 20) }
    while try node.command("INFO", "clients").string?.contains("blocked_clients:1") == false { await Task.yield() }
    try node.rpush("jobs", elements: ["a"])
    #expect(try await waiting.value[1].string == "a")
    #expect(try await node.bzpopmin(keys: ["none"], timeout: 0.05).isNull)
    try node.rpush("jobs", elements: ["b"])
    #expect(try await node.blpop(keys: ["jobs"], timeout: 0)[1].string == "b")
    let cancelled = Task { try await node.blpop(keys: ["jobs"], timeout: 0) }
    while try node.command("INFO", "clients").string?.contains("blocked_clients:1") == false { await Task.yield() }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    while try node.command("INFO", "clients").string?.contains("blocked_clients:0") == false { await Task.yield() }
    try node.rpush("jobs", elements: ["kept"])
    #expect(try node.llen("jobs") == 1)
    let stopped = Task { try await node.blpop(keys: ["others"], timeout: 0) }
    while try node.command("INFO", "clients").string?.contains("blocked_clients:1") == false { await Task.yield() }
    node.stop()
    await #expect { try await stopped.value } throws: { ($0 as? TernError)?.code == .notRunning }
  }
}
