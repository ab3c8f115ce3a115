internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Starting, rewriting, stopping.
extension AOFWriter {
  /// At the start of the node. The node is loading, so its log stands still.
  func adopted(_ loaded: AOFStore, isEmpty: Bool) -> AOFError? {
    store = loaded
    var offset: Int64 = 0
    core {
      readSettings($0)
      logID = $0.logID
      offset = $0.engine.log.endOffset
    }
    do throws(AOFError) {
      if isEmpty {
        try createFirstFiles(offset)
      } else {
        try store?.startAppending(logOffset: offset)
      }
    } catch {
      printNotices()
      store = nil
      return error
    }
    printNotices()
    fileIsWhole = true
    do throws(AOFError) { try announce() } catch { return error }
    core {
      $0.aofStarted(
        currentBytes: store?.currentByteCount ?? 0, baseBytes: store?.rewriteBaseByteCount ?? 0, now: core.now())
    }
    return nil
  }

  /// The first base: of nothing, as nothing was loaded.
  private func createFirstFiles(_ offset: Int64) throws(AOFError) {
    let format: AOFManifest.BaseFormat = settings.usesPreamble ? .rdb : .resp
    guard let base = try store?.beginRewrite(format: format, snapshotOffset: offset, onServerStart: true) else { return }
    var job: RDBJob?
    var version = ""
    core {
      job = $0.makeFirstBase(now: core.now())
      version = $0.identity.compatibleVersion
    }
    guard let job else { return }
    let failure = AOFBaseWriter.write(job, to: base, version: version, timestamp: nil, isCancelled: Flag(), core)
    core { $0.engine.release(job.snapshot) }
    if let failure {
      store?.abortRewrite()
      throw AOFError(FileSystemError(.write, path: base.path, code: 0, reason: failure))
    }
    try store?.finishRewrite(base)
  }

  /// `appendonly` was switched on, the data were replaced, or the files are in doubt: new files, from the data in memory.
  func begin() {
    restartAt = nil
    retryAt = nil
    core { readSettings($0) }
    let configuration = core.get(Configuration()) { $0.configuration }
    // Switched off again in the meantime.
    guard configuration.appendonly else { return }
    // Switched on while another server uses the directory: it is tried again, as when the disk is full.
    guard locks(configuration) else { return restartLater() }
    cancelRewrite("it was begun anew")
    awaitSync()
    // That wait may have failed, which orders what is done here.
    restartAt = nil
    // Old files stay what they are, a prefix of the old log, until the new ones are complete.
    if store?.isAppending == true { try? store?.close() }
    index.reset()
    announced = nil
    pending = []
    isUnsynced = false
    do throws(AOFError) {
      if store == nil { store = try AOFStore.open(fileSystem, configuration.aofStore) }
    } catch {
      store = nil
      core.log(.warning, "The append only file can't be switched on: \(error)")
      return restartLater()
    }
    beginRewrite(mayGoOn: false)
  }

  /// A rewrite of files that are being appended to.
  func rewriteNow() {
    guard rewrite == nil, restartAt == nil else { return }
    // What is left to be taken under the lock at the moment of the snapshot should be little.
    drain()
    awaitSync()
    guard restartAt == nil else { return }
    beginRewrite(mayGoOn: true)
  }

  /// BGREWRITEAOF while the append-only file is off: a base and a manifest as of now, with an empty increment, which `appendonly yes`
  /// replaces, or a start with it loads.
  func rewriteDetached() {
    guard rewrite == nil, restartAt == nil else { return }
    var begun: RDBJob?
    var version = ""
    var configuration = Configuration()
    core {
      readSettings($0)
      version = $0.identity.compatibleVersion
      configuration = $0.configuration
      begun = $0.beginDetachedAOFRewrite(now: core.now())
    }
    guard let job = begun else { return }
    guard locks(configuration) else { return rewriteOver(job, "the data directory is another server's", isDetached: true) }
    do throws(AOFError) {
      var fresh = try AOFStore.open(fileSystem, configuration.aofStore)
      let format: AOFManifest.BaseFormat = settings.usesPreamble ? .rdb : .resp
      let base = try fresh.beginRewrite(format: format, snapshotOffset: job.snapshot.logOffset)
      store = fresh
      start(job, base, version, isFresh: true, isDetached: true)
    } catch {
      rewriteOver(job, error.message, isDetached: true)
    }
  }

  private func beginRewrite(mayGoOn: Bool) {
    var begun: (job: RDBJob, isFresh: Bool)?
    var version = ""
    core {
      readSettings($0)
      version = $0.identity.compatibleVersion
      begun = $0.beginAOFRewrite(rest: &pending, now: core.now())
      logID = $0.logID
    }
    guard let (job, isFresh) = begun else { return }
    pendingIsWhole = true
    do throws(AOFError) {
      if isFresh, mayGoOn {
        // The data were replaced between two looks; `begin` has been ordered, and does what has to be done.
        throw AOFError(.misuse, file: "", "the data were replaced")
      }
      if !isFresh {
        guard pending.isEmpty || append() else {
          throw AOFError(.failedBefore, file: store?.currentFileName ?? "", failure ?? "the log could not be appended")
        }
      }
      let format: AOFManifest.BaseFormat = settings.usesPreamble ? .rdb : .resp
      guard let base = try store?.beginRewrite(format: format, snapshotOffset: job.snapshot.logOffset) else {
        throw AOFError(.misuse, file: "", "the append only file is off")
      }
      fileIsWhole = true
      lastTimestamp = 0
      printNotices()
      start(job, base, version, isFresh: isFresh)
      // Each file is read from database 0 on; the stream that a replica passes on may be in another one.
      if job.streamDatabase != 0 { try store?.appendUncounted(RESPCommand.encode("SELECT", String(job.streamDatabase))) }
      try announce()
    } catch {
      printNotices()
      if rewrite != nil { cancelRewrite(error.message) } else { rewriteOver(job, error.message) }
    }
  }

