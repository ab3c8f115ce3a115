import SampleSupport
import Synchronization
import TernEngine
import Testing

/// Planned failovers of real processes, under a writer that counts.
@Suite(.serialized, .timeLimit(.minutes(15))) struct HandoverTests {
  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }

  private struct Cluster {
    var nodes: [ServerProcess] = []
    var sentinels: [ServerProcess] = []

    init(_ program: ServerProgram) async throws {
      nodes.append(try await ServerProcess.start(program, configuration: ["save ''"]))
      for _ in 0..<2 {
        nodes.append(try await ServerProcess.start(program, configuration: ["save ''", "replicaof 127.0.0.1 \(nodes[0].port)"]))
      }
      for _ in 0..<3 {
        sentinels.append(
          try await ServerProcess.start(
            .tern, as: .sentinel,
            configuration: [
              "sentinel monitor mymaster 127.0.0.1 \(nodes[0].port) 2", "sentinel down-after-milliseconds mymaster 3000",
              "sentinel failover-timeout mymaster 10000",
            ]))
      }
      try await settle()
    }

    /// All sentinels know the same primary, two replicas with a link, and each other.
    func settle() async throws {
      for sentinel in sentinels {
        try await sentinel.wait("a whole cluster", within: .seconds(60)) {
          let master = try await sentinel.ask("SENTINEL", "MASTER", "mymaster")
          let replicas = try await sentinel.ask("SENTINEL", "REPLICAS", "mymaster").elements ?? []
          let fields = HandoverTests.fields(master)
          let isWhole =
            fields["num-other-sentinels"] == "2" && fields["flags"] == "master" && replicas.count == 2
            && replicas.allSatisfy {
              HandoverTests.fields($0)["master-link-status"] == "ok" && HandoverTests.fields($0)["flags"] == "slave"
            }
          return isWhole ? nil : "\(fields) \(replicas.map(HandoverTests.fields))"
        }
      }
    }

    func primaryPort() async throws -> Int {
      let reply = try await sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster")
      return Int(reply.elements?.last?.text ?? "") ?? 0
    }
  }

  private static func fields(_ value: RESPValue) -> [String: String] {
    let words = value.elements?.map { $0.text ?? "" } ?? []
    var fields: [String: String] = [:]
    for i in stride(from: 0, to: words.count - 1, by: 2) { fields[words[i]] = words[i + 1] }
    return fields
  }

  /// Writes numbers one by one, asking for the primary when it is refused; returns those that were acknowledged.
  private func write(_ cluster: Cluster, until stop: Flag) async -> [Int] {
    var acknowledged: [Int] = []
    var connection: RedisConnection?
    var value = 0
    while !stop.isSet {
      do {
        if connection == nil {
          connection = try await RedisConnection.connect(
            to: .loopback(try await cluster.primaryPort()), password: nil, commandTimeout: .seconds(3))
        }
        value += 1
        if case .integer? = try await connection?.command("RPUSH", "written", "\(value)") {
          acknowledged.append(value)
        } else {
          connection = nil
        }
      } catch {
        connection = nil
        try? await Task.sleep(for: .milliseconds(2))
      }
    }
    return acknowledged
  }

  @Test(arguments: [(ServerProgram.tern, "COORDINATED"), (.redis, "COORDINATED"), (.tern, "SIGTERM")])
  func `a planned failover loses nothing that was acknowledged`(program: ServerProgram, way: String) async throws {
    let cluster = try await Cluster(program)
    let old = try await cluster.primaryPort()
    let oldPrimary = try #require(cluster.nodes.first { $0.port == old })
    let stop = Flag()
    async let acknowledged = write(cluster, until: stop)
    // When something throws, the writer is waited for.
    defer { stop.set() }
    try await Task.sleep(for: .milliseconds(300))
    if way == "SIGTERM" {
      #expect(await oldPrimary.stop() == .exited(0))
      #expect(oldPrimary.log.contains("The primary's role is handed over."), "\(oldPrimary.log)")
    } else {
      #expect(try await cluster.sentinels[1].ask("SENTINEL", "FAILOVER", "mymaster", way).text == "OK")
    }
    try await cluster.sentinels[0].wait("another primary", within: .seconds(20)) {
      try await cluster.primaryPort() != old ? nil : "still the old one"
    }
    try await Task.sleep(for: .milliseconds(300))
    stop.set()
    let written = await acknowledged
    let port = try await cluster.primaryPort()
    let primary = try #require(cluster.nodes.first { $0.port == port })
    let kept = Set((try await primary.ask("LRANGE", "written", "0", "-1").elements ?? []).compactMap { $0.text.flatMap(Int.init) })
    #expect(written.count > 10)
    #expect(written.filter { !kept.contains($0) } == [])
    #expect(!cluster.sentinels.contains { $0.log.contains("+sdown master mymaster 127.0.0.1 \(old)") })
    if way != "SIGTERM" { try await cluster.settle() }
    try await ServerProcess.kill(cluster.sentinels + cluster.nodes)
  }
}
