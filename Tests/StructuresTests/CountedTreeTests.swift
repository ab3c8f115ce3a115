import Testing

@testable import TernEngine

/// An item of an odd size, ordered by `key`.
private struct TestItem: TreeItem, Equatable {
  var key: Int
  var ranks: Int32
  var mark: Int32 = 0
  var weight: Int { Int(ranks) }
}

private struct UnitItem: TreeItem, Equatable {
  var score: Double
  var member: UInt64
  var weight: Int { 1 }
}

/// A tree, and a plain array that says what it should hold.
private final class TreePair {
  let heap = Heap()
  var tree: CountedTree<TestItem>
  var model: [TestItem] = []
  var random: SplitMix

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    tree = CountedTree(heap: heap)
  }

  deinit { heap.destroy() }

  func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  /// The model's position as the tree's: by rank, or by order where the key is the only one of its kind.
  func place(_ index: Int) -> TreePosition {
    let rank = model[..<index].reduce(0) { $0 + $1.weight }
    if index == model.count { return tree.end }
    let key = model[index].key
    if index == 0 || model[index - 1].key < key, number(0..<2) == 0 { return tree.lowerBound { $0.key < key } }
    guard let place = tree.position(atRank: rank) else { return .empty }
    return place
  }

  func insert(_ item: TestItem) {
    let index = model.firstIndex { $0.key >= item.key } ?? model.count
    tree.insert(item, at: tree.lowerBound { $0.key < item.key })
    model.insert(item, at: index)
  }

  func remove(_ index: Int) {
    let removed = tree.remove(at: place(index))
    #expect(removed == model[index])
    model.remove(at: index)
  }

  func replace(_ index: Int) {
    let item = TestItem(key: model[index].key, ranks: Int32(number(1..<9)), mark: Int32(number(0..<1000)))
    tree.replace(at: place(index), with: item)
    model[index] = item
  }
}

private func items(_ view: CountedTreeView<TestItem>) -> [TestItem] {
  var items: [TestItem] = []
  view.forEach { items.append($0) }
  return items
}

