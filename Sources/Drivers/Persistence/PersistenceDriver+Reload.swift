internal import TernEngine
internal import TernNode
internal import TernPersistence

/// DEBUG RELOAD and DEBUG LOADAOF; on the saver's thread. Meanwhile the node is loading, so that no client's write falls between what is
/// written and what is read.
extension PersistenceDriver {
  private struct ReloadFailure: Error { let reply: String }

  func reload(_ session: SessionReference, _ kind: NodeEffect.DebugReload) {
    var failure: String?
    do throws(ReloadFailure) {
      switch kind {
      case .rdb(let saves, let flushes, _): try reloadRDB(saves: saves, flushes: flushes)
      case .aof: try reloadAOF()
      }
    } catch {
      failure = error.reply
    }
    core {
      $0.finishLoading(now: core.now())
      $0.completeHostWait(session.session, failure: failure, now: core.now())
    }
  }

  /// A replica's stream passes the gate of loading; when it has changed something meanwhile, all is done again.
  private func reloadRDB(saves: Bool, flushes: Bool) throws(ReloadFailure) {
    for _ in 0..<20 {
      guard let job = beginReload() else { break }
      defer { core { $0.engine.release(job.snapshot) } }
      let configuration = core.get(Configuration()) { $0.configuration }
      if saves { try save(job, configuration) }
      guard let keys = LoadingKeys(core, flushes ? .reload : .merge, byteCount: 0) else { break }
      do throws(ReloadFailure) {
        // NOFLUSH: what is in the file is added to what there is.
        if !flushes { try take(job, into: keys) }
        try takeFile(configuration, into: keys)
      } catch {
        keys.discard()
        throw error
      }
      let isInstalled = keys.finish { core in
        guard core.engine.log.endOffset == job.snapshot.logOffset else { return false }
        // What was not saved first may be anything, and the log does not know of it.
        if !saves || !flushes { core.dataReplaced() }
        return true
      }
      if isInstalled { return }
      keys.discard()
    }
    throw ReloadFailure(reply: "ERR the primary's stream kept changing the data while they were reloaded")
  }

  private func beginReload() -> RDBJob? {
    var job: RDBJob?
    core { job = $0.beginReload(now: core.now()) }
    return job
  }

  private func save(_ job: RDBJob, _ configuration: Configuration) throws(ReloadFailure) {
    do throws(StartError) {
      _ = try write(job, configuration)
    } catch {
      core.log(.warning, "Error saving DB on disk: \(error)")
      throw ReloadFailure(reply: "ERR")
    }
  }

  /// The present data, by way of their RDB form.
  private func take(_ job: RDBJob, into keys: LoadingKeys) throws(ReloadFailure) {
    var encoder = RDBEncoder(job, version: "")
    var reader = RDBReader()
    while true {
      do {
        while let event = try reader.next() {
          // What the header says is about the present, and no news.
          if case .aux = event { continue }
          try keys.take(event, offset: reader.consumedByteCount)
        }
      } catch let error as RDBError {
        throw ReloadFailure(reply: "ERR \(error.message)")
      } catch let error as LoadingKeys.Failure {
        throw ReloadFailure(reply: "ERR \(error.reason)")
      } catch {
        throw ReloadFailure(reply: "ERR")
      }
      if encoder.isFinished { return }
      encoder.next(atLeast: 64 << 10) { reader.append($0) }
    }
  }

  private func takeFile(_ configuration: Configuration, into keys: LoadingKeys) throws(ReloadFailure) {
    let text = "ERR Error trying to load the RDB dump, check server logs."
    do throws(StartError) {
      guard let loader = try openRDB(configuration) else {
        core.log(.warning, "\(configuration.rdbPath): No such file or directory")
        throw StartError("")
      }
      try take(loader, path: configuration.rdbPath, into: keys)
    } catch {
      if !error.message.isEmpty { core.log(.warning, "\(error)") }
      throw ReloadFailure(reply: text)
    }
  }

  private func reloadAOF() throws(ReloadFailure) {
    let isPossible = core.get(false) { $0.aof.isOn && !$0.isReplica }
    guard isPossible, let aof else {
      throw ReloadFailure(reply: "ERR DEBUG LOADAOF needs a primary whose append only file is on")
    }
    guard let job = beginReload() else { return }
    defer { core { $0.engine.release(job.snapshot) } }
    guard aof.flush() else { throw ReloadFailure(reply: "ERR the append only file could not be written, check server logs.") }
    let configuration = core.get(Configuration()) { $0.configuration }
    do throws(AOFError) {
      let plan = try AOFStore.open(fileSystem, configuration.aofStore).loadPlan()
      core { $0.engine.install($0.engine.stageKeyspace()) }
      try replay(plan, configuration)
    } catch {
      core.log(.warning, "\(error)")
      // Redis ends here; the data from before are still at hand.
      if let keys = LoadingKeys(core, .reload, byteCount: 0) {
        try take(job, into: keys)
        _ = keys.finish { _ in true }
      }
      throw ReloadFailure(reply: "ERR Error trying to load the AOF files, check server logs.")
    }
  }
}
