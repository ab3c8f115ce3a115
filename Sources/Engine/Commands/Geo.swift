/// The commands about places: coordinates kept as scores of a sorted set.
package enum GeoCommands {
  package static let all: [CommandSpec] = [
    geoaddSpec, geodistSpec, geohashSpec, geoposSpec, geosearchSpec, geosearchstoreSpec, georadiusSpec, georadiusRoSpec,
    georadiusbymemberSpec, georadiusbymemberRoSpec,
  ]

  static let geoaddSpec = CommandSpec(
    "GEOADD", arity: -5, flags: [.write, .denyOOM],
    keys: [.one([.readWrite, .update])],
    categories: [.geo], group: .geo, since: "3.2.0",
    summary: "Adds places to a geo index.", complexity: "O(log N) a place",
    history: [.init("6.2.0", "Options `CH`, `NX`, `XX`.")],
    arguments: [
      .key,
      CommandArgument(
        "condition",
        .oneOf([
          CommandArgument("nx", .pureToken, token: "NX"),
          CommandArgument("xx", .pureToken, token: "XX"),
        ]), since: "6.2.0", optional: true),
      CommandArgument("change", .pureToken, token: "CH", since: "6.2.0", optional: true),
      CommandArgument(
        "longitude_latitude_member",
        .block([
          CommandArgument("longitude", .double),
          CommandArgument("latitude", .double),
          CommandArgument("member", .string),
        ]), multiple: true),
    ],
    handler: add)

  static let geodistSpec = CommandSpec(
    "GEODIST", arity: -4, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.geo], group: .geo, since: "3.2.0",
    summary: "Returns how far apart two places are.", complexity: "O(1)",
    arguments: [
      .key,
      CommandArgument("member1", .string),
      CommandArgument("member2", .string),
      CommandArgument(
        "unit",
        .oneOf([
          CommandArgument("m", .pureToken, token: "M"),
          CommandArgument("km", .pureToken, token: "KM"),
          CommandArgument("ft", .pureToken, token: "FT"),
          CommandArgument("mi", .pureToken, token: "MI"),
        ]), optional: true),
    ],
    handler: distance)

  static let geohashSpec = CommandSpec(
    "GEOHASH", arity: -2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.geo], group: .geo, since: "3.2.0",
    summary: "Returns the geohashes of places.", complexity: "O(N) in the members asked for",
    arguments: [
      .key,
      CommandArgument("member", .string, multiple: true),
    ],
    handler: hash)

  static let geoposSpec = CommandSpec(
    "GEOPOS", arity: -2, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.geo], group: .geo, since: "3.2.0",
    summary: "Returns the coordinates of places.", complexity: "O(N) in the members asked for",
    arguments: [
      .key,
      CommandArgument("member", .string, multiple: true),
    ],
    handler: position)

  static let geosearchSpec = CommandSpec(
    "GEOSEARCH", arity: -7, flags: [.readonly],
    keys: [.one([.readOnly, .access])],
    categories: [.geo], group: .geo, since: "6.2.0",
    summary: "Finds the places inside a circle or a box.", complexity: "O(N + M log M): N places in the area searched, M found",
    history: [.init("7.0.0", "Units in capitals.")],
    arguments: [
      .key,
      CommandArgument(
        "from",
        .oneOf([
          CommandArgument("member", .string, token: "FROMMEMBER"),
          CommandArgument(
            "longitude_latitude",
            .block([
              CommandArgument("longitude", .double),
              CommandArgument("latitude", .double),
            ]), token: "FROMLONLAT"),
        ])),
      CommandArgument(
        "by",
        .oneOf([
          CommandArgument(
            "circle",
            .block([
              CommandArgument("radius", .double, token: "BYRADIUS"),
              .unit,
            ])),
          CommandArgument(
            "box",
            .block([
              CommandArgument("width", .double, token: "BYBOX"),
              CommandArgument("height", .double),
              .unit,
            ])),
        ])),
      .order,
      CommandArgument(
        "count",
        .block([
          CommandArgument("count", .integer, token: "COUNT"),
          CommandArgument("any", .pureToken, token: "ANY", optional: true),
        ]), optional: true),
      CommandArgument("withcoord", .pureToken, token: "WITHCOORD", optional: true),
      CommandArgument("withdist", .pureToken, token: "WITHDIST", optional: true),
      CommandArgument("withhash", .pureToken, token: "WITHHASH", optional: true),
    ],
    handler: search)

  static let geosearchstoreSpec = CommandSpec(
    "GEOSEARCHSTORE", arity: -8, flags: [.write, .denyOOM],
    keys: [.one([.overwrite, .update]), .one([.readOnly, .access], at: 2)],
    categories: [.geo], group: .geo, since: "6.2.0",
    summary: "Keeps the places inside a circle or a box.", complexity: "O(N + M log M): N places in the area searched, M found",
    history: [.init("7.0.0", "Units in capitals.")],
    arguments: [
      CommandArgument("destination", .key, keySpec: 0),
      CommandArgument("source", .key, keySpec: 1),
      CommandArgument(
        "from",
        .oneOf([
          CommandArgument("member", .string, token: "FROMMEMBER"),
          CommandArgument(
            "longitude_latitude",
            .block([
              CommandArgument("longitude", .double),
              CommandArgument("latitude", .double),
            ]), token: "FROMLONLAT"),
        ])),
      CommandArgument(
        "by",
        .oneOf([
          CommandArgument(
            "circle",
            .block([
              CommandArgument("radius", .double, token: "BYRADIUS"),
              .unit,
            ])),
          CommandArgument(
            "box",
            .block([
              CommandArgument("width", .double, token: "BYBOX"),
              CommandArgument("height", .double),
              .unit,
            ])),
        ])),
      .order,
      CommandArgument(
        "count",
        .block([
          CommandArgument("count", .integer, token: "COUNT"),
          CommandArgument("any", .pureToken, token: "ANY", optional: true),
        ]), optional: true),
      CommandArgument("storedist", .pureToken, token: "STOREDIST", optional: true),
    ],
    handler: searchStore)
}
