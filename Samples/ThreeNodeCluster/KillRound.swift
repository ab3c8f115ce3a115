import SampleSupport

/// One round of `--kill-master`: the master dies by `kill -9` while the counter counts, the sentinels elect another, the old one comes
/// back as a replica; and in the end all three must hold the same data.
struct KillRound {
  struct Outcome: Sendable {
    /// The killed one, the one that the sentinels then named, and the one at the end of the round when that is another: under load a
    /// sentinel may find the new master slow, and start a second failover by itself.
    var masters: [ClusterLayout.Member]
    /// From the kill until all three sentinels named another master.
    var electionTime: Duration
    /// From the last acknowledged increment before the kill to the first one after it.
    var writesRefusedTime: Duration
    /// From the restart of the old master until it was a replica in sync.
    var returnTime: Duration
    var digest: String
    var lostBefore: Int
    var lostAfter: Int
  }

  let layout: ClusterLayout
  let processes: ClusterProcesses
  let observer: ClusterObserver
  let workload: CounterWorkload
  let console: Console
  let rate: Int
  let electionLimit: Duration
  let returnLimit: Duration

  func run() async throws -> Outcome {
    let clock = ContinuousClock()
    // A round that begins before the counter runs would measure nothing.
    let before = await workload.ledger
    _ = try await waitUntil("the counter to run", within: .seconds(30)) { () -> Attempt<Bool> in
      let ledger = await workload.ledger
      if ledger.currentTrouble == nil && ledger.acknowledged >= before.acknowledged + max(3, rate / 2) { return .done(true) }
      return .missing(ledger.currentTrouble?.reason ?? "\(ledger.acknowledged - before.acknowledged) increments acknowledged so far")
    }
    let whole = try await observer.waitUntilWhole(within: .seconds(30))
    guard let oldMaster = whole.master?.member else { throw ClusterFailure("there is no master to kill") }

    let outagesBefore = await workload.ledger.outages.count
    let pid = await processes.pid(of: oldMaster) ?? 0
    console.event("kill -9 \(pid)  (\(oldMaster.name), the master)")
    let killedAt = clock.now
    try await processes.kill(oldMaster)

    let newMaster = try await waitUntil("the sentinels to agree on another master", within: electionLimit) {
      () -> Attempt<ClusterLayout.Member> in
      let snapshot = await observer.snapshot()
      guard let agreed = snapshot.agreedMaster, let member = layout.redis(at: agreed), member != oldMaster else {
        return .missing(
          "they name "
            + snapshot.sentinels.map { "\($0.status?.master.description ?? "nobody") (\($0.member.name))" }.joined(separator: ", "))
      }
      return .done(member)
    }
    let electionTime = clock.now - killedAt
    console.event("all sentinels name \(newMaster.name) as the master, \(electionTime.seconds(2)) after the kill")

    let outage = try await waitUntil("writes to succeed again", within: .seconds(30)) {
      let ledger = await workload.ledger
      if ledger.currentTrouble == nil, let outage = ledger.outages.dropFirst(outagesBefore).first { return .done(outage) }
      return .missing(ledger.currentTrouble?.reason ?? "the counter has not noticed the kill")
    }

    console.event("starting \(oldMaster.name) again with its old files")
    let restartedAt = clock.now
    try await processes.start(oldMaster)
    try await observer.waitUntilWhole(within: returnLimit)
    let returnTime = clock.now - restartedAt
    console.event("\(oldMaster.name) is back as a replica in sync, \(returnTime.seconds(2)) after its start")

    // Nobody writes while the three are compared, and the value itself is compared with what was acknowledged.
    await workload.pause()
    defer { Task { await workload.resume() } }
    let digest = try await observer.commonDigest(within: .seconds(30))
    guard await workload.readFinalValue(within: .seconds(5)) != nil else {
      throw ClusterFailure("the counter cannot be read from the master")
    }
    let end = await observer.snapshot()
    if let missing = end.missing { throw ClusterFailure("at the end of the round: \(missing)") }
    var masters = [oldMaster, newMaster]
    if let last = end.master?.member, last != newMaster { masters.append(last) }
    return Outcome(
      masters: masters, electionTime: electionTime, writesRefusedTime: outage.duration, returnTime: returnTime,
      digest: digest, lostBefore: before.lost, lostAfter: await workload.ledger.lost)
  }
}
