import TernEngine

/// Two replies to the same command.
enum ReplyComparison {
  /// How far two readings of the clock may be apart, with a stopped machine between them.
  static let toleranceMilliseconds: Int64 = 10_000

  static func agree(
    _ rule: ReplyRule, _ step: Step, _ theirs: [UInt8], _ ours: [UInt8], sortsSortedSets: Bool = false
  ) -> Bool {
    if theirs == ours { return true }
    if isError(theirs) || isError(ours) {
      return ReplyRule.errors.contains { theirs == Array("-\($0.theirs)\r\n".utf8) && ours == Array("-\($0.ours)\r\n".utf8) }
    }
    switch rule {
    case .exact, .popped, .entryID, .skip: return false
    case .unordered: return sorted(theirs, 1) == sorted(ours, 1)
    case .ties:
      let isPart = step.words.indices.dropFirst(2).contains { step.word($0) == "limit" }
      return isPart
        ? theirs.first == ours.first && Frame.elements(theirs)?.count == Frame.elements(ours)?.count : sorted(theirs, 1) == sorted(ours, 1)
    case .unorderedPairs: return sorted(theirs, 2) == sorted(ours, 2)
    case .times: return near(value(theirs), value(ours), tolerance(step), [])
    case .timesBut(let fields): return near(value(theirs), value(ours), tolerance(step), fields)
    // Both are aggregates of one shape here; `Runner` looks at the elements.
    case .scan, .chosen:
      return theirs.first == ours.first && (value(theirs) == .null) == (value(ours) == .null)
        && Frame.elements(theirs)?.count == Frame.elements(ours)?.count
    case .anyKey: return (value(theirs) == .null) == (value(ours) == .null)
    case .referenceCount:
      // Redis shares small integers unless COPY made them, and a command that waits in a transaction holds its arguments.
      return [value(theirs), value(ours)].allSatisfy { $0.integerValue ?? -1 >= 0 }
    case .encoding:
      return value(ours).text == "listpack"
        && (["hashtable", "quicklist"].contains(value(theirs).text) || sortsSortedSets && value(theirs).text == "skiplist")
    case .payload: return theirs.first == ours.first && (value(theirs) == .null) == (value(ours) == .null)
    }
  }

  /// The commands that were queued, and what EXEC says to them.
  static func agree(transaction: [Step], _ theirs: [UInt8], _ ours: [UInt8], sortsSortedSets: Bool = false) -> Bool {
    if theirs == ours { return true }
    guard theirs.first == UInt8(ascii: "*"), let a = Frame.elements(theirs), let b = Frame.elements(ours), a.count == b.count,
      a.count == transaction.count
    else { return false }
    return zip(transaction, zip(a, b)).allSatisfy { agree(ReplyRule.of($0), $0, $1.0, $1.1, sortsSortedSets: sortsSortedSets) }
  }

  static func isError(_ reply: [UInt8]) -> Bool { reply.first == UInt8(ascii: "-") || reply.first == UInt8(ascii: "!") }

  static func value(_ reply: [UInt8]) -> RESPValue {
    var parser = RESPReplyParser()
    parser.append(reply)
    return (try? parser.next()) ?? .null
  }

  /// The elements' bytes, in groups of `size`, in an order of their own; the kind of aggregate in front.
  private static func sorted(_ reply: [UInt8], _ size: Int) -> [[UInt8]]? {
    guard let elements = Frame.elements(reply), elements.count % size == 0 else { return nil }
    let groups = stride(from: 0, to: elements.count, by: size).map { Array(elements[$0..<$0 + size].joined()) }
    return [[reply[0]]] + groups.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static func tolerance(_ step: Step) -> Int64 {
    ["ttl", "expiretime", "object"].contains(step.name) ? toleranceMilliseconds / 1000 : toleranceMilliseconds
  }

  private static func near(_ a: RESPValue, _ b: RESPValue, _ tolerance: Int64, _ ignored: [String]) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): return a == b || (a >= 0 && b >= 0 && a.distance(to: b).magnitude <= tolerance)
    case (.map(let a), .map(let b)):
      return a.count == b.count
        && zip(a, b).allSatisfy {
          $0.key == $1.key && (ignored.contains($0.key.text ?? "") || near($0.value, $1.value, tolerance, ignored))
        }
    case (.array(let a), .array(let b)):
      guard a.count == b.count else { return false }
      for (i, pair) in zip(a, b).enumerated() {
        if i % 2 == 1, pair.0 != pair.1, let name = a[i - 1].text, a[i - 1] == b[i - 1], ignored.contains(name) { continue }
        guard near(pair.0, pair.1, tolerance, ignored) else { return false }
      }
      return true
    default: return a == b
    }
  }
}
