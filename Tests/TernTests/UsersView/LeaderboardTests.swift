import Tern
import Testing

// Written from the documentation alone: TypedCommands, TransactionsAndSnapshots, LeadersAndFollowers.

/// The best players of a game. Points are added on whichever node; what is shown comes from here.
struct Leaderboard: Sendable {
  struct Entry: Equatable, Sendable {
    var rank: Int
    var player: String
    var points: Double
  }

  let node: Node
  private let key: Bytes = "leaderboard"

  init(_ node: Node) { self.node = node }

  /// Returns the player's sum, and a token for those who want to see it on another node.
  @discardableResult
  func add(_ points: Double, to player: String) async throws -> (sum: Double, token: ConsistencyToken) {
    let (sum, token) = try await node.leader.runWithToken(.zincrby(key, increment: points, member: player))
    return (sum, token)
  }

  func top(_ count: Int, after token: ConsistencyToken? = nil) async throws -> [Entry] {
    try await node.read(token.map { .after($0) } ?? .local) { db in
      let reply = try db.zrange(key, start: 0, stop: count - 1, rev: true, withscores: true)
      return (reply.elements ?? []).enumerated().compactMap { i, pair in
        guard let player = pair[0].string, let points = pair[1].double else { return nil }
        return Entry(rank: i + 1, player: player, points: points)
      }
    }
  }

  /// 1 for the best; nil for who has no points.
  func rank(of player: String) throws -> Int? { try node.zrevrank(key, member: player).integer.map { $0 + 1 } }
}

@Suite struct LeaderboardTests {
  @Test func `players are ranked by their points`() async throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    let board = Leaderboard(node)
    try await board.add(10, to: "ada")
    try await board.add(7.5, to: "bob")
    #expect(try await board.add(4, to: "bob").sum == 11.5)
    try await board.add(1, to: "eve")
    #expect(try await board.top(2) == [.init(rank: 1, player: "bob", points: 11.5), .init(rank: 2, player: "ada", points: 10)])
    #expect(try board.rank(of: "eve") == 3 && board.rank(of: "nobody") == nil)
  }

  @Test func `points that were added on one node are seen on another`() async throws {
    let primary = try Node(configuration: .init(port: 0, text: "repl-diskless-sync-delay 0"))
    try primary.start()
    defer { primary.stop() }
    let replica = try Node(configuration: .init(replicaOf: .init(host: "127.0.0.1", port: try #require(primary.port))))
    try replica.start()
    defer { replica.stop() }
    let (here, there) = (Leaderboard(primary), Leaderboard(replica))
    for i in 1...10 {
      let (_, token) = try await (i.isMultiple(of: 2) ? here : there).add(1, to: "ada")
      #expect(try await there.top(1, after: token) == [.init(rank: 1, player: "ada", points: Double(i))])
    }
  }
}
