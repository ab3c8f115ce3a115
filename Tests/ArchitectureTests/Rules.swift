/// Something that a rule forbids, where, and why.
struct Violation: Hashable, CustomStringConvertible {
  var path: String
  var line: Int
  var reason: String
  var description: String { "\(path):\(line): \(reason)" }
}

/// Which folder of Sources may import what: the table of the design, section 2. Arrows point down.
enum ImportRules {
  /// Below Drivers: these modules and nothing else. No NIO, no Foundation, no Dispatch, no C library, no clock.
  static let onlyThese: [String: Set<String>] = [
    // One target, TernEngine; between its folders there is nothing to import.
    "RESP": ["CTern", "Synchronization"],
    "Structures": ["CTern", "Synchronization"],
    "Engine": ["CTern", "Synchronization"],
    "Persistence": ["TernEngine", "CLZ4", "Synchronization"],
    "Replication": ["TernEngine", "Synchronization"],
    "Sentinel": ["TernEngine", "Synchronization"],
    "Node": ["TernEngine", "TernPersistence", "TernReplication", "Synchronization"],
    "Simulation": ["TernEngine", "TernPersistence", "TernReplication", "TernSentinel", "TernNode", "Synchronization"],
  ]

  /// From Drivers up: modules of other packages are free, these of ours are above and therefore not.
  static let notThese: [String: Set<String>] = [
    "Drivers": ["Tern", "TernTesting", "TernSimulation", "SampleSupport"],
    "Tern": ["TernTesting", "TernSimulation", "SampleSupport"],
    "TernTesting": ["SampleSupport"],
  ]

  /// C targets, which have no Swift.
  static let foldersWithoutSwift: Set<String> = ["CTern", "CLZ4"]

  static func violations(in source: SourceText) -> [Violation] {
    let folder = source.folder
    if foldersWithoutSwift.contains(folder) {
      return [Violation(path: source.path, line: 1, reason: "\(folder) has no Swift sources")]
    }
    return source.imports.compactMap { line, module in
      if let allowed = onlyThese[folder] {
        if allowed.contains(module) { return nil }
      } else if let forbidden = notThese[folder] {
        if !forbidden.contains(module) { return nil }
      } else {
        return Violation(path: source.path, line: line, reason: "there is no rule for the folder \(folder); add it to the table")
      }
      return Violation(path: source.path, line: line, reason: "\(folder) may not import \(module)")
    }
  }
}

/// House rules that words alone give away.
enum HouseRules {
  /// In code: these end the host program on a path that somebody thought impossible.
  static let traps = ["fatalError(", "try!"]
  /// Anywhere: what is in the tree is finished.
  static let leftovers = ["TODO", "FIXME"]
  /// Below Drivers, time and chance are arguments, or the simulator could not decide them.
  static let hiddenInputs = [
    "ContinuousClock", "SuspendingClock", "Task.sleep", "SystemRandomNumberGenerator", ".randomElement()", ".shuffled()", ".shuffle()",
  ]

  static func violations(in source: SourceText) -> [Violation] {
    var found: [Violation] = []
    for line in source.lines {
      func report(_ reason: String) { found.append(Violation(path: source.path, line: line.number, reason: reason)) }
      for word in traps where line.code.contains(word) { report("\(word) is not allowed in Sources") }
      for word in leftovers where line.text.contains(word) { report("\(word) is not allowed in Sources") }
      guard ImportRules.onlyThese[source.folder] != nil else { continue }
      for word in hiddenInputs where line.code.contains(word) { report("\(word) is a hidden input below Drivers; pass it in") }
      if line.code.contains(".random(in:"), !line.code.contains("using:") { report("randomness below Drivers must be passed in (using:)") }
    }
    return found
  }
}
