/// The keyspace and everything that commands act on, without I/O: bytes of requests in, bytes of replies out.
///
/// Not thread-safe: every call is made under the node's lock. `now` comes with each call; nothing here reads a clock, except through
/// `monotonicNanoseconds`, an input as well.
package final class Engine {
  struct Hot {
    /// Milliseconds since 1970, of the current batch.
    var now: Int64 = 0
    /// What an access writes into the entry it touches: the LRU clock; under LFU what the entry last located comes to.
    var accessClock: UInt32 = 0
    var accessMode = AccessMode.clock
    /// Keys changed since the last save.
    var dirty: Int64 = 0
    var hits: Int64 = 0
    var misses: Int64 = 0
    var expired: Int64 = 0
    var commands: Int64 = 0
    var gates: Gates = []
    /// Sessions that watch keys; while 0, changes look nothing up.
    var watchers = 0 { didSet { observe() } }
    /// Sessions that are blocked on keys; while 0, changes look nothing up.
    var keyWaits = 0 { didSet { observe() } }
    /// Some of them may be served when the unit ends.
    var hasReadyKeys = false
    /// Somebody wants to know about key events (notify-keyspace-events is set).
    var notifies = false { didSet { observe() } }
    /// Sessions that track keys for client-side caches.
    var trackers = 0 { didSet { observe() } }
    /// Changes of keys interest somebody: the one flag that every change looks at.
    private(set) var isObserved = false
    private mutating func observe() { isObserved = watchers > 0 || keyWaits > 0 || notifies || trackers > 0 }
    /// The heap may hold so much before keys are evicted; see `MemoryLimit`.
    var heapBytesMax = Int.max
    /// Each command's time goes into a histogram.
    var tracksLatency = true
    /// A host program's transaction may still be undone: nobody hears of its changes yet.
    var keepsNotices = false
    /// A replica does not expire keys by itself: it hides them and waits for the primary's DEL.
    var expiresKeys = true
    /// The stream or the file being applied says itself what is deleted: its commands find expired keys as if their time were not over.
    var sparesExpired = false
    /// Up to where a collection is kept, and reported, in its small form.
    var limits = EncodingLimits()
    /// Of the settings.
    var bulkBytesMax = 512 << 20
    /// See `setTurnReplyBytesMax`.
    var turnReplyBytesMax = Int.max / 2
  }

  /// What makes a command take the slow path, for all sessions.
  package struct Gates: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let readOnlyReplica = Self(rawValue: 1 << 0)
    package static let loading = Self(rawValue: 1 << 1)
    /// A replica without its primary that must not serve stale data.
    package static let stale = Self(rawValue: 1 << 2)
    package static let diskError = Self(rawValue: 1 << 3)
    package static let tooFewReplicas = Self(rawValue: 1 << 4)
    package static let monitors = Self(rawValue: 1 << 5)
    package static let paused = Self(rawValue: 1 << 6)
    package static let outOfMemory = Self(rawValue: 1 << 7)
    /// Every command's time is taken by itself (slowlog with a threshold below a millisecond).
    package static let timed = Self(rawValue: 1 << 8)
    /// Data may be read on the leader only (`tern-durability quorum`), unless the connection asked for no more than Redis promises.
    package static let notLeader = Self(rawValue: 1 << 9)
    /// A primary that came back empty while a replica has data; even PING is refused, so that sentinels fail over.
    package static let emptyStart = Self(rawValue: 1 << 10)
  }

  package let table: CommandTable
  package let log = Log()
  package let effects: Effects
  let hot: UnsafeMutablePointer<Hot>
  let heap: Heap
  let byteHash: ByteHash
  let tables: UnsafeMutableBufferPointer<KeyTable>
  let round = Round()

  /// A monotonic clock; the simulator's is virtual.
  package let monotonicNanoseconds: @Sendable () -> Int64
  package var random: any RandomNumberGenerator
  /// The source of secrets (ACL GENPASS); a process of its own puts the system's here.
  package var secret: any RandomNumberGenerator
  /// What the engine belongs to; the node's commands find their way back by it.
  package unowned(unsafe) var owner: AnyObject?

  package internal(set) var sessions: [Int64: Session] = [:]
  private var nextSessionID: Int64 = 1
  package var watched = WatchedKeys()
  package var pubsub = PubSub()
  package var monitors: [Session] = []
  package var settings = EngineSettings() {
    didSet {
      hot.pointee.notifies = settings.notifications != nil
      if settings.memory != oldValue.memory { adoptMemorySettings() }
      hot.pointee.limits = settings.encodingLimits
      hot.pointee.bulkBytesMax = settings.bulkBytesMax
    }
  }
  package var statistics = EngineStatistics()
  package var slowlog = Slowlog()
  package var pause = Pause()
  package internal(set) var blocking = BlockedKeys()
  /// Replies to a session whose wait ends without success; the node knows what WAIT answers then. Without it: 0.
  package var replyOnTimeout: ((Session, BlockedState) -> Void)?
  /// A message on a reserved channel came with the primary's stream or with the file being loaded.
  package var onReservedMessage: ((Session, _ channel: UnsafeRawBufferPointer, _ message: UnsafeRawBufferPointer) -> Void)?
  /// A connection is about to be closed for `maxmemory-clients`.
  package var onClientEviction: ((Session, _ bytes: Int) -> Void)?
  /// A command of the primary's stream failed here: its name, empty for none that is known, and the error.
  package var onStreamError: ((String, String) -> Void)?
  var streamFailure = ""
  /// DEBUG's subcommands that act on more than the engine (RELOAD, LOADAOF, CHANGE-REPL-ID …): false if it knows none of that name.
  package var debugExtension: ((Call) throws(CommandError) -> Bool)?
  var tombs: [Tomb] = []
  /// Keys that were taken apart behind the command that removed them, large values beside.
  var lazilyFreed = 0
  var retired: [KeyTable] = []
  /// EXECs under way: 1 while one is executed.
  var transactionDepth = 0
  var hostTransaction = HostTransaction()
  /// Whose commands the host program's are; made at the first.
  var hostSessionStorage: Session?
  var expiryPosition: (database: Int, position: UInt64) = (0, 0)

  /// Sessions that got output by somebody else's doing, are to be closed, or may go on; the driver empties these after every call.
  package var touched: [Session] = []
  package var killed: [Session] = []
  package var resumed: [Session] = []
  package var hasOutboxes: Bool { !touched.isEmpty || !killed.isEmpty || !resumed.isEmpty }

  /// What lies outside of the heap and counts: see `measureMemory`.
  package internal(set) var memory = MemoryUse()
  var eviction = EvictionState()
  package var tracking = TrackingTable()
  package var latency = LatencyMonitor()
  /// The session whose command is being executed, if it tracks keys: what it changes itself it hears of behind its reply.
  unowned(unsafe) var tracker: Session?

  package convenience init(
    databases: Int = 16, commands: [CommandSpec], random: some RandomNumberGenerator, now: Int64,
    monotonicNanoseconds: @escaping @Sendable () -> Int64
  ) {
    var random = random
    let hash = ByteHash(using: &random)
    self.init(
      databases: databases, table: CommandTable(commands), hash: hash, random: random, now: now, monotonicNanoseconds: monotonicNanoseconds)
  }

  init(
    databases: Int, table: CommandTable, hash: ByteHash, random: some RandomNumberGenerator, now: Int64,
    monotonicNanoseconds: @escaping @Sendable () -> Int64
  ) {
    self.table = table
    heap = Heap()
    byteHash = hash
    self.random = random
    secret = random
    self.monotonicNanoseconds = monotonicNanoseconds
    effects = Effects(log: log)
    hot = .allocate(capacity: 1)
    hot.initialize(to: Hot(now: now))
    tables = .allocate(capacity: max(1, databases))
    for i in tables.indices { tables.initializeElement(at: i, to: KeyTable(heap: heap, hash: byteHash)) }
  }

  deinit {
    for table in tables { table.destroy() }
    tables.deallocate()
    heap.destroy()
    effects.destroy()
    log.destroy()
    round.destroy()
    hot.deinitialize(count: 1)
    hot.deallocate()
  }

  /// Keys and values are shorter than this, whatever `proto-max-bulk-len` says: their lengths are 32 bits wide in an entry.
  package static let valueBytesMax = Int(UInt32.max) - 1024

  package var databaseCount: Int { tables.count }

  @inline(__always)
  package func database(_ index: Int) -> Database { Database(index: index, table: tables[index], engine: self) }

  @inline(__always)
  package func hash(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 { byteHash(bytes, count) }

  @inline(__always) package var now: Int64 { hot.pointee.now }
  @inline(__always) package var gates: Gates {
    get { hot.pointee.gates }
    set { hot.pointee.gates = newValue }
  }
  package var dirty: Int64 {
    get { hot.pointee.dirty }
    set { hot.pointee.dirty = newValue }
  }
  /// Whether this node decides about expiry (a primary), or waits for its primary's word.
  package var expiresKeys: Bool {
    get { hot.pointee.expiresKeys }
    set { hot.pointee.expiresKeys = newValue }
  }
  package var keyspaceHits: Int64 { hot.pointee.hits }
  package var keyspaceMisses: Int64 { hot.pointee.misses }
  package var expiredKeys: Int64 { hot.pointee.expired }
  package var commandsProcessed: Int64 { hot.pointee.commands }
  package var usedBytes: Int { heap.usedBytes }

  package func resetKeyspaceStatistics() {
    hot.pointee.hits = 0
    hot.pointee.misses = 0
    hot.pointee.expired = 0
    hot.pointee.commands = 0
  }

  /// Time as the commands see it. Called at the start of every batch and tick.
  @inline(__always)
  package func setTime(_ now: Int64) {
    hot.pointee.now = now
    hot.pointee.accessClock =
      hot.pointee.accessMode == .clock ? UInt32(truncatingIfNeeded: now / 1000) & 0x00ff_ffff : AccessFrequency.new(at: now)
    if heap.liveBytes > hot.pointee.heapBytesMax { gates.insert(.outOfMemory) }
  }

  /// `latency-tracking`; switching it off forgets what was measured.
  package func setTracksLatency(_ tracks: Bool) {
    hot.pointee.tracksLatency = tracks
    guard !tracks else { return }
    for i in table.records.indices {
      table.records[i].histogram?.destroy()
      table.records[i].histogram = nil
    }
  }

  /// When a session's replies have grown by more than this in one turn, what else it has sent waits for the next turn (`Input.isFull`): a
  /// pipeline of short requests for long values must not gather all of them in memory. For drivers that send between turns.
  package func setTurnReplyBytesMax(_ bytes: Int) { hot.pointee.turnReplyBytesMax = bytes }

  /// Keyspace notifications are on.
  package var limits: EncodingLimits { @inline(__always) get { hot.pointee.limits } }
  package func setNotifies(_ notifies: Bool) { hot.pointee.notifies = notifies }

  /// An EXEC is being executed: what would block must not.
  package var isExecutingTransaction: Bool { transactionDepth > 0 }

  func swapDatabases(_ a: Int, _ b: Int) {
    tables.swapAt(a, b)
    // The walk for what has expired must not go on in the middle of another table.
    expiryPosition = (0, 0)
  }

  // MARK: sessions

  package func openSession(address: String, localAddress: String) -> Session {
    let session = Session(id: nextSessionID, address: address, localAddress: localAddress, now: now)
    nextSessionID += 1
    sessions[session.id] = session
    if settings.requiresPassword { session.gates.insert(.unauthenticated) }
    return session
  }

  package func closeSession(_ session: Session) {
    guard sessions.removeValue(forKey: session.id) != nil else { return }
    unwatchAll(session)
    pubsub.removeAll(of: session)
    stopTracking(session)
    monitors.removeAll { $0 === session }
    if monitors.isEmpty { gates.remove(.monitors) }
    session.gates.insert(.closing)
    abandonWait(of: session)
    // What a client asked for during a pause goes with it: kept, it would outlive any number of connections.
    if !pause.waiting.isEmpty { pause.waiting.removeAll { $0.session === session } }
    session.blocked = nil
    touched.removeAll { $0 === session }
    killed.removeAll { $0 === session }
    resumed.removeAll { $0 === session }
  }

  /// In the order of their ids.
  package var sessionsInOrder: [Session] { sessions.values.sorted { $0.id < $1.id } }

  /// `session` has output that its driver does not know of.
  package func touch(_ session: Session) {
    guard !session.isOnFlushList else { return }
    session.isOnFlushList = true
    touched.append(session)
  }

  package func takeTouched() -> [Session] {
    if tracking.hasBroadcasts { broadcastInvalidations() }
    for session in touched { session.isOnFlushList = false }
    defer { touched.removeAll(keepingCapacity: true) }
    return touched
  }

  /// The session waits, for `state`; nothing that it sends is executed until `unblock`.
  package func block(_ session: Session, _ state: BlockedState) {
    session.gates.insert(.blocked)
    session.blocked = state
  }

  /// Ends the wait of `session` with the reply that `body` writes; what it sent meanwhile is executed next.
  package func unblock(_ session: Session, _ body: (ReplyBuffer) -> Void) {
    guard session.gates.contains(.blocked) else { return }
    session.gates.remove(.blocked)
    session.blocked = nil
    body(session.reply)
    // CLIENT REPLY SKIP covered the command that has ended now.
    endCommandOfSkippedReply(session, wasSkipped: session.gates.contains(.replySkipped))
    if let wake = session.onWake {
      session.onWake = nil
      return wake()
    }
    touch(session)
    resumed.append(session)
  }
}

