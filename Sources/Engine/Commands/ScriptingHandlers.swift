extension ScriptingCommands {
  private static let noInterpreter = CommandError("ERR scripts and functions are not supported by this server: it has no interpreter")

  static func unavailable(_ call: Call) throws(CommandError) { throw noInterpreter }

  /// EVAL, EVALSHA, FCALL: the number of keys is looked at first, as in Redis.
  private static func checkKeyCount(_ call: Call) throws(CommandError) {
    let count = try call.integer(2)
    if count > Int64(call.count - 3) { throw CommandError("ERR Number of keys can't be greater than number of args") }
    if count < 0 { throw CommandError("ERR Number of keys can't be negative") }
  }

  static func evaluate(_ call: Call) throws(CommandError) {
    try checkKeyCount(call)
    throw noInterpreter
  }

  static func evaluateStored(_ call: Call) throws(CommandError) {
    // What cannot be a SHA1 is no script, whatever stands behind it.
    if call[1].count == 40 { try checkKeyCount(call) }
    throw CommandError("NOSCRIPT No matching script. Please use EVAL.")
  }

  static func callFunction(_ call: Call) throws(CommandError) { throw CommandError("ERR Function not found") }

  static func scriptExists(_ call: Call) throws(CommandError) {
    call.reply.array(call.count - 2)
    for _ in 2..<call.count { call.reply.integer(0) }
  }

  private static func checkFlushMode(_ call: Call, or error: CommandError) throws(CommandError) {
    guard call.count <= 3 || !isFunction(call) else { throw .subcommandSyntax(call) }
    guard call.count == 2 || call.count == 3 && (call.is(2, "SYNC") || call.is(2, "ASYNC")) else { throw error }
  }

  private static func isFunction(_ call: Call) -> Bool { call.command.pointee.fullName == "function|flush" }

  static func scriptFlush(_ call: Call) throws(CommandError) {
    try checkFlushMode(call, or: CommandError("ERR SCRIPT FLUSH only support SYNC|ASYNC option"))
    call.reply.ok()
  }

  static func kill(_ call: Call) throws(CommandError) { throw CommandError("NOTBUSY No scripts in execution right now.") }

  // MARK: functions: there are none

  static func functionDelete(_ call: Call) throws(CommandError) { throw CommandError("ERR Library not found") }

  /// RDB version 10 and the checksum of that: no libraries.
  private static let emptyDump: [UInt8] = [0x0a, 0x00, 0x5d, 0x9b, 0x5c, 0x40, 0x0f, 0x7f, 0xa2, 0xda]

  static func functionDump(_ call: Call) throws(CommandError) { call.reply.bulk(emptyDump) }

  static func functionRestore(_ call: Call) throws(CommandError) {
    guard call.count <= 4 else { throw .subcommandSyntax(call) }
    if call.count == 4, !call.is(3, "FLUSH"), !call.is(3, "APPEND"), !call.is(3, "REPLACE") {
      throw CommandError("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
    }
    guard call[2].count >= 10 else { throw CommandError("ERR DUMP payload version or checksum are wrong") }
    guard call.bytes(2) == emptyDump else { throw noInterpreter }
    call.reply.ok()
  }

  static func functionFlush(_ call: Call) throws(CommandError) {
    try checkFlushMode(call, or: CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"))
    call.reply.ok()
  }

  static func functionList(_ call: Call) throws(CommandError) {
    var hasCode = false
    var hasName = false
    var i = 2
    while i < call.count {
      if call.is(i, "WITHCODE"), !hasCode {
        hasCode = true
      } else if call.is(i, "LIBRARYNAME"), !hasName {
        guard i + 1 < call.count else { throw CommandError("ERR library name argument was not given") }
        hasName = true
        i += 1
      } else {
        throw CommandError("ERR Unknown argument \(call.text(i))")
      }
      i += 1
    }
    call.reply.array(0)
  }

  static func functionStats(_ call: Call) throws(CommandError) {
    let reply = call.reply
    reply.map(2)
    reply.bulk("running_script")
    reply.null()
    reply.bulk("engines")
    reply.map(1)
    reply.bulk("LUA")
    reply.map(2)
    reply.bulk("libraries_count")
    reply.integer(0)
    reply.bulk("functions_count")
    reply.integer(0)
  }

  static func scriptHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "SCRIPT",
      [
        ("EXISTS <sha1> [<sha1> ...]", ["Which scripts the server has: none."]), ("FLUSH [ASYNC|SYNC]", ["Forgets all scripts."]),
        ("KILL", ["Ends the script that runs: none ever does."]), ("LOAD <script>", ["Not supported: there is no interpreter."]),
      ])
  }

  static func functionHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "FUNCTION",
      [
        ("DELETE <library-name>", ["Removes a library."]), ("DUMP", ["All libraries as bytes."]),
        ("FLUSH [ASYNC|SYNC]", ["Removes all libraries."]), ("KILL", ["Ends the function that runs: none ever does."]),
        ("LIST [LIBRARYNAME <pattern>] [WITHCODE]", ["The libraries: there are none."]),
        ("LOAD [REPLACE] <code>", ["Not supported: there is no interpreter."]),
        ("RESTORE <dump> [FLUSH|APPEND|REPLACE]", ["Adds the libraries of a dump, if it holds none."]),
        ("STATS", ["What runs, and how many functions there are."]),
      ])
  }
}
