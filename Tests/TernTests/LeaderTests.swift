import Tern
import TernEngine
import Testing

func waitUntil(_ what: Comment, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool) async throws {
  let end = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < end else {
      Issue.record(what)
      throw CancellationError()
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}

func code(_ body: () async throws -> Void) async -> TernError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? TernError)?.code
  }
}

@Suite(.serialized, .timeLimit(.minutes(5))) struct LeaderTests {
  private static let text = "repl-diskless-sync-delay 0"

  /// A primary and a replica that is up to date.
  private func withPair(_ body: (_ primary: Node, _ replica: Node) async throws -> Void) async throws {
    let primary = try Node(configuration: .init(port: 0, password: "secret", text: Self.text))
    try primary.start()
    defer { primary.stop() }
    try primary.set("before", 1)
    let port = try #require(primary.port)
    let replica = try Node(configuration: .init(port: 0, replicaOf: .init(host: "127.0.0.1", port: port), password: "secret"))
    try replica.start()
    defer { replica.stop() }
    try await waitUntil("no full sync") { try replica.exists("before") }
    try await body(primary, replica)
  }

  private func client(_ node: Node) throws -> TestClient {
    let client = try TestClient(port: try #require(node.port))
    #expect(try client.command("AUTH", "secret").text == "OK")
    return client
  }

  @Test func `a follower's commands run on the leader, and come back with its answers and errors`() async throws {
    try await withPair { primary, replica in
      #expect(try await replica.leader.incr("visits") == 1)
      #expect(try await replica.leader.increment("visits", by: 4) == 5)
      #expect(try primary.get("visits") == 5)
      try await replica.leader.set("name", "Ada", expiresIn: .seconds(100))
      #expect(try await replica.leader.get("name", as: String.self) == "Ada")
      #expect(try await replica.leader.ttl("name") > 90)
      #expect(try await replica.leader.hset("h", field: "a", value: 1))
      #expect(try await replica.leader.hget("h", field: "a", as: Int.self) == 1)
      #expect(try await replica.leader.hgetall("h") == ["a": "1"])
      #expect(try await replica.leader.zadd("z", score: 2.5, member: "m"))
      #expect(try await replica.leader.zscore("z", member: "m") == 2.5)
      let key: Key<[Int]> = "list"
      try await replica.leader.set(key, [1, 2])
      #expect(try await replica.leader.get(key) == [1, 2] && primary.get(key) == [1, 2])
      #expect(try await replica.leader.run(.command("STRLEN", "name")).integer == 3)
      #expect(await code { try await replica.leader.incr("name") } == .notAnInteger)
      #expect(await code { _ = try await replica.leader.llen("name") } == .wrongType)
      #expect(await code { _ = try await replica.leader.get("name", as: Int.self) } == .notConvertible)
      for words in [["SELECT", "1"], ["SUBSCRIBE", "c"], ["MULTI", ""], ["NOSUCH", ""], ["GET", "a b"]] {
        let expected: TernError.Code? = words[0] == "GET" ? nil : .other
        #expect(await code { _ = try await replica.leader.run(.command(words[0], words[1])) } == expected, "\(words)")
      }
      // One that waits would keep everybody waiting; within EXEC it does not.
      #expect(try await replica.leader.run(.command("BLPOP", "nothing", "0")).isNull)
      // The same on the leader itself, without a connection.
      #expect(try await primary.leader.incr("visits") == 6)
      #expect(await code { try await primary.leader.incr("name") } == .notAnInteger)
      #expect(try await primary.leader.run(.command("BLPOP", "nothing", "0")).isNull)
    }
  }

  @Test func `a declared transaction is one on the leader, with a result for each command`() async throws {
    try await withPair { primary, replica in
      for node in [replica, primary] {
        let (left, name, none, wrong) = try await node.leader.transaction(
          .incrby("ada", increment: 5), .get("name"), .set("x", to: "y"), .llen("x"))
        #expect(try left.get() == (node === replica ? 5 : 10))
        #expect(try name.get() == nil)
        #expect(throws: Never.self) { try none.get() }
        #expect(throws: TernError.self) { try wrong.get() }
        let all = try await node.leader.transaction((0..<100).map { .incrby("n\($0)", increment: $0) })
        #expect(all.count == 100 && (try? all[7].get()) == (node === replica ? 7 : 14))
      }
      #expect(await code { _ = try await replica.leader.transaction(.incr("ada"), .command("NOSUCH")) } == .other)
      #expect(try primary.get("ada") == 10)
    }
  }

  @Test func `many tasks share the connection, and each gets its own answer`() async throws {
    try await withPair { primary, replica in
      let sums = try await withThrowingTaskGroup(of: [Int].self) { group in
        for task in 0..<8 {
          group.addTask {
            var own: [Int] = []
            for i in 0..<100 {
              try await replica.leader.set("k\(task)-\(i)", i)
              #expect(try await replica.leader.get("k\(task)-\(i)") == i)
              own.append(try await replica.leader.incr("sum"))
            }
            return own
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(Set(sums) == Set(1...800) && sums.count == 800)
      #expect(try primary.figures["tern.clients.received"] ?? 100 < 10)
    }
  }

  @Test func `a closure is not sent, and says who leads`() async throws {
    try await withPair { primary, replica in
      let port = try #require(primary.port)
      let attempts: [() throws -> Void] = [
        { try replica.write { try $0.set("a", 1) } }, { try replica.set("a", 1) }, { _ = try replica.incr("a") },
      ]
      for attempt in attempts {
        #expect {
          try attempt()
        } throws: { error in
          let error = error as? TernError
          return error?.code == .readOnly && error?.message.contains("127.0.0.1:\(port)") == true
        }
      }
    }
  }

  @Test func `a token brings one's own writes to every node`() async throws {
    try await withPair { primary, replica in
      for i in 1...50 {
        let (sum, token) = try await replica.leader.runWithToken(.incr("n"))
        #expect(sum == i)
        #expect(try await replica.read(.after(token)) { try $0.get("n") ?? 0 } >= i)
        #expect(try await primary.read(.after(token)) { try $0.get("n") } == i)
        #expect(ConsistencyToken(token.description) == token)
      }
      let (_, token) = try await primary.writeWithToken(durability: .async) { try $0.set("n", 99) }
      #expect(try await replica.read(.after(token)) { try $0.get("n") } == 99)
      #expect(ConsistencyToken("x:1") == nil && ConsistencyToken("") == nil)
      // A place that the data have not reached, and one of a history that nobody knows.
      let far = try #require(ConsistencyToken("\(token.description.prefix(41))99999999999"))
      #expect(await code { try await replica.read(.after(far), within: .milliseconds(200)) { _ in } } == .stale)
      let foreign = try #require(ConsistencyToken("\(String(repeating: "f", count: 40)):1"))
      #expect(await code { try await replica.read(.after(foreign), within: .milliseconds(200)) { _ in } } == .stale)
      #expect(await code { try await primary.read(.after(foreign), within: .milliseconds(200)) { _ in } } == .stale)
    }
  }

  @Test func `a read on a follower is as fresh as it is asked to be`() async throws {
    try await withPair { primary, replica in
      for i in 1...50 {
        try primary.set("n", i)
        #expect(try await replica.read(.leader) { try $0.get("n") } == i)
      }
      try primary.set("n", 51)
      #expect(try await replica.read(.atMost(behind: .zero)) { try $0.get("n") } == 51)
      // Once asked, it is known for that time.
      let before = try primary.figures["tern.commands.processed"] ?? 0
      for _ in 0..<100 { _ = try await replica.read(.atMost(behind: .seconds(60))) { try $0.get("n", as: Int.self) } }
      #expect(try (primary.figures["tern.commands.processed"] ?? 0) - before < 50)
      #expect(try await primary.read(.leader) { try $0.get("n") } == 51)
      #expect(try await primary.read(.atMost(behind: .zero)) { try $0.get("n") } == 51)
      #expect(try await replica.read(.local) { try $0.get("n") } == 51)
      primary.stop()
      #expect(await code { try await replica.read(.leader, within: .milliseconds(300)) { _ in } } == .stale)
      #expect(try await replica.read(.local) { try $0.get("n") } == 51)
    }
  }

  @Test func `while nobody leads a command waits, and is run by the one who leads then`() async throws {
    try await withPair { primary, replica in
      primary.stop()
      #expect(await code { try await replica.leader(within: .milliseconds(300)).incr("n") } == .unavailable)
      async let sum = replica.leader.incr("n")
      try await Task.sleep(for: .milliseconds(200))
      #expect(try client(replica).command("REPLICAOF", "NO", "ONE").text == "OK")
      #expect(try await sum == 1)
      #expect(try replica.get("n") == 1)
    }
  }

  @Test func `what was sent and not answered is not known, and is not sent again`() async throws {
    try await withPair { primary, replica in
      #expect(try await replica.leader.incr("n") == 1)
      let client = try client(primary)
      #expect(try client.command("CLIENT", "PAUSE", "2000", "ALL").text == "OK")
      #expect(await code { try await replica.leader(within: .milliseconds(200)).incr("n") } == .outcomeUnknown)
      let task = Task { try await replica.leader.incr("n") }
      try await Task.sleep(for: .milliseconds(100))
      task.cancel()
      #expect(await code { _ = try await task.value } == .outcomeUnknown)
      // A read that was given up is no mystery.
      #expect(await code { _ = try await replica.leader(within: .milliseconds(200)).get("n", as: Int.self) } == .unavailable)
      #expect(try client.command("CLIENT", "UNPAUSE").text == "OK")
      try await waitUntil("the paused commands did not run") { try primary.get("n") == 3 }
      #expect(try await replica.leader.incr("n") == 4)
    }
  }

  @Test func `durabilities that the leader cannot promise are refused, and nothing is applied`() async throws {
    try await withPair { primary, replica in
      for node in [primary, replica] {
        for durability in [Node.Durability.quorum, .disk] {
          #expect(await code { try await node.leader(durability: durability).incr("n") } == .refused)
        }
        #expect(try await node.leader(durability: .async).incr("m") > 0)
      }
      #expect(await code { try await primary.write(durability: .disk) { try $0.set("n", 1) } } == .refused)
      let written = try primary.get("n", as: Int.self)
      #expect(written == nil)
    }
  }

  @Test func `a write can wait for the disk, here and from a follower`() async throws {
    let folder = TemporaryFolder()
    let primary = try Node(
      configuration: .init(port: 0, directory: folder.path, persistence: .appendOnly(.everySecond), text: Self.text))
    try primary.start()
    defer { primary.stop() }
    let port = try #require(primary.port)
    let replica = try Node(configuration: .init(replicaOf: .init(host: "127.0.0.1", port: port)))
    try replica.start()
    defer { replica.stop() }
    try await waitUntil("no file") { try primary.figures["tern.persistence.log.bytes"] != nil }
    #expect(try await primary.write(durability: .disk) { try $0.increment("n") } == 1)
    #expect(try await primary.leader(durability: .disk).incr("n") == 2)
    #expect(try await replica.leader(durability: .disk).incr("n") == 3)
    #expect(try await replica.leader(durability: .disk).get("n", as: Int.self) == 3)
    let (sum, token) = try await replica.leader(durability: .disk).runWithToken(.incr("n"))
    #expect(sum == 4)
    #expect(try await replica.read(.after(token)) { try $0.get("n") } == 4)
  }

  @Test func `a node that does not run takes nothing`() async throws {
    let node = try Node()
    #expect(await code { try await node.leader.incr("n") } == .notRunning)
    try node.start()
    #expect(try await node.leader.incr("n") == 1)
    let inside = try node.read { _ in (try? node.token) == nil }
    #expect(inside)
    node.stop()
    #expect(await code { try await node.leader.incr("n") } == .notRunning)
    #expect(await code { try await node.read(.leader) { _ in } } == .notRunning)
  }
}
