import TernEngine
import TernReplication
import Testing

@testable import TernNode

/// Rules 1, 2, 7 and 10: what a reply, a read and a message wait for.
@Suite struct QuorumCommitTests {
  /// Three members; 0 leads epoch 1.
  static func led(_ lines: String = "") throws -> QuorumCluster {
    let cluster = try QuorumCluster(3, lines)
    #expect(cluster.elect(1) == 0)
    #expect(cluster[1].role == .following(epoch: 1) && cluster[2].role == .following(epoch: 1))
    return cluster
  }

  @Test func `a write is acknowledged when a second member holds it, and not before`() throws {
    let cluster = try Self.led()
    let client = cluster.connect(0)
    #expect(cluster.ask(0, client, "SET", "a", "1") == "")
    cluster.settle()
    #expect(cluster.output(0, client) == "+OK\r\n")
  }

  @Test func `nobody acknowledges for a member that is not there, and the client is told after the timeout`() throws {
    let cluster = try Self.led()
    cluster.isolated = [1, 2]
    let client = cluster.connect(0)
    #expect(cluster.ask(0, client, [["SET", "a", "1"], ["INCR", "n"], ["MULTI"], ["SET", "a", "2"], ["EXEC"]]) == "")
    cluster.pass(4500)
    #expect(cluster.output(0, client) == "")
    cluster.pass(700)
    let text = cluster.output(0, client)
    #expect(text.components(separatedBy: "-UNCERTAIN ").count == 6 && text.hasSuffix("may or may not survive\r\n"))
    #expect(cluster.command(0, "TERN", "STATUS").contains("were not acknowledged by 2 of 3 members within 5000 ms"))
  }

  @Test func `a read that may have seen an unacknowledged write waits as well; PING and INFO do not`() throws {
    let cluster = try Self.led()
    let writer = cluster.connect(0)
    let reader = cluster.connect(0)
    #expect(cluster.ask(0, writer, "SET", "a", "1") == "")
    #expect(cluster.ask(0, reader, "GET", "a") == "")
    let other = cluster.connect(0)
    #expect(cluster.ask(0, other, "PING") == "+PONG\r\n")
    #expect(cluster.ask(0, other, "INFO", "replication").contains("tern_state:leader"))
    // In order behind what waits on the same connection.
    #expect(cluster.ask(0, writer, "PING") == "")
    cluster.settle()
    #expect(cluster.output(0, writer) == "+OK\r\n+PONG\r\n" && cluster.output(0, reader) == "$1\r\n1\r\n")
    #expect(cluster.ask(0, reader, "GET", "a") == "$1\r\n1\r\n")
  }

  @Test func `a client that never stops to send is answered all the same`() throws {
    let cluster = try Self.led()
    let client = cluster.connect(0)
    #expect(cluster.ask(0, client, "SET", "a", "1") == "")
    // The followers get the first write while the second is executed.
    for member in cluster.pipes { member.toLeader = [] }
    cluster.members.forEach { $0.sleeps = $0.index == 0 }
    cluster.settle()
    cluster.members.forEach { $0.sleeps = false }
    cluster.isolated = [1, 2]
    #expect(cluster.ask(0, client, "INCR", "n") == "")
    cluster.isolated = []
    cluster.settle()
    #expect(cluster.output(0, client) == "+OK\r\n:1\r\n")
    cluster.isolated = [1, 2]
    #expect(cluster.ask(0, client, "INCR", "n") == "" && cluster[0].core.holdsReplies(of: client))
  }

  @Test func `a connection that asked for no more than Redis promises is answered at once`() throws {
    let cluster = try Self.led()
    cluster.isolated = [1, 2]
    let client = cluster.connect(0)
    #expect(cluster.ask(0, client, "CLIENT", "DURABILITY", "async") == "+OK\r\n")
    #expect(cluster.ask(0, client, "SET", "a", "1") == "+OK\r\n")
    #expect(cluster.ask(0, client, "CLIENT", "DURABILITY", "quorum") == "+OK\r\n")
    #expect(cluster.ask(0, client, "SET", "a", "2") == "")
    #expect(cluster.ask(0, cluster.connect(0), "CLIENT", "DURABILITY", "maybe").hasPrefix("-ERR syntax"))
  }

  @Test func `messages and notifications of what is not committed wait`() throws {
    let cluster = try Self.led("notify-keyspace-events KEA")
    let listener = cluster.connect(0)
    _ = cluster.ask(0, listener, "SUBSCRIBE", "news", "__keyevent@0__:set")
    cluster.isolated = [1, 2]
    let client = cluster.connect(0)
    #expect(cluster.ask(0, client, [["MULTI"], ["SET", "a", "1"], ["PUBLISH", "news", "hello"], ["EXEC"]]) == "")
    #expect(cluster.output(0, listener) == "")
    cluster.isolated = []
    cluster.settle()
    let text = cluster.output(0, listener)
    #expect(text.contains("hello") && text.contains("__keyevent@0__:set"))
    #expect(cluster.output(0, client).hasPrefix("+OK"))
  }

