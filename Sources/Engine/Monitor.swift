/// MONITOR's feed, and what is noted about commands of the primary's stream that fail here.
extension Engine {
  func feedMonitors(_ call: Call) {
    let microseconds = (monotonicNanoseconds() / 1000) % 1000 + (now % 1000) * 1000
    var line = "+\(now / 1000).\(String(1_000_000 + microseconds).dropFirst()) [\(call.session.databaseIndex) "
    line += call.session.isUnixSocket ? "unix:\(call.session.address)" : call.session.address
    line += "]"
    for i in 0..<call.count { line += " " + QuotedArguments.quote(isSecret(call, i) ? Array("(redacted)".utf8) : call.bytes(i)) }
    line += "\r\n"
    for monitor in monitors {
      monitor.reply.unmuted { monitor.reply.raw(Array(line.utf8)) }
      touch(monitor)
    }
  }

  /// Passwords are shown to nobody: neither in MONITOR nor in the slowlog.
  func isSecret(_ call: Call, _ index: Int) -> Bool {
    switch call.command.pointee.fullName {
    case "auth": return index > 0
    case "hello":
      // HELLO 3 AUTH name password …
      guard index > 2, let auth = (2..<call.count).first(where: { call.is($0, "AUTH") }) else { return false }
      return index == auth + 1 || index == auth + 2
    default: return false
    }
  }

  /// A write of the primary that fails here means that the two differ; it is counted, and shown in INFO.
  func noteStreamError(_ call: Call) {
    guard call.command.pointee.flags.contains(.write) else { return }
    statistics.unexpectedErrorReplies += 1
    onStreamError?(call.command.pointee.fullName, streamFailure)
  }

  /// CLIENT REPLY SKIP covers one command: the one behind it, whether it is executed, queued or refused.
  func endCommandOfSkippedReply(_ session: Session, wasSkipped: Bool) {
    if session.gates.contains(.replySkipArmed) {
      session.gates.remove(.replySkipArmed)
      session.gates.insert(.replySkipped)
      session.reply.isMuted = true
    } else if wasSkipped, !session.gates.contains(.blocked) {
      session.gates.remove(.replySkipped)
      session.reply.isMuted = session.gates.contains(.replyOff)
    }
  }
}
