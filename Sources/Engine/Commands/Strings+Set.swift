/// Commands that set strings, and the options of SET and GETEX.
extension StringCommands {
  struct Options {
    enum Condition {
      case always, ifAbsent, ifPresent
    }
    enum Family {
      case set, getAndExpire
    }
    var condition = Condition.always
    var returnsOld = false
    var keepsExpiry = false
    var persists = false
    var expiryArgument: (index: Int, form: Call.ExpiryForm)?

    /// Ms since 1970; nil if none was given.
    func expiry(_ call: Call) throws(CommandError) -> Int64? {
      guard let (index, form) = expiryArgument else { return nil }
      return try call.expiry(index, form)
    }
  }

  /// Options from argument `first` on. Whatever excludes each other is a syntax error; a number is looked at later, by `expiry`.
  static func options(_ call: Call, from first: Int, of family: Options.Family) throws(CommandError) -> Options {
    var options = Options()
    let sets = family == .set
    var i = first
    while i < call.count {
      if sets, call.is(i, "NX"), options.condition != .ifPresent {
        options.condition = .ifAbsent
      } else if sets, call.is(i, "XX"), options.condition != .ifAbsent {
        options.condition = .ifPresent
      } else if sets, call.is(i, "GET") {
        options.returnsOld = true
      } else if sets, call.is(i, "KEEPTTL"), options.expiryArgument == nil {
        options.keepsExpiry = true
      } else if !sets, call.is(i, "PERSIST"), options.expiryArgument == nil {
        options.persists = true
      } else if !options.keepsExpiry, !options.persists, i + 1 < call.count, let form = form(call, i),
        options.expiryArgument.map({ $0.form == form }) ?? true
      {
        // The same option again is allowed, and the last one counts, as in Redis.
        options.expiryArgument = (i + 1, form)
        i += 1
      } else {
        throw .syntax
      }
      i += 1
    }
    return options
  }

  private static func form(_ call: Call, _ index: Int) -> Call.ExpiryForm? {
    if call.is(index, "EX") { return .seconds }
    if call.is(index, "PX") { return .milliseconds }
    if call.is(index, "EXAT") { return .unixSeconds }
    if call.is(index, "PXAT") { return .unixMilliseconds }
    return nil
  }

  static func set(_ call: Call) throws(CommandError) {
    if call.count == 3 {
      call.database.setString(call.key(1), call[2].buffer)
      return call.reply.ok()
    }
    try setWithOptions(call)
  }

  @inline(never)
  private static func setWithOptions(_ call: Call) throws(CommandError) {
    let options = try options(call, from: 3, of: .set)
    let expiry = try options.expiry(call)
    let key = call.key(1)
    let database = call.database
    if options.returnsOld { try get(call) }
    if options.condition != .always, (database.locateForWrite(key) != nil) != (options.condition == .ifPresent) {
      if !options.returnsOld { call.reply.null() }
      return
    }
    if options.keepsExpiry {
      database.setStringKeepingExpiry(key, call[2].buffer)
    } else {
      database.setString(key, call[2].buffer, expiry: expiry)
    }
    if !options.returnsOld { call.reply.ok() }
  }

  static func setIfAbsent(_ call: Call) throws(CommandError) {
    let key = call.key(1)
    guard call.database.locateForWrite(key) == nil else { return call.reply.integer(0) }
    call.database.setString(key, call[2].buffer)
    call.reply.integer(1)
  }

  static func setExpiringSeconds(_ call: Call) throws(CommandError) {
    call.database.setString(call.key(1), call[3].buffer, expiry: try call.expiry(2, .seconds))
    call.reply.ok()
  }

  static func setExpiringMilliseconds(_ call: Call) throws(CommandError) {
    call.database.setString(call.key(1), call[3].buffer, expiry: try call.expiry(2, .milliseconds))
    call.reply.ok()
  }

  static func setMany(_ call: Call) throws(CommandError) {
    try setPairs(call)
    call.reply.ok()
  }

  static func setManyIfAbsent(_ call: Call) throws(CommandError) {
    guard call.count % 2 == 1 else { throw .wrongArity(call.name) }
    let keys = call.keys(from: 1, step: 2)
    let database = call.database
    var isTaken = false
    database.forEachKey(keys.count, keys.at) { _, key in
      if !isTaken, database.locateForWrite(key) != nil { isTaken = true }
    }
    if isTaken { return call.reply.integer(0) }
    try setPairs(call)
    call.reply.integer(1)
  }

  private static func setPairs(_ call: Call) throws(CommandError) {
    guard call.count % 2 == 1 else { throw .wrongArity(call.name) }
    call.database.setStrings(call.count / 2) { (call.key(1 + $0 * 2), call[2 + $0 * 2].buffer) }
  }
}
