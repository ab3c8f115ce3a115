import Foundation
import SampleSupport
import TernEngine
import Testing

/// Every setting of replication, between this server and the real one.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ReplicationSettingsTests {
  @Test(arguments: ReplicationPair.withTern)
  func `a replica announces its address, port, priority and that it wants no clients`(pair: ReplicationPair) async throws {
    let primary = try await ServerProcess.start(pair.primary)
    let replica = try await ServerProcess.start(
      pair.replica,
      configuration: [
        "replicaof 127.0.0.1 \(primary.port)", "replica-announce-ip 10.1.2.3", "replica-announce-port 7777", "replica-priority 42",
        "replica-announced no",
      ])
    try await replica.waitForLink()
    let seen = try await primary.info()
    #expect(seen["slave0"].hasPrefix("ip=10.1.2.3,port=7777,"), "\(seen.text)")
    let own = try await replica.info()
    #expect(own["slave_priority"] == "42")
    #expect(own["replica_announced"] == "0")
    try await ServerProcess.kill([replica, primary])
  }

  @Test(arguments: ServerProgram.allCases)
  func `enough waiting replicas end repl-diskless-sync-delay, and share one snapshot`(replica program: ServerProgram) async throws {
    let primary = try await ServerProcess.start(
      .tern, configuration: ["repl-diskless-sync-delay 600", "repl-diskless-sync-max-replicas 2"])
    let lines = ["replicaof 127.0.0.1 \(primary.port)"]
    let one = try await ServerProcess.start(program, configuration: lines)
    try await primary.waitForLog("Delay next BGSAVE for diskless SYNC")
    #expect(try await one.info()["master_link_status"] == "down")
    let two = try await ServerProcess.start(program, configuration: lines)
    for server in [one, two] { try await server.waitForLink() }
    #expect(primary.log.components(separatedBy: "Background RDB transfer started").count == 2)
    try await ServerProcess.kill([one, two, primary])
  }

  @Test(arguments: ["disabled", "on-empty-db", "swapdb"], [ServerProgram.redis, .tern])
  func `whatever repl-diskless-load says, readers see the old data or the new`(mode: String, primary program: ServerProgram) async throws {
    let primary = try await ServerProcess.start(program, configuration: ["rdb-key-save-delay 300"])
    try await ReplicationDiskTests.write(primary, 3000, bytes: 20)
    let replica = try await ServerProcess.start(.tern, configuration: ["repl-diskless-load \(mode)"])
    let connection = try await replica.connect()
    for number in 0..<50 { _ = try await connection.command("SET", "old:\(number)", "1") }
    _ = try await connection.command("REPLICAOF", "127.0.0.1", "\(primary.port)")
    var sizes: Set<Int64> = []
    var sawAsyncLoading = false
    try await replica.wait("the link", within: .seconds(30)) {
      sizes.insert(try await connection.command("DBSIZE").integerValue ?? -1)
      if try await replica.info("persistence")["async_loading"] == "1" { sawAsyncLoading = true }
      return try await replica.info()["master_link_status"] == "up" ? nil : "down"
    }
    sizes.insert(try await connection.command("DBSIZE").integerValue ?? -1)
    #expect(sizes == [50, 3000])
    #expect(sawAsyncLoading)
    try await ServerProcess.expectEqual([primary, replica])
    try await ServerProcess.kill([replica, primary])
  }

  @Test func `a full sync that breaks off leaves the old data to readers`() async throws {
    let primary = try await ServerProcess.start(.redis, configuration: ["rdb-key-save-delay 3000"])
    try await ReplicationDiskTests.write(primary, 3000, bytes: 20)
    let replica = try await ServerProcess.start(.tern)
    _ = try await replica.ask("SET", "old", "1")
    _ = try await replica.ask("REPLICAOF", "127.0.0.1", "\(primary.port)")
    try await replica.waitForInfo("async_loading", "1", section: "persistence")
    try await primary.kill()
    try await replica.waitForInfo("async_loading", "0", section: "persistence")
    #expect(try await replica.ask("GET", "old").text == "1")
    #expect(try await replica.ask("DBSIZE") == .integer(1))
    try await ServerProcess.kill([replica])
  }

  @Test(arguments: [ReplicationPair(primary: .tern, replica: .redis), ReplicationPair(primary: .tern, replica: .tern)])
  func `the backlog is freed after repl-backlog-ttl, and writes wait for min-replicas-to-write`(pair: ReplicationPair) async throws {
    let primary = try await ServerProcess.start(
      pair.primary, configuration: ["repl-backlog-ttl 1", "min-replicas-to-write 1", "min-replicas-max-lag 2"])
    let refused = try await primary.ask("SET", "a", "1")
    #expect(refused.text?.contains("NOREPLICAS") == true)
    let replica = try await ServerProcess.start(pair.replica, configuration: ["replicaof 127.0.0.1 \(primary.port)"])
    try await replica.waitForLink()
    try await primary.wait("a good replica that counts", within: .seconds(20)) {
      let reply = try await primary.ask("SET", "a", "1")
      return reply.isError ? reply.text ?? "" : nil
    }
    replica.signal(19)
    try await primary.waitForInfo("min_slaves_good_slaves", "0")
    try await primary.wait("a refusal", within: .seconds(5)) {
      try await primary.ask("SET", "a", "2").text?.contains("NOREPLICAS") == true ? nil : "taken"
    }
    try await replica.kill()
    try await primary.waitForInfo("repl_backlog_active", "0")
    #expect(primary.log.contains("Replication backlog freed after 1 seconds without connected replicas."))
    try await ServerProcess.kill([primary])
  }

  @Test(arguments: [ReplicationPair(primary: .redis, replica: .tern), ReplicationPair(primary: .tern, replica: .tern)])
  func `stale data are served or not, local writes are taken or not, and stay local`(pair: ReplicationPair) async throws {
    let link = try await ReplicationLink.start(
      pair, replica: ["replica-serve-stale-data no", "replica-read-only no"])
    #expect(try await link.replica.ask("SET", "local", "1").isError == false)
    #expect(try await link.primary.ask("EXISTS", "local") == .integer(0))
    let before = try await link.replica.info()["master_repl_offset"]
    #expect(try await link.replica.ask("SET", "local", "2").isError == false)
    let after = try await link.replica.info()
    #expect(after["slave_read_only"] == "0")
    #expect((Int(after["master_repl_offset"]) ?? 0) - (Int(before) ?? 0) < 60, "nothing but keepalives")
    link.proxy.shut()
    try await link.replica.waitForInfo("master_link_status", "down")
    let stale = try await link.replica.ask("GET", "local")
    #expect(stale == .error(Array("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.".utf8)))
    #expect(try await link.replica.ask("CONFIG", "SET", "replica-serve-stale-data", "yes").isError == false)
    #expect(try await link.replica.ask("GET", "local").text == "2")
    try await link.end()
  }

  @Test func `a replica leaves evicting to its primary, unless replica-ignore-maxmemory is off`() async throws {
    let primary = try await ServerProcess.start(.redis, configuration: ["maxmemory-policy allkeys-random"])
    let replica = try await ServerProcess.start(
      .tern, configuration: ["replicaof 127.0.0.1 \(primary.port)", "maxmemory 3mb", "maxmemory-policy allkeys-random"])
    try await replica.waitForLink()
    try await ReplicationDiskTests.write(primary, 3000, bytes: 4000)
    try await ServerProcess.expectEqual([primary, replica])
    #expect(try await replica.ask("DBSIZE") == .integer(3000))
    #expect(try await replica.info("stats")["evicted_keys"] == "0")
    // What the primary evicts goes everywhere.
    #expect(try await primary.ask("CONFIG", "SET", "maxmemory", "6mb").isError == false)
    _ = try await primary.ask("SET", "one", "more")
    try await ServerProcess.expectEqual([primary, replica])
    #expect((try await replica.ask("DBSIZE").integerValue ?? 3000) < 3000)
    try await ServerProcess.kill([replica, primary])
  }

  @Test(arguments: ReplicationPair.mixed)
  func `in a chain, the end keeps its data when the head changes and the middle is promoted`(pair: ReplicationPair) async throws {
    let head = try await ServerProcess.start(pair.primary)
    let middle = try await ServerProcess.start(pair.replica, configuration: ["repl-backlog-size 64mb"])
    try await middle.follow(head.port)
    let end = try await ServerProcess.start(pair.primary)
    try await end.follow(middle.port)
    try await ReplicationDiskTests.write(head, 200)
    try await ServerProcess.expectEqual([head, middle, end])
    try await head.kill()
    #expect(try await middle.ask("REPLICAOF", "NO", "ONE").isError == false)
    try await end.waitForLink()
    try await ReplicationDiskTests.write(middle, 100)
    try await ServerProcess.expectEqual([middle, end])
    let stats = try await middle.info("stats")
    #expect(stats["sync_full"] == "1", "\(middle.log)")
    #expect(stats["sync_partial_ok"] == "1")
    #expect(try await end.info()["master_link_status"] == "up")
    try await ServerProcess.kill([middle, end])
  }

  @Test(arguments: ReplicationPair.withTern)
  func `FAILOVER hands the role over without a lost write, and can be aborted`(pair: ReplicationPair) async throws {
    let primary = try await ServerProcess.start(pair.primary)
    let replica = try await ServerProcess.start(pair.replica)
    try await replica.follow(primary.port)
    #expect(try await primary.ask("FAILOVER", "ABORT") == .error(Array("ERR No failover in progress.".utf8)))
    // Nobody can keep up while it stands still: writers wait, until the failover is given up.
    replica.signal(19)
    _ = try await primary.ask("SET", "behind", "1")
    #expect(try await primary.ask("FAILOVER").isError == false)
    #expect(try await primary.info()["master_failover_state"] == "waiting-for-sync")
    #expect(try await primary.ask("FAILOVER", "ABORT").isError == false)
    #expect(try await primary.ask("SET", "goes", "on").isError == false)
    // After its time, it is given up by itself.
    #expect(try await primary.ask("FAILOVER", "TIMEOUT", "300").isError == false)
    try await primary.waitForInfo("master_failover_state", "no-failover")
    #expect(try await primary.info()["role"] == "master")
    replica.signal(18)
    let load = try await WriteLoad(on: primary)
    try await Task.sleep(for: .milliseconds(200))
    try await load.stop()
    #expect(try await primary.ask("FAILOVER", "TO", "127.0.0.1", "\(replica.port)", "TIMEOUT", "10000").isError == false)
    try await primary.waitForInfo("role", "slave")
    try await replica.waitForInfo("role", "master")
    try await primary.waitForLink()
    #expect(try await replica.ask("SET", "new", "primary").isError == false)
    try await ServerProcess.expectEqual([replica, primary])
    #expect(try await replica.info("stats")["sync_full"] == "0")
    try await ServerProcess.kill([replica, primary])
  }

  @Test(arguments: ReplicationPair.withTern)
  func `blocking commands and transactions replicate as what they did, and WAIT counts exactly`(pair: ReplicationPair) async throws {
    let primary = try await ServerProcess.start(pair.primary)
    let one = try await ServerProcess.start(pair.replica, configuration: ["replicaof 127.0.0.1 \(primary.port)"])
    let two = try await ServerProcess.start(pair.replica, configuration: ["replicaof 127.0.0.1 \(primary.port)"])
    for server in [one, two] { try await server.waitForLink() }
    let blocked = try await primary.connect(commandTimeout: .seconds(20))
    async let popped = blocked.command("BLPOP", "queue", "10")
    async let moved = primary.connect(commandTimeout: .seconds(20)).command("BLMOVE", "from", "to", "LEFT", "RIGHT", "10")
    try await Task.sleep(for: .milliseconds(200))
    let connection = try await primary.connect(commandTimeout: .seconds(20))
    _ = try await connection.command("MULTI")
    for command in [["RPUSH", "queue", "a", "b"], ["SPOP", "none"], ["INCR", "n"], ["RPUSH", "from", "x"]] {
      _ = try await connection.pipeline([command])
    }
    _ = try await connection.command("EXEC")
    #expect(try await popped.elements?.count == 2)
    #expect(try await moved.text == "x")
    #expect(try await connection.command("WAIT", "2", "10000") == .integer(2))
    two.signal(19)
    _ = try await connection.command("INCR", "n")
    #expect(try await connection.command("WAIT", "2", "2000") == .integer(1))
    two.signal(18)
    #expect(try await connection.command("WAIT", "2", "10000") == .integer(2))
    try await ServerProcess.expectEqual([primary, one, two])
    try await ServerProcess.kill([one, two, primary])
  }
}
