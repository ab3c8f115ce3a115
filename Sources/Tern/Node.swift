public import Logging
public import ServiceLifecycle
internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

/// A node in this process: a Redis-compatible keyspace that Swift code reads and writes directly, and that redis-cli, any Redis client and
/// any Redis replica reach through its port.
///
/// ```swift
/// let node = try Node(configuration: .init(port: 6379))
/// try node.start()
/// try node.write { db in
///   try db.set("user:7", "Ada")
///   try db.increment("users")
/// }
/// let name = try node.get("user:7", as: String.self)
/// node.stop()
/// ```
///
/// All methods may be called from any thread. ``read(database:_:)`` and ``write(database:_:)`` run on the caller's thread under the node's
/// lock, which connections take too: keep closures short. A method of the same node called inside of one throws ``TernError/Code/reentrant``;
/// a method of another node runs, but two threads that nest two nodes in opposite orders wait for each other for ever.
public final class Node: Service, Sendable {
  private enum Phase { case idle, running, stopped }

  let host: NodeHost
  private let phase = Mutex(Phase.idle)
  private let ended: Ended
  /// Of `phase`: clients of the data need no lock to see it.
  let isRunning = Atomic(false)
  /// The thread that is in a closure; 0 for none. Only the thread itself finds its own number here, so no order is needed.
  let holder = Atomic<UInt>(0)
  let closures: ClosureWatch
  let waiters = Waiters()
  let views = SnapshotViews()
  let coder: any ValueCoder
  let leaderTimeout: Duration
  /// What was learnt of the leader last; see `ReadConsistency.atMost`.
  let leaderSight = Mutex<LeaderSight?>(nil)
  let metricsTask = Mutex<Task<Void, Never>?>(nil)
  private let metrics: (interval: Duration?, label: String?)

  /// Checks the configuration; nothing is opened yet.
  ///
  /// - Throws: ``TernError/Code/configuration`` for a setting that is not valid, ``TernError/Code/storage`` if the directory cannot be made.
  public init(configuration: Configuration = Configuration(), logger: Logger? = nil) throws(TernError) {
    let settings = try configuration.validated()
    let ended = Ended()
    var options = NodeHost.Options(identity: ProcessIdentity.make(configurationFile: ""))
    options.environment = ConfigurationFiles.environment(product: "Tern")
    options.choosesPort = configuration.port == 0
    options.log = logger.map { LoggerSink($0) } ?? SilentLog()
    options.onShutdown = { _ in ended.finish() }
    self.ended = ended
    closures = ClosureWatch(limit: configuration.longestClosure, logger: logger)
    coder = configuration.coder
    leaderTimeout = configuration.leaderTimeout
    metrics = (configuration.metricsInterval, configuration.metricsLabel)
    host = NodeHost(configuration: settings, options: options)
    let retained = Int64(max(0, configuration.changeLogBytes))
    host.withCore { $0.feeds.retainedBytes = retained }
  }

  deinit {
    // Its threads and descriptors would outlive a node that nobody has stopped.
    host.stopElsewhere()
  }

  // MARK: life

  /// Opens the port, loads what the directory holds, and begins to follow the primary if there is one. Blocks until the data are loaded.
  ///
  /// - Throws: ``TernError/Code/addressUnavailable``, ``TernError/Code/storage``; the node is stopped then.
  public func start() throws(TernError) {
    let isFirst = phase.withLock { phase in
      guard case .idle = phase else { return false }
      phase = .running
      return true
    }
    guard isFirst else { throw TernError(.notStartable, "this node was started before; make a new one") }
    do throws(ListenError) {
      try host.start()
    } catch {
      abandon()
      throw TernError(.addressUnavailable, error.description)
    }
    do throws(StartError) {
      try host.load()
    } catch {
      abandon()
      throw TernError(.storage, error.description)
    }
    isRunning.store(true, ordering: .releasing)
    startMetrics(every: metrics.interval, label: metrics.label)
    startSyncSpans()
  }

  private func abandon() {
    isRunning.store(false, ordering: .releasing)
    phase.withLock { $0 = .stopped }
    ended.finish()
    host.stop()
  }

