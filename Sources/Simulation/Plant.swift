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
    case .choosesByOffset, .choosesFromMinority, .choosesUntrusted: []
    }
  }

  var sentinel: FencePlants {
    switch self {
    case .choosesByOffset: .choosesByOffset
    case .choosesFromMinority: .choosesFromMinority
    case .choosesUntrusted: .choosesUntrusted
    default: []
    }
  }
}

extension Trial {
  /// The mixture of `seed`, with a rule broken.
  package init(seed: UInt64, plant: Plant?) {
    self.init(seed: seed)
    guard let plant else { return }
    setup.plants = plant.member
    setup.fencePlants = plant.sentinel
  }
}
