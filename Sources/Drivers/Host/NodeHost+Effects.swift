internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import TernEngine
internal import TernNode

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Obeys the core. On the main loop, without the lock.
extension NodeHost {
  func obey(_ effect: NodeEffect) {
    if let persistence, persistence.handle(effect) { return }
    switch effect {
    case .log(let level, let text): log(level, text)

    case .connectPrimary(let link, let host, let port):
      primaryLink?.close()
      primaryLink = PrimaryLink(self, link: link, host: host, port: port)
      primaryLink?.connect()
    case .closePrimary(let link):
      guard let current = primaryLink, current.link == link else { return }
      primaryLink = nil
      current.close()
    case .sendPrimary(let link, let bytes): if primaryLink?.link == link { primaryLink?.send(bytes) }
    case .pausePrimary(let link): if primaryLink?.link == link { primaryLink?.setReading(false) }
    case .resumePrimary(let link): if primaryLink?.link == link { primaryLink?.setReading(true) }

    case .pump(let session): client(of: session)?.onLoop { $0.pump() }
    case .transfer(let transfer): start(transfer)
    case .measure(let group, let job): measure(group: group, job)
    case .storeQuorumState(let bytes): storeQuorumState(bytes)
    case .rewriteConfiguration(let session): rewriteConfiguration(for: session)
    case .configurationChanged(let names): adoptConfiguration(names)
    case .listen(let relisten): self.relisten(relisten)

    case .command(let sessionID, let arguments): onCommand?(sessionID, arguments)

    case .migrate(let migration): migrate(migration)
    case .shutdown(let status): options.onShutdown(status)
    case .sleep(let milliseconds): sleep(milliseconds)
    case .crash(let reason): crash(reason)

    case .save(let job):
      let now = HostClock.wallMilliseconds()
      withCore { $0.saveFinished(job, keys: 0, failure: "this node has no files", now: now) }
    case .startAOF, .stopAOF, .rewriteAOF, .aofSettingsChanged:
      log(.warning, "This node has no files to append to.")
    case .reload(let session, _):
      let now = HostClock.wallMilliseconds()
      withCore { $0.completeHostWait(session, failure: "ERR This node has no files to load from", now: now) }
    }
  }

  func client(of session: Session) -> ClientHandler? {
    lock.withLock { clients[session.id] }
  }

  private func start(_ transfer: NodeEffect.Transfer) {
    guard let client = client(of: transfer.session) else {
      let now = HostClock.wallMilliseconds()
      withCore {
        $0.transferCompleted(transfer.session, group: transfer.group, failure: SystemErrorText.text(EPIPE), now: now)
      }
      return
    }
    let delay = withCore { $0.configuration.rdbKeySaveDelay }
    snapshotPieces = snapshotPieces.filter { $0.value.pieces != nil }
    let pieces = snapshotPieces[transfer.group]?.pieces ?? SnapshotPieces(self, transfer.job, delayMicroseconds: delay)
    snapshotPieces[transfer.group] = WeakSnapshotPieces(pieces: pieces)
    ReplicaTransfer(self, client, transfer, pieces).start()
  }

  /// DEBUG SLEEP: a server stands still as a busy Redis does. A program that hosts a node must not stand still for a client's whim: there
  /// only that client waits.
  func installDebugHooks() {
    let isServerProcess = options.isServerProcess
    core.engine.settings.debugLog = { [unowned self] text in core.order(.log(.warning, "DEBUG LOG: \(text)")) }
    core.engine.settings.debugSleep = { [unowned self] engine, session, microseconds in
      guard !isServerProcess else { return core.order(.sleep(milliseconds: (microseconds + 999) / 1000)) }
      session.gates.insert(.blocked)
      session.blocked = .host("sleep")
      let id = session.id
      mainLoop.scheduleTask(in: .microseconds(microseconds)) { [weak self] in
        let now = HostClock.wallMilliseconds()
        self?.withCore { core in core.completeHostWait(sessionID: id, now: now) { $0.ok() } }
      }
    }
  }

  private func sleep(_ milliseconds: Int64) {
    guard options.isServerProcess else { return }
    let duration = useconds_t(clamping: milliseconds.multipliedReportingOverflow(by: 1000).partialValue)
    for loop in group.makeIterator() where loop !== mainLoop { loop.execute { usleep(duration) } }
    var left = timespec(tv_sec: Int(milliseconds / 1000), tv_nsec: Int(milliseconds % 1000) * 1_000_000)
    var rest = timespec()
    while nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
  }

  private func crash(_ reason: String) {
    log(.warning, options.isServerProcess ? "The process ends: \(reason)" : "Not obeyed, as the process is not this node's: \(reason)")
    guard options.isServerProcess else { return }
    if reason.lowercased().contains("segfault") { raise(SIGSEGV) } else { abort() }
  }

  /// After a command that may have set a deadline without ordering anything.
  func checkDeadline() {
    guard mainLoop.inEventLoop else { return mainLoop.execute { self.checkDeadline() } }
    if let deadline = lock.withLock({ core.nextDeadline }) { scheduleTick(atLatest: deadline) }
  }

  private func adoptConfiguration(_ names: [String]) {
    let configuration = withCore { $0.configuration }
    limits.adopt(configuration)
    if names.contains("tcp-keepalive") {
      for client in lock.withLock({ Array(clients.values) }) { client.onLoop { $0.setKeepalive() } }
    }
    if names.contains("maxclients") { DescriptorLimit.raise(for: configuration.maxclients) }
  }
}
