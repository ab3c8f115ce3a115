import TernNode
import Testing

@testable import TernSimulation

@Suite struct ClusterTests {
  private func cluster(seed: UInt64, faults: FaultModel = .calm) -> World {
    let world = World(seed: seed, faults: faults)
    world.startCluster()
    return world
  }

  private func describe(_ world: World) -> Comment {
    "seed \(world.seed): \(world.divergences())\n\(world.transcript.suffix(60).joined(separator: "\n"))"
  }

  @Test func `a quiet cluster settles, counts, and is equal everywhere`() {
    let world = cluster(seed: 1)
    #expect(world.run(for: 20_000) { $0.settledPrimary?.name == "node-0" }, describe(world))
    world.run(for: 5_000)
    for client in world.clients { client.isStopped = true }
    // A keepalive may be on its way at any one moment.
    #expect(world.run(for: 10_000) { $0.divergences().isEmpty }, describe(world))
    #expect(world.clients[0].acknowledgements > 100)
    #expect(world.clients[0].unknown == 0)
  }

  @Test func `a primary that crashes is replaced, and comes back as a replica`() {
    let world = cluster(seed: 2)
    #expect(world.run(for: 20_000) { $0.settledPrimary != nil }, describe(world))
    world.crash(0)
    #expect(world.run(for: 30_000) { $0.settledPrimary.map { $0.host != 0 } ?? false }, describe(world))
    let before = world.clients[0].acknowledgements
    world.restart(0)
    #expect(world.run(for: 60_000) { $0.settledPrimary != nil && $0.nodes[0].core?.isReplica == true }, describe(world))
    world.run(for: 2_000)
    #expect(world.clients[0].acknowledgements > before, "the client found the new primary")
    for client in world.clients { client.isStopped = true }
    // A keepalive may be on its way at any one moment.
    #expect(world.run(for: 10_000) { $0.divergences().isEmpty }, describe(world))
  }

  @Test func `a primary cut off with a minority is replaced, and gives way when the network heals`() {
    let world = cluster(seed: 3)
    #expect(world.run(for: 20_000) { $0.settledPrimary != nil }, describe(world))
    let sentinel = world.sentinels[0].host
    let rest = world.processes.indices.filter { $0 != 0 && $0 != sentinel }
    world.partition([0, sentinel], from: rest)
    #expect(
      world.run(for: 40_000) { world in world.nodes.dropFirst().contains { $0.core?.isReplica == false } }, describe(world))
    world.heal()
    #expect(world.run(for: 60_000) { $0.settledPrimary.map { $0.host != 0 } ?? false }, describe(world))
    for client in world.clients { client.isStopped = true }
    // A keepalive may be on its way at any one moment.
    #expect(world.run(for: 10_000) { $0.divergences().isEmpty }, describe(world))
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `whatever crashes and is cut off, the cluster converges when all is well again`(seed: UInt64) {
    var faults = FaultModel()
    faults.crashPeriod = 6_000
    faults.partitionPeriod = 6_000
    let world = cluster(seed: 1_000 + seed, faults: faults)
    #expect(world.run(for: 20_000) { $0.settledPrimary != nil }, describe(world))
    world.sufferFaults(among: world.faultyHosts, for: 40_000)
    world.run(for: 55_000)
    world.heal()
    for host in world.faultyHosts { world.restart(host) }
    #expect(world.run(for: 180_000) { $0.settledPrimary != nil }, describe(world))
    for client in world.clients { client.isStopped = true }
    #expect(world.run(for: 10_000) { $0.divergences().isEmpty }, describe(world))
  }

  @Test func `a seed replays exactly`() {
    func transcript(_ seed: UInt64) -> [String] {
      var faults = FaultModel()
      faults.crashPeriod = 5_000
      faults.partitionPeriod = 5_000
      let world = cluster(seed: seed, faults: faults)
      world.sufferFaults(among: world.faultyHosts, for: 20_000)
      world.run(for: 40_000)
      return world.transcript
    }
    let first = transcript(77)
    #expect(first == transcript(77))
    #expect(first != transcript(78))
    #expect(first.count > 50)
  }
}
