/// What may go wrong in a simulated world, and how often. All times in virtual milliseconds.
///
/// Survivable by design, so that a run must converge afterwards: any sequence of these, as long as everything is healed and up again at
/// the end. Not in here, because nothing survives it: a peer that lies.
package struct FaultModel: Sendable {
  /// One way of a message over the network, uniform.
  package var latency: ClosedRange<Int64> = 0...3
  /// Mean time between crashes of any process; 0 for none. A crashed node loses its memory, and keeps what it had saved.
  package var crashPeriod: Int64 = 0
  package var restartDelay: ClosedRange<Int64> = 500...8_000
  /// Mean time between partitions of the network; 0 for none.
  package var partitionPeriod: Int64 = 0
  package var healDelay: ClosedRange<Int64> = 500...10_000
  /// Of the partitions, those that cut one direction only.
  package var oneWayShare = 0.3
  /// Of the connections that a partition held up, those that are reset when it heals.
  package var resetShare = 0.3
  /// How long a connection attempt into a partition takes to fail.
  package var connectTimeout: Int64 = 2_000

  package init() {}

  package static let calm = FaultModel()
}
