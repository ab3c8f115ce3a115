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

  /// How long a file takes to be written and synced.
  package var diskLatency: ClosedRange<Int64> = 1...30
  /// Mean time between spells in which one node's disk is slow; 0 for none.
  package var slowDiskPeriod: Int64 = 0
  package var slowDiskLatency: ClosedRange<Int64> = 200...1_500
  package var slowDiskLength: ClosedRange<Int64> = 500...4_000
  /// Of the writes of small files (promises, a sentinel's state), those that fail for want of room.
  package var diskFailureShare = 0.0
  /// Of the crashes, those in which the whole machine loses its power: what was written and not synced is lost, or parts of it.
  package var powerLossShare = 0.5
  /// Of the crashes, those after which the machine comes back with an empty disk.
  package var wipeShare = 0.0
  /// Mean time between power failures of all nodes at once; 0 for none. Without `appendfsync always` nothing can survive it for certain.
  package var blackoutPeriod: Int64 = 0
  /// Mean time between orderly shutdowns of a node (SIGTERM), which is started again; 0 for none.
  package var shutdownPeriod: Int64 = 0
  /// Mean time between resets of a connection; 0 for none.
  package var resetPeriod: Int64 = 0
  /// Mean time between spells in which one direction between two hosts is slow; 0 for none.
  package var slowLinkPeriod: Int64 = 0
  package var slowLinkLatency: ClosedRange<Int64> = 50...600
  package var slowLinkLength: ClosedRange<Int64> = 500...5_000
  /// Mean time between failovers that an operator asks for; 0 for none.
  package var failoverPeriod: Int64 = 0
  /// Mean time between orders to members that come too late, or from a sentinel that is behind: to follow whoever still thinks that it leads,
  /// or to lead by an election that is long over; 0 for none.
  package var strayOrderPeriod: Int64 = 0
  /// At no time have more members forgotten what they acknowledged than the protocol survives: of three, one. What goes beyond is not
  /// injected. (A crash makes a member forget unless its log is on the disk; a lost disk always does.)
  package var sparesQuorum = true

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

/// What is counted when it is injected.
package enum Fault: String, CaseIterable, Sendable {
  case crash, powerLoss = "power loss", wipe = "wiped disk", blackout, shutdown, partition, oneWay = "one-way partition", sleep
  case clockJump = "clock jump", slowDisk = "slow disk", slowLink = "slow link", reset = "connection reset"
  case failover = "failover on demand", diskFailure = "failed write", strayOrder = "stray order"
}
