import TernEngine

/// The list of the files that an append only log consists of, in the form of Redis 7's `appendonly.aof.manifest`: one line a file,
///
///     file appendonly.aof.2.base.rdb seq 2 type b
///
/// The data is the base followed by the increments in order. History files were superseded by a rewrite and wait to be removed.
package struct AOFManifest: Hashable, Sendable {
  package enum FileType: Character, Hashable, Sendable {
    case base = "b"
    case history = "h"
    case increment = "i"
  }

  package struct File: Hashable, Sendable {
    package var name: String
    package var sequence: Int64
    package var type: FileType

    package init(name: String, sequence: Int64, type: FileType) {
      self.name = name
      self.sequence = sequence
      self.type = type
    }

    var line: String {
      let quoted = name.utf8.contains { byte in
        byte <= 0x20 || byte >= 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\")
      }
      return "file \(quoted || name.isEmpty ? QuotedArguments.quote(name.utf8) : name) seq \(sequence) type \(type.rawValue)\n"
    }
  }

  package var base: File?
  package var history: [File] = []
  /// In ascending order of their sequence numbers.
  package var increments: [File] = []
  /// The highest numbers ever used; a number is not used twice for different contents.
  package var baseSequence: Int64 = 0
  package var incrementSequence: Int64 = 0

  package init() {}

  /// The base and the increments, in the order in which they are loaded.
  package var files: [File] { (base.map { [$0] } ?? []) + increments }
  package var isEmpty: Bool { base == nil && increments.isEmpty }

  package var text: String { ((base.map { [$0] } ?? []) + history + increments).map(\.line).joined() }
}

extension AOFManifest {
  /// What is wrong with a manifest, in Redis's words; `description` is the text that Redis logs under
  /// `*** FATAL AOF MANIFEST FILE ERROR ***`.
  package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    /// nil when the file as a whole is meant.
    package var lineNumber: Int?
    package var line: String?
    package var reason: String

    package var description: String {
      guard let lineNumber, let line else { return reason }
      return "Reading the manifest file, at line \(lineNumber)\n>>> '\(line)'\n\(reason)"
    }
  }

  static let lineBytesMax = 1024

  package init(parsing contents: [UInt8]) throws(Malformed) {
    guard !contents.isEmpty else { throw Malformed(reason: "Found an empty AOF manifest") }
    var rest = contents[...]
    var number = 0
    while !rest.isEmpty {
      number += 1
      // A last line without its end is refused too: the file was cut.
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")), end - rest.startIndex < AOFManifest.lineBytesMax else {
        throw Malformed(reason: "The AOF manifest file contains too long line")
      }
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.first == UInt8(ascii: "#") { continue }
      do throws(Reason) {
        try add(AOFManifest.parse(line))
      } catch {
        throw Malformed(lineNumber: number, line: String(decoding: AOFManifest.trimmed(line), as: UTF8.self), reason: error.text)
      }
    }
  }

  private struct Reason: Error { var text: String }
  private static let invalidFormat = Reason(text: "Invalid AOF manifest file format")

  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let blanks = Array(" \t\r\n".utf8)
    guard let first = line.firstIndex(where: { !blanks.contains($0) }), let last = line.lastIndex(where: { !blanks.contains($0) }) else {
      return []
    }
    return line[first...last]
  }

  private static func parse(_ line: ArraySlice<UInt8>) throws(Reason) -> File {
    guard let arguments = QuotedArguments.split(trimmed(line)), arguments.count >= 6, arguments.count.isMultiple(of: 2) else {
      throw invalidFormat
    }
    var name: String?
    var sequence: Int64?
    var type: UInt8?
    for i in stride(from: 0, to: arguments.count, by: 2) {
      let value = arguments[i + 1]
      // Other keys are of later versions, and are skipped as Redis does.
      switch String(decoding: arguments[i], as: UTF8.self).lowercased() {
      case "file":
        // A path could lead out of the directory, and a rewrite removes what the manifest names.
        if value.contains(UInt8(ascii: "/")) || value.contains(UInt8(ascii: "\\")) || value == [0x2e] || value == [0x2e, 0x2e] {
          throw Reason(text: "File can't be a path, just a filename")
        }
        name = String(validating: value, as: UTF8.self)
      case "seq": sequence = Int64(String(decoding: value, as: UTF8.self))
      case "type": type = value.first
      default: break
      }
    }
    guard let name, !name.isEmpty, let sequence, sequence != 0, let type else { throw invalidFormat }
    guard let type = FileType(rawValue: Character(Unicode.Scalar(type))) else { throw Reason(text: "Unknown AOF file type") }
    return File(name: name, sequence: sequence, type: type)
  }

  private mutating func add(_ file: File) throws(Reason) {
    switch file.type {
    case .base:
      if base != nil { throw Reason(text: "Found duplicate base file information") }
      base = file
      baseSequence = file.sequence
    case .history: history.append(file)
    case .increment:
      if file.sequence <= incrementSequence { throw Reason(text: "Found a non-monotonic sequence number") }
      increments.append(file)
      incrementSequence = file.sequence
    }
  }
}

extension AOFManifest {
  package enum BaseFormat: Hashable, Sendable {
    /// `aof-use-rdb-preamble yes`
    case rdb
    /// Commands, as in the increments.
    case resp
  }

  /// `appendonly.aof.3.base.rdb`
  func nextBase(of fileName: String, format: BaseFormat) -> File {
    let sequence = baseSequence &+ 1
    return File(name: "\(fileName).\(sequence).base.\(format == .rdb ? "rdb" : "aof")", sequence: sequence, type: .base)
  }

  /// `appendonly.aof.3.incr.aof`
  func nextIncrement(of fileName: String) -> File {
    let sequence = incrementSequence &+ 1
    return File(name: "\(fileName).\(sequence).incr.aof", sequence: sequence, type: .increment)
  }

  mutating func append(_ increment: File) {
    increments.append(increment)
    incrementSequence = increment.sequence
  }

  /// Makes `newBase` stand for all that precedes `increment`.
  mutating func supersede(with newBase: File, upTo increment: File) {
    func superseded(_ file: File) -> File { File(name: file.name, sequence: file.sequence, type: .history) }
    // An old base may carry the name that is now taken again (a leftover number); then it is already replaced.
    if let base, base.name != newBase.name { history.append(superseded(base)) }
    history += increments.filter { $0.sequence < increment.sequence }.map(superseded)
    increments.removeAll { $0.sequence < increment.sequence }
    if increments.isEmpty { append(increment) }
    base = newBase
    baseSequence = newBase.sequence
  }
}
