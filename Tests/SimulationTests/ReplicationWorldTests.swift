import Foundation
import TernEngine
import TernNode
import TernReplication
import Testing

@testable import TernSimulation

/// Whole nodes in virtual time: whoever holds the same offset of the same history holds the same data, at every moment.
@Suite struct ReplicationWorldTests {
  static let seeds: Range<UInt64> = 0..<(ProcessInfo.processInfo.environment["TERN_SEEDS"].flatMap(UInt64.init) ?? 4)

  private func disagreement(_ world: World) -> String? {
    let nodes = world.nodes.filter(\.isUp)
    for (i, one) in nodes.enumerated() {
      for other in nodes[(i + 1)...] {
        guard let a = one.core, let b = other.core, a.history.replid == b.history.replid,
          a.engine.log.endOffset == b.engine.log.endOffset, a.engine.log.isActive, b.engine.log.isActive
        else { continue }
        if one.digest != other.digest { return "\(one.name) and \(other.name) differ at offset \(a.engine.log.endOffset)" }
      }
    }
    return nil
  }

  private func describe(_ world: World) -> Comment {
    "seed \(world.seed): \(world.divergences())\n\(world.transcript.suffix(60).joined(separator: "\n"))"
  }

  @Test(arguments: seeds)
  func `equal id and offset mean equal data through crashes, partitions and failovers`(seed: UInt64) {
    var faults = FaultModel()
    faults.crashPeriod = seed.isMultiple(of: 2) ? 5_000 : 0
    faults.partitionPeriod = 4_000
    let world = World(seed: 7_000 + seed, faults: faults)
    world.startCluster(nodes: 4, clients: 2) { $0.replBacklogSize = seed.isMultiple(of: 3) ? 1_000 : 1 << 20 }
    #expect(world.run(for: 20_000) { $0.settledPrimary != nil }, describe(world))
    world.sufferFaults(among: world.faultyHosts, for: 30_000)
    for _ in 0..<90 {
      world.run(for: 500)
      let problem = disagreement(world)
      #expect(problem == nil, describe(world))
      if problem != nil { return }
    }
    world.heal()
    for host in world.faultyHosts { world.restart(host) }
    #expect(world.run(for: 180_000) { $0.settledPrimary != nil }, describe(world))
    for client in world.clients { client.isStopped = true }
    #expect(world.run(for: 10_000) { $0.divergences().isEmpty }, describe(world))
    #expect(disagreement(world) == nil, describe(world))
  }

  @Test func `a calm cluster needs one full sync for each replica, and each is a first contact`() {
    let world = World(seed: 3)
    world.startCluster(nodes: 4, clients: 1)
    #expect(world.run(for: 20_000) { $0.settledPrimary != nil }, describe(world))
    world.run(for: 5_000)
    #expect(world.nodes[0].core?.primary.fullSyncReasons == [.firstContact: 3], describe(world))
    // A link that breaks is no reason for another.
    world.partition([0], from: [1])
    world.run(for: 15_000)
    world.heal()
    world.run(for: 30_000)
    let all = world.nodes.reduce(0) { $0 + ($1.core?.primary.fullSyncs ?? 0) }
    #expect(all == 3, describe(world))
  }
}
