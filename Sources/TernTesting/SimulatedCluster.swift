internal import TernNode
internal import TernSimulation

/// Data nodes and sentinels in one process and in virtual time: the same machines that run behind sockets, on a simulated network and on
/// simulated disks, with faults on demand. A minute of their time takes a fraction of a second of yours, and a seed replays a run exactly.
///
/// ```swift
/// let cluster = SimulatedCluster(seed: 1, clients: 0, durability: .quorum)
/// cluster.startWorkload(clients: 3)
/// #expect(cluster.run(for: .seconds(20), untilSettled: true))
/// cluster.sufferFaults(.mixed, for: .seconds(30))
/// cluster.run(for: .seconds(30))
/// #expect(cluster.verify().isEmpty, "\(cluster.transcript.suffix(50))")
/// ```
///
/// Not thread-safe: use it from one thread at a time.
public final class SimulatedCluster {
  private let world: World
  private let durability: Durability

  /// What an acknowledgement means: `tern-durability`.
  public enum Durability: Sendable {
    /// Redis's promise: a failover can lose what was acknowledged.
    case async
    /// A majority of the nodes holds what was acknowledged, and no failover takes it back.
    case quorum
  }

  /// What of a node's data is on its disk.
  public enum Storage: Sendable {
    /// RDB files, a second apart: a crash forgets what came behind the last one.
    case snapshots
    /// The append-only file, synced once a second.
    case everySecond
    /// The append-only file, synced before anything is acknowledged.
    case always
  }

  /// Starts `nodes` data nodes (with `.async` the first is the primary and the others follow it; with `.quorum` the sentinels elect one),
  /// `sentinels`, and `clients` that each increment a counter of its own.
  ///
  /// - Parameters:
  ///   - seed: decides everything that is left to chance; the same seed and the same calls give the same run, to the byte.
  ///   - downAfter: the silence after which a sentinel holds a node for down (`down-after-milliseconds`).
  ///   - storage: with `.async`, nodes always save snapshots.
  public init(
    seed: UInt64, nodes: Int = 3, sentinels: Int = 3, clients: Int = 1, downAfter: Duration = .seconds(1), durability: Durability = .async,
    storage: Storage = .snapshots
  ) {
    world = World(seed: seed)
    self.durability = durability
    let downAfter = max(1, Int(clamping: downAfter.wholeMilliseconds))
    switch durability {
    case .async:
      world.startCluster(nodes: max(1, nodes), sentinels: max(0, sentinels), clients: max(0, clients), downAfter: downAfter)
    case .quorum:
      var setup = QuorumSetup()
      setup.members = min(max(1, nodes), 31)
      setup.sentinels = max(0, sentinels)
      setup.downAfter = downAfter
      setup.storage = storage.inWorld
      world.startQuorumCluster(setup)
      world.startCounters(max(0, clients))
    }
  }

  /// Lets virtual time pass; with `untilSettled` only until the cluster is settled, and returns whether it is.
  @discardableResult
  public func run(for duration: Duration, untilSettled: Bool = false) -> Bool {
    if untilSettled { return world.run(for: duration.wholeMilliseconds) { $0.settledPrimary != nil } }
    world.run(for: duration.wholeMilliseconds)
    return isSettled
  }

  /// One primary, all other nodes that are up connected to it, and every sentinel knows both.
  public var isSettled: Bool { world.settledPrimary != nil }

  /// The name of the settled primary, `node-0` and so on; nil while there is none.
  public var primary: String? { world.settledPrimary?.name }

  /// What keeps the nodes from being equal, in words: roles, offsets, contents. Empty when they are. Stop the clients first, and let a
  /// moment pass: what is on its way counts as a difference. O(keys).
  public var disagreements: [String] { world.divergences() }

  /// Writes that were acknowledged to clients so far.
  public var acknowledgedWrites: Int { world.clients.reduce(0) { $0 + $1.acknowledgements } + world.history.acknowledgedWrites }

  /// Operations of the workload that nobody answered, or whose answer said that the outcome is unknown.
  public var unknownOutcomes: Int { world.history.unknownOutcomes }

