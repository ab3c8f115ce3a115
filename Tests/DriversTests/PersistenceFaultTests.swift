import Synchronization
import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// A disk that fails under a node.
@Suite struct PersistenceFaultTests {
  static func aof(_ fsync: AppendFsync) -> (inout Configuration) -> Void {
    {
      $0.appendonly = true
      $0.appendfsync = fsync
    }
  }

  /// Makes one kind of call fail on the log's increments while it is set.
  final class Fault: Sendable {
    private let state = Mutex<(operation: FileSystemError.Operation, left: Int)?>(nil)
    func set(_ operation: FileSystemError.Operation, times: Int = .max) { state.withLock { $0 = (operation, times) } }
    func clear() { state.withLock { $0 = nil } }
    func plan(_ disk: TestDisk) {
      disk.plan { [self] _, operation, path in
        guard path.hasSuffix(".incr.aof") else { return nil }
        return state.withLock { fault in
          guard let (failing, left) = fault, failing == operation, left > 0 else { return nil }
          fault?.left = left - 1
          return .error(operation == .sync ? 5 : 28)
        }
      }
    }
  }

  @Test func `with everysec, a full disk refuses writes until there is room, and nothing is lost`() throws {
    let disk = try memoryDisk()
    let fault = Fault()
    var node = PersistenceNode(disk, Self.aof(.everysec))
    try node.start()
    let client = try node.connect()
    _ = try client.call("SET", "a", "1")
    // The fault must meet the second write, however late the first one is.
    try node.wait("the first write") { node.get { $0.aof.syncedOffset == $0.engine.log.endOffset } }
    fault.plan(disk)
    fault.set(.write)
    // Everysec answers before it writes.
    _ = try client.call("SET", "b", "2")
    try node.wait("the refusal") { node.get { !$0.aof.lastWriteSucceeded } }
    #expect(try client.call("SET", "c", "3") == "-MISCONF Errors writing to the AOF file: No space left on device\r\n")
    #expect(try client.call("GET", "b") == "$1\r\n2\r\n")
    #expect(node.hasLogged("Error writing to the AOF file: No space left on device"))
    fault.clear()
    try node.wait("the recovery") { node.get { $0.aof.lastWriteSucceeded } }
    _ = try client.call("SET", "d", "4")
    let expected = node.contents
    node.stop()
    node = PersistenceNode(disk, Self.aof(.everysec))
    try node.start()
    #expect(node.contents == expected)
    #expect(expected[0]?.count == 3)
  }

  @Test(arguments: [FileSystemError.Operation.write, .sync])
  func `with always, a write that the disk did not take is never acknowledged`(operation: FileSystemError.Operation) throws {
    let disk = try memoryDisk()
    let fault = Fault()
    let node = PersistenceNode(disk, Self.aof(.always))
    try node.start()
    let writer = try node.connect()
    let reader = try node.connect()
    _ = try writer.call("SET", "a", "1")
    fault.plan(disk)
    fault.set(operation)
    writer.send("SET", "a", "2")
    try node.wait("the disconnection") { writer.isKilled }
    #expect(writer.reply() == nil)
    #expect(try reader.call("SET", "a", "3").hasPrefix("-MISCONF Errors writing to the AOF file: "))
    #expect(node.hasLogged("clients are disconnected without an answer"))
    fault.clear()
    try node.wait("the recovery") { node.get { $0.aof.isOn && $0.aof.lastWriteSucceeded && !$0.aof.isRewriting } }
    #expect(try reader.call("SET", "b", "4") == "+OK\r\n")
    node.losePower(disk)
    let again = PersistenceNode(disk, Self.aof(.always))
    try again.start()
    #expect(again.value("b") == "4")
    #expect(again.value("a") == "2")
  }

  @Test func `a failed fsync is never tried again on the same file: a rewrite leads out of it`() throws {
    let disk = try memoryDisk()
    let fault = Fault()
    let node = PersistenceNode(disk, Self.aof(.everysec))
    try node.start()
    let client = try node.connect()
    fault.plan(disk)
    fault.set(.sync, times: 1)
    _ = try client.call("SET", "lost by the kernel", "1")
    try node.wait("the rewrite") { node.get { $0.aof.rewrites == 1 && $0.aof.lastWriteSucceeded } }
    #expect(node.hasLogged("Fail to fsync the AOF file"))
    let expected = node.contents
    node.losePower(disk)
    let again = PersistenceNode(disk, Self.aof(.everysec))
    try again.start()
    #expect(again.contents == expected)
    #expect(expected[0]?.count == 1)
  }

  @Test func `a rewrite that fails leaves the files as they were`() throws {
    let disk = try memoryDisk()
    var node = PersistenceNode(disk, Self.aof(.always))
    try node.start()
    let client = try node.connect()
    for i in 0..<100 { client.send("SET", "key:\(i)", "1") }
    disk.plan { _, operation, path in path.contains("temp-rewriteaof") && operation == .write ? .error(28) : nil }
    client.send("BGREWRITEAOF")
    try node.wait("the failure") { node.get { !$0.aof.lastRewriteSucceeded } }
    #expect(node.hasLogged("Background AOF rewrite failed"))
    disk.plan(nil)
    _ = try client.call("SET", "after", "1")
    let expected = node.contents
    node.stop()
    node = PersistenceNode(disk, Self.aof(.always))
    try node.start()
    #expect(node.contents == expected)
    #expect(expected[0]?.count == 101)
  }

  @Test func `a save that fails leaves the old file, and tells SAVE's client`() throws {
    let disk = try memoryDisk()
    let node = PersistenceNode(disk)
    try node.start()
    let client = try node.connect()
    _ = try client.call("SET", "a", "1")
    #expect(try client.call("SAVE") == "+OK\r\n")
    let saved = try disk.bytes("/data/dump.rdb")
    _ = try client.call("SET", "a", "2")
    disk.plan { _, operation, path in path.contains("temp-") && operation == .write ? .error(28) : nil }
    #expect(try client.call("SAVE").hasPrefix("-ERR"))
    #expect(node.hasLogged("No space left on device"))
    #expect(try disk.bytes("/data/dump.rdb") == saved)
    #expect(try disk.entries(of: "/data") == [".tern.lock", "dump.rdb"])
  }
}
