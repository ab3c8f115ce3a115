internal import TernEngine
internal import TernPersistence
internal import TernReplication

/// The reader of the primary's live stream: a session of its own, and what is left of an incomplete command.
struct PrimaryStream {
  var session: Session?
  var pending: [UInt8] = []
  /// Executed up to a MULTI whose EXEC has not come: logged, and counted as applied, only with it. A link that is cut in the middle
  /// of a transaction must resume in front of it.
  var unlogged: [UInt8] = []
  /// REPLCONF GETACK came; the answer counts the batch that it came in.
  var owesAcknowledgement = false
  var databaseIndex: Int { session?.databaseIndex ?? 0 }
  /// Of the present link; the stream may come compressed.
  var expander = LinkExpander(.stream)
  /// Bytes of the link that are held while they may be the beginning of an envelope.
  var heldWireBytes = 0
  /// Errors of commands that were not logged, since one was a moment ago.
  var unloggedErrors = 0
  var errorLoggedAt: Int64 = .min / 2
}

/// A full sync that is being loaded beside the data that serve.
struct StagedLoad {
  let keyspace: StagedKeyspace
  let expander = LinkExpander(.rdb)
  var reader: RDBReader
  var databaseIndex = 0
  var streamDatabase = 0
  let replid: ReplicationID?
  let offset: Int64
  var failure: String?
  var functions: [[UInt8]] = []
  var historyEpoch: UInt64 = 0
  var membership: QuorumMembership?
}

/// The side towards this node's primary.
extension NodeCore {
  // MARK: commands

  /// REPLICAOF host port.
  package func replicate(_ host: String, _ port: Int, requestedBy client: String?, now: Int64) {
    setTime(now)
    engine.effects.commit()
    let wasPrimary = !isReplica
    let isSame = replica.isReplica(of: host, port)
    // What a primary has logged can be continued; unlogged data cannot.
    let resume =
      engine.log.isActive ? ReplicaMachine.ResumePoint(replid: history.replid, offset: engine.log.endOffset) : resumeFromDisk
    resumeFromDisk = nil
    perform(replica.replicate(host, port, resume: replica.isReplica ? nil : resume, requestedBy: client, now: now), Self.noBytes)
    guard isReplica, !isSame else { return afterEvent() }
    configuration.replicaof = ReplicationSource(.init(host: host, port: port))
    perform(primary.disconnectAll(now: now))
    becameReplica()
    engine.disconnectBlocked(CommandError(Self.unblockedText))
    waits = []
    if wasPrimary {
      // Only now: writes that waited for the end of a pause must meet a replica, or they would be logged behind the resume point.
      // While the role is being handed over, they wait for the outcome.
      if failover == nil { engine.endPauses(besides: [.shutdown]) }
    }
    afterEvent()
  }

  static let unblockedText = "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"

  func becameReplica() {
    engine.expiresKeys = false
    engine.effects.isFollowing = true
    primary.upstream = replica.isConnected ? .connected : .disconnected
    // Whoever is its primary now has more.
    safeStart.reason = nil
    safeStart.emptySince = nil
    updateGates()
    updateHolding()
  }

  /// REPLICAOF NO ONE, or a promotion.
  package func becomePrimary(requestedBy client: String) {
    guard isReplica else { return }
    engine.effects.commit()
    let offset = engine.log.endOffset
    perform(replica.becomePrimary(&history, offset: offset, requestedBy: client, now: now), Self.noBytes)
    configuration.replicaof = ReplicationSource()
    closeStream()
    engine.expiresKeys = true
    engine.effects.isFollowing = false
    primary.upstream = .none
    // The others come back for the new id, and go on from here with a partial resync.
    perform(primary.disconnectAll(now: now))
    startLogging()
    engine.effects.forgetDatabase()
    if !primary.backlogIsActive { primary.activateBacklog(now: now) }
    updateGates()
    updateHolding()
    afterEvent()
  }

  func closeStream() {
    if let session = stream.session { engine.closeSession(session) }
    stream = PrimaryStream()
  }

