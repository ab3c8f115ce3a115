/// Why a command got no reply, or a refusal where a value was wanted.
package struct RedisClientError: Error, Sendable, CustomStringConvertible {
  /// Open-ended: a caller that switches over it needs a default.
  package struct Code: Hashable, Sendable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// No connection could be made: refused, unreachable, unknown host, or no answer in time.
    package static let cannotConnect = Code("cannotConnect")
    /// The connection ended while replies were outstanding, or had ended before the command was sent.
    package static let connectionClosed = Code("connectionClosed")
    /// The reply did not come in time. The connection is closed, since what arrives next would be taken for another command's reply.
    package static let timeout = Code("timeout")
    /// The peer does not speak RESP, or answered with a shape that the command does not have.
    package static let protocolViolation = Code("protocolViolation")
    /// The server answered with an error; `reply` holds its line.
    package static let refused = Code("refused")
    /// No sentinel named a master that says of itself that it is one.
    package static let noMaster = Code("noMaster")
    /// The calling task was cancelled.
    package static let cancelled = Code("cancelled")
  }

  package var code: Code
  /// What was done to whom, and what came of it; for people.
  package var message: String
  /// Whether the server may have executed the command all the same: it was (or may have been) sent, and no reply says otherwise.
  package var mayHaveBeenApplied: Bool
  /// The server's error line, code word first, when it sent one.
  package var reply: String?

  package init(_ code: Code, _ message: String, mayHaveBeenApplied: Bool = false, reply: String? = nil) {
    self.code = code
    self.message = message
    self.mayHaveBeenApplied = mayHaveBeenApplied
    self.reply = reply
  }

  /// A refusal by the server. Only code words that are known to be given before anything is executed count as "not applied":
  /// a word that this client has never heard of (a quorum that did not answer, say) leaves the outcome open.
  package init(reply line: String, from endpoint: Endpoint) {
    let word = String(line.prefix { $0 != " " })
    self.init(
      .refused, "\(endpoint) answered: \(line)", mayHaveBeenApplied: !Self.refusalsBeforeExecution.contains(word), reply: line)
  }

  private static let refusalsBeforeExecution: Set<String> = [
    "ERR", "READONLY", "LOADING", "MASTERDOWN", "NOREPLICAS", "MISCONF", "OOM", "BUSY", "NOAUTH", "WRONGPASS", "NOPERM", "NOPROTO",
    "WRONGTYPE", "EXECABORT", "NOMASTERLINK", "DENIED",
  ]

  /// The first word of the server's error line.
  package var replyCode: String? { reply.map { String($0.prefix { $0 != " " }) } }

  /// The server wants another password, or one where none was given, or none where one was given.
  package var isWrongPassword: Bool {
    ["WRONGPASS", "NOAUTH"].contains(replyCode) || reply?.hasPrefix("ERR AUTH") == true
  }

  package var description: String { message }
}
