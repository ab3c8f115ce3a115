internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

/// The one way to the data: past the guards, under the lock.
extension Node {
  /// Throws if the caller would wait for itself, or if the node has no data now.
  @inline(__always)
  func check(_ thread: UInt) throws(TernError) {
    if holder.load(ordering: .relaxed) == thread { throw Self.reentrant }
    if !isRunning.load(ordering: .relaxed) { throw Self.notRunning }
  }

  static let reentrant = TernError(
    .reentrant, "a closure of this node called the node again: use the closure's own argument, or call behind the closure")
  static let notRunning = TernError(.notRunning, "the node is not running: call start() or run() first, and stop() last")

  /// Runs a transaction of several operations, or of one that may throw after it has changed something.
  func enter<Value, Failure: Error>(
    writes: Bool, isUndoable: Bool, _ body: (Engine) throws(Failure) -> Value
  ) throws -> Value {
    let thread = HostThread.current
    try check(thread)
    let now = HostClock.wallMilliseconds()
    do {
      let value = try host.withCore { core in
        holder.store(thread, ordering: .relaxed)
        defer { holder.store(0, ordering: .relaxed) }
        return try core.transact(writes: writes, isUndoable: isUndoable, now: now, body)
      }
      if writes { host.logAdvanced() }
      return value
    } catch let error as CommandError {
      throw refusal(error)
    }
  }

  /// What was refused as this node does not lead says who does.
  @inline(never)
  func refusal(_ error: CommandError) -> TernError {
    guard error.code == "READONLY" else { return TernError(error) }
    switch host.withCore({ $0.leaderPlace }) {
    case .here: return TernError(error)
    case .at(let name, let port):
      return TernError(.readOnly, "READONLY This node follows the leader at \(name):\(port): send commands there with 'leader'")
    case .unknown(let reason): return TernError(.readOnly, "READONLY This node does not lead, and knows no leader: \(reason)")
    }
  }

  /// Runs one operation that changes all or nothing: no transaction has to be opened for it.
  @inline(__always)
  func once<Value>(
    writes: Bool, database: Int = 0, _ body: (TernEngine.Database) throws(CommandError) -> Value
  ) throws(TernError) -> Value {
    let thread = HostThread.current
    try check(thread)
    let now = HostClock.wallMilliseconds()
    let core = host.enterCore()
    // A conversion of the caller's own may run under the lock, and must not enter it again.
    holder.store(thread, ordering: .relaxed)
    var failure = core.beginSingle(writes: writes, now: now)
    var value: Value?
    if failure == nil {
      do throws(CommandError) { value = try body(core.engine.database(database)) } catch { failure = error }
      core.endSingle()
    }
    holder.store(0, ordering: .relaxed)
    host.exitCore()
    if let failure { throw refusal(failure) }
    if writes { host.logAdvanced() }
    guard let value else { throw Self.notRunning }
    return value
  }

  /// As `enter`, for what the node itself is asked: nothing is written.
  func enterCoreTyped<Value>(
    refuses: Bool = true, _ body: (NodeCore) throws(TernError) -> Value
  ) throws(TernError) -> Value {
    let thread = HostThread.current
    try check(thread)
    let now = HostClock.wallMilliseconds()
    let core = host.enterCore()
    defer { host.exitCore() }
    if let refusal = core.beginSingle(writes: false, now: now), refuses { throw TernError(refusal) }
    return try body(core)
  }

  /// As `enter`, for work that throws nothing but this package's errors.
  func enterTyped<Value>(
    writes: Bool, isUndoable: Bool, _ body: (Engine) throws(TernError) -> Value
  ) throws(TernError) -> Value {
    do {
      return try enter(writes: writes, isUndoable: isUndoable, body)
    } catch let error as TernError {
      throw error
    } catch {
      throw TernError(.other, "\(error)")
    }
  }
}

extension Node: KeyspaceWriting {
  /// Runs a command by itself, on database 0.
  public func execute(_ request: KeyspaceRequest) throws(TernError) -> Reply {
    let writes = request.withViews { host.writes($0) }
    return try enterTyped(writes: writes, isUndoable: false) { (engine) throws(TernError) in
      try request.run(engine, database: 0, mayWrite: true)
    }
  }
}

extension Reader: KeyspaceReading {
  public borrowing func execute(_ request: KeyspaceRequest) throws(TernError) -> Reply {
    try request.run(database.engine, database: database.index, mayWrite: false)
  }
}

extension Writer: KeyspaceWriting {
  public borrowing func execute(_ request: KeyspaceRequest) throws(TernError) -> Reply {
    try request.run(database.engine, database: database.index, mayWrite: true)
  }
}
