import Testing

@testable import TernEngine

/// What COMMAND says about each command of these families, beside what redis-server says.
@Suite(.serialized)
struct ServerCommandTableTests {
  private static let families: [[CommandSpec]] = [
    ConnectionCommands.all, ClientCommands.all, PubSubCommands.all, TransactionCommands.all, IntrospectionCommands.all, ServerCommands.all,
    SlowlogCommands.all, DebugCommands.all,
  ]
  private static var names: [String] { families.flatMap { $0 }.map { "\($0.name)".lowercased() } }

  private func fields(_ value: RESPValue) -> [String: RESPValue] {
    var fields: [String: RESPValue] = [:]
    let flat = value.elements ?? []
    for i in stride(from: 0, to: flat.count - 1, by: 2) { fields[flat[i].text ?? "?"] = flat[i + 1] }
    return fields
  }

  /// Sets in a fixed order, so that they can be compared.
  private func sorted(_ value: RESPValue) -> [String] { (value.elements ?? []).map { "\($0)" }.sorted() }

  private func compareInfo(_ ours: RESPValue, _ real: RESPValue) {
    guard let a = ours.elements, let b = real.elements, a.count == 10, b.count == 10 else {
      Issue.record("not ten fields: \(ours) \(real)")
      return
    }
    let name = a[0].text ?? "?"
    for i in [0, 1, 3, 4, 5, 8] { #expect(a[i] == b[i], "\(name), field \(i)") }
    for i in [2, 6, 7] { #expect(sorted(a[i]) == sorted(b[i]), "\(name), field \(i)") }
    let known = Dictionary(uniqueKeysWithValues: (a[9].elements ?? []).map { ($0.elements?.first?.text ?? "?", $0) })
    for child in b[9].elements ?? [] {
      if let own = known[child.elements?.first?.text ?? "?"] { compareInfo(own, child) }
    }
  }

  /// Summaries, explanations of the complexity and of changes are our own words; everything else must be equal.
  private func compareDocs(_ name: String, _ ours: RESPValue, _ real: RESPValue) {
    let a = fields(ours)
    let b = fields(real)
    #expect(Set(a.keys).symmetricDifference(b.keys).isSubset(of: ["subcommands"]), "\(name): \(a.keys) \(b.keys)")
    for key in ["since", "group", "doc_flags", "deprecated_since", "arguments"] { #expect(a[key] == b[key], "\(name), \(key)") }
    let orders = [a, b].map { $0["complexity"]?.text.flatMap { $0.hasPrefix("O(") ? String($0.prefix { $0 != ")" }) : "" } }
    #expect(orders[0] == orders[1], "\(name), complexity")
    let versions = [a, b].map { ($0["history"]?.elements ?? []).map { $0.elements?.first } }
    #expect(versions[0] == versions[1], "\(name), history")
    #expect(a["summary"]?.text?.isEmpty == false)
    let children = fields(a["subcommands"] ?? .array([]))
    for (child, docs) in fields(b["subcommands"] ?? .array([])) {
      if let own = children[child] { compareDocs(child, own, docs) }
    }
  }

  @Test(arguments: ["2", "3"]) func `COMMAND INFO and COMMAND DOCS agree with the real server`(version: String) throws {
    let real = try ServerRealServer()
    let link = try real.connect()
    let client = ServerTestEngine().connect()
    try link.send(["HELLO", version])
    client.send("HELLO", version)
    for name in Self.names {
      let info = try link.send(["COMMAND", "INFO", name])
      let docs = try link.send(["COMMAND", "DOCS", name])
      compareInfo(client.send("COMMAND", "INFO", name).elements?.first ?? .null, info.elements?.first ?? .null)
      let own = client.send("COMMAND", "DOCS", name)
      #expect(own.elements?.first == docs.elements?.first)
      compareDocs(name, own.elements?.last ?? .null, docs.elements?.last ?? .null)
    }
  }

  @Test func `no subcommand of the real server is missing but those that are left out on purpose`() throws {
    let link = try ServerRealServer().connect()
    let client = ServerTestEngine().connect()
    for name in Self.names {
      let real = try link.send(["COMMAND", "LIST", "FILTERBY", "PATTERN", name + "|*"]).elements ?? []
      let own = client.send("COMMAND", "LIST", "FILTERBY", "PATTERN", name + "|*").elements ?? []
      let missing = Set(real.compactMap(\.text)).subtracting(own.compactMap(\.text))
      #expect(missing.isSubset(of: ["latency|histogram"]), "\(name): \(missing)")
    }
  }

  @Test func `the forms of COMMAND, right and wrong`() throws {
    let link = try ServerRealServer().connect()
    let client = ServerTestEngine().connect()
    let lines = [
      "COMMAND NOSUCH", "COMMAND COUNT x", "COMMAND INFO nosuch", "COMMAND INFO nosuch|x", "COMMAND INFO client|nosuch",
      "COMMAND INFO client|id CLIENT|ID", "COMMAND DOCS nosuch", "COMMAND LIST foo", "COMMAND LIST FILTERBY foo x",
      "COMMAND LIST FILTERBY PATTERN", "COMMAND LIST FILTERBY ACLCAT nosuch", "COMMAND LIST FILTERBY ACLCAT @transaction",
      "COMMAND LIST FILTERBY MODULE x", "COMMAND LIST FILTERBY PATTERN ech*", "COMMAND LIST FILTERBY PATTERN ECH*", "COMMAND GETKEYS get",
      "COMMAND GETKEYS nosuch x", "COMMAND GETKEYS get a", "COMMAND GETKEYS get a b", "COMMAND GETKEYS ping x",
      "COMMAND GETKEYS watch a b c", "COMMAND GETKEYS publish a b", "COMMAND GETKEYS spublish a b", "COMMAND GETKEYS ssubscribe a b",
      "COMMAND GETKEYS set a", "COMMAND GETKEYS client id", "COMMAND GETKEYS client|id x", "COMMAND GETKEYSANDFLAGS get a",
      "COMMAND GETKEYSANDFLAGS set a b", "COMMAND GETKEYSANDFLAGS set a b GET", "COMMAND GETKEYSANDFLAGS watch a b",
      "COMMAND GETKEYSANDFLAGS ping x", "HELLO 3", "COMMAND INFO nosuch", "COMMAND GETKEYSANDFLAGS set a b", "COMMAND DOCS nosuch",
      "COMMAND LIST FILTERBY PATTERN ech*",
    ]
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      let own = client.sendAll(words.map { Array($0.utf8) }).first
      let real = try link.send(words)
      if line.hasPrefix("HELLO") { continue }
      #expect(own == real, "\(line)")
    }
    let transactions = client.send("COMMAND", "LIST", "FILTERBY", "ACLCAT", "transaction")
    #expect(sorted(transactions) == sorted(try link.send(["COMMAND", "LIST", "FILTERBY", "ACLCAT", "transaction"])))
  }

  @Test func `keys are found by keyword, by count and in steps`() {
    func find(_ keys: [KeySpec], _ words: String) -> [Int] {
      let spec = CommandSpec(
        "X", arity: -1, flags: [], keys: keys, group: .generic, since: "1", summary: "", complexity: ""
      ) { _ throws(CommandError) in }
      let arguments = words.split(separator: " ").map { Array($0.utf8) }
      let flat = arguments.flatMap { $0 }
      return flat.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return [] }
        var offset = 0
        let views = arguments.map { argument in
          defer { offset += argument.count }
          return ArgumentView(base + offset, argument.count)
        }
        return views.withUnsafeBufferPointer { KeyReference.find(spec, $0.baseAddress!, $0.count).map(\.index) }
      }
    }
    #expect(find([.rest([], step: 2)], "mset a 1 b 2") == [1, 3])
    #expect(find([.rest([], last: -2)], "blpop a b 0") == [1, 2])
    #expect(
      find(
        [KeySpec([], begin: .keyword("STREAMS", startFrom: 1), find: .range(last: -1, step: 1, limit: 2))],
        "xread count 1 streams a b 0 0") == [4, 5])
    #expect(
      find(
        [KeySpec([], begin: .keyword("KEYS", startFrom: -2), find: .range(last: -1, step: 1, limit: 0))],
        "migrate h 1 x 0 5 keys a b") == [7, 8])
    let counted = [KeySpec([], begin: .index(2), find: .keyCount(at: 0, first: 1, step: 1))]
    #expect(find(counted, "eval s 2 a b c") == [3, 4])
    #expect(find(counted, "eval s 99 a b").isEmpty)
    #expect(find(counted, "eval s -1 a b").isEmpty)
    #expect(find(counted, "eval s 9223372036854775807 a b").isEmpty)
    #expect(find(counted, "eval s").isEmpty)
  }
}
