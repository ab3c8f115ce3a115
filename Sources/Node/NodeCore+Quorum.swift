internal import TernEngine
package import TernReplication

/// `tern-durability quorum`: feeds the machine that keeps the rules, and obeys it. Time is steady here (the wall clock may jump): milliseconds
/// of `engine.monotonicNanoseconds`.
extension NodeCore {
  var steadyTime: Int64 { engine.monotonicNanoseconds() / 1_000_000 }

  /// Neither leads nor follows, and so takes no writes and answers no reads.
  package var isIdle: Bool {
    guard let quorum else { return false }
    return !quorum.leads && quorum.stranger == nil && !replica.isReplica
  }

  static let epochChannel = "__tern:epoch"
  static let beatChannel = "__tern:beat"
  static let membersChannel = "__tern:members"

  // MARK: start

  /// From the first moment on nothing is served that an election has not entrusted to this node.
  func beginQuorum() {
    guard quorum != nil else { return }
    engine.effects.isFollowing = true
    engine.expiresKeys = false
    primary.upstream = .disconnected
    engine.onReservedMessage = { [unowned self] session, channel, message in noteReserved(session, channel, message) }
  }

  /// The data are loaded. `stored` is what `QuorumState.decode` has made of the file, nil if there was none: a node without a past.
  package func startQuorum(_ stored: QuorumPromise?, now: Int64) {
    setTime(now)
    guard let quorum, quorum.machine == nil else { return }
    engine.effects.commit()
    var stored = stored
    // Files that do not say where they end may be of another time.
    if !quorum.loaded.isPositionKnown { stored?.acknowledgesDisk = false }
    if let text = quorum.loaded.replid, let id = ReplicationID(Array(text.utf8)), history.replid != id, quorum.loaded.isPositionKnown {
      history = ReplicationHistory(replid: id)
    }
    startLogging()
    if !primary.backlogIsActive { primary.activateBacklog(now: now) }
    let machine = QuorumMachine(
      configuration: quorum.configuration, stored: stored, replid: history.replid,
      position: .init(historyEpoch: quorum.loaded.epoch, offset: engine.log.endOffset), membership: quorum.loaded.membership,
      plants: quorum.plants)
    quorum.machine = machine
    let trust = machine.isTrusted ? "trusted" : "not trusted: this node may have forgotten what it acknowledged, or has no past"
    log(
      .notice,
      "Member \(quorum.configuration.own) of \(machine.membership.names.count) (a write is acknowledged when \(machine.membership.copies) hold it) "
        + "has promised epoch \(machine.promise.epoch); its data are of epoch \(machine.historyEpoch), offset \(machine.logEnd), \(trust). "
        + "It waits to be fenced into a new epoch.")
    obey { $0.started(now: steadyTime) }
    if quorum.plants.contains(.resumesLeadership), let epoch = quorum.plantedEpoch { obey { $0.resumeLeadership(epoch) } }
    updateGates()
    updateHolding()
    afterEvent()
  }

  /// The outcome of `storeQuorumState`.
  package func quorumStateStored(failure: String?, now: Int64) {
    setTime(now)
    guard let quorum, let stored = quorum.persisting else { return }
    quorum.persisting = nil
    if let failure {
      quorum.refusal = "the promise cannot be stored: \(failure)"
      obey { $0.persistFailed(failure) }
    } else {
      quorum.isReady = true
      obey { $0.persisted(stored, now: steadyTime) }
    }
    afterEvent()
  }

  /// The process ends, and everything that could be synced is: what to store so that the next start is trusted at once. Nil: it will not be.
  package func quorumEnd(now: Int64) -> [UInt8]? {
    setTime(now)
    guard let quorum else { return nil }
    noteSynced()
    guard let promise = quorum.machine?.endingCleanly(replid: history.replid) else { return nil }
    return QuorumState.encode(promise, member: quorum.configuration.own)
  }

  /// From here on the log does not grow any more.
  package func resignFromQuorum() {
    obey { $0.resign("the node is ending") }
    afterEvent()
  }

  // MARK: obeying

