internal import Synchronization

/// One wake-up for one waiter.
final class WakeSignal: Sendable {
  private enum State {
    case idle
    case waiting(CheckedContinuation<Void, Never>)
    case set
  }
  private let state = Mutex(State.idle)

  func set() {
    let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
      defer { state = .set }
      if case .waiting(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume()
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isSet = state.withLock { state in
        if case .set = state { return true }
        state = .waiting(continuation)
        return false
      }
      if isSet { continuation.resume() }
    }
  }
}
