import TernEngine
import Testing

@testable import TernPersistence

/// Values too large to be held a second time.
@Suite struct LargeValueTests {
  static func text(_ count: Int, seed: UInt64, isRandom: Bool = false) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    if isRandom { return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }
    var text: [UInt8] = []
    text.reserveCapacity(count + 100)
    while text.count < count {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: text += [UInt8](repeating: UInt8.random(in: 0...3, using: &random), count: Int.random(in: 1...400, using: &random))
      case 1: text += (0..<Int.random(in: 1...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      default: text += Array("a line that comes again \(Int.random(in: 0..<50, using: &random))\n".utf8)
      }
    }
    return Array(text.prefix(count))
  }

  @Test(arguments: [0, 1, 3, 31, 32, 33, 34, 35, 36, 100, 5000, 100_000]) func `compression in pieces gives the same bytes as at once`(
    count: Int
  ) {
    for seed in 1..<4 as Range<UInt64> {
      let text = Self.text(count, seed: seed, isRandom: seed == 3)
      var compressor = LZFCompressor()
      var whole = [UInt8](repeating: 0, count: count * 2 + 64)
      let wholeCount = text.withUnsafeBytes { text in whole.withUnsafeMutableBytes { compressor.compress(text, into: $0) } }
      for room in [LZFCompressor.pieceBytesMin, 50, 4096] {
        var pieces: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: room)
        text.withUnsafeBytes { text in
          var walk = compressor.begin(text)
          while !walk.isOver {
            let count = piece.withUnsafeMutableBytes { compressor.next(text, &walk, into: $0) }
            pieces += piece[..<count]
          }
        }
        if count >= 4 { #expect(pieces == Array(whole.prefix(wholeCount ?? 0))) }
        // And it expands again, from pieces of any size.
        for step in [7, 1000] where count > 0 {
          var expander = LZFExpander()
          var expanded: [UInt8] = []
          var rest: [UInt8] = []
          var read = 0
          while read < pieces.count {
            let more = pieces[read..<min(pieces.count, read + step)]
            read += more.count
            rest += more
            let outcome = rest.withUnsafeBytes { expander.expand($0, isLast: read == pieces.count, atMost: count - expanded.count) }
            guard case .done(let consumed) = outcome else {
              Issue.record("\(outcome)")
              break
            }
            rest.removeFirst(consumed)
            expanded += expander.take()
          }
          #expect(rest.isEmpty && expanded == text)
        }
      }
    }
  }

  /// The entry alone, as a file.
  private static func encoded(_ entry: Entry, compression: Bool, pieceBytes: Int?) -> (bytes: [UInt8], largestPiece: Int) {
    var writer = RDBWriter(options: .init(compression: compression))
    guard let pieceBytes else {
      writer.entry(entry)
      return (writer.takeChunk(), 0)
    }
    var bytes: [UInt8] = []
    var largest = 0
    guard var large = RDBEntryWriter(entry, eviction: nil, to: &writer) else { return (writer.takeChunk(), 0) }
    while true {
      let isOver = large.next(&writer, until: pieceBytes)
      let piece = writer.takeChunk()
      largest = max(largest, piece.count)
      bytes += piece
      if isOver { return (bytes, largest) }
    }
  }

