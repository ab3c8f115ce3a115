package import TernEngine
internal import TernPersistence
internal import TernReplication

/// What is known about saves; INFO's persistence section.
package struct PersistenceState {
  /// Seconds since 1970.
  package var lastSaveTime: Int64 = 0
  package var lastSaveTry: Int64 = 0
  package var lastSaveSucceeded = true
  package var lastSaveSeconds: Int64 = -1
  package var saves: Int64 = 0
  /// Keys changed when the save under way began.
  var dirtyAtStart: Int64 = 0
  var startedAt: Int64?
  var job: RDBJob?
  /// SAVE's client, or others that wait for the save under way.
  var waiting: [Session] = []
  /// BGSAVE SCHEDULE, or a save point that came while something else was written.
  var isScheduled = false
  package var savedKeys = 0
  package var savedBytes = 0
  package var savedMegabytesPerSecond = 0.0
  package var progress: SaveProgress?
  package var isSaving: Bool { job != nil }
}

/// What the AOF's thread tells about itself.
package struct AOFState {
  package var isOn = false
  /// `appendonly` was switched on, and the first base is being written: the log is followed, but nothing is promised yet.
  package var isStarting = false
  /// What the files hold cannot be gone on with (the data were replaced by a full sync, or the disk failed): the log is not followed until
  /// a rewrite, into new files, has taken its snapshot.
  package var awaitsRestart = false
  /// New files are being begun: what the old ones hold says nothing about the data, or is in doubt.
  var beginsAnew = false
  var isFollowing: Bool { (isOn || isStarting) && !awaitsRestart }
  /// The log is needed from here on.
  package var cursor: Int64 = 0
  package var syncedOffset: Int64 = 0
  package var currentBytes = 0
  package var baseBytes = 0
  package var isRewriting = false
  package var isRewriteScheduled = false
  /// Of the base that is being written.
  package var progress: SaveProgress?
  package var lastRewriteSucceeded = true
  package var lastRewriteSeconds: Int64 = -1
  package var rewriteStartedAt: Int64?
  package var rewrites: Int64 = 0
  package var rewriteFailures = 0
  /// An automatic rewrite that failed is not tried again before, in ms since 1970.
  var nextRewriteAt: Int64 = 0
  package var lastWriteSucceeded: Bool { writeFailure == nil }
  /// Why the last write or fsync failed.
  package var writeFailure: String?
  package var delayedSyncs: Int64 = 0
  package var pendingSyncs = 0
}

/// How far the writing of a snapshot has got.
package struct SaveProgress: Hashable, Sendable {
  package enum Kind: String, Sendable { case rdb, aof }
  package var kind: Kind
  package var keys = 0
  package var keysTotal: Int
  package var bytes = 0
  /// Milliseconds since 1970.
  package var startedAt: Int64
  package var movedAt: Int64

  package init(_ kind: Kind, keysTotal: Int, startedAt: Int64) {
    self.kind = kind
    self.keysTotal = keysTotal
    self.startedAt = startedAt
    movedAt = startedAt
  }

  package var progress: WorkProgress {
    WorkProgress(done: Int64(keys), total: Int64(keysTotal), milliseconds: movedAt - startedAt, bytes: Int64(bytes))
  }
}

package struct SavePacing: Hashable, Sendable {
  /// 0: no limit.
  package var bytesPerSecondMax = 0
  /// `rdb-key-save-delay`, so that tests can catch a save in the middle.
  package var keyDelayMicroseconds = 0
}

package struct LoadingState {
  package var startedAt: Int64
  package var totalBytes: Int64
  package var loadedBytes: Int64 = 0
  package var keys = 0
  package var movedAt: Int64 = 0
  package var memoryBytes: Int64 = 0
  package var isAsync = false

  package var progress: WorkProgress {
    WorkProgress(done: loadedBytes, total: totalBytes, milliseconds: max(0, movedAt - startedAt))
  }
}

struct ShutdownState {
  var save: Bool
  var force: Bool
  var deadline: Int64
  var isSaving = false
  var waitsForReplicas = true
  var sessions: [Session] = []
}

extension NodeCore {
  // MARK: RDB

