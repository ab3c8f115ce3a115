/// One RESP2 or RESP3 value, owned. For what arrives on links to peers and in tests; the server's own hot path never builds one.
///
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
package indirect enum RESPValue: Hashable, Sendable {
  case simpleString([UInt8])
  /// The whole error line, code word first (`ERR unknown command …`).
  case error([UInt8])
  case integer(Int64)
  case bulkString([UInt8])
  /// `$-1`, `*-1` or RESP3's `_`.
  case null
  case array([RESPValue])
  case map([KeyValue])
  case set([RESPValue])
  case push([RESPValue])
  case double(Double)
  case boolean(Bool)
  case bigNumber([UInt8])
  /// `format` is three bytes, `txt` or `mkd`.
  case verbatim(format: [UInt8], text: [UInt8])

  package struct KeyValue: Hashable, Sendable {
    package var key: RESPValue
    package var value: RESPValue
    package init(key: RESPValue, value: RESPValue) {
      self.key = key
      self.value = value
    }
  }
}

extension RESPValue {
  /// The bytes of a simple, bulk or verbatim string; nil for everything else.
  package var bytes: [UInt8]? {
    switch self {
    case .simpleString(let bytes), .bulkString(let bytes), .verbatim(_, let bytes): bytes
    default: nil
    }
  }

  /// The text of a string or of an error, decoded as UTF-8 (invalid bytes replaced).
  package var text: String? {
    if case .error(let line) = self { return String(decoding: line, as: UTF8.self) }
    return bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  /// An integer, or a string that holds one.
  package var integerValue: Int64? {
    if case .integer(let value) = self { return value }
    return text.flatMap { Int64($0) }
  }

  package var elements: [RESPValue]? {
    switch self {
    case .array(let elements), .set(let elements), .push(let elements): elements
    case .map(let pairs): pairs.flatMap { [$0.key, $0.value] }
    default: nil
    }
  }

  package var isError: Bool {
    if case .error = self { true } else { false }
  }
}
