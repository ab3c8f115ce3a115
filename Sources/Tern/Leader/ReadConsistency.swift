internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

/// How fresh a read must be; see ``Node/read(_:within:database:fileID:line:_:)``.
public enum ReadConsistency: Hashable, Sendable {
  /// What this node has now. On a follower it may be out of date by any time; on a leader it may see what is not acknowledged yet. Without a
  /// hop, as ``Node/read(database:fileID:line:_:)``.
  case local
  /// Everything that was acknowledged up to so long ago, at least; it may see what is not acknowledged yet. On a follower costs a question to
  /// the leader once in that time, however many reads there are.
  case atMost(behind: Duration)
  /// Linearizable: everything that was acknowledged when the read began, and, with `tern-durability quorum`, nothing that a failover can take
  /// back. On a follower costs one or two questions to the leader; the data themselves are read here. Without a quorum the primary's word is
  /// taken, which a primary that was deposed and does not know it yet can give wrongly.
  case leader
  /// Everything up to a ``ConsistencyToken``, one's own writes that is; it may see more, what is not acknowledged yet as well. Without a
  /// hop.
  case after(ConsistencyToken)
}

/// How far the leader was, when it was asked last.
struct LeaderSight {
  var position: HistoryPosition
  /// When it was asked, by the steady clock.
  var askedAt: Int64
}

