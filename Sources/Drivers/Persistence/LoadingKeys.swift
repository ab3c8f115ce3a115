internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Takes the events of one RDB into a keyspace beside the one that serves, a batch at a time.
final class LoadingKeys {
  enum Source: Hashable {
    case file
    /// The base of an append-only file. Expired keys are kept: the log that follows was written to exactly these keys.
    case logBase
    /// The data of this very moment, or what stands for them: no history is adopted.
    case reload
  }

  private let core: CoreAccess
  private let source: Source
  private let isReplica: Bool
  private let databaseCount: Int
  private let staged: StagedKeyspace
  private var database = 0
  private var batch: [(key: RDBKey, database: Int)] = []
  private var batchBytes = 0
  private var saved: (id: String, offset: Int64)?
  private var streamDatabase = 0
  private var isAdopted = false
  private(set) var keys = 0
  private(set) var expired = 0
  private var functions: [[UInt8]] = []
  /// What was wrong with a key that was put in place.
  private var failure: String?
  private(set) var emptySkipped = 0

  init?(_ core: CoreAccess, _ source: Source) {
    self.core = core
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

  /// Returns what was wrong.
  func take(_ event: RDBEvent) -> String? {
    switch event {
    case .aux(let name, let value): note(String(decoding: name, as: UTF8.self), value)
    case .selectDB(let index):
      guard index < databaseCount else {
        return "FATAL: Data file was created with a server configured to handle more than \(databaseCount) databases (it selects \(index))."
      }
      database = index
    case .resizeDB: break
    case .key(let key):
      adopt()
      batch.append((key, database))
      batchBytes += key.name.count + key.value.approximateBytes
      if batch.count >= 512 || batchBytes >= 1 << 20 { flush() }
      return failure
    case .function(let source): functions.append(source)
    case .moduleAux(let module):
      return "The RDB file contains AUX module data I can't load: no matching module '\(module)'"
    case .end:
      flush()
      return failure
    }
    return nil
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
      }
    case "aof-base": if value == [UInt8(ascii: "1")] { core.log(.notice, "RDB is base AOF") }
    case "repl-stream-db": streamDatabase = Int(Decimal.parse(value) ?? 0)
    case "tern-history-epoch": if source != .reload { core { $0.noteHistoryEpoch(value) } }
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

  func flush() {
    let now = core.now()
    let drops = source != .logBase && !isReplica
    core.inSlices(batch.count) { core, i in
      let (key, database) = batch[i]
      // A value whose first part is in place goes in whole.
      if drops, staged.builder == nil, let expireAt = key.expireAt, expireAt <= now {
        guard key.isLast else { return true }
        expired += 1
        if source == .file { core.dropExpired(key.name, database: database) }
        return true
      }
      switch staged.insert(key, into: database) {
      case .inserted: keys += 1
      case .begun: break
      case .skippedEmpty:
        self.core.log(.warning, "rdbLoadObject skipping empty key: \(printable(key.name))")
        emptySkipped += 1
      case .corrupt(let reason):
        failure = reason
        return false
      }
      return true
    }
    batch.removeAll(keepingCapacity: true)
    batchBytes = 0
  }

  /// All has been read: the loaded keys serve, unless `condition` says no in that moment; then they are still to be discarded.
  @discardableResult
  func finish(_ condition: (NodeCore) -> Bool = { _ in true }) -> Bool {
    adopt()
    flush()
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

extension RDBValue {
  fileprivate var approximateBytes: Int {
    switch self {
    case .string(let bytes): bytes.count
    case .integer: 64
    case .list(let elements), .set(let elements), .sortedSet(let elements), .hash(let elements): elements.byteCount
    case .stream(let items): 64 * items.count
    }
  }
}
