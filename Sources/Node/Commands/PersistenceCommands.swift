internal import TernEngine

/// SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE, SHUTDOWN.
enum PersistenceCommands {
  static let all: [CommandSpec] = [
    CommandSpec(
      "SAVE", arity: 1, flags: [.admin, .noScript, .noAsyncLoading, .noMulti], group: .server, since: "1.0.0",
      summary: "Writes the RDB file, and answers when it is on the disk.", complexity: "O(N) where N is the number of keys", handler: save),
    CommandSpec(
      "BGSAVE", arity: -1, flags: [.admin, .noScript, .noAsyncLoading], group: .server, since: "1.0.0",
      summary: "Starts to write the RDB file from a snapshot.", complexity: "O(1)",
      history: [.init("3.2.2", "Added the `SCHEDULE` option.")],
      arguments: [CommandArgument("schedule", .pureToken, token: "SCHEDULE", since: "3.2.2", optional: true)], handler: backgroundSave),
    CommandSpec(
      "BGREWRITEAOF", arity: 1, flags: [.admin, .noScript, .noAsyncLoading], group: .server, since: "1.0.0",
      summary: "Starts to rewrite the append-only file from a snapshot.", complexity: "O(1)", handler: rewrite),
    CommandSpec(
      "LASTSAVE", arity: 1, flags: [.loading, .stale, .fast], categories: [.admin, .dangerous], group: .server, since: "1.0.0",
      summary: "The time of the last successful save.", complexity: "O(1)", tips: ["nondeterministic_output"], handler: lastSave),
    CommandSpec(
      "SHUTDOWN", arity: -1, flags: [.admin, .noScript, .loading, .stale, .noMulti, .allowBusy, .sentinel], group: .server, since: "1.0.0",
      summary: "Saves as asked, and ends the server.", complexity: "O(N) when saving, where N is the number of keys; otherwise O(1)",
      history: [.init("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers.")],
      arguments: [
        CommandArgument(
          "nosave_save",
          .oneOf([CommandArgument("nosave", .pureToken, token: "NOSAVE"), CommandArgument("save", .pureToken, token: "SAVE")]),
          optional: true),
        CommandArgument("now", .pureToken, token: "NOW", since: "7.0.0", optional: true),
        CommandArgument("force", .pureToken, token: "FORCE", since: "7.0.0", optional: true),
        CommandArgument("abort", .pureToken, token: "ABORT", since: "7.0.0", optional: true),
      ], handler: shutdown),
  ]

  static func save(_ call: Call) throws(CommandError) {
    let node = call.node
    if node.persistence.isSaving { throw CommandError("ERR Background save already in progress") }
    node.startSave(for: call.session)
  }

  static func backgroundSave(_ call: Call) throws(CommandError) {
    let node = call.node
    let schedules = call.count > 1
    if call.count > 2 || (schedules && !call.is(1, "SCHEDULE")) { throw .syntax }
    if node.persistence.isSaving { throw CommandError("ERR Background save already in progress") }
    node.log(.notice, "Background saving started")
    node.startSave()
    call.reply.simple("Background saving started")
  }

  static func rewrite(_ call: Call) throws(CommandError) {
    let node = call.node
    if node.aof.isRewriting { throw CommandError("ERR Background append only file rewriting already in progress") }
    // With the append-only file off, the files are written as of now, and not followed.
    node.startAOFRewrite()
    call.reply.simple("Background append only file rewriting started")
  }

  static func lastSave(_ call: Call) throws(CommandError) { call.reply.integer(call.node.persistence.lastSaveTime) }

  static func shutdown(_ call: Call) throws(CommandError) {
    var save: Bool?
    var now = false
    var force = false
    var abort = false
    for i in 1..<max(1, call.count) {
      if call.is(i, "NOSAVE"), save == nil {
        save = false
      } else if call.is(i, "SAVE"), save == nil {
        save = true
      } else if call.is(i, "NOW") {
        now = true
      } else if call.is(i, "FORCE") {
        force = true
      } else if call.is(i, "ABORT") {
        abort = true
      } else {
        throw .syntax
      }
    }
    if abort {
      if call.count > 2 { throw .syntax }
      guard call.node.abortShutdown() else { throw CommandError("ERR No shutdown in progress.") }
      return call.reply.ok()
    }
    call.node.beginShutdown(save: save, now: now, force: force, session: call.session, at: call.node.now)
  }
}