  private func start(_ job: RDBJob, _ base: AOFRewrite, _ version: String, isFresh: Bool, isDetached: Bool = false) {
    let isCancelled = Flag()
    let outcome = Outcome<String?>()
    rewrite = Rewrite(job: job, base: base, isFresh: isFresh, isDetached: isDetached, isCancelled: isCancelled, outcome: outcome)
    core.log(.notice, "Background append only file rewriting started")
    let mailbox = mailbox
    let timestamp = settings.timestamps ? core.now() / 1000 : nil
    rewriter.run { [core] in
      outcome.set(AOFBaseWriter.write(job, to: base, version: version, timestamp: timestamp, isCancelled: isCancelled, core))
      mailbox.post(.wake)
    }
  }

  func finishRewriteIfWritten() {
    guard let rewrite, let outcome = rewrite.outcome.poll else { return }
    if let failure = outcome {
      store?.abortRewrite()
      self.rewrite = nil
      return rewriteOver(rewrite.job, failure, isDetached: rewrite.isDetached)
    }
    awaitSync()
    guard self.rewrite != nil else { return }
    self.rewrite = nil
    do throws(AOFError) {
      try store?.finishRewrite(rewrite.base)
    } catch {
      return rewriteOver(rewrite.job, error.message, isDetached: rewrite.isDetached)
    }
    restartFailures = 0
    printNotices()
    rewriteOver(rewrite.job, nil, isDetached: rewrite.isDetached)
    solvedIfHealthy()
  }

  /// Gives up the rewrite that is under way. The snapshot is let go only when its reader has stopped.
  func cancelRewrite(_ reason: String) {
    guard let rewrite else { return }
    rewrite.isCancelled.raise()
    rewriter.settle()
    _ = rewrite.outcome.wait()
    self.rewrite = nil
    store?.abortRewrite()
    rewriteOver(rewrite.job, reason, isDetached: rewrite.isDetached)
  }

  private func rewriteOver(_ job: RDBJob, _ failure: String?, isDetached: Bool = false) {
    printNotices()
    if isDetached {
      try? store?.close()
      printNotices()
      store = nil
      return core { $0.aofRewriteFinished(job, failure: failure, syncedOffset: 0, canGoOn: true, now: core.now()) }
    }
    let canGoOn = store?.isAppending == true && store?.health.isFailed == false
    core {
      $0.aofRewriteFinished(
        job, failure: failure, syncedOffset: store?.syncedOffset ?? 0, canGoOn: canGoOn, now: core.now())
    }
    report()
    if failure != nil, !canGoOn { restartLater() }
  }

  /// The files have to be begun anew; at once the first time, then at growing intervals.
  func restartLater() {
    guard restartAt == nil else { return }
    let delay: Int64 = restartFailures == 0 ? 0 : min(60_000, 1000 << Int64(min(restartFailures - 1, 6)))
    restartFailures += 1
    restartAt = core.now() + delay
  }

  // MARK: end

  /// The node ends while its first files are being written, or wait to be. Redis answers SHUTDOWN with an error then: with `appendonly yes`
  /// in the configuration, the next start would find nothing, and begin empty.
  func completeFreshFiles() {
    if restartAt != nil { begin() }
    guard let rewrite, rewrite.isFresh else { return }
    rewriter.settle()
    _ = rewrite.outcome.wait()
    finishRewriteIfWritten()
  }

  /// `appendonly no`.
  func stop() {
    restartAt = nil
    restartFailures = 0
    core.log(.notice, "The append only file is switched off")
    close { $0.aofStopped() }
    index.reset()
    announced = nil
    failure = nil
    retryAt = nil
  }

  /// Writes and syncs everything that is in the log. `last` is done in the same moment in which the last bytes are taken.
  func close(_ last: (NodeCore) -> Void = { _ in }) {
    cancelRewrite("the append only file is closed")
    guard store?.isAppending == true, restartAt == nil else {
      core { last($0) }
      if let failure { core.log(.warning, "The append only file could not be completed: \(failure)") }
      store = nil
      return
    }
    retryAt = nil
    drain()
    core.log(.notice, "Calling fsync() on the AOF file.")
    syncNow()
    core {
      pendingIsWhole = $0.takeAOFBytes(into: &pending, limit: .max)
      last($0)
    }
    if restartAt == nil, pending.isEmpty || append() {
      awaitSync()
      do throws(AOFError) { try store?.close() } catch { core.log(.warning, error.message) }
      isUnsynced = false
      report()
    } else {
      core.log(.warning, "The append only file could not be completed: \(failure ?? "")")
    }
    store = nil
    pending = []
    restartAt = nil
  }
}

extension AOFStore.Health {
  var isFailed: Bool { if case .failed = self { true } else { false } }
}
