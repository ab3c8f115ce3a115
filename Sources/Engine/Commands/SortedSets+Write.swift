/// Commands that add members and take them out.
extension SortedSetCommands {
  private struct AddOptions {
    var condition = Database.ScoreCondition()
    var countsUpdates = false
    var increments = false
  }

  static func add(_ call: Call) throws(CommandError) {
    if call.count == 4, let score = ScoreText.parse(call[2].buffer) {
      let (added, _) = try call.database.addScored(call.key(1), Database.ScoreCondition(), 1) { _ in (call[3].buffer, score) }
      return call.reply.integer(added)
    }
    try addWithOptions(call)
  }

  @inline(never)
  private static func addWithOptions(_ call: Call) throws(CommandError) {
    let (options, first) = try options(call)
    let count = (call.count - first) / 2
    var scores: [Double] = []
    scores.reserveCapacity(count)
    for i in 0..<count { scores.append(try score(call, first + i * 2)) }
    if options.increments {
      let sum = try call.database.incrementScore(call.key(1), call[first + 1].buffer, by: scores[0], options.condition)
      if let sum { call.reply.double(sum) } else { call.reply.null() }
      return
    }
    let (added, updated) = try call.database.addScored(call.key(1), options.condition, count) { i in
      (call[first + 1 + i * 2].buffer, scores[i])
    }
    call.reply.integer(options.countsUpdates ? added + updated : added)
  }

  /// ZADD's options, and where the first score stands.
  private static func options(_ call: Call) throws(CommandError) -> (AddOptions, Int) {
    var options = AddOptions()
    var isNX = false
    var isXX = false
    var isGT = false
    var isLT = false
    var i = 2
    while i < call.count {
      if call.is(i, "NX") {
        isNX = true
      } else if call.is(i, "XX") {
        isXX = true
      } else if call.is(i, "CH") {
        options.countsUpdates = true
      } else if call.is(i, "INCR") {
        options.increments = true
      } else if call.is(i, "GT") {
        isGT = true
      } else if call.is(i, "LT") {
        isLT = true
      } else {
        break
      }
      i += 1
    }
    let rest = call.count - i
    guard rest > 0, rest % 2 == 0 else { throw .syntax }
    if isNX, isXX { throw CommandError("ERR XX and NX options at the same time are not compatible") }
    if (isGT && isNX) || (isLT && isNX) || (isGT && isLT) {
      throw CommandError("ERR GT, LT, and/or NX options at the same time are not compatible")
    }
    if options.increments, rest > 2 { throw CommandError("ERR INCR option supports a single increment-element pair") }
    options.condition.presence = isNX ? .ifAbsent : isXX ? .ifPresent : .any
    options.condition.comparison = isGT ? .greater : isLT ? .less : .any
    return (options, i)
  }

  static func score(_ call: Call, _ index: Int, or error: CommandError = .notFloat) throws(CommandError) -> Double {
    guard let score = ScoreText.parse(call[index].buffer) else { throw error }
    return score
  }

  static func incrementBy(_ call: Call) throws(CommandError) {
    let delta = try score(call, 2)
    let sum = try call.database.incrementScore(call.key(1), call[3].buffer, by: delta)
    call.reply.double(sum ?? delta)
  }

  static func remove(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.removeScored(call.key(1), call.count - 2) { call[2 + $0].buffer })
  }

  static func removeRangeByRank(_ call: Call) throws(CommandError) {
    let start = Int(try call.integer(2))
    let end = Int(try call.integer(3))
    call.reply.integer(try call.database.removeScored(call.key(1), event: "zremrangebyrank") { $0.ranks(start, end) })
  }

  static func removeRangeByScore(_ call: Call) throws(CommandError) {
    let range = try scoreRange(call, 2, 3)
    call.reply.integer(try call.database.removeScored(call.key(1), event: "zremrangebyscore") { $0.view.ranks(range) })
  }

  static func removeRangeByLex(_ call: Call) throws(CommandError) {
    let range = try lexRange(call, 2, 3)
    call.reply.integer(try call.database.removeScored(call.key(1), event: "zremrangebylex") { $0.view.ranks(range, fromEnd: false) })
  }
}
