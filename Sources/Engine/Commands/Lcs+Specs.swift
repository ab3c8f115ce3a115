/// LCS: what two strings share.
package enum LcsCommands {
  package static let all: [CommandSpec] = [
    lcsSpec
  ]

  static let lcsSpec = CommandSpec(
    "LCS", arity: -3, flags: [.readonly],
    keys: [KeySpec([.readOnly, .access], begin: .index(1), find: .range(last: 1, step: 1, limit: 0))],
    categories: [.string], group: .string, since: "7.0.0",
    summary: "Finds the longest subsequence that two strings share.", complexity: "O(N*M) in the bytes of the two strings",
    arguments: [
      CommandArgument("key1", .key, keySpec: 0),
      CommandArgument("key2", .key, keySpec: 0),
      CommandArgument("len", .pureToken, token: "LEN", optional: true),
      CommandArgument("idx", .pureToken, token: "IDX", optional: true),
      CommandArgument("len", .integer, token: "MINMATCHLEN", optional: true),
      CommandArgument("withmatchlen", .pureToken, token: "WITHMATCHLEN", optional: true),
    ],
    handler: longestCommonSubsequence)
}
