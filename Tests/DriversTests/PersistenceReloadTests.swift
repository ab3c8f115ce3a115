import TernDrivers
import TernEngine
import TernPersistence
import Testing

@testable import TernNode

/// DEBUG RELOAD and DEBUG LOADAOF.
@Suite struct PersistenceReloadTests {
  /// Orders it as DEBUG does, and waits for the reply.
  static func reload(_ node: PersistenceNode, _ client: PersistenceNode.Client, _ kind: NodeEffect.DebugReload) throws -> String {
    node.withCore { core in
      client.session.gates.insert(.blocked)
      client.session.blocked = .host("reload")
      core.effects.append(.reload(client.session, kind))
    }
    var reply: String?
    try node.wait("the end of the reload") {
      reply = client.reply()
      return reply != nil
    }
    return reply ?? ""
  }

  @Test(arguments: [true, false]) func `the data come back as they were, and the log goes on`(appendonly: Bool) throws {
    let disk = try memoryDisk()
    let node = PersistenceNode(disk) { $0.appendonly = appendonly }
    try node.start()
    let client = try node.connect(database: 1)
    for i in 0..<2000 { client.send("SET", "key:\(i)", String(i)) }
    _ = client.reply()
    let expected = node.contents
    #expect(try Self.reload(node, client, .rdb(save: true, flush: true, merge: false)) == "+OK\r\n")
    #expect(node.contents == expected)
    if appendonly {
      #expect(try Self.reload(node, client, .aof) == "+OK\r\n")
      #expect(node.contents == expected)
    } else {
      #expect(try Self.reload(node, client, .aof).hasPrefix("-ERR"))
    }
    #expect(try client.call("SET", "more", "1") == "+OK\r\n")
    #expect(node.get { $0.loading == nil })
  }

  @Test func `NOSAVE brings the file's data, NOFLUSH adds them, and the append-only file follows`() throws {
    let disk = try memoryDisk()
    var node = PersistenceNode(disk) { $0.appendonly = true }
    try node.start()
    let client = try node.connect()
    _ = try client.call("SET", "saved", "1")
    #expect(try client.call("SAVE") == "+OK\r\n")
    _ = try client.call("SET", "saved", "2")
    _ = try client.call("SET", "unsaved", "2")
    let rewrites = node.get { $0.aof.rewrites }
    #expect(try Self.reload(node, client, .rdb(save: false, flush: false, merge: true)) == "+OK\r\n")
    #expect(node.value("saved") == "1" && node.value("unsaved") == "2")
    try node.wait("the new files") { node.get { $0.aof.rewrites > rewrites } }
    #expect(try Self.reload(node, client, .rdb(save: false, flush: true, merge: false)) == "+OK\r\n")
    #expect(node.value("saved") == "1" && node.value("unsaved") == nil)
    try node.wait("the new files") { node.get { $0.aof.rewrites > rewrites + 1 && !$0.aof.isRewriting } }
    let expected = node.contents
    node.stop()
    node = PersistenceNode(disk) { $0.appendonly = true }
    try node.start()
    #expect(node.contents == expected)
  }

  @Test func `a file that cannot be loaded leaves the data, and says so`() throws {
    let disk = try memoryDisk()
    let node = PersistenceNode(disk) { $0.appendonly = true }
    try node.start()
    let client = try node.connect()
    _ = try client.call("SET", "a", "1")
    try disk.write(Array("REDIS0010 and no more".utf8), to: "/data/dump.rdb")
    #expect(
      try Self.reload(node, client, .rdb(save: false, flush: true, merge: false))
        == "-ERR Error trying to load the RDB dump, check server logs.\r\n")
    #expect(node.value("a") == "1")
    try disk.write([UInt8(ascii: "!")], to: "/data/appendonlydir/appendonly.aof.1.base.rdb")
    #expect(try Self.reload(node, client, .aof) == "-ERR Error trying to load the AOF files, check server logs.\r\n")
    #expect(node.value("a") == "1")
    #expect(try client.call("GET", "a") == "$1\r\n1\r\n")
  }
}
