import Foundation
import Testing

@Suite struct ArchitectureTests {
  private func sources() throws -> [SourceText] {
    let files = Repository.swiftFiles(in: "Sources")
    // Were the path wrong, no file would be found, and every rule would hold.
    try #require(files.contains("Sources/RESP/RESPValue.swift"))
    return try files.map { SourceText(path: $0, text: try Repository.text($0)) }
  }

  @Test func `imports in Sources point down only`() throws {
    let violations = try sources().flatMap(ImportRules.violations)
    #expect(violations.isEmpty, "\(violations.map(\.description).joined(separator: "\n"))")
  }

  @Test func `no traps, no leftovers and no hidden inputs in Sources`() throws {
    let violations = try sources().flatMap(HouseRules.violations)
    #expect(violations.isEmpty, "\(violations.map(\.description).joined(separator: "\n"))")
  }

  @Test func `files are changed by the file layer alone`() throws {
    let violations = try sources().flatMap(FileRules.violations)
    #expect(violations.isEmpty, "\(violations.map(\.description).joined(separator: "\n"))")
    // An exception for a file that is gone would cover the next one of that name.
    for path in FileRules.exceptions.keys { #expect(try !Repository.text(path).isEmpty) }
  }

  @Test func `every folder of Sources has a rule`() throws {
    let ruled = Set(ImportRules.onlyThese.keys).union(ImportRules.notThese.keys).union(ImportRules.foldersWithoutSwift)
    let folders = try FileManager.default.contentsOfDirectory(atPath: Repository.root.appendingPathComponent("Sources").path)
    #expect(Set(folders.filter { !$0.hasPrefix(".") }).isSubset(of: ruled))
  }

  @Test func `the licence is in the repository`() throws {
    let text = try Repository.text("LICENSE")
    #expect(text.contains("Apache License") && text.contains("Version 2.0"))
  }

  @Test(arguments: ["Samples/run-cluster.sh", "Tests/run.sh"])
  func `a command of the README exists and can be executed`(command: String) throws {
    #expect(try Repository.text("README.md").contains("\n\(command)"))
    #expect(FileManager.default.isExecutableFile(atPath: Repository.root.appendingPathComponent(command).path))
  }
}

/// A rule that cannot fail protects nothing: each is shown a text that breaks it, and one that does not.
@Suite struct RuleTests {
  @Test(
    arguments: [
      ("RESP", "import Foundation"), ("RESP", "import TernEngine"), ("Structures", "import Glibc"), ("Engine", "  import NIOCore"),
      ("Engine", "internal import Dispatch"), ("Persistence", "@preconcurrency import Logging"), ("Persistence", "import CTern"),
      ("Replication", "import struct Foundation.Date"), ("Replication", "import TernNode"), ("Sentinel", "import TernReplication"),
      ("Sentinel", "let a = 1; import FoundationEssentials"), ("Node", "package import TernSentinel"), ("Node", "import Darwin"),
      ("Simulation", "import NIOConcurrencyHelpers"), ("Drivers", "import Tern"), ("Drivers", "import TernSimulation"),
      ("Tern", "public import TernTesting"), ("TernTesting", "import SampleSupport"), ("Elsewhere", "import Synchronization"),
      ("CLZ4", "let a = 1"),
    ])
  func `an import that points up is found`(folder: String, text: String) {
    let source = SourceText(path: "Sources/\(folder)/File.swift", text: "// a file\n\(text)\n")
    #expect(ImportRules.violations(in: source).count == 1)
  }

  @Test(
    arguments: [
      ("RESP", "// import Foundation"), ("RESP", "let text = \"import Foundation\""), ("Structures", "import CTern"),
      ("Engine", "internal import Synchronization"), ("Persistence", "import CLZ4"), ("Node", "package import TernReplication"),
      ("Drivers", "import NIOCore"), ("Drivers", "package import TernNode"), ("Tern", "public import Logging"),
      ("TernTesting", "import TernSimulation"), ("Engine", "func important(import value: Int) {}"),
    ])
  func `an import that points down is not`(folder: String, text: String) {
    #expect(ImportRules.violations(in: SourceText(path: "Sources/\(folder)/Inner/File.swift", text: text)).isEmpty)
  }

  @Test(
    arguments: [
      ("Tern", "  default: fatalError(\"no\")"), ("Drivers", "let a = try! f()"), ("Tern", "let a = 1 // TODO later"),
      ("RESP", "/// FIXME"), ("Engine", "let clock = ContinuousClock()"), ("Sentinel", "let n = Int.random(in: 0..<3)"),
      ("Replication", "try await Task.sleep(for: .seconds(1))"), ("Simulation", "let one = list.randomElement()"),
    ])
  func `a broken house rule is found`(folder: String, text: String) {
    #expect(HouseRules.violations(in: SourceText(path: "Sources/\(folder)/File.swift", text: text)).count == 1)
  }

  @Test(
    arguments: [
      "    if unlink(path) != 0 {", "let d = open(path, O_RDWR)", "try FileManager.default.removeItem(atPath: path)",
      "defer { fsync(descriptor) }", "posixOpen(path, O_WRONLY, 0)",
    ])
  func `a file call besides the file layer is found`(text: String) {
    for folder in ["Drivers/Persistence", "Tern"] {
      #expect(FileRules.violations(in: SourceText(path: "Sources/\(folder)/File.swift", text: text)).count == 1)
    }
    #expect(FileRules.violations(in: SourceText(path: "Sources/Drivers/Files/File.swift", text: text)).isEmpty)
  }

  @Test(arguments: [
    "try fileSystem.open(path, for: .read)", "write(bytes)", "func rename(_ path: String) {", "// unlink(path)",
    "let text = \"open(2)\"", "stream.unlink()",
  ])
  func `a call of the file layer is none`(text: String) {
    #expect(FileRules.violations(in: SourceText(path: "Sources/Drivers/Persistence/File.swift", text: text)).isEmpty)
  }

  @Test(
    arguments: [
      ("Tern", "// never fatalError() here"), ("Drivers", "let clock = ContinuousClock()"), ("Tern", "log(\"try! again\")"),
      ("Engine", "let n = Int.random(in: 0..<3, using: &generator)"), ("Engine", "let url = \"https://redis.io\"; let a = try f()"),
    ])
  func `what only looks like one is not`(folder: String, text: String) {
    #expect(HouseRules.violations(in: SourceText(path: "Sources/\(folder)/File.swift", text: text)).isEmpty)
  }
}

@Suite struct ReadmeTests {
  @Test func `the README shows the embedding sample as it is compiled`() throws {
    let sample = try Repository.text("Samples/Embedding/main.swift")
    #expect(sample.contains("import Tern\n"))
    #expect(try Repository.text("README.md").contains(sample))
  }
}
