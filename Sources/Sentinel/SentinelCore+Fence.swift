internal import TernEngine

/// Failover of a group whose members promise a quorum: fence, choose, promote, follow. The sentinel that does this was elected for the
/// epoch by a majority of the sentinels, so no other uses it.
extension SentinelCore {
  /// How long a round may take: a member answers only when the lease has run out that it gave its leader.
  func fenceTimeout(_ g: Int) -> Int64 {
    let lease = groups[g].dataRefs.compactMap { groups[g][$0].quorum?.leaseMilliseconds }.max() ?? 0
    return min(groups[g].failoverTimeout, max(SentinelTiming.fenceTimeoutMin, lease * 4))
  }

  mutating func beginFence(_ g: Int) {
    var asksFrom = now
    if groups[g].failoverMode.isPlanned, groups[g].primary.quorum?.state == .leader {
      // New writes wait, so that those under way are acknowledged before their leader is fenced.
      if send(["CLIENT", "PAUSE", "\(SentinelTiming.plannedFencePause)", "WRITE"], g, .primary, .unattended(what: "CLIENT PAUSE")) {
        asksFrom += SentinelTiming.plannedFenceDelay
      }
    }
    // A leader that is up is asked first: when it has stood down, nobody else has to wait for the lease that it was given.
    let leaderFirst = groups[g].failoverMode != .automatic && groups[g].primary.quorum?.state == .leader
    setFailover(
      g,
      .fence(FenceRound(asksFrom: asksFrom, leaderFirstUntil: leaderFirst ? asksFrom + SentinelTiming.leaderFirstWait : nil)))
    event(.notice, "+failover-state-wait-fence", g, .primary, " #epoch \(groups[g].failoverEpoch)")
  }

  mutating func fenceMembers(_ g: Int, _ round: FenceRound) {
    var round = round
    guard now >= round.asksFrom else { return }
    if let until = round.leaderFirstUntil {
      fence(g, .primary, &round)
      if round[groups[g].primary.id] == .awaited, now < until { return updateRound(g, round) }
      round.leaderFirstUntil = nil
    }
    for ref in groups[g].dataRefs { fence(g, ref, &round) }
    updateRound(g, round)
    decide(g, round)
  }

  private mutating func fence(_ g: Int, _ ref: InstanceRef, _ round: inout FenceRound) {
    guard isMember(g, ref), round[groups[g][ref].id] == nil else { return }
    let epoch = groups[g].failoverEpoch
    let released = round.released ?? (plants.contains(.claimsRelease) ? groups[g].primary.quorum?.epoch ?? 0 : 0)
    let words = ["TERN", "FENCE", "\(epoch)"] + (released > 0 ? ["RELEASED", "\(released)"] : [])
    guard send(words, g, ref, .fence(epoch: epoch)) else { return }
    round[groups[g][ref].id] = .awaited
    event(.notice, "+fence-sent", g, ref, " #epoch \(epoch)")
  }

  private mutating func updateRound(_ g: Int, _ round: FenceRound) { groups[g].failover = .fence(round) }

  private mutating func decide(_ g: Int, _ round: FenceRound) {
    let mode = groups[g].failoverMode
    let (members, copies, version) = membership(g, round)
    let choice = FenceRound.choose(
      candidates(g, round), members: members, copies: copies, version: version, isRequested: mode.passesPrimaryBy,
      isForced: mode == .forced, keepsPrimary: mode == .inclusion, plants: plants)
    let isLate = now - groups[g].failoverStateSince > fenceTimeout(g)
    switch choice {
    case .winner(let id, let answer, let grounds, let isComplete):
      if isComplete || isLate { return promote(g, id, answer, grounds) }
      var round = round
      let since = round.sufficientSince ?? now
      round.sufficientSince = since
      updateRound(g, round)
      if now - since >= SentinelTiming.fenceGrace { promote(g, id, answer, grounds) }
    case .open:
      guard isLate else { return }
      // Who has not answered by now will not; then everybody has spoken.
      var final = round
      for entry in round.entries where entry.reply == .awaited { final[entry.id] = .lost }
      decide(g, final)
    case .insufficient(let reason):
      // Members that nobody could ask yet may come back in time.
      let mayCome = groups[g].dataRefs.contains { isMember(g, $0) && round[groups[g][$0].id] == nil }
      if isLate || !mayCome { abortFence(g, round, reason) }
    }
  }

