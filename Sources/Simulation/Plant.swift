internal import TernReplication
internal import TernSentinel

/// A rule that is broken on purpose: the simulator must find each.
package enum Plant: String, CaseIterable, Sendable {
  case acknowledgesBeforeQuorum = "acknowledges-before-quorum"
  case skipsFence = "skips-fence"
  case followsLower = "follows-lower"
  case raisesHistoryEarly = "raises-history-early"
  case forgetsPromise = "forgets-promise"
  case answersBeforeDisk = "answers-before-disk"
  case trustsAmnesiac = "trusts-amnesiac"
  case trustsBlank = "trusts-blank"
  case regainsTrustEarly = "regains-trust-early"
  case resumesLeadership = "resumes-leadership"
  case promotesRestarted = "promotes-restarted"
  case commitsBeforeMarker = "commits-before-marker"
  case keepsProgress = "keeps-progress"
  case countsObservers = "counts-observers"
  case acknowledgesUnsynced = "acknowledges-unsynced"
  case keepsHeldReplies = "keeps-held-replies"
  case releasesAtTimeout = "releases-at-timeout"
  case answersReadsAtOnce = "answers-reads-at-once"
  case servesWithoutLease = "serves-without-lease"
  case countsLeaseFromAnswer = "counts-lease-from-answer"
  case answersWithinLease = "answers-within-lease"
  case servesWithoutLeading = "serves-without-leading"
  case followsUnfenced = "follows-unfenced"
  case forgetsDistrust = "forgets-distrust"
  case continuesForked = "continues-forked"
  case choosesByOffset = "chooses-by-offset"
  case choosesFromMinority = "chooses-from-minority"
  case choosesUntrusted = "chooses-untrusted"
  case claimsRelease = "claims-release"

  var member: QuorumPlants {
    switch self {
    case .acknowledgesBeforeQuorum: .acknowledgesBeforeQuorum
    case .skipsFence: .skipsFence
    case .followsLower: .followsLower
    case .raisesHistoryEarly: .raisesHistoryEarly
    case .forgetsPromise: .forgetsPromise
    case .answersBeforeDisk: .answersBeforeDisk
    case .trustsAmnesiac: .trustsAmnesiac
    case .trustsBlank: .trustsBlank
    case .regainsTrustEarly: .regainsTrustEarly
    case .resumesLeadership: .resumesLeadership
    case .promotesRestarted: .promotesRestarted
    case .commitsBeforeMarker: .commitsBeforeMarker
    case .keepsProgress: .keepsProgress
    case .countsObservers: .countsObservers
    case .acknowledgesUnsynced: .acknowledgesUnsynced
    case .keepsHeldReplies: .keepsHeldReplies
    case .releasesAtTimeout: .releasesAtTimeout
    case .answersReadsAtOnce: .answersReadsAtOnce
    case .servesWithoutLease: .servesWithoutLease
    case .countsLeaseFromAnswer: .countsLeaseFromAnswer
    case .answersWithinLease: .answersWithinLease
    case .servesWithoutLeading: .servesWithoutLeading
    case .followsUnfenced: .followsUnfenced
    case .forgetsDistrust: .forgetsDistrust
    case .continuesForked: .continuesForked
    case .choosesByOffset, .choosesFromMinority, .choosesUntrusted, .claimsRelease: []
    }
  }

  var sentinel: FencePlants {
    switch self {
    case .choosesByOffset: .choosesByOffset
    case .choosesFromMinority: .choosesFromMinority
    case .choosesUntrusted: .choosesUntrusted
    case .claimsRelease: .claimsRelease
    default: []
    }
  }
}

extension Trial {
  /// A mixture that leans to where the rule matters, with the rule broken, or kept; nil: the mixture of `seed`.
  package init(seed: UInt64, plant: Plant?, isKept: Bool = false) {
    self.init(seed: seed)
    guard let plant else { return }
    if !isKept {
      setup.plants = plant.member
      setup.fencePlants = plant.sentinel
    }
    setup.members = 3
    setup.sentinels = 3
    setup.observers = 0
    faults.diskFailureShare = 0
    clients = 3
    workload.readers = 0
    lean(to: plant)
  }

  private mutating func lean(to plant: Plant) {
    switch plant {
    case .trustsAmnesiac, .choosesUntrusted, .resumesLeadership, .regainsTrustEarly, .promotesRestarted, .forgetsPromise:
      setup.storage = .snapshots
      faults.crashPeriod = 500
      faults.restartDelay = 30...400
      faults.failoverPeriod = 900
      faults.strayOrderPeriod = 150
      faults.partitionPeriod = 900
      faults.healDelay = 300...1_500
    case .answersBeforeDisk:
      setup.storage = .always
      faults.crashPeriod = 500
      faults.restartDelay = 30...300
      faults.failoverPeriod = 600
      faults.slowDiskPeriod = 500
      faults.strayOrderPeriod = 100
    case .trustsBlank, .followsUnfenced, .forgetsDistrust:
      setup.storage = plant == .trustsBlank ? .snapshots : .always
      faults.crashPeriod = 500
      faults.wipeShare = 0.5
      faults.restartDelay = 30...400
      faults.partitionPeriod = 1_200
      faults.failoverPeriod = 900
      faults.strayOrderPeriod = 100
    case .acknowledgesUnsynced:
      setup.storage = .always
      faults.blackoutPeriod = 1_500
      faults.powerLossShare = 1
    case .countsObservers:
      setup.observers = 1
      faults.partitionPeriod = 1_000
      faults.crashPeriod = 1_500
    case .releasesAtTimeout, .keepsHeldReplies, .answersReadsAtOnce, .choosesByOffset, .continuesForked:
      setup.timeout = 300
      setup.downAfter = 600
      workload.period = 15
      workload.keysPerKind = 1
      faults.latency = 0...10
      faults.partitionPeriod = 900
      faults.healDelay = 1_000...3_000
      faults.failoverPeriod = 1_000
      if plant == .answersReadsAtOnce { workload.kinds = [.set, .list] }
    case .servesWithoutLease, .answersWithinLease, .countsLeaseFromAnswer, .servesWithoutLeading, .claimsRelease:
      setup.lease = plant == .servesWithoutLease ? 80 : 900
      setup.downAfter = 100
      clients = 5
      workload.readers = 3
      workload.period = 5
      workload.readShare = 0.2
      workload.keysPerKind = 1
      workload.kinds = [.register, .counter]
      faults.latency = 0...3
      faults.diskLatency = 0...2
      faults.slowDiskPeriod = 0
      faults.crashPeriod = 0
      faults.sleepPeriod = 700
      faults.sleepLength = 300...1_500
      faults.partitionPeriod = 900
      faults.healDelay = 800...2_000
    case .skipsFence, .followsLower, .raisesHistoryEarly, .commitsBeforeMarker, .keepsProgress, .choosesFromMinority,
      .acknowledgesBeforeQuorum:
      faults.partitionPeriod = 700
      faults.healDelay = 200...2_000
      faults.failoverPeriod = 600
      faults.crashPeriod = 1_500
      faults.restartDelay = 50...600
      faults.slowLinkPeriod = 400
      faults.strayOrderPeriod = 100
    }
  }
}
