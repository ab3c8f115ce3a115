internal import TernEngine

// The live stream: what the host reports back, and acknowledgements.
extension ReplicaMachine {
  /// The host has executed the stream up to `position`, which is behind a complete command.
  package mutating func applied(to position: Int64, link: Int, now: Int64) -> [ReplicaAction] {
    guard link == self.link, case .connected(var live) = state, position > live.appliedOffset else { return [] }
    live.appliedOffset = min(position, live.readOffset)
    state = .connected(live)
    resume?.offset = live.appliedOffset
    return configuration.acknowledgesAtOnce ? acknowledge(now: now) : []
  }

  /// What came as `wire` bytes turned out to be `raw` bytes of the log: offsets count those.
  package mutating func streamExpanded(wire: Int, raw: Int, link: Int) {
    guard link == self.link, case .connected(var live) = state else { return }
    live.readOffset += Int64(raw - wire)
    state = .connected(live)
  }

  /// `repl-compression` was changed: what this node understands is said at the beginning of a link.
  package mutating func renegotiate(now: Int64) -> [ReplicaAction] {
    guard case .connected = state else { return [] }
    return [.log(.notice, "'repl-compression' was changed: the link to the primary is made anew.")] + lose(nil, isClosed: false, now: now)
  }

  /// The stream held `REPLCONF GETACK *`: answer at once.
  package mutating func acknowledgementRequested(link: Int, now: Int64) -> [ReplicaAction] {
    guard link == self.link else { return [] }
    if case .connected(let live) = state { syncOwed = live.appliedOffset }
    return acknowledge(now: now)
  }

  /// The append-only file holds the log up to `offset` on disk; nil when there is none. The primary was told so far as it was when it
  /// asked: a WAITAOF there should not wait for the next ACK of the clock.
  package mutating func fsynced(to offset: Int64?, now: Int64) -> [ReplicaAction] {
    fsyncedOffset = offset
    guard let syncOwed, let offset, offset >= syncOwed else { return [] }
    return acknowledge(now: now)
  }

  /// The stream is no valid sequence of commands (`reason` says what was found, and where). Nothing of it can be trusted any more, not
  /// even what the offset means: the next sync is a full one.
  package mutating func streamFailed(link: Int, reason: String, now: Int64) -> [ReplicaAction] {
    guard link == self.link, case .connected = state else { return [] }
    return lose(
      "WARNING: the stream from master is corrupt: \(reason). Closing the master connection and discarding the cached master.",
      isClosed: false, discardsResume: true, now: now)
  }

  mutating func acknowledge(now: Int64) -> [ReplicaAction] {
    guard case .connected(var live) = state, !live.isPrePSYNC else { return [] }
    live.acknowledgedAt = now
    state = .connected(live)
    if configuration.isMember { return [.acknowledge(link: link, offset: live.appliedOffset)] }
    guard let fsyncedOffset else { return [.send(link: link, Self.command(["REPLCONF", "ACK", String(live.appliedOffset)]))] }
    let synced = min(fsyncedOffset, live.appliedOffset)
    if let owed = syncOwed, synced >= owed { syncOwed = nil }
    return [.send(link: link, Self.command(["REPLCONF", "ACK", String(live.appliedOffset), "FACK", String(synced)]))]
  }
}
