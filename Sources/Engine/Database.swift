/// One of the numbered databases: what commands and the typed API do with keys. A handle.
package struct Database {
  package let index: Int
  let table: KeyTable
  package unowned(unsafe) let engine: Engine

  @inline(__always) init(index: Int, table: KeyTable, engine: Engine) {
    self.index = index
    self.table = table
    self.engine = engine
  }

  /// Keys whose time is over count until somebody takes them out.
  package var count: Int { table.count }
  package var expiryCount: Int { table.expiryCount }
  /// Hashes with fields that expire, or that once had some.
  var timedHashCount: Int { table.timedHashCount }
  var now: Int64 { @inline(__always) get { engine.hot.pointee.now } }
  var accessClock: UInt32 { @inline(__always) get { engine.hot.pointee.accessClock } }

  @inline(__always)
  package func key(_ bytes: UnsafeRawBufferPointer) -> KeyView {
    let base = bytes.baseAddress ?? emptyBytes
    return KeyView(bytes: base, count: bytes.count, hash: engine.hash(base, bytes.count))
  }

  // MARK: lookup

  /// Where the key stands for a command that will write. An expired key is taken out first (with its effect, where this node decides):
  /// on a replica that is written to as well, since a hidden entry would become a second one of the same key.
  /// A position is good until the table is next changed: looking up another key for writing may do that.
  @inline(__always)
  func locateForWrite(_ key: KeyView) -> KeyTable.Position? {
    guard let position = table.locate(key.hash, key.bytes, key.count) else {
      if engine.hot.pointee.accessMode != .clock { engine.noteNewKey() }
      return nil
    }
    if position.entry.hasExpiry, removesExpired(position.entry, key) {
      if engine.hot.pointee.accessMode != .clock { engine.noteNewKey() }
      return nil
    }
    if engine.hot.pointee.accessMode != .clock { engine.noteWriteAccess(position.entry) }
    return position
  }

  @inline(never)
  private func removesExpired(_ entry: Entry, _ key: KeyView) -> Bool {
    guard isOver(entry) else { return false }
    expire(key)
    return true
  }

  /// Where the key stands for a command that reads: counts a hit or a miss, and notes the access.
  @inline(__always)
  package func find(_ key: KeyView) -> Entry? {
    guard let position = table.locate(key.hash, key.bytes, key.count), !position.entry.hasExpiry || !isExpired(position.entry, key)
    else {
      noteMiss(key)
      return nil
    }
    engine.hot.pointee.hits &+= 1
    if engine.hot.pointee.accessMode == .clock {
      position.entry.access = engine.hot.pointee.accessClock
    } else {
      engine.noteAccess(position.entry)
    }
    return position.entry
  }

  @inline(__always)
  func noteMiss(_ key: KeyView) {
    engine.hot.pointee.misses &+= 1
    if engine.hot.pointee.notifies { engine.notify(.miss, "keymiss", key, in: index) }
  }

  /// As `find`, but the access is not noted: for EXISTS, TYPE, TTL, OBJECT and their like.
  package func examine(_ key: KeyView, notifyingMiss: Bool = true) -> Entry? {
    guard let entry = peek(key) else {
      if notifyingMiss { noteMiss(key) } else { engine.hot.pointee.misses &+= 1 }
      return nil
    }
    engine.hot.pointee.hits &+= 1
    return entry
  }

  /// As `find`, but nothing is noted at all.
  package func peek(_ key: KeyView) -> Entry? {
    guard let position = table.locate(key.hash, key.bytes, key.count), !position.entry.hasExpiry || !isExpired(position.entry, key)
    else { return nil }
    return position.entry
  }

  /// Whether the entry's time is over, for whoever asks now.
  func isOver(_ entry: Entry) -> Bool {
    entry.isExpired(at: now) && !engine.hot.pointee.sparesExpired && engine.settings.lazyExpireEnabled
  }

  /// Whether readers take expired keys out: not on a replica, and not while CLIENT PAUSE promises that nothing changes.
  var expiresOnRead: Bool { engine.hot.pointee.expiresKeys && !engine.gates.contains(.paused) }

  /// Whether the entry's time is over; if so and this node decides about it, the key is taken out.
  @inline(never)
  private func isExpired(_ entry: Entry, _ key: KeyView) -> Bool {
    guard isOver(entry) else { return false }
    if expiresOnRead { expire(key) }
    return true
  }

  /// Takes out a key whose time is over, as a DEL in the log.
  func expire(_ key: KeyView) {
    guard let position = table.locate(key.hash, key.bytes, key.count) else { return }
    table.removeKey(position, key.hash)
    engine.hot.pointee.expired &+= 1
    if engine.effects.isRecording, engine.hot.pointee.expiresKeys {
      engine.effects.begin(index, 2, engine.settings.expiresLazily ? "UNLINK" : "DEL")
      engine.effects.argument(key)
    }
    signal(key, .expired, "expired")
  }

  // MARK: change

  /// To be called after every change of a key: counts it, breaks watches, sends notifications.
  @inline(__always)
  package func changed(_ key: KeyView, _ kind: KeyEventKind, _ event: StaticString) {
    engine.hot.pointee.dirty &+= 1
    signal(key, kind, event)
  }

  /// As `changed`, for the second key of one change.
  @inline(__always)
  func signal(_ key: KeyView, _ kind: KeyEventKind, _ event: StaticString) {
    if engine.hot.pointee.isObserved { engine.tellObservers(kind, event, key, in: index) }
  }

  /// A key that did not exist was added; said before the event that tells how.
  @inline(__always)
  func added(_ key: KeyView) {
    if engine.hot.pointee.notifies { engine.notify(.new, "new", key, in: index) }
  }
}

/// The classes of keyspace notifications.
package enum KeyEventKind: UInt8, Sendable {
  case generic, string, list, set, hash, sortedSet, expired, evicted, stream, module, miss, new
}

/// Something to point at where there are no bytes.
nonisolated(unsafe) let emptyBytes = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16))
