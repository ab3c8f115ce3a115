import Foundation
import SampleSupport
import TernEngine
import Testing

/// What processes do to each other's files, and WAITAOF between them.
@Suite(.serialized, .timeLimit(.minutes(15))) struct DurabilityTests {
  @Test func `a second server on a directory is refused with the pid of the first, and kill -9 leaves nothing in the way`() async throws {
    let first = try await ServerProcess.start(.tern, configuration: ["appendonly yes", "appendfsync always"])
    _ = try await first.ask("SET", "a", "1")
    let failure = try await #require(throws: TestFailure.self) {
      try await ServerProcess.start(.tern, configuration: ["appendonly yes"], in: first.directory)
    }
    #expect(failure.description.contains("can't be locked: the process with pid \(first.pid) is using it"), "\(failure)")
    #expect(try await first.ask("SET", "b", "1") == .simpleString(Array("OK".utf8)))
    try await first.kill()
    let redis = try await first.restarted(as: .redis)
    #expect(try await redis.ask("DBSIZE") == .integer(2))
    try await redis.kill()
    let again = try await first.restarted()
    #expect(try await again.ask("DBSIZE") == .integer(2))
    try await again.kill()
  }

  @Test func `without a directory that can be used the start is refused with the reason`() async throws {
    let directory = try TemporaryDirectory()
    // A directory in its place cannot be opened as a file, by root either.
    try FileManager.default.createDirectory(atPath: directory.file(".tern.lock"), withIntermediateDirectories: false)
    let failure = try await #require(throws: TestFailure.self) {
      try await ServerProcess.start(.tern, configuration: ["appendonly yes"], in: directory)
    }
    #expect(failure.description.contains("can't be used: Is a directory"), "\(failure)")
  }

  @Test func `WAITAOF counts the file here and those of replicas`() async throws {
    let primary = try await ServerProcess.start(.tern, configuration: ["appendonly yes", "appendfsync always"])
    let replica = try await ServerProcess.start(.tern, configuration: ["appendonly yes", "appendfsync no"])
    let silent = try await ServerProcess.start(.redis, configuration: ["appendonly yes", "appendfsync always"])
    try await replica.follow(primary.port)
    try await silent.follow(primary.port)
    let client = try await primary.connect(commandTimeout: .seconds(20))
    _ = try await client.command("INCR", "a")
    // Nothing is synced there, and Redis 7.0 does not tell.
    #expect(try await client.command("WAITAOF", "0", "1", "100").elements == [.integer(1), .integer(0)])
    _ = try await replica.ask("CONFIG", "SET", "appendfsync", "everysec")
    #expect(try await client.command("WAITAOF", "1", "1", "10000").elements == [.integer(1), .integer(1)])
    _ = try await replica.ask("CONFIG", "SET", "appendfsync", "always")
    _ = try await client.command("INCR", "a")
    #expect(try await client.command("WAITAOF", "1", "1", "10000").elements == [.integer(1), .integer(1)])
    // Both count for WAIT.
    #expect(try await client.command("WAIT", "2", "10000") == .integer(2))
    // A replica whose file is begun anew has nothing of it on disk until that is done.
    _ = try await replica.ask("CONFIG", "SET", "appendonly", "no")
    _ = try await client.command("INCR", "a")
    #expect(try await client.command("WAITAOF", "0", "1", "100").elements == [.integer(1), .integer(0)])
    _ = try await replica.ask("CONFIG", "SET", "appendonly", "yes")
    #expect(try await client.command("WAITAOF", "1", "1", "10000").elements == [.integer(1), .integer(1)])
    // And through a chain that is cut and comes back, by a full sync.
    _ = try await replica.ask("REPLICAOF", "NO", "ONE")
    _ = try await replica.ask("SET", "own", "1")
    _ = try await client.command("INCR", "a")
    try await replica.follow(primary.port)
    #expect(try await client.command("WAITAOF", "1", "1", "20000").elements == [.integer(1), .integer(1)])
    try await ServerProcess.kill([primary, replica, silent])
  }
}