  /// Starts a save, unless one is under way. `session` waits for its end (SAVE).
  package func startSave(for session: Session? = nil) {
    if let session {
      session.gates.insert(.blocked)
      session.blocked = .host("save")
      persistence.waiting.append(session)
    }
    guard !persistence.isSaving else { return }
    engine.effects.commit()
    let job = makeJob(isAOFBase: false)
    persistence.job = job
    persistence.startedAt = now
    persistence.lastSaveTry = now / 1000
    persistence.dirtyAtStart = engine.dirty
    effects.append(.save(job))
  }

  /// What INFO tells of the snapshot that is being written.
  package var saveProgress: SaveProgress? { persistence.progress ?? aof.progress }

  /// Returns how the writing is to go on.
  package func saveMoved(_ progress: SaveProgress, now: Int64) -> SavePacing {
    setTime(now)
    switch progress.kind {
    case .rdb: persistence.progress = progress
    case .aof: aof.progress = progress
    }
    // Whoever waits for it (SAVE, SHUTDOWN, DEBUG RELOAD, a start) is not to wait longer for the sake of others.
    let isAwaited = loading != nil || shutdownState != nil || progress.kind == .rdb && !persistence.waiting.isEmpty
    return isAwaited
      ? SavePacing() : SavePacing(bytesPerSecondMax: configuration.saveRateLimit, keyDelayMicroseconds: configuration.rdbKeySaveDelay)
  }

  /// It is written, or given up.
  package func saveOver(_ kind: SaveProgress.Kind) {
    switch kind {
    case .rdb: persistence.progress = nil
    case .aof: aof.progress = nil
    }
  }

  package func saveFinished(_ job: RDBJob, keys: Int, bytes: Int = 0, failure: String?, now: Int64) {
    setTime(now)
    engine.release(job.snapshot)
    persistence.job = nil
    persistence.progress = nil
    let startedAt = persistence.startedAt ?? now
    persistence.lastSaveSeconds = (now - startedAt) / 1000
    persistence.startedAt = nil
    persistence.lastSaveSucceeded = failure == nil
    if let failure {
      log(.warning, "Error saving DB on disk: \(failure)")
    } else {
      engine.dirty = max(0, engine.dirty - persistence.dirtyAtStart)
      persistence.lastSaveTime = now / 1000
      persistence.saves += 1
      persistence.savedKeys = keys
      persistence.savedBytes = bytes
      persistence.savedMegabytesPerSecond = Double(bytes) / Double(max(1, now - startedAt)) / 1000
      quorumSaved(job)
      log(.notice, "DB saved on disk")
    }
    for session in persistence.waiting {
      engine.unblock(session) { if failure == nil { $0.ok() } else { $0.error("ERR") } }
    }
    persistence.waiting = []
    updateGates()
    if shutdownState?.isSaving == true { shutdownSaved(succeeded: failure == nil) }
    afterEvent()
  }

  /// Save points, and what was put off.
  func saveIfDue() {
    guard !persistence.isSaving, loading == nil, shutdownState == nil else { return }
    if persistence.isScheduled {
      persistence.isScheduled = false
      return startSave()
    }
    for point in configuration.savePoints.points
    where engine.dirty >= Int64(point.changes) && now / 1000 - persistence.lastSaveTime > Int64(point.seconds)
      && (persistence.lastSaveSucceeded || now / 1000 - persistence.lastSaveTry > 5)
    {
      log(.notice, "\(point.changes) changes in \(point.seconds) seconds. Saving...")
      return startSave()
    }
  }

  // MARK: AOF

  /// The AOF's thread has opened the files that were loaded, and follows the log from its end.
  package func aofStarted(currentBytes: Int, baseBytes: Int, now: Int64) {
    setTime(now)
    engine.effects.commit()
    aof.isOn = true
    aof.awaitsRestart = false
    aof.cursor = engine.log.endOffset
    aof.syncedOffset = aof.cursor
    aof.currentBytes = currentBytes
    aof.baseBytes = baseBytes
    startLogging()
    updateHolding()
    syncedOffsetChanged()
    afterEvent()
  }

