/// The commands that work on a part of a string, or on the number that it is.
extension StringCommands {
  static let incrSpec = CommandSpec(
    "INCR", arity: 2, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Adds one to the integer at a key.", complexity: "O(1)",
    arguments: [.key],
    handler: increment)

  static let decrSpec = CommandSpec(
    "DECR", arity: 2, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Takes one from the integer at a key.", complexity: "O(1)",
    arguments: [.key],
    handler: decrement)

  static let incrbySpec = CommandSpec(
    "INCRBY", arity: 3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Adds to the integer at a key.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("increment", .integer),
    ],
    handler: incrementBy)

  static let decrbySpec = CommandSpec(
    "DECRBY", arity: 3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Takes from the integer at a key.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("decrement", .integer),
    ],
    handler: decrementBy)

  static let incrbyfloatSpec = CommandSpec(
    "INCRBYFLOAT", arity: 3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.string], group: .string, since: "2.6.0",
    summary: "Adds to the floating-point number at a key.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("increment", .double),
    ],
    handler: incrementByFloat)

  static let appendSpec = CommandSpec(
    "APPEND", arity: 3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .insert])],
    categories: [.string], group: .string, since: "2.0.0",
    summary: "Puts bytes behind the string at a key.", complexity: "O(M) in the bytes appended, amortized",
    arguments: [
      .key,
      CommandArgument("value", .string),
    ],
    handler: append)

  static let strlenSpec = CommandSpec(
    "STRLEN", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.string], group: .string, since: "2.2.0",
    summary: "Returns how many bytes the string at a key has.", complexity: "O(1)",
    arguments: [.key],
    handler: length)

  static let getrangeSpec = CommandSpec(
    "GETRANGE", arity: 4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.string], group: .string, since: "2.4.0",
    summary: "Returns a part of the string at a key.", complexity: "O(N) in the bytes returned",
    arguments: [
      .key,
      CommandArgument("start", .integer),
      CommandArgument("end", .integer),
    ],
    handler: range)

  static let substrSpec = CommandSpec(
    "SUBSTR", arity: 4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Returns a part of the string at a key.", complexity: "O(N) in the bytes returned",
    deprecated: .init(since: "2.0.0", replacedBy: "`GETRANGE`"),
    arguments: [
      .key,
      CommandArgument("start", .integer),
      CommandArgument("end", .integer),
    ],
    handler: range)

  static let setrangeSpec = CommandSpec(
    "SETRANGE", arity: 4, flags: [.write, .denyOOM],
    keys: [.one([.readWrite, .update])],
    categories: [.string], group: .string, since: "2.2.0",
    summary: "Overwrites a part of the string at a key, padding it with zero bytes.",
    complexity: "O(M) in the bytes of the value, amortized",
    arguments: [
      .key,
      CommandArgument("offset", .integer),
      CommandArgument("value", .string),
    ],
    handler: setRange)
}
