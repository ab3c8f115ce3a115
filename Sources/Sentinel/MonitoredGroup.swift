/// The states of a failover, with the instance that is being promoted where there is one.
///
/// ```
///   none ─▶ waitStart ─▶ selectSlave ─▶ sendSlaveofNoOne ─▶ waitPromotion ─▶ reconfSlaves ─▶ updateConfig ─▶ none (other address)
///              │  │           │  │             │                ▲   │
///              ▼  │           ▼  └─▶ handover ─┼────────────────┼─▶ reconfSlaves          (COORDINATED: the primary hands over itself)
///     not-elected │  no-good-slave     │       ▼                │   ▼
///                 │                    ▼  slave-timeout         │ slave-timeout           (-failover-abort-…: back to none)
///                 └─▶ fence ───────────┬────────────────────────┘                         (members of a quorum)
///                                      ▼ no-quorum
/// ```
///
/// Until the promoted instance is known to be a primary a failover can be aborted; from then on it can only be completed.
package enum FailoverState: Hashable, Sendable {
  case none
  case waitStart
  case selectSlave
  case sendSlaveofNoOne(promoted: InstanceID)
  case waitPromotion(promoted: InstanceID)
  case reconfSlaves(promoted: InstanceID)
  case updateConfig(promoted: InstanceID)
  /// The primary was asked to hand its role to this replica.
  case handover(promoted: InstanceID)
  /// The members of a quorum are being asked to promise this failover's epoch.
  case fence(FenceRound)

  var promoted: InstanceID? {
    switch self {
    case .none, .waitStart, .selectSlave, .fence: nil
    case .sendSlaveofNoOne(let id), .waitPromotion(let id), .reconfSlaves(let id), .updateConfig(let id), .handover(let id): id
    }
  }

  /// As `failover-state` in SENTINEL MASTER.
  package var word: String {
    switch self {
    case .none: "none"
    case .waitStart: "wait_start"
    case .selectSlave: "select_slave"
    case .sendSlaveofNoOne: "send_slaveof_noone"
    case .waitPromotion: "wait_promotion"
    case .reconfSlaves: "reconf_slaves"
    case .updateConfig: "update_config"
    case .handover: "wait_handover"
    case .fence: "wait_fence"
    }
  }
}

/// Why a failover was begun, and so what it may do.
package enum FailoverMode: Hashable, Sendable {
  /// The primary is down, or leads nobody.
  case automatic
  /// The primary is up, and a member can follow nobody before it is fenced into a new epoch. Among equals the primary stays what it is.
  case inclusion
  /// SENTINEL FAILOVER: no agreement that it is down is needed.
  case requested
  /// SENTINEL FAILOVER … COORDINATED: the primary, which is up, hands over.
  case coordinated
  /// As `coordinated`, but at the primary's own wish: every sentinel has heard it, and one is elected.
  case resignation
  /// SENTINEL FAILOVER … FORCE: nor votes, nor enough answers of members.
  case forced

  /// Whether a majority of the sentinels must have voted for it. What Redis does without one, it does without one here; but members of a
  /// quorum are fenced into an epoch that one sentinel alone may use.
  func needsVotes(fencing: Bool) -> Bool {
    switch self {
    case .automatic, .inclusion, .resignation: true
    case .requested, .coordinated: fencing
    case .forced: false
    }
  }

  /// The primary is up, and may take part.
  var isPlanned: Bool { self == .coordinated || self == .resignation || self == .inclusion }
  /// Somebody wants another primary.
  var passesPrimaryBy: Bool { self != .automatic && self != .inclusion }
}

/// One entry for `InstanceLink`s and handlers that work on any instance of a group.
enum InstanceRef: Hashable, Sendable {
  case primary
  case replica(Int)
  case sentinel(Int)
}

