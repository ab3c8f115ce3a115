/// Decimal integers as Redis reads and writes them.
package enum Decimal {
  /// All of the bytes as a canonical Int64: no sign but `-`, no leading zero, no space (Redis's string2ll). Nil otherwise.
  @inline(__always)
  package static func parse(_ bytes: UnsafeRawPointer, _ count: Int) -> Int64? {
    guard count > 0, count <= 20 else { return nil }
    var i = 0
    var negative = false
    var byte = bytes.load(as: UInt8.self)
    if byte == UInt8(ascii: "-") {
      negative = true
      i = 1
      guard count > 1 else { return nil }
      byte = bytes.load(fromByteOffset: 1, as: UInt8.self)
    }
    guard byte &- 48 <= 9 else { return nil }
    if byte == 48 { return count == 1 ? 0 : nil }
    var value: UInt64 = 0
    while i < count {
      let digit = bytes.load(fromByteOffset: i, as: UInt8.self) &- 48
      guard digit <= 9 else { return nil }
      let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit))
      if overflow1 || overflow2 { return nil }
      value = sum
      i &+= 1
    }
    if negative { return value <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- value) : nil }
    return value <= UInt64(Int64.max) ? Int64(value) : nil
  }

  package static func parse(_ bytes: some Collection<UInt8>) -> Int64? {
    guard bytes.count <= 20 else { return nil }
    return Array(bytes).withUnsafeBytes { $0.baseAddress.flatMap { parse($0, bytes.count) } }
  }

  /// Writes `value` at `out` (20 bytes are enough) and returns how many bytes it took.
  @inline(__always)
  package static func write(_ value: Int64, to out: UnsafeMutableRawPointer) -> Int {
    if value >= 0 && value < 10 {
      out.storeBytes(of: 48 &+ UInt8(truncatingIfNeeded: value), as: UInt8.self)
      return 1
    }
    var rest = value.magnitude
    var digits = digitCount(rest)
    if value < 0 {
      out.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
      digits &+= 1
    }
    var i = digits
    repeat {
      let quotient = rest / 10
      i &-= 1
      (out + i).storeBytes(of: 48 &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10), as: UInt8.self)
      rest = quotient
    } while rest != 0
    return digits
  }

  @inline(__always)
  package static func digitCount(_ value: UInt64) -> Int {
    var count = 1
    var rest = value
    while rest >= 10 {
      rest /= 10
      count &+= 1
    }
    return count
  }
}
