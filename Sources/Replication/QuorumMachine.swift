/// One member of a group that acknowledges by quorum: rules 1 to 7 of the design's chapter on durability, without I/O.
///
///     idle ── follow E ──▶ following E ─┐
///      ▲  └── promote E ─▶ leading E ───┤
///      └──────── fence E' > E ──────────┘      (also: restart, a peer's higher promise)
///
/// Times are milliseconds of a monotonic clock. All requests that change the promise are answered when it is on disk.
package struct QuorumMachine {
  package var configuration: QuorumConfiguration
  package private(set) var promise: QuorumPromise
  package private(set) var role: Role = .idle
  /// The epoch of the newest marker in the data.
  package private(set) var historyEpoch: UInt64
  package private(set) var trust: Trust
  /// By which commits and leases are counted.
  package private(set) var membership: QuorumMembership
  /// Leader: where the log ends behind its newest change of the members.
  private var changeEnd: Int64?
  /// The log's end, and how much of it is known to be on disk.
  package private(set) var logEnd: Int64
  package private(set) var syncedEnd: Int64
  /// Up to where acknowledged by a quorum, in this leadership; nil before its marker is.
  package private(set) var committed: Int64?
  /// Why the last request or write was refused, for INFO.
  package private(set) var lastRefusal: String?
  package var plants: QuorumPlants = []
  /// The disk held a promise when this node started.
  private let hasPast: Bool

  /// What members have acknowledged to this leadership, and when they were last known to follow.
  private var progress: [MemberName: Progress] = [:]
  /// When the log reached which offset, newest last: what an acknowledgement proves about time. Bounded.
  private var timeline: [(offset: Int64, at: Int64)] = []
  /// Until when this member has promised to stay with the leader that it last acknowledged to.
  private var grantedUntil: Int64 = .min
  /// To the leader of which epoch; nil after a restart, which forgets it.
  private var grantedEpoch: UInt64?
  /// The newest epoch that this process led, and leads no more.
  private var lastLed: UInt64?
  private var grantMilliseconds: Int64 = 0
  private var lastPingAt: Int64?
  private var awaiting: [Awaiting] = []
  private var isPersisting = false
  private var unpersisted = false
  private var delayedAnswers: [(request: QuorumRequest, epoch: UInt64, at: Int64)] = []

  package enum Role: Hashable, Sendable {
    case idle
    case following(epoch: UInt64)
    /// `markerEnd` is nil until the marker is in the log.
    case leading(epoch: UInt64, markerEnd: Int64?)
  }

  package enum Trust: Hashable, Sendable {
    case trusted
    /// This node may have forgotten what it acknowledged. It can vouch for its data again when its log has reached `until`: nil until a
    /// leader has said where its log ends.
    case untrusted(until: Int64?)
  }

  private struct Progress {
    var acknowledged: Int64 = 0
    var confirmedAt: Int64 = .min
  }

  /// What waits for the promise to be on disk.
  private enum Awaiting {
    case fence(QuorumRequest, epoch: UInt64)
    case follow(QuorumRequest?, epoch: UInt64, host: String, port: Int)
    case handshake(QuorumRequest, epoch: UInt64)
    case nothing
  }

  /// - Parameters:
  ///   - stored: what the disk holds; nil when there is nothing: this node has no past, and vouches for nothing.
  ///   - position: of the data that were loaded, with the name of their history.
  ///   - membership: the newest change of the members in those data.
  package init(
    configuration: QuorumConfiguration, stored: QuorumPromise?, replid: ReplicationID, position: QuorumPosition,
    membership: QuorumMembership? = nil, plants: QuorumPlants = []
  ) {
    self.configuration = configuration
    self.membership = membership ?? QuorumMembership(configuration)
    self.plants = plants
    promise = stored ?? QuorumPromise()
    historyEpoch = position.historyEpoch
    logEnd = position.offset
    syncedEnd = position.offset
    let endedCleanly = stored?.cleanEnd == QuorumPromise.CleanEnd(replid: replid, offset: position.offset)
    // Both: what was acknowledged before is on disk, and what is loaded now is what the disk holds.
    let remembersAll = stored?.acknowledgesDisk == true && configuration.acknowledgesDisk
    hasPast = stored != nil
    trust = endedCleanly || remembersAll ? .trusted : .untrusted(until: nil)
    promise.boots &+= 1
    promise.cleanEnd = nil
    // Not while something may be missing: the next start would take this one's word for what an earlier one has forgotten.
    promise.acknowledgesDisk = configuration.acknowledgesDisk && (trust == .trusted || plants.contains(.forgetsDistrust))
  }

  package var position: QuorumPosition { QuorumPosition(historyEpoch: historyEpoch, offset: logEnd) }
  package var isTrusted: Bool {
    trust == .trusted || plants.contains(.trustsAmnesiac) || !hasPast && plants.contains(.trustsBlank)
  }
  package var epoch: UInt64 {
    switch role {
    case .idle: promise.epoch
    case .following(let epoch), .leading(let epoch, _): epoch
    }
  }
  /// Whether this node counts. One that is not in the membership may follow all the same: it learns, so that it can be added.
  package var isMember: Bool { membership.names.contains(configuration.own) }
  package var isLeading: Bool { if case .leading = role { true } else { false } }

  /// The first act of a start: that the node runs is written down, so that a crash is not taken for a clean end. A lease that was granted
  /// just before a restart still binds; as it was not written down, it is taken to begin now.
  package mutating func started(now: Int64? = nil) -> [QuorumAction] {
    if let now, promise.epoch > 0 { grantedUntil = now + Self.withMargin(configuration.leaseMilliseconds) }
    return persist(.nothing)
  }

  // MARK: fence, promote, follow

  /// `TERN FENCE epoch [RELEASED led]`.
  ///
  /// - Parameter released: the leader of this epoch has said that it leads no more, and serves no reads: a lease that was granted to it need
  ///   not run out. (One of an earlier leader has run out, or that leader was fenced, before this one was promoted.)
  package mutating func fence(_ epoch: UInt64, released: UInt64? = nil, request: QuorumRequest) -> [QuorumAction] {
    guard epoch > promise.epoch else { return refuse(request, "STALEEPOCH fence \(epoch): promise is \(promise.epoch)") }
    promise.epoch = epoch
    if let released, grantedEpoch == released { grantedUntil = .min }
    var actions: [QuorumAction] = []
    // At once: nothing may be acknowledged, by us or to a leader, once the answer's position is read.
    if !plants.contains(.skipsFence) { actions = standDown("fenced into epoch \(epoch)") }
    if plants.contains(.answersBeforeDisk) { return actions + reply(toFence: request, epoch) + persist(.nothing) }
    return actions + persist(.fence(request, epoch: epoch))
  }

  /// `TERN PROMOTE epoch history offset boots`: the answer that won the election.
  package mutating func promote(
    _ epoch: UInt64, _ answered: QuorumPosition, boots: UInt64, request: QuorumRequest
  ) -> [QuorumAction] {
    guard epoch == promise.epoch else { return refuse(request, "STALEEPOCH promote \(epoch): promise is \(promise.epoch)") }
    // The first answer was lost on its way.
    if case .leading(epoch, _) = role { return [.accept(request)] }
    guard role == .idle || plants.contains(.skipsFence) else {
      return refuse(request, "ERR promote \(epoch): this member is not idle")
    }
    guard isMember else {
      return refuse(request, "ERR promote \(epoch): this node is no member (\(membership.names.joined(separator: " ")))")
    }
    guard !isPersisting, !unpersisted else { return refuse(request, "ERR promote \(epoch): the promise is not on disk") }
    guard boots == promise.boots || plants.contains(.promotesRestarted) else {
      return refuse(request, "ERR promote \(epoch): this member has restarted since it answered")
    }
    guard answered == position || plants.contains(.promotesRestarted) else {
      return refuse(request, "ERR promote \(epoch): the data are not what was answered")
    }
    role = .leading(epoch: epoch, markerEnd: nil)
    becomeTrusted()
    if !plants.contains(.keepsProgress) { progress = [:] }
    timeline = []
    committed = nil
    return [.log(.notice, "Leader of epoch \(epoch) from offset \(logEnd)"), .lead(epoch: epoch), .accept(request)]
  }

  /// The marker of this leadership is in the log, which ends at `end` behind it.
  package mutating func markerAppended(end: Int64, now: Int64) -> [QuorumAction] {
    guard case .leading(let epoch, nil) = role else { return [] }
    role = .leading(epoch: epoch, markerEnd: end)
    historyEpoch = epoch
    return logAdvanced(to: end, now: now)
  }

  /// `TERN FOLLOW epoch host port`.
  package mutating func follow(_ epoch: UInt64, host: String, port: Int, request: QuorumRequest?) -> [QuorumAction] {
    guard epoch >= promise.epoch || plants.contains(.followsLower) else {
      return request.map { refuse($0, "STALEEPOCH follow \(epoch): promise is \(promise.epoch)") } ?? []
    }
    guard !isUnfenced else { return request.map { refuse($0, Self.unfencedText) } ?? [] }
    if case .leading(epoch, _) = role {
      return request.map { refuse($0, "ERR follow \(epoch): this member leads that epoch") } ?? []
    }
    guard epoch > promise.epoch else { return accepted(.follow(request, epoch: epoch, host: host, port: port)) }
    promise.epoch = epoch
    return standDown("told to follow \(host):\(port) in epoch \(epoch)")
      + persist(.follow(request, epoch: epoch, host: host, port: port))
  }

  /// A member that has promised nothing is new, or has lost its disk, and with it a promise that it cannot know of: a deposed leader that
  /// nobody has told could make a quorum with it. An election that it takes part in is above all that it can have promised.
  private var isUnfenced: Bool { promise.epoch == 0 && !plants.contains(.followsUnfenced) }
  private static let unfencedText =
    "UNFENCED this member has promised no epoch: it is new, or has lost its disk, and follows nobody before it was fenced"

  // MARK: handshake

  /// What a leader answers a member that wants to follow it.
  package enum Hello: Hashable, Sendable {
    case welcome(epoch: UInt64, logEnd: Int64, leaseMilliseconds: Int64)
    case refused(String)
  }

  /// Leader: a member introduces itself, with its promise.
  package mutating func memberArrived(_ member: MemberName, promise theirs: UInt64) -> (Hello, [QuorumAction]) {
    guard case .leading(let epoch, _) = role else {
      return (.refused("NOLEADER this member does not lead an epoch"), [])
    }
    guard theirs <= epoch || plants.contains(.followsLower) else {
      // Somebody has been, or is being, elected over us; unless it comes from elsewhere.
      guard membership.names.contains(member) else { return (.refused("STALEEPOCH epoch is \(epoch), your promise \(theirs)"), []) }
      return (.refused("STALEEPOCH epoch is \(epoch), your promise \(theirs)"), standDown("\(member) has promised epoch \(theirs)"))
    }
    // Who is no member yet learns the data, and counts for nothing until it is added.
    let isAdmitted = membership.names.contains(member) || progress[member] != nil || progress.count < 2 * QuorumMembership.countMax
    guard member != configuration.own, isAdmitted else {
      return (.refused("NOMEMBER \(member) is no other member of this group (\(membership.names.joined(separator: " ")))"), [])
    }
    progress[member] = progress[member] ?? Progress()
    return (.welcome(epoch: epoch, logEnd: logEnd, leaseMilliseconds: configuration.leaseMilliseconds), [])
  }

  /// Follower: the leader's answer. Accepted through `accept(request)` once the promise is on disk; only then PSYNC may be sent.
  package mutating func welcomed(
    epoch: UInt64, leaderEnd: Int64, leaseMilliseconds: Int64 = 0, request: QuorumRequest
  ) -> [QuorumAction] {
    guard epoch >= promise.epoch || plants.contains(.followsLower) else {
      return refuse(request, "STALEEPOCH the primary leads epoch \(epoch), the promise here is \(promise.epoch)")
    }
    guard !isUnfenced else { return refuse(request, Self.unfencedText) }
    if isLeading { return refuse(request, "ERR this member leads epoch \(self.epoch)") }
    if case .untrusted = trust { trust = .untrusted(until: leaderEnd) }
    // The leader counts on its own setting; ours may be shorter.
    grantMilliseconds = max(configuration.leaseMilliseconds, min(leaseMilliseconds, QuorumConfiguration.leaseMillisecondsMax))
    guard epoch > promise.epoch else { return accepted(.handshake(request, epoch: epoch)) }
    promise.epoch = epoch
    return persist(.handshake(request, epoch: epoch))
  }

  // MARK: the log

  /// The log has grown (or was replaced by a full sync) and ends at `end` now.
  package mutating func logAdvanced(to end: Int64, now: Int64) -> [QuorumAction] {
    logEnd = end
    if syncedEnd > end { syncedEnd = end }
    if isLeading {
      note(end, at: now)
      return commit()
    }
    regainTrust()
    return []
  }

  /// The log up to here is on disk.
  package mutating func logSynced(to end: Int64) -> [QuorumAction] {
    syncedEnd = max(syncedEnd, min(end, logEnd))
    regainTrust()
    return configuration.acknowledgesDisk && isLeading ? commit() : []
  }

  /// A follower's data were replaced by a full sync, and are not on disk yet.
  package mutating func dataReplaced(_ position: QuorumPosition, membership replaced: QuorumMembership? = nil) {
    membership = replaced ?? QuorumMembership(configuration)
    historyEpoch = position.historyEpoch
    logEnd = position.offset
    syncedEnd = 0
    regainTrust()
  }

  /// A marker came with the stream, or with the data that were loaded.
  package mutating func markerApplied(_ epoch: UInt64) { historyEpoch = max(historyEpoch, epoch) }

  // MARK: membership

  /// Leader: what the members would be behind this change, or why it cannot be made now. The marker of this leadership, and the change
  /// before, must be committed; and those who follow closely must be enough to acknowledge by the new count.
  ///
  /// - Complexity: O(members).
  package func membership(
    after change: QuorumMembership.Change, now: Int64
  ) -> Result<QuorumMembership, MembershipRefusal> {
    guard case .leading(let epoch, let markerEnd?) = role, let committed else {
      return .failure(.init(isLeading ? "ERR this leadership is not acknowledged by a quorum yet" : "NOLEADER this member does not lead"))
    }
    if let changeEnd, changeEnd > committed {
      return .failure(.init("ERR the change before (\(membership.version)) is not acknowledged by a quorum yet"))
    }
    // Elections among members that know of no change count answers by redis.conf's copies; those must meet every majority.
    if membership.version == .configured, membership.names.count - membership.copies + 1 <= membership.names.count / 2 {
      return .failure(
        .init(
          "ERR members cannot be changed while \(membership.copies) copies of \(membership.names.count) are configured; an odd number with a majority can"
        ))
    }
    var names = membership.names
    switch change {
    case .add(let name):
      guard !names.contains(name) else { return .failure(.init("ERR \(name) is a member already")) }
      guard names.count < QuorumMembership.countMax else { return .failure(.init("ERR more than \(QuorumMembership.countMax) members")) }
      guard followsClosely(name, from: markerEnd, now: now) else {
        return .failure(
          .init(
            "ERR \(name) does not follow this leader closely: start it, and say TERN FENCE \(epoch) and TERN FOLLOW \(epoch) HOST PORT (of this leader) to it"
          ))
      }
      names.append(name)
    case .remove(let name):
      guard names.contains(name) else { return .failure(.init("ERR \(name) is no member")) }
      guard name != configuration.own else { return .failure(.init("ERR the leader cannot be removed: SENTINEL FAILOVER first")) }
      names.removeAll { $0 == name }
    }
    // Who wanted more than a majority still gets as many more.
    let more = membership.copies - (membership.names.count / 2 + 1)
    let new = QuorumMembership(
      version: .init(epoch: epoch, number: membership.version.number + 1), names: names, copies: names.count / 2 + 1 + more)
    let close = names.filter { $0 == configuration.own || followsClosely($0, from: markerEnd, now: now) }
    guard close.count >= new.copies else {
      return .failure(
        .init(
          "ERR only \(close.count) of the \(names.count) members would acknowledge (\(close.joined(separator: " "))), \(new.copies) are needed"
        ))
    }
    return .success(new)
  }

  private func followsClosely(_ name: MemberName, from markerEnd: Int64, now: Int64) -> Bool {
    guard let state = progress[name], state.acknowledged >= markerEnd, state.confirmedAt != .min else { return false }
    return now - state.confirmedAt <= 2 * configuration.leaseMilliseconds
  }

  /// Leader: the entry is in the log, which ends at `end` behind it, and counts from now on.
  package mutating func membershipAppended(_ new: QuorumMembership, end: Int64, now: Int64) -> [QuorumAction] {
    guard isLeading else { return [] }
    membership = new
    changeEnd = end
    return logAdvanced(to: end, now: now)
  }

  /// An entry came with the stream.
  package mutating func membershipApplied(_ new: QuorumMembership) -> [QuorumAction] {
    guard new.version > membership.version else { return [] }
    let was = isMember
    membership = new
    guard was != isMember else { return [] }
    return [.log(.warning, "\(configuration.own) is \(isMember ? "a member now" : "no member any more, and counts for nothing")")]
  }

  /// Those who follow and are no members.
  package var learners: [MemberName] { progress.keys.filter { !membership.names.contains($0) }.sorted() }

  /// Mixed company (the design's rule 11): this node has taken writes, or follows a primary, outside of all epochs. Its data are of no
  /// history that could be compared, and it vouches for nothing until a leader has replaced them.
  package mutating func leaveHistory(_ reason: String) -> [QuorumAction] {
    historyEpoch = 0
    trust = .untrusted(until: nil)
    return standDown(reason)
  }

  private mutating func regainTrust() {
    guard case .untrusted(let until?) = trust, case .following = role else { return }
    if plants.contains(.regainsTrustEarly) { return becomeTrusted() }
    if (configuration.acknowledgesDisk ? syncedEnd : logEnd) >= until { becomeTrusted() }
  }

  private mutating func becomeTrusted() {
    trust = .trusted
    guard configuration.acknowledgesDisk, !promise.acknowledgesDisk else { return }
    promise.acknowledgesDisk = true
    unpersisted = true
  }

  /// Follower: what it may acknowledge to its leader now; the lease is granted with it. Nil: nothing, to nobody.
  package mutating func acknowledgement(now: Int64) -> Int64? {
    guard case .following(let epoch) = role, epoch >= promise.epoch || plants.contains(.skipsFence) else { return nil }
    // The leader counts from when it asked, which was earlier, and less a margin.
    grantedUntil = max(grantedUntil, now + Self.withMargin(max(grantMilliseconds, configuration.leaseMilliseconds)))
    grantedEpoch = epoch
    return acknowledgedEnd
  }

  /// How much of the log this member may say that it holds.
  private var acknowledgedEnd: Int64 {
    configuration.acknowledgesDisk && !plants.contains(.acknowledgesUnsynced) ? syncedEnd : logEnd
  }

  /// Leader: a member has acknowledged the log up to `offset`.
  package mutating func acknowledged(_ member: MemberName, _ offset: Int64, now: Int64) -> [QuorumAction] {
    guard isLeading, member != configuration.own, offset <= logEnd, progress[member] != nil || membership.names.contains(member)
    else { return [] }
    var state = progress[member] ?? Progress()
    state.acknowledged = max(state.acknowledged, offset)
    if let proof = timeline.last(where: { $0.offset <= offset }) { state.confirmedAt = max(state.confirmedAt, proof.at) }
    if plants.contains(.countsLeaseFromAnswer) { state.confirmedAt = now + configuration.leaseMilliseconds / 5 }
    progress[member] = state
    return commit()
  }

  /// Leader: a member's link is gone. What it has acknowledged stays acknowledged.
  package mutating func memberLeft(_ member: MemberName) {}

  private mutating func commit() -> [QuorumAction] {
    guard case .leading(_, let markerEnd?) = role else { return [] }
    let own = acknowledgedEnd
    let others = membership.names.filter { $0 != configuration.own }.map { progress[$0]?.acknowledged ?? 0 }
    let held = ([own] + others).sorted(by: >)
    guard held.count >= membership.copies else { return [] }
    let upTo = plants.contains(.acknowledgesBeforeQuorum) ? logEnd : held[membership.copies - 1]
    guard upTo >= markerEnd || plants.contains(.commitsBeforeMarker), upTo > committed ?? -1 else { return [] }
    committed = upTo
    return [.release(upTo: upTo)]
  }

  /// For people: how far each other member has acknowledged.
  package var progressText: String {
    membership.names.filter { $0 != configuration.own }.map { name in
      "\(name) \(progress[name].map { "\($0.acknowledged)" } ?? "is not connected")"
    }.joined(separator: ", ")
  }

  // MARK: leases

  private mutating func note(_ end: Int64, at now: Int64) {
    // Finer than a sixteenth of the lease is of no use.
    if let last = timeline.last, now - last.at < max(1, configuration.leaseMilliseconds / 16) { return }
    timeline.append((end, now))
    if timeline.count > 64 { timeline.removeFirst(timeline.count - 32) }
  }

  /// Until when no other leader can have been chosen: a quorum (this node included) has answered what was asked within the lease.
  package func leaseEnd() -> Int64 {
    let times = membership.names.filter { $0 != configuration.own }.map { progress[$0]?.confirmedAt ?? .min }.sorted(by: >)
    let needed = membership.copies - 1
    guard needed > 0 else { return .max }
    guard times.count >= needed, times[needed - 1] != .min else { return .min }
    return times[needed - 1] + Self.lessMargin(configuration.leaseMilliseconds)
  }

  /// Whether a reply may leave without being confirmed by a quorum again.
  package func holdsLease(now: Int64) -> Bool {
    guard isLeading, committed != nil else { return false }
    return plants.contains(.servesWithoutLease) || now < leaseEnd()
  }

  /// Clocks may differ in speed by a tenth.
  private static func withMargin(_ lease: Int64) -> Int64 { lease + lease / 10 + 1 }
  private static func lessMargin(_ lease: Int64) -> Int64 { lease - lease / 10 - 1 }

  // MARK: time

  private var pingPeriod: Int64 { max(1, configuration.leaseMilliseconds / 3) }

  package mutating func tick(now: Int64) -> [QuorumAction] {
    var actions: [QuorumAction] = []
    if isLeading, lastPingAt.map({ now - $0 >= pingPeriod }) ?? true {
      lastPingAt = now
      actions.append(.appendPing)
    }
    let due = delayedAnswers.filter { $0.at <= now }
    delayedAnswers.removeAll { $0.at <= now }
    for answer in due { actions += reply(toFence: answer.request, answer.epoch) }
    if unpersisted, !isPersisting { actions += persist(.nothing) }
    return actions
  }

  /// When `tick` is to be called next at the latest; nil: whenever.
  package var nextDeadline: Int64? {
    var next = delayedAnswers.map(\.at).min()
    if isLeading, let lastPingAt { next = min(next ?? .max, lastPingAt + pingPeriod) }
    return next
  }

  /// For the planted bug of that name: leads on after a restart as if nothing had happened.
  package mutating func resumeLeadership(_ epoch: UInt64) -> [QuorumAction] {
    guard promise.epoch <= epoch else { return [] }
    role = .leading(epoch: epoch, markerEnd: nil)
    trust = .trusted
    return [.lead(epoch: epoch)]
  }
  mutating func resumeLeadership(_ epoch: UInt64, end: Int64) {
    role = .leading(epoch: epoch, markerEnd: min(end, logEnd))
    trust = .trusted
  }

  // MARK: the disk

  private mutating func persist(_ then: Awaiting) -> [QuorumAction] {
    awaiting.append(then)
    unpersisted = true
    guard !isPersisting else { return [] }
    isPersisting = true
    unpersisted = false
    if plants.contains(.forgetsPromise) {
      var forgotten = QuorumPromise()
      forgotten.acknowledgesDisk = promise.acknowledgesDisk
      return [.persist(forgotten)]
    }
    return [.persist(promise)]
  }

  /// What was last given out by `persist` is on disk.
  package mutating func persisted(_ stored: QuorumPromise, now: Int64) -> [QuorumAction] {
    isPersisting = false
    var actions: [QuorumAction] = []
    var left: [Awaiting] = []
    for item in awaiting {
      // A promise that was raised again meanwhile overtakes what waited for the lower one.
      switch item {
      case .nothing: break
      case .fence(let request, let epoch):
        if epoch > stored.epoch, !plants.contains(.forgetsPromise) {
          left.append(item)
        } else if epoch < promise.epoch {
          actions += refuse(request, "STALEEPOCH fence \(epoch): promise is \(promise.epoch)")
        } else {
          let wait = plants.contains(.answersWithinLease) ? now : grantedUntil
          if wait > now { delayedAnswers.append((request, epoch, wait)) } else { actions += reply(toFence: request, epoch) }
        }
      case .follow(let request, let epoch, _, _):
        if epoch > stored.epoch, !plants.contains(.forgetsPromise) {
          left.append(item)
        } else if epoch < promise.epoch {
          if let request { actions += refuse(request, "STALEEPOCH follow \(epoch): promise is \(promise.epoch)") }
        } else {
          actions += accepted(item)
        }
      case .handshake(let request, let epoch):
        if epoch > stored.epoch, !plants.contains(.forgetsPromise) {
          left.append(item)
        } else if epoch < promise.epoch {
          actions += refuse(request, "STALEEPOCH the primary leads epoch \(epoch), the promise here is \(promise.epoch)")
        } else {
          actions += accepted(item)
        }
      }
    }
    awaiting = left
    if unpersisted {
      isPersisting = true
      unpersisted = false
      actions.append(.persist(promise))
    }
    return actions
  }

  /// The disk refuses. The promise stays raised in memory, and nothing that stands on it is answered with yes.
  package mutating func persistFailed(_ reason: String) -> [QuorumAction] {
    isPersisting = false
    unpersisted = true
    var actions: [QuorumAction] = [.log(.warning, "The promise of epoch \(promise.epoch) cannot be stored: \(reason)")]
    for item in awaiting {
      switch item {
      case .fence(let request, _), .handshake(let request, _): actions += refuse(request, "ERR the promise cannot be stored: \(reason)")
      case .follow(let request?, _, _, _): actions += refuse(request, "ERR the promise cannot be stored: \(reason)")
      case .follow, .nothing: break
      }
    }
    awaiting = []
    return actions
  }

  /// The node ends, idle, with the whole log on disk: what is to be written so that the next start is trusted.
  package mutating func endingCleanly(replid: ReplicationID) -> QuorumPromise? {
    guard isTrusted, !isLeading, !isPersisting, syncedEnd >= logEnd else { return nil }
    promise.cleanEnd = .init(replid: replid, offset: logEnd)
    return promise
  }

  // MARK: answers

  private mutating func accepted(_ item: Awaiting) -> [QuorumAction] {
    switch item {
    case .follow(let request, _, let host, let port):
      return [.follow(host: host, port: port)] + (request.map { [.accept($0)] } ?? [])
    case .handshake(let request, let epoch):
      role = .following(epoch: epoch)
      if plants.contains(.raisesHistoryEarly) { historyEpoch = max(historyEpoch, epoch) }
      regainTrust()
      return [.accept(request)]
    case .fence, .nothing: return []
    }
  }

  private mutating func reply(toFence request: QuorumRequest, _ epoch: UInt64) -> [QuorumAction] {
    guard epoch == promise.epoch else { return refuse(request, "STALEEPOCH fence \(epoch): promise is \(promise.epoch)") }
    let answer = FenceAnswer(
      position: position, isTrusted: isTrusted, boots: promise.boots, membership: membership, lastLed: lastLed)
    return [.answer(request, answer)]
  }

  private mutating func refuse(_ request: QuorumRequest, _ text: String) -> [QuorumAction] {
    lastRefusal = text
    return [.refuse(request, text)]
  }

  /// The node ends, or follows somebody who knows no epochs.
  package mutating func resign(_ reason: String) -> [QuorumAction] { standDown(reason) }

  /// Leads no more, follows nobody.
  private mutating func standDown(_ reason: String) -> [QuorumAction] {
    defer {
      role = .idle
      if !plants.contains(.keepsProgress) { progress = [:] }
      timeline = []
      committed = nil
      changeEnd = nil
      lastPingAt = nil
    }
    switch role {
    case .idle: return []
    case .following: return [.standDown(reason: reason)]
    case .leading(let epoch, _):
      lastLed = epoch
      return [
        .log(.warning, "Leader of epoch \(epoch) no more: \(reason)"), .standDown(reason: reason),
        .failHeld(reason: "UNCERTAIN this node leads no more (\(reason)); the write may or may not survive"),
      ]
    }
  }
}
