internal import TernNode

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Keeps the writing of a snapshot at the speed that `save-rate-limit` allows, and says how far it has got: to the node, for INFO, and
/// every few seconds in the log. On the thread that writes.
final class SavePace {
  private static let lookEveryNanoseconds: Int64 = 100_000_000
  private static let logEveryNanoseconds: Int64 = 5_000_000_000

  private let core: CoreAccess
  private let isCancelled: Flag
  private var progress: SaveProgress
  private var limiter = RateLimiter()
  private var keyDelayMicroseconds = 0
  private let startedAt = FileClock.monotonicNanoseconds()
  private var lookedAt: Int64
  private var loggedAt: Int64

  init(_ core: CoreAccess, _ kind: SaveProgress.Kind, keysTotal: Int, _ isCancelled: Flag) {
    self.core = core
    self.isCancelled = isCancelled
    progress = SaveProgress(kind, keysTotal: keysTotal, startedAt: core.now())
    lookedAt = startedAt
    loggedAt = startedAt
    look()
  }

  /// How much is best written between two calls of `moved`.
  var pieceBytes: Int { limiter.pieceBytes }

  /// So much has been written. Returns when more may be; false: the writing is to be given up.
  func moved(keys: Int, bytes: Int) -> Bool {
    let newKeys = keys - progress.keys
    progress.keys = keys
    progress.bytes = bytes
    if keyDelayMicroseconds != 0, newKeys > 0 {
      // As Redis has it: a negative delay is a microsecond for that many keys.
      sleep(microseconds: keyDelayMicroseconds > 0 ? newKeys * keyDelayMicroseconds : newKeys / -keyDelayMicroseconds)
    }
    while !isCancelled.isUp {
      let now = FileClock.monotonicNanoseconds()
      if now - lookedAt >= SavePace.lookEveryNanoseconds { look() }
      let wait = limiter.wait(bytes: bytes, now: now)
      if wait <= 0 { return true }
      // The limit may be changed, or the server end, meanwhile.
      usleep(useconds_t(min(wait / 1000 + 1, 50_000)))
    }
    return false
  }

  private func sleep(microseconds: Int) {
    var left = microseconds
    while left > 0, !isCancelled.isUp {
      usleep(useconds_t(min(left, 50_000)))
      left -= 50_000
      let now = FileClock.monotonicNanoseconds()
      if now - lookedAt >= SavePace.lookEveryNanoseconds { look() }
    }
  }

  /// Tells the node, and takes the settings of this moment.
  private func look() {
    lookedAt = FileClock.monotonicNanoseconds()
    let now = core.now()
    progress.movedAt = now
    core {
      let pacing = $0.saveMoved(progress, now: now)
      limiter.setLimit(pacing.bytesPerSecondMax)
      keyDelayMicroseconds = pacing.keyDelayMicroseconds
    }
    guard lookedAt - loggedAt >= SavePace.logEveryNanoseconds else { return }
    loggedAt = lookedAt
    core.log(.notice, "\(name): \(progress.progress.text), \(progress.keys) of \(progress.keysTotal) keys")
  }

  private var name: String { progress.kind == .rdb ? "Saving" : "Rewriting" }

  /// To be called at the end, whatever came of it.
  func close() { core { $0.saveOver(progress.kind) } }

  /// The file is complete.
  func ended(keys: Int, bytes: Int) {
    progress.keys = keys
    progress.bytes = bytes
    let milliseconds = (FileClock.monotonicNanoseconds() - startedAt) / 1_000_000
    let work = WorkProgress(done: Int64(keys), total: Int64(keys), milliseconds: milliseconds, bytes: Int64(bytes))
    core.log(.notice, "\(progress.kind == .rdb ? "RDB" : "Base of the append only file"): \(keys) keys, \(work.summary)")
  }
}
