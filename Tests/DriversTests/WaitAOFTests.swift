import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// WAITAOF, on a node whose disk does what the test says, when it says it. The cases are those of the command's documentation.
@Suite struct WaitAOFTests {
  static let disabled = "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n"

  static func node(_ fsync: AppendFsync?, on disk: any FileSystem) throws -> SteppedNode {
    let node = try SteppedNode(disk, now: CrashWorkload.start) {
      $0.appendonly = fsync != nil
      $0.appendfsync = fsync ?? .everysec
    }
    try node.start()
    return node
  }

  static func answer(_ node: SteppedNode, _ words: String...) throws -> String? {
    let client = try SteppedNode.Client(node)
    client.send([words])
    return client.reply()
  }

  @Test func `with everysec it waits for the fsync, and for nothing else`() throws {
    let node = try Self.node(.everysec, on: memoryDisk())
    node.settle(turns: 2)
    let client = try SteppedNode.Client(node)
    client.send([["INCR", "a"]])
    #expect(client.reply() == ":1\r\n")
    client.send([["WAITAOF", "1", "0", "0"]])
    #expect(client.reply() == nil)
    #expect(client.session.gates.contains(.blocked))
    node.step(.log)
    #expect(client.reply() == nil)
    node.advance(1000)
    node.step(.log)
    // The fsync has been ordered, and is not done.
    #expect(client.reply() == nil)
    #expect(node.step(.sync))
    #expect(client.reply() == nil)
    node.step(.log)
    #expect(client.reply() == "*2\r\n:1\r\n:0\r\n")
    #expect(node.core.aof.syncedOffset == node.core.engine.log.endOffset)
    // It is there still: no need to wait.
    #expect(try Self.answer(node, "WAITAOF", "1", "0", "0") == "*2\r\n:1\r\n:0\r\n")
    #expect(try Self.answer(node, "INFO", "persistence")?.contains("tern_aof_fsynced_offset:\(node.core.engine.log.endOffset)\r\n") == true)
  }

  @Test func `with always the write is on disk when it is answered`() throws {
    let node = try Self.node(.always, on: memoryDisk())
    let client = try SteppedNode.Client(node)
    client.send([["INCR", "a"]])
    #expect(client.reply() == nil)
    node.step(.log)
    #expect(client.reply() == ":1\r\n")
    client.send([["WAITAOF", "1", "0", "0"]])
    #expect(client.reply() == "*2\r\n:1\r\n:0\r\n")
  }

  @Test func `with appendfsync no it times out, and says what it has`() throws {
    let node = try Self.node(.no, on: memoryDisk())
    let client = try SteppedNode.Client(node)
    client.send([["INCR", "a"]])
    _ = client.reply()
    client.send([["WAITAOF", "1", "0", "50"]])
    node.step(.log)
    #expect(client.reply() == nil)
    #expect(node.core.nextDeadline ?? .max <= node.now + 50)
    node.advance(50)
    #expect(client.reply() == "*2\r\n:0\r\n:0\r\n")
    // CLIENT UNBLOCK is a timeout too.
    client.send([["WAITAOF", "1", "0", "0"]])
    let id = client.session.id
    #expect(try Self.answer(node, "CLIENT", "UNBLOCK", String(id)) == ":1\r\n")
    #expect(client.reply() == "*2\r\n:0\r\n:0\r\n")
  }

  @Test func `without an append-only file a local copy cannot be waited for`() throws {
    let node = try Self.node(nil, on: memoryDisk())
    #expect(try Self.answer(node, "WAITAOF", "1", "0", "0") == Self.disabled)
    #expect(try Self.answer(node, "WAITAOF", "0", "0", "0") == "*2\r\n:0\r\n:0\r\n")
  }

  @Test func `who waits when the file is switched off gets an error`() throws {
    let node = try Self.node(.everysec, on: memoryDisk())
    let client = try SteppedNode.Client(node)
    client.send([["INCR", "a"], ["WAITAOF", "1", "0", "0"]])
    #expect(client.session.gates.contains(.blocked))
    _ = client.reply()
    #expect(try Self.answer(node, "CONFIG", "SET", "appendonly", "no") == "+OK\r\n")
    node.step(.log)
    #expect(client.reply() == Self.disabled)
  }

  @Test func `who waits when the file is switched on is released by the first base`() throws {
    let node = try Self.node(nil, on: memoryDisk())
    let client = try SteppedNode.Client(node)
    client.send([["SET", "x", "y"]])
    _ = client.reply()
    #expect(try Self.answer(node, "CONFIG", "SET", "appendonly", "yes") == "+OK\r\n")
    client.send([["SET", "x", "z"]])
    _ = client.reply()
    client.send([["WAITAOF", "1", "0", "0"]])
    node.step(.log)
    node.advance(1000)
    node.step(.log)
    node.step(.sync)
    node.step(.log)
    // The log is followed, and none of it can be loaded before the base is there.
    #expect(client.reply() == nil)
    #expect(node.step(.base))
    node.step(.log)
    node.advance(1000)
    node.step(.log)
    node.step(.sync)
    node.step(.log)
    #expect(client.reply() == "*2\r\n:1\r\n:0\r\n")
  }

