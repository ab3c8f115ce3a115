/// A command's spec in the shapes of COMMAND INFO and COMMAND DOCS.
///
/// Sources: https://redis.io/docs/latest/commands/command/ and …/command-docs/
enum CommandDescription {
  // MARK: INFO

  static func info(_ table: CommandTable, _ id: Int, _ reply: ReplyBuffer) {
    let record = table.records[id]
    let spec = record.spec
    let range = spec.legacyKeyRange
    reply.array(10)
    reply.bulk(record.fullName)
    reply.integer(spec.arity)
    words(CommandFlags.names.filter { spec.flags.contains($0.0) }.map(\.1), reply)
    reply.integer(range.first)
    reply.integer(range.last)
    reply.integer(range.step)
    let categories = spec.allCategories
    words(ACLCategories.names.filter { categories.contains($0.0) }.map(\.1), reply)
    reply.set(spec.tips.count)
    for tip in spec.tips { reply.bulk(tip) }
    reply.set(spec.keys.count)
    for key in spec.keys { keySpec(key, reply) }
    reply.set(table.children[id].count)
    for child in table.children[id] { info(table, child, reply) }
  }

  private static func words(_ words: [StaticString], _ reply: ReplyBuffer) {
    reply.set(words.count)
    for word in words { reply.simple(word) }
  }

  static func flags(_ flags: KeySpec.Flags, _ reply: ReplyBuffer) {
    words(KeySpec.Flags.names.filter { flags.contains($0.0) }.map(\.1), reply)
  }

  private static func keySpec(_ key: KeySpec, _ reply: ReplyBuffer) {
    reply.map(key.notes == nil ? 3 : 4)
    if let notes = key.notes {
      reply.bulk("notes")
      reply.bulk(notes)
    }
    reply.bulk("flags")
    flags(key.flags, reply)
    reply.bulk("begin_search")
    switch key.begin {
    case .index(let index): search("index", [("index", .integer(Int64(index)))], reply)
    case .keyword(let word, let start):
      search("keyword", [("keyword", .bulkString(Array("\(word)".utf8))), ("startfrom", .integer(Int64(start)))], reply)
    case .unknown: search("unknown", [], reply)
    }
    reply.bulk("find_keys")
    switch key.find {
    case .range(let last, let step, let limit):
      search("range", [("lastkey", .integer(Int64(last))), ("keystep", .integer(Int64(step))), ("limit", .integer(Int64(limit)))], reply)
    case .keyCount(let at, let first, let step):
      search(
        "keynum", [("keynumidx", .integer(Int64(at))), ("firstkey", .integer(Int64(first))), ("keystep", .integer(Int64(step)))], reply)
    case .unknown: search("unknown", [], reply)
    }
  }

  private static func search(_ type: StaticString, _ fields: [(StaticString, RESPValue)], _ reply: ReplyBuffer) {
    reply.map(2)
    reply.bulk("type")
    reply.bulk(type)
    reply.bulk("spec")
    reply.map(fields.count)
    for (name, value) in fields {
      reply.bulk(name)
      reply.value(value)
    }
  }

  // MARK: DOCS

  /// One pair of the map: the name and its documentation.
  static func docs(_ table: CommandTable, _ id: Int, _ reply: ReplyBuffer) {
    let record = table.records[id]
    let spec = record.spec
    let children = table.children[id]
    let hasComplexity = spec.complexity.utf8CodeUnitCount > 0
    let isSystem = spec.flags.contains(.systemCommand)
    var fields = 3
    if hasComplexity { fields += 1 }
    if isSystem || spec.deprecated != nil { fields += 1 }
    if spec.deprecated != nil { fields += 2 }
    if !spec.history.isEmpty { fields += 1 }
    if !spec.arguments.isEmpty { fields += 1 }
    if !children.isEmpty { fields += 1 }

    reply.bulk(record.fullName)
    reply.map(fields)
    field("summary", spec.summary, reply)
    field("since", spec.since, reply)
    reply.bulk("group")
    reply.bulk(spec.group.rawValue)
    if hasComplexity { field("complexity", spec.complexity, reply) }
    if isSystem || spec.deprecated != nil {
      reply.bulk("doc_flags")
      words((spec.deprecated == nil ? [] : ["deprecated"]) + (isSystem ? ["syscmd"] : []), reply)
    }
    if let deprecated = spec.deprecated {
      field("deprecated_since", deprecated.since, reply)
      field("replaced_by", deprecated.replacedBy, reply)
    }
    if !spec.history.isEmpty {
      reply.bulk("history")
      reply.set(spec.history.count)
      for item in spec.history {
        reply.array(2)
        reply.bulk(item.version)
        reply.bulk(item.change)
      }
    }
    if !spec.arguments.isEmpty {
      reply.bulk("arguments")
      arguments(spec.arguments, reply)
    }
    if !children.isEmpty {
      reply.bulk("subcommands")
      reply.map(children.count)
      for child in children { docs(table, child, reply) }
    }
  }

