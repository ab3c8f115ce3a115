import Testing

@testable import TernEngine

@Suite struct ListpackTests {
  /// Values on every border between two encodings.
  static let values: [[UInt8]] = {
    var values: [[UInt8]] = []
    for n: Int64 in [
      0, 1, 127, 128, -1, 4095, 4096, -4096, -4097, 32767, 32768, -32768, -32769, 8_388_607, 8_388_608, -8_388_608, -8_388_609,
      2_147_483_647, 2_147_483_648, -2_147_483_648, -2_147_483_649, .max, .min,
    ] { values.append(Array(String(n).utf8)) }
    for count in [0, 1, 62, 63, 64, 65, 125, 126, 127, 128, 4095, 4096, 16_377, 16_384] {
      values.append([UInt8](repeating: 120, count: count))
    }
    values += ["007", "-0", "+1", "1.5", " 1", "9223372036854775808"].map { Array($0.utf8) }
    return values
  }()

  static func elements(_ pack: Listpack) -> [[UInt8]] {
    var all: [[UInt8]] = []
    pack.forEach { all.append($0.copy) }
    return all
  }

  static func insert(_ value: [UInt8], at index: Int, into block: ListpackBlock, _ heap: Heap) -> ListpackBlock {
    let offset = block.listpack.seek(index) ?? block.listpack.end
    return value.withUnsafeBytes { block.inserting(heap, at: offset, ListpackValue($0)) }
  }

  @Test func `every border value comes back, from both ends`() {
    let heap = Heap()
    defer { heap.destroy() }
    var block = ListpackBlock.create(heap)
    for value in Self.values { value.withUnsafeBytes { block = block.appending(heap, ListpackValue($0)) } }
    let pack = block.listpack
    #expect(Self.elements(pack) == Self.values)
    #expect(pack.count == Self.values.count)
    #expect(Listpack.isValid(pack.bytes))
    var backwards: [[UInt8]] = []
    var offset = pack.last
    while let at = offset {
      backwards.append(pack.element(at: at).copy)
      offset = pack.previous(at)
    }
    #expect(backwards == Self.values.reversed())
    for (i, value) in Self.values.enumerated() {
      #expect(value.withUnsafeBytes { pack.find($0.baseAddress ?? emptyBytes, $0.count) } == pack.seek(i))
      #expect(pack.seek(i - Self.values.count) == pack.seek(i))
    }
    #expect(pack.seek(Self.values.count) == nil)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>) func `random edits agree with an array, and what a snapshot holds stays`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let heap = Heap()
    defer { heap.destroy() }
    var block = ListpackBlock.create(heap)
    var model: [[UInt8]] = []
    var held: [(epoch: UInt32, block: ListpackBlock, model: [[UInt8]])] = []
    for step in 0..<3000 {
      let value = Self.values[Int(random.next() % UInt64(Self.values.count - 1))]
      let index = model.isEmpty ? 0 : Int(random.next() % UInt64(model.count))
      switch random.next() % (model.count > 40 ? 8 : 5) {
      case 0, 1, 2:
        block = Self.insert(value, at: index, into: block, heap)
        model.insert(value, at: index)
      case 3 where !model.isEmpty:
        guard let offset = block.listpack.seek(index) else { break }
        block = value.withUnsafeBytes { block.replacing(heap, at: offset, ListpackValue($0)) }
        model[index] = value
      case 4:
        block = value.withUnsafeBytes { v in value.withUnsafeBytes { block.appending(heap, ListpackValue(v), ListpackValue($0)) } }
        model += [value, value]
      default:
        guard let offset = block.listpack.seek(index) else { break }
        let count = min(Int(random.next() % 4), model.count - index)
        block = block.removing(heap, at: offset, count: count)
        model.removeSubrange(index..<index + count)
      }
      if step % 100 == 0 { held.append((heap.takeSnapshot(), block, model)) }
      if step % 250 == 0, let first = held.first {
        #expect(Self.elements(first.block.listpack) == first.model)
        heap.dropSnapshot(first.epoch)
        held.removeFirst()
        heap.reclaim(steps: 100_000)
      }
    }
    #expect(Self.elements(block.listpack) == model)
    #expect(Listpack.isValid(block.listpack.bytes))
    for snapshot in held {
      #expect(Self.elements(snapshot.block.listpack) == snapshot.model)
      heap.dropSnapshot(snapshot.epoch)
    }
    heap.discard(block.block, .sized)
    heap.reclaim(steps: 1_000_000)
    #expect(heap.usedBytes == 0)
  }

  @Test func `a listpack with a flipped byte is refused, or can be walked`() {
    let heap = Heap()
    defer { heap.destroy() }
    var block = ListpackBlock.create(heap)
    for value in Self.values.dropLast(8) where value.count < 200 {
      value.withUnsafeBytes { block = block.appending(heap, ListpackValue($0)) }
    }
    let good = Array(block.listpack.bytes)
    var refused = 0
    for i in good.indices {
      for flip in [1, 0x80, 0xff, 0x40] as [UInt8] {
        var bad = good
        bad[i] ^= flip
        bad.withUnsafeBytes { bytes in
          guard Listpack.isValid(bytes), let base = bytes.baseAddress else {
            refused += 1
            return
          }
          #expect(Self.elements(Listpack(base)).count <= bad.count)
        }
      }
    }
    #expect(refused > good.count / 4)
    #expect(!Listpack.isValid(UnsafeRawBufferPointer(start: nil, count: 0)))
    for count in good.indices {
      good.prefix(count).withUnsafeBytes { #expect(!Listpack.isValid(UnsafeRawBufferPointer(rebasing: $0[...]))) }
    }
  }
}

@Suite struct IntsetTests {
  @Test(arguments: 1...3 as ClosedRange<UInt64>) func `random edits agree with a set, and what a snapshot holds stays`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let heap = Heap()
    defer { heap.destroy() }
    var block = IntsetBlock.create(heap)
    var model: Set<Int64> = []
    var held: [(epoch: UInt32, block: IntsetBlock, model: Set<Int64>)] = []
    for step in 0..<2000 {
      let shift = step < 800 ? 54 : step < 1400 ? 36 : 1
      let value = Int64(bitPattern: random.next()) >> Int64(shift)
      if random.next() % 3 > 0 {
        let inserted = block.inserting(heap, value)
        #expect((inserted != nil) == model.insert(value).inserted)
        block = inserted ?? block
      } else if let victim = random.next() % 2 == 0 ? model.first : value {
        let removed = block.removing(heap, victim)
        #expect((removed != nil) == (model.remove(victim) != nil))
        block = removed ?? block
      }
      if step % 100 == 0 { held.append((heap.takeSnapshot(), block, model)) }
    }
    let set = block.intset
    #expect((0..<set.count).map { set.value(at: $0) } == model.sorted())
    #expect(model.isEmpty || Intset.isValid(set.bytes))
    for snapshot in held {
      let set = snapshot.block.intset
      #expect((0..<set.count).map { set.value(at: $0) } == snapshot.model.sorted())
      heap.dropSnapshot(snapshot.epoch)
    }
    heap.discard(block.block, .sized)
    heap.reclaim(steps: 100_000)
    #expect(heap.usedBytes == 0)
  }
}
