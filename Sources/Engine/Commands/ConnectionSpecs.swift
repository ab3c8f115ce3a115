/// Commands about the connection itself.
package enum ConnectionCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "AUTH", arity: -2, flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy, .sentinel], categories: [.connection],
      group: .connection, since: "1.0.0", summary: "Proves with a password who the client is.",
      complexity: "O(N) in the user's passwords",
      history: [.init("6.0.0", "A user's name may come before the password.")],
      arguments: [
        CommandArgument("username", .string, since: "6.0.0", optional: true),
        CommandArgument("password", .string),
      ],
      handler: auth),
    CommandSpec(
      "ECHO", arity: 2, flags: [.loading, .stale, .fast], categories: [.connection],
      group: .connection, since: "1.0.0", summary: "Answers with its argument.",
      complexity: "O(1)",
      arguments: [
        CommandArgument("message", .string)
      ],
      handler: echo),
    CommandSpec(
      "HELLO", arity: -1, flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy, .sentinel], categories: [.connection],
      group: .connection, since: "6.0.0", summary: "Chooses the protocol, and logs in and names the connection on the way.",
      complexity: "O(1)",
      history: [.init("6.2.0", "The protocol may be left out: the reply then describes the connection as it is.")],
      arguments: [
        CommandArgument(
          "arguments",
          .block([
            CommandArgument("protover", .integer),
            CommandArgument(
              "username_password", .block([CommandArgument("username", .string), CommandArgument("password", .string)]), token: "AUTH",
              optional: true), CommandArgument("clientname", .string, token: "SETNAME", optional: true),
          ]), optional: true)
      ],
      handler: hello),
    CommandSpec(
      "PING", arity: -1, flags: [.fast, .sentinel], categories: [.connection],
      group: .connection, since: "1.0.0", summary: "Answers PONG, or the message that came with it.",
      complexity: "O(1)",
      tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
      arguments: [
        CommandArgument("message", .string, optional: true)
      ],
      handler: ping),
    CommandSpec(
      "QUIT", arity: -1, flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy, .notQueued], categories: [.connection],
      group: .connection, since: "1.0.0", summary: "Ends the connection, after a last reply.",
      complexity: "O(1)",
      handler: quit),
    CommandSpec(
      "RESET", arity: 1, flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy, .notQueued], categories: [.connection],
      group: .connection, since: "6.2.0", summary: "Takes the connection back to the state of a new one.",
      complexity: "O(1)",
      handler: reset),
  ]
}