  package func aofStopped() {
    aof.isOn = false
    aof.isStarting = false
    aof.beginsAnew = false
    aof.awaitsRestart = false
    aof.isRewriting = false
    aof.isRewriteScheduled = false
    aof.writeFailure = nil
    primary.onDisk = nil
    if !primary.backlogIsActive, quorum == nil, !feeds.isUsed, !positionWaits.isUsed { engine.log.isActive = false }
    updateGates()
    updateHolding()
    syncedOffsetChanged()
    trimLog()
  }

  /// Adds log bytes for the AOF's thread to `buffer`, from its cursor on, which moves. Returns whether that was all: then the bytes end
  /// behind a whole command.
  package func takeAOFBytes(into buffer: inout [UInt8], limit: Int) -> Bool {
    guard aof.isFollowing else { return true }
    engine.effects.commit()
    var left = limit
    while left > 0 {
      let taken = engine.log.withBytes(from: aof.cursor, limit: left) { bytes in
        buffer.append(contentsOf: bytes)
        return bytes.count
      }
      // The log keeps everything from the cursor on. If it did not, the files would get a hole: they are begun anew.
      guard let taken else {
        aofBroke("the log no longer reaches back to offset \(aof.cursor)")
        effects.append(.startAOF)
        return true
      }
      if taken == 0 { break }
      aof.cursor += Int64(taken)
      left -= taken
    }
    return aof.cursor == engine.log.endOffset
  }

  package var hasAOFBytes: Bool { aof.isFollowing && aof.cursor < engine.log.endOffset }

  /// For the first base of a node that had no files.
  package func makeFirstBase(now: Int64) -> RDBJob {
    setTime(now)
    return makeJob(isAOFBase: true)
  }

  package func aofSyncBegan() { aof.pendingSyncs = 1 }

  /// An fsync has been going on for more than two seconds.
  package func aofSyncDelayed() { aof.delayedSyncs += 1 }

  /// A snapshot for files that nothing will follow: BGREWRITEAOF while the append-only file is off. nil when it is on again.
  package func beginDetachedAOFRewrite(now: Int64) -> RDBJob? {
    setTime(now)
    // Switched on in the meantime: that writes all of it as well.
    guard !aof.isOn, !aof.isStarting else { return nil }
    engine.effects.commit()
    aof.rewriteStartedAt = now
    return makeJob(isAOFBase: true)
  }

  /// A snapshot for a rewrite, which the log from here on continues. When the files can be gone on with, `rest` gets all log bytes up to
  /// it that were not taken yet; otherwise (`isFresh`) the files begin anew with the snapshot.
  package func beginAOFRewrite(rest: inout [UInt8], now: Int64) -> (job: RDBJob, isFresh: Bool) {
    setTime(now)
    engine.effects.commit()
    let isFresh = !aof.isOn || aof.awaitsRestart
    if isFresh {
      rest.removeAll(keepingCapacity: true)
      aof.isStarting = !aof.isOn
      aof.awaitsRestart = false
      aof.beginsAnew = true
      startLogging()
    } else {
      _ = takeAOFBytes(into: &rest, limit: .max)
    }
    aof.isRewriting = true
    aof.isRewriteScheduled = false
    aof.rewriteStartedAt = now
    let job = makeJob(isAOFBase: true)
    aof.cursor = job.snapshot.logOffset
    return (job, isFresh)
  }

  /// `job` is over. On success the files hold everything up to `syncedOffset`. `canGoOn` is false when nothing can be appended any more.
  package func aofRewriteFinished(_ job: RDBJob, failure: String?, syncedOffset: Int64, canGoOn: Bool, now: Int64) {
    setTime(now)
    engine.release(job.snapshot)
    aof.isRewriting = false
    aof.progress = nil
    aof.lastRewriteSeconds = (now - (aof.rewriteStartedAt ?? now)) / 1000
    aof.rewriteStartedAt = nil
    aof.lastRewriteSucceeded = failure == nil
    if let failure {
      log(.warning, "Background AOF rewrite failed: \(failure)")
      // As Redis, from the third failure in a row on: a disk that is full must not be filled again ten times a second.
      aof.rewriteFailures += 1
      if aof.rewriteFailures >= 3 { aof.nextRewriteAt = now + min(60, 1 << Int64(min(aof.rewriteFailures - 3, 6))) * 60_000 }
      // The data may have been replaced again since the snapshot; that the files wait for a restart stays true then.
      if !canGoOn || aof.isStarting { aof.awaitsRestart = true }
    } else {
      log(.notice, "Background AOF rewrite finished successfully")
      aof.rewrites += 1
      aof.rewriteFailures = 0
      aof.nextRewriteAt = 0
      if !aof.awaitsRestart {
        if aof.isStarting {
          aof.isStarting = false
          aof.isOn = true
          aof.syncedOffset = syncedOffset
        } else if aof.isOn {
          aof.syncedOffset = aof.beginsAnew ? syncedOffset : max(aof.syncedOffset, syncedOffset)
        }
        aof.beginsAnew = false
      }
      if aof.isOn, !aof.awaitsRestart { quorum?.awaitsDisk = false }
    }
    updateGates()
    updateHolding()
    syncedOffsetChanged()
    afterEvent()
  }

