// What the user, the connection and the clock do to the link.
extension ReplicaMachine {
  package func isReplica(of host: String, _ port: Int) -> Bool {
    primary.map { $0.host.lowercased() == host.lowercased() && $0.port == port } ?? false
  }

  /// REPLICAOF host port. `resume` is where this node's log ends, nil when its data are not to be continued (or there are none);
  /// a node that is a replica already knows better itself, and the argument is not looked at. `requestedBy` is the client as CLIENT
  /// LIST prints it, nil at start-up.
  package mutating func replicate(
    _ host: String, _ port: Int, resume: ResumePoint?, requestedBy client: String?, now: Int64
  ) -> [ReplicaAction] {
    guard !isReplica(of: host, port) else {
      return [
        .log(
          .notice,
          "REPLICAOF would result into synchronization with the master we are already connected with. No operation performed.")
      ]
    }
    var actions: [ReplicaAction] = []
    if primary == nil {
      self.resume = resume
      if resume != nil, client != nil {
        actions.append(
          .log(
            .notice,
            "Before turning into a replica, using my own master parameters to synthesize a cached master: "
              + "I may be able to synchronize with the new master with just a partial transfer."
          ))
      }
    } else {
      actions += tearDown(now: now)
    }
    primary = Endpoint(host: host, port: port)
    failures = 0
    actions += connect("Connecting to MASTER", now: now)
    if let client {
      actions.append(.log(.notice, "REPLICAOF \(host):\(port) enabled (user request from '\(client)')"))
    }
    return actions
  }

  /// REPLICAOF NO ONE, or a promotion, with the log's end at `offset`. The caller drops this node's own replicas, which come back
  /// for the new id.
  package mutating func becomePrimary(
    _ history: inout ReplicationHistory, offset: Int64, requestedBy client: String, now: Int64
  ) -> [ReplicaAction] {
    guard primary != nil else { return [] }
    var actions = tearDown(now: now)
    if resume != nil { actions.append(.log(.notice, "Discarding previously cached master state.")) }
    primary = nil
    resume = nil
    downSince = nil
    state = .none
    failures = 0
    history.becomePrimary(at: offset, newID: .random(using: &random))
    actions.append(
      .log(
        .warning,
        "Setting secondary replication ID to \(history.replid2), valid up to offset: \(history.secondReplidOffset). "
          + "New replication ID is \(history.replid)"
      ))
    actions.append(.log(.notice, "MASTER MODE enabled (user request from '\(client)')"))
    return actions
  }

  package mutating func connected(link: Int, now: Int64) -> [ReplicaAction] {
    guard link == self.link, case .connecting = state else { return [] }
    state = .handshake(Handshake(expected: [.pong], movedAt: now))
    return [
      .log(.notice, "Non blocking connect for SYNC fired the event."),
      .send(link: link, Self.command(["PING"])),
    ]
  }

  package mutating func connectFailed(link: Int, reason: String, now: Int64) -> [ReplicaAction] {
    guard link == self.link, case .connecting = state else { return [] }
    state = .waiting(until: now + nextDelay())
    return [.log(.warning, "Error condition on socket for SYNC: \(reason)")]
  }

  /// The peer closed the connection, or it broke (`reason`).
  package mutating func disconnected(link: Int, reason: String?, now: Int64) -> [ReplicaAction] {
    guard link == self.link else { return [] }
    let reason = reason ?? "connection lost"
    switch state {
    case .none, .waiting: return []
    case .connecting: return connectFailed(link: link, reason: reason, now: now)
    case .handshake(let handshake):
      let line =
        switch handshake.expected.first {
        case .psync: "Master did not reply to PSYNC, will try later (\(reason))"
        default: "Master did not respond to command during SYNC handshake (\(reason))"
        }
      return lose(line, isClosed: true, now: now)
    case .transfer(var transfer):
      if case .loading = transfer.phase, transfer.replid != nil {
        guard !transfer.isClosed else { return [] }
        transfer.isClosed = true
        state = .transfer(transfer)
        return [.log(.warning, "Connection with master lost while the RDB is being loaded; the stream is asked for again behind it.")]
      }
      return lose("I/O error trying to sync with MASTER: \(reason)", isClosed: true, now: now)
    case .connected: return lose(nil, isClosed: true, now: now)
    }
  }

