/// What the members of a group know each other by: `host:port`, as configured in `tern-members`.
package typealias MemberName = String

/// What redis.conf says about quorum durability.
package struct QuorumConfiguration: Hashable, Sendable {
  /// `tern-members`: the data nodes, this one among them, as long as the log holds no change of them.
  package var members: [MemberName]
  /// `tern-member`: this node's own name.
  package var own: MemberName
  /// `tern-copies`: members that must hold a write before it is acknowledged, the leader included; more than half.
  package var copies: Int
  /// `tern-quorum-timeout`: how long a reply is held before the client is told that the outcome is unknown.
  package var timeoutMilliseconds: Int64 = 5000
  /// `tern-lease`: how long a member that has acknowledged stays with its leader.
  package var leaseMilliseconds: Int64 = 500
  package static let leaseMillisecondsMax: Int64 = 60_000
  /// `appendfsync always`: an acknowledgement means "on disk".
  package var acknowledgesDisk = false

  package init(members: [MemberName], own: MemberName, copies: Int? = nil) {
    self.members = members
    self.own = own
    self.copies = max(copies ?? 0, members.count / 2 + 1)
  }
}

/// Who the members are: what redis.conf says, or the newest entry of the log that changes it (the design's rule 9). An entry counts from
/// when it is appended, and differs from the one before by one member, so that every majority of the one has a member in common with every
/// majority of the other.
/// Source: D. Ongaro, Consensus: Bridging Theory and Practice (2014), chapter 4.
package struct QuorumMembership: Hashable, Sendable {
  /// In whose leadership the entry was appended, and how many changes came before it; 0.0 is redis.conf's.
  package struct Version: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var epoch: UInt64
    package var number: UInt64
    package static let configured = Version(epoch: 0, number: 0)

    package init(epoch: UInt64, number: UInt64) {
      self.epoch = epoch
      self.number = number
    }

    package static func < (a: Self, b: Self) -> Bool { (a.epoch, a.number) < (b.epoch, b.number) }
    package var description: String { "\(epoch).\(number)" }

    package init?(_ text: String) {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let epoch = UInt64(parts[0]), let number = UInt64(parts[1]), epoch <= UInt64(Int64.max),
        number <= UInt64(Int64.max)
      else { return nil }
      self.init(epoch: epoch, number: number)
    }
  }

  package var version: Version
  package var names: [MemberName]
  /// Members that must hold a write before it is acknowledged; more than half.
  package var copies: Int
  /// More would make every acknowledgement slower than any failure is likely.
  package static let countMax = 31

  package init(version: Version = .configured, names: [MemberName], copies: Int) {
    self.version = version
    self.names = names
    self.copies = min(max(copies, names.count / 2 + 1), max(names.count, 1))
  }

  package init(_ configuration: QuorumConfiguration) { self.init(names: configuration.members, copies: configuration.copies) }

  /// As the log and RDB files have it: `EPOCH.NUMBER COPIES HOST:PORT,HOST:PORT…`.
  package var text: String { "\(version) \(copies) \(names.joined(separator: ","))" }

  /// nil for anything that `text` does not write.
  package init?(text: String) {
    let words = text.split(separator: " ")
    guard words.count == 3, let version = Version(String(words[0])), version > .configured, let copies = Int(words[1]) else { return nil }
    let names = words[2].split(separator: ",").map(String.init)
    guard (1...Self.countMax).contains(names.count), Set(names).count == names.count, copies > names.count / 2, copies <= names.count,
      names.allSatisfy({ $0.utf8.count <= 261 && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } })
    else { return nil }
    self.init(version: version, names: names, copies: copies)
  }

  package enum Change: Hashable, Sendable {
    case add(MemberName)
    case remove(MemberName)
  }
}

/// Why a leader does not change the members, as a reply to a client.
package struct MembershipRefusal: Error, Hashable, Sendable {
  package let text: String
  init(_ text: String) { self.text = text }
}

/// What a member must not forget. Written to disk, and synced, before anything that depends on it leaves the node.
package struct QuorumPromise: Hashable, Sendable {
  /// The highest epoch that this member has promised: it follows, and answers, no leader of a lower one.
  package var epoch: UInt64 = 0
  /// Counts the starts of this node, so that an answer from before a restart is known for what it is.
  package var boots: UInt64 = 0
  /// Where the log ended when the node was shut down with everything on disk; nil while it runs, and after a crash.
  package var cleanEnd: CleanEnd?
  /// Acknowledgements of this start mean "on disk": then a restart has forgotten nothing.
  package var acknowledgesDisk = false

  package struct CleanEnd: Hashable, Sendable {
    package var replid: ReplicationID
    package var offset: Int64
    package init(replid: ReplicationID, offset: Int64) {
      self.replid = replid
      self.offset = offset
    }
  }

  package init() {}
}

