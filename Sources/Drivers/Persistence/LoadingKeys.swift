internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Takes what was read of one RDB into a keyspace beside the one that serves, a batch at a time.
final class LoadingKeys {
  enum Source: Hashable {
    case file
    /// The base of an append-only file. Expired keys are kept: the log that follows was written to exactly these keys.
    case logBase
    /// The data of this very moment, or what stands for them: no history is adopted.
    case reload
    /// As `reload`, into a keyspace that holds keys already (DEBUG RELOAD NOFLUSH): a key that is there is replaced.
    case merge
  }

  /// What was wrong, and where in the RDB the key begins that it was found in.
  struct Failure: Error {
    var reason: String
    var offset: Int
  }

  private let core: CoreAccess
  private let source: Source
  private let isReplica: Bool
  private let byteCount: Int
  private let databaseCount: Int
  private let staged: StagedKeyspace
  private var database = 0
  private var saved: (id: String, offset: Int64)?
  private var streamDatabase = 0
  private var isAdopted = false
  private(set) var keys = 0
  private(set) var expired = 0
  private var functions: [[UInt8]] = []
  private(set) var emptySkipped = 0
  /// The rest of the present key's value is passed over.
  private var isDropping = false

  /// - Parameter byteCount: of all files that are loaded
  init?(_ core: CoreAccess, _ source: Source, byteCount: Int) {
    self.core = core
    self.byteCount = byteCount
    self.source = source
    var staged: StagedKeyspace?
    var isReplica = false
    var databaseCount = 0
    core {
      staged = $0.engine.stageKeyspace()
      isReplica = $0.configuration.replicaof.address != nil || $0.isReplica
      databaseCount = $0.engine.databaseCount
    }
    guard let staged else { return nil }
    self.staged = staged
    self.isReplica = isReplica
    self.databaseCount = databaseCount
  }

  /// Keys that are looked up and put in place together; also the least that is done between two looks at the clock.
  private static let groupCount = 32

  func take(_ batch: RDBBatch) throws(Failure) {
    var progress = StagedKeyspace.BatchProgress()
    while progress.index < batch.count {
      if let event = batch.event(at: progress.index) {
        try take(event, offset: batch.keys.offset(at: progress.index))
        progress.index += 1
      } else {
        adopt()
        try insert(batch, &progress)
      }
    }
    keys += progress.inserted
    expired += progress.expired
  }

  /// Puts keys in place up to the next record that is none.
  private func insert(_ batch: RDBBatch, _ progress: inout StagedKeyspace.BatchProgress) throws(Failure) {
    let rules = StagedKeyspace.BatchRules(dropsUpTo: drops ? core.now() : nil, replaces: source == .merge)
    var stop = StagedKeyspace.BatchStop.reached
    core.inSlices { core in
      stop = staged.insert(batch.keys, &progress, count: LoadingKeys.groupCount, rules) { name, database in
        if source == .file { core.dropExpired(name, database: database) }
      }
      return stop == .reached && progress.index < batch.count
    }
    guard stop == .duplicate else { return }
    throw duplicate(batch.keys.name(at: progress.index), batch.keys.database(at: progress.index), batch.keys.offset(at: progress.index))
  }

  private func duplicate(_ name: [UInt8], _ database: Int, _ offset: Int) -> Failure {
    Failure(reason: "RDB has duplicated key '\(printable(name))' in DB \(database)", offset: offset)
  }

  private var drops: Bool { source != .logBase && !isReplica }

  /// - Parameter offset: where in the RDB it begins
  func take(_ event: RDBEvent, offset: Int) throws(Failure) {
    switch event {
    case .aux(let name, let value): note(String(decoding: name, as: UTF8.self), value)
    case .selectDB(let index):
      guard index < databaseCount else {
        throw Failure(
          reason:
            "FATAL: Data file was created with a server configured to handle more than \(databaseCount) databases (it selects \(index)).",
          offset: offset)
      }
      database = index
    case .resizeDB(let keys, _): reserve(keys)
    case .key(let key):
      adopt()
      try take(key, offset: offset)
    case .function(let source): functions.append(source)
    case .moduleAux(let module):
      throw Failure(reason: "The RDB file contains AUX module data I can't load: no matching module '\(module)'", offset: offset)
    case .end: break
    }
  }

