package import TernEngine

extension SentinelCore {
  /// One reply, message or push that arrived on a connection.
  package mutating func received(_ value: RESPValue, on connection: SentinelConnectionID, now: Int64) {
    begin(now)
    defer { finish() }
    guard let id = connectionOwners[connection] else { return }
    touchUsers(of: id)
    if links[id]?.subscription?.id == connection { return takeSubscribed(value, id) }
    guard let link = links[id]?.commands, !link.pending.isEmpty else {
      // Replies would be taken for answers to the wrong commands from here on.
      log(
        .warning, "A reply that answers nothing came from \(user(of: id).map { describe($0.0, $0.1) } ?? "a peer"); closing the connection")
      return closeCommands(of: id)
    }
    guard let pending = links[id]?.commands?.pending.removeFirst() else { return }
    if case .ping(let sentAt) = pending.purpose { takePong(value, id, pending, sentAt) }
    guard let g = groupIndex(pending.group), let ref = groups[g].ref(of: pending.instance) else { return }
    switch pending.purpose {
    case .ping: break
    case .info:
      groups[g][ref].isInfoPending = false
      if let info = value.bytes { return takeInfo(info, g, ref) }
      logError(value, "INFO", id, g, ref)
      // Asked for again after a second, not at once: the refusal would only be repeated.
      groups[g][ref].infoReceived = groups[g][ref].infoReceived ?? self.now - timing.infoPeriod + timing.pingPeriod
    case .hello:
      groups[g][ref].isHelloPending = false
      groups[g][ref].lastHelloSent = value.isError ? self.now - max(0, timing.publishPeriod - timing.pingPeriod) : self.now
      logError(value, "PUBLISH", id, g, ref)
    case .primaryDown(let about): if about == groups[g].primary.id { takePrimaryDownReply(value, g, ref) }
    case .reconfiguration: takeReconfiguration(value, g, ref)
    case .fence(let epoch): takeFence(value, g, ref, epoch: epoch)
    case .promotion(let epoch): takePromotion(value, g, ref, epoch: epoch)
    case .follow: takeFollow(value, g, ref)
    case .handover: takeHandover(value, g)
    case .kind: takeKind(value, id)
    case .unattended(let what): logError(value, what, id, g, ref)
    }
  }

  /// Why an instance does not do what it is asked. Redis leaves this to be guessed from its consequences; once per connection is enough.
  private mutating func logError(_ value: RESPValue, _ what: String, _ id: LinkID, _ g: Int, _ ref: InstanceRef) {
    guard case .error(let line) = value, links[id]?.commands?.isErrorLogged == false else { return }
    links[id]?.commands?.isErrorLogged = true
    log(.notice, "\(describe(g, ref)) answers \(what) with: \(printable(line))")
  }

  private mutating func takePong(_ value: RESPValue, _ id: LinkID, _ pending: PendingReply, _ sentAt: Int64) {
    let text = value.text ?? ""
    let owner = groupIndex(pending.group).flatMap { g in groups[g].ref(of: pending.instance).map { (g, $0) } }
    let isStatus = if case .simpleString = value { true } else { value.isError }
    if isStatus, text.hasPrefix("PONG") || text.hasPrefix("LOADING") || text.hasPrefix("MASTERDOWN") {
      links[id]?.lastAvailable = now
      links[id]?.activePing = nil
      links[id]?.roundTrip = max(0, now - sentAt)
      if text.hasPrefix("PONG"), let (g, ref) = owner, ref == .primary { groups[g].rebootSince = nil }
    } else if let (g, ref) = owner {
      logError(value, "PING", id, g, ref)
      if text.hasPrefix("BUSY"), groups[g][ref].isSubjectivelyDown, !groups[g][ref].isScriptKillSent {
        groups[g][ref].isScriptKillSent = send(["SCRIPT", "KILL"], g, ref, .unattended(what: "SCRIPT KILL"))
      }
    }
    links[id]?.lastPong = now
  }

  /// The answer to the transaction that `sendSlaveof` sent.
  private mutating func takeReconfiguration(_ value: RESPValue, _ g: Int, _ ref: InstanceRef) {
    if value.isError {
      log(.warning, "\(describe(g, ref)) refused to be reconfigured: \(printable((value.text ?? "").utf8))")
    } else if let slaveof = value.elements?.first, slaveof.isError {
      log(.warning, "\(describe(g, ref)) answers SLAVEOF with: \(printable((slaveof.text ?? "").utf8))")
    }
    // Its new role shows at once.
    groups[g][ref].isInfoWanted = true
  }

  /// Anything on the subscription: `["message", channel, payload]` is a hello, the rest answers our set-up of the connection.
  private mutating func takeSubscribed(_ value: RESPValue, _ id: LinkID) {
    guard let fields = value.elements else {
      if case .error(let line) = value, let (g, ref) = user(of: id) {
        event(.debug, "-pubsub-link-reconnection", g, ref, " #\(printable(line))")
      }
      return
    }
    links[id]?.lastSubscriptionActivity = now
    guard fields.count == 3, fields[0].bytes == Array("message".utf8), fields[1].bytes == Array(HelloMessage.channel.utf8),
      let payload = fields[2].bytes
    else { return }
    if payload.starts(with: Self.resignationPrefix) { return takeResignation(payload, id) }
    takeHello(payload)
  }

  /// INFO of another sentinel. A refusal says nothing about its kind.
  private mutating func takeKind(_ value: RESPValue, _ id: LinkID) {
    links[id]?.hasSaidItsKind = true
    guard let text = value.text, !value.isError else { return }
    takeMemberships(text, id)
    links[id]?.canFence = text.contains("\(Self.kindField):1")
    for name in links[id]?.users ?? [] { if let g = groupIndex(name) { noteCompany(g) } }
  }

  /// In INFO's Sentinel section: this sentinel asks members of a quorum for their promises before it promotes one.
  static let kindField = "sentinel_tern_fencing"
}