extension Node {
  /// Reads one consistent state of this node's data, as soon as they are as fresh as asked for.
  ///
  /// - Parameters:
  ///   - limit: how long that may take; nil: ``Configuration/leaderTimeout``.
  ///   - body: runs on one thread, under the node's lock: keep it short.
  /// - Throws: what ``read(database:fileID:line:_:)`` throws; ``TernError/Code/stale`` if the data did not become fresh enough in time
  ///   (no leader, a link that is down, a token of writes that a failover has lost).
  public func read<Value: Sendable>(
    _ consistency: ReadConsistency, within limit: Duration? = nil, database: Int = 0, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Reader) throws -> Value
  ) async throws -> Value {
    let site = CallSite(fileID, line)
    func transaction(_ core: NodeCore) throws -> Value {
      let reader = try Reader(core.engine, database, coder: coder)
      return try body(reader)
    }
    if case .local = consistency { return try attempt(site, if: { _ in true }, transaction).value() }
    let end = ContinuousClock.now + (limit ?? leaderTimeout)
    var reason = "the data of this node are behind"
    while true {
      try Task.checkCancellation()
      do {
        if let value = try await fresh(consistency, site, until: end, transaction) { return value }
      } catch let error as TernError where error.code == .unavailable || error.code == .loading || NotLeading.isSaid(by: error.message) {
        reason = error.message
        try await Task.sleep(for: .milliseconds(10))
      }
      guard ContinuousClock.now < end else {
        throw TernError(.stale, "the data of this node did not become as fresh as asked for within \(limit ?? leaderTimeout): \(reason)")
      }
    }
  }

  /// One attempt; nil, after a wait, if it is worth another.
  private func fresh<Value: Sendable>(
    _ consistency: ReadConsistency, _ site: CallSite, until end: ContinuousClock.Instant, _ body: (NodeCore) throws -> Value
  ) async throws -> Value? {
    let (place, isQuorum) = try enterCoreTyped(refuses: false) { core in (core.leaderPlace, core.offersQuorum) }
    switch consistency {
    case .local: return nil
    case .after(let token):
      switch try attempt(site, if: { $0.includes(token.position) }, body) {
      case .done(let value, _): return value
      case .behind(let position, let signal):
        // A history whose name is known here no more. What a quorum has acknowledged is in every later one.
        let isForeign = position.offset >= token.position.offset || place == .here
        if isForeign, isQuorum { return try await fresh(.leader, site, until: end, body) }
        if place == .here {
          throw TernError(.stale, "the token is of another history than this node's: a failover may have lost what it stands for")
        }
        await movement(signal)
        return nil
      }
    case .atMost(let age):
      if place == .here { return try await confirmed(site, isQuorum, until: end, body) }
      let sight: LeaderSight
      let oldest = HostClock.monotonicNanoseconds() - age.wholeNanoseconds
      if let known = leaderSight.withLock({ $0 }), known.askedAt >= oldest {
        sight = known
      } else {
        sight = try await look(until: end)
      }
      return try await reached(sight.position, site, until: end, body)?.value
    case .leader:
      if place == .here { return try await confirmed(site, isQuorum, until: end, body) }
      let sight = try await look(until: end)
      guard let read = try await reached(sight.position, site, until: end, body) else { return nil }
      guard isQuorum, read.position != sight.position, read.position.offset > sight.position.offset else { return read.value }
      // It may have seen what the leader has not committed. What the leader answers now stands on all of it.
      let later = try await look(until: end)
      return later.position.replid == read.position.replid && later.position.offset >= read.position.offset ? read.value : nil
    }
  }

  /// This node leads: the quorum, if there is one, must agree that it still does.
  private func confirmed<Value: Sendable>(
    _ site: CallSite, _ isQuorum: Bool, until end: ContinuousClock.Instant, _ body: (NodeCore) throws -> Value
  ) async throws -> Value? {
    do {
      return try await enterDurably(
        writes: false, isQuorum ? .quorum : .async, isUndoable: false, until: end, site, body, after: { $1 })
    } catch let error as TernError where error.isOutcomeUnknown {
      return nil
    }
  }

  /// How far the leader is: at least as far as everything that it has acknowledged when it was asked.
  private func look(until end: ContinuousClock.Instant) async throws -> LeaderSight {
    let askedAt = HostClock.monotonicNanoseconds()
    let left = end - .now
    guard left > .zero else { throw TernError(.unavailable, "the time is over") }
    let replies = try await leader(within: left).perform(ForwardedBatch(Self.questions, self)).replies
    // The answer to the second, a read of data, comes when what the first tells of is committed, from a leader that has its lease.
    for reply in replies { _ = try reply.get() }
    guard let text = try replies.first?.get().string, let token = ConsistencyToken(info: text) else {
      throw TernError(.unavailable, "the leader does not say how far it is")
    }
    let sight = LeaderSight(position: token.position, askedAt: askedAt)
    leaderSight.withLock { known in if known.map({ $0.askedAt < askedAt }) ?? true { known = sight } }
    return sight
  }

  private static let questions: [KeyspaceRequest] = {
    var info = KeyspaceRequest("INFO")
    info.token("REPLICATION")
    var exists = KeyspaceRequest("EXISTS")
    exists.token("")
    return [info, exists]
  }()

  private func reached<Value: Sendable>(
    _ position: HistoryPosition, _ site: CallSite, until end: ContinuousClock.Instant, _ body: (NodeCore) throws -> Value
  ) async throws -> (value: Value, position: HistoryPosition)? {
    while true {
      try Task.checkCancellation()
      switch try attempt(site, if: { $0.includes(position) }, body) {
      case .done(let value, let position): return (value, position)
      case .behind(let own, let signal):
        await movement(signal)
        // The goal stays where it is, or a leader that is written to would always be ahead; but one of another history is asked for anew.
        if own.replid != position.replid || ContinuousClock.now >= end { return nil }
      }
    }
  }

  // MARK: waiting for the stream

  private enum Attempt<Value> {
    case done(Value, HistoryPosition)
    /// `signal` is set when the data have moved.
    case behind(HistoryPosition, WakeSignal)

    func value() throws(TernError) -> Value {
      guard case .done(let value, _) = self else { throw TernError(.stale, "the data of this node are behind") }
      return value
    }
  }

  /// Runs `body` if the data are as wanted, all under the same lock.
  private func attempt<Value>(
    _ site: CallSite, if condition: (NodeCore) -> Bool, _ body: (NodeCore) throws -> Value
  ) throws -> Attempt<Value> {
    let thread = HostThread.current
    try check(thread)
    let now = HostClock.wallMilliseconds()
    do {
      return try host.withCore { core in
        guard condition(core) else {
          let signal = WakeSignal()
          _ = core.awaitMovement { signal.set() }
          return .behind(core.position, signal)
        }
        holder.store(thread, ordering: .relaxed)
        defer { holder.store(0, ordering: .relaxed) }
        let value = try withClosureWatched(site) {
          try core.transact(writes: false, isUndoable: false, now: now) { _ in try body(core) }
        }
        return .done(value, core.position)
      }
    } catch let error as CommandError {
      throw TernError(error)
    }
  }

  /// Returns when the data may have moved; within about a tenth of a second in any case, when the node stops, and when the task is cancelled.
  private func movement(_ signal: WakeSignal) async {
    guard let waiter = waiters.add({ _ in signal.set() }) else { return }
    defer { waiters.remove(waiter) }
    await withTaskCancellationHandler {
      await signal.wait()
    } onCancel: {
      signal.set()
    }
  }
}

extension Duration {
  /// Clamped to what fits.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds > 0 ? .max >> 1 : .min >> 1 }
    return max(.min >> 1, min(whole + attoseconds / 1_000_000_000, .max >> 1))
  }
}
