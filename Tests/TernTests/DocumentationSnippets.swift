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

  static func lead(_ node: Node) async throws -> Int {
    let visits = try await node.leader.incr("visits")
    try await node.leader.set("user:7", "Ada", expiresIn: .seconds(3600))
    return visits
  }

  static func declare(_ node: Node) async throws {
    let (ada, bob) = try await node.leader.transaction(
      .decrby("balance:ada", decrement: 5), .incrby("balance:bob", increment: 5))
    print(try ada.get(), try bob.get())
  }

  static func freshness(_ node: Node) async throws -> [Int] {
    let (sum, token) = try await node.leader.runWithToken(.incr("visits"))
    let seen = try await node.read(.after(token)) { db in try db.get("visits", as: Int.self) ?? 0 }
    let newest = try await node.read(.leader) { db in try db.get("visits", as: Int.self) ?? 0 }
    let recent = try await node.read(.atMost(behind: .seconds(1))) { db in db.count }
    return [sum, seen, newest, recent]
  }

  static func turn(_ node: Node, work: () async throws -> Void) async throws {
    for await role in node.roles where role == .primary {
      try await work()
    }
  }

  static func configure() throws -> Node.Configuration {
    var configuration = try Node.Configuration(environment: ["TERN_PORT": "6380", "TERN_DIRECTORY": "data", "TERN_PERSISTENCE": "everysec"])
    configuration.text = "maxmemory 256mb"
    return configuration
  }
}
