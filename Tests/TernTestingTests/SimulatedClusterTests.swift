import TernTesting
import Testing

@Suite struct SimulatedClusterTests {
  @Test func `a user's test kills the primary, and sees another one`() throws {
    let cluster = SimulatedCluster(seed: 7)
    #expect(cluster.run(for: .seconds(20), untilSettled: true))
    let first = try #require(cluster.primary)
    #expect(cluster.crashPrimary())
    #expect(!cluster.isSettled)
    #expect(cluster.run(for: .seconds(30), untilSettled: true), "\(cluster.transcript.suffix(20))")
    #expect(cluster.primary != first)
    cluster.restartAll()
    cluster.run(for: .seconds(20))
    let count = cluster.acknowledgedWrites
    #expect(count > 0)
    cluster.stopClients()
    cluster.run(for: .seconds(3))
    // A keepalive may be on its way.
    for _ in 0..<5 where !cluster.disagreements.isEmpty { cluster.run(for: .milliseconds(100)) }
    #expect(cluster.disagreements.isEmpty)
  }

  @Test func `a primary that is cut off gives way when the network heals`() throws {
    let cluster = SimulatedCluster(seed: 8)
    #expect(cluster.run(for: .seconds(20), untilSettled: true))
    let first = try #require(cluster.primary)
    #expect(cluster.isolatePrimary())
    cluster.run(for: .seconds(15))
    cluster.heal()
    #expect(cluster.run(for: .seconds(60), untilSettled: true), "\(cluster.transcript.suffix(20))")
    #expect(cluster.primary != first)
  }
}

@Suite struct SimulatedQuorumTests {
  @Test(arguments: [SimulatedCluster.Storage.snapshots, .always])
  func `a user's test injects faults, and verifies what clients were told`(storage: SimulatedCluster.Storage) {
    let cluster = SimulatedCluster(seed: 11, clients: 0, durability: .quorum, storage: storage)
    cluster.startWorkload(clients: 2)
    #expect(cluster.run(for: .seconds(20), untilSettled: true), "\(cluster.transcript.suffix(20))")
    cluster.sufferFaults(.mixed, for: .seconds(8))
    cluster.run(for: .seconds(8))
    let violations = cluster.verify()
    #expect(violations.isEmpty, "\(violations) \(cluster.transcript.suffix(40))")
    #expect(cluster.acknowledgedWrites > 50)
    #expect(!cluster.injectedFaults.isEmpty)
  }

  @Test func `a leader that sleeps is replaced, and nothing is lost when it wakes`() throws {
    let cluster = SimulatedCluster(seed: 12, clients: 1, durability: .quorum)
    cluster.startWorkload(clients: 2)
    #expect(cluster.run(for: .seconds(20), untilSettled: true))
    let first = try #require(cluster.primary)
    #expect(cluster.putPrimaryToSleep())
    cluster.run(for: .seconds(6))
    cluster.wakeAll()
    #expect(cluster.run(for: .seconds(60), untilSettled: true), "\(cluster.transcript.suffix(20))")
    #expect(cluster.primary != first)
    #expect(cluster.verify() == [])
  }
}