  @Test func `a client that is woken up waits for the quorum too`() throws {
    let cluster = try Self.led()
    let popper = cluster.connect(0)
    #expect(cluster.ask(0, popper, "BLPOP", "list", "0") == "")
    cluster.isolated = [1, 2]
    #expect(cluster.ask(0, cluster.connect(0), "RPUSH", "list", "x") == "")
    #expect(cluster.output(0, popper) == "")
    cluster.isolated = []
    cluster.settle()
    #expect(cluster.output(0, popper).contains("$1\r\nx\r\n"))
  }

  @Test func `QUIT behind a write ends the connection when the write is answered`() throws {
    let cluster = try Self.led()
    let client = cluster.connect(0)
    #expect(cluster.ask(0, client, [["SET", "a", "1"], ["QUIT"]]) == "")
    #expect(!client.gates.contains(.closing))
    cluster.settle()
    #expect(cluster.output(0, client) == "+OK\r\n+OK\r\n" && client.gates.contains(.closing))
  }

  @Test func `work of the host program waits if it asks to`() throws {
    let cluster = try Self.led()
    let core = cluster[0].core
    var outcomes: [WriteOutcome] = []
    func write(_ key: String) throws {
      try core.perform(writes: true, now: cluster.wall) { engine in
        let database = engine.database(0)
        Array(key.utf8).withUnsafeBytes { database.setString(database.key($0), $0, expiry: nil) }
      }
      core.awaitDurability { outcomes.append($0) }
    }
    try write("a")
    #expect(outcomes == [])
    cluster.settle()
    #expect(outcomes == [.durable])
    cluster.isolated = [1, 2]
    try write("b")
    cluster.pass(5200)
    #expect(outcomes.count == 2 && outcomes[1] != .durable)
  }

  // MARK: leases

  @Test func `a quiet leader keeps its lease, and answers reads at once`() throws {
    let cluster = try Self.led()
    cluster.pass(3000)
    #expect(cluster.ask(0, cluster.connect(0), "GET", "a") == "$-1\r\n")
    #expect(!cluster.command(0, "INFO", "replication").contains("tern_lease_ms:0\r"))
  }

  @Test func `a leader that slept answers no read before a quorum has confirmed it`() throws {
    let cluster = try Self.led()
    cluster.pass(500)
    cluster[0].sleeps = true
    cluster.clock.milliseconds += 2000
    cluster[0].sleeps = false
    let reader = cluster.connect(0)
    #expect(cluster.ask(0, reader, "GET", "a") == "")
    cluster.settle()
    #expect(cluster.output(0, reader) == "$-1\r\n")
  }

  @Test func `a sleeping leader that was replaced acknowledges nothing and reads nothing when it wakes up`() throws {
    let cluster = try Self.led()
    _ = cluster.command(0, "SET", "a", "old")
    cluster[0].sleeps = true
    #expect(cluster.elect(2, among: [1, 2]) != nil)
    let leader = cluster[1].core.quorum?.leads == true ? 1 : 2
    #expect(cluster.command(leader, "SET", "a", "new") == "+OK\r\n")
    cluster[0].sleeps = false
    let (reader, writer) = (cluster.connect(0), cluster.connect(0))
    #expect(cluster.ask(0, reader, "GET", "a") == "" && cluster.ask(0, writer, "SET", "a", "mine") == "")
    cluster.follow(0, 2, leader)
    cluster.settle()
    cluster.pass(500)
    #expect(cluster.output(0, reader).hasPrefix("-UNCERTAIN") && cluster.output(0, writer).hasPrefix("-UNCERTAIN"))
    #expect(cluster[0].role == .following(epoch: 2))
    #expect(cluster.command(leader, "GET", "a") == "$3\r\nnew\r\n")
    #expect(cluster[0].position == cluster[leader].position)
  }

  @Test func `a follower answers no reads, except to those who asked for Redis's promises`() throws {
    let cluster = try Self.led()
    _ = cluster.command(0, "SET", "a", "1")
    cluster.settle()
    let client = cluster.connect(1)
    #expect(cluster.ask(1, client, "GET", "a").hasPrefix("-NOLEADER "))
    #expect(cluster.ask(1, client, "SET", "a", "2").hasPrefix("-READONLY "))
    #expect(cluster.ask(1, client, "PING") == "+PONG\r\n")
    _ = cluster.ask(1, client, "CLIENT", "DURABILITY", "async")
    #expect(cluster.ask(1, client, "GET", "a") == "$1\r\n1\r\n")
  }

  @Test func `clients may not publish on the members' channels`() throws {
    let cluster = try Self.led()
    #expect(cluster.command(0, "PUBLISH", "__tern:epoch", "99 x") == "-ERR channels that begin with __tern: are reserved\r\n")
    #expect(cluster[1].position.historyEpoch == 1)
  }
}

extension String {
  /// As Foundation's, which is not here.
  func components(separatedBy separator: String) -> [Substring] { split(separator: separator, omittingEmptySubsequences: false) }
}
