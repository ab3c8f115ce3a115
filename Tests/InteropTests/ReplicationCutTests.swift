import Foundation
import SampleSupport
import TernEngine
import Testing

/// Links that break: with a backlog that reaches back far enough, and without.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ReplicationCutTests {
  @Test(arguments: ReplicationPair.withTern)
  func `a replica whose link is cut under load goes on where it was`(pair: ReplicationPair) async throws {
    let link = try await ReplicationLink.start(pair, primary: ["repl-backlog-size 64mb"])
    let load = try await WriteLoad(on: link.primary)
    for round in 1...3 {
      try await Task.sleep(for: .milliseconds(300))
      if round == 2 {
        let killed = try await link.primary.ask("CLIENT", "KILL", "TYPE", "replica")
        #expect(killed == .integer(1))
      } else {
        link.proxy.cut()
      }
      try await link.waitForCount("sync_partial_ok", round)
    }
    #expect(try await load.stop() > 100)
    try await ServerProcess.expectEqual(link.servers)
    #expect(try await link.primary.info("stats")["sync_full"] == "1")
    #expect(link.primary.log.contains("accepted. Sending "), "\(link.primary.log)")
    let continued = link.replica.log.components(separatedBy: "Successful partial resynchronization with master.").count - 1
    #expect(continued == 3)
    try await link.end()
  }

  @Test(arguments: ReplicationPair.withTern)
  func `a replica that comes back after its place in the backlog is gone gets a full copy`(pair: ReplicationPair) async throws {
    let link = try await ReplicationLink.start(pair, primary: ["repl-backlog-size 16kb"])
    let connection = try await link.primary.connect()
    _ = try await connection.command("SET", "before", "1")
    try await ServerProcess.expectEqual(link.servers)
    link.proxy.shut()
    try await link.primary.waitForInfo("connected_slaves", "0")
    for number in 0..<400 { _ = try await connection.command("SET", "key:\(number)", String(repeating: "x", count: 1000)) }
    link.proxy.open()
    try await link.waitForCount("sync_full", 2)
    try await ServerProcess.expectEqual(link.servers)
    let stats = try await link.primary.info("stats")
    #expect(stats["sync_partial_err"] == "1")
    #expect(stats["sync_partial_ok"] == "0")
    #expect(link.primary.log.contains("Unable to partial resync with replica 127.0.0.1:\(link.replica.port) for lack of backlog"))
    try await link.end()
  }

  @Test(arguments: ReplicationPair.mixed)
  func `a replica that does not read is dropped at its limit, and copies anew when it goes on`(pair: ReplicationPair) async throws {
    let link = try await ReplicationLink.start(
      pair, primary: ["repl-backlog-size 16kb", "client-output-buffer-limit replica 1mb 1mb 0"])
    link.replica.signal(SIGSTOP)
    let connection = try await link.primary.connect()
    let value = String(repeating: "x", count: 100_000)
    // The kernel's socket buffers of three sockets take some megabytes first.
    var count = 0
    try await link.primary.wait("connected_slaves:0", within: .seconds(30)) {
      for _ in 0..<20 { _ = try await connection.command("SET", "key:\(count % 50)", value + "\(count)") }
      count += 20
      let info = try await link.primary.info()
      return info["connected_slaves"] == "0" ? nil : info.text
    }
    link.replica.signal(SIGCONT)
    try await link.waitForCount("sync_full", 2)
    try await ServerProcess.expectEqual(link.servers)
    #expect(link.primary.log.contains("overcoming of output buffer limits"), "\(link.primary.log)")
    try await link.end()
  }

  @Test(arguments: ReplicationPair.withTern)
  func `a replica that was shut down and started again goes on where it was`(pair: ReplicationPair) async throws {
    let primary = try await ServerProcess.start(pair.primary, configuration: ["repl-backlog-size 64mb"])
    let replica = try await ServerProcess.start(
      pair.replica, configuration: ["replicaof 127.0.0.1 \(primary.port)", "save 3600 1"])
    try await replica.waitForLink()
    let load = try await WriteLoad(on: primary, expiring: false)
    try await Task.sleep(for: .milliseconds(300))
    #expect(await replica.stop() == .exited(0))
    let again = try await replica.restarted()
    try await again.waitForLink()
    try await load.stop()
    try await ServerProcess.expectEqual([primary, again])
    let stats = try await primary.info("stats")
    #expect(stats["sync_full"] == "1")
    #expect(stats["sync_partial_ok"] == "1")
    try await ServerProcess.kill([again, primary])
  }

  @Test(arguments: ReplicationPair.withTern)
  func `without the primary's password, the log says so, the replica goes on, and the right password heals it`(
    pair: ReplicationPair
  ) async throws {
    let primary = try await ServerProcess.start(pair.primary, password: "password")
    _ = try await primary.ask("SET", "a", "1")
    let replica = try await ServerProcess.start(pair.replica, configuration: ["replicaof 127.0.0.1 \(primary.port)"])
    try await replica.waitForLog("NOAUTH Authentication required.")
    #expect(try await replica.info()["master_link_status"] == "down")
    #expect(try await replica.ask("CONFIG", "SET", "masterauth", "wrong") == .simpleString(Array("OK".utf8)))
    try await replica.waitForLog("Unable to AUTH to MASTER: -WRONGPASS")
    #expect(try await replica.ask("PING") == .simpleString(Array("PONG".utf8)))
    #expect(try await replica.ask("CONFIG", "SET", "masterauth", "password") == .simpleString(Array("OK".utf8)))
    try await replica.waitForLink()
    let same = try await replica.ask("GET", "a")
    #expect(same == .bulkString(Array("1".utf8)))
    try await ServerProcess.kill([replica, primary])
  }
}