  /// The members have promised an epoch that nobody leads: the group has no leader until another round succeeds.
  private mutating func abortFence(_ g: Int, _ round: FenceRound, _ reason: String) {
    for entry in round.entries {
      guard let ref = groups[g].ref(of: entry.id) else { continue }
      switch entry.reply {
      case .awaited, .lost: log(.notice, "No answer to the fence: \(describe(g, ref))")
      case .refused(let text): log(.notice, "\(describe(g, ref)) refused the fence: \(text)")
      case .answered(let answer) where !answer.isTrusted: log(.notice, "\(describe(g, ref)) is untrusted")
      case .answered: break
      }
    }
    abortFailover(g, "-failover-abort-no-quorum", because: reason, isShown: true)
  }

  private func candidates(_ g: Int, _ round: FenceRound) -> [FenceRound.Candidate] {
    groups[g].dataRefs.filter { isMember(g, $0) }.map { ref in
      let instance = groups[g][ref]
      return FenceRound.Candidate(
        id: instance.id, name: instance.address.announcedWithPort(asHostname: announceHostnames), priority: instance.priority,
        runID: instance.runID, isPrimary: ref == .primary, reply: round[instance.id])
    }
  }

  /// By the newest change of the members that anybody has told of (`takeFence` learns it). While there is none, by what asks for the most
  /// answers, when members are not of one mind: one that was restarted with another configuration must not make the others' writes losable.
  private func membership(_ g: Int, _ round: FenceRound) -> (members: Int, copies: Int, version: MembershipVersion) {
    if let membership = groups[g].membership, membership.version > .init() {
      return (membership.names.count, membership.copies, membership.version)
    }
    var known = groups[g].membership.map { ($0.names.count, $0.copies) } ?? (0, 0)
    func needed(_ of: (Int, Int)) -> Int { QuorumReport.needed(members: of.0, copies: of.1) }
    for entry in round.entries {
      guard case .answered(let answer) = entry.reply else { continue }
      let told = (answer.memberCount, answer.copies)
      if needed(told) > needed(known) || (needed(told) == needed(known) && told.0 > known.0) { known = told }
    }
    return (known.0, known.1, .init())
  }

  private mutating func promote(_ g: Int, _ id: InstanceID, _ answer: FenceAnswer, _ grounds: FenceRound.Grounds) {
    guard let ref = groups[g].ref(of: id) else { return abortFence(g, FenceRound(asksFrom: now), "the chosen member is gone") }
    let epoch = groups[g].failoverEpoch
    let reason =
      switch grounds {
      case .quorum: "history epoch \(answer.historyEpoch), offset \(answer.offset)"
      case .firstStart: "first start, all members are blank"
      case .disaster: "too few members remember for certain; writes since the last sync to disk may be gone"
      case .forced: "forced; acknowledged writes may be gone"
      }
    event(.warning, "+selected-slave", g, ref, " #\(reason)")
    if groups[g][ref].priority == 0 { log(.warning, "\(describe(g, ref)) has priority 0, and the most data: it is promoted all the same") }
    let words = ["TERN", "PROMOTE", "\(epoch)", "\(answer.historyEpoch)", "\(answer.offset)", answer.boot]
    setFailover(g, .waitPromotion(promoted: id))
    guard send(words, g, ref, .promotion(epoch: epoch)) else {
      return abortFailover(g, "-failover-abort-slave-timeout", because: "the connection to the chosen member is lost")
    }
    event(.notice, "+failover-state-wait-promotion", g, ref)
  }

