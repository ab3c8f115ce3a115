internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import TernNode

/// From the first listener to the last closed descriptor.
extension NodeHost {
  /// Opens the listeners and starts the clock; until `load` is done, clients get -LOADING. Blocks.
  package func start() throws(ListenError) {
    let configuration = withCore { $0.configuration }
    // Before the first client: one that came before `load` has begun would be shown an empty dataset, and its writes would be gone.
    if persistence != nil { withCore { $0.beginLoading(totalBytes: 0, now: HostClock.wallMilliseconds()) } }
    try listen(configuration)
    mainLoop.execute { self.scheduleTick(atLatest: HostClock.wallMilliseconds() + NodeHost.tickMilliseconds) }
  }

  /// Loads what the disk holds, and begins to follow the primary if there is one. Blocks.
  package func load() throws(StartError) {
    try persistence?.loadAtStart()
    if try !startQuorum() {
      let now = HostClock.wallMilliseconds()
      withCore { core in
        guard let source = core.configuration.replicaof.address else { return }
        core.replicate(source.host, source.port, requestedBy: nil, now: now)
      }
    }
    try enterCluster()
  }

  /// SIGTERM and their like. `save` nil: as the save points say.
  package func requestShutdown(save: Bool?, now skipsWait: Bool, force: Bool) {
    let now = HostClock.wallMilliseconds()
    withCore { $0.beginShutdown(save: save, now: skipsWait, force: force, session: nil, at: now) }
  }

  /// Ends everything: listeners, connections, files, threads. Blocks until all of it is over; the host cannot be started again.
  package func stop() {
    guard stopOnce() else { return }
    leaveCluster()
    closeListeners()
    let clients = lock.withLock { Array(self.clients.values) }
    for client in clients { client.onLoop { $0.close() } }
    let ended = mainLoop.submit { [self] in
      isStopping = true
      tickTask?.cancel()
      primaryLink?.close()
      primaryLink = nil
      leaderLinks.closeAll()
    }
    try? ended.wait()
    endFiles()
    try? threads.syncShutdownGracefully()
    try? group.syncShutdownGracefully()
  }

  /// The process ends: what the log's files still miss is written. Blocks.
  func endFiles() {
    withCore { $0.resignFromQuorum() }
    persistence?.shutdown()
    withCore { $0.endPositionWaits() }
    endQuorum()
  }

  /// As `stop`, on a thread of its own: for a caller who may be on one of the host's.
  package func stopElsewhere() {
    guard !listenLock.withLock({ hasStopped }) else { return }
    _ = BackgroundThread { self.stop() }
  }

  /// The log may have grown by work of the host program.
  package func logAdvanced() { persistence?.logAdvanced() }

  /// Runs what blocks on a thread of its own.
  package func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let thread = BackgroundThread { continuation.resume(with: Result { try body() }) }
      if thread == nil { continuation.resume(throwing: StartError("the system has no more threads")) }
    }
  }

  private func stopOnce() -> Bool {
    listenLock.withLock {
      defer { hasStopped = true }
      return !hasStopped
    }
  }
}

/// Something that happens once, and that threads wait for.
package final class EndSignal: Sendable {
  private let outcome = Outcome<Bool>()
  package init() {}
  package func set() { outcome.set(true) }
  package var isSet: Bool { outcome.poll != nil }
  package func wait() { _ = outcome.wait() }
}
