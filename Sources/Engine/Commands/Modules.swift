/// MODULE: modules of Redis are machine code against its own interface, and cannot be loaded.
package enum ModuleCommands {
  private static let flags: CommandFlags = [.admin, .noScript, .noAsyncLoading]

  package static let all: [CommandSpec] = [
    CommandSpec(
      "MODULE", arity: -2, flags: [], group: .server, since: "4.0.0", summary: "Holds the commands about modules.",
      complexity: "Depends on subcommand.",
      subcommands: [
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale], group: .server, since: "5.0.0", summary: "Lists the subcommands.",
          complexity: "O(1)", handler: help),
        CommandSpec(
          "LIST", arity: 2, flags: [.admin, .noScript], group: .server, since: "4.0.0", summary: "Lists the modules.",
          complexity: "O(N) in the modules", tips: ["nondeterministic_output_order"], handler: list),
        CommandSpec(
          "LOAD", arity: -3, flags: flags, group: .server, since: "4.0.0", summary: "Loads a module.", complexity: "O(1)",
          arguments: [CommandArgument("path", .string), CommandArgument("arg", .string, optional: true, multiple: true)],
          handler: refuse),
        CommandSpec(
          "LOADEX", arity: -3, flags: flags, group: .server, since: "7.0.0", summary: "Loads a module with settings.",
          complexity: "O(1)",
          arguments: [
            CommandArgument("path", .string),
            CommandArgument(
              "configs", .block([CommandArgument("name", .string), CommandArgument("value", .string)]), token: "CONFIG", optional: true,
              multiple: true, tokenRepeated: true),
            CommandArgument("args", .string, token: "ARGS", optional: true, multiple: true),
          ], handler: refuse),
        CommandSpec(
          "UNLOAD", arity: 3, flags: flags, group: .server, since: "4.0.0", summary: "Unloads a module.", complexity: "O(1)",
          arguments: [CommandArgument("name", .string)], handler: refuse),
      ])
  ]

  static func list(_ call: Call) throws(CommandError) { call.reply.array(0) }

  /// With `enable-module-command` as it is by default, Redis says the same.
  static func refuse(_ call: Call) throws(CommandError) {
    throw CommandError(
      "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it from a local connection, "
        + "otherwise you need to set this option in the configuration file, and then restart the server.")
  }

  static func help(_ call: Call) throws(CommandError) {
    call.reply.help(
      "MODULE",
      [
        ("LIST", ["The modules: there are none."]), ("LOAD <path> [<arg> ...]", ["Not supported."]),
        ("LOADEX <path> [CONFIG <name> <value> [...]] [ARGS <arg> ...]", ["Not supported."]), ("UNLOAD <name>", ["Not supported."]),
      ])
  }
}
