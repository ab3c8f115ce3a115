/// An error reply: its line, code word first, without the `-`.
package struct CommandError: Error, Hashable, Sendable, CustomStringConvertible {
  package var line: String
  package init(_ line: String) { self.line = line }
  package var description: String { line }

  /// The first word: ERR, WRONGTYPE, NOAUTH …
  package var code: Substring { line.prefix { $0 != " " } }

  package static let syntax = CommandError("ERR syntax error")
  package static let notInteger = CommandError("ERR value is not an integer or out of range")
  package static let notFloat = CommandError("ERR value is not a valid float")
  package static let wrongType = CommandError("WRONGTYPE Operation against a key holding the wrong kind of value")
  package static let noSuchKey = CommandError("ERR no such key")
  package static let outOfRange = CommandError("ERR index out of range")
  package static let sameObject = CommandError("ERR source and destination objects are the same")
  package static let overflow = CommandError("ERR increment or decrement would overflow")
  package static let stringTooLong = CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
  package static let databaseOutOfRange = CommandError("ERR DB index is out of range")
  package static let debugNotAllowed = CommandError(
    "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, "
      + "otherwise you need to set this option in the configuration file, and then restart the server.")
  package static let nestedMulti = CommandError("ERR MULTI calls can not be nested")

  package static func wrongArity(_ name: String) -> CommandError { CommandError("ERR wrong number of arguments for '\(name)' command") }
  package static func invalidExpire(_ name: String) -> CommandError { CommandError("ERR invalid expire time in '\(name)' command") }

  /// As `unknownSubcommand`, for a known one whose arguments are too many.
  package static func subcommandSyntax(_ call: Call) -> CommandError {
    let name = call.text(0).uppercased()
    return CommandError("ERR unknown subcommand or wrong number of arguments for '\(call.text(1).prefix(128))'. Try \(name) HELP.")
  }

  package static func unknownSubcommand(_ call: Call) -> CommandError {
    let name = call.text(0).uppercased()
    let sub = call.count > 1 ? String(call.text(1).prefix(128)) : ""
    return CommandError("ERR unknown subcommand '\(sub)'. Try \(name) HELP.")
  }
}
