internal import NIOConcurrencyHelpers
internal import Synchronization
internal import TernEngine
package import TernNode
package import TernPersistence

/// The side of a node's persistence that blocks: loads the data at the start, saves RDB files, and lets the append-only file follow the
/// log. Obeys the file effects of `NodeCore`, each on a thread of its own, and reports to it under the node's lock.
///
/// Order of calls: `loadAtStart`, then `handle` and `logAdvanced` from any thread, then `shutdown` once. None may be made under the
/// node's lock.
package final class PersistenceDriver: @unchecked Sendable {
  let core: CoreAccess
  let fileSystem: any FileSystem
  private let state = NIOLock()
  /// Held while the data are loaded.
  private let loadLock = NIOLock()
  private var threads: Threads?
  private var isOver = false
  let locks: DirectoryLocks
  private let isStepped: Bool
  let doorbell = Doorbell()
  /// Set while the driver ends: what takes long gives up.
  let isCancelled = Flag()

  struct Threads {
    let saver: Worker
    let aof: AOFWriter
  }

  /// - Parameters:
  ///   - withCore: runs its argument once, with the core under the node's lock, and returns; afterwards the host obeys what was ordered.
  ///     Must not wait for any thread that may itself be waiting for this driver.
  ///   - log: prints a line.
  ///   - now: milliseconds since 1970.
  ///   - isStepped: without threads: everything is done by `step`, in the order of its calls, so that a run can be repeated exactly.
  package init(
    withCore: @escaping @Sendable ((NodeCore) -> Void) -> Void, fileSystem: any FileSystem,
    log: @escaping @Sendable (LogLevel, String) -> Void, now: (@Sendable () -> Int64)? = nil, isStepped: Bool = false
  ) {
    core = CoreAccess(withCore, log: log, now: now ?? FileClock.wallMilliseconds)
    self.fileSystem = fileSystem
    self.isStepped = isStepped
    locks = DirectoryLocks(core, fileSystem)
  }

  deinit { shutdown() }

  // MARK: start

  /// Fills the node from the disk, as redis-server does: from the append-only file if `appendonly` is on, else from the RDB file if there
  /// is one. Meanwhile the node answers -LOADING. Blocks. When it throws, the node must not serve.
  package func loadAtStart() throws(StartError) {
    loadLock.lock()
    let configuration = core.get(Configuration()) { $0.configuration }
    do throws(StartError) {
      // Before anything is read: a write that is executed now would be in no file.
      core { $0.beginLoading(totalBytes: 0, now: core.now()) }
      try startThreads()
      // As Redis, several servers without persistence may be started in one directory.
      if configuration.appendonly || !configuration.savePoints.points.isEmpty || configuration.ternDurability == .quorum {
        try lockDirectory(configuration.dataDirectory)
      }
      if configuration.appendonly {
        try loadAOF(configuration)
      } else {
        try loadRDB(configuration)
      }
      core { $0.finishLoading(now: core.now()) }
    } catch {
      loadLock.unlock()
      shutdown()
      throw error
    }
    loadLock.unlock()
  }

  private func startThreads() throws(StartError) {
    let started = state.withLock {
      if isOver { return false }
      if threads != nil { return true }
      guard let saver = Worker(isStepped: isStepped, yields: true) else { return false }
      guard let aof = AOFWriter(core, fileSystem, doorbell, locks, isStepped: isStepped) else {
        saver.end()
        return false
      }
      threads = Threads(saver: saver, aof: aof)
      return true
    }
    if !started { throw StartError("Fatal: the threads for background work can't be created") }
  }

  /// Where in the append only file's increments the log's bytes are.
  var logIndex: AOFLogIndex? { aof?.index }

  /// The kinds of work that have a thread each.
  package enum Part: CaseIterable, Sendable {
    /// The append-only file follows the log, in one turn.
    case log
    /// An fsync of everysec.
    case sync
    /// The base of a rewrite.
    case base
    /// An RDB file, or a reload.
    case save
  }

  /// Does the next piece of such work, of a driver without threads. False when there was none.
  @discardableResult
  package func step(_ part: Part) -> Bool {
    guard let threads = state.withLock({ threads }) else { return false }
    switch part {
    case .log:
      threads.aof.step()
      return true
    case .sync: return threads.aof.syncer.step()
    case .base: return threads.aof.rewriter.step()
    case .save: return threads.saver.step()
    }
  }

  var aof: AOFWriter? { state.withLock { threads?.aof } }

  func lockDirectory(_ directory: String) throws(StartError) { try locks.lock(directory) }

  // MARK: effects

  /// Begins to obey `effect` if it is one of the file effects, and says whether it is. Returns at once; the outcome is reported to the core.
  package func handle(_ effect: NodeEffect) -> Bool {
    let threads = state.withLock { isOver ? nil : self.threads }
    switch effect {
    case .startAOF: threads?.aof.post(.start)
    case .stopAOF: threads?.aof.post(.stop)
    case .rewriteAOF: threads?.aof.post(.rewrite)
    case .aofSettingsChanged: threads?.aof.post(.wake)
    case .save(let job):
      guard let threads else {
        core { $0.saveFinished(job, keys: 0, failure: "the server is ending", now: core.now()) }
        return true
      }
      threads.saver.run { self.save(job) }
    case .reload(let session, let kind):
      let session = SessionReference(session: session)
      guard let threads else {
        core { $0.completeHostWait(session.session, failure: "ERR the server is ending", now: core.now()) }
        return true
      }
      threads.saver.run { self.reload(session, kind) }
    default: return false
    }
    return true
  }

  /// The log may have grown. To be called after commands were executed, outside the lock; costs an atomic load when the thread that writes
  /// the append-only file is awake or off.
  package func logAdvanced() {
    // Set when the threads exist, and only then is anything to be told.
    if doorbell.isSilent { return }
    ring()
  }

  private func ring() { if doorbell.claim() { aof?.post(.wake) } }

  /// Writes and syncs everything that is in the log, ends the threads and lets the directory go. Blocks. Saves that are under way are
  /// given up. A second call does nothing.
  package func shutdown() {
    isCancelled.raise()
    loadLock.withLock {}
    let threads = state.withLock {
      isOver = true
      defer { self.threads = nil }
      return self.threads
    }
    if let threads {
      threads.saver.end()
      threads.aof.end()
    }
    locks.releaseAll()
  }
}

