internal import Synchronization
internal import TernDrivers
internal import TernEngine

/// The whole keyspace as it was at one moment: it never changes, whatever is written meanwhile. Made by ``Node/snapshot()`` in O(1); read
/// from any thread, without the node's lock. Keys that expire after that moment are still there.
///
/// What it alone keeps alive (the old versions of what was written since) comes back in small steps after the last reference is gone: a
/// snapshot that is held for long holds memory in proportion to the writes since.
///
/// All commands that read are there, each on database 0, or with ``read(database:_:)``; those of one snapshot run one at a time. Not there:
/// `DUMP`, `MEMORY USAGE` and what tells of the server.
public final class Snapshot: Sendable {
  /// The length of the node's log at that moment: what a change feed goes on from.
  public var logOffset: Int64 { source.logOffset }
  /// Milliseconds since 1970 of that moment.
  public var unixMilliseconds: Int64 { source.time }

  let node: Node
  let source: TernEngine.Snapshot
  private let context: SnapshotContext
  private let lock = Mutex(())
  private let holder = Atomic<UInt>(0)
  /// Guarded by `lock`. Made when something is read by a command for the first time.
  private nonisolated(unsafe) var view: Engine?

  init(_ node: Node, _ source: TernEngine.Snapshot, _ context: SnapshotContext) {
    self.node = node
    self.source = source
    self.context = context
  }

  deinit {
    if let view { node.views.giveBack(view.table) }
    node.host.releaseSoon(source)
  }

  /// The number of keys of all databases, those counted whose time was over and that had not been taken out. O(databases).
  public var count: Int { source.keyCount }
  public var databaseCount: Int { source.databases.count }

  /// Reads with all commands of a ``Reader``.
  ///
  /// - Throws: what `body` throws; ``TernError/Code/noSuchDatabase``; ``TernError/Code/reentrant`` when called inside of such a closure.
  public func read<Value>(database: Int = 0, _ body: (borrowing Reader) throws -> Value) throws -> Value {
    let thread = HostThread.current
    guard holder.load(ordering: .relaxed) != thread else { throw Node.reentrant }
    lock._unsafeLock()
    holder.store(thread, ordering: .relaxed)
    defer {
      holder.store(0, ordering: .relaxed)
      lock._unsafeUnlock()
    }
    let engine = viewUnderLock()
    let reader = try Reader(engine, database, coder: node.coder)
    engine.beginHostTransaction(isUndoable: false)
    defer { engine.commitHostTransaction() }
    return try body(reader)
  }

  private func viewUnderLock() -> Engine {
    if let view { return view }
    let made = Engine(viewing: source, context, table: node.views.take(), monotonicNanoseconds: { HostClock.monotonicNanoseconds() })
    view = made
    return made
  }
}

extension Snapshot: KeyspaceReading {
  public func execute(_ request: KeyspaceRequest) throws(TernError) -> Reply {
    do {
      return try read { try $0.execute(request) }
    } catch let error as TernError {
      throw error
    } catch {
      throw TernError(.other, "\(error)")
    }
  }

  /// The string at `key`. See ``Reader/get(_:as:)``.
  public func get<Value: KeyspaceValue>(_ key: some KeyspaceBytes, as type: Value.Type = Value.self) throws -> Value? {
    try read { try $0.get(key, as: type) }
  }
}

extension Node {
  /// A consistent view of everything, O(1) whatever the size of the keyspace.
  ///
  /// - Throws: ``TernError/Code/loading``, ``TernError/Code/notRunning``, ``TernError/Code/reentrant``.
  public func snapshot() throws(TernError) -> Snapshot {
    let (source, context) = try enterTyped(writes: false, isUndoable: false) { engine in (engine.takeSnapshot(), engine.snapshotContext) }
    return Snapshot(self, source, context)
  }
}

/// Command tables for snapshots' readers: one takes a millisecond to make, and each has counters of its own, so two readers cannot share it.
final class SnapshotViews: Sendable {
  private let idle = Mutex<[CommandTable]>([])

  func take() -> CommandTable { idle.withLock { $0.popLast() } ?? CommandTable(Engine.snapshotCommands) }
  func giveBack(_ table: CommandTable) { idle.withLock { if $0.count < 8 { $0.append(table) } } }
}
