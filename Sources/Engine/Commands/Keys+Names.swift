/// Commands that take keys as a whole: whether they are there, what they are called, where they are.
extension KeyCommands {
  static func delete(_ call: Call) throws(CommandError) { remove(call, isLazy: false) }
  static func unlink(_ call: Call) throws(CommandError) { remove(call, isLazy: true) }

  @inline(__always)
  private static func remove(_ call: Call, isLazy: Bool) {
    // One key, the usual case, needs no list of those removed.
    if call.count == 2 { return call.reply.integer(call.database.remove(call.key(1), isLazy: isLazy) ? 1 : 0) }
    let keys = call.keys(from: 1)
    call.reply.integer(call.database.remove(keys.count, isLazy: isLazy, keys.at))
  }

  static func exists(_ call: Call) throws(CommandError) {
    let keys = call.keys(from: 1)
    call.reply.integer(call.database.existing(keys.count, keys.at))
  }

  static func touch(_ call: Call) throws(CommandError) {
    let keys = call.keys(from: 1)
    call.reply.integer(call.database.existing(keys.count, touching: true, keys.at))
  }

  static func typeName(_ call: Call) throws(CommandError) {
    call.reply.simple(call.database.examine(call.key(1))?.type.name ?? "none")
  }

  static func randomKey(_ call: Call) throws(CommandError) {
    if let key = call.database.randomKey() { call.reply.bulk(key) } else { call.reply.null() }
  }

  static func rename(_ call: Call) throws(CommandError) {
    _ = try call.database.rename(call.key(1), to: call.key(2))
    call.reply.ok()
  }

  static func renameIfAbsent(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.rename(call.key(1), to: call.key(2), replacing: false) ? 1 : 0)
  }

  static func copy(_ call: Call) throws(CommandError) {
    var target = call.database
    var replacing = false
    var i = 3
    while i < call.count {
      if call.is(i, "REPLACE") {
        replacing = true
      } else if call.is(i, "DB"), i + 1 < call.count {
        i += 1
        target = try call.database(numbered: i)
      } else {
        throw .syntax
      }
      i += 1
    }
    call.reply.integer(try call.database.copy(call.key(1), to: call.key(2), in: target, replacing: replacing) ? 1 : 0)
  }

  static func move(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.move(call.key(1), to: try call.database(numbered: 2)) ? 1 : 0)
  }
}
