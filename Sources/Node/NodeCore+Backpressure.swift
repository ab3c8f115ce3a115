internal import TernEngine
internal import TernReplication

/// `tern-repl-backpressure`: while the slowest replica is behind by more than that, clients that write wait, so that it catches up instead of
/// being dropped and copied anew. Off by default, as Redis does not know it.
///
/// The wait is bounded: after `tern-repl-backpressure-timeout` milliseconds the writers go on, and do not wait for that replica again before it
/// has caught up once. A replica that stands still costs them that time once, not for ever.
struct Backpressure {
  /// Since when writers wait; nil while they do not.
  var since: Int64?
  /// The wait was in vain; nobody waits before the lag has fallen below half of the limit.
  var isExhausted = false
  var pauses: Int64 = 0
  var milliseconds: Int64 = 0
}

extension NodeCore {
  /// Called when the log grows or a replica has read.
  @inline(__always)
  func checkBackpressure() {
    if configuration.ternReplBackpressure > 0 || backpressure.since != nil { applyBackpressure() }
  }

  private func applyBackpressure() {
    let limit = Int64(clamping: configuration.ternReplBackpressure)
    let lag = limit > 0 && !isReplica ? primary.onlineLagBytesMax : 0
    if let since = backpressure.since {
      let isOver = lag <= limit / 2
      let isExhausted = now - since >= Int64(configuration.ternReplBackpressureTimeout)
      guard isOver || isExhausted || limit == 0 else { return }
      endBackpressure()
      guard isExhausted, !isOver else { return }
      backpressure.isExhausted = true
      log(
        .warning,
        "A replica is still \(lag) bytes behind after writers have waited for \(now - since) ms ('tern-repl-backpressure-timeout'); they go on without it. It is dropped at 'client-output-buffer-limit replica'."
      )
      return
    }
    if backpressure.isExhausted {
      if lag <= limit / 2 { backpressure.isExhausted = false }
      return
    }
    // A pause of the user's, of FAILOVER or of SHUTDOWN comes first.
    guard lag > limit, limit > 0, !engine.gates.contains(.paused) else { return }
    backpressure.since = now
    backpressure.pauses += 1
    log(.notice, "The slowest replica is \(lag) bytes behind, more than 'tern-repl-backpressure' (\(limit)): writers wait for it.")
    engine.startPause(.backpressure, until: backpressureDeadline ?? now, allCommands: false)
  }

  private func endBackpressure() {
    guard let since = backpressure.since else { return }
    backpressure.since = nil
    backpressure.milliseconds += now - since
    engine.endPause(.backpressure)
  }

  var backpressureDeadline: Int64? { backpressure.since.map { $0 + Int64(configuration.ternReplBackpressureTimeout) } }
}
