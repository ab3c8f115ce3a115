/// Says how long whoever has written so many bytes has to wait for the next ones. Up to a tenth of a second's worth may be written at once
/// after a pause; what was not used before that is gone, so that a disk that stood still is not flooded afterwards.
package struct RateLimiter: Sendable {
  /// Bytes per second; 0: none.
  private var limit = 0
  /// When everything that was written so far would have been written at that speed. Nanoseconds of a monotonic clock.
  private var paidUntil: Int64 = .min
  private var counted = 0

  package init() {}

  package mutating func setLimit(_ bytesPerSecond: Int) {
    guard bytesPerSecond != limit else { return }
    limit = max(0, bytesPerSecond)
    paidUntil = .min
  }

  /// How much is best written at a time: pieces that take more than a twentieth of a second would come in jerks.
  package var pieceBytes: Int { limit == 0 ? 64 << 10 : min(64 << 10, max(1 << 10, limit / 20)) }

  /// - Parameters:
  ///   - bytes: all that was written since the beginning
  ///   - now: nanoseconds of a monotonic clock
  /// - Returns: nanoseconds
  package mutating func wait(bytes: Int, now: Int64) -> Int64 {
    let new = max(0, bytes - counted)
    counted = max(counted, bytes)
    guard limit > 0 else { return 0 }
    let burst: Int64 = 100_000_000
    let cost = Double(new) * 1e9 / Double(limit)
    let begin = max(paidUntil, now - burst)
    paidUntil = begin + Int64(min(cost, 1e18))
    return max(0, paidUntil - now)
  }
}
