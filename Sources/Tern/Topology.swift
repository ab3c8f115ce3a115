internal import Synchronization
internal import TernDrivers
internal import TernNode

extension Node {
  /// What a node is to the others.
  public enum Role: String, Hashable, Sendable {
    case primary, replica
  }

  /// The node's place among others, as it knows it.
  public struct Topology: Hashable, Sendable {
    public var role: Role
    /// The primary that this node follows; nil if it is one.
    public var primary: Configuration.Endpoint?
    /// Whether the stream from the primary flows; a primary: true.
    public var isConnected: Bool
    /// Of a primary: those that follow it and are up to receiving its stream.
    public var replicas: [Configuration.Endpoint]
  }

  /// The topology now.
  ///
  /// - Throws: ``TernError/Code/reentrant``, ``TernError/Code/notRunning``.
  public var topology: Topology {
    get throws(TernError) { try enterCoreTyped(refuses: false) { core in Topology(core) } }
  }

  /// The topology now and each time it has changed (noticed within a tenth of a second). Ends when the node stops; nothing is kept for a
  /// consumer that is slow, who gets the newest. Empty when asked for inside of a closure of the node.
  public var topologies: AsyncStream<Topology> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      // Within a closure of this node the lock is taken already.
      guard holder.load(ordering: .relaxed) != HostThread.current else { return continuation.finish() }
      let last = Mutex<Topology?>(nil)
      let id = host.onTick { core in
        let topology = Topology(core)
        let isNew = last.withLock { last in
          defer { last = topology }
          return last != topology
        }
        if isNew { continuation.yield(topology) }
      }
      let waiter = waiters.add { _ in continuation.finish() }
      if waiter == nil { continuation.finish() }
      continuation.onTermination = { [weak self] _ in
        self?.host.removeTick(id)
        if let waiter { self?.waiters.remove(waiter) }
      }
    }
  }

  /// The role now and each time it has changed.
  public var roles: AsyncStream<Role> {
    let topologies = self.topologies
    return AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
      let task = Task {
        var last: Role?
        for await topology in topologies where topology.role != last {
          last = topology.role
          continuation.yield(topology.role)
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}

extension Node.Topology {
  fileprivate init(_ core: NodeCore) {
    role = core.isReplica ? .replica : .primary
    primary = core.primaryEndpoint.map { .init(host: $0.host, port: $0.port) }
    isConnected = !core.isReplica || core.isConnectedToPrimary
    replicas = core.replicaEndpoints.map { .init(host: $0.host, port: $0.port) }
  }
}