@Suite struct CountedTreeTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `random edits agree with an array, through growth and shrinking`(seed: UInt64) {
    let pair = TreePair(seed: seed)
    for step in 0..<12_000 {
      let growing = (step / 3_000) % 2 == 0
      let dice = pair.number(0..<10)
      if pair.model.isEmpty || dice < (growing ? 7 : 2) {
        pair.insert(TestItem(key: pair.number(0..<100_000), ranks: Int32(pair.number(1..<6)), mark: Int32(step)))
      } else if dice < 9 {
        pair.remove(pair.number(0..<pair.model.count))
      } else {
        pair.replace(pair.number(0..<pair.model.count))
      }
      if step % 200 == 0 {
        #expect(pair.tree.violation() == nil)
        #expect(items(pair.tree.view) == pair.model)
      }
    }
    #expect(pair.tree.count == pair.model.count)
    #expect(pair.tree.weight == pair.model.reduce(0) { $0 + $1.weight })
    while !pair.model.isEmpty { pair.remove(pair.number(0..<pair.model.count)) }
    #expect(pair.tree.root == nil)
    #expect(pair.tree.violation() == nil)
    #expect(pair.heap.usedBytes == 0, "an empty tree owns no memory")
  }

  @Test(arguments: [0, 1, 4, 5, 64, 65, 1_000, 5_000])
  func `ranks, steps in both directions and searches agree with the order`(count: Int) {
    let pair = TreePair(seed: UInt64(count))
    for i in 0..<count { pair.insert(TestItem(key: i * 2, ranks: Int32(1 + i % 3))) }
    let tree = pair.tree
    #expect(tree.violation() == nil)

    var rank = 0
    var forward = tree.first
    for (i, item) in pair.model.enumerated() {
      #expect(forward.flatMap(tree.item(at:)) == item)
      #expect(forward?.rank == rank)
      for inside in 0..<item.weight {
        let found = tree.item(atRank: rank + inside)
        #expect(found?.item == item && found?.rankInItem == inside)
      }
      for key in [i * 2 - 1, i * 2] {
        let bound = tree.lowerBound { $0.key < key }
        #expect(bound.rank == rank)
        #expect(tree.item(at: bound) == item && tree.settled(bound).flatMap(tree.item(at:)) == item)
        #expect(tree.next(bound).flatMap(tree.item(at:)) == (i + 1 < count ? pair.model[i + 1] : nil))
        #expect(tree.previous(bound).flatMap(tree.item(at:)) == (i > 0 ? pair.model[i - 1] : nil))
      }
      rank += item.weight
      forward = forward.flatMap(tree.next)
    }
    #expect(forward == nil)
    #expect(tree.weight == rank && tree.end.rank == rank)
    #expect(tree.item(atRank: rank) == nil && tree.item(atRank: -1) == nil)
    #expect(tree.settled(tree.lowerBound { _ in true }) == nil)
    #expect(tree.item(at: tree.end) == nil)

    var backward = tree.last
    for item in pair.model.reversed() {
      rank -= item.weight
      #expect(backward.flatMap(tree.item(at:)) == item)
      #expect(backward?.rank == rank)
      backward = backward.flatMap(tree.previous)
    }
    #expect(backward == nil)
    #expect(tree.previous(tree.end).flatMap(tree.item(at:)) == pair.model.last)
  }

  @Test func `growth at either end leaves full leaves`() {
    for atEnd in [true, false] {
      let heap = Heap()
      defer { heap.destroy() }
      var tree = CountedTree<UnitItem>(heap: heap)
      for i in 0..<50_000 {
        let item = UnitItem(score: Double(atEnd ? i : -i), member: UInt64(i))
        tree.insert(item, at: tree.lowerBound { $0.score < item.score })
      }
      #expect(tree.violation() == nil)
      #expect(tree.count == 50_000)
      #expect(tree.view.byteCount < 50_000 * 16 * 106 / 100)
      #expect(tree.view.byteCount == heap.usedBytes)
      tree.removeAll()
      #expect(heap.usedBytes == 0)
    }
  }

  @Test func `a random tree is well filled, and gives memory back as it thins out`() {
    let heap = Heap()
    defer { heap.destroy() }
    var random = SplitMix(seed: 77)
    var tree = CountedTree<UnitItem>(heap: heap)
    for i in 0..<40_000 {
      let item = UnitItem(score: Double.random(in: 0..<1, using: &random), member: UInt64(i))
      tree.insert(item, at: tree.lowerBound { $0.score < item.score })
    }
    #expect(tree.violation() == nil)
    #expect(heap.usedBytes < 40_000 * 16 * 120 / 100)
    for _ in 0..<36_000 {
      let rank = Int.random(in: 0..<tree.weight, using: &random)
      if let place = tree.position(atRank: rank) { tree.remove(at: place) }
    }
    #expect(tree.violation() == nil)
    #expect(tree.count == 4_000)
    #expect(heap.usedBytes < 4_000 * 16 * 3)
  }

  @Test(arguments: [11, 12, 13] as [UInt64])
  func `snapshots keep what they saw, and give their memory back when dropped in any order`(seed: UInt64) {
    let pair = TreePair(seed: seed)
    var snapshots: [(epoch: UInt32, view: CountedTreeView<TestItem>, model: [TestItem])] = []
    for step in 0..<6_000 {
      switch pair.number(0..<100) {
      case 0..<48: pair.insert(TestItem(key: pair.number(0..<3_000), ranks: Int32(pair.number(1..<4)), mark: Int32(step)))
      case 48..<90: if !pair.model.isEmpty { pair.remove(pair.number(0..<pair.model.count)) }
      case 90..<96: if !pair.model.isEmpty { pair.replace(pair.number(0..<pair.model.count)) }
      default:
        if snapshots.count < 5, pair.number(0..<2) == 0 {
          snapshots.append((pair.heap.takeSnapshot(), pair.tree.view, pair.model))
        } else if !snapshots.isEmpty {
          let snapshot = snapshots.remove(at: pair.number(0..<snapshots.count))
          #expect(items(snapshot.view) == snapshot.model)
          pair.heap.dropSnapshot(snapshot.epoch)
        }
      }
      if step % 10 == 0 { pair.heap.reclaim(steps: 3) }
      if step % 500 == 0 { #expect(pair.tree.violation() == nil) }
    }
    #expect(items(pair.tree.view) == pair.model)
    // The tree goes while snapshots still hold it: they must not notice.
    pair.tree.removeAll()
    for snapshot in snapshots {
      #expect(items(snapshot.view) == snapshot.model)
      pair.heap.dropSnapshot(snapshot.epoch)
    }
    while pair.heap.reclaim(steps: 1000) {}
    #expect(pair.heap.usedBytes == 0, "nothing leaks: every block of a dropped snapshot came back")
  }

  @Test func `a tree is dismantled in steps of one leaf, each item once, while a snapshot still reads it`() {
    let pair = TreePair(seed: 21)
    for i in 0..<9_000 { pair.insert(TestItem(key: (i * 7_919) % 9_001, ranks: 1)) }
    let epoch = pair.heap.takeSnapshot()
    let view = pair.tree.view
    pair.insert(TestItem(key: -1, ranks: 1))
    var seen: [TestItem] = []
    var path: UInt64? = 0
    var steps = 0
    while path != nil, let root = pair.tree.root {
      let before = seen.count
      CountedTree<TestItem>.dismantle(root, from: &path, heap: pair.heap) { seen.append($0) }
      #expect(seen.count - before <= 64)
      steps += 1
    }
    #expect(seen == pair.model)
    #expect(steps > 9_000 / 64)
    #expect(items(view) == Array(pair.model.dropFirst()))
    pair.heap.dropSnapshot(epoch)
    while pair.heap.reclaim(steps: 100) {}
    #expect(pair.heap.usedBytes == 0)
  }

  @Test func `a copy shares nothing with its tree`() {
    let pair = TreePair(seed: 31)
    for i in 0..<3_000 { pair.insert(TestItem(key: i, ranks: 2)) }
    var copy = pair.tree.copy { TestItem(key: $0.key, ranks: $0.ranks, mark: 9) }
    #expect(copy.violation() == nil)
    #expect(copy.count == 3_000 && copy.weight == 6_000)
    while pair.model.count > 1_000 { pair.remove(pair.number(0..<pair.model.count)) }
    var expected = 0
    copy.forEach { item in
      #expect(item == TestItem(key: expected, ranks: 2, mark: 9))
      expected += 1
    }
    pair.tree.removeAll()
    copy.removeAll()
    #expect(pair.heap.usedBytes == 0)
  }

  @Test(arguments: [21, 22, 23, 24] as [UInt64])
  func `a tree is cut at any item, and what is cut off is whole`(seed: UInt64) {
    let pair = TreePair(seed: seed)
    for i in 0..<[3, 70, 3_000, 12_000][Int(seed - 21)] {
      pair.tree.append(TestItem(key: i, ranks: Int32(pair.number(1..<9))))
      pair.model.append(pair.tree.item(at: pair.tree.last ?? .empty) ?? TestItem(key: -1, ranks: 0))
    }
    var snapshot: (epoch: UInt32, view: CountedTreeView<TestItem>, model: [TestItem])?
    while pair.model.count > 1 {
      if snapshot == nil { snapshot = (pair.heap.takeSnapshot(), pair.tree.view, pair.model) }
      let place = pair.number(0..<pair.model.count)
      let atFront = pair.number(0..<2) == 0
      var pieces: [TestItem] = []
      let expected = atFront ? Array(pair.model[..<place]) : Array(pair.model[(place + 1)...])
      let position = pair.place(place)
      func collect(_ piece: CountedTree<TestItem>) {
        var piece = piece
        #expect(piece.weight == items(piece.view).reduce(0) { $0 + $1.weight } && piece.count == items(piece.view).count)
        piece.removeAll { pieces.append($0) }
      }
      if atFront { pair.tree.cutFront(before: position, collect) } else { pair.tree.cutBack(behind: position, collect) }
      #expect(pieces.sorted { $0.key < $1.key } == expected)
      pair.model = atFront ? Array(pair.model[place...]) : Array(pair.model[...place])
      #expect(pair.tree.violation() == nil && items(pair.tree.view) == pair.model)
      // It grows and shrinks on as any other.
      for _ in 0..<5 { pair.insert(TestItem(key: pair.number(0..<12_000), ranks: 3)) }
      for _ in 0..<min(8, pair.model.count) where !pair.model.isEmpty { pair.remove(pair.number(0..<pair.model.count)) }
      #expect(pair.tree.violation() == nil && items(pair.tree.view) == pair.model)
      if let (epoch, view, model) = snapshot, pair.number(0..<3) == 0 {
        #expect(items(view) == model)
        pair.heap.dropSnapshot(epoch)
        snapshot = nil
      }
    }
    if let snapshot { pair.heap.dropSnapshot(snapshot.epoch) }
    pair.tree.removeAll()
    while pair.heap.reclaim(steps: 1_000) {}
    #expect(pair.heap.usedBytes == 0)
  }

  @Test func `removal at the end does nothing`() {
    let pair = TreePair(seed: 41)
    #expect(pair.tree.remove(at: .empty) == nil)
    pair.insert(TestItem(key: 1, ranks: 1))
    #expect(pair.tree.remove(at: pair.tree.end) == nil)
    pair.tree.replace(at: pair.tree.end, with: TestItem(key: 2, ranks: 1))
    #expect(items(pair.tree.view) == pair.model)
  }
}
