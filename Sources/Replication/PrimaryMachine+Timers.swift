// What time brings: keepalives, replicas that are too slow or silent, waiting full syncs, and the end of an unused backlog.
extension PrimaryMachine {
  /// Call a few times a second, and at `nextDeadline`.
  package mutating func tick(now: Int64) -> [PrimaryAction] {
    var actions = dropSilent(now: now) + dropTooFarBehind(now: now)
    actions += keepAlive(now: now)
    actions += startSnapshots(now: now)
    if let alone = aloneSince, backlogIsActive, upstream == .none, configuration.backlogTTLMilliseconds > 0,
      now - alone > configuration.backlogTTLMilliseconds
    {
      backlogIsActive = false
      aloneSince = nil
      actions.append(
        .log(
          .notice,
          "Replication backlog freed after \(configuration.backlogTTLMilliseconds / 1000) seconds without connected replicas."))
      actions.append(.releaseBacklog)
    }
    return actions
  }

  /// When `tick` has something to do next, as far as can be known; nil without replicas and backlog.
  package var nextDeadline: Int64? {
    var deadline: Int64?
    func note(_ time: Int64) { deadline = min(deadline ?? time, time) }
    if !replicas.isEmpty, let pingedAt { note(pingedAt + configuration.pingPeriodMilliseconds) }
    if let aloneSince, backlogIsActive, upstream == .none, configuration.backlogTTLMilliseconds > 0 {
      note(aloneSince + configuration.backlogTTLMilliseconds + 1)
    }
    for replica in replicas {
      if let since = replica.overSoftLimitSince { note(since + configuration.lagSoftSeconds * 1000) }
      switch replica.phase {
      case .waiting where groups.count < max(1, configuration.concurrentSnapshotsMax) && freeFullSyncs > 0:
        note(replica.movedAt + configuration.disklessSyncDelayMilliseconds)
      case .transferring: note(replica.movedAt + configuration.timeoutMilliseconds + 1)
      case .online, .transmitted: note(replica.acknowledgedAt + configuration.timeoutMilliseconds + 1)
      case .waiting, .preparing: break
      }
    }
    return deadline
  }

  private mutating func keepAlive(now: Int64) -> [PrimaryAction] {
    guard !replicas.isEmpty else {
      pingedAt = nil
      return []
    }
    guard let last = pingedAt else {
      pingedAt = now
      return []
    }
    guard now - last >= configuration.pingPeriodMilliseconds else { return [] }
    pingedAt = now
    // In the log, so that every replica counts the same bytes; a replica's replicas get the pings of its primary.
    var actions: [PrimaryAction] = upstream == .none ? [.append(Self.ping)] : []
    for replica in replicas {
      switch replica.phase {
      // Nothing of the RDB is on the wire yet, so an empty line cannot be taken for a part of it.
      case .waiting, .preparing: actions.append(.send(replica.id, [10]))
      case .transferring, .online, .transmitted: break
      }
    }
    return actions
  }

  private mutating func dropSilent(now: Int64) -> [PrimaryAction] {
    var actions: [PrimaryAction] = []
    for replica in replicas {
      switch replica.phase {
      case .online, .transmitted:
        guard !replica.isPrePSYNC, now - replica.acknowledgedAt > configuration.timeoutMilliseconds else { continue }
        actions.append(.log(.warning, "Disconnecting timedout replica (streaming sync): \(replica.name)"))
      case .transferring:
        guard now - replica.movedAt > configuration.timeoutMilliseconds else { continue }
        actions.append(.log(.warning, "Disconnecting timedout replica (full sync): \(replica.name)"))
      case .waiting, .preparing:
        continue
      }
      actions += drop(replica.id, now: now)
    }
    return actions
  }

  /// It is so far behind that it is served from files that would be there without it.
  private func costsNothing(_ replica: Replica) -> Bool {
    guard let onDisk, onDisk.listedStart <= replica.sent else { return false }
    return logEnd - replica.sent > max(configuration.backlogBytes, configuration.memoryLagBytesMax)
  }

  /// `client-output-buffer-limit replica`. A hard limit below the backlog's size would be useless: those bytes are kept anyway.
  private mutating func dropTooFarBehind(now: Int64) -> [PrimaryAction] {
    var actions: [PrimaryAction] = []
    let hard = configuration.lagHardBytesMax > 0 ? max(configuration.lagHardBytesMax, configuration.backlogBytes) : Int64.max
    let soft = configuration.lagSoftBytesMax > 0 ? configuration.lagSoftBytesMax : Int64.max
    for index in replicas.indices where replicas[index].holdsLog {
      if costsNothing(replicas[index]) || logEnd - replicas[index].sent <= soft {
        replicas[index].overSoftLimitSince = nil
      } else if replicas[index].overSoftLimitSince == nil {
        replicas[index].overSoftLimitSince = now
      }
    }
    for replica in replicas where replica.holdsLog && !costsNothing(replica) {
      let behind = logEnd - replica.sent
      let cause: String
      if behind > hard {
        cause = "more than the hard limit of \(hard); a hard limit above \(behind)"
      } else if let since = replica.overSoftLimitSince, now - since >= configuration.lagSoftSeconds * 1000 {
        cause =
          "more than the soft limit of \(soft) for \((now - since) / 1000) seconds; a soft limit above \(behind), or more seconds,"
      } else {
        continue
      }
      lagDrops += 1
      actions.append(
        .log(
          .warning,
          "Client \(replica.name) scheduled to be closed ASAP for overcoming of output buffer limits. "
            + "The replica is \(behind) bytes behind (sent up to offset \(replica.sent) of \(logEnd)), "
            + "\(cause) in 'client-output-buffer-limit replica' would have kept it"
            + (onDisk == nil ? ", and so would 'appendonly yes', from whose files it could be served." : ".")
        ))
      actions += drop(replica.id, now: now)
    }
    return actions
  }
}
