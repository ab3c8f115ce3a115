import Testing

@testable import TernEngine

@Suite struct ListTests {
  /// A list beside its model, an array.
  private struct Pair {
    let heap: Heap
    let limits: ListLimits
    var value: ListValue
    var model: [[UInt8]] = []

    init(_ heap: Heap, size: Int) {
      self.heap = heap
      limits = ListLimits(size: size)
      value = .create(heap, limits)
    }

    mutating func push(_ element: [UInt8], _ end: ListEnd) {
      element.withUnsafeBytes {
        value.willGrow(bytes: $0.count, count: 1)
        value.push(ListpackValue($0), at: end)
      }
      if end == .left { model.insert(element, at: 0) } else { model.append(element) }
    }

    mutating func emptyIfNeeded() {
      guard model.isEmpty else { return }
      heap.discardCollection(.list, value.layout, value.block)
      value = .create(heap, limits)
    }
  }

  private static func contents(_ reader: ListReader) -> [[UInt8]] {
    var contents: [[UInt8]] = []
    reader.forEach(from: 0, count: .max) { contents.append($0.copy) }
    return contents
  }

  private static func element(_ random: inout SplitMix) -> [UInt8] {
    switch Int.random(in: 0..<40, using: &random) {
    case 0: return [UInt8](repeating: 120, count: 9000)
    case 1, 2: return [UInt8](repeating: 121, count: Int.random(in: 300...4200, using: &random))
    case 3: return []
    case 4...20: return Array(String(Int.random(in: -20...20, using: &random)).utf8)
    case 21...25: return Array(String(Int.random(in: -5_000_000_000...5_000_000_000, using: &random)).utf8)
    default: return Array(("e" + String(repeating: "z", count: Int.random(in: 0...90, using: &random))).utf8)
    }
  }

