extension SentinelCore {
  /// The whole state as configuration lines, in redis-sentinel's order: what the user set, and what must survive a restart.
  package func directives() -> [SentinelDirectiveLine] {
    typealias Line = SentinelDirectiveLine
    var lines = [Line("myid", [myID])]
    if !denyScriptsReconfig { lines.append(Line("deny-scripts-reconfig", ["no"])) }
    if resolveHostnames { lines.append(Line("resolve-hostnames", ["yes"])) }
    if announceHostnames { lines.append(Line("announce-hostnames", ["yes"])) }
    for group in groups { lines += directives(group) }
    lines.append(Line("current-epoch", ["\(currentEpoch)"]))
    if let announceIP { lines.append(Line("announce-ip", [Line.word(announceIP)])) }
    if announcePort > 0 { lines.append(Line("announce-port", ["\(announcePort)"])) }
    if let sentinelUser { lines.append(Line("sentinel-user", [Line.word(sentinelUser)])) }
    if let sentinelPass { lines.append(Line("sentinel-pass", [Line.word(sentinelPass)])) }
    return lines
  }

  private func directives(_ group: MonitoredGroup) -> [SentinelDirectiveLine] {
    typealias Line = SentinelDirectiveLine
    let name = Line.word(group.name)
    let current = group.currentAddress
    let defaults = SentinelTiming()
    var lines = [Line("monitor", [name, Line.word(announced(current)), "\(current.port)", "\(group.quorum)"])]
    if group.primary.downAfter != defaults.defaultDownAfter {
      lines.append(Line("down-after-milliseconds", [name, "\(group.primary.downAfter)"]))
    }
    if group.failoverTimeout != defaults.defaultFailoverTimeout {
      lines.append(Line("failover-timeout", [name, "\(group.failoverTimeout)"]))
    }
    if group.parallelSyncs != 1 { lines.append(Line("parallel-syncs", [name, "\(group.parallelSyncs)"])) }
    if let script = group.notificationScript { lines.append(Line("notification-script", [name, Line.word(script)])) }
    if let script = group.clientReconfigScript { lines.append(Line("client-reconfig-script", [name, Line.word(script)])) }
    if let password = group.authPass { lines.append(Line("auth-pass", [name, Line.word(password)])) }
    if let user = group.authUser { lines.append(Line("auth-user", [name, Line.word(user)])) }
    if group.rebootDownAfter != 0 { lines.append(Line("master-reboot-down-after-period", [name, "\(group.rebootDownAfter)"])) }
    lines.append(Line("config-epoch", [name, "\(group.configEpoch)"]))
    lines.append(Line("leader-epoch", [name, "\(group.leaderEpoch)"]))
    for replica in group.replicas {
      // The promoted replica is written as the primary already; the old primary takes its place.
      let address = replica.address.isSame(as: current) ? group.primary.address : replica.address
      lines.append(Line("known-replica", [name, Line.word(announced(address)), "\(address.port)"]))
    }
    if let membership = group.membership, !membership.names.isEmpty {
      lines.append(Line("tern-members", [name] + membership.words.map { Line.word($0) }))
    }
    for sentinel in group.sentinels {
      guard let runID = sentinel.runID else { continue }
      lines.append(Line("known-sentinel", [name, Line.word(announced(sentinel.address)), "\(sentinel.address.port)", Line.word(runID)]))
    }
    for command in group.renamedCommands {
      lines.append(Line("rename-command", [name, Line.word(command.name), Line.word(command.newName)]))
    }
    return lines
  }
}
