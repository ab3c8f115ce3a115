/// OBJECT: how a value is kept, in the names that Redis has for it.
extension KeyCommands {
  /// Longer strings than this are `raw` in Redis, which keeps shorter ones in one block with their object.
  private static let embeddedBytesMax = 44

  static func encoding(_ entry: Entry) -> StaticString {
    switch entry.layout {
    case .integer: "int"
    case .inline: entry.stringCount <= embeddedBytesMax ? "embstr" : "raw"
    case .inlineRaw: entry.type == .string ? "raw" : "listpackex"
    case .block: entry.type == .string ? "raw" : "hashtable"
    case .flat: "listpack"
    case .integers: "intset"
    case .flatLarge, .tree:
      switch entry.type {
      case .list: entry.listEncoding
      case .sortedSet: "skiplist"
      case .stream: "stream"
      case .set, .hash, .string: "hashtable"
      }
    }
  }

  static func objectEncoding(_ call: Call) throws(CommandError) {
    guard let entry = call.database.examine(call.key(2), notifyingMiss: false) else { return call.reply.null() }
    call.reply.bulk(encoding(entry))
  }

  /// Redis shares the objects of the integers below 10000 among all keys, and says so.
  static func objectRefcount(_ call: Call) throws(CommandError) {
    guard let entry = call.database.examine(call.key(2), notifyingMiss: false) else { return call.reply.null() }
    if case .integer(let value)? = entry.string, value >= 0, value < 10_000 {
      call.reply.integer(Int64(Int32.max))
    } else {
      call.reply.integer(1)
    }
  }

  static func objectIdleTime(_ call: Call) throws(CommandError) {
    guard let entry = call.database.examine(call.key(2), notifyingMiss: false) else { return call.reply.null() }
    guard call.engine.settings.memory.policy.order != .frequency else {
      throw CommandError(
        "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime "
          + "LRU and LFU data will take some time to adjust.")
    }
    call.reply.integer(call.engine.idleSeconds(entry))
  }

  static func objectFrequency(_ call: Call) throws(CommandError) {
    guard let entry = call.database.examine(call.key(2), notifyingMiss: false) else { return call.reply.null() }
    if call.engine.settings.memory.policy.order == .frequency {
      return call.reply.integer(Int64(call.engine.frequency(entry)))
    }
    throw CommandError(
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at "
        + "runtime LRU and LFU data will take some time to adjust.")
  }

  static func objectHelp(_ call: Call) throws(CommandError) {
    let lines: [StaticString] = [
      "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "ENCODING <key>", "    Name how the value is kept in memory.",
      "FREQ <key>", "    Return how often the key is used, on a logarithmic scale.",
      "IDLETIME <key>", "    Return for how many seconds the key has not been used.",
      "REFCOUNT <key>", "    Return how many references to the value there are.",
      "HELP", "    Print these lines.",
    ]
    call.reply.array(lines.count)
    for line in lines { call.reply.simple(line) }
  }
}
