import Foundation
import TernEngine
import Testing

@Suite struct CommandDocumentTests {
  private static let path = RepositoryFile.path("Sources/Tern/Tern.docc/Commands.md")

  @Test func `the table of commands in the documentation is what the command table says`() throws {
    let real = try RealServer()
    let docs = try withExtendedLifetime(real) { try real.control.value("COMMAND", "DOCS") }
    var elsewhere: [String: (since: String, group: String)] = [:]
    collect(docs, into: &elsewhere)
    #expect(elsewhere.count > 300)
    let text = CommandDocument(elsewhere: elsewhere).text
    if ProcessInfo.processInfo.environment["TERN_WRITE_DOCUMENTS"] != nil {
      try text.write(toFile: Self.path, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOfFile: Self.path, encoding: .utf8)
    let lines = [written, text].map { $0.split(separator: "\n") }
    let first = zip(lines[0], lines[1]).first { $0 != $1 }
    #expect(
      written == text,
      "the first line that differs: \(first.map { "\($0.0) / \($0.1)" } ?? "the end"); write it with TERN_WRITE_DOCUMENTS=1")
  }

  /// Of a command and of its subcommands; a subcommand stands where its container does.
  private func collect(_ docs: RESPValue, into facts: inout [String: (since: String, group: String)], group: String? = nil) {
    let flat = docs.elements ?? []
    for i in stride(from: 0, to: flat.count - 1, by: 2) {
      guard let name = flat[i].text, let fields = flat[i + 1].elements else { continue }
      func field(_ wanted: String) -> RESPValue? {
        stride(from: 0, to: fields.count - 1, by: 2).first { fields[$0].text == wanted }.map { fields[$0 + 1] }
      }
      let group = group ?? field("group")?.text ?? ""
      facts[name] = (field("since")?.text ?? "", group)
      if let children = field("subcommands") { collect(children, into: &facts, group: group) }
    }
  }
}