  /// Ends the node as SHUTDOWN does: gives replicas time to catch up (`shutdown-timeout`), saves what the persistence asks for, closes
  /// everything. Blocks until all of it is over. A second call does nothing.
  public func stop() {
    let wasRunning = phase.withLock { phase in
      defer { phase = .stopped }
      if case .running = phase { return true }
      return false
    }
    isRunning.store(false, ordering: .releasing)
    waiters.endAll()
    stopMetrics()
    if wasRunning {
      if !ended.isFinished { host.requestShutdown(save: nil, now: false, force: true) }
      ended.wait()
    }
    host.stop()
  }

  /// Lives as long as the service does: starts the node (unless it runs already), and stops it when graceful shutdown is triggered, the
  /// task is cancelled, or a client sends SHUTDOWN.
  public func run() async throws {
    if phase.withLock({ if case .idle = $0 { true } else { false } }) {
      try await host.onThread { [self] in try start() }
    }
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        await ended.value
      } onGracefulShutdown: { [self] in
        host.requestShutdown(save: nil, now: false, force: true)
      }
    } onCancel: { [self] in
      host.requestShutdown(save: nil, now: true, force: true)
    }
    try await host.onThread { [self] in stop() }
  }

  /// The RESP port that is open; nil if there is none.
  public var port: Int? { host.boundPort }

  // MARK: data

  /// Reads one consistent state, on this thread. O(1) besides `body`.
  ///
  /// - Throws: what `body` throws; ``TernError/Code/loading``, ``TernError/Code/noSuchDatabase``, ``TernError/Code/notRunning``,
  ///   ``TernError/Code/reentrant``.
  public func read<Value>(
    database: Int = 0, fileID: StaticString = #fileID, line: UInt = #line, _ body: (borrowing Reader) throws -> Value
  ) throws -> Value {
    try withClosureWatched(CallSite(fileID, line)) {
      try enter(writes: false, isUndoable: false) { engine in
        let reader = try Reader(engine, database, coder: coder)
        return try body(reader)
      }
    }
  }

  /// Writes, on this thread, as one transaction: nobody sees a part of it, and replicas and the log get it as a whole. When `body` throws,
  /// all of it is undone: nobody hears of it, the log does not grow, and the database is as it was. A `body` that cannot throw costs
  /// nothing for that; one that can costs a copy of the path to each key that it changes. The call returns when the write is applied here;
  /// it does not wait for the disk or for replicas; ``write(database:durability:fileID:line:_:)`` does.
  ///
  /// - Throws: what `body` throws; ``TernError/Code/readOnly``, ``TernError/Code/refused``, ``TernError/Code/loading``,
  ///   ``TernError/Code/noSuchDatabase``, ``TernError/Code/notRunning``, ``TernError/Code/reentrant``.
  public func write<Value>(
    database: Int = 0, fileID: StaticString = #fileID, line: UInt = #line, _ body: (borrowing Writer) throws -> Value
  ) throws -> Value {
    try withClosureWatched(CallSite(fileID, line)) {
      try enter(writes: true, isUndoable: true) { engine in
        let writer = try Writer(engine, database, coder: coder)
        return try body(writer)
      }
    }
  }

  /// As ``write(database:fileID:line:_:)``, for a closure that cannot throw: nothing is kept for undoing it.
  public func write<Value>(
    database: Int = 0, fileID: StaticString = #fileID, line: UInt = #line, _ body: (borrowing Writer) -> Value
  ) throws -> Value {
    try withClosureWatched(CallSite(fileID, line)) {
      try enter(writes: true, isUndoable: false) { engine in
        let writer = try Writer(engine, database, coder: coder)
        return body(writer)
      }
    }
  }
}

/// The end of a node, which several may wait for.
private final class Ended: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let outcome = EndSignal()

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func finish() {
    outcome.set()
    continuation.finish()
  }

  var isFinished: Bool { outcome.isSet }
  func wait() { outcome.wait() }
  var value: Void { get async { for await _ in stream {} } }
}

/// A node's log lines as swift-log messages.
private struct LoggerSink: LogSink {
  private let logger: Logger
  init(_ logger: Logger) { self.logger = logger }

  func log(_ level: LogLevel, _ role: LogLine.Role, _ text: String) {
    let level: Logger.Level =
      switch level {
      case .debug: .trace
      case .verbose: .debug
      case .notice: .info
      case .warning: .warning
      }
    logger.log(level: level, "\(text)", metadata: ["role": "\(role.rawValue)"])
  }
}
