/// Host names and the addresses they had when last looked up.
struct ResolvedNames: Sendable {
  private struct Entry: Sendable {
    let name: String
    var ip: String
    var askedAt: Int64
    var isPending: Bool
  }

  /// Names come out of INFO and hello messages too; the oldest give way.
  static let entriesMax = 1024

  /// In the order in which the names came up.
  private var entries: [Entry] = []

  func ip(of name: String) -> String? {
    entries.first { $0.name == name.lowercased() && !$0.ip.isEmpty }?.ip
  }

  /// Whether the driver must be asked for `name` now. An answer of less than `validity` milliseconds of age is good enough.
  mutating func mustAsk(_ name: String, validity: Int64, now: Int64) -> Bool {
    let name = name.lowercased()
    if let at = entries.firstIndex(where: { $0.name == name }) {
      guard !entries[at].isPending, now - entries[at].askedAt >= validity else { return false }
      entries[at].askedAt = now
      entries[at].isPending = true
      return true
    }
    if entries.count >= Self.entriesMax { entries.removeFirst() }
    entries.append(Entry(name: name, ip: "", askedAt: now, isPending: true))
    return true
  }

  /// A failed look-up keeps the earlier answer.
  mutating func take(_ name: String, ip: String?) {
    guard let at = entries.firstIndex(where: { $0.name == name.lowercased() }) else { return }
    entries[at].isPending = false
    if let ip { entries[at].ip = ip }
  }
}

extension SentinelCore {
  /// An address as far as it is known now; a name that is not known yet is looked up.
  mutating func address(host: String, port: Int) -> SentinelAddress {
    if let ip = IPLiteral.canonical(host) { return SentinelAddress(host: host, ip: ip, port: port) }
    lookUp(host, isUrgent: false)
    return SentinelAddress(host: host, ip: names.ip(of: host) ?? "", port: port)
  }

  /// Like `address(host:port:)`, but nil for a name that may not be used or is not resolved yet.
  mutating func resolvedAddress(host: String, port: Int) -> SentinelAddress? {
    guard IPLiteral.canonical(host) != nil || resolveHostnames else {
      log(.warning, "Failed to resolve hostname '\(host)'")
      return nil
    }
    let address = address(host: host, port: port)
    return address.ip.isEmpty ? nil : address
  }

  mutating func lookUp(_ name: String, isUrgent: Bool) {
    guard resolveHostnames, IPLiteral.canonical(name) == nil else { return }
    let validity = isUrgent ? timing.pingPeriod : SentinelTiming.nameValidity
    if names.mustAsk(name, validity: validity, now: now) { emit(.resolve(hostname: name)) }
  }

  /// Whether `host`, as somebody else calls it, is `address`; nil when its name must be looked up first.
  mutating func isHost(_ host: String, of address: SentinelAddress) -> Bool? {
    if let ip = IPLiteral.canonical(host) {
      return address.ip.isEmpty ? address.host == host : IPLiteral.canonical(address.ip) == ip
    }
    if host.lowercased() == address.host.lowercased() { return true }
    guard resolveHostnames else { return false }
    lookUp(host, isUrgent: false)
    return names.ip(of: host).map { $0 == address.ip }
  }

  /// The answer to `.resolve`: an IP address, or nil when the name has none.
  package mutating func resolved(hostname: String, address: String?, now: Int64) {
    begin(now)
    defer { finish() }
    let ip = address.flatMap { IPLiteral.canonical($0) }
    names.take(hostname, ip: ip)
    guard let ip else { return log(.warning, "Failed to resolve hostname '\(hostname)'") }
    for g in groups.indices {
      for ref in groups[g].refs where groups[g][ref].address.host.lowercased() == hostname.lowercased() {
        guard groups[g][ref].address.ip != ip else { continue }
        groups[g][ref].address.ip = ip
        let id = groups[g][ref].link
        // What is still trying the old address cannot succeed; what is connected is not disturbed.
        if links[id]?.commands?.isEstablished == false { closeCommands(of: id) }
        if links[id]?.subscription?.isEstablished == false { closeSubscription(of: id) }
        if links[id]?.commands == nil { links[id]?.lastCommandsAttempt = nil }
        if links[id]?.subscription == nil { links[id]?.lastSubscriptionAttempt = nil }
        touch(g)
      }
    }
  }
}
