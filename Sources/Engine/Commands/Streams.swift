/// The stream commands: what they are, as COMMAND and COMMAND DOCS tell it.
package enum StreamCommands {
  package static let all: [CommandSpec] = [
    xaddSpec, xlenSpec, xrangeSpec, xrevrangeSpec, xdelSpec, xtrimSpec, xsetidSpec, xreadSpec, xinfoSpec, xgroupSpec, xreadgroupSpec,
    xackSpec, xpendingSpec, xclaimSpec, xautoclaimSpec,
  ]

  static let xaddSpec = CommandSpec(
    "XADD", arity: -5, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update], notes: "updates rather than inserts, as it may trim")],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Appends an entry to a stream.", complexity: "O(1); O(N) in the entries trimmed",
    history: [.init("6.2.0", "Options `NOMKSTREAM`, `MINID`, `LIMIT`."), .init("7.0.0", "Ids with only the time given: `<ms>-*`.")],
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("nomkstream", .pureToken, token: "NOMKSTREAM", since: "6.2.0", optional: true),
      CommandArgument(
        "trim",
        .block([
          CommandArgument(
            "strategy",
            .oneOf([
              CommandArgument("maxlen", .pureToken, token: "MAXLEN"),
              CommandArgument("minid", .pureToken, token: "MINID", since: "6.2.0"),
            ])),
          CommandArgument(
            "operator",
            .oneOf([
              CommandArgument("equal", .pureToken, token: "="),
              CommandArgument("approximately", .pureToken, token: "~"),
            ]), optional: true),
          CommandArgument("threshold", .string),
          CommandArgument("count", .integer, token: "LIMIT", since: "6.2.0", optional: true),
        ]), optional: true),
      CommandArgument(
        "id_or_auto",
        .oneOf([
          CommandArgument("auto_id", .pureToken, token: "*"),
          CommandArgument("id", .string),
        ])),
      CommandArgument(
        "field_value",
        .block([
          CommandArgument("field", .string),
          CommandArgument("value", .string),
        ]), multiple: true),
    ],
    handler: add)

  static let xlenSpec = CommandSpec(
    "XLEN", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Counts the entries of a stream.", complexity: "O(1)",
    arguments: [.key],
    handler: length)

  static let xrangeSpec = CommandSpec(
    "XRANGE", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Returns the entries with ids in a range.", complexity: "O(N) in the entries returned",
    history: [.init("6.2.0", "Borders may be exclusive.")],
    arguments: [
      .key,
      CommandArgument("start", .string),
      CommandArgument("end", .string),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
    ],
    handler: range)

  static let xrevrangeSpec = CommandSpec(
    "XREVRANGE", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Returns the entries with ids in a range, backwards.", complexity: "O(N) in the entries returned",
    history: [.init("6.2.0", "Borders may be exclusive.")],
    arguments: [
      .key,
      CommandArgument("end", .string),
      CommandArgument("start", .string),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
    ],
    handler: reverseRange)

  static let xdelSpec = CommandSpec(
    "XDEL", arity: -3, flags: [.write, .fast],
    keys: [.one([.readWrite, .delete])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Removes entries of a stream.", complexity: "O(1) an id",
    arguments: [
      .key,
      CommandArgument("id", .string, multiple: true),
    ],
    handler: delete)

  static let xtrimSpec = CommandSpec(
    "XTRIM", arity: -4, flags: [.write],
    keys: [.one([.readWrite, .delete])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Removes old entries of a stream.", complexity: "O(N) in the entries removed",
    history: [.init("6.2.0", "Options `MINID` and `LIMIT`.")],
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument(
        "trim",
        .block([
          CommandArgument(
            "strategy",
            .oneOf([
              CommandArgument("maxlen", .pureToken, token: "MAXLEN"),
              CommandArgument("minid", .pureToken, token: "MINID", since: "6.2.0"),
            ])),
          CommandArgument(
            "operator",
            .oneOf([
              CommandArgument("equal", .pureToken, token: "="),
              CommandArgument("approximately", .pureToken, token: "~"),
            ]), optional: true),
          CommandArgument("threshold", .string),
          CommandArgument("count", .integer, token: "LIMIT", since: "6.2.0", optional: true),
        ])),
    ],
    handler: trim)

  static let xsetidSpec = CommandSpec(
    "XSETID", arity: -3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Sets the last id of a stream, for replication.", complexity: "O(1)",
    history: [.init("7.0.0", "Arguments for the entries added and for the highest id deleted.")],
    arguments: [
      .key,
      CommandArgument("last-id", .string),
      CommandArgument("entries_added", .integer, token: "ENTRIESADDED", since: "7.0.0", optional: true),
      CommandArgument("max_deleted_entry_id", .string, token: "MAXDELETEDID", since: "7.0.0", optional: true),
    ],
    handler: setID)

  static let xreadSpec = CommandSpec(
    "XREAD", arity: -4, flags: [.readonly, .blocking, .movableKeys],
    keys: [KeySpec([.readOnly, .access], begin: .keyword("STREAMS", startFrom: 1), find: .range(last: -1, step: 1, limit: 2))],
    categories: [.stream], group: .stream, since: "5.0.0",
    summary: "Returns the entries behind given ids of streams, and may wait for some.", complexity: "O(N) in the entries returned",
    arguments: [
      CommandArgument("count", .integer, token: "COUNT", optional: true),
      CommandArgument("milliseconds", .integer, token: "BLOCK", optional: true),
      CommandArgument(
        "streams",
        .block([
          .keys,
          CommandArgument("id", .string, multiple: true),
        ]), token: "STREAMS"),
    ],
    handler: read)

  static let xinfoSpec = CommandSpec(
    "XINFO", arity: -2, flags: [],
    group: .stream, since: "5.0.0",
    summary: "Holds the commands that describe streams.", complexity: "See the subcommands",
    subcommands: [
      CommandSpec(
        "CONSUMERS", arity: 4, flags: [.readonly],
        keys: [.one([.readOnly, .access], at: 2)],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Describes the consumers of a group.", complexity: "O(N) in the consumers",
        history: [.init("7.2.0", "Field `inactive`.")],
        tips: ["nondeterministic_output"],
        arguments: [
          .key,
          CommandArgument("groupname", .string),
        ],
        handler: infoConsumers),
      CommandSpec(
        "GROUPS", arity: 3, flags: [.readonly],
        keys: [.one([.readOnly, .access], at: 2)],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Describes the consumer groups of a stream.", complexity: "O(N) in the groups",
        history: [.init("7.0.0", "Fields `entries-read` and `lag`.")],
        arguments: [.key],
        handler: infoGroups),
      CommandSpec(
        "HELP", arity: 2, flags: [.loading, .stale],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Lists the subcommands.", complexity: "O(1)",
        handler: infoHelp),
      CommandSpec(
        "STREAM", arity: -3, flags: [.readonly],
        keys: [.one([.readOnly, .access], at: 2)],
        categories: [.stream], group: .stream, since: "5.0.0",
        summary: "Describes a stream.", complexity: "O(1); with `FULL` O(N) in the entries and groups returned",
        history: [
          .init("6.0.0", "Option `FULL`."),
          .init("7.0.0", "Fields `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`; for groups `entries-read` and `lag`."),
          .init("7.2.0", "Field `active-time` of consumers."),
        ],
        arguments: [
          .key,
          CommandArgument(
            "full",
            .block([
              CommandArgument("count", .integer, token: "COUNT", optional: true)
            ]), token: "FULL", optional: true),
        ],
        handler: infoStream),
    ])
}
