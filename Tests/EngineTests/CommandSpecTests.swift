import Testing

@testable import TernEngine

/// What COMMAND INFO and COMMAND DOCS of redis-server say of the string and key commands, against what their specs declare.
@Suite struct CommandSpecTests {
  private func ask(_ connection: RedisConnection, _ words: String...) throws -> RESPValue {
    try connection.send(RESPCommand.encode(words.map { Array($0.utf8) }))
    var parser = RESPReplyParser()
    parser.append(try connection.reply())
    return try #require(try parser.next())
  }

  private func field(_ map: RESPValue?, _ name: String) -> RESPValue? {
    guard case .map(let pairs) = map else { return nil }
    return pairs.first { $0.key.text == name }?.value
  }
  private func texts(_ value: RESPValue?) -> [String] { value?.elements?.compactMap(\.text) ?? [] }

  @Test func `specs agree with redis-server in arity, flags, keys, categories, tips and arguments`() throws {
    let redis = try RedisServer()
    let connection = try redis.connect()
    _ = try connection.ask("HELLO", "3")
    for spec in StringCommands.all + KeyCommands.all {
      let name = "\(spec.name)".lowercased()
      let info = try #require(try ask(connection, "COMMAND", "INFO", name).elements?.first?.elements, "\(name)")
      let docs = field(try ask(connection, "COMMAND", "DOCS", name), name)
      compare(spec, name, info, docs)
      for sub in spec.subcommands {
        let full = name + "|" + "\(sub.name)".lowercased()
        let info = try #require(try ask(connection, "COMMAND", "INFO", full).elements?.first?.elements, "\(full)")
        compare(sub, full, info, field(field(docs, "subcommands"), full))
      }
      #expect(spec.subcommands.count == info[9].elements?.count, "\(name)")
    }
  }

  private func compare(_ spec: CommandSpec, _ name: String, _ info: [RESPValue], _ docs: RESPValue?) {
    #expect(info[0].text == name)
    #expect(info[1].integerValue == Int64(spec.arity), "\(name)")
    let flags = CommandFlags.names.filter { spec.flags.contains($0.0) }.map { "\($0.1)" }
    #expect(Set(texts(info[2])) == Set(flags), "\(name)")
    // Those that follow from the flags are not declared.
    var categories = spec.categories
    if spec.flags.contains(.write) { categories.insert(.write) }
    if spec.flags.contains(.readonly) { categories.insert(.read) }
    categories.insert(spec.flags.contains(.fast) ? .fast : .slow)
    #expect(Set(texts(info[6])) == Set(ACLCategories.names.filter { categories.contains($0.0) }.map { "\($0.1)" }), "\(name)")
    #expect(texts(info[7]) == spec.tips.map { "\($0)" }, "\(name)")
    let keys = (info[8].elements ?? []).map { key -> String in
      let begin = field(field(field(key, "begin_search"), "spec"), "index")?.integerValue ?? -99
      let find = field(field(key, "find_keys"), "spec")
      let range = ["lastkey", "keystep", "limit"].map { field(find, $0)?.integerValue ?? -99 }
      return "\(texts(field(key, "flags")).sorted()) \(begin) \(range)"
    }
    let declared = spec.keys.map { key -> String in
      let flags = KeySpec.Flags.names.filter { key.flags.contains($0.0) }.map { "\($0.1)" }.sorted()
      guard case .index(let index) = key.begin, case .range(let last, let step, let limit) = key.find else { return "?" }
      return "\(flags) \(index) \([Int64(last), Int64(step), Int64(limit)])"
    }
    #expect(keys == declared, "\(name)")
    #expect(field(docs, "since")?.text == "\(spec.since)", "\(name)")
    #expect(field(docs, "group")?.text == spec.group.rawValue, "\(name)")
    #expect(field(docs, "deprecated_since")?.text == spec.deprecated.map { "\($0.since)" }, "\(name)")
    #expect(
      (field(docs, "history")?.elements ?? []).compactMap { $0.elements?.first?.text } == spec.history.map { "\($0.version)" }, "\(name)")
    #expect(structure(field(docs, "arguments")) == structure(spec.arguments), "\(name)")
  }

  private func structure(_ arguments: RESPValue?) -> [String] {
    (arguments?.elements ?? []).map { argument in
      let flags = texts(field(argument, "flags")).sorted()
      let index = field(argument, "key_spec_index")?.integerValue
      return [
        field(argument, "name")?.text, field(argument, "type")?.text, field(argument, "token")?.text, field(argument, "since")?.text,
        index.map(String.init), "\(flags)", "\(structure(field(argument, "arguments")))",
      ].map { $0 ?? "-" }.joined(separator: " ")
    }
  }

  private func structure(_ arguments: [CommandArgument]) -> [String] {
    arguments.map { argument in
      var flags: [String] = []
      if argument.isMultiple { flags.append("multiple") }
      if argument.isTokenRepeated { flags.append("multiple_token") }
      if argument.isOptional { flags.append("optional") }
      var inner: [String] = []
      if case .oneOf(let choices) = argument.type { inner = structure(choices) }
      if case .block(let parts) = argument.type { inner = structure(parts) }
      return [
        "\(argument.name)", "\(argument.type.name)", argument.token.map { "\($0)" }, argument.since.map { "\($0)" },
        argument.keySpec.map(String.init), "\(flags)", "\(inner)",
      ].map { $0 ?? "-" }.joined(separator: " ")
    }
  }
}
