/// An incremental parser of replies and pushes (RESP2 and RESP3), for links to peers, clients and tests.
///
/// Feed bytes with `append`, then take values with `next()` until it answers nil (more bytes are needed) or throws (the peer does not
/// speak RESP; the link must be closed). Nothing that a peer sends traps; nesting and sizes are bounded.
package struct RESPReplyParser: Sendable {
  package struct Limits: Sendable {
    package var bulkBytesMax = 512 << 20
    package var lineBytesMax = 64 << 10
    package var elementsMax = 1 << 24
    package var depthMax = 32
    package init() {}
  }

  /// What was wrong with the bytes, in words for a log line.
  package struct Malformed: Error, Hashable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
  }

  private var buffer: [UInt8] = []
  private var start = 0
  /// Below this many buffered bytes a new attempt cannot succeed (a bulk string announced its length).
  private var neededBytes = 0
  private let limits: Limits

  package init(limits: Limits = Limits()) { self.limits = limits }

  package var bufferedByteCount: Int { buffer.count - start }

  package mutating func append(_ bytes: some Sequence<UInt8>) {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
      start = 0
    } else if start > 1 << 16 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// Takes all bytes not yet parsed, for a link that leaves RESP (a PSYNC transfer).
  package mutating func takeRemainder() -> [UInt8] {
    defer {
      buffer = []
      start = 0
      neededBytes = 0
    }
    return Array(buffer[start...])
  }

  package mutating func next() throws(Malformed) -> RESPValue? {
    guard bufferedByteCount > 0, bufferedByteCount >= neededBytes else { return nil }
    var cursor = start
    guard let value = try value(&cursor, depth: 0) else { return nil }
    start = cursor
    neededBytes = 0
    return value
  }

  private mutating func line(_ cursor: inout Int) throws(Malformed) -> ArraySlice<UInt8>? {
    var end = cursor
    while end + 1 < buffer.count {
      if buffer[end] == UInt8(ascii: "\r") && buffer[end + 1] == UInt8(ascii: "\n") {
        defer { cursor = end + 2 }
        return buffer[cursor..<end]
      }
      end += 1
      if end - cursor > limits.lineBytesMax { throw Malformed("a line longer than \(limits.lineBytesMax) bytes") }
    }
    return nil
  }

  private func length(_ line: ArraySlice<UInt8>, max: Int, of what: StaticString) throws(Malformed) -> Int {
    guard let value = Int(String(decoding: line, as: UTF8.self)), value >= -1, value <= max else {
      throw Malformed("invalid length of \(what): '\(printable(line))'")
    }
    return value
  }

  private mutating func elements(_ count: Int, _ cursor: inout Int, depth: Int) throws(Malformed) -> [RESPValue]? {
    var elements: [RESPValue] = []
    elements.reserveCapacity(min(count, 1024))
    for _ in 0..<count {
      guard let element = try value(&cursor, depth: depth + 1) else { return nil }
      elements.append(element)
    }
    return elements
  }

  private mutating func body(_ count: Int, _ cursor: inout Int) throws(Malformed) -> [UInt8]? {
    guard buffer.count - cursor >= count + 2 else {
      neededBytes = cursor + count + 2 - start
      return nil
    }
    guard buffer[cursor + count] == UInt8(ascii: "\r"), buffer[cursor + count + 1] == UInt8(ascii: "\n") else {
      throw Malformed("a string of \(count) bytes is not followed by CRLF")
    }
    defer { cursor += count + 2 }
    return Array(buffer[cursor..<cursor + count])
  }

  private mutating func value(_ cursor: inout Int, depth: Int) throws(Malformed) -> RESPValue? {
    guard depth <= limits.depthMax else { throw Malformed("values nested deeper than \(limits.depthMax)") }
    guard cursor < buffer.count else { return nil }
    let type = buffer[cursor]
    cursor += 1
    guard let line = try line(&cursor) else { return nil }
    switch type {
    case UInt8(ascii: "+"): return .simpleString(Array(line))
    case UInt8(ascii: "-"): return .error(Array(line))
    case UInt8(ascii: ":"):
      guard let value = Int64(String(decoding: line, as: UTF8.self)) else { throw Malformed("invalid integer '\(printable(line))'") }
      return .integer(value)
    case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
      let count = try length(line, max: limits.bulkBytesMax, of: "a bulk string")
      if count < 0 { return .null }
      guard let bytes = try body(count, &cursor) else { return nil }
      if type == UInt8(ascii: "!") { return .error(bytes) }
      if type == UInt8(ascii: "$") { return .bulkString(bytes) }
      guard bytes.count >= 4, bytes[3] == UInt8(ascii: ":") else { throw Malformed("a verbatim string without its format") }
      return .verbatim(format: Array(bytes[..<3]), text: Array(bytes[4...]))
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
      let count = try length(line, max: limits.elementsMax, of: "an array")
      if count < 0 { return .null }
      guard let elements = try elements(count, &cursor, depth: depth) else { return nil }
      return type == UInt8(ascii: "*") ? .array(elements) : type == UInt8(ascii: "~") ? .set(elements) : .push(elements)
    case UInt8(ascii: "%"), UInt8(ascii: "|"):
      let count = try length(line, max: limits.elementsMax / 2, of: "a map")
      if count < 0 { return .null }
      guard let flat = try elements(count * 2, &cursor, depth: depth) else { return nil }
      // Attributes describe the value that follows them; nobody here needs them.
      if type == UInt8(ascii: "|") { return try value(&cursor, depth: depth + 1) }
      return .map(stride(from: 0, to: flat.count, by: 2).map { .init(key: flat[$0], value: flat[$0 + 1]) })
    case UInt8(ascii: "_"): return .null
    case UInt8(ascii: "#"): return .boolean(line.first == UInt8(ascii: "t"))
    case UInt8(ascii: "("): return .bigNumber(Array(line))
    case UInt8(ascii: ","):
      guard let value = Double(String(decoding: line, as: UTF8.self)) else { throw Malformed("invalid double '\(printable(line))'") }
      return .double(value)
    default:
      throw Malformed("unknown reply type '\(printable([type]))'")
    }
  }
}

/// At most `count` bytes of `bytes` as ASCII for a message, everything else as `\xNN`.
package func printable(_ bytes: some Sequence<UInt8>, count: Int = 64) -> String {
  var text = ""
  for byte in bytes.prefix(count) {
    if byte >= 0x20 && byte < 0x7f {
      text.unicodeScalars.append(Unicode.Scalar(byte))
    } else {
      let hex = String(byte, radix: 16)
      text += hex.count == 1 ? "\\x0\(hex)" : "\\x\(hex)"
    }
  }
  return text
}
