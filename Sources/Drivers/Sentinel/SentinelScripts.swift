internal import NIOCore
internal import TernSentinel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Notification scripts that run. On the main loop; their ends are polled for, as only these children are ours to wait for.
final class SentinelScripts: @unchecked Sendable {
  private unowned let host: SentinelHost
  private var running: [(id: SentinelScriptID, processID: pid_t)] = []
  private var task: RepeatedTask?
  /// The machine's sign for a script that could not be started.
  private static let notStarted: Int32 = 99

  init(_ host: SentinelHost) { self.host = host }

  func run(_ id: SentinelScriptID, path: String, arguments: [String]) {
    do throws(SpawnError) {
      let processID = try ChildProcess.spawn(path, arguments: [path] + arguments)
      running.append((id, processID))
      host.laterEvent { $0.scriptStarted(id, processID: Int64(processID), now: $1) }
      watch()
    } catch {
      host.laterEvent { $0.scriptEnded(id, exitCode: 127, signal: SentinelScripts.notStarted, now: $1) }
    }
  }

  func kill(_ id: SentinelScriptID) {
    guard let script = running.first(where: { $0.id == id }) else { return }
    // Not reaped yet, so the number is still this child's.
    _ = posixKill(script.processID, SIGKILL)
  }

  private func watch() {
    guard task == nil else { return }
    task = host.loop.scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) { _ in self.poll() }
  }

  private func poll() {
    var ended: [(SentinelScriptID, Int32)] = []
    running.removeAll { script in
      var status: Int32 = 0
      let result = waitpid(script.processID, &status, WNOHANG)
      if result == 0 || (result < 0 && errno == EINTR) { return false }
      ended.append((script.id, result < 0 ? 0 : status))
      return true
    }
    if running.isEmpty {
      task?.cancel()
      task = nil
    }
    for (id, status) in ended {
      let signal = status & 0x7f
      host.event { $0.scriptEnded(id, exitCode: signal == 0 ? status >> 8 & 0xff : 0, signal: signal, now: $1) }
    }
  }

  func stop() {
    task?.cancel()
    task = nil
    for script in running { _ = posixKill(script.processID, SIGKILL) }
    for script in running {
      var status: Int32 = 0
      waitpid(script.processID, &status, 0)
    }
    running = []
  }
}

private func posixKill(_ processID: pid_t, _ signal: Int32) -> Int32 { kill(processID, signal) }
