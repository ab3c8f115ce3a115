/// The replica's side: one link to a primary.
///
///     none ── replicate ──▶ waiting ── tick ──▶ connecting ── connected ──▶ handshake ─── +CONTINUE ───▶ connected
///      ▲                       ▲                    │                        │    │                       │  ▲
///      └─ becomePrimary ─ any  └──── refused, lost, timed out, garbage ──────┘    │ +FULLRESYNC, SYNC     │  │ loadFinished
///                              ▲                                                  ▼                       │  │
///                              └─────────────────────────────────────────── transfer ◀───────────────────┘──┘
///
/// The handshake: PING, then AUTH, REPLCONF listening-port, ip-address and capa in one write, then PSYNC with the place where the log
/// ends. Unlike Redis, a failed full sync does not make the old place worthless: the data are replaced only when the new ones are
/// complete, so until then the old id and offset are true, and another primary may continue from them.
///
/// Every length and line from the peer is bounded, and whatever breaks the protocol closes the link with a line in the log.
package struct ReplicaMachine {
  package var configuration: ReplicaConfiguration
  package internal(set) var primary: Endpoint?
  /// Where the data are: what PSYNC asks to continue. nil when nothing can be continued.
  package internal(set) var resume: ResumePoint?
  /// What the append-only file holds on disk; goes with each ACK as FACK. nil when there is none.
  package internal(set) var fsyncedOffset: Int64?
  /// The primary asked (GETACK) when so much was applied, and was told that less is on disk.
  var syncOwed: Int64?
  /// When the link was last lost; nil if it is up or never was.
  package internal(set) var downSince: Int64?
  var state: State = .none
  /// The number of the present connection, or of the last one.
  package internal(set) var link = 0
  /// Attempts in a row that did not lead to a working link.
  var failures = 0
  /// FAILOVER: the next PSYNC asks the primary-to-be to take over, and its answer stays here until the node has seen it.
  package var handover = Handover.none
  var random: any RandomNumberGenerator & Sendable

  package enum Handover: Hashable, Sendable {
    case none, asking, accepted
    case refused(String)
  }

  package struct Endpoint: Hashable, Sendable {
    package var host: String
    package var port: Int
    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  package struct ResumePoint: Hashable, Sendable {
    package var replid: ReplicationID
    /// The position up to which the stream has been applied.
    package var offset: Int64
    package init(replid: ReplicationID, offset: Int64) {
      self.replid = replid
      self.offset = offset
    }
  }

  enum State: Sendable {
    /// This node is a primary.
    case none
    case waiting(until: Int64)
    case connecting(since: Int64)
    case handshake(Handshake)
    case transfer(Transfer)
    case connected(Live)
  }

  struct Handshake: Sendable {
    enum Step: Hashable, Sendable { case pong, auth, listeningPort, address, capabilities, member, admission, psync }
    /// Replies still to come, in order.
    var expected: [Step]
    var line = ReplyLine()
    var movedAt: Int64
    /// What PSYNC asked to continue.
    var requested: ResumePoint?
  }

  struct Transfer: Sendable {
    enum Phase: Sendable {
      case header(ReplyLine)
      case sized(left: Int64)
      case marked(EOFMarkScanner)
      case loading
    }
    var phase: Phase
    /// nil when the primary knows only SYNC.
    var replid: ReplicationID?
    var offset: Int64
    var totalBytes: Int64?
    var readBytes: Int64 = 0
    var movedAt: Int64
    /// When the primary was last told, by an empty line, that the load goes on.
    var newlineAt: Int64
    /// Live stream that followed the RDB in the same reads.
    var early: [[UInt8]] = []
    var earlyByteCount = 0
    /// The primary went away when everything had come: the load goes on, and the stream is asked for again behind it.
    var isClosed = false
    var hasHeader: Bool { if case .header = phase { false } else { true } }
  }

  struct Live: Sendable {
    var movedAt: Int64
    var readOffset: Int64
    var appliedOffset: Int64
    var acknowledgedAt: Int64
    /// Behind an old SYNC there are no offsets to acknowledge.
    var isPrePSYNC: Bool
  }

  package init(configuration: ReplicaConfiguration, random: any RandomNumberGenerator & Sendable) {
    self.configuration = configuration
    self.random = random
  }
}

/// One line of the primary, gathered over reads. A bound keeps a peer that never ends its line from filling the memory.
struct ReplyLine: Sendable {
  static let bytesMax = 1024
  private var bytes: [UInt8] = []

  enum Outcome {
    case incomplete
    /// Without CRLF or LF.
    case line([UInt8])
    case tooLong
  }

  /// Takes bytes from `index` on, up to the line's end at most.
  mutating func take(_ source: UnsafeRawBufferPointer, _ index: inout Int) -> Outcome {
    while index < source.count {
      let byte = source[index]
      index += 1
      if byte == 10 {
        if bytes.last == 13 { bytes.removeLast() }
        defer { bytes = [] }
        return .line(bytes)
      }
      guard bytes.count < Self.bytesMax else { return .tooLong }
      bytes.append(byte)
    }
    return .incomplete
  }
}

extension ReplicaMachine {
  package var isReplica: Bool { primary != nil }
  /// `master_link_status:up`.
  package var isConnected: Bool { if case .connected = state { true } else { false } }
  /// `master_sync_in_progress`.
  package var isSyncing: Bool { if case .transfer = state { true } else { false } }
  package var isLoading: Bool {
    if case .transfer(let transfer) = state, case .loading = transfer.phase { true } else { false }
  }

  /// As ROLE names it.
  package var stateName: String {
    switch state {
    case .none: "none"
    case .waiting: "connect"
    case .connecting: "connecting"
    case .handshake: "handshake"
    case .transfer: "sync"
    case .connected: "connected"
    }
  }

  /// Bytes of the stream that have arrived; of them, `appliedOffset` are executed.
  package var readOffset: Int64? {
    if case .connected(let live) = state { live.readOffset } else { resume?.offset }
  }
  package var appliedOffset: Int64? {
    if case .connected(let live) = state { live.appliedOffset } else { resume?.offset }
  }

  /// When the primary was last heard of on a working link.
  package var lastIO: Int64? {
    if case .connected(let live) = state { live.movedAt } else { nil }
  }

  /// A full sync that is under way: its size (nil before the header, 0 behind an end mark, as Redis counts), and what has come.
  package var transferProgress: (totalBytes: Int64?, readBytes: Int64, movedAt: Int64)? {
    guard case .transfer(let transfer) = state else { return nil }
    return (transfer.hasHeader ? transfer.totalBytes ?? 0 : nil, transfer.readBytes, transfer.movedAt)
  }
}
