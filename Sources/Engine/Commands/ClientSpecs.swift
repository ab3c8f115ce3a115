/// CLIENT: what connections are, and what is done to them.
package enum ClientCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "CLIENT", arity: -2, flags: [.sentinel],
      group: .connection, since: "2.4.0", summary: "Holds the commands about connections.",
      complexity: "Depends on subcommand.",
      subcommands: [
        CommandSpec(
          "CACHING", arity: 3, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "6.0.0", summary: "Decides for the next command whether its keys are tracked.",
          complexity: "O(1)",
          arguments: [
            CommandArgument(
              "mode", .oneOf([CommandArgument("yes", .pureToken, token: "YES"), CommandArgument("no", .pureToken, token: "NO")]))
          ],
          handler: caching),
        durabilitySpec,
        CommandSpec(
          "GETNAME", arity: 2, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "2.6.9", summary: "Answers the connection's name.",
          complexity: "O(1)",
          handler: getname),
        CommandSpec(
          "GETREDIR", arity: 2, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "6.0.0", summary: "Answers which client gets this one's invalidations.",
          complexity: "O(1)",
          handler: getredir),
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "5.0.0", summary: "Lists the subcommands.",
          complexity: "O(1)",
          handler: clientHelp),
        CommandSpec(
          "ID", arity: 2, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "5.0.0", summary: "Answers the connection's id.",
          complexity: "O(1)",
          handler: id),
        CommandSpec(
          "INFO", arity: 2, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "6.2.0", summary: "Describes this connection in one line.",
          complexity: "O(1)",
          tips: ["nondeterministic_output"],
          handler: info),
        CommandSpec(
          "KILL", arity: -3, flags: [.admin, .noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "2.4.0", summary: "Closes connections.",
          complexity: "O(N) in the connections",
          history: [
            .init("2.8.12", "Filters by name and value."), .init("2.8.12", "Filter `ID`."), .init("3.2.0", "Filter `TYPE` knows `master`."),
            .init("5.0.0", "Filter `TYPE` knows `replica`, and `slave` as before."), .init("6.2.0", "Filter `LADDR`."),
          ],
          arguments: [
            CommandArgument(
              "filter",
              .oneOf([
                CommandArgument("ip:port", .string, deprecatedSince: "2.8.12"),
                CommandArgument(
                  "new-format",
                  .oneOf([
                    CommandArgument("client-id", .integer, token: "ID", since: "2.8.12", optional: true),
                    CommandArgument(
                      "normal_master_slave_pubsub",
                      .oneOf([
                        CommandArgument("normal", .pureToken, token: "NORMAL"),
                        CommandArgument("master", .pureToken, token: "MASTER", since: "3.2.0"),
                        CommandArgument("slave", .pureToken, token: "SLAVE"),
                        CommandArgument("replica", .pureToken, token: "REPLICA", since: "5.0.0"),
                        CommandArgument("pubsub", .pureToken, token: "PUBSUB"),
                      ]), token: "TYPE", since: "2.8.12", optional: true),
                    CommandArgument("username", .string, token: "USER", optional: true),
                    CommandArgument("ip:port", .string, token: "ADDR", optional: true),
                    CommandArgument("ip:port", .string, token: "LADDR", since: "6.2.0", optional: true),
                    CommandArgument("yes/no", .string, token: "SKIPME", optional: true),
                  ]), multiple: true),
              ]))
          ],
          handler: kill),
        CommandSpec(
          "LIST", arity: -2, flags: [.admin, .noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "2.4.0", summary: "Describes connections, one a line.",
          complexity: "O(N) in the connections",
          history: [
            .init("2.8.12", "Field `id`."), .init("5.0.0", "Filter `TYPE`."), .init("6.0.0", "Field `user`."),
            .init("6.2.0", "Fields `argv-mem`, `tot-mem`, `laddr`, `redir`; filter `ID`."),
            .init("7.0.0", "Fields `resp`, `multi-mem`, `rbs`, `rbp`."), .init("7.0.3", "Field `ssub`."),
          ],
          tips: ["nondeterministic_output"],
          arguments: [
            CommandArgument(
              "normal_master_replica_pubsub",
              .oneOf([
                CommandArgument("normal", .pureToken, token: "NORMAL"), CommandArgument("master", .pureToken, token: "MASTER"),
                CommandArgument("replica", .pureToken, token: "REPLICA"), CommandArgument("pubsub", .pureToken, token: "PUBSUB"),
              ]), token: "TYPE", since: "5.0.0", optional: true),
            CommandArgument(
              "id", .block([CommandArgument("client-id", .integer, multiple: true)]), token: "ID", since: "6.2.0", optional: true),
          ],
          handler: list),
        CommandSpec(
          "NO-EVICT", arity: 3, flags: [.admin, .noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "7.0.0", summary: "Keeps this connection from being closed for want of memory.",
          complexity: "O(1)",
          arguments: [
            CommandArgument(
              "enabled", .oneOf([CommandArgument("on", .pureToken, token: "ON"), CommandArgument("off", .pureToken, token: "OFF")]))
          ],
          handler: noEvict),
        CommandSpec(
          "PAUSE", arity: -3, flags: [.admin, .noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "2.9.50", summary: "Makes clients' commands wait for a while.",
          complexity: "O(1)",
          history: [.init("6.2.0", "Mode `WRITE`, and the argument that chooses it.")],
          arguments: [
            CommandArgument("timeout", .integer),
            CommandArgument(
              "mode", .oneOf([CommandArgument("write", .pureToken, token: "WRITE"), CommandArgument("all", .pureToken, token: "ALL")]),
              since: "6.2.0", optional: true),
          ],
          handler: pause),
        CommandSpec(
          "REPLY", arity: 3, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "3.2.0", summary: "Says whether this connection wants replies.",
          complexity: "O(1)",
          arguments: [
            CommandArgument(
              "on_off_skip",
              .oneOf([
                CommandArgument("on", .pureToken, token: "ON"), CommandArgument("off", .pureToken, token: "OFF"),
                CommandArgument("skip", .pureToken, token: "SKIP"),
              ]))
          ],
          handler: reply),
        CommandSpec(
          "SETNAME", arity: 3, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "2.6.9", summary: "Names the connection.",
          complexity: "O(1)",
          arguments: [
            CommandArgument("connection-name", .string)
          ],
          handler: setname),
        CommandSpec(
          "TRACKING", arity: -3, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "6.0.0", summary: "Switches the tracking of keys for client-side caches.",
          complexity: "O(1) and more with some options",
          arguments: [
            CommandArgument(
              "status", .oneOf([CommandArgument("on", .pureToken, token: "ON"), CommandArgument("off", .pureToken, token: "OFF")])),
            CommandArgument("client-id", .integer, token: "REDIRECT", optional: true),
            CommandArgument("prefix", .string, token: "PREFIX", optional: true, multiple: true, tokenRepeated: true),
            CommandArgument("bcast", .pureToken, token: "BCAST", optional: true),
            CommandArgument("optin", .pureToken, token: "OPTIN", optional: true),
            CommandArgument("optout", .pureToken, token: "OPTOUT", optional: true),
            CommandArgument("noloop", .pureToken, token: "NOLOOP", optional: true),
          ],
          handler: tracking),
        CommandSpec(
          "TRACKINGINFO", arity: 2, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "6.2.0", summary: "Answers how this connection tracks keys.",
          complexity: "O(1)",
          handler: trackinginfo),
        CommandSpec(
          "UNBLOCK", arity: -3, flags: [.admin, .noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "5.0.0", summary: "Ends another client's wait in a blocking command.",
          complexity: "O(log N) in the connections",
          arguments: [
            CommandArgument("client-id", .integer),
            CommandArgument(
              "timeout_error",
              .oneOf([CommandArgument("timeout", .pureToken, token: "TIMEOUT"), CommandArgument("error", .pureToken, token: "ERROR")]),
              optional: true),
          ],
          handler: unblock),
        CommandSpec(
          "UNPAUSE", arity: 2, flags: [.admin, .noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "6.2.0", summary: "Ends CLIENT PAUSE.",
          complexity: "O(N) in the waiting clients",
          handler: unpause),
        CommandSpec(
          "SETINFO", arity: 4, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "7.2.0", summary: "Notes which library, of which version, uses this connection.",
          complexity: "O(1)",
          arguments: [
            CommandArgument(
              "attr",
              .oneOf([CommandArgument("libname", .string, token: "LIB-NAME"), CommandArgument("libver", .string, token: "LIB-VER")]))
          ],
          handler: setinfo),
        CommandSpec(
          "NO-TOUCH", arity: 3, flags: [.noScript, .loading, .stale, .sentinel], categories: [.connection],
          group: .connection, since: "7.2.0", summary: "Says whether this connection's commands count as accesses to the keys they read.",
          complexity: "O(1)",
          arguments: [
            CommandArgument(
              "enabled", .oneOf([CommandArgument("on", .pureToken, token: "ON"), CommandArgument("off", .pureToken, token: "OFF")]))
          ],
          handler: noTouch),
      ])
  ]
}
