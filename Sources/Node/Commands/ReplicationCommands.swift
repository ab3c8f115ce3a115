internal import TernEngine
internal import TernReplication

/// REPLICAOF, PSYNC and what belongs to them.
enum ReplicationCommands {
  private static let addressOrNobody = [
    CommandArgument(
      "args",
      .oneOf([
        CommandArgument("host-port", .block([CommandArgument("host", .string), CommandArgument("port", .integer)])),
        CommandArgument(
          "no-one", .block([CommandArgument("no", .pureToken, token: "NO"), CommandArgument("one", .pureToken, token: "ONE")])),
      ]))
  ]

  static let all: [CommandSpec] = [
    CommandSpec(
      "REPLICAOF", arity: 3, flags: [.admin, .noScript, .stale, .noAsyncLoading], categories: [.dangerous], group: .server,
      since: "5.0.0", summary: "Makes this node a replica of another, or a primary again (NO ONE).", complexity: "O(1)",
      arguments: addressOrNobody, handler: replicaOf),
    CommandSpec(
      "SLAVEOF", arity: 3, flags: [.admin, .noScript, .stale, .noAsyncLoading], categories: [.dangerous], group: .server,
      since: "1.0.0", summary: "The old spelling of REPLICAOF.", complexity: "O(1)",
      deprecated: .init(since: "5.0.0", replacedBy: "`REPLICAOF`"),
      arguments: addressOrNobody, handler: replicaOf),
    CommandSpec(
      "REPLCONF", arity: -1, flags: [.admin, .noScript, .loading, .stale, .allowBusy, .systemCommand], group: .server, since: "3.0.0",
      summary: "How a replica tells its primary about itself.", complexity: "O(1)", handler: replconf),
    CommandSpec(
      "PSYNC", arity: -3, flags: [.admin, .noScript, .noAsyncLoading, .noMulti], group: .server, since: "2.8.0",
      summary: "Asks for the stream of writes from an offset on.", complexity: "",
      arguments: [CommandArgument("replicationid", .string), CommandArgument("offset", .integer)], handler: psync),
    CommandSpec(
      "SYNC", arity: 1, flags: [.admin, .noScript, .noAsyncLoading, .noMulti], group: .server, since: "1.0.0",
      summary: "Asks for everything, and the stream of writes behind it.", complexity: "", handler: sync),
    CommandSpec(
      "ROLE", arity: 1, flags: [.noScript, .loading, .stale, .fast, .sentinel], categories: [.admin, .dangerous], group: .server,
      since: "2.8.12", summary: "Says whether this node is a primary or a replica, and of whom.", complexity: "O(1)", handler: role),
    CommandSpec(
      "WAIT", arity: 3, flags: [.noScript], categories: [.connection], group: .generic, since: "3.0.0",
      summary: "Waits until replicas hold the writes made so far.", complexity: "O(1)",
      tips: ["request_policy:all_shards", "response_policy:agg_min"],
      arguments: [CommandArgument("numreplicas", .integer), CommandArgument("timeout", .integer)], handler: wait),
    CommandSpec(
      "WAITAOF", arity: 4, flags: [.blocking], categories: [.connection], group: .generic, since: "7.2.0",
      summary: "Waits until the append-only files of this node and of replicas hold the writes made so far on disk.", complexity: "O(1)",
      tips: ["request_policy:all_shards", "response_policy:agg_min"],
      arguments: [
        CommandArgument("numlocal", .integer), CommandArgument("numreplicas", .integer), CommandArgument("timeout", .integer),
      ], handler: waitAOF),
    failoverSpec,
  ]

  static func replicaOf(_ call: Call) throws(CommandError) {
    let node = call.node
    guard node.failover == nil else { throw CommandError("ERR REPLICAOF not allowed while failing over.") }
    if node.quorum != nil { return try QuorumCommands.replicaOf(call) }
    if call.is(1, "NO"), call.is(2, "ONE") {
      if node.isReplica { node.becomePrimary(requestedBy: call.clientDescription) }
      return call.reply.ok()
    }
    let port = try call.integer(2, in: 0...65535, or: CommandError("ERR Invalid master port"))
    let host = call.text(1)
    if node.replicaSessions[Int(call.session.id)] != nil, node.primary.replica(Int(call.session.id)) != nil {
      throw CommandError("ERR Command is not valid when client is a replica.")
    }
    if node.replica.isReplica(of: host, Int(port)) {
      node.replicate(host, Int(port), requestedBy: call.clientDescription, now: node.now)
      return call.reply.simple("OK Already connected to specified master")
    }
    node.replicate(host, Int(port), requestedBy: call.clientDescription, now: node.now)
    call.reply.ok()
  }

  static func replconf(_ call: Call) throws(CommandError) {
    let node = call.node
    if call.session.gates.contains(.primaryLink) {
      // Asked for in the stream, behind the writes it is about; answered when the batch has been counted.
      if call.count >= 2, call.is(1, "GETACK") { node.stream.owesAcknowledgement = true }
      return
    }
    if call.session.gates.contains(.loader) { return }
    let id = Int(call.session.id)
    node.replicaSessions[id] = call.session
    if node.quorum != nil, call.count > 1, call.is(1, "TERN-MEMBER") { return try QuorumCommands.member(call) }
    node.perform(node.primary.replconf(id, (1..<call.count).map { call.bytes($0) }, now: node.now))
    if node.quorum != nil { node.noteAcknowledgement(id) }
    node.checkWaits()
    node.checkFailover()
  }

