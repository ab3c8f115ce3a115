/// The commands about the expiry of single fields.
extension HashCommands {
  static let hexpireSpec = CommandSpec(
    "HEXPIRE", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Lets fields of a hash expire after some seconds.", complexity: "O(N) in the fields given",
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument("seconds", .integer),
      CommandArgument(
        "condition",
        .oneOf([
          CommandArgument("nx", .pureToken, token: "NX"),
          CommandArgument("xx", .pureToken, token: "XX"),
          CommandArgument("gt", .pureToken, token: "GT"),
          CommandArgument("lt", .pureToken, token: "LT"),
        ]), optional: true),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: expire)

  static let hpexpireSpec = CommandSpec(
    "HPEXPIRE", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Lets fields of a hash expire after some milliseconds.", complexity: "O(N) in the fields given",
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument("milliseconds", .integer),
      CommandArgument(
        "condition",
        .oneOf([
          CommandArgument("nx", .pureToken, token: "NX"),
          CommandArgument("xx", .pureToken, token: "XX"),
          CommandArgument("gt", .pureToken, token: "GT"),
          CommandArgument("lt", .pureToken, token: "LT"),
        ]), optional: true),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: pexpire)

  static let hexpireatSpec = CommandSpec(
    "HEXPIREAT", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Lets fields of a hash expire at a time in seconds.", complexity: "O(N) in the fields given",
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument("unix-time-seconds", .unixTime),
      CommandArgument(
        "condition",
        .oneOf([
          CommandArgument("nx", .pureToken, token: "NX"),
          CommandArgument("xx", .pureToken, token: "XX"),
          CommandArgument("gt", .pureToken, token: "GT"),
          CommandArgument("lt", .pureToken, token: "LT"),
        ]), optional: true),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: expireAt)

  static let hpexpireatSpec = CommandSpec(
    "HPEXPIREAT", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Lets fields of a hash expire at a time in milliseconds.", complexity: "O(N) in the fields given",
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument("unix-time-milliseconds", .unixTime),
      CommandArgument(
        "condition",
        .oneOf([
          CommandArgument("nx", .pureToken, token: "NX"),
          CommandArgument("xx", .pureToken, token: "XX"),
          CommandArgument("gt", .pureToken, token: "GT"),
          CommandArgument("lt", .pureToken, token: "LT"),
        ]), optional: true),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: pexpireAt)

  static let hpersistSpec = CommandSpec(
    "HPERSIST", arity: -5, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Removes the expiry of fields of a hash.", complexity: "O(N) in the fields given",
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: persist)

  static let httlSpec = CommandSpec(
    "HTTL", arity: -5, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Returns the seconds until fields of a hash expire.", complexity: "O(N) in the fields given",
    tips: ["nondeterministic_output"],
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: ttl)

  static let hpttlSpec = CommandSpec(
    "HPTTL", arity: -5, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Returns the milliseconds until fields of a hash expire.", complexity: "O(N) in the fields given",
    tips: ["nondeterministic_output"],
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: pttl)

  static let hexpiretimeSpec = CommandSpec(
    "HEXPIRETIME", arity: -5, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Returns when fields of a hash expire, in seconds.", complexity: "O(N) in the fields given",
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: expireTime)

  static let hpexpiretimeSpec = CommandSpec(
    "HPEXPIRETIME", arity: -5, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Returns when fields of a hash expire, in milliseconds.", complexity: "O(N) in the fields given",
    arguments: [
      CommandArgument("key", .key, keySpec: 0),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument("field", .string, multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: pexpireTime)
}
