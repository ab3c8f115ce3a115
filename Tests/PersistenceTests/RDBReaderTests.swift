import Testing

@testable import TernPersistence

@Suite struct RDBReaderTests {
  /// A file of version 11 with the given records behind an aux field, its checksum right.
  static func file(_ records: [UInt8], version: String = "REDIS0011", end: Bool = true) -> [UInt8] {
    var bytes = Array(version.utf8) + records
    guard end else { return bytes }
    bytes.append(0xFF)
    var crc = CRC64()
    crc.update(bytes)
    withUnsafeBytes(of: crc.value.littleEndian) { bytes += $0 }
    return bytes
  }

  static func error(_ bytes: [UInt8], pieces: Int = .max) -> RDBError? {
    do throws(RDBError) {
      _ = try ReadRDB(bytes, pieces: pieces)
      return nil
    } catch {
      return error
    }
  }

  @Test func `what was written is read, whole, byte by byte and in batches, with and without compression`() throws {
    let dataset = Dataset.generated(seed: 5, count: 120)
    for compression in [true, false] {
      for integers in [true, false] {
        let bytes = dataset.rdb(options: .init(compression: compression), integers: integers)
        let whole = try ReadRDB(bytes)
        #expect(whole.databases == dataset.sets)
        #expect(whole.checksum == .verified)
        for pieces in [1, 7, 1000] { #expect(try ReadRDB(bytes, pieces: pieces).events == whole.events) }
      }
    }
  }

  @Test func `the header carries what a replica needs to resume`() throws {
    let id = String(repeating: "0123456789", count: 4)
    let header = RDBWriter.Header(
      createdAt: 1_700_000_000, usedMemoryBytes: 123_456, replication: .init(streamDB: 3, id: id, offset: 987_654_321_012), isAOFBase: true)
    let read = try ReadRDB(Dataset().rdb(header: header))
    #expect(
      read.aux == [
        "redis-ver": "7.0.15", "redis-bits": "64", "ctime": "1700000000", "used-mem": "123456", "repl-stream-db": "3", "repl-id": id,
        "repl-offset": "987654321012", "aof-base": "1",
      ])
  }

  @Test func `idle times, frequencies and function libraries survive`() throws {
    var writer = RDBWriter()
    writer.header(.init(createdAt: 1, usedMemoryBytes: 1))
    writer.function(Array("#!lua name=lib".utf8))
    writer.selectDB(0, keys: 3, expires: 1)
    writer.string(key: [1], value: [65], eviction: .idle(seconds: 100_000))
    writer.string(key: [2], value: [66], expireAt: 5, eviction: .frequency(200))
    writer.integer(key: [3], value: -5_000_000_000)
    writer.end()
    let read = try ReadRDB(writer.takeChunk())
    #expect(read.events.contains(.function(Array("#!lua name=lib".utf8))))
    #expect(read.events.contains(.resizeDB(keys: 3, expires: 1)))
    #expect(read.events.contains(.key(.init(name: [1], value: .string([65]), eviction: .idle(seconds: 100_000)))))
    #expect(read.events.contains(.key(.init(name: [2], value: .string([66]), expireAt: 5, eviction: .frequency(200)))))
    #expect(read.events.contains(.key(.init(name: [3], value: .string(Array("-5000000000".utf8))))))
  }

  @Test func `without a checksum the file ends with eight zero bytes and is read unchecked`() throws {
    let bytes = Dataset.generated(seed: 5, count: 20).rdb(options: .init(checksum: false))
    #expect(bytes.suffix(9) == [0xFF, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(try ReadRDB(bytes).checksum == .disabled)
  }

  @Test func `a wrong checksum is an error that shows both`() throws {
    var bytes = Dataset.generated(seed: 5, count: 20).rdb()
    bytes[bytes.count - 1] ^= 1
    let error = try #require(Self.error(bytes))
    #expect(error.code == .checksumMismatch)
    #expect(error.offset == bytes.count - 8)
    #expect(error.message.contains("Wrong RDB checksum expected: ("))
    #expect(try ReadRDB(bytes, options: .init(verifiesChecksum: false)).checksum == .disabled)
  }