  /// Asks the machine, and does what it says.
  func obey(_ ask: (inout QuorumMachine) -> [QuorumAction]) {
    guard let quorum, var machine = quorum.machine else { return }
    // Taken out meanwhile, or the machine would be copied.
    quorum.machine = nil
    let actions = ask(&machine)
    quorum.machine = machine
    for action in actions { perform(action) }
    refreshLease()
  }

  func refreshLease() {
    guard let quorum, let machine = quorum.machine, machine.isLeading else { return }
    // Taken as held or not at one instant; the end is compared again with each read.
    quorum.leaseEnd = machine.committed == nil ? .min : machine.leaseEnd()
  }

  private func perform(_ action: QuorumAction) {
    guard let quorum else { return }
    if quorum.plants.contains(.keepsHeldReplies) {
      switch action {
      case .standDown, .failHeld: release(upTo: .max)
      default: break
      }
    }
    switch action {
    case .log(let level, let text): log(LogLevel(level), text)
    case .persist(let promise):
      quorum.persisting = promise
      effects.append(.storeQuorumState(QuorumState.encode(promise, member: quorum.configuration.own)))
    case .standDown(let reason):
      log(.warning, "This member neither leads nor follows now: \(reason)")
      failHeld("UNCERTAIN this node leads no more (\(reason)); the write may or may not survive")
      becomeIdle()
    case .failHeld(let line): failHeld(line)
    case .lead(let epoch): lead(epoch)
    case .follow(let host, let port):
      if quorum.stranger != nil { becomeIdle() }
      quorum.followsWithoutEpoch = false
      replicate(host, port, requestedBy: nil, now: now)
    case .release(let offset): release(upTo: offset)
    case .appendPing: appendBeat()
    case .answer(let request, let answer): self.answer(request) { self.write(answer, to: $0) }
    case .accept(let request):
      guard case .handshake(let link)? = quorum.askers[request] else { return answer(request) { $0.ok() } }
      quorum.askers[request] = nil
      if quorum.stranger != nil || quorum.historyEpoch == 0 { replica.forgetResumePoint() }
      quorum.stranger = nil
      quorum.lastAcknowledgement = (-1, .min)
      perform(replica.admitted(link: link, now: now), Self.noBytes)
      updateGates()
    case .refuse(let request, let text):
      quorum.refusal = text
      if case .handshake(let link)? = quorum.askers[request] {
        quorum.askers[request] = nil
        perform(replica.turnedAway(link: link, reason: text, now: now), Self.noBytes)
      } else {
        log(.notice, "Refused: \(text)")
        answer(request) { $0.error(text) }
      }
    }
  }

  func answer(_ request: QuorumRequest, _ body: (ReplyBuffer) -> Void) {
    guard let quorum, case .session(let id)? = quorum.askers.removeValue(forKey: request), let session = engine.sessions[id] else { return }
    engine.unblock(session, body)
  }

  private func write(_ answer: FenceAnswer, to reply: ReplyBuffer) {
    let keys = (0..<engine.databaseCount).reduce(0) { $0 + engine.database($1).count }
    reply.array(10)
    reply.integer(Int64(clamping: answer.position.historyEpoch))
    reply.integer(answer.position.offset)
    reply.integer(answer.isTrusted ? 1 : 0)
    reply.integer(Int64(clamping: answer.boots))
    reply.integer(answer.membership.names.count)
    reply.integer(answer.membership.copies)
    reply.integer(keys)
    reply.bulk("\(answer.membership.version)")
    reply.bulk(answer.membership.names.joined(separator: ","))
    reply.integer(Int64(clamping: answer.lastLed ?? 0))
  }

  // MARK: roles

