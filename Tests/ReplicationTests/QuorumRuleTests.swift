import TernEngine
import Testing

@testable import TernReplication

/// Single rules of the machine, each with the planted bug that breaks it: those that random schedules are unlikely to hit, and the handshake.
@Suite struct QuorumRuleTests {
  static let id = ReplicationID(Array(String(repeating: "a", count: 40).utf8)) ?? .none

  /// Member `a` of three, idle, with `offset` bytes of epoch 1 and epoch 1 promised.
  private static func member(_ plants: QuorumPlants = [], offset: Int64 = 100) -> QuorumMachine {
    var configuration = QuorumConfiguration(members: ["a", "b", "c"], own: "a")
    configuration.leaseMilliseconds = 500
    var stored = QuorumPromise()
    stored.epoch = 1
    stored.cleanEnd = .init(replid: id, offset: offset)
    var machine = QuorumMachine(
      configuration: configuration, stored: stored, replid: id, position: .init(historyEpoch: 1, offset: offset))
    machine.plants = plants
    _ = machine.started()
    _ = machine.persisted(machine.promise, now: 0)
    return machine
  }

  private static func lead(_ machine: inout QuorumMachine, epoch: UInt64, markerEnd: Int64, now: Int64) {
    _ = machine.fence(epoch, request: 1)
    _ = machine.persisted(machine.promise, now: now)
    let position = machine.position
    _ = machine.promote(epoch, position, boots: machine.promise.boots, request: 2)
    _ = machine.markerAppended(end: markerEnd, now: now)
  }

  /// Figure 8 of the Raft paper: an entry of an earlier epoch that a majority holds can still be lost to a leader of an epoch between, unless
  /// an entry of the present epoch is with the majority as well.
  @Test(arguments: [false, true])
  func `bytes of earlier epochs are not committed before this epoch's marker is`(isPlanted: Bool) {
    var machine = Self.member(isPlanted ? .commitsBeforeMarker : [])
    Self.lead(&machine, epoch: 2, markerEnd: 150, now: 10)
    let early = machine.acknowledged("b", 100, now: 20)
    #expect((machine.committed == 100) == isPlanted && early.contains(.release(upTo: 100)) == isPlanted)
    #expect(machine.acknowledged("b", 150, now: 30) == [.release(upTo: 150)])
  }

  @Test(arguments: [false, true])
  func `a fence is answered only when the lease that was granted is over`(isPlanted: Bool) {
    var machine = Self.member(isPlanted ? .answersWithinLease : [])
    #expect(machine.welcomed(epoch: 1, leaderEnd: 100, request: 1) == [.accept(1)])
    #expect(machine.acknowledgement(now: 1000) == 100)
    _ = machine.fence(2, request: 7)
    let answers = machine.persisted(machine.promise, now: 1100)
    func answered(_ actions: [QuorumAction]) -> Bool { actions.contains { if case .answer(7, _) = $0 { true } else { false } } }
    #expect(answered(answers) == isPlanted)
    guard !isPlanted else { return }
    #expect(machine.nextDeadline == 1551)
    #expect(!answered(machine.tick(now: 1550)) && answered(machine.tick(now: 1551)))
  }

  @Test func `a longer lease of the leader binds too`() {
    var machine = Self.member()
    _ = machine.welcomed(epoch: 1, leaderEnd: 100, leaseMilliseconds: 2000, request: 1)
    _ = machine.acknowledgement(now: 1000)
    _ = machine.fence(2, request: 7)
    _ = machine.persisted(machine.promise, now: 1100)
    #expect(machine.nextDeadline == 3201)
  }

  /// Without this, a member that restarts at once could elect another leader while the old one still reads on its word.
  @Test func `a member that restarts takes the lease that it may have granted for granted`() {
    var stored = QuorumPromise()
    stored.epoch = 1
    stored.acknowledgesDisk = true
    var configuration = QuorumConfiguration(members: ["a", "b", "c"], own: "a")
    configuration.acknowledgesDisk = true
    var machine = QuorumMachine(configuration: configuration, stored: stored, replid: Self.id, position: .init(historyEpoch: 1, offset: 9))
    _ = machine.started(now: 5000)
    _ = machine.persisted(machine.promise, now: 5001)
    _ = machine.fence(2, request: 7)
    #expect(machine.persisted(machine.promise, now: 5002) == [] && machine.nextDeadline == 5551)
  }