  @Test func `bytes behind the end are left to whoever wants them`() throws {
    let bytes = Dataset.generated(seed: 5, count: 20).rdb()
    for pieces in [Int.max, 1, 50] { #expect(try ReadRDB(bytes + Array("*1\r\n".utf8), pieces: pieces).remainder == Array("*1\r\n".utf8)) }
  }

  @Test func `versions 1 to 12 and Valkey's 80 are read, others are refused by number`() throws {
    for version in 1...12 {
      let text = "REDIS" + String(repeating: "0", count: version < 10 ? 3 : 2) + String(version)
      let bytes = Self.file([0xFE, 0, 0, 1, 65, 1, 66], version: text)
      let read = try ReadRDB(version < 5 ? Array(bytes.dropLast(8)) : bytes)
      #expect(read.checksum == (version < 5 ? .absent : .verified))
      #expect(read.databases == [0: [.init(key: [65], value: [66])]])
    }
    #expect(try ReadRDB(Self.file([0xFE, 0, 0, 1, 65, 1, 66], version: "VALKEY080")).databases.count == 1)
    for (magic, number) in [("REDIS0013", 13), ("REDIS0000", 0), ("REDIS9999", 9999), ("VALKEY081", 81), ("VALKEY012", 12)] {
      let error = try #require(Self.error(Self.file([], version: magic)))
      #expect(error.code == .unsupportedVersion)
      #expect(error.message.contains("Can't handle RDB format version \(number)"))
    }
    for magic in ["REDISxxxx", "REDIX0010", "valkey080", "*2\r\n$6\r\n"] {
      #expect(Self.error(Self.file([], version: magic))?.code == .wrongMagic)
    }
  }

  @Test func `expiries in seconds become milliseconds`() throws {
    let read = try ReadRDB(Self.file([0xFD, 0x10, 0x27, 0, 0, 0, 1, 65, 1, 66]))
    #expect(read.databases == [0: [.init(key: [65], value: [66], expireAt: 10_000_000)]])
  }

  @Test func `every type that cannot be represented is refused with its name, its key and its place`() throws {
    for type in [RDBType.modulePreGA, .module2, .hashMetadataPreGA, .hashListpackTTLPreGA] {
      let error = try #require(Self.error(Self.file([0xFE, 0, 0, 1, 65, 1, 66, type.rawValue, 4] + Array("mine".utf8) + [1, 2, 3])))
      #expect(error.code == .unsupportedType)
      #expect(error.message.contains(type == .module2 || type == .modulePreGA ? "module" : type.name()))
      #expect(error.message.contains("'mine'"))
      #expect(error.offset == 16)
    }
    #expect(Self.error(Self.file([200, 1, 65]))?.code == .unknownOpcode)
    #expect(Self.error(Self.file([200, 1, 65]))?.offset == 9)
    #expect(Self.error(Self.file([0xF6, 1, 65]))?.code == .unsupportedType)
  }

  @Test func `data of modules is stepped over and named`() throws {
    // Module "ReJSON-RL", whose nine characters of six bits are its id.
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var id: UInt64 = 0
    for character in "ReJSON-RL" { id = id << 6 | UInt64(alphabet.firstIndex(of: character)!) }
    id <<= 10
    var records: [UInt8] = [0xF7, 0x81]
    withUnsafeBytes(of: id.bigEndian) { records += $0 }
    records += [2, 1, 2, 5, 1, 63, 5, 3, 65, 66, 67, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    for pieces in [Int.max, 1] {
      let read = try ReadRDB(Self.file(records + [0, 1, 65, 1, 66]), pieces: pieces)
      #expect(read.events.first == .moduleAux(module: "ReJSON-RL"))
      #expect(read.databases.count == 1)
    }
  }

  @Test func `a length of gigabytes in a small file takes no memory and is refused or waited for`() throws {
    // 4 GB of plain bytes; 2^63 bytes; 500 MB that ten compressed bytes are said to hold.
    let plain = try #require(Self.error(Self.file([0, 1, 65, 0x80, 0xFF, 0xFF, 0xFF, 0xFF])))
    #expect(plain.code == .malformed)
    let huge = try #require(Self.error(Self.file([0, 1, 65, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0])))
    #expect(huge.message.contains("9223372036854775808"))
    let bomb = try #require(Self.error(Self.file([0, 1, 65, 0xC3, 10, 0x80, 0x1F, 0, 0, 0] + [UInt8](repeating: 0, count: 10))))
    #expect(bomb.message.contains("Invalid LZF compressed string"))
    let short = try #require(Self.error(Self.file([0, 1, 65, 0x80, 0x1F, 0, 0, 0], end: false)))
    #expect(short.code == .truncated)
    #expect(short.message.contains("the value of key 'A'"))
  }

  @Test func `a file that ends anywhere before its end is refused with the place`() throws {
    let bytes = Dataset.generated(seed: 9, count: 20, valueBytesMax: 400).rdb()
    for count in 0..<bytes.count {
      let error = try #require(Self.error(Array(bytes[..<count])))
      #expect(error.code == .truncated)
      #expect(error.offset <= count)
    }
  }

  @Test func `a reader that failed keeps failing`() throws {
    var reader = RDBReader()
    reader.append(Array("REDIS0011".utf8) + [200])
    let first = try #require(throws: RDBError.self) { while try reader.next() != nil {} }
    reader.append([0xFF] as [UInt8])
    #expect(throws: first) { try reader.next() }
    #expect(throws: first) { try reader.finish() }
  }

  @Test func `flipped bits are refused or change a value, and never trap`() {
    let bytes = Dataset.generated(seed: 9, count: 30, valueBytesMax: 400).rdb()
    var random = SeededGenerator(seed: 2024)
    var refused = 0
    for round in 0..<4000 {
      var mutated = bytes
      for _ in 0...(round % 4) { mutated[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
      // Without the checksum the damage reaches the parser's depths; with it, none may pass.
      _ = try? ReadRDB(mutated, pieces: round % 3 == 0 ? 100 : .max, options: .init(verifiesChecksum: false))
      if mutated == bytes || Self.error(mutated) != nil { refused += 1 }
    }
    #expect(refused >= 3999)
  }

  @Test func `random records never trap`() {
    var random = SeededGenerator(seed: 77)
    let heads: [UInt8] = [0, 2, 4, 18, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255]
    for _ in 0..<5000 {
      var records: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<12, using: &random) {
        records.append(heads.randomElement(using: &random) ?? 0)
        records += (0..<Int.random(in: 0..<6, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      }
      _ = Self.error(Self.file(records))
    }
  }
}
