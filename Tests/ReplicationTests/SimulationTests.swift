import Foundation
import Testing

@testable import TernReplication

/// The primary's and the replica's machine in virtual time. A few seeds here; `Benchmarks/simulate-replication.sh` sets TERN_SEEDS to run thousands.
@Suite struct ReplicationSimulationTests {
  static let seeds: Range<UInt64> = 0..<(ProcessInfo.processInfo.environment["TERN_SEEDS"].flatMap(UInt64.init) ?? 12)

  /// All nodes that share an id hold the same bytes, as far as both have any.
  static func disagreement(_ world: VirtualNodes) -> String? {
    for (number, node) in world.nodes.enumerated() {
      for (other, peer) in world.nodes.enumerated() where other > number && peer.history.replid == node.history.replid {
        let shared = min(node.data.count, peer.data.count)
        if node.data[..<shared] != peer.data[..<shared] { return "nodes \(number) and \(other) differ within their first \(shared) bytes" }
      }
    }
    return nil
  }

  @Test(arguments: seeds)
  func `cuts, stalls, one-way silence, rewrites and role changes end in equal data, and every full sync's reason is true`(_ seed: UInt64) {
    let world = VirtualNodes(
      seed: seed, count: 3 + Int(seed % 3), backlogBytes: [500, 3000, 20_000][Int(seed % 3)], disklessSync: !seed.isMultiple(of: 4))
    for node in world.nodes.indices { world.nodes[node].primary.configuration.concurrentFullSyncsMax = 1 + Int(seed % 3) }
    world.follow(leader: 0)
    world.faults = .init(
      cutsPerMille: 10, refusalsPerMille: 150, failoversPerMille: seed.isMultiple(of: 2) ? 3 : 0,
      readBytesMax: [7, 300, 1500][Int(seed / 3 % 3)],
      hasDisk: seed % 5 != 0, rewritesPerMille: 4, stallsPerMille: 20)
    for step in 0..<1500 {
      world.step(writes: true)
      if step.isMultiple(of: 50) { #expect(Self.disagreement(world) == nil, "seed \(seed), step \(step)") }
      for node in world.nodes {
        let machine = node.primary
        let running = machine.replicas.count { $0.group != nil }
        #expect(running <= machine.configuration.concurrentFullSyncsMax, "seed \(seed), step \(step)")
      }
    }
    #expect(BackToBackTests.settle(world) == nil, "seed \(seed)")
    #expect(Self.disagreement(world) == nil, "seed \(seed)")
    #expect(world.nodes.allSatisfy { $0.snapshots.isEmpty }, "a snapshot leaks, seed \(seed)")
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `with the log on disk, a replica that was away for long comes back without a full sync`(_ seed: UInt64) {
    let world = VirtualNodes(seed: seed, count: 2, backlogBytes: 300, disklessSync: true)
    world.faults = .init(readBytesMax: 900, hasDisk: true, rewritesPerMille: 0)
    world.follow(leader: 0)
    while !world.nodes[1].replica.isConnected, world.now < 20_000 { world.step(writes: true) }
    for _ in 0..<8 {
      world.faults.refusalsPerMille = 1000
      for connection in world.connections { world.cut(connection.id, tellClient: true, tellServer: true) }
      for _ in 0..<150 { world.step(writes: true) }
      world.faults.refusalsPerMille = 0
      for _ in 0..<150 { world.step(writes: true) }
    }
    #expect(BackToBackTests.settle(world) == nil)
    #expect(world.nodes[1].fullSyncsReceived == 1)
    #expect(world.nodes[0].primary.partialSyncsFromDisk >= 8)
    #expect(world.diskBytes > 10_000)
    // It came with the id that every node has from its start.
    #expect(world.reasons == [.unknownID: 1])
  }

  @Test func `a full sync without need is found`() {
    let world = VirtualNodes(seed: 5, count: 2, backlogBytes: 300, disklessSync: true)
    world.faults = .init(readBytesMax: 900, hasDisk: true, rewritesPerMille: 0, forgetsDisk: true)
    world.follow(leader: 0)
    while !world.nodes[1].replica.isConnected, world.now < 20_000 { world.step(writes: true) }
    world.faults.refusalsPerMille = 1000
    for connection in world.connections { world.cut(connection.id, tellClient: true, tellServer: true) }
    for _ in 0..<200 { world.step(writes: true) }
    world.faults.refusalsPerMille = 0
    #expect(BackToBackTests.settle(world)?.contains("a full sync for a reason that is not true: offsetTooOld") == true)
  }
}
