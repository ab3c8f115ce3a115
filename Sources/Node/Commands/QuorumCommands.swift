internal import TernEngine
internal import TernReplication

/// TERN: how sentinels (and operators) fence, promote and direct the members of a quorum; and the handshake of members.
enum QuorumCommands {
  private static let flags: CommandFlags = [.admin, .noScript, .stale, .noMulti, .noAsyncLoading]
  private static let epoch = CommandArgument("epoch", .integer)

  static let all: [CommandSpec] = [
    CommandSpec(
      "TERN", arity: -2, flags: [], group: .server, since: "7.0.0", summary: "Holds the commands of 'tern-durability quorum'.",
      complexity: "Depends on subcommand.",
      subcommands: [
        CommandSpec(
          "FENCE", arity: -3, flags: flags, categories: [.dangerous], group: .server, since: "7.0.0",
          summary: "Promises to follow no leader of a lower epoch, and answers how far the data go.", complexity: "O(1)",
          arguments: [epoch, CommandArgument("released", .integer, token: "RELEASED", optional: true)], handler: fence),
        CommandSpec(
          "PROMOTE", arity: 6, flags: flags, categories: [.dangerous], group: .server, since: "7.0.0",
          summary: "Makes the member whose answer has won the leader of the epoch.", complexity: "O(1)",
          arguments: [
            epoch, CommandArgument("history-epoch", .integer), CommandArgument("offset", .integer), CommandArgument("boots", .integer),
          ], handler: promote),
        CommandSpec(
          "FOLLOW", arity: 5, flags: flags, categories: [.dangerous], group: .server, since: "7.0.0",
          summary: "Follows the leader of the epoch.", complexity: "O(1)",
          arguments: [epoch, CommandArgument("host", .string), CommandArgument("port", .integer)], handler: follow),
        CommandSpec(
          "MEMBERS", arity: -2, flags: flags, categories: [.dangerous], group: .server, since: "7.0.0",
          summary: "Lists the members, or makes the leader change them by one.", complexity: "O(N) with N being the number of members",
          arguments: [
            CommandArgument(
              "change",
              .oneOf([
                CommandArgument("add", .block([CommandArgument("add", .pureToken, token: "ADD"), CommandArgument("member", .string)])),
                CommandArgument(
                  "remove", .block([CommandArgument("remove", .pureToken, token: "REMOVE"), CommandArgument("member", .string)])),
              ]), optional: true)
          ], handler: members),
        CommandSpec(
          "STATUS", arity: 2, flags: [.noScript, .stale, .loading], group: .server, since: "7.0.0",
          summary: "What this member is, holds and has promised.", complexity: "O(1)", handler: status),
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale], group: .server, since: "7.0.0", summary: "Lists the subcommands.",
          complexity: "O(1)", handler: help),
      ])
  ]

  static func fence(_ call: Call) throws(CommandError) {
    guard call.count == 3 || call.count == 5 && call.is(3, "RELEASED") else { throw .syntax }
    let released = call.count == 5 ? try number(call, 4, "released epoch", min: 1) : nil
    try enqueue(call, .fence(try number(call, 2, "epoch", min: 1), released: released))
  }

  static func promote(_ call: Call) throws(CommandError) {
    let position = QuorumPosition(
      historyEpoch: try number(call, 3, "history epoch"), offset: Int64(clamping: try number(call, 4, "offset")))
    try enqueue(call, .promote(try number(call, 2, "epoch", min: 1), position, boots: try number(call, 5, "boots")))
  }

  static func follow(_ call: Call) throws(CommandError) {
    let epoch = try number(call, 2, "epoch", min: 1)
    let port = try call.integer(4, in: 1...65535, or: CommandError("ERR Invalid master port"))
    try enqueue(call, .follow(epoch, host: call.text(3), port: Int(port)))
  }

  static func members(_ call: Call) throws(CommandError) {
    guard let quorum = call.node.quorum else { throw asynchronous }
    if call.count == 2 {
      let membership = quorum.machine?.membership ?? QuorumMembership(quorum.configuration)
      call.reply.array(membership.names.count)
      for name in membership.names { call.reply.bulk(name) }
      return
    }
    guard call.count == 4, call.is(2, "ADD") || call.is(2, "REMOVE") else { throw .syntax }
    let name: MemberName
    do throws(ConfigurationReason) { name = try MemberList.checked(Array(call.text(3).utf8)) } catch { throw CommandError("ERR \(error)") }
    try enqueue(call, .changeMembers(call.is(2, "ADD") ? .add(name) : .remove(name)))
  }

  static func status(_ call: Call) throws(CommandError) {
    guard call.node.quorum != nil else { throw asynchronous }
    let fields = call.node.quorumFields
    call.reply.map(fields.count)
    for (name, value) in fields {
      call.reply.bulk(name)
      call.reply.bulk(value)
    }
  }

  static func help(_ call: Call) throws(CommandError) {
    call.reply.array(16)
    for line in [
      "TERN <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", "FENCE <epoch> [RELEASED <led-epoch>]",
      "    Promise the epoch, stop leading or following, and answer how far the data go. RELEASED: the leader of",
      "    that epoch has said that it leads no more, so that the lease which it was given need not run out.",
      "PROMOTE <epoch> <history-epoch> <offset> <boots>", "    Lead the epoch, if the data still are what was answered.",
      "FOLLOW <epoch> <host> <port>", "    Follow the leader of the epoch.", "MEMBERS [ADD|REMOVE <host:port>]",
      "    Who the members are; the leader adds one that follows it, or removes one, and answers when",
      "    enough of the new members have the change.", "STATUS", "    What this member is, holds and has promised.",
      "    (FENCE, PROMOTE and FOLLOW are for sentinels: an election by hand must be the only one with its epoch.)", "HELP",
      "    Prints this help.",
    ] { call.reply.simple(line) }
  }

  // MARK: REPLCONF tern-member, REPLICAOF

  /// `REPLCONF tern-member <name> promise <epoch>`.
  static func member(_ call: Call) throws(CommandError) {
    guard call.count == 5, call.is(3, "PROMISE") else { throw .syntax }
    let name = call.text(2).lowercased()
    try enqueue(call, .memberArrived(name, promise: try number(call, 4, "promise")))
  }

  /// REPLICAOF of a member: as Redis, and loudly.
  static func replicaOf(_ call: Call) throws(CommandError) {
    if call.is(1, "NO"), call.is(2, "ONE") {
      guard call.node.isReplica else { return call.reply.ok() }
      return try enqueue(call, .replicaOfNobody)
    }
    let port = try call.integer(2, in: 0...65535, or: CommandError("ERR Invalid master port"))
    try enqueue(call, .replicaOf(host: call.text(1), port: Int(port)))
  }

  // MARK: parts

  static let asynchronous = CommandError("ERR this node's tern-durability is async: it takes no part in elections by fence")

  /// Behind the batch: see `QuorumNode.commands`.
  private static func enqueue(_ call: Call, _ command: QuorumNode.Command) throws(CommandError) {
    guard let quorum = call.node.quorum else { throw asynchronous }
    guard quorum.isReady else { throw CommandError("LOADING this member's start is not on its disk yet") }
    guard !call.engine.isExecutingTransaction else { throw CommandError("ERR Command not allowed inside a transaction") }
    call.engine.block(call.session, .host("tern"))
    quorum.commands.append((call.session.id, command))
  }

  private static func number(_ call: Call, _ index: Int, _ name: String, min: Int64 = 0) throws(CommandError) -> UInt64 {
    let error = CommandError("ERR \(name) is not an integer or out of range")
    let value = try call.integer(index, or: error)
    guard value >= min else { throw error }
    return UInt64(value)
  }
}

