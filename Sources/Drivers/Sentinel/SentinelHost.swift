internal import NIOCore
internal import NIOPosix
internal import TernEngine
package import TernNode
package import TernSentinel

/// A sentinel behind sockets, a clock and a file. Its own port is a `NodeHost` with a sentinel's commands; those that the machine must
/// answer come here, and wait for what must be on disk first.
///
/// The machine lives on the host's main loop; only its state's file is written elsewhere, and nothing that depends on it leaves before.
package final class SentinelHost: @unchecked Sendable {
  package let node: NodeHost
  let loop: any EventLoop
  let sourceAddress: String?
  private let state: SentinelStateFile
  private let onExit: @Sendable (Int32) -> Void
  // On the main loop.
  private var core: SentinelCore
  private var links: [SentinelConnectionID: SentinelLink] = [:]
  private lazy var scripts = SentinelScripts(self)
  private var isPerforming = false
  private var isStopped = false
  private var timer: Scheduled<Void>?

  /// - Parameter options: `commands`, `role` and `onCommand` are set here.
  package init(
    configuration: Configuration, sentinel: SentinelConfiguration, state: SentinelStateFile, options: NodeHost.Options,
    onExit: @escaping @Sendable (Int32) -> Void
  ) {
    self.state = state
    self.onExit = onExit
    sourceAddress = configuration.bindSourceAddress
    var own = sentinel
    own.port = configuration.port
    own.requirePass = configuration.requirepass
    core = SentinelCore(
      configuration: own, seed: UInt64.random(in: .min ... .max), isExecutable: { SentinelHost.isExecutable($0) })
    var options = options
    options.commands = SentinelCommands.all
    options.fixedRole = .sentinel
    options.hasFiles = false
    // A sentinel keeps no data: the default save points would fail, and refuse PINGs on account of it.
    var configuration = configuration
    configuration.savePoints = SavePoints([])
    configuration.appendonly = false
    node = NodeHost(configuration: configuration, options: options)
    loop = node.mainLoop
    node.withCore { $0.engine.settings.serverMode = "sentinel" }
    node.onCommand = { [unowned self] sessionID, arguments in command(arguments, of: sessionID) }
  }

  package static func isExecutable(_ path: String) -> Bool { ConfigurationFiles.isExecutable(path) }

  /// Opens the port and begins to watch. Blocks.
  package func start() throws(ListenError) {
    try node.start()
    loop.execute { self.event { $0.start(now: $1) } }
  }

  /// Blocks until all of it is over.
  package func stop() {
    let ended = loop.submit { [self] in
      isStopped = true
      timer?.cancel()
      scripts.stop()
      for link in links.values { link.close() }
      links = [:]
    }
    try? ended.wait()
    node.stop()
  }

  // MARK: events

  /// The machine's clock: monotonic, so that a step of the wall clock is not taken for a stop of the process.
  private var now: Int64 { HostClock.monotonicNanoseconds() / 1_000_000 }

  /// One event of the machine, and all that it orders. On the main loop.
  func event(_ body: (inout SentinelCore, Int64) -> Void) {
    guard !isStopped else { return }
    let wall = HostClock.wallMilliseconds()
    core.localTimeOffset = wall - now + Int64(HostClock.utcOffsetSeconds(at: wall)) * 1000
    body(&core, now)
    obey()
  }

  /// As `event`, when the orders of the present one are done.
  func laterEvent(_ body: @escaping @Sendable (inout SentinelCore, Int64) -> Void) {
    loop.execute { self.event(body) }
  }

  func linkEnded(_ id: SentinelConnectionID, _ body: (inout SentinelCore, Int64) -> Void) {
    links[id] = nil
    event(body)
  }

  private func obey() {
    // An order that causes an event at once comes back here: what it orders is done behind what is under way.
    guard !isPerforming else { return }
    isPerforming = true
    while !isStopped {
      let batch = core.takeActions()
      if batch.isEmpty { break }
      for action in batch where !isStopped { perform(action) }
    }
    isPerforming = false
    schedule()
  }

  private func schedule() {
    timer?.cancel()
    guard !isStopped, let deadline = core.nextDeadline else { return }
    timer = loop.scheduleTask(in: .milliseconds(max(0, deadline - now))) { self.event { $0.tick(now: $1) } }
  }

  // MARK: orders

  private func perform(_ action: SentinelAction) {
    switch action {
    case .connect(let id, let host, let port, _):
      let link = SentinelLink(self, id)
      links[id] = link
      link.connect(to: host, port: port)
    case .close(let id): links.removeValue(forKey: id)?.close()
    case .send(let id, let arguments): links[id]?.send(arguments)
    case .reply(let client, let value): reply(value, to: Int64(bitPattern: client.rawValue))
    case .publish(let channel, let message):
      node.withCore { $0.engine.publish(Array(message.utf8), to: Array(channel.utf8)) }
    case .log(let level, let text): node.log(LogLevel(level), text)
    case .persist(let lines): persist(lines)
    case .resolve(let name): resolve(name)
    case .runScript(let id, let path, let arguments): scripts.run(id, path: path, arguments: arguments)
    case .killScript(let id): scripts.kill(id)
    case .exit(let code): onExit(code)
    }
  }

  private func persist(_ lines: [SentinelDirectiveLine]) {
    node.inBackground { [self] in
      let failure = state.write(lines)
      laterEvent { core, now in
        if let failure { core.persistFailed(reason: failure, now: now) } else { core.persisted(now: now) }
      }
    }
  }

  private func resolve(_ name: String) {
    node.inBackground { [self] in
      // The first address, as redis-sentinel takes it.
      let address = (try? SocketAddress.makeAddressResolvingHost(name, port: 0))?.ipAddress
      laterEvent { $0.resolved(hostname: name, address: address, now: $1) }
    }
  }

  // MARK: commands of clients

  private func command(_ arguments: [[UInt8]], of sessionID: Int64) {
    let name = String(decoding: arguments.first ?? [], as: UTF8.self).lowercased()
    if name == "info" { return information(arguments, sessionID) }
    event { $0.command(arguments, from: SentinelClientID(rawValue: UInt64(bitPattern: sessionID)), now: $1) }
  }

  private func reply(_ value: RESPValue, to sessionID: Int64) {
    let now = HostClock.wallMilliseconds()
    node.withCore { core in
      core.completeHostWait(sessionID: sessionID, now: now) { reply in
        // redis-sentinel has an array for every null of its own.
        if case .null = value { reply.nullArray() } else { reply.value(value) }
      }
    }
  }

  private static let sections = ["server", "clients", "cpu", "stats", "sentinel"]

  private func information(_ arguments: [[UInt8]], _ sessionID: Int64) {
    let words = arguments.dropFirst().map { String(decoding: $0, as: UTF8.self).lowercased() }
    let isAll = words.isEmpty || !Set(words).isDisjoint(with: ["all", "default", "everything"])
    let wanted = SentinelHost.sections.filter { isAll || words.contains($0) }
    let own = core.informationSection()
    let now = HostClock.wallMilliseconds()
    node.withCore { core in
      let texts = wanted.map { $0 == "sentinel" ? own : core.info(InfoSections([$0])) }
      core.completeHostWait(sessionID: sessionID, now: now) { $0.bulk(texts.joined(separator: "\r\n")) }
    }
  }
}

extension LogLevel {
  init(_ level: SentinelLogLevel) {
    switch level {
    case .debug: self = .debug
    case .verbose: self = .verbose
    case .notice: self = .notice
    case .warning: self = .warning
    }
  }
}