  static func psync(_ call: Call) throws(CommandError) {
    let arguments = (1..<call.count).map { call.bytes($0) }
    if let refusal = call.node.emptyStartRefusal(arguments, of: call.session) { throw refusal }
    let actions = begin(call) { node, id, pending in
      node.primary.psync(
        id, arguments, address: call.session.peerHost, hasPendingOutput: pending, history: &node.history, log: node.logBounds, now: node.now
      )
    }
    // The primary hands its role to this node, which has taken it by now: the rest of the request is an ordinary one.
    guard actions.contains(where: { if case .promote = $0 { true } else { false } }) else { return }
    begin(call) { node, id, pending in
      node.primary.psync(
        id, Array(arguments.prefix(2)), address: call.session.peerHost, hasPendingOutput: pending, history: &node.history,
        log: node.logBounds, now: node.now)
    }
  }

  static func sync(_ call: Call) throws(CommandError) {
    begin(call) { node, id, pending in
      node.primary.sync(
        id, address: call.session.peerHost, hasPendingOutput: pending, history: &node.history, log: node.logBounds, now: node.now)
    }
  }

  @discardableResult
  private static func begin(_ call: Call, _ ask: (NodeCore, Int, Bool) -> [PrimaryAction]) -> [PrimaryAction] {
    let node = call.node
    let id = Int(call.session.id)
    node.replicaSessions[id] = call.session
    call.engine.effects.commit()
    let actions = ask(node, id, call.reply.count > 0)
    if let replica = node.primary.replica(id) {
      node.noteServed(replica)
      call.session.gates.insert(.replica)
      call.reply.isMuted = true
      if node.quorum != nil { node.noteReplica(id) }
    }
    node.perform(actions)
    return actions
  }

  static func role(_ call: Call) throws(CommandError) {
    call.reply.value(call.node.replicationInfo.role(call.node.primary, call.node.replica))
  }

  static func wait(_ call: Call) throws(CommandError) {
    if call.node.isReplica {
      throw CommandError(
        "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated."
      )
    }
    let replicas = Int(try call.integer(1, or: .notInteger))
    wait(call, local: nil, replicas: replicas, deadline: try waitDeadline(call, 2, overflows: true))
  }

  static func waitAOF(_ call: Call) throws(CommandError) {
    let local = try call.integer(1, or: .notInteger)
    guard local >= 0, local <= 1 else { throw CommandError("ERR value is out of range, value must between 0 and 1") }
    let isNegative = CommandError("ERR value is out of range, must be positive")
    let replicas = Int(try call.integer(2, or: isNegative))
    if replicas < 0 { throw isNegative }
    let deadline = try waitDeadline(call, 3)
    if call.node.isReplica {
      throw CommandError(
        "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated."
      )
    }
    if local > 0, !call.node.configuration.appendonly { throw CommandError(NodeCore.waitsWithoutFile) }
    wait(call, local: Int(local), replicas: replicas, deadline: deadline)
  }

  /// - Parameter overflows: a time that no clock will reach is for ever, as Redis 7.0 has it for WAIT; 7.2 refuses it.
  private static func waitDeadline(_ call: Call, _ index: Int, overflows: Bool = false) throws(CommandError) -> Int64? {
    let timeout = try call.integer(index, or: CommandError("ERR timeout is not an integer or out of range"))
    if timeout < 0 { throw CommandError("ERR timeout is negative") }
    if timeout == 0 { return nil }
    let (deadline, overflow) = call.node.now.addingReportingOverflow(timeout)
    guard overflow else { return deadline }
    if overflows { return nil }
    throw CommandError("ERR timeout is out of range")
  }

  private static func wait(_ call: Call, local: Int?, replicas: Int, deadline: Int64?) {
    let node = call.node
    // Within EXEC its effects stay one unit.
    if !call.engine.isExecutingTransaction { call.engine.effects.commit() }
    let offset = call.engine.log.endOffset
    if node.hasReached(offset, local: local, replicas: replicas) || call.session.gates.contains(.inMulti) || !call.mayBlock {
      return node.answerWait(call.reply, offset, isSynced: local != nil)
    }
    call.session.gates.insert(.blocked)
    call.session.blocked = .wait(offset: offset, local: local, replicas: replicas, deadline: deadline)
    node.waits.append(call.session)
    if replicas > 0 { node.perform(node.primary.requestAcknowledgements()) }
  }
}

extension NodeCore {
  var logBounds: LogBounds? {
    guard engine.log.isActive else { return nil }
    var bounds = LogBounds(start: engine.log.startOffset, end: engine.log.endOffset)
    // The files must reach up to where the memory begins.
    if let onDisk = primary.onDisk, onDisk.end >= bounds.start { bounds.diskStart = onDisk.start }
    return bounds
  }

  var replicationInfo: ReplicationInfo {
    var info = ReplicationInfo(history: history, log: logBounds, now: now)
    info.replicaPriority = configuration.replicaPriority
    info.isReadOnly = configuration.replicaReadOnly
    info.isAnnounced = configuration.replicaAnnounced
    info.failoverState = failoverStateName
    info.isIdle = isIdle
    return info
  }
}

extension Call {
  /// As log lines name a client.
  var clientDescription: String { "id=\(session.id) addr=\(session.address) laddr=\(session.localAddress)" }
}

extension Session {
  /// The address without its port.
  var peerHost: String {
    guard !isUnixSocket, let colon = address.lastIndex(of: ":") else { return "127.0.0.1" }
    let host = address[..<colon]
    return host.first == "[" ? String(host.dropFirst().dropLast()) : String(host)
  }
}