extension NodeCore {
  /// INFO (with `tern_` before each name) and TERN STATUS; nothing for a node whose durability is async.
  var quorumFields: [(String, String)] {
    guard let quorum else { return [] }
    let machine = quorum.machine
    let state =
      switch machine?.role {
      case _ where quorum.stranger != nil: "async"
      case .leading?: "leader"
      case .following?: "follower"
      case .idle?, nil: "idle"
      }
    let membership = machine?.membership ?? QuorumMembership(quorum.configuration)
    var fields: [(String, String)] = [
      ("durability", "quorum"), ("state", state), ("epoch", "\(machine?.epoch ?? 0)"), ("promise", "\(machine?.promise.epoch ?? 0)"),
      ("history_epoch", "\(quorum.historyEpoch)"), ("member", quorum.configuration.own),
      ("members", membership.names.joined(separator: ",")), ("members_version", "\(membership.version)"),
      ("copies", "\(membership.copies)"),
      ("trusted", machine?.isTrusted == true ? "1" : "0"), ("boots", "\(machine?.promise.boots ?? 0)"),
    ]
    if quorum.leads {
      let lease = quorum.leaseEnd == .max ? Int64(quorum.configuration.leaseMilliseconds) : quorum.leaseEnd
      let left = quorum.leaseEnd == .max || quorum.leaseEnd == .min ? max(0, lease) : max(0, lease - steadyTime)
      fields.append(("commit_offset", "\(machine?.committed ?? -1)"))
      fields.append(("lease_ms", "\(left)"))
      if let learners = machine?.learners, !learners.isEmpty { fields.append(("learners", learners.joined(separator: ","))) }
    }
    fields.append(("held_replies", "\(holds.count)"))
    if let refusal = quorum.refusal { fields.append(("refusal", Self.oneLine(refusal))) }
    if let stranger = quorum.stranger { fields.append(("mixed_company", Self.oneLine(stranger))) }
    return fields
  }

  private static func oneLine(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}