  // MARK: answers

  mutating func takeFence(_ value: RESPValue, _ g: Int, _ ref: InstanceRef, epoch: UInt64) {
    guard case .fence(var round) = groups[g].failover, epoch == groups[g].failoverEpoch, round[groups[g][ref].id] == .awaited else {
      return
    }
    if let answer = FenceAnswer(value) {
      round[groups[g][ref].id] = .answered(answer)
      if answer.membersVersion > groups[g].membership?.version ?? .init() {
        learnMembership(
          g, .init(names: answer.members, copies: answer.copies, historyEpoch: answer.historyEpoch, version: answer.membersVersion))
        meetMembers(g)
      }
      event(
        .notice, "+fence-answer", g, ref,
        " #epoch \(epoch): history epoch \(answer.historyEpoch), offset \(answer.offset), \(answer.isTrusted ? "trusted" : "untrusted")")
    } else {
      let text = value.isError ? printable((value.text ?? "").utf8.prefix(200)) : "an answer that is none"
      round[groups[g][ref].id] = .refused(text)
      event(.notice, "-fence-refused", g, ref, " #epoch \(epoch): \(text)")
      takeStaleEpoch(value, g)
    }
    groups[g].failover = .fence(round)
  }

  /// `-STALEEPOCH … promise is P`: the next round must be above that.
  private mutating func takeStaleEpoch(_ value: RESPValue, _ g: Int) {
    guard let text = value.text, text.hasPrefix("STALEEPOCH"), let last = text.split(separator: " ").last,
      let promise = SentinelEpoch.parse(String(last)), promise > currentEpoch
    else { return }
    raiseEpoch(to: promise, g)
  }

  mutating func takePromotion(_ value: RESPValue, _ g: Int, _ ref: InstanceRef, epoch: UInt64) {
    guard case .waitPromotion(groups[g][ref].id) = groups[g].failover, epoch == groups[g].failoverEpoch else { return }
    groups[g][ref].isInfoWanted = true
    if value.isError {
      takeStaleEpoch(value, g)
      let reason =
        "\(groups[g][ref].address.announcedWithPort(asHostname: announceHostnames)) refused the promotion: "
        + printable((value.text ?? "").utf8.prefix(200))
      return abortFailover(g, "-failover-abort-promotion-refused", because: reason, isShown: true)
    }
    promotionSeen(g, ref)
  }

  // MARK: followers

  /// Points an instance to a primary: a member by its epoch, everybody else in Redis's way.
  mutating func point(_ g: Int, _ ref: InstanceRef, to address: SentinelAddress) -> Bool {
    // One that is no member (any more, or yet) knows epochs as well.
    guard fences(g), groups[g][ref].quorum != nil else { return sendSlaveof(g, ref, address) }
    return sendFollow(g, ref, epoch: groups[g].failoverEpoch, address)
  }

  mutating func sendFollow(_ g: Int, _ ref: InstanceRef, epoch: UInt64, _ address: SentinelAddress) -> Bool {
    groups[g][ref].lastFollowSent = now
    return send(["TERN", "FOLLOW", "\(epoch)", announced(address), "\(address.port)"], g, ref, .follow)
  }

  mutating func takeFollow(_ value: RESPValue, _ g: Int, _ ref: InstanceRef) {
    groups[g][ref].isInfoWanted = true
    guard value.isError else {
      guard case .sent = groups[g][ref].reconfiguration else { return }
      groups[g][ref].reconfiguration = .done
      return event(.notice, "+slave-reconf-done", g, ref)
    }
    log(.warning, "\(describe(g, ref)) refused to follow: \(printable((value.text ?? "").utf8.prefix(200)))")
    // The others do not wait for it.
    if case .sent = groups[g][ref].reconfiguration { groups[g][ref].reconfiguration = .done }
  }
}
