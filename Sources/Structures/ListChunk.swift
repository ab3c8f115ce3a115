/// A part of a list: a listpack with room on either side, so that a push or a pop at either end moves no other element.
///
/// ```
/// 0 birth UInt32 │ 4 size UInt32 │ 8 start UInt32 │ 12 unused │ 16 front room │ start: listpack │ back room
/// ```
///
/// Editing functions return the chunk to use from then on, as those of `ListpackBlock` do. The number of elements stays below 65535 (a
/// chunk has at most 64 KB, or one element), so that the listpack's own count is exact.
struct ListChunk {
  static let headerBytes = 16
  static let emptyBytes = Listpack.headerBytes + 1
  let block: Block

  @inline(__always) init(_ block: Block) { self.block = block }

  @inline(__always) var start: Int { Int(block.load(fromByteOffset: 8, as: UInt32.self)) }
  @inline(__always) var listpack: Listpack { Listpack(block + start) }
  @inline(__always) var byteCount: Int { listpack.byteCount }
  @inline(__always) var count: Int { listpack.storedCount }
  @inline(__always) var frontRoom: Int { start &- ListChunk.headerBytes }
  @inline(__always) var backRoom: Int { Heap.sizedBytes(block) &- start &- byteCount }
  /// Bytes that its listpack could have.
  @inline(__always) var capacity: Int { Heap.sizedBytes(block) &- ListChunk.headerBytes }

  @inline(__always)
  private func setHeader(start: Int, byteCount: Int, count: Int) {
    block.storeBytes(of: UInt32(truncatingIfNeeded: start), toByteOffset: 8, as: UInt32.self)
    (block + start).storeBytes(of: UInt32(truncatingIfNeeded: byteCount), as: UInt32.self)
    (block + start).storeBytes(of: UInt16(truncatingIfNeeded: count), toByteOffset: 4, as: UInt16.self)
  }

  // MARK: making

  /// An empty one, whose room is at the side where it will grow.
  static func create(_ heap: Heap, capacity: Int, growing end: ListEnd) -> ListChunk {
    let new = ListChunk(heap.allocateSized(headerBytes + max(capacity, emptyBytes)))
    new.setHeader(start: end == .right ? headerBytes : headerBytes + new.capacity - emptyBytes, byteCount: emptyBytes, count: 0)
    (new.block + (new.start + Listpack.headerBytes)).storeBytes(of: 0xff, as: UInt8.self)
    return new
  }

  /// Of some of the elements of a listpack: the bytes between two offsets.
  static func create(_ heap: Heap, copying pack: Listpack, from: Int, to end: Int, count: Int) -> ListChunk {
    let new = create(heap, capacity: emptyBytes + end - from, growing: .right)
    let bytes = end - from
    (new.block + (headerBytes + Listpack.headerBytes)).copyMemory(from: pack.start + from, byteCount: bytes)
    (new.block + (headerBytes + Listpack.headerBytes + bytes)).storeBytes(of: 0xff, as: UInt8.self)
    new.setHeader(start: headerBytes, byteCount: emptyBytes + bytes, count: count)
    return new
  }

  static func create(_ heap: Heap, copying pack: Listpack) -> ListChunk {
    create(heap, copying: pack, from: Listpack.headerBytes, to: pack.end, count: pack.count)
  }

  /// The elements of both, in a new chunk; the old ones are discarded.
  static func joining(_ heap: Heap, _ a: ListChunk, _ b: ListChunk) -> ListChunk {
    let added = b.byteCount - emptyBytes
    let (chunk, gap) = a.copied(
      heap, at: a.listpack.end, removing: 0, inserting: added, countChange: b.count, front: 0, back: 0)
    gap.copyMemory(from: b.listpack.start + Listpack.headerBytes, byteCount: added)
    heap.discard(b.block, .sized)
    return chunk
  }

  // MARK: the ends

