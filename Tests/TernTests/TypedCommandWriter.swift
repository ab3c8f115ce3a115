import TernEngine
import TernNode

/// Writes Sources/Tern/Commands/Typed from the command table: a method for each command, named and labelled as valkey-swift has it, so
/// that code moves between a client and an embedded node.
struct TypedCommandWriter {
  /// What a method returns, by the command's full name; everything else returns a `Reply`.
  enum Result: String {
    case nothing, integer, optionalInteger, bytes, optionalBytes, double, optionalDouble, array, optionalArray, optionalDoubles, integers
    case dictionary, reply

    var type: String? {
      switch self {
      case .nothing: nil
      case .integer: "Int"
      case .optionalInteger: "Int?"
      case .bytes: "Bytes"
      case .optionalBytes: "Bytes?"
      case .double: "Double"
      case .optionalDouble: "Double?"
      case .array: "[Bytes]"
      case .optionalArray: "[Bytes?]"
      case .optionalDoubles: "[Double?]"
      case .integers: "[Int]"
      case .dictionary: "[Bytes: Bytes]"
      case .reply: "Reply"
      }
    }

    var conversion: String {
      switch self {
      case .nothing, .reply: ""
      case .integer: ".asInteger()"
      case .optionalInteger: ".asOptionalInteger()"
      case .bytes: ".asBytes()"
      case .optionalBytes: ".asOptionalBytes()"
      case .double: ".asDouble()"
      case .optionalDouble: ".asOptionalDouble()"
      case .array: ".asBytesArray()"
      case .optionalArray: ".asOptionalBytesArray()"
      case .optionalDoubles: ".asOptionalDoubleArray()"
      case .integers: ".asIntegerArray()"
      case .dictionary: ".asDictionary()"
      }
    }
  }

  private static let results: [(Result, String)] = [
    (.nothing, "flushall flushdb hmset ltrim mset pfmerge psetex rename restore setex swapdb xsetid xgroup|setid lset xgroup|create"),
    (
      .integer,
      """
      append bitcount bitop bitpos copy dbsize decr decrby del exists expire expireat expiretime geoadd geosearchstore getbit hdel hexists
      hincrby hlen hset hsetnx hstrlen incr incrby linsert llen lpush lpushx lrem move msetnx persist pexpire pexpireat pexpiretime pfadd
      pfcount pttl publish renamenx rpush rpushx sadd scard sdiffstore setbit setnx setrange sinterstore sintercard sismember smove
      spublish srem strlen sunionstore touch ttl unlink xack xdel xlen xtrim zcard zcount zdiffstore zintercard zinterstore
      zlexcount zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore zunionstore hsetex object|refcount object|idletime
      object|freq pubsub|numpat xgroup|createconsumer xgroup|delconsumer xgroup|destroy
      """
    ),
    (.optionalInteger, "memory|usage"),
    (.bytes, "getrange substr type incrbyfloat hincrbyfloat"),
    (
      .optionalBytes,
      "get getdel getex getset hget lindex lmove rpoplpush randomkey dump object|encoding xadd set brpoplpush blmove"
    ),
    (.double, "zincrby"),
    (.optionalDouble, "zscore geodist"),
    (.optionalDoubles, "zmscore"),
    (
      .array,
      """
      hkeys hvals keys lrange sdiff sinter smembers sunion zrangebylex zrevrangebylex pubsub|channels pubsub|shardchannels time
      """
    ),
    (.optionalArray, "mget hmget geohash"),
    (
      .integers,
      "smismember hexpire hpexpire hexpireat hpexpireat hpersist httl hpttl hexpiretime hpexpiretime"
    ),
    (.dictionary, "hgetall"),
  ]

  private static let resultByName: [String: Result] = {
    var byName: [String: Result] = [:]
    for (result, names) in results { for name in names.split(whereSeparator: \.isWhitespace) { byName[String(name)] = result } }
    return byName
  }()

