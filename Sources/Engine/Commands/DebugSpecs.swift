/// DEBUG: what tests and tools look at or break on purpose.
package enum DebugCommands {
  package static let all: [CommandSpec] = [
    CommandSpec(
      "DEBUG", arity: -2, flags: [.admin, .noScript, .loading, .stale, .protected, .systemCommand],
      group: .server, since: "1.0.0", summary: "Holds the commands for tests and investigations.",
      complexity: "Depends on subcommand.",
      handler: debug)
  ]
}
