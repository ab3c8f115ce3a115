internal import CTern

/// A few blocks that are found by their names, in the order of the names: a stream's groups, a group's consumers. A block keeps its slot
/// as long as it is there, so that others can refer to it by a number.
///
/// ```
/// 0 birth UInt32 │ 4 size UInt32 │ 8 names UInt32 │ 12 room UInt32 │ 16 slots ever used UInt32 │ 20 first free slot + 1 UInt32
/// 24 slots: room × (Block, or next free slot + 1 shifted by 1, with bit 0 set) │ order: room × UInt32
/// ```
///
/// A block's name: its length is at byte 8 (UInt32), its bytes at `nameOffset`.
struct NameTable {
  private static let headerBytes = 24
  let block: Block
  let nameOffset: Int

  @inline(__always)
  init(_ block: Block, nameOffset: Int) {
    self.block = block
    self.nameOffset = nameOffset
  }

  @inline(__always) private func word(_ offset: Int) -> Int { Int(block.load(fromByteOffset: offset, as: UInt32.self)) }
  @inline(__always) private func setWord(_ offset: Int, _ value: Int) {
    block.storeBytes(of: UInt32(truncatingIfNeeded: value), toByteOffset: offset, as: UInt32.self)
  }

  @inline(__always) var count: Int { word(8) }
  private var room: Int { word(12) }
  private var slotsUsed: Int { word(16) }

  @inline(__always) private func slotOffset(_ slot: Int) -> Int { Self.headerBytes &+ slot &* 8 }
  @inline(__always) private func orderOffset(_ index: Int) -> Int { Self.headerBytes &+ room &* 8 &+ index &* 4 }
  @inline(__always) func block(at slot: Int) -> Block { block.load(fromByteOffset: slotOffset(slot), as: Block.self) }
  @inline(__always) func setBlock(at slot: Int, _ new: Block) {
    block.storeBytes(of: new, toByteOffset: slotOffset(slot), as: Block.self)
  }
  /// The slot of the name that is at `index` in order.
  @inline(__always) func slot(at index: Int) -> Int { word(orderOffset(index)) }

  @inline(__always)
  static func name(_ block: Block, _ nameOffset: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: block + nameOffset, count: Int(block.load(fromByteOffset: 8, as: UInt32.self)))
  }

  // MARK: search

  /// Where the name is, or belongs, in the order; its slot if it is there.
  func find(_ name: UnsafeRawBufferPointer) -> (index: Int, slot: Int?) {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      let slot = slot(at: middle)
      let order = Self.compare(Self.name(block(at: slot), nameOffset), name)
      if order == 0 { return (middle, slot) }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return (low, nil)
  }

  private static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    if let start = a.baseAddress, let other = b.baseAddress {
      let order = tern_memcmp(start, other, min(a.count, b.count))
      if order != 0 { return Int(order) }
    }
    return a.count - b.count
  }

  /// In the order of the names.
  @inline(__always)
  func forEach(_ body: (_ slot: Int, _ block: Block) -> Void) {
    for index in 0..<count {
      let slot = slot(at: index)
      body(slot, block(at: slot))
    }
  }

  // MARK: change

  static func create(_ heap: Heap, room: Int = 2, nameOffset: Int) -> NameTable {
    let room = max(2, room)
    let table = NameTable(heap.allocateSized(headerBytes + room * 12), nameOffset: nameOffset)
    table.setWord(8, 0)
    table.setWord(12, room)
    table.setWord(16, 0)
    table.setWord(20, 0)
    return table
  }

  /// This table, or a copy if a snapshot holds it.
  @inline(__always)
  func writable(_ heap: Heap) -> NameTable { heap.isFrozen(block) ? copied(heap, room: room) : self }

  /// A table with the same blocks in the same slots; this one is discarded.
  private func copied(_ heap: Heap, room: Int) -> NameTable {
    let copy = duplicate(heap, room: room)
    heap.discard(block, .sized)
    return copy
  }

  /// As above, but this one stays.
  func duplicate(_ heap: Heap, room: Int? = nil) -> NameTable {
    let copy = NameTable.create(heap, room: room ?? self.room, nameOffset: nameOffset)
    for offset in [8, 16, 20] { copy.setWord(offset, word(offset)) }
    (copy.block + Self.headerBytes).copyMemory(from: block + Self.headerBytes, byteCount: slotsUsed * 8)
    (copy.block + copy.orderOffset(0)).copyMemory(from: block + orderOffset(0), byteCount: count * 4)
    return copy
  }

  /// The slot that the next `insert` will use.
  var nextSlot: Int { word(20) > 0 ? word(20) - 1 : slotsUsed }

  /// Puts a block with a new name at its place in the order. Returns the table to use from now on. The table must be writable.
  func insert(_ heap: Heap, _ new: Block, at index: Int) -> NameTable {
    let count = self.count
    if count == room { return copied(heap, room: room * 2).insert(heap, new, at: index) }
    let slot = nextSlot
    if word(20) > 0 {
      setWord(20, Int(block.load(fromByteOffset: slotOffset(slot), as: UInt.self) >> 1))
    } else {
      setWord(16, slotsUsed + 1)
    }
    setBlock(at: slot, new)
    (block + orderOffset(index + 1)).copyMemory(from: block + orderOffset(index), byteCount: (count - index) * 4)
    setWord(orderOffset(index), slot)
    setWord(8, count + 1)
    return self
  }

  /// The name that is last in the order.
  var lastName: UnsafeRawBufferPointer? { count > 0 ? Self.name(block(at: slot(at: count - 1)), nameOffset) : nil }

  /// How the last name stands to this one: negative if this one belongs behind it, or there is none.
  func orderOfLast(to name: UnsafeRawBufferPointer) -> Int { lastName.map { Self.compare($0, name) } ?? -1 }

  /// Puts the names in order after they were inserted at the end in any: a million names one by one, each at its place, would move the
  /// order's half a million times. False: two are the same. The table must be writable.
  func sort() -> Bool {
    var slots = (0..<count).map { slot(at: $0) }
    func name(_ slot: Int) -> UnsafeRawBufferPointer { Self.name(block(at: slot), nameOffset) }
    slots.sort { Self.compare(name($0), name($1)) < 0 }
    for (index, slot) in slots.enumerated() { setWord(orderOffset(index), slot) }
    return !zip(slots, slots.dropFirst()).contains { Self.compare(name($0), name($1)) == 0 }
  }

  /// Takes a name out; its block is not discarded. The table must be writable.
  func remove(at index: Int) {
    let slot = slot(at: index)
    (block + orderOffset(index)).copyMemory(from: block + orderOffset(index + 1), byteCount: (count - index - 1) * 4)
    setWord(8, count - 1)
    block.storeBytes(of: UInt(word(20)) << 1 | 1, toByteOffset: slotOffset(slot), as: UInt.self)
    setWord(20, slot + 1)
  }
}
