import TernEngine

/// A cursor over the bytes that have arrived. Every read is checked against them: too few is `needsMore`, not an error, and the record is
/// read again when more is there. Records are short, or consist of a few strings whose lengths are known at once, so reading one again
/// is cheap; a value of many elements instead keeps what it has read and calls `commit`.
struct RDBInput {
  let bytes: UnsafeRawBufferPointer
  /// The offset of `bytes[0]` in the RDB.
  let base: Int
  let stringBytesMax: Int
  private(set) var position = 0
  /// Everything before it is done with, and will not be read again.
  private(set) var committed = 0
  /// What is being read, for the message when the RDB ends here.
  var subject: StaticString = "a record"

  init(bytes: UnsafeRawBufferPointer, base: Int, stringBytesMax: Int) {
    self.bytes = bytes
    self.base = base
    self.stringBytesMax = stringBytesMax
  }

  var offset: Int { base + position }

  mutating func commit() { committed = position }

  /// Back to where the last `commit` was.
  mutating func rewind() { position = committed }

  /// The last `count` bytes that were read are to be read again.
  mutating func stepBack(_ count: Int) { position = max(committed, position - count) }

  func failure(_ code: RDBError.Code, at offset: Int? = nil, _ message: String) -> RDBStop {
    .failed(RDBError(code, offset: offset ?? self.offset, message))
  }

  @inline(__always)
  private mutating func advance(_ count: Int) throws(RDBStop) -> Int {
    guard bytes.count - position >= count else { throw .needsMore(position - committed + count) }
    defer { position += count }
    return position
  }

  @inline(__always)
  mutating func byte() throws(RDBStop) -> UInt8 { bytes[try advance(1)] }

  mutating func littleEndian<T: FixedWidthInteger>(_: T.Type) throws(RDBStop) -> T {
    T(littleEndian: bytes.loadUnaligned(fromByteOffset: try advance(MemoryLayout<T>.size), as: T.self))
  }

  private mutating func bigEndian<T: FixedWidthInteger>(_: T.Type) throws(RDBStop) -> T {
    T(bigEndian: bytes.loadUnaligned(fromByteOffset: try advance(MemoryLayout<T>.size), as: T.self))
  }

  /// `count` bytes, valid as long as the input is.
  mutating func slice(_ count: Int) throws(RDBStop) -> UnsafeRawBufferPointer {
    let start = try advance(count)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
  }
}

extension RDBInput {
  enum Length {
    case plain(UInt64)
    /// The whole first byte, `RDBLength.int8` and so on.
    case encoded(UInt8)
  }

  @inline(__always)
  mutating func lengthOrEncoding() throws(RDBStop) -> Length {
    let start = offset
    let first = try byte()
    switch first & 0xC0 {
    case RDBLength.sixBits: return .plain(UInt64(first & 0x3F))
    case RDBLength.fourteenBits: return .plain(UInt64(first & 0x3F) << 8 | UInt64(try byte()))
    case RDBLength.encoded: return .encoded(first)
    default:
      if first == RDBLength.thirtyTwoBits { return .plain(UInt64(try bigEndian(UInt32.self))) }
      if first == RDBLength.sixtyFourBits { return .plain(try bigEndian(UInt64.self)) }
      throw failure(.malformed, at: start, "Unknown length encoding \(first) in \(subject)")
    }
  }

  mutating func length() throws(RDBStop) -> UInt64 {
    let start = offset
    switch try lengthOrEncoding() {
    case .plain(let value): return value
    case .encoded(let first):
      throw failure(.malformed, at: start, "Unknown length encoding \(first) in \(subject): a number was expected")
    }
  }

  /// A length that counts something held in memory.
  mutating func count() throws(RDBStop) -> Int {
    let start = offset
    let value = try length()
    guard let count = Int(exactly: value) else { throw failure(.malformed, at: start, "\(subject) counts \(value), which is out of range") }
    return count
  }

  func checkedStringLength(_ value: UInt64, at start: Int) throws(RDBStop) -> Int {
    guard value <= UInt64(stringBytesMax) else {
      throw failure(.malformed, at: start, "\(subject) claims \(value) bytes, more than the limit of \(stringBytesMax)")
    }
    return Int(value)
  }

  /// A string in any of its forms; an integer form stays an integer.
  @inline(__always)
  mutating func string() throws(RDBStop) -> RDBValue {
    let start = offset
    switch try lengthOrEncoding() {
    case .plain(let value): return .string([UInt8](try slice(try checkedStringLength(value, at: start))))
    case .encoded(let first): return try encodedString(first, at: start)
    }
  }

  private mutating func encodedString(_ first: UInt8, at start: Int) throws(RDBStop) -> RDBValue {
    switch first {
    case RDBLength.int8: return .integer(Int64(Int8(bitPattern: try byte())))
    case RDBLength.int16: return .integer(Int64(try littleEndian(Int16.self)))
    case RDBLength.int32: return .integer(Int64(try littleEndian(Int32.self)))
    case RDBLength.lzf: break
    default: throw failure(.malformed, at: start, "Unknown RDB string encoding type \(first & 0x3F) in \(subject)")
    }
    let compressed = try checkedStringLength(try length(), at: start)
    let count = try checkedStringLength(try length(), at: start)
    // Before waiting for the bytes: the contradiction is already visible.
    guard count <= LZF.expandedBytesMax(compressed) else {
      throw failure(.malformed, at: start, "Invalid LZF compressed string: \(compressed) bytes cannot expand to \(count) in \(subject)")
    }
    let text = try slice(compressed)
    do {
      return .string(try LZF.decompress(text, count: count))
    } catch {
      throw failure(.malformed, at: start, "Invalid LZF compressed string in \(subject) (\(error))")
    }
  }

  /// A string's bytes, valid within `body`, which is not called twice: once all of the string is there.
  mutating func withString<R>(_ body: (UnsafeRawBufferPointer) -> R) throws(RDBStop) -> R {
    let start = offset
    switch try lengthOrEncoding() {
    case .plain(let value): return body(try slice(try checkedStringLength(value, at: start)))
    case .encoded(let first):
      switch try encodedString(first, at: start) {
      case .string(let bytes): return bytes.withUnsafeBytes(body)
      case .integer(let value):
        return withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
          guard let base = digits.baseAddress else { return body(UnsafeRawBufferPointer(digits)) }
          return body(UnsafeRawBufferPointer(start: base, count: Decimal.write(value, to: base)))
        }
      default: throw failure(.malformed, at: start, "a string was expected in \(subject)")
      }
    }
  }

  @inline(__always)
  mutating func string(into elements: inout RDBElements) throws(RDBStop) { try withString { elements.append($0) } }

  /// A string as bytes.
  @inline(__always)
  mutating func stringBytes() throws(RDBStop) -> [UInt8] {
    switch try string() {
    case .string(let bytes): return bytes
    case .integer(let value): return Array(String(value).utf8)
    default: throw failure(.malformed, "a string was expected in \(subject)")
    }
  }
}
