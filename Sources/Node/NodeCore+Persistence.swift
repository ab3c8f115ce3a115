package import TernEngine
package import TernPersistence
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
  package var isSaving: Bool { job != nil }
}

/// What the AOF's thread tells about itself.
package struct AOFState {
  package var isOn = false
  /// The log is needed from here on.
  package var cursor: Int64 = 0
  package var syncedOffset: Int64 = 0
  package var currentBytes = 0
  package var baseBytes = 0
  package var isRewriting = false
  package var isRewriteScheduled = false
  package var lastRewriteSucceeded = true
  package var lastRewriteSeconds: Int64 = -1
  package var rewriteStartedAt: Int64?
  package var rewrites: Int64 = 0
  package var lastWriteSucceeded = true
  package var delayedSyncs: Int64 = 0
  package var pendingSyncs = 0
}

package struct LoadingState {
  package var startedAt: Int64
  package var totalBytes: Int64
  package var loadedBytes: Int64 = 0
  package var isAsync = false
}

struct ShutdownState {
  var save: Bool
  var force: Bool
  var deadline: Int64
  var isSaving = false
  var waitsForReplicas = true
  var sessions: [Session] = []
}

/// Encodes a snapshot as an RDB, piece by piece, on any thread.
package struct RDBEncoder {
  private let job: RDBJob
  private var writer: RDBWriter
  private var databaseIndex = -1
  private var position: UInt64?
  package private(set) var keys = 0
  package private(set) var isFinished = false

  package init(_ job: RDBJob, version: String) {
    self.job = job
    writer = RDBWriter(options: .init(checksum: job.checksum, compression: job.compression))
    writer.header(
      .init(
        version: version, createdAt: job.snapshot.time / 1000, usedMemoryBytes: job.usedMemoryBytes,
        replication: .init(streamDB: max(0, job.streamDatabase), id: job.replicationID, offset: job.snapshot.logOffset),
        isAOFBase: job.isAOFBase))
  }

  /// Encodes until at least `bytes` are pending, or the end; then hands them over.
  package mutating func next<Failure: Error>(atLeast bytes: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    while !isFinished, writer.pendingByteCount < bytes { step() }
    try writer.drain(body)
  }

  private mutating func step() {
    guard let at = position else {
      databaseIndex += 1
      guard databaseIndex < job.snapshot.databases.count, !job.excludesData else {
        writer.end()
        isFinished = true
        return
      }
      let tree = job.snapshot.databases[databaseIndex]
      guard tree.count > 0 else { return }
      writer.selectDB(databaseIndex, keys: tree.count, expires: tree.expiryCount)
      position = 0
      return
    }
    position = job.snapshot.databases[databaseIndex].visit(at: at) { entry in
      keys += 1
      switch entry.string {
      case .bytes(let value): writer.string(key: entry.keyBytes, value: value, expireAt: entry.expiry)
      case .integer(let value): writer.integer(key: entry.keyBytes, value: value, expireAt: entry.expiry)
      case nil: break
      }
    }
  }
}

extension StagedKeyspace {
  /// Puts a key of an RDB in place.
  package func insert(_ key: RDBKey, into database: Int) {
    switch key.value {
    case .string(let bytes): insert(key.name, .bytes(bytes), expiry: key.expireAt, into: database)
    case .integer(let value): insert(key.name, .integer(value), expiry: key.expireAt, into: database)
    }
  }
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

