/// Operations on lists: what the commands of Commands/Lists and the typed API call.
extension Database {
  private var listLimits: ListLimits { @inline(__always) get { ListLimits(size: engine.hot.pointee.limits.listSize) } }

  @inline(__always)
  private func listValue(_ entry: Entry) -> ListValue { ListValue(table.heap, listLimits, entry.layout, entry.valueBlock) }

  @inline(__always)
  private func store(_ value: ListValue, _ key: KeyView, at position: KeyTable.Position) {
    table.setCollection(key, at: position, value.layout, value.block, access: engine.hot.pointee.accessClock)
  }

  /// The list at a key for reading; nil if there is none.
  @inline(__always)
  package func list(_ key: KeyView) throws(CommandError) -> ListReader? {
    guard let entry = try collection(key, .list) else { return nil }
    return ListReader(entry)
  }

  /// A key whose list may have been emptied: stored, then taken out. Says so.
  private func storeOrRemove(_ value: ListValue, _ key: KeyView, at position: KeyTable.Position, _ event: StaticString, _ changes: Int) {
    let isEmpty = value.count == 0
    store(value, key, at: position)
    noteRemoved(key, event, changes)
    if isEmpty { removeEmptied(key) }
  }

  @inline(__always)
  private func noteRemoved(_ key: KeyView, _ event: StaticString, _ changes: Int) {
    engine.hot.pointee.dirty &+= Int64(changes)
    signal(key, .list, event)
  }

  // MARK: ends

  /// Puts `count` elements at an end, one after the other. Returns the list's length; 0 if `onlyIfExists` and it does not.
  @inline(__always)
  package func push(
    _ key: KeyView, at end: ListEnd, onlyIfExists: Bool = false, count: Int, _ element: (Int) -> UnsafeRawBufferPointer
  ) throws(CommandError) -> Int {
    let position = try collectionForWrite(key, .list)
    if position == nil, onlyIfExists { return 0 }
    let length = pushLocated(key, position, at: end, count: count, element)
    if engine.effects.isRecording {
      let effects = engine.effects
      let name: StaticString = end == .left ? (onlyIfExists ? "LPUSHX" : "LPUSH") : (onlyIfExists ? "RPUSHX" : "RPUSH")
      effects.begin(index, 2 &+ count, name)
      effects.argument(key)
      for i in 0..<count { effects.argument(element(i)) }
    }
    if position == nil { added(key) }
    noteRemoved(key, end == .left ? "lpush" : "rpush", count)
    return length
  }

  @inline(__always)
  private func pushLocated(
    _ key: KeyView, _ position: KeyTable.Position?, at end: ListEnd, count: Int, _ element: (Int) -> UnsafeRawBufferPointer
  ) -> Int {
    var bytes = 0
    for i in 0..<count { bytes &+= element(i).count }
    // Of many short elements the lengths behind them count too.
    var value = position.map { listValue($0.entry) } ?? .create(table.heap, listLimits, capacity: bytes &+ 2 &* count)
    value.willGrow(bytes: bytes, count: count)
    for i in 0..<count { value.push(ListpackValue(element(i)), at: end) }
    if let position {
      store(value, key, at: position)
    } else {
      table.insertCollection(
        key, CollectionValue(.list, value.layout, value.block), access: engine.hot.pointee.accessClock)
    }
    return value.count
  }

  /// Takes up to `count` elements (at least one) from an end. `begin` is told how many come, `body` gets each. False if there is no list.
  /// `isPlain`: as a pop without a count, in the log.
  @inline(__always)
  package func pop(
    _ key: KeyView, from end: ListEnd, count: Int, isPlain: Bool, _ begin: (Int) -> Void, _ body: (ListpackElement) -> Void
  ) throws(CommandError) -> Bool {
    guard let position = try collectionForWrite(key, .list) else { return false }
    let entry = position.entry
    let reader = ListReader(entry)
    let total = reader.count
    let taken = min(count, total)
    begin(taken)
    guard taken > 0 else { return true }
    if taken == total {
      if end == .left {
        reader.forEach(from: 0, count: taken, body)
      } else {
        reader.forEachBackward(from: total &- 1, count: taken, body)
      }
      table.removeKey(position, key.hash)
    } else {
      var value = listValue(entry)
      value.pop(taken, from: end, body)
      store(value, key, at: position)
    }
    if engine.effects.isRecording {
      engine.effects.begin(index, isPlain ? 2 : 3, end == .left ? "LPOP" : "RPOP")
      engine.effects.argument(key)
      if !isPlain { engine.effects.argument(Int64(taken)) }
    }
    noteRemoved(key, end == .left ? "lpop" : "rpop", taken)
    if taken == total { signal(key, .generic, "del") }
    return true
  }

