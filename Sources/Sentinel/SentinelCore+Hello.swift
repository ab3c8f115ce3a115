import TernEngine

extension SentinelCore {
  /// PUBLISH of our hello through an instance of a group, about that group's primary.
  mutating func sendHello(_ g: Int, _ ref: InstanceRef) {
    guard let connection = links[groups[g][ref].link]?.commands, connection.isEstablished else { return }
    let primary = groups[g].currentAddress
    let hello = HelloMessage(
      host: announceIP ?? connection.localHost, port: announcePort > 0 ? announcePort : port, runID: myID, currentEpoch: currentEpoch,
      group: groups[g].name, primaryHost: announced(primary), primaryPort: primary.port, configEpoch: groups[g].configEpoch)
    if send(["PUBLISH", HelloMessage.channel, hello.payload], g, ref, .hello) { groups[g][ref].isHelloPending = true }
  }

  /// A changed configuration is told to everybody now, not when their turn comes.
  mutating func announceSoon(_ g: Int) {
    for ref in groups[g].refs { groups[g][ref].lastHelloSent = now - timing.publishPeriod - 1 }
    touch(g)
  }

  /// A hello that came over a subscription or with PUBLISH to our own port. Anything unsound is ignored: everybody can publish.
  mutating func takeHello(_ payload: [UInt8]) {
    guard let hello = HelloMessage(payload), hello.runID != myID, let g = groupIndex(hello.group) else { return }
    let address = knownAddress(hello.host, hello.port)
    guard let sentinel = meet(hello, at: address, g) else { return }
    if hello.currentEpoch > currentEpoch { raiseEpoch(to: hello.currentEpoch, g) }
    takeConfiguration(of: hello, from: sentinel, g)
    // The sentinel's place is the same: a switch of the primary keeps the sentinels.
    groups[g][sentinel].lastHelloReceived = now
    touch(g)
  }

  private mutating func knownAddress(_ host: String, _ port: Int) -> SentinelAddress { address(host: host, port: port) }

  /// The place of the sentinel that says hello, entered if it is new; by whatever address it was known before, it is at this one now.
  private mutating func meet(_ hello: HelloMessage, at address: SentinelAddress, _ g: Int) -> InstanceRef? {
    if let s = groups[g].sentinels.firstIndex(where: { $0.runID == hello.runID && $0.address.isSame(as: address) }) { return .sentinel(s) }
    guard IPLiteral.canonical(hello.host) != nil || resolveHostnames else {
      log(.warning, "Failed to resolve hostname '\(hello.host)'")
      return nil
    }
    let hasMoved = removeSentinels(g, runID: hello.runID)
    if hasMoved {
      event(.notice, "+sentinel-address-switch", g, .primary, " ip \(hello.host) port \(hello.port) for \(hello.runID)")
    } else if let s = groups[g].sentinels.firstIndex(where: { $0.address.isSame(as: address) }) {
      // Somebody else is at that address now. Both would count as voters otherwise, and the old one never votes again.
      if !SentinelSeed.isSeed(groups[g].sentinels[s].runID) { event(.notice, "+sentinel-invalid-addr", g, .sentinel(s)) }
      let obsolete = groups[g].sentinels[s].runID ?? ""
      for other in groups.indices { _ = removeSentinels(other, runID: obsolete) }
    }
    guard let ref = addSentinel(g, address, runID: hello.runID) else { return nil }
    if hasMoved { updateAddressElsewhere(of: hello.runID, to: address, g) } else { event(.notice, "+sentinel", g, ref) }
    saveState()
    return ref
  }

  /// The same sentinel, in the other groups that know it.
  private mutating func updateAddressElsewhere(of runID: String, to address: SentinelAddress, _ g: Int) {
    var updated = 0
    for other in groups.indices where other != g {
      guard let s = groups[other].sentinels.firstIndex(where: { $0.runID == runID }) else { continue }
      closeConnections(of: groups[other].sentinels[s].link)
      groups[other].sentinels[s].address = address
      touch(other)
      updated += 1
    }
    guard updated > 0, let s = groups[g].sentinels.firstIndex(where: { $0.runID == runID }) else { return }
    event(.notice, "+sentinel-address-update", g, .sentinel(s), " \(updated) additional matching instances")
  }

  /// The newer of two configurations wins.
  private mutating func takeConfiguration(of hello: HelloMessage, from sentinel: InstanceRef, _ g: Int) {
    guard hello.configEpoch > groups[g].configEpoch else { return }
    let old = groups[g].primary.address
    let isSameHost = isHost(hello.primaryHost, of: old)
    // A name that is not resolved yet decides nothing; the same hello comes again in two seconds.
    guard let isSameHost else { return }
    if isSameHost, hello.primaryPort == old.port {
      groups[g].configEpoch = hello.configEpoch
      // A failover of ours in a lower epoch is over: ended by its own rules it would put its replica in the place of that primary, under the
      // other's epoch, and no later hello would ever correct it.
      if groups[g].isFailoverInProgress, groups[g].failoverEpoch < hello.configEpoch {
        log(.notice, "Failover of master \(groups[g].name) given up: epoch \(hello.configEpoch) has a primary")
        setFailover(g, .none)
      }
      return saveState()
    }
    guard let new = resolvedAddress(host: hello.primaryHost, port: hello.primaryPort) else { return }
    groups[g].configEpoch = hello.configEpoch
    event(.warning, "+config-update-from", g, sentinel)
    event(
      .warning, "+switch-master", "\(groups[g].name) \(announced(old)) \(old.port) \(hello.primaryHost) \(hello.primaryPort)", group: g)
    switchPrimary(g, to: new)
    callReconfigurationScript(g, isLeader: false, from: old, to: new)
  }
}
