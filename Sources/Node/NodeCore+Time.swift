package import TernEngine
internal import TernReplication

/// What time brings.
extension NodeCore {
  /// The driver calls this ten times a second; at `nextDeadline`, if that is earlier, `meetDeadlines` is enough.
  package func tick(now: Int64) {
    setTime(now)
    ticks += 1
    perform(primary.tick(now: now))
    perform(replica.tick(now: now), Self.noBytes)
    if isReplica { primary.upstream = replica.isConnected ? .connected : .disconnected }
    let expiryStarted = engine.monotonicNanoseconds()
    engine.expireCycle(segments: 6_000)
    engine.latency.note("expire-cycle", nanoseconds: engine.monotonicNanoseconds() - expiryStarted, now: now)
    engine.reclaim(steps: 20_000)
    engine.measureMemory()
    if engine.isEvicting { _ = engine.relieveMemory() }
    checkBackpressure()
    engine.endOverduePauses()
    checkWaits()
    checkDiskWaits()
    wakeMovement()
    checkFailover()
    checkResignation()
    engine.endOverdueWaits()
    wakeSleepers()
    if loading == nil {
      saveIfDue()
      rewriteAOFIfDue()
    }
    trimLog()
    updateGates()
    if ticks % 10 == 0 { closeIdleClients() }
    opsSamples.note(engine.commandsProcessed, now: now)
    tickShutdown()
    tickQuorum()
    afterEvent()
  }

  /// What `nextDeadline` asks for, and nothing else: many clients that wait, each with a timeout of its own, must not bring the whole
  /// periodic work with each of them.
  package func meetDeadlines(now: Int64) {
    setTime(now)
    perform(primary.tick(now: now))
    perform(replica.tick(now: now), Self.noBytes)
    checkBackpressure()
    engine.endOverduePauses()
    checkWaits()
    checkResignation()
    engine.endOverdueWaits()
    wakeSleepers()
    updateGates()
    tickShutdown()
    tickQuorum()
    afterEvent()
  }

  /// When `tick` (or `meetDeadlines`) should come, at the latest. Ten times a second is enough for everything that is not in here.
  package var nextDeadline: Int64? {
    var deadline: Int64?
    for candidate in [
      primary.nextDeadline, replica.nextDeadline, shutdownState?.deadline, engine.blocking.nextDeadline, failoverDeadline,
      backpressureDeadline,
      quorumDeadline,
      failover == nil ? resignation?.deadline : nil,
    ] {
      if let candidate { deadline = min(deadline ?? candidate, candidate) }
    }
    for sleeper in sleepers { deadline = min(deadline ?? sleeper.until, sleeper.until) }
    for session in waits { if case .wait(_, _, _, let end?)? = session.blocked { deadline = min(deadline ?? end, end) } }
    if engine.isEvicting { deadline = min(deadline ?? .max, now + 1) }
    if engine.gates.contains(.paused) { deadline = min(deadline ?? .max, engine.pause.nextEnd) }
    return deadline
  }

  /// Only while it is waited for: a deadline that was served must not make the driver spin.
  private var failoverDeadline: Int64? { failover?.phase == .waitingForSync ? failover?.deadline : nil }

  private func closeIdleClients() {
    guard configuration.timeout > 0 else { return }
    let limit = Int64(configuration.timeout) * 1000
    for session in engine.sessionsInOrder
    where now - session.lastInteraction > limit && session.gates.isDisjoint(with: [.replica, .primaryLink, .monitor, .blocked, .loader])
      && session.subscriptions.count == 0 && replicaSessions[Int(session.id)] == nil
    {
      session.gates.insert(.closing)
      engine.killed.append(session)
    }
  }

  /// Gates that follow from the node's state.
  func updateGates() {
    let role = isReplica ? "slave" : "master"
    if engine.settings.role != role {
      engine.settings.role = role
      updateMemorySettings()
    }
    var gates = engine.gates
    func set(_ gate: Engine.Gates, _ isShut: Bool) { if isShut { gates.insert(gate) } else { gates.remove(gate) } }
    set(.readOnlyReplica, isReplica && (configuration.replicaReadOnly || quorum != nil))
    set(.notLeader, isReplica && quorum?.stranger == nil && quorum != nil && quorum?.plants.contains(.servesWithoutLeading) == false)
    if gates.contains(.notLeader) { updateNotLeaderText() }
    set(.emptyStart, safeStart.reason != nil && !isReplica && configuration.ternSafeStart)
    set(.stale, isReplica && !replica.isConnected && !configuration.replicaServeStaleData && !gates.contains(.notLeader))
    set(.tooFewReplicas, !isReplica && !primary.mayWrite(now: now))
    let saveFailed = configuration.stopWritesOnBgsaveError && !persistence.lastSaveSucceeded && !configuration.savePoints.points.isEmpty
    set(.diskError, saveFailed || (aof.isOn && !aof.lastWriteSucceeded))
    if let failure = aof.writeFailure, aof.isOn {
      engine.settings.diskErrorText = "MISCONF Errors writing to the AOF file: \(failure)"
    } else if saveFailed {
      engine.settings.diskErrorText =
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."
    }
    let isSlowlogFine = configuration.slowlogLogSlowerThan >= 0 && configuration.slowlogLogSlowerThan < 1000
    set(.timed, isSlowlogFine || configuration.latencyMonitorThreshold > 0)
    if gates != engine.gates { engine.gates = gates }
  }

