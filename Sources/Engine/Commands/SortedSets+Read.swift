/// Commands that ask about members, and those that walk over a set or draw from it.
extension SortedSetCommands {
  static func count(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.sortedSet(call.key(1))?.count ?? 0)
  }

  static func score(_ call: Call) throws(CommandError) {
    guard let score = try call.database.sortedSet(call.key(1))?.score(call[2].buffer) else { return call.reply.null() }
    call.reply.double(score)
  }

  static func scores(_ call: Call) throws(CommandError) {
    let set = try call.database.sortedSet(call.key(1))
    call.reply.array(call.count - 2)
    for i in 2..<call.count {
      if let score = set?.score(call[i].buffer) { call.reply.double(score) } else { call.reply.null() }
    }
  }

  static func rank(_ call: Call) throws(CommandError) { try rank(call, reversed: false) }
  static func reverseRank(_ call: Call) throws(CommandError) { try rank(call, reversed: true) }

  private static func rank(_ call: Call, reversed: Bool) throws(CommandError) {
    guard call.count <= 4 else { throw .wrongArity(call.name) }
    let withScore = call.count == 4
    if withScore, !call.is(3, "WITHSCORE") { throw .syntax }
    guard let set = try call.database.sortedSet(call.key(1)), let (rank, score) = set.rank(call[2].buffer) else {
      return withScore ? call.reply.nullArray() : call.reply.null()
    }
    if withScore { call.reply.array(2) }
    call.reply.integer(reversed ? set.count - 1 - rank : rank)
    if withScore { call.reply.double(score) }
  }

  static func countByScore(_ call: Call) throws(CommandError) {
    let range = try scoreRange(call, 2, 3)
    call.reply.integer(try call.database.sortedSet(call.key(1))?.ranks(range).count ?? 0)
  }

  static func countByLex(_ call: Call) throws(CommandError) {
    let range = try lexRange(call, 2, 3)
    call.reply.integer(try call.database.sortedSet(call.key(1))?.ranks(range, fromEnd: false).count ?? 0)
  }

  static func scan(_ call: Call) throws(CommandError) {
    let cursor = try KeyCommands.cursor(call[2].buffer)
    guard let set = try call.database.sortedSet(call.key(1)) else { return call.reply.emptyScan() }
    let options = try call.scanOptions(from: 3)
    // How many there will be is known at the end.
    let aside = ReplyBuffer()
    defer { aside.destroy() }
    var count = 0
    let next = set.scan(from: cursor, count: options.count) { member, score in
      if let pattern = options.pattern, !Glob.matches(pattern, member, ignoringCase: false) { return }
      aside.bulk(member)
      aside.bulk(score)
      count += 2
    }
    call.reply.array(2)
    call.reply.cursor(next)
    call.reply.array(count)
    call.reply.raw(aside.bytes)
  }

  // MARK: by chance

  static func randomMember(_ call: Call) throws(CommandError) {
    guard call.count > 2 else { return try oneRandomMember(call) }
    let count = try call.randomCount(2)
    if call.count > 4 || (call.count == 4 && !call.is(3, "WITHSCORES")) { throw .syntax }
    let withScores = call.count == 4
    if withScores, count > Int.max / 2 || count < -(Int.max / 2) { throw CommandError("ERR value is out of range") }
    guard let set = try call.database.sortedSet(call.key(1)), count != 0 else { return call.reply.array(0) }
    if count > 0 {
      distinctRandomMembers(call, set, min(count, set.count), withScores)
    } else {
      try repeatedRandomMembers(call, set, -count, withScores)
    }
  }

  private static func oneRandomMember(_ call: Call) throws(CommandError) {
    guard let set = try call.database.sortedSet(call.key(1)) else { return call.reply.null() }
    let rank = Int.random(in: 0..<set.count, using: &call.engine.random)
    set.forEach(rank..<rank + 1, withScores: false) { member, _ in call.reply.bulk(member) }
  }

  private static func repeatedRandomMembers(_ call: Call, _ set: SortedSetView, _ count: Int, _ withScores: Bool) throws(CommandError) {
    try call.checkRepeatedCount(count)
    // Nobody would see what is drawn.
    if call.reply.isMuted { return }
    let start = call.reply.count
    beginPairs(call, count, withScores)
    let total = set.count
    for _ in 0..<count {
      let rank = Int.random(in: 0..<total, using: &call.engine.random)
      set.forEach(rank..<rank + 1, withScores: withScores) { reply(call, $0, $1, withScores) }
      try call.checkReplySize(from: start)
    }
  }

  /// Each member at most once, every choice as likely.
  private static func distinctRandomMembers(_ call: Call, _ set: SortedSetView, _ count: Int, _ withScores: Bool) {
    beginPairs(call, count, withScores)
    let total = set.count
    if count * 4 >= total {
      // Selection sampling (Knuth, TAOCP 2, 3.4.2 S): one walk, each member taken by how many are wanted of how many are left.
      var wanted = count
      var left = total
      set.forEach(0..<total, withScores: withScores) { member, score in
        if wanted > 0, Int.random(in: 0..<left, using: &call.engine.random) < wanted {
          reply(call, member, score, withScores)
          wanted -= 1
        }
        left -= 1
      }
      return
    }
    // Few of many: Floyd's way to draw distinct ranks, then each by its rank.
    var chosen: Set<Int> = []
    chosen.reserveCapacity(count)
    for last in total - count..<total {
      let draw = Int.random(in: 0...last, using: &call.engine.random)
      let rank = chosen.insert(draw).inserted ? draw : last
      if rank == last { chosen.insert(last) }
      set.forEach(rank..<rank + 1, withScores: withScores) { reply(call, $0, $1, withScores) }
    }
  }
}
