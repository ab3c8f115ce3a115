internal import TernNode
internal import TernReplication

/// One seed: a cluster, a workload and faults that it decides, and everything that can be checked about what happens.
package struct Trial: Sendable {
  package enum Kind: String, Sendable {
    /// The cluster never settled, or its nodes did not become equal, when all was well again.
    case convergence
    /// Two leaders of an epoch, a committed log that is taken back.
    case ledger
    case digest
    /// A history that no single server could have made: a lost write, a stale read, a torn transaction.
    case history
    case lostWrites = "lost writes"
  }

  package struct Violation: Sendable, CustomStringConvertible {
    package let kind: Kind
    package let text: String
    package var description: String { "\(kind.rawValue): \(text)" }
  }

  package struct Report: Sendable {
    package let seed: UInt64
    package var setup = QuorumSetup()
    package var violations: [Violation] = []
    package var acknowledgedWrites = 0
    package var operations = 0
    package var unknownOutcomes = 0
    package var leaderships = 0
    package var disasters = 0
    package var injected: [Fault: Int] = [:]
    package var virtualMilliseconds: Int64 = 0
    package var events = 0
    package var transcript: [String] = []
  }

  package let seed: UInt64
  package var setup = QuorumSetup()
  package var faults = FaultModel()
  package var workload = Workload()
  package var clients = 3
  /// How long faults are injected.
  package var duration: Int64 = 8_000

  /// A mixture that the seed decides.
  package init(seed: UInt64) {
    self.seed = seed
    var random = SplitMix64(seed: seed ^ 0x5eed_0f_7e57)
    func draw(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
    /// Half of the seeds leave a fault out altogether: what is rare beside others would never come alone.
    func sometimes(_ period: ClosedRange<Int64>) -> Int64 { Bool.random(using: &random) ? draw(period) : 0 }
    setup.members = draw(0...4) == 0 ? 5 : 3
    setup.observers = draw(0...3) == 0 ? 1 : 0
    setup.sentinels = draw(0...9) == 0 ? 5 : 3
    setup.storage = [.snapshots, .snapshots, .everysec, .always, .always][Int(draw(0...4))]
    setup.lease = [80, 200, 200, 400][Int(draw(0...3))]
    setup.timeout = Int([400, 1_000, 5_000][Int(draw(0...2))])
    setup.downAfter = [250, 400, 800][Int(draw(0...2))]
    setup.backlogBytes = draw(0...3) == 0 ? 2_000 : 1 << 20
    faults.latency = [0...2, 0...5, 1...20, 0...60][Int(draw(0...3))]
    faults.crashPeriod = sometimes(600...4_000)
    faults.restartDelay = [50...600, 200...2_500, 1_000...5_000][Int(draw(0...2))]
    faults.wipeShare = draw(0...3) == 0 ? 0.4 : 0
    faults.partitionPeriod = sometimes(600...3_000)
    faults.healDelay = [200...1_500, 500...4_000][Int(draw(0...1))]
    faults.oneWayShare = 0.3
    faults.sleepPeriod = sometimes(600...4_000)
    faults.sleepLength = [100...1_000, 400...3_500][Int(draw(0...1))]
    faults.clockDriftMax = 0.04
    faults.clockJumpPeriod = sometimes(2_000...10_000)
    faults.diskLatency = [0...2, 1...30, 5...100][Int(draw(0...2))]
    faults.slowDiskPeriod = sometimes(1_000...5_000)
    faults.diskFailureShare = draw(0...5) == 0 ? 0.1 : 0
    faults.shutdownPeriod = sometimes(1_000...6_000)
    faults.resetPeriod = sometimes(300...3_000)
    faults.slowLinkPeriod = sometimes(300...3_000)
    faults.failoverPeriod = sometimes(1_000...5_000)
    faults.strayOrderPeriod = sometimes(150...1_500)
    if setup.storage == .always, draw(0...3) == 0 { faults.blackoutPeriod = draw(2_000...6_000) }
    workload.period = [15, 40, 100][Int(draw(0...2))]
    workload.readShare = [0.2, 0.5][Int(draw(0...1))]
    workload.keysPerKind = Int(draw(1...2))
    workload.generationPeriod = 2_000
    workload.timeout = 1_000
    clients = Int(draw(2...3))
    if draw(0...2) == 0 {
      workload.readers = 1
      clients += 1
    }
  }

  /// - Parameter keepsTranscript: without, the report has only its last lines, and none if all is well.
  package func run(keepsTranscript: Bool = false) -> Report {
    var calm = FaultModel.calm
    calm.latency = faults.latency
    calm.diskLatency = faults.diskLatency
    let world = World(seed: seed, faults: calm)
    let start = world.now
    world.startQuorumCluster(setup)
    world.startWorkload(clients: clients, workload)
    var report = Report(seed: seed)
    report.setup = setup
    func fail(_ kind: Kind, _ text: String) { report.violations.append(Violation(kind: kind, text: text)) }

    if !world.run(for: 20_000, until: { $0.settledPrimary != nil }) { fail(.convergence, "never began: \(world.divergences())") }
    world.faults = faults
    world.sufferFaults(among: world.faultyHosts, for: duration)
    var left = duration
    while left > 0, report.violations.isEmpty {
      world.run(for: 1_000)
      left -= 1_000
      for conflict in world.digestConflicts() { fail(.digest, conflict) }
      if let first = world.ledger.violations.first { fail(.ledger, first) }
    }
    if report.violations.isEmpty { conclude(world, fail) }
    report.acknowledgedWrites = world.history.acknowledgedWrites
    report.operations = world.history.operations.count
    report.unknownOutcomes = world.history.unknownOutcomes
    report.leaderships = world.ledger.leaders.count
    report.disasters = world.ledger.disasters
    report.injected = world.injected
    report.virtualMilliseconds = world.now - start
    report.events = world.eventCount
    if keepsTranscript || !report.violations.isEmpty { report.transcript = world.transcript }
    return report
  }

  /// All is well again: the cluster must settle and become equal, and what clients were told must add up.
  private func conclude(_ world: World, _ fail: (Kind, String) -> Void) {
    world.endFaults()
    let settles = world.run(for: 120_000) { $0.settledPrimary != nil }
    if let first = world.ledger.violations.first { return fail(.ledger, first) }
    guard settles, let primary = world.settledPrimary else { return fail(.convergence, "\(world.divergences())") }
    let end = world.concludeHistory(at: primary)
    for conflict in world.digestConflicts() { fail(.digest, conflict) }
    if let first = world.ledger.violations.first { fail(.ledger, first) }
    let keys = world.history.byKey.map(\.key)
    if world.ledger.disasters == 0 {
      for violation in world.history.violations() { fail(.history, violation) }
      let lost = world.history.lostWrites { end[$0] ?? .nothing }
      if lost > 0, keys.allSatisfy({ end[$0] != nil }) { fail(.lostWrites, "\(lost) acknowledged writes are gone") }
    }
    if !world.run(for: 10_000, until: { $0.divergences().isEmpty }) { fail(.convergence, "\(world.divergences())") }
  }
}

extension World {
  /// Everything is healed, awake and up again, and stays so.
  package func endFaults() {
    let latency = faults.latency
    let disk = faults.diskLatency
    faults = .calm
    faults.latency = latency
    faults.diskLatency = disk
    slowLinks = [:]
    for node in nodes { node.slowUntil = .min }
    heal()
    wakeAll()
    for host in faultyHosts { restart(host) }
  }
}
