import Foundation
import TernEngine
import Testing

@testable import TernPersistence

/// Append only directories that cross between this implementation and a real redis-server, on a real disk.
@Suite struct AOFInteropTests {
  /// What is found in a directory: keys to values, by database.
  struct Found: Equatable {
    var databases: [Int: [[UInt8]: [UInt8]]] = [:]
    var notices: [AOFNotice] = []

    init(_ directory: TemporaryDirectory, loadsTruncated: Bool = true) throws(AOFError) {
      let disk = PosixFileSystem()
      let store = try AOFStore.open(disk, .init(directory: directory.path))
      var replay = AOFReplay(disk, try store.loadPlan(), loadsTruncated: loadsTruncated, chunkByteCount: 1000)
      var database = 0
      while let event = try replay.next() {
        if let opening = replay.takeOpeningNotice() { notices.append(opening) }
        switch event {
        case .file: database = 0
        case .rdb(.selectDB(let index)): database = index
        case .rdb(.key(let key)): databases[database, default: [:]][key.name] = key.value.bytes
        case .command(let arguments): apply(arguments, &database)
        case .transaction(let commands): for arguments in commands { apply(arguments, &database) }
        default: break
        }
      }
      notices += replay.takeNotices()
    }

    private mutating func apply(_ arguments: [[UInt8]], _ database: inout Int) {
      switch String(decoding: arguments[0], as: UTF8.self).uppercased() {
      case "SELECT": database = Int(String(decoding: arguments[1], as: UTF8.self)) ?? -1
      case "SET": databases[database, default: [:]][arguments[1]] = arguments[2]
      case "DEL": databases[database]?[arguments[1]] = nil
      default: break
      }
    }
  }

  static func dictionary(_ dataset: Dataset) -> [Int: [[UInt8]: [UInt8]]] {
    dataset.databases.mapValues { items in Dictionary(uniqueKeysWithValues: items.map { ($0.key, $0.value) }) }
  }

  @Test(arguments: ["yes", "no"]) func `a log that Redis wrote is read, before and after its rewrite`(preamble: String) throws {
    let directory = try TemporaryDirectory()
    // With everysec Redis may write the file two seconds after it has answered.
    let server = try RedisServer(
      in: directory, "--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", preamble, "--aof-timestamp-enabled", "yes")
    let dataset = Dataset.generated(seed: 51, count: 600)
    try server.pipeline(dataset.commands)
    #expect(try Found(directory).databases == Self.dictionary(dataset))
    try server.call("BGREWRITEAOF")
    try server.waitForRewrite()
    try server.call("MULTI")
    try server.call("SET", "a", "1")
    try server.call("SET", "b", "2")
    try server.call("EXEC")
    var expected = Self.dictionary(dataset)
    expected[0]?[Array("a".utf8)] = Array("1".utf8)
    expected[0]?[Array("b".utf8)] = Array("2".utf8)
    #expect(try Found(directory).databases == expected)
    server.stop()

    // And gone on with: our store appends to Redis's files, Redis starts from them.
    let disk = PosixFileSystem()
    var store = try AOFStore.open(disk, .init(directory: directory.path))
    try store.startAppending(logOffset: 100)
    try store.append(RESPCommand.encode("SELECT", "3") + RESPCommand.encode("SET", "ours", "yes"))
    try store.close()
    let again = try RedisServer(in: directory, "--appendonly", "yes")
    try again.call("SELECT", "3")
    #expect(try again.call("GET", "ours").text == "yes")
    #expect(try again.call("DBSIZE").integerValue == Int64((expected[3]?.count ?? 0) + 1))
  }

  @Test(arguments: [AOFManifest.BaseFormat.rdb, .resp]) func `Redis starts from a log of ours with the digest of the same commands`(
    format: AOFManifest.BaseFormat
  ) throws {
    let dataset = Dataset.generated(seed: 52, count: 600)
    let late = RESPCommand.encode("SELECT", "3") + RESPCommand.encode("SET", "late", "1")
    let expected = try RedisServer(in: TemporaryDirectory())
    try expected.pipeline(dataset.commands)
    try expected.call("SELECT", "3")
    try expected.call("SET", "late", "1")
    let digest = try expected.call("DEBUG", "DIGEST")

    let directory = try TemporaryDirectory()
    let disk = PosixFileSystem()
    var store = try AOFStore.open(disk, .init(directory: directory.path))
    let first = try store.beginRewrite(format: format, snapshotOffset: 0, onServerStart: true)
    if format == .rdb { try first.write(Dataset().rdb()) }
    try store.finishRewrite(first)
    for command in dataset.commands { try store.append(RESPCommand.encode(command)) }
    try store.append(RESPCommand.encode("MULTI") + late + RESPCommand.encode("EXEC"))
    try store.sync()
    let server = try RedisServer(in: directory, "--appendonly", "yes", "--aof-use-rdb-preamble", format == .rdb ? "yes" : "no")
    #expect(try server.call("DEBUG", "DIGEST") == digest)
    server.stop()

    let rewrite = try store.beginRewrite(format: format, snapshotOffset: store.writtenOffset)
    if format == .rdb {
      try rewrite.write(dataset.rdb(header: .init(createdAt: 1, usedMemoryBytes: 1, isAOFBase: true)))
    } else {
      for command in dataset.commands { try rewrite.write(RESPCommand.encode(command)) }
    }
    try store.appendUncounted(Array("#TS:1700000000\r\n".utf8))
    try store.append(late)
    try store.finishRewrite(rewrite)
    try store.close()
    #expect(try directory.names("appendonlydir").count == 3)
    let again = try RedisServer(in: directory, "--appendonly", "yes")
    #expect(try again.call("DEBUG", "DIGEST") == digest)
    #expect(again.log.contains("DB loaded from base file appendonly.aof.2.base.\(format == .rdb ? "rdb" : "aof")"))
  }