  /// Commands that wait: they are there as `async` methods of `Node`, and, where they need not wait, for all.
  static let waiting: Set<String> = ["blpop", "brpop", "blmove", "blmpop", "brpoplpush", "bzpopmin", "bzpopmax", "bzmpop"]
  static let optionallyWaiting: Set<String> = ["xread", "xreadgroup"]
  /// Groups whose commands make no sense without a connection, a script engine or a cluster.
  static let groups: [(group: CommandGroup, file: String)] = [
    (.generic, "Keys"), (.string, "Strings"), (.bitmap, "Bitmaps"), (.list, "Lists"), (.hash, "Hashes"), (.set, "Sets"),
    (.sortedSet, "SortedSets"), (.geo, "Geo"), (.stream, "Streams"), (.hyperLogLog, "HyperLogLogs"), (.pubsub, "PubSub"),
    (.server, "Server"),
  ]
  /// Of the server group, those that tell of data. The others configure a server.
  static let ofServer: Set<String> = ["dbsize", "flushall", "flushdb", "swapdb", "time", "memory|usage", "lolwut", "info"]

  static func isExposed(_ spec: CommandSpec, fullName: String) -> Bool {
    let top = fullName.split(separator: "|").first.map(String.init) ?? fullName
    guard groups.contains(where: { $0.group == spec.group }), !Engine.notForHosts.contains(top) else { return false }
    if !spec.flags.isDisjoint(with: [.admin, .protected]) || !spec.subcommands.isEmpty || fullName.hasSuffix("|help") { return false }
    return spec.group != .server || ofServer.contains(fullName)
  }

  /// All that are exposed, with their full names, by file.
  static var commands: [(file: String, commands: [(fullName: String, spec: CommandSpec)])] {
    groups.map { group, file in
      var found: [(String, CommandSpec)] = []
      for spec in NodeCommands.all {
        let name = spec.name.lowercased
        if spec.group == group, isExposed(spec, fullName: name) { found.append((name, spec)) }
        for child in spec.subcommands where spec.group == group {
          let full = name + "|" + child.name.lowercased
          if isExposed(child, fullName: full) { found.append((full, child)) }
        }
      }
      return (file, found.sorted { $0.0 < $1.0 })
    }
  }

  static var files: [(name: String, text: String)] {
    commands.map { file, commands in
      var writer = TypedCommandWriter()
      for (fullName, spec) in commands { writer.add(fullName, spec) }
      return ("Typed+\(file).swift", writer.text)
    }
  }

  /// The same commands as values, and as methods of the leader's handle.
  static var forwardedFiles: [(name: String, text: String)] {
    commands.compactMap { file, commands in
      var writer = TypedCommandWriter()
      for (fullName, spec) in commands { writer.add(fullName, spec) }
      return writer.forwarded.isEmpty ? nil : ("Leader+\(file).swift", writer.forwardedText)
    }
  }

  // MARK: one file

  private var forwarded: [(type: String, maker: String, method: String)] = []
  private var types: [String: [String]] = [:]
  private var reading: [String] = []
  private var writing: [String] = []
  private var async: [String] = []

  private var text: String { Self.file(namespaces + methods) }

  private var forwardedText: String {
    var out = ""
    for type in Set(forwarded.map(\.type)).sorted() {
      let makers = forwarded.filter { $0.type == type }.map(\.maker)
      out += "\nextension KeyspaceCommand where Value == \(type) {\n\(makers.joined(separator: "\n\n"))\n}\n"
    }
    return Self.file(out + "\nextension Leader {\n\(forwarded.map(\.method).joined(separator: "\n\n"))\n}\n")
  }

  private static func file(_ body: String) -> String {
    var out = """
      // Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

      """
    if body.contains("Date") {
      out += """

        #if canImport(FoundationEssentials)
          public import FoundationEssentials
        #else
          public import Foundation
        #endif

        """
    }
    return out + body
  }

  private var namespaces: String {
    var out = ""
    for (path, definitions) in types.sorted(by: { $0.key < $1.key }) where !definitions.isEmpty {
      let parts = path.split(separator: ".")
      out += "\n/// Options of `\(parts.joined(separator: " "))`.\n"
      out += "public enum \(parts.joined(separator: "")) {\n\(definitions.joined(separator: "\n\n"))\n}\n"
    }
    return out
  }

  private var methods: String {
    var out = ""
    for (owner, methods) in [
      ("KeyspaceReading where Self: ~Copyable", reading), ("KeyspaceWriting where Self: ~Copyable", writing), ("Node", async),
    ] where !methods.isEmpty { out += "\nextension \(owner) {\n\(methods.joined(separator: "\n\n"))\n}\n" }
    return out
  }

