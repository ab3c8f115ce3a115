internal import TernEngine

/// Finds the borders of commands in the live stream, which is nothing but arrays of bulk strings, and refuses everything else: garbage,
/// inline commands, numbers out of bounds. It stores no more than one header line; the bodies of strings are skipped.
package struct ReplicationStreamScanner: Sendable {
  package struct Limits: Hashable, Sendable {
    /// `proto-max-bulk-len`.
    package var bulkBytesMax: Int64 = 512 << 20
    package var argumentsMax: Int64 = 1 << 20
    package init() {}
  }

  /// What was wrong, in words for the log.
  package struct Malformed: Error, Hashable, CustomStringConvertible {
    package var description: String
  }

  private enum State: Sendable {
    case arrayHeader
    case bulkHeader(left: Int64)
    /// `left` counts the two bytes of CRLF behind the string too.
    case body(left: Int64, arguments: Int64)
  }

  private var state = State.arrayHeader
  private var line: [UInt8] = []
  private let limits: Limits
  /// Bytes scanned in all: where in the stream an error is.
  package private(set) var position: Int64 = 0

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// Returns the index behind the last complete command in `bytes`; nil if none ends here.
  package mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(Malformed) -> Int? {
    var border: Int?
    var index = 0
    while index < bytes.count {
      switch state {
      case .body(let left, let arguments):
        let count = min(left, Int64(bytes.count - index))
        // The two last bytes must be CRLF: a wrong length is found at its string, not somewhere behind it.
        for offset in max(0, left - 2)..<max(left, 2) where offset < count {
          let expected: UInt8 = left - offset == 2 ? 13 : 10
          let byte = bytes[index + Int(offset)]
          guard byte == expected else {
            throw malformed("a string is not followed by CRLF but by '\(printable([byte]))'", at: Int64(index) + offset)
          }
        }
        index += Int(count)
        if count < left {
          state = .body(left: left - count, arguments: arguments)
        } else if arguments > 1 {
          state = .bulkHeader(left: arguments - 1)
        } else {
          state = .arrayHeader
          border = index
        }
      case .arrayHeader:
        guard let count = try number(bytes, &index, sign: "*", min: 1, max: limits.argumentsMax) else { continue }
        state = .bulkHeader(left: count)
      case .bulkHeader(let left):
        guard let count = try number(bytes, &index, sign: "$", min: 0, max: limits.bulkBytesMax) else { continue }
        state = .body(left: count + 2, arguments: left)
      }
    }
    position += Int64(bytes.count)
    return border
  }

  private mutating func number(
    _ bytes: UnsafeRawBufferPointer, _ index: inout Int, sign: Unicode.Scalar, min: Int64, max: Int64
  ) throws(Malformed) -> Int64? {
    while index < bytes.count {
      let byte = bytes[index]
      if line.isEmpty, UInt32(byte) != sign.value {
        throw malformed("'\(sign)' expected, got '\(printable([byte]))'", at: Int64(index))
      }
      index += 1
      guard byte == 10, line.last == 13 else {
        guard line.count < 32 else { throw malformed("a header line longer than 32 bytes: '\(printable(line))'", at: Int64(index)) }
        line.append(byte)
        continue
      }
      line.removeLast()
      defer { line.removeAll(keepingCapacity: true) }
      guard let value = Int64(String(decoding: line.dropFirst(), as: UTF8.self)), value >= min, value <= max else {
        throw malformed("'\(printable(line))' is not between \(min) and \(max)", at: Int64(index))
      }
      return value
    }
    return nil
  }

  private func malformed(_ what: String, at index: Int64) -> Malformed {
    Malformed(description: "\(what) (\(position + index) bytes into the stream)")
  }
}
