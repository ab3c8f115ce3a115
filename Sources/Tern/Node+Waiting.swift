internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

/// Commands that wait: a session of their own stands in for the connection that they have not.
final class Waiters: Sendable {
  private struct State {
    var next = 1
    var isOver = false
    var waiting: [Int: @Sendable (TernError) -> Void] = [:]
  }
  private let state = Mutex(State())

  /// Nil when the node has ended.
  func add(_ end: @escaping @Sendable (TernError) -> Void) -> Int? {
    state.withLock { state in
      guard !state.isOver else { return nil }
      state.next += 1
      state.waiting[state.next] = end
      return state.next
    }
  }

  func remove(_ id: Int) { state.withLock { _ = $0.waiting.removeValue(forKey: id) } }

  /// The node stops: whoever waits is told so.
  func endAll() {
    let waiting = state.withLock { state in
      state.isOver = true
      return Array(state.waiting.values)
    }
    for end in waiting { end(Node.notRunning) }
  }
}

/// One command that waits. Ends once, with whatever comes first: its reply, the node's end, or the task's cancellation.
private final class WaitingCall: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Reply, any Error>?
    var outcome: Result<Reply, any Error>?
  }
  private let state = Mutex(State())
  /// Under the node's lock.
  nonisolated(unsafe) var session: Session?
  /// Under the node's lock: the task was cancelled, perhaps before the command could begin; it must take nothing out any more.
  nonisolated(unsafe) var isCancelled = false

  func wait(_ continuation: CheckedContinuation<Reply, any Error>) {
    let outcome = state.withLock { state in
      if state.outcome == nil { state.continuation = continuation }
      return state.outcome
    }
    if let outcome { continuation.resume(with: outcome) }
  }

  func end(_ outcome: Result<Reply, any Error>) {
    let continuation = state.withLock { state -> CheckedContinuation<Reply, any Error>? in
      guard state.outcome == nil else { return nil }
      state.outcome = outcome
      defer { state.continuation = nil }
      return state.continuation
    }
    continuation?.resume(with: outcome)
  }
}

extension Node {
  /// Runs a command that may wait, on database 0. A task that is cancelled meanwhile takes nothing out of the keyspace any more.
  func executeWaiting(_ request: KeyspaceRequest) async throws -> Reply {
    try Task.checkCancellation()
    guard holder.load(ordering: .relaxed) != HostThread.current else { throw Self.reentrant }
    guard isRunning.load(ordering: .relaxed) else { throw Self.notRunning }
    let call = WaitingCall()
    guard let id = waiters.add({ call.end(.failure($0)) }) else { throw Self.notRunning }
    defer { waiters.remove(id) }
    return try await withTaskCancellationHandler {
      begin(request, call)
      return try await withCheckedThrowingContinuation { call.wait($0) }
    } onCancel: {
      // Not here: the task that is cancelled may be cancelled by a thread that holds the lock.
      host.soon { core in
        call.isCancelled = true
        self.finish(call, core)
        call.end(.failure(CancellationError()))
      }
    }
  }

  private func begin(_ request: KeyspaceRequest, _ call: WaitingCall) {
    let now = HostClock.wallMilliseconds()
    let core = host.enterCore()
    guard !call.isCancelled else { return host.exitCore() }
    core.performWaiting(request, now: now) { session in
      // Within the engine: the session goes when the unit is over.
      let outcome = Self.outcome(of: session)
      call.end(outcome)
      self.host.soon { core in self.finish(call, core) }
    } started: { session in
      call.session = session
    }
    host.exitCore()
    host.logAdvanced()
    host.deadlineChanged()
  }

  private func finish(_ call: WaitingCall, _ core: NodeCore) {
    guard let session = call.session else { return }
    call.session = nil
    session.onWake = nil
    core.closeSession(session, now: HostClock.wallMilliseconds())
  }

  private static func outcome(of session: Session) -> Result<Reply, any Error> {
    var parser = RESPReplyParser()
    parser.append(session.reply.bytes)
    do {
      guard let value = try parser.next() else { return .failure(TernError(.other, "the command gave no reply")) }
      if case .error(let line) = value { return .failure(TernError(CommandError(String(decoding: line, as: UTF8.self)))) }
      return .success(Reply(value))
    } catch {
      return .failure(TernError(.other, "\(error)"))
    }
  }
}

extension NodeCore {
  /// Runs a command in a session of its own. `finished` is called once, at once or when the wait is over; `started` before that.
  fileprivate func performWaiting(
    _ request: KeyspaceRequest, now: Int64, finished: @escaping (Session) -> Void, started: (Session) -> Void
  ) {
    let session = engine.openSession(address: "in-process", localAddress: "")
    session.reply.isRESP3 = true
    session.gates.remove(.unauthenticated)
    started(session)
    request.withViews { views in
      execute(session, views.map { Array($0.buffer) }, now: now)
    }
    guard session.gates.contains(.blocked) else { return finished(session) }
    session.onWake = { [unowned session] in finished(session) }
  }
}