  /// With another element at an end; nil if the chunk is full. Chunks double (nearly) up to `limits.bytesMax`; one that has its room on
  /// the other side is moved within its block if that room is worth it. So a push moves few bytes, averaged over many.
  @inline(__always)
  func pushing(_ heap: Heap, _ value: ListpackValue, at end: ListEnd, _ limits: ListLimits) -> ListChunk? {
    let size = value.elementBytes
    let start = self.start
    let pack = listpack
    let bytes = pack.byteCount
    let count = pack.storedCount
    guard bytes &+ size <= limits.bytesMax, count < limits.countMax else { return nil }
    if !heap.isFrozen(block) {
      if end == .right {
        if Heap.sizedBytes(block) &- start &- bytes >= size {
          let behind = value.write(to: block + (start &+ bytes &- 1))
          behind.storeBytes(of: 0xff, as: UInt8.self)
          setHeader(start: start, byteCount: bytes &+ size, count: count &+ 1)
          return self
        }
      } else if start &- ListChunk.headerBytes >= size {
        value.write(to: block + (start &- size &+ Listpack.headerBytes))
        setHeader(start: start &- size, byteCount: bytes &+ size, count: count &+ 1)
        return self
      }
    }
    return pushingSlow(heap, value, at: end, limits)
  }

  @inline(never)
  private func pushingSlow(_ heap: Heap, _ value: ListpackValue, at end: ListEnd, _ limits: ListLimits) -> ListChunk? {
    let size = value.elementBytes
    let bytes = byteCount
    let needed = bytes + size
    let offset = end == .right ? listpack.end : Listpack.headerBytes
    if !heap.isFrozen(block) {
      let free = capacity - bytes
      if free >= size, free >= bytes / 4 {
        slide(to: end == .right ? ListChunk.headerBytes : ListChunk.headerBytes + free)
        return pushing(heap, value, at: end, limits)
      }
      // Growing by little would copy a nearly full chunk for every few elements: the next chunk is begun instead.
      guard min(limits.bytesMax, needed + needed / 2) - needed >= needed / 8 else { return nil }
    }
    let room = max(0, min(limits.bytesMax, needed + needed / 2 + 32) - needed)
    // What is free on the other side is kept, up to a quarter: pushes at both ends in turn must not drive it to and fro.
    let front = end == .left ? room : min(frontRoom, needed / 4)
    let back = end == .right ? room : min(backRoom, needed / 4)
    let (chunk, gap) = copied(heap, at: offset, removing: 0, inserting: size, countChange: 1, front: front, back: back)
    value.write(to: gap)
    return chunk
  }

  private func slide(to newStart: Int) {
    let bytes = byteCount
    (block + newStart).copyMemory(from: block + start, byteCount: bytes)
    block.storeBytes(of: UInt32(truncatingIfNeeded: newStart), toByteOffset: 8, as: UInt32.self)
  }

  /// Without its first (or last) `removed` elements, which are the bytes before (or from) `offset`.
  @inline(__always)
  func dropping(_ heap: Heap, _ removed: Int, from end: ListEnd, upTo offset: Int) -> ListChunk {
    let pack = listpack
    let bytes = pack.byteCount
    let count = pack.storedCount
    if heap.isFrozen(block) {
      return end == .left
        ? copied(heap, at: Listpack.headerBytes, removing: offset &- Listpack.headerBytes, inserting: 0, countChange: 0 &- removed).chunk
        : copied(heap, at: offset, removing: bytes &- 1 &- offset, inserting: 0, countChange: 0 &- removed).chunk
    }
    if end == .left {
      let dropped = offset &- Listpack.headerBytes
      setHeader(start: start &+ dropped, byteCount: bytes &- dropped, count: count &- removed)
    } else {
      (block + (start &+ offset)).storeBytes(of: 0xff, as: UInt8.self)
      setHeader(start: start, byteCount: offset &+ 1, count: count &- removed)
    }
    return self
  }

