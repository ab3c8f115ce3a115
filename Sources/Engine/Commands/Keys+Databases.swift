/// Commands about whole databases.
extension KeyCommands {
  static func size(_ call: Call) throws(CommandError) { call.reply.integer(call.database.count) }

  static func select(_ call: Call) throws(CommandError) {
    call.session.databaseIndex = try call.database(numbered: 1).index
    call.reply.ok()
  }

  /// ASYNC and SYNC are one here: emptying is O(1), and the memory comes back in steps.
  private static func checkFlushMode(_ call: Call) throws(CommandError) {
    guard call.count == 1 || call.count == 2 && (call.is(1, "ASYNC") || call.is(1, "SYNC")) else { throw .syntax }
  }

  static func flushDatabase(_ call: Call) throws(CommandError) {
    try checkFlushMode(call)
    call.database.removeAll()
    call.reply.ok()
  }

  static func flushAll(_ call: Call) throws(CommandError) {
    try checkFlushMode(call)
    call.engine.removeAll(from: call.database)
    call.reply.ok()
  }

  static func swapDatabases(_ call: Call) throws(CommandError) {
    let first = try number(call, 1, "first")
    let second = try number(call, 2, "second")
    let range = 0..<call.engine.databaseCount
    guard range.contains(first), range.contains(second) else { throw .databaseOutOfRange }
    call.engine.swap(first, second, from: call.database)
    call.reply.ok()
  }

  private static func number(_ call: Call, _ index: Int, _ which: StaticString) throws(CommandError) -> Int {
    guard let value = Decimal.parse(call[index].bytes, call[index].count), let number = Int32(exactly: value) else {
      throw CommandError("ERR invalid \(which) DB index")
    }
    return Int(number)
  }
}
