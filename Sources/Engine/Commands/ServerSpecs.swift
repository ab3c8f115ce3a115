/// Commands about the server that the engine can answer alone.
package enum ServerCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "TIME", arity: 1, flags: [.loading, .stale, .fast],
      group: .server, since: "2.6.0", summary: "Answers the time of day.",
      complexity: "O(1)",
      tips: ["nondeterministic_output"],
      handler: time),
    CommandSpec(
      "MONITOR", arity: 1, flags: [.admin, .noScript, .loading, .stale],
      group: .server, since: "1.0.0", summary: "Shows every command that the server executes from now on.",
      complexity: "",
      handler: monitor),
    CommandSpec(
      "ACL", arity: -2, flags: [.sentinel],
      group: .server, since: "6.0.0", summary: "Holds the commands about users and what they may do.",
      complexity: "Depends on subcommand.",
      subcommands: [
        CommandSpec(
          "CAT", arity: -2, flags: [.noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Lists the categories, or the commands of one.",
          complexity: "O(1), the sets are fixed",
          arguments: [
            CommandArgument("categoryname", .string, optional: true)
          ],
          handler: aclCat),
        CommandSpec(
          "DELUSER", arity: -3, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Removes users.",
          complexity: "O(1) for a usual user",
          arguments: [
            CommandArgument("username", .string, multiple: true)
          ],
          handler: aclDeluser),
        CommandSpec(
          "DRYRUN", arity: -4, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "7.0.0", summary: "Says whether a user might execute a command.",
          complexity: "O(1)",
          arguments: [
            CommandArgument("username", .string),
            CommandArgument("command", .string),
            CommandArgument("arg", .string, optional: true, multiple: true),
          ],
          handler: aclDryrun),
        CommandSpec(
          "GENPASS", arity: -2, flags: [.noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Draws a password.",
          complexity: "O(1)",
          arguments: [
            CommandArgument("bits", .integer, optional: true)
          ],
          handler: aclGenpass),
        CommandSpec(
          "GETUSER", arity: 3, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Describes a user.",
          complexity: "O(N) in the user's rules",
          history: [
            .init("6.2.0", "Shows channel patterns."), .init("7.0.0", "Shows selectors; key and channel patterns are shown as rules."),
          ],
          arguments: [
            CommandArgument("username", .string)
          ],
          handler: aclGetuser),
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Lists the subcommands.",
          complexity: "O(1)",
          handler: aclHelp),
        CommandSpec(
          "LIST", arity: 2, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Lists the users with their rules.",
          complexity: "O(N) in the users",
          handler: aclList),
        CommandSpec(
          "LOAD", arity: 2, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Reads the users from their file again.",
          complexity: "O(N) in the users",
          handler: aclLoad),
        CommandSpec(
          "LOG", arity: -2, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Lists what was refused to users.",
          complexity: "O(N) in the entries shown",
          arguments: [
            CommandArgument(
              "operation", .oneOf([CommandArgument("count", .integer), CommandArgument("reset", .pureToken, token: "RESET")]),
              optional: true)
          ],
          handler: aclLog),
        CommandSpec(
          "SAVE", arity: 2, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Writes the users to their file.",
          complexity: "O(N) in the users",
          handler: aclSave),
        CommandSpec(
          "SETUSER", arity: -3, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Makes or changes a user.",
          complexity: "O(N) in the rules given",
          history: [.init("6.2.0", "Takes channel patterns."), .init("7.0.0", "Takes selectors and permissions on keys.")],
          arguments: [
            CommandArgument("username", .string),
            CommandArgument("rule", .string, optional: true, multiple: true),
          ],
          handler: aclSetuser),
        CommandSpec(
          "USERS", arity: 2, flags: [.admin, .noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Lists the users' names.",
          complexity: "O(N) in the users",
          handler: aclUsers),
        CommandSpec(
          "WHOAMI", arity: 2, flags: [.noScript, .loading, .stale, .sentinel],
          group: .server, since: "6.0.0", summary: "Answers the connection's user.",
          complexity: "O(1)",
          handler: aclWhoami),
      ]),
  ]
}
