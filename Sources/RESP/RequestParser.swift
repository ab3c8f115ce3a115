/// Parses requests (arrays of bulk strings) into views of their arguments.
///
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server; limits and error texts are
/// those of redis-server 7.0.
package enum RequestParser {
  package struct Limits: Sendable {
    var arguments: Int
    var bulkBytes: Int
    static func authenticated(bulkBytes: Int) -> Limits { Limits(arguments: Int(Int32.max), bulkBytes: bulkBytes) }
    /// Before AUTH, so that a stranger cannot make the server hold much.
    static let unauthenticated = Limits(arguments: 10, bulkBytes: 16384)
  }

  package static let inlineBytesMax = 64 << 10
  /// The arguments do not fit the room that was given.
  static let noRoom = -2
  /// Not whole yet, malformed, or over a limit: `PartialRequest` finds out which.
  static let irregular = -1

  /// One request at `start`. `next` is the position behind it, or one of the codes above; `count` may be 0 for an empty array.
  @inline(__always)
  static func parse(
    _ base: UnsafeRawPointer, _ start: Int, _ end: Int, into arguments: UnsafeMutablePointer<ArgumentView>, capacity: Int, limits: Limits
  ) -> (next: Int, count: Int) {
    var position = start &+ 1
    guard let count = number(base, &position, end) else { return (irregular, 0) }
    if count > capacity { return (count <= Round.argumentsMax ? noRoom : irregular, 0) }
    if count > limits.arguments { return (irregular, 0) }
    var i = 0
    while i < count {
      guard position < end, base.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: "$") else { return (irregular, 0) }
      position &+= 1
      guard let bytes = number(base, &position, end), bytes <= limits.bulkBytes, end &- position >= bytes &+ 2 else {
        return (irregular, 0)
      }
      arguments[i] = ArgumentView(base + position, bytes)
      position &+= bytes &+ 2
      i &+= 1
    }
    return (position, count)
  }

  /// Digits up to CRLF, without sign or leading zero; `position` goes behind the CRLF. Nil if that is not what is there, whole.
  @inline(__always)
  private static func number(_ base: UnsafeRawPointer, _ position: inout Int, _ end: Int) -> Int? {
    var value = 0
    let start = position
    while position < end {
      let byte = base.load(fromByteOffset: position, as: UInt8.self)
      if byte == 13 {
        let digits = position &- start
        guard digits > 0, digits <= 10, digits == 1 || base.load(fromByteOffset: start, as: UInt8.self) != 48, position &+ 1 < end else {
          return nil
        }
        position &+= 2
        return value
      }
      let digit = byte &- 48
      guard digit <= 9, position &- start < 10 else { return nil }
      value = value &* 10 &+ Int(digit)
      position &+= 1
    }
    return nil
  }
}

/// A request whose bytes come in pieces: remembers the arguments found so far, so that nothing is parsed twice.
/// The same unconsumed bytes must be given each time, with more behind them.
struct PartialRequest {
  enum Outcome {
    /// Consumed so many bytes; `arguments` are whole.
    case complete(Int)
    /// Try again when this many bytes are there.
    case needs(Int)
    case failed(String)
  }

  private(set) var arguments: [(offset: Int, count: Int)] = []
  var memoryBytes: Int { arguments.capacity * MemoryLayout<(offset: Int, count: Int)>.stride }
  private var expected: Int?
  private var position = 0

  private enum Line {
    case value(Int)
    case partial
    case failed
    case tooLong
  }

  private func line(_ input: UnsafeRawBufferPointer, from start: Int) -> (line: Line, next: Int) {
    var i = start
    while i < input.count {
      if input[i] == 13 {
        guard i + 1 < input.count else { return (.partial, start) }
        guard let base = input.baseAddress, let value = Decimal.parse(base + start, i - start) else { return (.failed, i + 2) }
        return (.value(Int(value)), i + 2)
      }
      i += 1
    }
    return (input.count - start > RequestParser.inlineBytesMax ? .tooLong : .partial, start)
  }

  mutating func resume(_ input: UnsafeRawBufferPointer, limits: RequestParser.Limits, bulkBytesMax: Int) -> Outcome {
    if expected == nil {
      let (line, next) = line(input, from: 1)
      switch line {
      case .partial: return .needs(input.count + 1)
      case .tooLong: return .failed("too big mbulk count string")
      case .failed: return .failed("invalid multibulk length")
      case .value(let count):
        if count > Int(Int32.max) { return .failed("invalid multibulk length") }
        if count > limits.arguments { return .failed("unauthenticated multibulk length") }
        expected = max(0, count)
        position = next
      }
    }
    while arguments.count < expected ?? 0 {
      guard position < input.count else { return .needs(input.count + 1) }
      guard input[position] == UInt8(ascii: "$") else {
        // The byte as it is, as Redis says it; escaped where it is no character by itself.
        let byte = input[position]
        return .failed("expected '$', got '\(byte < 0x80 ? String(Unicode.Scalar(byte)) : printable([byte]))'")
      }
      let (line, next) = line(input, from: position + 1)
      switch line {
      case .partial: return .needs(input.count + 1)
      case .tooLong: return .failed("too big bulk count string")
      case .failed: return .failed("invalid bulk length")
      case .value(let count):
        guard count >= 0, count <= min(bulkBytesMax, Int.max / 4) else { return .failed("invalid bulk length") }
        if count > limits.bulkBytes { return .failed("unauthenticated bulk length") }
        // The header is kept for the next time: with a bulk of half a gigabyte it is read again at most once.
        guard input.count - next >= count + 2 else { return .needs(next + count + 2) }
        arguments.append((next, count))
        position = next + count + 2
      }
    }
    return .complete(position)
  }
}
