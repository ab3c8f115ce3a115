/// The list commands that wait where there is nothing to take.
extension ListCommands {
  static func blockingPopLeft(_ call: Call) throws(CommandError) { try blockingPop(call, .left) }
  static func blockingPopRight(_ call: Call) throws(CommandError) { try blockingPop(call, .right) }

  private static func blockingPop(_ call: Call, _ end: ListEnd) throws(CommandError) {
    let last = call.count - 1
    let deadline = try call.deadline(seconds: last)
    for i in 1..<last { if try popOne(call, call.key(i), end) { return } }
    guard call.mayBlock else { return call.reply.nullArray() }
    call.block(on: (1..<last).map { call.key($0) }, for: .list, deadline: deadline) { (call, ready) throws(CommandError) in
      try popOne(call, ready, end)
    }
  }

  /// Answers with the key and its first (last) element; false if there is no list.
  private static func popOne(_ call: Call, _ key: KeyView, _ end: ListEnd) throws(CommandError) -> Bool {
    let reply = call.reply
    return try call.database.pop(
      key, from: end, count: 1, isPlain: true,
      { _ in
        reply.array(2)
        reply.bulk(key.bytes, key.count)
      }, { reply.bulk($0) })
  }

  static func blockingPopFromFirst(_ call: Call) throws(CommandError) {
    let request = try MultiPop(call, 2)
    let deadline = try call.deadline(seconds: 1)
    for i in request.keys { if try request.pop(call, call.key(i)) { return } }
    guard call.mayBlock else { return call.reply.nullArray() }
    call.block(on: request.keys.map { call.key($0) }, for: .list, deadline: deadline) { (call, ready) throws(CommandError) in
      try request.pop(call, ready)
    }
  }

  static func blockingMove(_ call: Call) throws(CommandError) {
    let from = try end(call, 3)
    let to = try end(call, 4)
    try blockingMove(call, from, to, timeout: 5, isPopPush: false)
  }

  static func blockingPopRightPushLeft(_ call: Call) throws(CommandError) {
    try blockingMove(call, .right, .left, timeout: 3, isPopPush: true)
  }

  private static func blockingMove(
    _ call: Call, _ from: ListEnd, _ to: ListEnd, timeout: Int, isPopPush: Bool
  ) throws(CommandError) {
    let deadline = try call.deadline(seconds: timeout)
    if try move(call, from, to, isPopPush: isPopPush) { return }
    guard call.mayBlock else { return call.reply.null() }
    call.block(on: [call.key(1)], for: .list, deadline: deadline) { (call, _) throws(CommandError) in
      try move(call, from, to, isPopPush: isPopPush)
    }
  }
}
