/// The commands about ranges of a sorted set.
extension SortedSetCommands {
  static let zrangeSpec = CommandSpec(
    "ZRANGE", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "1.2.0",
    summary: "Returns the members in a range of ranks, scores or names.", complexity: "O(log N + M): N members in the set, M returned",
    history: [.init("6.2.0", "Options `REV`, `BYSCORE`, `BYLEX`, `LIMIT`.")],
    arguments: [
      .key,
      CommandArgument("start", .string),
      CommandArgument("stop", .string),
      CommandArgument(
        "sortby",
        .oneOf([
          CommandArgument("byscore", .pureToken, token: "BYSCORE"),
          CommandArgument("bylex", .pureToken, token: "BYLEX"),
        ]), since: "6.2.0", optional: true),
      CommandArgument("rev", .pureToken, token: "REV", since: "6.2.0", optional: true),
      CommandArgument(
        "offset_count",
        .block([
          CommandArgument("offset", .integer),
          CommandArgument("count", .integer),
        ]), token: "LIMIT", since: "6.2.0", optional: true),
      .withScores,
    ],
    handler: range)

  static let zrangestoreSpec = CommandSpec(
    "ZRANGESTORE", arity: -5, flags: [.write, .denyOOM],
    keys: [.one([.overwrite, .update]), .one([.readOnly, .access], at: 2)],
    categories: [.sortedSet], group: .sortedSet, since: "6.2.0",
    summary: "Keeps the members in a range of ranks, scores or names.", complexity: "O(log N + M): N members in the set, M kept",
    arguments: [
      CommandArgument("dst", .key, keySpec: 0),
      CommandArgument("src", .key, keySpec: 1),
      CommandArgument("min", .string),
      CommandArgument("max", .string),
      CommandArgument(
        "sortby",
        .oneOf([
          CommandArgument("byscore", .pureToken, token: "BYSCORE"),
          CommandArgument("bylex", .pureToken, token: "BYLEX"),
        ]), optional: true),
      CommandArgument("rev", .pureToken, token: "REV", optional: true),
      .limit,
    ],
    handler: rangeStore)

  static let zrangebyscoreSpec = CommandSpec(
    "ZRANGEBYSCORE", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "1.0.5",
    summary: "Returns the members with a score in a range.", complexity: "O(log N + M): N members in the set, M returned",
    deprecated: .init(since: "6.2.0", replacedBy: "`ZRANGE` with `BYSCORE`"),
    history: [.init("2.0.0", "Option `WITHSCORES`.")],
    arguments: [
      .key,
      CommandArgument("min", .double),
      CommandArgument("max", .double),
      CommandArgument("withscores", .pureToken, token: "WITHSCORES", since: "2.0.0", optional: true),
      .limit,
    ],
    handler: rangeByScore)

  static let zrangebylexSpec = CommandSpec(
    "ZRANGEBYLEX", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "2.8.9",
    summary: "Returns the members in a range of names.", complexity: "O(log N + M): N members in the set, M returned",
    deprecated: .init(since: "6.2.0", replacedBy: "`ZRANGE` with `BYLEX`"),
    arguments: [
      .key,
      CommandArgument("min", .string),
      CommandArgument("max", .string),
      .limit,
    ],
    handler: rangeByLex)

  static let zrevrangeSpec = CommandSpec(
    "ZREVRANGE", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "1.2.0",
    summary: "Returns the members in a range of ranks, from the highest score down.",
    complexity: "O(log N + M): N members in the set, M returned",
    deprecated: .init(since: "6.2.0", replacedBy: "`ZRANGE` with `REV`"),
    arguments: [
      .key,
      CommandArgument("start", .integer),
      CommandArgument("stop", .integer),
      .withScores,
    ],
    handler: reverseRange)

  static let zrevrangebyscoreSpec = CommandSpec(
    "ZREVRANGEBYSCORE", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "2.2.0",
    summary: "Returns the members with a score in a range, from the highest down.",
    complexity: "O(log N + M): N members in the set, M returned",
    deprecated: .init(since: "6.2.0", replacedBy: "`ZRANGE` with `REV` and `BYSCORE`"),
    history: [.init("2.1.6", "Borders may be exclusive.")],
    arguments: [
      .key,
      CommandArgument("max", .double),
      CommandArgument("min", .double),
      .withScores,
      .limit,
    ],
    handler: reverseRangeByScore)

  static let zrevrangebylexSpec = CommandSpec(
    "ZREVRANGEBYLEX", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.sortedSet], group: .sortedSet, since: "2.8.9",
    summary: "Returns the members in a range of names, backwards.", complexity: "O(log N + M): N members in the set, M returned",
    deprecated: .init(since: "6.2.0", replacedBy: "`ZRANGE` with `REV` and `BYLEX`"),
    arguments: [
      .key,
      CommandArgument("max", .string),
      CommandArgument("min", .string),
      .limit,
    ],
    handler: reverseRangeByLex)

  static let zremrangebyrankSpec = CommandSpec(
    "ZREMRANGEBYRANK", arity: 4, flags: [.write],
    keys: [.one([.readWrite, .delete])],
    categories: [.sortedSet], group: .sortedSet, since: "2.0.0",
    summary: "Removes the members in a range of ranks.", complexity: "O(log N + M): N members in the set, M removed",
    arguments: [
      .key,
      CommandArgument("start", .integer),
      CommandArgument("stop", .integer),
    ],
    handler: removeRangeByRank)

  static let zremrangebyscoreSpec = CommandSpec(
    "ZREMRANGEBYSCORE", arity: 4, flags: [.write],
    keys: [.one([.readWrite, .delete])],
    categories: [.sortedSet], group: .sortedSet, since: "1.2.0",
    summary: "Removes the members with a score in a range.", complexity: "O(log N + M): N members in the set, M removed",
    arguments: [
      .key,
      CommandArgument("min", .double),
      CommandArgument("max", .double),
    ],
    handler: removeRangeByScore)

  static let zremrangebylexSpec = CommandSpec(
    "ZREMRANGEBYLEX", arity: 4, flags: [.write],
    keys: [.one([.readWrite, .delete])],
    categories: [.sortedSet], group: .sortedSet, since: "2.8.9",
    summary: "Removes the members in a range of names.", complexity: "O(log N + M): N members in the set, M removed",
    arguments: [
      .key,
      CommandArgument("min", .string),
      CommandArgument("max", .string),
    ],
    handler: removeRangeByLex)
}
