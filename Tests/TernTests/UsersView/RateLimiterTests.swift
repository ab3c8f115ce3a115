import Tern
import Testing

// Written from the documentation alone: TransactionsAndSnapshots, LeadersAndFollowers.

/// So many requests in so much time, for each client: a window that slides in ten steps. On one node, exactly; `allowAnywhere` on any node of
/// a cluster, in whole windows.
struct RateLimiter: Sendable {
  let node: Node
  var limit = 100
  var window: Duration = .seconds(60)
  private let keys = Namespace("rate")

  init(_ node: Node, limit: Int, window: Duration) {
    self.node = node
    self.limit = limit
    self.window = window
  }

  /// Whether the client may go on now. `now` is in milliseconds, for tests.
  func allow(_ client: String, now: Int) throws -> Bool {
    let milliseconds = Int(window / .milliseconds(1))
    let step = max(1, milliseconds / 10)
    return try node.write { db in
      let key = keys[client]
      for field in try db.hkeys(key) where (field.as(Int.self) ?? 0) * step <= now - milliseconds { try db.hdel(key, fields: [field]) }
      let used = try db.hvals(key).reduce(0) { $0 + ($1.as(Int.self) ?? 0) }
      guard used < limit else { return false }
      try db.hincrby(key, field: now / step, increment: 1)
      db.expire(key, in: window * 2)
      return true
    }
  }

  /// The same for a cluster: two commands that belong together, run by whoever leads.
  func allowAnywhere(_ client: String, now: Int) async throws -> Bool {
    let milliseconds = Int(window / .milliseconds(1))
    let key = keys["\(client):\(now / milliseconds)"]
    let (used, _) = try await node.leader.transaction(.incr(key), .pexpire(key, milliseconds: milliseconds * 2))
    return try used.get() <= limit
  }
}

@Suite struct RateLimiterTests {
  @Test func `a client may do so much in a window, and more when it has slid on`() throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    let limiter = RateLimiter(node, limit: 5, window: .seconds(10))
    var allowed = 0
    for i in 0..<8 where try limiter.allow("ada", now: 1_000_000 + i * 10) { allowed += 1 }
    #expect(allowed == 5)
    #expect(try limiter.allow("bob", now: 1_000_080))
    #expect(try !limiter.allow("ada", now: 1_005_000))
    #expect(try limiter.allow("ada", now: 1_011_000))
  }

  @Test func `many tasks at once do not get more than the limit`() async throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    let limiter = RateLimiter(node, limit: 50, window: .seconds(10))
    for isAnywhere in [false, true] {
      let allowed = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            var allowed = 0
            for _ in 0..<20 {
              let isAllowed = isAnywhere ? try await limiter.allowAnywhere("a", now: 5_000) : try limiter.allow("b", now: 5_000)
              if isAllowed { allowed += 1 }
            }
            return allowed
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(allowed == 50)
    }
  }
}