  @Test func `in a transaction it answers at once, and the transaction stays one`() throws {
    let node = try Self.node(.everysec, on: memoryDisk())
    node.settle(turns: 2)
    let client = try SteppedNode.Client(node)
    let before = node.core.engine.log.endOffset
    client.send([["MULTI"], ["SET", "a", "1"], ["WAITAOF", "1", "1", "0"], ["SET", "b", "2"], ["EXEC"]])
    #expect(client.reply()?.hasSuffix("*3\r\n+OK\r\n*2\r\n:1\r\n:0\r\n+OK\r\n") == true)
    let logged = String(decoding: node.core.engine.log.bytes(from: before) ?? [], as: UTF8.self)
    #expect(logged.components("MULTI") == 1 && logged.components("EXEC") == 1)
  }

  @Test func `a primary that becomes a replica lets go of those who wait`() throws {
    let node = try Self.node(.everysec, on: memoryDisk())
    let client = try SteppedNode.Client(node)
    client.send([["INCR", "a"], ["WAITAOF", "0", "1", "0"]])
    _ = client.reply()
    node.withCore { $0.replicate("127.0.0.1", 1, requestedBy: nil, now: node.now) }
    #expect(
      client.session.reply.count > 0
        && String(decoding: client.session.reply.bytes, as: UTF8.self).hasPrefix("-UNBLOCKED force unblock from blocking operation"))
    #expect(
      try Self.answer(node, "WAITAOF", "0", "0", "0")
        == "-ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated.\r\n"
    )
  }

  @Test func `after a failed fsync nothing counts before it has been written anew`() throws {
    let disk = try memoryDisk()
    let node = try Self.node(.everysec, on: disk)
    node.settle(turns: 2)
    let client = try SteppedNode.Client(node)
    client.send([["INCR", "a"]])
    _ = client.reply()
    client.send([["WAITAOF", "1", "0", "0"]])
    disk.plan { _, operation, path in operation == .sync && path.hasSuffix("1.incr.aof") ? .droppedPages(5) : nil }
    node.advance(1000)
    node.step(.log)
    node.step(.sync)
    node.step(.log)
    #expect(client.reply() == nil)
    #expect(try Self.answer(node, "SET", "b", "1")?.hasPrefix("-MISCONF Errors writing to the AOF file: Input/output error") == true)
    node.step(.log)
    #expect(client.reply() == nil)
    #expect(node.step(.base))
    node.step(.log)
    #expect(client.reply() == "*2\r\n:1\r\n:0\r\n")
    disk.plan { _, _, _ in .error(5) }
    disk.base.powerLoss()
    let again = try SteppedNode(disk.base, now: node.now) { $0.appendonly = true }
    try again.start()
    #expect(try Self.answer(again, "GET", "a") == "$1\r\n1\r\n")
  }

  @Test(arguments: [
    (["foo", "0", "0"], "ERR value is not an integer or out of range"),
    (["-1", "0", "0"], "ERR value is out of range, value must between 0 and 1"),
    (["2", "0", "0"], "ERR value is out of range, value must between 0 and 1"),
    (["0", "-1", "0"], "ERR value is out of range, must be positive"),
    (["0", "foo", "0"], "ERR value is out of range, must be positive"),
    (["0", "0", "foo"], "ERR timeout is not an integer or out of range"),
    (["1", "0", "-1"], "ERR timeout is negative"), (["0", "2", "9223372036854775807"], "ERR timeout is out of range"),
    (["0", "0"], "ERR wrong number of arguments for 'waitaof' command"),
  ])
  func `a bad argument is refused in Redis's words`(arguments: [String], text: String) throws {
    let node = try Self.node(nil, on: memoryDisk())
    let client = try SteppedNode.Client(node)
    client.send([["WAITAOF"] + arguments])
    #expect(client.reply() == "-\(text)\r\n")
  }

  @Test func `it is in the table of commands`() throws {
    let node = try Self.node(nil, on: memoryDisk())
    let info = try #require(try Self.answer(node, "COMMAND", "INFO", "WAITAOF"))
    for part in ["$7\r\nwaitaof\r\n:4\r\n*1\r\n+blocking\r\n", "+@connection", "+@blocking", "+@slow", "request_policy:all_shards"] {
      #expect(info.contains(part), "\(part) in \(info)")
    }
    let docs = try #require(try Self.answer(node, "COMMAND", "DOCS", "WAITAOF"))
    for part in ["numlocal", "numreplicas", "timeout", "7.2.0", "generic"] { #expect(docs.contains(part)) }
  }
}

extension String {
  fileprivate func components(_ word: String) -> Int { split(separator: word, omittingEmptySubsequences: false).count - 1 }
}
