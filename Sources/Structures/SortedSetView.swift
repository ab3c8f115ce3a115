/// A sorted set to be read, small or large: follows pointers in its blocks and nothing else, so that a snapshot's may be read from any
/// thread. Ranks count from the lowest score, 0 the first.
struct SortedSetView {
  private enum Form {
    case flat(FlatSortedSet)
    case large(LargeSortedSet)
  }
  private let form: Form

  @inline(__always)
  init(_ layout: ValueLayout, _ block: Block) {
    form = layout == .tree ? .large(LargeSortedSet(block)) : .flat(FlatSortedSet(block))
  }

  @inline(__always) init(_ entry: Entry) { self.init(entry.layout, entry.valueBlock) }

  @inline(__always)
  var count: Int {
    switch form {
    case .flat(let set): set.count
    case .large(let set): set.count
    }
  }

  @inline(__always)
  func score(_ member: UnsafeRawBufferPointer) -> Double? {
    switch form {
    case .flat(let set): set.find(member).map { set.score(at: $0) }
    case .large(let set): set.score(member)
    }
  }

  func rank(_ member: UnsafeRawBufferPointer) -> (rank: Int, score: Double)? {
    switch form {
    case .flat(let set): set.find(member).map { (set.rank(at: $0), set.score(at: $0)) }
    case .large(let set): set.rank(member)
    }
  }

  /// The ranks of the scores in a range.
  func ranks(_ range: ScoreRange) -> Range<Int> {
    if range.isEmpty { return 0..<0 }
    switch form {
    case .flat(let set): return set.ranks(range)
    case .large(let set): return set.ranks(range)
    }
  }

  /// The ranks of the members in a range. Where scores differ the answer is Redis's for a small set, which depends on the end that the
  /// search begins at.
  func ranks(_ range: LexRange, fromEnd: Bool) -> Range<Int> {
    if range.isEmpty { return 0..<0 }
    switch form {
    case .flat(let set): return set.ranks(range, fromEnd: fromEnd)
    case .large(let set): return set.ranks(range)
    }
  }

  /// The members of these ranks (which must exist), in order or backwards. `withScores`: false saves reading them, and gives zeros.
  @inline(__always)
  func forEach(
    _ ranks: Range<Int>, reversed: Bool = false, withScores: Bool = true, _ body: (UnsafeRawBufferPointer, Double) -> Void
  ) {
    if ranks.isEmpty { return }
    switch form {
    case .flat(let set): set.forEach(ranks, reversed: reversed, withScores: withScores, body)
    case .large(let set): set.forEach(ranks, reversed: reversed, body)
    }
  }

  func forEach(_ body: (UnsafeRawBufferPointer, Double) -> Void) {
    switch form {
    case .flat(let set): set.forEach(0..<set.count, reversed: false, withScores: true, body)
    case .large(let set): set.tree.forEach { body($0.member, $0.score) }
    }
  }

  /// One step of ZSCAN: about `count` members from `cursor` on, with their scores as text. Returns the cursor to go on with, 0 at the end.
  /// A small set is given whole, the scores as they lie: large whole numbers have more digits there.
  func scan(
    from cursor: UInt64, count: Int, _ body: (_ member: UnsafeRawBufferPointer, _ score: UnsafeRawBufferPointer) -> Void
  ) -> UInt64 {
    switch form {
    case .flat(let set):
      var offset = Listpack.headerBytes
      while !set.isEnd(offset) {
        let score = set.pack.element(at: set.pack.behind(offset))
        set.pack.element(at: offset).withBytes { member in score.withBytes { body(member, $0) } }
        offset = set.behind(offset)
      }
      return 0
    case .large(let set):
      return set.table.scan(from: cursor, count: count) { entry in
        ScoreText.with(LargeSortedSet.score(entry)) { body(entry.keyBytes, $0) }
      }
    }
  }
}

extension Entry {
  /// A sorted set's members with their scores, ascending.
  package func forEachScored(_ body: (_ member: UnsafeRawBufferPointer, _ score: Double) -> Void) { SortedSetView(self).forEach(body) }

  package var sortedSetCount: Int { SortedSetView(self).count }

  /// The listpack of a small sorted set: member and score in turn; nil for a large one.
  package var sortedSetListpack: Listpack? { layout == .tree ? nil : ListpackBlock(valueBlock).listpack }
}
