/// Arguments that many commands declare in the same words.
extension CommandArgument {
  /// The command's first key, or its only one.
  package static let key = CommandArgument("key", .key, keySpec: 0)
  package static let keys = CommandArgument("key", .key, keySpec: 0, multiple: true)

  /// When an expiry is set that may be there already.
  package static func expiryCondition(since: StaticString? = nil) -> CommandArgument {
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
  package static let fields = CommandArgument(
    "fields",
    .block([
      CommandArgument("numfields", .integer),
      CommandArgument("field", .string, multiple: true),
    ]), token: "FIELDS")

  /// Of distances on the ground.
  package static let unit = CommandArgument(
    "unit",
    .oneOf([
      CommandArgument("m", .pureToken, token: "M"),
      CommandArgument("km", .pureToken, token: "KM"),
      CommandArgument("ft", .pureToken, token: "FT"),
      CommandArgument("mi", .pureToken, token: "MI"),
    ]))

  package static let order = CommandArgument(
    "order",
    .oneOf([
      CommandArgument("asc", .pureToken, token: "ASC"),
      CommandArgument("desc", .pureToken, token: "DESC"),
    ]), optional: true)

  package static let limit = CommandArgument(
    "offset_count",
    .block([
      CommandArgument("offset", .integer),
      CommandArgument("count", .integer),
    ]), token: "LIMIT", optional: true)

  /// What becomes of the scores of a member that several sorted sets have.
  package static let aggregate = CommandArgument(
    "aggregate",
    .oneOf([
      CommandArgument("sum", .pureToken, token: "SUM"),
      CommandArgument("min", .pureToken, token: "MIN"),
      CommandArgument("max", .pureToken, token: "MAX"),
    ]), token: "AGGREGATE", optional: true)

  package static let withScores = CommandArgument("withscores", .pureToken, token: "WITHSCORES", optional: true)
}
