internal import TernEngine
internal import TernReplication

/// CONFIG.
enum ConfigurationCommands {
  private static let flags: CommandFlags = [.admin, .noScript, .loading, .stale]

  static let all: [CommandSpec] = [
    CommandSpec(
      "CONFIG", arity: -2, flags: [], group: .server, since: "2.0.0", summary: "A container for configuration commands.",
      complexity: "Depends on subcommand.",
      subcommands: [
        CommandSpec(
          "GET", arity: -3, flags: flags, group: .server, since: "2.0.0", summary: "The values of the settings that match.",
          complexity: "O(N) when N is the number of configuration parameters provided",
          history: [.init("7.0.0", "Added the ability to pass multiple pattern parameters in one call")],
          arguments: [CommandArgument("parameter", .block([CommandArgument("parameter", .string)]), multiple: true)], handler: get),
        CommandSpec(
          "SET", arity: -4, flags: flags, group: .server, since: "2.0.0", summary: "Changes settings, all of them or none.",
          complexity: "O(N) when N is the number of configuration parameters provided",
          history: [.init("7.0.0", "Added the ability to set multiple parameters in one call.")],
          tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
          arguments: [
            CommandArgument(
              "parameter_value", .block([CommandArgument("parameter", .string), CommandArgument("value", .string)]), multiple: true)
          ], handler: set),
        CommandSpec(
          "REWRITE", arity: 2, flags: flags, group: .server, since: "2.8.0", summary: "Brings the configuration file up to date.",
          complexity: "O(1)", handler: rewrite),
        CommandSpec(
          "RESETSTAT", arity: 2, flags: flags, group: .server, since: "2.0.0", summary: "Sets the statistics back to zero.",
          complexity: "O(1)", handler: resetStatistics),
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale], group: .server, since: "5.0.0", summary: "Lists the subcommands.",
          complexity: "O(1)",
          handler: help),
      ])
  ]

  static func get(_ call: Call) throws(CommandError) {
    let parameters = call.node.configuration.parameters(matching: (2..<call.count).map { call.bytes($0) })
    call.reply.map(parameters.count)
    for parameter in parameters {
      call.reply.bulk(parameter.name)
      call.reply.bulk(parameter.value)
    }
  }

  static func set(_ call: Call) throws(CommandError) {
    let node = call.node
    do throws(ConfigurationSetError) {
      let change = try node.configuration.applying(
        (2..<call.count).map { call.bytes($0) }, isLocalClient: call.session.isLocal, isLoading: node.loading != nil,
        environment: node.environment)
      if let promise = change.configuration.unkeptPromise, change.changes(promise.name) {
        throw ConfigurationSetError.failed(promise.name, promise.reason)
      }
      if node.quorum?.configuration.acknowledgesDisk == true, !change.configuration.acknowledgesDisk {
        let name = change.changes("appendonly") ? "appendonly" : "appendfsync"
        throw ConfigurationSetError.failed(name, "this member's acknowledgements mean 'on disk' until it is started without")
      }
      let waits = (change.changes("port") || change.changes("bind")) && !call.engine.isExecutingTransaction
      node.adopt(change.configuration, changed: change.changed.map(\.name), for: waits ? call.session : nil)
      if waits { return call.engine.block(call.session, .host("config set")) }
    } catch {
      throw CommandError(error.description)
    }
    call.reply.ok()
  }

  static func rewrite(_ call: Call) throws(CommandError) {
    let node = call.node
    if node.identity.configurationFile.isEmpty { throw CommandError("ERR The server is running without a config file") }
    if call.engine.isExecutingTransaction {
      // Sentinel sends it inside MULTI; the file is written behind the transaction, and a failure is logged.
      node.effects.append(.rewriteConfiguration(call.session))
      return call.reply.ok()
    }
    call.session.gates.insert(.blocked)
    call.session.blocked = .host("config rewrite")
    node.effects.append(.rewriteConfiguration(call.session))
  }

  static func resetStatistics(_ call: Call) throws(CommandError) {
    call.engine.resetStatistics()
    call.reply.ok()
  }

  static func help(_ call: Call) throws(CommandError) {
    let lines = Configuration.help
    call.reply.array(lines.count)
    for line in lines { call.reply.simple(line) }
  }
}

extension Session {
  /// Came over loopback or a unix socket.
  var isLocal: Bool { isUnixSocket || peerHost == "127.0.0.1" || peerHost == "::1" }
}