  private mutating func add(_ fullName: String, _ spec: CommandSpec) {
    let parts = fullName.split(separator: "|").map(String.init)
    let namespace = parts.map { $0.uppercased() }.joined(separator: ".")
    types[namespace] = []
    let typePrefix = parts.map { $0.uppercased() }.joined()
    let function = fullName.split { "|_".contains($0) }.map(String.init).enumerated().map { $0 == 0 ? $1 : Self.capitalized($1) }.joined()
    let result = Self.resultByName[fullName] ?? .reply
    let writes = spec.flags.isHostWrite
    for isAsync in [false, true] {
      let waits = Self.waiting.contains(fullName)
      if isAsync ? !waits && !Self.optionallyWaiting.contains(fullName) : waits { continue }
      var arguments = spec.arguments
      if !isAsync { arguments.removeAll { $0.token.map { "\($0)" } == "BLOCK" } }
      if isAsync { for i in arguments.indices where arguments[i].token.map({ "\($0)" }) == "BLOCK" { arguments[i].isOptional = false } }
      let (parameters, statements) = lower(arguments, namespace: namespace, typePrefix: typePrefix, isMethod: true)
      var lines: [String] = []
      lines += Self.documentation(spec, fullName)
      if result != .nothing, writes { lines.append("@discardableResult") }
      let returned = result.type.map { " -> \($0)" } ?? ""
      let effects = isAsync ? "async throws" : "throws(TernError)"
      lines.append("public func \(function)(\(parameters.joined(separator: ", "))) \(effects)\(returned) {")
      lines.append("  \(statements.isEmpty ? "let" : "var") request = KeyspaceRequest(\"\(parts[0].uppercased())\")")
      if parts.count > 1 { lines.append("  request.token(\"\(parts[1].uppercased())\")") }
      lines += statements.map { "  " + $0 }
      let call = isAsync ? "try await executeWaiting(request)" : "try execute(request)"
      lines.append("  " + (result == .nothing ? "_ = \(call)" : result == .reply ? "return \(call)" : "return \(call)\(result.conversion)"))
      lines.append("}")
      if parts.count > 1, statements.isEmpty {
        lines = lines.map { $0.replacing("  let request", with: "  var request") }
      }
      let method = lines.map { "  " + $0 }.joined(separator: "\n")
      if !isAsync { forward(spec, fullName, function, parameters, lines, result) }
      if isAsync { async.append(method) } else if writes { writing.append(method) } else { reading.append(method) }
    }
  }

