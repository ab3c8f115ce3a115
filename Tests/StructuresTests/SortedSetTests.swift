import Testing

@testable import TernEngine

/// A key table with one sorted set in it, and a dictionary that says what that should hold.
private final class SortedSetPair {
  let heap = Heap()
  let table: KeyTable
  let limits: EncodingLimits
  var model: [[UInt8]: Double] = [:]
  var random: SplitMix
  private let key = Array("key".utf8)

  init(seed: UInt64, entries: Int) {
    random = SplitMix(seed: seed)
    table = KeyTable(heap: heap, hash: ByteHash(using: &random))
    var limits = EncodingLimits()
    limits.sortedSetEntries = entries
    self.limits = limits
  }

  deinit {
    table.destroy()
    heap.destroy()
  }

  func withKey<R>(_ body: (KeyView, KeyTable.Position?) -> R) -> R {
    key.withUnsafeBytes { bytes in
      let base = bytes.baseAddress ?? emptyBytes
      let view = KeyView(bytes: base, count: key.count, hash: table.hash(base, key.count))
      return body(view, table.locate(view.hash, view.bytes, view.count))
    }
  }

  func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  func set(_ member: [UInt8], _ score: Double) {
    member.withUnsafeBytes { member in
      withKey { key, position in
        var editor = position.map { SortedSetEditor(table, limits, $0.entry) } ?? SortedSetEditor(table, limits, first: member)
        _ = editor.update(member) { _ in score }
        store(key, position, editor)
      }
    }
    model[member] = score
  }

  func remove(_ member: [UInt8]) {
    let isThere = model.removeValue(forKey: member) != nil
    var isRemoved = false
    edit { editor in isRemoved = member.withUnsafeBytes { editor.remove($0) } }
    #expect(isRemoved == isThere)
  }

  func remove(ranks: Range<Int>) {
    for (member, _) in sorted()[ranks] { model[member] = nil }
    edit { $0.remove(ranks: ranks) }
  }

  private func edit(_ body: (inout SortedSetEditor) -> Void) {
    withKey { key, position in
      guard let position else { return }
      var editor = SortedSetEditor(table, limits, position.entry)
      body(&editor)
      store(key, position, editor)
      if editor.view.count == 0 { table.removeKey(position, key.hash) }
    }
  }

  private func store(_ key: KeyView, _ position: KeyTable.Position?, _ editor: SortedSetEditor) {
    if let position {
      table.setCollection(key, at: position, editor.layout, editor.block, access: 0)
    } else {
      table.insertCollection(key, editor.value, access: 0)
    }
  }

  func sorted() -> [(member: [UInt8], score: Double)] {
    model.map { (member: $0.key, score: $0.value) }.sorted {
      $0.score != $1.score ? $0.score < $1.score : $0.member.lexicographicallyPrecedes($1.member)
    }
  }

  var entry: Entry? { withKey { $1?.entry } }
  var violation: String? {
    guard let entry, entry.layout == .tree else { return nil }
    return LargeSortedSet(entry.valueBlock).violation(heap)
  }

  func isEqual(_ entry: Entry?, _ expected: [(member: [UInt8], score: Double)]) -> Bool {
    var found: [(member: [UInt8], score: Double)] = []
    entry?.forEachScored { found.append((Array($0), $1)) }
    return found.elementsEqual(expected) { $0.member == $1.member && $0.score == $1.score }
  }

  func member(_ count: Int) -> [UInt8] {
    let number = number(0..<count)
    return Array((number % 3 == 0 ? "\(number)" : "member:\(number)").utf8)
  }

  func score() -> Double {
    switch number(0..<4) {
    case 0: Double(number(0..<10))
    case 1: Double(number(-1000..<1000)) / 8
    case 2: Double.random(in: -1e9..<1e9, using: &random)
    default: [.infinity, -.infinity, 1e300, 0.1, -0.5][number(0..<5)]
    }
  }
}

