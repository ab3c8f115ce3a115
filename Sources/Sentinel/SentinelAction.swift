package import TernEngine

/// One TCP connection that the machine asked for. Ids are never used twice, so a late event of an old connection is recognised.
package struct SentinelConnectionID: Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A client of our own port, named by the host.
package struct SentinelClientID: Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// One queued notification or reconfiguration script.
package struct SentinelScriptID: Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The levels of Redis's log, with its signs.
package enum SentinelLogLevel: Int, Hashable, Sendable, Comparable {
  case debug, verbose, notice, warning

  /// The sign between the time and the text of a log line.
  package var sign: String {
    switch self {
    case .debug: "."
    case .verbose: "-"
    case .notice: "*"
    case .warning: "#"
    }
  }

  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

package enum SentinelConnectionPurpose: Hashable, Sendable {
  /// Commands out, one reply to each in order.
  case commands
  /// Subscribed to the hello channel; whatever arrives is handed in.
  case subscription
}

/// What the machine orders. The driver performs actions in the order given.
package enum SentinelAction: Hashable, Sendable {
  /// Open a connection; answer with `connected` or `connectFailed`.
  case connect(SentinelConnectionID, host: String, port: Int, purpose: SentinelConnectionPurpose)
  /// Close a connection. No event about it is expected any more; one that comes is ignored.
  case close(SentinelConnectionID)
  case send(SentinelConnectionID, [[UInt8]])
  /// The answer to one `command`.
  case reply(SentinelClientID, RESPValue)
  /// To the clients that subscribed on our own port.
  case publish(channel: String, message: String)
  case log(SentinelLogLevel, String)
  /// Always the last of what `takeActions` returns: nothing more is handed out until `persisted` or `persistFailed` answers it, so a
  /// vote cannot leave before it is on disk.
  case persist([SentinelDirectiveLine])
  /// Look a name up; answer with `resolved`.
  case resolve(hostname: String)
  /// Start a program; answer with `scriptStarted` and `scriptEnded`. It must not inherit file descriptors.
  case runScript(SentinelScriptID, path: String, arguments: [String])
  /// SIGKILL; `scriptEnded` follows.
  case killScript(SentinelScriptID)
  /// SENTINEL SIMULATE-FAILURE asked for the process to end at this point.
  case exit(code: Int32)
}

/// One line of state for the configuration file.
package struct SentinelDirectiveLine: Hashable, Sendable {
  /// `sentinel monitor` and the like: the words by which a rewrite finds the lines to replace.
  package let option: String
  /// The whole line, quoted where it must be, without a line end.
  package let line: String

  package init(_ option: String, _ words: [String]) {
    self.option = "sentinel \(option)"
    self.line = (["sentinel", option] + words).joined(separator: " ")
  }

  /// `bytes` as one word of a configuration line, in quotes only if it would not survive without them.
  package static func word(_ bytes: [UInt8]) -> String {
    let plain = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
    return plain && !bytes.isEmpty ? String(decoding: bytes, as: UTF8.self) : QuotedArguments.quote(bytes)
  }

  package static func word(_ text: String) -> String { word(Array(text.utf8)) }
}
