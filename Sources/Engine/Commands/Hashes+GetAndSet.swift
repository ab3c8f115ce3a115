/// The commands that read fields and change them at once, and that set them with an expiry: Redis 8.0's.
extension HashCommands {
  private static let expirations = [
    CommandArgument("seconds", .integer, token: "EX"),
    CommandArgument("milliseconds", .integer, token: "PX"),
    CommandArgument("unix-time-seconds", .unixTime, token: "EXAT"),
    CommandArgument("unix-time-milliseconds", .unixTime, token: "PXAT"),
  ]

  static let hgetdelSpec = CommandSpec(
    "HGETDEL", arity: -5, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .delete])],
    categories: [.hash], group: .hash, since: "8.0.0",
    summary: "Returns the values of fields and removes them.", complexity: "O(N) in the fields given",
    arguments: [.key, .fields],
    handler: getAndDelete)

  static let hgetexSpec = CommandSpec(
    "HGETEX", arity: -5, flags: [.write, .fast],
    keys: [.one([.readWrite, .access, .update], notes: "changes the expiry of the fields only with an option")],
    categories: [.hash], group: .hash, since: "8.0.0",
    summary: "Returns the values of fields, and lets them expire or not.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      CommandArgument(
        "expiration", .oneOf(expirations + [CommandArgument("persist", .pureToken, token: "PERSIST")]), optional: true),
      .fields,
    ],
    handler: getAndExpire)

  static let hsetexSpec = CommandSpec(
    "HSETEX", arity: -6, flags: [.write, .denyOOM, .fast],
    keys: [.one([.readWrite, .update])],
    categories: [.hash], group: .hash, since: "8.0.0",
    summary: "Sets fields of a hash, and when they expire.", complexity: "O(N) in the fields given",
    arguments: [
      .key,
      CommandArgument(
        "condition",
        .oneOf([
          CommandArgument("fnx", .pureToken, token: "FNX"),
          CommandArgument("fxx", .pureToken, token: "FXX"),
        ]), optional: true),
      CommandArgument(
        "expiration", .oneOf(expirations + [CommandArgument("keepttl", .pureToken, token: "KEEPTTL")]), optional: true),
      CommandArgument(
        "fields",
        .block([
          CommandArgument("numfields", .integer),
          CommandArgument(
            "data",
            .block([
              CommandArgument("field", .string),
              CommandArgument("value", .string),
            ]), multiple: true),
        ]), token: "FIELDS"),
    ],
    handler: setAndExpire)

  /// The values of the fields from argument `first` on; none of them has expired.
  private static func reply(_ call: Call, _ position: KeyTable.Position?, from first: Int) {
    call.reply.array(call.count - first)
    let view = position.map { HashView($0.entry) }
    for i in first..<call.count {
      if let value = view?.field(call[i].buffer)?.value { call.reply.bulk(value) } else { call.reply.null() }
    }
  }

  static func getAndDelete(_ call: Call) throws(CommandError) {
    let key = call.key(1)
    _ = try call.database.collectionForWrite(key, .hash)
    let first = try firstField(call, at: 2, "ERR Number of fields must be a positive integer")
    let count = call.count - first
    reply(call, try call.database.hashForWrite(key, count) { call[first + $0].buffer }, from: first)
    _ = try call.database.removeFields(key, count) { call[first + $0].buffer }
  }

  private static func form(_ call: Call, _ index: Int) -> Call.ExpiryForm? {
    if call.is(index, "EX") { return .seconds }
    if call.is(index, "PX") { return .milliseconds }
    if call.is(index, "EXAT") { return .unixSeconds }
    if call.is(index, "PXAT") { return .unixMilliseconds }
    return nil
  }

  static func getAndExpire(_ call: Call) throws(CommandError) {
    let key = call.key(1)
    _ = try call.database.collectionForWrite(key, .hash)
    let form = form(call, 2)
    let persists = call.is(2, "PERSIST")
    var time: Int64?
    if let form { time = try Self.time(call, 3, form) }
    let first = try firstField(
      call, at: form != nil ? 4 : persists ? 3 : 2, "ERR Number of fields must be a positive integer")
    let count = call.count - first
    reply(call, try call.database.hashForWrite(key, count) { call[first + $0].buffer }, from: first)
    if let time {
      try call.database.setFieldExpiry(key, at: time, if: [], count, { call[first + $0].buffer }) { _ in }
    } else if persists {
      try call.database.removeFieldExpiry(key, count, { call[first + $0].buffer }) { _ in }
    }
  }

  static func setAndExpire(_ call: Call) throws(CommandError) {
    var requiresFields: Bool?
    var keepsExpiry = false
    var time: Int64?
    var i = 2
    while i < call.count, !call.is(i, "FIELDS") {
      if call.is(i, "FNX") || call.is(i, "FXX") {
        if requiresFields != nil { throw CommandError("ERR Only one of FXX or FNX arguments can be specified") }
        requiresFields = call.is(i, "FXX")
      } else if call.is(i, "KEEPTTL") || form(call, i) != nil {
        if keepsExpiry || time != nil { throw CommandError("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified") }
        if let form = form(call, i) {
          guard i + 1 < call.count else { throw CommandError("ERR missing expire time") }
          i += 1
          time = try Self.time(call, i, form)
        } else {
          keepsExpiry = true
        }
      } else {
        throw CommandError("ERR unknown argument: ", quoting: [call[i].buffer])
      }
      i += 1
    }
    guard i + 3 < call.count else { throw .wrongArity("hsetex") }
    guard let number = Decimal.parse(call[i + 1].bytes, call[i + 1].count), number >= 1, number <= Int64(Int32.max) else {
      throw CommandError("ERR invalid number of fields")
    }
    let first = i + 2
    let count = Int(number)
    guard count * 2 == call.count - first else { throw .wrongArity("hsetex") }

    let key = call.key(1)
    let database = call.database
    let position = try database.hashForWrite(key, count) { call[first + $0 * 2].buffer }
    if let requiresFields {
      let view = position.map { HashView($0.entry) }
      for j in 0..<count where (view?.field(call[first + j * 2].buffer) != nil) != requiresFields { return call.reply.integer(0) }
    }
    _ = try database.setFields(key, count, keepsExpiry: keepsExpiry) { (call[first + $0 * 2].buffer, call[first + 1 + $0 * 2].buffer) }
    if let time {
      try database.setFieldExpiry(key, at: time, if: [], count, { call[first + $0 * 2].buffer }) { _ in }
    }
    call.reply.integer(1)
  }
}
