import Foundation
import TernEngine
import Testing

@testable import TernPersistence

func cFormat(_ score: Double) -> String { String(format: "%.17g", score) }

/// Values of every type, in the encodings of real servers and of older ones.
@Suite struct RDBTypesTests {
  /// Settings under which the server keeps, and saves, the values in other encodings.
  static let settings: [[String]] = [
    [],
    ["--rdbcompression", "no"],
    [
      "--hash-max-listpack-entries", "0", "--zset-max-listpack-entries", "0", "--set-max-intset-entries", "0", "--list-max-listpack-size",
      "3", "--list-compress-depth", "1", "--stream-node-max-entries", "7",
    ],
    [
      "--hash-max-listpack-entries", "100000", "--hash-max-listpack-value", "10000", "--zset-max-listpack-entries", "100000",
      "--zset-max-listpack-value", "10000", "--set-max-intset-entries", "100000", "--list-max-listpack-size", "-5",
      "--stream-node-max-entries", "0", "--stream-node-max-bytes", "0",
    ],
  ]

  @Test(arguments: 0..<4) func `what Redis saved of every type has Redis's digest`(index: Int) throws {
    let directory = try TemporaryDirectory()
    let server = try RedisServer(in: directory, Self.settings[index])
    if index == 3 { try server.call("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "300") }
    try server.pipeline(TypedDataset(seed: UInt64(31 + index)).commands)
    try server.call("SAVE")
    let digest = try #require(try server.call("DEBUG", "DIGEST").text)
    let file = try directory.read("dump.rdb")
    for pieces in [Int.max, 1001] {
      let read = try ReadRDB(file, pieces: pieces)
      #expect(DecodedDigest(read.events).text == digest)
      #expect(read.checksum == .verified)
    }
  }

  @Test func `a large value comes in parts, of which only the last is the last`() throws {
    let directory = try TemporaryDirectory()
    let server = try RedisServer(in: directory, "--rdbcompression", "no")
    let element = String(repeating: "x", count: 1000)
    for _ in 0..<20 { try server.pipeline((0..<100).map { [Array("RPUSH".utf8), Array("l".utf8), Array("\(element)\($0)".utf8)] }) }
    try server.call("SAVE")
    let read = try ReadRDB(directory.read("dump.rdb"))
    let parts = read.events.compactMap { if case .key(let key) = $0 { key } else { nil } }
    #expect(parts.count > 3)
    #expect(parts.allSatisfy { $0.name == Array("l".utf8) })
    #expect(parts.map(\.isLast) == [Bool](repeating: false, count: parts.count - 1) + [true])
    #expect(DecodedDigest(read.events).text == (try server.call("DEBUG", "DIGEST").text))
  }

  // MARK: fixtures

  @Test(
    .enabled(if: FixtureTests.isPresent),
    arguments: [
      ("encodings.rdb", "b7324c5e2d3a7618126155c2bf9e40c794649565"),
      ("hash-ziplist.rdb", "3ca39ed0cb3b979b5b125ae0d1e54f2c40b7c5e6"),
      ("hash-zipmap.rdb", "3ca39ed0cb3b979b5b125ae0d1e54f2c40b7c5e6"),
      ("list-quicklist.rdb", "3d77c75a5b6cc5319b4ecf6e95101ed07ddd139e"),
      ("zset-ziplist.rdb", "fa1ca919dcef4dea3e3e609298a9e329d3bb7c61"),
      ("scriptbackup.rdb", "0000000000000000000000000000000000000000"),
    ]) func `files of older servers read as redis-server reads them`(name: String, digest: String) throws
  {
    let read = try ReadRDB(FixtureTests.bytes(name))
    #expect(DecodedDigest(read.events).text == digest)
  }

  @Test(.enabled(if: FixtureTests.isPresent)) func `a corrupt ziplist is refused with its key, its type and where it is`() throws {
    let error = try #require(RDBReaderTests.error(FixtureTests.bytes("corrupt_ziplist.rdb")))
    #expect(error.code == .malformed)
    #expect(error.message.contains("integrity check failed"))
    #expect(error.message.contains("a hash (ziplist)"))
    #expect(error.message.contains("in key '"))
    #expect(error.offset > 0)
  }

  @Test(.enabled(if: FixtureTests.isPresent)) func `keys without elements are read as such`() throws {
    let read = try ReadRDB(FixtureTests.bytes("corrupt_empty_keys.rdb"))
    let keys = read.events.compactMap { if case .key(let key) = $0 { key } else { nil } }
    #expect(keys.count == 9)
    for key in keys {
      switch key.value {
      case .list(let elements), .set(let elements), .hash(let elements), .sortedSet(let elements): #expect(elements.isEmpty)
      default: Issue.record("\(key)")
      }
    }
  }

  // MARK: what no server here writes

  static func blob(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count)] + bytes }

  /// Elements below 128, as a listpack.
  static func listpack(_ elements: [ListpackItem]) -> [UInt8] {
    var body: [UInt8] = []
    for element in elements {
      var item: [UInt8]
      switch element {
      case .text(let text): item = [0x80 | UInt8(text.utf8.count)] + Array(text.utf8)
      case .number(let value) where value >= 0 && value < 128: item = [UInt8(value)]
      case .number(let value): item = [0xF4] + withUnsafeBytes(of: value.littleEndian) { Array($0) }
      }
      item.append(UInt8(item.count))
      body += item
    }
    let total = UInt32(body.count + 7)
    return withUnsafeBytes(of: total.littleEndian) { Array($0) } + [UInt8(elements.count), 0] + body + [0xFF]
  }
  enum ListpackItem {
    case text(String)
    case number(Int64)
  }

