/// The commands about the expiry of single fields.
extension HashCommands {
  static let hexpireSpec = CommandSpec(
    "HEXPIRE", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Lets fields of a hash expire after some seconds.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      CommandArgument("seconds", .integer),
      .expiryCondition(),
      .fields,
    ],
    handler: expire)

  static let hpexpireSpec = CommandSpec(
    "HPEXPIRE", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Lets fields of a hash expire after some milliseconds.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      CommandArgument("milliseconds", .integer),
      .expiryCondition(),
      .fields,
    ],
    handler: pexpire)

  static let hexpireatSpec = CommandSpec(
    "HEXPIREAT", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Lets fields of a hash expire at a time in seconds.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      CommandArgument("unix-time-seconds", .unixTime),
      .expiryCondition(),
      .fields,
    ],
    handler: expireAt)

  static let hpexpireatSpec = CommandSpec(
    "HPEXPIREAT", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Lets fields of a hash expire at a time in milliseconds.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      CommandArgument("unix-time-milliseconds", .unixTime),
      .expiryCondition(),
      .fields,
    ],
    handler: pexpireAt)

  static let hpersistSpec = CommandSpec(
    "HPERSIST", arity: -5, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Removes the expiry of fields of a hash.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      .fields,
    ],
    handler: persist)

  static let httlSpec = CommandSpec(
    "HTTL", arity: -5, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Returns the seconds until fields of a hash expire.", complexity: "O(N) in the fields given",
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      .fields,
    ],
    handler: ttl)

  static let hpttlSpec = CommandSpec(
    "HPTTL", arity: -5, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Returns the milliseconds until fields of a hash expire.", complexity: "O(N) in the fields given",
    tips: ["nondeterministic_output"],
    arguments: [
      .key,
      .fields,
    ],
    handler: pttl)

  static let hexpiretimeSpec = CommandSpec(
    "HEXPIRETIME", arity: -5, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Returns when fields of a hash expire, in seconds.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      .fields,
    ],
    handler: expireTime)

  static let hpexpiretimeSpec = CommandSpec(
    "HPEXPIRETIME", arity: -5, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.hash], group: .hash, since: "7.4.0",
    summary: "Returns when fields of a hash expire, in milliseconds.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      .fields,
    ],
    handler: pexpireTime)
}
