import TernEngine
import Testing

@testable import TernPersistence

/// A log of SETs, and what an append only directory gives back of it.
struct LogModel {
  static let configuration = AOFStore.Configuration(directory: "/")

  static func set(_ index: Int) -> [UInt8] { RESPCommand.encode("SET", "key\(index)", "value\(index)") }

  /// An RDB that stands for the first `count` SETs.
  static func base(_ count: Int) -> [UInt8] {
    var writer = RDBWriter()
    writer.header(.init(createdAt: 1, usedMemoryBytes: 1, isAOFBase: true))
    writer.selectDB(0, keys: count, expires: 0)
    for index in 0..<count { writer.string(key: Array("key\(index)".utf8), value: Array("value\(index)".utf8)) }
    writer.end()
    return writer.takeChunk()
  }

  /// The keys that a start finds, by applying all files.
  static func load(_ disk: any FileSystem, _ store: AOFStore, loadsTruncated: Bool = true) throws(AOFError) -> [String] {
    var replay = AOFReplay(disk, try store.loadPlan(), loadsTruncated: loadsTruncated, chunkByteCount: 50)
    var keys: [String] = []
    while let event = try replay.next() {
      switch event {
      case .rdb(.key(let key)): keys.append(String(decoding: key.name, as: UTF8.self))
      case .command(let arguments) where arguments.count == 3: keys.append(String(decoding: arguments[1], as: UTF8.self))
      default: break
      }
    }
    return keys
  }

  static func reopen(_ disk: any FileSystem) throws(AOFError) -> [String] { try load(disk, AOFStore.open(disk, configuration)) }

  static func keys(_ count: Int) -> [String] { (0..<count).map { "key\($0)" } }

  /// A store on an empty disk, with an empty base.
  static func fresh(_ disk: any FileSystem) throws(AOFError) -> AOFStore {
    var store = try AOFStore.open(disk, configuration)
    try rewrite(&store, count: 0, onServerStart: true)
    return store
  }

  static func rewrite(_ store: inout AOFStore, count: Int, onServerStart: Bool = false) throws(AOFError) {
    let rewrite = try store.beginRewrite(format: .rdb, snapshotOffset: store.writtenOffset, onServerStart: onServerStart)
    try write(base(count), to: rewrite, of: &store)
    try store.finishRewrite(rewrite)
  }

  static func write(_ bytes: [UInt8], to rewrite: AOFRewrite, of store: inout AOFStore) throws(AOFError) {
    do throws(FileSystemError) {
      try rewrite.write(bytes)
    } catch {
      store.abortRewrite()
      throw AOFError(error)
    }
  }
}