/// Settings that commands ask for while they run; the node copies them from its configuration.
package struct EngineSettings: Sendable {
  package var encodingLimits = EncodingLimits()
  package var requiresPassword = false
  package var passwords: [[UInt8]] = []
  package var bulkBytesMax = 512 << 20
  package var slowlogMicroseconds: Int64 = 10_000
  package var slowlogLengthMax = 128
  package var activeExpireEnabled = true
  package var lazyExpireEnabled = true
  package var diskErrorText = ""
  /// What commands are answered while `gates` has `emptyStart`.
  package var emptyStartText = ""
  /// What a read is answered while `gates` has `notLeader`.
  package var notLeaderText = "NOLEADER this node does not lead"
  package var notifications: KeyspaceNotifications?
  package var memory = MemorySettings()
  /// lazyfree-lazy-user-flush, -user-del and -expire. Large values are freed in steps whatever they say: what they change is how INFO
  /// counts, and that an expired key is said as UNLINK.
  package var flushesLazily = false
  package var deletesLazily = false
  package var expiresLazily = false
  /// tracking-table-max-keys; 0 is no limit.
  package var trackingKeysMax = 1_000_000
  package var latencyPercentiles = [50, 99, 99.9]
  /// The version of Redis that this server is compatible with, as HELLO and INFO tell it.
  package var serverVersion = CompatibleVersion.redis
  /// `standalone` or `sentinel`, for HELLO.
  package var serverMode = "standalone"
  /// `master` or `slave`, for HELLO; the node keeps it.
  package var role = "master"
  /// enable-debug-command.
  package var debugCommand = ProtectedAction.no
  /// What DEBUG SLEEP does: either it returns after so many microseconds, or it blocks the session (`Engine.block`) and unblocks it then.
  package var debugSleep: (@Sendable (Engine, Session, _ microseconds: Int64) -> Void)?
  /// DEBUG PAUSE-CRON: the node's periodic work stands still.
  package var isCronPaused = false
  /// DEBUG SET-SKIP-CHECKSUM-VALIDATION: RDB files are read without looking at their checksums.
  package var skipsChecksums = false
  /// Where DEBUG LOG goes.
  package var debugLog: (@Sendable (String) -> Void)?
  /// `tern-durability quorum`.
  package var offersQuorum = false
  package init() {}
}

