package import TernEngine
internal import TernReplication

/// A snapshot that replicas are being synced from.
struct GroupSnapshot {
  let job: RDBJob
  /// The transfers and measurements under way; the snapshot is released when the group is over and none is left.
  var users = 0
  var isOver = false
}

/// The side towards this node's replicas.
extension NodeCore {
  /// Obeys the primary machine.
  func perform(_ actions: [PrimaryAction]) {
    for action in actions { perform(action) }
  }

  private func perform(_ action: PrimaryAction) {
    switch action {
    case .log(let level, let text): log(LogLevel(level), text)
    case .send(let id, let bytes):
      guard let session = replicaSessions[id] else { return }
      // A replica's own replies are muted: in the midst of the stream they would corrupt it.
      session.reply.unmuted { session.reply.raw(bytes) }
      engine.touch(session)
    case .close(let id):
      guard let session = replicaSessions.removeValue(forKey: id) else { return }
      session.gates.insert(.closing)
      engine.killed.append(session)
    case .startLogging: startLogging()
    case .releaseBacklog:
      if !aof.isOn, !aof.isStarting, quorum == nil, !feeds.isUsed, !positionWaits.isUsed { engine.log.isActive = false }
      trimLog()
    case .takeSnapshot(let group, let framing, let filter): takeSnapshot(for: group, framing, filter)
    case .transfer(let id, let group, let preamble, let trailer):
      guard let session = replicaSessions[id], let snapshot = snapshots[group] else { return }
      snapshots[group]?.users += 1
      effects.append(
        .transfer(.init(session: session, group: group, job: snapshot.job, preamble: preamble, trailer: trailer)))
    case .releaseSnapshot(let group):
      snapshots[group]?.isOver = true
      releaseIfUnused(group)
    case .logAvailable(let id): if let session = replicaSessions[id] { effects.append(.pump(session)) }
    case .append(let bytes):
      engine.effects.commit()
      engine.log.append(bytes)
      logGrew()
    case .promote(let id):
      becomePrimary(requestedBy: replicaSessions[id].map { $0.address } ?? "failover")
    }
  }

  func startLogging() {
    guard !engine.log.isActive else { return }
    engine.log.isActive = true
    engine.effects.forgetDatabase()
  }

  private func takeSnapshot(for group: Int, _ framing: SnapshotFraming, _ filter: SnapshotFilter) {
    engine.effects.commit()
    var job = makeJob(isAOFBase: false, excludesData: filter.excludesData)
    job.isCompressed = filter.isCompressed
    job.omitsFieldExpiries = filter.omitsFieldExpiries
    snapshots[group] = GroupSnapshot(job: job)
    perform(primary.snapshotTaken(group: group, offset: job.snapshot.logOffset, history: history, now: now))
    if framing == .length, snapshots[group] != nil {
      snapshots[group]?.users += 1
      effects.append(.measure(group: group, job))
    }
  }

  /// A snapshot for a job. The log's next effect names its database, as whoever loads the RDB starts in none.
  func makeJob(isAOFBase: Bool, excludesData: Bool = false) -> RDBJob {
    defer { nextJob += 1 }
    let streamDatabase = engine.effects.selectedDatabase
    if !isReplica { engine.effects.forgetDatabase() }
    return RDBJob(
      id: nextJob, snapshot: engine.takeSnapshot(), replicationID: "\(history.replid)",
      streamDatabase: isReplica ? stream.databaseIndex : max(0, streamDatabase), usedMemoryBytes: Int64(engine.usedBytes),
      isAOFBase: isAOFBase, checksum: configuration.rdbchecksum, compression: configuration.rdbcompression.compressesStrings,
      excludesData: excludesData,
      functions: functions, access: KeyAccessForm(configuration), historyEpoch: quorum?.historyEpoch ?? 0,
      membership: quorum?.membershipText)
  }

  private func releaseIfUnused(_ group: Int) {
    guard let snapshot = snapshots[group], snapshot.isOver, snapshot.users <= 0 else { return }
    engine.release(snapshot.job.snapshot)
    snapshots[group] = nil
  }

  /// Whether a replica still waits for the snapshot of this group.
  package func isSnapshotWanted(group: Int) -> Bool { snapshots[group].map { !$0.isOver } ?? false }

  // MARK: what the driver reports

  package func snapshotSized(group: Int, bytes: Int64?, reason: String = "", now: Int64) {
    setTime(now)
    snapshots[group]?.users -= 1
    if let bytes {
      perform(primary.snapshotSized(group: group, bytes: bytes, now: now))
    } else {
      perform(primary.snapshotFailed(group: group, reason: reason, now: now))
    }
    releaseIfUnused(group)
    afterEvent()
  }

  package func transferMoved(_ session: Session, now: Int64) {
    setTime(now)
    primary.transferMoved(Int(session.id), now: now)
  }