  /// - Parameter lines: the method that runs it here
  private mutating func forward(
    _ spec: CommandSpec, _ fullName: String, _ function: String, _ parameters: [String], _ lines: [String], _ result: Result
  ) {
    let type = result.type ?? "Void"
    guard let head = lines.firstIndex(where: { $0.hasPrefix("public func") }) else { return }
    let list = parameters.joined(separator: ", ")
    var maker = Self.documentation(spec, fullName)
    maker.append("public static func \(function)(\(list)) -> KeyspaceCommand<\(type)> {")
    maker += lines[(head + 1)...].dropLast(2)
    let conversion =
      result == .nothing ? "_ in ()" : result == .reply ? "reply in reply" : "(reply) throws(TernError) in try reply\(result.conversion)"
    maker.append("  return KeyspaceCommand(request) { \(conversion) }")
    maker.append("}")
    let arguments = parameters.map { parameter -> String in
      let name = String(parameter.prefix { $0 != ":" })
      // A label needs no escape where an argument is passed.
      return name.hasPrefix("_ ") ? String(name.dropFirst(2)) : "\(name.replacing("`", with: "")): \(name)"
    }
    var method = Self.documentation(spec, fullName)
    if result != .nothing, spec.flags.isHostWrite { method.append("@discardableResult") }
    method.append("public func \(function)(\(list)) async throws\(result.type.map { " -> \($0)" } ?? "") {")
    method.append("  try await run(.\(function)(\(arguments.joined(separator: ", "))))")
    method.append("}")
    forwarded.append((type, maker.map { "  " + $0 }.joined(separator: "\n"), method.map { "  " + $0 }.joined(separator: "\n")))
  }

  private static func documentation(_ spec: CommandSpec, _ fullName: String) -> [String] {
    var lines = ["/// \(spec.summary)"]
    lines.append("///")
    lines.append("/// `\(fullName.uppercased().replacing("|", with: " "))`, since Redis \(spec.since). Complexity: \(spec.complexity).")
    if let deprecated = spec.deprecated { lines.append("/// Deprecated since \(deprecated.since): \(deprecated.replacedBy).") }
    return lines
  }

  // MARK: arguments

  /// Parameters and the statements that encode them into `request`.
  private mutating func lower(
    _ arguments: [CommandArgument], namespace: String, typePrefix: String, isMethod: Bool, fields: UnsafeMutablePointer<[String]>? = nil
  ) -> (parameters: [String], statements: [String]) {
    var parameters: [String] = []
    var statements: [String] = []
    var used: [String: Int] = [:]
    for (i, argument) in arguments.enumerated() {
      // The count of what follows is known.
      let raw = "\(argument.name)"
      if raw == "numkeys" || raw == "numfields", i + 1 < arguments.count, arguments[i + 1].isMultiple {
        statements.append("request.add(\(Self.escaped(Self.label(arguments[i + 1]))).count)")
        continue
      }
      let isPure: Bool = if case .pureToken = argument.type { true } else { false }
      if isPure, !argument.isOptional {
        if let token = argument.token { statements.append("request.token(\"\(token)\")") }
        continue
      }
      var label = Self.label(argument)
      if let count = used[label] {
        used[label] = count + 1
        label += "\(count + 1)"
      } else {
        used[label] = 1
      }
      let name = Self.escaped(label)
      let (type, isGeneric) = type(of: argument, namespace: namespace, typePrefix: typePrefix, isMethod: isMethod)
      let isKey: Bool = if case .key = argument.type { true } else { false }
      let hidesLabel = isMethod && isKey && label == "key" && !argument.isMultiple
      var full = argument.isMultiple ? "[\(type)]" : type
      var ending = ""
      if isPure {
        full = "Bool"
        ending = " = false"
      } else if argument.isOptional {
        if argument.isMultiple {
          ending = " = []"
          full = "[\(isGeneric ? "Bytes" : type)]"
        } else {
          full = "\(isGeneric ? "Bytes" : type)?"
          ending = " = nil"
        }
      }
      parameters.append((hidesLabel ? "_ " : "") + "\(name): \(full)\(ending)")
      if let fields {
        let stored = isGeneric ? (argument.isMultiple ? "[Bytes]" : argument.isOptional ? "Bytes?" : "Bytes") : full
        fields.pointee.append("\(name): \(stored)\(isGeneric && !argument.isOptional ? "|" : "")")
      }
      statements += Self.encoding(argument, name)
    }
    return (parameters, statements)
  }

  private static func encoding(_ argument: CommandArgument, _ name: String) -> [String] {
    let token = argument.token.flatMap { "\($0)".isEmpty ? nil : "request.token(\"\($0)\")" }
    if case .pureToken = argument.type { return token.map { ["if \(name) { \($0) }"] } ?? [] }
    let isTime: Bool = if case .unixTime = argument.type { true } else { false }
    let isMilliseconds = "\(argument.name)".contains("milliseconds")
    func add(_ value: String) -> String {
      isTime ? "request.add(\(value), inMilliseconds: \(isMilliseconds))" : "request.add(\(value))"
    }
    if argument.isMultiple {
      if let token, argument.isTokenRepeated { return ["for one in \(name) {", "  \(token)", "  \(add("one"))", "}"] }
      if let token, argument.isOptional { return ["if !\(name).isEmpty {", "  \(token)", "  \(add(name))", "}"] }
      return (token.map { [$0] } ?? []) + [add(name)]
    }
    if argument.isOptional {
      guard let token else { return ["if let \(name) { \(add(name)) }"] }
      return ["if let \(name) {", "  \(token)", "  \(add(name))", "}"]
    }
    return (token.map { [$0] } ?? []) + [add(name)]
  }

  private mutating func type(
    of argument: CommandArgument, namespace: String, typePrefix: String, isMethod: Bool
  ) -> (type: String, isGeneric: Bool) {
    switch argument.type {
    case .key, .string, .pattern: return ("some KeyspaceBytes", true)
    // Redis's own table calls what ZINCRBY adds an integer; it takes any number.
    case .integer: return (namespace == "ZINCRBY" ? "Double" : "Int", false)
    case .double: return ("Double", false)
    case .unixTime: return ("Date", false)
    case .pureToken: return ("Bool", false)
    case .oneOf(let options):
      let name = Self.capitalized(Self.label(argument, plural: false))
      let text = define(enum: name, options, namespace: namespace, typePrefix: typePrefix)
      return (typePrefix + "." + keep(name, text, namespace), false)
    case .block(let parts):
      let name = Self.capitalized(Self.label(argument, plural: false))
      let text = define(struct: name, parts, namespace: namespace, typePrefix: typePrefix)
      return (typePrefix + "." + keep(name, text, namespace), false)
    }
  }

  /// Adds a definition under a name that is free, and returns the name.
  private mutating func keep(_ name: String, _ text: String, _ namespace: String) -> String {
    var candidate = name
    var number = 1
    while true {
      let definition = text.replacing("@@", with: candidate)
      if types[namespace]?.contains(definition) == true { return candidate }
      let isTaken = types[namespace]?.contains { $0.contains(" \(candidate): ") && $0.hasPrefix("  public") } == true
      if !isTaken {
        types[namespace, default: []].append(definition)
        return candidate
      }
      number += 1
      candidate = name + "\(number)"
    }
  }

  private mutating func define(enum name: String, _ options: [CommandArgument], namespace: String, typePrefix: String) -> String {
    var cases: [String] = []
    var branches: [String] = []
    for option in options {
      let label = Self.escaped(Self.label(option))
      if case .pureToken = option.type {
        cases.append("    case \(label)")
        branches.append("      case .\(label): request.token(\"\(option.token.map { "\($0)" } ?? "")\")")
        continue
      }
      let (type, isGeneric) = type(of: option, namespace: namespace, typePrefix: typePrefix, isMethod: false)
      let one = isGeneric ? "Bytes" : type.hasPrefix(typePrefix + ".") ? String(type.dropFirst(typePrefix.count + 1)) : type
      cases.append("    case \(label)(\(option.isMultiple ? "[\(one)]" : one))")
      branches.append("      case .\(label)(let value):")
      var plain = option
      plain.isOptional = false
      branches += Self.encoding(plain, "value").map { "        " + $0 }
    }
    return """
        public enum @@: KeyspaceRequestPart, Hashable, Sendable {
      \(cases.joined(separator: "\n"))

          func encode(into request: inout KeyspaceRequest) {
            switch self {
      \(branches.joined(separator: "\n"))
            }
          }
        }
      """
  }

  private mutating func define(struct name: String, _ parts: [CommandArgument], namespace: String, typePrefix: String) -> String {
    var fields: [String] = []
    let (parameters, statements) = withUnsafeMutablePointer(to: &fields) {
      lower(parts, namespace: namespace, typePrefix: typePrefix, isMethod: false, fields: $0)
    }
    func local(_ text: String) -> String { text.replacing(typePrefix + ".", with: "") }
    var lines = ["  public struct @@: KeyspaceRequestPart, Hashable, Sendable {"]
    for field in fields { lines.append("    public var \(local(field.replacing("|", with: "")))") }
    lines.append("    public init(\(parameters.map(local).joined(separator: ", "))) {")
    for field in fields {
      let name = String(field.prefix { $0 != ":" })
      if field.hasSuffix("|") {
        lines.append("      self.\(name) = " + (field.contains("[Bytes]") ? "\(name).map { Bytes($0) }" : "Bytes(\(name))"))
      } else {
        lines.append("      self.\(name) = \(name)")
      }
    }
    lines.append("    }")
    lines.append("    func encode(into request: inout KeyspaceRequest) {")
    lines += statements.map { "      " + $0 }
    lines.append("    }")
    lines.append("  }")
    return lines.joined(separator: "\n")
  }

  // MARK: names

  /// Where our table names an argument otherwise than valkey-swift.
  private static let labels = [
    "id_or_auto": "idSelector", "groupname": "group", "consumername": "consumer", "entries_read": "entriesread",
  ]
  private static let keywords: Set<String> = ["operator", "where", "in", "default", "is", "as", "init", "self", "func", "repeat"]
  private static func escaped(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

  static func capitalized(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

  private static func label(_ argument: CommandArgument, plural: Bool = true) -> String {
    if case .block = argument.type, argument.isMultiple { return "data" }
    if let known = labels["\(argument.name)"] { return known }
    let words = "\(argument.name)".lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let name = (words.first ?? "value") + words.dropFirst().map(capitalized).joined()
    guard plural, argument.isMultiple, !name.hasSuffix("s") else { return name }
    return name + "s"
  }
}

extension StaticString {
  var lowercased: String { "\(self)".lowercased() }
}
