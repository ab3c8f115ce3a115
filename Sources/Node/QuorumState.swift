internal import TernEngine
package import TernReplication

/// The file of a member's promises, `tern-quorum.state` in `dir`: small, replaced whole. A promise that is forgotten may be broken, so a
/// file that cannot be understood is an error, never an empty one.
package enum QuorumState {
  package static let fileName = "tern-quorum.state"
  package static let bytesMax = 64 << 10

  package struct Malformed: Error, Hashable, CustomStringConvertible {
    package let description: String
  }

  static func encode(_ promise: QuorumPromise, member: MemberName) -> [UInt8] {
    var lines = ["tern-quorum 1", "member \(member)", "promise \(promise.epoch)", "boots \(promise.boots)"]
    lines.append("disk \(promise.acknowledgesDisk ? 1 : 0)")
    if let clean = promise.cleanEnd { lines.append("clean \(clean.replid) \(clean.offset)") }
    lines.append("end")
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  package static func decode(_ bytes: [UInt8], member: MemberName) throws(Malformed) -> QuorumPromise {
    var promise = QuorumPromise()
    var seen: Set<String> = []
    for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      let words = line.split(separator: 32).map { String(decoding: $0, as: UTF8.self) }
      guard let name = words.first else { continue }
      func malformed() -> Malformed { Malformed(description: "line \(index + 1) is '\(printable(Array(line)))'") }
      guard seen.insert(name).inserted, seen.contains("tern-quorum"), !seen.contains("end") || name == "end" else { throw malformed() }
      switch (name, words.count) {
      case ("tern-quorum", 2): if words[1] != "1" { throw Malformed(description: "it is of a later version: '\(words[1])'") }
      case ("member", 2):
        if words[1] != member { throw Malformed(description: "it is of the member \(words[1]), and this one is \(member)") }
      case ("promise", 2): promise.epoch = try number(words[1], malformed())
      case ("boots", 2): promise.boots = try number(words[1], malformed())
      case ("disk", 2): promise.acknowledgesDisk = words[1] == "1"
      case ("clean", 3):
        guard let id = ReplicationID(Array(words[1].utf8)), let offset = Int64(words[2]), offset >= 0 else { throw malformed() }
        promise.cleanEnd = .init(replid: id, offset: offset)
      case ("end", 1): break
      default: throw malformed()
      }
    }
    for name in ["member", "promise", "boots", "end"] where !seen.contains(name) {
      throw Malformed(description: "it has no line '\(name)'")
    }
    return promise
  }

  private static func number(_ text: String, _ error: Malformed) throws(Malformed) -> UInt64 {
    guard let number = UInt64(text), number <= UInt64(Int64.max) else { throw error }
    return number
  }
}
