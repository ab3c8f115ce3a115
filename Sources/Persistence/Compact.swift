/// An element of a compact encoding. The bytes are valid as long as the encoding's are.
package enum CompactElement {
  case bytes(UnsafeRawBufferPointer)
  case integer(Int64)

  var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
}

/// Why the bytes of a compact encoding were refused, and where in them.
package struct CompactFailure: Error, Hashable, Sendable {
  package var offset: Int
  package var reason: String

  init(_ offset: Int, _ reason: String) {
    self.offset = offset
    self.reason = reason
  }
}

/// Reads of the bytes of a compact encoding: every one is checked, so that whatever they are nothing outside of them is touched.
struct CompactBytes {
  let bytes: UnsafeRawBufferPointer
  var position = 0
  /// What follows this must not be part of an element.
  let end: Int

  init(_ bytes: UnsafeRawBufferPointer, from position: Int, to end: Int) {
    self.bytes = bytes
    self.position = position
    self.end = end
  }

  mutating func take(_ count: Int, _ what: StaticString) throws(CompactFailure) -> Int {
    guard count >= 0, count <= end - position else { throw CompactFailure(position, "\(what) reaches behind the end") }
    defer { position += count }
    return position
  }

  mutating func byte(_ what: StaticString) throws(CompactFailure) -> UInt8 { bytes[try take(1, what)] }

  mutating func slice(_ count: Int, _ what: StaticString) throws(CompactFailure) -> UnsafeRawBufferPointer {
    let start = try take(count, what)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
  }

  mutating func littleEndian<T: FixedWidthInteger>(_: T.Type, _ what: StaticString) throws(CompactFailure) -> T {
    T(littleEndian: bytes.loadUnaligned(fromByteOffset: try take(MemoryLayout<T>.size, what), as: T.self))
  }

  mutating func int24(_ what: StaticString) throws(CompactFailure) -> Int64 {
    let start = try take(3, what)
    let word = UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]) << 16
    return Int64(Int32(bitPattern: word << 8) >> 8)
  }
}

/// A listpack: total bytes (32 bits), elements (16 bits, 65535: unknown), elements, 0xFF. Each element is followed by its own length,
/// readable backwards.
/// Format: https://github.com/antirez/listpack/blob/master/listpack.md
struct ListpackCursor {
  private var input: CompactBytes
  private let claimed: Int
  private(set) var count = 0

  static let headerBytes = 6

  init(_ bytes: UnsafeRawBufferPointer) throws(CompactFailure) {
    guard bytes.count >= ListpackCursor.headerBytes + 1 else { throw CompactFailure(0, "a listpack has 7 bytes at least") }
    let total = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    guard Int(total) == bytes.count else { throw CompactFailure(0, "its length says \(total) bytes, there are \(bytes.count)") }
    guard bytes[bytes.count - 1] == 0xFF else { throw CompactFailure(bytes.count - 1, "the end mark is missing") }
    claimed = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self)))
    input = CompactBytes(bytes, from: ListpackCursor.headerBytes, to: bytes.count - 1)
  }

  /// Where the next element begins.
  var position: Int { input.position }

  mutating func next() throws(CompactFailure) -> CompactElement? {
    guard input.position < input.end else {
      guard claimed == 0xFFFF || claimed == count else { throw CompactFailure(4, "it counts \(claimed) elements, there are \(count)") }
      return nil
    }
    let start = input.position
    let element = try element()
    try checkBackLength(input.position - start)
    count += 1
    return element
  }

  private mutating func element() throws(CompactFailure) -> CompactElement {
    let what: StaticString = "an element"
    let first = try input.byte(what)
    switch first {
    case 0x00...0x7F: return .integer(Int64(first))
    case 0x80...0xBF: return .bytes(try input.slice(Int(first & 0x3F), what))
    case 0xC0...0xDF:
      let value = UInt16(first & 0x1F) << 8 | UInt16(try input.byte(what))
      return .integer(Int64(Int16(bitPattern: value << 3) >> 3))
    case 0xE0...0xEF:
      let count = Int(first & 0x0F) << 8 | Int(try input.byte(what))
      return .bytes(try input.slice(count, what))
    case 0xF0: return .bytes(try input.slice(Int(try input.littleEndian(UInt32.self, what)), what))
    case 0xF1: return .integer(Int64(try input.littleEndian(Int16.self, what)))
    case 0xF2: return .integer(try input.int24(what))
    case 0xF3: return .integer(Int64(try input.littleEndian(Int32.self, what)))
    case 0xF4: return .integer(try input.littleEndian(Int64.self, what))
    default: throw CompactFailure(input.position - 1, "the element's encoding \(first) is unknown")
    }
  }

  /// The number of bytes that an element's length takes behind it.
  static func backLengthBytes(_ count: Int) -> Int {
    switch count {
    case ...127: 1
    case ..<16383: 2
    case ..<2_097_151: 3
    case ..<268_435_455: 4
    default: 5
    }
  }

  private mutating func checkBackLength(_ count: Int) throws(CompactFailure) {
    let start = input.position
    let size = ListpackCursor.backLengthBytes(count)
    let field = try input.slice(size, "an element's length")
    var value = 0
    // Seven bits each, the highest first; all but the first byte have their top bit set.
    for i in 0..<size {
      guard field[i] & 0x80 != 0 || i == 0, i > 0 || field[i] & 0x80 == 0 else {
        throw CompactFailure(start, "an element's length is malformed")
      }
      value = value << 7 | Int(field[i] & 0x7F)
    }
    guard value == count else { throw CompactFailure(start, "an element of \(count) bytes says that it has \(value)") }
  }
}

