/// One element of a listpack, where it lies.
package enum ListpackElement {
  case bytes(UnsafeRawBufferPointer)
  case integer(Int64)

  /// Calls `body` with the element as text; an integer is written into a buffer on the stack.
  @inline(__always)
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    switch self {
    case .bytes(let bytes): return body(bytes)
    case .integer(let value):
      return withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
        guard let base = digits.baseAddress else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return body(UnsafeRawBufferPointer(start: base, count: Decimal.write(value, to: base)))
      }
    }
  }

  /// Whether the element, as text, is these bytes. `integer` is what they are as a canonical integer, parsed once by the caller.
  @inline(__always)
  package func equals(_ bytes: UnsafeRawPointer, _ count: Int, integer: Int64?) -> Bool {
    switch self {
    case .bytes(let own):
      guard own.count == count else { return false }
      guard let base = own.baseAddress else { return count == 0 }
      return bytesEqual(base, bytes, count)
    case .integer(let value): return value == integer
    }
  }

  package var copy: [UInt8] { withBytes { Array($0) } }
}

/// A read view of a listpack, in exactly the bytes that Redis keeps and dumps.
///
/// ```
/// total bytes UInt32 │ elements UInt16 (65535: more) │ element … │ 0xff
/// element: encoding and data │ length of the two, readable from behind (1 to 5 bytes)
/// ```
///
/// All offsets are from the start of the listpack. The bytes must be valid: bytes from outside go through `isValid` first.
/// Source: https://github.com/antirez/listpack (the specification).
package struct Listpack {
  package static let headerBytes = 6
  package let start: UnsafeRawPointer

  @inline(__always) package init(_ start: UnsafeRawPointer) { self.start = start }

  @inline(__always) package var byteCount: Int { Int(start.loadUnaligned(as: UInt32.self)) }
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: byteCount) }
  @inline(__always) var storedCount: Int { Int(start.loadUnaligned(fromByteOffset: 4, as: UInt16.self)) }
  /// Where the end byte stands: the offset to append at.
  @inline(__always) package var end: Int { byteCount &- 1 }
  @inline(__always) package var isEmpty: Bool { byteCount == Listpack.headerBytes + 1 }

  /// O(1) below 65535 elements, else a walk.
  @inline(__always)
  package var count: Int {
    let stored = storedCount
    return stored != 0xffff ? stored : walkedCount
  }

  @inline(never)
  private var walkedCount: Int {
    var count = 0
    var offset = Listpack.headerBytes
    while byte(offset) != 0xff {
      count += 1
      offset += elementBytes(at: offset)
    }
    return count
  }

  @inline(__always) func byte(_ offset: Int) -> UInt8 { start.load(fromByteOffset: offset, as: UInt8.self) }

  // MARK: walking

  @inline(__always) package var first: Int? { isEmpty ? nil : Listpack.headerBytes }
  @inline(__always) package var last: Int? { previous(end) }

  /// The offset behind the element at `offset`; that of the end byte at the end.
  @inline(__always) package func behind(_ offset: Int) -> Int { offset &+ elementBytes(at: offset) }

  @inline(__always)
  package func next(_ offset: Int) -> Int? {
    let next = behind(offset)
    return byte(next) == 0xff ? nil : next
  }

  /// `offset` may be that of the end byte.
  @inline(__always)
  package func previous(_ offset: Int) -> Int? {
    guard offset > Listpack.headerBytes else { return nil }
    var length = Int(byte(offset &- 1) & 127)
    var lengthBytes = 1
    while byte(offset &- lengthBytes) & 128 != 0, lengthBytes < 5 {
      lengthBytes &+= 1
      length |= Int(byte(offset &- lengthBytes) & 127) &<< (7 &* (lengthBytes &- 1))
    }
    return offset &- lengthBytes &- length
  }

  /// The offset of the element at `index`, counted from the end if negative. O(n), from the nearer end.
  package func seek(_ index: Int) -> Int? {
    let count = self.count
    let index = index < 0 ? count + index : index
    guard index >= 0, index < count else { return nil }
    if index <= count / 2 {
      var offset = Listpack.headerBytes
      for _ in 0..<index { offset = behind(offset) }
      return offset
    }
    var offset = end
    for _ in 0..<count - index {
      guard let before = previous(offset) else { return nil }
      offset = before
    }
    return offset
  }

  // MARK: elements

  /// Bytes of encoding and data, without the length behind.
  @inline(__always)
  func payloadBytes(at offset: Int) -> Int {
    let byte = byte(offset)
    if byte & 0x80 == 0 { return 1 }
    if byte & 0xc0 == 0x80 { return 1 &+ Int(byte & 0x3f) }
    return longPayloadBytes(at: offset)
  }

  @inline(never)
  private func longPayloadBytes(at offset: Int) -> Int {
    let byte = byte(offset)
    if byte & 0xe0 == 0xc0 { return 2 }
    if byte & 0xf0 == 0xe0 { return 2 + (Int(byte & 0x0f) << 8 | Int(self.byte(offset + 1))) }
    switch byte {
    case 0xf0: return 5 + Int(start.loadUnaligned(fromByteOffset: offset + 1, as: UInt32.self))
    case 0xf1: return 3
    case 0xf2: return 4
    case 0xf3: return 5
    case 0xf4: return 9
    default: return 1
    }
  }

  /// Bytes that a length of `payload` takes behind the element.
  @inline(__always)
  static func lengthBytes(_ payload: Int) -> Int {
    if payload <= 127 { return 1 }
    // Redis takes one more byte than 16383 and the other greatest lengths would need.
    if payload < 1 << 14 - 1 { return 2 }
    if payload < 1 << 21 - 1 { return 3 }
    return payload < 1 << 28 - 1 ? 4 : 5
  }

  @inline(__always)
  package func elementBytes(at offset: Int) -> Int {
    let payload = payloadBytes(at: offset)
    return payload &+ Listpack.lengthBytes(payload)
  }

  @inline(__always)
  package func element(at offset: Int) -> ListpackElement {
    let byte = byte(offset)
    if byte & 0x80 == 0 { return .integer(Int64(byte)) }
    if byte & 0xc0 == 0x80 { return .bytes(UnsafeRawBufferPointer(start: start + (offset &+ 1), count: Int(byte & 0x3f))) }
    return longElement(at: offset)
  }

  @inline(never)
  private func longElement(at offset: Int) -> ListpackElement {
    let byte = byte(offset)
    if byte & 0xe0 == 0xc0 {
      let raw = Int64(byte & 0x1f) << 8 | Int64(self.byte(offset + 1))
      return .integer(raw >= 1 << 12 ? raw - 1 << 13 : raw)
    }
    if byte & 0xf0 == 0xe0 {
      return .bytes(UnsafeRawBufferPointer(start: start + (offset + 2), count: payloadBytes(at: offset) - 2))
    }
    switch byte {
    case 0xf0: return .bytes(UnsafeRawBufferPointer(start: start + (offset + 5), count: payloadBytes(at: offset) - 5))
    case 0xf1: return .integer(Int64(start.loadUnaligned(fromByteOffset: offset + 1, as: Int16.self)))
    case 0xf2:
      let low = Int64(start.loadUnaligned(fromByteOffset: offset + 1, as: UInt16.self))
      return .integer(Int64(Int8(bitPattern: self.byte(offset + 3))) << 16 | low)
    case 0xf3: return .integer(Int64(start.loadUnaligned(fromByteOffset: offset + 1, as: Int32.self)))
    default: return .integer(start.loadUnaligned(fromByteOffset: offset + 1, as: Int64.self))
    }
  }

  /// The first element that equals the bytes, looking from `offset` at each element with `skip` unlooked-at ones between. O(n).
  @inline(__always)
  package func find(_ bytes: UnsafeRawPointer, _ count: Int, from offset: Int = Listpack.headerBytes, skip: Int = 0) -> Int? {
    let integer = count <= 20 ? Decimal.parse(bytes, count) : nil
    var offset = offset
    while byte(offset) != 0xff {
      if element(at: offset).equals(bytes, count, integer: integer) { return offset }
      offset = behind(offset)
      for _ in 0..<skip {
        if byte(offset) == 0xff { return nil }
        offset = behind(offset)
      }
    }
    return nil
  }

  @inline(__always)
  package func forEach(_ body: (ListpackElement) -> Void) {
    var offset = Listpack.headerBytes
    while byte(offset) != 0xff {
      body(element(at: offset))
      offset = behind(offset)
    }
  }

  // MARK: bytes from outside

  /// Whether the bytes can be read without leaving them: the header alone, or with `deep` every element too. O(n) when deep.
  package static func isValid(_ bytes: UnsafeRawBufferPointer, deep: Bool = true) -> Bool {
    guard let base = bytes.baseAddress, bytes.count >= headerBytes + 1 else { return false }
    let pack = Listpack(base)
    guard pack.byteCount == bytes.count, bytes[bytes.count - 1] == 0xff else { return false }
    guard deep else { return true }
    var offset = headerBytes
    var count = 0
    while offset < bytes.count - 1 {
      guard let size = checkedElementBytes(bytes, offset) else { return false }
      offset += size
      count += 1
    }
    return offset == bytes.count - 1 && (pack.storedCount == 0xffff || pack.storedCount == count)
  }

  /// The size of the element at `offset` if it ends before the last byte, and if the length behind it is right.
  private static func checkedElementBytes(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int? {
    let left = bytes.count - 1 - offset
    let byte = bytes[offset]
    let header = byte & 0xc0 == 0x80 || byte & 0x80 == 0 ? 1 : byte & 0xf0 == 0xe0 ? 2 : byte == 0xf0 ? 5 : 1
    guard byte < 0xf5, left >= header, let base = bytes.baseAddress else { return nil }
    let pack = Listpack(base)
    let payload = pack.payloadBytes(at: offset)
    let size = payload + lengthBytes(payload)
    guard size <= left else { return nil }
    return pack.previous(offset + size) == offset ? size : nil
  }
}
