import TernEngine

extension SentinelCore {
  // MARK: Link bookkeeping

  mutating func makeLink(for group: String) -> LinkID {
    let id = LinkID(rawValue: makeID())
    links[id] = InstanceLink(user: group, now: now)
    return id
  }

  /// The link that another group already has to the same sentinel.
  mutating func sharedLink(runID: String, for group: String) -> LinkID? {
    for other in groups where other.name != group {
      guard let sentinel = other.sentinels.first(where: { $0.runID == runID }) else { continue }
      links[sentinel.link]?.users.append(group)
      return sentinel.link
    }
    return nil
  }

  mutating func releaseLink(of g: Int, _ ref: InstanceRef) {
    let id = groups[g][ref].link
    guard var link = links[id] else { return }
    if let user = link.users.firstIndex(of: groups[g].name) { link.users.remove(at: user) }
    links[id] = link
    guard link.users.isEmpty else { return }
    closeConnections(of: id)
    links[id] = nil
  }

  mutating func closeConnections(of id: LinkID) {
    closeCommands(of: id)
    closeSubscription(of: id)
  }

  mutating func closeCommands(of id: LinkID) {
    guard let connection = links[id]?.commands?.id else { return }
    emit(.close(connection))
    drop(connection, of: id)
  }

  mutating func closeSubscription(of id: LinkID) {
    guard let connection = links[id]?.subscription?.id else { return }
    emit(.close(connection))
    drop(connection, of: id)
  }

  /// Forgets a connection that is closed, and the replies that will not come.
  mutating func drop(_ connection: SentinelConnectionID, of id: LinkID) {
    connectionOwners[connection] = nil
    if links[id]?.commands?.id == connection {
      for pending in links[id]?.commands?.pending ?? [] { abandon(pending) }
      links[id]?.commands = nil
      if links[id]?.activePing == nil { links[id]?.activePing = now }
    } else if links[id]?.subscription?.id == connection {
      links[id]?.subscription = nil
    }
    touchUsers(of: id)
  }

  private mutating func abandon(_ pending: PendingReply) {
    guard let g = groupIndex(pending.group), let ref = groups[g].ref(of: pending.instance) else { return }
    switch pending.purpose {
    case .info: groups[g][ref].isInfoPending = false
    case .hello: groups[g][ref].isHelloPending = false
    case .fence(let epoch):
      guard case .fence(var round) = groups[g].failover, epoch == groups[g].failoverEpoch else { return }
      round[pending.instance] = .lost
      groups[g].failover = .fence(round)
    default: break
    }
  }

  mutating func touchUsers(of id: LinkID) {
    for name in links[id]?.users ?? [] {
      if let g = groupIndex(name) { touch(g) }
    }
  }

  // MARK: Connecting

  /// Opens what is missing, at most once in a ping period.
  mutating func reconnect(_ g: Int, _ ref: InstanceRef) {
    let instance = groups[g][ref]
    let needsSubscription = instance.role != .sentinel
    guard instance.address.port != 0, let link = links[instance.link], !isExiting else { return }
    func isDue(_ latest: Int64?) -> Bool { latest.map { now - $0 >= timing.pingPeriod } ?? true }
    let opensCommands = link.commands == nil && isDue(link.lastCommandsAttempt)
    let opensSubscription = needsSubscription && link.subscription == nil && isDue(link.lastSubscriptionAttempt)
    guard opensCommands || opensSubscription else { return }
    if opensCommands { links[instance.link]?.lastCommandsAttempt = now }
    if opensSubscription { links[instance.link]?.lastSubscriptionAttempt = now }
    // A name may lead to another address after its host came back, so it is looked up whenever a connection is made.
    if IPLiteral.canonical(instance.address.host) == nil { lookUp(instance.address.host, isUrgent: true) }
    guard !groups[g][ref].address.ip.isEmpty else { return }
    let address = groups[g][ref].address
    if opensCommands {
      let id = SentinelConnectionID(rawValue: makeID())
      links[instance.link]?.commands = InstanceLink.Connection(id: id, since: now)
      connectionOwners[id] = instance.link
      emit(.connect(id, host: address.ip, port: address.port, purpose: .commands))
    }
    if opensSubscription {
      let id = SentinelConnectionID(rawValue: makeID())
      links[instance.link]?.subscription = InstanceLink.Connection(id: id, since: now)
      links[instance.link]?.lastSubscriptionActivity = now
      connectionOwners[id] = instance.link
      emit(.connect(id, host: address.ip, port: address.port, purpose: .subscription))
    }
  }

  /// - Parameter localHost: our own address on this connection, as other hosts see it.
  package mutating func connected(_ connection: SentinelConnectionID, localHost: String, now: Int64) {
    begin(now)
    defer { finish() }
    guard let id = connectionOwners[connection], let (g, ref) = user(of: id) else { return }
    touchUsers(of: id)
    if links[id]?.commands?.id == connection {
      links[id]?.commands?.isEstablished = true
      links[id]?.commands?.localHost = localHost
      if let arguments = authentication(g, ref) { send(arguments, g, ref, .unattended(what: "AUTH")) }
      send(["CLIENT", "SETNAME", "sentinel-\(myID.prefix(8))-cmd"], g, ref, .unattended(what: "CLIENT SETNAME"))
      if groups[g].membership != nil, groups[g][ref].role != .sentinel {
        let isSent = send(Self.unheldOrder, g, ref, .unattended(what: "CLIENT DURABILITY"))
        links[id]?.commands?.isUnheld = isSent
      }
      sendPing(g, ref)
      if groups[g][ref].role == .sentinel { send(["INFO", "sentinel"], g, ref, .kind) }
    } else {
      links[id]?.subscription?.isEstablished = true
      links[id]?.lastSubscriptionActivity = self.now
      let words = ["CLIENT", "SETNAME", "sentinel-\(myID.prefix(8))-pubsub"]
      if let arguments = authentication(g, ref) { emit(.send(connection, arguments)) }
      emit(.send(connection, mapped(words.map { Array($0.utf8) }, g)))
      if groups[g].membership != nil {
        links[id]?.subscription?.isUnheld = true
        emit(.send(connection, mapped(Self.unheldOrder.map { Array($0.utf8) }, g)))
      }
      emit(.send(connection, mapped(["SUBSCRIBE", HelloMessage.channel].map { Array($0.utf8) }, g)))
    }
  }

