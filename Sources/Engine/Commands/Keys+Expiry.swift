/// Commands about when keys expire.
extension KeyCommands {
  static func expire(_ call: Call) throws(CommandError) { try setExpiry(call, .seconds) }
  static func pexpire(_ call: Call) throws(CommandError) { try setExpiry(call, .milliseconds) }
  static func expireAt(_ call: Call) throws(CommandError) { try setExpiry(call, .unixSeconds) }
  static func pexpireAt(_ call: Call) throws(CommandError) { try setExpiry(call, .unixMilliseconds) }

  private static func setExpiry(_ call: Call, _ form: Call.ExpiryForm) throws(CommandError) {
    var condition: ExpiryCondition = []
    for i in 3..<max(3, call.count) {
      if call.is(i, "NX") {
        condition.insert(.hasNone)
      } else if call.is(i, "XX") {
        condition.insert(.hasOne)
      } else if call.is(i, "GT") {
        condition.insert(.later)
      } else if call.is(i, "LT") {
        condition.insert(.earlier)
      } else {
        throw CommandError("ERR Unsupported option ", quoting: [call[i].buffer])
      }
    }
    if condition.contains(.hasNone), condition != .hasNone {
      throw CommandError("ERR NX and XX, GT or LT options at the same time are not compatible")
    }
    if condition.isSuperset(of: [.later, .earlier]) {
      throw CommandError("ERR GT and LT options at the same time are not compatible")
    }
    let time = try call.expiry(2, form, allowsPast: true)
    call.reply.integer(call.database.setExpiry(call.key(1), at: time, if: condition) ? 1 : 0)
  }

  static func persist(_ call: Call) throws(CommandError) {
    call.reply.integer(call.database.removeExpiry(call.key(1)) ? 1 : 0)
  }

  static func ttl(_ call: Call) throws(CommandError) { replyExpiry(call, inSeconds: true, isRelative: true) }
  static func pttl(_ call: Call) throws(CommandError) { replyExpiry(call, inSeconds: false, isRelative: true) }
  static func expireTime(_ call: Call) throws(CommandError) { replyExpiry(call, inSeconds: true, isRelative: false) }
  static func pexpireTime(_ call: Call) throws(CommandError) { replyExpiry(call, inSeconds: false, isRelative: false) }

  /// -2 without a key, -1 without an expiry. Seconds are rounded to the nearest.
  private static func replyExpiry(_ call: Call, inSeconds: Bool, isRelative: Bool) {
    switch call.database.expiry(call.key(1)) {
    case .noKey: call.reply.integer(-2)
    case .never: call.reply.integer(-1)
    case .at(let time):
      let milliseconds = isRelative ? max(0, time &- call.engine.now) : time
      call.reply.integer(inSeconds ? milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0) : milliseconds)
    }
  }
}
