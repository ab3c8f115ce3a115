/// COMMAND: what the command table says about itself.
package enum IntrospectionCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "COMMAND", arity: -1, flags: [.loading, .stale, .sentinel], categories: [.connection],
      group: .server, since: "2.8.13", summary: "Describes all commands.",
      complexity: "O(N) in the commands",
      tips: ["nondeterministic_output_order"],
      subcommands: [
        CommandSpec(
          "COUNT", arity: 2, flags: [.loading, .stale, .sentinel], categories: [.connection],
          group: .server, since: "2.8.13", summary: "Counts the commands.",
          complexity: "O(1)",
          handler: count),
        CommandSpec(
          "DOCS", arity: -2, flags: [.loading, .stale, .sentinel], categories: [.connection],
          group: .server, since: "7.0.0", summary: "Answers the documentation of commands.",
          complexity: "O(N) in the commands asked for",
          tips: ["nondeterministic_output_order"],
          arguments: [
            CommandArgument("command-name", .string, optional: true, multiple: true)
          ],
          handler: docs),
        CommandSpec(
          "GETKEYS", arity: -4, flags: [.loading, .stale, .sentinel], categories: [.connection],
          group: .server, since: "2.8.13", summary: "Answers which arguments of a command are keys.",
          complexity: "O(N) in the arguments",
          handler: getkeys),
        CommandSpec(
          "GETKEYSANDFLAGS", arity: -4, flags: [.loading, .stale, .sentinel], categories: [.connection],
          group: .server, since: "7.0.0", summary: "Answers which arguments of a command are keys, and what is done to them.",
          complexity: "O(N) in the arguments",
          handler: getkeysandflags),
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale, .sentinel], categories: [.connection],
          group: .server, since: "5.0.0", summary: "Lists the subcommands.",
          complexity: "O(1)",
          handler: commandHelp),
        CommandSpec(
          "INFO", arity: -2, flags: [.loading, .stale, .sentinel], categories: [.connection],
          group: .server, since: "2.8.13", summary: "Describes commands.",
          complexity: "O(N) in the commands asked for",
          history: [.init("7.0.0", "Without names it describes all commands.")],
          tips: ["nondeterministic_output_order"],
          arguments: [
            CommandArgument("command-name", .string, optional: true, multiple: true)
          ],
          handler: info),
        CommandSpec(
          "LIST", arity: -2, flags: [.loading, .stale, .sentinel], categories: [.connection],
          group: .server, since: "7.0.0", summary: "Lists the names of commands.",
          complexity: "O(N) in the commands",
          tips: ["nondeterministic_output_order"],
          arguments: [
            CommandArgument(
              "filterby",
              .oneOf([
                CommandArgument("module-name", .string, token: "MODULE"), CommandArgument("category", .string, token: "ACLCAT"),
                CommandArgument("pattern", .pattern, token: "PATTERN"),
              ]), token: "FILTERBY", optional: true)
          ],
          handler: list),
      ],
      handler: describeAll)
  ]
}
