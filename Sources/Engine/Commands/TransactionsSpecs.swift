/// MULTI, EXEC and the optimistic lock of WATCH.
package enum TransactionCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "MULTI", arity: 1, flags: [.noScript, .loading, .stale, .fast, .allowBusy, .notQueued], categories: [.transaction],
      group: .transactions, since: "1.2.0", summary: "Begins a transaction: what follows is queued.",
      complexity: "O(1)",
      handler: multi),
    CommandSpec(
      "EXEC", arity: 1, flags: [.noScript, .loading, .stale, .skipSlowlog, .notQueued], categories: [.transaction],
      group: .transactions, since: "1.2.0", summary: "Executes what was queued since MULTI, as one unit.",
      complexity: "Depends on commands in the transaction",
      handler: exec),
    CommandSpec(
      "DISCARD", arity: 1, flags: [.noScript, .loading, .stale, .fast, .allowBusy, .notQueued], categories: [.transaction],
      group: .transactions, since: "2.0.0", summary: "Forgets what was queued since MULTI.",
      complexity: "O(N) in the queued commands",
      handler: discard),
    CommandSpec(
      "WATCH", arity: -2, flags: [.noScript, .loading, .stale, .fast, .allowBusy, .notQueued], keys: [.rest([.readOnly])],
      categories: [.transaction],
      group: .transactions, since: "2.2.0", summary: "Lets the next EXEC do nothing if one of these keys changes before.",
      complexity: "O(1) a key",
      arguments: [.keys],
      handler: watch),
    CommandSpec(
      "UNWATCH", arity: 1, flags: [.noScript, .loading, .stale, .fast, .allowBusy], categories: [.transaction],
      group: .transactions, since: "2.2.0", summary: "Forgets all watched keys.",
      complexity: "O(1)",
      handler: unwatch),
  ]
}
