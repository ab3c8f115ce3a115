import TernEngine

extension SentinelCore {
  /// An instance as SENTINEL MASTERS, REPLICAS and SENTINELS show it: redis-sentinel's fields in its order.
  func report(_ g: Int, _ ref: InstanceRef) -> RESPValue {
    let group = groups[g]
    let instance = group[ref]
    var fields: [RESPValue.KeyValue] = []
    func add(_ name: String, _ value: String) { fields.append(.init(key: Self.bulk(name), value: Self.bulk(value))) }
    func since(_ time: Int64?) -> String { "\(time.map { now - $0 } ?? 0)" }
    let link = links[instance.link]
    add("name", instance.name)
    add("ip", announced(instance.address))
    add("port", "\(instance.address.port)")
    add("runid", instance.runID ?? "")
    add("flags", flags(group, ref, link).joined(separator: ","))
    add("link-pending-commands", "\(link?.commands?.pending.count ?? 0)")
    add("link-refcount", "\(link?.users.count ?? 0)")
    if ref == .primary, group.isFailoverInProgress { add("failover-state", group.failover.word) }
    add("last-ping-sent", since(link?.activePing))
    add("last-ok-ping-reply", since(link?.lastAvailable))
    add("last-ping-reply", since(link?.lastPong))
    if instance.isSubjectivelyDown { add("s-down-time", since(instance.subjectivelyDownSince)) }
    if ref == .primary, group.isObjectivelyDown { add("o-down-time", since(group.objectivelyDownSince)) }
    add("down-after-milliseconds", "\(instance.downAfter)")
    if instance.role != .sentinel {
      add("info-refresh", since(instance.infoReceived))
      add("role-reported", instance.roleReported.word)
      add("role-reported-time", since(instance.roleReportedSince))
    }
    switch instance.role {
    case .primary:
      add("config-epoch", "\(group.configEpoch)")
      add("num-slaves", "\(group.replicas.count)")
      add("num-other-sentinels", "\(group.sentinels.count)")
      add("quorum", "\(group.quorum)")
      add("failover-timeout", "\(group.failoverTimeout)")
      add("parallel-syncs", "\(group.parallelSyncs)")
      if let script = group.notificationScript { add("notification-script", script) }
      if let script = group.clientReconfigScript { add("client-reconfig-script", script) }
      // Not in Redis: why there is no failover, and what the nodes promise.
      if let refusal = group.refusal { add("failover-refusal", refusal) }
      if let membership = group.membership {
        add("tern-durability", group.mixedCompany.map { "mixed: \($0)" } ?? "quorum")
        add("tern-members", membership.names.joined(separator: " "))
        add("tern-copies", "\(membership.copies)")
      }
    case .replica:
      add("master-link-down-time", "\(instance.primaryLinkDownTime)")
      add("master-link-status", instance.isPrimaryLinkUp ? "ok" : "err")
      add("master-host", instance.primaryHost ?? "?")
      add("master-port", "\(instance.primaryPort)")
      add("slave-priority", "\(instance.priority)")
      add("slave-repl-offset", "\(instance.offset)")
      add("replica-announced", instance.isAnnounced ? "1" : "0")
    case .sentinel:
      add("last-hello-message", since(instance.lastHelloReceived))
      add("voted-leader", instance.votedLeader ?? "?")
      add("voted-leader-epoch", "\(instance.votedLeaderEpoch)")
    }
    if let quorum = instance.quorum {
      add("tern-state", quorum.state.rawValue)
      add("tern-epoch", "\(quorum.epoch)")
      add("tern-promise", "\(quorum.promise)")
      add("tern-trusted", quorum.isTrusted ? "1" : "0")
      if !quorum.refusal.isEmpty { add("tern-refusal", quorum.refusal) }
    }
    return .map(fields)
  }

  private func flags(_ group: MonitoredGroup, _ ref: InstanceRef, _ link: InstanceLink?) -> [String] {
    let instance = group[ref]
    var flags: [String] = []
    if instance.isSubjectivelyDown { flags.append("s_down") }
    if ref == .primary, group.isObjectivelyDown { flags.append("o_down") }
    flags.append(instance.role.word)
    if link?.isDisconnected(role: instance.role) ?? true { flags.append("disconnected") }
    if instance.saysPrimaryIsDown { flags.append("master_down") }
    if ref == .primary, group.isFailoverInProgress { flags.append("failover_in_progress") }
    if group.failover.promoted == instance.id { flags.append("promoted") }
    switch instance.reconfiguration {
    case .none: break
    case .sent: flags.append("reconf_sent")
    case .inProgress: flags.append("reconf_inprog")
    case .done: flags.append("reconf_done")
    }
    if ref == .primary, [.requested, .coordinated, .forced].contains(group.failoverMode) { flags.append("force_failover") }
    if instance.isScriptKillSent { flags.append("script_kill_sent") }
    if ref == .primary, group.rebootSince != nil { flags.append("master_reboot") }
    return flags
  }

  /// An entry of SENTINEL PENDING-SCRIPTS.
  func report(_ job: ScriptQueue.Job) -> RESPValue {
    var fields: [RESPValue.KeyValue] = [
      .init(key: Self.bulk("argv"), value: .array(([job.path] + job.arguments).map { Self.bulk($0) }))
    ]
    func add(_ name: String, _ value: String) { fields.append(.init(key: Self.bulk(name), value: Self.bulk(value))) }
    switch job.state {
    case .waiting(let notBefore):
      add("flags", "scheduled")
      add("pid", "0")
      add("run-delay", "\(max(0, (notBefore ?? now) - now))")
    case .running(let since, let processID, _):
      add("flags", "running")
      add("pid", "\(processID)")
      add("run-time", "\(now - since)")
    }
    add("retry-num", "\(job.attempts)")
    return .map(fields)
  }

  /// INFO's Sentinel section, as of the latest event.
  package func informationSection() -> String {
    let tilt = tiltSince.map { (now - $0) / 1000 } ?? -1
    var lines = [
      "# Sentinel", "sentinel_masters:\(groups.count)", "sentinel_tilt:\(isTilted ? 1 : 0)", "sentinel_tilt_since_seconds:\(tilt)",
      "sentinel_running_scripts:\(scripts.runningCount)", "sentinel_scripts_queue_length:\(scripts.jobs.count)",
      "sentinel_simulate_failure_flags:\(simulatedFailures.flags)", "\(Self.kindField):1",
    ]
    for (n, group) in groups.enumerated() {
      let status = group.isObjectivelyDown ? "odown" : group.primary.isSubjectivelyDown ? "sdown" : "ok"
      lines.append(
        "master\(n):name=\(group.name),status=\(status),address=\(announced(group.primary.address)):\(group.primary.address.port),"
          + "slaves=\(group.replicas.count),sentinels=\(group.sentinels.count + 1)")
      if let membership = group.membership, !membership.names.isEmpty {
        lines.append("\(Self.membersField)\(n):\(group.name) \(membership.words.joined(separator: " "))")
      }
    }
    return lines.map { $0 + "\r\n" }.joined()
  }
}
