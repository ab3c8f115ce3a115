import Foundation
import TernEngine
import TernNode
import Testing

@Suite struct TypedCommandTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Tern/Commands/Typed")

  /// The formatter moves line breaks, and nothing else.
  private static func normalized(_ text: String) -> String { text.filter { !$0.isWhitespace } }

  @Test func `the typed commands are those of the command table`() throws {
    for (name, text) in TypedCommandWriter.files {
      let file = Self.folder.appending(path: name)
      if ProcessInfo.processInfo.environment["TERN_WRITE_DOCUMENTS"] != nil {
        try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      let there = try String(contentsOf: file, encoding: .utf8)
      #expect(Self.normalized(there) == Self.normalized(text), "\(name) is not of this table; write it with TERN_WRITE_DOCUMENTS=1")
    }
  }

  @Test func `the leader's commands are those of the command table`() throws {
    let folder = Self.folder.appending(path: "../../Leader/Commands")
    for (name, text) in TypedCommandWriter.forwardedFiles {
      let file = folder.appending(path: name)
      if ProcessInfo.processInfo.environment["TERN_WRITE_DOCUMENTS"] != nil {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      let there = try String(contentsOf: file, encoding: .utf8)
      #expect(Self.normalized(there) == Self.normalized(text), "\(name) is not of this table; write it with TERN_WRITE_DOCUMENTS=1")
    }
  }

  @Test func `every command is a method, or the documentation says why not`() throws {
    let exposed = Set(TypedCommandWriter.commands.flatMap { $0.commands.map(\.fullName) })
    let page = try String(
      contentsOf: Self.folder.appending(path: "../../Tern.docc/TypedCommands.md"), encoding: .utf8)
    for spec in NodeCommands.all {
      let name = spec.name.lowercased
      let isThere = exposed.contains(name) || spec.subcommands.contains { exposed.contains("\(name)|\($0.name.lowercased)") }
      #expect(isThere || page.contains("`\(name.uppercased())`"), "\(name)")
    }
  }
}
