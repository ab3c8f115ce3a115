/// What kind of client a session is, as CLIENT LIST TYPE and CLIENT KILL TYPE distinguish them.
enum ClientType {
  case normal, primary, replica, pubsub

  init(_ call: Call, _ index: Int) throws(CommandError) {
    if call.is(index, "NORMAL") {
      self = .normal
    } else if call.is(index, "MASTER") {
      self = .primary
    } else if call.is(index, "REPLICA") || call.is(index, "SLAVE") {
      self = .replica
    } else if call.is(index, "PUBSUB") {
      self = .pubsub
    } else {
      throw CommandError("ERR Unknown client type '\(call.text(index))'")
    }
  }

  init(_ session: Session) {
    if session.gates.contains(.primaryLink) {
      self = .primary
    } else if session.gates.contains(.replica) {
      self = .replica
    } else {
      self = session.subscriptions.isEmpty ? .normal : .pubsub
    }
  }
}

extension Engine {
  /// One client in the words of CLIENT LIST. Source: https://redis.io/docs/latest/commands/client-list/
  func describe(_ session: Session, within call: Call) -> String {
    let argumentBytes = session === call.session ? (0..<call.count).reduce(0) { $0 + call[$1].count } : 0
    let queuedBytes = session.transaction.memoryBytes
    let buffered = session === call.session ? 0 : session.reply.count
    let inputFree = max(0, session.inputCapacity - session.inputBytes)
    var line = "id=\(session.id) addr=\(session.address) laddr=\(session.localAddress) fd=\(session.fileDescriptor)"
    line += " name=\(String(decoding: session.name, as: UTF8.self))"
    line += " age=\(max(0, now - session.createdAt) / 1000) idle=\(max(0, now - session.lastInteraction) / 1000)"
    line += " flags=\(flags(of: session)) db=\(session.databaseIndex)"
    line += " sub=\(session.subscriptions.channels.count) psub=\(session.subscriptions.patterns.count)"
    line += " ssub=\(session.subscriptions.shards.count)"
    line += " multi=\(session.gates.contains(.inMulti) ? session.transaction.count : -1)"
    line += " qbuf=\(session.inputBytes) qbuf-free=\(inputFree) argv-mem=\(argumentBytes) multi-mem=\(queuedBytes)"
    line +=
      " rbs=\(session.reply.capacity) rbp=\(session.reply.capacity) obl=\(buffered) oll=\(session.unsentBytes > 0 ? 1 : 0) omem=\(session.unsentBytes)"
    line +=
      " tot-mem=\(session.memoryBytes + argumentBytes) events=\(session.unsentBytes > 0 ? "rw" : "r") cmd=\(session.lastCommand?.pointee.fullName ?? "NULL")"
    line += " user=\(session.user) redir=\(session.tracking?.redirect ?? -1) resp=\(session.reply.isRESP3 ? 3 : 2)"
    line += " lib-name=\(String(decoding: session.libraryName, as: UTF8.self))"
    line += " lib-ver=\(String(decoding: session.libraryVersion, as: UTF8.self))"
    return line
  }

  private func flags(of session: Session) -> String {
    let gates = session.gates
    var flags = ""
    if gates.contains(.monitor) { flags += "O" } else if gates.contains(.replica) { flags += "S" }
    if gates.contains(.primaryLink) { flags += "M" }
    if !session.subscriptions.isEmpty { flags += "P" }
    if gates.contains(.inMulti) { flags += "x" }
    if gates.contains(.blocked) { flags += "b" }
    if let tracking = session.tracking {
      flags += "t"
      if tracking.isRedirectBroken { flags += "R" }
      if tracking.isBroadcasting { flags += "B" }
    }
    if gates.contains(.watchBroken) { flags += "d" }
    if gates.contains(.closing) { flags += "c" }
    if session.isUnixSocket { flags += "U" }
    if gates.contains(.noEvict) { flags += "e" }
    if gates.contains(.noTouch) { flags += "T" }
    return flags.isEmpty ? "N" : flags
  }
}
