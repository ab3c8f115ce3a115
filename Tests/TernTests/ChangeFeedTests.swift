import Foundation
import Tern
import TernEngine
import Testing

@Suite struct ChangeFeedTests {
  private func makeNode(_ configure: (inout Node.Configuration) -> Void = { _ in }) throws -> Node {
    var configuration = Node.Configuration(port: 0)
    configure(&configuration)
    let node = try Node(configuration: configuration)
    try node.start()
    return node
  }

  private func take(_ count: Int, _ changes: Changes) async throws -> [Change] {
    var taken: [Change] = []
    for try await change in changes {
      taken.append(change)
      if taken.count == count { break }
    }
    return taken
  }

  @Test func `changes come in order, exactly once, from wherever one stopped`() async throws {
    let node = try makeNode()
    defer { node.stop() }
    let changes = try node.changes(matching: "k*")
    let client = try TestClient(port: try #require(node.port))
    try node.set("k1", "a")
    try node.set("other", "b")
    _ = try client.command("SELECT", "2")
    _ = try client.command("MSET", "k2", "1", "k3", "2", "x", "3")
    try node.write { db in
      try db.increment("k4")
      try db.increment("ignored")
      try db.rpush("k5", elements: ["1"])
      db.delete("k1")
    }
    _ = try client.command("PUBLISH", "k", "no change")
    try node.expire("k4", in: .seconds(100))
    try node.write { $0.removeAll() }
    let all = try await take(8, changes)
    #expect(
      all.map { "\($0.database) \($0.command) \($0.key?.description ?? "-")" } == [
        "0 SET k1", "2 MSET k2", "2 MSET k3", "0 INCRBY k4", "0 RPUSH k5", "0 DEL k1", "0 PEXPIREAT k4", "0 FLUSHDB -",
      ])
    // From behind each of them, also in the midst of a transaction; positions survive as text.
    for i in 0..<7 {
      let position = try #require(ChangePosition(all[i].position.description))
      let rest = try await take(7 - i, node.changes(matching: "k*", from: position))
      #expect(rest.map(\.position) == all[(i + 1)...].map(\.position), "from \(i)")
      #expect(rest.map(\.arguments) == all[(i + 1)...].map(\.arguments))
    }
  }

  @Test func `what is undone is no change`() async throws {
    let node = try makeNode()
    defer { node.stop() }
    let changes = try node.changes()
    struct Undo: Error {}
    #expect(throws: Undo.self) {
      try node.write { db in
        try db.set("a", 1)
        throw Undo()
      }
    }
    try node.set("b", 2)
    #expect(try await take(1, changes).map(\.key) == ["b"])
  }

  @Test func `old and new values are those around each change`() async throws {
    let node = try makeNode()
    defer { node.stop() }
    try node.set("n", 5)
    try node.hset("h", field: "a", value: 1)
    try node.rpush("l", elements: ["x", "y"])
    let (snapshot, changes) = try node.snapshotWithChanges(values: true)
    try node.increment("n")
    try node.write { db in
      try db.hset("h", field: "b", value: 2)
      try db.hset("h", field: "a", value: 3)
      try db.rename("l", newkey: "m")
    }
    try node.del(keys: ["n"])
    try node.flushall()
    try node.set("n", "again")
    let all = try await take(8, changes)
    #expect(all[0].oldValue == .string("5") && all[0].newValue == .string("6"))
    #expect(all[1].oldValue == .hash([.init(name: "a", value: "1")]))
    #expect(all[2].oldValue == all[1].newValue)
    #expect(all[3].key == "l" && all[3].oldValue == .list(["x", "y"]) && all[3].newValue == nil)
    #expect(all[4].key == "m" && all[4].oldValue == nil && all[4].newValue == .list(["x", "y"]))
    #expect(all[5].oldValue == .string("6") && all[5].newValue == nil)
    #expect(all[6].key == nil)
    #expect(all[7].oldValue == nil && all[7].newValue == .string("again"))
    #expect(try snapshot.get("n") == 5)
  }

  @Test func `a consumer that is too slow is told so, and nobody waits for it`() async throws {
    let node = try makeNode { $0.changeLogBytes = 100_000 }
    defer { node.stop() }
    let changes = try node.changes()
    try node.set("a", 1)
    let first = try await take(1, changes)[0]
    for i in 0..<400 { try node.set("k", String(repeating: "v\(i)", count: 3000)) }
    // The log is trimmed by the tick.
    var failure: TernError.Code?
    for _ in 0..<200 where failure == nil {
      failure = code { _ = try node.changes(from: first.position) }
      if failure == nil { try await Task.sleep(for: .milliseconds(10)) }
    }
    #expect(failure == .tooOld)
    await #expect { try await take(1000, changes) } throws: { ($0 as? TernError)?.code == .tooOld }
    #expect(code { _ = try node.changes(from: ChangePosition("\(String(repeating: "a", count: 40)):0:0:0")) } == .tooOld)
    #expect(code { _ = try node.changes(from: ChangePosition("\(String(repeating: "a", count: 40)):\(Int64.max):0:0")) } == .tooOld)
    #expect(ChangePosition("a:b:c") == nil && ChangePosition("a:-1:0:0") == nil)
  }

  @Test func `a feed ends with its task, and with its node`() async throws {
    let node = try makeNode()
    let changes = try node.changes()
    let task = Task { try await take(1, changes) }
    try await Task.sleep(for: .milliseconds(20))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let last = Task { try await take(1, node.changes()) }
    try await Task.sleep(for: .milliseconds(20))
    node.stop()
    #expect(try await last.value.isEmpty)
  }

  @Test func `a replica has the same feed, and it goes on when the replica is promoted`() async throws {
    let primary = try makeNode { $0.text = "repl-diskless-sync-delay 0" }
    try primary.set("before", 1)
    let port = try #require(primary.port)
    let replica = try makeNode { $0.replicaOf = .init(host: "127.0.0.1", port: port) }
    defer { replica.stop() }
    for _ in 0..<2000 where try !replica.exists("before") { try await Task.sleep(for: .milliseconds(5)) }
    let here = try primary.changes()
    let there = try replica.changes()
    for i in 0..<50 {
      try primary.write { db in
        try db.set("k\(i)", i)
        try db.increment("sum", by: i)
      }
    }
    let a = try await take(100, here)
    let b = try await take(100, there)
    #expect(a.map(\.arguments) == b.map(\.arguments) && a.map(\.position) == b.map(\.position))
    primary.stop()
    let client = try TestClient(port: try #require(replica.port))
    #expect(try client.command("REPLICAOF", "NO", "ONE").text == "OK")
    try replica.set("after", 1)
    // Where the old primary's consumer stopped, the new primary's goes on.
    let rest = try await take(51, replica.changes(from: a[49].position))
    #expect(rest.prefix(50).map(\.arguments) == a[50...].map(\.arguments))
    #expect(rest.last?.key == "after")
  }
}
