/// Commands that work on the number that a string is, or on a part of it.
extension StringCommands {
  static func increment(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.increment(call.key(1), by: 1))
  }

  static func decrement(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.increment(call.key(1), by: -1))
  }

  static func incrementBy(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.increment(call.key(1), by: try call.integer(2)))
  }

  static func decrementBy(_ call: Call) throws(CommandError) {
    let delta = try call.integer(2)
    if delta == .min { throw CommandError("ERR decrement would overflow") }
    call.reply.integer(try call.database.increment(call.key(1), by: -delta))
  }

  static func incrementByFloat(_ call: Call) throws(CommandError) {
    call.reply.bulk(try call.database.increment(call.key(1), byFloat: call[2].buffer))
  }

  static func append(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.append(call.key(1), call[2].buffer))
  }

  static func setRange(_ call: Call) throws(CommandError) {
    let offset = Int(try call.integer(2))
    guard offset >= 0 else { throw CommandError("ERR offset is out of range") }
    call.reply.integer(try call.database.setRange(call.key(1), at: offset, call[3].buffer))
  }
}
