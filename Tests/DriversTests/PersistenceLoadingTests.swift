import Foundation
import NIOConcurrencyHelpers
import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// Reads of a file stop at an offset until `open` is called.
private final class Gate: @unchecked Sendable {
  private let condition = ConditionLock(value: false)
  func open() {
    condition.lock()
    condition.unlock(withValue: true)
  }
  func pass() {
    condition.lock(whenValue: true)
    condition.unlock()
  }
}

private final class GatedDisk: FileSystem {
  private let disk: any FileSystem
  private let gate: Gate
  private let from: Int

  init(_ disk: any FileSystem, _ gate: Gate, from: Int) {
    self.disk = disk
    self.gate = gate
    self.from = from
  }

  private final class File: OpenFile {
    let file: any OpenFile
    let gate: Gate
    let from: Int
    init(_ file: any OpenFile, _ gate: Gate, _ from: Int) {
      self.file = file
      self.gate = gate
      self.from = from
    }
    var path: String { file.path }
    func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) -> Int { try file.write(bytes) }
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileSystemError) -> Int {
      if offset >= from { gate.pass() }
      return try file.read(into: buffer, at: offset)
    }
    func byteCount() throws(FileSystemError) -> Int { try file.byteCount() }
    func truncate(to byteCount: Int) throws(FileSystemError) { try file.truncate(to: byteCount) }
    func sync() throws(FileSystemError) { try file.sync() }
    func close() throws(FileSystemError) { try file.close() }
  }

  func open(_ path: String, for access: FileAccess) throws(FileSystemError) -> any OpenFile {
    let file = try disk.open(path, for: access)
    return access == .read && path.hasSuffix(".rdb") ? File(file, gate, from) : file
  }
  func status(of path: String) throws(FileSystemError) -> FileStatus? { try disk.status(of: path) }
  func entries(of directory: String) throws(FileSystemError) -> [String] { try disk.entries(of: directory) }
  func createDirectory(_ path: String) throws(FileSystemError) { try disk.createDirectory(path) }
  func rename(_ path: String, to target: String) throws(FileSystemError) { try disk.rename(path, to: target) }
  func remove(_ path: String) throws(FileSystemError) { try disk.remove(path) }
  func syncDirectory(_ path: String) throws(FileSystemError) { try disk.syncDirectory(path) }
  func lock(_ path: String, owner: String) throws(FileSystemError) -> (any FileLock)? { try disk.lock(path, owner: owner) }
}

/// Loading on two threads, and saving at a bounded speed.
@Suite struct PersistenceLoadingTests {
  /// A file of many keys of all simple forms, and some large values.
  private static func file(_ keys: Int) -> [UInt8] {
    var file: [UInt8] = []
    var writer = RDBWriter()
    writer.header(.init(createdAt: 1, usedMemoryBytes: 12_345_678))
    writer.selectDB(0, keys: keys, expires: 0)
    for i in 0..<keys {
      if i % 3 == 0 {
        writer.integer(key: Array("n:\(i)".utf8), value: Int64(i))
      } else {
        writer.string(key: Array("key:\(i)".utf8), value: Array("value \(i) of a moderate length".utf8))
      }
      if writer.pendingByteCount > 100_000 { file += writer.takeChunk() }
    }
    writer.string(key: Array("long".utf8), value: [UInt8](repeating: 120, count: 700_000))
    writer.end()
    return file + writer.takeChunk()
  }

  private static func disk(_ file: [UInt8]) throws -> TestDisk {
    let disk = try memoryDisk()
    try disk.write(file, to: "/data/dump.rdb")
    return disk
  }

