import TernEngine
import Testing

@testable import TernPersistence

/// redis-check-rdb and redis-check-aof; and files that are compressed as a whole.
@Suite struct FileCheckTests {
  final class Lines {
    var lines: [String] = []
    var text: String { lines.joined(separator: "\n") }
  }

  static func disk(_ files: [String: [UInt8]]) throws -> TestDisk {
    let disk = TestDisk()
    try disk.createDirectory("/d")
    for (name, bytes) in files {
      let file = try disk.open("/d/" + name, for: .replace)
      try file.writeAll(bytes)
      try file.sync()
      try file.close()
    }
    return disk
  }

  static func checkRDB(_ bytes: [UInt8]) throws -> (isGood: Bool, text: String) {
    let lines = Lines()
    var check = RDBCheck(now: 0) { lines.lines.append($0) }
    let isGood = check.check(try disk(["dump.rdb": bytes]), path: "/d/dump.rdb")
    return (isGood, lines.text)
  }

  static func checkAOF(
    _ disk: TestDisk, _ path: String, _ repair: AOFCheck.Repair = .none, answer: Bool = true
  ) -> (isGood: Bool, text: String) {
    let lines = Lines()
    let check = AOFCheck(disk, repair: repair, now: 0, confirm: { _ in answer }) { lines.lines.append($0) }
    return (check.check(path), lines.text)
  }

  static let set = RESPCommand.encode("SET", "a", "b")

  @Test func `what is in a good file is told, with the offsets of redis-check-rdb`() throws {
    let (isGood, text) = try Self.checkRDB(RDBReaderTests.file([0xFA, 1, 97, 1, 98, 0xFE, 0, 0, 1, 65, 1, 66, 2, 1, 115, 1, 1, 97]))
    #expect(isGood)
    #expect(text.contains("[offset 14] AUX FIELD a = 'b'"))
    #expect(text.contains("[offset 16] Selecting DB ID 0"))
    #expect(text.contains("Checksum OK"))
    #expect(text.contains("\\o/ RDB looks OK! \\o/"))
    #expect(text.contains("[info] 2 keys read"))
  }

  @Test func `a bad file is told with the key, the place and what is lost`() throws {
    let (isGood, text) = try Self.checkRDB(RDBReaderTests.file([0, 1, 65, 1, 66, 16, 1, 104, 7, 7, 0, 0, 0, 1, 0, 255]))
    #expect(!isGood)
    #expect(text.contains("--- RDB ERROR DETECTED ---"))
    #expect(text.contains("key 'h'"))
    #expect(text.contains("[info] 1 keys read"))
    #expect(text.contains("from offset 14 on"))
  }

  @Test func `a log that ends within a command is cut where the last whole one ends`() throws {
    let disk = try Self.disk(["a.aof": Self.set + Self.set.dropLast(3)])
    let found = Self.checkAOF(disk, "/d/a.aof")
    #expect(!found.isGood)
    #expect(found.text.contains("ok_up_to=\(Self.set.count), ok_up_to_line=8"))
    #expect(found.text.contains("would drop \(Self.set.count - 3) bytes from offset \(Self.set.count) on"))
    #expect(!Self.checkAOF(disk, "/d/a.aof", .fix, answer: false).isGood)
    #expect(try disk.status(of: "/d/a.aof")?.byteCount == 2 * Self.set.count - 3)
    #expect(Self.checkAOF(disk, "/d/a.aof", .fix).isGood)
    #expect(try disk.contents(of: "/d/a.aof", byteCountMax: 1000) == Self.set)
    #expect(Self.checkAOF(disk, "/d/a.aof").isGood)
  }

