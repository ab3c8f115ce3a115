import TernEngine
import Testing

@testable import TernReplication

@Suite struct PrimaryMachineTests {
  var history = ReplicationHistory(replid: id("a"), replid2: id("b"), secondReplidOffset: 51)
  let log = LogBounds(start: 40, end: 100)

  func machine(_ change: (inout PrimaryConfiguration) -> Void = { _ in }) -> PrimaryMachine {
    var configuration = PrimaryConfiguration()
    change(&configuration)
    return PrimaryMachine(configuration: configuration, logEnd: 100, random: SeededGenerator(3))
  }

  /// An online replica whose stream flows, at the end of the log.
  static func online(_ machine: inout PrimaryMachine, _ id: Int, now: Int64 = 0) {
    var history = ReplicationHistory(replid: ReplicationTests.id("a"))
    let log = LogBounds(start: 0, end: machine.logEnd)
    _ = machine.replconf(id, words("listening-port", "\(7000 + id)", "capa", "psync2"), now: now)
    _ = machine.psync(id, words("\(history.replid)", "\(machine.logEnd + 1)"), address: "127.0.0.1", history: &history, log: log, now: now)
  }

  @Test(arguments: [
    ("", "+OK"),
    ("a", "-ERR syntax error"),
    ("listening-port x", "-ERR value is not an integer or out of range"),
    ("listening-port 99999", "+OK"),
    ("capa eof capa psync2 capa unheard-of", "+OK"),
    ("foo bar", "-ERR Unrecognized REPLCONF option: foo"),
    ("ack 1", ""),
    ("ack x", ""),
    ("getack *", ""),
    ("rdb-only 1", "+OK"),
    ("rdb-only x", "-ERR value is not an integer or out of range"),
    ("rdb-filter-only functions", "+OK"),
    ("rdb-filter-only foo", "-ERR Unsupported rdb-filter-only option: foo"),
    ("version 7.2.0", "+OK"),
    ("listening-port 1 foo", "-ERR syntax error"),
  ]) func `REPLCONF is answered as redis-server does`(_ line: String, _ reply: String) {
    var machine = machine()
    let actions = machine.replconf(1, QuotedArguments.split(bytes(line)) ?? [], now: 0)
    #expect(actions.sent(to: 1) == (reply.isEmpty ? "" : reply + "\r\n"))
  }

  @Test func `an address that is too long is refused, and line breaks in one forge no line of INFO`() {
    var machine = machine()
    let long = machine.replconf(1, [bytes("ip-address"), [UInt8](repeating: 97, count: 300)], now: 0)
    #expect(long.sent(to: 1) == "-ERR REPLCONF ip-address provided by replica instance is too long: 300 bytes\r\n")
    _ = machine.replconf(1, [bytes("ip-address"), bytes("h\r\nrole:master")], now: 0)
    #expect(machine.candidates[1]?.announcedAddress == "h\\x0d\\x0arole:master")
  }