/// A ziplist: total bytes, offset of the last element (32 bits each), elements (16 bits, 65535: unknown), elements, 0xFF. Each element
/// begins with the length of the one before it.
struct ZiplistCursor {
  private var input: CompactBytes
  private let claimed: Int
  private let tail: Int
  private var previous = 0
  private var last: Int?
  private(set) var count = 0

  static let headerBytes = 10

  init(_ bytes: UnsafeRawBufferPointer) throws(CompactFailure) {
    guard bytes.count >= ZiplistCursor.headerBytes + 1 else { throw CompactFailure(0, "a ziplist has 11 bytes at least") }
    let total = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    guard Int(total) == bytes.count else { throw CompactFailure(0, "its length says \(total) bytes, there are \(bytes.count)") }
    guard bytes[bytes.count - 1] == 0xFF else { throw CompactFailure(bytes.count - 1, "the end mark is missing") }
    tail = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    claimed = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
    input = CompactBytes(bytes, from: ZiplistCursor.headerBytes, to: bytes.count - 1)
  }

  mutating func next() throws(CompactFailure) -> CompactElement? {
    guard input.position < input.end else {
      guard claimed == 0xFFFF || claimed == count else { throw CompactFailure(8, "it counts \(claimed) elements, there are \(count)") }
      guard tail == last ?? ZiplistCursor.headerBytes else { throw CompactFailure(4, "the offset of its last element is wrong") }
      return nil
    }
    let start = input.position
    var length = Int(try input.byte("an element"))
    if length == 0xFE { length = Int(try input.littleEndian(UInt32.self, "an element")) }
    guard length == previous else { throw CompactFailure(start, "the length of the element before is \(previous), not \(length)") }
    let element = try element()
    previous = input.position - start
    last = start
    count += 1
    return element
  }

  private mutating func element() throws(CompactFailure) -> CompactElement {
    let what: StaticString = "an element"
    let first = try input.byte(what)
    switch first {
    case 0x00...0x3F: return .bytes(try input.slice(Int(first), what))
    case 0x40...0x7F:
      let count = Int(first & 0x3F) << 8 | Int(try input.byte(what))
      return .bytes(try input.slice(count, what))
    case 0x80: return .bytes(try input.slice(Int(try input.littleEndian(UInt32.self, what).byteSwapped), what))
    case 0xC0: return .integer(Int64(try input.littleEndian(Int16.self, what)))
    case 0xD0: return .integer(Int64(try input.littleEndian(Int32.self, what)))
    case 0xE0: return .integer(try input.littleEndian(Int64.self, what))
    case 0xF0: return .integer(try input.int24(what))
    case 0xF1...0xFD: return .integer(Int64(first) - 0xF1)
    case 0xFE: return .integer(Int64(try input.littleEndian(Int8.self, what)))
    default: throw CompactFailure(input.position - 1, "the element's encoding \(first) is unknown")
    }
  }
}

/// An intset: bytes of an element (2, 4 or 8), elements (32 bits each), the elements in ascending order.
struct IntsetCursor {
  private var input: CompactBytes
  private let width: Int
  private var previous: Int64?

  init(_ bytes: UnsafeRawBufferPointer) throws(CompactFailure) {
    guard bytes.count >= 8 else { throw CompactFailure(0, "an intset has 8 bytes at least") }
    width = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
    guard width == 2 || width == 4 || width == 8 else { throw CompactFailure(0, "its elements have \(width) bytes, not 2, 4 or 8") }
    let count = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    guard count * width == bytes.count - 8 else {
      throw CompactFailure(4, "it counts \(count) elements of \(width) bytes, \(bytes.count - 8) bytes are there")
    }
    input = CompactBytes(bytes, from: 8, to: bytes.count)
  }

  mutating func next() throws(CompactFailure) -> CompactElement? {
    guard input.position < input.end else { return nil }
    let start = input.position
    let value =
      switch width {
      case 2: Int64(try input.littleEndian(Int16.self, "an element"))
      case 4: Int64(try input.littleEndian(Int32.self, "an element"))
      default: try input.littleEndian(Int64.self, "an element")
      }
    if let previous, value <= previous { throw CompactFailure(start, "\(value) follows \(previous), they must ascend") }
    previous = value
    return .integer(value)
  }
}

/// A zipmap (hashes before Redis 2.6): fields (8 bits, 254 or more: unknown), then for each its length and bytes, its value's length, a
/// count of unused bytes, the value's bytes, the unused ones; 0xFF.
struct ZipmapCursor {
  private var input: CompactBytes
  private let claimed: Int
  private var count = 0

  init(_ bytes: UnsafeRawBufferPointer) throws(CompactFailure) {
    guard bytes.count >= 2 else { throw CompactFailure(0, "a zipmap has 2 bytes at least") }
    guard bytes[bytes.count - 1] == 0xFF else { throw CompactFailure(bytes.count - 1, "the end mark is missing") }
    claimed = Int(bytes[0])
    input = CompactBytes(bytes, from: 1, to: bytes.count - 1)
  }

  mutating func next() throws(CompactFailure) -> (field: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
    guard input.position < input.end else {
      guard claimed >= 254 || claimed == count else { throw CompactFailure(0, "it counts \(claimed) fields, there are \(count)") }
      return nil
    }
    let field = try input.slice(try length("a field"), "a field")
    let valueLength = try length("a value")
    let unused = Int(try input.byte("a value"))
    let value = try input.slice(valueLength, "a value")
    _ = try input.take(unused, "a value")
    count += 1
    return (field, value)
  }

  private mutating func length(_ what: StaticString) throws(CompactFailure) -> Int {
    let start = input.position
    let first = try input.byte(what)
    switch first {
    case ..<254: return Int(first)
    case 254: return Int(try input.littleEndian(UInt32.self, what))
    default: throw CompactFailure(start, "the end mark stands where \(what) was expected")
    }
  }
}
