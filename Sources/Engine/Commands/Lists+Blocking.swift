/// The list commands that may wait.
extension ListCommands {
  static let blpopSpec = CommandSpec(
    "BLPOP", arity: -3, flags: [.write, .noScript, .blocking],
    keys: [.rest([.readWrite, .access, .delete], last: -2)],
    categories: [.list], group: .list, since: "2.0.0",
    summary: "Takes the first element of the first list that has any, and waits if none has.", complexity: "O(N) in the keys",
    history: [.init("6.0.0", "Fractions of a second in the timeout.")],
    arguments: [
      .keys,
      CommandArgument("timeout", .double),
    ],
    handler: blockingPopLeft)

  static let brpopSpec = CommandSpec(
    "BRPOP", arity: -3, flags: [.write, .noScript, .blocking],
    keys: [.rest([.readWrite, .access, .delete], last: -2)],
    categories: [.list], group: .list, since: "2.0.0",
    summary: "Takes the last element of the first list that has any, and waits if none has.", complexity: "O(N) in the keys",
    history: [.init("6.0.0", "Fractions of a second in the timeout.")],
    arguments: [
      .keys,
      CommandArgument("timeout", .double),
    ],
    handler: blockingPopRight)

  static let blmoveSpec = CommandSpec(
    "BLMOVE", arity: 6, flags: [.write, .denyOOM, .noScript, .blocking],
    keys: [.one([.readWrite, .access, .delete]), .one([.readWrite, .insert], at: 2)],
    categories: [.list], group: .list, since: "6.2.0",
    summary: "Moves an element between lists, and waits for one if there is none.", complexity: "O(1)",
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
      CommandArgument("timeout", .double),
    ],
    handler: blockingMove)

  static let brpoplpushSpec = CommandSpec(
    "BRPOPLPUSH", arity: 4, flags: [.write, .denyOOM, .noScript, .blocking],
    keys: [.one([.readWrite, .access, .delete]), .one([.readWrite, .insert], at: 2)],
    categories: [.list], group: .list, since: "2.2.0",
    summary: "Moves the last element of a list to the head of another, and waits for one if there is none.", complexity: "O(1)",
    deprecated: .init(since: "6.2.0", replacedBy: "`BLMOVE` from `RIGHT` to `LEFT`"),
    history: [.init("6.0.0", "Fractions of a second in the timeout.")],
    arguments: [
      CommandArgument("source", .key, keySpec: 0),
      CommandArgument("destination", .key, keySpec: 1),
      CommandArgument("timeout", .double),
    ],
    handler: blockingPopRightPushLeft)

  static let blmpopSpec = CommandSpec(
    "BLMPOP", arity: -5, flags: [.write, .blocking, .movableKeys],
    keys: [KeySpec([.readWrite, .access, .delete], begin: .index(2), find: .keyCount(at: 0, first: 1, step: 1))],
    categories: [.list], group: .list, since: "7.0.0",
    summary: "Takes elements from the first list that has any, and waits if none has.",
    complexity: "O(N + M): N keys, M elements returned",
    arguments: [
      CommandArgument("timeout", .double),
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
    handler: blockingPopFromFirst)
}
