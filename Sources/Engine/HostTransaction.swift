/// A transaction of the program that hosts the node: everything it does is one unit of effects, as between MULTI and EXEC, and none of it
/// stays if the program's closure throws.
///
/// Undoing is a savepoint of the heap, opened at the first change (`Engine.willChange`), the tables' roots, a few counters, and a mark in
/// the staged effects. What others hear of changes (watches, caches, blocked clients, notifications, messages) cannot be unsaid, so it is
/// kept back until the transaction is committed.
struct HostTransaction {
  /// Something that others hear of.
  enum Notice {
    case change(KeyEventKind, StaticString, key: [UInt8], database: Int)
    case event(KeyEventKind, StaticString, key: [UInt8], database: Int)
    case message([UInt8], channel: [UInt8], sharded: Bool)
    case brokenWatch(Session, WatchedKeys.Key, exists: Bool)
    case wholeDatabases(Set<Int>, areRemovals: Bool)
    case invalidationOfAll
  }

  /// What was there when the savepoint was opened.
  struct Restorable {
    var tables: [(table: KeyTable, state: KeyTable.State)]
    var dirty: Int64
    var expired: Int64
    var effects: Effects.Mark
    var tombCount: Int
    var expiryPosition: (database: Int, position: UInt64)
  }

  var restorable: Restorable?
  var notices: [Notice] = []
  /// The closure can throw: changes must be undoable.
  var isUndoable = false
}

extension Effects {
  /// A place in the effects of the unit under way.
  struct Mark {
    let bytes: Int
    let count: Int
    let selectedDatabase: Int
  }
}

extension Engine {
  /// Begins a unit of the host program. Until its end, commands behave as within EXEC: none of them blocks, none of them is a unit by itself.
  package func beginHostTransaction(isUndoable: Bool) {
    transactionDepth += 1
    hostTransaction.isUndoable = isUndoable
  }

  /// To be called before every change that the host program makes within its transaction. Free after the first.
  @inline(__always)
  package func willChange() {
    if hostTransaction.isUndoable, hostTransaction.restorable == nil { openSavepoint() }
  }

  @inline(never)
  private func openSavepoint() {
    hostTransaction.restorable = HostTransaction.Restorable(
      tables: tables.map { ($0, $0.state.pointee) }, dirty: hot.pointee.dirty, expired: hot.pointee.expired, effects: effects.mark,
      tombCount: tombs.count, expiryPosition: expiryPosition)
    heap.openSavepoint()
    hot.pointee.keepsNotices = true
  }

  /// The end of a unit whose closure returned. The caller ends the unit (`endUnit`).
  package func commitHostTransaction() {
    transactionDepth -= 1
    hostTransaction.isUndoable = false
    guard hostTransaction.restorable != nil else { return }
    hostTransaction.restorable = nil
    heap.commitSavepoint()
    hot.pointee.keepsNotices = false
    guard !hostTransaction.notices.isEmpty else { return }
    let notices = hostTransaction.notices
    hostTransaction.notices = []
    for notice in notices { tell(notice) }
  }

  /// The end of a unit whose closure threw: everything is as it was before its first change.
  package func rollBackHostTransaction() {
    transactionDepth -= 1
    hostTransaction.isUndoable = false
    guard let before = hostTransaction.restorable else { return }
    hostTransaction.restorable = nil
    hostTransaction.notices = []
    heap.rollBackSavepoint()
    hot.pointee.keepsNotices = false
    for (i, (table, state)) in before.tables.enumerated() {
      tables[i] = table
      table.state.pointee = state
    }
    hot.pointee.dirty = before.dirty
    hot.pointee.expired = before.expired
    effects.rewind(to: before.effects)
    tombs.removeLast(tombs.count - before.tombCount)
    expiryPosition = before.expiryPosition
  }

  // MARK: what others hear of

  func keep(_ notice: HostTransaction.Notice) { hostTransaction.notices.append(notice) }

  private func tell(_ notice: HostTransaction.Notice) {
    switch notice {
    case .change(let kind, let event, let name, let database):
      name.withUnsafeBytes { tellObservers(kind, event, self.database(database).key($0), in: database) }
    case .event(let kind, let event, let name, let database):
      name.withUnsafeBytes { notify(kind, event, self.database(database).key($0), in: database) }
    case .message(let message, let channel, let sharded):
      message.withUnsafeBytes { message in channel.withUnsafeBytes { _ = publish(message, to: $0, sharded: sharded) } }
    case .brokenWatch(let session, let key, let exists): breakWatch(of: session, key, exists: exists)
    case .wholeDatabases(let databases, let areRemovals): noteChanges(inDatabases: databases, areRemovals: areRemovals)
    case .invalidationOfAll: invalidateAll()
    }
  }
}
