/// Arguments that many commands declare in the same words.
extension CommandArgument {
  /// The command's first key, or its only one.
  static let key = CommandArgument("key", .key, keySpec: 0)
  static let keys = CommandArgument("key", .key, keySpec: 0, multiple: true)

  /// When an expiry is set that may be there already.
  static func expiryCondition(since: StaticString? = nil) -> CommandArgument {
    CommandArgument(
      "condition",
      .oneOf([
        CommandArgument("nx", .pureToken, token: "NX"),
        CommandArgument("xx", .pureToken, token: "XX"),
        CommandArgument("gt", .pureToken, token: "GT"),
        CommandArgument("lt", .pureToken, token: "LT"),
      ]), since: since, optional: true)
  }

  /// Some fields of a hash, with their number in front.
  static let fields = CommandArgument(
    "fields",
    .block([
      CommandArgument("numfields", .integer),
      CommandArgument("field", .string, multiple: true),
    ]), token: "FIELDS")

  /// Of distances on the ground.
  static let unit = CommandArgument(
    "unit",
    .oneOf([
      CommandArgument("m", .pureToken, token: "M"),
      CommandArgument("km", .pureToken, token: "KM"),
      CommandArgument("ft", .pureToken, token: "FT"),
      CommandArgument("mi", .pureToken, token: "MI"),
    ]))

  static let order = CommandArgument(
    "order",
    .oneOf([
      CommandArgument("asc", .pureToken, token: "ASC"),
      CommandArgument("desc", .pureToken, token: "DESC"),
    ]), optional: true)

  static let limit = CommandArgument(
    "offset_count",
    .block([
      CommandArgument("offset", .integer),
      CommandArgument("count", .integer),
    ]), token: "LIMIT", optional: true)

  /// What becomes of the scores of a member that several sorted sets have.
  static let aggregate = CommandArgument(
    "aggregate",
    .oneOf([
      CommandArgument("sum", .pureToken, token: "SUM"),
      CommandArgument("min", .pureToken, token: "MIN"),
      CommandArgument("max", .pureToken, token: "MAX"),
    ]), token: "AGGREGATE", optional: true)

  static let withScores = CommandArgument("withscores", .pureToken, token: "WITHSCORES", optional: true)
}
