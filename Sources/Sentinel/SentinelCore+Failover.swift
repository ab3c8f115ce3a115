extension SentinelCore {
  mutating func setFailover(_ g: Int, _ state: FailoverState) {
    groups[g].failover = state
    groups[g].failoverStateSince = now
    if state == .none { groups[g].failoverMode = .automatic }
    groups[g].handoverLook = nil
  }

  /// One step of a failover in progress, if one is due.
  mutating func advanceFailover(_ g: Int) {
    switch groups[g].failover {
    case .none, .updateConfig: break
    case .waitStart: waitForElection(g)
    case .selectSlave: selectPromoted(g)
    case .sendSlaveofNoOne(let promoted): sendSlaveofNoOne(g, promoted)
    case .waitPromotion:
      // That it is a primary now is seen in its INFO.
      if now - groups[g].failoverStateSince > (fences(g) ? fenceTimeout(g) : groups[g].failoverTimeout) {
        abortFailover(g, "-failover-abort-slave-timeout", because: "the selected replica did not become a master in time")
      }
    case .reconfSlaves(let promoted): reconfigureReplicas(g, promoted)
    case .handover(let promoted): watchHandover(g, promoted)
    case .fence(let round): fenceMembers(g, round)
    }
  }

  /// - Parameter isShown: the event itself names the reason; Redis's own events have a form that scripts know.
  mutating func abortFailover(_ g: Int, _ type: String, because reason: String, isShown: Bool = false) {
    log(.notice, "Failover of master \(groups[g].name) aborted: \(reason)")
    event(.warning, type, g, .primary, isShown ? " #\(reason)" : "")
    setFailover(g, .none)
    groups[g].refusal = reason
    groups[g].resignation = nil
    guard fences(g) else { return }
    // Nobody leads meanwhile, so there is nothing that a long wait would protect.
    groups[g].failoverStart = now - retryDelay(g) + SentinelTiming.fenceRetryPeriod + random.below(SentinelTiming.desynchronizationMax)
  }

  private mutating func waitForElection(_ g: Int) {
    let leader = electedLeader(g, epoch: groups[g].failoverEpoch)
    let isFencing = fences(g)
    if leader == myID || !groups[g].failoverMode.needsVotes(fencing: isFencing) {
      event(.warning, "+elected-leader", g, .primary)
      groups[g].splitVotes = 0
      if simulatedFailures.crashesAfterElection { return simulateCrash() }
      if isFencing { return beginFence(g) }
      setFailover(g, .selectSlave)
      return event(.warning, "+failover-state-select-slave", g, .primary)
    }
    if leader == nil, isElectionLost(g, epoch: groups[g].failoverEpoch) {
      abortFailover(g, "-failover-abort-not-elected", because: "the vote in epoch \(groups[g].failoverEpoch) was split")
      return electSoonAgain(g)
    }
    let timeout = min(timing.electionTimeout, groups[g].failoverTimeout)
    guard now - (groups[g].failoverStart ?? now) > timeout else { return }
    let outcome =
      leader.map { "\($0) was elected in epoch \(groups[g].failoverEpoch)" } ?? "no Sentinel got a majority within \(timeout) ms"
    abortFailover(g, "-failover-abort-not-elected", because: outcome)
  }

  private mutating func selectPromoted(_ g: Int) {
    // Offsets from before the failover may be seconds old; those asked for at its start are on their way.
    let group = groups[g]
    let awaitsInfo = group.replicas.contains { replica in
      !replica.isSubjectivelyDown && links[replica.link]?.isUsable == true && (replica.infoReceived ?? .min) < group.failoverInfoSince
    }
    if awaitsInfo, now - group.failoverStateSince <= SentinelTiming.freshInfoWaitMax { return }
    let (selected, objections) = selectReplica(g)
    guard let selected else {
      let text = logText(noGoodReplica: objections, g)
      return abortFailover(g, "-failover-abort-no-good-slave", because: text)
    }
    for objection in objections { log(.notice, "Not eligible for promotion: \(objection)") }
    event(.warning, "+selected-slave", g, .replica(selected))
    if groups[g].failoverMode.isPlanned { return beginHandover(g, groups[g].replicas[selected].id) }
    setFailover(g, .sendSlaveofNoOne(promoted: groups[g].replicas[selected].id))
    event(.notice, "+failover-state-send-slaveof-noone", g, .replica(selected))
  }

  private mutating func sendSlaveofNoOne(_ g: Int, _ promoted: InstanceID) {
    guard case .replica(let r)? = groups[g].promotedRef else { return setFailover(g, .none) }
    guard sendSlaveof(g, .replica(r), nil) else {
      if now - groups[g].failoverStateSince > groups[g].failoverTimeout {
        abortFailover(g, "-failover-abort-slave-timeout", because: "the selected replica is disconnected")
      }
      return
    }
    event(.notice, "+failover-state-wait-promotion", g, .replica(r))
    setFailover(g, .waitPromotion(promoted: promoted))
  }

  /// Reconfigures an instance in one transaction: its role, its configuration file, and its clients, who are cut off so that they ask
  /// for the primary's address again. False when there is no connection.
  mutating func sendSlaveof(_ g: Int, _ ref: InstanceRef, _ address: SentinelAddress?) -> Bool {
    guard links[groups[g][ref].link]?.isUsable == true else { return false }
    let target = address.map { [announced($0), "\($0.port)"] } ?? ["NO", "ONE"]
    let steps = [
      ["MULTI"], ["SLAVEOF"] + target, ["CONFIG", "REWRITE"], ["CLIENT", "KILL", "TYPE", "normal"], ["CLIENT", "KILL", "TYPE", "pubsub"],
    ]
    for step in steps where !send(step, g, ref, .unattended(what: step.joined(separator: " "))) { return false }
    return send(["EXEC"], g, ref, .reconfiguration)
  }

  /// The promoted instance says that it is a primary: from here on its address is the one that is given out, in our epoch.
  mutating func promotionSeen(_ g: Int, _ ref: InstanceRef) {
    let promoted = groups[g][ref].id
    let old = groups[g].primary.address
    let new = groups[g][ref].address
    let wasHandover = if case .handover = groups[g].failover { true } else { false }
    let wasPlanned = groups[g].failoverMode.isPlanned
    groups[g].configEpoch = groups[g].failoverEpoch
    setFailover(g, .reconfSlaves(promoted: promoted))
    groups[g].resignation = nil
    saveState()
    event(.warning, "+promoted-slave", g, ref)
    if simulatedFailures.crashesAfterPromotion { return simulateCrash() }
    event(.warning, "+failover-state-reconf-slaves", g, .primary)
    if ref == .primary {
      groups[g].primary.idleSince = nil
    } else {
      if wasHandover { confirmHandover(g, new) }
      if fences(g), groups[g].primary.quorum != nil, point(g, .primary, to: new) {
        // They ask for the new primary's address when they are cut off.
        if wasPlanned { send(["CLIENT", "UNPAUSE"], g, .primary, .unattended(what: "CLIENT UNPAUSE")) }
        send(["CLIENT", "KILL", "TYPE", "normal"], g, .primary, .unattended(what: "CLIENT KILL"))
        send(["CLIENT", "KILL", "TYPE", "pubsub"], g, .primary, .unattended(what: "CLIENT KILL"))
      }
      callReconfigurationScript(g, isLeader: true, from: old, to: new)
    }
    announceSoon(g)
  }

  /// Points the other replicas to the promoted one, `parallel-syncs` at a time; members of a quorum all at once, as no write is
  /// acknowledged before enough of them follow.
  private mutating func reconfigureReplicas(_ g: Int, _ promoted: InstanceID) {
    guard let p = groups[g].promotedRef else { return setFailover(g, .updateConfig(promoted: promoted)) }
    let target = groups[g][p].address
    let parallel = fences(g) ? Int.max : groups[g].parallelSyncs
    var inProgress = groups[g].replicas.filter { $0.isBeingReconfigured }.count
    for r in groups[g].replicas.indices where inProgress < parallel || groups[g].replicas[r].isBeingReconfigured {
      let replica = groups[g].replicas[r]
      guard replica.id != promoted, replica.reconfiguration != .done else { continue }
      if case .sent(let at) = replica.reconfiguration, now - at > timing.replicaReconfigurationTimeout {
        // It is treated as done so that the others get their turn; its configuration is found wrong and fixed later.
        event(.notice, "-slave-reconf-sent-timeout", g, .replica(r))
        groups[g].replicas[r].reconfiguration = .done
        inProgress -= 1
        continue
      }
      guard replica.reconfiguration == .none, inProgress < parallel, point(g, .replica(r), to: target) else { continue }
      groups[g].replicas[r].reconfiguration = .sent(at: now)
      event(.notice, "+slave-reconf-sent", g, .replica(r))
      inProgress += 1
    }
    detectEnd(g, promoted, p)
  }

  private mutating func detectEnd(_ g: Int, _ promoted: InstanceID, _ p: InstanceRef) {
    guard !groups[g][p].isSubjectivelyDown || p == .primary else { return }
    let isTimeout = now - groups[g].failoverStateSince > groups[g].failoverTimeout
    // Members that cannot be told now are told when they are back; the failover of a group without a quorum waits for them.
    let isFencing = fences(g)
    let isOpen = groups[g].replicas.contains { replica in
      replica.id != promoted && replica.reconfiguration != .done && !replica.isSubjectivelyDown
        && (!isFencing || links[replica.link]?.isUsable == true)
    }
    guard isTimeout || !isOpen else { return }
    if isTimeout { event(.warning, "+failover-end-for-timeout", g, .primary) }
    event(.warning, "+failover-end", g, .primary)
    if isTimeout {
      let target = groups[g][p].address
      for r in groups[g].replicas.indices where groups[g].replicas[r].id != promoted && groups[g].replicas[r].reconfiguration == .none {
        guard point(g, .replica(r), to: target) else { continue }
        event(.notice, "+slave-reconf-sent-be", g, .replica(r))
        groups[g].replicas[r].reconfiguration = .sent(at: now)
      }
    }
    setFailover(g, .updateConfig(promoted: promoted))
  }

  mutating func switchToPromoted(_ g: Int) {
    let old = groups[g].primary.address
    let new = groups[g].currentAddress
    guard groups[g].promotedRef != .primary else { return keepPrimary(g) }
    event(
      .warning, "+switch-master", "\(groups[g].name) \(announced(old)) \(old.port) \(announced(new)) \(new.port)", group: g)
    switchPrimary(g, to: new)
  }

  /// The primary leads again, in a new epoch; its clients have nowhere else to go.
  private mutating func keepPrimary(_ g: Int) {
    setFailover(g, .none)
    forgetDelays(g)
    for r in groups[g].replicas.indices { groups[g].replicas[r].reconfiguration = .none }
    for s in groups[g].sentinels.indices { groups[g].sentinels[s].saysPrimaryIsDown = false }
    groups[g].switchedAt = now
    saveState()
  }

  private mutating func simulateCrash() {
    log(.warning, "Sentinel CRASH because of SENTINEL simulate-failure")
    isExiting = true
    emit(.exit(code: 99))
  }
}

extension MonitoredInstance {
  var isBeingReconfigured: Bool {
    switch reconfiguration {
    case .sent, .inProgress: true
    case .none, .done: false
    }
  }
}
