/// Commands that return strings or parts of them.
extension StringCommands {
  @inline(__always)
  private static func reply(_ call: Call, _ entry: Entry) {
    switch KeyTable.string(entry) {
    case .bytes(let bytes): call.reply.bulk(bytes)
    case .integer(let value): call.reply.bulk(integer: value)
    }
  }

  static func get(_ call: Call) throws(CommandError) {
    guard let entry = try call.database.stringEntry(call.key(1)) else { return call.reply.null() }
    reply(call, entry)
  }

  static func getMany(_ call: Call) throws(CommandError) {
    let keys = call.keys(from: 1)
    let database = call.database
    call.reply.array(keys.count)
    database.forEachKey(keys.count, keys.at) { _, key in
      guard let entry = database.find(key), entry.type == .string else { return call.reply.null() }
      reply(call, entry)
    }
  }

  static func getAndDelete(_ call: Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = try call.database.stringEntry(key) else { return call.reply.null() }
    reply(call, entry)
    call.database.remove(key)
  }

  static func getAndSet(_ call: Call) throws(CommandError) {
    try get(call)
    call.database.setString(call.key(1), call[2].buffer)
  }

  static func getAndExpire(_ call: Call) throws(CommandError) {
    let options = try options(call, from: 2, of: .getAndExpire)
    let key = call.key(1)
    guard let entry = try call.database.stringEntry(key) else { return call.reply.null() }
    let expiry = try options.expiry(call)
    reply(call, entry)
    if let expiry {
      _ = call.database.setExpiry(key, at: expiry)
    } else if options.persists {
      _ = call.database.removeExpiry(key)
    }
  }

  static func length(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.stringEntry(call.key(1))?.stringCount ?? 0)
  }

  /// GETRANGE: both ends belong to the part; negative ones count from the end.
  static func range(_ call: Call) throws(CommandError) {
    var start = Int(try call.integer(2))
    var end = Int(try call.integer(3))
    guard let entry = try call.database.stringEntry(call.key(1)), !(start < 0 && end < 0 && start > end) else {
      return call.reply.bulk("" as StaticString)
    }
    entry.withStringBytes { bytes in
      if start < 0 { start = max(0, start + bytes.count) }
      if end < 0 { end = max(0, end + bytes.count) }
      end = min(end, bytes.count - 1)
      guard start <= end, start < bytes.count else { return call.reply.bulk("" as StaticString) }
      call.reply.bulk(UnsafeRawBufferPointer(rebasing: bytes[start...end]))
    }
  }
}
