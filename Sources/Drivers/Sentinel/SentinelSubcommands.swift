internal import TernEngine
internal import TernNode

/// The subcommands of SENTINEL as COMMAND tells of them. What they do is the machine's.
enum SentinelSubcommands {
  static let all: [CommandSpec] = [
    CommandSpec(
      "HELP", arity: 2, flags: [.loading, .stale, .sentinel, .onlySentinel], group: .sentinel, since: "6.2.0",
      summary: "Lists the subcommands.", complexity: "O(1)", handler: SentinelCommands.forward),
    CommandSpec(
      "CKQUORUM", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Tells whether enough sentinels are usable for a failover.", complexity: "O(N)",
      arguments: [
        CommandArgument("master-name", .string)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "CONFIG", arity: -3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "6.2.0",
      summary: "Shows or changes settings that hold for all masters.", complexity: "O(1)",
      arguments: [
        CommandArgument(
          "set_or_get",
          .oneOf([
            CommandArgument(
              "set_param_value", .block([CommandArgument("parameter", .string), CommandArgument("value", .string)]), token: "SET",
              multiple: true),
            CommandArgument("parameter", .string, token: "GET", multiple: true),
          ]))
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "DEBUG", arity: -2, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "7.0.0",
      summary: "Shows or changes the periods and timeouts.", complexity: "O(N)",
      arguments: [
        CommandArgument(
          "parameter_value", .block([CommandArgument("parameter", .string), CommandArgument("value", .string)]), multiple: true)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "FAILOVER", arity: -3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Begins a failover now.", complexity: "O(N)",
      arguments: [
        CommandArgument("master-name", .string),
        CommandArgument(
          "mode",
          .oneOf([CommandArgument("coordinated", .pureToken, token: "COORDINATED"), CommandArgument("force", .pureToken, token: "FORCE")]),
          optional: true),
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "FLUSHCONFIG", arity: 2, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Saves the configuration and the state now.", complexity: "O(1)", handler: SentinelCommands.forward),
    CommandSpec(
      "GET-MASTER-ADDR-BY-NAME", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Answers a master's address and port.", complexity: "O(1)",
      arguments: [
        CommandArgument("master-name", .string)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "GET-PRIMARY-ADDR-BY-NAME", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Answers a master's address and port.", complexity: "O(1)",
      arguments: [
        CommandArgument("primary-name", .string)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "INFO-CACHE", arity: -3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "3.2.0",
      summary: "Answers the latest INFO of the nodes.", complexity: "O(N)",
      arguments: [
        CommandArgument("nodename", .string, multiple: true)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "IS-MASTER-DOWN-BY-ADDR", arity: -6, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Tells whether a master is down, and votes if asked to.", complexity: "O(1)",
      arguments: [
        CommandArgument("ip", .string),
        CommandArgument("port", .integer),
        CommandArgument("current-epoch", .integer),
        CommandArgument("runid", .string),
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "IS-PRIMARY-DOWN-BY-ADDR", arity: -6, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Tells whether a master is down, and votes if asked to.", complexity: "O(1)",
      arguments: [
        CommandArgument("ip", .string),
        CommandArgument("port", .integer),
        CommandArgument("current-epoch", .integer),
        CommandArgument("runid", .string),
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "MASTER", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Describes a master.", complexity: "O(1)",
      arguments: [
        CommandArgument("master-name", .string)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "MASTERS", arity: 2, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Describes all masters.", complexity: "O(N)", handler: SentinelCommands.forward),
    CommandSpec(
      "MONITOR", arity: 6, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Begins to watch a master.", complexity: "O(1)",
      arguments: [
        CommandArgument("name", .string),
        CommandArgument("ip", .string),
        CommandArgument("port", .integer),
        CommandArgument("quorum", .integer),
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "MYID", arity: 2, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "6.2.0",
      summary: "Answers this sentinel's id.", complexity: "O(1)", handler: SentinelCommands.forward),
    CommandSpec(
      "PENDING-SCRIPTS", arity: 2, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Lists the scripts that wait or run.", complexity: "O(N)", handler: SentinelCommands.forward),
    CommandSpec(
      "PRIMARIES", arity: 2, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Describes all masters.", complexity: "O(N)", handler: SentinelCommands.forward),
    CommandSpec(
      "PRIMARY", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Describes a master.", complexity: "O(1)",
      arguments: [
        CommandArgument("primary-name", .string)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "REMOVE", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Ends the watch of a master.", complexity: "O(1)",
      arguments: [
        CommandArgument("master-name", .string)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "REPLICAS", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "5.0.0",
      summary: "Describes a master's replicas.", complexity: "O(N)",
      arguments: [
        CommandArgument("master-name", .string)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "RESET", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Forgets what was learnt about masters.", complexity: "O(N)",
      arguments: [
        CommandArgument("pattern", .pattern)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "SENTINELS", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Describes the other sentinels of a master.", complexity: "O(N)",
      arguments: [
        CommandArgument("master-name", .string)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "SET", arity: -5, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
      summary: "Changes settings of a master.", complexity: "O(1)",
      arguments: [
        CommandArgument("master-name", .string),
        CommandArgument("option_value", .block([CommandArgument("option", .string), CommandArgument("value", .string)]), multiple: true),
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "SIMULATE-FAILURE", arity: -3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "3.2.0",
      summary: "Ends this process at a point of a failover.", complexity: "O(1)",
      arguments: [
        CommandArgument(
          "mode",
          .oneOf([
            CommandArgument("crash-after-election", .pureToken), CommandArgument("crash-after-promotion", .pureToken),
            CommandArgument("help", .pureToken),
          ]), optional: true, multiple: true)
      ], handler: SentinelCommands.forward),
    CommandSpec(
      "SLAVES", arity: 3, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.0",
      summary: "Describes a master's replicas.", complexity: "O(N)",
      deprecated: .init(since: "5.0.0", replacedBy: "`SENTINEL REPLICAS`"),
      arguments: [
        CommandArgument("master-name", .string)
      ], handler: SentinelCommands.forward),
  ]
}