  @Test func `an old single file that Redis takes over, we take over alike`() throws {
    let dataset = Dataset.generated(seed: 53, count: 100)
    let old = dataset.rdb() + RESPCommand.encode("SELECT", "0") + RESPCommand.encode("SET", "tail", "1")
    let ours = try TemporaryDirectory()
    try ours.write(old, to: "appendonly.aof")
    let found = try Found(ours)
    let redis = try TemporaryDirectory()
    try redis.write(old, to: "appendonly.aof")
    let server = try RedisServer(in: redis, "--appendonly", "yes")
    #expect(try server.call("GET", "tail").text == "1")
    var expected = Self.dictionary(dataset)
    expected[0]?[Array("tail".utf8)] = Array("1".utf8)
    #expect(found.databases == expected)
    #expect(try Found(redis).databases == expected)
    #expect(found.notices.map(\.text) == ["Reading RDB preamble from AOF file...", "Reading the remaining AOF tail..."])
    for notice in found.notices { #expect(server.log.contains(notice.text)) }
    #expect(server.log.contains("Successfully migrated an old-style AOF file (appendonly.aof) into the AOF directory (appendonlydir)."))
  }

  @Test func `a truncated log is cut at the offset at which Redis cuts it`() throws {
    let begun = LogModel.set(0) + LogModel.set(1) + RESPCommand.encode("MULTI") + LogModel.set(2)
    for bytes in [Array(begun[..<(LogModel.set(0).count + 5)]), begun] {
      let redis = try TemporaryDirectory()
      try redis.write(bytes, to: "appendonly.aof")
      let server = try RedisServer(in: redis, "--appendonly", "yes")
      let ours = try TemporaryDirectory()
      try ours.write(bytes, to: "appendonly.aof")
      let found = try Found(ours)
      #expect(found.notices.count >= 3)
      for notice in found.notices { #expect(server.log.contains(notice.text)) }
      #expect(try ours.read("appendonlydir/appendonly.aof") == redis.read("appendonlydir/appendonly.aof"))
    }
  }

  @Test func `a log that ends within an EXEC is cut before its MULTI, where Redis leaves the transaction open`() throws {
    // Redis 7.0.15 cuts in the midst of the transaction; what it appends afterwards is queued by the next start and lost.
    let bytes = LogModel.set(0) + RESPCommand.encode("MULTI") + LogModel.set(1) + RESPCommand.encode("EXEC").dropLast(3)
    let ours = try TemporaryDirectory()
    try ours.write(bytes, to: "appendonly.aof")
    #expect(try Found(ours).databases == [0: [Array("key0".utf8): Array("value0".utf8)]])
    #expect(try ours.read("appendonlydir/appendonly.aof") == LogModel.set(0))
  }

  @Test func `what Redis refuses to load we refuse with its words`() throws {
    let cut = Array(LogModel.set(0).dropLast(4))
    for (bytes, options, text) in [
      (cut, ["--aof-load-truncated", "no"], "Unexpected end of file reading the append only file appendonly.aof."),
      (LogModel.set(0) + Array("what\r\n".utf8), [], "Bad file format reading the append only file appendonly.aof: make a backup"),
      (
        Array(Dataset.generated(seed: 54, count: 5).rdb().dropLast(30)), [],
        "Unexpected EOF reading RDB"
      ),
    ] as [([UInt8], [String], String)] {
      let directory = try TemporaryDirectory()
      try directory.write(bytes, to: "appendonly.aof")
      let log = try RedisServer.logOfRefusedStart(in: directory, ["--appendonly", "yes"] + options)
      #expect(log.contains(text))
      let error = try #require(throws: AOFError.self) { try Found(directory, loadsTruncated: options.isEmpty) }
      #expect(error.message.contains(text))
    }
  }
}
