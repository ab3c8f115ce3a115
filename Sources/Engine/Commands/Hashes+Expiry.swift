/// The commands about the expiry of fields, as in Redis 7.4.
extension HashCommands {
  /// Redis keeps two bits of the 48 that its times have for itself; no field may expire later.
  private static let latestExpiry: Int64 = (1 << 48 - 2) >> 2

  static func expire(_ call: Call) throws(CommandError) { try setExpiry(call, .seconds) }
  static func pexpire(_ call: Call) throws(CommandError) { try setExpiry(call, .milliseconds) }
  static func expireAt(_ call: Call) throws(CommandError) { try setExpiry(call, .unixSeconds) }
  static func pexpireAt(_ call: Call) throws(CommandError) { try setExpiry(call, .unixMilliseconds) }

  /// Ms since 1970.
  static func time(_ call: Call, _ index: Int, _ form: Call.ExpiryForm) throws(CommandError) -> Int64 {
    var time = try call.integer(index)
    guard time >= 0 else { throw CommandError("ERR invalid expire time, must be >= 0") }
    if form == .seconds || form == .unixSeconds {
      guard time <= latestExpiry / 1000 else { throw .invalidExpire(call.name) }
      time *= 1000
    }
    let base = form == .seconds || form == .milliseconds ? call.engine.now : 0
    guard time <= latestExpiry - base else { throw .invalidExpire(call.name) }
    return time + base
  }

  /// Where the fields begin: behind FIELDS and their number, which must be theirs.
  static func firstField(_ call: Call, at index: Int, _ notPositive: StaticString) throws(CommandError) -> Int {
    guard index + 1 < call.count, call.is(index, "FIELDS") else {
      throw CommandError("ERR Mandatory argument FIELDS is missing or not at the right position")
    }
    let count = call[index + 1]
    guard let number = Decimal.parse(count.bytes, count.count), number >= 1 else { throw CommandError("\(notPositive)") }
    guard number == Int64(call.count - index - 2) else {
      throw CommandError("ERR The `numfields` parameter must match the number of arguments")
    }
    return index + 2
  }

  private static func setExpiry(_ call: Call, _ form: Call.ExpiryForm) throws(CommandError) {
    let key = call.key(1)
    _ = try call.database.collectionForWrite(key, .hash)
    let time = try time(call, 2, form)
    var condition: ExpiryCondition = []
    if call.is(3, "NX") {
      condition = .hasNone
    } else if call.is(3, "XX") {
      condition = .hasOne
    } else if call.is(3, "GT") {
      condition = .later
    } else if call.is(3, "LT") {
      condition = .earlier
    }
    let first = try firstField(call, at: condition.isEmpty ? 3 : 4, "ERR Parameter `numFields` should be greater than 0")
    call.reply.array(call.count - first)
    try call.database.setFieldExpiry(key, at: time, if: condition, call.count - first, { call[first + $0].buffer }) {
      call.reply.integer($0.rawValue)
    }
  }

  static func persist(_ call: Call) throws(CommandError) {
    let key = call.key(1)
    _ = try call.database.collectionForWrite(key, .hash)
    let first = try firstField(call, at: 2, "ERR Number of fields must be a positive integer")
    call.reply.array(call.count - first)
    try call.database.removeFieldExpiry(key, call.count - first, { call[first + $0].buffer }) { call.reply.integer($0) }
  }

  static func ttl(_ call: Call) throws(CommandError) { try replyExpiry(call, inSeconds: true, isRelative: true) }
  static func pttl(_ call: Call) throws(CommandError) { try replyExpiry(call, inSeconds: false, isRelative: true) }
  static func expireTime(_ call: Call) throws(CommandError) { try replyExpiry(call, inSeconds: true, isRelative: false) }
  static func pexpireTime(_ call: Call) throws(CommandError) { try replyExpiry(call, inSeconds: false, isRelative: false) }

  /// -2 for a field that is not there, -1 for one without an expiry. Seconds are rounded up.
  private static func replyExpiry(_ call: Call, inSeconds: Bool, isRelative: Bool) throws(CommandError) {
    let hash = try call.database.hashView(call.key(1))
    let first = try firstField(call, at: 2, "ERR Number of fields must be a positive integer")
    call.reply.array(call.count - first)
    for i in first..<call.count {
      guard let hash, let field = hash.view.field(call[i].buffer), field.expiry.map({ $0 > hash.horizon }) ?? true else {
        call.reply.integer(-2)
        continue
      }
      guard let time = field.expiry else {
        call.reply.integer(-1)
        continue
      }
      let milliseconds = isRelative ? max(0, time - call.engine.now) : time
      call.reply.integer(inSeconds ? (milliseconds + 999) / 1000 : milliseconds)
    }
  }
}
