import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A started program. It never outlives this process:
///
/// 1. `terminate` ends it, and so does dropping the object.
/// 2. It is in a process group of its own, so Ctrl-C at the terminal reaches this process alone, which then ends its children in order.
/// 3. If this process dies in whatever way, `kill -9` included, the watchdog (see `Watchdog`) ends what is left.
///
/// Signals go to a pid only while that child has not been reaped, so a reused pid is never hit.
package final class ChildProcess: Sendable {
  package enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    package var description: String {
      switch self {
      case .exited(let status): "exit status \(status)"
      case .signalled(let signal): "signal \(signal)"
      }
    }
  }

  package struct LaunchError: Error, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
  }

  package let pid: Int32
  private let life: Life

  /// Starts `executable` (a path) with `arguments`. Standard input is empty; output and errors are appended to the file `log`.
  package init(executable: String, arguments: [String], log: String) throws(LaunchError) {
    guard access(executable, X_OK) == 0 else { throw LaunchError("cannot run '\(executable)': \(String(cString: strerror(errno)))") }
    pid = try Watchdog.shared.spawn(executable: executable, arguments: arguments, input: nil, output: log)
    let life = Life(pid: pid)
    self.life = life
    Thread.detachNewThread { life.reap() }
  }

  deinit { life.signal(SIGKILL) }

  package var exitStatus: ExitStatus? { life.state.withLock { $0.status } }
  package var isRunning: Bool { exitStatus == nil }

  /// False when the child had already ended.
  @discardableResult
  package func signal(_ number: Int32) -> Bool { life.signal(number) }

  /// Waits for the end of the child. Throws `CancellationError` when the task is cancelled; the child is left alone then.
  package func waitForExit() async throws -> ExitStatus { try await life.waitForExit() }

  /// nil when the child was still running after `duration`, or when the task was cancelled.
  package func waitForExit(within duration: Duration) async -> ExitStatus? {
    await withTaskGroup(of: ExitStatus?.self) { group in
      group.addTask { [life] in try? await life.waitForExit() }
      group.addTask {
        try? await Task.sleep(for: duration)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first ?? exitStatus
    }
  }

  /// SIGTERM, and SIGKILL when the child has not ended after `grace`. Not cut short by cancellation: it is what clean-up calls.
  @discardableResult
  package func terminate(grace: Duration) async -> ExitStatus {
    await Task.detached { [life, self] in
      life.signal(SIGTERM)
      if let status = await self.waitForExit(within: grace) { return status }
      life.signal(SIGKILL)
      while true {
        if let status = await self.waitForExit(within: .seconds(1)) { return status }
      }
    }.value
  }

  /// The part that the reaping thread shares with the handle.
  private final class Life: Sendable {
    struct State {
      var status: ExitStatus?
      var waiters: [Int: CheckedContinuation<ExitStatus?, Never>] = [:]
      var nextWaiter = 0
    }

    let pid: Int32
    let state = Mutex(State())

    init(pid: Int32) { self.pid = pid }

    @discardableResult
    func signal(_ number: Int32) -> Bool { state.withLock { $0.status == nil && kill(pid, number) == 0 } }

    func reap() {
      // Wait without reaping first: the pid stays ours until `status` is set under the lock that `signal` takes.
      var information = siginfo_t()
      while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
      let waiters = state.withLock { state in
        var raw: Int32 = 0
        while waitpid(pid, &raw, 0) == -1 && errno == EINTR {}
        let signal = raw & 0x7f
        state.status = signal == 0 ? .exited(raw >> 8 & 0xff) : .signalled(signal)
        defer { state.waiters = [:] }
        return state.waiters.values.map { ($0, state.status) }
      }
      Watchdog.shared.forget(pid)
      for (waiter, status) in waiters { waiter.resume(returning: status) }
    }

    func waitForExit() async throws -> ExitStatus {
      let id = state.withLock { state in
        state.nextWaiter += 1
        return state.nextWaiter
      }
      let status: ExitStatus? = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let now: ExitStatus?? = state.withLock { state in
            if let status = state.status { return .some(status) }
            if Task.isCancelled { return .some(nil) }
            state.waiters[id] = continuation
            return nil
          }
          if let now { continuation.resume(returning: now) }
        }
      } onCancel: {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: nil)
      }
      guard let status else { throw CancellationError() }
      return status
    }
  }
}

extension ChildProcess {
  /// The file that a shell would run for `program`: a path as it is, a bare name looked up in PATH. nil when there is none.
  package static func locate(_ program: String) -> String? {
    if program.contains("/") {
      return access(program, X_OK) == 0 ? URL(fileURLWithPath: program).path : nil
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    for directory in path.split(separator: ":") {
      let candidate = directory + "/" + program
      if access(candidate, X_OK) == 0 { return candidate }
    }
    return nil
  }

  /// The program `name` in the folder of the running executable, where SwiftPM puts all products of a package.
  package static func sibling(_ name: String) -> String? {
    guard let own = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
    let candidate = own.deletingLastPathComponent().appendingPathComponent(name).path
    return access(candidate, X_OK) == 0 ? candidate : nil
  }
}
