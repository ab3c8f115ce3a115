internal import NIOConcurrencyHelpers
internal import TernNode

/// The sentinel in this node's process, if `tern-cluster` asks for one.
extension NodeHost {
  /// The data are loaded. Blocks.
  func enterCluster() throws(StartError) {
    guard let member = try ClusterMember(self) else { return }
    listenLock.withLock { cluster = member }
    do throws(ListenError) {
      try member.start()
    } catch {
      throw StartError("The sentinel's port can't be opened: \(error.description)")
    }
  }

  /// Blocks until it is gone.
  func leaveCluster() {
    let member = listenLock.withLock { () -> ClusterMember? in
      defer { cluster = nil }
      return cluster
    }
    member?.stop()
  }
}
