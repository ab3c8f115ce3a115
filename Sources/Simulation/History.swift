/// What clients did and what they were told: the evidence that the checkers judge.
///
/// Times are numbers of a sequence, not milliseconds: two events of one virtual millisecond have an order as well.
package struct History: Sendable {
  package struct Operation: Sendable, CustomStringConvertible {
    package let client: String
    package let key: String
    package let action: KeyAction
    package let invoked: Int
    /// Nil: nobody answered, or the answer said that the outcome is unknown. It may have been executed, at any time since, or never.
    package fileprivate(set) var returned: Int?
    package fileprivate(set) var result: KeyResult?
    /// The server said that it did not execute it.
    package fileprivate(set) var isRefused = false
    /// Virtual milliseconds, for people.
    package let invokedAt: Int64
    package fileprivate(set) var returnedAt: Int64?

    package var isAcknowledged: Bool { returned != nil && !isRefused }

    package var description: String {
      let end = returnedAt.map { "\($0)" } ?? "…"
      let outcome = isRefused ? "refused" : result.map { "\($0)" } ?? "unknown"
      return "[\(invokedAt)-\(end)] \(client) \(key) \(action): \(outcome)"
    }
  }

  package private(set) var operations: [Operation] = []
  private var sequence = 0

  package init() {}

  /// Returns the number under which the outcome is told.
  package mutating func invoke(_ action: KeyAction, on key: String, by client: String, at time: Int64) -> Int {
    sequence += 1
    operations.append(Operation(client: client, key: key, action: action, invoked: sequence, invokedAt: time))
    return operations.count - 1
  }

  package mutating func complete(_ operation: Int, _ result: KeyResult, at time: Int64) {
    sequence += 1
    operations[operation].returned = sequence
    operations[operation].returnedAt = time
    operations[operation].result = result
  }

  /// Certainly not executed.
  package mutating func refuse(_ operation: Int, at time: Int64) {
    sequence += 1
    operations[operation].returned = sequence
    operations[operation].returnedAt = time
    operations[operation].isRefused = true
  }

  /// By key, in the order of invocation.
  package var byKey: [(key: String, operations: [Operation])] {
    Dictionary(grouping: operations.filter { !$0.isRefused }, by: \.key).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  package var acknowledgedWrites: Int { operations.count { $0.isAcknowledged && $0.action.isWrite } }
  package var unknownOutcomes: Int { operations.count { $0.returned == nil } }
}
