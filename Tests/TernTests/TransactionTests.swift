import Foundation
import Tern
import TernEngine
import Testing

/// What an error's code is.
func code(_ body: () throws -> Void) -> TernError.Code? {
  do {
    try body()
    return nil
  } catch {
    return (error as? TernError)?.code
  }
}

@Suite struct TransactionTests {
  struct Refusal: Error, Equatable {}

  @Test func `a closure that throws leaves nothing behind`() throws {
    let folder = TemporaryFolder()
    let node = try Node(configuration: .init(port: 0, directory: folder.path, persistence: .appendOnly(.everySecond)))
    try node.start()
    defer { node.stop() }
    try node.set("balance:a", 100)
    try node.rpush("list", elements: ["x", "y"])
    let client = try TestClient(port: try #require(node.port))
    let offset = try client.command("INFO", "replication").text.map(replicationOffset)
    #expect(throws: Refusal()) {
      try node.write { db in
        try db.increment("balance:a", by: -500)
        try db.rpush("list", elements: ["z"])
        try db.zadd("scores", score: 1, member: "m")
        try db.flushdb()
        try db.set("new", "1")
        if try db.get("balance:a", as: Int.self) == nil { throw Refusal() }
      }
    }
    #expect(try node.get("balance:a", as: Int.self) == 100)
    #expect(try node.lrange("list", start: 0, stop: -1) == ["x", "y"])
    #expect(try node.count == 2)
    #expect(try client.command("INFO", "replication").text.map(replicationOffset) == offset)
    try node.write { db in
      try db.increment("balance:a", by: -50)
      try db.increment("balance:b", by: 50)
    }
    #expect(try client.command("MGET", "balance:a", "balance:b").elements?.map(\.text) == ["50", "50"])
  }

  private func replicationOffset(_ info: String) -> String? {
    info.split(separator: "\r\n").first { $0.hasPrefix("master_repl_offset") }.map(String.init)
  }

  @Test func `calling the node inside of its closure is an error, and the node lives on`() throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    try node.read { _ in
      #expect(code { _ = try node.get("a", as: String.self) } == .reentrant)
      #expect(code { try node.set("a", "b") } == .reentrant)
      #expect(code { try node.write { _ in } } == .reentrant)
      #expect(code { _ = try node.snapshot() } == .reentrant)
      #expect(code { _ = try node.strlen("a") } == .reentrant)
      #expect(code { _ = try node.changes() } == .reentrant)
    }
    try node.set("a", "b")
    #expect(try node.get("a") == "b")
  }

  @Test func `a node that does not run says so`() throws {
    let node = try Node()
    #expect(code { try node.set("a", "b") } == .notRunning)
    #expect(code { _ = try node.snapshot() } == .notRunning)
    try node.start()
    try node.set("a", "b")
    node.stop()
    #expect(code { _ = try node.get("a", as: String.self) } == .notRunning)
    #expect(code { try node.read { _ in } } == .notRunning)
    #expect(code { _ = try node.strlen("a") } == .notRunning)
  }

  @Test func `an optimistic transaction begins anew when what it watched has changed`() async throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    try node.set("n", 1)
    var attempts = 0
    let result = try await node.optimistic(watching: ["n"]) { snapshot in
      attempts += 1
      let seen = try snapshot.get("n", as: Int.self) ?? 0
      if attempts < 3 { try node.increment("n") }
      await Task.yield()
      return seen * 10
    } write: { db, plan in
      try db.set("n", plan)
      return plan
    }
    #expect(result == 30 && attempts == 3)
    #expect(try node.get("n") == 30)
    await #expect {
      try await node.optimistic(watching: ["n"], attempts: 2) { _ in
        try node.increment("n")
      } write: { _, _ in
      }
    } throws: {
      ($0 as? TernError)?.code == .conflict
    }
    await #expect(throws: Refusal()) {
      try await node.optimistic(watching: ["n"]) { _ in
        0
      } write: { db, _ in
        try db.set("n", "gone")
        throw Refusal()
      }
    }
    #expect(try node.get("n") == 32)
  }

  @Test func `threads that transfer money never lose any, whether they throw or not`() async throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    for account in 0..<8 { try node.set("account:\(account)", 1000) }
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          var random = TestRandom(seed: UInt64(worker))
          for _ in 0..<500 {
            let (from, to) = (Int.random(in: 0..<8, using: &random), Int.random(in: 0..<8, using: &random))
            let amount = Int.random(in: 1...900, using: &random)
            try? node.write { db in
              try db.increment("account:\(to)", by: amount)
              if try db.increment("account:\(from)", by: -amount) < 0 { throw Refusal() }
            }
          }
        }
        group.addTask {
          for _ in 0..<50 {
            let total = try? node.read { db in
              var total = 0
              for account in 0..<8 { total += try db.get("account:\(account)", as: Int.self) ?? 0 }
              return total
            }
            #expect(total == 8000)
          }
        }
      }
    }
    let total = try (0..<8).reduce(0) { try $0 + (node.get("account:\($1)", as: Int.self) ?? 0) }
    #expect(total == 8000)
  }
}