  // MARK: shutdown

  /// SHUTDOWN, or a signal: saves as asked or as the save points say, waits for replicas, then orders the end.
  package func beginShutdown(save: Bool?, now skipsWait: Bool, force: Bool, session: Session?, at time: Int64) {
    setTime(time)
    if session == nil {
      // A second signal ends at once.
      if shutdownState != nil || resignation != nil { return effects.append(.shutdown(status: 1)) }
      if !skipsWait, beginResignation(save: save, force: force) { return }
    }
    resignation = nil
    proceedToShutdown(save: save, now: skipsWait, force: force, session: session)
  }

  func proceedToShutdown(save: Bool?, now skipsWait: Bool, force: Bool, session: Session?) {
    // While data are being loaded the tables are not them: a save would replace the file by a part of it.
    let saves = loading == nil && (save ?? !configuration.savePoints.points.isEmpty)
    if let session {
      session.gates.insert(.blocked)
      session.blocked = .host("shutdown")
    }
    if shutdownState != nil {
      if let session { shutdownState?.sessions.append(session) }
      return
    }
    log(.warning, "User requested shutdown...")
    shutdownState = ShutdownState(
      save: saves, force: force, deadline: now + Int64(configuration.shutdownTimeout) * 1000,
      waitsForReplicas: !skipsWait && !isReplica && configuration.shutdownTimeout > 0,
      sessions: session.map { [$0] } ?? [])
    // From here on nothing is acknowledged that the final save would not hold.
    engine.startPause(.shutdown, until: .max, allCommands: false)
    if shutdownState?.waitsForReplicas == true, laggingReplicas > 0 {
      perform(primary.requestAcknowledgements())
      log(.notice, "Waiting for replicas before shutting down.")
    }
    tickShutdown()
  }

  private var laggingReplicas: Int {
    primary.replicas.count { $0.isOnline && $0.acknowledged < engine.log.endOffset }
  }

  func tickShutdown() {
    guard var state = shutdownState, !state.isSaving else { return }
    if state.waitsForReplicas {
      guard laggingReplicas == 0 || now >= state.deadline else { return }
      let count = primary.replicas.count
      if count > 0 {
        log(
          laggingReplicas == 0 ? .notice : .warning,
          "\(count - laggingReplicas) of \(count) replicas are in sync when shutting down.")
      }
      state.waitsForReplicas = false
      shutdownState = state
    }
    // What is saved, or synced, last is to be the log's end.
    resignFromQuorum()
    guard state.save else { return endShutdown() }
    guard !persistence.isSaving else { return }
    shutdownState?.isSaving = true
    log(.notice, "Saving the final RDB snapshot before exiting.")
    startSave()
  }

  func shutdownSaved(succeeded: Bool) {
    guard let state = shutdownState else { return }
    if succeeded || state.force { return endShutdown() }
    shutdownState = nil
    log(.warning, "Error trying to save the DB, can't exit.")
    engine.endPause(.shutdown)
    for session in state.sessions {
      engine.unblock(session) { $0.error("ERR Errors trying to SHUTDOWN. Check logs.") }
    }
  }

  private func endShutdown() {
    shutdownState?.isSaving = true
    shutdownState?.deadline = .max
    effects.append(.shutdown(status: 0))
  }

  package func abortShutdown() -> Bool {
    if shutdownState == nil, resignation != nil {
      resignation = nil
      log(.notice, "Shutdown manually aborted.")
      return true
    }
    guard let state = shutdownState else { return false }
    shutdownState = nil
    engine.endPause(.shutdown)
    log(.notice, "Shutdown manually aborted.")
    for session in state.sessions {
      engine.unblock(session) { $0.error("ERR Errors trying to SHUTDOWN. Check logs.") }
    }
    return true
  }
}

/// Commands a second, from sixteen samples, as INFO's instantaneous_ops_per_sec.
struct OpsSamples {
  private var samples: [Int64] = []
  private var last: (count: Int64, time: Int64)?

  mutating func note(_ count: Int64, now: Int64) {
    if let last, now > last.time { samples.append(max(0, count - last.count) * 1000 / (now - last.time)) }
    if samples.count > 16 { samples.removeFirst() }
    last = (count, now)
  }
  var perSecond: Int64 { samples.isEmpty ? 0 : samples.reduce(0, +) / Int64(samples.count) }
}

/// Seconds of CPU time, which the driver refreshes before INFO is likely to be asked.
package struct CPUUsage: Sendable {
  package var system = 0.0
  package var user = 0.0
  package init() {}
}

package struct ProcessMemory: Sendable {
  package var residentBytes = 0
  package var peakBytes = 0
  package var systemBytes = 0
  package init() {}
}