  // MARK: what the driver reports

  static var noBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

  package func primaryConnected(link: Int, now: Int64) {
    setTime(now)
    perform(replica.connected(link: link, now: now), Self.noBytes)
    afterLinkEvent()
  }

  package func primaryFailed(link: Int, reason: String, now: Int64) {
    setTime(now)
    perform(replica.connectFailed(link: link, reason: reason, now: now), Self.noBytes)
    afterLinkEvent()
  }

  package func primaryDisconnected(link: Int, reason: String?, now: Int64) {
    setTime(now)
    perform(replica.disconnected(link: link, reason: reason, now: now), Self.noBytes)
    afterLinkEvent()
  }

  package func primaryReceived(link: Int, _ bytes: UnsafeRawBufferPointer, now: Int64) {
    setTime(now)
    var actions: [ReplicaAction] = []
    replica.received(bytes, link: link, now: now, into: &actions)
    perform(actions, bytes)
    afterLinkEvent()
  }

  private func afterLinkEvent() {
    if isReplica { primary.upstream = replica.isConnected ? .connected : .disconnected }
    updateGates()
    checkFailover()
    checkResignation()
    afterEvent()
  }

  func perform(_ actions: [ReplicaAction], _ bytes: UnsafeRawBufferPointer) {
    for action in actions { perform(action, bytes) }
  }

  private func perform(_ action: ReplicaAction, _ bytes: UnsafeRawBufferPointer) {
    switch action {
    case .log(let level, let text): log(LogLevel(level), text)
    case .connect(let link, let host, let port): effects.append(.connectPrimary(link: link, host: host, port: port))
    case .close(let link): effects.append(.closePrimary(link: link))
    case .send(let link, let bytes): effects.append(.sendPrimary(link: link, bytes))
    case .pauseReading(let link): effects.append(.pausePrimary(link: link))
    case .resumeReading(let link): effects.append(.resumePrimary(link: link))
    case .beginLoad(_, _, let replid, let offset):
      abandonLoad()
      staging = StagedLoad(
        keyspace: engine.stageKeyspace(),
        reader: RDBReader(options: .init(stringBytesMax: Engine.valueBytesMax, verifiesChecksum: configuration.rdbchecksum)),
        replid: replid, offset: offset)
    case .loadBytes(let range): load(UnsafeRawBufferPointer(rebasing: bytes[range]))
    case .loadHeldBytes(let held): held.withUnsafeBytes { load($0) }
    case .endLoad(let link): finishLoad(link: link)
    case .abortLoad: abandonLoad()
    case .continued(let replid):
      openStream()
      beginStream()
      // After a restart nothing was logged yet; this node's own replicas continue from here on.
      startLogging()
      if !primary.backlogIsActive { primary.activateBacklog(now: now) }
      if history.adoptContinue(replid, at: engine.log.endOffset) { perform(primary.disconnectAll(now: now)) }
    case .stream(let range): apply(UnsafeRawBufferPointer(rebasing: bytes[range]))
    case .streamBytes(let bytes): bytes.withUnsafeBytes { apply($0) }
    case .introduceMember(let link): introduceToLeader(link)
    case .welcomed(let link, let epoch, let end, let lease): welcomed(link, epoch, end, lease)
    case .metStranger(let link, let reply): metStranger(link, reply)
    case .acknowledge(let link, let offset): acknowledge(link, offset)
    case .discardPartialCommand:
      stream.pending = []
      stream.unlogged = []
      if let session = stream.session {
        session.discardPartialRequest()
        engine.abandonTransaction(session)
      }
    }
  }

  // MARK: full sync

  private func load(_ bytes: UnsafeRawBufferPointer) {
    guard var load = staging, load.failure == nil else { return }
    staging = nil
    var failure: String?
    do throws(LinkExpander.Malformed) {
      try load.expander.expand(bytes) { piece in
        load.reader.append(piece)
        failure = drain(&load)
        return failure == nil
      }
    } catch {
      failure = "the compressed RDB is malformed: \(error)"
    }
    load.failure = failure
    staging = load
  }

