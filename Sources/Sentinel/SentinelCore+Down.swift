import TernEngine

extension SentinelCore {
  /// A connection that is not established after this long is tried anew: TCP itself would double its waiting again and again, and find a
  /// host that came back long after it did.
  var connectTimeout: Int64 { timing.pingPeriod * 5 }

  /// A primary that says it is a replica is asked again every second, so two more answers are soon there.
  var roleGrace: Int64 { min(timing.infoPeriod, SentinelTiming.urgentInfoPeriod) * 2 }

  // MARK: SDOWN

  mutating func checkSubjectivelyDown(_ g: Int, _ ref: InstanceRef) {
    closeSilentConnections(g, ref)
    let instance = groups[g][ref]
    guard let link = links[instance.link] else { return }
    let elapsed = link.activePing.map { now - $0 } ?? 0
    var isDown = elapsed > instance.downAfter
    if ref == .primary {
      // A primary that says it is a replica serves nobody. It gets time for its INFO to be seen twice: a failover of another sentinel
      // may be under way.
      let claimsReplica = instance.roleReported == .replica
      isDown = isDown || (claimsReplica && now - instance.roleReportedSince > instance.downAfter + roleGrace)
      // A member that leads nobody serves nobody.
      if let since = instance.idleSince, fences(g), now - since > idleGrace(g) { isDown = true }
      if let since = groups[g].rebootSince, now - since > groups[g].rebootDownAfter { isDown = true }
    }
    if isDown, !instance.isSubjectivelyDown {
      groups[g][ref].isSubjectivelyDown = true
      groups[g][ref].subjectivelyDownSince = now
      event(.warning, "+sdown", g, ref)
      if ref == .primary { wantReplicaInfo(g) }
    } else if !isDown, instance.isSubjectivelyDown {
      groups[g][ref].isSubjectivelyDown = false
      groups[g][ref].isScriptKillSent = false
      event(.warning, "-sdown", g, ref)
    }
  }

  /// Replicas are asked for INFO when their primary seems gone: their offsets decide who is promoted, and old ones decide wrongly.
  mutating func wantReplicaInfo(_ g: Int) {
    for r in groups[g].replicas.indices { groups[g].replicas[r].isInfoWanted = true }
  }

  /// Connections that look alive and are not: half open after a power loss, or behind a firewall that forgot them.
  private mutating func closeSilentConnections(_ g: Int, _ ref: InstanceRef) {
    let instance = groups[g][ref]
    guard let link = links[instance.link] else { return }
    if let connection = link.commands {
      if !connection.isEstablished {
        if now - connection.since > connectTimeout { closeCommands(of: instance.link) }
      } else if now - connection.since > timing.minLinkReconnectPeriod, let ping = link.activePing, now - ping > instance.downAfter / 2,
        now - link.lastPong > instance.downAfter / 2
      {
        closeCommands(of: instance.link)
      }
    }
    if let connection = link.subscription {
      let silence = now - link.lastSubscriptionActivity
      if !connection.isEstablished {
        if now - connection.since > connectTimeout { closeSubscription(of: instance.link) }
      } else if now - connection.since > timing.minLinkReconnectPeriod, silence > timing.publishPeriod * 3 {
        closeSubscription(of: instance.link)
      }
    }
  }

  // MARK: ODOWN

  mutating func checkObjectivelyDown(_ g: Int) {
    let group = groups[g]
    let agreeing = group.primary.isSubjectivelyDown ? 1 + group.sentinels.filter(\.saysPrimaryIsDown).count : 0
    let isDown = agreeing >= group.quorum && agreeing > 0
    if isDown, !group.isObjectivelyDown {
      groups[g].isObjectivelyDown = true
      groups[g].objectivelyDownSince = now
      event(.warning, "+odown", g, .primary, " #quorum \(agreeing)/\(group.quorum)")
    } else if !isDown, group.isObjectivelyDown {
      groups[g].isObjectivelyDown = false
      event(.warning, "-odown", g, .primary)
    }
  }

  /// SENTINEL IS-MASTER-DOWN-BY-ADDR to the others: whether they see the primary down too and, during a failover of ours, for their vote.
  mutating func askOthers(_ g: Int, isForced: Bool) {
    for s in groups[g].sentinels.indices {
      let sentinel = groups[g].sentinels[s]
      if now - sentinel.lastPrimaryDownReply > timing.askPeriod * 5 {
        groups[g].sentinels[s].saysPrimaryIsDown = false
        groups[g].sentinels[s].votedLeader = nil
      }
      guard groups[g].primary.isSubjectivelyDown || seeksPlannedVotes(g), let link = links[sentinel.link], link.isUsable else { continue }
      if !isForced {
        if now - sentinel.lastPrimaryDownReply < timing.askPeriod { continue }
        if let latest = sentinel.lastPrimaryDownAsk, now - latest < timing.askPeriod { continue }
      }
      let group = groups[g]
      // A vote is asked for in the epoch of this failover, not in a later one that somebody else began: votes of that one would be
      // counted for a failover that keeps its own, older epoch.
      let isSeekingVotes = group.isFailoverInProgress
      var words = [
        "SENTINEL", "is-master-down-by-addr", announced(group.primary.address), "\(group.primary.address.port)",
        "\(isSeekingVotes ? group.failoverEpoch : currentEpoch)", isSeekingVotes ? myID : "*",
      ]
      // A sentinel of our kind would not vote against a primary that it knows to be sound, unless it is told that somebody wants it.
      if seeksPlannedVotes(g), link.canFence == true { words.append("PLANNED") }
      if send(words, g, .sentinel(s), .primaryDown(about: group.primary.id)) { groups[g].sentinels[s].lastPrimaryDownAsk = now }
    }
  }

  /// Votes are asked for about a primary that may well be up.
  func seeksPlannedVotes(_ g: Int) -> Bool {
    let group = groups[g]
    guard group.failover == .waitStart else { return false }
    return group.failoverMode != .automatic && group.failoverMode.needsVotes(fencing: fences(g)) || stuckMember(g) != nil
  }

  /// `[down, leader, epoch]`; anything else is ignored, and the sentinel's word runs out by itself.
  mutating func takePrimaryDownReply(_ value: RESPValue, _ g: Int, _ ref: InstanceRef) {
    guard let fields = value.elements, fields.count == 3, case .integer(let down) = fields[0], let leader = fields[1].text,
      case .integer(let epoch) = fields[2], epoch >= 0
    else { return }
    groups[g][ref].lastPrimaryDownReply = now
    groups[g][ref].saysPrimaryIsDown = down == 1
    guard leader != "*", leader.utf8.count <= 64 else { return }
    let sentinel = groups[g][ref]
    if sentinel.votedLeaderEpoch != UInt64(epoch) || sentinel.votedLeader != leader {
      log(.warning, "\(sentinel.name) voted for \(printable(leader.utf8)) \(epoch)")
    }
    groups[g][ref].votedLeader = leader
    groups[g][ref].votedLeaderEpoch = UInt64(epoch)
  }
}
