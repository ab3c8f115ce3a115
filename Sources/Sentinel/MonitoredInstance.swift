/// What an instance is to us. The words are those of Redis's events and replies.
package enum InstanceRole: Hashable, Sendable {
  case primary, replica, sentinel

  package var word: String {
    switch self {
    case .primary: "master"
    case .replica: "slave"
    case .sentinel: "sentinel"
    }
  }
}

/// Names an instance for as long as we know it; an instance that was dropped and found again has another id, so that replies
/// meant for the old one are not taken for the new one's.
package struct InstanceID: Hashable, Sendable {
  let rawValue: UInt64
}

/// Where a replica stands while it is being pointed to a promoted one.
package enum ReplicaReconfiguration: Hashable, Sendable {
  case none
  /// SLAVEOF was sent.
  case sent(at: Int64)
  /// It reports the new primary, but its replication link is not up yet.
  case inProgress
  case done
}

/// A primary, a replica or another sentinel as seen from here. Times are milliseconds of the machine's clock.
package struct MonitoredInstance: Sendable {
  package let id: InstanceID
  package let role: InstanceRole
  /// The group's name for a primary, `ip:port` for a replica, the run id for a sentinel.
  package var name: String
  package var runID: String?
  package var address: SentinelAddress
  var link: LinkID
  package var downAfter: Int64

  package var isSubjectivelyDown = false
  /// When it went down last; kept after it came back.
  var subjectivelyDownSince: Int64?
  var lastHelloSent: Int64
  var isHelloPending = false
  var isScriptKillSent = false

  // Of primaries and replicas, out of INFO.
  var info: [UInt8]?
  var infoReceived: Int64?
  /// Ask for INFO at the next occasion, whatever the period says.
  var isInfoWanted = false
  var isInfoPending = false
  /// `primary` or `replica`.
  package var roleReported: InstanceRole
  var roleReportedSince: Int64

  // Of replicas, out of INFO.
  package var primaryLinkDownTime: Int64 = 0
  package var priority = 100
  package var isAnnounced = true
  package var primaryHost: String?
  package var primaryPort = 0
  package var isPrimaryLinkUp = false
  package var offset: UInt64 = 0
  var configurationChangedSince: Int64
  /// Where its FAILOVER stands, as INFO names it.
  var handover: String?
  /// Whether its INFO is that of a Tern node.
  var isTern = false

  // Of members of a quorum, out of INFO.
  var isLoading = false
  package var quorum: QuorumReport?
  /// Of a primary: since when it says that it leads nobody. nil while it leads.
  var idleSince: Int64?
  var lastFollowSent: Int64?
  /// Since when it has promised more than the epoch of the leader, and so can follow nobody.
  var stuckSince: Int64?
  package var reconfiguration = ReplicaReconfiguration.none

  // Of sentinels.
  var lastHelloReceived: Int64
  var lastPrimaryDownReply: Int64
  var lastPrimaryDownAsk: Int64?
  var saysPrimaryIsDown = false
  var votedLeader: String?
  var votedLeaderEpoch: UInt64 = 0

  init(id: InstanceID, role: InstanceRole, name: String, address: SentinelAddress, link: LinkID, downAfter: Int64, now: Int64) {
    self.id = id
    self.role = role
    self.name = name
    self.address = address
    self.link = link
    self.downAfter = downAfter
    lastHelloSent = now
    roleReported = role == .replica ? .replica : .primary
    roleReportedSince = now
    configurationChangedSince = now
    lastHelloReceived = now
    lastPrimaryDownReply = now
  }
}
