internal import CTern

/// Operations on keys of any type.
extension Database {
  /// Calls `body` for `count` keys in order. They are hashed in groups, with each bucket and then each entry asked of the memory before
  /// the first is used: with thousands of keys in one command, this hides most of the latency.
  @inline(__always)
  func forEachKey(_ count: Int, _ key: (Int) -> KeyView, _ body: (Int, KeyView) -> Void) {
    let groupMax = 32
    withUnsafeTemporaryAllocation(of: KeyView.self, capacity: groupMax) { group in
      guard let keys = group.baseAddress else { return }
      var start = 0
      while start < count {
        let size = min(groupMax, count - start)
        for i in 0..<size {
          (keys + i).initialize(to: key(start + i))
          table.prefetchBucket(keys[i].hash)
        }
        if size > 1 { for i in 0..<size { table.prefetchEntry(keys[i].hash) } }
        for i in 0..<size { body(start + i, keys[i]) }
        start += size
      }
    }
  }

  // MARK: removal

  @discardableResult
  package func remove(_ key: KeyView, isLazy: Bool = false) -> Bool {
    guard let position = locateForWrite(key) else { return false }
    removeCounted(position, key, isLazy: isLazy)
    if engine.effects.isRecording {
      engine.effects.begin(index, 2, isLazy ? "UNLINK" : "DEL")
      engine.effects.argument(key)
    }
    changed(key, .generic, "del")
    return true
  }

  /// Takes `count` keys out, as one effect of those that existed, and returns how many did. `isLazy`: the effect is an UNLINK.
  @discardableResult
  package func remove(_ count: Int, isLazy: Bool = false, _ key: (Int) -> KeyView) -> Int {
    let isRecording = engine.effects.isRecording
    var removed: [KeyView] = []
    var removedCount = 0
    forEachKey(count, key) { _, key in
      guard let position = locateForWrite(key) else { return }
      removeCounted(position, key, isLazy: isLazy)
      removedCount += 1
      if isRecording { removed.append(key) }
      changed(key, .generic, "del")
    }
    if !removed.isEmpty {
      engine.effects.begin(index, 1 + removed.count, isLazy ? "UNLINK" : "DEL")
      for key in removed { engine.effects.argument(key) }
    }
    return removedCount
  }

  /// As Redis counts lazily freed objects: a value of more than 64 parts, when UNLINK took it. One so large that it is freed in steps counts
  /// at the end of these.
  private func removeCounted(_ position: KeyTable.Position, _ key: KeyView, isLazy: Bool) {
    guard isLazy || engine.settings.deletesLazily, position.entry.partCount > 64 else { return table.removeKey(position, key.hash) }
    let before = table.heap.graveCount
    table.removeKey(position, key.hash)
    if table.heap.graveCount == before { engine.lazilyFreed &+= 1 }
  }

  // MARK: questions

  /// How many of the keys exist; one that is given twice counts twice. `touching`: they count as used.
  package func existing(_ count: Int, touching: Bool = false, _ key: (Int) -> KeyView) -> Int {
    var found = 0
    forEachKey(count, key) { _, key in
      if (touching ? find(key) : examine(key)) != nil { found += 1 }
    }
    return found
  }

  /// Some key, at random; nil if there is none. Expired ones that come up are taken out.
  package func randomKey() -> [UInt8]? {
    // A replica must not take keys out, and all of them may have expired: then one of those is the answer, as in Redis.
    var triesLeft = 100
    while let entry = table.randomEntry(using: &engine.random) {
      let bytes = Array(entry.keyBytes)
      guard isOver(entry) else { return bytes }
      if expiresOnRead {
        bytes.withUnsafeBytes { expire(key($0)) }
      } else {
        triesLeft -= 1
        if triesLeft == 0 { return bytes }
      }
    }
    return nil
  }

  /// Every key that is not expired and matches, in no order.
  func forEachKey(matching pattern: UnsafeRawBufferPointer, _ body: (Entry) -> Void) {
    let matchesAll = pattern.count == 1 && pattern[0] == UInt8(ascii: "*")
    table.tree.forEach { entry in
      guard matchesAll || Glob.matches(pattern, entry.keyBytes, ignoringCase: false), !entry.hasExpiry || !isOver(entry) else { return }
      body(entry)
    }
  }

