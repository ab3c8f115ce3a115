import TernEngine
import Testing

@testable import TernSentinel

struct ElectionTests {
  private let mine = String(repeating: "a", count: 40)

  private func core(votes: [(String?, UInt64)], quorum: Int = 2, epoch: UInt64 = 5) -> SentinelCore {
    var (core, now) = FailoverStateTests.settledCore(sentinels: votes.count + 1)
    core.begin(now)
    core.currentEpoch = epoch
    core.groups[0].quorum = quorum
    for (s, vote) in votes.enumerated() {
      core.groups[0].sentinels[s].votedLeader = vote.0
      core.groups[0].sentinels[s].votedLeaderEpoch = vote.1
    }
    return core
  }

  @Test(
    arguments: [
      ([(String?.none, UInt64(0)), (nil, 0)], 2, String?.none),
      ([("a", 5), (nil, 0)], 2, "a"),
      ([("b", 5), (nil, 0)], 2, "b"),
      ([("b", 5), ("c", 5)], 2, "b"),
      ([("b", 5), ("c", 5), (nil, 0), (nil, 0)], 2, nil),
      ([("a", 4), ("a", 4)], 2, nil),
      ([("a", 6), ("a", 6)], 2, nil),
      ([("a", 5), (nil, 0)], 3, nil),
      ([("a", 5), ("a", 5)], 3, "a"),
      ([("a", 5), (nil, 0), (nil, 0), (nil, 0)], 1, nil),
      ([("a", 5), ("a", 5), (nil, 0), (nil, 0)], 1, "a"),
      ([("b", 5), ("b", 5), ("a", 5), (nil, 0)], 1, "b"),
    ] as [([(String?, UInt64)], Int, String?)])
  func `a leader has more than half of all known sentinels, and the quorum`(votes: [(String?, UInt64)], quorum: Int, winner: String?) {
    func id(_ letter: String?) -> String? { letter.map { String(repeating: $0, count: 40) } }
    var core = core(votes: votes.map { (id($0.0), $0.1) }, quorum: quorum)
    #expect(core.electedLeader(0, epoch: 5) == id(winner))
  }

  @Test(
    arguments: [
      ([("b", 5), ("c", 5)], "a", true), ([("b", 5), (nil, 0)], "a", false), ([("b", 5), ("b", 5)], "a", false),
      ([("b", 5), ("c", 4)], "a", false), ([("b", 5), ("c", 5), ("d", 5), ("a", 5)], "a", true),
      ([("b", 5), ("b", 5), ("a", 5), (nil, 0)], "a", false),
    ] as [([(String?, UInt64)], String, Bool)])
  func `an election is lost when all have voted and nobody has enough`(votes: [(String?, UInt64)], mine: String, isLost: Bool) {
    var core = core(votes: votes)
    core.groups[0].leader = mine
    core.groups[0].leaderEpoch = 5
    #expect(core.isElectionLost(0, epoch: 5) == isLost)
    // A sentinel that cannot be reached is not waited for.
    let open = core.groups[0].sentinels.indices.filter { core.groups[0].sentinels[$0].votedLeaderEpoch != 5 }
    for s in open { core.groups[0].sentinels[s].isSubjectivelyDown = true }
    let counts = Dictionary((votes.filter { $0.1 == 5 }.compactMap(\.0) + [mine]).map { ($0, 1) }, uniquingKeysWith: +)
    #expect(core.isElectionLost(0, epoch: 5) == counts.values.allSatisfy { $0 < (votes.count + 1) / 2 + 1 })
    #expect(core.isElectionLost(0, epoch: 4), "a later epoch has begun")
  }

  @Test func `one vote is given in an epoch, to the first who asks`() {
    var core = core(votes: [(nil, 0), (nil, 0)])
    #expect(core.vote(0, epoch: 6, for: "b")?.leader == "b")
    #expect(core.currentEpoch == 6)
    #expect(core.vote(0, epoch: 6, for: "c")?.leader == "b")
    #expect(core.vote(0, epoch: 5, for: "c")?.leader == "b")
    #expect(core.vote(0, epoch: 7, for: "c")?.leader == "c")
    #expect(core.groups[0].leaderEpoch == 7)
  }

  @Test func `no vote is given in an epoch that has passed`() {
    var core = core(votes: [(nil, 0), (nil, 0)], epoch: 9)
    #expect(core.vote(0, epoch: 8, for: "b") == nil)
    #expect(core.groups[0].leader == nil)
  }