  /// Follows nobody, takes no writes; the data stay what they are.
  private func becomeIdle() {
    guard let quorum else { return }
    engine.effects.commit()
    let wasPrimary = !engine.effects.isFollowing
    let database = engine.effects.selectedDatabase
    quorum.stranger = nil
    quorum.members = [:]
    quorum.leaseEnd = .min
    quorum.knownCommit = -1
    quorum.needsBarrier = false
    perform(replica.stopFollowing(now: now), Self.noBytes)
    configuration.replicaof = ReplicationSource()
    perform(primary.disconnectAll(now: now))
    engine.expiresKeys = false
    engine.effects.isFollowing = true
    primary.upstream = .disconnected
    // First: writes that waited for the end of a pause must meet a member that does not lead, or they would be applied and in no log.
    updateGates()
    if wasPrimary {
      // A stream that goes on where this log ends says SELECT only if it must.
      openStream()
      stream.session?.databaseIndex = min(max(0, database), engine.databaseCount - 1)
      engine.disconnectBlocked(CommandError(Self.unblockedText))
      waits = []
    }
    updateHolding()
    if wasPrimary { engine.endPauses(besides: [.shutdown]) }
  }

  /// A new name for what follows in the log, and nobody above.
  private func takeOver() {
    engine.effects.commit()
    perform(replica.stopFollowing(now: now), Self.noBytes)
    configuration.replicaof = ReplicationSource()
    var random = SplitMix64(seed: engine.random.next())
    let forksAt = quorum?.plants.contains(.continuesForked) == true ? .max / 8 : engine.log.endOffset
    history.becomePrimary(at: forksAt, newID: .random(using: &random))
    log(
      .warning,
      "Setting secondary replication ID to \(history.replid2), valid up to offset: \(history.secondReplidOffset). "
        + "New replication ID is \(history.replid)")
    closeStream()
    engine.expiresKeys = true
    engine.effects.isFollowing = false
    primary.upstream = .none
    perform(primary.disconnectAll(now: now))
    startLogging()
    engine.effects.forgetDatabase()
    if !primary.backlogIsActive { primary.activateBacklog(now: now) }
  }

  private func lead(_ epoch: UInt64) {
    guard let quorum else { return }
    takeOver()
    quorum.members = [:]
    quorum.beats = -1 ..< -1
    quorum.leaseEnd = .min
    quorum.barrierAt = .min
    // Nothing leaves before the marker is with a quorum.
    releasedOffset = -1
    appendMarker(epoch)
    obey { $0.markerAppended(end: engine.log.endOffset, now: steadyTime) }
    updateGates()
    updateHolding()
  }

  /// A PUBLISH, so that a real Redis counts the same bytes; the id is for whoever loads the log from a file.
  private func appendMarker(_ epoch: UInt64) {
    quorum?.noteMarker()
    engine.log.append(RESPCommand.encode("PUBLISH", Self.epochChannel, "\(epoch) \(history.replid)"))
    logGrew()
  }

  /// REPLICAOF NO ONE, from an operator or a real Sentinel: Redis's promises, and no others, until the next fence.
  func leadWithoutEpoch(_ client: String) {
    guard let quorum, isReplica else { return }
    becomeStranger("REPLICAOF NO ONE of \(client) made this node a primary without an election by quorum")
    takeOver()
    appendMarker(0)
    releasedOffset = .max
    quorum.followsWithoutEpoch = true
    updateGates()
    updateHolding()
  }

  /// REPLICAOF host port.
  func followWithoutEpoch(_ host: String, _ port: Int, _ client: String) {
    guard let quorum else { return }
    quorum.followsWithoutEpoch = true
    if !replica.isReplica(of: host, port) {
      obey { $0.resign("REPLICAOF \(host):\(port) of \(client)") }
      if quorum.stranger != nil { becomeIdle() }
    }
    replicate(host, port, requestedBy: client, now: now)
  }

  /// The design's rule 11: said once, and shown in INFO.
  func becomeStranger(_ reason: String) {
    guard let quorum else { return }
    obey { $0.leaveHistory(reason) }
    quorum.stranger = reason
    log(
      .warning,
      "Mixed company: \(reason). Until a sentinel of Tern's fences this node into an epoch, it behaves as Redis does, and an acknowledged write can be lost."
    )
  }

  // MARK: the log

  func quorumLogGrew() {
    quorum?.noteLogEnd(engine.log.endOffset)
    obey { $0.logAdvanced(to: engine.log.endOffset, now: steadyTime) }
  }