  /// One step of SCAN: looks at about `count` entries from `cursor` on, and returns the keys of those that pass, with the cursor to go on
  /// with, 0 at the end. Any number is a valid cursor. What passes but has expired is taken out. A question about the type counts as a
  /// hit or a miss, as in Redis.
  package func scan(
    from cursor: UInt64, count: Int, matching: (UnsafeRawBufferPointer) -> Bool = { _ in true },
    ofType isOfType: ((ValueType) -> Bool)? = nil
  ) -> (cursor: UInt64, keys: [[UInt8]]) {
    var found: [(key: [UInt8], type: ValueType, isOver: Bool)] = []
    let next = table.scan(from: cursor, count: count) { entry in
      guard matching(entry.keyBytes) else { return }
      found.append((Array(entry.keyBytes), entry.type, entry.hasExpiry && isOver(entry)))
    }
    var keys: [[UInt8]] = []
    for item in found {
      if item.isOver {
        item.key.withUnsafeBytes { bytes in
          let key = key(bytes)
          if isOfType != nil { noteMiss(key) }
          if expiresOnRead { expire(key) }
        }
        continue
      }
      if let isOfType {
        engine.hot.pointee.hits &+= 1
        if !isOfType(item.type) { continue }
      }
      keys.append(item.key)
    }
    return (next, keys)
  }

  // MARK: names and places

  /// Gives the value at `source` the name `destination`, whatever had it. Returns false, and changes nothing, if `replacing` is false and
  /// the name is taken. Throws if there is no `source`.
  package func rename(_ source: KeyView, to destination: KeyView, replacing: Bool = true) throws(CommandError) -> Bool {
    guard locateForWrite(source) != nil else { throw .noSuchKey }
    if source.hasSameBytes(as: destination) { return replacing }
    if let taken = locateForWrite(destination) {
      guard replacing else { return false }
      table.removeKey(taken, destination.hash)
    }
    // Looked up again: taking the other key out may have moved it.
    guard let from = table.locate(source.hash, source.bytes, source.count) else { throw .noSuchKey }
    table.adopt(destination, from: from, source.hash, of: table)
    if engine.effects.isRecording {
      engine.effects.begin(index, 3, "RENAME")
      engine.effects.argument(source)
      engine.effects.argument(destination)
    }
    added(destination)
    changed(source, .generic, "rename_from")
    signal(destination, .generic, "rename_to")
    return true
  }

  /// Copies the value at `source`, with its expiry, to `destination` of `target`. Returns false, and changes nothing, if there is no
  /// `source`, or `destination` is there and `replacing` is false.
  package func copy(_ source: KeyView, to destination: KeyView, in target: Database, replacing: Bool) throws(CommandError) -> Bool {
    if target.index == index, source.hasSameBytes(as: destination) { throw .sameObject }
    guard find(source) != nil else { return false }
    if let taken = target.locateForWrite(destination) {
      guard replacing else { return false }
      target.table.removeKey(taken, destination.hash)
    }
    guard let from = table.locate(source.hash, source.bytes, source.count) else { return false }
    target.table.insertCopy(destination, of: from.entry, access: accessClock)
    if engine.effects.isRecording {
      engine.effects.begin(index, 3 + (target.index == index ? 0 : 2) + (replacing ? 1 : 0), "COPY")
      engine.effects.argument(source)
      engine.effects.argument(destination)
      if target.index != index {
        engine.effects.argument("DB")
        engine.effects.argument(Int64(target.index))
      }
      if replacing { engine.effects.argument("REPLACE") }
    }
    target.added(destination)
    target.changed(destination, .generic, "copy_to")
    return true
  }

  /// Takes the key to another database. Returns false, and changes nothing, if it is not here or is there already.
  package func move(_ key: KeyView, to target: Database) throws(CommandError) -> Bool {
    if target.index == index { throw .sameObject }
    guard locateForWrite(key) != nil, target.locateForWrite(key) == nil,
      let from = table.locate(key.hash, key.bytes, key.count)
    else { return false }
    target.table.adopt(key, from: from, key.hash, of: table)
    if engine.effects.isRecording {
      engine.effects.begin(index, 3, "MOVE")
      engine.effects.argument(key)
      engine.effects.argument(Int64(target.index))
    }
    target.added(key)
    changed(key, .generic, "move_from")
    target.signal(key, .generic, "move_to")
    return true
  }
}

extension KeyView {
  func hasSameBytes(as other: KeyView) -> Bool {
    hash == other.hash && count == other.count && tern_memcmp(bytes, other.bytes, count) == 0
  }
}
