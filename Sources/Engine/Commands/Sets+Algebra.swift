/// Commands on several sets.
extension SetCommands {
  static func intersection(_ call: Call) throws(CommandError) {
    let keys = call.keys(from: 1)
    var found: [ListpackElement] = []
    try call.database.intersectSets(keys.count, keys.at) { member in
      found.append(member)
      return true
    }
    call.reply.set(found.count)
    for member in found { call.reply.bulk(member) }
  }

  static func union(_ call: Call) throws(CommandError) {
    let keys = call.keys(from: 1)
    try reply(call) { body throws(CommandError) in try call.database.uniteSets(keys.count, keys.at, body) }
  }

  static func difference(_ call: Call) throws(CommandError) {
    let keys = call.keys(from: 1)
    try reply(call) { body throws(CommandError) in try call.database.subtractSets(keys.count, keys.at, body) }
  }

  /// The members come from a set that lives only meanwhile, and their number is known at the end: they are written aside first.
  private static func reply(
    _ call: Call, _ members: ((ListpackElement) -> Void) throws(CommandError) -> Void
  ) throws(CommandError) {
    let aside = ReplyBuffer()
    defer { aside.destroy() }
    var count = 0
    try members { member in
      aside.bulk(member)
      count += 1
    }
    call.reply.set(count)
    call.reply.raw(aside.bytes)
  }

  static func intersectionCount(_ call: Call) throws(CommandError) {
    let numkeys = "ERR numkeys should be greater than 0"
    let number = try call.integer(1, or: CommandError(numkeys))
    guard number > 0 else { throw CommandError(numkeys) }
    guard number <= call.count - 2 else { throw CommandError("ERR Number of keys can't be greater than number of args") }
    let count = Int(number)
    var limit = 0
    var i = 2 + count
    while i < call.count {
      guard call.is(i, "LIMIT"), i + 1 < call.count else { throw .syntax }
      let negative = CommandError("ERR LIMIT can't be negative")
      limit = Int(try call.integer(i + 1, or: negative))
      guard limit >= 0 else { throw negative }
      i += 2
    }
    var found = 0
    try call.database.intersectSets(count, { call.key(2 + $0) }) { _ in
      found += 1
      return found != limit
    }
    call.reply.integer(found)
  }

  static func intersectionStore(_ call: Call) throws(CommandError) { try store(call, .intersection) }
  static func unionStore(_ call: Call) throws(CommandError) { try store(call, .union) }
  static func differenceStore(_ call: Call) throws(CommandError) { try store(call, .difference) }

  private static func store(_ call: Call, _ operation: Database.SetOperation) throws(CommandError) {
    let keys = call.keys(from: 2)
    call.reply.integer(try call.database.storeSet(operation, to: call.key(1), keys.count, keys.at))
  }
}
