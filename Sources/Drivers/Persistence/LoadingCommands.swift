internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Applies what was read of an append-only log, a batch at a time.
final class LoadingCommands {
  typealias Position = (file: String, offset: Int)

  struct Item: Sendable {
    let event: AOFReplay.Event
    /// Where it begins.
    let position: Position
  }

  private let core: CoreAccess
  private let byteCount: Int
  private var session: SessionReference?
  /// Of the RDB in front of the file, while it is being read.
  private var keys: LoadingKeys?
  private var isBase = false
  private var fileStarted: Int64 = 0
  private(set) var keyCount = 0

  init(_ core: CoreAccess, byteCount: Int) {
    self.core = core
    self.byteCount = byteCount
    var session: SessionReference?
    core { session = SessionReference(session: $0.openLoader()) }
    self.session = session
  }

  var databaseIndex: Int { core.get(0) { _ in session?.session.databaseIndex ?? 0 } }

  func close() {
    keys?.discard()
    keys = nil
    if let session { core { $0.closeLoader(session.session) } }
    session = nil
  }

  /// A batch of the RDB in front.
  func take(_ batch: RDBBatch, at position: Position) throws(AOFError) {
    if keys == nil { keys = LoadingKeys(core, .logBase, byteCount: byteCount) }
    do throws(LoadingKeys.Failure) {
      try keys?.take(batch)
    } catch {
      throw AOFError(.malformed, file: position.file, offset: error.offset, error.reason)
    }
    keyCount = keys?.keys ?? keyCount
    guard batch.count > 0, case .end? = batch.event(at: batch.count - 1) else { return }
    keys?.finish()
    keys = nil
  }

  func take(_ items: [Item]) throws(AOFError) {
    var i = 0
    while i < items.count {
      switch items[i].event {
      case .command, .transaction: i = try execute(items, from: i)
      case .file(let file):
        isBase = file.isBase
        fileStarted = FileClock.monotonicNanoseconds()
        if let session { core { _ in session.session.databaseIndex = 0 } }
        i += 1
      case .endOfFile(let name):
        core.log(.notice, "DB loaded from \(isBase ? "base" : "incr") file \(name): \(FileClock.seconds(since: fileStarted)) seconds")
        i += 1
      case .rdb, .keys, .fileRead, .timestamp, .annotation: i += 1
      }
    }
  }

  /// Executes commands up to the next event of another kind, whose index it returns.
  private func execute(_ items: [Item], from first: Int) throws(AOFError) -> Int {
    guard let session else { return items.count }
    var i = first
    // Within a transaction.
    var j = 0
    var failure: AOFError?
    core.inSlices { core in
      guard i < items.count else { return false }
      let arguments: [[UInt8]]
      switch items[i].event {
      case .command(let command):
        arguments = command
        i += 1
      case .transaction(let commands):
        guard j < commands.count else {
          j = 0
          i += 1
          return true
        }
        arguments = commands[j]
        j += 1
      default: return false
      }
      let position = items[j > 0 ? i : i - 1].position
      guard let reason = core.load(arguments, session.session, file: position.file) else { return true }
      failure = AOFError(.malformed, file: position.file, offset: position.offset, reason)
      return false
    }
    if let failure { throw failure }
    return i
  }
}
