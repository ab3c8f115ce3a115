/// A small sorted set: one listpack, member and score in turn, ascending. In Redis's bytes.
struct FlatSortedSet {
  let pack: Listpack

  @inline(__always) init(_ block: Block) { pack = ListpackBlock(block).listpack }

  @inline(__always) var count: Int { pack.count / 2 }

  /// The offset of a member.
  @inline(__always)
  func find(_ member: UnsafeRawBufferPointer) -> Int? { pack.find(member.baseAddress ?? emptyBytes, member.count, skip: 1) }

  /// The score of the member at `offset`.
  @inline(__always) func score(at offset: Int) -> Double { ScoreText.score(pack.element(at: pack.behind(offset))) }

  /// The offset behind the member at `offset` and its score.
  @inline(__always) func behind(_ offset: Int) -> Int { pack.behind(pack.behind(offset)) }

  @inline(__always) func isEnd(_ offset: Int) -> Bool { pack.byte(offset) == 0xff }

  func rank(at offset: Int) -> Int {
    var rank = 0
    var at = Listpack.headerBytes
    while at < offset {
      at = behind(at)
      rank &+= 1
    }
    return rank
  }

  /// Where a member of this score belongs.
  func place(_ score: Double, _ member: UnsafeRawBufferPointer) -> Int {
    var offset = Listpack.headerBytes
    while !isEnd(offset) {
      let other = self.score(at: offset)
      if other > score { return offset }
      if other == score, pack.element(at: offset).withBytes({ compareBytes($0, member) }) > 0 { return offset }
      offset = behind(offset)
    }
    return offset
  }

  // MARK: ranges

  func ranks(_ range: ScoreRange) -> Range<Int> {
    var rank = 0
    var start: Int?
    var offset = Listpack.headerBytes
    while !isEnd(offset) {
      let score = score(at: offset)
      if start == nil, !range.isBelow(score) { start = rank }
      if range.isAbove(score) { break }
      rank &+= 1
      offset = behind(offset)
    }
    guard let start, start < rank else { return 0..<0 }
    return start..<rank
  }

  func ranks(_ range: LexRange, fromEnd: Bool) -> Range<Int> {
    let count = self.count
    guard count > 0, let last = pack.seek(-2) else { return 0..<0 }
    let first = Listpack.headerBytes
    let misses =
      pack.element(at: last).withBytes { range.isBelow($0) } || pack.element(at: first).withBytes { range.isAbove($0) }
    if misses { return 0..<0 }
    return fromEnd ? ranksFromEnd(range, count) : ranksFromStart(range)
  }

  private func ranksFromStart(_ range: LexRange) -> Range<Int> {
    var rank = 0
    var start: Int?
    var offset = Listpack.headerBytes
    while !isEnd(offset) {
      let element = pack.element(at: offset)
      if start == nil, element.withBytes({ !range.isBelow($0) }) { start = rank }
      if start != nil, element.withBytes({ range.isAbove($0) }) { break }
      rank &+= 1
      offset = behind(offset)
    }
    guard let start, start < rank else { return 0..<0 }
    return start..<rank
  }

  private func ranksFromEnd(_ range: LexRange, _ count: Int) -> Range<Int> {
    var rank = count
    var end: Int?
    var offset = pack.end
    while let score = pack.previous(offset), let member = pack.previous(score) {
      let element = pack.element(at: member)
      if end == nil, element.withBytes({ !range.isAbove($0) }) { end = rank }
      if end != nil, element.withBytes({ range.isBelow($0) }) { break }
      rank &-= 1
      offset = member
    }
    guard let end, rank < end else { return 0..<0 }
    return rank..<end
  }

  // MARK: walks

  @inline(__always)
  func forEach(_ ranks: Range<Int>, reversed: Bool, withScores: Bool, _ body: (UnsafeRawBufferPointer, Double) -> Void) {
    guard var offset = pack.seek((reversed ? ranks.upperBound &- 1 : ranks.lowerBound) &* 2) else { return }
    var left = ranks.count
    while true {
      let score = withScores ? self.score(at: offset) : 0
      pack.element(at: offset).withBytes { body($0, score) }
      left &-= 1
      if left == 0 { return }
      if reversed {
        guard let previousScore = pack.previous(offset), let previous = pack.previous(previousScore) else { return }
        offset = previous
      } else {
        offset = behind(offset)
        if isEnd(offset) { return }
      }
    }
  }
}