  @Test(arguments: [false, true]) func `large values of every type are written in small pieces, and are the same bytes`(compression: Bool)
    throws
  {
    let loaded = LoadedEngine()
    let client = loaded.engine.openSession(address: "", localAddress: "")
    func send(_ words: [UInt8]...) { loaded.engine.execute(client, words) }
    func word(_ text: String) -> [UInt8] { Array(text.utf8) }
    send(word("SET"), word("string"), Self.text(900_000, seed: 1))
    send(word("SET"), word("random"), Self.text(900_000, seed: 2, isRandom: true), word("PX"), word("100000000"))
    send(word("SET"), Self.text(300_000, seed: 3), word("long key"))
    for i in 0..<4000 {
      send(word("RPUSH"), word("list"), Self.text(i == 2000 ? 600_000 : 100, seed: UInt64(i)))
      send(word("SADD"), word("set"), Self.text(i == 2000 ? 600_000 : 100, seed: UInt64(i)) + word("\(i)"))
      send(word("SADD"), word("integers"), word("\(i * 1_000_003)"))
      send(word("HSET"), word("hash"), word("\(i)"), Self.text(i == 2000 ? 600_000 : 100, seed: UInt64(i)))
      send(word("HSET"), word("hash"), Self.text(i == 2001 ? 600_000 : 100, seed: UInt64(i)) + word("\(i)"), word("\(i)"))
      send(word("ZADD"), word("zset"), word("\(Double(i) / 7)"), Self.text(i == 2000 ? 600_000 : 100, seed: UInt64(i)) + word("\(i)"))
      send(word("XADD"), word("stream"), word("\(i + 1)-1"), word("f"), Self.text(i == 2000 ? 600_000 : 100, seed: UInt64(i)))
    }
    send(word("XGROUP"), word("CREATE"), word("stream"), word("g"), word("0"))
    send(word("XGROUP"), word("CREATE"), word("stream"), Self.text(300_000, seed: 9), word("0"))
    for i in 0..<30 {
      send(
        word("XREADGROUP"), word("GROUP"), word("g"), i == 3 ? Self.text(300_000, seed: 8) : word("c\(i)"), word("COUNT"), word("100"),
        word("STREAMS"), word("stream"), word(">"))
    }
    client.reply.removeAll()
    var seen = 0
    loaded.withEntries { _, entry in
      let whole = Self.encoded(entry, compression: compression, pieceBytes: nil).bytes
      for pieceBytes in [1, 64 << 10] {
        let pieces = Self.encoded(entry, compression: compression, pieceBytes: pieceBytes)
        #expect(pieces.bytes == whole, "\(entry.type)")
        // The name of a group or a consumer is not divided.
        #expect(
          pieces.largestPiece <= pieceBytes + RDBStringWriter.wholeBytesMax + (entry.type == .stream ? 301_000 : 1000), "\(entry.type)")
        if whole.count > 300_000 { #expect(pieces.largestPiece > 0, "\(entry.type)") }
      }
      seen += 1
    }
    #expect(seen == 9)

    // And back: the long strings come in parts, into the same keyspace.
    let file = loaded.rdb(compression: compression)
    var parts = 0
    for case .key(let key) in try ReadRDB(file).events {
      guard case .stringPart(let part, let total) = key.value else { continue }
      parts += 1
      #expect(part.count <= RDBLongString.partBytes + LZF.matchMax && total == 900_000)
    }
    #expect(parts >= 6)
    for pieces in [Int.max, 50_000] {
      let again = LoadedEngine()
      #expect(again.load(file, pieces: pieces) == nil)
      #expect(again.digest == loaded.digest)
      let batched = LoadedEngine()
      #expect(batched.loadBatches(file, pieces: pieces).failure == nil)
      #expect(batched.digest == loaded.digest)
    }
  }

  @Test func `a long string whose compressed text is wrong is refused with its key`() throws {
    var writer = RDBWriter()
    writer.string(key: Array("k".utf8), value: Self.text(900_000, seed: 1))
    let record = writer.takeChunk()
    var random = SeededGenerator(seed: 4)
    var refused = 0
    for _ in 0..<200 {
      var bytes = record
      bytes[Int.random(in: 3..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      let file = RDBReaderTests.file(bytes)
      guard let error = RDBReaderTests.error(file) else { continue }
      refused += 1
      #expect(error.message.contains("'k'") || error.code == .truncated || error.code == .unknownOpcode, "\(error)")
      #expect(LoadedEngine().loadBatches(file).failure != nil)
    }
    #expect(refused > 20)
  }

  /// A stream with one group, and consumers of these names.
  private static func stream(_ names: [String]) -> [UInt8] {
    var record: [UInt8] = [RDBType.streamListpacks2.rawValue, 1, 115, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    record += [1, 1, 103, 0, 0, 0, 0]
    var writer = RDBWriter()
    writer.length(names.count)
    record += writer.takeChunk()
    for name in names { record += [UInt8(name.utf8.count)] + Array(name.utf8) + [1, 0, 0, 0, 0, 0, 0, 0, 0] }
    return record
  }

  @Test(.timeLimit(.minutes(1))) func `very many consumers in whatever order are put in order, and a name that comes twice is refused`() {
    let names = (0..<100_000).map { "consumer \(1_000_000 + $0)" }
    let ascending = LoadedEngine()
    #expect(ascending.load(RDBReaderTests.file(Self.stream(names))) == nil)
    let descending = LoadedEngine()
    #expect(descending.load(RDBReaderTests.file(Self.stream(names.reversed()))) == nil)
    func found(_ loaded: LoadedEngine) -> [String] {
      var found: [String] = []
      loaded.withEntries { _, entry in
        entry.streamView.forEachGroup { $0.forEachConsumer { found.append(String(decoding: $0.name, as: UTF8.self)) } }
      }
      return found
    }
    #expect(found(ascending) == names)
    #expect(found(descending) == names)
    for twice in [["b", "a", "c", "a"], ["a", "a"], ["c", "b", "c"]] {
      #expect(LoadedEngine().load(RDBReaderTests.file(Self.stream(twice)))?.contains("comes twice") == true, "\(twice)")
    }
  }
}