  /// Clients send nothing more.
  public func stopClients() {
    for client in world.clients { client.isStopped = true }
    for client in world.workloadClients { client.isStopped = true }
  }

  /// What happened, a line each, with virtual milliseconds in front; at most 20 000 lines.
  public var transcript: [String] { world.transcript }

  // MARK: workloads

  /// Adds clients that ask the sentinels for the primary, do what `workload` says there, and write down what they were told, for
  /// ``verify()``. They begin at once. May be called again, with another workload.
  public func startWorkload(clients: Int, _ workload: Workload = Workload()) {
    world.startWorkload(clients: max(0, clients), workload.inWorld)
  }

  /// Ends all faults, stops the clients, waits until the cluster has settled, reads every key, and says what contradicts the promises that
  /// were made. Empty: nothing.
  ///
  /// Checked in any mode: that the cluster settles, that all nodes become equal, and that nodes at the same offset of the same log hold the
  /// same data. With ``Durability/quorum`` also: that the history of every key is linearizable (no stale read, no torn transaction), that no
  /// acknowledged write is lost, that each epoch had one leader, and that no leader took back what another had committed. If more nodes
  /// forgot what they had acknowledged than the quorum survives, writes may be lost, and their loss is no violation.
  ///
  /// Takes time in proportion to the operations; the search behind linearizability is exponential at worst, and gives up then, which it says.
  public func verify() -> [String] {
    world.endFaults()
    stopClients()
    guard world.run(for: 180_000, until: { $0.settledPrimary != nil }), let primary = world.settledPrimary else {
      return world.ledger.violations + world.divergences()
    }
    let end = world.concludeHistory(at: primary)
    var violations = world.ledger.violations + world.digestConflicts()
    if durability == .quorum, world.ledger.disasters == 0 {
      violations += world.history.violations()
      let lost = world.history.lostWrites { end[$0] ?? .nothing }
      if lost > 0, world.history.byKey.allSatisfy({ end[$0.key] != nil }) { violations.append("\(lost) acknowledged writes are gone") }
    }
    if !world.run(for: 10_000, until: { $0.divergences().isEmpty }) { violations += world.divergences() }
    return violations
  }

  // MARK: faults

  /// Injects faults by chance during the next `duration` of virtual time: let it pass with ``run(for:untilSettled:)``.
  public func sufferFaults(_ faults: Faults, for duration: Duration) {
    world.faults = faults.inWorld
    world.sufferFaults(among: world.hosts, for: duration.wholeMilliseconds)
  }

  /// Everything is healed, awake and up again.
  public func endFaults() { world.endFaults() }

  /// How often each kind of fault was injected.
  public var injectedFaults: [String: Int] {
    Dictionary(world.injected.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { $0 + $1 })
  }

  /// Ends the settled primary as `kill -9` does. False when there is none.
  @discardableResult
  public func crashPrimary() -> Bool {
    guard let primary = world.settledPrimary else { return false }
    world.crash(primary.host)
    return true
  }

  /// Cuts the settled primary off from everybody else, until ``heal()``. False when there is none.
  @discardableResult
  public func isolatePrimary() -> Bool {
    guard let primary = world.settledPrimary else { return false }
    world.partition([primary.host], from: world.hosts.filter { $0 != primary.host })
    return true
  }

  /// Stops the settled primary as SIGSTOP does, until ``wakeAll()``. False when there is none.
  @discardableResult
  public func putPrimaryToSleep() -> Bool {
    guard let primary = world.settledPrimary else { return false }
    world.putToSleep(primary.host)
    return true
  }

  /// Whatever sleeps goes on, as if nothing had been.
  public func wakeAll() { world.wakeAll() }

  /// The network carries everything again.
  public func heal() { world.heal() }

  /// Starts everything that is down, with what its disk holds.
  public func restartAll() { for host in world.hosts { world.restart(host) } }
}

extension SimulatedCluster.Storage {
  var inWorld: QuorumSetup.Storage {
    switch self {
    case .snapshots: .snapshots
    case .everySecond: .everysec
    case .always: .always
    }
  }
}

extension Duration {
  /// Rounded towards zero; 0 for what is negative.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? .max / 4 : max(0, whole + attoseconds / 1_000_000_000_000_000)
  }
}