  package mutating func connectFailed(_ connection: SentinelConnectionID, reason: String, now: Int64) {
    begin(now)
    lost(connection, reason: reason)
    finish()
  }

  package mutating func closed(_ connection: SentinelConnectionID, reason: String, now: Int64) {
    begin(now)
    lost(connection, reason: reason)
    finish()
  }

  private mutating func lost(_ connection: SentinelConnectionID, reason: String) {
    guard let id = connectionOwners[connection] else { return }
    if let (g, ref) = user(of: id) {
      let isCommands = links[id]?.commands?.id == connection
      event(.debug, isCommands ? "-cmd-link-reconnection" : "-pubsub-link-reconnection", g, ref, " #\(reason)")
    }
    drop(connection, of: id)
  }

  /// The first instance on a link: whose name appears in the log, and whose group's renamed commands apply.
  func user(of id: LinkID) -> (Int, InstanceRef)? {
    guard let name = links[id]?.users.first, let g = groupIndex(name), let ref = groups[g].refs.first(where: { groups[g][$0].link == id })
    else { return nil }
    return (g, ref)
  }

  /// Primaries and replicas share the primary's password; sentinels share theirs, by default that of their own port.
  private func authentication(_ g: Int, _ ref: InstanceRef) -> [[UInt8]]? {
    let isSentinel = groups[g][ref].role == .sentinel
    guard let password = isSentinel ? sentinelPass ?? requirePass : groups[g].authPass else { return nil }
    let user = isSentinel ? (sentinelPass == nil ? nil : sentinelUser) : groups[g].authUser
    return mapped([Array("AUTH".utf8)] + (user.map { [$0] } ?? []) + [password], g)
  }

  // MARK: Sending

  private func mapped(_ arguments: [[UInt8]], _ g: Int) -> [[UInt8]] {
    guard let first = arguments.first else { return arguments }
    return [Array(groups[g].mapped(String(decoding: first, as: UTF8.self)).utf8)] + arguments.dropFirst()
  }

  @discardableResult
  mutating func send(_ words: [String], _ g: Int, _ ref: InstanceRef, _ purpose: PendingReply.Purpose) -> Bool {
    send(mapped(words.map { Array($0.utf8) }, g), g, ref, purpose)
  }

  /// False when there is no connection to send on.
  @discardableResult
  mutating func send(_ arguments: [[UInt8]], _ g: Int, _ ref: InstanceRef, _ purpose: PendingReply.Purpose) -> Bool {
    let id = groups[g][ref].link
    guard let connection = links[id]?.commands, connection.isEstablished, connection.pending.count < InstanceLink.pendingMax else {
      return false
    }
    links[id]?.commands?.pending.append(PendingReply(purpose: purpose, group: groups[g].name, instance: groups[g][ref].id))
    emit(.send(connection.id, arguments))
    return true
  }

  mutating func sendPing(_ g: Int, _ ref: InstanceRef) {
    guard send(["PING"], g, ref, .ping(sentAt: now)) else { return }
    let id = groups[g][ref].link
    links[id]?.lastPing = now
    if links[id]?.activePing == nil { links[id]?.activePing = now }
  }

  func infoPeriod(_ g: Int, _ ref: InstanceRef) -> Int64 {
    let group = groups[g]
    let isUrgent =
      group[ref].roleReported != .replica || group.primary.isSubjectivelyDown || group.isObjectivelyDown || group.isFailoverInProgress
      || group[ref].primaryLinkDownTime != 0
    // Who leads a quorum is known from INFO alone.
    let mustWatch = group[ref].quorum != nil || (group[ref].role == .primary && group[ref].roleReported == .replica)
    return (group[ref].role == .replica && isUrgent) || mustWatch
      ? min(SentinelTiming.urgentInfoPeriod, timing.infoPeriod) : timing.infoPeriod
  }

  func pingPeriod(_ instance: MonitoredInstance) -> Int64 { min(instance.downAfter, timing.pingPeriod) }

  /// INFO, PING and hello, whichever are due.
  mutating func sendPeriodic(_ g: Int, _ ref: InstanceRef) {
    guard let link = links[groups[g][ref].link], link.isUsable, let connection = link.commands,
      connection.pending.count < InstanceLink.pendingPeriodicMax * link.users.count
    else { return }
    let instance = groups[g][ref]
    if instance.role != .sentinel, !instance.isInfoPending {
      let isDue = instance.infoReceived.map { now - $0 > infoPeriod(g, ref) } ?? true
      if isDue || instance.isInfoWanted, send(["INFO"], g, ref, .info) {
        groups[g][ref].isInfoPending = true
        groups[g][ref].isInfoWanted = false
      }
    }
    let ping = pingPeriod(instance)
    if now - link.lastPong > ping, link.lastPing.map({ now - $0 > ping / 2 }) ?? true { sendPing(g, ref) }
    // While a primary holds back writes it would hold back the hello as well, and everything behind it.
    let isPaused = ref == .primary && isPrimaryPaused(g)
    if !instance.isHelloPending, !isPaused, now - instance.lastHelloSent > timing.publishPeriod { sendHello(g, ref) }
  }
}
