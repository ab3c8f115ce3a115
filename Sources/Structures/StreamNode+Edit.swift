/// How a node is made and changed. All functions return the block to use from then on.
extension StreamNode {
  /// A node with one entry, whose fields are the master's.
  static func create(_ heap: Heap, pairs: Int, _ argument: (Int) -> UnsafeRawBufferPointer) -> Block {
    withValues(pairs * 2, argument) { values in
      let fieldCount = ListpackValue(Int64(pairs))
      let elementCount = ListpackValue(Int64(pairs + 3))
      var bytes = 3 * smallBytes + fieldCount.elementBytes + 3 * smallBytes + elementCount.elementBytes
      for value in values { bytes += value.elementBytes }
      let block = heap.allocateSized(ListpackBlock.headerBytes + Listpack.headerBytes + 1 + bytes)
      var out = block + ListpackBlock.headerBytes + Listpack.headerBytes
      out = ListpackValue(1).write(to: out)
      out = ListpackValue(0).write(to: out)
      out = fieldCount.write(to: out)
      for i in 0..<pairs { out = values[2 * i].write(to: out) }
      out = ListpackValue(0).write(to: out)
      out = ListpackValue(sameFieldsFlag).write(to: out)
      out = ListpackValue(0).write(to: out)
      out = ListpackValue(0).write(to: out)
      for i in 0..<pairs { out = values[2 * i + 1].write(to: out) }
      out = elementCount.write(to: out)
      setHeader(block, byteCount: Listpack.headerBytes + 1 + bytes, count: 2 * pairs + 8)
      return block
    }
  }

  /// Bytes of an element with an integer from 0 to 127.
  private static let smallBytes = 2

  @inline(__always)
  private static func withValues<R>(
    _ count: Int, _ argument: (Int) -> UnsafeRawBufferPointer, _ body: (UnsafeMutableBufferPointer<ListpackValue>) -> R
  ) -> R {
    withUnsafeTemporaryAllocation(of: ListpackValue.self, capacity: count) { values in
      for i in 0..<count { values.initializeElement(at: i, to: ListpackValue(argument(i))) }
      return body(values)
    }
  }

  @inline(__always)
  private static func setHeader(_ block: Block, byteCount: Int, count: Int) {
    let start = block + ListpackBlock.headerBytes
    start.storeBytes(of: UInt32(truncatingIfNeeded: byteCount), as: UInt32.self)
    start.storeBytes(of: UInt16(truncatingIfNeeded: min(count, 0xffff)), toByteOffset: 4, as: UInt16.self)
    start.storeBytes(of: 0xff, toByteOffset: byteCount &- 1, as: UInt8.self)
  }

  /// Whether an entry with `bytes` bytes of fields and values goes into a node of its own, by Redis's rule.
  @inline(__always)
  func isFull(for bytes: Int, _ limits: EncodingLimits) -> Bool {
    let most = limits.streamNodeBytes > 0 && limits.streamNodeBytes < Stream.entryBytesMax ? limits.streamNodeBytes : Stream.entryBytesMax
    if pack.byteCount &+ bytes >= most { return true }
    return limits.streamNodeEntries > 0 && live &+ deleted >= Int64(limits.streamNodeEntries)
  }

  /// Adds an entry behind the last one. A node that grows gets room for half as much again: the newest node of a stream is not copied
  /// for each entry. `sealed` takes what is left over back.
  static func append(
    _ heap: Heap, _ block: Block, master: StreamID, id: StreamID, pairs: Int, _ argument: (Int) -> UnsafeRawBufferPointer
  ) -> Block {
    withValues(pairs * 2, argument) { values in
      let node = StreamNode(master: master, block: block)
      let isSame = node.hasFields(pairs, values)
      let milliseconds = ListpackValue(Int64(bitPattern: id.milliseconds &- master.milliseconds))
      let sequence = ListpackValue(Int64(bitPattern: id.sequence &- master.sequence))
      let fieldCount = ListpackValue(Int64(pairs))
      let elementCount = ListpackValue(Int64(isSame ? pairs + 3 : 2 * pairs + 4))
      var bytes = smallBytes &+ milliseconds.elementBytes &+ sequence.elementBytes &+ elementCount.elementBytes
      if isSame {
        for i in 0..<pairs { bytes &+= values[2 &* i &+ 1].elementBytes }
      } else {
        bytes &+= fieldCount.elementBytes
        for value in values { bytes &+= value.elementBytes }
      }
      let block = writable(heap, block, room: bytes)
      let pack = ListpackBlock(block).listpack
      var out = block + (ListpackBlock.headerBytes &+ pack.end)
      out = ListpackValue(isSame ? sameFieldsFlag : 0).write(to: out)
      out = milliseconds.write(to: out)
      out = sequence.write(to: out)
      if isSame {
        for i in 0..<pairs { out = values[2 &* i &+ 1].write(to: out) }
      } else {
        out = fieldCount.write(to: out)
        for value in values { out = value.write(to: out) }
      }
      elementCount.write(to: out)
      let stored = pack.storedCount
      setHeader(
        block, byteCount: pack.byteCount &+ bytes, count: stored == 0xffff ? 0xffff : stored &+ (isSame ? pairs &+ 4 : 2 &* pairs &+ 5))
      return setInteger(heap, block, at: liveOffset, integer(pack, liveOffset) &+ 1)
    }
  }

