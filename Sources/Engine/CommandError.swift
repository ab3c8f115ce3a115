/// An error reply: its line, code word first, without the `-`.
package struct CommandError: Error, Hashable, Sendable, CustomStringConvertible {
  package var line: String
  /// The line as it is sent, if it quotes an argument that is not UTF-8.
  package var bytes: [UInt8]?
  package init(_ line: String) { self.line = line }

  /// A line that quotes what a client sent. As in Redis, whose formats take C strings, the quoted part ends before a NUL, and the line before its last line breaks.
  package init(_ start: StaticString, quoting parts: [UnsafeRawBufferPointer], between: StaticString = "") {
    var bytes = Array("\(start)".utf8)
    for (i, part) in parts.enumerated() {
      if i > 0 { bytes += Array("\(between)".utf8) }
      bytes += part.prefix { $0 != 0 }
    }
    while let last = bytes.last, last == 13 || last == 10 { bytes.removeLast() }
    line = String(decoding: bytes, as: UTF8.self)
    self.bytes = bytes
  }
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
  package static let outOfMemory = CommandError("OOM command not allowed when used memory > 'maxmemory'.")
  package static let nestedMulti = CommandError("ERR MULTI calls can not be nested")

  package static func wrongArity(_ name: String) -> CommandError { CommandError("ERR wrong number of arguments for '\(name)' command") }
  package static func invalidExpire(_ name: String) -> CommandError { CommandError("ERR invalid expire time in '\(name)' command") }

  /// As `unknownSubcommand`, for a known one whose arguments are too many.
  package static func subcommandSyntax(_ call: Call) -> CommandError {
    let name = call.text(0).uppercased()
    return CommandError("ERR unknown subcommand or wrong number of arguments for '\(call.text(1).prefix(128))'. Try \(name) HELP.")
  }

  /// `command` in upper case, `sub` as it was sent.
  package static func unknownSubcommand(_ command: StaticString, _ sub: ArgumentView) -> CommandError {
    let end = Array("\(command) HELP.".utf8)
    return end.withUnsafeBytes {
      CommandError(
        "ERR unknown subcommand '", quoting: [UnsafeRawBufferPointer(rebasing: sub.buffer.prefix(128)), $0], between: "'. Try ")
    }
  }

  package static func unknownSubcommand(_ call: Call) -> CommandError {
    guard call.count > 1 else { return .wrongArity(call.command.pointee.fullName) }
    return .unknownSubcommand(call.command.pointee.spec.name, call[1])
  }
}

extension ReplyBuffer {
  package func error(_ error: CommandError) {
    if let bytes = error.bytes { self.error(bytes: bytes) } else { self.error(error.line) }
  }
}
