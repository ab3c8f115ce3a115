import Foundation
import SampleSupport
import TernEngine
import Testing

/// The log in the append only file: what has left the memory, and what a restart finds.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ReplicationDiskTests {
  static let ternPrimaries = [ReplicationPair(primary: .tern, replica: .redis), ReplicationPair(primary: .tern, replica: .tern)]
  /// Keepalives would move the offsets while digests of much data are taken.
  static let files = ["appendonly yes", "repl-backlog-size 16kb", "save \"\"", "repl-ping-replica-period 3600"]

  static func write(_ server: ServerProcess, _ count: Int, bytes: Int = 2000, from first: Int = 0) async throws {
    let connection = try await server.connect(commandTimeout: .seconds(20))
    for start in stride(from: first, to: first + count, by: 100) {
      let commands = (start..<min(start + 100, first + count)).map { number in
        ["SET", "key:\(number % 3000)", "\(number):" + String(repeating: "x", count: bytes)]
      }
      _ = try await connection.pipeline(commands)
    }
  }

  @Test(arguments: ternPrimaries)
  func `a replica that was away for far more than the backlog goes on from the files`(pair: ReplicationPair) async throws {
    let link = try await ReplicationLink.start(pair, primary: Self.files)
    try await ServerProcess.expectEqual(link.servers)
    link.proxy.shut()
    try await link.primary.waitForInfo("connected_slaves", "0")
    try await Self.write(link.primary, 6000)
    // The present files are enough: the rewrite below begins others, and keeps these for a while.
    #expect(try await link.primary.ask("BGREWRITEAOF").isError == false)
    try await link.primary.waitForInfo("aof_rewrite_in_progress", "0", section: "persistence")
    try await Self.write(link.primary, 2000)
    let load = try await WriteLoad(on: link.primary)
    link.proxy.open()
    try await link.waitForCount("sync_partial_ok", 1)
    try await load.stop()
    try await ServerProcess.expectEqual(link.servers)
    let stats = try await link.primary.info("stats")
    #expect(stats["sync_full"] == "1")
    #expect(stats["sync_partial_err"] == "0")
    #expect(try await link.primary.info("tern")["sync_partial_from_disk"] == "1")
    #expect(link.primary.log.contains("have left the backlog, and are read from the append only file."), "\(link.primary.log)")
    try await link.end()
  }

  @Test(arguments: ternPrimaries)
  func `a rewrite that removes an increment under a replica that reads it does not disturb it`(pair: ReplicationPair) async throws {
    let link = try await ReplicationLink.start(pair, primary: Self.files + ["tern-repl-disk-backlog-size 1"])
    link.proxy.shut()
    try await link.primary.waitForInfo("connected_slaves", "0")
    try await Self.write(link.primary, 20_000, bytes: 3000)
    // It accepts the stream, and then does not read it while the files are replaced twice.
    link.proxy.open()
    try await link.primary.waitForInfo("sync_partial_ok", "1", section: "stats")
    link.replica.signal(SIGSTOP)
    for _ in 0..<2 {
      #expect(try await link.primary.ask("BGREWRITEAOF").isError == false)
      try await link.primary.waitForInfo("aof_rewrite_in_progress", "0", section: "persistence")
      try await Self.write(link.primary, 500)
    }
    link.replica.signal(SIGCONT)
    try await ServerProcess.expectEqual(link.servers, within: .seconds(60))
    #expect(try await link.primary.info("stats")["sync_full"] == "1")
    try await link.end()
  }

  @Test(arguments: ternPrimaries)
  func `a primary that was killed knows from its files what its replicas hold`(pair: ReplicationPair) async throws {
    let lines = ["appendonly yes", "appendfsync always", "repl-backlog-size 16kb", "save \"\""]
    let primary = try await ServerProcess.start(pair.primary, configuration: lines)
    let replica = try await ServerProcess.start(pair.replica)
    try await replica.follow(primary.port)
    try await Self.write(primary, 300)
    #expect(try await primary.ask("WAIT", "1", "10000") == .integer(1))
    let before = try await primary.info()
    try await primary.kill()
    let again = try await primary.restarted()
    let after = try await again.info()
    #expect(after["master_replid2"] == before["master_replid"])
    try await replica.waitForLink()
    try await Self.write(again, 300)
    try await ServerProcess.expectEqual([again, replica])
    let stats = try await again.info("stats")
    #expect(stats["sync_full"] == "0", "\(again.log)")
    #expect(stats["sync_partial_ok"] == "1")
    try await ServerProcess.kill([again, replica])
  }

  @Test(arguments: [ReplicationPair(primary: .redis, replica: .tern), ReplicationPair(primary: .tern, replica: .tern)])
  func `a replica that was killed goes on from its own append only file`(pair: ReplicationPair) async throws {
    let primary = try await ServerProcess.start(pair.primary, configuration: ["repl-backlog-size 64mb"])
    let replica = try await ServerProcess.start(
      pair.replica, configuration: ["replicaof 127.0.0.1 \(primary.port)", "appendonly yes", "save \"\""])
    try await replica.waitForLink()
    let load = try await WriteLoad(on: primary)
    try await Task.sleep(for: .milliseconds(700))
    try await replica.kill()
    try await Task.sleep(for: .milliseconds(300))
    let again = try await replica.restarted()
    try await again.waitForLink()
    try await Task.sleep(for: .milliseconds(300))
    try await load.stop()
    try await ServerProcess.expectEqual([primary, again])
    let stats = try await primary.info("stats")
    #expect(stats["sync_full"] == "1", "\(again.log)")
    #expect(stats["sync_partial_ok"] == "1")
    try await ServerProcess.kill([again, primary])
  }

  @Test func `both sides killed and started again meet at the offset that their files hold`() async throws {
    let lines = ["appendonly yes", "appendfsync always", "save \"\""]
    let primary = try await ServerProcess.start(.tern, configuration: lines)
    let replica = try await ServerProcess.start(.tern, configuration: lines + ["replicaof 127.0.0.1 \(primary.port)"])
    try await replica.waitForLink()
    try await Self.write(primary, 500)
    try await ServerProcess.expectEqual([primary, replica])
    try await replica.kill()
    try await Self.write(primary, 500, from: 500)
    try await primary.kill()
    let first = try await primary.restarted()
    let second = try await replica.restarted()
    try await second.waitForLink()
    try await ServerProcess.expectEqual([first, second])
    #expect(try await first.info("stats")["sync_full"] == "0", "\(first.log)")
    try await ServerProcess.kill([first, second])
  }

  @Test func `redis-server and redis-check-aof take the files with what they say about the log`() async throws {
    let tern = try await ServerProcess.start(.tern, configuration: ["appendonly yes", "save \"\""])
    try await Self.write(tern, 100)
    #expect(try await tern.ask("REPLICAOF", "127.0.0.1", "1").isError == false)
    #expect(try await tern.ask("REPLICAOF", "NO", "ONE").isError == false)
    try await Self.write(tern, 100, from: 100)
    let digest = try await tern.ask("DEBUG", "DIGEST")
    #expect(await tern.stop() == .exited(0))
    let folder = tern.directory.file("appendonlydir")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let increment = try #require(names.first { $0.hasSuffix(".incr.aof") })
    let text = try String(contentsOfFile: folder + "/" + increment, encoding: .utf8)
    #expect(text.components(separatedBy: "#TERN:").count == 3, "once at the beginning, and once for the new name")
    let check = try ChildProcess(
      executable: try #require(ChildProcess.locate("redis-check-aof")), arguments: [folder + "/appendonly.aof.manifest"],
      log: tern.directory.file("check.log"))
    #expect(try await check.waitForExit() == .exited(0))
    let redis = try await tern.restarted(as: .redis)
    #expect(try await redis.ask("DEBUG", "DIGEST") == digest)
    try await ServerProcess.kill([redis])
  }
}
