/// Why an RDB was refused, and where. Nothing of what follows the offset was handed out.
package struct RDBError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    case wrongMagic
    case unsupportedVersion
    /// The bytes end within the file.
    case truncated
    /// A length, a string form or a value that contradicts itself or exceeds a limit.
    case malformed
    case unknownOpcode
    /// A value type, or another record, that this version of the program cannot represent.
    case unsupportedType
    case checksumMismatch
  }

  package var code: Code
  /// Bytes from the beginning of the RDB (not of the file that may contain it).
  package var offset: Int
  package var message: String

  package init(_ code: Code, offset: Int, _ message: String) {
    self.code = code
    self.offset = offset
    self.message = message
  }

  package var description: String { "\(message) (RDB offset \(offset))" }
}

/// How parsing a record ends before its end.
enum RDBStop: Error {
  /// The record is at least this long, counted from where it begins.
  case needsMore(Int)
  case failed(RDBError)
}
