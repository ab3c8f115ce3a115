extension SentinelCore {
  /// At most this much of an INFO reply is kept for SENTINEL INFO-CACHE.
  static let infoBytesMax = 64 << 10

  mutating func takeInfo(_ bytes: [UInt8], _ g: Int, _ ref: InstanceRef) {
    let report = InfoReport(bytes)
    groups[g][ref].info = Array(bytes.prefix(Self.infoBytesMax))
    groups[g][ref].infoReceived = now
    groups[g][ref].primaryLinkDownTime = report.primaryLinkDownTime
    takeRunID(report, g, ref)
    if ref == .primary {
      for endpoint in report.replicas {
        guard let address = resolvedAddress(host: endpoint.host, port: endpoint.port), let added = addReplica(g, address) else { continue }
        event(.notice, "+slave", g, added)
        saveState()
      }
    }
    if report.role == .replica { takeReplication(report, g, ref) }
    noteRole(report, g, ref)
    groups[g][ref].handover = report.handover
    groups[g][ref].isTern = report.isTern
    takeQuorum(report, g, ref)
    guard !isTilted else { return }
    if ref == .primary { takeHandoverState(report, g) }
    if takeMember(g, ref) { return }
    guard case .replica(let r) = ref else { return }
    switch report.role {
    case .primary: takeReplicaAsPrimary(g, r)
    case .replica: takeReplicaAsReplica(g, r)
    default: break
    }
  }

  private mutating func takeRunID(_ report: InfoReport, _ g: Int, _ ref: InstanceRef) {
    guard let runID = report.runID else { return }
    if let known = groups[g][ref].runID, known != runID {
      event(.notice, "+reboot", g, ref)
      if ref == .primary, groups[g].rebootDownAfter > 0 { groups[g].rebootSince = now }
    }
    groups[g][ref].runID = runID
  }

  private mutating func takeReplication(_ report: InfoReport, _ g: Int, _ ref: InstanceRef) {
    if let host = report.primaryHost, groups[g][ref].primaryHost?.lowercased() != host.lowercased() {
      groups[g][ref].primaryHost = host
      groups[g][ref].configurationChangedSince = now
    }
    if let port = report.primaryPort, groups[g][ref].primaryPort != port {
      groups[g][ref].primaryPort = port
      groups[g][ref].configurationChangedSince = now
    }
    if let isUp = report.isPrimaryLinkUp { groups[g][ref].isPrimaryLinkUp = isUp }
    if let priority = report.priority { groups[g][ref].priority = priority }
    if let offset = report.offset { groups[g][ref].offset = offset }
    if let isAnnounced = report.isAnnounced { groups[g][ref].isAnnounced = isAnnounced }
  }

  private mutating func noteRole(_ report: InfoReport, _ g: Int, _ ref: InstanceRef) {
    guard let role = report.role, role != groups[g][ref].roleReported else { return }
    groups[g][ref].roleReported = role
    groups[g][ref].roleReportedSince = now
    if role == .replica { groups[g][ref].configurationChangedSince = now }
    let type = role == groups[g][ref].role ? "+role-change" : "-role-change"
    event(.verbose, type, g, ref, " new reported role is \(role.word)")
  }

  // MARK: Replicas that are not what they should be

  private mutating func takeReplicaAsPrimary(_ g: Int, _ r: Int) {
    let replica = groups[g].replicas[r]
    switch groups[g].failover {
    case .waitPromotion(replica.id), .handover(replica.id): return promotionSeen(g, .replica(r))
    default: break
    }
    guard groups[g].failover.promoted != replica.id, !(fences(g) && groups[g].replicas[r].quorum != nil) else { return }
    // An old primary that came back, most of the time. A failover of another sentinel would look the same, so its hello gets time to come.
    let wait = timing.publishPeriod * 4
    guard looksSane(g), groups[g].isUndisturbed(.replica(r), for: wait, now: now), now - replica.roleReportedSince > wait else { return }
    if sendSlaveof(g, .replica(r), groups[g].primary.address) { event(.notice, "+convert-to-slave", g, .replica(r)) }
  }

  private mutating func takeReplicaAsReplica(_ g: Int, _ r: Int) {
    let replica = groups[g].replicas[r]
    let primary = groups[g].primary.address
    // Who follows nobody has a word for a host, which is no name to look up.
    let isRightHost = replica.primaryPort == 0 ? false : replica.primaryHost.map { isHost($0, of: primary) } ?? false
    if replica.primaryPort != primary.port || isRightHost == false {
      let wait = groups[g].failoverTimeout
      if looksSane(g), !(fences(g) && groups[g].replicas[r].quorum != nil), groups[g].isUndisturbed(.replica(r), for: wait, now: now),
        now - replica.configurationChangedSince > wait,
        sendSlaveof(g, .replica(r), primary)
      {
        event(.notice, "+fix-slave-config", g, .replica(r))
      }
    }
    guard let p = groups[g].promotedRef else { return }
    let target = groups[g][p].address
    if case .sent = replica.reconfiguration, let host = replica.primaryHost, replica.primaryPort == target.port,
      isHost(host, of: target) == true
    {
      groups[g].replicas[r].reconfiguration = .inProgress
      event(.notice, "+slave-reconf-inprog", g, .replica(r))
    }
    if groups[g].replicas[r].reconfiguration == .inProgress, replica.isPrimaryLinkUp {
      groups[g].replicas[r].reconfiguration = .done
      event(.notice, "+slave-reconf-done", g, .replica(r))
    }
  }

  /// Whether replicas may be pointed to the primary: it is one in our configuration, says so itself lately, and is up.
  private func looksSane(_ g: Int) -> Bool {
    let primary = groups[g].primary
    guard let received = primary.infoReceived else { return false }
    return primary.roleReported == .primary && !primary.isSubjectivelyDown && !groups[g].isObjectivelyDown
      && now - received < timing.infoPeriod * 2
  }
}