/// Goes up once.
final class Flag: Sendable {
  private let value = Atomic(false)
  var isUp: Bool { value.load(ordering: .acquiring) }
  func raise() { value.store(true, ordering: .releasing) }
}

/// Whether the thread that follows the log has to be told that the log has grown. It looks at the log after opening the door, under the
/// node's lock, so that whoever appended before that and found the door shut was seen.
final class Doorbell: Sendable {
  /// True: it is awake, or does not follow the log.
  private let silent = Atomic(true)
  @inline(__always) var isSilent: Bool { silent.load(ordering: .relaxed) }
  /// True for one of those who find it open.
  func claim() -> Bool { !silent.exchange(true, ordering: .acquiringAndReleasing) }
  func open() { silent.store(false, ordering: .releasing) }
  func shut() { silent.store(true, ordering: .releasing) }
}

/// Carries a session to another thread, which only hands it back under the lock.
struct SessionReference: @unchecked Sendable { let session: Session }

extension Configuration {
  var dataDirectory: String { dir.path.isEmpty ? "." : dir.path }
  var rdbPath: String { FilePaths.join(dataDirectory, dbfilename) }
  var aofStore: AOFStore.Configuration {
    AOFStore.Configuration(
      directory: dataDirectory, directoryName: appenddirname, fileName: appendfilename, temporaryTag: String(FileClock.processID))
  }
}
