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

  /// Mean time between two stops of a process in the manner of SIGSTOP; 0 for none. What reaches it meanwhile waits.
  package var sleepPeriod: Int64 = 0
  package var sleepLength: ClosedRange<Int64> = 200...6_000
  /// How much faster or slower a host's clock may run than true time, both ways: 0.04 is 4 %.
  package var clockDriftMax = 0.0
  /// Mean time between jumps of a host's wall clock (its monotonic clock never jumps); 0 for none.
  package var clockJumpPeriod: Int64 = 0
  package var clockJump: ClosedRange<Int64> = -30_000...30_000

  package init() {}

  package static let calm = FaultModel()

  /// Everything at once, each every few seconds.
  package static var mixed: FaultModel {
    var faults = FaultModel()
    faults.crashPeriod = 7_000
    faults.partitionPeriod = 7_000
    faults.sleepPeriod = 9_000
    faults.clockDriftMax = 0.04
    faults.clockJumpPeriod = 20_000
    return faults
  }
}
