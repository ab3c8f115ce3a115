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

  @Test(arguments: [(UInt64(1), true), (2, false), (3, false)])
  func `a lease need not run out whose leader has said that it leads no more`(released: UInt64, isOurs: Bool) {
    var machine = Self.member()
    _ = machine.welcomed(epoch: 1, leaderEnd: 100, request: 1)
    _ = machine.acknowledgement(now: 1000)
    _ = machine.fence(4, released: released, request: 7)
    let answers = machine.persisted(machine.promise, now: 1001)
    #expect(answers.contains { if case .answer(7, _) = $0 { true } else { false } } == isOurs)
    #expect(machine.nextDeadline == (isOurs ? nil : 1551))
  }

  @Test func `a lease that a restart has forgotten is not known to be the released one`() {
    var stored = QuorumPromise()
    stored.epoch = 1
    var machine = QuorumMachine(
      configuration: Self.member().configuration, stored: stored, replid: Self.id, position: .init(historyEpoch: 1, offset: 100))
    _ = machine.started(now: 1000)
    _ = machine.persisted(machine.promise, now: 1000)
    _ = machine.fence(2, released: 1, request: 7)
    _ = machine.persisted(machine.promise, now: 1001)
    #expect(machine.nextDeadline == 1551)
  }

  @Test func `a fenced leader tells which epoch it led, and everybody else that they led none`() {
    func led(_ machine: inout QuorumMachine, _ epoch: UInt64) -> UInt64? {
      _ = machine.fence(epoch, request: 9)
      for case .answer(9, let answer) in machine.persisted(machine.promise, now: 50) { return answer.lastLed }
      return nil
    }
    var machine = Self.member()
    #expect(led(&machine, 2) == nil)
    Self.lead(&machine, epoch: 3, markerEnd: 150, now: 10)
    #expect(led(&machine, 4) == 3)
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

/// Changes of the members: entries of the log, by one member at a time.
@Suite struct QuorumMembershipTests {
  private static let id = QuorumRuleTests.id

  /// Member `a` leads epoch 2 from offset 100, its marker ends at 150, and `b` and `c` have acknowledged that at time 10.
  private static func leader(_ names: [MemberName] = ["a", "b", "c"], copies: Int? = nil) -> QuorumMachine {
    var configuration = QuorumConfiguration(members: names, own: "a", copies: copies)
    configuration.leaseMilliseconds = 500
    var stored = QuorumPromise()
    stored.epoch = 1
    stored.cleanEnd = .init(replid: id, offset: 100)
    var machine = QuorumMachine(
      configuration: configuration, stored: stored, replid: id, position: .init(historyEpoch: 1, offset: 100))
    _ = machine.started()
    _ = machine.persisted(machine.promise, now: 0)
    _ = machine.fence(2, request: 1)
    _ = machine.persisted(machine.promise, now: 0)
    _ = machine.promote(2, machine.position, boots: machine.promise.boots, request: 2)
    _ = machine.markerAppended(end: 150, now: 5)
    for name in names.dropFirst() {
      _ = machine.memberArrived(name, promise: 2)
      _ = machine.acknowledged(name, 150, now: 10)
    }
    return machine
  }

  private static func refusal(_ machine: QuorumMachine, _ change: QuorumMembership.Change, now: Int64 = 20) -> String {
    if case .failure(let refusal) = machine.membership(after: change, now: now) { refusal.text } else { "accepted" }
  }

  private static func make(_ machine: inout QuorumMachine, _ change: QuorumMembership.Change, end: Int64, now: Int64 = 20) throws {
    let new = try machine.membership(after: change, now: now).get()
    _ = machine.membershipAppended(new, end: end, now: now)
  }

  @Test func `a node that follows closely is added, and counts from when the entry is in the log`() throws {
    var machine = Self.leader()
    #expect(Self.refusal(machine, .add("d")).contains("d does not follow this leader closely"))
    #expect(Self.refusal(machine, .add("d")).contains("TERN FENCE 2 and TERN FOLLOW 2 "))
    guard case (.welcome, let actions) = machine.memberArrived("d", promise: 0) else { return #expect(Bool(false)) }
    #expect(actions == [] && machine.learners == ["d"])
    #expect(machine.acknowledged("d", 150, now: 15) == [], "a learner counts for nothing")
    try Self.make(&machine, .add("d"), end: 200)
    #expect(machine.membership.names == ["a", "b", "c", "d"] && machine.membership.copies == 3 && machine.learners == [])
    #expect(machine.membership.version == .init(epoch: 2, number: 1))
    // Three of four, by the new count.
    #expect(machine.acknowledged("b", 200, now: 30) == [] && machine.committed == 150)
    #expect(machine.acknowledged("d", 200, now: 31) == [.release(upTo: 200)])
  }

  @Test func `a change waits for the one before, and for the marker`() throws {
    var machine = Self.leader(["a", "b", "c", "d", "e"])
    try Self.make(&machine, .remove("e"), end: 200)
    #expect(machine.membership.names == ["a", "b", "c", "d"] && machine.membership.copies == 3)
    #expect(Self.refusal(machine, .remove("d")).contains("the change before (2.1) is not acknowledged"))
    for name in ["b", "c"] { _ = machine.acknowledged(name, 200, now: 30) }
    #expect(machine.committed == 200)
    _ = machine.acknowledged("d", 200, now: 30)
    try Self.make(&machine, .remove("d"), end: 250, now: 40)
    #expect(machine.membership.version == .init(epoch: 2, number: 2) && machine.membership.copies == 2)
    _ = machine.fence(3, request: 5)
    #expect(Self.refusal(machine, .remove("c")).hasPrefix("NOLEADER"))
  }

  @Test func `nothing is changed that would stop acknowledgements, or that elections could not count`() {
    let machine = Self.leader()
    #expect(Self.refusal(machine, .remove("a")).contains("the leader cannot be removed"))
    #expect(Self.refusal(machine, .remove("x")).contains("x is no member"))
    #expect(Self.refusal(machine, .add("b")).contains("b is a member already"))
    // Long after both were heard of.
    #expect(Self.refusal(machine, .remove("c"), now: 5000).contains("only 1 of the 2 members would acknowledge (a), 2 are needed"))
    #expect(Self.refusal(machine, .remove("c")) == "accepted")
    // Of four with three copies, two answers are enough for an election; they need not meet three of five.
    #expect(Self.refusal(Self.leader(["a", "b", "c", "d"]), .remove("d")).contains("members cannot be changed while 3 copies of 4"))
    #expect(Self.refusal(Self.leader(copies: 3), .remove("c")).contains("members cannot be changed while 3 copies of 3"))
    #expect(Self.refusal(Self.leader(["a"]), .add("d")).contains("does not follow"))
  }

  @Test func `a node that was removed follows on, deposes nobody, and is not promoted`() {
    var machine = Self.leader()
    #expect(machine.membershipApplied(.init(version: .init(epoch: 1, number: 1), names: ["b", "c"], copies: 2)).count == 1)
    #expect(!machine.isMember)
    let (hello, actions) = machine.memberArrived("z", promise: 9)
    #expect(actions == [] && hello == .refused("STALEEPOCH epoch is 2, your promise 9"), "no member, no say")
    _ = machine.fence(3, request: 4)
    _ = machine.persisted(machine.promise, now: 1000)
    let answer = machine.promote(3, machine.position, boots: machine.promise.boots, request: 5)
    #expect(answer == [.refuse(5, "ERR promote 3: this node is no member (b c)")])
  }

  @Test func `a full sync brings the leader's members, an older entry changes nothing`() {
    var machine = Self.leader()
    let newer = QuorumMembership(version: .init(epoch: 4, number: 2), names: ["a", "b"], copies: 2)
    machine.dataReplaced(.init(historyEpoch: 4, offset: 500), membership: newer)
    #expect(machine.membership == newer)
    #expect(machine.membershipApplied(.init(version: .init(epoch: 3, number: 9), names: ["a", "c"], copies: 2)) == [])
    #expect(machine.membership == newer)
    machine.dataReplaced(.init(historyEpoch: 4, offset: 500))
    #expect(machine.membership.names == ["a", "b", "c"] && machine.membership.version == .configured)
  }

  @Test(arguments: [
    "", "1.1", "1.1 2", "1.1 2 ", "1.1 1 a,b", "1.1 3 a,b", "0.0 1 a", "1 1 a", "1.1 1 a,a", "1.1 x a", "1.-1 1 a", "1.1 1 a b",
  ])
  func `what is no membership is refused`(text: String) { #expect(QuorumMembership(text: text) == nil) }

  @Test func `the entry reads as it is written`() {
    let membership = QuorumMembership(version: .init(epoch: 7, number: 3), names: ["a:1", "[::1]:2", "c.example:3"], copies: 2)
    #expect(membership.text == "7.3 2 a:1,[::1]:2,c.example:3")
    #expect(QuorumMembership(text: membership.text) == membership)
  }
}
