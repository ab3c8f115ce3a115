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

  /// The stream held `REPLCONF GETACK *`: answer at once.
  package mutating func acknowledgementRequested(link: Int, now: Int64) -> [ReplicaAction] {
    guard link == self.link else { return [] }
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
    return [.send(link: link, Self.command(["REPLCONF", "ACK", String(live.appliedOffset)]))]
  }
}
