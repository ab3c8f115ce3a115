import Testing

@testable import TernReplication

@Suite struct FramingTests {
  /// What the scanner lets through, and how many bytes behind the mark it left alone; nil if it never saw the mark.
  static func run(_ mark: [UInt8], _ chunks: [[UInt8]]) -> (payload: [UInt8], rest: Int)? {
    guard var scanner = EOFMarkScanner(mark: mark) else { return nil }
    var payload: [UInt8] = []
    var end: Int?
    var rest = 0
    for chunk in chunks {
      if end != nil {
        rest += chunk.count
        continue
      }
      var pieces: [EOFMarkScanner.Piece] = []
      end = chunk.withUnsafeBytes { scanner.scan($0, into: &pieces) }
      for piece in pieces {
        switch piece {
        case .range(let range): payload += chunk[range]
        case .heldPrefix(let count): payload += scanner.mark.prefix(count)
        }
      }
      if let end { rest += chunk.count - end }
    }
    return end == nil ? nil : (payload, rest)
  }

  static func cut(_ bytes: [UInt8], using generator: inout SeededGenerator, upTo longest: Int) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + Int.random(in: 1...longest, using: &generator))
      chunks.append(Array(bytes[start..<end]))
      start = end
    }
    return chunks
  }

  @Test func `the end mark is found whole, byte by byte and in random pieces`() {
    var generator = SeededGenerator(7)
    for round in 0..<400 {
      // A small alphabet, so that prefixes of the mark are everywhere.
      let letters: UInt8 = round.isMultiple(of: 3) ? 2 : 16
      let mark = (0..<40).map { _ in UInt8.random(in: 0..<letters, using: &generator) }
      var payload: [UInt8] = []
      while payload.count < 300 {
        if Bool.random(using: &generator) {
          payload += mark.prefix(Int.random(in: 0..<40, using: &generator))
        } else {
          payload.append(UInt8.random(in: 0..<letters, using: &generator))
        }
      }
      let stream = payload + mark + [1, 2, 3]
      // By chance the payload may hold the mark itself: the first one counts.
      let first = (0...payload.count).first { Array(stream[$0..<$0 + 40]) == mark } ?? payload.count
      let expected = Array(stream[..<first])
      for chunks in [[stream], stream.map { [$0] }, Self.cut(stream, using: &generator, upTo: 90)] {
        let result = Self.run(mark, chunks)
        #expect(result?.payload == expected)
        #expect(result?.rest == stream.count - first - 40)
      }
    }
  }

  @Test func `a stream without the mark passes through but for what may be its begin`() {
    let mark = bytes(String(repeating: "ab", count: 20))
    guard var scanner = EOFMarkScanner(mark: mark) else {
      Issue.record("no scanner")
      return
    }
    var pieces: [EOFMarkScanner.Piece] = []
    let end = bytes("xxxxabab").withUnsafeBytes { scanner.scan($0, into: &pieces) }
    #expect(end == nil)
    #expect(pieces == [.range(0..<4)])
    pieces = []
    _ = bytes("ax").withUnsafeBytes { scanner.scan($0, into: &pieces) }
    #expect(pieces == [.heldPrefix(2), .heldPrefix(2), .range(0..<2)])
  }

  @Test func `command borders are found however the stream is cut`() throws {
    var generator = SeededGenerator(11)
    var stream: [UInt8] = []
    var borders: Set<Int> = [0]
    for number in 0..<60 {
      stream += bytes("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$\(number)\r\n") + [UInt8](repeating: 13, count: number) + [13, 10]
      borders.insert(stream.count)
    }
    for chunks in [[stream], stream.map { [$0] }, Self.cut(stream, using: &generator, upTo: 50)] {
      var scanner = ReplicationStreamScanner()
      var found: Set<Int> = [0]
      var start = 0
      for chunk in chunks {
        if let border = try chunk.withUnsafeBytes({ try scanner.scan($0) }) { found.insert(start + border) }
        start += chunk.count
        let latest = borders.filter { $0 <= start }.max() ?? 0
        #expect(found.contains(latest))
      }
      #expect(found.isSubset(of: borders))
      #expect(scanner.position == Int64(stream.count))
    }
  }

  @Test(arguments: [
    ("PING\r\n", "'*' expected, got 'P' (0 bytes into the stream)"),
    ("*1\r\n:5\r\n", "'$' expected, got ':' (4 bytes into the stream)"),
    ("*0\r\n", "'*0' is not between 1 and 1048576 (4 bytes into the stream)"),
    ("*-1\r\n", "'*-1' is not between 1 and 1048576 (5 bytes into the stream)"),
    ("*1\r\n$-1\r\n", "'$-1' is not between 0 and 536870912 (9 bytes into the stream)"),
    ("*1\r\n$99999999999\r\n", "'$99999999999' is not between 0 and 536870912 (18 bytes into the stream)"),
    ("*1\r\n$4\r\nPINGxx", "a string is not followed by CRLF but by 'x' (12 bytes into the stream)"),
    ("*1\r\n$4\r\nPING\rx", "a string is not followed by CRLF but by 'x' (13 bytes into the stream)"),
    (
      "*11111111111111111111111111111111111",
      "a header line longer than 32 bytes: '*1111111111111111111111111111111' (33 bytes into the stream)"
    ),
  ]) func `a stream that is no list of commands is refused with what and where`(_ stream: String, _ reason: String) {
    for chunks in [[bytes(stream)], bytes(stream).map { [$0] }] {
      var scanner = ReplicationStreamScanner()
      var error: String?
      for chunk in chunks where error == nil {
        do { _ = try chunk.withUnsafeBytes { try scanner.scan($0) } } catch let malformed as ReplicationStreamScanner.Malformed {
          error = malformed.description
        } catch {}
      }
      #expect(error == reason)
    }
  }
}
