/// The commands that join several sorted sets.
extension SortedSetCommands {
  static let zunionSpec = CommandSpec(
    "ZUNION", arity: -3, flags: [.readonly, .movableKeys],
    keys: [KeySpec([.readOnly, .access], begin: .index(1), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "6.2.0",
    summary: "Returns the members that any of the sorted sets has.", complexity: "O(N + M log M): N members in all sets, M in the result",
    arguments: [
      CommandArgument("numkeys", .integer),
      .keys,
      CommandArgument("weight", .integer, token: "WEIGHTS", optional: true, multiple: true),
      .aggregate,
      .withScores,
    ],
    handler: union)

  static let zunionstoreSpec = CommandSpec(
    "ZUNIONSTORE", arity: -4, flags: [.write, .denyOOM, .movableKeys],
    keys: [.one([.overwrite, .update]), KeySpec([.readOnly, .access], begin: .index(2), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "2.0.0",
    summary: "Keeps the members that any of the sorted sets has.", complexity: "O(N + M log M): N members in all sets, M in the result",
    arguments: [
      CommandArgument("destination", .key, keySpec: 0),
      CommandArgument("numkeys", .integer),
      CommandArgument("key", .key, keySpec: 1, multiple: true),
      CommandArgument("weight", .integer, token: "WEIGHTS", optional: true, multiple: true),
      .aggregate,
    ],
    handler: unionStore)

  static let zinterSpec = CommandSpec(
    "ZINTER", arity: -3, flags: [.readonly, .movableKeys],
    keys: [KeySpec([.readOnly, .access], begin: .index(1), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "6.2.0",
    summary: "Returns the members that all sorted sets have.",
    complexity: "O(N*K + M log M): N members of the smallest set, K sets, M in the result",
    arguments: [
      CommandArgument("numkeys", .integer),
      .keys,
      CommandArgument("weight", .integer, token: "WEIGHTS", optional: true, multiple: true),
      .aggregate,
      .withScores,
    ],
    handler: intersection)

  static let zinterstoreSpec = CommandSpec(
    "ZINTERSTORE", arity: -4, flags: [.write, .denyOOM, .movableKeys],
    keys: [.one([.overwrite, .update]), KeySpec([.readOnly, .access], begin: .index(2), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "2.0.0",
    summary: "Keeps the members that all sorted sets have.",
    complexity: "O(N*K + M log M): N members of the smallest set, K sets, M in the result",
    arguments: [
      CommandArgument("destination", .key, keySpec: 0),
      CommandArgument("numkeys", .integer),
      CommandArgument("key", .key, keySpec: 1, multiple: true),
      CommandArgument("weight", .integer, token: "WEIGHTS", optional: true, multiple: true),
      .aggregate,
    ],
    handler: intersectionStore)

  static let zintercardSpec = CommandSpec(
    "ZINTERCARD", arity: -3, flags: [.readonly, .movableKeys],
    keys: [KeySpec([.readOnly, .access], begin: .index(1), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "7.0.0",
    summary: "Counts the members that all sorted sets have.", complexity: "O(N*K): N members of the smallest set, K sets",
    arguments: [
      CommandArgument("numkeys", .integer),
      .keys,
      CommandArgument("limit", .integer, token: "LIMIT", optional: true),
    ],
    handler: intersectionCount)

  static let zdiffSpec = CommandSpec(
    "ZDIFF", arity: -3, flags: [.readonly, .movableKeys],
    keys: [KeySpec([.readOnly, .access], begin: .index(1), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "6.2.0",
    summary: "Returns the members of the first sorted set that no other has.",
    complexity: "O(L + (N-K) log N): L members in all, N in the first set, K in the result",
    arguments: [
      CommandArgument("numkeys", .integer),
      .keys,
      .withScores,
    ],
    handler: difference)

  static let zdiffstoreSpec = CommandSpec(
    "ZDIFFSTORE", arity: -4, flags: [.write, .denyOOM, .movableKeys],
    keys: [.one([.overwrite, .update]), KeySpec([.readOnly, .access], begin: .index(2), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.sortedSet], group: .sortedSet, since: "6.2.0",
    summary: "Keeps the members of the first sorted set that no other has.",
    complexity: "O(L + (N-K) log N): L members in all, N in the first set, K in the result",
    arguments: [
      CommandArgument("destination", .key, keySpec: 0),
      CommandArgument("numkeys", .integer),
      CommandArgument("key", .key, keySpec: 1, multiple: true),
    ],
    handler: differenceStore)
}
