extension SentinelCore {
  /// `slave 127.0.0.1:6380 127.0.0.1 6380 @ mymaster 127.0.0.1 6379`
  func describe(_ g: Int, _ ref: InstanceRef) -> String {
    let instance = groups[g][ref]
    let text = "\(instance.role.word) \(instance.name) \(announced(instance.address)) \(instance.address.port)"
    guard instance.role != .primary else { return text }
    let primary = groups[g].primary
    return "\(text) @ \(primary.name) \(announced(primary.address)) \(primary.address.port)"
  }

  func announced(_ address: SentinelAddress) -> String { address.announced(asHostname: announceHostnames) }

  /// An event about an instance: log line, message to subscribers, and (at level warning) the notification script.
  mutating func event(_ level: SentinelLogLevel, _ type: String, _ g: Int, _ ref: InstanceRef, _ suffix: String = "") {
    event(level, type, describe(g, ref) + suffix, group: g)
  }

  /// An event with a text of its own, about the group `group` if that is given.
  mutating func event(_ level: SentinelLogLevel, _ type: String, _ text: String, group: Int? = nil) {
    log(level, "\(type) \(text)")
    if level != .debug { emit(.publish(channel: type, message: text)) }
    if level == .warning, let group, let script = groups[group].notificationScript { schedule(script, [type, text]) }
  }

  // MARK: Groups and instances

  /// Brings a configured primary to life, with what earlier runs knew about it.
  mutating func adopt(_ master: SentinelConfiguration.Master) {
    let g = addGroup(
      name: master.name, address: address(host: master.host, port: master.port), quorum: master.quorum, downAfter: master.downAfter)
    groups[g].failoverTimeout = master.failoverTimeout
    groups[g].parallelSyncs = master.parallelSyncs
    groups[g].notificationScript = master.notificationScript
    groups[g].clientReconfigScript = master.clientReconfigScript
    groups[g].authPass = master.authPass
    groups[g].authUser = master.authUser
    groups[g].rebootDownAfter = master.rebootDownAfter
    groups[g].renamedCommands = master.renamedCommands
    groups[g].configEpoch = master.configEpoch
    groups[g].leaderEpoch = master.leaderEpoch
    groups[g].membership = master.membership
    for known in master.knownReplicas { addReplica(g, address(host: known.host, port: known.port)) }
    for known in master.knownSentinels { addSentinel(g, address(host: known.host, port: known.port), runID: known.runID) }
  }

  mutating func addGroup(name: String, address: SentinelAddress, quorum: Int, downAfter: Int64) -> Int {
    let instance = MonitoredInstance(
      id: InstanceID(rawValue: makeID()), role: .primary, name: name, address: address, link: makeLink(for: name), downAfter: downAfter,
      now: now)
    groups.append(MonitoredGroup(name: name, primary: instance, quorum: quorum, failoverTimeout: timing.defaultFailoverTimeout))
    return groups.count - 1
  }

  /// The new replica's place; nil when one with this address is known, or when there are too many.
  @discardableResult
  mutating func addReplica(_ g: Int, _ address: SentinelAddress) -> InstanceRef? {
    guard !groups[g].replicas.contains(where: { $0.address.isSame(as: address) }), groups[g].replicas.count < InfoReport.replicasMax else {
      return nil
    }
    let replica = MonitoredInstance(
      id: InstanceID(rawValue: makeID()), role: .replica, name: address.announcedWithPort(asHostname: announceHostnames), address: address,
      link: makeLink(for: groups[g].name), downAfter: groups[g].primary.downAfter, now: now)
    groups[g].replicas.append(replica)
    touch(g)
    return .replica(groups[g].replicas.count - 1)
  }

  /// No election among more sentinels than this; what announces more is flooding us.
  static let sentinelsMax = 512

  @discardableResult
  mutating func addSentinel(_ g: Int, _ address: SentinelAddress, runID: String) -> InstanceRef? {
    guard !groups[g].sentinels.contains(where: { $0.runID == runID }), groups[g].sentinels.count < Self.sentinelsMax else { return nil }
    let link = sharedLink(runID: runID, for: groups[g].name) ?? makeLink(for: groups[g].name)
    var sentinel = MonitoredInstance(
      id: InstanceID(rawValue: makeID()), role: .sentinel, name: runID, address: address, link: link,
      downAfter: groups[g].primary.downAfter, now: now)
    sentinel.runID = runID
    groups[g].sentinels.append(sentinel)
    touch(g)
    return .sentinel(groups[g].sentinels.count - 1)
  }

  func groupIndex(_ name: String) -> Int? { groups.firstIndex { $0.name == name } }

  mutating func removeGroup(_ g: Int) {
    for ref in groups[g].refs { releaseLink(of: g, ref) }
    groups.remove(at: g)
  }

  mutating func removeSentinels(_ g: Int, runID: String) -> Bool {
    guard let s = groups[g].sentinels.firstIndex(where: { $0.runID == runID }) else { return false }
    releaseLink(of: g, .sentinel(s))
    groups[g].sentinels.remove(at: s)
    touch(g)
    return true
  }

  /// Forgets what was learnt at run time: replicas, unless asked otherwise the sentinels, the failover, and the connections.
  mutating func resetGroup(_ g: Int, keepSentinels: Bool) {
    for r in groups[g].replicas.indices { releaseLink(of: g, .replica(r)) }
    groups[g].replicas = []
    if !keepSentinels {
      for s in groups[g].sentinels.indices { releaseLink(of: g, .sentinel(s)) }
      groups[g].sentinels = []
    }
    let old = groups[g].primary
    closeConnections(of: old.link)
    links[old.link]?.forgetHistory(now: now)
    var fresh = MonitoredInstance(
      id: InstanceID(rawValue: makeID()), role: .primary, name: old.name, address: old.address, link: old.link, downAfter: old.downAfter,
      now: now)
    fresh.info = old.info
    fresh.subjectivelyDownSince = old.subjectivelyDownSince
    groups[g].primary = fresh
    groups[g].isObjectivelyDown = false
    groups[g].rebootSince = nil
    groups[g].leader = nil
    setFailover(g, .none)
    groups[g].resignation = nil
    if !keepSentinels { groups[g].membership = nil }
    groups[g].failoverStart = nil
    groups[g].candidacy = nil
    groups[g].splitVotes = 0
    groups[g].refusal = nil
    touch(g)
  }

  /// The primary is at `address` now; where it was before is watched as a replica.
  mutating func switchPrimary(_ g: Int, to address: SentinelAddress) {
    let old = groups[g].primary.address
    var addresses = groups[g].replicas.map(\.address).filter { !$0.isSame(as: address) }
    if !old.isSame(as: address) { addresses.append(old) }
    resetGroup(g, keepSentinels: true)
    groups[g].primary.address = address
    groups[g].primary.subjectivelyDownSince = nil
    groups[g].objectivelyDownSince = nil
    groups[g].switchedAt = now
    // What the others said was about the old one.
    for s in groups[g].sentinels.indices { groups[g].sentinels[s].saysPrimaryIsDown = false }
    for address in addresses {
      if let ref = addReplica(g, address) { event(.notice, "+slave", g, ref) }
    }
    saveState()
  }

  mutating func callReconfigurationScript(_ g: Int, isLeader: Bool, from: SentinelAddress, to: SentinelAddress) {
    guard let script = groups[g].clientReconfigScript else { return }
    schedule(
      script, [groups[g].name, isLeader ? "leader" : "observer", "start", announced(from), "\(from.port)", announced(to), "\(to.port)"])
  }
}
