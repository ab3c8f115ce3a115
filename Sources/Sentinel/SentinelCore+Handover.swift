internal import TernEngine

/// Planned failovers, in which the primary takes part: SENTINEL FAILOVER … COORDINATED, and a primary that is going to end.
///
/// The primary itself holds back writes until the replica has everything, and hands its role over (FAILOVER, Redis 6.2 and later): no write
/// is lost, and none waits longer than the replica needs to catch up.
/// Source: https://redis.io/docs/latest/commands/failover/
extension SentinelCore {
  /// What a primary publishes to the sentinels that are subscribed to it when it wants a successor: `tern-handover,<run id>`. It is no hello
  /// message, so a redis-sentinel ignores it.
  static let resignationPrefix = Array("tern-handover,".utf8)

  mutating func takeResignation(_ payload: [UInt8], _ id: LinkID) {
    let runID = String(decoding: payload.dropFirst(Self.resignationPrefix.count).prefix(64), as: UTF8.self)
    for g in groups.indices where groups[g].primary.link == id {
      guard groups[g].primary.runID.map({ $0 == runID }) ?? true, !groups[g].isFailoverInProgress else { continue }
      // It repeats itself until it is heard.
      if let since = groups[g].resignation, now - since < SentinelTiming.resignationValidity { continue }
      log(.notice, "Master \(groups[g].name) is going to end, and asks for a successor")
      groups[g].resignation = now
      groups[g].candidacy = nil
      touch(g)
    }
  }

  /// A primary that is up wants to be replaced, and no other sentinel is at it.
  func isResigning(_ g: Int) -> Bool {
    let group = groups[g]
    guard let since = group.resignation, now - since < SentinelTiming.resignationValidity, !group.isObjectivelyDown else { return false }
    // A sentinel in that primary's own process would end with it in the middle.
    if let ownNode, group.primary.address.isSame(as: ownNode) { return false }
    return (group.votedForOtherAt ?? .min) < since && links[group.primary.link]?.isUsable == true
  }

  /// A planned failover is under way in which the primary may not be written to.
  func isPrimaryPaused(_ g: Int) -> Bool {
    switch groups[g].failover {
    case .handover: true
    case .fence, .waitPromotion: groups[g].failoverMode.isPlanned && fences(g)
    default: false
    }
  }

  /// Why the primary cannot hand over by itself.
  func handoverObjection(_ g: Int) -> String? {
    let group = groups[g]
    if group.primary.isSubjectivelyDown { return "the master is subjectively down" }
    if links[group.primary.link]?.isUsable != true { return "the master is disconnected" }
    return group.primary.roleReported == .primary ? nil : "the master says that it is a replica"
  }

  /// How long the primary may hold back writes, in milliseconds.
  private func handoverPause(_ g: Int) -> Int64 {
    min(groups[g].failoverTimeout, groups[g].primary.isTern ? SentinelTiming.handoverPause : SentinelTiming.redisHandoverPause)
  }

  /// FAILOVER to the selected replica.
  mutating func beginHandover(_ g: Int, _ promoted: InstanceID) {
    guard let r = groups[g].replicas.firstIndex(where: { $0.id == promoted }) else { return setFailover(g, .none) }
    // By the name that the primary itself calls it.
    let target = groups[g].replicas[r].address
    let words = [
      "FAILOVER", "TO", target.host, "\(target.port)", "TIMEOUT", "\(handoverPause(g))",
    ]
    guard send(words, g, .primary, .handover) else {
      return abortFailover(g, "-failover-abort-master-disconnected", because: "the master is disconnected")
    }
    event(.notice, "+failover-state-wait-handover", g, .replica(r))
    setFailover(g, .handover(promoted: promoted))
    groups[g].replicas[r].isInfoWanted = true
  }

  mutating func takeHandover(_ value: RESPValue, _ g: Int) {
    guard case .handover = groups[g].failover, value.isError else { return }
    abortFailover(
      g, "-failover-abort-handover-refused", because: "the master answers FAILOVER with: \(printable((value.text ?? "").utf8.prefix(200)))",
      isShown: true)
  }

  /// Asks both again and again: clients wait for the new address.
  mutating func watchHandover(_ g: Int, _ promoted: InstanceID) {
    guard let r = groups[g].replicas.firstIndex(where: { $0.id == promoted }) else { return setFailover(g, .none) }
    let age = now - groups[g].failoverStateSince
    guard age <= groups[g].failoverTimeout else {
      return abortFailover(g, "-failover-abort-slave-timeout", because: "the master did not hand over in time")
    }
    guard groups[g].handoverLook.map({ now >= $0 }) ?? true else { return }
    groups[g].handoverLook = now + SentinelTiming.handoverPeriod
    groups[g].replicas[r].isInfoWanted = true
    groups[g].primary.isInfoWanted = true
  }

  /// The primary says that it is one still, and that no handover is under way: it gave up.
  mutating func takeHandoverState(_ report: InfoReport, _ g: Int) {
    guard case .handover = groups[g].failover, report.role == .primary, report.handover == "no-failover",
      now - groups[g].failoverStateSince > handoverPause(g)
    else { return }
    abortFailover(g, "-failover-abort-handover-refused", because: "the replica did not catch up in time", isShown: true)
  }

  /// Behind a handover the roles are right already. Both write them down, and who is connected to the old primary asks for the new one.
  mutating func confirmHandover(_ g: Int, _ target: SentinelAddress) {
    _ = sendSlaveof(g, .primary, target)
    if let ref = groups[g].promotedRef { send(["CONFIG", "REWRITE"], g, ref, .unattended(what: "CONFIG REWRITE")) }
  }
}
