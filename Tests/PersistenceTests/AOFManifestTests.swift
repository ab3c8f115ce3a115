import Testing

@testable import TernPersistence

@Suite struct AOFManifestTests {
  static func parse(_ text: String) throws(AOFManifest.Malformed) -> AOFManifest { try AOFManifest(parsing: Array(text.utf8)) }

  @Test func `a manifest of Redis is read and printed the same`() throws {
    let text = """
      file appendonly.aof.2.base.rdb seq 2 type b
      file appendonly.aof.1.base.rdb seq 1 type h
      file appendonly.aof.1.incr.aof seq 1 type h
      file appendonly.aof.2.incr.aof seq 2 type i
      file "with space \\"and quote\\".incr.aof" seq 3 type i

      """
    let manifest = try Self.parse(text)
    #expect(manifest.text == text)
    #expect(manifest.files.map(\.name) == ["appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof", "with space \"and quote\".incr.aof"])
    #expect(manifest.nextBase(of: "appendonly.aof", format: .rdb).name == "appendonly.aof.3.base.rdb")
    #expect(manifest.nextBase(of: "appendonly.aof", format: .resp).name == "appendonly.aof.3.base.aof")
    #expect(manifest.nextIncrement(of: "appendonly.aof").name == "appendonly.aof.4.incr.aof")
  }

  @Test func `comments, other keys, other orders and other cases are accepted as Redis does`() throws {
    let manifest = try Self.parse("# hello\nSEQ 1 type i startoffset 12 FILE a\n")
    #expect(manifest.increments == [.init(name: "a", sequence: 1, type: .increment)])
    #expect(try Self.parse("# only a comment\n").isEmpty)
  }

  // Each text was given to redis-server 7.0.15, and each reason is what it printed.
  @Test(
    arguments: [
      ("", "Found an empty AOF manifest", nil), ("\n", "Invalid AOF manifest file format", 1),
      ("file a seq 1\n", "Invalid AOF manifest file format", 1), ("file a seq 0 type i\n", "Invalid AOF manifest file format", 1),
      ("fil a seq 1 type b\n", "Invalid AOF manifest file format", 1), ("file \"a seq 1 type b\n", "Invalid AOF manifest file format", 1),
      ("file a seq 1 type b\n\nfile b seq 1 type i\n", "Invalid AOF manifest file format", 2),
      ("file a/b seq 1 type b\n", "File can't be a path, just a filename", 1), ("file a seq 1 type x\n", "Unknown AOF file type", 1),
      ("file a seq 1 type b\nfile c seq 2 type b\n", "Found duplicate base file information", 2),
      ("file a seq 2 type i\nfile b seq 1 type i\n", "Found a non-monotonic sequence number", 2),
      ("file a seq -1 type i\n", "Found a non-monotonic sequence number", 1),
      ("file a seq 1 type b", "The AOF manifest file contains too long line", nil),
      ("file " + String(repeating: "x", count: 1100) + " seq 1 type b\n", "The AOF manifest file contains too long line", nil),
    ] as [(String, String, Int?)]) func `a bad manifest is refused in Redis's words`(text: String, reason: String, line: Int?) throws
  {
    let error = try #require(throws: AOFManifest.Malformed.self) { try Self.parse(text) }
    #expect(error.reason == reason)
    #expect(error.lineNumber == line)
  }

  @Test func `no bytes make the parser trap`() {
    var random = SeededGenerator(seed: 5)
    let words = ["file ", "seq ", "type ", "a ", "1 ", "b", "i", "\n", "\"", "#", "\\", "-", "9223372036854775807 ", "\u{0}", "é"]
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0..<20, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }.joined()
      if let manifest = try? Self.parse(text) {
        _ = manifest.nextBase(of: "a", format: .rdb)
        #expect(manifest.isEmpty && manifest.history.isEmpty || (try? Self.parse(manifest.text)) == manifest)
      }
    }
  }
}
