import SampleSupport
import TernEngine
import Testing

/// The samples' client, against a server whose answers are beyond doubt.
@Suite(.serialized, .timeLimit(.minutes(15))) struct RedisConnectionTests {
  @Test func `pipelined commands get their replies in order, errors in their place`() async throws {
    let server = try await ServerProcess.start(.redis, password: "password")
    let connection = try await server.connect()
    let replies = try await connection.pipeline([["SET", "a", "1"], ["INCR", "a"], ["LPUSH", "a", "x"], ["GET", "a"], ["GET", "none"]])
    #expect(replies.count == 5)
    #expect(replies[0] == .simpleString(Array("OK".utf8)))
    #expect(replies[1] == .integer(2))
    #expect(replies[2].text?.hasPrefix("WRONGTYPE") == true)
    #expect(replies[3] == .bulkString(Array("2".utf8)))
    #expect(replies[4] == .null)

    // Many tasks share the connection; each gets its own reply.
    let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
      for number in 0..<200 {
        group.addTask { try await connection.command("ECHO", "\(number)").integerValue ?? -1 }
      }
      return try await group.reduce(0, +)
    }
    #expect(sum == 199 * 200 / 2)
  }

  @Test func `a wrong password and a refused connection are told apart`() async throws {
    let server = try await ServerProcess.start(.redis, password: "password")
    let refused = await #expect(throws: RedisClientError.self) {
      _ = try await RedisConnection.connect(to: server.endpoint, password: "wrong")
    }
    #expect(refused?.code == .refused)
    #expect(refused?.replyCode == "WRONGPASS")
    #expect(refused?.mayHaveBeenApplied == false)
    await server.stop()
    let unreachable = await #expect(throws: RedisClientError.self) { _ = try await RedisConnection.connect(to: server.endpoint) }
    #expect(unreachable?.code == .cannotConnect)
    #expect(unreachable?.message.lowercased().contains("refused") == true)
  }

  @Test func `a reply that does not come in time leaves the outcome unknown and ends the connection`() async throws {
    let server = try await ServerProcess.start(.redis)
    let connection = try await server.connect(commandTimeout: .milliseconds(200))
    let late = await #expect(throws: RedisClientError.self) { _ = try await connection.send("DEBUG", "SLEEP", "1") }
    #expect(late?.code == .timeout)
    #expect(late?.mayHaveBeenApplied == true)
    let next = await #expect(throws: RedisClientError.self) { _ = try await connection.send("INCR", "counter") }
    #expect(next?.mayHaveBeenApplied == false)
  }

  @Test func `when the server dies, what was sent is in doubt, and what comes later fails at once`() async throws {
    let server = try await ServerProcess.start(.redis)
    let connection = try await server.connect(commandTimeout: .seconds(60))
    async let outstanding = connection.send("BLPOP", "nothing", "0")
    // The command has arrived when the server lists a blocked client.
    let observer = try await server.connect()
    _ = try await waitUntil("a blocked client", within: .seconds(10)) { () -> Attempt<Bool> in
      let info = try await observer.command("INFO", "clients").text ?? ""
      return info.contains("blocked_clients:1") ? .done(true) : .missing(info)
    }
    try await server.kill()
    do {
      let reply = try await outstanding
      Issue.record("a reply from a dead server: \(reply)")
    } catch let error as RedisClientError {
      #expect(error.mayHaveBeenApplied)
      #expect(error.code == .connectionClosed)
    }
    // Not the 60 seconds of the timeout, and not for ever: the channel has no handlers any more by then.
    let later = await #expect(throws: RedisClientError.self) { _ = try await connection.send("INCR", "counter") }
    #expect(later?.code == .connectionClosed)
    #expect(later?.mayHaveBeenApplied == false)
  }

  @Test func `a subscription delivers messages in order and ends with the server`() async throws {
    let server = try await ServerProcess.start(.redis)
    let subscription = try await server.connect().subscribe(channels: ["news"], patterns: ["n*"])
    let publisher = try await server.connect()
    for number in 1...3 { #expect(try await publisher.command("PUBLISH", "news", "\(number)") == .integer(2)) }
    var received: [String] = []
    var iterator = subscription.makeAsyncIterator()
    while received.count < 6, let message = try await iterator.next() {
      #expect(message.channel == "news")
      received.append(message.payload)
    }
    #expect(received == ["1", "1", "2", "2", "3", "3"])
    try await server.kill()
    await #expect(throws: RedisClientError.self) { _ = try await iterator.next() }
  }

  @Test func `a server that cannot start is reported with its log`() async throws {
    let failure = await #expect(throws: TestFailure.self) {
      _ = try await ServerProcess.start(.redis, configuration: ["no-such-directive 1"])
    }
    #expect(failure?.description.contains("no-such-directive") == true)
    #expect(failure?.description.contains("exit status 1") == true)
  }
}
