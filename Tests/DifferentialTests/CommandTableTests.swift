import Foundation
import TernEngine
import TernNode
import Testing

/// COMMAND, COMMAND DOCS and COMMAND GETKEYSANDFLAGS beside the real server's, for every command that both have. What differs must be listed,
/// with its reason, in Sources/Tern/Tern.docc/CommandDifferences.md; what is listed must differ.
@Suite(.serialized)
struct CommandTableTests {
  struct Difference: Hashable {
    var command: String
    var field: String
    var theirs: String
    var ours: String
  }

  /// A row of the document: `*` stands for every command.
  struct Row: Hashable {
    var command: String
    var field: String
  }

  static let document = RepositoryFile.path("Sources/Tern/Tern.docc/CommandDifferences.md")

  private func rows() throws -> Set<Row> {
    let text = try String(contentsOfFile: Self.document, encoding: .utf8)
    var rows: Set<Row> = []
    for line in text.split(separator: "\n") where line.hasPrefix("| `") {
      // A bar inside of a name is written `\\|`.
      let cells = line.replacing("\\|", with: "\u{1}").split(separator: "|").map { $0.replacing("\u{1}", with: "|") }.map {
        $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "")
      }
      try #require(cells.count == 3, "\(line)")
      #expect(!cells[2].isEmpty, "\(line)")
      for field in cells[1].split(separator: ",") { rows.insert(Row(command: cells[0], field: field.trimmingCharacters(in: .whitespaces))) }
    }
    return rows
  }

  @Test func `what COMMAND says differs from redis-server only where the document says so`() throws {
    let real = try RealServer()
    let node = try NodeUnderTest(seed: 1)
    let names = Set((try real.control.value("COMMAND", "LIST").elements ?? []).compactMap(\.text))
    var differences: [Difference] = []
    for record in node.core.engine.table.records where names.contains(record.fullName) {
      let name = record.fullName
      let info = ["COMMAND", "INFO", name].map { Array($0.utf8) }
      let docs = ["COMMAND", "DOCS", name].map { Array($0.utf8) }
      differences += compareInfo(
        name, try real.control.value(info).elements?.first?.elements ?? [], node.value(info).elements?.first?.elements ?? [])
      if !name.contains("|") {
        differences += compareDocs(name, try real.control.value(docs).elements?.last ?? .null, node.value(docs).elements?.last ?? .null)
      }
    }
    differences += try compareKeys(real, node, names)
    try check(differences, knownFields: differences.map(\.field))
  }

  private func check(_ differences: [Difference], knownFields: [String]) throws {
    let rows = try rows()
    let unlisted = differences.filter {
      !rows.contains(Row(command: $0.command, field: $0.field)) && !rows.contains(Row(command: "*", field: $0.field))
    }
    #expect(
      unlisted.isEmpty,
      "\(unlisted.map { "\($0.command), \($0.field): redis-server \($0.theirs.prefix(400)); ours \($0.ours.prefix(400))" }.joined(separator: "\n"))"
    )
    let stale = rows.filter { row in
      !differences.contains { ($0.command == row.command || row.command == "*") && $0.field == row.field }
    }
    #expect(stale.isEmpty, "listed, and yet equal: \(stale.map { "\($0.command), \($0.field)" }.sorted())")
  }

  // MARK: INFO

  private func compareInfo(_ name: String, _ theirs: [RESPValue], _ ours: [RESPValue]) -> [Difference] {
    guard theirs.count == 10, ours.count == 10 else {
      return [Difference(command: name, field: "info", theirs: "\(theirs.count) fields", ours: "\(ours.count) fields")]
    }
    func sorted(_ value: RESPValue) -> String { (value.elements ?? []).map(plain).sorted().joined(separator: " ") }
    let fields = [
      ("name", plain(theirs[0]), plain(ours[0])), ("arity", plain(theirs[1]), plain(ours[1])),
      ("flags", sorted(theirs[2]), sorted(ours[2])),
      ("first key, last key, step", theirs[3...5].map(plain).joined(separator: " "), ours[3...5].map(plain).joined(separator: " ")),
      ("categories", sorted(theirs[6]), sorted(ours[6])), ("tips", sorted(theirs[7]), sorted(ours[7])),
      ("key specs", specs(theirs[8]), specs(ours[8])), ("notes of key specs", notes(theirs[8]), notes(ours[8])),
      ("subcommands", names(theirs[9]), names(ours[9])),
    ]
    return fields.filter { $0.1 != $0.2 }.map { Difference(command: name, field: $0.0, theirs: $0.1, ours: $0.2) }
  }

  private func plain(_ value: RESPValue) -> String {
    if let elements = value.elements { return "[" + elements.map(plain).joined(separator: " ") + "]" }
    if case .integer(let value) = value { return "\(value)" }
    return value.text ?? "(nil)"
  }
  private func names(_ value: RESPValue) -> String {
    (value.elements ?? []).compactMap { $0.elements?.first?.text }.sorted().joined(separator: " ")
  }
  private func specs(_ value: RESPValue) -> String {
    (value.elements ?? []).map { spec in
      let fields = pairs(spec)
      let flags = (fields["flags"]?.elements ?? []).map(plain).sorted()
      return "\(flags) \(plain(fields["begin_search"] ?? .null)) \(plain(fields["find_keys"] ?? .null))"
    }.joined(separator: "; ")
  }
  private func notes(_ value: RESPValue) -> String {
    (value.elements ?? []).map { pairs($0)["notes"].map(plain) ?? "-" }.joined(separator: "; ")
  }

  private func pairs(_ value: RESPValue) -> [String: RESPValue] {
    let flat = value.elements ?? []
    var fields: [String: RESPValue] = [:]
    for i in stride(from: 0, to: flat.count - 1, by: 2) { fields[flat[i].text ?? "?"] = flat[i + 1] }
    return fields
  }

  // MARK: DOCS

  private func compareDocs(_ name: String, _ theirs: RESPValue, _ ours: RESPValue) -> [Difference] {
    let a = pairs(theirs)
    let b = pairs(ours)
    var differences: [Difference] = []
    for field in Set(a.keys).union(b.keys).sorted() where field != "subcommands" && field != "history" {
      let texts = [a[field], b[field]].map { $0.map(plain) ?? "(none)" }
      if texts[0] != texts[1] { differences.append(Difference(command: name, field: field, theirs: texts[0], ours: texts[1])) }
    }
    let histories = [a, b].map { ($0["history"]?.elements ?? []).map { $0.elements?.map(plain) ?? [] } }
    let versions = histories.map { $0.compactMap(\.first).sorted().joined(separator: " ") }
    if versions[0] != versions[1] {
      differences.append(Difference(command: name, field: "history", theirs: versions[0], ours: versions[1]))
    }
    if histories[0] != histories[1] {
      differences.append(Difference(command: name, field: "words of the history", theirs: "\(histories[0])", ours: "\(histories[1])"))
    }
    let children = [a, b].map { pairs($0["subcommands"] ?? .null) }
    for child in Set(children[0].keys).intersection(children[1].keys).sorted() {
      differences += compareDocs(child, children[0][child] ?? .null, children[1][child] ?? .null)
    }
    return differences
  }

  // MARK: GETKEYSANDFLAGS

  /// Keys without flags: Redis's way out when the number of keys is none, such as `1.5` or `+1`, and it reads the digits in front.
  private static func isGuess(_ real: RealServer, _ call: [[UInt8]]) throws -> Bool {
    let keys = try real.control.value([Array("COMMAND".utf8), Array("GETKEYSANDFLAGS".utf8)] + call).elements ?? []
    return keys.contains { $0.elements?.last?.elements?.isEmpty ?? false }
  }

  /// Calls as the scripts have them, right and wrong.
  private func compareKeys(_ real: RealServer, _ node: NodeUnderTest, _ names: Set<String>) throws -> [Difference] {
    var differences: [Difference] = []
    for record in node.core.engine.table.records where names.contains(record.fullName) && !record.hasSubcommands {
      var found: Set<String> = []
      let seed = record.fullName.utf8.reduce(UInt64(5)) { $0 &* 31 &+ UInt64($1) }
      var writer = CommandWriter(random: SeededRandom(seed: seed), payloads: [Array("payload".utf8)])
      for _ in 0..<30 {
        let call = writer.write(.init(spec: record.spec, name: record.fullName, group: record.spec.group))
        if ReplyRule.reasonToLeaveOut(Step(1, call)) != nil { continue }
        for question in ["GETKEYS", "GETKEYSANDFLAGS"] {
          let words = [Array("COMMAND".utf8), Array(question.utf8)] + call
          let theirs = try real.control.ask(words)
          let ours = node.ask(words)
          if try Self.isGuess(real, call) { continue }
          guard theirs != ours, found.insert(question).inserted else { continue }
          differences.append(
            Difference(
              command: record.fullName, field: question, theirs: Step(1, call).line + " " + printable(theirs), ours: printable(ours)))
        }
      }
    }
    return differences
  }
}

enum RepositoryFile {
  static func path(_ relative: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(relative).path
  }
}
