/// Commands about whole databases.
extension KeyCommands {
  static func size(_ call: Call) throws(CommandError) { call.reply.integer(call.database.count) }

  static func select(_ call: Call) throws(CommandError) {
    call.session.databaseIndex = try call.database(numbered: 1).index
    call.reply.ok()
  }

  /// ASYNC and SYNC do the same here, emptying is O(1), and the memory comes back in steps; only the statistics of INFO tell them apart.
  private static func isLazyFlush(_ call: Call) throws(CommandError) -> Bool {
    if call.count == 1 { return call.engine.settings.flushesLazily }
    guard call.count == 2, call.is(1, "ASYNC") || call.is(1, "SYNC") else { throw .syntax }
    return call.is(1, "ASYNC")
  }

  static func flushDatabase(_ call: Call) throws(CommandError) {
    call.database.removeAll(isLazy: try isLazyFlush(call))
    call.reply.ok()
  }

  static func flushAll(_ call: Call) throws(CommandError) {
    call.engine.removeAll(from: call.database, isLazy: try isLazyFlush(call))
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
