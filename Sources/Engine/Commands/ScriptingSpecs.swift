/// Scripts and functions, in the forms that Redis has. There is no interpreter: what needs one says so, and what only asks for scripts
/// or functions finds none.
package enum ScriptingCommands {
  package static let all: [CommandSpec] = [
    call("EVAL", "Runs a script.", "2.6.0", "script", isReadOnly: false),
    call("EVALSHA", "Runs a script that the server has, by its SHA1.", "2.6.0", "sha1", isReadOnly: false),
    call("EVAL_RO", "Runs a script that only reads.", "7.0.0", "script", isReadOnly: true),
    call("EVALSHA_RO", "Runs a script that the server has and that only reads, by its SHA1.", "7.0.0", "sha1", isReadOnly: true),
    call("FCALL", "Calls a function.", "7.0.0", "function", isReadOnly: false),
    call("FCALL_RO", "Calls a function that only reads.", "7.0.0", "function", isReadOnly: true),
    scripts, functions,
  ]

  private static func call(
    _ name: StaticString, _ summary: StaticString, _ since: StaticString, _ what: StaticString, isReadOnly: Bool
  ) -> CommandSpec {
    let isBySHA1 = "\(what)" == "sha1"
    let notes: StaticString =
      isReadOnly
      ? "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
      : "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
    return CommandSpec(
      name, arity: -3,
      flags: [.noScript, .stale, .skipMonitor, .noMandatoryKeys, .movableKeys, isReadOnly ? .readonly : []],
      keys: [
        KeySpec(
          isReadOnly ? [.readOnly, .access] : [.readWrite, .access, .update], begin: .index(2), find: .keyCount(at: 0, first: 1, step: 1),
          notes: isBySHA1 ? nil : notes)
      ],
      categories: [.scripting], group: .scripting, since: since, summary: summary, complexity: "Depends on what it runs.",
      arguments: [
        CommandArgument(what, .string), CommandArgument("numkeys", .integer),
        CommandArgument("key", .key, keySpec: 0, optional: true, multiple: true),
        CommandArgument("arg", .string, optional: true, multiple: true),
      ],
      handler: "\(what)" == "function" ? callFunction : isBySHA1 ? evaluateStored : evaluate)
  }

  private static let scripts = CommandSpec(
    "SCRIPT", arity: -2, flags: [], group: .scripting, since: "2.6.0", summary: "Holds the commands about scripts.",
    complexity: "Depends on subcommand.",
    subcommands: [
      CommandSpec(
        "DEBUG", arity: 3, flags: [.noScript], categories: [.scripting], group: .scripting, since: "3.2.0",
        summary: "Chooses how scripts of this connection are debugged.", complexity: "O(1)",
        arguments: [
          CommandArgument(
            "mode",
            .oneOf([
              CommandArgument("yes", .pureToken, token: "YES"), CommandArgument("sync", .pureToken, token: "SYNC"),
              CommandArgument("no", .pureToken, token: "NO"),
            ]))
        ], handler: unavailable),
      CommandSpec(
        "EXISTS", arity: -3, flags: [.noScript], categories: [.scripting], group: .scripting, since: "2.6.0",
        summary: "Says which scripts the server has.", complexity: "O(N) in the scripts asked for",
        tips: ["request_policy:all_shards", "response_policy:agg_logical_and"],
        arguments: [CommandArgument("sha1", .string, multiple: true)], handler: scriptExists),
      CommandSpec(
        "FLUSH", arity: -2, flags: [.noScript], categories: [.scripting], group: .scripting, since: "2.6.0",
        summary: "Forgets all scripts.", complexity: "O(N) in the scripts", history: [.init("6.2.0", "Modes `ASYNC` and `SYNC`.")],
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], arguments: [flushMode], handler: scriptFlush),
      CommandSpec(
        "HELP", arity: 2, flags: [.loading, .stale], categories: [.scripting], group: .scripting, since: "5.0.0",
        summary: "Lists the subcommands.", complexity: "O(1)", handler: scriptHelp),
      CommandSpec(
        "KILL", arity: 2, flags: [.noScript, .allowBusy], categories: [.scripting], group: .scripting, since: "2.6.0",
        summary: "Ends the script that runs.", complexity: "O(1)",
        tips: ["request_policy:all_shards", "response_policy:one_succeeded"], handler: kill),
      CommandSpec(
        "LOAD", arity: 3, flags: [.noScript, .stale], categories: [.scripting], group: .scripting, since: "2.6.0",
        summary: "Keeps a script under its SHA1.", complexity: "O(N) in the bytes of the script",
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], arguments: [CommandArgument("script", .string)],
        handler: unavailable),
    ])

  private static let flushMode = CommandArgument(
    "async",
    .oneOf([
      CommandArgument("async", .pureToken, token: "ASYNC"), CommandArgument("sync", .pureToken, token: "SYNC"),
    ]), since: "6.2.0", optional: true)

  private static let functionFlushMode = CommandArgument(
    "async",
    .oneOf([
      CommandArgument("async", .pureToken, token: "ASYNC"), CommandArgument("sync", .pureToken, token: "SYNC"),
    ]), optional: true)

  private static let everywhere: [StaticString] = ["request_policy:all_shards", "response_policy:all_succeeded"]

  private static let functions = CommandSpec(
    "FUNCTION", arity: -2, flags: [], group: .scripting, since: "7.0.0", summary: "Holds the commands about functions.",
    complexity: "Depends on subcommand.",
    subcommands: [
      CommandSpec(
        "DELETE", arity: 3, flags: [.write, .noScript], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "Removes a library.", complexity: "O(1)", tips: everywhere,
        arguments: [CommandArgument("library-name", .string)], handler: functionDelete),
      CommandSpec(
        "DUMP", arity: 2, flags: [.noScript], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "All libraries as bytes for `FUNCTION RESTORE`.", complexity: "O(N) in the functions", handler: functionDump),
      CommandSpec(
        "FLUSH", arity: -2, flags: [.write, .noScript], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "Removes all libraries.", complexity: "O(N) in the functions", tips: everywhere, arguments: [functionFlushMode],
        handler: functionFlush),
      CommandSpec(
        "HELP", arity: 2, flags: [.loading, .stale], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "Lists the subcommands.", complexity: "O(1)", handler: functionHelp),
      CommandSpec(
        "KILL", arity: 2, flags: [.noScript, .allowBusy], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "Ends the function that runs.", complexity: "O(1)",
        tips: ["request_policy:all_shards", "response_policy:one_succeeded"], handler: kill),
      CommandSpec(
        "LIST", arity: -2, flags: [.noScript], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "Lists the libraries.", complexity: "O(N) in the functions", tips: ["nondeterministic_output_order"],
        arguments: [
          CommandArgument("library-name-pattern", .string, token: "LIBRARYNAME", optional: true),
          CommandArgument("withcode", .pureToken, token: "WITHCODE", optional: true),
        ], handler: functionList),
      CommandSpec(
        "LOAD", arity: -3, flags: [.write, .denyOOM, .noScript], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "Adds a library.", complexity: "O(1), and what compiling takes", tips: everywhere,
        arguments: [
          CommandArgument("replace", .pureToken, token: "REPLACE", optional: true), CommandArgument("function-code", .string),
        ], handler: unavailable),
      CommandSpec(
        "RESTORE", arity: -3, flags: [.write, .denyOOM, .noScript], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "Adds the libraries of a dump.", complexity: "O(N) in the functions", tips: everywhere,
        arguments: [
          CommandArgument("serialized-value", .string),
          CommandArgument(
            "policy",
            .oneOf([
              CommandArgument("flush", .pureToken, token: "FLUSH"), CommandArgument("append", .pureToken, token: "APPEND"),
              CommandArgument("replace", .pureToken, token: "REPLACE"),
            ]), optional: true),
        ], handler: functionRestore),
      CommandSpec(
        "STATS", arity: 2, flags: [.noScript, .allowBusy], categories: [.scripting], group: .scripting, since: "7.0.0",
        summary: "What runs, and how many functions there are.", complexity: "O(1)",
        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], handler: functionStats),
    ])
}
