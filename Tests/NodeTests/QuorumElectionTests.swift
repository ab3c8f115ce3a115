import TernEngine
import TernReplication
import Testing

@testable import TernNode

/// Rules 3 to 6, 8 and 11: fences, promotions, followers, restarts.
@Suite struct QuorumElectionTests {
  @Test func `a member that has started serves nobody, whatever it was told to replicate`() throws {
    let cluster = try QuorumCluster(3, "replicaof n9 7009")
    let info = cluster.command(0, "INFO", "replication")
    #expect(info.contains("role:slave\r\nmaster_host:none\r\nmaster_port:0\r\nmaster_link_status:down"))
    #expect(info.contains("tern_state:idle\r\n") && info.contains("tern_trusted:0\r\n") && info.contains("tern_boots:1\r\n"))
    #expect(cluster.command(0, "GET", "a").hasPrefix("-NOLEADER "))
    #expect(cluster.command(0, "SET", "a", "1").hasPrefix("-READONLY "))
    #expect(cluster.command(0, "ROLE").contains("slave"))
    #expect(cluster.pipes.isEmpty)
  }

  @Test func `the first answers are those of nodes without a past`() throws {
    let cluster = try QuorumCluster()
    #expect(cluster.command(0, "TERN", "FENCE", "1").hasPrefix("*10\r\n:0\r\n:0\r\n:0\r\n:1\r\n:3\r\n:2\r\n:0\r\n$3\r\n0.0\r\n$"))
    #expect(cluster.command(0, "TERN", "FENCE", "1") == "-STALEEPOCH fence 1: promise is 1\r\n")
    #expect(cluster.command(0, "TERN", "FENCE", "0").hasPrefix("-ERR epoch"))
    #expect(cluster.command(0, "TERN", "PROMOTE", "2", "0", "0", "1") == "-STALEEPOCH promote 2: promise is 1\r\n")
    #expect(cluster.command(0, "TERN", "PROMOTE", "1", "0", "5", "1") == "-ERR promote 1: the data are not what was answered\r\n")
    #expect(cluster.command(0, "TERN", "PROMOTE", "1", "0", "0", "7").contains("has restarted since"))
    #expect(cluster.command(0, "TERN", "PROMOTE", "1", "0", "0", "1") == "+OK\r\n")
    #expect(cluster.command(0, "TERN", "PROMOTE", "1", "0", "0", "1") == "+OK\r\n")
    #expect(cluster.command(0, "TERN", "FOLLOW", "1", "n1", "7001") == "-ERR follow 1: this member leads that epoch\r\n")
    #expect(cluster.command(1, "TERN", "FOLLOW", "1", "n0", "0") == "-ERR Invalid master port\r\n")
  }

  @Test func `an answer waits until the promise is on the disk, and is a refusal when it cannot be stored`() throws {
    let cluster = try QuorumCluster()
    cluster[0].holdsState = true
    let session = cluster.connect(0)
    #expect(cluster.ask(0, session, "TERN", "FENCE", "3") == "")
    cluster.settle()
    #expect(cluster.output(0, session) == "")
    cluster[0].holdsState = false
    for bytes in cluster[0].heldStates { cluster.store(cluster[0], bytes) }
    cluster.settle()
    #expect(cluster.output(0, session).hasPrefix("*10\r\n"))
    #expect(try QuorumState.decode(try #require(cluster[0].state), member: "n0:7000").epoch == 3)
    cluster[0].failsState = true
    #expect(cluster.command(0, "TERN", "FENCE", "4") == "-ERR the promise cannot be stored: No space left on device\r\n")
    #expect(cluster.command(0, "TERN", "STATUS").contains("No space left on device"))
  }

