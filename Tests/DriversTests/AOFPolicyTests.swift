import Synchronization
import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// When the append-only file is synced and rewritten, step by step.
@Suite struct AOFPolicyTests {
  static let increment = "/data/appendonlydir/appendonly.aof.1.incr.aof"

  static func node(_ disk: TestDisk, _ edit: (inout Configuration) -> Void) throws -> SteppedNode {
    let node = try SteppedNode(disk, now: CrashWorkload.start) {
      $0.appendonly = true
      $0.autoAofRewritePercentage = 0
      edit(&$0)
    }
    try node.start()
    return node
  }

  /// Counts the fsyncs of increments.
  final class Syncs: Sendable {
    private let count = Mutex(0)
    init(_ disk: TestDisk) {
      disk.plan { [self] _, operation, path in
        if operation == .sync, path.hasSuffix(".incr.aof") { count.withLock { $0 += 1 } }
        return nil
      }
    }
    var value: Int { count.withLock { $0 } }
  }

  static func info(_ node: SteppedNode, _ field: String) throws -> String? {
    let client = try SteppedNode.Client(node)
    client.send([["INFO", "persistence"]])
    let lines = (client.reply() ?? "").split(separator: "\r\n")
    return lines.first { $0.hasPrefix(field + ":") }.map { String($0.dropFirst(field.count + 1)) }
  }

