/// The hash commands: what they are, as COMMAND and COMMAND DOCS tell it.
package enum HashCommands {
  package static let all: [CommandSpec] = [
    hsetSpec, hsetnxSpec, hmsetSpec, hgetSpec, hmgetSpec, hgetallSpec, hkeysSpec, hvalsSpec, hlenSpec, hstrlenSpec, hexistsSpec, hdelSpec,
    hincrbySpec, hincrbyfloatSpec, hrandfieldSpec, hscanSpec, hexpireSpec, hpexpireSpec, hexpireatSpec, hpexpireatSpec, hpersistSpec,
    httlSpec, hpttlSpec, hexpiretimeSpec, hpexpiretimeSpec, hgetdelSpec, hgetexSpec, hsetexSpec,
  ]

  static let hsetSpec = CommandSpec(
    "HSET", arity: -4, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Sets fields of a hash.", complexity: "O(N) in the fields given",
    history: [.init("4.0.0", "More than one field.")],
    arguments: [
      .key,
      CommandArgument(
        "field_value",
        .block([
          CommandArgument("field", .string),
          CommandArgument("value", .string),
        ]), multiple: true),
    ],
    handler: set)

  static let hsetnxSpec = CommandSpec(
    "HSETNX", arity: 4, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .insert])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Sets a field of a hash, if it does not exist.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("field", .string),
      CommandArgument("value", .string),
    ],
    handler: setIfAbsent)

  static let hmsetSpec = CommandSpec(
    "HMSET", arity: -4, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Sets several fields of a hash.", complexity: "O(N) in the fields given",
    deprecated: .init(since: "4.0.0", replacedBy: "`HSET` with several fields"),
    arguments: [
      .key,
      CommandArgument(
        "field_value",
        .block([
          CommandArgument("field", .string),
          CommandArgument("value", .string),
        ]), multiple: true),
    ],
    handler: setMany)

  static let hgetSpec = CommandSpec(
    "HGET", arity: 3, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Returns the value of a field.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("field", .string),
    ],
    handler: get)

  static let hmgetSpec = CommandSpec(
    "HMGET", arity: -3, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Returns the values of several fields.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      CommandArgument("field", .string, multiple: true),
    ],
    handler: getMany)

  static let hgetallSpec = CommandSpec(
    "HGETALL", arity: 2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Returns all fields of a hash with their values.", complexity: "O(N) in the fields of the hash",
    tips: ["nondeterministic_output_order"],
    arguments: [.key],
    handler: getAll)

  static let hkeysSpec = CommandSpec(
    "HKEYS", arity: 2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Returns the names of all fields of a hash.", complexity: "O(N) in the fields of the hash",
    tips: ["nondeterministic_output_order"],
    arguments: [.key],
    handler: fields)

  static let hvalsSpec = CommandSpec(
    "HVALS", arity: 2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Returns the values of all fields of a hash.", complexity: "O(N) in the fields of the hash",
    tips: ["nondeterministic_output_order"],
    arguments: [.key],
    handler: values)

  static let hlenSpec = CommandSpec(
    "HLEN", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Counts the fields of a hash.", complexity: "O(1)",
    arguments: [.key],
    handler: length)

  static let hstrlenSpec = CommandSpec(
    "HSTRLEN", arity: 3, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.hash], group: .hash, since: "3.2.0",
    summary: "Returns how many bytes the value of a field has.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("field", .string),
    ],
    handler: valueLength)

  static let hexistsSpec = CommandSpec(
    "HEXISTS", arity: 3, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Tells whether a hash has a field.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("field", .string),
    ],
    handler: exists)

  static let hdelSpec = CommandSpec(
    "HDEL", arity: -3, flags: [.write, .fast],
    keys: [.one([.readWrite, .delete])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Removes fields of a hash.", complexity: "O(N) in the fields given",
    history: [.init("2.4.0", "More than one field.")],
    arguments: [
      .key,
      CommandArgument("field", .string, multiple: true),
    ],
    handler: delete)

  static let hincrbySpec = CommandSpec(
    "HINCRBY", arity: 4, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.hash], group: .hash, since: "2.0.0",
    summary: "Adds to the integer in a field.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("field", .string),
      CommandArgument("increment", .integer),
    ],
    handler: incrementBy)

  static let hincrbyfloatSpec = CommandSpec(
    "HINCRBYFLOAT", arity: 4, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.hash], group: .hash, since: "2.6.0",
    summary: "Adds to the floating-point number in a field.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("field", .string),
      CommandArgument("increment", .double),
    ],
    handler: incrementByFloat)

  static let hrandfieldSpec = CommandSpec(
    "HRANDFIELD", arity: -2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "6.2.0",
    summary: "Returns fields of a hash by chance.", complexity: "O(N) in the fields returned",
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument(
        "options",
        .block([
          CommandArgument("count", .integer),
          CommandArgument("withvalues", .pureToken, token: "WITHVALUES", optional: true),
        ]), optional: true),
    ],
    handler: randomField)

  static let hscanSpec = CommandSpec(
    "HSCAN", arity: -3, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "2.8.0",
    summary: "Walks over the fields of a hash in steps.", complexity: "O(1) a call, O(N) for all fields",
    history: [.init("7.4.0", "Option `NOVALUES`.")],
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      CommandArgument("cursor", .integer),
      CommandArgument("pattern", .pattern, token: "MATCH", optional: true),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
      CommandArgument("novalues", .pureToken, token: "NOVALUES", since: "7.4.0", optional: true),
    ],
    handler: scan)
}
