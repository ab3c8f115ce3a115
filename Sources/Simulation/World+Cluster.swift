internal import TernEngine
package import TernNode
internal import TernReplication
internal import TernSentinel

/// The layout that Redis's documentation teaches: data nodes, sentinels, clients.
extension World {
  package var nodes: [SimulatedNode] { processes.compactMap { $0 as? SimulatedNode } }
  package var sentinels: [SimulatedSentinel] { processes.compactMap { $0 as? SimulatedSentinel } }
  package var clients: [SimulatedClient] { processes.compactMap { $0 as? SimulatedClient } }
  package var hosts: [Int] { Array(processes.indices) }
  package var faultyHosts: [Int] { processes.indices.filter { !(processes[$0] is SimulatedClient) } }

  /// Starts `nodes` data nodes (the first is the primary), `sentinels`, and `clients` that count.
  package func startCluster(
    nodes: Int = 3, sentinels: Int = 3, clients: Int = 1, downAfter: Int = 1_000, clientPeriod: Int64 = 20,
    adjust: (inout Configuration) -> Void = { _ in }
  ) {
    for i in 0..<nodes {
      var configuration = Configuration()
      configuration.replDisklessSyncDelay = 0
      configuration.replTimeout = 10
      configuration.replPingReplicaPeriod = 1
      configuration.savePoints = SavePoints([.init(seconds: 1, changes: 1)])
      if i > 0 { configuration.replicaof = ReplicationSource(.init(host: World.address(0), port: 6379)) }
      adjust(&configuration)
      processes.append(SimulatedNode(self, host: processes.count, name: "node-\(i)", configuration: configuration))
    }
    for i in 0..<sentinels {
      processes.append(
        SimulatedSentinel(
          self, host: processes.count, name: "sentinel-\(i)",
          directives: [
            "sentinel monitor mymaster \(World.address(0)) 6379 \(sentinels / 2 + 1)",
            "sentinel down-after-milliseconds mymaster \(downAfter)", "sentinel failover-timeout mymaster 6000",
            "sentinel parallel-syncs mymaster 1",
          ]))
    }
    for i in 0..<clients {
      processes.append(SimulatedClient(self, host: processes.count, name: "client-\(i)", period: clientPeriod))
    }
    for process in processes { process.start() }
  }

  /// Adds clients that count; they start at once.
  package func startCounters(_ count: Int, period: Int64 = 20) {
    for i in 0..<count {
      let client = SimulatedClient(self, host: processes.count, name: "client-\(i)", period: period)
      processes.append(client)
      client.start()
    }
  }

  /// The one node that is a primary and has all others as online replicas; nil while there is no such thing.
  package var settledPrimary: SimulatedNode? {
    let up = nodes.filter(\.isUp)
    let primaries = up.filter { $0.core?.isReplica == false }
    guard primaries.count == 1, let primary = primaries.first, let core = primary.core else { return nil }
    let replicas = up.filter { $0 !== primary }
    for replica in replicas {
      guard let state = replica.core?.replica, state.isConnected, state.isReplica(of: primary.address, primary.port) else { return nil }
    }
    guard core.primary.replicas.filter(\.isOnline).count == replicas.count else { return nil }
    for sentinel in sentinels where sentinel.isUp {
      guard let address = sentinel.primaryAddress, address.host == primary.address, let group = sentinel.core?.groups.first,
        group.replicas.count >= replicas.count, group.sentinels.count >= sentinels.count - 1, !group.isFailoverInProgress
      else { return nil }
    }
    return primary
  }

  /// Everything is up and healed, and a while has passed: what is wrong with the cluster, in words; empty when it has converged.
  package func divergences() -> [String] {
    guard let primary = settledPrimary, let core = primary.core else {
      let roles = nodes.map { node in
        "\(node.name): " + (node.core.map { $0.isReplica ? "replica (\($0.replica.stateName))" : "primary" } ?? "down")
      }
      let views = sentinels.map { "\($0.name) -> \($0.primaryAddress.map { $0.host } ?? "?")" }
      return ["no settled primary: " + (roles + views).joined(separator: ", ")]
    }
    var problems: [String] = []
    let digest = primary.digest
    for node in nodes where node.isUp {
      guard let other = node.core else { continue }
      // A leader's beats are always on their way.
      let lag = core.engine.log.endOffset - other.engine.log.endOffset
      let isBehind = node.isMember || primary.isMember ? lag < 0 || lag > 1_000 : lag != 0
      if isBehind {
        problems.append("\(node.name) is at offset \(other.engine.log.endOffset), the primary at \(core.engine.log.endOffset)")
      } else if node.digest != digest {
        problems.append("\(node.name) differs from the primary")
      }
      if other.history.replid != core.history.replid { problems.append("\(node.name) has replication id \(other.history.replid)") }
    }
    return problems
  }
}