/// How far a member's data go: first whose leadership they are from, then how many bytes. The greatest of a set that intersects every
/// quorum has every acknowledged write.
package struct QuorumPosition: Hashable, Sendable, Comparable {
  package var historyEpoch: UInt64
  package var offset: Int64
  package init(historyEpoch: UInt64, offset: Int64) {
    self.historyEpoch = historyEpoch
    self.offset = offset
  }
  package static func < (a: Self, b: Self) -> Bool { (a.historyEpoch, a.offset) < (b.historyEpoch, b.offset) }
}

/// A member's answer to a fence.
package struct FenceAnswer: Hashable, Sendable {
  package var position: QuorumPosition
  /// Whether everything that this member has acknowledged is still in its data.
  package var isTrusted: Bool
  package var boots: UInt64
  /// The newest that this member knows. An election counts by the newest that any answer tells of.
  package var membership: QuorumMembership
  /// The newest epoch that it led since it was started, and leads no more.
  package var lastLed: UInt64?
}

/// A request that is answered later: the host's number of it.
package typealias QuorumRequest = Int

/// What the host of a `QuorumMachine` has to do, in this order.
package enum QuorumAction: Hashable, Sendable {
  case log(ReplicationLogLevel, String)
  /// Write and sync; answer with `persisted` or `persistFailed`.
  case persist(QuorumPromise)
  /// Lead no more, follow nobody, take no writes: cut the link to the primary and those of all replicas.
  case standDown(reason: String)
  /// Fail the replies that are held: their outcome is unknown.
  case failHeld(reason: String)
  /// Take a new replication id, and append the marker of this epoch before anything else; answer with `markerAppended`.
  case lead(epoch: UInt64)
  /// Follow this primary, with a handshake that names the epoch.
  case follow(host: String, port: Int)
  /// Replies that stand on log bytes up to here may leave.
  case release(upTo: Int64)
  /// Append a PING to the log: its acknowledgement renews the lease.
  case appendPing
  case answer(QuorumRequest, FenceAnswer)
  case accept(QuorumRequest)
  case refuse(QuorumRequest, String)
}

/// Breaks of single rules, for the simulator's proof that it would find them. Never set outside of tests.
package struct QuorumPlants: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package static let acknowledgesBeforeQuorum = Self(rawValue: 1 << 0)
  package static let skipsFence = Self(rawValue: 1 << 1)
  package static let followsLower = Self(rawValue: 1 << 2)
  package static let raisesHistoryEarly = Self(rawValue: 1 << 3)
  package static let forgetsPromise = Self(rawValue: 1 << 4)
  package static let trustsAmnesiac = Self(rawValue: 1 << 5)
  package static let servesWithoutLease = Self(rawValue: 1 << 6)
  package static let resumesLeadership = Self(rawValue: 1 << 7)
  package static let promotesRestarted = Self(rawValue: 1 << 8)
  package static let commitsBeforeMarker = Self(rawValue: 1 << 9)
  package static let answersWithinLease = Self(rawValue: 1 << 10)
  /// Any connection that acknowledges counts as a member.
  package static let countsObservers = Self(rawValue: 1 << 11)
  /// What was held when the leadership ended is let go, as if it had been acknowledged.
  package static let keepsHeldReplies = Self(rawValue: 1 << 12)
  /// Replies to reads are not held, whatever they may have seen.
  package static let answersReadsAtOnce = Self(rawValue: 1 << 13)
  /// With `appendfsync always`, what was received is acknowledged before it is on the disk.
  package static let acknowledgesUnsynced = Self(rawValue: 1 << 14)
  /// What members acknowledged to an earlier leadership counts in the next.
  package static let keepsProgress = Self(rawValue: 1 << 15)
  /// The lease is counted from when the acknowledgement came, and without a margin.
  package static let countsLeaseFromAnswer = Self(rawValue: 1 << 16)
  /// A reply that no quorum has acknowledged in time is let go.
  package static let releasesAtTimeout = Self(rawValue: 1 << 17)
  /// Reads are answered by members that do not lead.
  package static let servesWithoutLeading = Self(rawValue: 1 << 18)
  /// A new leader continues logs that went on beyond its own beginning.
  package static let continuesForked = Self(rawValue: 1 << 19)
  /// A member without a past vouches for its emptiness.
  package static let trustsBlank = Self(rawValue: 1 << 20)
  /// A fence is answered before the promise is on the disk.
  package static let answersBeforeDisk = Self(rawValue: 1 << 21)
  /// A member that may have forgotten vouches for its data as soon as it follows somebody.
  package static let regainsTrustEarly = Self(rawValue: 1 << 22)
  /// A member that was not trusted is, after another restart.
  package static let forgetsDistrust = Self(rawValue: 1 << 24)
  /// A member without a promise follows whom it is told to.
  package static let followsUnfenced = Self(rawValue: 1 << 23)
}
