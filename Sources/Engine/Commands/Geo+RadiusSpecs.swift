/// The older commands for searches around a point.
extension GeoCommands {
  static let georadiusSpec = CommandSpec(
    "GEORADIUS", arity: -6, flags: [.write, .denyOOM, .movableKeys],
    keys: [
      .one([.readOnly, .access]),
      KeySpec([.overwrite, .update], begin: .keyword("STORE", startFrom: 6), find: .range(last: 0, step: 1, limit: 0)),
      KeySpec([.overwrite, .update], begin: .keyword("STOREDIST", startFrom: 6), find: .range(last: 0, step: 1, limit: 0)),
    ],
    categories: [.geo], group: .geo, since: "3.2.0",
    summary: "Finds the places around a point, and may keep them.", complexity: "O(N + M log M): N places in the area searched, M found",
    deprecated: .init(since: "6.2.0", replacedBy: "`GEOSEARCH` or `GEOSEARCHSTORE`, `BYRADIUS`"),
    history: [.init("6.2.0", "Option `ANY` of `COUNT`."), .init("7.0.0", "Units in capitals.")],
    arguments: [
      .key,
      CommandArgument("longitude", .double),
      CommandArgument("latitude", .double),
      CommandArgument("radius", .double),
      .unit,
      CommandArgument("withcoord", .pureToken, token: "WITHCOORD", optional: true),
      CommandArgument("withdist", .pureToken, token: "WITHDIST", optional: true),
      CommandArgument("withhash", .pureToken, token: "WITHHASH", optional: true),
      CommandArgument(
        "count",
        .block([
          CommandArgument("count", .integer, token: "COUNT"),
          CommandArgument("any", .pureToken, token: "ANY", since: "6.2.0", optional: true),
        ]), optional: true),
      .order,
      CommandArgument("key", .key, token: "STORE", keySpec: 1, optional: true),
      CommandArgument("key", .key, token: "STOREDIST", keySpec: 2, optional: true),
    ],
    handler: radius)

  static let georadiusRoSpec = CommandSpec(
    "GEORADIUS_RO", arity: -6, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.geo], group: .geo, since: "3.2.10",
    summary: "Finds the places around a point.", complexity: "O(N + M log M): N places in the area searched, M found",
    deprecated: .init(since: "6.2.0", replacedBy: "`GEOSEARCH`, `BYRADIUS`"),
    history: [.init("6.2.0", "Option `ANY` of `COUNT`.")],
    arguments: [
      .key,
      CommandArgument("longitude", .double),
      CommandArgument("latitude", .double),
      CommandArgument("radius", .double),
      .unit,
      CommandArgument("withcoord", .pureToken, token: "WITHCOORD", optional: true),
      CommandArgument("withdist", .pureToken, token: "WITHDIST", optional: true),
      CommandArgument("withhash", .pureToken, token: "WITHHASH", optional: true),
      CommandArgument(
        "count",
        .block([
          CommandArgument("count", .integer, token: "COUNT"),
          CommandArgument("any", .pureToken, token: "ANY", since: "6.2.0", optional: true),
        ]), optional: true),
      .order,
    ],
    handler: radiusReadOnly)

  static let georadiusbymemberSpec = CommandSpec(
    "GEORADIUSBYMEMBER", arity: -5, flags: [.write, .denyOOM, .movableKeys],
    keys: [
      .one([.readOnly, .access]),
      KeySpec([.overwrite, .update], begin: .keyword("STORE", startFrom: 5), find: .range(last: 0, step: 1, limit: 0)),
      KeySpec([.overwrite, .update], begin: .keyword("STOREDIST", startFrom: 5), find: .range(last: 0, step: 1, limit: 0)),
    ],
    categories: [.geo], group: .geo, since: "3.2.0",
    summary: "Finds the places around a place, and may keep them.", complexity: "O(N + M log M): N places in the area searched, M found",
    deprecated: .init(since: "6.2.0", replacedBy: "`GEOSEARCH` or `GEOSEARCHSTORE`, `FROMMEMBER` and `BYRADIUS`"),
    history: [.init("7.0.0", "Units in capitals.")],
    arguments: [
      .key,
      CommandArgument("member", .string),
      CommandArgument("radius", .double),
      .unit,
      CommandArgument("withcoord", .pureToken, token: "WITHCOORD", optional: true),
      CommandArgument("withdist", .pureToken, token: "WITHDIST", optional: true),
      CommandArgument("withhash", .pureToken, token: "WITHHASH", optional: true),
      CommandArgument(
        "count",
        .block([
          CommandArgument("count", .integer, token: "COUNT"),
          CommandArgument("any", .pureToken, token: "ANY", optional: true),
        ]), optional: true),
      .order,
      CommandArgument("key", .key, token: "STORE", keySpec: 1, optional: true),
      CommandArgument("key", .key, token: "STOREDIST", keySpec: 2, optional: true),
    ],
    handler: radiusByMember)

  static let georadiusbymemberRoSpec = CommandSpec(
    "GEORADIUSBYMEMBER_RO", arity: -5, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.geo], group: .geo, since: "3.2.10",
    summary: "Finds the places around a place.", complexity: "O(N + M log M): N places in the area searched, M found",
    deprecated: .init(since: "6.2.0", replacedBy: "`GEOSEARCH`, `FROMMEMBER` and `BYRADIUS`"),
    arguments: [
      .key,
      CommandArgument("member", .string),
      CommandArgument("radius", .double),
      .unit,
      CommandArgument("withcoord", .pureToken, token: "WITHCOORD", optional: true),
      CommandArgument("withdist", .pureToken, token: "WITHDIST", optional: true),
      CommandArgument("withhash", .pureToken, token: "WITHHASH", optional: true),
      CommandArgument(
        "count",
        .block([
          CommandArgument("count", .integer, token: "COUNT"),
          CommandArgument("any", .pureToken, token: "ANY", optional: true),
        ]), optional: true),
      .order,
    ],
    handler: radiusByMemberReadOnly)
}
