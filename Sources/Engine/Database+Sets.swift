/// Operations on sets: what the commands of Commands/Sets and the typed API call.
extension Database {
  @inline(__always)
  func setEditor(_ entry: Entry) -> SetEditor { SetEditor(table.heap, engine.byteHash, engine.limits, entry) }

  /// Puts what was edited back. `position` must still be good.
  @inline(__always)
  func store(_ editor: SetEditor, _ key: KeyView, at position: KeyTable.Position) {
    table.setCollection(key, at: position, editor.layout, editor.block, access: engine.hot.pointee.accessClock)
  }

  // MARK: members

  /// Adds `count` members, and returns how many were new.
  @inline(__always)
  package func addToSet(_ key: KeyView, _ count: Int, _ member: (Int) -> UnsafeRawBufferPointer) throws(CommandError) -> Int {
    let position = try collectionForWrite(key, .set)
    var editor: SetEditor
    if let position {
      editor = setEditor(position.entry)
      editor.prepare(for: count)
    } else {
      editor = SetEditor(table.heap, engine.byteHash, engine.limits, count: count, first: member(0))
    }
    var fresh = 0
    for i in 0..<count where editor.add(member(i)) { fresh &+= 1 }
    if let position {
      store(editor, key, at: position)
      if fresh == 0 { return 0 }
    } else {
      table.insertCollection(key, editor.value, access: engine.hot.pointee.accessClock)
      added(key)
    }
    if engine.effects.isRecording { record("SADD", key, count, member) }
    engine.hot.pointee.dirty &+= Int64(fresh - 1)
    changed(key, .set, "sadd")
    return fresh
  }

  @inline(never)
  private func record(_ name: StaticString, _ key: KeyView, _ count: Int, _ member: (Int) -> UnsafeRawBufferPointer) {
    engine.effects.begin(index, 2 + count, name)
    engine.effects.argument(key)
    for i in 0..<count { engine.effects.argument(member(i)) }
  }

  /// Removes `count` members, and returns how many there were. The key goes with the last one.
  @inline(__always)
  package func removeFromSet(_ key: KeyView, _ count: Int, _ member: (Int) -> UnsafeRawBufferPointer) throws(CommandError) -> Int {
    guard let position = try collectionForWrite(key, .set) else { return 0 }
    var editor = setEditor(position.entry)
    var removed = 0
    for i in 0..<count where editor.remove(member(i)) { removed &+= 1 }
    store(editor, key, at: position)
    guard removed > 0 else { return 0 }
    if engine.effects.isRecording { record("SREM", key, count, member) }
    engine.hot.pointee.dirty &+= Int64(removed - 1)
    changed(key, .set, "srem")
    if editor.count == 0 { removeEmptied(key) }
    return removed
  }