  /// Moves what the reader has into the staged keyspace. Returns what was wrong.
  private func drain(_ load: inout StagedLoad) -> String? {
    do throws(RDBError) {
      while let event = try load.reader.next() {
        switch event {
        case .aux(let name, let value):
          if name == Array("repl-stream-db".utf8) { load.streamDatabase = Int(Decimal.parse(value) ?? 0) }
          if name == Array("tern-members".utf8) { load.membership = QuorumMembership(text: String(decoding: value, as: UTF8.self)) }
          if name == Array("tern-history-epoch".utf8) { load.historyEpoch = UInt64(String(decoding: value, as: UTF8.self)) ?? 0 }
        case .selectDB(let index):
          guard index < engine.databaseCount else { return "the RDB holds database \(index), this node has \(engine.databaseCount)" }
          load.databaseIndex = index
        case .key(let key):
          switch load.keyspace.insert(key, into: load.databaseIndex) {
          case .inserted, .begun: break
          case .skippedEmpty: log(.warning, "rdbLoadObject skipping empty key: \(printable(key.name))")
          case .corrupt(let reason): return reason
          }
        case .function(let source): load.functions.append(source)
        case .resizeDB, .moduleAux, .end: break
        }
      }
      return nil
    } catch {
      return error.description
    }
  }

  private func abandonLoad() {
    if let load = staging { engine.discard(load.keyspace) }
    staging = nil
  }

  private func finishLoad(link: Int) {
    guard var load = staging else { return }
    if load.failure == nil {
      do throws(LinkExpander.Malformed) {
        try load.expander.finish {
          load.reader.append($0); return true
        }
      } catch {
        load.failure = "the compressed RDB is malformed: \(error)"
      }
    }
    if load.failure == nil {
      do throws(RDBError) { try load.reader.finish() } catch { load.failure = error.description }
      if load.failure == nil { load.failure = drain(&load) }
    }
    if let failure = load.failure {
      abandonLoad()
      log(.warning, "Failed trying to load the MASTER synchronization DB: \(failure). The data from before it stay.")
      perform(replica.loadFailed(link: link, reason: failure, now: now), Self.noBytes)
      return
    }
    staging = nil
    perform(primary.disconnectAll(now: now))
    engine.install(load.keyspace)
    keepFunctions(load.functions)
    if let replid = load.replid {
      history.adoptFullResync(replid)
    } else {
      var random = SplitMix64(seed: engine.random.next())
      history.renew(.random(using: &random))
    }
    engine.log.reset(to: load.offset)
    engine.log.isActive = true
    engine.effects.forgetDatabase()
    primary.logReset(to: load.offset)
    feeds.breakAll()
    primary.activateBacklog(now: now)
    dataReplaced()
    quorumDataReplaced(load.historyEpoch, load.membership)
    openStream()
    beginStream()
    stream.session?.databaseIndex = min(max(0, load.streamDatabase), engine.databaseCount - 1)
    perform(replica.loadFinished(link: link, now: now), Self.noBytes)
  }

  // MARK: live stream

  func openStream() {
    guard stream.session == nil else { return }
    let session = engine.openSession(address: "master", localAddress: "")
    session.gates = [.primaryLink]
    session.reply.isMuted = true
    stream.session = session
  }

  /// A link's live stream begins.
  private func beginStream() {
    stream.expander = LinkExpander(.stream)
    stream.heldWireBytes = 0
  }

