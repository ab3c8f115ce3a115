/// Commands that join sorted sets.
extension SortedSetCommands {
  private enum Operation {
    case union, intersection, difference
  }

  private struct Request {
    var sources: [Database.ScoredSource]
    var aggregate = Database.ScoreAggregate.sum
    var withScores = false
    var limit = 0
  }

  private enum Purpose {
    case reply, store, count
  }

  /// The number of keys stands at `index`. The keys are looked at before the options are read, as in Redis.
  private static func request(_ call: Call, _ index: Int, _ operation: Operation, _ purpose: Purpose) throws(CommandError) -> Request {
    let number = try call.integer(index)
    guard number >= 1 else { throw CommandError("ERR at least 1 input key is needed for '\(call.name)' command") }
    guard number <= Int64(call.count - index - 1) else { throw .syntax }
    let count = Int(number)
    var request = Request(sources: try call.database.scoredSources(count) { call.key(index + 1 + $0) })
    let joins = operation != .difference && purpose != .count
    var i = index + 1 + count
    while i < call.count {
      let left = call.count - i
      if joins, left >= count + 1, call.is(i, "WEIGHTS") {
        for k in 0..<count {
          request.sources[k].weight = try score(call, i + 1 + k, or: CommandError("ERR weight value is not a float"))
        }
        i += 1 + count
      } else if joins, left >= 2, call.is(i, "AGGREGATE") {
        guard call.is(i + 1, "SUM") || call.is(i + 1, "MIN") || call.is(i + 1, "MAX") else { throw .syntax }
        request.aggregate = call.is(i + 1, "SUM") ? .sum : call.is(i + 1, "MIN") ? .min : .max
        i += 2
      } else if purpose == .reply, call.is(i, "WITHSCORES") {
        request.withScores = true
        i += 1
      } else if purpose == .count, left >= 2, call.is(i, "LIMIT") {
        let negative = CommandError("ERR LIMIT can't be negative")
        request.limit = Int(try call.integer(i + 1, or: negative))
        guard request.limit >= 0 else { throw negative }
        i += 2
      } else {
        throw .syntax
      }
    }
    return request
  }

  private static func result(_ database: Database, _ request: Request, _ operation: Operation) -> SortedSetBuilder {
    switch operation {
    case .union: database.unionScored(request.sources, request.aggregate)
    case .intersection: database.intersectionScored(request.sources, request.aggregate)
    case .difference: database.differenceScored(request.sources)
    }
  }

  private static func reply(_ call: Call, _ operation: Operation) throws(CommandError) {
    let request = try request(call, 1, operation, .reply)
    var result = result(call.database, request, operation)
    beginPairs(call, result.count, request.withScores)
    result.forEach { reply(call, $0, $1, request.withScores) }
    result.discard()
  }

  private static func store(_ call: Call, _ operation: Operation, _ event: StaticString) throws(CommandError) {
    let request = try request(call, 2, operation, .store)
    let database = call.database
    var result = result(database, request, operation)
    let count = result.count
    database.replaceSortedSet(call.key(1), result.finish(), event: event) {
      call.engine.effects.verbatim(call, database: database.index)
    }
    call.reply.integer(count)
  }

  static func union(_ call: Call) throws(CommandError) { try reply(call, .union) }
  static func intersection(_ call: Call) throws(CommandError) { try reply(call, .intersection) }
  static func difference(_ call: Call) throws(CommandError) { try reply(call, .difference) }
  static func unionStore(_ call: Call) throws(CommandError) { try store(call, .union, "zunionstore") }
  static func intersectionStore(_ call: Call) throws(CommandError) { try store(call, .intersection, "zinterstore") }
  static func differenceStore(_ call: Call) throws(CommandError) { try store(call, .difference, "zdiffstore") }

  static func intersectionCount(_ call: Call) throws(CommandError) {
    let request = try request(call, 1, .intersection, .count)
    var count = 0
    call.database.intersectScored(request.sources, .sum) { _, _ in
      count += 1
      return count != request.limit
    }
    call.reply.integer(count)
  }
}
