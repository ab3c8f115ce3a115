internal import TernNode

/// Says how far loading has got: to the node, for INFO, and every few seconds in the log.
final class LoadingProgress {
  private static let logEveryNanoseconds: Int64 = 5_000_000_000

  private let core: CoreAccess
  private let totalBytes: Int
  private let startedAt = FileClock.monotonicNanoseconds()
  private var loggedAt: Int64
  private var bytes = 0
  private var keys = 0

  init(_ core: CoreAccess, totalBytes: Int) {
    self.core = core
    self.totalBytes = totalBytes
    loggedAt = startedAt
  }

  func moved(to bytes: Int, keys: Int) {
    self.keys = keys
    let now = FileClock.monotonicNanoseconds()
    if bytes != self.bytes {
      self.bytes = bytes
      core { $0.loadingMoved(loadedBytes: Int64(bytes), keys: keys, now: core.now()) }
    }
    guard now - loggedAt >= LoadingProgress.logEveryNanoseconds else { return }
    loggedAt = now
    let progress = WorkProgress(done: Int64(bytes), total: Int64(totalBytes), milliseconds: (now - startedAt) / 1_000_000)
    core.log(.notice, "Loading: \(progress.text), \(keys) keys")
  }

  func ended() {
    let milliseconds = (FileClock.monotonicNanoseconds() - startedAt) / 1_000_000
    let progress = WorkProgress(done: Int64(bytes), total: Int64(totalBytes), milliseconds: milliseconds)
    core.log(.notice, "Loaded \(progress.summary), \(keys) keys")
  }
}