  @Test mutating func `a late replica gets a partial resync under either id, and the new id only if it understands`() {
    for (asked, capability, reply) in [
      ("a", "psync2", "+CONTINUE \(id("a"))\r\n"), ("b", "psync2", "+CONTINUE \(id("a"))\r\n"), ("a", "eof", "+CONTINUE\r\n"),
    ] {
      var machine = machine()
      _ = machine.replconf(4, words("listening-port", "6380", "capa", capability), now: 0)
      let actions = machine.psync(
        4, words("\(id(Character(asked)))", "51"), address: "127.0.0.1", history: &history, log: log, now: 0)
      #expect(actions.sent(to: 4) == reply)
      #expect(
        actions.lines == [
          "Replica 127.0.0.1:6380 asks for synchronization",
          "Partial resynchronization request from 127.0.0.1:6380 accepted. Sending 50 bytes of backlog starting from offset 51.",
        ])
      #expect(actions.last == .logAvailable(4))
      #expect(machine.takeRange(for: 4, bytesMax: 30) == 50..<80)
      #expect(machine.takeRange(for: 4, bytesMax: 30) == 80..<100)
      #expect(machine.takeRange(for: 4, bytesMax: 30) == nil)
      #expect(machine.partialSyncsAccepted == 1)
    }
  }

  @Test mutating func `a refusal says what was asked for and what is there`() {
    var machine = machine()
    func lines(_ id: Int, _ asked: String, _ offset: String) -> [String] {
      Array(machine.psync(id, words(asked, offset), address: "h", history: &history, log: log, now: 0).lines.dropFirst())
    }
    #expect(lines(1, "?", "-1").first == "Full resync requested by replica h:<unknown-replica-port>")
    #expect(
      lines(2, "xyz", "5").first
        == "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for 'xyz', my replication IDs are '\(id("a"))' and '\(id("b"))')"
    )
    #expect(
      lines(3, "\(id("b"))", "52").first
        == "Partial resynchronization not accepted: Requested offset for second ID was 52, but I can reply up to 51")
    #expect(
      lines(4, "\(id("a"))", "10").first
        == "Unable to partial resync with replica h:<unknown-replica-port> for lack of backlog (Replica request was: 10). It is 31 bytes too old; 'repl-backlog-size' (now 1048576) would have had to be that much larger, or 'appendonly' on."
    )
    #expect(
      lines(5, "\(id("a"))", "900")[1]
        == "Warning: replica h:<unknown-replica-port> tried to PSYNC with an offset that is greater than the master replication offset. It asked for byte 900, the log ends with byte 100."
    )
    #expect(machine.fullSyncs == 5)
    #expect(machine.partialSyncsRefused == 4)
    let wrong = machine.psync(6, words("a", "x"), address: "h", history: &history, log: log, now: 0)
    #expect(wrong.sent(to: 6) == "-ERR value is not an integer or out of range\r\n")
    #expect(wrong.lines.last == "Replica h:<unknown-replica-port> asks for synchronization but with a wrong offset")
    #expect(machine.replica(6) == nil)
  }

  @Test mutating func `the first replica of a node that logged nothing starts the log under a new id`() {
    var machine = machine()
    let before = history.replid
    let actions = machine.psync(1, words("\(before)", "101"), address: "h", history: &history, log: nil, now: 0)
    #expect(actions.contains(.startLogging))
    #expect(history.replid != before)
    #expect(history.replid2 == .none)
    #expect(
      actions.lines.contains("Replication backlog created, my new replication IDs are '\(history.replid)' and '\(ReplicationID.none)'"))
  }

  @Test mutating func `a node without a link of its own syncs nobody`() {
    var machine = machine()
    machine.upstream = .disconnected
    let actions = machine.psync(1, words("?", "-1"), address: "h", history: &history, log: log, now: 0)
    #expect(actions == [.send(1, bytes("-NOMASTERLINK Can't SYNC while not connected with my master\r\n"))])
    machine.upstream = .connected
    #expect(machine.psync(1, words("?", "-1"), address: "h", history: &history, log: log, now: 0).lines.count > 1)
  }

  @Test mutating func `PSYNC is refused behind pending output, with a filter but no end mark, and without arguments`() {
    var machine = machine()
    let pending = machine.psync(1, words("?", "-1"), address: "h", hasPendingOutput: true, history: &history, log: log, now: 0)
    #expect(pending.sent(to: 1) == "-ERR SYNC and PSYNC are invalid with pending output\r\n")
    _ = machine.replconf(1, words("rdb-filter-only", ""), now: 0)
    let filtered = machine.psync(1, words("?", "-1"), address: "h", history: &history, log: log, now: 0)
    #expect(filtered.sent(to: 1) == "-ERR Filtered replica requires EOF capability\r\n")
    let short = machine.psync(1, words("?"), address: "h", history: &history, log: log, now: 0)
    #expect(short.sent(to: 1) == "-ERR wrong number of arguments for 'psync' command\r\n")
  }

  @Test mutating func `PSYNC FAILOVER promotes a replica that shares the id, and nobody else`() {
    var machine = machine()
    let request = words("\(id("a"))", "101", "FAILOVER")
    #expect(
      machine.psync(1, request, address: "h", history: &history, log: log, now: 0).sent(to: 1)
        == "-ERR PSYNC FAILOVER can't be sent to a master.\r\n")
    machine.upstream = .connected
    #expect(machine.psync(1, request, address: "h", history: &history, log: log, now: 0).last == .promote(requestedBy: 1))
    #expect(
      machine.psync(1, words("\(id("c"))", "101", "failover"), address: "h", history: &history, log: log, now: 0).sent(to: 1)
        == "-ERR PSYNC FAILOVER replid must match my replid.\r\n")
  }

  @Test mutating func `replicas that come within the delay share one snapshot, and those with a length have one of their own`() {
    var machine = machine { $0.disklessSyncDelayMilliseconds = 5000 }
    func ask(_ id: Int, _ capability: String, now: Int64) -> [PrimaryAction] {
      _ = machine.replconf(id, words("capa", capability), now: now)
      return machine.psync(id, words("?", "-1"), address: "h", history: &history, log: log, now: now)
    }
    #expect(ask(1, "eof", now: 0).lines.last == "Delay next BGSAVE for diskless SYNC")
    #expect(ask(2, "eof", now: 3000).withoutLog.isEmpty)
    #expect(machine.tick(now: 4999).isEmpty)
    #expect(ask(3, "none", now: 4999).contains(.takeSnapshot(group: 1, framing: .length, filter: .readable)))
    #expect(machine.tick(now: 5000).withoutLog == [.takeSnapshot(group: 2, framing: .endMark, filter: .readable)])
    let taken = machine.snapshotTaken(group: 2, offset: 120, history: history, now: 5000)
    #expect(taken.sent(to: 1) == "+FULLRESYNC \(id("a")) 120\r\n")
    #expect(taken.sent(to: 2) == "+FULLRESYNC \(id("a")) 120\r\n")
    #expect(taken.sent(to: 3) == "")
    var trailers: Set<[UInt8]> = []
    for action in taken {
      guard case .transfer(_, 2, let preamble, let trailer) = action else { continue }
      #expect(preamble == bytes("$EOF:") + trailer + bytes("\r\n"))
      #expect(trailer.count == 40)
      trailers.insert(trailer)
    }
    #expect(trailers.count == 2)
    #expect(machine.replica(1)?.infoState == "wait_bgsave")
    // A latecomer shares the snapshot whose length is not known yet.
    _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 5001)
    let late = ask(4, "none", now: 5002)
    #expect(late.sent(to: 4) == "+OK\r\n" + "+FULLRESYNC \(id("a")) 100\r\n" || late.sent(to: 4) == "+FULLRESYNC \(id("a")) 100\r\n")
    #expect(late.lines.last == "Waiting for end of BGSAVE for SYNC")
    let sized = machine.snapshotSized(group: 1, bytes: 777, now: 5003)
    #expect(
      sized.withoutLog == [
        .transfer(3, group: 1, preamble: bytes("$777\r\n"), trailer: []),
        .transfer(4, group: 1, preamble: bytes("$777\r\n"), trailer: []),
      ])
    #expect(machine.replica(3)?.infoState == "send_bulk")
    #expect(machine.retainFrom == 0)
    machine.configuration.backlogBytes = 5
    #expect(machine.retainFrom == 100)
    #expect(machine.transferCompleted(3, now: 5004).withoutLog == [.logAvailable(3)])
    #expect(machine.transferCompleted(4, now: 5004).withoutLog == [.logAvailable(4), .releaseSnapshot(group: 1)])
  }

  @Test mutating func `enough waiting replicas end the delay, and one kind of snapshot does not wait for another`() {
    var machine = machine {
      $0.disklessSyncReplicasMax = 2
      $0.concurrentSnapshotsMax = 1
    }
    for id in 1...2 {
      _ = machine.replconf(id, words("capa", "eof"), now: 0)
      let actions = machine.psync(id, words("?", "-1"), address: "h", history: &history, log: log, now: 0)
      #expect(actions.contains(.takeSnapshot(group: 1, framing: .endMark, filter: .readable)) == (id == 2))
    }
    _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 0)
    let third = machine.sync(3, address: "h", history: &history, log: log, now: 0)
    #expect(third.lines.last == "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC")
    #expect(machine.transferCompleted(1, now: 1).withoutLog.isEmpty)
    #expect(
      machine.disconnected(2, now: 1).withoutLog == [
        .releaseSnapshot(group: 1), .takeSnapshot(group: 2, framing: .length, filter: .readable),
      ])
    // SYNC is not told an offset.
    #expect(machine.snapshotTaken(group: 2, offset: 100, history: history, now: 2).sent(to: 3) == "")
  }

  @Test mutating func `behind an end mark the stream waits for the first acknowledgement`() {
    var machine = machine { $0.disklessSyncDelayMilliseconds = 0 }
    _ = machine.replconf(1, words("capa", "eof", "listening-port", "7001"), now: 0)
    _ = machine.psync(1, words("?", "-1"), address: "h", history: &history, log: log, now: 0)
    _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 0)
    #expect(machine.logAdvanced(to: 130).isEmpty)
    #expect(
      machine.transferCompleted(1, now: 0).lines == [
        "Streamed RDB transfer with replica h:7001 succeeded (socket). Waiting for REPLCONF ACK from slave to enable streaming",
        "Synchronization with replica h:7001 succeeded",
      ])
    #expect(machine.replica(1)?.infoState == "online")
    #expect(machine.takeRange(for: 1, bytesMax: 1000) == nil)
    #expect(machine.replconf(1, words("ack", "100"), now: 3) == [.logAvailable(1)])
    #expect(machine.takeRange(for: 1, bytesMax: 1000) == 100..<130)
  }

  @Test mutating func `a replica that wanted the RDB only gets no stream, and holds no log`() {
    var machine = machine {
      $0.disklessSyncDelayMilliseconds = 0
      $0.backlogBytes = 1
    }
    _ = machine.replconf(1, words("rdb-only", "1"), now: 0)
    _ = machine.psync(1, words("?", "-1"), address: "h", history: &history, log: log, now: 0)
    _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 0)
    _ = machine.snapshotSized(group: 1, bytes: 4, now: 0)
    #expect(
      machine.transferCompleted(1, now: 0).lines == [
        "RDB transfer completed, rdb only replica (h:<unknown-replica-port>) should be disconnected asap"
      ])
    #expect(machine.logAdvanced(to: 500).isEmpty)
    #expect(machine.retainFrom == 499)
    #expect(machine.replica(1)?.infoState == nil)
  }

  @Test func `the slowest cursor keeps the log, and what is sent frees it`() {
    var machine = machine { $0.backlogBytes = 10 }
    Self.online(&machine, 1)
    Self.online(&machine, 2)
    #expect(machine.logAdvanced(to: 200) == [.logAvailable(1), .logAvailable(2)])
    // They are awake already.
    #expect(machine.logAdvanced(to: 300).isEmpty)
    #expect(machine.retainFrom == 100)
    #expect(machine.takeRange(for: 1, bytesMax: 1 << 20) == 100..<300)
    #expect(machine.takeRange(for: 2, bytesMax: 150) == 100..<250)
    #expect(machine.retainFrom == 100)
    machine.sent(1, upTo: 300)
    machine.sent(2, upTo: 180)
    #expect(machine.retainFrom == 180)
    #expect(machine.lagBytesMax == 120)
    // Nothing that was not handed out can have been sent.
    machine.sent(2, upTo: 9000)
    #expect(machine.retainFrom == 250)
    #expect(machine.disconnected(2, now: 0).lines == ["Connection with replica 127.0.0.1:7002 lost."])
    #expect(machine.retainFrom == 290)
  }

  @Test func `WAIT and quorums count what was applied, and no acknowledgement of what was never sent`() {
    var machine = machine()
    for id in 1...3 { Self.online(&machine, id) }
    _ = machine.logAdvanced(to: 200)
    for id in 1...3 { _ = machine.takeRange(for: id, bytesMax: 100) }
    _ = machine.replconf(1, words("ACK", "150"), now: 9)
    _ = machine.replconf(2, words("ack", "200", "fack", "180"), now: 9)
    _ = machine.replconf(3, words("ack", "201"), now: 9)
    #expect(machine.replicasAcknowledged(150) == 2)
    #expect(machine.replicasAcknowledged(151) == 1)
    #expect(machine.replicasAcknowledged(201) == 0)
    #expect(machine.offsetAcknowledged(byAtLeast: 2) == 150)
    #expect(machine.offsetAcknowledged(byAtLeast: 0) == 200)
    #expect(machine.offsetAcknowledged(byAtLeast: 4) == nil)
    // An old acknowledgement that arrives late takes nothing back.
    _ = machine.replconf(1, words("ack", "120"), now: 10)
    #expect(machine.offsetAcknowledged(byAtLeast: 2) == 150)
    // What is on disk is counted apart; a replica that has no file never counts.
    #expect(machine.replicasSynced(180) == 1)
    #expect(machine.replicasSynced(181) == 0)
    #expect(machine.replicasSynced(0) == 1)
    _ = machine.replconf(1, words("ack", "200", "fack", "9000"), now: 11)
    #expect(machine.replicasSynced(0) == 1)
    #expect(machine.requestAcknowledgements() == [.append(bytes("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"))])
  }

  @Test func `min-replicas-to-write counts replicas that answered lately`() {
    var machine = machine {
      $0.minReplicasToWrite = 2
      $0.minReplicasMaxLagSeconds = 10
    }
    #expect(machine.mayWrite(now: 0) == false)
    Self.online(&machine, 1)
    Self.online(&machine, 2, now: 4000)
    #expect(machine.goodReplicas(now: 10_999) == 2)
    #expect(machine.mayWrite(now: 10_999))
    #expect(machine.goodReplicas(now: 11_000) == 1)
    #expect(machine.mayWrite(now: 11_000) == false)
    machine.newline(1, now: 11_000)
    #expect(machine.mayWrite(now: 11_000))
    machine.configuration.minReplicasToWrite = 0
    #expect(machine.goodReplicas(now: 99_000) == nil)
    #expect(machine.mayWrite(now: 99_000))
  }

  @Test func `pings go through the log once a period while somebody listens, and only from a primary`() {
    var machine = machine()
    #expect(machine.tick(now: 0).isEmpty)
    Self.online(&machine, 1)
    _ = machine.tick(now: 1000)
    #expect(machine.tick(now: 10_999).isEmpty)
    #expect(machine.nextDeadline == 11_000)
    #expect(machine.tick(now: 11_000) == [.append(bytes("*1\r\n$4\r\nPING\r\n"))])
    machine.upstream = .connected
    #expect(machine.tick(now: 21_000).isEmpty)
  }

  @Test func `silence ends a link after repl-timeout, but not one that came with SYNC`() {
    var machine = machine()
    Self.online(&machine, 1)
    var history = ReplicationHistory(replid: id("a"))
    _ = machine.sync(2, address: "h", history: &history, log: log, now: 0)
    _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 0)
    _ = machine.snapshotSized(group: 1, bytes: 4, now: 0)
    _ = machine.transferCompleted(2, now: 0)
    #expect(machine.tick(now: 60_000).withoutLog.contains(.close(1)) == false)
    let actions = machine.tick(now: 60_001)
    #expect(actions.lines.first == "Disconnecting timedout replica (streaming sync): 127.0.0.1:7001")
    #expect(actions.withoutLog.contains(.close(1)))
    #expect(machine.replicas.map(\.id) == [2])
  }

  @Test func `a replica that is too far behind is dropped with the numbers that would have kept it`() {
    var machine = machine {
      $0.backlogBytes = 100
      $0.lagHardBytesMax = 1000
      $0.lagSoftBytesMax = 300
      $0.lagSoftSeconds = 60
    }
    Self.online(&machine, 1)
    Self.online(&machine, 2)
    _ = machine.logAdvanced(to: 500)
    #expect(machine.tick(now: 0).withoutLog.isEmpty)
    _ = machine.takeRange(for: 2, bytesMax: 400)
    machine.sent(2, upTo: 500)
    #expect(machine.tick(now: 30_000).withoutLog.contains(.close(1)) == false)
    for id in 1...2 { machine.newline(id, now: 59_000) }
    let soft = machine.tick(now: 60_000)
    #expect(soft.withoutLog.contains(.close(1)))
    #expect(soft.withoutLog.contains(.close(2)) == false)
    #expect(
      soft.lines.first
        == "Client 127.0.0.1:7001 scheduled to be closed ASAP for overcoming of output buffer limits. The replica is 400 bytes behind (sent up to offset 100 of 500), more than the soft limit of 300 for 60 seconds; a soft limit above 400, or more seconds, in 'client-output-buffer-limit replica' would have kept it, and so would 'appendonly yes', from whose files it could be served."
    )
    _ = machine.logAdvanced(to: 1500)
    #expect(machine.tick(now: 60_001).withoutLog.contains(.close(2)) == false)
    _ = machine.logAdvanced(to: 1501)
    #expect(
      machine.tick(now: 60_002).lines.first?.contains("more than the hard limit of 1000; a hard limit above 1001") == true)
    #expect(machine.replicas.isEmpty)
  }

  @Test func `a hard limit below the backlog does not drop those whom the backlog could serve`() {
    var machine = machine {
      $0.backlogBytes = 5000
      $0.lagHardBytesMax = 1000
      $0.lagSoftBytesMax = 0
    }
    Self.online(&machine, 1)
    _ = machine.logAdvanced(to: 5100)
    #expect(machine.tick(now: 0).withoutLog.isEmpty)
    _ = machine.logAdvanced(to: 5101)
    #expect(machine.tick(now: 0).withoutLog.contains(.close(1)))
  }

  @Test func `a backlog that nobody used for its time is given back`() {
    var machine = machine { $0.backlogTTLMilliseconds = 3_600_000 }
    Self.online(&machine, 1)
    _ = machine.disconnected(1, now: 1000)
    #expect(machine.tick(now: 3_601_000).isEmpty)
    #expect(machine.nextDeadline == 3_601_001)
    let actions = machine.tick(now: 3_601_001)
    #expect(actions.lines == ["Replication backlog freed after 3600 seconds without connected replicas."])
    #expect(actions.last == .releaseBacklog)
    #expect(machine.retainFrom == machine.logEnd)
    machine.activateBacklog(now: 0)
    machine.upstream = .disconnected
    #expect(machine.tick(now: 9_000_000).isEmpty)
  }

  @Test func `a snapshot that fails halfway closes its readers, and an error line is never mixed into an RDB`() {
    var machine = machine { $0.disklessSyncDelayMilliseconds = 0 }
    var history = ReplicationHistory(replid: id("a"))
    _ = machine.replconf(1, words("capa", "eof"), now: 0)
    _ = machine.psync(1, words("?", "-1"), address: "h", history: &history, log: log, now: 0)
    _ = machine.snapshotTaken(group: 1, offset: 100, history: history, now: 0)
    let failed = machine.snapshotFailed(group: 1, reason: "out of memory", now: 0)
    #expect(failed.withoutLog == [.close(1), .releaseSnapshot(group: 1)])
    #expect(failed.lines.first == "SYNC failed. BGSAVE child returned an error: out of memory")
    _ = machine.sync(2, address: "h", history: &history, log: log, now: 0)
    #expect(machine.snapshotFailed(group: 2, reason: "x", now: 0).sent(to: 2) == "-ERR BGSAVE failed, replication can't continue\r\n")
  }
}