  /// Call a few times a second, and at `nextDeadline`.
  package mutating func tick(now: Int64) -> [ReplicaAction] {
    let timeout = configuration.timeoutMilliseconds
    switch state {
    case .none: return []
    case .waiting(let until):
      guard now >= until else { return [] }
      return connect("Connecting to MASTER", now: now)
    case .connecting(let since):
      guard now - since > timeout else { return [] }
      return lose("Timeout connecting to the MASTER...", isClosed: false, now: now)
    case .handshake(let handshake):
      guard now - handshake.movedAt > timeout else { return [] }
      return lose("Timeout connecting to the MASTER...", isClosed: false, now: now)
    case .transfer(var transfer):
      if case .loading = transfer.phase {
        // The primary drops a replica that is silent for repl-timeout, and a load may take longer.
        guard !transfer.isClosed, now - transfer.newlineAt >= 1000 else { return [] }
        transfer.newlineAt = now
        state = .transfer(transfer)
        return [.send(link: link, [10])]
      }
      guard now - transfer.movedAt > timeout else { return [] }
      return lose(
        "Timeout receiving bulk data from MASTER... "
          + "If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value.",
        isClosed: false, now: now)
    case .connected(let live):
      if now - live.movedAt > timeout {
        return [.log(.warning, "MASTER timeout: no data nor PING received...")] + lose(nil, isClosed: false, now: now)
      }
      guard now - live.acknowledgedAt >= 1000 else { return [] }
      return acknowledge(now: now)
    }
  }

  package var nextDeadline: Int64? {
    switch state {
    case .none: nil
    case .waiting(let until): until
    case .connecting(let since): since + configuration.timeoutMilliseconds + 1
    case .handshake(let handshake): handshake.movedAt + configuration.timeoutMilliseconds + 1
    case .transfer(let transfer):
      if case .loading = transfer.phase {
        transfer.isClosed ? nil : transfer.newlineAt + 1000
      } else {
        transfer.movedAt + configuration.timeoutMilliseconds + 1
      }
    case .connected(let live): min(live.acknowledgedAt + 1000, live.movedAt + configuration.timeoutMilliseconds + 1)
    }
  }

  mutating func connect(_ words: String, now: Int64) -> [ReplicaAction] {
    guard let primary else { return [] }
    link += 1
    state = .connecting(since: now)
    return [
      .log(.notice, "\(words) \(primary.host):\(primary.port)"),
      .log(.notice, "MASTER <-> REPLICA sync started"),
      .connect(link: link, host: primary.host, port: primary.port),
    ]
  }

  /// Ends the connection on account of `line`, and goes for the next one: at once if this one had worked, else after a pause.
  mutating func lose(_ line: String?, isClosed: Bool, discardsResume: Bool = false, now: Int64) -> [ReplicaAction] {
    var actions: [ReplicaAction] = line.map { [.log(.warning, $0)] } ?? []
    let worked = isConnected
    if discardsResume { resume = nil }
    actions += leave(isClosed: isClosed, now: now)
    if worked, !discardsResume { return actions + connect("Reconnecting to MASTER", now: now) }
    state = .waiting(until: now + nextDelay())
    return actions
  }

  /// As `lose`, without another attempt.
  mutating func tearDown(now: Int64) -> [ReplicaAction] {
    leave(isClosed: false, now: now)
  }

  private mutating func leave(isClosed: Bool, now: Int64) -> [ReplicaAction] {
    var actions: [ReplicaAction] = []
    var hasConnection = true
    switch state {
    case .none, .waiting: hasConnection = false
    case .connecting, .handshake: break
    case .transfer(let transfer):
      hasConnection = !transfer.isClosed
      if transfer.hasHeader { actions.append(.abortLoad) }
    case .connected:
      downSince = now
      actions.append(.log(.warning, "Connection with master lost."))
      if resume != nil { actions.append(.log(.notice, "Caching the disconnected master state.")) }
      actions.append(.discardPartialCommand)
    }
    if hasConnection, !isClosed { actions.append(.close(link: link)) }
    state = .waiting(until: now)
    return actions
  }

  mutating func nextDelay() -> Int64 {
    let ceiling = max(1, configuration.reconnectDelayMaxMilliseconds)
    let doubled = max(1, configuration.reconnectDelayMilliseconds) << min(failures, 20)
    failures += 1
    let delay = min(doubled, ceiling)
    return delay - Int64.random(in: 0...delay / 2, using: &random)
  }
}
