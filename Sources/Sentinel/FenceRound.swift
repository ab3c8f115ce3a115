internal import TernEngine

/// What a member answered to TERN FENCE.
package struct FenceAnswer: Hashable, Sendable {
  package var historyEpoch: UInt64
  package var offset: Int64
  /// Whether everything that it has acknowledged is still in its data.
  package var isTrusted: Bool
  /// Which of its starts this was: TERN PROMOTE gives it back, and who has restarted since refuses.
  package var boot: String
  package var memberCount: Int
  package var copies: Int
  /// In all databases; what it has may be worth more than its place in a history that nobody led.
  package var keys: Int64
  /// Which membership it counts by, and whom that names; nobody if it does not say.
  package var membersVersion = MembershipVersion()
  package var members: [String] = []
  /// The newest epoch that it led since it was started, and leads no more: leases that it was granted bind nobody.
  package var lastLed: UInt64?

  package init(historyEpoch: UInt64, offset: Int64, isTrusted: Bool, boot: String, memberCount: Int, copies: Int, keys: Int64 = 0) {
    self.historyEpoch = historyEpoch
    self.offset = offset
    self.isTrusted = isTrusted
    self.boot = boot
    self.memberCount = memberCount
    self.copies = copies
    self.keys = keys
  }

  /// `[history epoch, offset, trusted, boot, members, copies, keys, version of the members, their names, last led epoch or 0]`, and what later versions may add; nil for anything else.
  init?(_ value: RESPValue) {
    guard let fields = value.elements, fields.count >= 6, let history = fields[0].integerValue, history >= 0,
      let offset = fields[1].integerValue, offset >= 0, let trusted = fields[2].integerValue, let boot = fields[3].integerValue,
      let memberCount = fields[4].integerValue, let copies = fields[5].integerValue,
      (1...Int64(QuorumReport.membersMax)).contains(memberCount), (1...memberCount).contains(copies), copies * 2 > memberCount
    else { return nil }
    self.init(
      historyEpoch: UInt64(history), offset: offset, isTrusted: trusted == 1, boot: "\(boot)", memberCount: Int(memberCount),
      copies: Int(copies), keys: fields.count > 6 ? max(0, fields[6].integerValue ?? 0) : 0)
    if fields.count > 8, let version = fields[7].text.flatMap({ MembershipVersion($0) }), let names = fields[8].text.map(MemberName.list),
      names.count == memberCount
    {
      membersVersion = version
      members = names
    }
    if fields.count > 9, let led = fields[9].integerValue, led > 0 { lastLed = UInt64(led) }
  }
}

