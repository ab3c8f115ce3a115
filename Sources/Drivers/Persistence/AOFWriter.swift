internal import TernEngine
internal import TernNode
internal import TernPersistence

/// The thread that lets the append-only file follow the log: takes what was logged, under the node's lock and at most a megabyte at a time,
/// appends it and syncs it as `appendfsync` says, and says to the node how far it has come. Rewrites begin and end here too; their bases
/// are written by another thread.
///
/// Everything but `post`, `adopt` and `end` happens on that thread.
final class AOFWriter: @unchecked Sendable {
  enum Message: Sendable {
    /// Look at the log, at the settings, at what other threads have finished.
    case wake
    case start
    case stop
    case rewrite
    /// Everything logged so far is to be in the files; answers whether it is.
    case flush(Outcome<Bool>)
    case adopt(AOFStore, isEmpty: Bool, Outcome<AOFError?>)
    case end
  }

  /// What the configuration says, as of the last look.
  struct Settings {
    var fsync = AppendFsync.everysec
    var timestamps = false
    var spareDiskOnRewrite = false
    var usesPreamble = true
  }

  /// A rewrite whose base is being written.
  struct Rewrite {
    let job: RDBJob
    let base: AOFRewrite
    /// Until it is complete, there are no files that hold the present data.
    let isFresh: Bool
    /// The append-only file is off: the files are closed when they are complete.
    var isDetached = false
    let isCancelled: Flag
    let outcome: Outcome<String?>
  }

  struct Sync {
    let sync: AOFSync
    let startedAt: Int64
    let outcome: Outcome<Result<Void, FileSystemError>>
  }

  static let takeBytes = 1 << 20

  let core: CoreAccess
  let fileSystem: any FileSystem
  let doorbell: Doorbell
  let mailbox = Mailbox<Message>()
  private let locks: DirectoryLocks
  private let isStepped: Bool
  private var thread: BackgroundThread?
  let syncer: Worker
  let rewriter: Worker

  var settings = Settings()
  /// nil while the append-only file is off.
  var store: AOFStore? {
    didSet { if store?.index == nil, store != nil { store?.index = index } }
  }
  /// Where in the files the log's bytes are.
  let index: AOFLogIndex
  /// The log's name, as of the last take; what the increment says that it holds.
  var logID = ""
  var announced: (id: String, file: String)?
  /// What of superseded increments replicas need.
  var retention: (bytesMax: Int64, cursor: Int64?) = (0, nil)
  var rewrite: Rewrite?
  var syncUnderWay: Sync?

  /// Taken from the log, and not in the file yet.
  var pending: [UInt8] = []
  /// `pending` ends behind a whole command.
  var pendingIsWhole = true
  /// What is in the file ends behind a whole command; only there may a `#TS:` line stand.
  var fileIsWhole = true
  var lastTimestamp: Int64 = 0

  /// Something is in the file that no fsync covers.
  var isUnsynced = false
  var lastSyncAt: Int64 = .min / 2
  var delayedSyncNotedAt: Int64?
  /// Why writes are refused.
  var failure: String?
  var lastErrorLoggedAt: Int64 = .min / 2
  /// The same bytes are tried again then.
  var retryAt: Int64?
  /// The files are begun anew then.
  var restartAt: Int64?
  var restartFailures = 0
  var isEnding = false

  init?(_ core: CoreAccess, _ fileSystem: any FileSystem, _ doorbell: Doorbell, _ locks: DirectoryLocks, isStepped: Bool = false) {
    self.core = core
    self.fileSystem = fileSystem
    self.doorbell = doorbell
    self.locks = locks
    self.isStepped = isStepped
    index = AOFLogIndex(fileSystem)
    guard let syncer = Worker(isStepped: isStepped) else { return nil }
    guard let rewriter = Worker(isStepped: isStepped, yields: true) else {
      syncer.end()
      return nil
    }
    self.syncer = syncer
    self.rewriter = rewriter
    if isStepped { return }
    thread = BackgroundThread { [unowned self] in run() }
    guard thread != nil else {
      syncer.end()
      rewriter.end()
      return nil
    }
  }

  func post(_ message: Message) { mailbox.post(message) }