/// One monitored primary with its replicas and the other sentinels that watch it.
package struct MonitoredGroup: Sendable {
  package let name: String
  package var primary: MonitoredInstance
  package var replicas: [MonitoredInstance] = []
  package var sentinels: [MonitoredInstance] = []

  package var quorum: Int
  package var parallelSyncs: Int
  package var failoverTimeout: Int64
  package var authPass: [UInt8]?
  package var authUser: [UInt8]?
  package var notificationScript: String?
  package var clientReconfigScript: String?
  /// In the order in which they were declared; names of commands compare without case.
  package var renamedCommands: [RenamedCommand] = []
  package var rebootDownAfter: Int64 = 0
  var rebootSince: Int64?

  package var configEpoch: UInt64 = 0
  /// Our own vote and its epoch. Invariant: on disk before anybody is told.
  package var leader: String?
  package var leaderEpoch: UInt64 = 0

  package var isObjectivelyDown = false
  var objectivelyDownSince: Int64?

  package var failover = FailoverState.none
  package var failoverEpoch: UInt64 = 0
  var failoverMode = FailoverMode.automatic
  var failoverStateSince: Int64 = 0
  /// Of the latest attempt, ours or one that we voted for. nil: none in the way.
  var failoverStart: Int64?
  /// When INFO asked for at the start of this failover counts as fresh.
  var failoverInfoSince: Int64 = 0
  var delayLoggedFor: Int64?
  /// The moment at which we become a candidate, chosen when everything else allows it.
  var candidacy: Int64?
  /// Elections in a row that nobody won.
  var splitVotes: Int64 = 0
  /// When the primary's address changed last.
  var switchedAt: Int64?
  /// The latest logged reason for not starting a failover, or for giving one up.
  var refusal: String?
  /// The primary wants to be replaced, as it is going to end.
  var resignation: Int64?
  /// The latest time that we promised another sentinel its failover.
  var votedForOtherAt: Int64?
  /// How often the handover was looked at; the next look.
  var handoverLook: Int64?
  /// nil as long as no node of the group promises a quorum.
  var membership: QuorumMembership?
  /// Why a group whose nodes promise a quorum is treated as Redis treats it, as it was said last.
  var mixedCompany: String?

  /// When `process` must look at this group again.
  var deadline: Int64 = .min

  init(name: String, primary: MonitoredInstance, quorum: Int, failoverTimeout: Int64) {
    self.name = name
    self.primary = primary
    self.quorum = quorum
    self.failoverTimeout = failoverTimeout
    parallelSyncs = 1
  }

  package var isFailoverInProgress: Bool { failover != .none }

  subscript(ref: InstanceRef) -> MonitoredInstance {
    get {
      switch ref {
      case .primary: primary
      case .replica(let i): replicas[i]
      case .sentinel(let i): sentinels[i]
      }
    }
    _modify {
      switch ref {
      case .primary: yield &primary
      case .replica(let i): yield &replicas[i]
      case .sentinel(let i): yield &sentinels[i]
      }
    }
  }

  var refs: [InstanceRef] { [.primary] + replicas.indices.map { .replica($0) } + sentinels.indices.map { .sentinel($0) } }

  func ref(of id: InstanceID) -> InstanceRef? {
    if primary.id == id { return .primary }
    if let i = replicas.firstIndex(where: { $0.id == id }) { return .replica(i) }
    return sentinels.firstIndex { $0.id == id }.map { .sentinel($0) }
  }

  /// In a fenced failover that may be the present primary.
  var promotedRef: InstanceRef? {
    guard let id = failover.promoted, let ref = ref(of: id), self[ref].role != .sentinel else { return nil }
    return ref
  }

  /// Primary and replicas.
  var dataRefs: [InstanceRef] { [.primary] + replicas.indices.map { .replica($0) } }

  /// The promoted replica's address as soon as it is known to be a primary, else the primary's.
  package var currentAddress: SentinelAddress {
    switch failover {
    case .reconfSlaves, .updateConfig: promotedRef.map { self[$0].address } ?? primary.address
    default: primary.address
    }
  }

  /// The name under which this group's instances know `command`.
  func mapped(_ command: String) -> String {
    renamedCommands.first { $0.name.lowercased() == command.lowercased() }?.newName ?? command
  }

  func isUndisturbed(_ ref: InstanceRef, for milliseconds: Int64, now: Int64) -> Bool {
    let latest = [self[ref].subjectivelyDownSince, ref == .primary ? objectivelyDownSince : nil].compactMap { $0 }.max()
    return latest.map { now - $0 > milliseconds } ?? true
  }
}

package struct RenamedCommand: Hashable, Sendable {
  package let name: String
  package let newName: String
  package init(name: String, newName: String) {
    self.name = name
    self.newName = newName
  }
}
