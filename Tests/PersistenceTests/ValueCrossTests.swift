import TernEngine
import Testing

@testable import TernPersistence

/// An engine whose keyspace the tests fill from files, and look at.
final class LoadedEngine {
  let engine = Engine(
    commands: EngineCommands.all, random: SeededGenerator(seed: 1), now: 1_700_000_000_000, monotonicNanoseconds: { 0 })
  private(set) var skipped: [String] = []

  var digest: String { Hex.text(engine.datasetDigest()) }

  /// Returns what was wrong.
  func load(_ file: [UInt8], pieces: Int = .max) -> String? {
    let staged = engine.stageKeyspace()
    var reader = RDBReader()
    var database = 0
    var rest = file[...]
    do throws(RDBError) {
      while true {
        while let event = try reader.next() {
          switch event {
          case .selectDB(let index): database = index
          case .key(let key):
            switch staged.insert(key, into: database) {
            case .inserted, .begun: break
            case .skippedEmpty: skipped.append(String(decoding: key.name, as: UTF8.self))
            case .corrupt(let reason):
              engine.discard(staged)
              return reason
            }
          default: break
          }
        }
        if reader.isEnded || rest.isEmpty { break }
        reader.append(rest.prefix(pieces))
        rest = rest.dropFirst(pieces)
      }
      try reader.finish()
    } catch {
      engine.discard(staged)
      return error.description
    }
    engine.install(staged)
    return nil
  }

  func withEntries(_ body: (_ database: Int, Entry) throws -> Void) rethrows {
    let snapshot = engine.takeSnapshot()
    defer { engine.release(snapshot) }
    for (index, tree) in snapshot.databases.enumerated() {
      var entries: [Entry] = []
      tree.forEach { entries.append($0) }
      for entry in entries { try body(index, entry) }
    }
  }

  /// The keyspace as an RDB file, drained in the middle of values.
  func rdb(compression: Bool = true) -> [UInt8] {
    var file: [UInt8] = []
    var writer = RDBWriter(options: .init(compression: compression))
    writer.header(.init(createdAt: 1, usedMemoryBytes: 1))
    let snapshot = engine.takeSnapshot()
    defer { engine.release(snapshot) }
    for (index, tree) in snapshot.databases.enumerated() where tree.count > 0 {
      writer.selectDB(index, keys: tree.count, expires: tree.expiryCount)
      tree.forEach { entry in
        writer.entry(entry) { writer in if writer.pendingByteCount > 1000 { file += writer.takeChunk() } }
      }
    }
    writer.end()
    return file + writer.takeChunk()
  }

  var commands: [UInt8] {
    var form = CommandForm()
    let snapshot = engine.takeSnapshot()
    defer { engine.release(snapshot) }
    for (index, tree) in snapshot.databases.enumerated() where tree.count > 0 {
      form.select(index)
      tree.forEach { form.entry($0) }
    }
    return form.bytes
  }

  func deallocate() {
    engine.install(engine.stageKeyspace())
    while engine.reclaim(steps: 1 << 20) {}
  }
}

/// Values of every type that cross between the engine and a real redis-server.
@Suite struct ValueCrossTests {
  static func server(_ seed: UInt64, _ directory: TemporaryDirectory, _ settings: [String] = []) throws -> RedisServer {
    let server = try RedisServer(in: directory, settings)
    try server.pipeline(TypedDataset(seed: seed).commands)
    return server
  }

  @Test(arguments: 0..<4) func `a file of Redis gives a keyspace with Redis's digest, and so do files and commands of ours`(
    index: Int
  ) throws {
    let directory = try TemporaryDirectory()
    let server = try Self.server(UInt64(50 + index), directory, RDBTypesTests.settings[index])
    try server.call("SAVE")
    let digest = try #require(try server.call("DEBUG", "DIGEST").text)
    let loaded = LoadedEngine()
    #expect(loaded.load(try directory.read("dump.rdb"), pieces: index == 0 ? 999 : .max) == nil)
    #expect(loaded.digest == digest)

    let file = loaded.rdb(compression: index % 2 == 0)
    let again = LoadedEngine()
    #expect(again.load(file) == nil)
    #expect(again.digest == digest)
    let second = try TemporaryDirectory()
    try second.write(file, to: "dump.rdb")
    let other = try RedisServer(in: second)
    #expect(try other.call("DEBUG", "DIGEST").text == digest, "\(other.log.suffix(500))")

    let third = try TemporaryDirectory()
    let fed = try RedisServer(in: third)
    try fed.feed(loaded.commands)
    #expect(try fed.call("DEBUG", "DIGEST").text == digest)
  }

