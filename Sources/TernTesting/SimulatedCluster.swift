internal import TernNode
internal import TernSimulation

/// Data nodes and sentinels in one process and in virtual time: the same machines that run behind sockets, on a simulated network, with
/// faults on demand. A minute of their time takes a fraction of a second of yours, and a seed replays a run exactly.
///
/// ```swift
/// let cluster = SimulatedCluster(seed: 1)
/// #expect(cluster.run(for: .seconds(20), untilSettled: true))
/// cluster.crashPrimary()
/// #expect(cluster.run(for: .seconds(30), untilSettled: true))
/// #expect(cluster.disagreements.isEmpty)
/// ```
///
/// Clients increment counters all the while. Not thread-safe: use it from one thread at a time.
public final class SimulatedCluster {
  private let world: World

  /// Starts `nodes` data nodes (the first is the primary, the others follow it), `sentinels`, and `clients` that count.
  ///
  /// - Parameter downAfter: the silence after which a sentinel holds a node for down (`down-after-milliseconds`).
  public init(seed: UInt64, nodes: Int = 3, sentinels: Int = 3, clients: Int = 1, downAfter: Duration = .seconds(1)) {
    world = World(seed: seed)
    world.startCluster(
      nodes: max(1, nodes), sentinels: max(0, sentinels), clients: max(0, clients),
      downAfter: max(1, Int(Self.milliseconds(downAfter))))
  }

  /// Lets virtual time pass; with `untilSettled` only until the cluster is settled, and returns whether it is.
  @discardableResult
  public func run(for duration: Duration, untilSettled: Bool = false) -> Bool {
    if untilSettled { return world.run(for: Self.milliseconds(duration)) { $0.settledPrimary != nil } }
    world.run(for: Self.milliseconds(duration))
    return isSettled
  }

  /// One primary, all other nodes that are up connected to it, and every sentinel knows both.
  public var isSettled: Bool { world.settledPrimary != nil }

  /// The name of the settled primary, `node-0` and so on; nil while there is none.
  public var primary: String? { world.settledPrimary?.name }

  /// What keeps the nodes from being equal, in words: roles, offsets, contents. Empty when they are. Stop the clients first, and let a
  /// moment pass: what is on its way counts as a difference.
  public var disagreements: [String] { world.divergences() }

  /// Increments that were acknowledged to clients so far.
  public var acknowledgedWrites: Int { world.clients.reduce(0) { $0 + $1.acknowledgements } }

  /// Clients send nothing more.
  public func stopClients() { for client in world.clients { client.isStopped = true } }

  /// What happened, a line each, with virtual milliseconds in front.
  public var transcript: [String] { world.transcript }

  // MARK: faults

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

  /// The network carries everything again.
  public func heal() { world.heal() }

  /// Starts everything that is down, with what it had saved.
  public func restartAll() { for host in world.hosts { world.restart(host) } }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? .max / 4 : max(0, whole + attoseconds / 1_000_000_000_000_000)
  }
}
