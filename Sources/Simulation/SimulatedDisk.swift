internal import TernEngine
internal import TernNode
internal import TernPersistence

/// The files of a simulated node, on a disk in memory that loses at a power failure what a real one may lose.
struct SimulatedDisk {
  private static let directory = "/data"
  private static let snapshotPath = "/data/dump.rdb"
  private static let promisePath = "/data/tern-quorum.state"
  private static let bytesMax = 64 << 20

  private(set) var files = MemoryFileSystem()

  init() { makeDirectory() }

  private func makeDirectory() {
    try? files.createDirectory(Self.directory)
    try? files.syncDirectory("/")
  }

  /// The machine gets a new, empty disk.
  mutating func wipe() {
    files = MemoryFileSystem()
    makeDirectory()
  }

  /// What was not synced is gone, but for what `random` keeps of it: the ends of files, and changes of directories, each by itself.
  func losePower(using random: inout some RandomNumberGenerator) {
    var draws = SplitMix64(seed: random.next())
    var other = SplitMix64(seed: random.next())
    files.powerLoss(
      tear: { _, unsynced in Int.random(in: 0...unsynced, using: &draws) }, keep: { _ in Bool.random(using: &other) })
  }

  /// The process is gone, and the kernel writes what it had been given.
  func outliveProcess() { files.processDeath() }

  var snapshot: [UInt8]? { read(Self.snapshotPath) }
  var promise: [UInt8]? { read(Self.promisePath) }

  private func read(_ path: String) -> [UInt8]? { (try? files.contents(of: path, byteCountMax: Self.bytesMax)) ?? nil }

  /// Why it could not be written; nil: it is on the disk.
  func store(snapshot bytes: [UInt8]) -> String? { replace(Self.snapshotPath, bytes) }
  func store(promise bytes: [UInt8]) -> String? { replace(Self.promisePath, bytes) }

  private func replace(_ path: String, _ bytes: [UInt8]) -> String? {
    do throws(FileSystemError) {
      return try files.replaceContents(of: path, with: bytes, temporary: path + ".tmp")?.description
    } catch {
      return error.description
    }
  }

  var logConfiguration: AOFStore.Configuration { AOFStore.Configuration(directory: Self.directory) }
}

/// The append-only file of a simulated node: the real `AOFStore`, driven as Sources/Drivers drives it, in steps.
final class SimulatedLog {
  private let files: MemoryFileSystem
  private var store: AOFStore
  private let version: String
  private var announced = ("", "")
  private var pending: [UInt8] = []
  private(set) var rewrite: (job: RDBJob, base: AOFRewrite)?
  /// Bytes are in the file that no sync covers.
  private(set) var isUnsynced = false

  /// Loads what is there into `core`, and begins to append behind it.
  init(_ disk: SimulatedDisk, into core: NodeCore, now: Int64) throws {
    files = disk.files
    version = core.identity.compatibleVersion
    store = try AOFStore.open(disk.files, disk.logConfiguration)
    if store.isEmpty {
      try createFirst(core, now)
    } else {
      try replay(core, now)
      try store.startAppending(logOffset: core.engine.log.endOffset)
    }
    _ = store.takeNotices()
    try announce(core)
    core.aofStarted(currentBytes: store.currentByteCount, baseBytes: store.rewriteBaseByteCount, now: now)
  }

  private func createFirst(_ core: NodeCore, _ now: Int64) throws {
    let base = try store.beginRewrite(format: .rdb, snapshotOffset: core.engine.log.endOffset, onServerStart: true)
    let job = core.makeFirstBase(now: now)
    defer { core.engine.release(job.snapshot) }
    try write(job, to: base)
    try store.finishRewrite(base)
  }

  private func write(_ job: RDBJob, to base: AOFRewrite) throws {
    var encoder = RDBEncoder(job, version: version)
    var bytes: [UInt8] = []
    while !encoder.isFinished { encoder.next(atLeast: 1 << 16) { bytes.append(contentsOf: $0) } }
    try base.write(bytes)
    try base.seal()
  }

