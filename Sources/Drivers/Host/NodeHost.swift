internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
package import TernEngine
package import TernNode
package import TernPersistence

/// One node behind sockets, files and a clock: owns the `NodeCore` and its lock, feeds it events, and obeys its effects.
///
/// Locking: the core is touched only while `lock` is held, and no system call is made under it. Effects are obeyed on the main loop only,
/// in the order in which they were ordered, whichever thread caused them. Each connection's bytes are written on its own event loop.
package final class NodeHost: @unchecked Sendable {
  package struct Options: Sendable {
    /// The process is this node's alone: DEBUG SLEEP may stop it, DEBUG SEGFAULT may end it.
    package var isServerProcess = false
    package var identity: NodeCore.Identity
    package var environment = ConfigurationEnvironment()
    package var log: any LogSink = SilentLog()
    /// Event loops for connections; one is enough for all but the most parallel machines, as execution is behind one lock.
    package var loops = 1
    /// Port 0 means one of the system's choice, instead of none as for redis-server.
    package var choosesPort = false
    /// `SHUTDOWN` or a signal has done its work; what is left is to end the process, or to stop the host.
    package var onShutdown: @Sendable (_ status: Int32) -> Void = { _ in }
    /// A sentinel has no data to load or save.
    package var hasFiles = true
    package var commands: [CommandSpec] = NodeCommands.all
    /// The role letter in log lines, if it is not the node's own.
    package var fixedRole: LogLine.Role?
    package init(identity: NodeCore.Identity) { self.identity = identity }
  }

  let options: Options
  let core: NodeCore
  let lock = NIOLock()
  let group: MultiThreadedEventLoopGroup
  let mainLoop: any EventLoop
  let threads: NIOThreadPool
  package let fileSystem: any FileSystem
  let limits: ConnectionLimits

  /// Guards `listeners` and `hasStopped`.
  let listenLock = NIOLock()
  var hasStopped = false
  /// Held while the listening addresses change.
  let relistenLock = NIOLock()
  var listeners: [Listener] = []
  /// The sentinel in this process. Under `listenLock`.
  var cluster: ClusterMember?

  // Under the lock.
  var clients: [Int64: ClientHandler] = [:]
  private var isDrainScheduled = false
  /// Called under the lock at each tick: the host program looks at what is not worth an effect.
  var tickHandlers: [Int: (NodeCore) -> Void] = [:]
  var nextTickHandler = 0

  // On the main loop.
  private var isDraining = false
  var isStopping = false
  var tickTask: Scheduled<Void>?
  var tickDeadline = Int64.max
  /// When the periodic work is due; before that, a tick only meets deadlines.
  var nextPeriodicTick: Int64 = 0
  var primaryLink: PrimaryLink?
  /// To the leader, for what is forwarded.
  let leaderLinks = LeaderLinks()
  /// The full syncs under way, by group.
  var snapshotPieces: [Int: WeakSnapshotPieces] = [:]
  /// Set before the first connection, and never again.
  private(set) var persistence: PersistenceDriver?
  /// Stores promises, one after the other. Made when the first is to be stored.
  let quorumStore = QuorumStore()
  /// By event loop. Set before the first connection, and never again.
  private var inputBatches: [ObjectIdentifier: InputBatch] = [:]
  /// Answers what the command table leaves to the host. Set before the first connection; called on the main loop.
  var onCommand: ((_ sessionID: Int64, _ arguments: [[UInt8]]) -> Void)?

  package init(configuration: Configuration, options: Options, fileSystem: any FileSystem = PosixFileSystem()) {
    var configuration = configuration
    configuration.announceMember()
    self.options = options
    self.fileSystem = fileSystem
    group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, options.loops))
    mainLoop = group.next()
    threads = NIOThreadPool(numberOfThreads: 4)
    threads.start()
    core = NodeCore(
      configuration: configuration, identity: options.identity, commands: options.commands, random: SystemRandomNumberGenerator(),
      now: HostClock.wallMilliseconds(), monotonicNanoseconds: { HostClock.monotonicNanoseconds() })
    core.environment = options.environment
    core.engine.secret = SystemRandomNumberGenerator()
    core.engine.setTurnReplyBytesMax(ClientHandler.turnReplyBytesMax)
    limits = ConnectionLimits(configuration)
    installDebugHooks()
    for loop in group.makeIterator() { inputBatches[ObjectIdentifier(loop)] = InputBatch(self, loop) }
    guard options.hasFiles else { return }
    persistence = PersistenceDriver(
      withCore: { [unowned self] body in withCore(body) }, fileSystem: fileSystem, log: { [unowned self] in log($0, $1) })
  }

  // MARK: entering the lock

  /// Runs `body` under the lock, then sees to it that what it ordered is done.
  @inline(__always)
  package func withCore<R>(_ body: (NodeCore) throws -> R) rethrows -> R {
    lock.lock()
    let result: R
    do {
      result = try body(core)
    } catch {
      leave()
      throw error
    }
    leave()
    return result
  }

  /// Unlocks, and obeys what was ordered: at once on the main loop, soon elsewhere.
  @inline(__always)
  func leave() {
    let isIdle = !core.hasEffects && !core.engine.hasOutboxes
    if isIdle || isDrainScheduled && !mainLoop.inEventLoop { return lock.unlock() }
    leaveAndDrain()
  }

  @inline(never)
  private func leaveAndDrain() {
    if mainLoop.inEventLoop {
      lock.unlock()
      return drain()
    }
    isDrainScheduled = true
    lock.unlock()
    mainLoop.execute { self.drain() }
  }

  /// Obeys all effects, and serves the sessions that got output, are to be closed or may go on. On the main loop only: this is what
  /// keeps effects in order.
  private func drain() {
    // Obeying may order more; the outermost call does it, behind what came before.
    guard !isDraining else { return }
    isDraining = true
    defer { isDraining = false }
    while true {
      lock.lock()
      isDrainScheduled = false
      let effects = core.takeEffects()
      let touched = core.engine.touched.isEmpty ? [] : core.engine.takeTouched().compactMap { clients[$0.id] }
      let killed = core.engine.killed.compactMap { clients[$0.id] }
      core.engine.killed.removeAll(keepingCapacity: true)
      let resumed = core.engine.resumed.compactMap { clients[$0.id] }
      core.engine.resumed.removeAll(keepingCapacity: true)
      let deadline = core.nextDeadline
      let isReplica = core.isReplica
      lock.unlock()
      limits.isReplica = isReplica
      if let deadline { scheduleTick(atLatest: deadline) }
      if effects.isEmpty, touched.isEmpty, killed.isEmpty, resumed.isEmpty { return }
      for effect in effects { obey(effect) }
      for client in touched { client.onLoop { $0.flushReplies() } }
      for client in killed { client.onLoop { $0.close() } }
      for client in resumed { client.onLoop { $0.resume() } }
    }
  }

  func inputBatch(of loop: any EventLoop) -> InputBatch? { inputBatches[ObjectIdentifier(loop)] }

  // MARK: logging

  var logRole: LogLine.Role { options.fixedRole ?? (limits.isReplica ? .replica : .primary) }

  package func log(_ level: LogLevel, _ text: String) {
    guard level >= limits.logLevel else { return }
    options.log.log(level, logRole, text)
  }
}
