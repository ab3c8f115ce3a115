import TernEngine
import Testing

@testable import TernSentinel

/// The choice alone: who is promoted, out of which answers.
struct FenceRoundTests {
  private func candidate(
    _ n: UInt64, _ reply: FenceRound.Reply?, priority: Int = 100, isPrimary: Bool = false
  ) -> FenceRound.Candidate {
    .init(id: InstanceID(rawValue: n), name: "node-\(n):6379", priority: priority, runID: "\(n)", isPrimary: isPrimary, reply: reply)
  }

  private func answer(_ history: UInt64, _ offset: Int64, trusted: Bool = true, keys: Int64 = 0) -> FenceRound.Reply {
    .answered(FenceAnswer(historyEpoch: history, offset: offset, isTrusted: trusted, boot: "1", memberCount: 3, copies: 2, keys: keys))
  }

  private func winner(_ choice: FenceRound.Choice) -> UInt64? {
    if case .winner(let id, _, _, _) = choice { id.rawValue } else { nil }
  }

  private func grounds(_ choice: FenceRound.Choice) -> FenceRound.Grounds? {
    if case .winner(_, _, let grounds, _) = choice { grounds } else { nil }
  }

  @Test func `a longer log of an older leadership loses against a shorter one of a newer`() {
    let choice = FenceRound.choose([candidate(1, answer(3, 900)), candidate(2, answer(4, 100)), candidate(3, nil)], members: 3, copies: 2)
    #expect(winner(choice) == 2)
    #expect(grounds(choice) == .quorum)
  }

  @Test func `among equal histories the greatest offset wins, whatever its priority`() {
    let choice = FenceRound.choose(
      [candidate(1, answer(4, 100), priority: 1), candidate(2, answer(4, 101), priority: 0), candidate(3, nil)], members: 3, copies: 2)
    #expect(winner(choice) == 2)
  }

  @Test(arguments: [(100, 10, UInt64(2)), (10, 100, 1), (0, 100, 2), (100, 0, 1), (50, 50, 1), (0, 0, 1)])
  func `equal data go by priority, then by run id, and priority 0 is the last`(first: Int, second: Int, expected: UInt64) {
    let candidates = [candidate(1, answer(4, 100), priority: first), candidate(2, answer(4, 100), priority: second), candidate(3, nil)]
    #expect(winner(FenceRound.choose(candidates, members: 3, copies: 2)) == expected)
    #expect(winner(FenceRound.choose(candidates.reversed(), members: 3, copies: 2)) == expected)
  }

  @Test(arguments: [(4, 100), (4, 101), (5, 90)])
  func `an election for the sake of a new member keeps the primary, unless another has more`(history: UInt64, offset: Int64) {
    let candidates = [
      candidate(1, answer(history, offset)), candidate(2, answer(4, 100), isPrimary: true), candidate(3, answer(0, 0, trusted: false)),
    ]
    let choice = FenceRound.choose(candidates, members: 3, copies: 2, keepsPrimary: true)
    #expect(winner(choice) == ((history, offset) == (4, 100) ? 2 : 1))
  }

  @Test(arguments: [(3, 2, 2), (5, 3, 3), (5, 4, 2), (4, 3, 2), (3, 3, 1), (1, 1, 1)])
  func `as many trusted answers are needed as meet every set that may have acknowledged`(members: Int, copies: Int, needed: Int) {
    for trusted in 0...members {
      let candidates = (0..<UInt64(members)).map { candidate($0, $0 < trusted ? answer(4, 100) : .refused("STALEEPOCH")) }
      let choice = FenceRound.choose(candidates, members: members, copies: copies)
      #expect((winner(choice) != nil) == (trusted >= needed), "\(trusted) of \(members)")
    }
  }

  /// Answers need a member in common with every majority of the members before a change, and of those behind it.
  @Test(arguments: [(4, 3, 3), (5, 3, 3), (3, 3, 2), (2, 2, 2), (1, 1, 1)])
  func `when members were changed, a majority is needed in any case`(members: Int, copies: Int, needed: Int) throws {
    let version = try #require(MembershipVersion("3.1"))
    for trusted in 0...members {
      let candidates = (0..<UInt64(members)).map { candidate($0, $0 < trusted ? answer(4, 100) : .refused("STALEEPOCH")) }
      let choice = FenceRound.choose(candidates, members: members, copies: copies, version: version)
      #expect((winner(choice) != nil) == (trusted >= needed), "\(trusted) of \(members)")
    }
  }

  @Test func `an answer tells by which members it counts`() {
    func reply(_ version: String, _ names: String) -> RESPValue {
      .array([1, 100, 1, 1, 2, 2, 0].map { .integer($0) } + [SentinelCore.bulk(version), SentinelCore.bulk(names)])
    }
    let answer = FenceAnswer(reply("3.1", "a:1,b:2"))
    #expect(answer?.membersVersion == MembershipVersion("3.1") && answer?.members == ["a:1", "b:2"])
    // More or fewer names than it says: it is taken as an answer of an older node.
    #expect(FenceAnswer(reply("3.1", "a:1"))?.membersVersion == .init())
    #expect(FenceAnswer(reply("x", "a:1,b:2"))?.membersVersion == .init())
    #expect(answer?.lastLed == nil)
    let led = reply("3.1", "a:1,b:2").elements.map { FenceAnswer(.array($0 + [.integer(6)])) }
    #expect(led??.lastLed == 6)
  }

