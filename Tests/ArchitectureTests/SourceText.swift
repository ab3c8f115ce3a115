import Foundation

/// The repository that this test was compiled from.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All Swift files below `folder`, by their path relative to the root.
  static func swiftFiles(in folder: String) -> [String] {
    let base = root.appendingPathComponent(folder).path
    guard let found = FileManager.default.enumerator(atPath: base) else { return [] }
    return found.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.map { folder + "/" + $0 }.sorted()
  }

  static func text(_ path: String) throws -> String { try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8) }
}

/// A source file, line by line, good enough for rules about words: it knows comments and string literals, not Swift.
struct SourceText {
  struct Line {
    var number: Int
    var text: String
    /// Without its comment, and with the contents of one-line string literals blanked.
    var code: String
  }

  let path: String
  let lines: [Line]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
      Line(number: index + 1, text: String(line), code: Self.code(of: line))
    }
  }

  /// The second folder of `Sources/Engine/Commands/Strings.swift`: `Engine`.
  var folder: String {
    let parts = path.split(separator: "/")
    return parts.count > 2 ? String(parts[1]) : ""
  }

  /// The modules that are imported, one for each import declaration; `import struct M.T` imports M.
  var imports: [(line: Int, module: String)] {
    let kinds: Set<Substring> = ["struct", "class", "enum", "func", "protocol", "typealias", "var", "let", "actor"]
    var found: [(Int, String)] = []
    for line in lines {
      for statement in line.code.split(separator: ";") {
        let words = statement.split(whereSeparator: \.isWhitespace)
        guard let keyword = words.firstIndex(of: "import") else { continue }
        let isDeclaration = words[..<keyword].allSatisfy {
          $0.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains($0)
        }
        var rest = words[(keyword + 1)...]
        if let first = rest.first, kinds.contains(first) { rest = rest.dropFirst() }
        guard isDeclaration, let path = rest.first, let module = path.split(separator: ".").first else { continue }
        found.append((line.number, String(module)))
      }
    }
    return found
  }

  private static func code(of line: Substring) -> String {
    var code = ""
    var isInString = false
    var isEscaped = false
    var previous: Character?
    for character in line {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if character == "\\" {
          isEscaped = true
        } else if character == "\"" {
          isInString = false
          code.append(character)
        }
        previous = nil
        continue
      }
      if character == "/", previous == "/" {
        code.removeLast()
        return code
      }
      if character == "\"" { isInString = true }
      code.append(character)
      previous = character
    }
    return code
  }
}
