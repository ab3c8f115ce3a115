package import TernEngine
internal import TernPersistence
package import TernReplication

/// One node: the engine, replication and persistence as one machine without I/O. Events go in through methods, orders come out as
/// `NodeEffect`s; the same machine runs behind sockets (Sources/Drivers) and in virtual time (Sources/Simulation).
///
/// Not thread-safe: all calls are made under the node's lock. None of them does I/O, reads a clock or waits; none does work in
/// proportion to the dataset (that goes in steps in `tick`, or on a snapshot by a job).
///
/// What a driver does after each call, still under the lock: take `engine.takeTouched()` (sessions with output: take their bytes unless
/// `holdsReplies(of:)`), `engine.killed` and `engine.resumed`, and `takeEffects()`; then it obeys them outside the lock.
package final class NodeCore {
  package let engine: Engine
  package internal(set) var configuration: Configuration
  package let identity: Identity

  package internal(set) var history: ReplicationHistory
  package internal(set) var primary: PrimaryMachine
  package internal(set) var replica: ReplicaMachine
  /// The live stream's reader while this node is a replica.
  var stream = PrimaryStream()
  var staging: StagedLoad?
  /// Sessions that are replicas, or have said REPLCONF, by id.
  var replicaSessions: [Int: Session] = [:]
  var snapshots: [Int: GroupSnapshot] = [:]
  /// WAITs, in the order in which they came.
  var waits: [Session] = []

  package internal(set) var persistence = PersistenceState()
  package internal(set) var aof = AOFState()
  /// DEBUG SLEEP's clients, and until when.
  var sleepers: [(session: Session, until: Int64)] = []
  var nextJob = 1
  /// Sources of function libraries that a file or a primary brought: kept for those who can run them, and written into every RDB.
  package internal(set) var functions: [[UInt8]] = []
  /// For DUMP: the buffers of one are too large to be made anew for each value.
  var payloadWriter = RDBWriter()
  /// Where the data on disk stood in its history, until the first REPLICAOF has used it.
  var resumeFromDisk: ReplicaMachine.ResumePoint?
  var shutdownState: ShutdownState?
  var failover: FailoverState?
  var backpressure = Backpressure()
  var resignation: Resignation?
  /// Why this node, whose process has a sentinel, does not lead yet.
  package var clusterWait: String?
  package internal(set) var loading: LoadingState?
  /// Keys that the load at start brought.
  package var loadedKeys = 0
  package var loadedExpiredKeys = 0

  /// Replies that stand on log bytes behind this offset are held: `.max` unless `appendfsync always` (or a quorum) says otherwise.
  package internal(set) var releasedOffset: Int64 = .max
  var holds = HoldQueue()
  /// Sessions with `held`.
  var heldSessions = 0
  var safeStart = SafeStart()
  /// `tern-durability quorum`.
  package internal(set) var quorum: QuorumNode?

  /// The host program's.
  package var feeds = ChangeFeeds()
  var positionWaits = PositionWaits()

  var effects: [NodeEffect] = []
  /// What the configuration asks of the process (directories, files); the driver's.
  package var environment = ConfigurationEnvironment()
  package internal(set) var now: Int64
  package let startedAt: Int64
  var ticks = 0
  var opsSamples = OpsSamples()
  package var cpu = CPUUsage()
  package var memory = ProcessMemory()
  /// Written into sessions' local addresses and INFO.
  package internal(set) var listeningPort: Int

  /// Who this process is, as INFO tells it.
  package struct Identity: Sendable {
    /// 40 hex digits, new at every start.
    package var runID: String
    package var processID: Int
    package var operatingSystem: String
    package var executable: String
    package var configurationFile: String
    /// The Redis version that Tern answers as.
    package var compatibleVersion = CompatibleVersion.redis
    package var ternVersion = "0.1.0"
    package init(
      runID: String, processID: Int = 0, operatingSystem: String = "", executable: String = "", configurationFile: String = ""
    ) {
      self.runID = runID
      self.processID = processID
      self.operatingSystem = operatingSystem
      self.executable = executable
      self.configurationFile = configurationFile
    }
  }

  /// - Parameter commands: the command table; a sentinel's is another than a node's.
  package init(
    configuration: Configuration, identity: Identity, commands: [CommandSpec] = NodeCommands.all,
    random: some RandomNumberGenerator & Sendable, now: Int64, monotonicNanoseconds: @escaping @Sendable () -> Int64
  ) {
    var random = random
    self.configuration = configuration
    self.identity = identity
    self.now = now
    startedAt = now
    listeningPort = configuration.port
    history = ReplicationHistory(replid: .random(using: &random))
    primary = PrimaryMachine(configuration: configuration.primaryMachine, logEnd: 0, random: SplitMix64(seed: random.next()))
    replica = ReplicaMachine(
      configuration: configuration.replicaMachine(port: configuration.port), random: SplitMix64(seed: random.next()))
    engine = Engine(
      databases: configuration.databases, commands: commands, random: SplitMix64(seed: random.next()), now: now,
      monotonicNanoseconds: monotonicNanoseconds)
    engine.owner = self
    if let quorumMachine = configuration.quorumMachine { quorum = QuorumNode(quorumMachine) }
    // Save points count from the start on, as if the data had just been saved.
    persistence.lastSaveTime = now / 1000
    beginQuorum()
    applySettings()
    installDebugCommands()
    engine.onStreamError = { [unowned self] command, error in streamCommandFailed(command, error) }
  }

  package func takeEffects() -> [NodeEffect] {
    defer { effects.removeAll(keepingCapacity: true) }
    return effects
  }
  package var hasEffects: Bool { !effects.isEmpty }

  func log(_ level: LogLevel, _ text: String) { effects.append(.log(level, text)) }

  /// Takes no writes of its own: follows a primary, or is a member of a quorum that neither leads nor follows.
  package var isReplica: Bool { replica.isReplica || isIdle }

  // MARK: sessions

  /// A new connection; nil when there are `maxclients` already: then the error is to be sent, and the connection closed.
  package func openSession(
    address: String, localAddress: String, isUnixSocket: Bool = false, isLoopback: Bool = true, now: Int64
  ) -> Result<Session, CommandError> {
    setTime(now)
    engine.statistics.connectionsReceived += 1
    if engine.sessions.count >= configuration.maxclients {
      engine.statistics.connectionsRejected += 1
      return .failure(CommandError("ERR max number of clients reached"))
    }
    if configuration.protectedMode, configuration.requirepass == nil, !isUnixSocket, !isLoopback {
      engine.statistics.connectionsRejected += 1
      return .failure(CommandError(Self.protectedModeText))
    }
    let session = engine.openSession(address: address, localAddress: localAddress)
    session.isUnixSocket = isUnixSocket
    return .success(session)
  }

  package func closeSession(_ session: Session, now: Int64) {
    setTime(now)
    if replicaSessions.removeValue(forKey: Int(session.id)) != nil {
      perform(primary.disconnected(Int(session.id), now: now))
    }
    waits.removeAll { $0 === session }
    forgetHeld(of: session)
    quorum?.members[Int(session.id)] = nil
    engine.closeSession(session)
    afterEvent()
  }

  /// Bytes of a client; returns how many were consumed (see `Engine.execute`).
  package func receive(_ session: Session, _ bytes: UnsafeRawBufferPointer, now: Int64) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var one = Engine.Input(session, base, bytes.count)
    return withUnsafeMutablePointer(to: &one) {
      receive(UnsafeMutableBufferPointer(start: $0, count: 1), now: now)
      return $0.pointee.consumed
    }
  }

  /// Bytes of several clients, one input of each.
  package func receive(_ inputs: UnsafeMutableBufferPointer<Engine.Input>, now: Int64) {
    setTime(now)
    engine.execute(inputs, now: now)
    afterCommands()
    var consumed = 0
    for input in inputs {
      consumed &+= input.consumed
      guard input.session.emptyLines > 0 else { continue }
      input.session.emptyLines = 0
      primary.newline(Int(input.session.id), now: now)
    }
    engine.statistics.inputBytes &+= Int64(consumed)
    // Those who only read may have seen what the others wrote.
    if releasedOffset != .max || heldSessions > 0 { holdOutput(inputs) }
    if quorum != nil { obeyQuorumRequests() }
  }

  /// Work of the program that hosts this node, on its own thread: everything that `body` writes is one unit of effects. A write that a
  /// client would be refused (a read-only replica, a disk that fails …) is refused here too, before `body` runs.
  package func perform<R>(writes: Bool, now: Int64, _ body: (Engine) throws -> R) throws -> R {
    setTime(now)
    if let refusal = engine.hostRefusal(writes: writes) { throw refusal }
    defer { afterEvent() }
    return try body(engine)
  }

  @inline(__always)
  func setTime(_ now: Int64) {
    self.now = now
    engine.setTime(now)
  }

  /// What the log's growth brings.
  @inline(__always)
  func afterCommands() {
    if engine.log.endOffset != primary.logEnd { logGrew() }
  }

  func logGrew() {
    perform(primary.logAdvanced(to: engine.log.endOffset))
    if feeds.isUsed { feeds.wakeAll() }
    if !positionWaits.wakes.isEmpty { wakeMovement() }
    checkBackpressure()
    if quorum != nil { quorumLogGrew() }
  }

  func afterEvent() {
    engine.endUnit()
    if engine.log.endOffset != primary.logEnd { logGrew() }
    if releasedOffset != .max || heldSessions > 0 { holdOutput(nil) }
    if quorum != nil { obeyQuorumRequests() }
  }

  static let protectedModeText =
    "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside."
}

/// A small generator with a seed of its own for each machine, so that one machine's draws do not shift another's.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64
  package init(seed: UInt64) { state = seed }
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
