import Tern

// The Swift of the articles in Sources/Tern/Tern.docc, compiled: each block there stands here too, line by line. Some of it is run.

struct NotEnough: Error {}

struct Session: Codable, Equatable, Sendable {
  var user: String
  var hits = 0
}

struct Shop {
  func price(inStock: Int) async throws -> Double { inStock > 0 ? 9.5 : 12 }
}

enum DocumentationSnippets {
  static func start() throws -> Node {
    let node = try Node(configuration: .init(port: 6380, directory: "data", persistence: .appendOnly(.everySecond)))
    try node.start()
    return node
  }

  static func values(_ node: Node) throws {
    try node.set("user:7", "Ada")
    let name = try node.get("user:7", as: String.self) ?? "nobody"
    let visits = try node.increment("visits")
    print(name, visits)
  }

  static func keys(_ node: Node) throws {
    let sessions = Namespace("shop", "session")
    let key = sessions.key("42", holding: Session.self)
    try node.set(key, Session(user: "ada"), expiresIn: .seconds(3600))
    try node.update(key) { $0?.hits += 1 }
  }

  static func commands(_ node: Node) throws -> [Reply] {
    try node.set("greeting", value: "hello", condition: .nx, expiration: .seconds(60))
    try node.hset("user:7", data: [.init(field: "name", value: "Ada"), .init(field: "visits", value: 1)])
    try node.zadd("scores", data: [.init(score: 12, member: "ada"), .init(score: 9.5, member: "bob")])
    let names = try node.zrange("scores", start: 0, stop: -1).elements ?? []
    return names
  }

  static func transfer(_ node: Node, _ amount: Int) throws {
    try node.write { db in
      let left = try db.increment("balance:ada", by: -amount)
      guard left >= 0 else { throw NotEnough() }
      try db.increment("balance:bob", by: amount)
    }
  }

  static func order(_ node: Node, _ shop: Shop) async throws -> Double {
    let price = try await node.optimistic(watching: ["stock:7"]) { snapshot in
      try await shop.price(inStock: snapshot.get("stock:7", as: Int.self) ?? 0)
    } write: { db, price in
      try db.increment("stock:7", by: -1)
      try db.hset("order:1", field: "price", value: price)
      return price
    }
    return price
  }

  static func walk(_ node: Node) throws -> Int {
    let snapshot = try node.snapshot()
    for item in snapshot.items(matching: "user:*") {
      print(item.key, item.kind, try item.content as Any)
    }
    let total = try snapshot.zcard("scores")
    return total
  }

  static func follow(
    _ node: Node, load: (Snapshot) throws -> Void, apply: (Change) throws -> Void, save: (String) throws -> Void
  ) async throws {
    let (snapshot, changes) = try node.snapshotWithChanges(matching: "user:*")
    try load(snapshot)
    for try await change in changes {
      try apply(change)
      try save(change.position.description)
    }
  }
}
