import Testing

@testable import TernSimulation

@Suite struct WorkloadTests {
  private func cluster(seed: UInt64, faults: FaultModel = .calm, writers: Int = 3) -> World {
    let world = World(seed: seed, faults: faults)
    world.startCluster(clients: 0)
    world.startWorkload(clients: writers)
    return world
  }

  private func describe(_ world: World) -> Comment {
    "seed \(world.seed): \(world.divergences())\n\(world.transcript.suffix(60).joined(separator: "\n"))"
  }

  @Test func `without faults every history is linearizable and nothing is lost`() throws {
    let world = cluster(seed: 21)
    world.run(for: 20_000)
    let primary = try #require(world.settledPrimary, describe(world))
    let end = world.concludeHistory(at: primary)
    #expect(world.history.acknowledgedWrites > 200)
    #expect(world.history.violations() == [], describe(world))
    #expect(world.history.lostWrites { end[$0] ?? .nothing } == 0)
  }

  /// Redis's contract: a primary that is cut off goes on to acknowledge what nobody will keep. The checkers must see that.
  @Test func `what an asynchronous failover loses is found by both checkers`() throws {
    var lost = 0
    var violated = 0
    for seed in 0..<2 as Range<UInt64> {
      let world = cluster(seed: 300 + seed)
      #expect(world.run(for: 20_000) { $0.settledPrimary != nil }, describe(world))
      // The primary and one writer on one side, everybody else on the other.
      let writer = world.workloadClients[0].host
      world.workloadClients[0].staysWithPrimary = true
      world.partition([0, writer], from: world.hosts.filter { $0 != 0 && $0 != writer })
      world.run(for: 8_000)
      world.heal()
      #expect(world.run(for: 60_000) { $0.settledPrimary.map { $0.host != 0 } ?? false }, describe(world))
      let primary = try #require(world.settledPrimary)
      let end = world.concludeHistory(at: primary)
      lost += world.history.lostWrites { end[$0] ?? .nothing }
      violated += world.history.violations().count
    }
    #expect(lost > 0)
    #expect(violated > 0)
  }

  @Test(arguments: 0..<2 as Range<UInt64>)
  func `sleep, drift and jumping clocks do not keep a cluster from converging`(seed: UInt64) {
    let world = cluster(seed: 500 + seed, faults: .mixed)
    #expect(world.run(for: 20_000) { $0.settledPrimary != nil }, describe(world))
    world.sufferFaults(among: world.faultyHosts, for: 30_000)
    world.run(for: 45_000)
    world.heal()
    world.wakeAll()
    for host in world.faultyHosts { world.restart(host) }
    #expect(world.run(for: 180_000) { $0.settledPrimary != nil }, describe(world))
    for client in world.workloadClients { client.isStopped = true }
    #expect(world.run(for: 10_000) { $0.divergences().isEmpty }, describe(world))
  }

  @Test func `a process that sleeps answers nothing, and everything when it wakes`() {
    let world = cluster(seed: 31, writers: 1)
    #expect(world.run(for: 20_000) { $0.settledPrimary != nil }, describe(world))
    world.putToSleep(0)
    let before = world.history.operations.count { $0.returned != nil }
    world.run(for: 900)
    #expect(world.history.operations.count { $0.returned != nil } <= before + 1)
    world.wake(0)
    world.run(for: 2_000)
    #expect(world.history.operations.count { $0.returned != nil } > before + 5, describe(world))
  }
}
