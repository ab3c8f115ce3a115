/// Commands about the connection itself.
package enum ConnectionCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "PING", arity: -1, flags: [.fast, .sentinel], categories: [.connection], group: .connection, since: "1.0.0",
      summary: "Answers PONG, or the message that came with it.", complexity: "O(1)",
      arguments: [CommandArgument("message", .string, optional: true)], handler: ping)
  ]

  static func ping(_ call: Call) throws(CommandError) {
    if call.count > 2 { throw .wrongArity("ping") }
    if call.count == 2 { call.reply.bulk(call[1].buffer) } else { call.reply.simple("PONG") }
  }
}
