/// The commands about expiry and about whole databases.
extension KeyCommands {
  static let expireSpec = CommandSpec(
    "EXPIRE", arity: -3, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Lets a key expire after some seconds.", complexity: "O(1)",
    history: [.init("7.0.0", "Options `NX`, `XX`, `GT`, `LT`.")],
    arguments: [
      .key,
      CommandArgument("seconds", .integer),
      .expiryCondition(since: "7.0.0"),
    ],
    handler: expire)

  static let pexpireSpec = CommandSpec(
    "PEXPIRE", arity: -3, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.keyspace], group: .generic, since: "2.6.0",
    summary: "Lets a key expire after some milliseconds.", complexity: "O(1)",
    history: [.init("7.0.0", "Options `NX`, `XX`, `GT`, `LT`.")],
    arguments: [
      .key,
      CommandArgument("milliseconds", .integer),
      .expiryCondition(since: "7.0.0"),
    ],
    handler: pexpire)

  static let expireatSpec = CommandSpec(
    "EXPIREAT", arity: -3, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.keyspace], group: .generic, since: "1.2.0",
    summary: "Lets a key expire at a time in seconds.", complexity: "O(1)",
    history: [.init("7.0.0", "Options `NX`, `XX`, `GT`, `LT`.")],
    arguments: [
      .key,
      CommandArgument("unix-time-seconds", .unixTime),
      .expiryCondition(since: "7.0.0"),
    ],
    handler: expireAt)

  static let pexpireatSpec = CommandSpec(
    "PEXPIREAT", arity: -3, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.keyspace], group: .generic, since: "2.6.0",
    summary: "Lets a key expire at a time in milliseconds.", complexity: "O(1)",
    history: [.init("7.0.0", "Options `NX`, `XX`, `GT`, `LT`.")],
    arguments: [
      .key,
      CommandArgument("unix-time-milliseconds", .unixTime),
      .expiryCondition(since: "7.0.0"),
    ],
    handler: pexpireAt)

  static let ttlSpec = CommandSpec(
    "TTL", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.keyspace], group: .generic, since: "1.0.0",
    summary: "Returns the seconds until a key expires.", complexity: "O(1)",
    history: [.init("2.8.0", "The reply -2.")],
    tips: ["nondeterministic_output"],
    arguments: [.key],
    handler: ttl)

  static let pttlSpec = CommandSpec(
    "PTTL", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.keyspace], group: .generic, since: "2.6.0",
    summary: "Returns the milliseconds until a key expires.", complexity: "O(1)",
    history: [.init("2.8.0", "The reply -2.")],
    tips: ["nondeterministic_output"],
    arguments: [.key],
    handler: pttl)

  static let expiretimeSpec = CommandSpec(
    "EXPIRETIME", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.keyspace], group: .generic, since: "7.0.0",
    summary: "Returns when a key expires, in seconds.", complexity: "O(1)",
    arguments: [.key],
    handler: expireTime)

  static let pexpiretimeSpec = CommandSpec(
    "PEXPIRETIME", arity: 2, flags: [.readonly, .fast],
    keys: [.one([.readOnly, .access])],
    categories: [.keyspace], group: .generic, since: "7.0.0",
    summary: "Returns when a key expires, in milliseconds.", complexity: "O(1)",
    arguments: [.key],
    handler: pexpireTime)

  static let persistSpec = CommandSpec(
    "PERSIST", arity: 2, flags: [.write, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.keyspace], group: .generic, since: "2.2.0",
    summary: "Removes the expiry of a key.", complexity: "O(1)",
    arguments: [.key],
    handler: persist)

  static let dbsizeSpec = CommandSpec(
    "DBSIZE", arity: 1, flags: [.readonly, .fast],
    categories: [.keyspace], group: .server, since: "1.0.0",
    summary: "Counts the keys of the selected database.", complexity: "O(1)",
    tips: ["request_policy:all_shards", "response_policy:agg_sum"],
    handler: size)

  static let flushdbSpec = CommandSpec(
    "FLUSHDB", arity: -1, flags: [.write],
    categories: [.keyspace, .dangerous], group: .server, since: "1.0.0",
    summary: "Removes all keys of the selected database.", complexity: "O(1); the memory comes back in steps",
    history: [.init("4.0.0", "Option `ASYNC`."), .init("6.2.0", "Option `SYNC`.")],
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
    arguments: [
      CommandArgument(
        "async",
        .oneOf([
          CommandArgument("async", .pureToken, token: "ASYNC", since: "4.0.0"),
          CommandArgument("sync", .pureToken, token: "SYNC", since: "6.2.0"),
        ]), optional: true)
    ],
    handler: flushDatabase)

  static let flushallSpec = CommandSpec(
    "FLUSHALL", arity: -1, flags: [.write],
    categories: [.keyspace, .dangerous], group: .server, since: "1.0.0",
    summary: "Removes all keys of all databases.", complexity: "O(1); the memory comes back in steps",
    history: [.init("4.0.0", "Option `ASYNC`."), .init("6.2.0", "Option `SYNC`.")],
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
    arguments: [
      CommandArgument(
        "async",
        .oneOf([
          CommandArgument("async", .pureToken, token: "ASYNC", since: "4.0.0"),
          CommandArgument("sync", .pureToken, token: "SYNC", since: "6.2.0"),
        ]), optional: true)
    ],
    handler: flushAll)

  static let swapdbSpec = CommandSpec(
    "SWAPDB", arity: 3, flags: [.write, .fast],
    categories: [.keyspace, .dangerous], group: .server, since: "4.0.0",
    summary: "Exchanges two databases.", complexity: "O(N) in the number of watched keys",
    arguments: [
      CommandArgument("index1", .integer),
      CommandArgument("index2", .integer),
    ],
    handler: swapDatabases)

  static let selectSpec = CommandSpec(
    "SELECT", arity: 2, flags: [.loading, .stale, .fast],
    categories: [.connection], group: .connection, since: "1.0.0",
    summary: "Selects the database of this connection.", complexity: "O(1)",
    arguments: [
      CommandArgument("index", .integer)
    ],
    handler: select)
}
