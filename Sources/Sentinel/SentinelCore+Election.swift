extension SentinelCore {
  // MARK: Votes

  /// Our vote in `epoch`: `candidate` if we have not voted yet in it or in a later one, else whom we voted for. nil: no vote at all.
  mutating func vote(_ g: Int, epoch: UInt64, for candidate: String) -> (leader: String, epoch: UInt64)? {
    // A vote that is not on disk could be given twice.
    guard !isStateUnsaved else {
      log(.warning, "Vote about master \(groups[g].name) in epoch \(epoch) refused: the state cannot be saved")
      return nil
    }
    if epoch > currentEpoch { raiseEpoch(to: epoch, g) }
    if groups[g].leaderEpoch < epoch, currentEpoch <= epoch {
      groups[g].leader = candidate
      groups[g].leaderEpoch = currentEpoch
      saveState()
      event(.warning, "+vote-for-leader", "\(candidate) \(currentEpoch)", group: g)
      // Who voted for another one leaves that one the time to finish.
      if candidate != myID {
        groups[g].failoverStart = now + random.below(SentinelTiming.desynchronizationMax)
        groups[g].votedForOtherAt = now
      }
    }
    return groups[g].leader.map { ($0, groups[g].leaderEpoch) }
  }

  /// Whether the primary has only just become it and has answered us since. redis-sentinel keeps what the others said about the old
  /// primary for five seconds; one late ping makes it ask for a second failover right after the first, away from a sound primary.
  func isHealthySinceSwitch(_ g: Int) -> Bool {
    let group = groups[g]
    guard let switchedAt = group.switchedAt, now - switchedAt < max(timing.askPeriod * 5, group.primary.downAfter * 2) else { return false }
    guard let link = links[group.primary.link], link.isUsable, !group.primary.isSubjectivelyDown else { return false }
    return link.lastAvailable > switchedAt
  }

  /// The epoch is taken over all the same, as it is when a vote is given; an earlier vote is repeated.
  mutating func refuseVote(_ g: Int, epoch: UInt64) -> (leader: String, epoch: UInt64)? {
    if epoch > currentEpoch { raiseEpoch(to: epoch, g) }
    if groups[g].leaderEpoch < epoch {
      let age = now - (groups[g].switchedAt ?? now)
      log(.notice, "Vote about master \(groups[g].name) in epoch \(epoch) refused: it became master \(age) ms ago and answers")
    }
    return isStateUnsaved ? nil : groups[g].leader.map { ($0, groups[g].leaderEpoch) }
  }

  mutating func raiseEpoch(to epoch: UInt64, _ g: Int) {
    currentEpoch = epoch
    saveState()
    event(.warning, "+new-epoch", "\(epoch)", group: g)
  }

  /// Who was elected in `epoch`: more than half of all known sentinels, and at least `quorum`, must have said the same name.
  mutating func electedLeader(_ g: Int, epoch: UInt64) -> String? {
    // Who has not voted yet strengthens the strongest candidate; a further one would only split the vote.
    let strongest = tally(g, epoch: epoch).max { $0.count < $1.count }?.leader
    let mine = vote(g, epoch: epoch, for: strongest ?? myID).flatMap { $0.epoch == epoch ? $0.leader : nil }
    guard let winner = tally(g, epoch: epoch, with: mine).max(by: { $0.count < $1.count }) else { return nil }
    return winner.count >= votesNeeded(g) ? winner.leader : nil
  }

  /// Whether nobody can win `epoch` any more: a later one has begun, or all reachable sentinels have voted, too few of them for any one.
  func isElectionLost(_ g: Int, epoch: UInt64) -> Bool {
    if currentEpoch != epoch { return true }
    let group = groups[g]
    let isOpen = group.sentinels.contains { $0.votedLeaderEpoch != epoch && !$0.isSubjectivelyDown && links[$0.link]?.isUsable == true }
    let votes = tally(g, epoch: epoch, with: group.leaderEpoch == epoch ? group.leader : nil)
    return !isOpen && votes.allSatisfy { $0.count < votesNeeded(g) }
  }

  private func votesNeeded(_ g: Int) -> Int { max((groups[g].sentinels.count + 1) / 2 + 1, groups[g].quorum) }

  /// The votes of the others in `epoch`, in the order in which candidates are first named, and `mine`.
  private func tally(_ g: Int, epoch: UInt64, with mine: String? = nil) -> [(leader: String, count: Int)] {
    var votes: [(leader: String, count: Int)] = []
    let others = groups[g].sentinels.lazy.filter { [currentEpoch] in $0.votedLeaderEpoch == epoch && epoch == currentEpoch }
    for leader in others.compactMap(\.votedLeader) + (mine.map { [$0] } ?? []) {
      if let at = votes.firstIndex(where: { $0.leader == leader }) { votes[at].count += 1 } else { votes.append((leader, 1)) }
    }
    return votes
  }

  // MARK: Candidacy

  /// How long after an attempt, ours or one that we voted for, the next may begin.
  func retryDelay(_ g: Int) -> Int64 {
    let delay = groups[g].failoverTimeout * 2
    return fences(g) ? min(delay, SentinelTiming.fencePatience) : delay
  }

  /// Whether there is a reason for a failover: the primary is down, wants to go, or has left a member behind.
  func isFailoverNeeded(_ g: Int) -> Bool { groups[g].isObjectivelyDown || isResigning(g) || stuckMember(g) != nil }

  /// Becomes a candidate if there is a reason and nothing stands against it. What does is logged, once.
  mutating func startFailoverIfNeeded(_ g: Int) -> Bool {
    let isNeeded = isFailoverNeeded(g)
    guard isNeeded, !groups[g].isFailoverInProgress else {
      groups[g].candidacy = nil
      if !isNeeded, !groups[g].isFailoverInProgress { groups[g].refusal = nil }
      return false
    }
    let isResigning = isResigning(g)
    let delay = retryDelay(g)
    if !isResigning, let start = groups[g].failoverStart, now - start < delay {
      if groups[g].delayLoggedFor != start {
        groups[g].delayLoggedFor = start
        log(.warning, "Next failover delay: I will not start a failover before \(timeOfDay(start + delay))")
      }
      groups[g].candidacy = nil
      return false
    }
    if let reason = refusal(g) {
      if groups[g].refusal != reason {
        log(.warning, "Failover of master \(groups[g].name) not started: \(reason)")
        event(.warning, "-failover-refused", g, .primary, " #\(reason)")
      }
      groups[g].refusal = reason
      groups[g].candidacy = nil
      return false
    }
    groups[g].refusal = nil
    guard let candidacy = groups[g].candidacy else {
      groups[g].candidacy = now + electionDelay(g)
      return groups[g].candidacy == now ? becomeCandidate(g) : false
    }
    return now >= candidacy ? becomeCandidate(g) : false
  }

  private mutating func becomeCandidate(_ g: Int) -> Bool {
    guard !groups[g].isObjectivelyDown else { return startFailover(g) }
    if isResigning(g) { return startFailover(g, .resignation) }
    if let stuck = stuckMember(g), let quorum = groups[g][stuck].quorum {
      let why = quorum.promise == 0 ? "was never fenced, and can follow nobody" : "has promised epoch \(quorum.promise) already"
      log(.notice, "A new epoch for master \(groups[g].name): \(describe(g, stuck)) \(why)")
    }
    return startFailover(g, .inclusion)
  }

  /// The pre-vote: an epoch is raised only by who could be elected in it. A sentinel that is cut off, or whose disk is full, would
  /// otherwise raise epochs for nothing and disturb the others when it returns.
  private func refusal(_ g: Int) -> String? {
    let group = groups[g]
    if isStateUnsaved { return "the state cannot be saved" }
    if currentEpoch >= SentinelEpoch.max { return "the epoch \(currentEpoch) cannot be raised" }
    let voters = group.sentinels.count + 1
    let reachable = 1 + group.sentinels.filter { !$0.isSubjectivelyDown && links[$0.link]?.isUsable == true }.count
    let needed = votesNeeded(g)
    guard reachable >= needed else {
      return "\(reachable) of \(voters) known Sentinels reachable, \(needed) needed to authorize it"
    }
    if group.membership == nil,
      let silent = group.sentinels.first(where: {
        !$0.isSubjectivelyDown && links[$0.link].map { $0.isUsable && !$0.hasSaidItsKind } == true
      })
    {
      return "the sentinel \(silent.address.announcedWithPort(asHostname: announceHostnames)) has not said yet what it knows of the group"
    }
    return fences(g) ? fenceObjection(g) : nil
  }

  /// Our turn among those who could stand as well. A step is long enough for a vote to be saved and to come back.
  private mutating func electionDelay(_ g: Int) -> Int64 {
    let reachable = groups[g].sentinels.filter { !$0.isSubjectivelyDown && links[$0.link]?.isUsable == true }
    let slowest = reachable.compactMap { links[$0.link]?.roundTrip }.max() ?? 0
    // Where votes take longer than that, as elections that nobody won show, the steps grow.
    let step = min(max(SentinelTiming.electionStep, slowest * 5) << min(groups[g].splitVotes, 4), SentinelTiming.desynchronizationMax)
    let turn = reachable.count { ($0.runID ?? "") < myID }
    return Int64(turn) * step + random.below(step / 5)
  }

  /// After a vote that nobody can win any more another one is held soon, from a wider window. redis-sentinel sits out its election timeout
  /// and then twice `failover-timeout`, minutes without a primary for a coincidence of milliseconds (or a disk that kept all waiting).
  mutating func electSoonAgain(_ g: Int) {
    // Who voted for a candidate of a later epoch leaves that one the time, as ever.
    guard groups[g].leaderEpoch <= groups[g].failoverEpoch else { return }
    groups[g].splitVotes += 1
    groups[g].failoverStart = nil
  }

  /// Enters a new epoch and the first state of a failover.
  @discardableResult
  mutating func startFailover(_ g: Int, _ mode: FailoverMode = .automatic) -> Bool {
    // Members refuse an epoch that is not above all that they have promised, whatever we may have forgotten.
    let promised = fences(g) ? groups[g].dataRefs.compactMap { groups[g][$0].quorum?.promise }.max() ?? 0 : 0
    guard max(currentEpoch, promised) < SentinelEpoch.max else { return false }
    setFailover(g, .waitStart)
    groups[g].failoverMode = mode
    groups[g].candidacy = nil
    currentEpoch = max(currentEpoch, promised) + 1
    groups[g].failoverEpoch = currentEpoch
    saveState()
    event(.warning, "+new-epoch", "\(currentEpoch)", group: g)
    event(.warning, "+try-failover", g, .primary)
    groups[g].failoverStart = now + random.below(SentinelTiming.desynchronizationMax)
    groups[g].failoverInfoSince = now
    wantReplicaInfo(g)
    return true
  }
}
