internal import TernEngine
internal import TernReplication

/// FAILOVER: a primary hands its role to one of its replicas without losing a write. Writes wait until a replica has everything, then this
/// node becomes its replica, and asks it in the same handshake to take over (`PSYNC … FAILOVER`).
/// Source: https://redis.io/docs/latest/commands/failover/
struct FailoverState {
  enum Phase { case waitingForSync, handingOver }
  var phase = Phase.waitingForSync
  /// nil: whichever replica is there first.
  var target: ReplicaMachine.Endpoint?
  /// When to give up waiting, or with `isForced` to hand over all the same; ms since 1970, nil: never.
  var deadline: Int64?
  var isForced = false
}

extension NodeCore {
  /// As INFO names it.
  var failoverStateName: String {
    switch failover?.phase {
    case nil: "no-failover"
    case .waitingForSync: "waiting-for-sync"
    case .handingOver: "failover-in-progress"
    }
  }

  func beginFailover(to target: ReplicaMachine.Endpoint?, timeout: Int64?, isForced: Bool) {
    log(.notice, target.map { "FAILOVER requested to \($0.host):\($0.port)." } ?? "FAILOVER requested.")
    let deadline = timeout.map { now.addingReportingOverflow($0) }.map { $0.overflow ? Int64.max : $0.partialValue }
    failover = FailoverState(target: target, deadline: deadline, isForced: isForced)
    // From here on nothing new is written, so that the replica's end can meet ours.
    engine.startPause(.failover, until: .max, allCommands: false)
    engine.effects.commit()
    perform(primary.requestAcknowledgements())
    checkFailover()
  }

  /// Called with every acknowledgement, every event of the link and every tick.
  func checkFailover() {
    guard let state = failover else { return }
    switch state.phase {
    case .waitingForSync:
      if let replica = syncedReplica(state.target) {
        log(.notice, "Failover target \(replica.host):\(replica.port) is synced, failing over.")
        return handOver(to: replica)
      }
      guard let deadline = state.deadline, now >= deadline else { return }
      guard state.isForced, let target = state.target else { return abortFailover("Replica never caught up before timeout") }
      log(.notice, "Failover to \(target.host):\(target.port) time out exceeded, failing over.")
      handOver(to: target)
    case .handingOver:
      switch replica.handover {
      case .none, .asking: return
      case .accepted:
        failover = nil
        replica.handover = .none
        // What waited meets a replica now, and is refused as such.
        engine.endPause(.failover)
      case .refused(let reason): abortFailover("Failover target rejected psync request: \(reason)")
      }
    }
  }

  private func syncedReplica(_ target: ReplicaMachine.Endpoint?) -> ReplicaMachine.Endpoint? {
    for replica in primary.replicas where replica.isOnline && replica.acknowledged >= engine.log.endOffset {
      let endpoint = ReplicaMachine.Endpoint(host: replica.shownAddress, port: replica.listeningPort)
      if target == nil || target == endpoint { return endpoint }
    }
    return nil
  }

  private func handOver(to target: ReplicaMachine.Endpoint) {
    failover?.phase = .handingOver
    replica.handover = .asking
    replicate(target.host, target.port, requestedBy: nil, now: now)
  }

  func abortFailover(_ reason: String) {
    guard let state = failover else { return }
    log(.notice, "Aborting failover: \(reason)")
    failover = nil
    replica.handover = .none
    if state.phase == .handingOver { becomePrimary(requestedBy: "failover") }
    engine.endPause(.failover)
  }
}

extension ReplicationCommands {
  static let failoverSpec = CommandSpec(
    "FAILOVER", arity: -1, flags: [.admin, .noScript, .stale], group: .server, since: "6.2.0",
    summary: "Hands the primary's role to one of its replicas.", complexity: "O(1)",
    arguments: [
      CommandArgument(
        "target",
        .block([
          CommandArgument("host", .string), CommandArgument("port", .integer),
          CommandArgument("force", .pureToken, token: "FORCE", optional: true),
        ]), token: "TO", optional: true),
      CommandArgument("abort", .pureToken, token: "ABORT", optional: true),
      CommandArgument("milliseconds", .integer, token: "TIMEOUT", optional: true),
    ],
    handler: failover)

  static func failover(_ call: Call) throws(CommandError) {
    let node = call.node
    if call.count == 2, call.is(1, "ABORT") {
      guard node.failover != nil else { throw CommandError("ERR No failover in progress.") }
      node.abortFailover("Failover manually aborted")
      return call.reply.ok()
    }
    var timeout: Int64?
    var target: ReplicaMachine.Endpoint?
    var isForced = false
    var i = 1
    while i < call.count {
      if call.is(i, "TIMEOUT"), i + 1 < call.count, timeout == nil {
        let value = try call.integer(i + 1)
        guard value > 0 else { throw CommandError("ERR FAILOVER timeout must be greater than 0") }
        timeout = value
        i += 1
      } else if call.is(i, "TO"), i + 2 < call.count, target == nil {
        target = .init(host: call.text(i + 1), port: Int(try call.integer(i + 2)))
        i += 2
      } else if call.is(i, "FORCE"), !isForced {
        isForced = true
      } else {
        throw .syntax
      }
      i += 1
    }
    guard node.failover == nil else { throw CommandError("ERR FAILOVER already in progress.") }
    guard node.quorum == nil || node.quorum?.stranger != nil else {
      throw CommandError("ERR FAILOVER hands over without a vote, which 'tern-durability quorum' does not allow; use SENTINEL FAILOVER.")
    }
    guard !node.isReplica else { throw CommandError("ERR FAILOVER is not valid when server is a replica.") }
    guard !node.primary.replicas.isEmpty else { throw CommandError("ERR FAILOVER requires connected replicas.") }
    guard !isForced || timeout != nil && target != nil else {
      throw CommandError("ERR FAILOVER with force option requires both a timeout and target HOST and IP.")
    }
    if let target {
      let replica = node.primary.replicas.first { $0.shownAddress == target.host && $0.listeningPort == target.port }
      guard let replica else { throw CommandError("ERR FAILOVER target HOST and PORT is not a replica.") }
      guard replica.isOnline else { throw CommandError("ERR FAILOVER target replica is not online.") }
    }
    call.reply.ok()
    node.beginFailover(to: target, timeout: timeout, isForced: isForced)
  }
}