@Suite struct SortedSetTests {
  @Test(arguments: [(1, 20), (2, 2_000), (3, 4), (4, 0)] as [(UInt64, Int)])
  func `random edits agree with a dictionary, small and large`(seed: UInt64, entries: Int) {
    let pair = SortedSetPair(seed: seed, entries: entries)
    for step in 0..<8_000 {
      let growing = (step / 2_000) % 2 == 0
      switch pair.number(0..<20) {
      case 0 where !pair.model.isEmpty:
        let start = pair.number(0..<pair.model.count)
        pair.remove(ranks: start..<min(pair.model.count, start + pair.number(0..<4)))
      case 0..<(growing ? 14 : 6): pair.set(pair.member(1_000), pair.score())
      default: pair.remove(pair.member(1_000))
      }
      if step % 500 == 0 {
        #expect(pair.violation == nil)
        let isSame = pair.isEqual(pair.entry, pair.sorted())
        #expect(isSame)
      }
    }
    let sorted = pair.sorted()
    if let view = pair.entry.map(SortedSetView.init) {
      #expect(view.count == sorted.count)
      for (rank, item) in sorted.enumerated() {
        item.member.withUnsafeBytes { member in
          #expect(view.score(member) == item.score)
          #expect(view.rank(member)?.rank == rank)
        }
      }
      for range in [(-10.0, 10.0), (0.0, 0.0), (-.infinity, .infinity), (5, 1)] {
        for (excludesMin, excludesMax) in [(false, false), (true, false), (false, true), (true, true)] {
          let range = ScoreRange(min: range.0, max: range.1, excludesMin: excludesMin, excludesMax: excludesMax)
          let expected = sorted.indices.filter { !range.isBelow(sorted[$0].score) && !range.isAbove(sorted[$0].score) }
          #expect(Array(view.ranks(range)) == (range.isEmpty ? [] : expected))
        }
      }
      var backwards: [[UInt8]] = []
      view.forEach(0..<view.count, reversed: true) { member, _ in backwards.append(Array(member)) }
      #expect(backwards == sorted.reversed().map(\.member))
    }
    for (member, _) in sorted { pair.remove(member) }
    #expect(pair.entry == nil)
    while pair.heap.hasGraves { pair.heap.dismantleGraves(steps: 1_000) }
    #expect(pair.heap.usedBytes == 0, "a sorted set that is gone owns no memory")
  }

