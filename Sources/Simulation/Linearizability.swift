/// Whether a history of operations on one key could have been made by a single server that executes one operation at a time, each between
/// its invocation and its return.
///
/// The search of Wing and Gong (Testing and verifying concurrent objects, 1993) with Lowe's memory of what was tried (Testing for
/// linearizability, 2017): operations are taken in some order that their times allow; a state that was reached with the same operations
/// taken before is not searched again. An operation of unknown outcome may be taken at any time after its invocation, or never.
package struct Linearizability {
  package enum Verdict: Equatable, Sendable {
    case linearizable
    /// The longest order that could be explained, and what could not follow it.
    case violated(explained: [String], unexplained: [String])
    /// More steps than allowed.
    case undecided
  }

  private struct Visited: Hashable {
    let taken: [UInt64]
    let state: KeyState
  }

  /// - Parameters:
  ///   - operations: of one key, without those that were refused.
  ///   - stepsMax: bounds the search, which is exponential at worst (it is NP-complete).
  package static func check(_ operations: [History.Operation], stepsMax: Int = 1_000_000) -> Verdict {
    let operations = operations.sorted { $0.invoked < $1.invoked }
    let certain = operations.indices.filter { operations[$0].returned != nil }
    var taken = [UInt64](repeating: 0, count: operations.count / 64 + 1)
    var state = KeyState.nothing
    var path: [(operation: Int, before: KeyState)] = []
    var longest: [Int] = []
    var visited: Set<Visited> = []
    var left = certain.count
    var candidate = 0
    /// Everything before it is taken.
    var lowest = 0
    var steps = 0
    func isTaken(_ i: Int) -> Bool { taken[i >> 6] >> UInt64(i & 63) & 1 == 1 }
    func flip(_ i: Int) { taken[i >> 6] ^= 1 << UInt64(i & 63) }
    // Of operations of unknown outcome that say the same, the earlier can stand wherever the later could: one order is enough.
    var sameBefore = [Int?](repeating: nil, count: operations.count)
    var last: [KeyAction: Int] = [:]
    for i in operations.indices where operations[i].returned == nil {
      sameBefore[i] = last[operations[i].action]
      last[operations[i].action] = i
    }

    search: while left > 0 {
      // Whoever returned first among those not taken bounds who may be next: nobody that was invoked later.
      while lowest < operations.count, isTaken(lowest) { lowest += 1 }
      var bound = Int.max
      for i in operations.indices[lowest...] where !isTaken(i) {
        if operations[i].invoked > bound { break }
        if let returned = operations[i].returned { bound = min(bound, returned) }
      }
      var i = max(candidate, lowest)
      while i < operations.count, operations[i].invoked < bound {
        defer { i += 1 }
        guard !isTaken(i), sameBefore[i].map(isTaken) ?? true else { continue }
        steps += 1
        if steps > stepsMax { return .undecided }
        let (next, result) = state.applying(operations[i].action)
        if let seen = operations[i].result, seen != result { continue }
        flip(i)
        guard visited.insert(Visited(taken: taken, state: next)).inserted else {
          flip(i)
          continue
        }
        path.append((i, state))
        state = next
        if operations[i].returned != nil { left -= 1 }
        if path.count > longest.count { longest = path.map(\.operation) }
        candidate = 0
        continue search
      }
      guard let (undone, before) = path.popLast() else {
        let explained = Set(longest)
        return .violated(
          explained: longest.suffix(12).map { operations[$0].description },
          unexplained: operations.indices.filter { !explained.contains($0) }.prefix(12).map { operations[$0].description })
      }
      flip(undone)
      lowest = min(lowest, undone)
      if operations[undone].returned != nil { left += 1 }
      state = before
      candidate = undone + 1
    }
    return .linearizable
  }
}

extension History {
  /// What is wrong with the history, in words; empty when every key's is linearizable.
  package func violations(stepsMax: Int = 1_000_000) -> [String] {
    byKey.compactMap { key, operations in
      switch Linearizability.check(operations, stepsMax: stepsMax) {
      case .linearizable: nil
      case .undecided: "\(key): not decided within \(stepsMax) steps (\(operations.count) operations)"
      case .violated(let explained, let unexplained):
        "\(key) is not linearizable; behind\n  \(explained.joined(separator: "\n  "))\nnothing explains\n  "
          + unexplained.joined(separator: "\n  ")
      }
    }
  }

  /// Acknowledged writes that the end state lacks: members added and never removed, elements pushed and never popped, counts.
  /// What `violations` finds too, as a plain number that can be held against another system's.
  package func lostWrites(in end: (String) -> KeyState) -> Int {
    var lost = 0
    for (key, operations) in byKey {
      let removed = Set(operations.compactMap { if case .remove(let member) = $0.action { member } else { nil } })
      let increments = operations.count { $0.isAcknowledged && ($0.action == .increment || $0.action == .incrementBoth) }
      let pops = operations.contains { $0.action == .pop }
      switch end(key) {
      case .nothing:
        lost += increments
        for operation in operations where operation.isAcknowledged {
          if case .add(let member) = operation.action, !removed.contains(member) { lost += 1 }
          if case .push = operation.action, !pops { lost += 1 }
        }
      case .number(let count): lost += max(0, increments - Int(count))
      case .set(let members):
        for operation in operations where operation.isAcknowledged {
          if case .add(let member) = operation.action, !removed.contains(member), !members.contains(member) { lost += 1 }
        }
      case .list(let elements):
        guard !pops else { continue }
        let held = Set(elements)
        for operation in operations where operation.isAcknowledged {
          if case .push(let element) = operation.action, !held.contains(element) { lost += 1 }
        }
      case .text: break
      }
    }
    return lost
  }
}
