import SampleSupport
import TernEngine
import Testing

/// One real redis-server and one tern-server, in either place.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ReplicationTests {
  struct FullSync: Sendable, CustomTestStringConvertible {
    var pair: ReplicationPair
    var isDiskless: Bool
    var testDescription: String { "\(pair.testDescription), \(isDiskless ? "diskless" : "by length")" }

    static let all = ReplicationPair.withTern.flatMap { [FullSync(pair: $0, isDiskless: true), FullSync(pair: $0, isDiskless: false)] }
  }

  @Test(arguments: FullSync.all)
  func `a replica takes over the data of its primary and follows its stream while clients write`(sync: FullSync) async throws {
    let primary = try await ServerProcess.start(
      sync.pair.primary, configuration: ["repl-diskless-sync \(sync.isDiskless ? "yes" : "no")"], password: "password")
    let replica = try await ServerProcess.start(sync.pair.replica, password: "password")
    // What it had is gone afterwards.
    #expect(try await replica.ask("SET", "own", "1", database: 9) == .simpleString(Array("OK".utf8)))
    let load = try await WriteLoad(on: primary)
    try await Task.sleep(for: .milliseconds(500))
    try await replica.follow(primary.port)
    try await Task.sleep(for: .milliseconds(1000))
    #expect(try await load.stop() > 100)
    #expect(try await primary.ask("SET", "last", "1") == .simpleString(Array("OK".utf8)))
    #expect(try await primary.ask("WAIT", "1", "10000") == .integer(1))
    try await ServerProcess.expectEqual([primary, replica])
    #expect(try await replica.ask("EXISTS", "own", database: 9) == .integer(0))

    for line in ["MASTER <-> REPLICA sync started", "Full resync from master: ", "MASTER <-> REPLICA sync: Finished with success"] {
      #expect(replica.log.contains(line))
    }
    let framing = sync.isDiskless ? "receiving streamed RDB from master with EOF" : " bytes from master to "
    #expect(replica.log.contains(framing), "\(replica.log)")
    #expect(primary.log.contains("Synchronization with replica 127.0.0.1:\(replica.port) succeeded"), "\(primary.log)")
    #expect(try await primary.info("stats")["sync_full"] == "1")

    let refused = try await replica.ask("SET", "a", "1")
    #expect(refused == .error(Array("READONLY You can't write against a read only replica.".utf8)))
    try await ServerProcess.kill([primary, replica])
  }

  @Test(arguments: ReplicationPair.withTern)
  func `keys expire on the replica when they expire on its primary`(pair: ReplicationPair) async throws {
    let link = try await ReplicationLink.start(pair)
    let connection = try await link.primary.connect()
    for number in 0..<200 { _ = try await connection.command("SET", "short:\(number)", "x", "PX", "\(1 + number * 3)") }
    _ = try await connection.command("SET", "long", "x", "EX", "1000")
    for server in link.servers {
      try await server.wait("DBSIZE 1", within: .seconds(20)) {
        let size = try await server.ask("DBSIZE")
        return size == .integer(1) ? nil : "\(size)"
      }
    }
    try await ServerProcess.expectEqual(link.servers)
    try await link.end()
  }

  @Test(arguments: ReplicationPair.mixed)
  func `a replica of a replica gets the same stream, also after its primary was cut off`(pair: ReplicationPair) async throws {
    let head = try await ServerProcess.start(pair.primary, configuration: ["repl-backlog-size 64mb"])
    let proxy = try await LinkProxy.start(to: head.port)
    let middle = try await ServerProcess.start(
      pair.replica, configuration: ["replicaof 127.0.0.1 \(proxy.port)", "repl-backlog-size 64mb"])
    try await middle.waitForLink()
    let tail = try await ServerProcess.start(pair.primary, configuration: ["replicaof 127.0.0.1 \(middle.port)"])
    try await tail.waitForLink()
    let load = try await WriteLoad(on: head)
    try await Task.sleep(for: .milliseconds(500))
    proxy.cut()
    try await head.waitForInfo("sync_partial_ok", "1", section: "stats")
    try await middle.waitForLink()
    try await Task.sleep(for: .milliseconds(300))
    try await load.stop()
    try await ServerProcess.expectEqual([head, middle, tail])
    let info = try await middle.info()
    #expect(info["connected_slaves"] == "1")
    #expect(info["role"] == "slave")
    // The tail's link was not touched.
    #expect(try await middle.info("stats")["sync_full"] == "1")
    try await ServerProcess.kill([tail, middle, head])
  }

  @Test(arguments: ReplicationPair.mixed)
  func `after a promotion, the old primary follows without a full copy; one that went on writing gets one`(
    pair: ReplicationPair
  ) async throws {
    let old = try await ServerProcess.start(pair.primary)
    let new = try await ServerProcess.start(pair.replica)
    try await new.follow(old.port)
    let load = try await WriteLoad(on: old, expiring: false)
    try await Task.sleep(for: .milliseconds(300))
    try await load.stop()
    try await ServerProcess.expectEqual([old, new])
    let before = try await new.info()

    #expect(try await new.ask("REPLICAOF", "NO", "ONE") == .simpleString(Array("OK".utf8)))
    try await new.waitForInfo("role", "master")
    let promoted = try await new.info()
    #expect(promoted["master_replid2"] == before["master_replid"])
    #expect(promoted["second_repl_offset"] == "\((Int(before["master_repl_offset"]) ?? 0) + 1)")
    #expect(try await new.ask("SET", "written by", "the new primary") == .simpleString(Array("OK".utf8)))
    try await old.follow(new.port)
    try await ServerProcess.expectEqual([new, old])
    var stats = try await new.info("stats")
    #expect(stats["sync_full"] == "0")
    #expect(stats["sync_partial_ok"] == "1")
    #expect(old.log.contains("Successful partial resynchronization with master."), "\(old.log)")
    #expect(old.log.contains("Master replication ID changed to "), "\(old.log)")

    // The same once more, the other way round; this time the deposed primary has what nobody else has.
    #expect(try await old.ask("REPLICAOF", "NO", "ONE") == .simpleString(Array("OK".utf8)))
    for server in [old, new] { _ = try await server.ask("SET", "on both sides", "\(server.port)") }
    _ = try await new.ask("SET", "lost", "1")
    try await new.follow(old.port)
    try await ServerProcess.expectEqual([old, new])
    #expect(try await new.ask("EXISTS", "lost") == .integer(0))
    stats = try await old.info("stats")
    #expect(stats["sync_full"] == "2")
    try await ServerProcess.kill([old, new])
  }
}