  @Test(arguments: [(7, 16), (8, 100_000), (9, 2)] as [(UInt64, Int)])
  func `snapshots keep what they saw, and give their memory back when dropped in any order`(seed: UInt64, entries: Int) {
    let pair = SortedSetPair(seed: seed, entries: entries)
    var snapshots: [(epoch: UInt32, tree: KeyTree, model: [(member: [UInt8], score: Double)])] = []
    func entry(_ tree: KeyTree) -> Entry? {
      var found: Entry?
      tree.forEach { found = $0 }
      return found
    }
    for step in 0..<4_000 {
      switch pair.number(0..<100) {
      case 0..<60: pair.set(pair.member(300), pair.score())
      case 60..<90: pair.remove(pair.member(300))
      case 90..<92 where !pair.model.isEmpty: pair.remove(ranks: 0..<min(3, pair.model.count))
      default:
        if snapshots.count < 4, pair.number(0..<2) == 0 {
          snapshots.append((pair.heap.takeSnapshot(), pair.table.tree, pair.sorted()))
        } else if !snapshots.isEmpty {
          let snapshot = snapshots.remove(at: pair.number(0..<snapshots.count))
          let isSame = pair.isEqual(entry(snapshot.tree), snapshot.model)
          #expect(isSame)
          pair.heap.dropSnapshot(snapshot.epoch)
        }
      }
      if step % 10 == 0 { pair.heap.reclaim(steps: 5) }
      if step % 500 == 0 { #expect(pair.violation == nil) }
    }
    let isSame = pair.isEqual(pair.entry, pair.sorted())
    #expect(isSame)
    // The key goes while snapshots still hold it: they must not notice.
    pair.withKey { key, position in if let position { pair.table.removeKey(position, key.hash) } }
    while pair.heap.hasGraves { pair.heap.dismantleGraves(steps: 50) }
    for snapshot in snapshots {
      let isSame = pair.isEqual(entry(snapshot.tree), snapshot.model)
      #expect(isSame)
      pair.heap.dropSnapshot(snapshot.epoch)
    }
    while pair.heap.reclaim(steps: 1_000) {}
    #expect(pair.heap.usedBytes == 0, "nothing leaks: every block of a dropped snapshot came back")
  }

  @Test(arguments: [10, 128, 129, 3_000])
  func `a builder takes members in any order, and makes what the limits ask for`(count: Int) {
    let pair = SortedSetPair(seed: UInt64(count), entries: 128)
    var builder = SortedSetBuilder(heap: pair.heap, hash: pair.table.state.pointee.hash, limits: pair.limits)
    for i in (0..<count).map({ ($0 * 7_919) % count }) {
      let member = Array("m\(i)".utf8)
      pair.model[member] = Double(i % 10)
      member.withUnsafeBytes { member in
        let isNew = builder.append(member, Double(i))
        let isNewAgain = builder.append(member, Double(i % 10))
        #expect(isNew && !isNewAgain)
      }
    }
    guard let value = builder.finish() else {
      Issue.record("nothing was built")
      return
    }
    #expect(value.layout == (count <= 128 ? .flat : .tree))
    pair.withKey { key, _ in pair.table.insertCollection(key, value, access: 0) }
    #expect(pair.violation == nil)
    let isSame = pair.isEqual(pair.entry, pair.sorted())
    #expect(isSame)

    // A copy shares nothing.
    if let entry = pair.entry {
      let copy = pair.table.copiedCollection(entry)
      pair.remove(ranks: 0..<count / 2)
      var found = 0
      SortedSetView(copy.layout, copy.block).forEach { _, _ in found += 1 }
      #expect(found == count)
      pair.heap.discardCollection(.sortedSet, copy.layout, copy.block)
    }
    pair.remove(ranks: 0..<pair.model.count)
    while pair.heap.hasGraves { pair.heap.dismantleGraves(steps: 50) }
    #expect(pair.heap.usedBytes == 0)
  }

  @Test func `a listpack from outside is taken only if it is a sorted set`() {
    let heap = Heap()
    defer { heap.destroy() }
    var random = SplitMix(seed: 3)
    let hash = ByteHash(using: &random)
    func isTaken(_ words: [String]) -> Bool {
      var block = ListpackBlock.create(heap)
      for word in words { block = Array(word.utf8).withUnsafeBytes { block.appending(heap, ListpackValue($0)) } }
      var builder = SortedSetBuilder(heap: heap, hash: hash, limits: EncodingLimits())
      defer { builder.discard() }
      return builder.append(listpack: block.listpack)
    }
    #expect(isTaken(["a", "1", "b", "1.5", "c", "inf"]))
    #expect(isTaken([]))
    #expect(!isTaken(["a"]))
    #expect(!isTaken(["a", "1", "b"]))
    #expect(!isTaken(["a", "2", "b", "1"]))
    #expect(!isTaken(["a", "x"]))
    #expect(!isTaken(["a", "nan"]))
    #expect(!isTaken(["a", "1", "a", "2"]))
  }
}

@Suite struct ScoreTextTests {
  private func parse(_ text: String) -> Double? { Array(text.utf8).withUnsafeBytes { ScoreText.parse($0) } }

  @Test func `scores are read as the standard library reads them, by the short way and by the long one`() {
    var random = SplitMix(seed: 17)
    for _ in 0..<20_000 {
      let whole = String(UInt64.random(in: 0..<1 << 53, using: &random)).suffix(Int.random(in: 0...16, using: &random))
      let fraction = String(UInt64.random(in: 0..<1 << 60, using: &random)).suffix(Int.random(in: 0...18, using: &random))
      let text = (Bool.random(using: &random) ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
      guard !whole.isEmpty else { continue }
      #expect(parse(text) == Double(text), "\(text)")
    }
  }

  @Test func `what is no number is refused`() {
    for text in ["", "-", ".", "-.", "1.2.3", "1-", "--1", " 1", "1 ", "nan", "x", "1x", "0x", "1e", "1e999"] {
      #expect(parse(text) == nil, "\(text)")
    }
    #expect(parse("5.") == 5 && parse(".5") == 0.5 && parse("-.25") == -0.25 && parse("+1") == 1 && parse("1e3") == 1000)
    #expect(parse("inf") == .infinity && parse("-inf") == -.infinity && parse("0x10") == 16)
    #expect(parse("-0")?.sign == .minus)
  }

  @Test func `every score's text is read back as the same score`() {
    var random = SplitMix(seed: 18)
    for i in 0..<20_000 {
      let score = i % 2 == 0 ? Double(bitPattern: random.next()) : Double.random(in: -1e6..<1e6, using: &random)
      guard !score.isNaN, score.isInfinite || score.isNormal || score == 0 else { continue }
      let again = ScoreText.with(score) { ScoreText.parse($0) }
      #expect(again == score)
    }
  }
}
