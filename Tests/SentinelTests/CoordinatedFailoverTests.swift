import TernEngine
import Testing

@testable import TernSentinel

struct CoordinatedFailoverTests {
  private func settled(seed: UInt64 = 1) -> SentinelWorld {
    var world = SentinelWorld(seed: seed)
    #expect(world.run(limit: 30_000) { $0.isSettled })
    return world
  }

  @Test func `the primary hands over itself, and everybody is told at once`() {
    var world = settled()
    world.nodes["10.0.1.2"]?.offset = 200
    let start = world.now
    #expect(world.ask(0, "SENTINEL", "FAILOVER", "mymaster", "COORDINATED") == SentinelCore.ok)
    #expect(world.run(limit: 5000) { w in (0..<3).allSatisfy { w.cores[$0].groups[0].currentAddress.ip == "10.0.1.2" } })
    #expect(world.now - start < 100)
    #expect(world.nodes["10.0.1.0"]?.received.contains(["FAILOVER", "TO", "10.0.1.2", "6379", "TIMEOUT", "500"]) == true)
    #expect(world.nodes["10.0.1.2"]?.received.contains(["SLAVEOF", "NO", "ONE"]) == false)
    #expect(world.run(limit: 15_000) { $0.nodes["10.0.1.1"]?.primary == "10.0.1.2" && $0.isSettled })
    #expect(world.nodes["10.0.1.0"]?.primary == "10.0.1.2")
    #expect(
      (0..<3).allSatisfy { n in world.published[n].filter { $0 == "+switch-master mymaster 10.0.1.0 6379 10.0.1.2 6379" }.count == 1 })
    #expect((0..<3).allSatisfy { !world.hasLogged($0, "+sdown") })
  }

  @Test func `a primary that refuses stays primary, and the reason is logged`() {
    var world = settled()
    world.nodes["10.0.1.0"]?.handoverRefusal = "ERR unknown command 'FAILOVER'"
    #expect(world.ask(0, "SENTINEL", "FAILOVER", "mymaster", "coordinated") == SentinelCore.ok)
    #expect(world.run(limit: 2000) { $0.hasLogged(0, "the master answers FAILOVER with: ERR unknown command 'FAILOVER'") })
    #expect(world.cores[0].groups[0].failover == .none)
    world.run(milliseconds: 20_000)
    #expect((0..<3).allSatisfy { world.primary($0) == "10.0.1.0" })
  }

  /// A redis-server hears from its replicas once a second only.
  @Test(arguments: [(true, 500), (false, 2500)])
  func `a handover that the primary gave up is given up`(isTern: Bool, pause: Int64) {
    var world = settled()
    world.nodes["10.0.1.0"]?.givesUpHandover = true
    world.nodes["10.0.1.0"]?.isTern = isTern
    world.run(milliseconds: 11_000)
    let start = world.now
    _ = world.ask(0, "SENTINEL", "FAILOVER", "mymaster", "COORDINATED")
    #expect(world.run(limit: 5000) { $0.hasLogged(0, "the replica did not catch up in time") })
    #expect((pause...pause + 100).contains(world.now - start))
    #expect(world.nodes["10.0.1.0"]?.received.contains(["FAILOVER", "TO", "10.0.1.1", "6379", "TIMEOUT", "\(pause)"]) == true)
    #expect(world.cores[0].groups[0].failover == .none)
  }

  @Test func `it needs a primary that is up, and options are Redis's errors`() {
    var world = settled()
    world.kill("10.0.1.0")
    world.run(milliseconds: 5)
    #expect(
      world.ask(0, "SENTINEL", "FAILOVER", "mymaster", "COORDINATED")?.text
        == "NOGOODMASTER No coordinated failover: the master is disconnected")
    #expect(
      world.ask(0, "SENTINEL", "FAILOVER", "mymaster", "NOW")?.text == "ERR wrong number of arguments for 'sentinel|failover' command")
  }

  @Test(arguments: 1...10)
  func `a primary that is going to end is replaced by one elected sentinel`(seed: UInt64) {
    var world = settled(seed: seed)
    let start = world.now
    world.resign("10.0.1.0")
    #expect(world.run(limit: 2000) { w in (0..<3).allSatisfy { w.cores[$0].groups[0].currentAddress.ip != "10.0.1.0" } })
    #expect(world.now - start < 200)
    #expect(world.nodes["10.0.1.0"]?.received.filter { $0[0] == "FAILOVER" }.count == 1)
    #expect(world.run(limit: 15_000) { $0.isSettled })
    // The next one soon afterwards: no failover timeout stands against it.
    let next = world.primary(0)
    world.resign(next)
    #expect(world.run(limit: 2000) { w in (0..<3).allSatisfy { w.cores[$0].groups[0].currentAddress.ip != next } })
  }

  @Test func `only the primary's own word makes it a wish`() {
    var world = settled()
    world.resign("10.0.1.1")
    world.run(milliseconds: 3000)
    #expect(world.cores.allSatisfy { $0.currentEpoch == 0 })
  }

  @Test func `two sentinels that split the votes try again soon`() {
    var (core, now) = FailoverStateTests.settledCore(sentinels: 3)
    core.links[core.groups[0].primary.link]?.activePing = now - 5000
    core.groups[0].primary.isSubjectivelyDown = true
    core.groups[0].isObjectivelyDown = true
    for s in core.groups[0].sentinels.indices {
      core.groups[0].sentinels[s].saysPrimaryIsDown = true
      core.groups[0].sentinels[s].lastPrimaryDownReply = now
      core.groups[0].sentinels[s].votedLeader = core.groups[0].sentinels[s].runID
      core.groups[0].sentinels[s].votedLeaderEpoch = 5
    }
    core.currentEpoch = 5
    core.groups[0].failoverEpoch = 5
    core.groups[0].leader = core.myID
    core.groups[0].leaderEpoch = 5
    core.groups[0].failover = .waitStart
    core.groups[0].failoverStateSince = now
    core.groups[0].failoverStart = now
    core.touch(0)
    core.tick(now: now)
    #expect(core.groups[0].failover == .none)
    #expect(core.retryDelay(0) - (now - (core.groups[0].failoverStart ?? 0)) <= 1500)
  }
}