  /// What a file says of its keys may be a lie: a key takes eight bytes of it, nearly always.
  private func reserve(_ keys: Int) {
    let count = min(keys, byteCount / 8)
    var position: UInt64 = 0
    core.inSlices { _ in staged.reserve(count, in: database, &position) }
  }

  /// A key whose value takes more than a copy, or a part of it.
  private func take(_ key: RDBKey, offset: Int) throws(Failure) {
    let now = core.now()
    var failure: Failure?
    var isEmpty = false
    core { core in
      if !staged.isWithinValue, !isDropping {
        if drops, let expireAt = key.expireAt, expireAt <= now {
          isDropping = true
        } else if source != .merge, staged.holds(key.name, in: database) {
          failure = duplicate(key.name, database, offset)
          return
        }
      }
      if isDropping {
        guard key.isLast else { return }
        isDropping = false
        expired += 1
        if source == .file { core.dropExpired(key.name, database: database) }
        return
      }
      switch staged.insert(key, into: database) {
      case .inserted: keys += 1
      case .begun: break
      case .skippedEmpty:
        emptySkipped += 1
        isEmpty = true
      case .corrupt(let reason): failure = Failure(reason: reason, offset: offset)
      }
    }
    if isEmpty { core.log(.warning, "rdbLoadObject skipping empty key: \(printable(key.name))") }
    if let failure { throw failure }
  }

  private func note(_ name: String, _ value: [UInt8]) {
    let text = printable(value)
    switch name {
    case "redis-ver", "valkey-ver": core.log(.notice, "Loading RDB produced by version \(text)")
    case "ctime":
      if let created = Decimal.parse(value) { core.log(.notice, "RDB age \(max(0, core.now() / 1000 - created)) seconds") }
    case "used-mem":
      if let bytes = Decimal.parse(value), bytes >= 0 {
        let hundredths = bytes / 10_486  // of a MB
        let fraction = hundredths % 100
        core.log(.notice, "RDB memory usage when created \(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) Mb")
        core { $0.loadingExpects(memoryBytes: bytes) }
      }
    case "aof-base": if value == [UInt8(ascii: "1")] { core.log(.notice, "RDB is base AOF") }
    case "repl-stream-db": streamDatabase = Int(Decimal.parse(value) ?? 0)
    case "tern-history-epoch": if source == .file || source == .logBase { core { $0.noteHistoryEpoch(value) } }
    case "tern-members": if source == .file || source == .logBase { core { $0.noteMembership(value) } }
    case "repl-id": if let id = String(validating: value, as: UTF8.self) { saved = (id, saved?.offset ?? -1) }
    case "repl-offset": saved = (saved?.id ?? "", Decimal.parse(value) ?? -1)
    default: break
    }
  }

  /// The history of the file is the node's, from before its first key: what is left out because its time is over goes into the log behind it.
  private func adopt() {
    guard !isAdopted else { return }
    isAdopted = true
    guard source == .file, let saved, saved.offset >= 0 else { return }
    core { $0.adoptSavedHistory(id: saved.id, offset: saved.offset, streamDatabase: streamDatabase) }
  }

  /// All has been read: the loaded keys serve, unless `condition` says no in that moment; then they are still to be discarded.
  @discardableResult
  func finish(_ condition: (NodeCore) -> Bool = { _ in true }) -> Bool {
    adopt()
    let isInstalled = core.get(false) { core in
      guard condition(core) else { return false }
      core.engine.install(staged)
      core.keepFunctions(functions)
      core.noteLoaded(keys: keys, expired: expired)
      return true
    }
    guard isInstalled else { return false }
    let skipped = emptySkipped > 0 ? ", empty keys skipped: \(emptySkipped)" : ""
    core.log(.notice, "Done loading RDB, keys loaded: \(keys), keys expired: \(expired)\(skipped).")
    return true
  }

  func discard() { core { $0.engine.discard(staged) } }
}