  /// Moves an element from an end of a list to an end of another, or of the same. `body` gets it. False if there is no source.
  package func move(
    _ source: KeyView, from: ListEnd, to destination: KeyView, at end: ListEnd, isPopPush: Bool = false,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(CommandError) -> Bool {
    guard try collectionForWrite(source, .list) != nil else { return false }
    let sourceAccess = accessClock
    let isSame = source.hasSameBytes(as: destination)
    if !isSame { _ = try collectionForWrite(destination, .list) }
    // Looked up again: the destination may have been taken out, for its time was over.
    guard let position = table.locate(source.hash, source.bytes, source.count) else { return false }
    let reader = ListReader(position.entry)
    guard let element = reader.element(at: from == .left ? 0 : reader.count - 1) else { return false }
    element.withBytes { bytes in
      // Out of the list's own block, which is about to change.
      withUnsafeTemporaryAllocation(byteCount: max(1, bytes.count), alignment: 1) { copy in
        copy.copyMemory(from: bytes)
        let bytes = UnsafeRawBufferPointer(rebasing: copy[..<bytes.count])
        if isSame {
          rotate(source, position, from, end, bytes)
        } else {
          transfer(source, from, destination, end, bytes, sourceAccess: sourceAccess)
        }
        body(bytes)
      }
    }
    if engine.effects.isRecording {
      let effects = engine.effects
      effects.begin(index, isPopPush ? 3 : 5, isPopPush ? "RPOPLPUSH" : "LMOVE")
      effects.argument(source)
      effects.argument(destination)
      if !isPopPush {
        effects.argument(from == .left ? "LEFT" : "RIGHT")
        effects.argument(end == .left ? "LEFT" : "RIGHT")
      }
    }
    return true
  }

  private func rotate(
    _ key: KeyView, _ position: KeyTable.Position, _ from: ListEnd, _ end: ListEnd, _ bytes: UnsafeRawBufferPointer
  ) {
    var value = listValue(position.entry)
    if value.count > 1, from != end {
      value.pop(1, from: from) { _ in }
      value.willGrow(bytes: bytes.count, count: 1)
      value.push(ListpackValue(bytes), at: end)
      store(value, key, at: position)
    }
    signal(key, .list, end == .left ? "lpush" : "rpush")
    noteRemoved(key, from == .left ? "lpop" : "rpop", 1)
  }

  private func transfer(
    _ source: KeyView, _ from: ListEnd, _ destination: KeyView, _ end: ListEnd, _ bytes: UnsafeRawBufferPointer, sourceAccess: UInt32
  ) {
    let target = table.locate(destination.hash, destination.bytes, destination.count)
    _ = pushLocated(destination, target, at: end, count: 1) { _ in bytes }
    if target == nil { added(destination) }
    signal(destination, .list, end == .left ? "lpush" : "rpush")
    guard let position = table.locate(source.hash, source.bytes, source.count) else { return }
    var value = listValue(position.entry)
    let isLast = value.count == 1
    if isLast {
      table.removeKey(position, source.hash)
    } else {
      value.pop(1, from: from) { _ in }
      // Each key keeps its own LFU counter: the destination was located last.
      engine.hot.pointee.accessClock = sourceAccess
      store(value, source, at: position)
    }
    noteRemoved(source, from == .left ? "lpop" : "rpop", 1)
    if isLast { signal(source, .generic, "del") }
  }

  // MARK: the middle

  /// Replaces the element at an index, counted from the tail if negative.
  package func setListElement(_ key: KeyView, _ place: Int64, _ element: UnsafeRawBufferPointer) throws(CommandError) {
    guard let position = try collectionForWrite(key, .list) else { throw .noSuchKey }
    var value = listValue(position.entry)
    guard let at = Self.listIndex(place, value.count) else { throw .outOfRange }
    value.willGrow(bytes: element.count, count: 1)
    value.set(at, ListpackValue(element))
    store(value, key, at: position)
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "LSET")
      engine.effects.argument(key)
      engine.effects.argument(place)
      engine.effects.argument(element)
    }
    changed(key, .list, "lset")
  }

  /// An index from the head; nil outside of the list.
  @inline(__always)
  static func listIndex(_ index: Int64, _ count: Int) -> Int? {
    let index = index < 0 ? index &+ Int64(count) : index
    return index >= 0 && index < Int64(count) ? Int(index) : nil
  }

  /// Puts an element before (or behind) the first one that equals `pivot`. Returns the length, -1 if there is no such element, 0 if there
  /// is no list.
  package func insertListElement(
    _ key: KeyView, _ element: UnsafeRawBufferPointer, before: Bool, pivot: UnsafeRawBufferPointer
  ) throws(CommandError) -> Int {
    guard let position = try collectionForWrite(key, .list) else { return 0 }
    guard let found = ListReader(position.entry).firstIndex(of: pivot) else { return -1 }
    var value = listValue(position.entry)
    value.willGrow(bytes: element.count, count: 1)
    value.insert(before ? found : found + 1, ListpackValue(element))
    store(value, key, at: position)
    if engine.effects.isRecording {
      engine.effects.begin(index, 5, "LINSERT")
      engine.effects.argument(key)
      engine.effects.argument(before ? "BEFORE" : "AFTER")
      engine.effects.argument(pivot)
      engine.effects.argument(element)
    }
    changed(key, .list, "linsert")
    return value.count
  }

  /// Takes out the elements that equal the bytes: the first `count`, the last `-count`, or all (0). Returns how many.
  package func removeListElements(_ key: KeyView, _ element: UnsafeRawBufferPointer, count: Int64) throws(CommandError) -> Int {
    guard let position = try collectionForWrite(key, .list) else { return 0 }
    var value = listValue(position.entry)
    let limit = count == 0 ? Int.max : Int(clamping: count.magnitude)
    let removed = value.removeEqual(element, limit: limit, fromTail: count < 0)
    guard removed > 0 else { return 0 }
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "LREM")
      engine.effects.argument(key)
      engine.effects.argument(count)
      engine.effects.argument(element)
    }
    storeOrRemove(value, key, at: position, "lrem", removed)
    return removed
  }

  /// A range as Redis takes it: both ends included, counted from the tail if negative, cut to the list. Nil if nothing is in it.
  static func listRange(_ start: Int64, _ stop: Int64, _ count: Int) -> (start: Int, count: Int)? {
    let length = Int64(count)
    let first = max(0, start < 0 ? start &+ length : start)
    let last = min(stop < 0 ? stop &+ length : stop, length &- 1)
    guard first <= last, first < length else { return nil }
    return (Int(first), Int(last &- first &+ 1))
  }

  /// Keeps the elements of a range, and no others.
  package func trimList(_ key: KeyView, _ start: Int64, _ stop: Int64) throws(CommandError) {
    guard let position = try collectionForWrite(key, .list) else { return }
    let total = ListReader(position.entry).count
    let kept = Self.listRange(start, stop, total)
    let removed = total - (kept?.count ?? 0)
    if removed > 0, engine.effects.isRecording {
      engine.effects.begin(index, 4, "LTRIM")
      engine.effects.argument(key)
      engine.effects.argument(start)
      engine.effects.argument(stop)
    }
    if let kept {
      if removed > 0 {
        var value = listValue(position.entry)
        value.trim(from: kept.start, kept: kept.count)
        store(value, key, at: position)
      }
      noteRemoved(key, "ltrim", removed)
    } else {
      table.removeKey(position, key.hash)
      noteRemoved(key, "ltrim", removed)
      signal(key, .generic, "del")
    }
  }
}