@Suite struct AOFStoreTests {
  @Test func `a new log begins with an empty base and one increment, named as Redis names them`() throws {
    let disk = TestDisk()
    var store = try AOFStore.open(disk, LogModel.configuration)
    #expect(store.isEmpty)
    #expect(try disk.entries(of: "/").isEmpty)
    store = try LogModel.fresh(disk)
    #expect(
      try disk.entries(of: "/appendonlydir")
        == ["appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof", "appendonly.aof.manifest"])
    #expect(
      try disk.contents(of: "/appendonlydir/appendonly.aof.manifest", byteCountMax: 1000).map { String(decoding: $0, as: UTF8.self) }
        == "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n")
    disk.powerLoss()
    #expect(try LogModel.reopen(disk) == [])
  }

  @Test func `what was synced survives a power loss, and the offsets say what that is`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    for index in 0..<3 { try store.append(LogModel.set(index)) }
    try store.sync()
    let synced = store.writtenOffset
    #expect(store.syncedOffset == synced)
    try store.append(LogModel.set(3))
    #expect(store.writtenOffset == synced + Int64(LogModel.set(3).count))
    #expect(store.syncedOffset == synced)
    disk.powerLoss { _, unsynced in unsynced / 2 }
    var again = try AOFStore.open(disk, LogModel.configuration)
    #expect(try LogModel.load(disk, again) == LogModel.keys(3))
    try again.startAppending(logOffset: synced)
    try again.append(LogModel.set(3))
    try again.close()
    #expect(try LogModel.reopen(disk) == LogModel.keys(4))
  }

  @Test func `a rewrite leaves the new base and what was appended since, and removes the rest`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    for index in 0..<5 { try store.append(LogModel.set(index)) }
    let rewrite = try store.beginRewrite(format: .rdb, snapshotOffset: store.writtenOffset)
    #expect(store.syncedOffset == store.writtenOffset)
    try store.append(LogModel.set(5))
    try LogModel.write(LogModel.base(5), to: rewrite, of: &store)
    try store.append(LogModel.set(6))
    try rewrite.seal()
    try store.finishRewrite(rewrite)
    #expect(
      try disk.entries(of: "/appendonlydir")
        == ["appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest"])
    #expect(store.currentByteCount == LogModel.base(5).count + 2 * LogModel.set(5).count)
    #expect(store.rewriteBaseByteCount == store.currentByteCount)
    try store.append(LogModel.set(7))
    try store.sync()
    disk.powerLoss()
    #expect(try LogModel.reopen(disk) == LogModel.keys(8))
    #expect(
      store.takeNotices().map(\.text).suffix(4) == [
        "Creating AOF incr file appendonly.aof.2.incr.aof on background rewrite",
        "Successfully renamed the temporary AOF base file temp-rewriteaof-bg-1.aof into appendonly.aof.2.base.rdb",
        "Removing the history file appendonly.aof.1.base.rdb in the background",
        "Removing the history file appendonly.aof.1.incr.aof in the background",
      ])
  }

  @Test func `a rewrite as commands makes a base of commands`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    try store.append(LogModel.set(0))
    let rewrite = try store.beginRewrite(format: .resp, snapshotOffset: store.writtenOffset)
    try rewrite.write(LogModel.set(0))
    try store.append(LogModel.set(1))
    try store.finishRewrite(rewrite)
    #expect(store.manifest.base?.name == "appendonly.aof.2.base.aof")
    #expect(try LogModel.reopen(disk) == LogModel.keys(2))
  }

  @Test func `an aborted rewrite leaves two increments that load in order`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    try store.append(LogModel.set(0))
    let rewrite = try store.beginRewrite(format: .rdb, snapshotOffset: store.writtenOffset)
    try store.append(LogModel.set(1))
    store.abortRewrite()
    #expect(throws: AOFError.self) { try store.finishRewrite(rewrite) }
    try store.append(LogModel.set(2))
    #expect(store.manifest.increments.count == 2)
    #expect(try !disk.entries(of: "/appendonlydir").contains { $0.hasPrefix("temp-") })
    #expect(try LogModel.reopen(disk) == LogModel.keys(3))
    try LogModel.rewrite(&store, count: 3)
    #expect(try LogModel.reopen(disk) == LogModel.keys(3))
    #expect(try disk.entries(of: "/appendonlydir").count == 3)
  }

  @Test func `a snapshot from another offset than the log's end is refused`() throws {
    var store = try LogModel.fresh(TestDisk())
    try store.append(LogModel.set(0))
    let error = try #require(throws: AOFError.self) { try store.beginRewrite(format: .rdb, snapshotOffset: 0) }
    #expect(error.code == .misuse)
    #expect(!store.isRewriting)
  }

  @Test func `a short write is cut off and may be repeated`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    try store.append(LogModel.set(0))
    disk.plan { _, operation, _ in operation == .write ? .shortWrite(7) : nil }
    let error = try #require(throws: AOFError.self) { try store.append(LogModel.set(1)) }
    #expect(error.message == "Error writing to the AOF file: No space left on device")
    guard case .writeFailed = store.health else {
      Issue.record("\(store.health)")
      return
    }
    #expect(try LogModel.reopen(disk) == LogModel.keys(1))
    disk.plan(nil)
    try store.append(LogModel.set(1))
    #expect(store.health == .healthy)
    #expect(try LogModel.reopen(disk) == LogModel.keys(2))
  }

  @Test func `a short write that cannot be cut off ends appending until a rewrite`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    try store.append(LogModel.set(0))
    disk.plan { _, operation, _ in operation == .write ? .shortWrite(7) : operation == .truncate ? .error(5) : nil }
    #expect(throws: AOFError.self) { try store.append(LogModel.set(1)) }
    disk.plan(nil)
    let refused = try #require(throws: AOFError.self) { try store.append(LogModel.set(1)) }
    #expect(refused.code == .failedBefore)
    #expect(throws: AOFError.self) { try store.sync() }
    try LogModel.rewrite(&store, count: 1)
    try store.append(LogModel.set(1))
    #expect(try LogModel.reopen(disk) == LogModel.keys(2))
  }

  @Test func `after a failed fsync nothing counts as synced until a rewrite is complete`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    try store.append(LogModel.set(0))
    try store.sync()
    let synced = store.syncedOffset
    try store.append(LogModel.set(1))
    disk.plan { _, operation, path in operation == .sync && path.hasSuffix("1.incr.aof") ? .error(5) : nil }
    let begun = store.beginSync()
    let job = try #require(begun)
    let concurrent = store.beginSync()
    #expect(concurrent?.offset == nil)
    #expect(throws: AOFError.self) { try store.finishSync(job, job.run()) }
    let later = store.beginSync()
    #expect(later?.offset == nil)
    #expect(throws: AOFError.self) { try store.append(LogModel.set(2)) }
    #expect(store.syncedOffset == synced)

    // The log went on without the file; the snapshot of the rewrite holds what the file does not.
    let offset = store.writtenOffset + Int64(LogModel.set(2).count)
    let rewrite = try store.beginRewrite(format: .rdb, snapshotOffset: offset)
    try store.append(LogModel.set(3))
    try store.sync()
    #expect(store.syncedOffset == synced)
    try LogModel.write(LogModel.base(3), to: rewrite, of: &store)
    try store.finishRewrite(rewrite)
    #expect(store.health == .healthy)
    #expect(store.syncedOffset == offset + Int64(LogModel.set(3).count))
    disk.powerLoss()
    #expect(try LogModel.reopen(disk) == LogModel.keys(4))
  }

  @Test func `a rewrite out of a failed state that is cut short leaves what was there before`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    try store.append(LogModel.set(0))
    try store.sync()
    try store.append(LogModel.set(1))
    disk.plan { _, operation, _ in operation == .sync ? .error(5) : nil }
    #expect(throws: AOFError.self) { try store.sync() }
    disk.plan(nil)
    _ = try store.beginRewrite(format: .rdb, snapshotOffset: store.writtenOffset)
    try store.append(LogModel.set(2))
    try store.sync()
    disk.powerLoss()
    #expect(try LogModel.reopen(disk) == LogModel.keys(1))
  }

  @Test func `an old log of one file is moved into the directory and becomes the base`() throws {
    let disk = TestDisk()
    let file = try disk.open("/appendonly.aof", for: .append)
    try file.writeAll(LogModel.base(2) + LogModel.set(2))
    try file.sync()
    try disk.syncDirectory("/")
    var store = try AOFStore.open(disk, LogModel.configuration)
    #expect(try disk.entries(of: "/") == ["appendonlydir"])
    #expect(store.manifest.text == "file appendonly.aof seq 1 type b\n")
    disk.powerLoss()
    #expect(try LogModel.reopen(disk) == LogModel.keys(3))
    store = try AOFStore.open(disk, LogModel.configuration)
    try store.startAppending(logOffset: 0)
    try store.append(LogModel.set(3))
    #expect(store.currentFileName == "appendonly.aof.1.incr.aof")
    try LogModel.rewrite(&store, count: 4)
    #expect(try LogModel.reopen(disk) == LogModel.keys(4))
    #expect(try disk.entries(of: "/appendonlydir").count == 3)
  }

  @Test func `a file that the manifest names and the disk lacks ends the start`() throws {
    let disk = TestDisk()
    _ = try LogModel.fresh(disk)
    try disk.remove("/appendonlydir/appendonly.aof.1.base.rdb")
    let error = try #require(throws: AOFError.self) { try LogModel.reopen(disk) }
    #expect(error.message == "Unable to obtain the AOF file appendonly.aof.1.base.rdb length. stat: No such file or directory")
  }

  @Test func `an empty base is refused`() throws {
    let disk = TestDisk()
    _ = try LogModel.fresh(disk)
    _ = try disk.open("/appendonlydir/appendonly.aof.1.base.rdb", for: .replace)
    let error = try #require(throws: AOFError.self) { try LogModel.reopen(disk) }
    #expect(error.code == .malformed)
  }

  @Test func `an incomplete command at the end is cut off if that is allowed, and only in the last file`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    try store.append(LogModel.set(0) + RESPCommand.encode("MULTI") + LogModel.set(1))
    let strict = try #require(throws: AOFError.self) { try LogModel.load(disk, store, loadsTruncated: false) }
    #expect(strict.code == .truncated)
    #expect(strict.offset == LogModel.set(0).count)
    #expect(strict.message.hasPrefix("Unexpected end of file reading the append only file appendonly.aof.1.incr.aof. You can: 1)"))

    var replay = AOFReplay(disk, try store.loadPlan())
    while try replay.next() != nil {}
    #expect(
      replay.takeNotices().map(\.text).suffix(4) == [
        "Revert incomplete MULTI/EXEC transaction in AOF file appendonly.aof.1.incr.aof",
        "!!! Warning: short read while loading the AOF file appendonly.aof.1.incr.aof!!!",
        "!!! Truncating the AOF appendonly.aof.1.incr.aof at offset \(LogModel.set(0).count) !!!",
        "AOF appendonly.aof.1.incr.aof loaded anyway because aof-load-truncated is enabled",
      ])
    #expect(replay.bytesRead == replay.bytesTotal)
    let path = "/appendonlydir/appendonly.aof.1.incr.aof"
    #expect(try disk.contents(of: path, byteCountMax: 1000) == LogModel.set(0))

    var again = try AOFStore.open(disk, LogModel.configuration)
    try again.startAppending(logOffset: 0)
    try again.append(Array(LogModel.set(1).dropLast(3)))
    _ = try again.beginRewrite(format: .rdb, snapshotOffset: again.writtenOffset)
    let fatal = try #require(throws: AOFError.self) { try LogModel.reopen(disk) }
    #expect(fatal.message.hasPrefix("Fatal error: the truncated file is not the last file"))
    #expect(try disk.contents(of: path, byteCountMax: 1000)?.count == LogModel.set(0).count + LogModel.set(1).count - 3)
  }

  @Test func `bad bytes in a file are refused with file and place`() throws {
    let disk = TestDisk()
    var store = try LogModel.fresh(disk)
    try store.append(LogModel.set(0) + [0x78])
    let error = try #require(throws: AOFError.self) { try LogModel.reopen(disk) }
    #expect(error.code == .malformed)
    #expect(error.offset == LogModel.set(0).count)
    #expect(error.message.hasPrefix("Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup"))
  }
}