  @Test func `with always, writes that wait together share one fsync`() throws {
    let disk = try memoryDisk()
    let node = try Self.node(disk) { $0.appendfsync = .always }
    let syncs = Syncs(disk)
    let clients = try (0..<20).map { _ in try SteppedNode.Client(node) }
    for (i, client) in clients.enumerated() { client.send([["SET", "key:\(i)", "1"], ["INCR", "counter"]]) }
    #expect(clients.allSatisfy { $0.reply() == nil })
    node.step(.log)
    #expect(syncs.value == 1)
    for (i, client) in clients.enumerated() { #expect(client.reply() == "+OK\r\n:\(i + 1)\r\n") }
    node.step(.log)
    #expect(syncs.value == 1)
  }

  @Test func `with everysec there is one fsync a second, on a thread of its own`() throws {
    let disk = try memoryDisk()
    let node = try Self.node(disk) { $0.appendfsync = .everysec }
    node.settle(turns: 2)
    let syncs = Syncs(disk)
    let client = try SteppedNode.Client(node)
    for _ in 0..<40 {
      client.send([["INCR", "counter"]])
      #expect(client.reply() != nil)
      node.advance(100)
      node.step(.log)
      node.step(.sync)
    }
    #expect((3...5).contains(syncs.value))
    // One that does not return is seen, and not waited for.
    client.send([["INCR", "counter"]])
    _ = client.reply()
    node.step(.log)
    node.advance(1000)
    node.step(.log)
    #expect(try Self.info(node, "aof_pending_bio_fsync") == "1")
    client.send([["INCR", "counter"]])
    #expect(client.reply() != nil)
    for _ in 0..<3 {
      node.advance(1000)
      node.step(.log)
    }
    #expect(try Self.info(node, "aof_delayed_fsync") == "1")
    #expect(node.log.contains { $0.hasPrefix("Asynchronous AOF fsync is taking too long (disk is busy?).") })
    // When it returns, the next one covers what was written meanwhile.
    for pending in ["1", "0"] {
      node.step(.sync)
      node.step(.log)
      #expect(try Self.info(node, "aof_pending_bio_fsync") == pending)
    }
  }

  @Test(arguments: [AppendFsync.everysec, .always])
  func `no-appendfsync-on-rewrite spares the disk during a rewrite, and breaks no promise of always`(fsync: AppendFsync) throws {
    let disk = try memoryDisk()
    let node = try Self.node(disk) {
      $0.appendfsync = fsync
      $0.noAppendfsyncOnRewrite = true
    }
    let client = try SteppedNode.Client(node)
    client.send([["BGREWRITEAOF"]])
    node.step(.log)
    let syncs = Syncs(disk)
    for _ in 0..<5 {
      client.send([["INCR", "counter"]])
      node.advance(1000)
      node.step(.log)
      node.step(.sync)
      node.step(.log)
      _ = client.reply()
    }
    #expect(syncs.value == (fsync == .always ? 5 : 0))
    #expect(try Self.info(node, "aof_rewrite_in_progress") == "1")
    node.step(.base)
    node.step(.log)
    #expect(try Self.info(node, "aof_rewrite_in_progress") == "0")
    node.settle(turns: 3)
    #expect(node.core.aof.syncedOffset == node.core.engine.log.endOffset)
  }

  @Test func `the file is rewritten when it has grown, and less often when that fails`() throws {
    let disk = try memoryDisk()
    let node = try Self.node(disk) {
      $0.autoAofRewritePercentage = 100
      $0.autoAofRewriteMinSize = 4000
    }
    let client = try SteppedNode.Client(node)
    func write(_ count: Int) {
      for _ in 0..<count { client.send([["SET", "key", String(repeating: "x", count: 100)]]) }
      _ = client.reply()
      node.settle(turns: 2)
    }
    write(10)
    #expect(node.core.aof.rewrites == 0)
    write(30)
    #expect(node.core.aof.rewrites == 1)
    #expect(node.log.contains { $0.hasPrefix("Starting automatic rewriting of AOF on ") && $0.hasSuffix("% growth") })
    #expect(try Self.info(node, "aof_base_size") == Self.info(node, "aof_current_size"))
    // Three failures in a row, one after the other; then it waits for a minute.
    disk.plan { _, operation, path in operation == .write && path.contains("temp-rewriteaof") ? .error(28) : nil }
    write(60)
    node.settle(turns: 8)
    #expect(node.core.aof.rewriteFailures == 3)
    #expect(try Self.info(node, "aof_last_bgrewrite_status") == "err")
    disk.plan(nil)
    node.settle(turns: 50, milliseconds: 1000)
    #expect(node.core.aof.rewrites == 1)
    node.settle(turns: 20, milliseconds: 1000)
    #expect(node.core.aof.rewrites == 2)
    #expect(node.core.aof.rewriteFailures == 0)
  }

  @Test func `BGREWRITEAOF writes files while the append-only file is off, which a start with it loads`() throws {
    let disk = try memoryDisk()
    let node = try Self.node(disk) { $0.appendonly = false }
    let client = try SteppedNode.Client(node)
    client.send([["SET", "a", "1"], ["BGREWRITEAOF"]])
    #expect(client.reply() == "+OK\r\n+Background append only file rewriting started\r\n")
    node.step(.log)
    client.send([["SET", "later", "1"]])
    node.settle(turns: 2)
    #expect(node.core.aof.rewrites == 1)
    #expect(try Self.info(node, "aof_enabled") == "0")
    node.driver.shutdown()
    let again = try Self.node(disk) { $0.appendfsync = .always }
    let reader = try SteppedNode.Client(again)
    reader.send([["GET", "a"], ["GET", "later"]])
    #expect(reader.reply() == "$1\r\n1\r\n$-1\r\n")
  }

  @Test func `switched on while another server uses the directory, it waits until that has gone`() throws {
    let disk = try memoryDisk()
    let first = try Self.node(disk) { _ in }
    let second = try SteppedNode(disk, now: CrashWorkload.start) { _ in }
    try second.start()
    let client = try SteppedNode.Client(second)
    client.send([["SET", "a", "1"], ["CONFIG", "SET", "appendonly", "yes"]])
    second.settle(turns: 2)
    #expect(second.log.contains { $0.contains("/data can't be locked: another node of this process (pid ") })
    #expect(!second.core.aof.isOn)
    let manifest = try disk.bytes("/data/appendonlydir/appendonly.aof.manifest")
    #expect(String(decoding: manifest, as: UTF8.self).hasSuffix("file appendonly.aof.1.incr.aof seq 1 type i\n"))
    first.driver.shutdown()
    second.settle(turns: 20, milliseconds: 1000)
    #expect(second.core.aof.isOn)
  }

  @Test func `a directory stays locked when dir is set to another`() throws {
    let disk = try memoryDisk()
    try disk.createDirectory("/other")
    let node = try Self.node(disk) { _ in }
    let client = try SteppedNode.Client(node)
    node.withCore { $0.configuration.dir.path = "/other" }
    client.send([["SAVE"]])
    node.settle(turns: 2)
    #expect(client.reply() == "+OK\r\n")
    #expect(try disk.lock("/data/.tern.lock", owner: "") == nil)
    #expect(try disk.lock("/other/.tern.lock", owner: "") == nil)
    node.driver.shutdown()
    #expect(try disk.lock("/data/.tern.lock", owner: "") != nil)
  }
}
