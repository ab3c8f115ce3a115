extension SentinelCore {
  /// Does all that is due in a group, until nothing moves any more.
  mutating func process(_ g: Int) {
    // A failover passes through most of its states at once when everybody answers; it has fewer states than this.
    for _ in 0..<8 {
      let before = groups[g].failover
      attend(g, .primary)
      if !isTilted {
        checkObjectivelyDown(g)
        let isCandidate = startFailoverIfNeeded(g)
        advanceFailover(g)
        askOthers(g, isForced: isCandidate)
      }
      for r in groups[g].replicas.indices { attend(g, .replica(r)) }
      for s in groups[g].sentinels.indices { attend(g, .sentinel(s)) }
      if case .updateConfig = groups[g].failover { switchToPromoted(g) }
      if isExiting || groups[g].failover == before { break }
    }
    groups[g].deadline = deadline(of: g)
  }

  private mutating func attend(_ g: Int, _ ref: InstanceRef) {
    reconnect(g, ref)
    sendPeriodic(g, ref)
    if !isTilted { checkSubjectivelyDown(g, ref) }
  }

  // MARK: The next look

  private struct Earliest {
    var time = Int64.max
    /// For conditions of the form "more than `period` ago".
    mutating func after(_ since: Int64, _ period: Int64) { time = min(time, since + period + 1) }
    /// For conditions of the form "at least `period` ago".
    mutating func at(_ since: Int64, _ period: Int64) { time = min(time, since + period) }
  }

  private func deadline(of g: Int) -> Int64 {
    var earliest = Earliest()
    for ref in groups[g].refs {
      considerTraffic(g, ref, &earliest)
      if !isTilted { considerDown(g, ref, &earliest) }
    }
    if !isTilted {
      considerAsking(g, &earliest)
      considerFailover(g, &earliest)
    }
    // Whatever is due already and was not done waits for an event; looking again soon costs little and cannot spin.
    return earliest.time <= now ? now + 100 : earliest.time
  }

  private func considerTraffic(_ g: Int, _ ref: InstanceRef, _ earliest: inout Earliest) {
    let instance = groups[g][ref]
    guard let link = links[instance.link] else { return }
    if instance.address.port != 0, !instance.address.ip.isEmpty || resolveHostnames {
      if link.commands == nil { earliest.at(link.lastCommandsAttempt ?? now, timing.pingPeriod) }
      if instance.role != .sentinel, link.subscription == nil { earliest.at(link.lastSubscriptionAttempt ?? now, timing.pingPeriod) }
    }
    guard let connection = link.commands, connection.isEstablished else { return }
    if instance.role != .sentinel, !instance.isInfoPending, let received = instance.infoReceived {
      earliest.after(received, infoPeriod(g, ref))
    }
    let ping = pingPeriod(instance)
    earliest.after(max(link.lastPong + ping, (link.lastPing ?? link.lastPong) + ping / 2), 0)
    if !instance.isHelloPending, !(ref == .primary && isPrimaryPaused(g)) { earliest.after(instance.lastHelloSent, timing.publishPeriod) }
  }

  private func considerDown(_ g: Int, _ ref: InstanceRef, _ earliest: inout Earliest) {
    let instance = groups[g][ref]
    guard let link = links[instance.link] else { return }
    if !instance.isSubjectivelyDown {
      if let ping = link.activePing { earliest.after(ping, instance.downAfter) }
      if instance.role == .primary, instance.roleReported == .replica {
        earliest.after(instance.roleReportedSince, instance.downAfter + roleGrace)
      }
      if ref == .primary, let since = instance.idleSince, groups[g].membership != nil { earliest.after(since, idleGrace(g)) }
      if ref == .primary, let since = groups[g].rebootSince { earliest.after(since, groups[g].rebootDownAfter) }
    }
    if let connection = link.commands {
      if !connection.isEstablished {
        earliest.after(connection.since, connectTimeout)
      } else if let ping = link.activePing {
        let silence = max(ping, link.lastPong) + instance.downAfter / 2
        earliest.after(max(connection.since + timing.minLinkReconnectPeriod, silence), 0)
      }
    }
    if let connection = link.subscription {
      if connection.isEstablished {
        let silence = link.lastSubscriptionActivity + timing.publishPeriod * 3
        earliest.after(max(connection.since + timing.minLinkReconnectPeriod, silence), 0)
      } else {
        earliest.after(connection.since, connectTimeout)
      }
    }
  }

  private func considerAsking(_ g: Int, _ earliest: inout Earliest) {
    let group = groups[g]
    for sentinel in group.sentinels {
      if sentinel.saysPrimaryIsDown || sentinel.votedLeader != nil { earliest.after(sentinel.lastPrimaryDownReply, timing.askPeriod * 5) }
      guard group.primary.isSubjectivelyDown || seeksPlannedVotes(g), links[sentinel.link]?.isUsable == true else { continue }
      earliest.at(max(sentinel.lastPrimaryDownReply, sentinel.lastPrimaryDownAsk ?? .min), timing.askPeriod)
    }
  }

  private func considerFailover(_ g: Int, _ earliest: inout Earliest) {
    let group = groups[g]
    switch group.failover {
    case .none:
      for replica in group.replicas { if let since = replica.stuckSince { earliest.after(since, stuckWait(g)) } }
      guard isFailoverNeeded(g) else { return }
      if let start = group.failoverStart, now - start < retryDelay(g) { earliest.at(start, retryDelay(g)) }
      if let candidacy = group.candidacy { earliest.at(candidacy, 0) }
    case .waitStart: earliest.after(group.failoverStart ?? now, min(timing.electionTimeout, group.failoverTimeout))
    case .selectSlave: earliest.after(group.failoverStateSince, SentinelTiming.freshInfoWaitMax)
    case .waitPromotion where fences(g): earliest.after(group.failoverStateSince, fenceTimeout(g))
    case .sendSlaveofNoOne, .waitPromotion: earliest.after(group.failoverStateSince, group.failoverTimeout)
    case .handover: earliest.at(group.handoverLook ?? now, 0)
    case .fence(let round):
      if round.asksFrom > now { earliest.at(round.asksFrom, 0) }
      if let until = round.leaderFirstUntil { earliest.at(until, 0) }
      if let since = round.sufficientSince { earliest.at(since, SentinelTiming.fenceGrace) }
      earliest.after(group.failoverStateSince, fenceTimeout(g))
    case .reconfSlaves:
      earliest.after(group.failoverStateSince, group.failoverTimeout)
      for replica in group.replicas {
        if case .sent(let at) = replica.reconfiguration { earliest.after(at, timing.replicaReconfigurationTimeout) }
      }
    case .updateConfig: earliest.at(now, 0)
    }
  }
}