  /// Posts what somebody waits for.
  private func order(_ message: Message) {
    post(message)
    if isStepped { step() }
  }

  /// Goes on with the files that were loaded, or begins them with an empty base. Returns when appending can begin.
  func adopt(_ store: AOFStore, isEmpty: Bool) throws(AOFError) {
    let outcome = Outcome<AOFError?>()
    order(.adopt(store, isEmpty: isEmpty, outcome))
    if let error = outcome.wait() { throw error }
  }

  /// Returns whether everything that was logged before is in the files.
  func flush() -> Bool {
    let outcome = Outcome<Bool>()
    order(.flush(outcome))
    return outcome.wait()
  }

  /// Everything in the log is written and synced, and the files are closed, when it returns. To be called once.
  func end() {
    order(.end)
    thread?.join()
    syncer.end()
    rewriter.end()
  }

  // MARK: the thread

  private func run() {
    while !isEnding {
      turn(mailbox.wait(milliseconds: store == nil && restartAt == nil ? nil : patience()))
    }
  }

  /// One turn of the thread, where there is none.
  func step() { if !isEnding { turn(mailbox.take()) } }

  private func turn(_ messages: [Message]) {
    doorbell.shut()
    for message in messages where !isEnding { obey(message) }
    if !isEnding { work() }
  }

  /// Whether the directory is this node's; the log says why not.
  func locks(_ configuration: Configuration) -> Bool {
    do throws(StartError) {
      try locks.lock(configuration.dataDirectory)
      return true
    } catch {
      core.log(.warning, "\(error)")
      return false
    }
  }

  private func obey(_ message: Message) {
    switch message {
    case .wake: break
    case .start: begin()
    case .stop: stop()
    case .rewrite: if store != nil { rewriteNow() } else { rewriteDetached() }
    case .flush(let outcome):
      drain()
      syncNow()
      outcome.set(store?.isAppending == true && pending.isEmpty && failure == nil && rewrite == nil)
    case .adopt(let store, let isEmpty, let outcome): outcome.set(adopted(store, isEmpty: isEmpty))
    case .end:
      isEnding = true
      completeFreshFiles()
      close()
    }
  }

  private func work() {
    if let restartAt, core.now() >= restartAt { begin() }
    finishRewriteIfWritten()
    guard store != nil else { return }
    follow()
    syncIfDue()
    printNotices()
  }

  /// How long the thread may sleep, in milliseconds; nil: until it is woken. Opens the doorbell when all of the log has been taken.
  private func patience() -> Int64? {
    var until: Int64?
    func atLatest(_ time: Int64) { until = min(until ?? time, time) }
    if let restartAt { atLatest(restartAt) }
    if let retryAt {
      atLatest(retryAt)
    } else if store?.isAppending == true {
      doorbell.open()
      if core.get(false, { $0.hasAOFBytes }) {
        doorbell.shut()
        return 0
      }
    }
    if isUnsynced, settings.fsync == .everysec, syncUnderWay == nil { atLatest(lastSyncAt + 1000) }
    return until.map { max(0, min($0 - core.now(), 1000)) }
  }

  func printNotices() {
    for notice in store?.takeNotices() ?? [] { core.log(notice.level == .notice ? .notice : .warning, notice.text) }
  }

  func readSettings(_ node: NodeCore) {
    settings.fsync = node.configuration.appendfsync
    settings.timestamps = node.configuration.aofTimestampEnabled
    settings.spareDiskOnRewrite = node.configuration.noAppendfsyncOnRewrite && (node.aof.isRewriting || node.persistence.isSaving)
    settings.usesPreamble = node.configuration.aofUseRdbPreamble
  }

  func noteIndex(_ bounds: (start: Int64, listedStart: Int64, end: Int64)?, _ node: NodeCore) {
    logID = node.logID
    retention = node.noteDiskLog(bounds)
  }

  /// Tells the node how far the files have come.
  func report() {
    guard let store else { return }
    let failure = failure
    let bounds = index.bounds
    core {
      noteIndex(bounds, $0)
      $0.aofMoved(
        syncedOffset: store.syncedOffset, currentBytes: store.currentByteCount, baseBytes: store.rewriteBaseByteCount,
        writeFailure: failure, now: core.now())
    }
  }
}
