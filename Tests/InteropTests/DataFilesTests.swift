import Foundation
import SampleSupport
import TernEngine
import Testing

/// Data directories that change hands between the two servers.
@Suite(.serialized, .timeLimit(.minutes(15))) struct DataFilesTests {
  enum Way: String, CaseIterable, Sendable {
    case save, backgroundSave, shutdown, log, logWithoutPreamble, rewrittenLog

    var configuration: [String] {
      switch self {
      case .save, .backgroundSave: ["save \"\""]
      case .shutdown: ["save 3600 1"]
      case .log, .rewrittenLog: ["appendonly yes", "appendfsync always"]
      case .logWithoutPreamble: ["appendonly yes", "appendfsync always", "aof-use-rdb-preamble no"]
      }
    }
  }

  struct Handover: Sendable, CustomTestStringConvertible {
    var way: Way
    var writer: ServerProgram
    var reader: ServerProgram
    var testDescription: String { "\(way.rawValue), \(writer.rawValue) → \(reader.rawValue)" }
    static let all = Way.allCases.flatMap {
      [Handover(way: $0, writer: .tern, reader: .redis), Handover(way: $0, writer: .redis, reader: .tern)]
    }
  }

  @Test(arguments: Handover.all) func `a server starts from the files that the other wrote`(handover: Handover) async throws {
    let writer = try await ServerProcess.start(handover.writer, configuration: handover.way.configuration)
    let connection = try await writer.connect(commandTimeout: .seconds(20))
    var generator = WriteGenerator(seed: 1, expiring: false)
    for _ in 0..<150 { _ = try await generator.send(to: connection) }
    _ = try await connection.command("SELECT", "2")
    _ = try await connection.command("SET", "a \u{0} b \r\n", String(repeating: "long ", count: 10_000), "PXAT", "4102444800123")

    switch handover.way {
    case .save: _ = try await connection.command("SAVE")
    case .backgroundSave:
      _ = try await connection.command("BGSAVE")
      try await writer.waitForLog("DB saved on disk")
      try await writer.waitForInfo("rdb_bgsave_in_progress", "0", section: "persistence")
      #expect(try await writer.info("persistence")["rdb_last_bgsave_status"] == "ok")
    case .shutdown, .log: break
    case .logWithoutPreamble, .rewrittenLog:
      let load = try await WriteLoad(on: writer, clients: 2, expiring: false)
      _ = try await connection.command("BGREWRITEAOF")
      try await writer.waitForLog("Background AOF rewrite finished successfully")
      try await writer.waitForInfo("aof_rewrite_in_progress", "0", section: "persistence")
      try await load.stop()
      #expect(try await writer.info("persistence")["aof_last_bgrewrite_status"] == "ok")
    }
    let expected = try await writer.contents()
    let digest = try await writer.ask("DEBUG", "DIGEST")
    if handover.way == .shutdown {
      #expect(await writer.stop() == .exited(0))
    } else {
      try await writer.kill()
    }

    let reader = try await writer.restarted(as: handover.reader)
    let found = try await reader.contents()
    #expect(found.count > 100)
    let different = Set(expected.keys).union(found.keys).filter { expected[$0] != found[$0] }.sorted()
    #expect(different.isEmpty)
    #expect(try await reader.ask("DEBUG", "DIGEST") == digest)

    // And back: what the reader adds to these files is there for the first one.
    _ = try await reader.ask("SET", "by the reader", "1", database: 5)
    if handover.way.configuration.contains("appendonly yes") {
      try await reader.kill()
    } else {
      _ = try await reader.ask("SAVE")
      await reader.stop()
    }
    let again = try await reader.restarted(as: handover.writer)
    #expect(try await again.ask("GET", "by the reader", database: 5) == .bulkString(Array("1".utf8)))
    #expect(try await again.contents().count == found.count + 1)
    try await again.kill()
  }

  @Test(arguments: [(ServerProgram.tern, ServerProgram.redis), (.redis, .tern), (.tern, .tern)])
  func `every acknowledged write outlives kill -9 with appendfsync always`(writer: ServerProgram, reader: ServerProgram) async throws {
    let server = try await ServerProcess.start(writer, configuration: ["appendonly yes", "appendfsync always"])
    var clients: [Task<Int64, any Error>] = []
    for client in 0..<6 {
      let connection = try await server.connect()
      clients.append(
        Task {
          var acknowledged: Int64 = 0
          while true {
            do {
              acknowledged = try await connection.command("INCR", "counter:\(client)").integerValue ?? acknowledged
            } catch {
              return acknowledged
            }
          }
        })
    }
    try await Task.sleep(for: .milliseconds(400))
    // A rewrite is under way, or just done.
    _ = try await server.ask("BGREWRITEAOF")
    try await Task.sleep(for: .milliseconds(100))
    try await server.kill()
    let again = try await server.restarted(as: reader)
    for (client, task) in clients.enumerated() {
      let acknowledged = try await task.value
      let found = try await again.ask("GET", "counter:\(client)").integerValue ?? 0
      // One more may have been under way.
      #expect(acknowledged > 0 && (acknowledged...acknowledged + 1).contains(found), "\(acknowledged) acknowledged, \(found) found")
    }
    try await again.kill()
  }

  @Test(arguments: [ServerProgram.tern, .redis]) func `data of every type go over in files of every kind`(writer: ServerProgram)
    async throws
  {
    let samples = [
      ["RPUSH", "list", "a", "1", "b"], ["SADD", "set", "a", "b"], ["SADD", "integers", "1", "70000", "-5"], ["HSET", "hash", "f", "v"],
      ["ZADD", "zset", "1.5", "m", "-inf", "n"], ["XADD", "stream", "1-1", "f", "v"], ["XGROUP", "CREATE", "stream", "group", "0"],
      ["XREADGROUP", "GROUP", "group", "consumer", "STREAMS", "stream", ">"], ["PFADD", "log", "a", "b"],
      ["GEOADD", "geo", "2.35", "48.85", "p"],
      ["SETBIT", "bits", "77", "1"],
    ]
    for configuration in [
      // Redis may write late with `everysec`, and what it has not written is gone with kill -9.
      ["save \"\""], ["appendonly yes", "appendfsync always"], ["appendonly yes", "appendfsync always", "aof-use-rdb-preamble no"],
    ] {
      let first = try await ServerProcess.start(writer, configuration: configuration)
      let connection = try await first.connect()
      for words in samples { #expect(try await connection.pipeline([words])[0].isError == false, "\(words)") }
      for n in 0..<300 {
        let element = String(repeating: "\(n) ", count: 30)
        for words in [
          ["RPUSH", "long list", element], ["SADD", "large set", element], ["HSET", "large hash", "\(n)", element],
          ["ZADD", "large zset", "\(n % 7)", element], ["XADD", "long stream", "\(n + 1)-0", "n", "\(n)"],
        ] { _ = try await connection.pipeline([words]) }
      }
      if configuration[0].hasPrefix("save") {
        _ = try await connection.command("SAVE")
      } else {
        _ = try await connection.command("BGREWRITEAOF")
        try await first.waitForLog("Background AOF rewrite finished successfully")
      }
      let digest = try await first.ask("DEBUG", "DIGEST")
      try await first.kill()
      let second = try await first.restarted(as: writer == .tern ? .redis : .tern)
      #expect(try await second.ask("DEBUG", "DIGEST") == digest, "\(configuration)")
      #expect(try await second.ask("XPENDING", "stream", "group") != .null)
      try await second.kill()
    }
  }
}