  /// What came over the link, compressed or not.
  private func apply(_ bytes: UnsafeRawBufferPointer) {
    let expander = stream.expander
    var wire = bytes.count + stream.heldWireBytes
    var hasBegun = false
    do throws(LinkExpander.Malformed) {
      try expander.expand(bytes) { piece in
        hasBegun = true
        if expander.isCompressed {
          replica.streamExpanded(wire: wire, raw: piece.count, link: replica.link)
          wire = 0
        }
        applyCommands(piece)
        // The link may have been given up, or begun anew, by what was executed.
        return stream.expander === expander && stream.session != nil
      }
    } catch {
      closeStream()
      perform(
        replica.streamFailed(link: replica.link, reason: "malformed compressed stream from the primary: \(error)", now: now), Self.noBytes)
      return
    }
    guard stream.expander === expander else { return }
    if expander.isCompressed {
      if wire > 0 { replica.streamExpanded(wire: wire, raw: 0, link: replica.link) }
      stream.heldWireBytes = 0
    } else {
      stream.heldWireBytes = hasBegun ? 0 : stream.heldWireBytes + bytes.count
    }
  }

  /// A command of the stream failed here: the data differ from the primary's. Redis logs it, and goes on unless
  /// `propagation-error-behavior` says otherwise.
  func streamCommandFailed(_ command: String, _ error: String) {
    let panics = configuration.propagationErrorBehavior != .ignore && configuration.replicaReadOnly
    if now - stream.errorLoggedAt >= 1000 || panics {
      let more = stream.unloggedErrors > 0 ? " (\(stream.unloggedErrors) more since the last such line)" : ""
      log(
        .warning,
        "== CRITICAL == This replica is sending an error to its master: '\(error)' after processing the command '\(command)'\(more)")
      stream.errorLoggedAt = now
      stream.unloggedErrors = 0
    } else {
      stream.unloggedErrors += 1
    }
    guard panics else { return }
    effects.append(
      .crash(
        "This replica panicked sending an error to its master after processing the command '\(command)' ('propagation-error-behavior' is '\(configuration.propagationErrorBehavior.rawValue)')"
      ))
  }

  /// Executes whole commands of the stream, and passes the same bytes on through the log.
  private func applyCommands(_ bytes: UnsafeRawBufferPointer) {
    openStream()
    guard let session = stream.session else { return }
    if stream.pending.isEmpty {
      let consumed = execute(session, bytes)
      if consumed < bytes.count { stream.pending = Array(bytes[consumed...]) }
    } else {
      stream.pending.append(contentsOf: bytes)
      guard stream.pending.count >= session.neededBytes else { return }
      var pending = stream.pending
      stream.pending = []
      let consumed = pending.withUnsafeBytes { execute(session, $0) }
      pending.removeFirst(min(consumed, pending.count))
      stream.pending = pending
    }
    if session.gates.contains(.closing) {
      let said = String(decoding: session.reply.bytes, as: UTF8.self).split(separator: "\r\n").last ?? "the stream's session was closed"
      closeStream()
      let reason = String(said).replacing("-ERR ", with: "", maxReplacements: 1)
      perform(replica.streamFailed(link: replica.link, reason: reason, now: now), Self.noBytes)
    }
  }

  private func execute(_ session: Session, _ bytes: UnsafeRawBufferPointer) -> Int {
    engine.effects.isSuspended = true
    let consumed = engine.execute(session, bytes, now: now)
    engine.effects.isSuspended = false
    // A malformed rest is reported as consumed, and must not be logged.
    guard !session.gates.contains(.closing) else { return consumed }
    guard consumed > 0 else { return 0 }
    let whole = min(session.committedBytes, consumed)
    guard whole > 0 else {
      stream.unlogged.append(contentsOf: bytes[..<consumed])
      return consumed
    }
    if !stream.unlogged.isEmpty {
      engine.log.append(stream.unlogged)
      stream.unlogged = []
    }
    engine.log.append(UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
    if whole < consumed { stream.unlogged.append(contentsOf: bytes[whole..<consumed]) }
    engine.effects.setSelectedDatabase(session.databaseIndex)
    afterCommands()
    if quorum != nil { holdMessages() }
    perform(replica.applied(to: engine.log.endOffset, link: replica.link, now: now), Self.noBytes)
    if stream.owesAcknowledgement {
      stream.owesAcknowledgement = false
      perform(replica.acknowledgementRequested(link: replica.link, now: now), Self.noBytes)
    }
    return consumed
  }
}
