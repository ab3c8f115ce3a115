/// Writes fields into memory that `RDBWriter` has reserved; the reservation covers the longest form of each field.
struct RDBOutput {
  /// The type byte and 64 bits.
  static let lengthBytesMax = 9
  static let integerBytesMax = 5

  let bytes: UnsafeMutableRawBufferPointer
  private(set) var count: Int

  @inline(__always)
  init(bytes: UnsafeMutableRawBufferPointer, count: Int) {
    self.bytes = bytes
    self.count = count
  }

  @inline(__always)
  mutating func byte(_ byte: UInt8) {
    bytes[count] = byte
    count += 1
  }

  @inline(__always)
  mutating func bigEndian<T: FixedWidthInteger>(_ value: T) {
    bytes.storeBytes(of: value.bigEndian, toByteOffset: count, as: T.self)
    count += MemoryLayout<T>.size
  }

  @inline(__always)
  mutating func littleEndian<T: FixedWidthInteger>(_ value: T) {
    bytes.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
    count += MemoryLayout<T>.size
  }

  @inline(__always)
  mutating func copy(_ source: UnsafeRawBufferPointer) {
    guard let base = source.baseAddress, let target = bytes.baseAddress else { return }
    (target + count).copyMemory(from: base, byteCount: source.count)
    count += source.count
  }

  @inline(__always)
  mutating func length(_ value: UInt64) {
    if value < 1 << 6 {
      byte(RDBLength.sixBits | UInt8(truncatingIfNeeded: value))
    } else if value < 1 << 14 {
      bigEndian(UInt16(RDBLength.fourteenBits) << 8 | UInt16(truncatingIfNeeded: value))
    } else if value <= UInt64(UInt32.max) {
      byte(RDBLength.thirtyTwoBits)
      bigEndian(UInt32(truncatingIfNeeded: value))
    } else {
      byte(RDBLength.sixtyFourBits)
      bigEndian(value)
    }
  }

  /// The integer forms of a string; only 32 bits have one.
  @inline(__always)
  mutating func integer(_ value: Int32) {
    if let small = Int8(exactly: value) {
      byte(RDBLength.int8)
      byte(UInt8(bitPattern: small))
    } else if let medium = Int16(exactly: value) {
      byte(RDBLength.int16)
      littleEndian(medium)
    } else {
      byte(RDBLength.int32)
      littleEndian(value)
    }
  }

  /// A string as it is, its length in front.
  @inline(__always)
  mutating func raw(_ text: UnsafeRawBufferPointer) {
    length(UInt64(text.count))
    copy(text)
  }
}

/// The value of a text that is a decimal integer of 32 bits in its only canonical form (no sign but `-`, no leading zero, no `-0`), so
/// that the integer gives the very same text back.
@inline(__always)
func canonicalInt32(_ text: UnsafeRawBufferPointer) -> Int32? {
  guard text.count >= 1, text.count <= 11 else { return nil }
  let negative = text[0] == UInt8(ascii: "-")
  let first = negative ? 1 : 0
  guard first < text.count, text[first] &- UInt8(ascii: "0") <= 9 else { return nil }
  if text[first] == UInt8(ascii: "0") { return text.count == 1 ? 0 : nil }
  var magnitude: Int64 = 0
  for i in first..<text.count {
    let digit = text[i] &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    magnitude = magnitude * 10 + Int64(digit)
  }
  return Int32(exactly: negative ? -magnitude : magnitude)
}
