/// The commands for keys of any type, and for whole databases: what they are. The handlers are in Keys+Names and its neighbours.
package enum KeyCommands {
  package static let all: [CommandSpec] = [
    delSpec, unlinkSpec, existsSpec, typeSpec, touchSpec, keysSpec, scanSpec, randomkeySpec, renameSpec, renamenxSpec, copySpec, moveSpec,
    objectSpec, expireSpec, pexpireSpec, expireatSpec, pexpireatSpec, ttlSpec, pttlSpec, expiretimeSpec, pexpiretimeSpec, persistSpec,
    dbsizeSpec, flushdbSpec, flushallSpec, swapdbSpec, selectSpec,
  ]

  static let delSpec = CommandSpec(
    "DEL", arity: -2, flags: [.write],
    keys: [.rest([.remove, .delete])],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Removes keys.", complexity: "O(N) in the number of keys",
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    arguments: [.keys],
    handler: delete)

  static let unlinkSpec = CommandSpec(
    "UNLINK", arity: -2, flags: [.write, .fast],
    keys: [.rest([.remove, .delete])],
    categories: [.keyspace], group: .generic, since: "4.0.0",
    summary: "Removes keys, and frees large values later.", complexity: "O(N) in the number of keys",
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    arguments: [.keys],
    handler: unlink)

  static let existsSpec = CommandSpec(
    "EXISTS", arity: -2, flags: [.readonly, .fast],
    keys: [.rest([.readOnly])],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Counts how many of the given keys exist.", complexity: "O(N) in the number of keys",
    history: [.init("3.0.3", "More than one key.")],
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    arguments: [.keys],
    handler: exists)

  static let typeSpec = CommandSpec(
    "TYPE", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly])],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Names the type of the value at a key.", complexity: "O(1)",
    arguments: [.key],
    handler: typeName)

  static let touchSpec = CommandSpec(
    "TOUCH", arity: -2, flags: [.readonly, .fast],
    keys: [.rest([.readOnly])],
    categories: [.keyspace], group: .generic, since: "3.2.1",
    summary: "Counts how many of the given keys exist, and marks them as used.", complexity: "O(N) in the number of keys",
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    arguments: [.keys],
    handler: touch)

  static let keysSpec = CommandSpec(
    "KEYS", arity: 2, flags: [.readonly],
    categories: [.keyspace, .dangerous], group: .generic, since: "1.0.0",
    summary: "Lists the keys that match a pattern.", complexity: "O(N) in the number of keys in the database",
    tips: ["request_policy:all_shards", "nondeterministic_output_order"],
    arguments: [
      CommandArgument("pattern", .pattern)
    ],
    handler: matchingKeys)

  static let scanSpec = CommandSpec(
    "SCAN", arity: -2, flags: [.readonly],
    categories: [.keyspace], group: .generic, since: "2.8.0",
    summary: "Walks over the keys in steps.", complexity: "O(1) a call, O(N) for all keys",
    history: [.init("6.0.0", "Option `TYPE`.")],
    tips: ["nondeterministic_output", "request_policy:special"],
    arguments: [
      CommandArgument("cursor", .integer),
      CommandArgument("pattern", .pattern, token: "MATCH", optional: true),
      CommandArgument("count", .integer, token: "COUNT", optional: true),
      CommandArgument("type", .string, token: "TYPE", since: "6.0.0", optional: true),
    ],
    handler: scan)

  static let randomkeySpec = CommandSpec(
    "RANDOMKEY", arity: 1, flags: [.readonly],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Returns some key.", complexity: "O(1)",
    tips: ["request_policy:all_shards", "nondeterministic_output"],
    handler: randomKey)

  static let renameSpec = CommandSpec(
    "RENAME", arity: 3, flags: [.write],
    keys: [.one([.readWrite, .access, .delete]), .one([.overwrite, .update], at: 2)],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Gives a key another name, over whatever has it.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("newkey", .key, keySpec: 1),
    ],
    handler: rename)

  static let renamenxSpec = CommandSpec(
    "RENAMENX", arity: 3, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete]), .one([.overwrite, .insert], at: 2)],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Gives a key another name, if that is free.", complexity: "O(1)",
    history: [.init("3.2.0", "Equal names are no error.")],
    arguments: [
      .key,
      CommandArgument("newkey", .key, keySpec: 1),
    ],
    handler: renameIfAbsent)

  static let copySpec = CommandSpec(
    "COPY", arity: -3, flags: [.write, .denyOOM],
    keys: [.one([.readOnly, .access]), .one([.overwrite, .update], at: 2)],
    categories: [.keyspace], group: .generic, since: "6.2.0",
    summary: "Copies the value at a key to another key.", complexity: "O(N) in the size of the value",
    arguments: [
      CommandArgument("source", .key, keySpec: 0),
      CommandArgument("destination", .key, keySpec: 1),
      CommandArgument("destination-db", .integer, token: "DB", optional: true),
      CommandArgument("replace", .pureToken, token: "REPLACE", optional: true),
    ],
    handler: copy)

  static let moveSpec = CommandSpec(
    "MOVE", arity: 3, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Moves a key to another database.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("db", .integer),
    ],
    handler: move)

  static let objectSpec = CommandSpec(
    "OBJECT", arity: -2, flags: [],
    categories: [], group: .generic, since: "2.2.3",
    summary: "Looks at how a value is kept.", complexity: "See the subcommands",
    subcommands: [
      CommandSpec(
        "HELP", arity: 2, flags: [.loading, .stale],
        categories: [.keyspace], group: .generic, since: "6.2.0",
        summary: "Lists the subcommands.", complexity: "O(1)",
        handler: objectHelp),
      CommandSpec(
        "IDLETIME", arity: 3, flags: [.readonly],
        keys: [.one([.readOnly], at: 2)],
        categories: [.keyspace], group: .generic, since: "2.2.3",
        summary: "Returns the seconds since a value was last used.", complexity: "O(1)",
        tips: ["nondeterministic_output"],
        arguments: [.key],
        handler: objectIdleTime),
      CommandSpec(
        "ENCODING", arity: 3, flags: [.readonly],
        keys: [.one([.readOnly], at: 2)],
        categories: [.keyspace], group: .generic, since: "2.2.3",
        summary: "Names the encoding of a value.", complexity: "O(1)",
        tips: ["nondeterministic_output"],
        arguments: [.key],
        handler: objectEncoding),
      CommandSpec(
        "FREQ", arity: 3, flags: [.readonly],
        keys: [.one([.readOnly], at: 2)],
        categories: [.keyspace], group: .generic, since: "4.0.0",
        summary: "Returns how often a value is used.", complexity: "O(1)",
        tips: ["nondeterministic_output"],
        arguments: [.key],
        handler: objectFrequency),
      CommandSpec(
        "REFCOUNT", arity: 3, flags: [.readonly],
        keys: [.one([.readOnly], at: 2)],
        categories: [.keyspace], group: .generic, since: "2.2.3",
        summary: "Returns the number of references to a value.", complexity: "O(1)",
        tips: ["nondeterministic_output"],
        arguments: [.key],
        handler: objectRefcount),
    ])
}
