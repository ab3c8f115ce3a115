import Foundation
import SampleSupport
import TernEngine
import Testing

/// Three real processes with `tern-durability quorum`, elected by hand: what a sentinel does, command by command.
@Suite(.serialized) struct QuorumClusterTests {
  /// The processes, by index; one is replaced when it starts again.
  final class Group {
    var servers: [ServerProcess] = []
    let ports: [Int]

    init(_ lines: [String] = []) async throws {
      let first = try await TestPorts.free(3)
      ports = (0..<3).map { first + $0 }
      let members = ports.map { "127.0.0.1:\($0)" }.joined(separator: " ")
      for port in ports {
        servers.append(
          try await ServerProcess.start(
            .tern, configuration: ["tern-durability quorum", "tern-members \(members)", "save \"\"", "tern-quorum-timeout 2000"] + lines,
            port: port))
      }
    }

    struct Answer {
      let index: Int
      let values: [Int64]
      var isTrusted: Bool { values[2] == 1 }
    }

    func fence(_ epoch: Int, _ asked: [Int]) async throws -> [Answer] {
      var answers: [Answer] = []
      for index in asked {
        let reply = try await servers[index].ask("TERN", "FENCE", "\(epoch)")
        guard let values = reply.elements?.compactMap(\.integerValue), values.count >= 7 else {
          throw TestFailure("TERN FENCE \(epoch) of \(index): \(reply)")
        }
        answers.append(Answer(index: index, values: values))
      }
      return answers
    }

    /// The whole way of a failover; returns the leader.
    @discardableResult
    func elect(_ epoch: Int, among asked: [Int] = [0, 1, 2]) async throws -> ServerProcess {
      let answers = try await fence(epoch, asked)
      let trusted = answers.filter(\.isTrusted)
      guard trusted.count >= 2 || answers.count == 3 else { throw TestFailure("too few are trusted: \(answers)") }
      let pool = trusted.count >= 2 ? trusted : answers
      guard let winner = pool.max(by: { ($0.values[0], $0.values[1], -$0.index) < ($1.values[0], $1.values[1], -$1.index) }) else {
        throw TestFailure("nobody answered")
      }
      let v = winner.values
      let reply = try await servers[winner.index].ask("TERN", "PROMOTE", "\(epoch)", "\(v[0])", "\(v[1])", "\(v[3])")
      guard reply.text == "OK" else { throw TestFailure("TERN PROMOTE: \(reply)") }
      for index in asked where index != winner.index { try await follow(index, epoch, ports[winner.index]) }
      for index in asked where index != winner.index { try await servers[index].waitForInfo("tern_state", "follower") }
      return servers[winner.index]
    }

    func follow(_ index: Int, _ epoch: Int, _ port: Int) async throws {
      let reply = try await servers[index].ask("TERN", "FOLLOW", "\(epoch)", "127.0.0.1", "\(port)")
      guard reply.text == "OK" else { throw TestFailure("TERN FOLLOW: \(reply)") }
    }

    func index(of server: ServerProcess) -> Int { ports.firstIndex(of: server.port) ?? 0 }
    func others(_ server: ServerProcess) -> [Int] { [0, 1, 2].filter { ports[$0] != server.port } }
    func end() async throws { try await ServerProcess.kill(servers) }
  }

  @Test func `kill -9 of the leader loses no acknowledged write, and what comes back empty is not trusted until it has caught up`()
    async throws
  {
    let group = try await Group()
    let first = try await group.elect(1)
    var acknowledged: [String] = []
    let writer = try await first.connect()
    for i in 0..<300 where try await writer.command("SET", "key:\(i)", "\(i)").text == "OK" { acknowledged.append("\(i)") }
    #expect(acknowledged.count == 300)
    try await first.kill()
    let second = try await group.elect(2, among: group.others(first))
    let reader = try await second.connect()
    for i in acknowledged { #expect(try await reader.command("GET", "key:\(i)").text == i) }
    #expect(try await reader.command("SET", "more", "1").text == "OK")

    let index = group.index(of: first)
    group.servers[index] = try await first.restarted()
    #expect(try await group.servers[index].info()["tern_state"] == "idle")
    #expect(try await group.servers[index].info()["tern_trusted"] == "0")
    #expect(try await group.servers[index].ask("GET", "more").text?.hasPrefix("NOLEADER") == true)
    try await group.follow(index, 2, second.port)
    try await group.servers[index].waitForInfo("tern_trusted", "1")
    try await group.end()
  }

  @Test func `a leader that was stopped and replaced acknowledges nothing and serves no stale read when it goes on`() async throws {
    let group = try await Group()
    let first = try await group.elect(1)
    let old = try await first.connect(commandTimeout: .seconds(20))
    #expect(try await old.command("SET", "register", "old").text == "OK")
    first.signal(SIGSTOP)
    let second = try await group.elect(2, among: group.others(first))
    #expect(try await second.ask("SET", "register", "new").text == "OK")
    // These lie in the sockets while it sleeps.
    async let read = old.pipeline([["GET", "register"]])
    let other = try await RedisConnection.connect(to: first.endpoint, commandTimeout: .seconds(20))
    async let write = other.pipeline([["SET", "register", "mine"]])
    try await Task.sleep(for: .milliseconds(200))
    first.signal(SIGCONT)
    try await group.follow(group.index(of: first), 2, second.port)
    let (answerToRead, answerToWrite) = try await (read, write)
    #expect(answerToRead.allSatisfy { $0.isError }, "\(answerToRead)")
    #expect(answerToWrite.allSatisfy { $0.isError }, "\(answerToWrite)")
    try await first.waitForInfo("tern_state", "follower")
    #expect(try await second.ask("GET", "register").text == "new")
    try await group.end()
  }

  @Test func `with a log that is synced before each acknowledgement, all may die at once`() async throws {
    let group = try await Group(["appendonly yes", "appendfsync always"])
    let first = try await group.elect(1)
    let writer = try await first.connect()
    for i in 0..<100 { #expect(try await writer.command("SET", "key:\(i)", "\(i)").text == "OK") }
    for server in group.servers { try await server.kill() }
    for i in 0..<3 { group.servers[i] = try await group.servers[i].restarted() }
    // Two suffice: each of them vouches for what it has acknowledged.
    let answers = try await group.fence(2, [0, 1])
    #expect(answers.allSatisfy { $0.isTrusted && $0.values[0] == 1 }, "\(answers.map(\.values))")
    let leader = try await group.elect(3)
    for i in 0..<100 { #expect(try await leader.ask("GET", "key:\(i)").text == "\(i)") }
    let info = try await leader.info("stats")
    #expect(info["sync_full"] == "0" && info["sync_partial_ok"] != "0", "a restart with a log goes on with a partial resync: \(info.text)")
    try await group.end()
  }

  @Test func `a clean end is trusted at the next start, and continues with the same data`() async throws {
    let group = try await Group(["appendonly yes"])
    let first = try await group.elect(1)
    for i in 0..<20 { #expect(try await first.ask("SET", "key:\(i)", "\(i)").text == "OK") }
    for server in group.servers where server.port != first.port { await server.stop() }
    await first.stop()
    for i in 0..<3 { group.servers[i] = try await group.servers[i].restarted() }
    for server in group.servers { #expect(try await server.info()["tern_trusted"] == "1") }
    let leader = try await group.elect(2)
    #expect(try await leader.ask("GET", "key:19").text == "19")
    try await group.end()
  }
}
