internal import TernEngine
internal import TernNode
package import TernReplication
package import TernSentinel

/// A cluster whose members acknowledge by quorum.
package struct QuorumSetup: Sendable {
  /// What of a node's data is on its disk.
  package enum Storage: String, CaseIterable, Sendable {
    /// RDB files now and then: a member that crashes has forgotten something.
    case snapshots
    /// `appendonly yes`, `appendfsync everysec`: the same, with more of the log.
    case everysec
    /// `appendonly yes`, `appendfsync always`: an acknowledgement means "on disk".
    case always
  }

  package var members = 3
  package var sentinels = 3
  /// Replicas that are no members, as a real Redis would be: they follow, and count for nothing.
  package var observers = 0
  package var storage = Storage.snapshots
  /// `tern-lease`, `tern-quorum-timeout`, `down-after-milliseconds`, all in milliseconds.
  package var lease = 300
  package var timeout = 2_000
  package var downAfter = 600
  package var backlogBytes = 1 << 20
  /// Rules that all nodes break.
  package var plants: QuorumPlants = []
  /// And all sentinels.
  package var fencePlants: FencePlants = []

  package init() {}
}

extension World {
  /// Starts members, sentinels, and nobody else. Nobody leads until the sentinels have fenced all members into an epoch.
  package func startQuorumCluster(_ setup: QuorumSetup) {
    let names = (0..<setup.members).map { "\(World.address($0)):6379" }
    for i in 0..<setup.members {
      let text = """
        port 6379
        dir /data
        tern-durability quorum
        tern-members \(names.joined(separator: " "))
        tern-member \(names[i])
        tern-lease \(setup.lease)
        tern-quorum-timeout \(setup.timeout)
        repl-diskless-sync-delay 0
        repl-timeout 5
        repl-ping-replica-period 1
        repl-backlog-size \(setup.backlogBytes)
        shutdown-timeout 3
        \(setup.storage == .snapshots ? "save 1 1" : "save \"\"")
        appendonly \(setup.storage == .snapshots ? "no" : "yes")
        appendfsync \(setup.storage == .always ? "always" : "everysec")
        auto-aof-rewrite-min-size 20000
        """
      guard let configuration = try? Configuration.parse(text.utf8, environment: ConfigurationEnvironment()) else {
        note("the configuration is refused: \(text)")
        continue
      }
      let node = SimulatedNode(self, host: processes.count, name: "node-\(i)", configuration: configuration)
      node.plants = setup.plants
      processes.append(node)
    }
    for i in 0..<setup.observers {
      var configuration = Configuration()
      configuration.replDisklessSyncDelay = 0
      configuration.replTimeout = 5
      configuration.replicaof = ReplicationSource(.init(host: World.address(0), port: 6379))
      processes.append(SimulatedNode(self, host: processes.count, name: "observer-\(i)", configuration: configuration))
    }
    for i in 0..<setup.sentinels {
      let sentinel = SimulatedSentinel(
        self, host: processes.count, name: "sentinel-\(i)",
        directives: [
          "sentinel monitor mymaster \(World.address(0)) 6379 \(setup.sentinels / 2 + 1)",
          "sentinel down-after-milliseconds mymaster \(setup.downAfter)", "sentinel failover-timeout mymaster 6000",
        ])
      sentinel.plants = setup.fencePlants
      processes.append(sentinel)
    }
    for process in processes { process.start() }
  }
}