  /// Takes `member` from one set to another. Returns false if the first does not have it.
  package func moveMember(_ member: UnsafeRawBufferPointer, from source: KeyView, to destination: KeyView) throws(CommandError) -> Bool {
    guard try collectionForWrite(source, .set) != nil else { return false }
    let sourceAccess = accessClock
    _ = try collectionForWrite(destination, .set)
    let destinationAccess = accessClock
    // Looked up again: an expired destination may just have been taken out.
    guard let from = table.locate(source.hash, source.bytes, source.count) else { return false }
    if source.hasSameBytes(as: destination) { return SetView(from.entry).contains(member) }
    var editor = setEditor(from.entry)
    guard editor.remove(member) else { return false }
    // Each key keeps its own LFU counter.
    engine.hot.pointee.accessClock = sourceAccess
    store(editor, source, at: from)
    engine.hot.pointee.accessClock = destinationAccess
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "SMOVE")
      engine.effects.argument(source)
      engine.effects.argument(destination)
      engine.effects.argument(member)
    }
    changed(source, .set, "srem")
    if editor.count == 0 { removeEmptied(source) }
    if let to = table.locate(destination.hash, destination.bytes, destination.count) {
      var editor = setEditor(to.entry)
      let isNew = editor.add(member)
      store(editor, destination, at: to)
      if isNew { changed(destination, .set, "sadd") }
    } else {
      var editor = SetEditor(table.heap, engine.byteHash, engine.limits, count: 1, first: member)
      _ = editor.add(member)
      table.insertCollection(destination, editor.value, access: accessClock)
      added(destination)
      changed(destination, .set, "sadd")
    }
    return true
  }

  // MARK: by chance

  /// How many members one effect of SPOP names, as in Redis: a log entry stays of bounded size.
  private static let poppedPerEffect = 1024

  /// Takes up to `count` (at least 1) members out by chance. `start` is told how many there will be, then `body` gets each. Neither is
  /// called without a key.
  package func popFromSet(
    _ key: KeyView, count: Int, start: (Int) -> Void, _ body: (ListpackElement) -> Void
  ) throws(CommandError) {
    guard let position = try collectionForWrite(key, .set) else { return }
    var editor = setEditor(position.entry)
    let total = editor.count
    let taken = min(count, total)
    start(taken)
    engine.hot.pointee.dirty &+= Int64(taken)
    if taken == total {
      editor.view.forEach(body)
      signal(key, .set, "spop")
      if engine.effects.isRecording {
        engine.effects.begin(index, 2, "DEL")
        engine.effects.argument(key)
      }
      return removeEmptied(key)
    }
    let isRecording = engine.effects.isRecording
    for i in 0..<taken {
      if isRecording, i % Self.poppedPerEffect == 0 {
        engine.effects.begin(index, 2 + min(Self.poppedPerEffect, taken - i), "SREM")
        engine.effects.argument(key)
      }
      editor.removeRandom(using: &engine.random) { member in
        body(member)
        if isRecording { member.withBytes { engine.effects.argument($0) } }
      }
    }
    store(editor, key, at: position)
    signal(key, .set, "spop")
  }

  // MARK: algebra

  /// The sets at `count` keys for reading; nil for a key that is not there.
  private func sets(_ count: Int, _ key: (Int) -> KeyView) throws(CommandError) -> [SetView?] {
    var views: [SetView?] = []
    views.reserveCapacity(count)
    for i in 0..<count { views.append(try collection(key(i), .set).map { SetView($0) }) }
    return views
  }

  /// Calls `body` with each member that all of the sets have, until it returns false.
  package func intersectSets(_ count: Int, _ key: (Int) -> KeyView, while body: (ListpackElement) -> Bool) throws(CommandError) {
    let views = try sets(count, key)
    var present = views.compactMap { $0 }
    guard present.count == views.count, !present.isEmpty else { return }
    present.sort { $0.count < $1.count }
    let others = present.dropFirst()
    present[0].forEachWhile { member in
      // A set given twice has its members twice.
      others.allSatisfy { $0.contains(member) } ? body(member) : true
    }
  }

  /// Calls `body` with each member of any of the sets, once.
  package func uniteSets(_ count: Int, _ key: (Int) -> KeyView, _ body: (ListpackElement) -> Void) throws(CommandError) {
    let union = try united(count, key)
    union.view.forEach(body)
    union.discard()
  }

  private func united(_ count: Int, _ key: (Int) -> KeyView) throws(CommandError) -> SetEditor {
    let views = try sets(count, key)
    var union = newSet()
    for view in views { view?.forEach { member in _ = member.withBytes { union.add($0) } } }
    return union
  }

  private func newSet() -> SetEditor { SetEditor(table.heap, engine.byteHash, engine.limits, count: 0, areIntegers: true) }

  /// Calls `body` with each member of the first set that no other has.
  package func subtractSets(_ count: Int, _ key: (Int) -> KeyView, _ body: (ListpackElement) -> Void) throws(CommandError) {
    let views = try sets(count, key)
    guard let first = views[0] else { return }
    let others = views.dropFirst().compactMap { $0 }
    if others.contains(where: { $0.block == first.block }) { return }
    // Either each member is looked up in the others, or the others' members are taken out of a copy: whichever is less work.
    let total = others.reduce(first.count) { $0 &+ $1.count }
    if first.count &* others.count / 2 <= total {
      let ordered = others.sorted { $0.count > $1.count }
      return first.forEach { member in
        if !ordered.contains(where: { $0.contains(member) }) { body(member) }
      }
    }
    var rest = newSet()
    first.forEach { member in _ = member.withBytes { rest.add($0) } }
    for other in others { other.forEach { member in _ = member.withBytes { rest.remove($0) } } }
    rest.view.forEach(body)
    rest.discard()
  }

  package enum SetOperation: Sendable {
    case intersection, union, difference
    var storeName: StaticString {
      switch self {
      case .intersection: "SINTERSTORE"
      case .union: "SUNIONSTORE"
      case .difference: "SDIFFSTORE"
      }
    }
    var event: StaticString {
      switch self {
      case .intersection: "sinterstore"
      case .union: "sunionstore"
      case .difference: "sdiffstore"
      }
    }
  }

  /// Keeps what the operation gives at `destination`, in the place of whatever it held, and returns the number of members. Without any the
  /// key goes away.
  package func storeSet(
    _ operation: SetOperation, to destination: KeyView, _ count: Int, _ key: (Int) -> KeyView
  ) throws(CommandError) -> Int {
    var result: SetEditor
    switch operation {
    case .union: result = try united(count, key)
    case .intersection:
      result = newSet()
      do {
        try intersectSets(count, key) { member in
          _ = member.withBytes { result.add($0) }
          return true
        }
      } catch {
        result.discard()
        throw error
      }
    case .difference:
      result = newSet()
      do {
        try subtractSets(count, key) { member in _ = member.withBytes { result.add($0) } }
      } catch {
        result.discard()
        throw error
      }
    }
    let size = result.count
    guard size > 0 else {
      result.discard()
      remove(destination)
      return 0
    }
    setCollectionValue(destination, result.value, expiry: nil)
    if engine.effects.isRecording {
      engine.effects.begin(index, 2 + count, operation.storeName)
      engine.effects.argument(destination)
      for i in 0..<count { engine.effects.argument(key(i)) }
    }
    changed(destination, .set, operation.event)
    return size
  }
}