  private static func fields(_ reply: String) -> [String: String] {
    var fields: [String: String] = [:]
    for line in reply.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2 { fields[parts[0]] = parts[1] }
    }
    return fields
  }

  @Test func `while the data are loaded, clients hear LOADING, and INFO says how far it is`() throws {
    let file = Self.file(40_000)
    let gate = Gate()
    let node = PersistenceNode(GatedDisk(try Self.disk(file), gate, from: file.count / 2))
    let ended = NIOLockedValueBox(false)
    let started = NIOLockedValueBox<String?>(nil)
    let thread = TestThread {
      do { try node.start() } catch { started.withLockedValue { $0 = "\(error)" } }
      ended.withLockedValue { $0 = true }
    }
    try node.wait("the first half") { node.get { ($0.loading?.loadedBytes ?? 0) > 0 } }
    let client = try node.connect()
    #expect(try client.call("GET", "n:0").hasPrefix("-LOADING"))
    let info = Self.fields(try client.call("INFO", "persistence"))
    #expect(info["loading"] == "1")
    #expect(info["loading_total_bytes"] == "\(file.count)")
    #expect(info["loading_rdb_used_mem"] == "12345678")
    let percent = try #require(Double(info["loading_loaded_perc"] ?? ""))
    #expect(percent > 0 && percent < 100)
    #expect((Int(info["loading_keys_loaded"] ?? "") ?? 0) > 1000)
    #expect(info["loading_mb_per_sec"] != nil && info["loading_eta_seconds"] != nil)
    #expect(!ended.withLockedValue { $0 })
    gate.open()
    thread.join()
    #expect(started.withLockedValue { $0 } == nil)
    #expect(try client.call("GET", "n:9") == "$1\r\n9\r\n")
    #expect(try client.call("STRLEN", "long") == ":700000\r\n")
    #expect(try client.call("DBSIZE") == ":40001\r\n")
    #expect(node.hasLogged("Loaded ") && node.hasLogged("Done loading RDB, keys loaded: 40001, keys expired: 0."))
  }

  @Test func `a server that ends while it loads gives up at once`() throws {
    let file = Self.file(20_000)
    let gate = Gate()
    let node = PersistenceNode(GatedDisk(try Self.disk(file), gate, from: file.count / 2))
    let failure = NIOLockedValueBox("")
    let thread = TestThread { do { try node.start() } catch { failure.withLockedValue { $0 = "\(error)" } } }
    try node.wait("the first half") { node.get { ($0.loading?.loadedBytes ?? 0) > 0 } }
    let stopping = TestThread { node.stop() }
    gate.open()
    thread.join()
    stopping.join()
    // Either it was told in time, or it was done.
    #expect(failure.withLockedValue { $0.isEmpty || $0.contains("ended while it was loading") })
  }

  @Test func `a broken file ends the start with the place and the key, and leaves no memory behind`() throws {
    var file = Self.file(20_000)
    let text = Array("value 13001 of".utf8)
    let at = try #require((0..<file.count - text.count).first { Array(file[$0..<$0 + text.count]) == text })
    // The length in front of the value.
    file[at - 1] = 0xFB
    let node = PersistenceNode(try Self.disk(file))
    let before = node.get { $0.engine.usedBytes }
    let error = try #require(throws: StartError.self) { try node.start() }
    #expect(error.message.contains("key:13001"))
    #expect(try #require(error.offset) < at && error.offset! > at - 30)
    #expect(error.file == "/data/dump.rdb")
    node.withCore { while $0.engine.reclaim(steps: 1 << 20) {} }
    #expect(node.get { $0.engine.usedBytes } == before)
  }

  @Test func `a key that comes twice is refused as redis-server refuses it`() throws {
    var writer = RDBWriter()
    writer.header(.init(createdAt: 1, usedMemoryBytes: 1))
    writer.selectDB(3, keys: 2, expires: 0)
    writer.string(key: [97], value: [98])
    let offset = writer.producedByteCount
    writer.string(key: [97], value: [99])
    writer.end()
    let node = PersistenceNode(try Self.disk(writer.takeChunk()))
    let error = try #require(throws: StartError.self) { try node.start() }
    #expect(error.message.contains("RDB has duplicated key 'a' in DB 3"))
    #expect(error.offset == offset)
  }

  @Test func `an append only file with an RDB in front is read whole, its tail behind its keys`() throws {
    let disk = try memoryDisk()
    let tail = RESPCommand.encode("SELECT", "0") + RESPCommand.encode("INCR", "n:3") + RESPCommand.encode("DEL", "long")
    try disk.write(Self.file(5000) + tail, to: "/data/appendonly.aof")
    let node = PersistenceNode(disk) { $0.appendonly = true }
    try node.start()
    let client = try node.connect()
    #expect(try client.call("GET", "n:3") == "$1\r\n4\r\n")
    #expect(try client.call("DBSIZE") == ":5000\r\n")
    #expect(node.hasLogged("Reading the remaining AOF tail..."))
    // And as the base of a log that goes on.
    try node.rewriteAOF()
    _ = try client.call("SET", "after", "1")
    node.stop()
    let again = PersistenceNode(disk) { $0.appendonly = true }
    try again.start()
    #expect(try again.connect().call("DBSIZE") == ":5001\r\n")
  }

  // MARK: speed

  @Test func `a save keeps to the limit of its speed, shows how far it is, and takes another limit at once`() throws {
    let disk = try Self.disk(Self.file(20_000))
    let node = PersistenceNode(disk)
    try node.start()
    let client = try node.connect()
    #expect(try client.call("CONFIG", "SET", "save-rate-limit", "20kb") == "+OK\r\n")
    #expect(try client.call("CONFIG", "GET", "save-rate-limit").contains("20480"))
    _ = try client.call("BGSAVE")
    var info: [String: String] = [:]
    try node.wait("some progress") {
      info = Self.fields((try? client.call("INFO", "persistence")) ?? "")
      return (Double(info["current_save_perc"] ?? "") ?? 0) > 0
    }
    // At that speed it would take half a minute.
    #expect(info["rdb_bgsave_in_progress"] == "1")
    #expect(info["current_save_type"] == "rdb")
    #expect(info["current_save_keys_total"] == "20001")
    let bytes = try #require(Int(info["current_save_bytes"] ?? ""))
    #expect(bytes > 0 && bytes < 300_000)
    #expect((Int(info["current_save_eta_seconds"] ?? "") ?? 0) > 1)
    #expect(try client.call("SET", "meanwhile", "1") == "+OK\r\n")
    _ = try client.call("CONFIG", "SET", "save-rate-limit", "0")
    try node.wait("the end of the save") { !node.get { $0.persistence.isSaving } }
    #expect(node.hasLogged("RDB: 20001 keys, "))
    let after = Self.fields(try client.call("INFO", "persistence"))
    #expect(after["current_save_perc"] == nil)
    #expect(after["rdb_last_save_bytes"] == "\(try #require(try disk.status(of: "/data/dump.rdb")).byteCount)")
    node.stop()
    let again = PersistenceNode(disk)
    try again.start()
    #expect(try again.connect().call("DBSIZE") == ":20001\r\n")
  }

  @Test(arguments: [true, false]) func `a rewrite keeps to the limit too, and ends with the server`(preamble: Bool) throws {
    let disk = try memoryDisk()
    let node = PersistenceNode(disk) {
      $0.appendonly = true
      $0.aofUseRdbPreamble = preamble
      $0.saveRateLimit = 20_000
    }
    try node.start()
    let client = try node.connect()
    for i in 0..<200 { _ = try client.call("SET", "k\(i)", String(repeating: "\(i * 7919) ", count: 400)) }
    _ = try client.call("CONFIG", "SET", "rdbcompression", "no")
    _ = try client.call("BGREWRITEAOF")
    var info: [String: String] = [:]
    try node.wait("some progress") {
      info = Self.fields((try? client.call("INFO", "persistence")) ?? "")
      return (Int(info["current_save_bytes"] ?? "") ?? 0) > 0
    }
    #expect(info["current_save_type"] == "aof")
    #expect(info["aof_rewrite_in_progress"] == "1")
    node.stop()
    let again = PersistenceNode(disk) { $0.appendonly = true }
    try again.start()
    #expect(try again.connect().call("DBSIZE") == ":200\r\n")
  }

  @Test func `what an LFU policy knows of a key survives RESTORE, a file and an LRU policy's idle time`() throws {
    let disk = try memoryDisk()
    func node(_ policy: MaxmemoryPolicy) throws -> PersistenceNode {
      let node = PersistenceNode(disk) { $0.maxmemoryPolicy = policy }
      try node.start()
      return node
    }
    let first = try node(.allkeysLFU)
    let client = try first.connect()
    _ = try client.call("SET", "k", "v")
    let session = client.session
    first.withCore { core in
      core.engine.execute(session, ["DUMP", "k"].map { Array($0.utf8) })
      // Behind `$<count>`.
      let bytes = session.reply.bytes
      let head = (bytes.firstIndex(of: 10) ?? 0) + 1
      let payload = Array(bytes[head..<bytes.count - 2])
      session.reply.removeAll()
      core.engine.execute(session, [Array("RESTORE".utf8), Array("often".utf8), [48], payload, Array("FREQ".utf8), Array("201".utf8)])
      core.engine.execute(session, [Array("RESTORE".utf8), Array("idle".utf8), [48], payload, Array("IDLETIME".utf8), Array("99".utf8)])
      session.reply.removeAll()
    }
    #expect(try client.call("OBJECT", "FREQ", "often") == ":201\r\n")
    // An idle time says nothing to this policy: the key counts as new.
    #expect(try client.call("OBJECT", "FREQ", "idle") == ":5\r\n")
    #expect(try client.call("SAVE") == "+OK\r\n")
    first.stop()
    let second = try node(.allkeysLFU)
    #expect(try second.connect().call("OBJECT", "FREQ", "often") == ":201\r\n")
    second.stop()
    let third = try node(.allkeysLRU)
    #expect(try third.connect().call("OBJECT", "IDLETIME", "often") == ":0\r\n")
  }
}

/// A thread of a test's own.
private final class TestThread: @unchecked Sendable {
  private let done = ConditionLock(value: false)
  init(_ body: @escaping @Sendable () -> Void) {
    let done = self.done
    Thread.detachNewThread {
      body()
      done.lock()
      done.unlock(withValue: true)
    }
  }
  func join() {
    done.lock(whenValue: true)
    done.unlock()
  }
}
