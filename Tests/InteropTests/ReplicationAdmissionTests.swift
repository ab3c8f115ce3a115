import SampleSupport
import TernEngine
import Testing

/// Many replicas at once, slow ones, and ones that cannot read everything.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ReplicationAdmissionTests {
  @Test func `full syncs run as many at once as is set, the others wait, and none fails`() async throws {
    let primary = try await ServerProcess.start(
      .tern, configuration: ["tern-repl-full-syncs-max 1", "repl-ping-replica-period 1", "repl-timeout 3", "rdb-key-save-delay 500"])
    try await ReplicationDiskTests.write(primary, 3000, bytes: 10)
    var replicas: [ServerProcess] = []
    for program in [ServerProgram.redis, .tern, .redis, .tern] {
      replicas.append(
        try await ServerProcess.start(
          program, configuration: ["replicaof 127.0.0.1 \(primary.port)", "repl-timeout 3", "repl-diskless-load swapdb"]))
    }
    // Four transfers of 1.5 s one behind the other: more than the replicas' patience with a silent primary.
    var most = 0
    var waiting = 0
    try await primary.wait("four online replicas", within: .seconds(60)) {
      let tern = try await primary.info("tern")
      most = max(most, Int(tern["sync_full_under_way"]) ?? 0)
      waiting = max(waiting, Int(tern["sync_full_waiting"]) ?? 0)
      let info = try await primary.info()
      return (0..<4).allSatisfy { info["slave\($0)"].contains("state=online") } ? nil : info.text
    }
    #expect(most == 1)
    #expect(waiting >= 2)
    let stats = try await primary.info("stats")
    #expect(stats["sync_full"] == "4", "\(primary.log)")
    #expect(try await primary.info("tern")["sync_full_reason_first_contact"] == "4")
    #expect(primary.log.contains("waits its turn: 1 are under way"))
    // Keepalives would move the offsets while digests are taken.
    _ = try await primary.ask("CONFIG", "SET", "repl-ping-replica-period", "3600", "repl-timeout", "3600")
    for replica in replicas { _ = try await replica.ask("CONFIG", "SET", "repl-timeout", "3600") }
    try await ServerProcess.expectEqual([primary] + replicas)
    try await ServerProcess.kill(replicas + [primary])
  }

  @Test func `hashes whose fields expire reach a redis-server 7.0 without the times, and it stays equal in what is left`() async throws {
    let primary = try await ServerProcess.start(.tern)
    let connection = try await primary.connect()
    for number in 0..<20 {
      _ = try await connection.command("HSET", "hash:\(number)", "keep", "1", "go", "2")
      _ = try await connection.command("HPEXPIRE", "hash:\(number)", number < 10 ? "2500" : "1000000", "FIELDS", "1", "go")
    }
    let redis = try await ServerProcess.start(.redis)
    let tern = try await ServerProcess.start(.tern)
    try await redis.follow(primary.port)
    try await tern.follow(primary.port)
    #expect(redis.isRunning, "\(redis.log)")
    try await primary.waitForLog("20 hashes have fields that expire")
    #expect(try await tern.ask("HPTTL", "hash:15", "FIELDS", "1", "go") != .array([.integer(-1)]))
    #expect(try await redis.ask("HGET", "hash:15", "go").text == "2")
    // What expires on the primary goes everywhere.
    for server in [redis, tern] {
      try await server.wait("the field to go", within: .seconds(20)) {
        try await server.ask("HEXISTS", "hash:5", "go") == .integer(0) ? nil : "it is there"
      }
      #expect(try await server.ask("HGET", "hash:5", "keep").text == "1")
    }
    try await ServerProcess.kill([redis, tern, primary])
  }

  @Test func `with back-pressure, writers wait for a slow replica instead of losing it, and not for ever for a stuck one`() async throws {
    let primary = try await ServerProcess.start(
      .tern,
      configuration: [
        "tern-repl-backpressure 1mb", "tern-repl-backpressure-timeout 2000", "repl-backlog-size 16kb",
        "repl-ping-replica-period 3600",
        "client-output-buffer-limit replica 64mb 0 0",
      ])
    let replica = try await ServerProcess.start(.tern, configuration: ["replicaof 127.0.0.1 \(primary.port)"])
    try await replica.waitForLink()
    replica.signal(19)
    try await ReplicationDiskTests.write(primary, 6000, bytes: 5000)
    let stuck = try await primary.info("tern")
    #expect(stuck["repl_backpressure_pauses"] == "1", "\(stuck.text)")
    #expect((Int(stuck["repl_backpressure_milliseconds"]) ?? 0) >= 1900)
    #expect(primary.log.contains("they go on without it"), "\(primary.log)")
    replica.signal(18)
    try await ServerProcess.expectEqual([primary, replica])
    #expect(try await primary.info("stats")["sync_full"] == "1")
    try await ServerProcess.kill([replica, primary])
  }
}