  @Test func `of a manifest's files only the last may be cut`() throws {
    let manifest = Array("file b.rdb seq 1 type b\nfile i1.aof seq 1 type i\nfile i2.aof seq 2 type i\n".utf8)
    let rdb = RDBReaderTests.file([0, 1, 65, 1, 66])
    let torn = Array(Self.set.dropLast(3))
    let last = try Self.disk(["m": manifest, "b.rdb": rdb, "i1.aof": Self.set, "i2.aof": torn])
    #expect(Self.checkAOF(last, "/d/m", .fix).isGood)
    #expect(Self.checkAOF(last, "/d/m").text.hasSuffix("All AOF files and manifest are valid"))
    let middle = try Self.disk(["m": manifest, "b.rdb": rdb, "i1.aof": torn, "i2.aof": Self.set])
    let result = Self.checkAOF(middle, "/d/m", .fix)
    #expect(!result.isGood)
    #expect(result.text.contains("is not the last file"))
    let base = try Self.disk(["m": manifest, "b.rdb": Array(rdb.dropLast()), "i1.aof": Self.set, "i2.aof": Self.set])
    #expect(!Self.checkAOF(base, "/d/m", .fix).isGood)
  }

  @Test func `a log can be cut to a time`() throws {
    let disk = try Self.disk(["a.aof": Array("#TS:100\r\n".utf8) + Self.set + Array("#TS:200\r\n".utf8) + Self.set])
    #expect(Self.checkAOF(disk, "/d/a.aof", .truncate(timestamp: 250)).text.contains("Truncate nothing"))
    #expect(Self.checkAOF(disk, "/d/a.aof", .truncate(timestamp: 150)).isGood)
    #expect(try disk.status(of: "/d/a.aof")?.byteCount == 9 + Self.set.count)
  }

  // MARK: the envelope

  static func saved(_ bytes: [UInt8]) throws -> [UInt8] {
    let disk = try disk([:])
    let saver = try RDBFileSaver(disk, path: "/d/dump.rdb", number: 1, isCompressed: true)
    for start in stride(from: 0, to: bytes.count, by: 10_000) { try saver.write(Array(bytes[start..<min(start + 10_000, bytes.count)])) }
    try saver.finish()
    return try #require(try disk.contents(of: "/d/dump.rdb", byteCountMax: .max))
  }

  static func loaded(_ file: [UInt8], chunk: Int) throws -> [RDBEvent] {
    var loader = try #require(try RDBFileLoader(try disk(["dump.rdb": file]), path: "/d/dump.rdb", chunkByteCount: chunk))
    var events: [RDBEvent] = []
    while let event = try loader.next() { events.append(event) }
    return events
  }

  @Test func `a file in Valkey's envelope reads as what was written, in pieces of any size`() throws {
    let rdb = Dataset.generated(seed: 3, count: 300).rdb()
    let file = try Self.saved(rdb)
    #expect(file.starts(with: [0x56, 0x43, 0x53, 1, 1, 0, 1, 0x04, 0x22, 0x4D, 0x18]))
    #expect(file.count < rdb.count)
    let expected = try ReadRDB(rdb).events
    for chunk in [1, 5, 1000, 1 << 20] { #expect(try Self.loaded(file, chunk: chunk) == expected) }
  }

  @Test func `a damaged or foreign envelope is refused`() throws {
    let file = try Self.saved(Dataset.generated(seed: 3, count: 100).rdb())
    for i in [3, 4, 5, 6] {
      var bytes = file
      bytes[i] = 9
      #expect(throws: RDBFileLoader.Failure.self) { try Self.loaded(bytes, chunk: 100) }
    }
    for count in [4, 7, 20, file.count / 2] {
      #expect(throws: RDBFileLoader.Failure.self) { try Self.loaded(Array(file.prefix(count)), chunk: 100) }
    }
    for i in stride(from: 30, to: file.count - 8, by: 211) {
      var bytes = file
      bytes[i] ^= 0x10
      #expect(throws: RDBFileLoader.Failure.self, "byte \(i)") { try Self.loaded(bytes, chunk: 1000) }
    }
  }
}