  /// All of the RDB has left for the replica, or (`failure`) the transfer broke off; the latter closes the connection.
  /// `omittedFieldExpiries`: so many hashes went out without the expiries of their fields.
  package func transferCompleted(
    _ session: Session, group: Int, failure: String? = nil, omittedFieldExpiries: Int = 0, now: Int64
  ) {
    setTime(now)
    if omittedFieldExpiries > 0, failure == nil {
      log(
        .warning,
        "\(omittedFieldExpiries) hashes have fields that expire, which the replica \(session.address) may be too old to read from an RDB: it got them without those times. Each field is deleted there when it expires here; after a promotion of that replica they would stay."
      )
    }
    snapshots[group]?.users -= 1
    if let failure {
      log(.warning, "Diskless rdb transfer to \(session.address) failed: \(failure)")
      if replicaSessions.removeValue(forKey: Int(session.id)) != nil {
        session.gates.insert(.closing)
        engine.killed.append(session)
        perform(primary.disconnected(Int(session.id), now: now))
      }
    } else {
      perform(primary.transferCompleted(Int(session.id), now: now))
    }
    releaseIfUnused(group)
    afterEvent()
  }

  /// The next bytes of the log for a replica, at most `limit`, and the offset behind them. Nil when there are none for now.
  package func takeStream(for session: Session, limit: Int) -> (bytes: [UInt8], upTo: Int64)? {
    guard let range = primary.takeRange(for: Int(session.id), bytesMax: limit) else { return nil }
    guard let bytes = engine.log.bytes(from: range.lowerBound, limit: Int(range.upperBound - range.lowerBound)) else {
      // The machine holds the log back for its cursors; if it does not, the replica must not get a stream with a hole in it.
      log(.warning, "Replica \(session.address): the log no longer has offset \(range.lowerBound); the connection is closed")
      session.gates.insert(.closing)
      engine.killed.append(session)
      return nil
    }
    return (bytes, range.upperBound)
  }

  /// What a replica is to be sent next.
  package enum StreamPart {
    /// The log's bytes up to that offset.
    case bytes([UInt8], upTo: Int64, isCompressed: Bool)
    /// They have left the memory: to be read from the append only file, outside the lock, and handed over by `tookFromDisk`.
    case disk(from: Int64)
  }

  /// As `takeStream`, for a driver that can read the append only file.
  package func nextStream(for session: Session, limit: Int) -> StreamPart? {
    let id = Int(session.id)
    guard let position = primary.nextPosition(for: id) else { return nil }
    if position < engine.log.startOffset, let onDisk = primary.onDisk, onDisk.start <= position { return .disk(from: position) }
    let isCompressed = primary.replica(id)?.isCompressed ?? false
    return takeStream(for: session, limit: limit).map { .bytes($0.bytes, upTo: $0.upTo, isCompressed: isCompressed) }
  }

  /// The log's bytes of `range` were read for this replica. Nil when they must not be sent, else whether the link is compressed.
  package func tookFromDisk(_ session: Session, _ range: Range<Int64>) -> Bool? {
    guard primary.tookFromDisk(Int(session.id), range) else { return nil }
    return primary.replica(Int(session.id))?.isCompressed ?? false
  }

  /// The append only file does not hold what it was to be read from: the replica comes back, and is answered by what there is then.
  package func diskReadFailed(_ session: Session, from position: Int64, _ reason: String, now: Int64) {
    setTime(now)
    log(
      .warning,
      "Replica \(session.address): offset \(position) cannot be read from the append only file (\(reason)); the connection is closed")
    session.gates.insert(.closing)
    engine.killed.append(session)
    afterEvent()
  }

  package func streamCompressed(_ session: Session, raw: Int, wire: Int, bypassed: Int) {
    primary.compressed(Int(session.id), raw: raw, wire: wire, bypassed: bypassed)
  }

  /// The log's name at present, as the append only file says it (`AOFLogScan.line`).
  package var logID: String { quorum.map { "\(history.replid):\($0.historyEpoch(at: aof.cursor))" } ?? "\(history.replid)" }

  /// What the append only file's increments hold of the log. Returns what of them must be kept for replicas: bytes for those to come, and
  /// where the slowest of the present ones reads.
  package func noteDiskLog(_ bounds: (start: Int64, listedStart: Int64, end: Int64)?) -> (bytesMax: Int64, cursor: Int64?) {
    let size = Int64(clamping: configuration.ternReplDiskBacklogSize)
    let isUsable = aof.isFollowing && size > 0
    primary.onDisk = isUsable ? bounds.map { DiskLog(start: $0.start, listedStart: $0.listedStart, end: $0.end) } : nil
    return (size, primary.lowestCursor)
  }

  package func streamSent(_ session: Session, upTo offset: Int64, now: Int64) {
    primary.sent(Int(session.id), upTo: offset)
    if backpressure.since != nil {
      setTime(now)
      checkBackpressure()
    }
  }

  /// Log bytes that no cursor needs any more are freed.
  func trimLog() {
    var keep = primary.retainFrom
    if aof.isFollowing { keep = min(keep, aof.cursor) }
    if let retained = feeds.retained(end: engine.log.endOffset) { keep = min(keep, retained) }
    engine.log.trim(to: keep)
  }
}

extension LogLevel {
  init(_ level: ReplicationLogLevel) {
    switch level {
    case .debug: self = .debug
    case .verbose: self = .verbose
    case .notice: self = .notice
    case .warning: self = .warning
    }
  }
}
