/// Ranges: how they are given, and the commands that return or keep them.
extension SortedSetCommands {
  // MARK: borders

  /// `min` and `max` are the arguments of the lower and the upper border.
  static func scoreRange(_ call: Call, _ min: Int, _ max: Int) throws(CommandError) -> ScoreRange {
    guard let (low, excludesMin) = border(call[min].buffer), let (high, excludesMax) = border(call[max].buffer) else {
      throw CommandError("ERR min or max is not a float")
    }
    return ScoreRange(min: low, max: high, excludesMin: excludesMin, excludesMax: excludesMax)
  }

  private static func border(_ text: UnsafeRawBufferPointer) -> (value: Double, isExclusive: Bool)? {
    let isExclusive = text.first == UInt8(ascii: "(")
    guard let value = ScoreText.parseBorder(isExclusive ? UnsafeRawBufferPointer(rebasing: text.dropFirst()) : text) else { return nil }
    return (value, isExclusive)
  }

  static func lexRange(_ call: Call, _ min: Int, _ max: Int) throws(CommandError) -> LexRange {
    guard let low = lexBorder(call[min].buffer), let high = lexBorder(call[max].buffer) else {
      throw CommandError("ERR min or max not valid string range item")
    }
    return LexRange(min: low, max: high)
  }

  private static func lexBorder(_ text: UnsafeRawBufferPointer) -> LexRange.Border? {
    switch text.first {
    case UInt8(ascii: "-"): text.count == 1 ? .lowest : nil
    case UInt8(ascii: "+"): text.count == 1 ? .highest : nil
    case UInt8(ascii: "["): .inclusive(UnsafeRawBufferPointer(rebasing: text.dropFirst()))
    case UInt8(ascii: "("): .exclusive(UnsafeRawBufferPointer(rebasing: text.dropFirst()))
    default: nil
    }
  }

  // MARK: requests

  private enum Kind {
    case rank, score, lex
  }

  /// What ZRANGE and its like ask for.
  private struct Request {
    enum Bounds {
      case rank(Int, Int)
      case score(ScoreRange)
      case lex(LexRange)
    }
    var bounds: Bounds
    var isReversed: Bool
    var offset = 0
    /// Negative: no limit.
    var limit = -1
    var withScores = false

    func ranks(_ set: SortedSetView) -> Range<Int> {
      let found: Range<Int>
      switch bounds {
      case .rank(let start, let end):
        let ranks = SortedSetRanks(view: set).ranks(start, end)
        return isReversed ? set.count - ranks.upperBound..<set.count - ranks.lowerBound : ranks
      case .score(let range): found = set.ranks(range)
      case .lex(let range): found = set.ranks(range, fromEnd: isReversed)
      }
      guard offset >= 0, offset < found.count else { return 0..<0 }
      let length = limit < 0 ? found.count - offset : min(limit, found.count - offset)
      return isReversed
        ? found.upperBound - offset - length..<found.upperBound - offset
        : found.lowerBound + offset..<found.lowerBound + offset + length
    }
  }

  /// The range of a command whose borders stand at `first` and behind. What the command's name says (`kind`, `isReversed`) is no option.
  private static func request(
    _ call: Call, _ first: Int, kind given: Kind? = nil, isReversed direction: Bool? = nil, stores: Bool = false
  ) throws(CommandError) -> Request {
    var kind = given
    var direction = direction
    var limit: (offset: Int, count: Int)?
    var withScores = false
    var i = first + 2
    while i < call.count {
      if !stores, call.is(i, "WITHSCORES") {
        withScores = true
      } else if call.is(i, "LIMIT"), call.count - i - 1 >= 2 {
        limit = (Int(try call.integer(i + 1)), Int(try call.integer(i + 2)))
        i += 2
      } else if direction == nil, call.is(i, "REV") {
        direction = true
      } else if kind == nil, call.is(i, "BYLEX") {
        kind = .lex
      } else if kind == nil, call.is(i, "BYSCORE") {
        kind = .score
      } else {
        throw .syntax
      }
      i += 1
    }
    // As in Redis a limit of -1 is none, and so no mistake.
    if kind == nil || kind == .rank, let limit, limit.count != -1 {
      throw CommandError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
    }
    if withScores, kind == .lex { throw CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX") }
    let isReversed = direction ?? false
    let (min, max) = isReversed ? (first + 1, first) : (first, first + 1)
    let bounds: Request.Bounds =
      switch kind ?? .rank {
      case .rank: .rank(Int(try call.integer(first)), Int(try call.integer(first + 1)))
      case .score: .score(try scoreRange(call, min, max))
      case .lex: .lex(try lexRange(call, min, max))
      }
    return Request(bounds: bounds, isReversed: isReversed, offset: limit?.offset ?? 0, limit: limit?.count ?? -1, withScores: withScores)
  }

  private static func reply(_ call: Call, _ request: Request) throws(CommandError) {
    guard let set = try call.database.sortedSet(call.key(1)) else { return call.reply.array(0) }
    let ranks = request.ranks(set)
    let withScores = request.withScores
    beginPairs(call, ranks.count, withScores)
    set.forEach(ranks, reversed: request.isReversed, withScores: withScores) { reply(call, $0, $1, withScores) }
  }

  /// The header of a reply of `count` members.
  @inline(__always)
  static func beginPairs(_ call: Call, _ count: Int, _ withScores: Bool) {
    call.reply.array(withScores && !call.reply.isRESP3 ? count &* 2 : count)
  }

  /// One member: with its score in a row in RESP2, as a pair in RESP3.
  @inline(__always)
  static func reply(_ call: Call, _ member: UnsafeRawBufferPointer, _ score: Double, _ withScores: Bool) {
    if withScores, call.reply.isRESP3 { call.reply.array(2) }
    call.reply.bulk(member)
    if withScores { call.reply.double(score) }
  }

  // MARK: commands

  static func range(_ call: Call) throws(CommandError) { try reply(call, try request(call, 2)) }
  static func reverseRange(_ call: Call) throws(CommandError) { try reply(call, try request(call, 2, kind: .rank, isReversed: true)) }
  static func rangeByScore(_ call: Call) throws(CommandError) { try reply(call, try request(call, 2, kind: .score, isReversed: false)) }
  static func reverseRangeByScore(_ call: Call) throws(CommandError) {
    try reply(call, try request(call, 2, kind: .score, isReversed: true))
  }
  static func rangeByLex(_ call: Call) throws(CommandError) { try reply(call, try request(call, 2, kind: .lex, isReversed: false)) }
  static func reverseRangeByLex(_ call: Call) throws(CommandError) {
    try reply(call, try request(call, 2, kind: .lex, isReversed: true))
  }

  static func rangeStore(_ call: Call) throws(CommandError) {
    let request = try request(call, 3, stores: true)
    let database = call.database
    let set = try database.sortedSet(call.key(2))
    let ranks = set.map { request.ranks($0) } ?? 0..<0
    var builder = database.sortedSetBuilder
    set?.forEach(ranks) { builder.append($0, $1) }
    let effects = call.engine.effects
    // By ranks, whatever was asked for: a replica must not depend on how its set lies.
    database.replaceSortedSet(call.key(1), builder.finish(), event: "zrangestore") {
      effects.begin(database.index, 5, "ZRANGESTORE")
      effects.argument(call[1].buffer)
      effects.argument(call[2].buffer)
      effects.argument(Int64(ranks.lowerBound))
      effects.argument(Int64(ranks.upperBound - 1))
    }
    call.reply.integer(ranks.count)
  }
}
