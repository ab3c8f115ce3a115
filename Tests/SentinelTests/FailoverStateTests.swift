import TernEngine
import Testing

@testable import TernSentinel

/// Every state of a failover against every event, on one core whose network answers nothing but what a test says.
struct FailoverStateTests {
  enum State: CaseIterable {
    case none, waitStart, selectSlave, sendSlaveofNoOne, waitPromotion, reconfSlaves, handover, fence
  }

  static func settledCore(sentinels: Int = 3) -> (core: SentinelCore, now: Int64) {
    var world = SentinelWorld(sentinels: sentinels)
    _ = world.run(limit: 30_000) { $0.isSettled }
    world.run(milliseconds: 50)
    return (world.cores[0], world.now)
  }

  /// A core whose primary is down for everybody, in `state` of a failover in epoch 5 that began `age` milliseconds ago.
  private func core(in state: State, age: Int64 = 0) -> (core: SentinelCore, now: Int64) {
    var (core, now) = Self.settledCore()
    core.links[core.groups[0].primary.link]?.activePing = now - 5000
    core.groups[0].primary.isSubjectivelyDown = true
    core.groups[0].primary.subjectivelyDownSince = now - 4000
    core.groups[0].isObjectivelyDown = true
    for s in core.groups[0].sentinels.indices {
      core.groups[0].sentinels[s].saysPrimaryIsDown = true
      core.groups[0].sentinels[s].lastPrimaryDownReply = now
    }
    for r in core.groups[0].replicas.indices { core.groups[0].replicas[r].infoReceived = now }
    let promoted = core.groups[0].replicas[0].id
    if state != .none {
      core.currentEpoch = 5
      core.groups[0].failoverEpoch = 5
      core.groups[0].leader = core.myID
      core.groups[0].leaderEpoch = 5
      core.groups[0].failoverStart = now - age
    }
    switch state {
    case .none: core.groups[0].failover = .none
    case .waitStart: core.groups[0].failover = .waitStart
    case .selectSlave: core.groups[0].failover = .selectSlave
    case .sendSlaveofNoOne: core.groups[0].failover = .sendSlaveofNoOne(promoted: promoted)
    case .waitPromotion: core.groups[0].failover = .waitPromotion(promoted: promoted)
    case .reconfSlaves: core.groups[0].failover = .reconfSlaves(promoted: promoted)
    case .handover: core.groups[0].failover = .handover(promoted: promoted)
    case .fence:
      var report = QuorumReport()
      report.members = ["10.0.1.0:6379", "10.0.1.1:6379", "10.0.1.2:6379"]
      report.copies = 2
      for ref in core.groups[0].dataRefs { core.groups[0][ref].quorum = report }
      core.groups[0].membership = QuorumMembership(names: report.members, copies: 2, historyEpoch: 0)
      core.groups[0].failover = .fence(FenceRound(asksFrom: now - age))
    }
    core.groups[0].failoverStateSince = now - age
    core.touch(0)
    return (core, now)
  }

  private func texts(_ core: inout SentinelCore, now: Int64) -> [String] {
    var texts: [String] = []
    while true {
      let batch = core.takeActions()
      if batch.isEmpty { return texts }
      for case .log(_, let text) in batch { texts.append(text) }
      if case .persist? = batch.last { core.persisted(now: now) }
    }
  }

  @Test(
    arguments: zip(
      State.allCases,
      ["none", "wait_start", "wait_promotion", "wait_promotion", "wait_promotion", "reconf_slaves", "wait_handover", "wait_fence"]))
  func `a look at a state does what can be done now`(state: State, expected: String) {
    var (core, now) = core(in: state)
    core.tick(now: now)
    #expect(core.groups[0].failover.word == expected)
  }

  @Test(arguments: [
    (State.waitStart, "-failover-abort-not-elected"), (.waitPromotion, "-failover-abort-slave-timeout"),
    (.reconfSlaves, "+failover-end-for-timeout"), (.handover, "-failover-abort-slave-timeout"),
  ])
  func `a state that lasts too long ends`(state: State, event: String) {
    var (core, now) = core(in: state, age: 6001)
    core.tick(now: now)
    #expect(core.groups[0].failover == .none)
    #expect(texts(&core, now: now).contains("\(event) master mymaster 10.0.1.0 6379"))
    #expect(core.groups[0].primary.address.ip == (state == .reconfSlaves ? "10.0.1.1" : "10.0.1.0"))
  }

  @Test(arguments: [(Int64(0), "send_slaveof_noone"), (6001, "none")])
  func `SLAVEOF NO ONE waits for the selected replica's connection, but not for ever`(age: Int64, expected: String) {
    var (core, now) = core(in: .sendSlaveofNoOne, age: age)
    core.closeConnections(of: core.groups[0].replicas[0].link)
    core.tick(now: now)
    #expect(core.groups[0].failover.word == expected)
    #expect(texts(&core, now: now).contains { $0.hasPrefix("-failover-abort-slave-timeout") } == (age > 6000))
  }

  @Test(
    arguments: zip(
      State.allCases,
      ["none", "wait_start", "select_slave", "send_slaveof_noone", "reconf_slaves", "reconf_slaves", "reconf_slaves", "wait_fence"]))
  func `a replica that says it is a master moves only a failover that waits for it`(state: State, expected: String) {
    var (core, now) = core(in: state)
    core.begin(now)
    core.takeInfo(Array("run_id:\(String(repeating: "1", count: 40))\r\nrole:master\r\n".utf8), 0, .replica(0))
    #expect(core.groups[0].failover.word == expected)
    let isSeen = state == .waitPromotion || state == .handover
    #expect(core.groups[0].configEpoch == (isSeen ? 5 : 0))
    let announced = core.groups[0].currentAddress.ip
    #expect(announced == (isSeen || state == .reconfSlaves ? "10.0.1.1" : "10.0.1.0"))
  }

