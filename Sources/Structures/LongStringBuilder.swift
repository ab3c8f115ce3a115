/// A long string whose bytes come in parts: they go straight to where they will stay, so that loading it takes no second copy. Memory
/// for all of it is asked for at once, but the system gives a page only when bytes have arrived for it.
struct LongStringBuilder {
  private let heap: Heap
  let block: StringBlock
  let total: Int
  private var filled = 0

  init(_ heap: Heap, total: Int) {
    self.heap = heap
    self.total = total
    block = StringBlock(heap.allocateSized(StringBlock.headerBytes + total))
    block.setCount(0)
  }

  mutating func append(_ part: UnsafeRawBufferPointer) {
    let count = min(part.count, total - filled)
    guard count > 0, let base = part.baseAddress else { return }
    (block.bytes + filled).copyMemory(from: base, byteCount: count)
    filled += count
    block.setCount(filled)
  }

  func discard() { heap.discard(block.block, .sized) }
}

extension KeyTable {
  func putLongString(_ key: KeyView, at position: Position?, _ string: LongStringBuilder, expiry: Int64?, access: UInt32) {
    guard string.block.count > Self.inlineBytesMax else {
      let bytes = UnsafeRawBufferPointer(start: string.block.bytes, count: string.block.count)
      setString(key, at: position, bytes, expiry: expiry, access: access)
      return string.discard()
    }
    let entry = newEntry(key, type: .string, layout: .block, valueArea: 8, expiry: expiry)
    entry.setValueBlock(string.block.block)
    entry.access = access
    guard let position else { return insert(entry, key.hash) }
    discardValue(of: position.entry)
    replace(position, key.hash, with: entry)
  }
}
