/// LATENCY: what was slow, and when.
package enum LatencyCommands {
  package static let all: [CommandSpec] = [
    latencySpec
  ]

  static let latencySpec = CommandSpec(
    "LATENCY", arity: -2, flags: [],
    group: .server, since: "2.8.13",
    summary: "Holds the commands about latency.", complexity: "Depends on subcommand.",
    subcommands: [
      CommandSpec(
        "DOCTOR", arity: 2, flags: [.admin, .noScript, .loading, .stale],
        group: .server, since: "2.8.13",
        summary: "Explains the recorded latencies in words.", complexity: "O(1)",
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        handler: latencyDoctor),
      CommandSpec(
        "GRAPH", arity: 3, flags: [.admin, .noScript, .loading, .stale],
        group: .server, since: "2.8.13",
        summary: "Draws an event's latencies.", complexity: "O(1)",
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        arguments: [
          CommandArgument("event", .string)
        ],
        handler: latencyGraph),
      CommandSpec(
        "HELP", arity: 2, flags: [.loading, .stale],
        group: .server, since: "2.8.13",
        summary: "Lists the subcommands.", complexity: "O(1)",
        handler: latencyHelp),
      CommandSpec(
        "HISTOGRAM", arity: -2, flags: [.admin, .noScript, .loading, .stale],
        group: .server, since: "7.0.0",
        summary: "Answers how commands' times are distributed.", complexity: "O(N) in the commands answered",
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        arguments: [
          CommandArgument("command", .string, optional: true, multiple: true)
        ],
        handler: latencyHistogram),
      CommandSpec(
        "HISTORY", arity: 3, flags: [.admin, .noScript, .loading, .stale],
        group: .server, since: "2.8.13",
        summary: "Answers an event's samples.", complexity: "O(1)",
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        arguments: [
          CommandArgument("event", .string)
        ],
        handler: latencyHistory),
      CommandSpec(
        "LATEST", arity: 2, flags: [.admin, .noScript, .loading, .stale],
        group: .server, since: "2.8.13",
        summary: "Answers the last sample of every event.", complexity: "O(1)",
        tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        handler: latencyLatest),
      CommandSpec(
        "RESET", arity: -2, flags: [.admin, .noScript, .loading, .stale],
        group: .server, since: "2.8.13",
        summary: "Forgets samples.", complexity: "O(1)",
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
        arguments: [
          CommandArgument("event", .string, optional: true, multiple: true)
        ],
        handler: latencyReset),
    ])
}