  package func saveFinished(_ job: RDBJob, keys: Int, failure: String?, now: Int64) {
    setTime(now)
    engine.release(job.snapshot)
    persistence.job = nil
    persistence.lastSaveSeconds = (now - (persistence.startedAt ?? now)) / 1000
    persistence.startedAt = nil
    persistence.lastSaveSucceeded = failure == nil
    if let failure {
      log(.warning, "Error saving DB on disk: \(failure)")
    } else {
      engine.dirty = max(0, engine.dirty - persistence.dirtyAtStart)
      persistence.lastSaveTime = now / 1000
      persistence.saves += 1
      persistence.savedKeys = keys
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

  /// The AOF's thread has opened its files and follows the log from `cursor`.
  package func aofStarted(cursor: Int64, currentBytes: Int, baseBytes: Int, now: Int64) {
    setTime(now)
    aof.isOn = true
    aof.cursor = cursor
    aof.syncedOffset = cursor
    aof.currentBytes = currentBytes
    aof.baseBytes = baseBytes
    startLogging()
    updateHolding()
    afterEvent()
  }

  package func aofStopped() {
    aof.isOn = false
    aof.isRewriting = false
    if !primary.backlogIsActive { engine.log.isActive = false }
    updateHolding()
  }

  /// Log bytes for the AOF's thread, from its cursor on, which moves. Empty when there are none.
  package func takeAOFBytes(limit: Int) -> [UInt8] {
    guard let bytes = engine.log.bytes(from: aof.cursor, limit: limit) else {
      // The log keeps everything from the cursor on; a log that was replaced under it (a full sync) starts the AOF anew.
      return []
    }
    aof.cursor += Int64(bytes.count)
    return bytes
  }

  /// A snapshot for a rewrite, and all log bytes up to it that the AOF has not taken yet. From here on the log belongs to the new increment.
  package func beginAOFRewrite(now: Int64) -> (job: RDBJob, rest: [UInt8]) {
    setTime(now)
    engine.effects.commit()
    let rest = takeAOFBytes(limit: .max)
    aof.isRewriting = true
    aof.isRewriteScheduled = false
    aof.rewriteStartedAt = now
    let job = makeJob(isAOFBase: true)
    aof.cursor = job.snapshot.logOffset
    return (job, rest)
  }

  package func aofRewriteFinished(_ job: RDBJob, failure: String?, now: Int64) {
    setTime(now)
    engine.release(job.snapshot)
    aof.isRewriting = false
    aof.lastRewriteSeconds = (now - (aof.rewriteStartedAt ?? now)) / 1000
    aof.rewriteStartedAt = nil
    aof.lastRewriteSucceeded = failure == nil
    if failure == nil { aof.rewrites += 1 }
    if let failure {
      log(.warning, "Background AOF rewrite failed: \(failure)")
    } else {
      log(.notice, "Background AOF rewrite finished successfully")
    }
    updateGates()
  }

  /// What the AOF's thread has written and synced.
  package func aofMoved(syncedOffset: Int64, currentBytes: Int, baseBytes: Int, writeFailure: String?, now: Int64) {
    setTime(now)
    aof.syncedOffset = max(aof.syncedOffset, syncedOffset)
    aof.currentBytes = currentBytes
    aof.baseBytes = baseBytes
    if (writeFailure == nil) != aof.lastWriteSucceeded {
      aof.lastWriteSucceeded = writeFailure == nil
      updateGates()
    }
    updateHolding()
  }

  /// With `appendfsync always` an acknowledgement means "on disk".
  func updateHolding() {
    release(upTo: aof.isOn && configuration.appendfsync == .always && !isReplica ? aof.syncedOffset : .max)
  }

  func rewriteAOFIfDue() {
    guard aof.isOn, !aof.isRewriting else { return }
    if aof.isRewriteScheduled { return startAOFRewrite() }
    guard configuration.autoAofRewritePercentage > 0, aof.currentBytes > configuration.autoAofRewriteMinSize else { return }
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

  // MARK: loading at start

  package func beginLoading(totalBytes: Int64, now: Int64) {
    setTime(now)
    loading = LoadingState(startedAt: now, totalBytes: totalBytes)
    engine.gates.insert(.loading)
  }

  package func loadingMoved(loadedBytes: Int64, now: Int64) {
    setTime(now)
    loading?.loadedBytes = loadedBytes
  }

  package func finishLoading(now: Int64) {
    setTime(now)
    loading = nil
    engine.gates.remove(.loading)
    engine.dirty = 0
    updateGates()
  }

  /// A session that executes the commands of an AOF.
  package func openLoader() -> Session {
    let session = engine.openSession(address: "loader", localAddress: "")
    session.gates = [.loader]
    session.reply.isMuted = true
    return session
  }

  /// Executes one command of an AOF. Returns what was wrong, if it is not a command at all.
  package func load(_ arguments: [[UInt8]], _ session: Session) -> String? {
    guard let name = arguments.first, engine.table.find(String(decoding: name, as: UTF8.self)) != nil else {
      return "Unknown command '\(printable(arguments.first ?? []))' reading the append only file"
    }
    engine.effects.isSuspended = true
    engine.execute(session, arguments)
    engine.effects.isSuspended = false
    return nil
  }

  /// The loaded data is the state at `offset` of the history `id`: what a restarted node may continue from.
  package func adoptSavedHistory(id: String, offset: Int64) {
    guard let saved = ReplicationID(Array(id.utf8)), offset >= 0 else { return }
    var random = SplitMix64(seed: engine.random.next())
    engine.log.reset(to: offset)
    primary.logReset(to: offset)
    if configuration.replicaof.address != nil {
      // A replica goes on where it was, under the same id, once it has asked.
      history = ReplicationHistory(replid: saved)
      resumeFromDisk = .init(replid: saved, offset: offset)
    } else {
      history = .restarted(saved: saved, offset: offset, newID: .random(using: &random))
      primary.activateBacklog(now: now)
      startLogging()
    }
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
    engine.unblock(session) { if let failure { $0.error(failure) } else { $0.ok() } }
    afterEvent()
  }
}
