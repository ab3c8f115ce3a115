/// LCS: what two strings share.
extension LcsCommands {
  static func longestCommonSubsequence(_ call: Call) throws(CommandError) {
    let database = call.database
    let entries = [database.find(call.key(1)), database.find(call.key(2))]
    for entry in entries {
      if let entry, entry.type != .string { throw CommandError("ERR The specified keys must contain string values") }
    }
    var wantsLength = false
    var wantsMatches = false
    var showsMatchLength = false
    var matchLengthMin: Int64 = 0
    var i = 3
    while i < call.count {
      if call.is(i, "IDX") {
        wantsMatches = true
      } else if call.is(i, "LEN") {
        wantsLength = true
      } else if call.is(i, "WITHMATCHLEN") {
        showsMatchLength = true
      } else if call.is(i, "MINMATCHLEN"), i + 1 < call.count {
        matchLengthMin = max(0, try call.integer(i + 1))
        i += 1
      } else {
        throw .syntax
      }
      i += 1
    }
    if wantsLength, wantsMatches { throw CommandError("ERR If you want both the length and indexes, please just use IDX.") }

    let empty = UnsafeRawBufferPointer(start: nil, count: 0)
    func withBytes(_ entry: Entry?, _ body: (UnsafeRawBufferPointer) throws(CommandError) -> Void) throws(CommandError) {
      if let entry { try entry.withText(body) } else { try body(empty) }
    }
    try withBytes(entries[0]) { a throws(CommandError) in
      try withBytes(entries[1]) { b throws(CommandError) in
        guard a.count < UInt32.max - 1, b.count < UInt32.max - 1 else { throw CommandError("ERR String too long for LCS") }
        guard let bytes = CommonSubsequence.tableBytes(a.count, b.count), bytes <= call.engine.settings.bulkBytesMax else {
          throw CommandError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
        }
        let common = CommonSubsequence(a, b)
        if wantsLength { return call.reply.integer(common.count) }
        if wantsMatches { return replyMatches(call, common, matchLengthMin, showsLength: showsMatchLength) }
        var text = [UInt8](repeating: 0, count: common.count)
        common.walk(byte: { text[$0] = $1 }, match: { _ in })
        call.reply.bulk(text)
      }
    }
  }

  private static func replyMatches(_ call: Call, _ common: borrowing CommonSubsequence, _ lengthMin: Int64, showsLength: Bool) {
    var matches: [CommonSubsequence.Match] = []
    common.walk(byte: { _, _ in }, match: { if lengthMin == 0 || $0.first.count >= lengthMin { matches.append($0) } })
    let reply = call.reply
    reply.map(2)
    reply.bulk("matches" as StaticString)
    reply.array(matches.count)
    for match in matches {
      reply.array(showsLength ? 3 : 2)
      for range in [match.first, match.second] {
        reply.array(2)
        reply.integer(range.lowerBound)
        reply.integer(range.upperBound)
      }
      if showsLength { reply.integer(match.first.count) }
    }
    reply.bulk("len" as StaticString)
    reply.integer(common.count)
  }
}
