import TernEngine
import Testing

@testable import TernSentinel

struct FailoverTests {
  private func settled(sentinels: Int = 3, replicas: Int = 2, quorum: Int = 2, seed: UInt64 = 1, extra: [String] = []) -> SentinelWorld {
    var world = SentinelWorld(sentinels: sentinels, replicas: replicas, quorum: quorum, seed: seed, extra: extra)
    #expect(world.run(limit: 30_000) { $0.isSettled })
    return world
  }

  @Test(arguments: 1...20)
  func `a dead master is failed over, and becomes a replica when it returns`(seed: UInt64) {
    var world = settled(seed: seed)
    world.nodes["10.0.1.2"]?.offset = 200
    world.kill("10.0.1.0")
    #expect(world.run(limit: 30_000) { w in (0..<3).allSatisfy { w.primary($0) == "10.0.1.2" } })
    #expect(world.nodes["10.0.1.2"]?.primary == nil)
    #expect(world.run(limit: 30_000) { $0.nodes["10.0.1.1"]?.primary == "10.0.1.2" })
    #expect(world.unsavedVotes == [])
    world.run(milliseconds: 2500)
    #expect((0..<3).allSatisfy { !world.hasLogged($0, "+sdown master mymaster 10.0.1.2") })
    let switches = (0..<3).map { n in world.published[n].filter { $0 == "+switch-master mymaster 10.0.1.0 6379 10.0.1.2 6379" }.count }
    #expect(switches == [1, 1, 1])

    world.restart("10.0.1.0")
    #expect(world.run(limit: 60_000) { $0.nodes["10.0.1.0"]?.primary == "10.0.1.2" })
    #expect((0..<3).contains { world.hasLogged($0, "+convert-to-slave slave 10.0.1.0:6379 10.0.1.0 6379 @ mymaster 10.0.1.2 6379") })
    #expect(world.run(limit: 60_000) { $0.isSettled })
    #expect(Set(world.cores.map { $0.groups[0].configEpoch }) == [world.cores[0].currentEpoch])
  }

  @Test func `the leader goes through Redis's events in Redis's order`() throws {
    var world = settled()
    world.kill("10.0.1.0")
    #expect(world.run { w in (0..<3).allSatisfy { w.primary($0) != "10.0.1.0" } })
    let leader = try #require((0..<3).first { world.hasLogged($0, "+elected-leader") })
    let words = [
      "+sdown master mymaster 10.0.1.0 6379", "+odown master mymaster 10.0.1.0 6379 #quorum ", "+new-epoch 1",
      "+try-failover master mymaster 10.0.1.0 6379", "+vote-for-leader \(world.cores[leader].myID) 1",
      "voted for \(world.cores[leader].myID) 1", "+elected-leader master mymaster 10.0.1.0 6379",
      "+failover-state-select-slave master mymaster 10.0.1.0 6379",
      "+selected-slave slave 10.0.1.1:6379 10.0.1.1 6379 @ mymaster 10.0.1.0 6379",
      "* +failover-state-send-slaveof-noone slave 10.0.1.1:6379", "* +failover-state-wait-promotion slave 10.0.1.1:6379",
      "# +promoted-slave slave 10.0.1.1:6379", "# +failover-state-reconf-slaves master mymaster 10.0.1.0 6379",
      "* +slave-reconf-sent slave 10.0.1.2:6379", "* +slave-reconf-inprog slave 10.0.1.2:6379", "* +slave-reconf-done slave 10.0.1.2:6379",
      "# +failover-end master mymaster 10.0.1.0 6379", "# +switch-master mymaster 10.0.1.0 6379 10.0.1.1 6379",
      "* +slave slave 10.0.1.2:6379 10.0.1.2 6379 @ mymaster 10.0.1.1 6379",
    ]
    let lines = try words.map { try #require(world.line(leader, containing: $0), "\($0)") }
    #expect(lines == lines.sorted())
    let transaction = world.nodes["10.0.1.1"]?.received.drop { $0 != ["MULTI"] }.prefix(6).map { $0.joined(separator: " ") }
    #expect(
      transaction == ["MULTI", "SLAVEOF NO ONE", "CONFIG REWRITE", "CLIENT KILL TYPE normal", "CLIENT KILL TYPE pubsub", "EXEC"])
    let observer = (leader + 1) % 3
    #expect(world.hasLogged(observer, "+config-update-from sentinel \(world.cores[leader].myID)"))
  }

