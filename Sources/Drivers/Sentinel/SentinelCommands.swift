internal import TernEngine
internal import TernNode

/// The command table of a sentinel: the engine's commands about connections and pub/sub, and what the machine answers.
enum SentinelCommands {
  static let all: [CommandSpec] = {
    // The machine answers these; the node's meaning of them (a role in replication, messages to replicas) is not a sentinel's.
    let own: Set<String> = ["PUBLISH", "ROLE", "INFO", "SENTINEL"]
    return NodeCommands.ofSentinels.filter { !own.contains("\($0.name)") } + [sentinel, publish, role, info]
  }()

  static let forward: CommandSpec.Handler = { call throws(CommandError) in NodeCore.forward(call) }

  private static let sentinel = CommandSpec(
    "SENTINEL", arity: -2, flags: [.admin, .sentinel, .onlySentinel], group: .sentinel, since: "2.8.4",
    summary: "Asks and orders a sentinel.", complexity: "Depends on subcommand.", subcommands: SentinelSubcommands.all)
  private static let publish = CommandSpec(
    "PUBLISH", arity: 3, flags: [.pubsub, .loading, .stale, .fast, .sentinel], group: .pubsub, since: "2.0.0",
    summary: "Takes a hello message of another sentinel.", complexity: "O(1)",
    arguments: [CommandArgument("channel", .string), CommandArgument("message", .string)], handler: forward)
  private static let role = CommandSpec(
    "ROLE", arity: 1, flags: [.noScript, .loading, .stale, .fast, .sentinel], categories: [.admin, .dangerous], group: .server,
    since: "2.8.12", summary: "Says that this is a sentinel, and what it watches.", complexity: "O(N)", handler: forward)
  private static let info = CommandSpec(
    "INFO", arity: -1, flags: [.loading, .stale, .sentinel], categories: [.dangerous], group: .server, since: "1.0.0",
    summary: "Figures and facts about this sentinel, by section.", complexity: "O(1)",
    arguments: [CommandArgument("section", .string, optional: true, multiple: true)], handler: forward)
}
