/// CLIENT DURABILITY: what this connection's replies promise (`tern-durability quorum`).
extension ClientCommands {
  static let durabilitySpec = CommandSpec(
    "DURABILITY", arity: 3, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection], group: .connection, since: "7.0.0",
    summary: "Says whether replies on this connection wait for a quorum.", complexity: "O(1)",
    arguments: [
      CommandArgument(
        "mode", .oneOf([CommandArgument("async", .pureToken, token: "ASYNC"), CommandArgument("quorum", .pureToken, token: "QUORUM")]))
    ],
    handler: durability)

  static func durability(_ call: Call) throws(CommandError) {
    let isAsynchronous = call.is(2, "ASYNC")
    guard isAsynchronous || call.is(2, "QUORUM") else { throw .syntax }
    guard isAsynchronous || call.engine.settings.offersQuorum else { throw CommandError("ERR this node's tern-durability is async") }
    call.session.isAsynchronous = isAsynchronous
    call.reply.ok()
  }
}
