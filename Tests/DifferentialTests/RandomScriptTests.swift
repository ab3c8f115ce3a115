import Foundation
import TernEngine
import TernNode
import Testing

/// The same random scripts for a node of ours and for the real redis-server 7.0: all replies, all keyspace events, and the data at the end
/// agree. Every command that both have takes part as soon as it is in the command table.
///
/// `TERN_SEEDS=100-199` tries other seeds; `TERN_DIFFERENTIAL_MINUTES=60` goes on with new ones for so long (Tests/differential.sh);
/// `TERN_SCRIPT=file` runs a script as a failure printed it; `TERN_COMMANDS=xadd,xread` leaves the others out; `TERN_FINDINGS=file` collects
/// failures there and goes on.
@Suite(.serialized)
struct RandomScriptTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let stepsPerScript = 200

  private func targets(_ real: RealServer) throws -> [CommandWriter.Target] {
    let known = Set((try real.control.value("COMMAND", "LIST").elements ?? []).compactMap(\.text))
    let only = Self.environment["TERN_COMMANDS"].map { Set($0.split(separator: ",").map(String.init)) }
    let without = Set((Self.environment["TERN_WITHOUT"] ?? "").split(separator: ",").map(String.init))
    let node = try NodeUnderTest(seed: 1)
    return node.core.engine.table.records.compactMap { record in
      let parent = record.fullName.split(separator: "|").first.map(String.init) ?? ""
      guard known.contains(record.fullName), !record.hasSubcommands else { return nil }
      if let only, !only.contains(record.fullName), !only.contains(parent) { return nil }
      if without.contains(record.fullName) { return nil }
      for name in [record.fullName, parent] { if case .skip = ReplyRule.table[name] { return nil } }
      if record.fullName.hasSuffix("|help") { return nil }
      var group = record.spec.group
      if record.fullName.hasPrefix("x"), parent != record.fullName { group = .stream }
      // EXEC and its like come where a transaction is made.
      guard group != .transactions else { return nil }
      return CommandWriter.Target(spec: record.spec, name: record.fullName, group: group)
    }
  }

  /// What RESTORE is fed: dumps of one value of each kind.
  private func payloads(_ real: RealServer) throws -> [[UInt8]] {
    let samples = [
      ["SET", "k", "value"], ["SET", "k", "123"], ["RPUSH", "k", "a", "1", "c"], ["SADD", "k", "1", "2"], ["SADD", "k", "a", "b"],
      ["HSET", "k", "f", "v", "g", "1"], ["ZADD", "k", "1", "a", "2.5", "b"], ["XADD", "k", "1-1", "f", "v"],
      ["PFADD", "k", "a", "b", "c"], ["GEOADD", "k", "13.361389", "38.115556", "Palermo"],
    ]
    var payloads: [[UInt8]] = []
    for sample in samples {
      _ = try real.control.ask("DEL", "k")
      _ = try real.control.ask(sample.map { Array($0.utf8) })
      if let payload = try real.control.value("DUMP", "k").bytes { payloads.append(payload) }
    }
    _ = try real.control.ask("DEL", "k")
    return payloads
  }

  @Test func `random scripts get the replies, make the events and leave the data of redis-server`() throws {
    let real = try RealServer()
    let targets = try targets(real)
    let payloads = try payloads(real)
    #expect(targets.count > (Self.environment["TERN_COMMANDS"] == nil ? 40 : 0))
    if let path = Self.environment["TERN_SCRIPT"] {
      let script = Script(text: try String(contentsOfFile: path, encoding: .utf8))
      let mismatch = try Runner.run(script, on: real)
      #expect(mismatch == nil, "\(mismatch?.report(script, seed: nil) ?? "")")
      return
    }
    let deadline = Self.environment["TERN_DIFFERENTIAL_MINUTES"].flatMap(Double.init).map { Date().addingTimeInterval($0 * 60) }
    let range = (Self.environment["TERN_SEEDS"] ?? "").split(separator: "-").compactMap { UInt64($0) }
    let first = range.first ?? (deadline == nil ? 1 : UInt64(Date().timeIntervalSince1970) * 1000)
    let last = deadline == nil ? range.last ?? 60 : .max
    var seed = first
    var found: [String: Int] = [:]
    while seed <= last, deadline.map({ $0 > Date() }) ?? true {
      var writer = ScriptWriter(seed: seed, targets: targets, payloads: payloads)
      let script = writer.script(steps: Self.stepsPerScript)
      if let findings = Self.environment["TERN_FINDINGS"] { try Self.leaveTrace(script, seed, findings + ".running") }
      if let mismatch = try Runner.run(script, on: real, seed: seed) {
        let report = try shrunk(script, mismatch, seed, real)
        guard let path = Self.environment["TERN_FINDINGS"] else {
          Issue.record("\(report)")
          return
        }
        found[report, default: 0] += 1
        try append(report, to: path)
      }
      seed += 1
    }
    #expect(found.isEmpty)
  }

  /// A trap in our code ends this process: then this file says what ran.
  private static func leaveTrace(_ script: Script, _ seed: UInt64, _ path: String) throws {
    try "// seed \(seed)\n\(script.text)\n".write(toFile: path, atomically: true, encoding: .utf8)
  }

  private func shrunk(_ script: Script, _ mismatch: Mismatch, _ seed: UInt64, _ real: RealServer) throws -> String {
    let start = Script(Array(script.steps.prefix(mismatch.step + 1)))
    let small = try Shrinker { try Runner.run($0, on: real, seed: seed) != nil }.shrink(start)
    // Chance may have hidden it meanwhile: then the whole script is what there is.
    guard let again = try Runner.run(small, on: real, seed: seed) else { return mismatch.report(start, seed: seed) }
    return again.report(small, seed: seed)
  }

  private func append(_ text: String, to path: String) throws {
    if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    let file = try #require(FileHandle(forWritingAtPath: path))
    file.seekToEndOfFile()
    file.write(Data((text + "\n\n").utf8))
  }
}
