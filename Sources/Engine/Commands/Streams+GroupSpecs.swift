/// The commands of consumer groups.
extension StreamCommands {
  static let xgroupSpec = CommandSpec(
    "XGROUP", arity: -2, flags: [],
    group: .stream, since: "5.0.0",
    summary: "Holds the commands about consumer groups.", complexity: "See the subcommands",
    subcommands: [
      CommandSpec(
        "CREATE", arity: -5, flags: [.write, .denyOOM],
        keys: [.one([.readWrite, .insert], at: 2)],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Makes a consumer group.", complexity: "O(1)",
        history: [.init("7.0.0", "Option `ENTRIESREAD`.")],
        arguments: [
          .key,
          CommandArgument("groupname", .string),
          CommandArgument(
            "id",
            .oneOf([
              CommandArgument("id", .string),
              CommandArgument("new_id", .pureToken, token: "$"),
            ])),
          CommandArgument("mkstream", .pureToken, token: "MKSTREAM", optional: true),
          CommandArgument("entries_read", .integer, token: "ENTRIESREAD", optional: true),
        ],
        handler: groupCreate),
      CommandSpec(
        "CREATECONSUMER", arity: 5, flags: [.write, .denyOOM],
        keys: [.one([.readWrite, .insert], at: 2)],
        categories: [.stream], group: .stream, since: "6.2.0",
        summary: "Adds a consumer to a group.", complexity: "O(1)",
        arguments: [
          .key,
          CommandArgument("groupname", .string),
          CommandArgument("consumername", .string),
        ],
        handler: groupCreateConsumer),
      CommandSpec(
        "DELCONSUMER", arity: 5, flags: [.write],
        keys: [.one([.readWrite, .delete], at: 2)],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Removes a consumer of a group.", complexity: "O(N) in what is pending for it",
        arguments: [
          .key,
          CommandArgument("groupname", .string),
          CommandArgument("consumername", .string),
        ],
        handler: groupDeleteConsumer),
      CommandSpec(
        "DESTROY", arity: 4, flags: [.write],
        keys: [.one([.readWrite, .delete], at: 2)],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Removes a consumer group.", complexity: "O(N) in what is pending in the group",
        arguments: [
          .key,
          CommandArgument("groupname", .string),
        ],
        handler: groupDestroy),
      CommandSpec(
        "HELP", arity: 2, flags: [.loading, .stale],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Lists the subcommands.", complexity: "O(1)",
        handler: groupHelp),
      CommandSpec(
        "SETID", arity: -5, flags: [.write],
        keys: [.one([.readWrite, .update], at: 2)],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Sets which entry a group was given last.", complexity: "O(1)",
        history: [.init("7.0.0", "Option `ENTRIESREAD`.")],
        arguments: [
          .key,
          CommandArgument("groupname", .string),
          CommandArgument(
            "id",
            .oneOf([
              CommandArgument("id", .string),
              CommandArgument("new_id", .pureToken, token: "$"),
            ])),
          CommandArgument("entries_read", .integer, token: "ENTRIESREAD", optional: true),
        ],
        handler: groupSetID),
    ])

  static let xreadgroupSpec = CommandSpec(
    "XREADGROUP", arity: -7, flags: [.write, .blocking, .movableKeys],
    keys: [KeySpec([.readOnly, .access], begin: .keyword("STREAMS", startFrom: 4), find: .range(last: -1, step: 1, limit: 2))],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Returns messages of streams to a group's consumer, and may wait for some.", complexity: "O(N) in the entries returned",
    arguments: [
      CommandArgument(
        "group_consumer",
        .block([
          CommandArgument("group", .string),
          CommandArgument("consumer", .string),
        ]), token: "GROUP"),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
      CommandArgument("milliseconds", .integer, token: "BLOCK", optional: true),
      CommandArgument("noack", .pureToken, token: "NOACK", optional: true),
      CommandArgument(
        "streams",
        .block([
          .keys,
          CommandArgument("id", .string, multiple: true),
        ]), token: "STREAMS"),
    ],
    handler: readGroup)

  static let xackSpec = CommandSpec(
    "XACK", arity: -4, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Tells a group that messages have been dealt with.", complexity: "O(N) in the ids given",
    arguments: [
      .key,
      CommandArgument("group", .string),
      CommandArgument("id", .string, multiple: true),
    ],
    handler: acknowledge)

  static let xpendingSpec = CommandSpec(
    "XPENDING", arity: -3, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Lists the messages that a group has not acknowledged.",
    complexity: "O(N) in the messages returned, or looked at with `IDLE`",
    history: [.init("6.2.0", "Option `IDLE`; borders may be exclusive.")],
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("group", .string),
      CommandArgument(
        "filters",
        .block([
          CommandArgument("min-idle-time", .integer, token: "IDLE", since: "6.2.0", optional: true),
          CommandArgument("start", .string),
          CommandArgument("end", .string),
          CommandArgument("count", .integer),
          CommandArgument("consumer", .string, optional: true),
        ]), optional: true),
    ],
    handler: pending)

  static let xclaimSpec = CommandSpec(
    "XCLAIM", arity: -6, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Gives pending messages to a consumer.", complexity: "O(log N) an id, N pending in the group",
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("group", .string),
      CommandArgument("consumer", .string),
      CommandArgument("min-idle-time", .string),
      CommandArgument("id", .string, multiple: true),
      CommandArgument("ms", .integer, token: "IDLE", optional: true),
      CommandArgument("unix-time-milliseconds", .unixTime, token: "TIME", optional: true),
      CommandArgument("count", .integer, token: "RETRYCOUNT", optional: true),
      CommandArgument("force", .pureToken, token: "FORCE", optional: true),
      CommandArgument("justid", .pureToken, token: "JUSTID", optional: true),
      CommandArgument("id", .string, token: "LASTID", optional: true),
    ],
    handler: claim)

  static let xautoclaimSpec = CommandSpec(
    "XAUTOCLAIM", arity: -6, flags: [.write, .fast],
    keys: [.one([.readWrite, .delete])],
    categories: [.stream], group: .stream, since: "6.2.0",
    summary: "Gives a consumer the messages that others have left pending for long.", complexity: "O(1) for a small `COUNT`",
    history: [.init("7.0.0", "The reply also names the messages whose entries are gone.")],
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("group", .string),
      CommandArgument("consumer", .string),
      CommandArgument("min-idle-time", .string),
      CommandArgument("start", .string),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
      CommandArgument("justid", .pureToken, token: "JUSTID", optional: true),
    ],
    handler: autoClaim)
}
