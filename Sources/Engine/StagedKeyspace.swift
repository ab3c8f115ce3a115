/// Databases that are filled beside the ones that serve, and take their place in one step: a full sync, DEBUG RELOAD, the load at start.
package final class StagedKeyspace {
  fileprivate let tables: UnsafeMutableBufferPointer<KeyTable>
  package unowned let engine: Engine
  fileprivate var isOver = false
  /// Of the value whose parts are being taken.
  package var builder: CollectionBuilder?
  private var longString: LongStringBuilder?
  /// Parts of a value have been taken, and more are to come.
  package var isWithinValue: Bool { builder != nil || longString != nil }

  fileprivate init(_ engine: Engine) {
    self.engine = engine
    tables = .allocate(capacity: engine.databaseCount)
    for i in tables.indices { tables.initializeElement(at: i, to: KeyTable(heap: engine.heap, hash: engine.byteHash)) }
  }

  package enum Value {
    case bytes([UInt8])
    case integer(Int64)
  }

  /// A later entry of the same key replaces the earlier. `access` is what LRU or LFU remembers, nil: just used.
  package func insert(_ name: [UInt8], _ value: Value, expiry: Int64?, access: UInt32? = nil, into database: Int) {
    guard tables.indices.contains(database) else { return }
    let table = tables[database]
    name.withUnsafeBytes { bytes in
      let base = bytes.baseAddress ?? emptyBytes
      let key = KeyView(bytes: base, count: bytes.count, hash: table.hash(base, bytes.count))
      let position = table.locate(key.hash, key.bytes, key.count)
      let access = access ?? engine.newAccess
      switch value {
      case .integer(let integer): table.setInteger(key, at: position, integer, expiry: expiry, access: access)
      case .bytes(let bytes): bytes.withUnsafeBytes { table.setString(key, at: position, $0, expiry: expiry, access: access) }
      }
    }
  }

  /// As above, for a collection that a builder has made.
  package func insert(_ name: [UInt8], _ value: CollectionValue, expiry: Int64?, access: UInt32? = nil, into database: Int) {
    guard tables.indices.contains(database) else { return engine.heap.discardCollection(value.type, value.layout, value.block) }
    let table = tables[database]
    name.withUnsafeBytes { bytes in
      let base = bytes.baseAddress ?? emptyBytes
      let key = KeyView(bytes: base, count: bytes.count, hash: table.hash(base, bytes.count))
      let position = table.locate(key.hash, key.bytes, key.count)
      table.putCollection(key, at: position, value, expiry: expiry, access: access ?? engine.newAccess)
    }
  }

  /// A part of a string of `total` bytes; the others follow, then `insertLongString`.
  package func appendLongString(_ part: UnsafeRawBufferPointer, total: Int) {
    if longString == nil { longString = LongStringBuilder(engine.heap, total: total) }
    longString?.append(part)
  }

  package func insertLongString(_ name: [UInt8], expiry: Int64?, access: UInt32? = nil, into database: Int) {
    guard let string = longString else { return }
    longString = nil
    guard let table = table(database) else { return string.discard() }
    name.withUnsafeBytes { bytes in
      let base = bytes.baseAddress ?? emptyBytes
      let key = KeyView(bytes: base, count: bytes.count, hash: table.hash(base, bytes.count))
      table.putLongString(
        key, at: table.locate(key.hash, key.bytes, key.count), string, expiry: expiry, access: access ?? engine.newAccess)
    }
  }

  fileprivate func discardParts() {
    builder?.discard()
    builder = nil
    longString?.discard()
    longString = nil
  }

  /// A step of making room in `database` for so many keys, of which none is there yet. `position` begins at 0; false: that was the last.
  package func reserve(_ count: Int, in database: Int, _ position: inout UInt64) -> Bool {
    guard let table = table(database) else { return false }
    let depth = KeyTable.depth(for: count)
    // A small table grows fast enough.
    guard depth > 3 else { return false }
    let step = UInt64(1) << UInt64(64 - depth)
    for _ in 0..<64 {
      table.deepen(position, to: depth)
      let (next, overflow) = position.addingReportingOverflow(step)
      if overflow { return false }
      position = next
    }
    return true
  }

  package var count: Int { tables.reduce(0) { $0 + $1.count } }

  /// nil: there is no database of this number.
  @inline(__always)
  func table(_ database: Int) -> KeyTable? { tables.indices.contains(database) ? tables[database] : nil }
}

extension Engine {
  package func stageKeyspace() -> StagedKeyspace { StagedKeyspace(self) }

  /// What was loaded serves from now on; what served before is dismantled in steps. O(databases).
  package func install(_ staged: StagedKeyspace) {
    guard !staged.isOver else { return }
    staged.isOver = true
    breakWatches(inDatabases: Set(tables.indices))
    invalidateAll()
    // Room that was made for keys of which none came: a table without keys has no tree.
    for table in staged.tables where table.count == 0 && table.tree.root != nil { table.mergeIfThin(0) }
    for i in tables.indices {
      let old = tables[i]
      let tree = old.takeTree()
      retired.append(old)
      if tree.root != nil { tombs.append(Tomb(table: staged.tables[i], tree: tree, position: 0)) }
      tables[i] = staged.tables[i]
    }
    retireTables()
    // Keys that only the new data hold have changed too.
    breakWatches(inDatabases: Set(tables.indices))
    noteChanges(inDatabases: Set(tables.indices))
    staged.tables.deallocate()
  }

  package func discard(_ staged: StagedKeyspace) {
    guard !staged.isOver else { return }
    staged.isOver = true
    staged.discardParts()
    for table in staged.tables {
      let tree = table.takeTree()
      if tree.root != nil { tombs.append(Tomb(table: tables[0], tree: tree, position: 0)) }
      table.destroy()
    }
    staged.tables.deallocate()
  }

  /// Handles of emptied tables go when no tomb is dismantled through them any more.
  private func retireTables() {
    for (i, tomb) in tombs.enumerated() where retired.contains(where: { $0.state == tomb.table.state }) {
      tombs[i].table = tables[0]
    }
    for table in retired { table.destroy() }
    retired = []
  }
}

extension Session {
  package func discardPartialRequest() {
    partial = nil
    neededBytes = 0
  }
}
