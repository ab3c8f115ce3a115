/// The name of one history of the log: 40 lowercase hexadecimal digits, 160 random bits. Two nodes that hold the same id and the same
/// offset hold the same bytes.
package struct ReplicationID: Hashable, Sendable, CustomStringConvertible {
  package static let digitCount = 40
  /// Redis's word for "none" in INFO (`master_replid2`).
  package static let none = ReplicationID(high: 0, middle: 0, low: 0)

  private let high: UInt64
  private let middle: UInt64
  private let low: UInt32

  private init(high: UInt64, middle: UInt64, low: UInt32) {
    self.high = high
    self.middle = middle
    self.low = low
  }

  /// nil unless `digits` are exactly 40 hexadecimal digits of either case.
  package init?(_ digits: some Collection<UInt8>) {
    guard digits.count == Self.digitCount else { return nil }
    var high: UInt64 = 0
    var middle: UInt64 = 0
    var low: UInt32 = 0
    for (position, digit) in digits.enumerated() {
      guard let value = Self.value(of: digit) else { return nil }
      if position < 16 {
        high = high << 4 | UInt64(value)
      } else if position < 32 {
        middle = middle << 4 | UInt64(value)
      } else {
        low = low << 4 | UInt32(value)
      }
    }
    self.init(high: high, middle: middle, low: low)
  }

  package init?(_ text: String) { self.init(Array(text.utf8)) }

  package static func random(using generator: inout some RandomNumberGenerator) -> ReplicationID {
    ReplicationID(high: generator.next(), middle: generator.next(), low: generator.next())
  }

  package var isNone: Bool { self == Self.none }

  package var utf8: [UInt8] {
    var digits: [UInt8] = []
    digits.reserveCapacity(Self.digitCount)
    for shift in stride(from: UInt64(60), through: 0, by: -4) { digits.append(Self.digit(UInt8(high >> shift & 15))) }
    for shift in stride(from: UInt64(60), through: 0, by: -4) { digits.append(Self.digit(UInt8(middle >> shift & 15))) }
    for shift in stride(from: UInt32(28), through: 0, by: -4) { digits.append(Self.digit(UInt8(low >> shift & 15))) }
    return digits
  }

  package var description: String { String(decoding: utf8, as: UTF8.self) }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
