/// A sorted set that is made beside the keyspace: members come in any order, the last one of a name counts or is joined with the one
/// before. Kept in a table until it is known how it shall lie; a small one in an array.
package struct SortedSetBuilder {
  private let heap: Heap
  private let hash: ByteHash
  private var limits: EncodingLimits
  /// The bytes of the members so far, while they are few.
  private var bytes: [UInt8] = []
  private var small: [Small] = []
  private var large: LargeSortedSet?
  private var longest = 0

  private struct Small {
    var score: Double
    let start: Int
    let count: Int
    /// Of the member: a look at all of them for each new one must cost no comparison of bytes.
    let hash: UInt64
  }

  init(heap: Heap, hash: ByteHash, limits: EncodingLimits) {
    self.heap = heap
    self.hash = hash
    self.limits = limits
  }

  /// What comes was packed, and stays so whatever its members' lengths, as in Redis.
  package mutating func keepPacked() { limits.sortedSetValueBytes = .max }

  package var count: Int { large?.count ?? small.count }

  /// Adds a member, or gives the one that is there this score. Returns whether it is new.
  @discardableResult
  package mutating func append(_ member: UnsafeRawBufferPointer, _ score: Double) -> Bool {
    join(member, score) { _, new in new }
  }

  /// Adds a member, or gives the one that is there the score that `join` makes of the old and the new one. Returns whether it is new.
  mutating func join(_ member: UnsafeRawBufferPointer, _ score: Double, _ join: (Double, Double) -> Double) -> Bool {
    longest = max(longest, member.count)
    if large == nil {
      let hash = self.hash(member.baseAddress ?? emptyBytes, member.count)
      if let known = small.firstIndex(where: { $0.hash == hash && isEqual($0, member) }) {
        small[known].score = join(small[known].score, score)
        return false
      }
      if small.count < min(limits.sortedSetEntries, 256), member.count <= limits.sortedSetValueBytes {
        small.append(Small(score: score, start: bytes.count, count: member.count, hash: hash))
        bytes.append(contentsOf: member)
        return true
      }
      makeLarge()
    }
    guard let large else { return false }
    let key = large.key(member)
    if let position = large.table.locate(key.hash, key.bytes, key.count) {
      LargeSortedSet.setScore(position.entry, join(LargeSortedSet.score(position.entry), score))
      return false
    }
    large.table.insert(large.newEntry(key, score), key.hash)
    return true
  }

  private func isEqual(_ item: Small, _ member: UnsafeRawBufferPointer) -> Bool {
    item.count == member.count && bytes[item.start..<item.start + item.count].elementsEqual(member)
  }

  private mutating func makeLarge() {
    let set = LargeSortedSet.create(heap, hash)
    bytes.withUnsafeBytes { all in
      for item in small {
        let key = set.key(UnsafeRawBufferPointer(rebasing: all[item.start..<item.start + item.count]))
        set.table.insert(set.newEntry(key, item.score), key.hash)
      }
    }
    large = set
    small = []
    bytes = []
  }

  /// The members so far, ascending. `body` may not change the builder.
  mutating func forEach(_ body: (UnsafeRawBufferPointer, Double) -> Void) {
    if let large {
      for item in sorted(large) { body(item.member, item.score) }
      return
    }
    bytes.withUnsafeBytes { all in
      func member(_ item: Small) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: all[item.start..<item.start + item.count])
      }
      small.sort { $0.score != $1.score ? $0.score < $1.score : compareBytes(member($0), member($1)) < 0 }
      for item in small { body(member(item), item.score) }
    }
  }

  private func sorted(_ set: LargeSortedSet) -> [ScoredItem] {
    var items: [ScoredItem] = []
    items.reserveCapacity(set.count)
    set.table.tree.forEach { items.append(ScoredItem(score: LargeSortedSet.score($0), entry: $0.block)) }
    items.sort { $0.isLess(than: $1.score, $1.member) }
    return items
  }

  /// The set, in the layout that Redis's limits ask for; nil if it is empty. The builder is used up.
  package mutating func finish() -> CollectionValue? {
    let count = self.count
    guard count > 0 else {
      discard()
      return nil
    }
    guard count <= limits.sortedSetEntries, longest <= limits.sortedSetValueBytes, bytes.count < ListpackBlock.bytesMax else {
      return finishLarge()
    }
    let heap = self.heap
    var flat = ListpackBlock.create(heap, capacity: bytes.count + count * 4)
    forEach { member, score in
      flat = ScoreText.withValue(score) { flat.appending(heap, ListpackValue(member), $0) }
    }
    discard()
    return CollectionValue(.sortedSet, .flat, flat.block)
  }

  private mutating func finishLarge() -> CollectionValue? {
    if large == nil { makeLarge() }
    guard let set = large else { return nil }
    large = nil
    var tree = CountedTree<ScoredItem>(heap: heap)
    for item in sorted(set) { tree.append(item) }
    set.treeRoot = tree.root
    return CollectionValue(.sortedSet, .tree, set.fields.root)
  }

  /// Lets go of what was built so far.
  package mutating func discard() {
    if let large { heap.discardCollection(.sortedSet, .tree, large.fields.root) }
    large = nil
    small = []
    bytes = []
  }

  /// Adds the pairs of a listpack that came from outside, which must be valid as such. False if it is no sorted set: an odd number of
  /// elements, a score that is no number, scores that fall, or a member twice.
  package mutating func append(listpack: Listpack) -> Bool {
    var previous = -Double.infinity
    var offset = Listpack.headerBytes
    while listpack.byte(offset) != 0xff {
      let scoreOffset = listpack.behind(offset)
      guard listpack.byte(scoreOffset) != 0xff else { return false }
      let score: Double
      switch listpack.element(at: scoreOffset) {
      case .integer(let value): score = Double(value)
      case .bytes(let text):
        guard let value = ScoreText.parse(text) else { return false }
        score = value
      }
      guard score >= previous, listpack.element(at: offset).withBytes({ append($0, score) }) else { return false }
      previous = score
      offset = listpack.behind(scoreOffset)
    }
    return true
  }
}
