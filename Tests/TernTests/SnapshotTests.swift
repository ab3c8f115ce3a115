import TernDrivers
import TernEngine
import TernNode
import Testing

@testable import Tern

@Suite struct SnapshotTests {
  @Test func `a snapshot stays as it was while everything changes`() throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    try node.set("s", "old", expiresIn: .milliseconds(30))
    try node.hset("h", field: "f", value: 1)
    try node.sadd("e", members: ["x"])
    try node.zadd("z", score: 2, member: "m")
    try node.rpush("l", elements: (0..<500).map { "element \($0)" })
    _ = try node.xadd("x", idSelector: .id("1-1"), data: [.init(field: "a", value: "b")])
    try node.write(database: 3) { try $0.set("other", 1) }
    let snapshot = try node.snapshot()
    try node.write { db in
      try db.set("s", "new")
      try db.hset("h", field: "g", value: 2)
      try db.lpush("l", elements: ["front"])
      try db.set("more", 1)
    }
    try node.flushall()
    while try node.ttl("s") != -2 {}
    #expect(snapshot.count == 7)
    #expect(try snapshot.get("s") == "old")
    #expect(try snapshot.hgetall("h") == ["f": "1"])
    #expect(try snapshot.zscore("z", member: "m") == 2)
    #expect(try snapshot.llen("l") == 500)
    #expect(try snapshot.lindex("l", index: 499) == "element 499")
    #expect(try snapshot.xlen("x") == 1)
    #expect(try snapshot.pfcount(keys: ["none"]) == 0)
    let other = try snapshot.read(database: 3) { try $0.get("other", as: Int.self) }
    #expect(other == 1)
    #expect(Set(snapshot.items().map(\.key)) == ["s", "h", "e", "z", "l", "x"])
    #expect(snapshot.items(matching: "[hz]").map(\.kind).count == 2)
    #expect(snapshot.items(database: 99).map(\.key).isEmpty)
    let contents = try Dictionary(uniqueKeysWithValues: snapshot.items().map { ($0.key, try $0.content) })
    #expect(contents["e"] == .set(["x"]))
    #expect(contents["z"] == .sortedSet([.init(member: "m", score: 2)]))
    #expect(snapshot.items().first { $0.key == "s" }?.expiresAtUnixMilliseconds != nil)
    #expect(code { _ = try snapshot.command("SET", "s", "x") } != nil)
    #expect(code { try snapshot.read { _ in _ = try snapshot.llen("l") } } == .reentrant)
    #expect(code { try snapshot.read(database: 16) { _ in } } == .noSuchDatabase)
    #expect(try node.count == 0)
  }

  @Test func `snapshots are read by threads while others write, and memory comes back`() async throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for i in 0..<400 { try node.hset("h\(i % 20)", field: "f\(i)", value: i) }
      for worker in 0..<2 {
        group.addTask {
          for i in 0..<2000 {
            try node.write { db in
              try db.increment("left", by: 1)
              try db.hset("h\(i % 20)", field: "f\(worker)", value: i)
              try db.increment("right", by: 1)
            }
          }
        }
        group.addTask {
          for _ in 0..<100 {
            let snapshot = try node.snapshot()
            let left = try snapshot.get("left", as: Int.self)
            let right = try snapshot.get("right", as: Int.self)
            #expect(left == right)
            let areHashes = try snapshot.items(matching: "h*").allSatisfy { try $0.content?.kind == .hash }
            #expect(areHashes)
          }
        }
      }
      try await group.waitForAll()
    }
    try node.flushall()
    // Dropped on another thread, in steps, at the node's own pace.
    var used = 1
    for _ in 0..<400 where used > 0 {
      used = node.host.withCore { $0.engine.usedBytes }
      if used > 0 { try await Task.sleep(for: .milliseconds(25)) }
    }
    #expect(used == 0)
  }
}
