internal import NIOCore
internal import TernEngine
internal import TernNode
internal import TernSentinel

/// A node's own sentinel, and who leads when the node starts. On the node's main loop, besides what blocks.
///
/// With `tern-durability quorum` the sentinels alone decide who leads: a node starts idle, and is fenced into an epoch. Without, the node
/// asks the other members before it leads (`ClusterBootstrap`), and is a replica until it knows.
final class ClusterMember: @unchecked Sendable {
  private unowned let node: NodeHost
  private let settings: ClusterSettings
  private let configuration: Configuration
  private let sentinel: SentinelHost
  private let saved: ClusterBootstrap.View?
  private let decidesItself: Bool
  // On the main loop.
  private var latestReason: String?
  private var isOver = false
  /// Before the first connection: what the disk held.
  private var hasData = false

  private static let questionTimeout: TimeAmount = .milliseconds(500)
  private static let pause: TimeAmount = .milliseconds(300)

  /// nil without `tern-cluster`.
  ///
  /// - Parameter node: has loaded its data
  init?(_ node: NodeHost) throws(StartError) {
    let configuration = node.withCore { $0.configuration }
    guard let settings = configuration.cluster else { return nil }
    self.node = node
    self.settings = settings
    self.configuration = configuration
    decidesItself = configuration.ternDurability == .async
    let distance = settings.portDistance
    let own = Self.endpoint(settings.own)
    let members = settings.members.map(Self.endpoint)

    var port = Configuration()
    port.port = settings.own.port + distance
    port.bind = configuration.bind
    port.bindSourceAddress = configuration.bindSourceAddress
    port.dir = configuration.dir
    port.requirepass = configuration.requirepass
    port.protectedMode = configuration.protectedMode
    port.loglevel = configuration.loglevel
    port.ternSentinelState = .own
    let file = SentinelStateFile(port, configurationFile: nil)

    var watched = SentinelConfiguration(
      name: settings.name, members: members, own: own, quorum: settings.quorum, downAfter: settings.downAfter,
      failoverTimeout: settings.failoverTimeout, sentinelPort: { $0 + distance })
    guard !watched.masters.isEmpty else { return nil }
    watched.masters[0].authPass = configuration.masterauth
    watched.masters[0].authUser = configuration.masteruser
    try file.restore(into: &watched)
    watched.masters.removeAll { $0.name != settings.name }
    guard let master = watched.masters.first else { return nil }
    let primary = InfoReport.Endpoint(host: master.host, port: master.port)
    saved = watched.myID == nil ? nil : members.contains(primary) ? .init(primary: primary, configEpoch: master.configEpoch) : nil
    if !members.contains(primary), let first = members.first {
      // It was taken from the list.
      watched.masters[0].host = first.host
      watched.masters[0].port = first.port
    }
    watched.meet(members, own: own, sentinelPort: { $0 + distance })
    var options = NodeHost.Options(identity: ProcessIdentity.make(configurationFile: ""))
    options.log = node.options.log
    options.environment = node.options.environment
    sentinel = SentinelHost(configuration: port, sentinel: watched, state: file, options: options, onExit: { _ in })
  }

  private static func endpoint(_ member: ClusterSettings.Member) -> InfoReport.Endpoint { .init(host: member.host, port: member.port) }

  /// Opens the sentinel's port and begins to watch, and finds out whom the node follows, if anybody. Blocks.
  func start() throws(ListenError) {
    let others = settings.members.filter { $0 != settings.own }
    if decidesItself, let first = others.first {
      let now = HostClock.wallMilliseconds()
      hasData = node.withCore { $0.hasData }
      // A replica takes no writes. Whom it asks for a stream meanwhile either leads by a majority's word, or has none to give.
      node.withCore { $0.replicate(first.host, first.port, requestedBy: nil, now: now) }
      node.mainLoop.execute { self.ask() }
    }
    try sentinel.start()
  }

  /// Blocks until the sentinel is gone.
  func stop() {
    let ended = node.mainLoop.submit { self.isOver = true }
    try? ended.wait()
    sentinel.stop()
  }

  // MARK: who leads

  private func ask() {
    guard !isOver else { return }
    let bootstrap = ClusterBootstrap(
      own: Self.endpoint(settings.own), members: settings.members.map(Self.endpoint), saved: saved, hasData: hasData)
    let others = bootstrap.others
    let questions = others.map { other in question(other) }
    EventLoopFuture.whenAllSucceed(questions, on: node.mainLoop).whenSuccess { self.take(bootstrap.decide($0)) }
  }

  private func question(_ other: InfoReport.Endpoint) -> EventLoopFuture<ClusterBootstrap.Answer> {
    let loop = node.mainLoop
    let view = loop.makePromise(of: ClusterBootstrap.View?.self)
    let data = loop.makePromise(of: Bool?.self)
    PeerQuestion.ask(
      [["SENTINEL", "MASTER", settings.name], ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", settings.name]], password: configuration.requirepass,
      host: other.host,
      port: other.port + settings.portDistance, source: configuration.bindSourceAddress, within: Self.questionTimeout, on: loop
    ) { view.succeed($0.flatMap(Self.view)) }
    PeerQuestion.ask(
      [["INFO", "everything"]], password: configuration.masterauth, host: other.host, port: other.port,
      source: configuration.bindSourceAddress, within: Self.questionTimeout, on: loop
    ) { data.succeed($0?.first.flatMap(Self.hasData)) }
    return view.futureResult.and(data.futureResult).map { ClusterBootstrap.Answer(view: $0, hasData: $1) }
  }

  /// While its failover is going on, a sentinel has the new epoch already and describes the old primary still; the address is the new one's.
  private static func view(_ replies: [RESPValue]) -> ClusterBootstrap.View? {
    guard replies.count == 2, let fields = replies[0].elements, !replies[0].isError else { return nil }
    var values: [String: String] = [:]
    for i in stride(from: 0, to: fields.count - 1, by: 2) { values[fields[i].text ?? ""] = fields[i + 1].text }
    let address = replies[1].elements ?? []
    guard address.count == 2, let host = address[0].text, let port = address[1].text.flatMap(Int.init),
      let epoch = values["config-epoch"].flatMap(UInt64.init)
    else { return nil }
    return .init(primary: .init(host: host, port: port), configEpoch: epoch)
  }

  /// A node that still loads has data.
  private static func hasData(_ reply: RESPValue) -> Bool? {
    guard let text = reply.text, !reply.isError else { return nil }
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("db"), line.contains(":keys=") { return true }
      if line == "loading:1" { return true }
      if line.hasPrefix("master_repl_offset:"), let offset = Int64(line.dropFirst(19)), offset > 0 { return true }
    }
    return text.contains("master_repl_offset:") ? false : nil
  }

  private func take(_ decision: ClusterBootstrap.Decision) {
    guard !isOver else { return }
    let now = HostClock.wallMilliseconds()
    switch decision {
    case .lead(let reason):
      node.log(.notice, "Cluster \(settings.name): this node leads: \(reason)")
      node.withCore { $0.leadCluster(now: now) }
    case .follow(let primary):
      node.log(.notice, "Cluster \(settings.name): this node follows \(primary.host):\(primary.port)")
      node.withCore { $0.replicate(primary.host, primary.port, requestedBy: nil, now: now) }
    case .wait(let reason):
      if latestReason != reason { node.log(.warning, "Cluster \(settings.name): nobody is led yet: \(reason)") }
      latestReason = reason
      node.withCore { $0.clusterWait = reason }
      node.mainLoop.scheduleTask(in: Self.pause) { self.ask() }
      return
    }
    node.withCore { $0.clusterWait = nil }
  }
}