  @Test(arguments: [(-2, 1), (-1, 2), (-5, 3), (1, 4), (5, 5), (128, 6), (0, 7), (-2, 8)])
  func `a list does what an array does, whatever the size of its chunks, and a snapshot does not change`(size: Int, seed: UInt64) {
    var random = SplitMix(seed: seed)
    let heap = Heap()
    defer { heap.destroy() }
    var list = Pair(heap, size: size)
    var held: [(epoch: UInt32, reader: ListReader, model: [[UInt8]])] = []

    for step in 0..<6000 {
      // Grows for a while, then shrinks, so that every form is passed both ways.
      let grows = (step / 700) % 2 == 0
      let count = list.model.count
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<(grows ? 45 : 10): list.push(Self.element(&random), .right)
      case 45..<(grows ? 75 : 50): list.push(Self.element(&random), .left)
      case 75..<83 where count > 1:
        let taken = Int.random(in: 1...min(count - 1, Bool.random(using: &random) ? 1 : 60), using: &random)
        let end: ListEnd = Bool.random(using: &random) ? .left : .right
        var got: [[UInt8]] = []
        list.value.pop(taken, from: end) { got.append($0.copy) }
        if end == .left {
          #expect(got == Array(list.model.prefix(taken)))
          list.model.removeFirst(taken)
        } else {
          #expect(got == list.model.suffix(taken).reversed())
          list.model.removeLast(taken)
        }
      case 83..<89 where count > 0:
        let at = Int.random(in: 0..<count, using: &random)
        let element = Self.element(&random)
        element.withUnsafeBytes {
          list.value.willGrow(bytes: $0.count, count: 1)
          list.value.set(at, ListpackValue($0))
        }
        list.model[at] = element
      case 89..<94 where count > 0:
        let at = Int.random(in: 0...count, using: &random)
        let element = Self.element(&random)
        element.withUnsafeBytes {
          list.value.willGrow(bytes: $0.count, count: 1)
          list.value.insert(at, ListpackValue($0))
        }
        list.model.insert(element, at: at)
      case 94..<97 where count > 0:
        let element = list.model[Int.random(in: 0..<count, using: &random)]
        let limit = Int.random(in: 1...4, using: &random) == 4 ? Int.max : Int.random(in: 1...5, using: &random)
        let fromTail = Bool.random(using: &random)
        let all = list.model.indices.filter { list.model[$0] == element }
        let gone = Set(fromTail ? all.suffix(limit) : all.prefix(limit))
        let removed = element.withUnsafeBytes { list.value.removeEqual($0, limit: limit, fromTail: fromTail) }
        #expect(removed == gone.count)
        list.model = list.model.indices.filter { !gone.contains($0) }.map { list.model[$0] }
      case 97 where count > 1 && (!grows || Int.random(in: 0..<10, using: &random) == 0):
        let start = Int.random(in: 0..<count, using: &random)
        let kept = Int.random(in: 1...count - start, using: &random)
        list.value.trim(from: start, kept: kept)
        list.model = Array(list.model[start..<start + kept])
      case 98 where held.count < 4: held.append((heap.takeSnapshot(), list.value.reader, list.model))
      case 99 where !held.isEmpty:
        let (epoch, reader, model) = held.remove(at: Int.random(in: 0..<held.count, using: &random))
        #expect(Self.contents(reader) == model, "seed \(seed), step \(step)")
        heap.dropSnapshot(epoch)
        heap.reclaim(steps: 1000)
      default:
        guard count > 0 else { break }
        // Nothing found, nothing copied: the caller does not store what did not change.
        let block = list.value.block
        let absent = Array("absent".utf8).withUnsafeBytes { list.value.removeEqual($0, limit: .max, fromTail: step % 2 == 0) }
        #expect(absent == 0 && list.value.block == block)
        let at = Int.random(in: 0..<count, using: &random)
        #expect(list.value.reader.element(at: at)?.copy == list.model[at])
        let length = Int.random(in: 1...50, using: &random)
        var range: [[UInt8]] = []
        list.value.reader.forEach(from: at, count: length) { range.append($0.copy) }
        #expect(range == Array(list.model[at...].prefix(length)))
        range = []
        list.value.reader.forEachBackward(from: at, count: length) { range.append($0.copy) }
        #expect(range == list.model[...at].suffix(length).reversed())
      }
      #expect(list.value.count == list.model.count)
      list.emptyIfNeeded()
      if step % 50 == 0, !list.model.isEmpty {
        #expect(list.value.reader.violation(heap, list.limits) == nil, "seed \(seed), step \(step)")
        #expect(Self.contents(list.value.reader) == list.model, "seed \(seed), step \(step)")
      }
    }
    for (epoch, reader, model) in held {
      #expect(Self.contents(reader) == model)
      heap.dropSnapshot(epoch)
    }
    heap.discardCollection(.list, list.value.layout, list.value.block)
    while heap.hasGraves { heap.dismantleGraves(steps: 100) }
    heap.reclaim(steps: 1_000_000)
    #expect(heap.usedBytes == 0, "blocks leak: seed \(seed)")
  }

  @Test func `a list of a million elements is reached by index, trimmed to little, copied and let go of in steps`() throws {
    let heap = Heap()
    defer { heap.destroy() }
    var list = Pair(heap, size: -2)
    for i in 0..<300_000 {
      list.value.push(ListpackValue(Int64(i)), at: .right)
      list.value.push(ListpackValue(Int64(-i)), at: .left)
    }
    for index in [0, 1, 299_999, 300_000, 300_001, 450_000, 599_999] {
      let expected = index < 300_000 ? index - 299_999 : index - 300_000
      #expect(list.value.reader.element(at: index)?.copy == Array(String(expected).utf8))
    }
    #expect(list.value.reader.violation(heap, list.limits) == nil)
    // Its elements and little more.
    var payload = 0
    list.value.reader.forEachListpack { payload += $0.count }
    #expect(list.value.reader.byteCount < payload * 21 / 20 + 20_000)
    let copy = heap.copiedList(list.value.block)
    list.value.trim(from: 299_990, kept: 20)
    #expect(Self.contents(list.value.reader) == (-9...0).map { Array(String($0).utf8) } + (0...9).map { Array(String($0).utf8) })
    #expect(list.value.isFlat)
    #expect(ListReader(.tree, copy).count == 600_000 && ListReader(.tree, copy).violation(heap, list.limits) == nil)
    heap.discardCollection(.list, .tree, copy)
    var rounds = 0
    while heap.hasGraves {
      heap.dismantleGraves(steps: 64)
      rounds += 1
    }
    #expect(rounds > 1)
    heap.discardCollection(.list, list.value.layout, list.value.block)
    #expect(heap.usedBytes == 0)
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `a long list is trimmed at both ends, and a snapshot keeps what it saw`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let heap = Heap()
    defer { heap.destroy() }
    var list = Pair(heap, size: seed % 2 == 0 ? 8 : -1)
    var model = Array(0..<40_000)
    for i in model { list.value.push(ListpackValue(Int64(i)), at: .right) }
    while model.count > 1 {
      let epoch = heap.takeSnapshot()
      let (view, before) = (list.value.reader, model)
      let start = Int.random(in: 0..<model.count, using: &random) / (Bool.random(using: &random) ? 1 : 3)
      let kept = max(1, (model.count - start) * Int.random(in: 1...9, using: &random) / 9)
      list.value.trim(from: start, kept: kept)
      model = Array(model[start..<start + kept])
      #expect(Self.contents(list.value.reader) == model.map { Array(String($0).utf8) })
      #expect(list.value.reader.violation(heap, list.limits) == nil)
      #expect(Self.contents(view) == before.map { Array(String($0).utf8) })
      heap.dropSnapshot(epoch)
      for _ in 0..<20 where model.count > 1 {
        list.value.push(ListpackValue(Int64(1)), at: .left)
        list.value.push(ListpackValue(Int64(2)), at: .right)
        list.value.pop(2, from: .left) { _ in }
        model = Array(model.dropFirst()) + [2]
      }
    }
    heap.discardCollection(.list, list.value.layout, list.value.block)
    while heap.hasGraves { heap.dismantleGraves(steps: 100) }
    while heap.reclaim(steps: 1_000) {}
    #expect(heap.usedBytes == 0)
  }

  @Test func `a queue whose chunk is nearly full copies it only now and then`() {
    let heap = Heap()
    defer { heap.destroy() }
    for fill in [600, 700, 760, 790, 799] {
      for (tail, head) in [(ListEnd.right, ListEnd.left), (.left, .right), (.right, .right), (.left, .left)] {
        var list = Pair(heap, size: -2)
        let element = [UInt8](repeating: 97, count: 8)
        for _ in 0..<fill { list.push(element, tail) }
        var blocks = 0
        var last = (ListRoot(list.value.block).head?.block, ListRoot(list.value.block).tail.block)
        for _ in 0..<2000 {
          element.withUnsafeBytes { list.value.push(ListpackValue($0), at: tail) }
          list.value.pop(1, from: head) { _ in }
          guard !list.value.isFlat else { continue }
          let now = (ListRoot(list.value.block).head?.block, ListRoot(list.value.block).tail.block)
          if now != last { blocks += 1 }
          last = now
        }
        #expect(blocks < 60, "\(blocks) new chunks for 2000 elements through a queue of \(fill)")
        heap.discardCollection(.list, list.value.layout, list.value.block)
      }
    }
  }

  @Test func `a list that has shrunk is small again, and gives its memory back`() {
    let heap = Heap()
    defer { heap.destroy() }
    var list = Pair(heap, size: -2)
    for i in 0..<5000 { list.push(Array("element \(i)".utf8), .right) }
    #expect(!list.value.reader.isSmall)
    list.value.pop(4860, from: .left) { _ in }
    #expect(list.value.reader.isSmall && !list.value.isFlat)
    #expect(list.value.reader.byteCount < 3200)
    list.value.pop(130, from: .right) { _ in }
    #expect(list.value.isFlat)
    #expect(list.value.reader.byteCount < 300)
  }
}
