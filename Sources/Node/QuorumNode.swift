internal import TernEngine
package import TernReplication

/// What a member of a quorum has besides the machine that keeps the rules: requests under way, what is being stored, who is connected.
package final class QuorumNode {
  /// As of the start; only the timeout may change afterwards.
  package internal(set) var configuration: QuorumConfiguration
  /// nil until the data are loaded.
  package internal(set) var machine: QuorumMachine?
  /// That this node has started is on its disk; before that it takes part in nothing.
  package internal(set) var isReady = false
  /// What the driver is storing.
  var persisting: QuorumPromise?

  enum Command {
    case fence(UInt64, released: UInt64?)
    case promote(UInt64, QuorumPosition, boots: UInt64)
    case follow(UInt64, host: String, port: Int)
    case memberArrived(MemberName, promise: UInt64)
    case changeMembers(QuorumMembership.Change)
    case replicaOf(host: String, port: Int)
    case replicaOfNobody
  }
  /// Commands that came in the midst of a batch. They are obeyed behind it, when the replies that it brought have been put aside: a leader
  /// that steps down must take none of them for acknowledged.
  var commands: [(sessionID: Int64, command: Command)] = []
  var isObeying = false

  enum Asker {
    case session(Int64)
    case handshake(link: Int)
  }
  var askers: [QuorumRequest: Asker] = [:]
  private var nextRequest = 1

  /// Connections of members that follow this leader.
  var members: [Int: MemberName] = [:]
  /// Mixed company: why this node promises no more than Redis does.
  package internal(set) var stranger: String?
  /// Told so by REPLICAOF, not by an elected epoch.
  var followsWithoutEpoch = false
  var notedReplicas: Set<String> = []

  /// The present data are not in the files of the log yet.
  var awaitsDisk = false
  /// The part of the log that the leader's last beats make up, if nothing came between and behind them.
  var beats: Range<Int64> = -1 ..< -1
  /// As of the last acknowledgement.
  var leaseEnd: Int64 = .min
  /// Follower: how far the leader had committed when it last said so.
  var knownCommit: Int64 = -1
  var barrierAt: Int64 = .min
  var needsBarrier = false
  var lastAcknowledgement: (offset: Int64, at: Int64) = (-1, .min)

  /// Behind the newest marker in the log, at the latest; and the epoch in front of it. What a file says of its data must not be ahead of
  /// them: bytes that are torn off before the marker are of the epoch before.
  private var newestMarker: (end: Int64, epochBefore: UInt64) = (-1, 0)
  private var hasNewMarker = false

  /// A marker has come, or is about to be appended.
  func noteMarker() {
    if !hasNewMarker { newestMarker = (.max, historyEpoch) }
    hasNewMarker = true
  }
  func noteLogEnd(_ end: Int64) {
    guard hasNewMarker else { return }
    hasNewMarker = false
    newestMarker.end = end
  }
  func forgetMarkers() {
    newestMarker = (-1, 0)
    hasNewMarker = false
  }
  func historyEpoch(at offset: Int64) -> UInt64 { offset >= newestMarker.end ? historyEpoch : newestMarker.epochBefore }

  /// What was loaded at the start.
  var loaded = Loaded()
  struct Loaded {
    var epoch: UInt64 = 0
    /// Of the newest marker in the log that was loaded.
    var replid: String?
    /// The newest change of the members in them.
    var membership: QuorumMembership?
    /// The files say themselves where in the log they end.
    var isPositionKnown = false
  }

  /// The last refusal of any kind, with its reason.
  package internal(set) var refusal: String?
  var unacknowledgedLoggedAt: Int64 = .min

  /// Rules that are broken on purpose, for the simulator's proof that it would find it; set before `startQuorum`. Never outside of tests.
  package var plants: QuorumPlants = []
  /// What this node led when it crashed, for `resumesLeadership`.
  package var plantedEpoch: UInt64?

  init(_ configuration: QuorumConfiguration) { self.configuration = configuration }

  package var leads: Bool { machine?.isLeading ?? false }
  /// What an RDB file says of the members; nil while redis.conf's are the members.
  var membershipText: String? {
    let membership = machine?.membership ?? loaded.membership
    return membership.flatMap { $0.version > .configured ? $0.text : nil }
  }
  package var historyEpoch: UInt64 { machine?.historyEpoch ?? loaded.epoch }

  func lacksLease(_ clock: Int64) -> Bool { leads && clock >= leaseEnd }

  func request(from asker: Asker) -> QuorumRequest {
    defer { nextRequest += 1 }
    askers[nextRequest] = asker
    return nextRequest
  }

  func adopt(_ new: Configuration) {
    configuration.timeoutMilliseconds = Int64(new.ternQuorumTimeout)
    machine?.configuration.timeoutMilliseconds = Int64(new.ternQuorumTimeout)
  }
}
