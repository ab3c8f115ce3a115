import Testing

@testable import TernEngine

/// A table, and a plain dictionary that says what it should hold.
private final class Pair {
  let heap = Heap()
  let table: KeyTable
  var model: [[UInt8]: [UInt8]] = [:]
  var random: SplitMix

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    table = KeyTable(heap: heap, hash: ByteHash(using: &random))
  }

  deinit {
    table.destroy()
    heap.destroy()
  }

  func withKey<R>(_ key: [UInt8], _ body: (KeyView) -> R) -> R {
    key.withUnsafeBytes { bytes in
      let base = bytes.baseAddress ?? emptyBytes
      return body(KeyView(bytes: base, count: key.count, hash: table.hash(base, key.count)))
    }
  }

  func set(_ key: [UInt8], _ value: [UInt8], expiry: Int64? = nil) {
    withKey(key) { view in
      value.withUnsafeBytes { table.setString(view, at: table.locate(view.hash, view.bytes, view.count), $0, expiry: expiry, access: 0) }
    }
    model[key] = value
  }

  func remove(_ key: [UInt8]) {
    withKey(key) { view in
      if let position = table.locate(view.hash, view.bytes, view.count) { table.removeKey(position, view.hash) }
    }
    model[key] = nil
  }

  func value(_ key: [UInt8]) -> [UInt8]? {
    withKey(key) { view in table.locate(view.hash, view.bytes, view.count).map { bytes(of: $0.entry) } }
  }
}

private func bytes(of entry: Entry) -> [UInt8] {
  switch KeyTable.string(entry) {
  case .bytes(let bytes): Array(bytes)
  case .integer(let value): Array(String(value).utf8)
  }
}

