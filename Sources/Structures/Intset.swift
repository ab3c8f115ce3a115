/// A read view of a sorted array of integers, in exactly the bytes that Redis keeps and dumps: the width of an element in bytes (UInt32:
/// 2, 4 or 8), their number (UInt32), then the elements in order, little endian.
package struct Intset {
  package static let headerBytes = 8
  package let start: UnsafeRawPointer

  @inline(__always) package init(_ start: UnsafeRawPointer) { self.start = start }

  @inline(__always) package var width: Int { Int(start.loadUnaligned(as: UInt32.self)) }
  @inline(__always) package var count: Int { Int(start.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) }
  @inline(__always) package var byteCount: Int { Intset.headerBytes &+ width &* count }
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: byteCount) }

  /// `index` must be below `count`.
  @inline(__always)
  package func value(at index: Int) -> Int64 {
    let width = self.width
    let offset = Intset.headerBytes &+ index &* width
    switch width {
    case 2: return Int64(start.loadUnaligned(fromByteOffset: offset, as: Int16.self))
    case 4: return Int64(start.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    default: return start.loadUnaligned(fromByteOffset: offset, as: Int64.self)
    }
  }

  /// The index of the first element that is not less than `value`. O(log n).
  @inline(__always)
  package func lowerBound(_ value: Int64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low &+ high) &>> 1
      if self.value(at: middle) < value { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  @inline(__always)
  package func contains(_ value: Int64) -> Bool {
    let index = lowerBound(value)
    return index < count && self.value(at: index) == value
  }

  /// Bytes that an element of this value needs.
  @inline(__always)
  static func width(of value: Int64) -> Int {
    if value >= -32768 && value <= 32767 { return 2 }
    return value >= Int64(Int32.min) && value <= Int64(Int32.max) ? 4 : 8
  }

  /// Whether bytes from outside are an intset; with `deep` also whether it is in order without duplicates. O(n) when deep.
  package static func isValid(_ bytes: UnsafeRawBufferPointer, deep: Bool = true) -> Bool {
    guard let base = bytes.baseAddress, bytes.count >= headerBytes else { return false }
    let set = Intset(base)
    guard set.width == 2 || set.width == 4 || set.width == 8, set.count > 0, set.byteCount == bytes.count else { return false }
    guard deep, set.count > 1 else { return true }
    return (1..<set.count).allSatisfy { set.value(at: $0 - 1) < set.value(at: $0) }
  }
}

/// An intset in a block of the `sized` kind, behind its 8 bytes of header. Editing functions return the block to use from then on.
package struct IntsetBlock {
  static let headerBytes = 8
  let block: Block

  @inline(__always) init(_ block: Block) { self.block = block }
  @inline(__always) package var intset: Intset { Intset(block + IntsetBlock.headerBytes) }
  @inline(__always) private var start: Block { block + IntsetBlock.headerBytes }
  @inline(__always) private var capacity: Int { Heap.sizedBytes(block) &- IntsetBlock.headerBytes }

  static func create(_ heap: Heap, width: Int = 2, capacity: Int = 0) -> IntsetBlock {
    let new = IntsetBlock(heap.allocateSized(headerBytes + Intset.headerBytes + width * capacity))
    new.setHeader(width: width, count: 0)
    return new
  }

  /// A copy of a valid intset's bytes.
  static func create(_ heap: Heap, copying bytes: UnsafeRawBufferPointer) -> IntsetBlock {
    let new = IntsetBlock(heap.allocateSized(headerBytes + max(bytes.count, Intset.headerBytes)))
    new.setHeader(width: 2, count: 0)
    if let base = bytes.baseAddress { new.start.copyMemory(from: base, byteCount: bytes.count) }
    return new
  }

  private func setHeader(width: Int, count: Int) {
    start.storeBytes(of: UInt32(truncatingIfNeeded: width), as: UInt32.self)
    start.storeBytes(of: UInt32(truncatingIfNeeded: count), toByteOffset: 4, as: UInt32.self)
  }

  private func store(_ value: Int64, at index: Int, width: Int) {
    let offset = Intset.headerBytes + index * width
    switch width {
    case 2: start.storeBytes(of: Int16(truncatingIfNeeded: value), toByteOffset: offset, as: Int16.self)
    case 4: start.storeBytes(of: Int32(truncatingIfNeeded: value), toByteOffset: offset, as: Int32.self)
    default: start.storeBytes(of: value, toByteOffset: offset, as: Int64.self)
    }
  }

  /// Nil if the value is there already. O(n) byte moves.
  func inserting(_ heap: Heap, _ value: Int64) -> IntsetBlock? {
    let old = intset
    let index = old.lowerBound(value)
    let count = old.count
    if index < count, old.value(at: index) == value { return nil }
    let width = max(old.width, Intset.width(of: value))
    let bytes = Intset.headerBytes + (count + 1) * width
    if width == old.width, capacity >= bytes, !heap.isFrozen(block) {
      let at = Intset.headerBytes + index * width
      (start + (at + width)).copyMemory(from: start + at, byteCount: (count - index) * width)
      store(value, at: index, width: width)
      setHeader(width: width, count: count + 1)
      return self
    }
    let new = IntsetBlock(heap.allocateSized(IntsetBlock.headerBytes + bytes + (bytes > 128 ? bytes / 8 : 0)))
    new.setHeader(width: width, count: count + 1)
    for i in 0..<index { new.store(old.value(at: i), at: i, width: width) }
    new.store(value, at: index, width: width)
    for i in index..<count { new.store(old.value(at: i), at: i + 1, width: width) }
    heap.discard(block, .sized)
    return new
  }

  /// Nil if the value is not there. The width stays, as in Redis.
  func removing(_ heap: Heap, _ value: Int64) -> IntsetBlock? {
    let old = intset
    let index = old.lowerBound(value)
    guard index < old.count, old.value(at: index) == value else { return nil }
    return removing(heap, at: index)
  }

  /// `index` must be below the count.
  func removing(_ heap: Heap, at index: Int) -> IntsetBlock {
    let old = intset
    let width = old.width
    let count = old.count
    let at = Intset.headerBytes + index * width
    let tail = (count - index - 1) * width
    if !heap.isFrozen(block), capacity < 256 || capacity <= old.byteCount * 2 {
      (start + at).copyMemory(from: start + (at + width), byteCount: tail)
      setHeader(width: width, count: count - 1)
      return self
    }
    let new = IntsetBlock(heap.allocateSized(IntsetBlock.headerBytes + old.byteCount - width))
    new.start.copyMemory(from: start, byteCount: at)
    (new.start + at).copyMemory(from: start + (at + width), byteCount: tail)
    new.setHeader(width: width, count: count - 1)
    heap.discard(block, .sized)
    return new
  }
}