extension ListReader {
  /// Elements with their indexes, head to tail (or from the tail on), until `body` returns false.
  func walk(fromTail: Bool, _ body: (ListpackElement, Int) -> Bool) {
    if fromTail {
      forEachPackBackward(from: count - 1) { pack, first in
        var index = first + pack.count
        var offset = pack.end
        while let at = pack.previous(offset) {
          index -= 1
          if !body(pack.element(at: at), index) { return false }
          offset = at
        }
        return true
      }
    } else {
      forEachPack(from: 0) { pack, first in
        var index = first
        var offset = Listpack.headerBytes
        while pack.byte(offset) != 0xff {
          if !body(pack.element(at: offset), index) { return false }
          offset = pack.behind(offset)
          index += 1
        }
        return true
      }
    }
  }

  package func firstIndex(of bytes: UnsafeRawBufferPointer) -> Int? {
    var found: Int?
    forEachPosition(of: bytes, rank: 1, lengthMax: 0) {
      found = $0
      return false
    }
    return found
  }

  /// Where elements equal the bytes, from the `rank`-th match on (from the tail, towards the head, if negative), within the first
  /// `lengthMax` elements looked at (0: all), until `body` returns false.
  package func forEachPosition(of bytes: UnsafeRawBufferPointer, rank: Int64, lengthMax: Int64, _ body: (Int) -> Bool) {
    let base = bytes.baseAddress ?? emptyBytes
    let integer = bytes.count <= 20 ? Decimal.parse(base, bytes.count) : nil
    var matchesLeft = rank.magnitude
    var looksLeft = lengthMax == 0 ? Int64.max : lengthMax
    walk(fromTail: rank < 0) { element, index in
      if looksLeft == 0 { return false }
      looksLeft -= 1
      guard element.equals(base, bytes.count, integer: integer) else { return true }
      if matchesLeft > 1 {
        matchesLeft -= 1
        return true
      }
      return body(index)
    }
  }
}
