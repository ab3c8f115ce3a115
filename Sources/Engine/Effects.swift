/// Where effects are born: what a write did, as canonical deterministic commands, gathered per unit (one command, or one EXEC) and put
/// into the log when the unit ends, between MULTI and EXEC if there is more than one.
package struct Effects: @unchecked Sendable {
  private struct State {
    var count = 0
    /// The database that the log's reader is in after what has been written; -1: unknown, so that the next effect says SELECT.
    var selectedDatabase = -1
    /// Effects of a stream that is passed on as it came (the primary's) are not born again.
    var isSuspended = false
    /// A replica's log is the primary's stream and nothing else: what its own clients do (PUBLISH, writes to a writable replica) stays
    /// out of it, or its offset would run ahead of the primary's.
    var isFollowing = false
  }

  package let log: Log
  private let state: UnsafeMutablePointer<State>
  private let staging = ReplyBuffer(capacity: 4096)

  init(log: Log) {
    self.log = log
    state = .allocate(capacity: 1)
    state.initialize(to: State())
  }

  func destroy() {
    staging.destroy()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  @inline(__always) package var isRecording: Bool { log.isActive && !state.pointee.isSuspended && !state.pointee.isFollowing }

  package var isSuspended: Bool {
    get { state.pointee.isSuspended }
    nonmutating set { state.pointee.isSuspended = newValue }
  }

  package var isFollowing: Bool {
    get { state.pointee.isFollowing }
    nonmutating set { state.pointee.isFollowing = newValue }
  }

  /// The next effect says its database: somebody begins to read at the log's end.
  package func forgetDatabase() { state.pointee.selectedDatabase = -1 }
  /// The stream that was passed on through the log has left its readers in this database.
  package func setSelectedDatabase(_ database: Int) { state.pointee.selectedDatabase = database }
  package var selectedDatabase: Int { state.pointee.selectedDatabase }

  /// Starts an effect of `count` arguments, which are then given one by one.
  @inline(__always)
  package func begin(_ database: Int, _ count: Int, _ name: StaticString) {
    if state.pointee.selectedDatabase != database { select(database) }
    state.pointee.count &+= 1
    staging.array(count)
    staging.bulk(UnsafeRawPointer(name.utf8Start), name.utf8CodeUnitCount)
  }

  @inline(never)
  private func select(_ database: Int) {
    state.pointee.selectedDatabase = database
    staging.array(2)
    staging.bulk("SELECT")
    staging.bulk(integer: Int64(database))
  }

  @inline(__always) package func argument(_ bytes: UnsafeRawPointer, _ count: Int) { staging.bulk(bytes, count) }
  @inline(__always) package func argument(_ bytes: UnsafeRawBufferPointer) { staging.bulk(bytes) }
  @inline(__always) package func argument(_ key: KeyView) { staging.bulk(key.bytes, key.count) }
  @inline(__always) package func argument(_ value: Int64) { staging.bulk(integer: value) }
  @inline(__always) package func argument(_ text: StaticString) { staging.bulk(text) }
  package func argument(_ bytes: [UInt8]) { staging.bulk(bytes) }

  /// The whole call as it came, under its own name in upper case: for commands that are their own effect.
  package func verbatim(_ call: Call, database: Int) {
    guard isRecording else { return }
    begin(database, call.count, call.command.pointee.spec.name)
    for i in 1..<max(1, call.count) { argument(call[i].buffer) }
  }

  var mark: Mark { Mark(bytes: staging.count, count: state.pointee.count, selectedDatabase: state.pointee.selectedDatabase) }

  /// Forgets the effects behind the mark.
  func rewind(to mark: Mark) {
    staging.truncate(to: mark.bytes)
    state.pointee.count = mark.count
    state.pointee.selectedDatabase = mark.selectedDatabase
  }

  /// The end of a unit.
  @inline(__always)
  package func commit() {
    if state.pointee.count > 0 { commitSlow() }
  }

  private func commitSlow() {
    if state.pointee.count > 1 { Effects.multi.withUnsafeBytes { log.append($0) } }
    log.append(staging.bytes)
    if state.pointee.count > 1 { Effects.exec.withUnsafeBytes { log.append($0) } }
    staging.removeAll()
    state.pointee.count = 0
  }

  private static let multi = RESPCommand.encode("MULTI")
  private static let exec = RESPCommand.encode("EXEC")
}
