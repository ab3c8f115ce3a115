/// The list commands: what they are, as COMMAND and COMMAND DOCS tell it.
package enum ListCommands {
  package static let all: [CommandSpec] = [
    lpushSpec, rpushSpec, lpushxSpec, rpushxSpec, lpopSpec, rpopSpec, llenSpec, lrangeSpec, lindexSpec, lsetSpec, linsertSpec, lremSpec,
    ltrimSpec, lposSpec, lmoveSpec, rpoplpushSpec, lmpopSpec, blpopSpec, brpopSpec, blmoveSpec, brpoplpushSpec, blmpopSpec,
  ]

  static let lpushSpec = CommandSpec(
    "LPUSH", arity: -3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .insert])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Puts elements at the head of a list.", complexity: "O(N) in the elements given",
    history: [.init("2.4.0", "More than one element.")],
    arguments: [
      .key,
      CommandArgument("element", .string, multiple: true),
    ],
    handler: pushLeft)

  static let rpushSpec = CommandSpec(
    "RPUSH", arity: -3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .insert])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Puts elements at the tail of a list.", complexity: "O(N) in the elements given",
    history: [.init("2.4.0", "More than one element.")],
    arguments: [
      .key,
      CommandArgument("element", .string, multiple: true),
    ],
    handler: pushRight)

  static let lpushxSpec = CommandSpec(
    "LPUSHX", arity: -3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .insert])],
    categories: [.list], group: .list, since: "2.2.0",
    summary: "Puts elements at the head of a list, if it exists.", complexity: "O(N) in the elements given",
    history: [.init("4.0.0", "More than one element.")],
    arguments: [
      .key,
      CommandArgument("element", .string, multiple: true),
    ],
    handler: pushLeftIfExists)

  static let rpushxSpec = CommandSpec(
    "RPUSHX", arity: -3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .insert])],
    categories: [.list], group: .list, since: "2.2.0",
    summary: "Puts elements at the tail of a list, if it exists.", complexity: "O(N) in the elements given",
    history: [.init("4.0.0", "More than one element.")],
    arguments: [
      .key,
      CommandArgument("element", .string, multiple: true),
    ],
    handler: pushRightIfExists)

  static let lpopSpec = CommandSpec(
    "LPOP", arity: -2, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Takes elements from the head of a list.", complexity: "O(N) in the elements returned",
    history: [.init("6.2.0", "The argument `count`.")],
    arguments: [
      .key,
      CommandArgument("count", .integer, since: "6.2.0", optional: true),
    ],
    handler: popLeft)

  static let rpopSpec = CommandSpec(
    "RPOP", arity: -2, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Takes elements from the tail of a list.", complexity: "O(N) in the elements returned",
    history: [.init("6.2.0", "The argument `count`.")],
    arguments: [
      .key,
      CommandArgument("count", .integer, since: "6.2.0", optional: true),
    ],
    handler: popRight)

  static let llenSpec = CommandSpec(
    "LLEN", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Counts the elements of a list.", complexity: "O(1)",
    arguments: [.key],
    handler: length)

  static let lrangeSpec = CommandSpec(
    "LRANGE", arity: 4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Returns a part of a list.", complexity: "O(S + N): S elements on the way from the nearer end, N returned",
    arguments: [
      .key,
      CommandArgument("start", .integer),
      CommandArgument("stop", .integer),
    ],
    handler: range)

  static let lindexSpec = CommandSpec(
    "LINDEX", arity: 3, flags: [.readonly, .direct],
    keys: [.one([.readOnly, .access])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Returns the element at an index.", complexity: "O(N) in the elements on the way from the nearer end",
    arguments: [
      .key,
      CommandArgument("index", .integer),
    ],
    handler: index)

  static let lsetSpec = CommandSpec(
    "LSET", arity: 4, flags: [.write, .denyOOM, .direct],
    keys: [.one([.readWrite, .update])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Replaces the element at an index.", complexity: "O(N) in the elements on the way from the nearer end",
    arguments: [
      .key,
      CommandArgument("index", .integer),
      CommandArgument("element", .string),
    ],
    handler: set)

  static let linsertSpec = CommandSpec(
    "LINSERT", arity: 5, flags: [.write, .denyOOM],
    keys: [.one([.readWrite, .insert])],
    categories: [.list], group: .list, since: "2.2.0",
    summary: "Puts an element before or after another.", complexity: "O(N) in the elements up to the one looked for",
    arguments: [
      .key,
      CommandArgument(
        "where",
        .oneOf([
          CommandArgument("before", .pureToken, token: "BEFORE"),
          CommandArgument("after", .pureToken, token: "AFTER"),
        ])),
      CommandArgument("pivot", .string),
      CommandArgument("element", .string),
    ],
    handler: insert)

  static let lremSpec = CommandSpec(
    "LREM", arity: 4, flags: [.write],
    keys: [.one([.readWrite, .delete])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Removes the elements that equal a value.", complexity: "O(N) in the elements of the list",
    arguments: [
      .key,
      CommandArgument("count", .integer),
      CommandArgument("element", .string),
    ],
    handler: remove)

  static let ltrimSpec = CommandSpec(
    "LTRIM", arity: 4, flags: [.write],
    keys: [.one([.readWrite, .delete])],
    categories: [.list], group: .list, since: "1.0.0",
    summary: "Removes all but a part of a list.", complexity: "O(N) in the elements removed",
    arguments: [
      .key,
      CommandArgument("start", .integer),
      CommandArgument("stop", .integer),
    ],
    handler: trim)

  static let lposSpec = CommandSpec(
    "LPOS", arity: -3, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.list], group: .list, since: "6.0.6",
    summary: "Finds where elements are in a list.", complexity: "O(N) in the elements looked at",
    arguments: [
      .key,
      CommandArgument("element", .string),
      CommandArgument("rank", .integer, token: "RANK", optional: true),
      CommandArgument("num-matches", .integer, token: "COUNT", optional: true),
      CommandArgument("len", .integer, token: "MAXLEN", optional: true),
    ],
    handler: position)

  static let lmoveSpec = CommandSpec(
    "LMOVE", arity: 5, flags: [.write, .denyOOM, .direct],
    keys: [.one([.readWrite, .access, .delete]), .one([.readWrite, .insert], at: 2)],
    categories: [.list], group: .list, since: "6.2.0",
    summary: "Moves an element from an end of a list to an end of another.", complexity: "O(1)",
    arguments: [
      CommandArgument("source", .key, keySpec: 0),
      CommandArgument("destination", .key, keySpec: 1),
      CommandArgument(
        "wherefrom",
        .oneOf([
          CommandArgument("left", .pureToken, token: "LEFT"),
          CommandArgument("right", .pureToken, token: "RIGHT"),
        ])),
      CommandArgument(
        "whereto",
        .oneOf([
          CommandArgument("left", .pureToken, token: "LEFT"),
          CommandArgument("right", .pureToken, token: "RIGHT"),
        ])),
    ],
    handler: move)

  static let rpoplpushSpec = CommandSpec(
    "RPOPLPUSH", arity: 3, flags: [.write, .denyOOM, .direct],
    keys: [.one([.readWrite, .access, .delete]), .one([.readWrite, .insert], at: 2)],
    categories: [.list], group: .list, since: "1.2.0",
    summary: "Moves the last element of a list to the head of another.", complexity: "O(1)",
    deprecated: .init(since: "6.2.0", replacedBy: "`LMOVE` from `RIGHT` to `LEFT`"),
    arguments: [
      CommandArgument("source", .key, keySpec: 0),
      CommandArgument("destination", .key, keySpec: 1),
    ],
    handler: popRightPushLeft)

  static let lmpopSpec = CommandSpec(
    "LMPOP", arity: -4, flags: [.write, .movableKeys],
    keys: [KeySpec([.readWrite, .access, .delete], begin: .index(1), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.list], group: .list, since: "7.0.0",
    summary: "Takes elements from the first list that has any.", complexity: "O(N + M): N keys, M elements returned",
    arguments: [
      CommandArgument("numkeys", .integer),
      .keys,
      CommandArgument(
        "where",
        .oneOf([
          CommandArgument("left", .pureToken, token: "LEFT"),
          CommandArgument("right", .pureToken, token: "RIGHT"),
        ])),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
    ],
    handler: popFromFirst)
}