  /// A message that tells followers how far the leader has committed, and whose acknowledgement proves that a member follows.
  func appendBeat() {
    guard let quorum, quorum.leads else { return }
    engine.effects.commit()
    if engine.log.endOffset != primary.logEnd { logGrew() }
    let start = engine.log.endOffset
    let committed = quorum.machine?.committed ?? -1
    engine.log.append(RESPCommand.encode("PUBLISH", Self.beatChannel, "\(committed)"))
    quorum.beats = (quorum.beats.upperBound == start ? quorum.beats.lowerBound : start)..<engine.log.endOffset
    quorum.needsBarrier = false
    logGrew()
  }

  /// A read was executed without a lease, and waits for bytes behind it. At most one beat a millisecond serves all.
  func askForBarrier(_ clock: Int64) {
    guard let quorum else { return }
    guard clock > quorum.barrierAt else {
      quorum.needsBarrier = true
      return
    }
    quorum.barrierAt = clock
    appendBeat()
  }

  /// A full sync has replaced everything.
  func quorumDataReplaced(_ historyEpoch: UInt64, _ membership: QuorumMembership?) {
    guard let quorum else { return }
    quorum.awaitsDisk = true
    quorum.forgetMarkers()
    let epoch = quorum.stranger == nil ? historyEpoch : 0
    obey {
      $0.dataReplaced(.init(historyEpoch: epoch, offset: engine.log.endOffset), membership: membership)
      return []
    }
  }

  /// What the files of the log hold, when they hold the present data.
  private func noteSynced() {
    guard let quorum, configuration.appendonly, aof.isOn, !aof.awaitsRestart, !quorum.awaitsDisk else { return }
    obey { $0.logSynced(to: aof.syncedOffset) }
  }

  /// An RDB file is what a restart finds, if there is no append-only file.
  func quorumSaved(_ job: RDBJob) {
    guard !configuration.appendonly, job.replicationID == "\(history.replid)" else { return }
    obey { $0.logSynced(to: job.snapshot.logOffset) }
  }

  func updateQuorumHolding() {
    guard let quorum else { return }
    noteSynced()
    if quorum.leads {
      release(upTo: quorum.machine?.committed ?? -1)
    } else {
      // What was held by a leader has failed; nothing else is ever held.
      releasedOffset = .max
      acknowledgeSynced()
    }
  }

  /// For those who ask a node that does not lead.
  func updateNotLeaderText() {
    let place: String
    if let primary = replica.primary, let quorum {
      place = "it follows \(primary.host):\(primary.port) in epoch \(quorum.machine?.epoch ?? 0)"
    } else {
      place = "it waits to be fenced into an epoch"
    }
    let text =
      "NOLEADER this member does not lead (\(place)); what it holds may be taken back by a failover. Ask the leader, or say CLIENT DURABILITY async"
    if engine.settings.notLeaderText != text { engine.settings.notLeaderText = text }
  }

  // MARK: time

  func tickQuorum() {
    guard let quorum, quorum.machine != nil else { return }
    let clock = steadyTime
    obey { $0.tick(now: clock) }
    if quorum.needsBarrier { askForBarrier(clock) }
    expireHeld(clock)
  }

  /// In wall time, as all deadlines.
  var quorumDeadline: Int64? {
    guard let quorum, let machine = quorum.machine else { return nil }
    var next = machine.nextDeadline
    if let oldest = holds.oldest, quorum.leads { next = min(next ?? .max, oldest + quorum.configuration.timeoutMilliseconds) }
    let clock = steadyTime
    if quorum.needsBarrier { next = min(next ?? .max, clock + 1) }
    return next.map { now + max(0, $0 - clock) }
  }

  func noteUnacknowledged(_ count: Int) {
    guard let quorum, let machine = quorum.machine else { return }
    let text =
      "\(count) replies were not acknowledged by \(machine.membership.copies) of \(machine.membership.names.count) members within "
      + "\(quorum.configuration.timeoutMilliseconds) ms: the log ends at \(machine.logEnd), committed up to \(machine.committed ?? -1), "
      + "the others have \(machine.progressText)"
    quorum.refusal = text
    guard quorum.unacknowledgedLoggedAt == .min || steadyTime - quorum.unacknowledgedLoggedAt >= 5000 else { return }
    quorum.unacknowledgedLoggedAt = steadyTime
    log(.warning, text)
  }
}