  private func replay(_ core: NodeCore, _ now: Int64) throws {
    let plan = try store.loadPlan()
    core.beginLoading(totalBytes: Int64(plan.byteCount), now: now)
    var replay = AOFReplay(files, plan, chunkByteCount: 16 << 10)
    var scan = AOFLogScan()
    let session = core.openLoader()
    var keys = core.engine.stageKeyspace()
    var database = 0
    func execute(_ arguments: [[UInt8]]) throws {
      if let reason = core.load(arguments, session) { throw CommandError(reason) }
    }
    while let event = try replay.next() {
      let end = if case .endOfFile = event { replay.endOfFile } else { replay.position.offset }
      scan.note(event, position: end, lineBytes: replay.annotationByteCount)
      switch event {
      case .file: session.databaseIndex = 0
      case .rdb(.selectDB(let index)): database = index
      case .rdb(.key(let key)): _ = keys.insert(key, into: database)
      case .rdb(.aux(let name, let value)): if name == Array("tern-history-epoch".utf8) { core.noteHistoryEpoch(value) }
      case .rdb(.end):
        core.engine.install(keys)
        keys = core.engine.stageKeyspace()
      case .command(let arguments): try execute(arguments)
      case .transaction(let commands): for arguments in commands { try execute(arguments) }
      case .rdb, .keys, .fileRead, .timestamp, .annotation, .endOfFile: break
      }
    }
    core.engine.discard(keys)
    let index = session.databaseIndex
    core.closeLoader(session)
    if let id = scan.replicationID {
      core.adoptLoggedHistory(epoch: scan.historyEpoch, id: id, offset: scan.offset, streamDatabase: index)
    }
    core.finishLoading(now: now)
  }

  /// Says which part of which log follows.
  private func announce(_ core: NodeCore) throws {
    let name = core.logID
    guard let file = store.currentFileName, announced != (name, file) else { return }
    try store.appendUncounted(AOFLogScan.line(name, store.writtenOffset))
    announced = (name, file)
  }

  /// Appends what was logged and not taken yet.
  func follow(_ core: NodeCore) throws {
    guard store.isAppending else { return }
    // The name is that of the place from which on the bytes are taken.
    try announce(core)
    _ = core.takeAOFBytes(into: &pending, limit: .max)
    guard !pending.isEmpty else { return }
    try store.append(pending)
    pending = []
    isUnsynced = true
  }

  func sync(_ core: NodeCore, now: Int64) throws {
    guard store.isAppending else { return }
    try store.sync()
    isUnsynced = false
    report(core, now)
  }

  private func report(_ core: NodeCore, _ now: Int64) {
    _ = store.takeNotices()
    core.aofMoved(
      syncedOffset: store.syncedOffset, currentBytes: store.currentByteCount, baseBytes: store.rewriteBaseByteCount, writeFailure: nil,
      now: now)
  }

  /// The data were replaced: new files, from the data in memory. The old ones stay what they are until the new ones are complete.
  func beginAnew(_ core: NodeCore, now: Int64) throws {
    cancelRewrite(core, now)
    if store.isAppending { try store.close() }
    pending = []
    isUnsynced = false
    try beginRewrite(core, now)
  }

  /// BGREWRITEAOF, or its like.
  func beginRewriting(_ core: NodeCore, now: Int64) throws {
    guard rewrite == nil else { return }
    try follow(core)
    try beginRewrite(core, now)
  }

  private func beginRewrite(_ core: NodeCore, _ now: Int64) throws {
    let (job, isFresh) = core.beginAOFRewrite(rest: &pending, now: now)
    if !isFresh, !pending.isEmpty { try store.append(pending) }
    pending = []
    let base = try store.beginRewrite(format: .rdb, snapshotOffset: job.snapshot.logOffset)
    rewrite = (job, base)
    isUnsynced = false
    if job.streamDatabase != 0 { try store.appendUncounted(RESPCommand.encode("SELECT", String(job.streamDatabase))) }
    try announce(core)
  }

  /// The base is written, and takes its place.
  func finishRewriting(_ base: AOFRewrite, _ core: NodeCore, now: Int64) throws {
    guard let rewrite, rewrite.base === base else { return }
    try write(rewrite.job, to: base)
    try store.finishRewrite(base)
    self.rewrite = nil
    core.aofRewriteFinished(rewrite.job, failure: nil, syncedOffset: store.syncedOffset, canGoOn: true, now: now)
    report(core, now)
  }

  private func cancelRewrite(_ core: NodeCore, _ now: Int64) {
    guard let rewrite else { return }
    self.rewrite = nil
    store.abortRewrite()
    core.aofRewriteFinished(
      rewrite.job, failure: "it was begun anew", syncedOffset: store.syncedOffset, canGoOn: store.isAppending, now: now)
  }

  /// The node ends: everything that was logged is written and synced.
  func close(_ core: NodeCore, now: Int64) throws {
    if let rewrite { try finishRewriting(rewrite.base, core, now: now) }
    try follow(core)
    try sync(core, now: now)
    if store.isAppending { try store.close() }
  }
}