  @Test func `a lease runs from when a quorum was asked, and ends without answers`() {
    var machine = Self.member()
    Self.lead(&machine, epoch: 2, markerEnd: 150, now: 1000)
    #expect(!machine.holdsLease(now: 1000))
    _ = machine.acknowledged("b", 150, now: 1300)
    #expect(machine.holdsLease(now: 1448) && !machine.holdsLease(now: 1449))
  }

  @Test func `a promotion may be asked for again, and only for the epoch that is led`() {
    var machine = Self.member()
    Self.lead(&machine, epoch: 2, markerEnd: 150, now: 10)
    #expect(machine.promote(2, .init(historyEpoch: 1, offset: 100), boots: machine.promise.boots, request: 9) == [.accept(9)])
    #expect(machine.promote(3, machine.position, boots: 0, request: 9) == [.refuse(9, "STALEEPOCH promote 3: promise is 2")])
  }

  @Test func `a member that left the history of epochs vouches for nothing`() {
    var machine = Self.member()
    #expect(machine.isTrusted)
    #expect(machine.leaveHistory("a test") == [])
    #expect(!machine.isTrusted && machine.position == .init(historyEpoch: 0, offset: 100) && machine.endingCleanly(replid: Self.id) == nil)
  }

  // MARK: the handshake of the replica's side

  private static func introduced() -> ReplicaMachine {
    var configuration = ReplicaConfiguration()
    configuration.isMember = true
    configuration.acknowledgesAtOnce = true
    var machine = ReplicaMachine(configuration: configuration, random: SplitMix(seed: 3))
    _ = machine.replicate("leader", 1, resume: .init(replid: id, offset: 41), requestedBy: nil, now: 0)
    _ = machine.connected(link: 1, now: 0)
    _ = machine.feed("+PONG\r\n")
    #expect(machine.feed("+OK\r\n+OK\r\n") == [.introduceMember(link: 1)])
    return machine
  }

  @Test func `PSYNC follows when the host has agreed with the leader's epoch`() {
    var machine = Self.introduced()
    #expect(machine.feed("+TERN 4 77 500\r\n") == [.welcomed(link: 1, epoch: 4, leaderEnd: 77, leaseMilliseconds: 500)])
    let sent = machine.admitted(link: 1, now: 1).withoutLog
    guard case .send(1, let bytes)? = sent.first else {
      Issue.record("\(sent)")
      return
    }
    #expect(String(decoding: bytes, as: UTF8.self).contains("$5\r\nPSYNC\r\n"))
    #expect(machine.admitted(link: 1, now: 1).isEmpty)
    _ = machine.feed("+CONTINUE\r\n")
    #expect(machine.applied(to: 41, link: 1, now: 2) == [])
    _ = machine.feed("*1\r\n$4\r\nPING\r\n")
    #expect(machine.applied(to: 55, link: 1, now: 3) == [.acknowledge(link: 1, offset: 55)])
  }

  @Test(arguments: ["-STALEEPOCH x", "-NOLEADER x", "-NOMEMBER x", "+TERN", "+TERN a b c", "+TERN 1 -1 1", "+OK"])
  func `every other answer ends the attempt, and the data stay`(line: String) {
    var machine = Self.introduced()
    #expect(machine.feed(line + "\r\n").contains(.close(link: 1)))
    #expect(machine.resume?.offset == 41)
  }

  @Test func `an error of a server that knows no such option is for the host to judge`() {
    var machine = Self.introduced()
    let text = "-ERR Unrecognized REPLCONF option: tern-member"
    #expect(machine.feed(text + "\r\n") == [.metStranger(link: 1, reply: text)])
    #expect(machine.turnedAway(link: 1, reason: "no", now: 1).withoutLog == [.close(link: 1)])
  }
}

extension ReplicaMachine {
  fileprivate mutating func feed(_ text: String) -> [ReplicaAction] {
    var actions: [ReplicaAction] = []
    Array(text.utf8).withUnsafeBytes { received($0, link: link, now: 1, into: &actions) }
    return actions.withoutLog
  }
}
