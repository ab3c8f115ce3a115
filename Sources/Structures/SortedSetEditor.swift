/// A sorted set being changed: its layout and block, and what is needed to make new ones. Whoever uses it puts `layout` and `block`
/// back into the key's entry afterwards.
struct SortedSetEditor {
  let heap: Heap
  let hash: ByteHash
  let limits: EncodingLimits
  private(set) var layout: ValueLayout
  private(set) var block: Block

  @inline(__always)
  init(_ table: KeyTable, _ limits: EncodingLimits, _ entry: Entry) {
    heap = table.heap
    hash = table.state.pointee.hash
    self.limits = limits
    layout = entry.layout
    block = entry.valueBlock
  }

  /// An empty set that `first` will be the first member of.
  init(_ table: KeyTable, _ limits: EncodingLimits, first: UnsafeRawBufferPointer) {
    heap = table.heap
    hash = table.state.pointee.hash
    self.limits = limits
    if limits.sortedSetEntries == 0 || first.count > limits.sortedSetValueBytes {
      layout = .tree
      block = LargeSortedSet.create(heap, hash).fields.root
    } else {
      layout = .flat
      block = ListpackBlock.create(heap, capacity: 0).block
    }
  }

  var value: CollectionValue { CollectionValue(.sortedSet, layout, block) }
  var view: SortedSetView { @inline(__always) get { SortedSetView(layout, block) } }

  // MARK: one member

  /// Asks `change` for the score that the member shall have, given the one it has (nil: it is not in the set); nil: it stays as it is.
  /// Returns what `change` was given, and whether anything changed.
  @inline(__always)
  mutating func update(_ member: UnsafeRawBufferPointer, _ change: (Double?) -> Double?) -> (old: Double?, hasChanged: Bool) {
    layout == .tree ? updateLarge(member, change) : updateFlat(member, change)
  }

  @inline(__always)
  private mutating func updateLarge(_ member: UnsafeRawBufferPointer, _ change: (Double?) -> Double?) -> (old: Double?, hasChanged: Bool) {
    let set = LargeSortedSet(block)
    let key = set.key(member)
    guard let position = set.table.locate(key.hash, key.bytes, key.count) else {
      guard let score = change(nil) else { return (nil, false) }
      insertLarge(key, score)
      return (nil, true)
    }
    let old = LargeSortedSet.score(position.entry)
    guard let score = change(old), score != old else { return (old, false) }
    moveLarge(key, position, from: old, to: score)
    return (old, true)
  }

  /// The set, its root writable.
  @inline(__always)
  private mutating func writableSet() -> LargeSortedSet {
    block = FieldTable(block).writable(heap).root
    return LargeSortedSet(block)
  }

  private mutating func insertLarge(_ key: KeyView, _ score: Double) {
    let set = writableSet()
    var tree = set.editableTree(heap)
    let entry = set.newEntry(key, score)
    tree.insert(ScoredItem(score: score, entry: entry.block), at: tree.lowerBound { $0.isLess(than: score, key.buffer) })
    set.treeRoot = tree.root
    set.table.insert(entry, key.hash)
  }

  private mutating func moveLarge(_ key: KeyView, _ position: KeyTable.Position, from old: Double, to score: Double) {
    let set = writableSet()
    var tree = set.editableTree(heap)
    let place = tree.lowerBound { $0.isLess(than: old, key.buffer) }
    // A frozen entry is replaced by a new one; the tree must lead to that, wherever it stands.
    var entry = position.entry
    if heap.isFrozen(entry.block) {
      entry = set.newEntry(key, score)
      set.table.replace(position, key.hash, with: entry)
    } else {
      LargeSortedSet.setScore(entry, score)
    }
    let item = ScoredItem(score: score, entry: entry.block)
    let before = tree.previous(place).flatMap(tree.item(at:))
    let behind = tree.next(place).flatMap(tree.item(at:))
    if before.map({ $0.isLess(than: score, key.buffer) }) ?? true, behind.map({ !$0.isLess(than: score, key.buffer) }) ?? true {
      tree.replace(at: place, with: item)
    } else {
      tree.remove(at: place)
      tree.insert(item, at: tree.lowerBound { $0.isLess(than: score, key.buffer) })
    }
    set.treeRoot = tree.root
  }

  @inline(__always)
  private mutating func updateFlat(_ member: UnsafeRawBufferPointer, _ change: (Double?) -> Double?) -> (old: Double?, hasChanged: Bool) {
    let set = FlatSortedSet(block)
    guard let offset = set.find(member) else {
      guard let score = change(nil) else { return (nil, false) }
      let isTooLong = member.count > limits.sortedSetValueBytes || !ListpackBlock(block).hasRoom(member.count &+ 64)
      if isTooLong || set.count >= limits.sortedSetEntries {
        convertToLarge()
        insertLarge(LargeSortedSet(block).key(member), score)
      } else {
        insertFlat(member, score)
      }
      return (nil, true)
    }
    let old = set.score(at: offset)
    guard let score = change(old), score != old else { return (old, false) }
    block = ListpackBlock(block).removing(heap, at: offset, count: 2).block
    insertFlat(member, score)
    return (old, true)
  }

  private mutating func insertFlat(_ member: UnsafeRawBufferPointer, _ score: Double) {
    let offset = FlatSortedSet(block).place(score, member)
    block = ScoreText.withValue(score) { ListpackBlock(block).inserting(heap, at: offset, ListpackValue(member), $0).block }
  }

  private mutating func convertToLarge() {
    let large = LargeSortedSet.create(heap, hash)
    var tree = CountedTree<ScoredItem>(heap: heap)
    view.forEach { large.append($0, $1, &tree) }
    large.treeRoot = tree.root
    heap.discard(block, .sized)
    layout = .tree
    block = large.fields.root
  }

  // MARK: removal

  /// Takes the member out. False if it is not in the set.
  mutating func remove(_ member: UnsafeRawBufferPointer) -> Bool {
    guard layout == .tree else {
      guard let offset = FlatSortedSet(block).find(member) else { return false }
      block = ListpackBlock(block).removing(heap, at: offset, count: 2).block
      return true
    }
    let key = LargeSortedSet(block).key(member)
    guard let position = LargeSortedSet(block).table.locate(key.hash, key.bytes, key.count) else { return false }
    let set = writableSet()
    var tree = set.editableTree(heap)
    let score = LargeSortedSet.score(position.entry)
    tree.remove(at: tree.lowerBound { $0.isLess(than: score, member) })
    set.treeRoot = tree.root
    // Last: the tree has compared with the entry's bytes.
    set.table.remove(position, key.hash)
    return true
  }

  /// Takes the members of these ranks out, which must exist.
  mutating func remove(ranks: Range<Int>) {
    guard !ranks.isEmpty else { return }
    guard layout == .tree else {
      guard let offset = FlatSortedSet(block).pack.seek(ranks.lowerBound * 2) else { return }
      block = ListpackBlock(block).removing(heap, at: offset, count: ranks.count * 2).block
      return
    }
    let set = writableSet()
    var tree = set.editableTree(heap)
    for _ in ranks {
      guard let place = tree.position(atRank: ranks.lowerBound), let item = tree.remove(at: place) else { break }
      let key = set.key(item.member)
      if let position = set.table.locate(key.hash, key.bytes, key.count) { set.table.remove(position, key.hash) }
    }
    set.treeRoot = tree.root
  }
}
