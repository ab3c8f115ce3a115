/// The sorted set commands: what they are, as COMMAND and COMMAND DOCS tell it.
package enum SortedSetCommands {
  package static let all: [CommandSpec] = [
    zaddSpec, zincrbySpec, zcardSpec, zscoreSpec, zmscoreSpec, zrankSpec, zrevrankSpec, zcountSpec, zlexcountSpec, zremSpec,
    zrandmemberSpec, zscanSpec, zpopminSpec, zpopmaxSpec, zmpopSpec, bzpopminSpec, bzpopmaxSpec, bzmpopSpec, zrangeSpec, zrangestoreSpec,
    zrangebyscoreSpec, zrangebylexSpec, zrevrangeSpec, zrevrangebyscoreSpec, zrevrangebylexSpec, zremrangebyrankSpec,
    zremrangebyscoreSpec, zremrangebylexSpec, zunionSpec, zunionstoreSpec, zinterSpec, zinterstoreSpec, zintercardSpec, zdiffSpec,
    zdiffstoreSpec,
  ]

  static let zaddSpec = CommandSpec(
    "ZADD", arity: -4, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.sortedSet], group: .sortedSet, since: "1.2.0",
    summary: "Adds members to a sorted set, or changes their scores.", complexity: "O(log N) a member",
    history: [
      .init("2.4.0", "More than one member."),
      .init("3.0.2", "Options `XX`, `NX`, `CH`, `INCR`."),
      .init("6.2.0", "Options `GT`, `LT`."),
    ],
    arguments: [
      .key,
      CommandArgument(
        "condition",
        .oneOf([
          CommandArgument("nx", .pureToken, token: "NX"),
          CommandArgument("xx", .pureToken, token: "XX"),
        ]), since: "3.0.2", optional: true),
      CommandArgument(
        "comparison",
        .oneOf([
          CommandArgument("gt", .pureToken, token: "GT"),
          CommandArgument("lt", .pureToken, token: "LT"),
        ]), since: "6.2.0", optional: true),
      CommandArgument("change", .pureToken, token: "CH", since: "3.0.2", optional: true),
      CommandArgument("increment", .pureToken, token: "INCR", since: "3.0.2", optional: true),
      CommandArgument(
        "score_member",
        .block([
          CommandArgument("score", .double),
          CommandArgument("member", .string),
        ]), multiple: true),
    ],
    handler: add)

  static let zincrbySpec = CommandSpec(
    "ZINCRBY", arity: 4, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.sortedSet], group: .sortedSet, since: "1.2.0",
    summary: "Adds to the score of a member.", complexity: "O(log N) in the members",
    arguments: [
      .key,
      CommandArgument("increment", .integer),
      CommandArgument("member", .string),
    ],
    handler: incrementBy)

  static let zcardSpec = CommandSpec(
    "ZCARD", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.sortedSet], group: .sortedSet, since: "1.2.0",
    summary: "Counts the members of a sorted set.", complexity: "O(1)",
    arguments: [.key],
    handler: count)

  static let zscoreSpec = CommandSpec(
    "ZSCORE", arity: 3, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "1.2.0",
    summary: "Returns the score of a member.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("member", .string),
    ],
    handler: score)

  static let zmscoreSpec = CommandSpec(
    "ZMSCORE", arity: -3, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "6.2.0",
    summary: "Returns the scores of several members.", complexity: "O(N) in the members given",
    arguments: [
      .key,
      CommandArgument("member", .string, multiple: true),
    ],
    handler: scores)

  static let zrankSpec = CommandSpec(
    "ZRANK", arity: -3, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "2.0.0",
    summary: "Returns the rank of a member, counted from the lowest score.", complexity: "O(log N) in the members",
    history: [.init("7.2.0", "Option `WITHSCORE`.")],
    arguments: [
      .key,
      CommandArgument("member", .string),
      CommandArgument("withscore", .pureToken, token: "WITHSCORE", since: "7.2.0", optional: true),
    ],
    handler: rank)

  static let zrevrankSpec = CommandSpec(
    "ZREVRANK", arity: -3, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "2.0.0",
    summary: "Returns the rank of a member, counted from the highest score.", complexity: "O(log N) in the members",
    history: [.init("7.2.0", "Option `WITHSCORE`.")],
    arguments: [
      .key,
      CommandArgument("member", .string),
      CommandArgument("withscore", .pureToken, token: "WITHSCORE", since: "7.2.0", optional: true),
    ],
    handler: reverseRank)

  static let zcountSpec = CommandSpec(
    "ZCOUNT", arity: 4, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "2.0.0",
    summary: "Counts the members with a score in a range.", complexity: "O(log N) in the members",
    arguments: [
      .key,
      CommandArgument("min", .double),
      CommandArgument("max", .double),
    ],
    handler: countByScore)

  static let zlexcountSpec = CommandSpec(
    "ZLEXCOUNT", arity: 4, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "2.8.9",
    summary: "Counts the members in a range of names.", complexity: "O(log N) in the members",
    arguments: [
      .key,
      CommandArgument("min", .string),
      CommandArgument("max", .string),
    ],
    handler: countByLex)

  static let zremSpec = CommandSpec(
    "ZREM", arity: -3, flags: [.write, .fast],
    keys: [.one([.readWrite, .delete])],
    categories: [.sortedSet], group: .sortedSet, since: "1.2.0",
    summary: "Removes members of a sorted set.", complexity: "O(M log N): M members given, N in the set",
    history: [.init("2.4.0", "More than one member.")],
    arguments: [
      .key,
      CommandArgument("member", .string, multiple: true),
    ],
    handler: remove)

  static let zrandmemberSpec = CommandSpec(
    "ZRANDMEMBER", arity: -2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "6.2.0",
    summary: "Returns members of a sorted set by chance.", complexity: "O(N) in the members returned",
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument(
        "options",
        .block([
          CommandArgument("count", .integer),
          .withScores,
        ]), optional: true),
    ],
    handler: randomMember)

  static let zscanSpec = CommandSpec(
    "ZSCAN", arity: -3, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "2.8.0",
    summary: "Walks over the members of a sorted set in steps.", complexity: "O(1) a call, O(N) for all members",
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("cursor", .integer),
      CommandArgument("pattern", .pattern, token: "MATCH", optional: true),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
    ],
    handler: scan)

  static let zpopminSpec = CommandSpec(
    "ZPOPMIN", arity: -2, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete])],
    categories: [.sortedSet], group: .sortedSet, since: "5.0.0",
    summary: "Takes the members of the lowest scores.", complexity: "O(M log N): M members returned, N in the set",
    arguments: [
      .key,
      CommandArgument("count", .integer, optional: true),
    ],
    handler: popMin)

  static let zpopmaxSpec = CommandSpec(
    "ZPOPMAX", arity: -2, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete])],
    categories: [.sortedSet], group: .sortedSet, since: "5.0.0",
    summary: "Takes the members of the highest scores.", complexity: "O(M log N): M members returned, N in the set",
    arguments: [
      .key,
      CommandArgument("count", .integer, optional: true),
    ],
    handler: popMax)

  static let zmpopSpec = CommandSpec(
    "ZMPOP", arity: -4, flags: [.write, .movableKeys],
    keys: [KeySpec([.readWrite, .access, .delete], begin: .index(1), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "7.0.0",
    summary: "Takes members from the first sorted set that has any.",
    complexity: "O(K + M log N): K keys, M members returned, N in the set",
    arguments: [
      CommandArgument("numkeys", .integer),
      .keys,
      CommandArgument(
        "where",
        .oneOf([
          CommandArgument("min", .pureToken, token: "MIN"),
          CommandArgument("max", .pureToken, token: "MAX"),
        ])),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
    ],
    handler: popFromFirst)

  static let bzpopminSpec = CommandSpec(
    "BZPOPMIN", arity: -3, flags: [.write, .noScript, .blocking, .fast],
    keys: [.rest([.readWrite, .access, .delete], last: -2)],
    categories: [.sortedSet], group: .sortedSet, since: "5.0.0",
    summary: "Takes the member of the lowest score from the first sorted set that has any, and waits if none has.",
    complexity: "O(log N) in the members",
    history: [.init("6.0.0", "Fractions of a second in the timeout.")],
    arguments: [
      .keys,
      CommandArgument("timeout", .double),
    ],
    handler: blockingPopMin)

  static let bzpopmaxSpec = CommandSpec(
    "BZPOPMAX", arity: -3, flags: [.write, .noScript, .blocking, .fast],
    keys: [.rest([.readWrite, .access, .delete], last: -2)],
    categories: [.sortedSet], group: .sortedSet, since: "5.0.0",
    summary: "Takes the member of the highest score from the first sorted set that has any, and waits if none has.",
    complexity: "O(log N) in the members",
    history: [.init("6.0.0", "Fractions of a second in the timeout.")],
    arguments: [
      .keys,
      CommandArgument("timeout", .double),
    ],
    handler: blockingPopMax)

  static let bzmpopSpec = CommandSpec(
    "BZMPOP", arity: -5, flags: [.write, .blocking, .movableKeys],
    keys: [KeySpec([.readWrite, .access, .delete], begin: .index(2), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "7.0.0",
    summary: "Takes members from the first sorted set that has any, and waits if none has.",
    complexity: "O(K + M log N): K keys, M members returned, N in the set",
    arguments: [
      CommandArgument("timeout", .double),
      CommandArgument("numkeys", .integer),
      .keys,
      CommandArgument(
        "where",
        .oneOf([
          CommandArgument("min", .pureToken, token: "MIN"),
          CommandArgument("max", .pureToken, token: "MAX"),
        ])),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
    ],
    handler: blockingPopFromFirst)
}