  private static func field(_ name: StaticString, _ value: StaticString, _ reply: ReplyBuffer) {
    reply.bulk(name)
    reply.bulk(value)
  }

  private static func arguments(_ list: [CommandArgument], _ reply: ReplyBuffer) {
    reply.array(list.count)
    for argument in list {
      var flags: [StaticString] = []
      if argument.isOptional { flags.append("optional") }
      if argument.isMultiple { flags.append("multiple") }
      if argument.isTokenRepeated { flags.append("multiple_token") }
      var inner: [CommandArgument] = []
      switch argument.type {
      case .oneOf(let arguments), .block(let arguments): inner = arguments
      default: break
      }
      let optional = [argument.token != nil, argument.keySpec != nil, argument.since != nil, argument.deprecatedSince != nil]
      reply.map(2 + optional.filter { $0 }.count + (flags.isEmpty ? 0 : 1) + (inner.isEmpty ? 0 : 1))
      field("name", argument.name, reply)
      field("type", argument.type.name, reply)
      if let index = argument.keySpec {
        reply.bulk("key_spec_index")
        reply.integer(index)
      }
      if let token = argument.token { field("token", token, reply) }
      if let since = argument.since { field("since", since, reply) }
      if let since = argument.deprecatedSince { field("deprecated_since", since, reply) }
      if !flags.isEmpty {
        reply.bulk("flags")
        words(flags, reply)
      }
      if !inner.isEmpty {
        reply.bulk("arguments")
        arguments(inner, reply)
      }
    }
  }
}

extension CommandSpec {
  /// Declared ones, and those that follow from the flags.
  package var allCategories: ACLCategories {
    var all = categories
    if flags.contains(.write) { all.insert(.write) }
    if flags.contains(.readonly), !categories.contains(.scripting) { all.insert(.read) }
    if flags.contains(.admin) { all.formUnion([.admin, .dangerous]) }
    if flags.contains(.pubsub) { all.insert(.pubsub) }
    if flags.contains(.blocking) { all.insert(.blocking) }
    all.insert(flags.contains(.fast) ? .fast : .slow)
    return all
  }

  /// The keys as clients knew them before there were key specs: first, last (from the end if negative), step; zeros without keys.
  package var legacyKeyRange: (first: Int, last: Int, step: Int) {
    if keys.count == 1, case .index(let index) = keys[0].begin, case .range(let last, let step, _) = keys[0].find {
      return (index, last >= 0 ? index + last : last, step)
    }
    // Several specs count as one range if they follow each other without a gap.
    var first: Int?
    var lastOfAll = 0
    for key in keys {
      guard case .index(let index) = key.begin, case .range(let last, let step, _) = key.find else { continue }
      guard step == 1, first == nil || lastOfAll == index - 1 else { return (0, 0, 0) }
      first = min(first ?? index, index)
      lastOfAll = last >= 0 ? index + last : last
    }
    guard let first else { return (0, 0, 0) }
    return (first, lastOfAll, 1)
  }
}

extension ACLCategories {
  /// By the name without `@`, in any case of letters.
  static func named(_ name: String) -> ACLCategories? {
    names.first { "\($0.1)".dropFirst() == name.lowercased() }?.0
  }
}
