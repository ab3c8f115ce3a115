import SampleSupport
import TernEngine
import Testing

/// `repl-compression lz4`. No released server that speaks it is at hand: two of ours, and redis-server, which must not notice.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ReplicationCompressionTests {
  static let on = ["repl-compression lz4", "repl-backlog-size 64mb", "repl-ping-replica-period 3600"]

  @Test(arguments: [true, false])
  func `full sync and stream go over a compressed link, through cuts, with equal data`(isDiskless: Bool) async throws {
    let primary = try await ServerProcess.start(
      .tern, configuration: Self.on + ["repl-diskless-sync \(isDiskless ? "yes" : "no")"])
    try await ReplicationDiskTests.write(primary, 3000)
    let proxy = try await LinkProxy.start(to: primary.port)
    let replica = try await ServerProcess.start(.tern, configuration: Self.on + ["replicaof 127.0.0.1 \(proxy.port)"])
    try await replica.waitForLink()
    let load = try await WriteLoad(on: primary)
    try await Task.sleep(for: .milliseconds(400))
    proxy.cut()
    try await primary.waitForInfo("sync_partial_ok", "1", section: "stats")
    try await ReplicationDiskTests.write(primary, 2000)
    // Values that do not shrink.
    let connection = try await primary.connect(commandTimeout: .seconds(20))
    var state: UInt64 = 1
    for number in 0..<60 {
      let noise = String(
        decoding: (0..<60_000).map { _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1
          return UInt8(33 + (state >> 33) % 90)
        }, as: UTF8.self)
      _ = try await connection.command("SET", "noise:\(number)", noise)
    }
    try await load.stop()
    try await ServerProcess.expectEqual([primary, replica])
    let info = try await primary.info()
    #expect(info["slave0"].contains("state=online") && info["slave0"].contains(",compression=lz4,uncompressed_bytes="), "\(info.text)")
    let tern = try await primary.info("tern")
    let raw = Int(tern["repl_compression_raw_bytes"]) ?? 0
    let wire = Int(tern["repl_compression_wire_bytes"]) ?? 0
    #expect(raw > 4_000_000 && wire < raw, "\(tern.text)")
    #expect(tern["repl_compression_links"] == "1")
    #expect(try await primary.info("stats")["sync_full"] == "1")
    try await ServerProcess.kill([replica, primary])
  }

  @Test func `the setting counts at once on either side, and costs a partial resync`() async throws {
    let primary = try await ServerProcess.start(.tern, configuration: ["repl-backlog-size 64mb"])
    let replica = try await ServerProcess.start(.tern, configuration: ["replicaof 127.0.0.1 \(primary.port)"])
    try await replica.waitForLink()
    func compression() async throws -> Bool { try await primary.info()["slave0"].contains("compression=lz4") }
    for (server, value, expected) in [
      (replica, "lz4", false), (primary, "yes", true), (replica, "no", false), (replica, "yes", true), (primary, "no", false),
    ] {
      #expect(try await server.ask("CONFIG", "SET", "repl-compression", value).isError == false)
      try await primary.wait("compression \(expected)", within: .seconds(20)) {
        let info = try await primary.info()
        return info["slave0"].contains("state=online") && info["slave0"].contains("compression=lz4") == expected ? nil : info.text
      }
      _ = try await primary.ask("INCR", "count")
      try await ServerProcess.expectEqual([primary, replica])
    }
    #expect(try await primary.info("stats")["sync_full"] == "1")
    try await ServerProcess.kill([replica, primary])
  }

  @Test(arguments: ReplicationPair.mixed)
  func `redis-server on either end is spoken to as it is used to`(pair: ReplicationPair) async throws {
    let lines = Self.on.filter { !$0.hasPrefix("repl-compression") }
    let primary = try await ServerProcess.start(pair.primary, configuration: pair.primary == .tern ? Self.on : lines)
    try await ReplicationDiskTests.write(primary, 100)
    let replica = try await ServerProcess.start(pair.replica, configuration: pair.replica == .tern ? Self.on : lines)
    try await replica.follow(primary.port)
    try await ReplicationDiskTests.write(primary, 200)
    try await ServerProcess.expectEqual([primary, replica])
    #expect(try await primary.info()["slave0"].contains("compression") == false)
    try await ServerProcess.kill([replica, primary])
  }

  @Test func `a replica far behind gets what was in the files over its compressed link`() async throws {
    let link = try await ReplicationLink.start(
      ReplicationPair(primary: .tern, replica: .tern), primary: ReplicationDiskTests.files + ["repl-compression lz4"],
      replica: ["repl-compression lz4"])
    link.proxy.shut()
    try await link.primary.waitForInfo("connected_slaves", "0")
    try await ReplicationDiskTests.write(link.primary, 4000)
    link.proxy.open()
    try await link.waitForCount("sync_partial_ok", 1)
    try await ServerProcess.expectEqual(link.servers)
    let tern = try await link.primary.info("tern")
    #expect(tern["sync_partial_from_disk"] == "1")
    #expect((Double(tern["repl_compression_ratio"]) ?? 0) > 4, "\(tern.text)")
    try await link.end()
  }
}