  @Test(arguments: State.allCases)
  func `another replica that says it is a master moves nothing`(state: State) {
    var (core, now) = core(in: state)
    let before = core.groups[0].failover
    core.begin(now)
    core.takeInfo(Array("role:master\r\n".utf8), 0, .replica(1))
    #expect(core.groups[0].failover == before)
  }

  @Test(arguments: State.allCases)
  func `SENTINEL FAILOVER starts one, or says that one is in progress`(state: State) {
    var (core, now) = core(in: state)
    core.command(["SENTINEL", "FAILOVER", "mymaster"].map { Array($0.utf8) }, from: SentinelClientID(rawValue: 1), now: now)
    var reply: RESPValue?
    while true {
      let batch = core.takeActions()
      if batch.isEmpty { break }
      for case .reply(_, let value) in batch { reply = value }
      if case .persist? = batch.last { core.persisted(now: now) }
    }
    #expect(reply == (state == .none ? SentinelCore.ok : .error(Array("INPROG Failover already in progress".utf8))))
    #expect((core.groups[0].failoverMode == .requested) == (state == .none))
    if state == .none { #expect(core.currentEpoch == 1 && core.groups[0].isFailoverInProgress) }
  }

  @Test(arguments: State.allCases)
  func `SENTINEL RESET ends any failover and forgets who was known`(state: State) {
    var (core, now) = core(in: state)
    core.command(["SENTINEL", "RESET", "my*"].map { Array($0.utf8) }, from: SentinelClientID(rawValue: 1), now: now)
    #expect(core.groups[0].failover == .none)
    #expect(core.groups[0].replicas.isEmpty && core.groups[0].sentinels.isEmpty)
    #expect(texts(&core, now: now).contains("+reset-master master mymaster 10.0.1.0 6379"))
  }

  @Test(arguments: State.allCases)
  func `a newer configuration of another sentinel ends any failover`(state: State) {
    var (core, now) = core(in: state)
    let hello = "10.0.0.1,26379,\(core.groups[0].sentinels[0].runID ?? ""),9,mymaster,10.0.1.2,6379,9"
    core.command(["PUBLISH", HelloMessage.channel, hello].map { Array($0.utf8) }, from: SentinelClientID(rawValue: 1), now: now)
    #expect(core.groups[0].failover == .none)
    #expect(core.groups[0].primary.address.ip == "10.0.1.2")
    #expect(core.groups[0].configEpoch == 9 && core.currentEpoch == 9)
    #expect(core.groups[0].replicas.map(\.name) == ["10.0.1.1:6379", "10.0.1.0:6379"])
    #expect(texts(&core, now: now).contains("+switch-master mymaster 10.0.1.0 6379 10.0.1.2 6379"))
  }

  @Test(arguments: State.allCases)
  func `an older configuration changes nothing`(state: State) {
    var (core, now) = core(in: state)
    core.groups[0].configEpoch = 9
    let before = core.groups[0].failover
    core.begin(now)
    core.takeHello(Array("10.0.0.1,26379,\(core.groups[0].sentinels[0].runID ?? ""),5,mymaster,10.0.1.2,6379,8".utf8))
    #expect(core.groups[0].failover == before)
    #expect(core.groups[0].primary.address.ip == "10.0.1.0")
  }

  @Test(arguments: State.allCases)
  func `a primary that answers again ends ODOWN, but not a failover under way`(state: State) {
    var (core, now) = core(in: state)
    core.links[core.groups[0].primary.link]?.activePing = nil
    let wasInProgress = core.groups[0].isFailoverInProgress
    core.tick(now: now)
    #expect(!core.groups[0].isObjectivelyDown)
    #expect(core.groups[0].isFailoverInProgress == wasInProgress)
    let texts = texts(&core, now: now)
    #expect(texts.contains("-sdown master mymaster 10.0.1.0 6379") && texts.contains("-odown master mymaster 10.0.1.0 6379"))
  }

  @Test(arguments: State.allCases)
  func `in TILT nothing moves`(state: State) {
    var (core, now) = core(in: state, age: 60_000)
    let before = core.groups[0].failover
    core.tick(now: now + 60_000)
    #expect(core.isTilted)
    #expect(core.groups[0].failover == before)
    #expect(texts(&core, now: now + 60_000).contains("+tilt #tilt mode entered"))
  }

  @Test func `a promoted replica that went down keeps the failover open`() {
    var (core, now) = core(in: .reconfSlaves, age: 6001)
    core.links[core.groups[0].replicas[0].link]?.activePing = now - 5000
    core.groups[0].replicas[0].isSubjectivelyDown = true
    core.tick(now: now)
    #expect(core.groups[0].failover.word == "reconf_slaves")
  }

  @Test func `an epoch near the end of the integers is never adopted, and never overflows`() {
    var (core, now) = core(in: .none)
    let id = core.groups[0].sentinels[0].runID ?? ""
    core.begin(now)
    core.takeHello(Array("10.0.0.1,26379,\(id),18446744073709551615,mymaster,10.0.1.0,6379,0".utf8))
    core.takeHello(Array("10.0.0.1,26379,\(id),\(SentinelEpoch.max),mymaster,10.0.1.0,6379,0".utf8))
    #expect(core.currentEpoch == SentinelEpoch.max)
    core.finish()
    core.tick(now: now + 200)
    #expect(core.groups[0].failover == .none)
    #expect(texts(&core, now: now + 200).contains { $0.contains("not started: the epoch \(SentinelEpoch.max) cannot be raised") })
  }
}
