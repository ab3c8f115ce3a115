import Testing

@testable import TernEngine

@Suite struct FieldTableTests {
  @Test func `a table in a value is copied on write, copied whole and dismantled in steps`() {
    var random = SplitMix(seed: 7)
    let heap = Heap()
    defer { heap.destroy() }
    let hash = ByteHash(using: &random)
    var fields = FieldTable.create(heap, hash)
    func key(_ n: Int, _ body: (KeyView) -> Void) {
      Array("field:\(n)".utf8).withUnsafeBytes {
        guard let base = $0.baseAddress else { return }
        body(KeyView(bytes: base, count: $0.count, hash: hash(base, $0.count)))
      }
    }
    func add(_ range: Range<Int>) {
      for n in range {
        fields = fields.writable(heap)
        key(n) { fields.table.setInteger($0, at: nil, Int64(n), expiry: nil, access: 0) }
      }
    }
    add(0..<2000)
    let epoch = heap.takeSnapshot()
    let held = fields
    add(2000..<5000)
    for n in 0..<1000 {
      fields = fields.writable(heap)
      key(n) { if let position = fields.table.locate($0.hash, $0.bytes, $0.count) { fields.table.removeKey(position, $0.hash) } }
    }
    #expect(held.table.count == 2000 && held.root != fields.root)
    #expect(fields.table.count == 4000)
    var sum: Int64 = 0
    held.table.tree.forEach { if case .integer(let value)? = $0.string { sum += value } }
    #expect(sum == 1999 * 1000)
    let copy = fields.deepCopy(heap)
    #expect(copy.table.count == 4000)
    heap.discardCollection(.hash, .tree, fields.root)
    #expect(heap.hasGraves)
    heap.discardCollection(.set, .tree, copy.root)
    var rounds = 0
    while heap.hasGraves {
      heap.dismantleGraves(steps: 500)
      rounds += 1
    }
    #expect(rounds > 4)
    heap.dropSnapshot(epoch)
    heap.reclaim(steps: 100_000)
    #expect(heap.usedBytes == 0)
  }
}