  @Test func `what was acknowledged is on the next leader, by a partial resync, and the epoch is in its log`() throws {
    let cluster = try QuorumCommitTests.led()
    for i in 0..<50 { #expect(cluster.command(0, "SET", "k\(i)", "\(i)") == "+OK\r\n") }
    let before = cluster[2].core.primary.fullSyncs
    let leader = try #require(cluster.elect(2, among: [1, 2]))
    #expect(cluster.command(leader, "GET", "k49") == "$2\r\n49\r\n")
    cluster.follow(0, 2, leader)
    cluster.settle()
    cluster.pass(300)
    #expect(cluster.members.allSatisfy { $0.position.historyEpoch == 2 })
    #expect(cluster[leader].core.primary.fullSyncs == before || cluster[leader].core.primary.partialSyncsAccepted >= 1)
    #expect(cluster.command(leader, "SET", "more", "1") == "+OK\r\n")
    #expect(Set(cluster.members.map(\.position)).count == 1)
  }

  @Test func `a fence fails what the leader was holding, in the same batch too`() throws {
    let cluster = try QuorumCommitTests.led()
    let client = cluster.connect(0)
    // One batch: the write must not be taken for acknowledged because the leader is none any more when the batch is over.
    #expect(cluster.ask(0, client, [["SET", "a", "1"], ["TERN", "FENCE", "2"]]).hasPrefix("-UNCERTAIN this node leads no more"))
    #expect(cluster[0].role == .idle)
    cluster.pass(700)
    #expect(cluster.output(0, client).hasPrefix("*10\r\n:1\r\n"))
  }

  @Test func `a write that waited for the end of a pause meets a member that leads no more`() throws {
    let cluster = try QuorumCommitTests.led()
    let client = cluster.connect(0)
    #expect(cluster.command(0, "CLIENT", "PAUSE", "1500", "WRITE") == "+OK\r\n")
    #expect(cluster.ask(0, client, "SET", "a", "1") == "")
    // As in a planned failover: the fence ends the pause.
    _ = cluster.command(0, "TERN", "FENCE", "2")
    cluster.pass(700)
    #expect(cluster.output(0, client).hasPrefix("-READONLY "))
    let asynchronous = cluster.connect(0)
    #expect(cluster.ask(0, asynchronous, [["CLIENT", "DURABILITY", "async"], ["GET", "a"]]) == "+OK\r\n$-1\r\n")
  }

  @Test func `a fence is answered when the lease that the member granted is over`() throws {
    let cluster = try QuorumCommitTests.led()
    cluster.pass(400)
    let session = cluster.connect(1)
    #expect(cluster.ask(1, session, "TERN", "FENCE", "2") == "")
    cluster.pass(300)
    #expect(cluster.output(1, session) == "")
    cluster.pass(300)
    #expect(cluster.output(1, session).hasPrefix("*10\r\n"))
    #expect(cluster[1].role == .idle)
  }

  @Test func `a deposed leader learns it from a member's promise, and steps down`() throws {
    let cluster = try QuorumCommitTests.led()
    _ = cluster.command(1, "TERN", "FENCE", "5")
    cluster.pass(700)
    #expect(cluster.command(1, "TERN", "FOLLOW", "4", "n0", "7000").hasPrefix("-STALEEPOCH follow 4"))
    #expect(cluster[0].role != .idle)
    #expect(cluster.command(1, "TERN", "FOLLOW", "5", "n0", "7000") == "+OK\r\n")
    cluster.pass(300)
    #expect(cluster[0].role == .idle)
    #expect(cluster[0].log.contains { $0.contains("has promised epoch 5") })
  }

  @Test func `writes of a leader that nobody heard are gone when it follows again`() throws {
    let cluster = try QuorumCommitTests.led()
    _ = cluster.command(0, "SET", "a", "1")
    cluster.isolated = [0]
    let lonely = cluster.connect(0)
    #expect(cluster.ask(0, lonely, "SET", "a", "lost") == "")
    let leader = try #require(cluster.elect(2, among: [1, 2]))
    #expect(cluster.command(leader, "SET", "b", "1") == "+OK\r\n")
    cluster.isolated = []
    cluster.follow(0, 2, leader)
    cluster.settle()
    cluster.pass(2000)
    #expect(cluster.output(0, lonely).hasPrefix("-UNCERTAIN"))
    let reader = cluster.connect(0)
    _ = cluster.ask(0, reader, "CLIENT", "DURABILITY", "async")
    #expect(cluster.ask(0, reader, "GET", "a") == "$1\r\n1\r\n" && cluster.ask(0, reader, "GET", "b") == "$1\r\n1\r\n")
    #expect(Set(cluster.members.map(\.position)).count == 1)
  }

  @Test func `a leader that restarts never goes on leading, and one that forgot is not trusted until it has caught up`() throws {
    let cluster = try QuorumCommitTests.led()
    _ = cluster.command(0, "SET", "a", "1")
    try cluster.restart(0)
    #expect(cluster[0].role == .idle)
    #expect(cluster.command(0, "INFO", "replication").contains("tern_trusted:0\r\ntern_boots:2\r\n"))
    // Two that are trusted suffice, and the empty one cannot win.
    let leader = try #require(cluster.elect(2))
    #expect(leader != 0 && cluster.command(leader, "GET", "a") == "$1\r\n1\r\n")
    cluster.pass(500)
    #expect(cluster.command(0, "INFO", "replication").contains("tern_trusted:1\r\n"))
    #expect(cluster[0].position == cluster[leader].position)
  }

  @Test func `too few that are trusted elect nobody, unless all have answered`() throws {
    let cluster = try QuorumCommitTests.led()
    _ = cluster.command(0, "SET", "a", "1")
    cluster.settle()
    try cluster.restart(0)
    try cluster.restart(1)
    #expect(cluster.elect(2, among: [0, 2]) == nil)
    #expect(cluster.elect(3) == 2)
    #expect(cluster.command(2, "GET", "a") == "$1\r\n1\r\n")
  }

  @Test func `a node that ended cleanly, with its data, is trusted at once`() throws {
    let id = ReplicationID(Array(String(repeating: "c", count: 40).utf8)) ?? .none
    var configuration = QuorumConfiguration(members: ["a:1", "b:1", "c:1"], own: "a:1")
    let position = QuorumPosition(historyEpoch: 3, offset: 500)
    var machine = QuorumMachine(configuration: configuration, stored: nil, replid: id, position: position)
    #expect(!machine.isTrusted && machine.endingCleanly(replid: id) == nil)
    machine = QuorumMachine(configuration: configuration, stored: machine.promise, replid: id, position: position)
    var clean = machine.promise
    clean.cleanEnd = .init(replid: id, offset: 500)
    #expect(QuorumMachine(configuration: configuration, stored: clean, replid: id, position: position).isTrusted)
    let shorter = QuorumPosition(historyEpoch: 3, offset: 499)
    #expect(!QuorumMachine(configuration: configuration, stored: clean, replid: id, position: shorter).isTrusted)
    // Acknowledgements that meant "on disk": only if they did before, and the disk is what was read.
    configuration.acknowledgesDisk = true
    #expect(!QuorumMachine(configuration: configuration, stored: machine.promise, replid: id, position: position).isTrusted)
    var always = machine.promise
    always.acknowledgesDisk = true
    #expect(QuorumMachine(configuration: configuration, stored: always, replid: id, position: position).isTrusted)
    configuration.acknowledgesDisk = false
    #expect(!QuorumMachine(configuration: configuration, stored: always, replid: id, position: position).isTrusted)
  }

  @Test func `a lease that was granted before a restart still binds`() throws {
    let cluster = try QuorumCommitTests.led()
    cluster.pass(400)
    try cluster.restart(1)
    let session = cluster.connect(1)
    #expect(cluster.ask(1, session, "TERN", "FENCE", "2") == "")
    cluster.pass(300)
    #expect(cluster.output(1, session) == "")
    cluster.pass(300)
    #expect(cluster.output(1, session).hasPrefix("*10"))
  }

  @Test func `REPLICAOF NO ONE makes a primary as Redis knows it, says so, and a fence ends that`() throws {
    let cluster = try QuorumCommitTests.led()
    #expect(cluster.command(1, "REPLICAOF", "NO", "ONE") == "+OK\r\n")
    let info = cluster.command(1, "INFO", "replication")
    #expect(info.contains("role:master") && info.contains("tern_state:async") && info.contains("tern_mixed_company:REPLICAOF NO ONE"))
    #expect(cluster.command(1, "SET", "own", "1") == "+OK\r\n")
    let answer = cluster.command(1, "TERN", "FENCE", "2")
    cluster.pass(600)
    // Its data are of no history that counts.
    #expect(answer == "" || answer.hasPrefix("*10\r\n:0\r\n"))
    #expect(cluster[1].role == .idle && !cluster[1].core.quorum!.machine!.isTrusted)
    cluster.follow(1, 2, 0)
    #expect(cluster.command(0, "FAILOVER").hasPrefix("-ERR FAILOVER"))
  }

  @Test func `a primary that knows no epochs is followed only at an operator's word`() throws {
    let cluster = try QuorumCommitTests.led()
    let core = cluster[1].core
    let request = Array("-ERR Unrecognized REPLCONF option: tern-member\r\n".utf8)
    // As if a real Redis listened at the leader's address now.
    cluster.isolated = [0]
    for pipe in cluster.pipes where pipe.follower == 1 { core.primaryDisconnected(link: pipe.link, reason: nil, now: cluster.wall) }
    let link = core.replica.link
    core.primaryConnected(link: link, now: cluster.wall)
    Array("+PONG\r\n".utf8).withUnsafeBytes { core.primaryReceived(link: link, $0, now: cluster.wall) }
    Array("+OK\r\n+OK\r\n".utf8).withUnsafeBytes { core.primaryReceived(link: link, $0, now: cluster.wall) }
    request.withUnsafeBytes { core.primaryReceived(link: link, $0, now: cluster.wall) }
    #expect(!core.replica.isConnected && core.quorum?.stranger == nil)
    #expect(core.quorum?.refusal?.contains("knows nothing of epochs") == true)
  }

  // MARK: the file of promises

  @Test func `the file of promises is read back as it was written, and nothing else is`() throws {
    var promise = QuorumPromise()
    promise.epoch = 7
    promise.boots = 3
    promise.acknowledgesDisk = true
    promise.cleanEnd = .init(replid: ReplicationID(Array(String(repeating: "a", count: 40).utf8)) ?? .none, offset: 99)
    let bytes = QuorumState.encode(promise, member: "a:1")
    #expect(try QuorumState.decode(bytes, member: "a:1") == promise)
    #expect(throws: QuorumState.Malformed.self) { try QuorumState.decode(bytes, member: "b:1") }
    for cut in 0..<bytes.count - 1 {
      #expect(throws: QuorumState.Malformed.self) { try QuorumState.decode(Array(bytes[..<cut]), member: "a:1") }
    }
    for text in ["tern-quorum 2\nend\n", "promise 1\n", "tern-quorum 1\nmember a:1\npromise -1\nboots 1\nend\n", "\u{0}\u{ff}"] {
      #expect(throws: QuorumState.Malformed.self) { try QuorumState.decode(Array(text.utf8), member: "a:1") }
    }
  }

  // MARK: configuration

  @Test(arguments: [
    ("", "tern-members"), ("tern-members a:1 b:1 c:1\ntern-member d:1", "tern-member"), ("tern-members a:1 b:1 c:1", "tern-member"),
    ("tern-members a:1 b:1 c:1\ntern-member a:1\ntern-copies 1", "tern-copies"),
    ("tern-members a:1 b:1 c:1\ntern-member a:1\ntern-copies 4", "tern-copies"),
    ("tern-members a:1 b:1 c:1\ntern-member nonsense", "tern-member"),
  ])
  func `settings that cannot keep the promise are refused by name`(lines: String, name: String) throws {
    let text = "tern-durability quorum\n" + lines
    let configuration = try Configuration.parse(text.utf8, environment: ConfigurationEnvironment())
    #expect(configuration.unkeptPromise?.name == name)
  }

  @Test func `a node finds its own name by its address`() throws {
    let text = "port 7001\nbind 10.0.0.1 -::1\ntern-durability quorum\ntern-members 10.0.0.1:7001 B:2 c:3"
    let configuration = try Configuration.parse(text.utf8, environment: ConfigurationEnvironment())
    #expect(configuration.unkeptPromise == nil)
    #expect(configuration.quorumMachine?.own == "10.0.0.1:7001" && configuration.quorumMachine?.copies == 2)
    #expect(configuration.quorumMachine?.members == ["10.0.0.1:7001", "b:2", "c:3"])
    for bad in ["a", "a:0", "a:b", ":1", "a:1 A:1"] {
      #expect(throws: ConfigurationError.self) {
        try Configuration.parse("tern-members \(bad)".utf8, environment: ConfigurationEnvironment())
      }
    }
  }

  @Test func `an async node takes no part`() throws {
    let core = NodeCore(
      configuration: Configuration(), identity: .init(runID: String(repeating: "a", count: 40)), random: SplitMix64(seed: 1), now: 1,
      monotonicNanoseconds: { 0 })
    guard case .success(let session) = core.openSession(address: "127.0.0.1:1", localAddress: "", now: 1) else { return }
    func ask(_ words: String...) -> String {
      RESPCommand.encode(words.map { Array($0.utf8) }).withUnsafeBytes { _ = core.receive(session, $0, now: 1) }
      return String(decoding: core.takeOutput(of: session), as: UTF8.self)
    }
    #expect(ask("TERN", "FENCE", "1").hasPrefix("-ERR this node's tern-durability is async"))
    #expect(ask("CLIENT", "DURABILITY", "async") == "+OK\r\n")
    #expect(ask("CLIENT", "DURABILITY", "quorum") == "-ERR this node's tern-durability is async\r\n")
    #expect(!ask("INFO", "replication").contains("tern_"))
    #expect(ask("REPLCONF", "tern-member", "a:1", "promise", "1").hasPrefix("-ERR Unrecognized REPLCONF option"))
  }
}