  @Test func `an untrusted answer never wins against enough trusted ones, and does not count`() {
    let enough = [candidate(1, answer(4, 100)), candidate(2, answer(4, 100)), candidate(3, answer(4, 999, trusted: false))]
    #expect([1, 2].contains(winner(FenceRound.choose(enough, members: 3, copies: 2))))
    let tooFew = [candidate(1, answer(4, 100)), candidate(2, answer(4, 999, trusted: false)), candidate(3, .refused("LOADING"))]
    let choice = FenceRound.choose(tooFew, members: 3, copies: 2)
    let reason = "1 of 3 members answered and are trusted, 2 needed: node-2:6379 is untrusted; node-3:6379 refused: LOADING"
    #expect(choice == .insufficient(reason))
  }

  @Test func `when all have answered and too few are trusted the greatest of all wins, as a disaster`() {
    let candidates = [
      candidate(1, answer(4, 100)), candidate(2, answer(4, 200, trusted: false)), candidate(3, answer(3, 900, trusted: false)),
    ]
    let choice = FenceRound.choose(candidates, members: 3, copies: 2)
    #expect(winner(choice) == 2)
    #expect(grounds(choice) == .disaster)
  }

  @Test func `a first start prefers the configured primary, unless it is empty and another is not`() {
    func first(_ keys: [Int64], offsets: [Int64] = [0, 0, 0]) -> FenceRound.Choice {
      FenceRound.choose(
        (0..<3).map { candidate(UInt64($0), answer(0, offsets[$0], trusted: false, keys: keys[$0]), isPrimary: $0 == 2) }, members: 3,
        copies: 2)
    }
    #expect(winner(first([0, 0, 0])) == 2)
    #expect(grounds(first([0, 0, 0])) == .firstStart)
    #expect(winner(first([0, 5, 0])) == 1)
    #expect(winner(first([0, 5, 7])) == 2)
    #expect(winner(first([0, 0, 0], offsets: [7, 0, 0])) == 0)
  }

  @Test func `blank members that are not all there are no first start`() {
    let two = [candidate(1, answer(0, 0, trusted: false)), candidate(2, answer(0, 0, trusted: false)), candidate(3, nil)]
    #expect(
      FenceRound.choose(two, members: 3, copies: 2)
        == .insufficient(
          "0 of 3 members answered and are trusted, 2 needed: node-1:6379 is untrusted; node-2:6379 is untrusted; "
            + "node-3:6379 is not reachable"))
  }

  @Test func `enough answers are a choice at once, but not a complete one while others are awaited`() {
    let candidates = [candidate(1, answer(4, 100)), candidate(2, answer(4, 90)), candidate(3, .awaited)]
    guard case .winner(_, _, _, let isComplete) = FenceRound.choose(candidates, members: 3, copies: 2) else {
      Issue.record("nobody was chosen")
      return
    }
    #expect(!isComplete)
    #expect(FenceRound.choose(Array(candidates.dropFirst()), members: 3, copies: 2) == .open)
  }

  @Test func `a requested failover passes the primary by only where the others are enough`() {
    let all = [candidate(1, answer(4, 90)), candidate(2, answer(4, 80)), candidate(3, answer(4, 100), isPrimary: true)]
    #expect(winner(FenceRound.choose(all, members: 3, copies: 2, isRequested: true)) == 1)
    #expect(winner(FenceRound.choose(all, members: 3, copies: 2)) == 3)
    let awaited = [candidate(1, answer(4, 90)), candidate(2, .awaited), candidate(3, answer(4, 100), isPrimary: true)]
    #expect(FenceRound.choose(awaited, members: 3, copies: 2, isRequested: true) == .open)
    let two = [candidate(1, answer(4, 90)), candidate(2, nil), candidate(3, answer(4, 100), isPrimary: true)]
    #expect(winner(FenceRound.choose(two, members: 3, copies: 2, isRequested: true)) == 3)
  }

  @Test func `forced, one answer is enough when nobody else may still give one`() {
    let one = [candidate(1, answer(4, 100, trusted: false)), candidate(2, .lost), candidate(3, nil)]
    #expect(grounds(FenceRound.choose(one, members: 3, copies: 2, isForced: true)) == .forced)
    let awaited = [candidate(1, answer(4, 100)), candidate(2, .awaited), candidate(3, nil)]
    #expect(FenceRound.choose(awaited, members: 3, copies: 2, isForced: true) == .open)
  }

  @Test(arguments: [
    "*6 1 2 1 1 3 2", "*7 1 2 1 1 3 2 9", "*8 1 2 0 1 3 2 9 9", "*5 1 2 1 1 3", "*6 -1 2 1 1 3 2", "*6 1 -2 1 1 3 2", "*6 1 2 1 1 0 0",
    "*6 1 2 1 1 3 4", "*6 1 2 1 1 4 2", "*6 1 2 1 1 999 600", "*6 x 2 1 1 3 2",
  ])
  func `an answer has sound fields, or it is none`(text: String) {
    let words = text.split(separator: " ").dropFirst()
    let value = RESPValue.array(words.map { word in Int64(word).map { .integer($0) } ?? .simpleString(Array(word.utf8)) })
    let isSound = ["*6 1 2 1 1 3 2", "*7 1 2 1 1 3 2 9", "*8 1 2 0 1 3 2 9 9"].contains(text)
    #expect((FenceAnswer(value) != nil) == isSound)
  }
}