  @inline(__always)
  private func hasFields(_ pairs: Int, _ values: UnsafeMutableBufferPointer<ListpackValue>) -> Bool {
    let (count, start) = fields
    guard count == pairs else { return false }
    var offset = start
    for i in 0..<pairs {
      let value = values[2 &* i]
      guard pack.element(at: offset).equals(value.bytes.baseAddress ?? pack.start, value.bytes.count, integer: value.integer) else {
        return false
      }
      offset = pack.behind(offset)
    }
    return true
  }

  /// The block, or a copy if a snapshot holds it or there is no room for so many bytes more.
  @inline(__always)
  private static func writable(_ heap: Heap, _ block: Block, room: Int) -> Block {
    let bytes = ListpackBlock.headerBytes &+ ListpackBlock(block).listpack.byteCount &+ room
    if Heap.sizedBytes(block) >= bytes, !heap.isFrozen(block) { return block }
    return copied(heap, block, capacity: bytes &+ min(bytes / 2, 4096))
  }

  @inline(never)
  private static func copied(_ heap: Heap, _ block: Block, capacity: Int) -> Block {
    let new = heap.allocateSized(capacity)
    (new + 8).copyMemory(from: block + 8, byteCount: ListpackBlock(block).listpack.byteCount)
    heap.discard(block, .sized)
    return new
  }

  /// Without room to grow: for a node that gets no more entries.
  static func sealed(_ heap: Heap, _ block: Block) -> Block {
    let bytes = ListpackBlock.headerBytes + ListpackBlock(block).listpack.byteCount
    return Heap.rounded(bytes) < Heap.sizedBytes(block) ? copied(heap, block, capacity: bytes) : block
  }

  /// Puts another integer in the place of one.
  static func setInteger(_ heap: Heap, _ block: Block, at offset: Int, _ value: Int64) -> Block {
    let value = ListpackValue(value)
    if !heap.isFrozen(block), ListpackBlock(block).listpack.payloadBytes(at: offset) == value.payloadBytes {
      value.write(to: block + (ListpackBlock.headerBytes &+ offset))
      return block
    }
    return ListpackBlock(block).replacing(heap, at: offset, value).block
  }

  /// Marks the entry whose flags lie at `offset` as deleted. The flags are one byte before and after.
  static func setDeleted(_ heap: Heap, _ block: Block, at offset: Int) -> Block {
    setInteger(heap, block, at: offset, integer(ListpackBlock(block).listpack, offset) | deletedFlag)
  }

  /// Counts `count` entries that were live as deleted.
  static func countDeleted(_ heap: Heap, _ block: Block, _ count: Int64) -> Block {
    var block = setInteger(heap, block, at: liveOffset, integer(ListpackBlock(block).listpack, liveOffset) &- count)
    let offset = ListpackBlock(block).listpack.behind(liveOffset)
    block = setInteger(heap, block, at: offset, integer(ListpackBlock(block).listpack, offset) &+ count)
    return block
  }

  // MARK: bytes from outside

  /// Whether a valid listpack is a node of a stream: the master entry, then as many entries as it says, and nothing else. Returns how many
  /// entries are not deleted, by their flags.
  static func validated(_ pack: Listpack) -> UInt64? {
    var reader = Reader(pack: pack, offset: Listpack.headerBytes)
    guard let stated = reader.integer(), let deleted = reader.integer(), let fields = reader.integer(), stated >= 0, deleted >= 0,
      reader.skip(fields), reader.integer() == 0
    else { return nil }
    let (entries, overflow) = stated.addingReportingOverflow(deleted)
    guard !overflow else { return nil }
    var left = entries
    var live: UInt64 = 0
    while left > 0 {
      guard let flags = reader.integer(), reader.integer() != nil, reader.integer() != nil else { return nil }
      if flags & sameFieldsFlag == 0 {
        guard let own = reader.integer(), own >= 0, own < 1 << 30, reader.skip(own * 2), reader.integer() == own * 2 + 4 else {
          return nil
        }
      } else {
        guard reader.skip(fields), reader.integer() == fields + 3 else { return nil }
      }
      if flags & deletedFlag == 0 { live += 1 }
      left -= 1
    }
    // A count that disagrees with the flags would let later trims subtract what was never counted.
    return reader.isAtEnd && live == UInt64(stated) ? live : nil
  }

  private struct Reader {
    let pack: Listpack
    var offset: Int
    var isAtEnd: Bool { offset >= pack.end }

    mutating func integer() -> Int64? {
      guard !isAtEnd, case .integer(let value) = pack.element(at: offset) else { return nil }
      offset = pack.behind(offset)
      return value
    }

    mutating func skip(_ count: Int64) -> Bool {
      guard count >= 0 else { return false }
      var left = count
      while left > 0 {
        guard !isAtEnd else { return false }
        offset = pack.behind(offset)
        left -= 1
      }
      return true
    }
  }
}