  /// In a block of its size, if this one is much too large: a list that has shrunk gives its memory back.
  func fitted(_ heap: Heap) -> ListChunk {
    let bytes = byteCount
    guard capacity > bytes * 4 + 256, !heap.isFrozen(block) else { return self }
    return copied(
      heap, at: Listpack.headerBytes, removing: 0, inserting: 0, countChange: 0, front: min(frontRoom, bytes / 4),
      back: min(backRoom, bytes / 4)
    ).chunk
  }

  // MARK: the middle

  /// Makes a gap of `inserted` bytes at `offset` in place of `removed` bytes; it must be filled with elements at once. Moves the shorter
  /// side, if there is room.
  func splice(_ heap: Heap, at offset: Int, removing removed: Int, inserting inserted: Int, countChange: Int)
    -> (chunk: ListChunk, gap: UnsafeMutableRawPointer)
  {
    let bytes = byteCount
    let growth = inserted - removed
    let before = offset
    let behind = bytes - offset - removed
    let start = self.start
    guard !heap.isFrozen(block), growth <= max(frontRoom, backRoom), growth >= 0 || capacity <= (bytes + growth) * 2 + 64 else {
      return copied(
        heap, at: offset, removing: removed, inserting: inserted, countChange: countChange, front: 0, back: growth > 0 ? bytes / 8 : 0)
    }
    let count = self.count
    let movesFront = growth <= frontRoom && (before < behind || growth > backRoom)
    if movesFront {
      if growth != 0 { (block + (start - growth)).copyMemory(from: block + start, byteCount: before) }
      setHeader(start: start - growth, byteCount: bytes + growth, count: count + countChange)
      return (self, block + (start - growth + offset))
    }
    if growth != 0 {
      (block + (start + offset + inserted)).copyMemory(from: block + (start + offset + removed), byteCount: behind)
    }
    setHeader(start: start, byteCount: bytes + growth, count: count + countChange)
    return (self, block + (start + offset))
  }

  /// As `splice`, into a new block with so much room beside; this one is discarded.
  private func copied(
    _ heap: Heap, at offset: Int, removing removed: Int, inserting inserted: Int, countChange: Int, front: Int = 0, back: Int = 0
  ) -> (chunk: ListChunk, gap: UnsafeMutableRawPointer) {
    let bytes = byteCount
    let newBytes = bytes - removed + inserted
    let new = ListChunk(heap.allocateSized(ListChunk.headerBytes + newBytes + front + back))
    // What the rounding of the block's size gives goes to the side that grows.
    let start = front > back ? Heap.sizedBytes(new.block) - newBytes - back : ListChunk.headerBytes + front
    (new.block + start).copyMemory(from: listpack.start, byteCount: offset)
    (new.block + (start + offset + inserted)).copyMemory(
      from: listpack.start + (offset + removed), byteCount: bytes - offset - removed)
    new.setHeader(start: start, byteCount: newBytes, count: count + countChange)
    heap.discard(block, .sized)
    return (new, new.block + (start + offset))
  }

  /// Without the elements at these offsets (ascending), of these sizes; nil if none is left. In a new block of its size, in one pass.
  func without(_ heap: Heap, _ removed: [(offset: Int, size: Int)]) -> ListChunk? {
    let pack = listpack
    defer { heap.discard(block, .sized) }
    guard removed.count < count else { return nil }
    let bytes = byteCount - removed.reduce(0) { $0 + $1.size }
    let new = ListChunk.create(heap, capacity: bytes, growing: .right)
    var from = Listpack.headerBytes
    var out = new.block + (ListChunk.headerBytes + Listpack.headerBytes)
    for element in removed + [(pack.end, 0)] {
      out.copyMemory(from: pack.start + from, byteCount: element.offset - from)
      out += element.offset - from
      from = element.offset + element.size
    }
    out.storeBytes(of: 0xff, as: UInt8.self)
    new.setHeader(start: ListChunk.headerBytes, byteCount: bytes, count: count - removed.count)
    return new
  }
}
