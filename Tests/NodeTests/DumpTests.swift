import TernEngine
import Testing

@testable import TernNode

/// DUMP, RESTORE and MIGRATE as commands of a node. What is in a payload is PersistenceTests' matter.
@Suite struct DumpTests {
  final class TestNode {
    let core: NodeCore
    let session: Session
    var now: Int64 = 1_700_000_000_000

    init() throws {
      core = NodeCore(
        configuration: Configuration(), identity: .init(runID: String(repeating: "a", count: 40)), random: SplitMix64(seed: 1),
        now: 1_700_000_000_000, monotonicNanoseconds: { 0 })
      session = try core.openSession(address: "127.0.0.1:1", localAddress: "127.0.0.1:2", now: now).get()
      core.engine.log.isActive = true
    }

    func feed(_ bytes: [UInt8]) -> [UInt8] {
      _ = bytes.withUnsafeBytes { core.receive(session, $0, now: now) }
      return takeReply()
    }

    func takeReply() -> [UInt8] {
      defer { session.reply.removeAll() }
      return Array(session.reply.bytes)
    }

    func send(_ arguments: [[UInt8]]) -> RESPValue? {
      var parser = RESPReplyParser()
      parser.append(feed(RESPCommand.encode(arguments)))
      return try? parser.next()
    }

    @discardableResult func send(_ arguments: String...) -> String? {
      guard let value = send(arguments.map { Array($0.utf8) }) else { return nil }
      return value.text ?? value.integerValue.map(String.init) ?? "\(value)"
    }

    func migration() -> Migration? {
      for effect in core.takeEffects() { if case .migrate(let migration) = effect { return migration } }
      return nil
    }
  }

  static func restore(_ node: TestNode, _ key: String, _ ttl: String, _ payload: [UInt8], _ words: String...) -> String? {
    node.send(([Array("RESTORE".utf8), Array(key.utf8), Array(ttl.utf8), payload]) + words.map { Array($0.utf8) })?.text
  }

  @Test func `RESTORE answers as redis-server, in its order of checks`() throws {
    let node = try TestNode()
    node.send("SET", "k", "v")
    let payload = try #require(node.send([Array("DUMP".utf8), Array("k".utf8)])?.bytes)
    // redis-server 7.0.15's own.
    #expect(payload == [0, 1, 0x76, 0x0A, 0, 0x91, 0x08, 0xCE, 0xB2, 0x19, 0x38, 0x8A, 0xCE])
    #expect(node.send([Array("DUMP".utf8), Array("none".utf8)]) == .null)
    #expect(Self.restore(node, "k", "x", payload) == "BUSYKEY Target key name already exists.")
    #expect(Self.restore(node, "k", "x", payload, "NOPE") == "ERR syntax error")
    #expect(Self.restore(node, "n", "x", payload) == "ERR value is not an integer or out of range")
    #expect(Self.restore(node, "n", "-1", payload) == "ERR Invalid TTL value, must be >= 0")
    #expect(Self.restore(node, "n", "0", Array("abc".utf8)) == "ERR DUMP payload version or checksum are wrong")
    #expect(Self.restore(node, "n", "0", payload, "IDLETIME") == "ERR syntax error")
    #expect(Self.restore(node, "n", "0", payload, "IDLETIME", "-1") == "ERR Invalid IDLETIME value, must be >= 0")
    #expect(Self.restore(node, "n", "0", payload, "FREQ", "256") == "ERR Invalid FREQ value, must be >= 0 and <= 255")
    #expect(Self.restore(node, "n", "0", payload, "FREQ", "5", "IDLETIME", "4") == "ERR syntax error")
    #expect(Self.restore(node, "n", "5", payload, "ABSTTL") == "OK")
    #expect(node.send("EXISTS", "n") == "0")
    #expect(Self.restore(node, "n", "0", payload, "IDLETIME", "1000") == "OK")
    #expect(node.send("OBJECT", "IDLETIME", "n") == "1000")
    #expect(Self.restore(node, "k", "5000", payload, "REPLACE") == "OK")
    #expect(node.send("PTTL", "k") == "5000")
    var bad = payload
    bad[0] = 16
    #expect(Self.restore(node, "b", "0", bad) == "ERR DUMP payload version or checksum are wrong")
    node.core.engine.settings.skipsChecksums = true
    #expect(Self.restore(node, "b", "0", bad) == "ERR Bad data format")
  }

  @Test func `keys move as they are, and come back`() throws {
    let source = try TestNode()
    let target = try TestNode()
    source.send("RPUSH", "l", "a", "b", "1")
    source.send("SET", "s", "x", "PX", "5000")
    source.send("MIGRATE", "host", "1234", "", "3", "100", "REPLACE", "KEYS", "l", "none", "s")
    let migration = try #require(source.migration())
    #expect((migration.host, migration.port, migration.timeoutMilliseconds) == ("host", 1234, 100))
    #expect(source.session.gates.contains(.blocked))
    _ = target.feed(migration.prologue)
    let (bytes, sent) = migration.request(now: source.now)
    #expect(target.feed(bytes) == Array("+OK\r\n+OK\r\n".utf8))
    #expect(sent.count == 2)
    source.core.migrationFinished(migration, .answered(taken: sent, error: nil), now: source.now)
    #expect(source.takeReply() == Array("+OK\r\n".utf8))
    #expect(source.send("DBSIZE") == "0")
    #expect(target.send("PTTL", "s") == "5000")
    #expect(target.send("LLEN", "l") == "3")
  }

  @Test func `a key that changed on the way stays, and so does one that the target refused`() throws {
    let node = try TestNode()
    let other = node.core.engine.openSession(address: "127.0.0.1:9", localAddress: "")
    for key in ["changed", "refused", "moved"] { node.send("RPUSH", key, "a") }
    node.send("MIGRATE", "host", "1", "", "0", "100", "KEYS", "changed", "refused", "moved")
    let migration = try #require(node.migration())
    node.core.engine.execute(other, ["RPUSH", "changed", "b"].map { Array($0.utf8) })
    node.core.migrationFinished(migration, .answered(taken: [0, 2], error: nil), now: node.now)
    #expect(String(decoding: node.takeReply(), as: UTF8.self).contains("'changed' was changed while it was migrated"))
    #expect(node.send("EXISTS", "changed", "refused", "moved") == "2")
    #expect(node.send("LLEN", "changed") == "2")
  }

  @Test(arguments: [
    (["MIGRATE", "h", "1", "none", "0", "1"], "NOKEY"),
    (["MIGRATE", "h", "1", "k", "x", "1"], "ERR value is not an integer or out of range"),
    (["MIGRATE", "h", "1", "k", "0", "1", "NOPE"], "ERR syntax error"),
    (["MIGRATE", "h", "1", "k", "0", "1", "AUTH2", "a"], "ERR syntax error"),
    (
      ["MIGRATE", "h", "1", "k", "0", "1", "KEYS", "k"],
      "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
    ),
  ]) func `MIGRATE refuses as redis-server`(command: [String], reply: String) throws {
    let node = try TestNode()
    node.send("SET", "k", "v")
    #expect(node.send(command.map { Array($0.utf8) })?.text == reply)
  }
}
