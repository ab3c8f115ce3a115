internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

/// Finding the leader, and trying again where that is safe.
extension Leader {
  /// Between attempts, in milliseconds: a leader that hands over is replaced within some; a failover takes seconds.
  private static let pauses: [Int64] = [2, 5, 10, 20, 50, 100]

  func perform(_ batch: ForwardedBatch) async throws -> ForwardedBatch.Outcome {
    if let invalid = batch.invalid { throw invalid }
    var batch = batch
    batch.isDisk = durability == .disk && batch.writes
    let end = ContinuousClock.now + limit
    var attempt = 0
    while true {
      try Task.checkCancellation()
      let reason: String
      switch try place(for: batch) {
      case .here:
        switch try await here(batch, until: end) {
        case .done(let outcome): return outcome
        case .again(let why): reason = why
        }
      case .at(let host, let port):
        switch try await node.withForwardSpan(batch, host, port, { try await there(batch, host, port, until: end) }) {
        case .done(let outcome): return outcome
        case .again(let why): reason = why
        }
      case .unknown(let why): reason = why
      }
      let pause = Duration.milliseconds(Self.pauses[min(attempt, Self.pauses.count - 1)])
      attempt += 1
      guard ContinuousClock.now + pause < end else {
        throw TernError(.unavailable, "no leader took it within \(limit), and nothing was applied: \(reason)")
      }
      try await Task.sleep(for: pause)
    }
  }

  private func place(for batch: ForwardedBatch) throws(TernError) -> NodeCore.LeaderPlace {
    try node.enterCoreTyped(refuses: false) { core in
      let place = core.leaderPlace
      // What it says of its log before anybody follows it is void when the first one does.
      if batch.wantsToken, case .at = place, !core.leaderLogs { return .unknown("this node is not connected to its leader") }
      return place
    }
  }

  // MARK: this node leads

  private func here(_ batch: ForwardedBatch, until end: ContinuousClock.Instant) async throws -> ForwardedBatch.Verdict {
    do {
      let outcome = try await node.enterDurably(
        writes: batch.writes, durability, isUndoable: false, until: end, nil
      ) { core in
        let replies = batch.commands.map { command -> Result<Reply, TernError> in
          do throws(TernError) {
            return .success(try command.run(core.engine, database: 0, mayWrite: batch.writes))
          } catch {
            return .failure(error)
          }
        }
        return replies
      } after: { core, replies in
        ForwardedBatch.Outcome(replies: replies, token: batch.wantsToken ? ConsistencyToken(core.notePosition()) : nil)
      }
      return .done(outcome)
    } catch let error as TernError {
      if NotLeading.isSaid(by: error.message), !error.isOutcomeUnknown { return .again(error.message) }
      // A read that nobody has confirmed has changed nothing.
      if error.isOutcomeUnknown, !batch.writes { return .again(error.message) }
      throw error
    }
  }

  // MARK: another node leads

  private var kind: LeaderLinkKind {
    switch durability {
    case nil: .plain
    case .async: .asynchronous
    case .quorum: .quorum
    case .disk: .disk
    }
  }

  private func there(
    _ batch: ForwardedBatch, _ host: String, _ port: Int, until end: ContinuousClock.Instant
  ) async throws -> ForwardedBatch.Verdict {
    let left = max(1, (end - .now).wholeMilliseconds)
    let (bytes, count) = batch.encoded(diskMilliseconds: left)
    let kind = self.kind == .disk && !batch.isDisk ? .plain : self.kind
    switch await node.forward(bytes, replies: count, to: host, port, kind, withinMilliseconds: left) {
    case .success(let replies): return try batch.verdict(on: replies)
    case .failure(.notSent(let reason)):
      try Task.checkCancellation()
      return .again(reason)
    case .failure(.refused(let line)):
      if NotLeading.isSaid(by: line) { return .again(line) }
      throw TernError(kind == .plain || kind == .asynchronous ? TernError(CommandError(line)).code : .refused, line)
    case .failure(.lost(let reason)):
      guard batch.writes else {
        try Task.checkCancellation()
        return .again(reason)
      }
      throw TernError(.outcomeUnknown, "UNCERTAIN \(reason); the write may or may not have been applied")
    }
  }
}

extension Node {
  /// Ends, whatever happens, within the time; when the task is cancelled or the node stops, at once.
  func forward(
    _ bytes: [UInt8], replies: Int, to name: String, _ port: Int, _ kind: LeaderLinkKind, withinMilliseconds limit: Int64
  ) async -> Result<[RESPValue], LeaderLinkFailure> {
    let call = ForwardedCall()
    guard let waiter = waiters.add({ _ in call.finish(.failure(.lost("this node stops"))) }) else {
      return .failure(.notSent("this node has stopped"))
    }
    defer { waiters.remove(waiter) }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        call.begin(continuation)
        let request = host.forward(bytes, replies: replies, to: name, port, kind, withinMilliseconds: limit) { call.finish($0) }
        call.request = request
        // It may have been cancelled before there was a request to give up.
        if Task.isCancelled { host.giveUp(request, "the task was cancelled") }
      }
    } onCancel: {
      if let request = call.request { host.giveUp(request, "the task was cancelled") }
    }
  }
}

/// The caller's side of one request. Ends once.
private final class ForwardedCall: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Result<[RESPValue], LeaderLinkFailure>, Never>?
    var outcome: Result<[RESPValue], LeaderLinkFailure>?
    var request: ForwardedRequest?
  }
  private let state = Mutex(State())

  var request: ForwardedRequest? {
    get { state.withLock { $0.request } }
    set { state.withLock { $0.request = newValue } }
  }

  func begin(_ continuation: CheckedContinuation<Result<[RESPValue], LeaderLinkFailure>, Never>) {
    let outcome = state.withLock { state in
      if state.outcome == nil { state.continuation = continuation }
      return state.outcome
    }
    if let outcome { continuation.resume(returning: outcome) }
  }

  func finish(_ outcome: Result<[RESPValue], LeaderLinkFailure>) {
    let continuation = state.withLock { state -> CheckedContinuation<Result<[RESPValue], LeaderLinkFailure>, Never>? in
      guard state.outcome == nil else { return nil }
      state.outcome = outcome
      defer { state.continuation = nil }
      return state.continuation
    }
    continuation?.resume(returning: outcome)
  }
}
