/// One client's state: what a connection, an in-process caller or a replication link is to the engine.
///
/// All access is under the node's lock. The driver keeps the session as long as its connection lives.
package final class Session {
  package struct Gates: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Must authenticate before anything but the commands that allow it.
    package static let unauthenticated = Self(rawValue: 1 << 0)
    package static let inMulti = Self(rawValue: 1 << 1)
    /// Has subscriptions and speaks RESP2: only a few commands make sense.
    package static let subscribed = Self(rawValue: 1 << 2)
    package static let monitor = Self(rawValue: 1 << 3)
    /// The link from the primary: its commands pass every gate, and its replies go nowhere.
    package static let primaryLink = Self(rawValue: 1 << 4)
    /// A replica's connection.
    package static let replica = Self(rawValue: 1 << 5)
    package static let replySkipped = Self(rawValue: 1 << 6)
    package static let replyOff = Self(rawValue: 1 << 7)
    /// Its own command ends the connection, or CLIENT KILL did.
    package static let closing = Self(rawValue: 1 << 8)
    /// Waits for something; nothing that it sends is executed meanwhile.
    package static let blocked = Self(rawValue: 1 << 9)
    /// EXEC will be refused: a command could not be queued.
    package static let execAborted = Self(rawValue: 1 << 10)
    /// EXEC will answer null: a watched key changed.
    package static let watchBroken = Self(rawValue: 1 << 11)
    /// The file or the snapshot being loaded at start: as the primary's link, and nothing is logged.
    package static let loader = Self(rawValue: 1 << 12)
    package static let noTouch = Self(rawValue: 1 << 13)
    package static let noEvict = Self(rawValue: 1 << 14)
    /// CLIENT REPLY SKIP is being executed: the command behind it gets no reply.
    package static let replySkipArmed = Self(rawValue: 1 << 15)
    /// CLIENT TRACKING is on: what its commands read is remembered, and its own writes are told apart.
    package static let tracking = Self(rawValue: 1 << 16)
  }

  /// What every request reads or writes; behind a pointer, where access costs no exclusivity check.
  struct Hot {
    var databaseIndex = 0
    var gates: Gates = []
    var hasPartial = false
    var isOnFlushList = false
    var lastInteraction: Int64 = 0
    var lastCommand: UnsafeMutablePointer<CommandRecord>? = nil
    var inputBytes = 0
    var inputCapacity = 0
    var takenCapacity = 0
    var unsentBytes = 0
    var neededBytes = 0
    var committedBytes = 0
    var emptyLines = 0
    /// All flags of the commands executed since they were last looked at; see `hasTouchedData`.
    var commandFlags: UInt32 = 0
    var isAsynchronous = false
  }

  package let id: Int64
  package let reply = ReplyBuffer()
  let hot: UnsafeMutablePointer<Hot>

  @inline(__always) package var databaseIndex: Int {
    get { hot.pointee.databaseIndex }
    set { hot.pointee.databaseIndex = newValue }
  }
  @inline(__always) package var gates: Gates {
    get { hot.pointee.gates }
    set { hot.pointee.gates = newValue }
  }

  package var name: [UInt8] = []
  package var libraryName: [UInt8] = []
  package var libraryVersion: [UInt8] = []
  package var user = "default"
  /// `ip:port`, or the path of a unix socket.
  package var address: String
  package var localAddress: String
  package var isUnixSocket = false
  package var fileDescriptor = -1
  /// Milliseconds since 1970.
  package var createdAt: Int64
  @inline(__always) package var lastInteraction: Int64 {
    get { hot.pointee.lastInteraction }
    set { hot.pointee.lastInteraction = newValue }
  }
  @inline(__always) package var lastCommand: UnsafeMutablePointer<CommandRecord>? {
    get { hot.pointee.lastCommand }
    set { hot.pointee.lastCommand = newValue }
  }
  @inline(__always) package var inputBytes: Int {
    get { hot.pointee.inputBytes }
    set { hot.pointee.inputBytes = newValue }
  }
  /// Of the driver's buffers: for what was received, `inputBytes` of it in use, and for replies on their way to the socket.
  @inline(__always) package var inputCapacity: Int {
    get { hot.pointee.inputCapacity }
    set { hot.pointee.inputCapacity = newValue }
  }
  @inline(__always) package var takenCapacity: Int {
    get { hot.pointee.takenCapacity }
    set { hot.pointee.takenCapacity = newValue }
  }
  @inline(__always) package var emptyLines: Int {
    get { hot.pointee.emptyLines }
    set { hot.pointee.emptyLines = newValue }
  }
  /// Of the last `execute` on the primary's link: the bytes up to the last place outside of a transaction.
  @inline(__always) package internal(set) var committedBytes: Int {
    get { hot.pointee.committedBytes }
    set { hot.pointee.committedBytes = newValue }
  }
  /// Bytes handed to the socket that it has not taken yet; the driver keeps it.
  @inline(__always) package var unsentBytes: Int {
    get { hot.pointee.unsentBytes }
    set { hot.pointee.unsentBytes = newValue }
  }

  package var transaction = Transaction()
  package var subscriptions = Subscriptions()
  var tracking: SessionTracking?
  package var blocked: BlockedState?
  /// Of a session without a connection: called, under the lock, when its wait is over and its reply is written.
  package var onWake: (() -> Void)?
  /// Output that waits for durability; nil when there is none.
  package var held: HeldOutput?
  /// A command whose first bytes have arrived; see `RequestParser`.
  var partial: PartialRequest? {
    didSet { hot.pointee.hasPartial = partial != nil }
  }
  /// Executing again makes no sense before this many unconsumed bytes are there.
  @inline(__always) package internal(set) var neededBytes: Int {
    get { hot.pointee.neededBytes }
    set { hot.pointee.neededBytes = newValue }
  }
  /// On `Engine.touched` already.
  @inline(__always) var isOnFlushList: Bool {
    get { hot.pointee.isOnFlushList }
    set { hot.pointee.isOnFlushList = newValue }
  }

  init(id: Int64, address: String, localAddress: String, now: Int64) {
    self.id = id
    self.address = address
    self.localAddress = localAddress
    createdAt = now
    hot = .allocate(capacity: 1)
    hot.initialize(to: Hot(lastInteraction: now))
  }

  deinit {
    reply.destroy()
    hot.deinitialize(count: 1)
    hot.deallocate()
  }
}

/// Why a session waits, and for what. Whoever unblocks it writes the reply.
package enum BlockedState: Sendable {
  /// WAIT: until `replicas` hold the log up to `offset`. WAITAOF, if `local` is set: until so many local files, 0 or 1, and those of
  /// `replicas` hold it on disk. `deadline` in ms since 1970, nil for ever.
  case wait(offset: Int64, local: Int?, replicas: Int, deadline: Int64?)
  /// BLPOP and its like: until one of the keys serves it.
  case keys(KeyWait)
  /// CLIENT PAUSE: the command is executed again afterwards.
  case paused
  /// Something of the host's (a save in the foreground, a shutdown that waits for replicas …).
  case host(String)
}