  @Test func `who voted for another leaves that one the time to finish`() throws {
    var core = core(votes: [(nil, 0), (nil, 0)])
    _ = core.vote(0, epoch: 6, for: "b")
    let start = try #require(core.groups[0].failoverStart)
    #expect(start >= core.now && start < core.now + 1000)
    core.groups[0].failoverStart = nil
    _ = core.vote(0, epoch: 7, for: mine)
    #expect(core.groups[0].failoverStart == nil)
  }

  @Test func `a vote is handed out only behind the state that holds it`() throws {
    var core = core(votes: [(nil, 0), (nil, 0)])
    core.finish()
    while !core.takeActions().isEmpty {}
    let words = ["SENTINEL", "is-master-down-by-addr", "10.0.1.0", "6379", "6", "bbb"]
    core.command(words.map { Array($0.utf8) }, from: SentinelClientID(rawValue: 7), now: core.now)
    let batch = core.takeActions()
    guard case .persist(let lines)? = batch.last else {
      Issue.record("nothing is persisted first: \(batch)")
      return
    }
    #expect(!batch.contains { if case .reply = $0 { true } else { false } })
    #expect(lines.map(\.line).contains("sentinel leader-epoch mymaster 6"))
    #expect(lines.map(\.line).contains("sentinel current-epoch 6"))
    #expect(core.takeActions() == [])
    core.persisted(now: core.now)
    let vote = RESPValue.array([.integer(0), SentinelCore.bulk("bbb"), .integer(6)])
    #expect(core.takeActions().contains(.reply(SentinelClientID(rawValue: 7), vote)))
  }

  @Test func `a vote that could not be saved is withdrawn and not given again until it is`() {
    var core = core(votes: [(nil, 0), (nil, 0)])
    core.finish()
    while !core.takeActions().isEmpty {}
    let words = ["SENTINEL", "is-master-down-by-addr", "10.0.1.0", "6379", "6", "bbb"].map { Array($0.utf8) }
    func ask(_ core: inout SentinelCore, _ client: UInt64) { core.command(words, from: SentinelClientID(rawValue: client), now: core.now) }
    func replies(_ core: inout SentinelCore) -> [RESPValue] {
      core.takeActions().compactMap { if case .reply(_, let value) = $0 { value } else { nil } }
    }
    ask(&core, 1)
    #expect(replies(&core) == [])
    core.persistFailed(reason: "full", now: core.now)
    #expect(replies(&core) == [.error(Array("ERR Failed to save config file. Check server logs.".utf8))])
    ask(&core, 2)
    #expect(replies(&core) == [.array([.integer(0), SentinelCore.bulk("*"), .integer(0)])])
    core.tick(now: core.now + 1000)
    _ = core.takeActions()
    core.persisted(now: core.now)
    _ = core.takeActions()
    ask(&core, 3)
    #expect(replies(&core) == [.array([.integer(0), SentinelCore.bulk("bbb"), .integer(6)])])
  }

  @Test func `no vote is given against a primary that has just taken over and answers`() {
    var core = core(votes: [(nil, 0), (nil, 0)])
    core.groups[0].switchedAt = core.now - 4000
    core.groups[0].leaderEpoch = 5
    let link = core.groups[0].primary.link
    #expect(core.isHealthySinceSwitch(0))
    #expect(core.refuseVote(0, epoch: 6) == nil)
    #expect(core.currentEpoch == 6 && core.groups[0].leaderEpoch == 5)
    core.links[link]?.lastAvailable = core.now - 4000
    #expect(!core.isHealthySinceSwitch(0))
    core.links[link]?.lastAvailable = core.now
    core.groups[0].switchedAt = core.now - 5000
    #expect(!core.isHealthySinceSwitch(0))
    core.groups[0].switchedAt = core.now - 1000
    core.closeCommands(of: link)
    #expect(!core.isHealthySinceSwitch(0))
  }

  @Test func `without a runid no vote is given, and an unknown address is not down`() {
    var world = SentinelWorld()
    _ = world.run(limit: 30_000) { $0.isSettled }
    let none = RESPValue.array([.integer(0), SentinelCore.bulk("*"), .integer(0)])
    #expect(world.ask(0, "SENTINEL", "is-master-down-by-addr", "10.0.1.0", "6379", "9", "*") == none)
    #expect(world.ask(0, "SENTINEL", "is-master-down-by-addr", "10.9.9.9", "6379", "9", "bbb") == none)
    #expect(world.cores[0].currentEpoch == 0)
  }
}
