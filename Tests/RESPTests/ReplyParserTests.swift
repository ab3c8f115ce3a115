import Testing

@testable import TernEngine

@Suite struct ReplyParserTests {
  private static let replies: [(bytes: String, value: RESPValue)] = [
    ("+OK\r\n", .simpleString(Array("OK".utf8))),
    ("-ERR no\r\n", .error(Array("ERR no".utf8))),
    (":-42\r\n", .integer(-42)),
    ("$0\r\n\r\n", .bulkString([])),
    ("$5\r\na\r\nbc\r\n", .bulkString(Array("a\r\nbc".utf8))),
    ("$-1\r\n", .null), ("*-1\r\n", .null), ("_\r\n", .null),
    ("*0\r\n", .array([])),
    ("*2\r\n:1\r\n*1\r\n+x\r\n", .array([.integer(1), .array([.simpleString(Array("x".utf8))])])),
    ("%1\r\n+k\r\n#t\r\n", .map([.init(key: .simpleString(Array("k".utf8)), value: .boolean(true))])),
    ("~1\r\n:7\r\n", .set([.integer(7)])),
    (">2\r\n+message\r\n$1\r\nx\r\n", .push([.simpleString(Array("message".utf8)), .bulkString(Array("x".utf8))])),
    (",1.5\r\n", .double(1.5)), (",inf\r\n", .double(.infinity)),
    ("(123456789012345678901234567890\r\n", .bigNumber(Array("123456789012345678901234567890".utf8))),
    ("=7\r\ntxt:abc\r\n", .verbatim(format: Array("txt".utf8), text: Array("abc".utf8))),
    ("!5\r\nERR x\r\n", .error(Array("ERR x".utf8))),
    ("|1\r\n+ttl\r\n:9\r\n:1\r\n", .integer(1)),
  ]

  private func parse(_ pieces: [[UInt8]]) throws -> [RESPValue] {
    var parser = RESPReplyParser()
    var values: [RESPValue] = []
    for piece in pieces {
      parser.append(piece)
      while let value = try parser.next() { values.append(value) }
    }
    #expect(parser.bufferedByteCount == 0)
    return values
  }

  @Test func `the same bytes give the same values whole, one by one, and in pieces of any size`() throws {
    let bytes = Self.replies.flatMap { Array($0.bytes.utf8) }
    let expected = Self.replies.map(\.value)
    for size in [bytes.count, 1, 2, 3, 7, 64] {
      let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
      #expect(try parse(pieces) == expected, "pieces of \(size)")
    }
  }

  @Test(arguments: [
    "?\r\n", ":1x\r\n", "$-2\r\n", "$99999999999\r\n", "$3\r\nabcde", "*-7\r\n", "*999999999\r\n", "=2\r\nab\r\n", ",x\r\n",
  ])
  func `what is no reply is refused with a reason`(text: String) {
    var parser = RESPReplyParser()
    parser.append(Array(text.utf8))
    #expect(throws: RESPReplyParser.Malformed.self) { while try parser.next() != nil {} }
  }

  @Test func `depth and lines are bounded`() {
    var deep = RESPReplyParser()
    deep.append(Array(String(repeating: "*1\r\n", count: 100).utf8))
    #expect(throws: RESPReplyParser.Malformed.self) { try deep.next() }
    var long = RESPReplyParser()
    long.append([UInt8](repeating: UInt8(ascii: "+"), count: 100_000))
    #expect(throws: RESPReplyParser.Malformed.self) { try long.next() }
  }

  @Test func `what was written by a reply buffer is read back`() throws {
    let buffer = ReplyBuffer()
    defer { buffer.destroy() }
    buffer.isRESP3 = true
    let values = Self.replies.map(\.value)
    for value in values {
      // Errors and verbatim strings come back in their short forms.
      buffer.value(value)
    }
    var parser = RESPReplyParser()
    parser.append(buffer.bytes)
    for value in values { #expect(try parser.next() == value) }
  }
}

@Suite struct QuotedArgumentsTests {
  @Test func `words, quotes and escapes are split as Redis splits them`() {
    func split(_ text: String) -> [String]? { QuotedArguments.split(Array(text.utf8))?.map { String(decoding: $0, as: UTF8.self) } }
    #expect(split("  set a  1 ") == ["set", "a", "1"])
    #expect(split(#"set "a b" 'c d'"#) == ["set", "a b", "c d"])
    #expect(split(#"x "\x41\n\"" 'it\'s'"#) == ["x", "A\n\"", "it's"])
    #expect(split("") == [])
    #expect(split(#"a """#) == ["a", ""])
    #expect(split(#""open"#) == nil)
    #expect(split(#""a"b"#) == nil)
    #expect(split("'open") == nil)
  }

  @Test func `what is quoted is split back to itself`() {
    for bytes in [[], [0, 1, 255, 10, 13, 34, 92, 39, 32], Array("plain".utf8)] as [[UInt8]] {
      #expect(QuotedArguments.split(Array(QuotedArguments.quote(bytes).utf8)) == [bytes])
    }
  }
}

@Suite struct DecimalTests {
  @Test(arguments: [0, 1, -1, 9, 10, 99, -100, 1_234_567_890, Int64.max, Int64.min])
  func `an integer is written and read back`(value: Int64) {
    var bytes = [UInt8](repeating: 0, count: 24)
    let count = bytes.withUnsafeMutableBytes { $0.baseAddress.map { Decimal.write(value, to: $0) } ?? 0 }
    #expect(String(decoding: bytes[..<count], as: UTF8.self) == String(value))
    #expect(Decimal.parse(Array(bytes[..<count])) == value)
  }

  @Test(arguments: [
    "", "-", "+1", "01", "-0", " 1", "1 ", "1.0", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "a",
  ])
  func `what is not a canonical integer is none`(text: String) { #expect(Decimal.parse(Array(text.utf8)) == nil) }
}
