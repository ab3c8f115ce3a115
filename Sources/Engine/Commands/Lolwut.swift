/// LOLWUT: a picture, and the version. Terns over the sea, as many as the columns allow.
package enum LolwutCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "LOLWUT", arity: -1, flags: [.readonly, .fast], group: .server, since: "5.0.0",
      summary: "Draws a piece of art, and tells the version.", complexity: "O(1)",
      arguments: [CommandArgument("version", .integer, token: "VERSION", optional: true)], handler: lolwut)
  ]

  static func lolwut(_ call: Call) throws(CommandError) {
    var version: Int64 = 0
    if call.count > 2, call.is(1, "VERSION") { version = try call.integer(2) }
    var art = ""
    // Redis 7 has no picture of its own; those of 5 and 6 are asked for by their number.
    if version == 5 || version == 6 {
      var columns: Int64 = 66
      for i in 3..<min(6, max(3, call.count)) {
        let value = try call.integer(i)
        if i == 3 { columns = min(1000, max(10, value)) }
      }
      art = picture(columns: Int(columns), using: &call.engine.random)
    }
    call.reply.verbatim(art + "Redis ver. \(call.engine.settings.serverVersion)\n")
  }

  private static func picture(columns: Int, using random: inout any RandomNumberGenerator) -> String {
    var rows = [[Character]](repeating: Array(repeating: " ", count: columns), count: 8)
    for _ in 0..<max(2, columns / 12) {
      let row = Int.random(in: 0..<6, using: &random)
      let column = Int.random(in: 0..<max(1, columns - 4), using: &random)
      for (i, character) in ["~v~", "-^-", "\\_/"].randomElement(using: &random)?.enumerated() ?? "".enumerated() {
        rows[row][column + i] = character
      }
    }
    for column in 0..<columns {
      rows[6][column] = column % 7 < 4 ? "~" : "-"
      rows[7][column] = (column + 3) % 5 < 3 ? "~" : " "
    }
    return rows.map { String($0) + "\n" }.joined() + "\n"
  }
}
