/// A large sorted set: a field table from members to scores, and a tree of (score, the member's entry) for order and rank. The tree's
/// root is the first extra word of the field table's root block; there are as many items in it as entries in the table.
struct LargeSortedSet {
  let fields: FieldTable

  @inline(__always) init(_ block: Block) { fields = FieldTable(block) }

  @inline(__always) var table: KeyTable { fields.table }
  @inline(__always) var count: Int { table.count }

  @inline(__always)
  var treeRoot: Block? {
    get { fields.extra.load(as: Block?.self) }
    nonmutating set { fields.extra.storeBytes(of: newValue, as: Block?.self) }
  }

  @inline(__always) var tree: CountedTreeView<ScoredItem> { CountedTreeView(root: treeRoot, weight: count) }

  /// The tree for editing. Its root is put back with `treeRoot`.
  @inline(__always)
  func editableTree(_ heap: Heap) -> CountedTree<ScoredItem> {
    let count = self.count
    return CountedTree(heap: heap, root: treeRoot, weight: count, count: count)
  }

  @inline(__always) static func score(_ entry: Entry) -> Double { Double(bitPattern: UInt64(bitPattern: entry.integer)) }
  @inline(__always) static func setScore(_ entry: Entry, _ score: Double) {
    entry.setInteger(Int64(bitPattern: score.bitPattern))
  }

  @inline(__always)
  func key(_ member: UnsafeRawBufferPointer) -> KeyView {
    let base = member.baseAddress ?? emptyBytes
    return KeyView(bytes: base, count: member.count, hash: table.hash(base, member.count))
  }

  @inline(__always)
  func newEntry(_ key: KeyView, _ score: Double) -> Entry {
    let entry = table.newEntry(key, type: .string, layout: .integer, valueArea: 8, expiry: nil)
    Self.setScore(entry, score)
    return entry
  }

  // MARK: reading

  @inline(__always)
  func score(_ member: UnsafeRawBufferPointer) -> Double? {
    let key = key(member)
    guard let position = table.locate(key.hash, key.bytes, key.count) else { return nil }
    return Self.score(position.entry)
  }

  func rank(_ member: UnsafeRawBufferPointer) -> (rank: Int, score: Double)? {
    guard let score = score(member) else { return nil }
    return (tree.lowerBound { $0.isLess(than: score, member) }.rank, score)
  }

  func ranks(_ range: ScoreRange) -> Range<Int> {
    let tree = self.tree
    let start = tree.lowerBound { range.isBelow($0.score) }.rank
    let end = tree.lowerBound { !range.isAbove($0.score) }.rank
    return start < end ? start..<end : 0..<0
  }

  func ranks(_ range: LexRange) -> Range<Int> {
    let tree = self.tree
    let start = tree.lowerBound { range.isBelow($0.member) }.rank
    let end = tree.lowerBound { !range.isAbove($0.member) }.rank
    return start < end ? start..<end : 0..<0
  }

  @inline(__always)
  func forEach(_ ranks: Range<Int>, reversed: Bool, _ body: (UnsafeRawBufferPointer, Double) -> Void) {
    let tree = self.tree
    var position = tree.position(atRank: reversed ? ranks.upperBound &- 1 : ranks.lowerBound)
    var left = ranks.count
    while left > 0, let at = position, let item = tree.item(at: at) {
      body(item.member, item.score)
      left &-= 1
      position = left == 0 ? nil : reversed ? tree.previous(at) : tree.next(at)
    }
  }

  // MARK: whole sets

  static func create(_ heap: Heap, _ hash: ByteHash) -> LargeSortedSet { LargeSortedSet(FieldTable.create(heap, hash).root) }

  /// Adds a member that is not in the set and comes behind all that are.
  func append(_ member: UnsafeRawBufferPointer, _ score: Double, _ tree: inout CountedTree<ScoredItem>) {
    let key = key(member)
    let entry = newEntry(key, score)
    table.insert(entry, key.hash)
    tree.append(ScoredItem(score: score, entry: entry.block))
  }

  /// A set of its own with the same members. O(n).
  func deepCopy(_ heap: Heap) -> LargeSortedSet {
    let copy = LargeSortedSet.create(heap, table.state.pointee.hash)
    var tree = CountedTree<ScoredItem>(heap: heap)
    self.tree.forEach { copy.append($0.member, $0.score, &tree) }
    copy.treeRoot = tree.root
    return copy
  }

  /// What is wrong with the set; nil when all is well. For tests.
  func violation(_ heap: Heap) -> String? {
    if let violation = editableTree(heap).violation() { return violation }
    var violation: String?
    var previous: ScoredItem?
    tree.forEach { item in
      let key = self.key(item.member)
      if let previous, !previous.isLess(than: item.score, item.member) { violation = "two members out of order" }
      guard let position = table.locate(key.hash, key.bytes, key.count), position.entry.block == item.entry else {
        violation = "a member that the table does not have"
        return
      }
      if Self.score(position.entry) != item.score { violation = "a score that differs in table and tree" }
      previous = item
    }
    return violation
  }
}

extension Heap {
  /// Goes on with the dismantling of a large sorted set: first its tree, then the table with the entries.
  func dismantleSortedSet(_ grave: inout Grave, steps: Int) -> Int {
    let set = LargeSortedSet(grave.root)
    var taken = 0
    if !grave.isInTable {
      while taken < steps, grave.next != nil, let root = set.treeRoot {
        CountedTree<ScoredItem>.dismantle(root, from: &grave.next, heap: self) { _ in }
        taken += 8
      }
      guard set.treeRoot == nil || grave.next == nil else { return taken }
      grave.isInTable = true
      grave.next = 0
    }
    return taken + dismantleFieldTable(&grave, steps: max(1, steps - taken))
  }
}
