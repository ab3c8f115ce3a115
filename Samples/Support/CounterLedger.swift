/// The bookkeeping of one client that increments one counter: which increments were acknowledged, which were refused, which are in
/// doubt, and what the values that come back say about increments that were lost.
///
/// With no other writer, the reply to an increment lies in `last + 1 ... last + 1 + inDoubt`: each increment in doubt may or may not have
/// been applied. A lower reply means that acknowledged increments are gone; a higher one that somebody else counts too.
package struct CounterLedger: Sendable {
  /// A time in which nothing was acknowledged, from the last acknowledgement before it to the first one after it.
  package struct Outage: Sendable, Hashable {
    package var start: ContinuousClock.Instant
    package var end: ContinuousClock.Instant
    /// What the client was told first.
    package var reason: String
    package var duration: Duration { end - start }
  }

  /// The counter's value when this client first saw it.
  package private(set) var first: Int64?
  /// The highest value that is accounted for: seen at the start, or acknowledged since.
  package private(set) var last: Int64?
  package private(set) var acknowledged = 0
  /// Increments that were attempted and certainly not applied.
  package private(set) var refused = 0
  /// Increments whose outcome no reply tells.
  package private(set) var unknown = 0
  /// Of the unknown ones, those that later replies proved to have been applied.
  package private(set) var unknownApplied = 0
  /// Acknowledged increments that are provably gone. A lower bound: an increment in doubt that was applied hides one that was lost.
  package private(set) var lost = 0
  /// What the counter moved by beyond all of this client's increments.
  package private(set) var byOthers = 0
  package private(set) var outages: [Outage] = []
  /// The longest time between two acknowledgements, pauses that the client itself made aside.
  package private(set) var longestGap: Duration = .zero

  /// Increments in doubt since `last`.
  private var inDoubt: Int64 = 0
  private var lastAcknowledgedAt: ContinuousClock.Instant?
  private var trouble: (since: ContinuousClock.Instant, reason: String)?

  package init() {}

  /// Since when nothing has been acknowledged, and the first reason; nil while all is well.
  package var currentTrouble: (since: ContinuousClock.Instant, reason: String)? { trouble }

  package mutating func started(at value: Int64, now: ContinuousClock.Instant) {
    first = value
    last = value
    lastAcknowledgedAt = now
  }

  /// The outage that this acknowledgement ended, if there was one.
  @discardableResult
  package mutating func acknowledged(_ value: Int64, now: ContinuousClock.Instant) -> Outage? {
    acknowledged += 1
    account(for: value, ownIncrement: true)
    if let before = lastAcknowledgedAt { longestGap = max(longestGap, now - before) }
    lastAcknowledgedAt = now
    guard let ended = trouble else { return nil }
    trouble = nil
    let outage = Outage(start: ended.since, end: now, reason: ended.reason)
    outages.append(outage)
    return outage
  }

  package mutating func refused(_ reason: String, now: ContinuousClock.Instant) {
    refused += 1
    notAcknowledged(reason, now)
  }

  package mutating func unknown(_ reason: String, now: ContinuousClock.Instant) {
    unknown += 1
    inDoubt += 1
    notAcknowledged(reason, now)
  }

  /// The value was read, not incremented: at the end, or after a failover.
  package mutating func read(_ value: Int64) { account(for: value, ownIncrement: false) }

  /// The client stops by its own choice until the next acknowledgement: that time is nobody's outage.
  package mutating func resumed(now: ContinuousClock.Instant) {
    if trouble == nil { lastAcknowledgedAt = now }
  }

  private mutating func notAcknowledged(_ reason: String, _ now: ContinuousClock.Instant) {
    if trouble == nil { trouble = (lastAcknowledgedAt ?? now, reason) }
  }

  private mutating func account(for value: Int64, ownIncrement: Bool) {
    defer {
      last = value
      inDoubt = 0
    }
    guard let last else { return }
    let (lowest, overflow) = last.addingReportingOverflow(ownIncrement ? 1 : 0)
    guard !overflow else { return }
    let (difference, tooFar) = value.subtractingReportingOverflow(lowest)
    guard !tooFar else { return }
    if difference < 0 {
      lost += Int(-difference)
    } else {
      unknownApplied += Int(min(difference, inDoubt))
      byOthers += Int(max(0, difference - inDoubt))
    }
  }
}
