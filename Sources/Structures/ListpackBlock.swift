/// A listpack in a block of the `sized` kind, behind its 8 bytes of header. Editing functions return the block to use from then on:
/// the same one if it may be written and has room, else a new one (the old one is discarded).
///
/// Values that are inserted must not lie in the block itself.
package struct ListpackBlock {
  static let headerBytes = 8
  /// A listpack counts its bytes in 32 bits; whatever the limits say, a value grows out of this form long before.
  static let bytesMax = 1 << 30
  let block: Block

  @inline(__always) init(_ block: Block) { self.block = block }

  @inline(__always) package var listpack: Listpack { Listpack(block + ListpackBlock.headerBytes) }
  @inline(__always) private var start: Block { block + ListpackBlock.headerBytes }
  @inline(__always) private var capacity: Int { Heap.sizedBytes(block) &- ListpackBlock.headerBytes }

  /// Whether so many bytes more stay below `bytesMax`.
  @inline(__always) func hasRoom(_ bytes: Int) -> Bool { listpack.byteCount &+ bytes <= ListpackBlock.bytesMax }

  /// An empty one, with room for `capacity` bytes of elements.
  static func create(_ heap: Heap, capacity: Int = 0) -> ListpackBlock {
    let new = ListpackBlock(heap.allocateSized(headerBytes + Listpack.headerBytes + 1 + capacity))
    new.setHeader(byteCount: Listpack.headerBytes + 1, count: 0)
    return new
  }

  /// A copy of a valid listpack's bytes.
  static func create(_ heap: Heap, copying bytes: UnsafeRawBufferPointer) -> ListpackBlock {
    let new = ListpackBlock(heap.allocateSized(headerBytes + max(bytes.count, Listpack.headerBytes + 1)))
    guard let base = bytes.baseAddress, bytes.count > Listpack.headerBytes else {
      new.setHeader(byteCount: Listpack.headerBytes + 1, count: 0)
      return new
    }
    new.start.copyMemory(from: base, byteCount: bytes.count)
    return new
  }

  @inline(__always)
  private func setHeader(byteCount: Int, count: Int) {
    start.storeBytes(of: UInt32(truncatingIfNeeded: byteCount), as: UInt32.self)
    start.storeBytes(of: UInt16(truncatingIfNeeded: min(count, 0xffff)), toByteOffset: 4, as: UInt16.self)
    start.storeBytes(of: 0xff, toByteOffset: byteCount &- 1, as: UInt8.self)
  }

  // MARK: editing

  /// Makes a gap of `inserted` bytes at `offset` in place of the `removed` bytes there; `countChange` elements come (or go). The gap
  /// must be filled with elements at once. A block of up to 512 bytes grows to what it needs (there are many of them, and to copy one costs
  /// less than a cache miss), a larger one by an eighth more, so that a list that is pushed to is not copied for each element.
  @inline(__always)
  func splice(_ heap: Heap, at offset: Int, removing removed: Int, inserting inserted: Int, countChange: Int)
    -> (block: ListpackBlock, gap: UnsafeMutableRawPointer)
  {
    let old = listpack
    let oldBytes = old.byteCount
    let newBytes = oldBytes &- removed &+ inserted
    let stored = old.storedCount
    let room = capacity
    if room >= newBytes, !heap.isFrozen(block), room < 256 || room <= newBytes &* 2 {
      let tail = oldBytes &- offset &- removed
      if removed != inserted, tail > 1 { moveTail(from: offset &+ removed, to: offset &+ inserted, tail) }
      setHeader(byteCount: newBytes, count: stored)
      if stored == 0xffff { recount(countChange) } else { setCount(stored &+ countChange) }
      return (self, start + offset)
    }
    return spliceIntoNew(heap, at: offset, removing: removed, newBytes: newBytes, inserted: inserted, countChange: countChange)
  }

  @inline(__always)
  private func moveTail(from: Int, to: Int, _ bytes: Int) { (start + to).copyMemory(from: start + from, byteCount: bytes) }

  @inline(__always)
  private func setCount(_ count: Int) {
    start.storeBytes(of: UInt16(truncatingIfNeeded: min(count, 0xffff)), toByteOffset: 4, as: UInt16.self)
  }

  /// The count word is saturated, and stays so: exact counts are walked for.
  @inline(never)
  private func recount(_ countChange: Int) { setCount(0xffff) }

  @inline(never)
  private func spliceIntoNew(_ heap: Heap, at offset: Int, removing removed: Int, newBytes: Int, inserted: Int, countChange: Int)
    -> (block: ListpackBlock, gap: UnsafeMutableRawPointer)
  {
    let old = listpack
    let stored = old.storedCount
    let grows = newBytes > old.byteCount && newBytes > 512
    let new = ListpackBlock(heap.allocateSized(ListpackBlock.headerBytes + newBytes + (grows ? newBytes / 8 : 0)))
    new.start.copyMemory(from: start, byteCount: offset)
    let tail = old.byteCount - offset - removed
    (new.start + (offset + inserted)).copyMemory(from: start + (offset + removed), byteCount: tail)
    new.setHeader(byteCount: newBytes, count: stored == 0xffff ? 0xffff : stored + countChange)
    heap.discard(block, .sized)
    return (new, new.start + offset)
  }

  @inline(__always)
  func inserting(_ heap: Heap, at offset: Int, _ value: ListpackValue) -> ListpackBlock {
    let (block, gap) = splice(heap, at: offset, removing: 0, inserting: value.elementBytes, countChange: 1)
    value.write(to: gap)
    return block
  }

  @inline(__always)
  func inserting(_ heap: Heap, at offset: Int, _ first: ListpackValue, _ second: ListpackValue) -> ListpackBlock {
    let (block, gap) = splice(
      heap, at: offset, removing: 0, inserting: first.elementBytes &+ second.elementBytes, countChange: 2)
    second.write(to: first.write(to: gap))
    return block
  }

  @inline(__always)
  func appending(_ heap: Heap, _ value: ListpackValue) -> ListpackBlock { inserting(heap, at: listpack.end, value) }

  @inline(__always)
  func appending(_ heap: Heap, _ first: ListpackValue, _ second: ListpackValue) -> ListpackBlock {
    inserting(heap, at: listpack.end, first, second)
  }

  @inline(__always)
  func replacing(_ heap: Heap, at offset: Int, _ value: ListpackValue) -> ListpackBlock {
    let (block, gap) = splice(
      heap, at: offset, removing: listpack.elementBytes(at: offset), inserting: value.elementBytes, countChange: 0)
    value.write(to: gap)
    return block
  }

  /// Takes out `count` elements from `offset` on; fewer if there are fewer.
  @inline(__always)
  func removing(_ heap: Heap, at offset: Int, count: Int = 1) -> ListpackBlock {
    let pack = listpack
    var end = offset
    var removed = 0
    while removed < count, pack.byte(end) != 0xff {
      end = pack.behind(end)
      removed &+= 1
    }
    return splice(heap, at: offset, removing: end &- offset, inserting: 0, countChange: -removed).block
  }
}
