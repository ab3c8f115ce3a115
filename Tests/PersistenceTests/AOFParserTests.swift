import TernEngine
import Testing

@testable import TernPersistence

@Suite struct AOFParserTests {
  struct Read {
    var events: [AOFParser.Event] = []
    var end: AOFParser.End
    var validByteCount: Int
  }

  static func read(_ bytes: [UInt8], pieces: Int = .max) throws(AOFParser.Malformed) -> Read {
    var parser = AOFParser()
    var events: [AOFParser.Event] = []
    var rest = bytes[...]
    repeat {
      parser.append(Array(rest.prefix(pieces)))
      rest = rest.dropFirst(pieces)
      while let event = try parser.next() { events.append(event) }
    } while !rest.isEmpty
    let end = try parser.finish()
    return Read(events: events, end: end, validByteCount: parser.validByteCount)
  }

  static func command(_ words: String...) -> AOFParser.Event { .command(words.map { Array($0.utf8) }) }
  static let set = RESPCommand.encode("SET", "k", "v")
  static let multi = RESPCommand.encode("MULTI")
  static let exec = RESPCommand.encode("exec")

  @Test func `commands, annotations and transactions are read alike whole and in pieces`() throws {
    var bytes = Array("#TS:1628217470\r\n# anything\n".utf8) + Self.set + Self.multi + Self.set
    bytes += Array("#TS:1628217471\r\n".utf8) + Self.set + Self.exec + RESPCommand.encode("DEL", "")
    for pieces in [Int.max, 1, 2, 5, 17] {
      let read = try Self.read(bytes, pieces: pieces)
      let words: [[UInt8]] = ["SET", "k", "v"].map { Array($0.utf8) }
      #expect(
        read.events == [
          .timestamp(1_628_217_470), .annotation(Array("# anything".utf8)), Self.command("SET", "k", "v"), .timestamp(1_628_217_471),
          .transaction([words, words]),
          Self.command("DEL", ""),
        ])
      #expect(read.end == .complete)
      #expect(read.validByteCount == bytes.count)
    }
  }

  @Test func `a file that ends anywhere tells the end of the last whole command`() throws {
    let bytes = Self.set + Self.set + Self.multi + Self.set + Self.exec + Self.set
    let transaction = Self.set.count * 2..<Self.set.count * 3 + Self.multi.count + Self.exec.count
    for count in 0...bytes.count {
      let read = try Self.read(Array(bytes[..<count]))
      let isInTransaction = count >= transaction.lowerBound + Self.multi.count && count < transaction.upperBound
      let valid: Int
      if count < transaction.lowerBound {
        valid = count / Self.set.count * Self.set.count
      } else if count < transaction.upperBound {
        valid = transaction.lowerBound
      } else {
        valid = count == bytes.count ? count : transaction.upperBound
      }
      #expect(read.validByteCount == valid)
      #expect(read.end == (valid == count ? .complete : .truncated(inTransaction: isInTransaction)))
    }
  }

  @Test(arguments: [
    ("+OK\r\n", 0), ("*0\r\n", 0), ("*-1\r\n", 0), ("*1\r\n:1\r\n", 4), ("*99999999999\r\n", 0), ("*1\r\n$-1\r\n", 4),
    ("*1\r\n$99999999999\r\n", 4), ("*1\r\n$3\r\nabcd\r\n", 11), ("*1\n$1\r\na\r\n", 0), ("*1x\r\n", 0), ("*\r\n", 0),
    ("*1\r\n$4\r\nEXEC\r\n", 0), ("*1\r\n$5\r\nMULTI\r\n*1\r\n$5\r\nMULTI\r\n", 0), ("*" + String(repeating: "1", count: 2000), 0),
  ]) func `bad bytes are refused with their place`(text: String, place: Int) throws {
    for pieces in [Int.max, 1] {
      let error = try #require(throws: AOFParser.Malformed.self) { try Self.read(Self.set + Array(text.utf8), pieces: pieces) }
      #expect(error.offset == Self.set.count + place)
    }
  }

  @Test func `a huge count or length takes no memory`() throws {
    #expect(try Self.read(Array("*1000000\r\n$1\r\na\r\n".utf8)).end == .truncated(inTransaction: false))
    #expect(try Self.read(Array("*1\r\n$500000000\r\na".utf8)).end == .truncated(inTransaction: false))
  }

  @Test func `an RDB in front comes first, then the commands`() throws {
    let dataset = Dataset.generated(seed: 31, count: 20)
    let bytes = dataset.rdb() + Self.set
    for pieces in [Int.max, 1, 100] {
      let read = try Self.read(bytes, pieces: pieces)
      #expect(read.events.suffix(2) == [.rdb(.end(.verified)), Self.command("SET", "k", "v")])
      #expect(read.validByteCount == bytes.count)
      #expect(read.events.count { if case .rdb(.key) = $0 { true } else { false } } == 20)
    }
    let cut = try #require(throws: AOFParser.Malformed.self) { try Self.read(Array(bytes[..<100])) }
    #expect(cut.rdb?.code == .truncated)
  }

  @Test func `flipped bits never trap`() {
    var random = SeededGenerator(seed: 99)
    let bytes = Dataset.generated(seed: 31, count: 3).rdb() + Self.set + Self.multi + Self.set + Self.exec + Array("#TS:12\r\n".utf8)
    for round in 0..<2000 {
      var mutated = bytes
      let first = round % 2 == 0 ? 0 : bytes.count - 90
      for _ in 0...(round % 3) {
        mutated[Int.random(in: first..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = try? Self.read(mutated, pieces: round % 5 == 0 ? 7 : .max)
    }
  }
}
