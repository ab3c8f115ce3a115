/// The number syntaxes of the configuration: each differs in what it lets pass, and a value that Redis takes must be taken here.
package enum ConfigurationNumbers {
  /// A size in bytes with an optional unit: `k m g` are powers of 1000, `kb mb gb` of 1024, `b` is none; in any case of letters.
  /// Digits alone, and no digits before a unit (zero), are valid. nil for a sign, an unknown unit, or a size past 64 bits.
  package static func memory(_ bytes: some Collection<UInt8>) -> UInt64? {
    let digits = bytes.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    let factor: UInt64
    switch String(decoding: bytes.dropFirst(digits.count), as: UTF8.self).lowercased() {
    case "", "b": factor = 1
    case "k": factor = 1000
    case "kb": factor = 1024
    case "m": factor = 1_000_000
    case "mb": factor = 1 << 20
    case "g": factor = 1_000_000_000
    case "gb": factor = 1 << 30
    default: return nil
    }
    var value: UInt64 = 0
    for digit in digits {
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
      // Wrapping around would turn a limit that is meant to be huge into a tiny one.
      guard !overflows, !carries else { return nil }
      value = sum
    }
    let (size, overflows) = value.multipliedReportingOverflow(by: factor)
    return overflows ? nil : size
  }

  /// The form that CONFIG REWRITE writes: the largest binary unit that divides `bytes`.
  package static func memoryText(_ bytes: Int128) -> String {
    for (unit, name) in [(Int128(1) << 30, "gb"), (1 << 20, "mb"), (1 << 10, "kb")] where bytes != 0 && bytes % unit == 0 {
      return "\(bytes / unit)\(name)"
    }
    return "\(bytes)"
  }

  /// A decimal 64-bit integer in its one canonical form: no plus sign, no leading zero, no `-0`, no white space.
  package static func integer(_ bytes: some Collection<UInt8>) -> Int64? {
    guard let value = Int64(String(decoding: bytes, as: UTF8.self)), "\(value)".utf8.elementsEqual(bytes) else { return nil }
    return value
  }

  /// An integer as C's strtoll reads it when all of the text must be used up: white space and a sign may lead, no digits at all is zero,
  /// what does not fit is clamped to 64 bits.
  package static func lenientInteger(_ bytes: some Collection<UInt8>) -> Int64? {
    guard let (value, _) = scan(bytes, radix: 10) else { return nil }
    return value
  }

  /// An octal number by the same rules; one that does not fit is refused.
  package static func octal(_ bytes: some Collection<UInt8>) -> Int64? {
    guard let (value, isClamped) = scan(bytes, radix: 8), !isClamped else { return nil }
    return value
  }

  private static func scan(_ bytes: some Collection<UInt8>, radix: Int64) -> (value: Int64, isClamped: Bool)? {
    guard !bytes.isEmpty else { return (0, false) }
    var rest = bytes.drop { $0 == 0x20 || ($0 >= 9 && $0 <= 13) }
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard !rest.isEmpty else { return nil }
    var value: Int64 = 0
    var isClamped = false
    for byte in rest {
      guard byte >= UInt8(ascii: "0"), byte < UInt8(ascii: "0") + UInt8(radix) else { return nil }
      let digit = Int64(byte - UInt8(ascii: "0"))
      let (product, overflows) = value.multipliedReportingOverflow(by: radix)
      let (sum, carries) = product.addingReportingOverflow(isNegative ? -digit : digit)
      if isClamped || overflows || carries {
        isClamped = true
      } else {
        value = sum
      }
    }
    return (isClamped ? (isNegative ? .min : .max) : value, isClamped)
  }

  /// Six decimals without trailing zeros, as `%f` trimmed: `99.9`, `50`. `value` must be finite and of modest size.
  package static func decimalText(_ value: Double) -> String {
    let millionths = Int((value.magnitude * 1_000_000).rounded(.toNearestOrEven))
    let (whole, fraction) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
    let sign = value.sign == .minus ? "-" : ""
    guard fraction != 0 else { return "\(sign)\(whole)" }
    var digits = "\(1_000_000 + fraction)".dropFirst()
    while digits.last == "0" { digits = digits.dropLast() }
    return "\(sign)\(whole).\(digits)"
  }
}