private func contents(_ tree: KeyTree) -> [[UInt8]: [UInt8]] {
  var contents: [[UInt8]: [UInt8]] = [:]
  tree.forEach { contents[Array($0.keyBytes)] = bytes(of: $0) }
  return contents
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

@Suite struct KeyTableTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `random sets and removals agree with a dictionary, through growth and shrinking`(seed: UInt64) {
    let pair = Pair(seed: seed)
    for step in 0..<60_000 {
      let growing = (step / 15_000) % 2 == 0
      let key = Array("key:\(UInt32.random(in: 0..<20_000, using: &pair.random))".utf8)
      if Int.random(in: 0..<10, using: &pair.random) < (growing ? 8 : 2) {
        let length = Int.random(in: 0..<40, using: &pair.random)
        let value =
          length % 7 == 0
          ? Array(String(Int.random(in: -1000...1000, using: &pair.random)).utf8)
          : [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: length == 39 ? 2000 : length)
        pair.set(key, value)
      } else {
        pair.remove(key)
      }
    }
    #expect(pair.table.count == pair.model.count)
    #expect(contents(pair.table.tree) == pair.model)
    for (key, value) in pair.model { #expect(pair.value(key) == value) }
    for key in pair.model.keys { pair.remove(key) }
    #expect(pair.table.count == 0)
    #expect(pair.heap.usedBytes == 0, "an empty table owns no memory")
  }

  @Test(arguments: [7, 8, 9] as [UInt64])
  func `snapshots keep what they saw, and give their memory back when dropped in any order`(seed: UInt64) {
    let pair = Pair(seed: seed)
    var snapshots: [(epoch: UInt32, tree: KeyTree, model: [[UInt8]: [UInt8]])] = []
    for step in 0..<30_000 {
      let key = Array("k\(UInt32.random(in: 0..<3_000, using: &pair.random))".utf8)
      switch Int.random(in: 0..<100, using: &pair.random) {
      case 0..<55: pair.set(key, Array("v\(step)".utf8), expiry: step % 5 == 0 ? Int64(step) : nil)
      case 55..<99: pair.remove(key)
      default:
        if snapshots.count < 5, Bool.random(using: &pair.random) {
          snapshots.append((pair.heap.takeSnapshot(), pair.table.tree, pair.model))
          snapshots[snapshots.count - 1].epoch = pair.heap.epoch - 1
        } else if let i = snapshots.indices.randomElement(using: &pair.random) {
          let snapshot = snapshots.remove(at: i)
          #expect(contents(snapshot.tree) == snapshot.model)
          pair.heap.dropSnapshot(snapshot.epoch)
        }
      }
      if step % 10 == 0 { pair.heap.reclaim(steps: 5) }
    }
    for snapshot in snapshots {
      #expect(contents(snapshot.tree) == snapshot.model)
      pair.heap.dropSnapshot(snapshot.epoch)
    }
    while pair.heap.reclaim(steps: 1000) {}
    #expect(contents(pair.table.tree) == pair.model)
    for key in pair.model.keys { pair.remove(key) }
    #expect(pair.heap.usedBytes == 0, "nothing leaks: every block of a dropped snapshot came back")
  }

  @Test func `a scan sees every key that stays, while the table grows and shrinks under it`() {
    let pair = Pair(seed: 42)
    for i in 0..<5_000 { pair.set(Array("stay:\(i)".utf8), [1, 2, 3]) }
    var seen: Set<[UInt8]> = []
    var cursor: UInt64 = 0
    var round = 0
    repeat {
      cursor = pair.table.scan(from: cursor, count: 10) { seen.insert(Array($0.keyBytes)) }
      round += 1
      let phase = (round / 100) % 2
      for i in 0..<100 {
        let key = Array("come:\(round % 100):\(i)".utf8)
        if phase == 0 { pair.set(key, [9]) } else { pair.remove(key) }
      }
    } while cursor != 0
    for i in 0..<5_000 { #expect(seen.contains(Array("stay:\(i)".utf8))) }
    #expect(round > 100)
  }

  @Test func `any number is a valid cursor, and a quiet scan sees each key once`() {
    let pair = Pair(seed: 5)
    for i in 0..<3_000 { pair.set(Array("\(i)".utf8), [1]) }
    for _ in 0..<2_000 { _ = pair.table.scan(from: pair.random.next(), count: 3) { _ in } }
    var count = 0
    var cursor: UInt64 = 0
    repeat { cursor = pair.table.scan(from: cursor, count: 10) { _ in count += 1 } } while cursor != 0
    #expect(count == 3_000)
  }

  @Test func `expired keys are found once, in whatever segment they lie`() {
    let pair = Pair(seed: 6)
    for i in 0..<4_000 { pair.set(Array("\(i)".utf8), [1], expiry: i % 2 == 0 ? 50 : 5_000) }
    #expect(pair.table.expiryCount == 4_000)
    var found = 0
    var position: UInt64 = 0
    repeat { position = pair.table.visitExpired(from: position, now: 100, segments: 3) { _ in found += 1 } } while position != 0
    #expect(found == 2_000)
  }

  @Test func `a random entry can be any entry`() {
    let pair = Pair(seed: 11)
    #expect(pair.table.randomEntry(using: &pair.random) == nil)
    for i in 0..<500 { pair.set(Array("\(i)".utf8), [1]) }
    var seen: Set<[UInt8]> = []
    for _ in 0..<20_000 { if let entry = pair.table.randomEntry(using: &pair.random) { seen.insert(Array(entry.keyBytes)) } }
    #expect(seen.count == 500)
  }

  @Test(arguments: [3, 40, 700, 5_000])
  func `a random entry is any entry with the same chance`(count: Int) {
    let pair = Pair(seed: 12)
    for i in 0..<count * 2 { pair.set(Array("\(i)".utf8), [1]) }
    // Thinned out, so that segments are full to different degrees and depths.
    for i in 0..<count { pair.remove(Array("\(i)".utf8)) }
    var seen: [[UInt8]: Int] = [:]
    let draws = count * 40
    for _ in 0..<draws { if let entry = pair.table.randomEntry(using: &pair.random) { seen[Array(entry.keyBytes), default: 0] += 1 } }
    #expect(seen.values.reduce(0, +) == draws)
    // Pearson's test: the sum has about `count` degrees of freedom.
    let expected = Double(draws) / Double(count)
    let missing = Double(count - seen.count) * expected
    let chi = seen.values.reduce(missing) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect(abs(chi - Double(count)) < 5 * (2 * Double(count)).squareRoot() + 5)
  }
}
