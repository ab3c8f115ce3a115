/// The string commands.
package enum StringCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "GET", arity: 2, flags: [.readonly, .fast], keys: [.one([.readOnly, .access])], categories: [.string], group: .string,
      since: "1.0.0", summary: "Returns the string at a key.", complexity: "O(1)",
      arguments: [CommandArgument("key", .key, keySpec: 0)], handler: get),
    CommandSpec(
      "SET", arity: -3, flags: [.write, .denyOOM, .fast],
      keys: [.one([.readWrite, .access, .update, .variableFlags], notes: "RW and ACCESS due to the optional `GET` argument")],
      categories: [.string],
      group: .string, since: "1.0.0", summary: "Sets a key to a string, whatever it held.", complexity: "O(1)",
      arguments: [CommandArgument("key", .key, keySpec: 0), CommandArgument("value", .string)], handler: set),
    CommandSpec(
      "INCR", arity: 2, flags: [.write, .denyOOM, .fast], keys: [.one([.readWrite, .access, .update])], categories: [.string],
      group: .string, since: "1.0.0", summary: "Adds one to the integer at a key.", complexity: "O(1)",
      arguments: [CommandArgument("key", .key, keySpec: 0)], handler: increment),
  ]

  static func get(_ call: Call) throws(CommandError) {
    guard let entry = try call.database.stringEntry(call.key(1)) else { return call.reply.null() }
    switch KeyTable.string(entry) {
    case .bytes(let bytes): call.reply.bulk(bytes)
    case .integer(let value): call.reply.bulk(integer: value)
    }
  }

  static func set(_ call: Call) throws(CommandError) {
    if call.count == 3 {
      call.database.setString(call.key(1), call[2].buffer)
      return call.reply.ok()
    }
    throw .syntax
  }

  static func increment(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.increment(call.key(1), by: 1))
  }
}
