/// A value on its way into a listpack: measured once, then written.
package struct ListpackValue {
  let bytes: UnsafeRawBufferPointer
  let integer: Int64?
  let payloadBytes: Int

  /// Bytes that are a canonical integer are kept as one.
  @inline(__always)
  package init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    if bytes.count <= 20, let base = bytes.baseAddress, let value = Decimal.parse(base, bytes.count) {
      integer = value
      payloadBytes = Self.integerBytes(value)
    } else {
      integer = nil
      payloadBytes = Self.stringBytes(bytes.count)
    }
  }

  @inline(__always)
  package init(_ value: Int64) {
    bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    integer = value
    payloadBytes = Self.integerBytes(value)
  }

  /// An element of a listpack, as it lies there. The bytes must not move before it is written.
  package init(_ element: ListpackElement) {
    switch element {
    case .integer(let value): self.init(value)
    case .bytes(let bytes): self.init(bytes: bytes, integer: nil, payloadBytes: Self.stringBytes(bytes.count))
    }
  }

  private init(bytes: UnsafeRawBufferPointer, integer: Int64?, payloadBytes: Int) {
    self.bytes = bytes
    self.integer = integer
    self.payloadBytes = payloadBytes
  }

  @inline(__always) package var elementBytes: Int { payloadBytes &+ Listpack.lengthBytes(payloadBytes) }

  @inline(__always)
  static func stringBytes(_ count: Int) -> Int { count < 64 ? 1 &+ count : count < 4096 ? 2 &+ count : 5 &+ count }

  @inline(__always)
  static func integerBytes(_ value: Int64) -> Int {
    if value >= 0 && value <= 127 { return 1 }
    if value >= -4096 && value <= 4095 { return 2 }
    if value >= -32768 && value <= 32767 { return 3 }
    if value >= -(1 << 23) && value < 1 << 23 { return 4 }
    return value >= Int64(Int32.min) && value <= Int64(Int32.max) ? 5 : 9
  }

  /// Writes `elementBytes` bytes, and returns the end.
  @inline(__always)
  @discardableResult
  package func write(to out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    if let integer { Self.write(integer, payloadBytes, to: out) } else { writeString(to: out) }
    return Self.writeLength(payloadBytes, to: out + payloadBytes)
  }

  @inline(__always)
  private func writeString(to out: UnsafeMutableRawPointer) {
    let count = bytes.count
    var out = out
    if count < 64 {
      out.storeBytes(of: 0x80 | UInt8(truncatingIfNeeded: count), as: UInt8.self)
      out += 1
    } else if count < 4096 {
      out.storeBytes(of: 0xe0 | UInt8(truncatingIfNeeded: count &>> 8), as: UInt8.self)
      out.storeBytes(of: UInt8(truncatingIfNeeded: count), toByteOffset: 1, as: UInt8.self)
      out += 2
    } else {
      out.storeBytes(of: 0xf0, as: UInt8.self)
      out.storeBytes(of: UInt32(truncatingIfNeeded: count), toByteOffset: 1, as: UInt32.self)
      out += 5
    }
    if let base = bytes.baseAddress { out.copyMemory(from: base, byteCount: count) }
  }

  private static func write(_ value: Int64, _ payloadBytes: Int, to out: UnsafeMutableRawPointer) {
    switch payloadBytes {
    case 1: out.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case 2:
      out.storeBytes(of: 0xc0 | (UInt8(truncatingIfNeeded: value >> 8) & 0x1f), as: UInt8.self)
      out.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: 1, as: UInt8.self)
    case 3:
      out.storeBytes(of: 0xf1, as: UInt8.self)
      out.storeBytes(of: Int16(truncatingIfNeeded: value), toByteOffset: 1, as: Int16.self)
    case 4:
      out.storeBytes(of: 0xf2, as: UInt8.self)
      out.storeBytes(of: UInt16(truncatingIfNeeded: value), toByteOffset: 1, as: UInt16.self)
      out.storeBytes(of: UInt8(truncatingIfNeeded: value >> 16), toByteOffset: 3, as: UInt8.self)
    case 5:
      out.storeBytes(of: 0xf3, as: UInt8.self)
      out.storeBytes(of: Int32(truncatingIfNeeded: value), toByteOffset: 1, as: Int32.self)
    default:
      out.storeBytes(of: 0xf4, as: UInt8.self)
      out.storeBytes(of: value, toByteOffset: 1, as: Int64.self)
    }
  }

  /// The length behind an element: groups of seven bits, most significant first, all but the first byte with the top bit set.
  @inline(__always)
  static func writeLength(_ payload: Int, to out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let bytes = Listpack.lengthBytes(payload)
    var rest = payload
    var i = bytes &- 1
    while i > 0 {
      out.storeBytes(of: UInt8(truncatingIfNeeded: rest & 127) | 128, toByteOffset: i, as: UInt8.self)
      rest &>>= 7
      i &-= 1
    }
    out.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
    return out + bytes
  }
}
