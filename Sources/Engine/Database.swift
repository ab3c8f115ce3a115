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

  package var count: Int { table.count }
  package var expiryCount: Int { table.expiryCount }
  var now: Int64 { @inline(__always) get { engine.hot.pointee.now } }

  @inline(__always)
  package func key(_ bytes: UnsafeRawBufferPointer) -> KeyView {
    let base = bytes.baseAddress ?? emptyBytes
    return KeyView(bytes: base, count: bytes.count, hash: engine.hash(base, bytes.count))
  }

  // MARK: lookup

  /// Where the key stands for a command that will write: an expired key is taken out first (with its effect), or hidden on a replica.
  @inline(__always)
  func locateForWrite(_ key: KeyView) -> KeyTable.Position? {
    guard let position = table.locate(key.hash, key.bytes, key.count) else { return nil }
    if position.entry.hasExpiry, isExpired(position.entry, key) { return nil }
    return position
  }

  /// Where the key stands for a command that reads: counts a hit or a miss, and notes the access.
  @inline(__always)
  package func find(_ key: KeyView) -> Entry? {
    guard let position = table.locate(key.hash, key.bytes, key.count), !position.entry.hasExpiry || !isExpired(position.entry, key)
    else {
      engine.hot.pointee.misses &+= 1
      return nil
    }
    engine.hot.pointee.hits &+= 1
    position.entry.access = engine.hot.pointee.accessClock
    return position.entry
  }

  /// As `find`, but nothing is noted: for TYPE, TTL, OBJECT and their like.
  package func peek(_ key: KeyView) -> Entry? {
    guard let position = table.locate(key.hash, key.bytes, key.count), !position.entry.hasExpiry || !isExpired(position.entry, key)
    else { return nil }
    return position.entry
  }

  /// Whether the entry's time is over; if so and this node decides about it, the key is taken out.
  @inline(never)
  private func isExpired(_ entry: Entry, _ key: KeyView) -> Bool {
    guard entry.isExpired(at: now), engine.settings.lazyExpireEnabled else { return false }
    if engine.hot.pointee.expiresKeys, !engine.gates.contains(.paused) { expire(key) }
    return true
  }

  /// Takes out a key whose time is over, as a DEL in the log.
  func expire(_ key: KeyView) {
    guard let position = table.locate(key.hash, key.bytes, key.count) else { return }
    table.removeKey(position, key.hash)
    engine.hot.pointee.expired &+= 1
    if engine.effects.isRecording {
      engine.effects.begin(index, 2, "DEL")
      engine.effects.argument(key)
    }
    changed(key, .expired, "expired")
  }

  // MARK: change

  /// To be called after every change of a key: counts it, breaks watches, sends notifications.
  @inline(__always)
  package func changed(_ key: KeyView, _ kind: KeyEventKind, _ event: StaticString) {
    engine.hot.pointee.dirty &+= 1
    if engine.hot.pointee.watchers > 0 { engine.breakWatches(of: key, in: index) }
    if engine.hot.pointee.notifies { engine.notify(kind, event, key, in: index) }
  }

  @discardableResult
  package func remove(_ key: KeyView) -> Bool {
    guard let position = locateForWrite(key) else { return false }
    table.removeKey(position, key.hash)
    if engine.effects.isRecording {
      engine.effects.begin(index, 2, "DEL")
      engine.effects.argument(key)
    }
    changed(key, .generic, "del")
    return true
  }
}

/// The classes of keyspace notifications.
package enum KeyEventKind: UInt8, Sendable {
  case generic, string, list, set, hash, sortedSet, expired, evicted, stream, miss, new
}

/// Something to point at where there are no bytes.
nonisolated(unsafe) let emptyBytes = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16))