  /// Nothing can follow what is in the files; until a rewrite has begun anew, the log is not followed.
  package func aofBroke(_ reason: String) {
    aof.awaitsRestart = true
    primary.onDisk = nil
    log(.warning, "The append only file cannot be gone on with: \(reason). It is written anew from the data in memory.")
  }

  /// What the AOF's thread has written and synced. While `writeFailure` is set, writes are refused.
  package func aofMoved(syncedOffset: Int64, currentBytes: Int, baseBytes: Int, writeFailure: String?, now: Int64) {
    setTime(now)
    aof.currentBytes = currentBytes
    aof.baseBytes = baseBytes
    aof.pendingSyncs = 0
    // Offsets of a log that was replaced say nothing about the present one.
    if !aof.awaitsRestart, !aof.beginsAnew { aof.syncedOffset = max(aof.syncedOffset, syncedOffset) }
    if writeFailure != aof.writeFailure {
      aof.writeFailure = writeFailure
      // With a quorum, others may hold what this disk does not take.
      if writeFailure != nil, quorum == nil { disconnectHeld() }
      updateGates()
    }
    updateHolding()
    syncedOffsetChanged()
    afterEvent()
  }

  /// With `appendfsync always` an acknowledgement means "on disk". While the disk fails there are no acknowledgements to hold: writes are
  /// refused, and the refusals should be heard.
  func updateHolding() {
    if quorum != nil { return updateQuorumHolding() }
    let holds = aof.isOn && aof.lastWriteSucceeded && configuration.appendfsync == .always && !isReplica
    release(upTo: holds ? aof.syncedOffset : .max)
  }

  func rewriteAOFIfDue() {
    guard aof.isOn, !aof.isRewriting else { return }
    if aof.isRewriteScheduled { return startAOFRewrite() }
    guard configuration.autoAofRewritePercentage > 0, now >= aof.nextRewriteAt, !aof.awaitsRestart,
      aof.currentBytes > configuration.autoAofRewriteMinSize
    else { return }
    let base = max(1, aof.baseBytes)
    let growth = aof.currentBytes * 100 / base - 100
    if growth >= configuration.autoAofRewritePercentage {
      log(.notice, "Starting automatic rewriting of AOF on \(growth)% growth")
      startAOFRewrite()
    }
  }

  package func startAOFRewrite() {
    aof.isRewriting = true
    aof.isRewriteScheduled = false
    effects.append(.rewriteAOF)
  }

  // MARK: waits on the host

  /// A command of a session that the host answers: what the session sends behind it waits for that. Outside transactions only.
  package func forwardToHost(_ call: Call) {
    call.session.gates.insert(.blocked)
    call.session.blocked = .host("command")
    effects.append(.command(sessionID: call.session.id, call.copiedArguments))
  }

  /// The answer to a `command`. The session may be gone.
  package func completeHostWait(sessionID: Int64, now: Int64, _ body: (ReplyBuffer) -> Void) {
    setTime(now)
    if let session = engine.sessions[sessionID] { engine.unblock(session, body) }
    afterEvent()
  }

  package func completeHostWait(_ session: Session, failure: String?, now: Int64) {
    setTime(now)
    // Within MULTI nobody waits for it; what the session waits for by now is something else.
    if case .host? = session.blocked { engine.unblock(session) { if let failure { $0.error(failure) } else { $0.ok() } } }
    afterEvent()
  }
}
