import Foundation
import SampleSupport
import TernEngine
import Testing

/// A group that grows from three members to five, loses two, and goes on as three, with sentinels of its own and a writer that counts.
@Suite(.serialized, .timeLimit(.minutes(15))) struct MembershipTests {
  private struct Group {
    var nodes: [ServerProcess] = []
    var sentinels: [ServerProcess] = []

    static func lines(_ ports: [Int]) -> [String] {
      let members = ports.map { "127.0.0.1:\($0)" }.joined(separator: " ")
      return ["tern-durability quorum", "tern-members \(members)", "save ''", "appendonly yes", "tern-quorum-timeout 3000"]
    }

    init() async throws {
      let first = try await TestPorts.free(3)
      let ports = (0..<3).map { first + $0 }
      for port in ports { nodes.append(try await ServerProcess.start(.tern, configuration: Self.lines(ports), port: port)) }
      for _ in 0..<3 {
        sentinels.append(
          try await ServerProcess.start(
            .tern, as: .sentinel,
            configuration: [
              "sentinel monitor mymaster 127.0.0.1 \(ports[0]) 2", "sentinel down-after-milliseconds mymaster 1000",
              "sentinel failover-timeout mymaster 10000",
            ]))
      }
    }

    /// The node that leads, by what it says itself; it acknowledges writes.
    func leader(besides dead: [Int] = []) async throws -> ServerProcess {
      var found: ServerProcess?
      try await sentinels[0].wait("a leader", within: .seconds(60)) {
        for node in nodes where !dead.contains(node.port) {
          guard try await node.info()["tern_state"] == "leader", try await node.ask("SET", "probe", "1").text == "OK" else { continue }
          found = node
          return nil
        }
        return "nobody leads"
      }
      return try #require(found)
    }

    /// A new node is started, follows the leader, and is added.
    mutating func add() async throws {
      let leader = try await leader()
      let port = try await TestPorts.free(1)
      let name = "127.0.0.1:\(port)"
      let node = try await ServerProcess.start(.tern, configuration: Self.lines(nodes.map(\.port) + [port]), port: port)
      let refusal = try await leader.ask("TERN", "MEMBERS", "ADD", name).text ?? ""
      let epoch = try await leader.info()["tern_epoch"]
      #expect(refusal.contains("TERN FOLLOW \(epoch) "), "\(refusal)")
      #expect(try await node.ask("TERN", "FENCE", epoch).elements != nil)
      #expect(try await node.ask("TERN", "FOLLOW", epoch, "127.0.0.1", "\(leader.port)").text == "OK")
      try await leader.waitForInfo("tern_learners", name)
      try await leader.wait("the new member", within: .seconds(30)) {
        let reply = try await leader.ask("TERN", "MEMBERS", "ADD", name)
        return reply.text == "OK" ? nil : "\(reply)"
      }
      nodes.append(node)
    }
  }

  @Test func `three members become five, two die, and three go on without a lost write`() async throws {
    var group = try await Group()
    var written = 0
    func write(_ count: Int, to node: ServerProcess) async throws {
      let connection = try await node.connect(commandTimeout: .seconds(10))
      for _ in 0..<count {
        let reply = try await connection.command("RPUSH", "written", "\(written)")
        #expect(reply.integerValue != nil, "\(reply)")
        written += 1
      }
    }
    var leader = try await group.leader()
    try await write(50, to: leader)
    try await group.add()
    try await write(50, to: leader)
    try await group.add()
    try await write(50, to: leader)
    for node in group.nodes {
      try await node.waitForInfo("tern_members", group.nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))
      #expect(try await node.info()["tern_copies"] == "3")
    }
    #expect(try await leader.ask("TERN", "MEMBERS").elements?.count == 5)
    #expect(try await leader.ask("TERN", "MEMBERS", "REMOVE", "127.0.0.1:\(leader.port)").text?.contains("cannot be removed") == true)

    // Both of those who die are of the first three: the elections count by the members that came later.
    var dead: [Int] = []
    for _ in 0..<2 {
      dead.append(leader.port)
      try await leader.kill()
      leader = try await group.leader(besides: dead)
      try await write(50, to: leader)
    }
    for port in dead { #expect(try await leader.ask("TERN", "MEMBERS", "REMOVE", "127.0.0.1:\(port)").text == "OK") }
    let alive = group.nodes.filter { !dead.contains($0.port) }
    let names = alive.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
    for node in alive { try await node.waitForInfo("tern_members", names) }

    // Of three, one may be missing; who comes back knows the members from its files, not from its configuration.
    let other = try #require(alive.first { $0.port != leader.port })
    #expect(await other.stop() == .exited(0))
    try await write(50, to: leader)
    let version = try await leader.info()["tern_members_version"]
    let back = try await other.restarted()
    #expect(try await back.info()["tern_members"] == names)
    #expect(try await back.info()["tern_members_version"] == version)
    try await back.waitForInfo("tern_state", "follower")

    let kept = (try await leader.ask("LRANGE", "written", "0", "-1").elements ?? []).compactMap { $0.text.flatMap(Int.init) }
    #expect(kept == Array(0..<written))
    try await ServerProcess.kill(group.sentinels + alive.filter { $0.port != other.port } + [back])
  }
}
