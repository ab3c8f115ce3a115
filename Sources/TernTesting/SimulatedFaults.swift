internal import TernSimulation

extension SimulatedCluster {
  /// What may go wrong, and how often. Periods are means, nil is never; lengths are drawn uniformly from their ranges.
  public struct Faults: Sendable {
    /// Between two crashes of any process (`kill -9`). It is started again after `restartDelay`.
    public var crashPeriod: Duration?
    public var restartDelay: ClosedRange<Duration> = .milliseconds(200)...(.milliseconds(3_000))
    /// Of the crashes, the share in which the machine loses its power: what was written and not synced is gone, or parts of it.
    public var powerLossShare = 0.5
    /// Of the crashes of nodes, the share after which the machine comes back with an empty disk.
    public var wipeShare = 0.0
    /// Between two power failures of all nodes at once. Only nodes with ``SimulatedCluster/Storage/always`` remember everything then.
    public var blackoutPeriod: Duration?
    /// Between two orderly shutdowns of a node (SIGTERM); it is started again.
    public var shutdownPeriod: Duration?
    /// Between two partitions of the network, each with up to half of the hosts on one side.
    public var partitionPeriod: Duration?
    public var healDelay: ClosedRange<Duration> = .milliseconds(500)...(.milliseconds(4_000))
    /// Of the partitions, the share that cuts one direction only.
    public var oneWayShare = 0.3
    /// Between two resets of a connection.
    public var resetPeriod: Duration?
    /// Between two stops of a process in the manner of SIGSTOP.
    public var sleepPeriod: Duration?
    public var sleepLength: ClosedRange<Duration> = .milliseconds(200)...(.milliseconds(3_000))
    /// Between two spells in which one direction between two hosts is slow (up to 600 ms).
    public var slowLinkPeriod: Duration?
    /// Between two spells in which one node's disk is slow (up to 1.5 s a write).
    public var slowDiskPeriod: Duration?
    /// How much faster or slower a host's clock may run than true time: 0.04 is 4 %. Leases allow for a tenth between two clocks.
    public var clockDriftMax = 0.0
    /// Between two jumps of a host's wall clock, by up to 30 s either way.
    public var clockJumpPeriod: Duration?
    /// Between two failovers that an operator asks for.
    public var failoverPeriod: Duration?
    /// One way of a message.
    public var latency: ClosedRange<Duration> = .zero...(.milliseconds(3))
    /// With ``SimulatedCluster/Durability/quorum``: never let more nodes forget what they acknowledged at one time than the protocol
    /// survives (of three, one). Crashes beyond that are not injected.
    public var sparesQuorum = true

    /// Nothing but the network's latency.
    public init() {}

    /// Everything that a quorum survives, each every few seconds.
    public static var mixed: Faults {
      var faults = Faults()
      faults.crashPeriod = .seconds(4)
      faults.shutdownPeriod = .seconds(8)
      faults.partitionPeriod = .seconds(4)
      faults.resetPeriod = .seconds(2)
      faults.sleepPeriod = .seconds(5)
      faults.slowLinkPeriod = .seconds(3)
      faults.slowDiskPeriod = .seconds(5)
      faults.clockDriftMax = 0.04
      faults.clockJumpPeriod = .seconds(10)
      faults.failoverPeriod = .seconds(8)
      return faults
    }

    var inWorld: FaultModel {
      func range(_ range: ClosedRange<Duration>) -> ClosedRange<Int64> {
        range.lowerBound.wholeMilliseconds...range.upperBound.wholeMilliseconds
      }
      var model = FaultModel()
      model.crashPeriod = crashPeriod?.wholeMilliseconds ?? 0
      model.restartDelay = range(restartDelay)
      model.powerLossShare = powerLossShare
      model.wipeShare = wipeShare
      model.blackoutPeriod = blackoutPeriod?.wholeMilliseconds ?? 0
      model.shutdownPeriod = shutdownPeriod?.wholeMilliseconds ?? 0
      model.partitionPeriod = partitionPeriod?.wholeMilliseconds ?? 0
      model.healDelay = range(healDelay)
      model.oneWayShare = oneWayShare
      model.resetPeriod = resetPeriod?.wholeMilliseconds ?? 0
      model.sleepPeriod = sleepPeriod?.wholeMilliseconds ?? 0
      model.sleepLength = range(sleepLength)
      model.slowLinkPeriod = slowLinkPeriod?.wholeMilliseconds ?? 0
      model.slowDiskPeriod = slowDiskPeriod?.wholeMilliseconds ?? 0
      model.clockDriftMax = min(max(0, clockDriftMax), 0.5)
      model.clockJumpPeriod = clockJumpPeriod?.wholeMilliseconds ?? 0
      model.failoverPeriod = failoverPeriod?.wholeMilliseconds ?? 0
      model.latency = range(latency)
      model.sparesQuorum = sparesQuorum
      return model
    }
  }

  /// What clients do. Every value is written once, so that a read tells which write it saw.
  public struct Workload: Sendable {
    public enum Kind: Sendable, CaseIterable {
      /// GET and SET.
      case register
      /// SET … GET: a write whose reply says what it replaced.
      case exchange
      /// INCR.
      case counter
      /// SADD, SREM and SMEMBERS.
      case set
      /// RPUSH, LPOP and LRANGE.
      case list
      /// MULTI, an increment of each of two keys, EXEC.
      case transaction
    }

    public var kinds = Kind.allCases
    /// Keys of each kind at one time: fewer mean more contention.
    public var keysPerKind = 2
    /// Of the operations, the share that only reads.
    public var readShare = 0.4
    /// Between two operations of a client, in the mean.
    public var pause: Duration = .milliseconds(20)
    /// After this a client gives an operation up, and calls its outcome unknown.
    public var timeout: Duration = .milliseconds(1_500)

    public init() {}

    var inWorld: TernSimulation.Workload {
      var workload = TernSimulation.Workload()
      workload.kinds = kinds.map {
        switch $0 {
        case .register: .register
        case .exchange: .exchange
        case .counter: .counter
        case .set: .set
        case .list: .list
        case .transaction: .pair
        }
      }
      workload.keysPerKind = max(1, keysPerKind)
      workload.readShare = readShare
      workload.period = max(1, pause.wholeMilliseconds)
      workload.timeout = max(1, timeout.wholeMilliseconds)
      return workload
    }
  }
}
