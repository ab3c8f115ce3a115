/// SLOWLOG: the commands that took long.
package enum SlowlogCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "SLOWLOG", arity: -2, flags: [],
      group: .server, since: "2.2.12", summary: "Holds the commands about slow commands.",
      complexity: "Depends on subcommand.",
      subcommands: [
        CommandSpec(
          "GET", arity: -2, flags: [.admin, .loading, .stale],
          group: .server, since: "2.2.12", summary: "Lists the slow commands, the latest first.",
          complexity: "O(N) in the entries returned",
          history: [.init("4.0.0", "An entry says the client's address and name.")],
          tips: ["request_policy:all_nodes", "nondeterministic_output"],
          arguments: [
            CommandArgument("count", .integer, optional: true)
          ],
          handler: get),
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale],
          group: .server, since: "6.2.0", summary: "Lists the subcommands.",
          complexity: "O(1)",
          handler: slowlogHelp),
        CommandSpec(
          "LEN", arity: 2, flags: [.admin, .loading, .stale],
          group: .server, since: "2.2.12", summary: "Counts the noted slow commands.",
          complexity: "O(1)",
          tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
          handler: len),
        CommandSpec(
          "RESET", arity: 2, flags: [.admin, .loading, .stale],
          group: .server, since: "2.2.12", summary: "Forgets the noted slow commands.",
          complexity: "O(N) in the entries",
          tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
          handler: reset),
      ])
  ]
}
