import Testing

@testable import TernReplication

@Suite struct ReplicaMachineTests {
  static let mark = String(repeating: "0123456789", count: 4)

  func machine(
    resume: ReplicaMachine.ResumePoint? = nil, _ change: (inout ReplicaConfiguration) -> Void = { _ in }
  ) -> ReplicaMachine {
    var configuration = ReplicaConfiguration()
    configuration.announcedPort = 6380
    change(&configuration)
    var machine = ReplicaMachine(configuration: configuration, random: SeededGenerator(2))
    _ = machine.replicate("redis-0", 6379, resume: resume, requestedBy: nil, now: 0)
    _ = machine.connected(link: 1, now: 0)
    return machine
  }

  /// Behind the handshake, with the answer of PSYNC to come.
  func asking(resume: ReplicaMachine.ResumePoint? = nil, _ change: (inout ReplicaConfiguration) -> Void = { _ in }) -> ReplicaMachine {
    var machine = machine(resume: resume, change)
    _ = machine.receive("+PONG\r\n", now: 0)
    _ = machine.receive("+OK\r\n+OK\r\n", now: 0)
    return machine
  }

  @Test func `the handshake says who, and what it can, and asks to go on where the log ends`() {
    var machine = machine(resume: .init(replid: id("a"), offset: 50)) {
      $0.masterUser = bytes("replicator")
      $0.masterAuth = bytes("pass word")
      $0.announcedAddress = "10.0.0.7"
    }
    let introduction = machine.receive("+PONG\r\n", now: 0)
    #expect(
      introduction.sent
        == "*3\r\n$4\r\nAUTH\r\n$10\r\nreplicator\r\n$9\r\npass word\r\n"
        + "*3\r\n$8\r\nREPLCONF\r\n$14\r\nlistening-port\r\n$4\r\n6380\r\n"
        + "*3\r\n$8\r\nREPLCONF\r\n$10\r\nip-address\r\n$8\r\n10.0.0.7\r\n"
        + "*7\r\n$8\r\nREPLCONF\r\n$4\r\ncapa\r\n$3\r\neof\r\n$4\r\ncapa\r\n$6\r\npsync2\r\n"
        + "$4\r\ncapa\r\n$17\r\nhash-field-expiry\r\n")
    let psync = machine.receive("+OK\r\n+OK\r\n-ERR what\r\n-ERR what\r\n", now: 0)
    #expect(psync.sent == "*3\r\n$5\r\nPSYNC\r\n$40\r\n\(id("a"))\r\n$2\r\n51\r\n")
    #expect(
      psync.lines == [
        "(Non critical) Master does not understand REPLCONF ip-address: -ERR what",
        "(Non critical) Master does not understand REPLCONF capa: -ERR what",
        "Trying a partial resynchronization (request \(id("a")):51).",
      ])
  }

  @Test(arguments: [
    ("-NOAUTH Authentication required.\r\n", true), ("-NOPERM x\r\n", true), ("-ERR operation not permitted\r\n", true),
    ("+anything\r\n", true), ("-ERR max number of clients reached\r\n", false), ("-LOADING x\r\n", false), ("PONG\r\n", false),
  ]) func `an answer to PING lets the handshake go on or not, as in redis-server`(_ reply: String, _ goesOn: Bool) {
    var machine = machine()
    let actions = machine.receive(reply, now: 0)
    #expect(actions.lines.contains("Master replied to PING, replication can continue...") == goesOn)
    #expect(actions.withoutLog.contains(.close(link: 1)) == !goesOn)
  }

  @Test func `a wrong password is told, and never the password`() {
    var machine = machine { $0.masterAuth = bytes("geheim") }
    _ = machine.receive("+PONG\r\n", now: 0)
    let actions = machine.receive("-WRONGPASS invalid username-password pair\r\n", now: 0)
    #expect(actions == [.log(.warning, "Unable to AUTH to MASTER: -WRONGPASS invalid username-password pair"), .close(link: 1)])
  }

  @Test func `without data it asks for everything, and loads what comes between the marks`() {
    var machine = asking()
    #expect(machine.stateName == "handshake")
    _ = machine.receive("\n\n", now: 100)
    let full = machine.receive("+FULLRESYNC \(id("c")) 900\r\n\n\n$EOF:\(Self.mark)\r\nREDIS", now: 200)
    #expect(
      full == [
        .log(.notice, "Full resync from master: \(id("c")):900"),
        .log(.notice, "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to parser"),
        .log(.notice, "MASTER <-> REPLICA sync: Loading DB in memory"),
        .beginLoad(link: 1, expectedBytes: nil, replid: id("c"), offset: 900),
        .loadBytes(107..<112),
      ])
    #expect(machine.receive("0010" + Self.mark.prefix(12), now: 200).withoutLog == [.loadBytes(0..<4)])
    #expect(
      machine.receive(Self.mark.dropFirst(12) + "*1\r\n", now: 200).withoutLog == [.pauseReading(link: 1), .endLoad(link: 1)])
    #expect(machine.isLoading)
    #expect(machine.receive("$4\r\nPING\r\n", now: 200).isEmpty)
    #expect(machine.resume == nil)
    let finished = machine.loadFinished(link: 1, now: 300)
    #expect(
      finished == [
        .log(.notice, "MASTER <-> REPLICA sync: Finished with success"), .discardPartialCommand,
        .send(link: 1, bytes("*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$3\r\n900\r\n")),
        .streamBytes(bytes("*1\r\n")), .streamBytes(bytes("$4\r\nPING\r\n")), .resumeReading(link: 1),
      ])
    #expect(machine.readOffset == 914)
    #expect(machine.appliedOffset == 900)
    #expect(machine.resume == .init(replid: id("c"), offset: 900))
  }

  @Test func `a full sync that breaks off leaves the old place to continue from`() {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    _ = machine.receive("+FULLRESYNC \(id("c")) 900\r\n$100\r\nREDIS", now: 0)
    let lost = machine.disconnected(link: 1, reason: "Connection reset by peer", now: 10)
    #expect(lost == [.log(.warning, "I/O error trying to sync with MASTER: Connection reset by peer"), .abortLoad])
    #expect(machine.resume == .init(replid: id("a"), offset: 50))
    #expect(machine.appliedOffset == 50)
  }

  @Test func `a load goes on when the connection ends behind the RDB, and then continues by a partial resync`() {
    var machine = asking()
    _ = machine.receive("+FULLRESYNC \(id("c")) 900\r\n$5\r\nREDIS", now: 0)
    #expect(machine.disconnected(link: 1, reason: nil, now: 10).withoutLog.isEmpty)
    #expect(machine.tick(now: 5000).isEmpty)
    let finished = machine.loadFinished(link: 1, now: 6000)
    #expect(finished.withoutLog == [.discardPartialCommand, .connect(link: 2, host: "redis-0", port: 6379)])
    #expect(machine.resume == .init(replid: id("c"), offset: 900))
  }

  @Test func `a load that fails keeps the data and tries again`() {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    _ = machine.receive("+FULLRESYNC \(id("c")) 900\r\n$5\r\nREDIS", now: 0)
    let failed = machine.loadFailed(link: 1, reason: "bad checksum", now: 10)
    #expect(
      failed == [
        .log(.warning, "Failed trying to load the MASTER synchronization DB from socket: bad checksum"), .abortLoad, .close(link: 1),
      ])
    #expect(machine.tick(now: 2000).withoutLog == [.connect(link: 2, host: "redis-0", port: 6379)])
  }

  @Test func `a continued stream may come under a new name`() {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    let actions = machine.receive("+CONTINUE \(id("b"))\r\n*1\r\n", now: 0)
    #expect(
      actions == [
        .log(.notice, "Successful partial resynchronization with master."),
        .log(.warning, "Master replication ID changed to \(id("b"))"),
        .continued(replid: id("b")),
        .log(.notice, "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization."),
        .stream(52..<56),
      ])
    #expect(machine.resume == .init(replid: id("b"), offset: 50))
    #expect(machine.readOffset == 54)
  }

  @Test(arguments: [
    ("+CONTINUE\r\n", "Master replied with +CONTINUE, but nothing was asked to be continued (reply: +CONTINUE)"),
    ("+CONTINUE x y\r\n", "Master replied with +CONTINUE, but nothing was asked to be continued (reply: +CONTINUE x y)"),
    ("+FULLRESYNC abc 5\r\n", "Master replied with wrong +FULLRESYNC syntax. (reply: +FULLRESYNC abc 5)"),
    ("+FULLRESYNC\r\n", "Master replied with wrong +FULLRESYNC syntax. (reply: +FULLRESYNC)"),
    ("SSH-2.0-OpenSSH\r\n", "Unexpected reply to PSYNC from master: SSH-2.0-OpenSSH"),
    ("$5\r\n", "Unexpected reply to PSYNC from master: $5"),
    (
      String(repeating: "x", count: 1025),
      "A line longer than 1024 bytes from MASTER during SYNC handshake, are you sure the host and port are right?"
    ),
  ]) func `garbage for an answer of PSYNC ends the link with a line in the log`(_ reply: String, _ line: String) {
    for pieces in [[bytes(reply)], bytes(reply).map { [$0] }] {
      var machine = asking()
      var actions: [ReplicaAction] = []
      for piece in pieces { actions += machine.receive(piece, now: 0) }
      #expect(actions == [.log(.warning, line), .close(link: 1)])
      #expect(machine.stateName == "connect")
    }
  }

  @Test(arguments: [-1, 1 << 62, Int64.max]) func `an offset that would overflow is refused`(_ offset: Int64) {
    var machine = asking()
    #expect(machine.receive("+FULLRESYNC \(id("c")) \(offset)\r\n", now: 0).contains(.close(link: 1)))
  }

  @Test(arguments: [
    ("-ERR no\r\n", "MASTER aborted replication with an error: ERR no"),
    (
      "hello\r\n",
      "Bad protocol from MASTER, the first byte is not '$' (we received 'hello'), are you sure the host and port are right?"
    ),
    ("$\r\n", "Bad protocol from MASTER: invalid RDB length '$'"),
    ("$-1\r\n", "Bad protocol from MASTER: invalid RDB length '$-1'"),
    ("$9223372036854775807\r\n", "Bad protocol from MASTER: invalid RDB length '$9223372036854775807'"),
    ("$EOF:short\r\n", "Bad protocol from MASTER: an end mark of 5 bytes instead of 40 ('$EOF:short')"),
    (String(repeating: "$", count: 1025), "Bad protocol from MASTER: a line longer than 1024 bytes where the RDB's length belongs"),
  ]) func `garbage for an RDB ends the link with a line in the log`(_ header: String, _ line: String) {
    var machine = asking()
    _ = machine.receive("+FULLRESYNC \(id("c")) 900\r\n", now: 0)
    #expect(machine.receive(header, now: 0) == [.log(.warning, line), .close(link: 1)])
  }

  @Test func `a primary that does not know PSYNC is asked with SYNC, and never acknowledged`() {
    var machine = asking()
    let fallback = machine.receive("-ERR unknown command 'PSYNC'\r\n", now: 0)
    #expect(
      fallback == [
        .log(.notice, "Master does not support PSYNC or is in error state (reply: -ERR unknown command 'PSYNC')"),
        .log(.notice, "Retrying with SYNC..."),
        .send(link: 1, bytes("*1\r\n$4\r\nSYNC\r\n")),
      ])
    let loading = machine.receive("$0\r\n", now: 0)
    #expect(loading.contains(.beginLoad(link: 1, expectedBytes: 0, replid: nil, offset: 0)))
    #expect(loading.last == .endLoad(link: 1))
    #expect(machine.loadFinished(link: 1, now: 0).sent == "")
    #expect(machine.resume == nil)
    #expect(machine.tick(now: 3000).isEmpty)
  }

  @Test(arguments: ["-NOMASTERLINK Can't SYNC while not connected with my master", "-LOADING Redis is loading"])
  func `a primary that cannot yet is asked again soon`(_ reply: String) {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    let actions = machine.receive(reply + "\r\n", now: 0)
    #expect(
      actions == [.log(.notice, "Master is currently unable to PSYNC but should be in the future: \(reply)"), .close(link: 1)])
    #expect(machine.tick(now: 1000).withoutLog == [.connect(link: 2, host: "redis-0", port: 6379)])
    #expect(machine.resume != nil)
  }

  @Test func `a lost stream is taken up again at once, and refusals wait longer and longer up to a second`() {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    _ = machine.receive("+CONTINUE\r\n", now: 0)
    let lost = machine.disconnected(link: 1, reason: nil, now: 10)
    #expect(
      lost == [
        .log(.warning, "Connection with master lost."), .log(.notice, "Caching the disconnected master state."),
        .discardPartialCommand, .log(.notice, "Reconnecting to MASTER redis-0:6379"),
        .log(.notice, "MASTER <-> REPLICA sync started"), .connect(link: 2, host: "redis-0", port: 6379),
      ])
    var now: Int64 = 10
    for (attempt, longest) in [100, 200, 400, 800, 1000, 1000, 1000].enumerated() {
      let refused = machine.connectFailed(link: attempt + 2, reason: "Connection refused", now: now)
      #expect(refused == [.log(.warning, "Error condition on socket for SYNC: Connection refused")])
      let pause = (machine.nextDeadline ?? 0) - now
      #expect((Int64(longest) / 2...Int64(longest)).contains(pause))
      #expect(machine.tick(now: now + pause - 1).isEmpty)
      now += pause
      #expect(machine.tick(now: now).withoutLog == [.connect(link: attempt + 3, host: "redis-0", port: 6379)])
    }
    #expect(machine.downSince == 10)
  }

  @Test func `acknowledgements go out once a second, on request, and at once for a quorum`() {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    _ = machine.receive("+CONTINUE\r\n" + "*1\r\n$4\r\nPING\r\n", now: 0)
    #expect(machine.applied(to: 64, link: 1, now: 1).isEmpty)
    #expect(machine.tick(now: 999).isEmpty)
    let ack = ReplicaAction.send(link: 1, bytes("*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$2\r\n64\r\n"))
    #expect(machine.tick(now: 1000) == [ack])
    #expect(machine.acknowledgementRequested(link: 1, now: 1500) == [ack])
    #expect(machine.tick(now: 2000).isEmpty)
    #expect(machine.tick(now: 2500) == [ack])
    machine.configuration.acknowledgesAtOnce = true
    _ = machine.receive("*1\r\n$4\r\nPING\r\n", now: 2600)
    #expect(machine.applied(to: 78, link: 1, now: 2600).sent.hasSuffix("78\r\n"))
    #expect(machine.applied(to: 78, link: 1, now: 2600).isEmpty)
  }

  @Test func `what is on disk goes with each acknowledgement, and once more when it is what was asked for`() {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    _ = machine.receive("+CONTINUE\r\n" + "*1\r\n$4\r\nPING\r\n", now: 0)
    #expect(machine.fsynced(to: 50, now: 1).isEmpty)
    _ = machine.applied(to: 64, link: 1, now: 1)
    func ack(_ synced: String) -> ReplicaAction {
      .send(link: 1, bytes("*5\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$2\r\n64\r\n$4\r\nFACK\r\n$2\r\n\(synced)\r\n"))
    }
    #expect(machine.tick(now: 1000) == [ack("50")])
    #expect(machine.acknowledgementRequested(link: 1, now: 1100) == [ack("50")])
    #expect(machine.fsynced(to: 60, now: 1200).isEmpty)
    #expect(machine.fsynced(to: 64, now: 1300) == [ack("64")])
    #expect(machine.fsynced(to: 64, now: 1400).isEmpty)
    // The file was switched off.
    #expect(machine.fsynced(to: nil, now: 1500).isEmpty)
    #expect(machine.tick(now: 2300).sent.hasSuffix("ACK\r\n$2\r\n64\r\n"))
  }

  @Test func `timeouts name what was waited for`() {
    var live = asking(resume: .init(replid: id("a"), offset: 50))
    _ = live.receive("+CONTINUE\r\n", now: 0)
    #expect(live.tick(now: 60_000).lines.isEmpty)
    #expect(live.tick(now: 60_001).lines.first == "MASTER timeout: no data nor PING received...")
    var transfer = asking()
    _ = transfer.receive("+FULLRESYNC \(id("c")) 900\r\n", now: 0)
    // An empty line is a sign of life.
    _ = transfer.receive("\n", now: 30_000)
    #expect(transfer.tick(now: 90_000).isEmpty)
    #expect(transfer.tick(now: 90_001).lines.first?.hasPrefix("Timeout receiving bulk data from MASTER...") == true)
    var handshake = machine()
    #expect(handshake.tick(now: 60_001).lines == ["Timeout connecting to the MASTER..."])
  }

  @Test func `a corrupt stream ends the link, and what comes next is a full sync`() {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    _ = machine.receive("+CONTINUE\r\n", now: 0)
    let actions = machine.streamFailed(link: 1, reason: "'*' expected, got 'x'", now: 0)
    #expect(
      actions.lines.first
        == "WARNING: the stream from master is corrupt: '*' expected, got 'x'. Closing the master connection and discarding the cached master."
    )
    #expect(actions.withoutLog == [.discardPartialCommand, .close(link: 1)])
    #expect(machine.resume == nil)
    _ = machine.tick(now: 1000)
    _ = machine.connected(link: 2, now: 1000)
    #expect(machine.receive("+PONG\r\n+OK\r\n+OK\r\n", link: 2, now: 1000).sent.hasSuffix("*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n"))
  }

  @Test func `a driver that does not stop reading while the host loads is bounded`() {
    var machine = asking { $0.earlyBytesMax = 100 }
    _ = machine.receive("+FULLRESYNC \(id("c")) 900\r\n$0\r\n", now: 0)
    #expect(machine.receive([UInt8](repeating: 1, count: 100), now: 0).isEmpty)
    #expect(machine.receive([1], now: 0).withoutLog == [.abortLoad, .close(link: 1)])
  }

  @Test func `REPLICAOF another host keeps the place, the same host does nothing, and NO ONE shifts the history`() {
    var machine = asking(resume: .init(replid: id("a"), offset: 50))
    _ = machine.receive("+CONTINUE\r\n*1\r\n$4\r\nPING\r\n", now: 0)
    _ = machine.applied(to: 64, link: 1, now: 0)
    #expect(machine.replicate("REDIS-0", 6379, resume: nil, requestedBy: "x", now: 1).withoutLog.isEmpty)
    let moved = machine.replicate("redis-1", 6379, resume: nil, requestedBy: "id=6", now: 1)
    #expect(
      moved.withoutLog == [.discardPartialCommand, .close(link: 1), .connect(link: 2, host: "redis-1", port: 6379)])
    #expect(moved.lines.last == "REPLICAOF redis-1:6379 enabled (user request from 'id=6')")
    #expect(machine.resume == .init(replid: id("a"), offset: 64))
    var history = ReplicationHistory(replid: id("a"))
    let promoted = machine.becomePrimary(&history, offset: 64, requestedBy: "id=7", now: 2)
    #expect(
      promoted.lines == [
        "Discarding previously cached master state.",
        "Setting secondary replication ID to \(id("a")), valid up to offset: 65. New replication ID is \(history.replid)",
        "MASTER MODE enabled (user request from 'id=7')",
      ])
    #expect(history.replid2 == id("a"))
    #expect(machine.becomePrimary(&history, offset: 64, requestedBy: "id=7", now: 2).isEmpty)
    #expect(machine.stateName == "none")
    let back = machine.replicate("redis-2", 6379, resume: .init(replid: history.replid, offset: 64), requestedBy: "id=8", now: 3)
    #expect(back.lines.first?.hasPrefix("Before turning into a replica, using my own master parameters") == true)
  }
}
