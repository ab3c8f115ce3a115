import Tern
import Testing

// Written from the documentation alone: GettingStarted, TypedCommands, ChoosingDurability.

/// Sessions of a web service: looked up with each request, extended when they are used, gone when they are not.
struct SessionCache: Sendable {
  struct Session: Codable, Equatable, Sendable {
    var user: String
    var roles: [String]
  }

  let node: Node
  var lifetime: Duration = .seconds(1800)
  private let sessions = Namespace("web", "session")
  private let users = Namespace("web", "sessions-of")

  init(_ node: Node) { self.node = node }

  /// Returns the new session's id.
  func begin(_ session: Session) throws -> String {
    let id = String(UInt64.random(in: .min ... .max), radix: 36)
    let lifetime = self.lifetime
    try node.write { db in
      try db.set(sessions.key(id), session, expiresIn: lifetime)
      try db.sadd(users[session.user], members: [id])
    }
    return id
  }

  /// Nil if there is none, or if it is over. Using it makes it last.
  func use(_ id: String) throws -> Session? {
    let key = sessions.key(id, holding: Session.self)
    guard let session = try node.get(key) else { return nil }
    try node.expire(key, in: lifetime)
    return session
  }

  /// Signs a user out everywhere. Returns how many sessions that were.
  @discardableResult
  func endAll(of user: String) throws -> Int {
    try node.write { db in
      var ended = 0
      for id in try db.smembers(users[user]) where db.delete(sessions[id]) { ended += 1 }
      db.delete(users[user])
      return ended
    }
  }
}

@Suite struct SessionCacheTests {
  private func withCache(_ body: (inout SessionCache) throws -> Void) throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    var cache = SessionCache(node)
    try body(&cache)
  }

  @Test func `a session is there until its user signs out`() throws {
    try withCache { cache in
      let ada = SessionCache.Session(user: "ada", roles: ["admin"])
      let ids = try [cache.begin(ada), cache.begin(ada), cache.begin(.init(user: "bob", roles: []))]
      #expect(try cache.use(ids[0]) == ada && cache.use(ids[2])?.user == "bob")
      #expect(try cache.endAll(of: "ada") == 2)
      #expect(try cache.use(ids[0]) == nil && cache.use(ids[1]) == nil && cache.use(ids[2]) != nil)
    }
  }

  @Test func `a session ends by itself, and later if it is used`() throws {
    try withCache { cache in
      cache.lifetime = .milliseconds(1)
      let id = try cache.begin(.init(user: "ada", roles: []))
      let clock = ContinuousClock()
      let end = clock.now + .milliseconds(20)
      while clock.now < end {}
      #expect(try cache.use(id) == nil)
      cache.lifetime = .seconds(60)
      let used = try cache.begin(.init(user: "ada", roles: []))
      cache.lifetime = .seconds(3600)
      _ = try cache.use(used)
      let left = try cache.node.ttl(Namespace("web", "session")[used])
      #expect(left > 3000)
    }
  }
}
