/// The primary's side of replication, for all replicas of this node (also those of a node that is a replica itself).
///
///     REPLCONF … ─▶ candidate ── PSYNC/SYNC ──▶ waiting ── snapshotTaken ──▶ preparing ─ snapshotSized ─┐  ($<length>)
///                       │                                     └──────────────────────────────┐        │
///                       │ PSYNC, decision: continue                                  ($EOF)  ▼        ▼
///                       └──────────────────────────────▶ online ◀── transferCompleted ───── transferring
///
/// The machine holds no bytes of the log. Each replica has a cursor in it: `handed` (given to the driver by `takeRange`) and `sent`
/// (on the socket). From the snapshot's offset on, a cursor keeps the log from being trimmed (`retainFrom`), so that a replica that
/// was long in loading goes on without a gap.
///
/// Redis's own replicas look for the end mark only at the end of what they have just read. Behind an RDB with an end mark nothing is
/// sent until the replica's first `REPLCONF ACK`, or they would miss it.
package struct PrimaryMachine {
  package var configuration: PrimaryConfiguration
  /// The state of this node's own link, which decides what a PSYNC is answered with.
  package var upstream: Upstream = .none
  package internal(set) var replicas: [Replica] = []
  package internal(set) var backlogIsActive = false
  /// The position that the log has reached.
  package internal(set) var logEnd: Int64
  /// For INFO stats: `sync_full`, `sync_partial_ok`, `sync_partial_err`.
  package internal(set) var fullSyncs = 0
  package internal(set) var partialSyncsAccepted = 0
  package internal(set) var partialSyncsRefused = 0
  /// Of the accepted ones, those that began in the append only file.
  package internal(set) var partialSyncsFromDisk = 0
  /// Why the full syncs were needed.
  package internal(set) var fullSyncReasons: [FullResyncReason.Kind: Int] = [:]
  package internal(set) var lastFullSyncReason: String?
  /// Replicas that were dropped because they were too far behind.
  package internal(set) var lagDrops = 0
  /// The log in the append only file, as the host last knew it; nil when there is none. A replica that is far behind, and can be served
  /// from there, holds no memory.
  package var onDisk: DiskLog?
  /// What went out over compressed links so far.
  package internal(set) var compression = LinkCompressionCounts()

  /// Connections that have said REPLCONF and are not replicas yet.
  var candidates: [Int: Candidate] = [:]
  var groups: [Group] = []
  var nextGroup = 1
  var random: any RandomNumberGenerator & Sendable
  var pingedAt: Int64?
  /// Since when there has been no replica; nil while there is one.
  var aloneSince: Int64?

  package enum Upstream: Hashable, Sendable {
    /// This node is a primary.
    case none
    case connected
    /// This node is a replica without a working link; a full sync from it would spread stale data as if it were good.
    case disconnected
  }

  package init(configuration: PrimaryConfiguration, logEnd: Int64, random: any RandomNumberGenerator & Sendable) {
    self.configuration = configuration
    self.logEnd = logEnd
    self.random = random
  }

  /// What a connection has told about itself by REPLCONF.
  struct Candidate {
    var listeningPort = 0
    var announcedAddress = ""
    var understandsEndMark = false
    var understandsPSYNC2 = false
    var understandsLZ4 = false
    var understandsFieldExpiry = false
    var rdbOnly = false
    var filter = SnapshotFilter.everything
    var version: String?

    func name(at address: String) -> String {
      "\(announcedAddress.isEmpty ? address : announcedAddress):\(listeningPort == 0 ? "<unknown-replica-port>" : String(listeningPort))"
    }
  }

  package struct Replica {
    package let id: Int
    /// The socket's peer address.
    let address: String
    var candidate: Candidate
    package internal(set) var phase: Phase
    /// Next position to give to the driver. From the snapshot on: `sent <= handed <= logEnd`.
    var handed: Int64
    package internal(set) var sent: Int64
    package internal(set) var acknowledged: Int64 = 0
    /// What its append-only file holds on disk (REPLCONF ACK … FACK); -1 for nothing.
    package internal(set) var synced: Int64 = -1
    /// Of the last REPLCONF ACK or newline. A sync counts as one, or a new replica would be late before it could answer.
    var acknowledgedAt: Int64
    /// When it began to wait, or when the transfer last moved.
    var movedAt: Int64
    /// It came with the old SYNC: no offsets, no ACKs, and silence is no reason to drop it.
    let isPrePSYNC: Bool
    /// Since when it has been behind by more than the soft limit.
    var overSoftLimitSince: Int64?

    package enum Phase: Hashable, Sendable {
      case waiting
      case preparing(group: Int)
      case transferring(group: Int, framing: SnapshotFraming)
      /// `streams` is false until the first ACK behind an end mark.
      case online(streams: Bool)
      /// It wanted the RDB only (`redis-cli --rdb`), and has it.
      case transmitted
    }

    package var listeningPort: Int { candidate.listeningPort }
    /// Where clients and sentinels find it.
    package var shownAddress: String { candidate.announcedAddress.isEmpty ? address : candidate.announcedAddress }
    /// As Redis's log lines name it.
    package var name: String { candidate.name(at: address) }
    package var version: String? { candidate.version }
    package var isOnline: Bool { if case .online = phase { true } else { false } }
    var streams: Bool { phase == .online(streams: true) }
    var group: Int? {
      switch phase {
      case .preparing(let group), .transferring(let group, _): group
      case .waiting, .online, .transmitted: nil
      }
    }
    var holdsLog: Bool {
      switch phase {
      case .waiting, .transmitted: false
      case .preparing, .transferring, .online: true
      }
    }
    var framing: SnapshotFraming = .length
    /// What its RDB is like.
    var filter = SnapshotFilter.everything
    /// The live stream goes through LZ4.
    package internal(set) var isCompressed = false
    package internal(set) var compression = LinkCompressionCounts()
  }

  /// One snapshot and those who share it; it lives as long as one of them needs it.
  struct Group {
    let number: Int
    let framing: SnapshotFraming
    let filter: SnapshotFilter
    /// nil until the snapshot is taken.
    var offset: Int64?
    var isSized = false
  }

  package struct LinkCompressionCounts: Hashable, Sendable {
    package var rawBytes: Int64 = 0
    package var wireBytes: Int64 = 0
    /// Of the raw bytes, those that went out as they were, since they would not shrink.
    package var bypassedBytes: Int64 = 0
  }

  package func replica(_ id: Int) -> Replica? { replicas.first { $0.id == id } }

  /// How a connection from `address` that has not asked for a stream yet would be named as a replica.
  package func candidateName(_ id: Int, address: String) -> String { (candidates[id] ?? Candidate()).name(at: address) }

  /// The lowest position that anybody needs: the log may trim below it, and nowhere else on replication's account.
  package var retainFrom: Int64 {
    var lowest = backlogIsActive ? max(0, logEnd - max(0, configuration.backlogBytes)) : logEnd
    for index in replicas.indices where replicas[index].sent < lowest && replicas[index].holdsLog {
      lowest = min(lowest, neededFromMemory(replicas[index].sent))
    }
    return lowest
  }

  private func neededFromMemory(_ position: Int64) -> Int64 {
    guard logEnd - position > max(configuration.backlogBytes, configuration.memoryLagBytesMax), let onDisk, onDisk.start <= position else {
      return position
    }
    return max(position, min(onDisk.end, logEnd))
  }

  /// The lowest position that a replica still has to be sent: files from there on are kept. nil without replicas.
  package var lowestCursor: Int64? {
    var lowest: Int64?
    for index in replicas.indices where replicas[index].holdsLog { lowest = min(lowest ?? .max, replicas[index].sent) }
    return lowest
  }

  /// How many more replicas may be sent an RDB now. A snapshot on order will have one replica at least.
  var freeFullSyncs: Int {
    max(1, configuration.concurrentFullSyncsMax) - replicas.count { $0.group != nil } - groups.count { $0.offset == nil }
  }

  /// How many bytes the slowest replica still has to be sent.
  package var lagBytesMax: Int64 {
    replicas.reduce(0) { $1.holdsLog ? max($0, logEnd - $1.sent) : $0 }
  }

  /// As above, of those that have been synced: nobody else is waited for.
  package var onlineLagBytesMax: Int64 {
    var lag: Int64 = 0
    for index in replicas.indices where replicas[index].streams { lag = max(lag, logEnd - replicas[index].sent) }
    return lag
  }

  /// For a node that comes up with a history on disk: replicas may ask for what is logged from now on.
  package mutating func activateBacklog(now: Int64) {
    backlogIsActive = true
    aloneSince = replicas.isEmpty ? now : nil
  }

  func index(of id: Int) -> Int? {
    for index in replicas.indices where replicas[index].id == id { return index }
    return nil
  }
}
