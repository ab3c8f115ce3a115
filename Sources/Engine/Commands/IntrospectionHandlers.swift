extension IntrospectionCommands {
  /// COMMAND alone.
  static func describeAll(_ call: Call) throws(CommandError) { describeAll(call.engine.table, call.reply) }

  private static func describeAll(_ table: CommandTable, _ reply: ReplyBuffer) {
    reply.array(table.topLevel.count)
    for id in table.topLevel { CommandDescription.info(table, id, reply) }
  }

  static func count(_ call: Call) throws(CommandError) { call.reply.integer(call.engine.table.topLevel.count) }

  static func info(_ call: Call) throws(CommandError) {
    let table = call.engine.table
    guard call.count > 2 else { return describeAll(table, call.reply) }
    call.reply.array(call.count - 2)
    for i in 2..<call.count {
      if let id = table.find(path: call[i].buffer) { CommandDescription.info(table, id, call.reply) } else { call.reply.nullArray() }
    }
  }

  static func docs(_ call: Call) throws(CommandError) {
    let table = call.engine.table
    let ids = call.count == 2 ? table.topLevel : (2..<call.count).compactMap { table.find(path: call[$0].buffer) }
    call.reply.map(ids.count)
    for id in ids { CommandDescription.docs(table, id, call.reply) }
  }

  // MARK: LIST

  static func list(_ call: Call) throws(CommandError) {
    let table = call.engine.table
    var names: [String]
    if call.count == 2 {
      names = table.records.map(\.fullName)
    } else if call.count == 5, call.is(2, "FILTERBY"), call.is(3, "MODULE") {
      names = []
    } else if call.count == 5, call.is(2, "FILTERBY"), call.is(3, "ACLCAT") {
      let wanted = ACLCategories.named(call.text(4))
      names = table.records.filter { wanted.map($0.spec.allCategories.contains) ?? false }.map(\.fullName)
    } else if call.count == 5, call.is(2, "FILTERBY"), call.is(3, "PATTERN") {
      names = table.records.map(\.fullName).filter { Glob.matches(call.text(4), $0, ignoringCase: true) }
    } else {
      throw .syntax
    }
    call.reply.array(names.count)
    for name in names { call.reply.bulk(name) }
  }

  // MARK: GETKEYS

  static func getkeys(_ call: Call) throws(CommandError) {
    let keys = try foundKeys(call)
    call.reply.array(keys.count)
    for key in keys { call.reply.bulk(call[key.index].buffer) }
  }

  static func getkeysandflags(_ call: Call) throws(CommandError) {
    let keys = try foundKeys(call)
    call.reply.array(keys.count)
    for key in keys {
      call.reply.array(2)
      call.reply.bulk(call[key.index].buffer)
      CommandDescription.flags(key.flags, call.reply)
    }
  }

  /// The keys of the command that stands in the arguments from the third on; indices are those of `call`.
  private static func foundKeys(_ call: Call) throws(CommandError) -> [KeyReference] {
    let table = call.engine.table
    var found = table.find(call[2].bytes, call[2].count)
    if let parent = found, parent.pointee.hasSubcommands, call.count > 3 {
      found = table.find(subcommand: call[3].bytes, call[3].count, of: parent.pointee.id)
    }
    guard let found else { throw CommandError("ERR Invalid command specified") }
    let spec = found.pointee.spec
    guard spec.keys.contains(where: { !$0.flags.contains(.notKey) }) else { throw CommandError("ERR The command has no key arguments") }
    let count = call.count - 2
    guard spec.arity > 0 ? count == spec.arity : count >= -spec.arity else {
      throw CommandError("ERR Invalid number of arguments specified for command")
    }
    let keys = KeyReference.find(spec, call.arguments + 2, count)
    guard !keys.isEmpty || spec.flags.contains(.noMandatoryKeys) else {
      throw CommandError("ERR Invalid arguments specified for command")
    }
    return keys.map { KeyReference(index: $0.index + 2, flags: $0.flags) }
  }

  static func commandHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "COMMAND",
      [
        ("(no subcommand)", ["Describes all commands."]),
        ("COUNT", ["How many commands there are."]),
        ("DOCS [<command-name> ...]", ["The documentation of these commands, or of all."]),
        ("GETKEYS <full-command>", ["Which arguments of a command are keys."]),
        ("GETKEYSANDFLAGS <full-command>", ["Which arguments of a command are keys, and what is done to them."]),
        ("INFO [<command-name> ...]", ["Describes these commands, or all."]),
        ("LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]", ["The commands' names."]),
      ])
  }
}

extension CommandTable {
  /// The id of `name` or of `parent|sub`.
  func find(path: UnsafeRawBufferPointer) -> Int? {
    guard let base = path.baseAddress else { return nil }
    guard let bar = path.firstIndex(of: UInt8(ascii: "|")) else { return find(base, path.count)?.pointee.id }
    guard let parent = find(base, bar), bar + 1 < path.count else { return nil }
    return find(subcommand: base + (bar + 1), path.count - bar - 1, of: parent.pointee.id)?.pointee.id
  }
}