  @Test(arguments: 1...9)
  func `a vote that splits among all candidates is held again at once, not after twice failover-timeout`(seed: UInt64) {
    var world = settled(seed: seed)
    world.kill("10.0.1.0")
    #expect(world.run { w in w.cores.allSatisfy { $0.groups[0].candidacy != nil } })
    for n in 0..<3 {
      world.cores[n].groups[0].candidacy = world.now + 200
      world.cores[n].groups[0].deadline = .min
    }
    let start = world.now
    #expect(world.run(limit: 5000) { w in (0..<3).allSatisfy { w.primary($0) != "10.0.1.0" } })
    #expect(world.now - start < 5000)
    #expect((0..<3).contains { world.hasLogged($0, "the vote in epoch 1 was split") })
    #expect(Set((0..<3).map { world.primary($0) }).count == 1)
    #expect(world.unsavedVotes == [])
  }

  @Test func `a minority that is cut off neither fails over nor raises the epoch`() {
    var world = settled(quorum: 1)
    let minority = [SentinelWorld.sentinelHost(0)]
    world.cut(minority, from: [1, 2].map(SentinelWorld.sentinelHost) + (0...2).map(SentinelWorld.redisHost))
    #expect(world.run(limit: 20_000) { $0.cores[0].groups[0].isObjectivelyDown })
    world.run(milliseconds: 30_000)
    #expect(world.cores[0].currentEpoch == 0)
    #expect(world.hasLogged(0, "Failover of master mymaster not started: 1 of 3 known Sentinels reachable, 2 needed to authorize it"))
    #expect(world.logs[0].filter { $0.contains("not started") }.count == 1)
    #expect((0..<3).allSatisfy { world.primary($0) == "10.0.1.0" })
  }

  @Test func `a majority fails over without the sentinel that went with the master`() {
    var world = settled()
    let minority = [SentinelWorld.sentinelHost(0), "10.0.1.0"]
    world.cut(minority, from: [1, 2].map(SentinelWorld.sentinelHost) + [1, 2].map(SentinelWorld.redisHost))
    #expect(world.run(limit: 60_000) { $0.primary(1) == "10.0.1.1" && $0.primary(2) == "10.0.1.1" })
    #expect(world.primary(0) == "10.0.1.0")
    world.cuts = []
    #expect(world.run(limit: 60_000) { $0.primary(0) == "10.0.1.1" && $0.nodes["10.0.1.0"]?.primary == "10.0.1.1" })
  }

  @Test func `a sentinel that cannot save its vote does not give it`() {
    var world = settled()
    world.isDiskFull = [false, true, true]
    world.kill("10.0.1.0")
    world.run(milliseconds: 15_000)
    #expect(world.unsavedVotes == [])
    #expect((0..<3).allSatisfy { world.primary($0) == "10.0.1.0" })
    #expect((1..<3).contains { world.hasLogged($0, "WARNING: Sentinel was not able to save the new configuration on disk!!!: No space") })
    world.isDiskFull = [false, false, false]
    #expect(world.run(limit: 60_000) { w in (0..<3).allSatisfy { w.primary($0) == "10.0.1.1" } })
    #expect(world.unsavedVotes == [])
  }

  @Test func `SENTINEL FAILOVER needs nobody's agreement, and only one runs at a time`() {
    var world = settled()
    #expect(world.ask(0, "SENTINEL", "FAILOVER", "mymaster") == SentinelCore.ok)
    #expect(world.ask(0, "SENTINEL", "FAILOVER", "mymaster") == .error(Array("INPROG Failover already in progress".utf8)))
    #expect(world.run(limit: 30_000) { w in (0..<3).allSatisfy { w.primary($0) == "10.0.1.1" } })
    #expect(world.hasLogged(0, "# Executing user requested FAILOVER of 'mymaster'"))
    #expect(world.run(limit: 60_000) { $0.nodes["10.0.1.0"]?.primary == "10.0.1.1" })
  }

