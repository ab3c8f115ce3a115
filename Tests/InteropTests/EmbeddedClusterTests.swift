import Foundation
import SampleSupport
import TernEngine
import Testing

/// Three processes, each a node with its sentinel, and nothing else.
@Suite(.serialized, .timeLimit(.minutes(15))) struct EmbeddedClusterTests {
  private final class Trio {
    let ports: [Int]
    let settings: [String]
    var nodes: [ServerProcess] = []

    init(_ durability: String) async throws {
      let first = try await TestPorts.free(6)
      ports = Array(first..<first + 3)
      settings =
        [
          "tern-cluster mymaster", "tern-members " + ports.map { "127.0.0.1:\($0)" }.joined(separator: " "),
          "tern-sentinel-down-after 1000", "tern-sentinel-failover-timeout 5000", "save ''", "appendonly yes", "appendfsync always",
          "tern-durability \(durability)",
        ]
      nodes = try await start(ports)
    }

    private func own(_ port: Int) -> [String] { settings + ["tern-sentinel-port \(port + 3)"] }

    private func start(_ ports: [Int]) async throws -> [ServerProcess] {
      // At once, as machines that are switched on.
      try await withThrowingTaskGroup(of: ServerProcess.self) { group in
        for port in ports {
          let configuration = own(port)
          group.addTask { try await ServerProcess.start(.tern, configuration: configuration, port: port) }
        }
        var started: [ServerProcess] = []
        for try await server in group { started.append(server) }
        return started.sorted { $0.port < $1.port }
      }
    }

    func restart(_ n: Int, wiped: Bool = false) async throws {
      nodes[n] =
        wiped
        ? try await ServerProcess.start(.tern, configuration: own(ports[n]), port: ports[n]) : try await nodes[n].restarted()
    }

    /// Sentinels write to all nodes at any time, so offsets are never the same for long.
    func expectSameData() async throws {
      try await nodes[0].wait("the same data everywhere", within: .seconds(20)) {
        var digests: Set<String> = []
        for node in self.nodes { digests.insert(try await node.ask("DEBUG", "DIGEST").text ?? "") }
        return digests.count == 1 ? nil : "\(digests)"
      }
    }

    /// Everybody's sentinel names the same primary, which leads, and which the others follow; its place in the list.
    @discardableResult
    func settle(within limit: Duration = .seconds(60)) async throws -> Int {
      let running = nodes.filter(\.isRunning)
      var leader = 0
      try await running[0].wait("one leader", within: limit) {
        var named: Set<Int> = []
        for node in running {
          let reply = try await RedisConnection.connect(to: .loopback(node.port + 3)).send(
            "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster")
          named.insert(Int(reply.elements?.last?.text ?? "") ?? 0)
        }
        guard named.count == 1, let port = named.first, let at = self.ports.firstIndex(of: port), self.nodes[at].isRunning else {
          return "the sentinels name \(named)"
        }
        for node in running {
          let info = try await node.info()
          if node.port == port {
            guard info["role"] == "master", info["connected_slaves"] == "\(running.count - 1)" else { return "leader: \(info.text)" }
          } else if info["master_port"] != "\(port)" || info["master_link_status"] != "up" {
            return "\(node.port): \(info.text)"
          }
        }
        leader = at
        return nil
      }
      return leader
    }
  }

  @Test(arguments: ["async", "quorum"])
  func `three empty processes become a cluster that survives the kill of its leader, and of everybody`(durability: String) async throws {
    let trio = try await Trio(durability)
    #expect(try await trio.settle() == 0)
    let reason = durability == "async" ? "this node leads: first start, no member has data" : "first start, all members are blank"
    #expect(trio.nodes.contains { $0.log.contains(reason) })
    #expect(try await trio.nodes[0].ask("SET", "a", "1").text == "OK")
    #expect(try await trio.nodes[0].ask("WAIT", "2", "5000") == .integer(2))

    try await trio.nodes[0].kill()
    let second = try await trio.settle()
    #expect(second != 0)
    #expect(try await trio.nodes[second].ask("SET", "b", "2").text == "OK")
    try await trio.restart(0)
    #expect(try await trio.settle() == second)
    try await trio.expectSameData()

    for node in trio.nodes { try await node.kill() }
    for n in trio.nodes.indices { try await trio.restart(n) }
    let third = try await trio.settle()
    for key in ["a", "b"] { #expect(try await trio.nodes[third].ask("EXISTS", key) == .integer(1)) }
    try await ServerProcess.kill(trio.nodes)
  }

  @Test(arguments: ["async", "quorum"])
  func `a leader that comes back with an empty disk is passed by, and gets the data of the others`(durability: String) async throws {
    let trio = try await Trio(durability)
    let leader = try await trio.settle()
    #expect(try await trio.nodes[leader].ask("SET", "a", "1").text == "OK")
    #expect(try await trio.nodes[leader].ask("WAIT", "2", "5000") == .integer(2))
    try await trio.nodes[leader].kill()
    // Before anybody has missed it.
    try await trio.restart(leader, wiped: true)
    let next = try await trio.settle()
    #expect(next != leader)
    #expect(try await trio.nodes[next].ask("GET", "a").text == "1")
    try await trio.expectSameData()
    try await ServerProcess.kill(trio.nodes)
  }

  @Test(arguments: ["async", "quorum"])
  func `a machine that is replaced by an empty one of the same name follows`(durability: String) async throws {
    let trio = try await Trio(durability)
    let leader = try await trio.settle()
    let replaced = (leader + 1) % 3
    #expect(try await trio.nodes[leader].ask("SET", "a", "1").text == "OK")
    try await trio.nodes[replaced].kill()
    try await trio.restart(replaced, wiped: true)
    #expect(try await trio.settle() == leader)
    #expect(try await trio.nodes[leader].ask("GET", "a").text == "1")
    try await trio.expectSameData()
    let sentinels = try await RedisConnection.connect(to: .loopback(trio.ports[leader] + 3)).send("SENTINEL", "SENTINELS", "mymaster")
    #expect(sentinels.elements?.count == 2)
    try await ServerProcess.kill(trio.nodes)
  }

  @Test(arguments: ["async", "quorum"])
  func `a leader that is told to end hands over first`(durability: String) async throws {
    let trio = try await Trio(durability)
    let leader = try await trio.settle()
    #expect(try await trio.nodes[leader].ask("SET", "a", "1").text == "OK")
    #expect(await trio.nodes[leader].stop() == .exited(0))
    #expect(trio.nodes[leader].log.contains("The primary's role is handed over."), "\(trio.nodes[leader].log)")
    #expect(try await trio.settle() != leader)
    try await ServerProcess.kill(trio.nodes)
  }
}
