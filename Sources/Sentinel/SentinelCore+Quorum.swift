/// The members of a group that runs with `tern-durability quorum`, as they were told last. Saved: a sentinel that was restarted while no
/// member can be reached must not take the group for one of Redis's, and promote whom it reaches.
package struct QuorumMembership: Hashable, Sendable {
  /// `host:port` of each data node; empty if nobody has said.
  package var names: [String]
  package var copies: Int
  package var historyEpoch: UInt64
  package var version = MembershipVersion()

  var needed: Int { QuorumReport.needed(members: names.count, copies: copies, version: version) }

  init(names: [String], copies: Int, historyEpoch: UInt64, version: MembershipVersion = .init()) {
    self.names = names
    self.copies = copies
    self.historyEpoch = historyEpoch
    self.version = version
  }

  func isSame(as other: Self?) -> Bool { other.map { $0.names == names && $0.copies == copies && $0.version == version } ?? false }

  /// As the state and INFO have it.
  var words: [String] { ["\(version)", "\(historyEpoch)", "\(copies)", names.joined(separator: ",")] }

  /// nil for anything that `words` does not write.
  init?(words: [String]) {
    guard words.count == 4, let version = MembershipVersion(words[0]), let historyEpoch = SentinelEpoch.parse(words[1]),
      let copies = Int(words[2])
    else { return nil }
    let names = MemberName.list(words[3])
    guard !names.isEmpty, names.joined(separator: ",") == words[3], copies > names.count / 2, copies <= names.count,
      names.allSatisfy({ MemberName.endpoint($0) != nil })
    else { return nil }
    self.init(names: names, copies: copies, historyEpoch: historyEpoch, version: version)
  }
}

/// Groups whose nodes promise a quorum: who is in them, who leads, and whether they can be failed over by fencing.
extension SentinelCore {
  /// How long a primary may say that it leads nobody before it counts as down: another sentinel's failover passes through this.
  func idleGrace(_ g: Int) -> Int64 { min(groups[g].primary.downAfter, timing.pingPeriod) }

  /// Whether failovers of this group go by fence, choice and epoch. Otherwise Redis's way holds.
  func fences(_ g: Int) -> Bool { groups[g].membership != nil && company(g) == nil }

  /// Whether the instance is asked for promises: one that says it takes part in the quorum.
  func isMember(_ g: Int, _ ref: InstanceRef) -> Bool {
    guard let membership = groups[g].membership, groups[g][ref].quorum != nil else { return false }
    return membership.names.isEmpty || membership.names.contains { isNamed($0, groups[g][ref]) }
  }

  private func isNamed(_ name: String, _ instance: MonitoredInstance) -> Bool {
    if let own = instance.quorum?.member, !own.isEmpty { return own.lowercased() == name.lowercased() }
    guard let endpoint = MemberName.endpoint(name), endpoint.port == instance.address.port else { return false }
    let host = endpoint.host.lowercased()
    if host == instance.address.host.lowercased() || host == instance.address.ip { return true }
    return !instance.address.ip.isEmpty && (IPLiteral.canonical(host) ?? names.ip(of: host)) == instance.address.ip
  }

  // MARK: mixed company

  /// Who in this group cannot keep the promise: a member without it, or a sentinel that fails over without asking for promises.
  func company(_ g: Int) -> String? {
    guard let membership = groups[g].membership else { return nil }
    for ref in groups[g].dataRefs {
      let instance = groups[g][ref]
      guard instance.quorum == nil, instance.infoReceived != nil, membership.names.contains(where: { isNamed($0, instance) }) else {
        continue
      }
      return "\(announcedWithPort(instance)) is a member and does not run with tern-durability quorum"
    }
    for sentinel in groups[g].sentinels where links[sentinel.link]?.canFence == false {
      return "the sentinel \(announcedWithPort(sentinel)) does not fence"
    }
    return nil
  }

  private func announcedWithPort(_ instance: MonitoredInstance) -> String {
    instance.address.announcedWithPort(asHostname: announceHostnames)
  }

  /// Says once when a group cannot be failed over by fencing, and when it can be again.
  mutating func noteCompany(_ g: Int) {
    let company = company(g)
    guard company != groups[g].mixedCompany else { return }
    groups[g].mixedCompany = company
    if let company {
      event(.warning, "+mixed-company", g, .primary, " #\(company): acknowledged writes can be lost in a failover, as with Redis")
    } else {
      event(.warning, "-mixed-company", g, .primary)
    }
  }

  // MARK: what INFO tells

  mutating func takeQuorum(_ report: InfoReport, _ g: Int, _ ref: InstanceRef) {
    groups[g][ref].quorum = report.quorum
    groups[g][ref].isLoading = report.isLoading
    guard let quorum = report.quorum else {
      if ref == .primary { groups[g].primary.idleSince = nil }
      forgetMembership(g)
      return noteCompany(g)
    }
    learnMembership(
      g, .init(names: quorum.members, copies: quorum.copies, historyEpoch: quorum.historyEpoch, version: quorum.membersVersion))
    noteCompany(g)
    if quorum.promise > currentEpoch { raiseEpoch(to: quorum.promise, g) }
    stayUnheld(g, ref)
    meetMembers(g)
    if ref == .primary {
      if quorum.state == .leader {
        groups[g].primary.idleSince = nil
      } else if groups[g].primary.idleSince == nil {
        groups[g].primary.idleSince = now
        touch(g)
      }
    }
  }

