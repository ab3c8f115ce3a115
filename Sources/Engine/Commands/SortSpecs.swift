/// The commands that sort the elements of a value.
package enum SortCommands {
  package static let all: [CommandSpec] = [
    sortSpec, sortRoSpec,
  ]

  static let sortSpec = CommandSpec(
    "SORT", arity: -2, flags: [.write, .denyOOM, .movableKeys],
    keys: [
      .one([.readOnly, .access]),
      KeySpec([.readOnly, .access], begin: .unknown, find: .unknown, notes: "the keys of `BY` and `GET` follow from the elements"),
      KeySpec([.overwrite, .update], begin: .unknown, find: .unknown, notes: "the key behind `STORE`, which may stand anywhere"),
    ],
    categories: [.set, .sortedSet, .list, .dangerous], group: .generic, since: "1.0.0",
    summary: "Sorts the elements of a list, set or sorted set, and may keep the result.",
    complexity: "O(N + M log M): N elements, M of them returned; O(N) unsorted",
    arguments: [
      .key,
      CommandArgument("pattern", .pattern, token: "BY", keySpec: 1, optional: true),
      .limit,
      CommandArgument("pattern", .pattern, token: "GET", keySpec: 1, optional: true, multiple: true, tokenRepeated: true),
      .order,
      CommandArgument("sorting", .pureToken, token: "ALPHA", optional: true),
      CommandArgument("destination", .key, token: "STORE", keySpec: 2, optional: true),
    ],
    handler: sort)

  static let sortRoSpec = CommandSpec(
    "SORT_RO", arity: -2, flags: [.readonly, .movableKeys],
    keys: [
      .one([.readOnly, .access]),
      KeySpec([.readOnly, .access], begin: .unknown, find: .unknown, notes: "the keys of `BY` and `GET` follow from the elements"),
    ],
    categories: [.set, .sortedSet, .list, .dangerous], group: .generic, since: "7.0.0",
    summary: "Sorts the elements of a list, set or sorted set.",
    complexity: "O(N + M log M): N elements, M of them returned; O(N) unsorted",
    arguments: [
      .key,
      CommandArgument("pattern", .pattern, token: "BY", keySpec: 1, optional: true),
      .limit,
      CommandArgument("pattern", .pattern, token: "GET", keySpec: 1, optional: true, multiple: true, tokenRepeated: true),
      .order,
      CommandArgument("sorting", .pureToken, token: "ALPHA", optional: true),
    ],
    handler: sortReadOnly)
}
