/// Asks again and again until there is an answer.
///
/// `attempt` returns the answer, or what is still missing, in words; the last of those words are in the error when `limit` has passed.
/// - Throws: `DeadlineExceeded`, `CancellationError`, or what `attempt` throws.
package func waitUntil<Answer: Sendable>(
  _ what: String, within limit: Duration, every interval: Duration = .milliseconds(100), isolation: isolated (any Actor)? = #isolation,
  _ attempt: () async throws -> Attempt<Answer>
) async throws -> Answer {
  let clock = ContinuousClock()
  let start = clock.now
  while true {
    switch try await attempt() {
    case .done(let answer): return answer
    case .missing(let reason):
      guard clock.now - start < limit else { throw DeadlineExceeded(what: what, limit: limit, missing: reason) }
    }
    try await Task.sleep(for: interval)
  }
}

package enum Attempt<Answer: Sendable>: Sendable {
  case done(Answer)
  case missing(String)
}

package struct DeadlineExceeded: Error, Sendable, CustomStringConvertible {
  package var what: String
  package var limit: Duration
  /// What the last attempt lacked.
  package var missing: String

  package var description: String { "waited \(limit.seconds(1)) for \(what) in vain: \(missing)" }
}

extension Duration {
  /// For people: `2.9 s`.
  package func seconds(_ decimals: Int) -> String {
    var scale: Int64 = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (components.seconds * scale) + (components.attoseconds / (1_000_000_000_000_000_000 / scale))
    guard decimals > 0 else { return "\(scaled) s" }
    let fraction = String(scaled.magnitude % UInt64(scale))
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(scaled < 0 ? "-" : "")\(scaled.magnitude / UInt64(scale)).\(zeros)\(fraction) s"
  }
}
