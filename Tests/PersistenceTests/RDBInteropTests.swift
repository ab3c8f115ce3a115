import Foundation
import TernEngine
import Testing

@testable import TernPersistence

/// RDB files that cross between this implementation and a real redis-server.
@Suite struct RDBInteropTests {
  @Test(arguments: ["yes", "no"]) func `a file that Redis saved reads as what Redis was given`(compression: String) throws {
    let directory = try TemporaryDirectory()
    let server = try RedisServer(in: directory, "--rdbcompression", compression)
    let dataset = Dataset.generated(seed: 21, count: 1500)
    try server.pipeline(dataset.commands)
    try server.call("SAVE")
    let bytes = try directory.read("dump.rdb")
    for pieces in [Int.max, 1000, 13] {
      let read = try ReadRDB(bytes, pieces: pieces)
      #expect(read.databases == dataset.sets)
      #expect(read.checksum == .verified)
      #expect(read.aux["redis-ver"] == "7.0.15")
    }
  }

  @Test func `idle times and frequencies are read as Redis saved them`() throws {
    let directory = try TemporaryDirectory()
    let server = try RedisServer(in: directory, "--maxmemory-policy", "allkeys-lfu", "--rdbchecksum", "no")
    try server.call("SET", "counted", "1")
    try server.call("SAVE")
    let lfu = try ReadRDB(directory.read("dump.rdb"))
    #expect(lfu.checksum == .disabled)
    #expect(lfu.events.contains(.key(.init(name: Array("counted".utf8), value: .integer(1), eviction: .frequency(5)))))
    try server.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try server.call("SET", "touched", "now")
    try server.call("SAVE")
    let lru = try ReadRDB(directory.read("dump.rdb"))
    #expect(lru.events.contains(.key(.init(name: Array("touched".utf8), value: .string(Array("now".utf8)), eviction: .idle(seconds: 0)))))
  }

  @Test(arguments: [true, false]) func `Redis starts from a file of ours with the same digest as from commands`(isPlain: Bool) throws {
    let dataset = Dataset.generated(seed: 22, count: 1500)
    let expected = try RedisServer(in: TemporaryDirectory())
    try expected.pipeline(dataset.commands)

    let directory = try TemporaryDirectory()
    try directory.write(
      dataset.rdb(options: .init(checksum: !isPlain, compression: !isPlain), integers: !isPlain), to: "dump.rdb")
    let server = try RedisServer(in: directory)
    #expect(try server.call("DEBUG", "DIGEST") == expected.call("DEBUG", "DIGEST"))
    #expect(server.log.contains("keys loaded: 1500, keys expired: 0."))
    for (index, items) in dataset.databases {
      try server.call("SELECT", String(index))
      let expiries = try server.pipeline(items.map { [Array("PEXPIRETIME".utf8), $0.key] })
      let values = try server.pipeline(items.map { [Array("GET".utf8), $0.key] })
      for (item, (expiry, value)) in zip(items, zip(expiries, values)) {
        #expect(expiry.integerValue == item.expireAt ?? -1)
        #expect(value.bytes == item.value)
      }
    }
  }

  @Test func `Redis keeps the idle times and frequencies that we wrote`() throws {
    var writer = RDBWriter()
    writer.header(.init(createdAt: 1, usedMemoryBytes: 1))
    writer.selectDB(0, keys: 1, expires: 0)
    writer.string(key: Array("old".utf8), value: [65], eviction: .idle(seconds: 100_000))
    writer.string(key: Array("hot".utf8), value: [65], eviction: .frequency(200))
    writer.end()
    let file = writer.takeChunk()
    for (policy, key, field) in [("allkeys-lru", "old", "IDLETIME"), ("allkeys-lfu", "hot", "FREQ")] {
      let directory = try TemporaryDirectory()
      try directory.write(file, to: "dump.rdb")
      let server = try RedisServer(in: directory, "--maxmemory-policy", policy)
      let value = try #require(try server.call("OBJECT", field, key).integerValue)
      #expect(field == "FREQ" ? value == 200 : value >= 100_000 && value < 100_100)
    }
  }

  @Test func `redis-server refuses the versions and damages that we refuse`() throws {
    let good = Dataset.generated(seed: 23, count: 10).rdb()
    var flipped = good
    flipped[good.count - 3] ^= 1
    for (bytes, text) in [
      (flipped, "Wrong RDB checksum"), (Array("REDIS0099".utf8) + good[9...], "Can't handle RDB format version 99"),
      (Array("RADIS0010".utf8) + good[9...], "Wrong signature trying to load DB from file"),
    ] {
      let directory = try TemporaryDirectory()
      try directory.write(bytes, to: "dump.rdb")
      #expect(try RedisServer.logOfRefusedStart(in: directory).contains(text))
      #expect(RDBReaderTests.error(bytes)?.message.contains(text) == true)
    }
  }
}

/// Files of older servers that lie beside the repository.
@Suite struct FixtureTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/fixtures").path

  static var isPresent: Bool { FileManager.default.fileExists(atPath: folder) }

  static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))) }

  @Test(.enabled(if: isPresent, "the folder ../shared/fixtures is not there"))
  func `an old file with a stored script is read`() throws {
    let read = try ReadRDB(Self.bytes("scriptbackup.rdb"))
    #expect(read.aux["lua"]?.hasPrefix("return redis.c") == true)
    #expect(read.checksum == .verified)
  }

  @Test(.enabled(if: isPresent, "the folder ../shared/fixtures is not there"))
  func `an append only file with an RDB in front is read through to its commands`() throws {
    var parser = AOFParser()
    parser.append(try Self.bytes("rdb-preamble.aof"))
    var keys: [String] = []
    var commands: [[String]] = []
    while let event = try parser.next() {
      if case .rdb(.key(let key)) = event { keys.append(String(decoding: key.name, as: UTF8.self)) }
      if case .command(let arguments) = event { commands.append(arguments.map { String(decoding: $0, as: UTF8.self) }) }
    }
    #expect(try parser.finish() == .complete)
    #expect(keys == ["k2", "k1"])
    #expect(commands == [["SELECT", "0"], ["set", "k3", "v3"]])
  }
}