  @Test func `payloads of Redis are restored, and Redis restores ours, every type and encoding`() throws {
    for index in [0, 2, 3] {
      let directory = try TemporaryDirectory()
      let server = try Self.server(61, directory, RDBTypesTests.settings[index])
      let digest = try #require(try server.call("DEBUG", "DIGEST").text)
      try server.call("SAVE")
      let loaded = LoadedEngine()
      #expect(loaded.load(try directory.read("dump.rdb")) == nil)
      let target = LoadedEngine()
      let second = try TemporaryDirectory()
      let other = try RedisServer(in: second)
      var writer = RDBWriter()
      try loaded.withEntries { database, entry in
        let key = Array(entry.keyBytes)
        try server.call("SELECT", String(database))
        let theirs = try #require(try server.call(bytes: [Array("DUMP".utf8), key]).bytes)
        theirs.withUnsafeBytes { payload in
          #expect(ValuePayload.verify(payload, skippingChecksum: false))
          let name = String(decoding: key, as: UTF8.self)
          key.withUnsafeBytes { key in
            let database = target.engine.database(database)
            do throws(ValuePayload.Refusal) {
              switch try ValuePayload.decode(payload, target.engine) {
              case .collection(let value): database.restore(database.key(key), .collection(value), expiry: entry.expiry, access: nil)
              case .string(.string(let bytes)): database.restore(database.key(key), .bytes(bytes), expiry: entry.expiry, access: nil)
              case .string(.integer(let integer)):
                database.restore(database.key(key), .integer(integer), expiry: entry.expiry, access: nil)
              case .string: Issue.record("\(name)")
              }
            } catch {
              Issue.record("\(name): \(error)")
            }
          }
        }
        try other.call("SELECT", String(database))
        try other.call(bytes: [
          Array("RESTORE".utf8), key, Array(String(entry.expiry ?? 0).utf8), ValuePayload.encode(entry, with: &writer),
          Array("ABSTTL".utf8),
        ])
      }
      #expect(target.digest == digest)
      #expect(try other.call("DEBUG", "DIGEST").text == digest)
    }
  }

  @Test func `digests of single values are Redis's`() throws {
    let directory = try TemporaryDirectory()
    let server = try Self.server(71, directory)
    try server.call("SAVE")
    let loaded = LoadedEngine()
    #expect(loaded.load(try directory.read("dump.rdb")) == nil)
    let session = loaded.engine.openSession(address: "t", localAddress: "")
    for key in try #require(try server.call("KEYS", "*").elements).compactMap(\.bytes) {
      let expected = try server.call(bytes: [Array("DEBUG".utf8), Array("DIGEST-VALUE".utf8), key]).elements?.first?.bytes
      loaded.engine.settings.debugCommand = .yes
      loaded.engine.execute(session, [Array("DEBUG".utf8), Array("DIGEST-VALUE".utf8), key])
      var parser = RESPReplyParser()
      parser.append(session.reply.bytes)
      session.reply.removeAll()
      #expect(try parser.next()?.elements?.first?.bytes == expected, "\(String(decoding: key, as: UTF8.self))")
    }
  }

  @Test(.enabled(if: FixtureTests.isPresent)) func `keys without elements are left out, as Redis does`() throws {
    let loaded = LoadedEngine()
    #expect(loaded.load(try FixtureTests.bytes("corrupt_empty_keys.rdb")) == nil)
    #expect(loaded.skipped.count == 9)
    #expect(loaded.digest == String(repeating: "0", count: 40))
  }

  @Test func `members that come twice are refused, and nothing is left behind`() throws {
    let used = LoadedEngine().engine.usedBytes
    for record: [UInt8] in [
      [2, 1, 115, 2, 1, 97, 1, 97], [4, 1, 104, 2, 1, 97, 1, 98, 1, 97, 1, 99], [3, 1, 122, 2, 1, 97, 1, 49, 1, 97, 1, 50],
    ] {
      let loaded = LoadedEngine()
      let failure = try #require(loaded.load(RDBReaderTests.file(record)))
      #expect(failure.contains("twice"))
      #expect(failure.contains("key '"))
      loaded.deallocate()
      #expect(loaded.engine.usedBytes == used)
    }
  }

  /// What a peer or a file sends must never trap, nor leave a structure behind that traps when it is read.
  @Test func `payloads with any byte changed are refused, or give a value that can be read`() throws {
    let directory = try TemporaryDirectory()
    let server = try Self.server(81, directory, ["--rdbcompression", "no"])
    var random = SeededGenerator(seed: 9)
    var accepted = 0
    var refused = 0
    let target = LoadedEngine()
    for key in try #require(try server.call("KEYS", "*").elements).compactMap(\.bytes) {
      let payload = try #require(try server.call(bytes: [Array("DUMP".utf8), key]).bytes)
      if payload.count > 30_000 { continue }
      for i in stride(from: 0, to: payload.count - 10, by: max(1, payload.count / 400)) {
        var bytes = payload
        bytes[i] = i % 2 == 0 ? UInt8.random(in: 0...255, using: &random) : bytes[i] ^ (1 << UInt8.random(in: 0..<8, using: &random))
        bytes.withUnsafeBytes { payload in
          do throws(ValuePayload.Refusal) {
            let value = try ValuePayload.decode(payload, target.engine)
            let database = target.engine.database(0)
            if case .collection(let value) = value {
              key.withUnsafeBytes { database.restore(database.key($0), .collection(value), expiry: nil, access: nil) }
            }
            accepted += 1
          } catch {
            refused += 1
          }
        }
      }
      _ = target.digest
      _ = target.commands
    }
    #expect(accepted > 0)
    #expect(refused > 0)
    target.deallocate()
  }
}