  @Test func `a lone sentinel with no replica to promote says why`() {
    var world = settled(sentinels: 1, quorum: 1)
    world.nodes["10.0.1.1"]?.priority = 0
    world.kill("10.0.1.2")
    world.run(milliseconds: 12_000)
    let refused = RESPValue.error(Array("NOGOODSLAVE No suitable replica to promote".utf8))
    #expect(world.ask(0, "SENTINEL", "FAILOVER", "mymaster") == refused)
    let reasons = "10.0.1.1:6379 has priority 0; 10.0.1.2:6379 is subjectively down"
    #expect(world.hasLogged(0, "No suitable replica to promote for master mymaster: \(reasons)"))
    world.kill("10.0.1.0")
    #expect(world.run { $0.hasLogged(0, "# -failover-abort-no-good-slave master mymaster 10.0.1.0 6379") })
    #expect(world.cores[0].groups[0].failover == .none)
    world.run(milliseconds: 2000)
    #expect(world.hasLogged(0, "# Next failover delay: I will not start a failover before "))
    #expect(world.run(limit: 30_000) { $0.logs[0].filter { $0.contains("+try-failover") }.count == 2 })
  }

  @Test func `a replica that does not obey aborts the failover in time`() {
    var world = settled(sentinels: 1, replicas: 1, quorum: 1)
    world.nodes["10.0.1.1"]?.obeysSlaveof = false
    world.kill("10.0.1.0")
    #expect(world.run { $0.hasLogged(0, "-failover-abort-slave-timeout master mymaster 10.0.1.0 6379") })
    #expect(world.primary(0) == "10.0.1.0")
    world.nodes["10.0.1.1"]?.obeysSlaveof = true
    #expect(world.run { $0.primary(0) == "10.0.1.1" })
  }

  @Test func `only parallel-syncs replicas are pointed to the new master at a time`() {
    var world = settled(sentinels: 1, replicas: 4, quorum: 1)
    world.kill("10.0.1.0")
    var greatest = 0
    #expect(
      world.run { w in
        greatest = max(greatest, w.cores[0].groups[0].replicas.filter(\.isBeingReconfigured).count)
        return w.primary(0) != "10.0.1.0" && w.cores[0].groups[0].failover == .none
      })
    #expect(greatest == 1)
    #expect(world.nodes.values.filter { $0.isUp && $0.primary == world.primary(0) }.count == 3)
  }

  @Test func `a replica that is stuck is passed over, and fixed later`() {
    var world = settled(sentinels: 1, replicas: 2, quorum: 1)
    _ = world.ask(0, "SENTINEL", "DEBUG", "slave-reconf-timeout", "2000")
    world.nodes["10.0.1.2"]?.obeysSlaveof = false
    world.kill("10.0.1.0")
    #expect(world.run { $0.hasLogged(0, "* -slave-reconf-sent-timeout slave 10.0.1.2:6379") })
    #expect(world.run { $0.hasLogged(0, "+switch-master mymaster 10.0.1.0 6379 10.0.1.1 6379") })
    world.nodes["10.0.1.2"]?.obeysSlaveof = true
    #expect(world.run { $0.nodes["10.0.1.2"]?.primary == "10.0.1.1" })
    #expect(world.hasLogged(0, "* +fix-slave-config slave 10.0.1.2:6379 10.0.1.2 6379 @ mymaster 10.0.1.1 6379"))
  }

  @Test func `a quiet cluster does not keep its sentinels busy`() {
    var world = settled()
    world.wakeups = 0
    world.run(milliseconds: 60_000)
    // 5 instances: a ping and half a hello a second each, INFO now and then; a busy loop would be at a thousand a second.
    #expect(world.wakeups < 3 * 60 * 20)
  }

  @Test func `an unreachable world does not make a sentinel spin`() {
    var world = settled()
    world.cut([SentinelWorld.sentinelHost(0)], from: [1, 2].map(SentinelWorld.sentinelHost) + (0...2).map(SentinelWorld.redisHost))
    world.run(milliseconds: 5000)
    world.wakeups = 0
    world.run(milliseconds: 60_000)
    #expect(world.wakeups < 3 * 60 * 30)
  }
}
