/// Commands that take members from an end of a set, and wait for some if they have to.
extension SortedSetCommands {
  static func popMin(_ call: Call) throws(CommandError) { try pop(call, fromEnd: false) }
  static func popMax(_ call: Call) throws(CommandError) { try pop(call, fromEnd: true) }

  private static func pop(_ call: Call, fromEnd: Bool) throws(CommandError) {
    guard call.count <= 3 else { throw .syntax }
    let count = call.count == 3 ? try call.positiveCount(2) : 1
    // With a count the members come as pairs in RESP3.
    let isNested = call.count == 3 && call.reply.isRESP3
    let taken = try call.database.popScored(call.key(1), fromEnd: fromEnd, count: count) { count in
      call.reply.array(isNested ? count : count * 2)
    } _: { member, score in
      if isNested { call.reply.array(2) }
      call.reply.bulk(member)
      call.reply.double(score)
    }
    if taken == 0 { call.reply.array(0) }
  }

  // MARK: from the first of many

  private struct Request {
    var keyCount: Int
    var firstKey: Int
    var fromEnd = false
    var count = 1
  }

  /// Of ZMPOP and BZMPOP: the number of keys stands at `index`.
  private static func request(_ call: Call, _ index: Int) throws(CommandError) -> Request {
    let tooFew = CommandError("ERR numkeys should be greater than 0")
    let number = try call.integer(index, or: tooFew)
    guard number > 0 else { throw tooFew }
    guard number < Int64(call.count - index - 1) else { throw .syntax }
    var request = Request(keyCount: Int(number), firstKey: index + 1)
    let end = request.firstKey + request.keyCount
    guard call.is(end, "MIN") || call.is(end, "MAX") else { throw .syntax }
    request.fromEnd = call.is(end, "MAX")
    guard end + 1 < call.count else { return request }
    guard call.is(end + 1, "COUNT"), end + 2 < call.count else { throw .syntax }
    let notPositive = CommandError("ERR count should be greater than 0")
    let count = try call.integer(end + 2, or: notPositive)
    guard count > 0 else { throw notPositive }
    guard end + 3 == call.count else { throw .syntax }
    request.count = Int(count)
    return request
  }

  /// Takes from `key`, and replies, if there is anything.
  private static func pop(_ call: Call, _ request: Request, _ key: KeyView) throws(CommandError) -> Bool {
    try call.database.popScored(key, fromEnd: request.fromEnd, count: request.count) { count in
      call.reply.array(2)
      call.reply.bulk(key.buffer)
      call.reply.array(count)
    } _: { member, score in
      call.reply.array(2)
      call.reply.bulk(member)
      call.reply.double(score)
    } > 0
  }

  private static func popFromFirst(_ call: Call, _ request: Request) throws(CommandError) -> Bool {
    for i in 0..<request.keyCount where try pop(call, request, call.key(request.firstKey + i)) { return true }
    return false
  }

  static func popFromFirst(_ call: Call) throws(CommandError) {
    if try !popFromFirst(call, try request(call, 1)) { call.reply.nullArray() }
  }

  static func blockingPopFromFirst(_ call: Call) throws(CommandError) {
    // In this order, as in Redis: a wrong timeout is told of last.
    let request = try request(call, 2)
    let deadline = try call.deadline(seconds: 1)
    if try popFromFirst(call, request) { return }
    guard call.mayBlock else { return call.reply.nullArray() }
    call.block(on: (0..<request.keyCount).map { call.key(request.firstKey + $0) }, for: .sortedSet, deadline: deadline) {
      (call: Call, ready: KeyView) throws(CommandError) -> Bool in try pop(call, request, ready)
    }
  }

  // MARK: one member, blocking

  static func blockingPopMin(_ call: Call) throws(CommandError) { try blockingPop(call, fromEnd: false) }
  static func blockingPopMax(_ call: Call) throws(CommandError) { try blockingPop(call, fromEnd: true) }

  private static func blockingPop(_ call: Call, fromEnd: Bool) throws(CommandError) {
    let deadline = try call.deadline(seconds: call.count - 1)
    for i in 1..<call.count - 1 where try popOne(call, fromEnd, call.key(i)) { return }
    guard call.mayBlock else { return call.reply.nullArray() }
    call.block(on: (1..<call.count - 1).map { call.key($0) }, for: .sortedSet, deadline: deadline) {
      (call: Call, ready: KeyView) throws(CommandError) -> Bool in try popOne(call, fromEnd, ready)
    }
  }

  private static func popOne(_ call: Call, _ fromEnd: Bool, _ key: KeyView) throws(CommandError) -> Bool {
    try call.database.popScored(key, fromEnd: fromEnd, count: 1) { _ in
      call.reply.array(3)
      call.reply.bulk(key.buffer)
    } _: { member, score in
      call.reply.bulk(member)
      call.reply.double(score)
    } > 0
  }
}