  /// The newest change of the members counts; among equal ones, what members with the newest data say.
  mutating func learnMembership(_ g: Int, _ told: QuorumMembership) {
    let before = groups[g].membership
    defer { if groups[g].membership.map({ !$0.isSame(as: before) }) == true { saveState() } }
    guard let known = groups[g].membership else { return groups[g].membership = told }
    guard (told.version, told.historyEpoch) >= (known.version, known.historyEpoch) else { return }
    if told.version > known.version {
      log(.notice, "Members of \(groups[g].name) are now \(told.names.joined(separator: " ")) (version \(told.version))")
    }
    groups[g].membership = told
  }

  /// All of the members say that they promise no quorum any more: it is a group as Redis knows them.
  private mutating func forgetMembership(_ g: Int) {
    guard let membership = groups[g].membership else { return }
    let members = groups[g].dataRefs.filter { ref in membership.names.contains { isNamed($0, groups[g][ref]) } }
    guard members.count >= membership.names.count, !groups[g].dataRefs.contains(where: { groups[g][$0].quorum != nil }),
      members.allSatisfy({ groups[g][$0].infoReceived != nil })
    else { return }
    groups[g].membership = nil
    saveState()
  }

  /// What another sentinel knows of the groups that we share.
  mutating func takeMemberships(_ information: String, _ id: LinkID) {
    for line in information.split(whereSeparator: \.isNewline) where line.hasPrefix(Self.membersField) {
      guard let value = line.split(separator: ":", maxSplits: 1).dropFirst().first else { continue }
      let words = value.split(separator: " ").map(String.init)
      guard let name = words.first, links[id]?.users.contains(name) == true, let g = groupIndex(name),
        let told = QuorumMembership(words: Array(words.dropFirst()))
      else { continue }
      learnMembership(g, told)
    }
  }

  /// In INFO's Sentinel section, with a number: the members of a group that promises a quorum, and by which change.
  static let membersField = "sentinel_tern_members"

  /// A leader holds replies back until a quorum has what they tell of, and our hello is a write. Connections that were made before we knew
  /// whom we talk to are told now; one that is subscribed takes no orders any more, and is made anew.
  private mutating func stayUnheld(_ g: Int, _ ref: InstanceRef) {
    let id = groups[g][ref].link
    if links[id]?.commands?.isUnheld == false, send(Self.unheldOrder, g, ref, .unattended(what: "CLIENT DURABILITY")) {
      links[id]?.commands?.isUnheld = true
    }
    if links[id]?.subscription?.isUnheld == false {
      closeSubscription(of: id)
      links[id]?.lastSubscriptionAttempt = nil
    }
  }

  static let unheldOrder = ["CLIENT", "DURABILITY", "async"]

  /// Members that follow nobody yet are in no primary's list of replicas; their names are all that leads to them.
  mutating func meetMembers(_ g: Int) {
    for name in groups[g].membership?.names ?? [] where !groups[g].dataRefs.contains(where: { isNamed(name, groups[g][$0]) }) {
      guard let endpoint = MemberName.endpoint(name), IPLiteral.canonical(endpoint.host) != nil || resolveHostnames else { continue }
      let address = address(host: endpoint.host, port: endpoint.port)
      guard !address.ip.isEmpty, !groups[g].primary.address.isSame(as: address), let added = addReplica(g, address) else { continue }
      event(.notice, "+slave", g, added)
      saveState()
    }
  }

  /// What an INFO of a member means, when nothing prevents fencing. True when there is nothing left for Redis's rules.
  mutating func takeMember(_ g: Int, _ ref: InstanceRef) -> Bool {
    guard fences(g), let quorum = groups[g][ref].quorum else { return false }
    if case .waitPromotion(groups[g][ref].id) = groups[g].failover {
      if quorum.state == .leader, quorum.epoch == groups[g].failoverEpoch { promotionSeen(g, ref) }
      return ref != .primary
    }
    if quorum.state == .leader, quorum.epoch > groups[g].configEpoch, !isMember(g, ref) { return true }
    // An epoch has one leader: who leads the one that we hold for the newest is the primary, whatever we were told.
    let contradicts = quorum.epoch == groups[g].configEpoch && ref != .primary && groups[g].failover.promoted != groups[g][ref].id
    if quorum.state == .leader, quorum.epoch > groups[g].configEpoch || contradicts {
      let isOurs = groups[g].isFailoverInProgress && groups[g].failoverEpoch > quorum.epoch
      if !isOurs { adoptLeader(g, ref, quorum.epoch) }
      return true
    }
    guard case .replica(let r) = ref else { return false }
    healMember(g, r, quorum)
    // How far it is with its new primary is Redis's bookkeeping.
    return false
  }

