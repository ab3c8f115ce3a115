internal import TernEngine
internal import TernReplication

/// WAIT and WAITAOF: clients that wait until others, or disks, hold what was written.
extension NodeCore {
  /// Whether this node's append-only files hold the log up to `offset` on disk.
  func isSynced(_ offset: Int64) -> Bool { aof.isOn && aof.syncedOffset >= offset }

  /// The answer at this moment: how many replicas hold the log up to `offset`, or (`isSynced`) how many files do.
  func answerWait(_ reply: ReplyBuffer, _ offset: Int64, isSynced: Bool) {
    guard isSynced else { return reply.integer(primary.replicasAcknowledged(offset)) }
    reply.array(2)
    reply.integer(self.isSynced(offset) ? 1 : 0)
    reply.integer(primary.replicasSynced(offset))
  }

  func checkWaits() {
    guard !waits.isEmpty else { return }
    waits.removeAll { session in
      guard case .wait(let offset, let local, let replicas, let deadline)? = session.blocked else { return true }
      if let local, local > 0, !configuration.appendonly {
        engine.unblock(session) { $0.error(Self.waitsWithoutFile) }
        return true
      }
      guard hasReached(offset, local: local, replicas: replicas) || deadline.map({ now >= $0 }) ?? false else { return false }
      engine.unblock(session) { answerWait($0, offset, isSynced: local != nil) }
      return true
    }
  }

  func hasReached(_ offset: Int64, local: Int?, replicas: Int) -> Bool {
    guard let local else { return primary.replicasAcknowledged(offset) >= replicas }
    return (local == 0 || isSynced(offset)) && primary.replicasSynced(offset) >= replicas
  }

  static let waitsWithoutFile = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."

  /// How far the append-only file has come on disk, or whether there is one, may have changed: who waits for it looks again, and this
  /// node's primary is told if it asked.
  func syncedOffsetChanged() {
    let synced = aof.isOn && aof.syncedOffset >= 0 ? aof.syncedOffset : nil
    if synced != replica.fsyncedOffset { perform(replica.fsynced(to: synced, now: now), Self.noBytes) }
    checkWaits()
    checkDiskWaits()
  }
}
