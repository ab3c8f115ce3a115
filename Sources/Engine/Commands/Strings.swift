/// The string commands: what they are, as COMMAND and COMMAND DOCS tell it. The handlers are in Strings+Read and its neighbours.
package enum StringCommands {
  package static let all: [CommandSpec] = [
    getSpec, setSpec, setnxSpec, setexSpec, psetexSpec, getsetSpec, getdelSpec, getexSpec, mgetSpec, msetSpec, msetnxSpec, incrSpec,
    decrSpec, incrbySpec, decrbySpec, incrbyfloatSpec, appendSpec, strlenSpec, getrangeSpec, substrSpec, setrangeSpec,
  ]

  static let getSpec = CommandSpec(
    "GET", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Returns the string at a key.", complexity: "O(1)",
    arguments: [.key],
    handler: get)

  static let setSpec = CommandSpec(
    "SET", arity: -3, flags: [.write, .denyOOM, .direct],
    keys: [.one([.readWrite, .access, .update, .variableFlags], notes: "reads only with the option `GET`")],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Sets a key to a string, whatever it held.", complexity: "O(1)",
    history: [
      .init("2.6.12", "Options `EX`, `PX`, `NX`, `XX`."), .init("6.0.0", "Option `KEEPTTL`."),
      .init("6.2.0", "Options `GET`, `EXAT`, `PXAT`."), .init("7.0.0", "`NX` may come with `GET`."),
    ],
    arguments: [
      .key,
      CommandArgument("value", .string),
      CommandArgument(
        "condition",
        .oneOf([
          CommandArgument("nx", .pureToken, token: "NX"),
          CommandArgument("xx", .pureToken, token: "XX"),
        ]), since: "2.6.12", optional: true),
      CommandArgument("get", .pureToken, token: "GET", since: "6.2.0", optional: true),
      CommandArgument(
        "expiration",
        .oneOf([
          CommandArgument("seconds", .integer, token: "EX", since: "2.6.12"),
          CommandArgument("milliseconds", .integer, token: "PX", since: "2.6.12"),
          CommandArgument("unix-time-seconds", .unixTime, token: "EXAT", since: "6.2.0"),
          CommandArgument("unix-time-milliseconds", .unixTime, token: "PXAT", since: "6.2.0"),
          CommandArgument("keepttl", .pureToken, token: "KEEPTTL", since: "6.0.0"),
        ]), optional: true),
    ],
    handler: set)

  static let setnxSpec = CommandSpec(
    "SETNX", arity: 3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.overwrite, .insert])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Sets a key to a string, if it does not exist.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("value", .string),
    ],
    handler: setIfAbsent)

  static let setexSpec = CommandSpec(
    "SETEX", arity: 4, flags: [.write, .denyOOM],
    keys: [.one([.overwrite, .update])],
    categories: [.string], group: .string, since: "2.0.0",
    summary: "Sets a key to a string that expires after some seconds.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("seconds", .integer),
      CommandArgument("value", .string),
    ],
    handler: setExpiringSeconds)

  static let psetexSpec = CommandSpec(
    "PSETEX", arity: 4, flags: [.write, .denyOOM],
    keys: [.one([.overwrite, .update])],
    categories: [.string], group: .string, since: "2.6.0",
    summary: "Sets a key to a string that expires after some milliseconds.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("milliseconds", .integer),
      CommandArgument("value", .string),
    ],
    handler: setExpiringMilliseconds)

  static let getsetSpec = CommandSpec(
    "GETSET", arity: 3, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .access, .update])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Sets a key and returns what it held.", complexity: "O(1)",
    deprecated: .init(since: "6.2.0", replacedBy: "`SET` with `GET`"),
    arguments: [
      .key,
      CommandArgument("value", .string),
    ],
    handler: getAndSet)

  static let getdelSpec = CommandSpec(
    "GETDEL", arity: 2, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete])],
    categories: [.string], group: .string, since: "6.2.0",
    summary: "Returns the string at a key and removes the key.", complexity: "O(1)",
    arguments: [.key],
    handler: getAndDelete)

  static let getexSpec = CommandSpec(
    "GETEX", arity: -2, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .update], notes: "writes, as the expiry changes")],
    categories: [.string], group: .string, since: "6.2.0",
    summary: "Returns the string at a key, and changes or removes its expiry.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument(
        "expiration",
        .oneOf([
          CommandArgument("seconds", .integer, token: "EX"),
          CommandArgument("milliseconds", .integer, token: "PX"),
          CommandArgument("unix-time-seconds", .unixTime, token: "EXAT"),
          CommandArgument("unix-time-milliseconds", .unixTime, token: "PXAT"),
          CommandArgument("persist", .pureToken, token: "PERSIST"),
        ]), optional: true),
    ],
    handler: getAndExpire)

  static let mgetSpec = CommandSpec(
    "MGET", arity: -2, flags: [.readonly, .fast],
    keys: [.rest([.readOnly, .access])],
    categories: [.string], group: .string, since: "1.0.0",
    summary: "Returns the strings at several keys.", complexity: "O(N) in the number of keys",
    tips: ["request_policy:multi_shard"],
    arguments: [.keys],
    handler: getMany)

  static let msetSpec = CommandSpec(
    "MSET", arity: -3, flags: [.write, .denyOOM],
    keys: [.rest([.overwrite, .update], step: 2)],
    categories: [.string], group: .string, since: "1.0.1",
    summary: "Sets several keys at once.", complexity: "O(N) in the number of keys",
    tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
    arguments: [
      CommandArgument(
        "key_value",
        .block([
          .key,
          CommandArgument("value", .string),
        ]), multiple: true)
    ],
    handler: setMany)

  static let msetnxSpec = CommandSpec(
    "MSETNX", arity: -3, flags: [.write, .denyOOM],
    keys: [.rest([.overwrite, .insert], step: 2)],
    categories: [.string], group: .string, since: "1.0.1",
    summary: "Sets several keys at once, if none of them exists.", complexity: "O(N) in the number of keys",
    tips: ["request_policy:multi_shard", "response_policy:agg_min"],
    arguments: [
      CommandArgument(
        "key_value",
        .block([
          .key,
          CommandArgument("value", .string),
        ]), multiple: true)
    ],
    handler: setManyIfAbsent)
}