  static func keys(_ record: [UInt8]) throws -> [RDBKey] {
    try ReadRDB(RDBReaderTests.file(record)).events.compactMap { if case .key(let key) = $0 { key } else { nil } }
  }

  static func fields(_ key: RDBKey) -> [String] {
    var fields: [String] = []
    guard case .hash(let elements) = key.value else { return [] }
    elements.forEachField {
      fields.append("\(String(decoding: $0, as: UTF8.self))=\(String(decoding: $1, as: UTF8.self))@\($2.map(String.init) ?? "never")")
    }
    return fields
  }

  @Test func `hashes with expiring fields of Redis 7 point 4 keep their times`() throws {
    let base: Int64 = 4_102_444_800_000
    let baseBytes = withUnsafeBytes(of: base.littleEndian) { Array($0) }
    let flat = Self.listpack([
      .text("f"), .text("v"), .number(base), .text("g"), .number(7), .number(base + 5), .text("h"), .text(""), .number(0),
    ])
    let flatKey = try #require(try Self.keys([25] + Self.blob(Array("k".utf8)) + baseBytes + Self.blob(flat)).first)
    #expect(Self.fields(flatKey) == ["f=v@\(base)", "g=7@\(base + 5)", "h=@never"])
    let large: [UInt8] = [24, 1, 107] + baseBytes + [3, 1, 1, 102, 1, 118, 6, 1, 103, 0xC0, 7, 0, 1, 104, 0]
    let largeKey = try #require(try Self.keys(large).first)
    #expect(Self.fields(largeKey) == ["f=v@\(base)", "g=7@\(base + 5)", "h=@never"])
  }

  @Test func `sets in listpacks and streams of version 3 are read`() throws {
    let set = try #require(try Self.keys([20, 1, 115] + Self.blob(Self.listpack([.text("a"), .number(5)]))).first)
    var members: [String] = []
    if case .set(let elements) = set.value { elements.forEachString { members.append(String(decoding: $0, as: UTF8.self)) } }
    #expect(members == ["a", "5"])

    let node = Self.listpack([
      .number(1), .number(0), .number(1), .text("f"), .number(0), .number(2), .number(0), .number(0), .text("v"), .number(4),
    ])
    let id: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1]
    var stream: [UInt8] = [21, 1, 115, 1, 16] + id + Self.blob(node)
    stream += [1, 9, 1, 9, 1, 0, 0, 1, 1, 1, 103, 9, 1, 1, 1] + id
    let time: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
    stream += time + [3, 1, 1, 99] + time + [2, 0, 0, 0, 0, 0, 0, 0] + [1] + id
    let key = try #require(try Self.keys(stream).first)
    guard case .stream(let items) = key.value else { throw RedisServer.Failure(description: "\(key)") }
    #expect(items.contains(.consumer(name: [99], seenAt: 1, activeAt: 2)))
    #expect(items.contains(.pending(id: .init(9, 1), deliveredAt: 1, deliveries: 3)))
    #expect(items.last == .owned(id: .init(9, 1)))
  }

  @Test(
    arguments: [
      ([7, 1, 107, 0x81, 0x83, 0x0C, 0x27, 0x5B, 0x3A, 0xB5, 0xCC, 0x01, 0x00], "module type"),
      ([6, 1, 107, 0], "pre-release"), ([22, 1, 107, 0], "pre-release"), ([23, 1, 107, 0], "pre-release"),
    ] as [([UInt8], String)]) func `what cannot be represented is refused by its name and key`(record: [UInt8], word: String) throws
  {
    let error = try #require(RDBReaderTests.error(RDBReaderTests.file(record)))
    #expect(error.code == .unsupportedType)
    #expect(error.message.contains(word))
    #expect(error.message.contains("key 'k'"))
  }

  // MARK: corruption

  /// Every byte of a file with all types is changed in turn: an error or other values, never a trap; the checksum is not what saves it.
  @Test(arguments: 0..<3) func `a file with any byte changed is an error or a value`(index: Int) throws {
    let directory = try TemporaryDirectory()
    let server = try RedisServer(in: directory, Self.settings[index == 0 ? 1 : index] + ["--rdbcompression", index == 0 ? "no" : "yes"])
    try server.pipeline(TypedDataset(seed: 77).commands.filter { !String(decoding: $0[1], as: UTF8.self).contains("large") })
    try server.call("SAVE")
    let file = try directory.read("dump.rdb").prefix(60_000)
    var random = SeededGenerator(seed: UInt64(index))
    var refused = 0
    for i in stride(from: 9, to: file.count, by: max(1, file.count / 1500)) {
      var bytes = Array(file)
      bytes[i] = UInt8.random(in: 0...255, using: &random)
      // From a little before on, as the whole would take minutes: a file of the records from there.
      if RDBReaderTests.error(bytes) != nil { refused += 1 }
    }
    #expect(refused > 0)
  }

  @Test(.enabled(if: FixtureTests.isPresent)) func `compact encodings with any byte changed are read within their bounds`() throws {
    var random = SeededGenerator(seed: 5)
    for name in ["encodings.rdb", "hash-ziplist.rdb", "hash-zipmap.rdb", "list-quicklist.rdb", "zset-ziplist.rdb", "corrupt_ziplist.rdb"] {
      let file = try FixtureTests.bytes(name)
      for i in 9..<file.count {
        for _ in 0..<8 {
          var bytes = file
          bytes[i] = UInt8.random(in: 0...255, using: &random)
          _ = RDBReaderTests.error(bytes)
        }
      }
    }
  }
}
