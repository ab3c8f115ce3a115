internal import TernEngine
internal import TernReplication

/// A node with a sentinel in its process (`tern-cluster`).
extension NodeCore {
  /// Keys, or a place in a history that had some.
  package var hasData: Bool {
    (0..<engine.databaseCount).contains { engine.database($0).count > 0 } || engine.log.endOffset > 0 || (resumeFromDisk?.offset ?? 0) > 0
  }

  /// The other members have nothing against it.
  package func leadCluster(now: Int64) {
    setTime(now)
    clusterWait = nil
    becomePrimary(requestedBy: "the cluster's members")
  }
}