/// One round of fencing in one epoch: who was asked, and what they said.
///
/// Choosing: with trusted answers from at least `members − copies + 1` members, the greatest (history epoch, offset) among them has every
/// acknowledged write, as that set shares a member with every set that may have acknowledged one. Ties go to the lower priority number,
/// then to the smaller run id.
///
/// When every member has answered and too few are trusted, nothing better can ever come: the greatest of all answers wins, and what was
/// never synced may be gone. If nobody ever led any of them, it is a first start: among equal offsets the configured primary is preferred,
/// unless it is empty and another is not.
///
/// A failover that somebody asked for passes the present primary by, if the others alone are enough to choose from.
package struct FenceRound: Hashable, Sendable {
  package enum Reply: Hashable, Sendable {
    case awaited
    case answered(FenceAnswer)
    case refused(String)
    /// The connection ended; it will not answer this question, and refuses another of the same epoch.
    case lost
  }

  /// Nobody is asked before this: writes that were held back get the time to be acknowledged.
  var asksFrom: Int64
  /// The leader is asked first, and the others when it has answered, or not by then.
  var leaderFirstUntil: Int64?
  /// When enough had answered; others get a little longer, as one of them may have more.
  var sufficientSince: Int64?
  private(set) var entries: [Entry] = []

  struct Entry: Hashable, Sendable {
    let id: InstanceID
    var reply: Reply
  }

  init(asksFrom: Int64, leaderFirstUntil: Int64? = nil) {
    self.asksFrom = asksFrom
    self.leaderFirstUntil = leaderFirstUntil
  }

  /// Whose leases have ended, as that leader itself said.
  var released: UInt64? {
    entries.compactMap { if case .answered(let answer) = $0.reply { answer.lastLed } else { nil } }.max()
  }

  subscript(id: InstanceID) -> Reply? {
    get { entries.first { $0.id == id }?.reply }
    set {
      guard let newValue else { return entries.removeAll { $0.id == id } }
      if let at = entries.firstIndex(where: { $0.id == id }) {
        entries[at].reply = newValue
      } else {
        entries.append(Entry(id: id, reply: newValue))
      }
    }
  }

  /// A member as the choice sees it.
  struct Candidate {
    let id: InstanceID
    let name: String
    let priority: Int
    let runID: String?
    let isPrimary: Bool
    let reply: Reply?
    var answer: FenceAnswer? { if case .answered(let answer)? = reply { answer } else { nil } }
  }

  enum Grounds: Hashable, Sendable {
    case quorum
    case firstStart
    /// Too few remember for certain; writes since the last sync may be gone.
    case disaster
    /// The operator took it upon himself.
    case forced
  }

  enum Choice: Hashable, Sendable {
    /// More answers may come.
    case open
    /// Enough to choose from, if the grace for the others is over.
    case winner(InstanceID, FenceAnswer, Grounds, isComplete: Bool)
    /// Everybody who could be asked has spoken, and it is not enough.
    case insufficient(String)
  }

  /// - Parameters:
  ///   - members: how many there are, and how many copies an acknowledged write has; and by which change of the members.
  ///   - isRequested: somebody wants another primary.
  ///   - keepsPrimary: among equals it stays.
  ///   - isForced: SENTINEL FAILOVER … FORCE: whatever has answered is good enough.
  static func choose(
    _ candidates: [Candidate], members: Int, copies: Int, version: MembershipVersion = .init(), isRequested: Bool = false,
    isForced: Bool = false, keepsPrimary: Bool = false, plants: FencePlants = []
  ) -> Choice {
    let needed =
      QuorumReport.needed(members: members, copies: copies, version: version) - (plants.contains(.choosesFromMinority) ? 1 : 0)
    let answered = candidates.filter { $0.answer != nil }
    let trusted = answered.filter { $0.answer?.isTrusted == true || plants.contains(.choosesUntrusted) }
    let isComplete = !candidates.contains { $0.reply == .awaited }
    func win(_ among: [Candidate], _ grounds: Grounds) -> Choice {
      let best =
        plants.contains(.choosesByOffset) ? greatestOffset(among) : greatest(among, keepsPrimary, isFirstStart: grounds == .firstStart)
      guard let best, let answer = best.answer else { return .open }
      return .winner(best.id, answer, grounds, isComplete: isComplete)
    }
    if trusted.count >= needed {
      let others = trusted.filter { !$0.isPrimary }
      // The primary answers first, as it has granted itself no lease; the others are waited for.
      if isRequested, others.count < needed, !isComplete { return .open }
      return win(isRequested && others.count >= needed ? others : trusted, .quorum)
    }
    if answered.count >= members, members > 0 {
      return win(answered, answered.allSatisfy { $0.answer?.historyEpoch == 0 } ? .firstStart : .disaster)
    }
    if isForced, isComplete, !answered.isEmpty { return win(answered, .forced) }
    guard isComplete else { return .open }
    return .insufficient(shortfall(candidates, trusted: trusted.count, needed: needed, members: members))
  }

  private static func greatest(_ candidates: [Candidate], _ keepsPrimary: Bool, isFirstStart: Bool) -> Candidate? {
    var best: Candidate?
    for candidate in candidates where best.map({ isBetter(candidate, than: $0, keepsPrimary, isFirstStart) }) ?? true { best = candidate }
    return best
  }

  /// For the planted bug of that name.
  private static func greatestOffset(_ candidates: [Candidate]) -> Candidate? {
    candidates.max { ($0.answer?.offset ?? -1) < ($1.answer?.offset ?? -1) }
  }

  private static func isBetter(_ a: Candidate, than b: Candidate, _ keepsPrimary: Bool, _ isFirstStart: Bool) -> Bool {
    guard let x = a.answer, let y = b.answer else { return a.answer != nil }
    if x.historyEpoch != y.historyEpoch { return x.historyEpoch > y.historyEpoch }
    if x.offset != y.offset { return x.offset > y.offset }
    if isFirstStart, (x.keys > 0) != (y.keys > 0) { return x.keys > 0 }
    if isFirstStart || keepsPrimary, a.isPrimary != b.isPrimary { return a.isPrimary }
    if a.priority != b.priority {
      // 0 means "never"; the data count for more, but among equals it is the last.
      return b.priority == 0 || (a.priority != 0 && a.priority < b.priority)
    }
    guard let aID = a.runID else { return false }
    return b.runID.map { aID < $0 } ?? true
  }

  private static func shortfall(_ candidates: [Candidate], trusted: Int, needed: Int, members: Int) -> String {
    let reasons = candidates.compactMap { candidate -> String? in
      switch candidate.reply {
      case .answered(let answer)?: answer.isTrusted ? nil : "\(candidate.name) is untrusted"
      case .refused(let reason)?: "\(candidate.name) refused: \(reason)"
      case .awaited?, .lost?: "\(candidate.name) did not answer"
      case nil: "\(candidate.name) is not reachable"
      }
    }
    return "\(trusted) of \(members) members answered and are trusted, \(needed) needed" + (reasons.isEmpty ? "" : ": ")
      + reasons.prefix(16).joined(separator: "; ")
  }
}

/// Breaks of single rules, for the simulator's proof that it would find them. Never set outside of tests.
package struct FencePlants: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  /// The most bytes win, whoever led when they were written.
  package static let choosesByOffset = Self(rawValue: 1 << 0)
  /// One answer less than would meet every set that may have acknowledged a write.
  package static let choosesFromMinority = Self(rawValue: 1 << 1)
  /// Answers count that say of themselves that something may be missing.
  package static let choosesUntrusted = Self(rawValue: 1 << 2)
  /// Members are told that their leader has stood down, which has said no such thing.
  package static let claimsRelease = Self(rawValue: 1 << 3)
}
