internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Appending and syncing.
extension AOFWriter {
  /// One step along the log.
  func follow() {
    if let retryAt {
      guard core.now() >= retryAt else { return }
      self.retryAt = nil
    }
    guard store?.isAppending == true, restartAt == nil else { return }
    if pending.isEmpty { take() }
    guard !pending.isEmpty else {
      // The last bytes may have been taken before `always` was set.
      if settings.fsync == .always, isUnsynced { syncNow() }
      return
    }
    guard append() else { return }
    if settings.fsync == .always { syncNow() }
  }

  /// Follows the log to its end, if writers let it come there within a gigabyte.
  func drain() {
    for _ in 0..<1024 where retryAt == nil && restartAt == nil && store?.isAppending == true {
      follow()
      if pending.isEmpty, pendingIsWhole { return }
    }
  }

  private func take() {
    if pending.capacity < AOFWriter.takeBytes { pending.reserveCapacity(AOFWriter.takeBytes) }
    let bounds = index.bounds
    core {
      readSettings($0)
      noteIndex(bounds, $0)
      pendingIsWhole = $0.takeAOFBytes(into: &pending, limit: AOFWriter.takeBytes)
    }
    index.retain(bytesMax: retention.bytesMax, from: retention.cursor)
  }

  /// Appends `pending`. False when it could not; it stays then.
  func append() -> Bool {
    do throws(AOFError) {
      if settings.timestamps, fileIsWhole {
        let second = core.now() / 1000
        if second != lastTimestamp {
          try store?.appendUncounted(Array("#TS:\(second)\r\n".utf8))
          lastTimestamp = second
        }
      }
      try announce()
      try store?.append(pending)
    } catch {
      failed(error)
      return false
    }
    fileIsWhole = pendingIsWhole
    pending.removeAll(keepingCapacity: pending.capacity <= 2 * AOFWriter.takeBytes)
    isUnsynced = true
    solvedIfHealthy()
    return true
  }

  /// Says in the increment, at its beginning and when the log has got another name, which part of which log follows: after a restart, replicas
  /// are served from there. The log before the change is a part of the one after it, so early is right and late is not.
  func announce() throws(AOFError) {
    guard fileIsWhole, let store, let file = store.currentFileName, !logID.isEmpty else { return }
    if let announced, announced.id == logID, announced.file == file { return }
    try self.store?.appendUncounted(AOFLogScan.line(logID, store.writtenOffset))
    announced = (logID, file)
  }

  /// The disk takes writes again.
  func solvedIfHealthy() {
    guard failure != nil, store?.health == .healthy, store?.isAppending == true else { return }
    failure = nil
    retryAt = nil
    report()
  }

  /// Everysec's loss must stay within a second or two; the fsync itself runs beside the appending. It is Redis's rule too that one that
  /// takes longer than two seconds is counted, and is not waited for.
  func syncIfDue() {
    if let sync = syncUnderWay {
      if sync.outcome.poll != nil {
        awaitSync()
      } else if isUnsynced {
        noteDelay(sync)
      }
    }
    guard settings.fsync == .everysec, isUnsynced, syncUnderWay == nil, restartAt == nil, core.now() - lastSyncAt >= 1000 else { return }
    core { readSettings($0) }
    guard settings.fsync == .everysec, !settings.spareDiskOnRewrite else {
      lastSyncAt = core.now()
      return report()
    }
    beginSync()
  }

  private func beginSync() {
    lastSyncAt = core.now()
    isUnsynced = false
    guard let sync = store?.beginSync() else { return report() }
    let outcome = Outcome<Result<Void, FileSystemError>>()
    syncUnderWay = Sync(sync: sync, startedAt: lastSyncAt, outcome: outcome)
    delayedSyncNotedAt = nil
    core { $0.aofSyncBegan() }
    let mailbox = mailbox
    syncer.run {
      outcome.set(sync.run())
      mailbox.post(.wake)
    }
  }

  private func noteDelay(_ sync: Sync) {
    let now = core.now()
    guard now - (delayedSyncNotedAt ?? sync.startedAt) >= 2000 else { return }
    delayedSyncNotedAt = now
    core.log(
      .notice,
      "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down the server."
    )
    core { $0.aofSyncDelayed() }
  }

  /// Waits for the fsync that runs on the other thread, and takes its outcome.
  func awaitSync() {
    guard let sync = syncUnderWay else { return }
    syncer.settle()
    let outcome = sync.outcome.wait()
    syncUnderWay = nil
    do throws(AOFError) {
      try store?.finishSync(sync.sync, outcome)
    } catch {
      return failed(error)
    }
    report()
  }

  /// Everything that is in the file is on the disk when it returns, or writes are refused.
  func syncNow() {
    awaitSync()
    lastSyncAt = core.now()
    do throws(AOFError) {
      try store?.sync()
    } catch {
      return failed(error)
    }
    isUnsynced = false
    report()
  }

  /// An append or an fsync failed.
  func failed(_ error: AOFError) {
    let now = core.now()
    // As Redis: a full disk would fill the log, too.
    if failure == nil || now - lastErrorLoggedAt >= 30_000 {
      lastErrorLoggedAt = now
      core.log(.warning, error.message)
    }
    failure = error.reason
    printNotices()
    report()
    switch store?.health {
    case .writeFailed where store?.isAppending == true: retryAt = now + 1000
    default:
      // A second fsync that succeeds would prove nothing about what the first one lost: only other files help.
      core { $0.aofBroke(error.message) }
      pending = []
      isUnsynced = false
      restartLater()
    }
  }
}

extension AOFError {
  /// The system's words, as MISCONF quotes them.
  fileprivate var reason: String { if case .fileSystem(let error) = code { error.reason } else { message } }
}
