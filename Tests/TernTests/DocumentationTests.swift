import Foundation
import Tern
import Testing

@Suite struct DocumentationTests {
  private static let here = URL(filePath: #filePath).deletingLastPathComponent()

  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  @Test(arguments: ["GettingStarted", "TransactionsAndSnapshots", "TypedCommands", "LeadersAndFollowers", "Configuring"])
  func `the Swift of an article is compiled as it stands there`(article: String) throws {
    let page = try String(contentsOf: Self.here.appending(path: "../../Sources/Tern/Tern.docc/\(article).md"), encoding: .utf8)
    let compiled = try lines(String(contentsOf: Self.here.appending(path: "DocumentationSnippets.swift"), encoding: .utf8))
    let blocks = page.components(separatedBy: "```swift\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
    try #require(!blocks.isEmpty)
    for block in blocks {
      let wanted = lines(block)
      let isThere = compiled.indices.contains { compiled[$0...].starts(with: wanted) }
      #expect(isThere, "not in DocumentationSnippets.swift:\n\(block)")
    }
  }

  @Test func `every article is listed on the first page, and there is nothing else there`() throws {
    let folder = Self.here.appending(path: "../../Sources/Tern/Tern.docc")
    let page = try String(contentsOf: folder.appending(path: "Tern.md"), encoding: .utf8)
    let articles = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") && $0 != "Tern.md" }
    for article in articles { #expect(page.contains("<doc:\(article.dropLast(3))>"), "\(article)") }
    // A link to an article that is not there.
    for article in articles + ["Tern.md"] {
      let text = try String(contentsOf: folder.appending(path: article), encoding: .utf8)
      for link in text.components(separatedBy: "<doc:").dropFirst() {
        let name = link.prefix { $0 != ">" && $0 != "#" }
        #expect(articles.contains("\(name).md"), "\(article) names \(name)")
      }
    }
  }

  @Test func `the environment's names are those of the article`() throws {
    let page = try String(contentsOf: Self.here.appending(path: "../../Sources/Tern/Tern.docc/Configuring.md"), encoding: .utf8)
    let code = try String(contentsOf: Self.here.appending(path: "../../Sources/Tern/NodeConfiguration+Sources.swift"), encoding: .utf8)
    for part in code.components(separatedBy: "source.").dropFirst()
    where part.hasPrefix("text([") || part.hasPrefix("number([") || part.hasPrefix("list([") {
      let names = part.prefix { $0 != ")" }.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
      #expect(page.contains("| `\(names.joined(separator: "."))` |"), "\(names)")
    }
  }

  @Test func `the snippets do what the articles say`() async throws {
    let node = try Node()
    try node.start()
    defer { node.stop() }
    try DocumentationSnippets.values(node)
    try DocumentationSnippets.keys(node)
    try node.delete("user:7")
    #expect(try DocumentationSnippets.commands(node).map(\.string) == ["bob", "ada"])
    #expect(throws: NotEnough.self) { try DocumentationSnippets.transfer(node, 5) }
    try node.set("balance:ada", 5)
    try DocumentationSnippets.transfer(node, 5)
    #expect(try node.get("balance:bob") == 5)
    try node.set("stock:7", 2)
    #expect(try await DocumentationSnippets.order(node, Shop()) == 9.5)
    #expect(try DocumentationSnippets.walk(node) == 2)
    #expect(try await DocumentationSnippets.lead(node) == 2)
    try await DocumentationSnippets.declare(node)
    #expect(try node.get("balance:bob") == 10)
    #expect(try await DocumentationSnippets.freshness(node).dropLast() == [3, 3, 3])
    #expect(try DocumentationSnippets.configure().port == 6380)
    let positions = Collected()
    let following = Task { [positions] in
      try await DocumentationSnippets.follow(node, load: { _ in positions.add("loaded") }, apply: { _ in }, save: { positions.add($0) })
    }
    while positions.all.isEmpty { await Task.yield() }
    try node.set("user:8", "Bob")
    while positions.all.count < 2 { await Task.yield() }
    following.cancel()
    _ = await following.result
  }
}