  /// A member leads an epoch that is newer than all we know. An epoch has one leader, chosen by a majority of the sentinels, so this is the
  /// primary, whatever became of the sentinel that promoted it.
  private mutating func adoptLeader(_ g: Int, _ ref: InstanceRef, _ epoch: UInt64) {
    if epoch > currentEpoch { raiseEpoch(to: epoch, g) }
    groups[g].configEpoch = epoch
    saveState()
    if groups[g].isFailoverInProgress { log(.notice, "Failover of master \(groups[g].name) given up: epoch \(epoch) has a leader") }
    guard ref != .primary else {
      setFailover(g, .none)
      forgetDelays(g)
      return announceSoon(g)
    }
    let old = groups[g].primary.address
    let new = groups[g][ref].address
    event(.warning, "+config-update-from", g, ref)
    event(.warning, "+switch-master", "\(groups[g].name) \(announced(old)) \(old.port) \(announced(new)) \(new.port)", group: g)
    switchPrimary(g, to: new)
    callReconfigurationScript(g, isLeader: false, from: old, to: new)
    announceSoon(g)
  }

  /// An election has succeeded and kept the primary: the next one waits for nothing. Unless it was for a member that was stuck, which may
  /// seem so to others for a while.
  mutating func forgetDelays(_ g: Int) {
    guard !groups[g].replicas.contains(where: { $0.stuckSince != nil }) else { return }
    groups[g].failoverStart = nil
  }

  /// A member that does not follow the leader is told to. It refuses by itself if it has promised more meanwhile.
  private mutating func healMember(_ g: Int, _ r: Int, _ quorum: QuorumReport) {
    let group = groups[g]
    guard group.failover == .none, !group.primary.isSubjectivelyDown, let leader = group.primary.quorum, leader.state == .leader,
      leader.epoch == group.configEpoch
    else { return }
    // A member that has promised nothing (a new one, or one that lost its disk) follows nobody before it was fenced.
    guard quorum.promise <= leader.epoch, quorum.promise > 0 else {
      if groups[g].replicas[r].stuckSince == nil { groups[g].replicas[r].stuckSince = now }
      return
    }
    groups[g].replicas[r].stuckSince = nil
    if quorum.state == .follower, quorum.epoch == leader.epoch { return }
    if let latest = group.replicas[r].lastFollowSent, now - latest < SentinelTiming.followPeriod { return }
    guard sendFollow(g, .replica(r), epoch: leader.epoch, group.primary.address) else { return }
    event(.notice, quorum.state == .leader ? "+convert-to-slave" : "+fix-slave-config", g, .replica(r))
  }

  /// A member that has promised a higher epoch than the leader's, in a round that came to nothing, or none at all, and so can follow
  /// nobody until there is a leader of an epoch that it was fenced into.
  func stuckMember(_ g: Int) -> InstanceRef? {
    guard fences(g), let leader = groups[g].primary.quorum, leader.state == .leader else { return nil }
    let wait = stuckWait(g)
    for r in groups[g].replicas.indices {
      let replica = groups[g].replicas[r]
      guard let since = replica.stuckSince, now - since > wait, let quorum = replica.quorum else { continue }
      if quorum.promise > leader.epoch || quorum.promise == 0 && canAnswer(g, .replica(r)) { return .replica(r) }
    }
    return nil
  }

  func stuckWait(_ g: Int) -> Int64 { max(groups[g].primary.downAfter * 2, timing.pingPeriod * 5) }

  // MARK: whether a round can succeed

  /// Whether an answer can be hoped for. A primary that is down because it leads nobody answers all the same.
  func canAnswer(_ g: Int, _ ref: InstanceRef) -> Bool {
    canReach(g, ref) && !groups[g][ref].isLoading
  }

  private func canReach(_ g: Int, _ ref: InstanceRef) -> Bool {
    guard let link = links[groups[g][ref].link], link.isUsable else { return false }
    return link.activePing.map { now - $0 <= groups[g][ref].downAfter } ?? true
  }

  /// Why a round would end without a choice, with the names of those who are missing; nil if it can succeed. Fencing takes the leader
  /// from the group, so no round is begun that cannot give it another.
  func fenceObjection(_ g: Int) -> String? {
    guard let membership = groups[g].membership else { return nil }
    var reasons: [String] = []
    var reachable = 0
    var trusted = 0
    for name in membership.names {
      guard let ref = groups[g].dataRefs.first(where: { isNamed(name, groups[g][$0]) }) else {
        reasons.append("\(name) is not known")
        continue
      }
      guard canAnswer(g, ref), let quorum = groups[g][ref].quorum else {
        reasons.append("\(name) \(groups[g][ref].isLoading && canReach(g, ref) ? "is loading its data" : "is not reachable")")
        continue
      }
      reachable += 1
      if quorum.isTrusted { trusted += 1 } else { reasons.append("\(name) is untrusted") }
    }
    if membership.names.isEmpty { return "no member has said who the members are" }
    if trusted >= membership.needed || reachable == membership.names.count { return nil }
    return "\(trusted) of \(membership.names.count) members are reachable and trusted, \(membership.needed) needed: "
      + reasons.joined(separator: "; ")
  }
}
