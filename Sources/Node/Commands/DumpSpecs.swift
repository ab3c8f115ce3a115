internal import TernEngine

/// The commands that carry values from server to server.
enum DumpCommands {
  static let all: [CommandSpec] = [
    dumpSpec, restoreSpec, restoreAskingSpec, migrateSpec,
  ]

  static let dumpSpec = CommandSpec(
    "DUMP", arity: 2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.keyspace], group: .generic, since: "2.6.0",
    summary: "Returns the value at a key in serialized form.", complexity: "O(N) in the size of the value",
    tips: ["nondeterministic_output"],
    arguments: [.key],
    handler: dump)

  static let restoreSpec = CommandSpec(
    "RESTORE", arity: -4, flags: [.write, .denyOOM],
    keys: [.one([.overwrite, .update])],
    categories: [.keyspace, .dangerous], group: .generic, since: "2.6.0",
    summary: "Makes a key from a serialized value.", complexity: "O(N) in the size of the value; O(N log N) for a sorted set",
    history: [.init("3.0.0", "Option `REPLACE`."), .init("5.0.0", "Option `ABSTTL`."), .init("5.0.0", "Options `IDLETIME` and `FREQ`.")],
    arguments: [
      .key,
      CommandArgument("ttl", .integer),
      CommandArgument("serialized-value", .string),
      CommandArgument("replace", .pureToken, token: "REPLACE", since: "3.0.0", optional: true),
      CommandArgument("absttl", .pureToken, token: "ABSTTL", since: "5.0.0", optional: true),
      CommandArgument("seconds", .integer, token: "IDLETIME", since: "5.0.0", optional: true),
      CommandArgument("frequency", .integer, token: "FREQ", since: "5.0.0", optional: true),
    ],
    handler: restore)

  static let restoreAskingSpec = CommandSpec(
    "RESTORE-ASKING", arity: -4, flags: [.write, .denyOOM, .asking, .systemCommand],
    keys: [.one([.overwrite, .update])],
    categories: [.keyspace, .dangerous], group: .server, since: "3.0.0",
    summary: "Makes a key from a serialized value while its slot is being imported.",
    complexity: "O(N) in the size of the value; O(N log N) for a sorted set",
    history: [.init("3.0.0", "Option `REPLACE`."), .init("5.0.0", "Option `ABSTTL`."), .init("5.0.0", "Options `IDLETIME` and `FREQ`.")],
    arguments: [
      .key,
      CommandArgument("ttl", .integer),
      CommandArgument("serialized-value", .string),
      CommandArgument("replace", .pureToken, token: "REPLACE", since: "3.0.0", optional: true),
      CommandArgument("absttl", .pureToken, token: "ABSTTL", since: "5.0.0", optional: true),
      CommandArgument("seconds", .integer, token: "IDLETIME", since: "5.0.0", optional: true),
      CommandArgument("frequency", .integer, token: "FREQ", since: "5.0.0", optional: true),
    ],
    handler: restoreAsking)

  static let migrateSpec = CommandSpec(
    "MIGRATE", arity: -6, flags: [.write, .movableKeys],
    keys: [
      .one([.readWrite, .access, .delete], at: 3),
      KeySpec(
        [.readWrite, .access, .delete, .incomplete], begin: .keyword("KEYS", startFrom: -2), find: .range(last: -1, step: 1, limit: 0)),
    ],
    categories: [.keyspace, .dangerous], group: .generic, since: "2.6.0",
    summary: "Moves keys to another server.", complexity: "That of `DUMP`, `DEL` and `RESTORE`, and the transfer of the bytes",
    history: [
      .init("3.0.0", "Options `COPY` and `REPLACE`."),
      .init("3.0.6", "Option `KEYS`."),
      .init("4.0.7", "Option `AUTH`."),
      .init("6.0.0", "Option `AUTH2`."),
    ],
    tips: ["nondeterministic_output"],
    arguments: [
      CommandArgument("host", .string),
      CommandArgument("port", .integer),
      CommandArgument(
        "key_or_empty_string",
        .oneOf([
          .key,
          CommandArgument("empty_string", .pureToken, token: ""),
        ])),
      CommandArgument("destination-db", .integer),
      CommandArgument("timeout", .integer),
      CommandArgument("copy", .pureToken, token: "COPY", since: "3.0.0", optional: true),
      CommandArgument("replace", .pureToken, token: "REPLACE", since: "3.0.0", optional: true),
      CommandArgument(
        "authentication",
        .oneOf([
          CommandArgument("password", .string, token: "AUTH", since: "4.0.7", optional: true),
          CommandArgument(
            "username_password",
            .block([
              CommandArgument("username", .string),
              CommandArgument("password", .string),
            ]), token: "AUTH2", since: "6.0.0", optional: true),
        ]), optional: true),
      CommandArgument("key", .key, token: "KEYS", keySpec: 1, since: "3.0.6", optional: true, multiple: true),
    ],
    handler: migrate)
}