/// Who may use commands that can harm the server: nobody, clients of this machine, all.
package enum ProtectedAction: String, Sendable, CaseIterable {
  case no, local, yes
  func isAllowed(to session: Session) -> Bool {
    switch self {
    case .no: false
    case .yes: true
    case .local:
      session.isUnixSocket || session.address.hasPrefix("127.") || session.address.hasPrefix("::1:")
        || session.address.hasPrefix("[::1]:")
    }
  }
}

package struct EngineStatistics: Sendable {
  package var connectionsReceived: Int64 = 0
  package var connectionsRejected: Int64 = 0
  package var inputBytes: Int64 = 0
  package var outputBytes: Int64 = 0
  /// Of sockets, by the driver.
  package var reads: Int64 = 0
  package var writes: Int64 = 0
  package var errorReplies: Int64 = 0
  /// Error replies by code, in the order in which the codes first came.
  package var errors: [(code: String, count: Int64)] = []
  package var unexpectedErrorReplies: Int64 = 0
  package var evictedKeys: Int64 = 0
  package var evictedClients: Int64 = 0
  package init() {}

  mutating func noteError(_ code: some StringProtocol) {
    errorReplies += 1
    if let i = errors.firstIndex(where: { $0.code == code }) {
      errors[i].count += 1
    } else if errors.count < 128 {
      errors.append((String(code), 1))
    }
  }
}
