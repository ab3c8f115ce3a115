package import TernEngine
internal import TernReplication

/// Loading from files: at the start, and for DEBUG RELOAD. The driver reads, and hands over what it has read in small batches.
extension NodeCore {
  package func beginLoading(totalBytes: Int64, now: Int64) {
    setTime(now)
    loading = LoadingState(startedAt: now, totalBytes: totalBytes)
    engine.gates.insert(.loading)
    // What a log did to a key that has expired since, it must do again: it ends with the key's DEL.
    engine.settings.lazyExpireEnabled = false
  }

  /// DEBUG RELOAD: the node is loading, and this is what it holds.
  package func beginReload(now: Int64) -> RDBJob {
    if loading == nil { beginLoading(totalBytes: 0, now: now) }
    engine.effects.commit()
    return makeJob(isAOFBase: false)
  }

  /// The data are no longer what the log made: the AOF begins anew.
  package func dataReplaced() {
    guard aof.isOn || aof.isStarting else { return }
    // The new data's offsets may be lower than what was synced of the old; a replica's are those of another history.
    aof.syncedOffset = isReplica ? -1 : min(aof.syncedOffset, engine.log.endOffset)
    aof.awaitsRestart = true
    syncedOffsetChanged()
    primary.onDisk = nil
    effects.append(.startAOF)
  }

  package func loadingMoved(loadedBytes: Int64, keys: Int = 0, now: Int64) {
    setTime(now)
    loading?.loadedBytes = loadedBytes
    loading?.keys = keys
    loading?.movedAt = now
  }

  /// What the file says about the memory of the server that wrote it.
  package func loadingExpects(memoryBytes: Int64) { loading?.memoryBytes = memoryBytes }

  package func finishLoading(now: Int64) {
    setTime(now)
    loading = nil
    engine.gates.remove(.loading)
    engine.settings.lazyExpireEnabled = true
    engine.dirty = 0
    noteStart()
    updateGates()
  }

  /// A session that executes the commands of an AOF.
  package func openLoader() -> Session {
    let session = engine.openSession(address: "loader", localAddress: "")
    session.gates = [.loader]
    return session
  }

  /// Executes one command of an AOF. Returns why the start must be refused. A command that fails where it once succeeded means that the
  /// data are not those it was written for; as Redis, the log says so, and the start goes on unless `propagation-error-behavior` is `panic`.
  package func load(_ arguments: [[UInt8]], _ session: Session, file: String = "") -> String? {
    if arguments.count == 2, String(decoding: arguments[0], as: UTF8.self).uppercased() == "SELECT" {
      guard let index = Decimal.parse(arguments[1]), index >= 0, index < Int64(engine.databaseCount) else {
        return "The append only file selects database '\(printable(arguments[1]))', this server has \(engine.databaseCount) databases"
      }
      session.databaseIndex = Int(index)
      return nil
    }
    if arguments.count >= 3, isWord(arguments[0], "function"), isWord(arguments[1], "load"), let source = arguments.last {
      keepFunctions(functions + [source])
      return nil
    }
    guard let name = arguments.first, let record = engine.table.find(String(decoding: name, as: UTF8.self)) else {
      return "Unknown command '\(printable(arguments.first ?? []))' reading the append only file \(file)"
    }
    engine.effects.isSuspended = true
    engine.execute(session, arguments)
    engine.effects.isSuspended = false
    let reply = session.reply.bytes
    defer { session.reply.removeAll() }
    guard reply.first == UInt8(ascii: "-") else { return nil }
    let line = printable(Array(reply.dropFirst().prefix { $0 != 13 }), count: 1024)
    let failure = "The command '\(record.pointee.fullName)' failed with '\(line)' reading the append only file \(file)"
    // Nobody ever logged such a command: the file is another.
    if line.hasPrefix("ERR wrong number of arguments") || configuration.propagationErrorBehavior == .panic { return failure }
    log(
      .warning,
      "== CRITICAL == This server is sending an error to its AOF-loading-client: '\(Self.logged(line))' after processing the command '\(record.pointee.fullName.lowercased())'"
    )
    return nil
  }

  /// An error as Redis's log has it.
  static func logged(_ line: String) -> String { line.hasPrefix("ERR ") ? String(line.dropFirst(4)) : "-\(line)" }

  private func isWord(_ bytes: [UInt8], _ word: String) -> Bool { String(decoding: bytes, as: UTF8.self).lowercased() == word }

  package func closeLoader(_ session: Session) { engine.closeSession(session) }

  /// An RDB is loaded, and the key's time is over: a primary leaves it out. Replicas that go on from the saved history have it: they get
  /// the DEL.
  package func dropExpired(_ name: [UInt8], database: Int) {
    guard engine.effects.isRecording else { return }
    engine.effects.begin(database, 2, "DEL")
    engine.effects.argument(name)
    engine.effects.commit()
    afterEvent()
  }

  /// The data that serve from now on came with these.
  package func keepFunctions(_ sources: [[UInt8]]) {
    functions = sources
    guard !sources.isEmpty else { return }
    log(
      .warning,
      "\(sources.count) function \(sources.count == 1 ? "library is" : "libraries are") kept, and written into every RDB file and sent to replicas, but functions cannot be called here."
    )
  }

  package func noteLoaded(keys: Int, expired: Int) {
    loadedKeys = keys
    loadedExpiredKeys = expired
  }

  /// The loaded data is the state at `offset` of the history `id`: what a restarted node may continue from. A replica's stream is in
  /// `streamDatabase` there.
  package func adoptSavedHistory(id: String, offset: Int64, streamDatabase: Int = 0) {
    guard let saved = ReplicationID(Array(id.utf8)), offset >= 0 else { return }
    var random = SplitMix64(seed: engine.random.next())
    engine.log.reset(to: offset)
    primary.logReset(to: offset)
    feeds.breakAll()
    if configuration.replicaof.address != nil || quorum != nil {
      // A replica goes on where it was, under the same id, once it has asked.
      history = ReplicationHistory(replid: saved)
      resumeFromDisk = .init(replid: saved, offset: offset)
      openStream()
      stream.session?.databaseIndex = min(max(0, streamDatabase), engine.databaseCount - 1)
    } else {
      history = .restarted(saved: saved, offset: offset, newID: .random(using: &random))
      primary.activateBacklog(now: now)
      startLogging()
    }
  }
}
