internal import CTern

/// An entry's id in a stream: a time in milliseconds, and a number that tells entries of one millisecond apart.
package struct StreamID: Hashable, Comparable, Sendable, BitwiseCopyable {
  package var milliseconds: UInt64
  package var sequence: UInt64

  @inline(__always)
  package init(_ milliseconds: UInt64, _ sequence: UInt64) {
    self.milliseconds = milliseconds
    self.sequence = sequence
  }

  package static let zero = StreamID(0, 0)
  package static let max = StreamID(.max, .max)

  @inline(__always)
  package static func < (a: StreamID, b: StreamID) -> Bool {
    a.milliseconds != b.milliseconds ? a.milliseconds < b.milliseconds : a.sequence < b.sequence
  }

  /// The least greater id; nil for the greatest.
  package var next: StreamID? {
    if sequence < .max { return StreamID(milliseconds, sequence + 1) }
    return milliseconds < .max ? StreamID(milliseconds + 1, 0) : nil
  }

  /// The greatest lesser id; nil for 0-0.
  package var previous: StreamID? {
    if sequence > 0 { return StreamID(milliseconds, sequence - 1) }
    return milliseconds > 0 ? StreamID(milliseconds - 1, .max) : nil
  }

  // MARK: text

  /// Two numbers of 20 digits and the hyphen.
  package static let textBytesMax = 41

  /// Writes `<ms>-<seq>`, and returns how many bytes it took.
  @inline(__always)
  package func write(to out: UnsafeMutableRawPointer) -> Int {
    var count = Self.write(milliseconds, to: out)
    (out + count).storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
    count &+= 1
    return count &+ Self.write(sequence, to: out + count)
  }

  @inline(__always)
  private static func write(_ value: UInt64, to out: UnsafeMutableRawPointer) -> Int {
    if value <= UInt64(Int64.max) { return Decimal.write(Int64(truncatingIfNeeded: value), to: out) }
    // Above Int64: the last digit by itself.
    let count = Decimal.write(Int64(truncatingIfNeeded: value / 10), to: out)
    (out + count).storeBytes(of: 48 &+ UInt8(truncatingIfNeeded: value % 10), as: UInt8.self)
    return count &+ 1
  }

  @inline(__always)
  package func withText<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) { text in
      let count = text.baseAddress.map { write(to: $0) } ?? 0
      return body(UnsafeRawBufferPointer(rebasing: text[..<count]))
    }
  }

  /// What an id as a client wrote it may be besides `<ms>-<seq>` and `<ms>`.
  package enum Form {
    case plain
    /// `-` and `+` too: the least and the greatest id.
    case border
    /// `<ms>-*` too: the sequence is found later.
    case addition
  }

  /// `sequence`: the one of an id without. Nil if the bytes are no id. Numbers are read as C's strtoull reads them, as Redis does:
  /// spaces and a sign before them are allowed, and a NUL byte ends the text.
  package static func parse(_ bytes: UnsafeRawBufferPointer, _ form: Form = .plain, sequence: UInt64 = 0)
    -> (id: StreamID, isSequenceOpen: Bool)?
  {
    guard bytes.count < 128 else { return nil }
    let text = bytes.firstIndex(of: 0).map { UnsafeRawBufferPointer(rebasing: bytes[..<$0]) } ?? bytes
    if text.count == 1, form == .border {
      if text[0] == UInt8(ascii: "-") { return (.zero, false) }
      if text[0] == UInt8(ascii: "+") { return (.max, false) }
    }
    guard let hyphen = text.firstIndex(of: UInt8(ascii: "-")) else {
      guard let milliseconds = number(text) else { return nil }
      return (StreamID(milliseconds, sequence), false)
    }
    guard let milliseconds = number(UnsafeRawBufferPointer(rebasing: text[..<hyphen])) else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: text[(hyphen + 1)...])
    if form == .addition, rest.count == 1, rest[0] == UInt8(ascii: "*") { return (StreamID(milliseconds, 0), true) }
    guard let sequence = number(rest) else { return nil }
    return (StreamID(milliseconds, sequence), false)
  }

  private static func number(_ text: UnsafeRawBufferPointer) -> UInt64? {
    guard let base = text.baseAddress, !text.isEmpty else { return nil }
    if let value = Decimal.parse(base, text.count) { return value < 0 ? nil : UInt64(value) }
    var i = 0
    while i < text.count, text[i] == 32 || (text[i] >= 9 && text[i] <= 13) { i += 1 }
    var isNegative = false
    if i < text.count, text[i] == UInt8(ascii: "-") || text[i] == UInt8(ascii: "+") {
      isNegative = text[i] == UInt8(ascii: "-")
      i += 1
    }
    guard i < text.count else { return nil }
    var value: UInt64 = 0
    while i < text.count {
      let digit = text[i] &- 48
      guard digit <= 9 else { return nil }
      let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit))
      if overflow1 || overflow2 { return nil }
      value = sum
      i += 1
    }
    return isNegative ? 0 &- value : value
  }
}

extension StreamID: CustomStringConvertible {
  package var description: String { "\(milliseconds)-\(sequence)" }
}
