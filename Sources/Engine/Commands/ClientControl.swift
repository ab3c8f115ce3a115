/// The commands with which one client acts upon others.
extension ClientCommands {
  // MARK: KILL

  private struct KillFilter {
    var id: Int64?
    var type: ClientType?
    var address: String?
    var localAddress: String?
    var user: String?
    var skipsCaller = true

    init(_ call: Call) throws(CommandError) {
      var i = 2
      while i < call.count {
        guard i + 1 < call.count else { throw .syntax }
        if call.is(i, "ID") {
          let error = CommandError("ERR client-id should be greater than 0")
          let value = try call.integer(i + 1, or: error)
          guard value > 0 else { throw error }
          id = value
        } else if call.is(i, "TYPE") {
          type = try ClientType(call, i + 1)
        } else if call.is(i, "ADDR") {
          address = call.text(i + 1)
        } else if call.is(i, "LADDR") {
          localAddress = call.text(i + 1)
        } else if call.is(i, "USER") {
          guard call.text(i + 1) == "default" else { throw CommandError("ERR No such user '\(call.text(i + 1))'") }
          user = "default"
        } else if call.is(i, "SKIPME") {
          guard call.is(i + 1, "YES") || call.is(i + 1, "NO") else { throw .syntax }
          skipsCaller = call.is(i + 1, "YES")
        } else {
          throw .syntax
        }
        i += 2
      }
    }

    func matches(_ session: Session, caller: Session) -> Bool {
      if let id, session.id != id { return false }
      if let type, ClientType(session) != type { return false }
      if let address, session.address != address { return false }
      if let localAddress, session.localAddress != localAddress { return false }
      if let user, session.user != user || session.gates.contains(.unauthenticated) { return false }
      return !(skipsCaller && session === caller)
    }
  }

  static func kill(_ call: Call) throws(CommandError) {
    let candidates = call.engine.sessionsInOrder.filter { $0.gates.isDisjoint(with: [.loader, .closing]) }
    // The form of before 2.8.12: an address, and the caller is not spared.
    if call.count == 3 {
      let address = call.text(2)
      guard let session = candidates.first(where: { $0.address == address }) else { throw CommandError("ERR No such client") }
      call.engine.kill(session, caller: call.session)
      return call.reply.ok()
    }
    let filter = try KillFilter(call)
    let condemned = candidates.filter { filter.matches($0, caller: call.session) }
    for session in condemned { call.engine.kill(session, caller: call.session) }
    call.reply.integer(condemned.count)
  }

  // MARK: PAUSE, UNBLOCK

  static func pause(_ call: Call) throws(CommandError) {
    guard call.count <= 4 else { throw .subcommandSyntax(call) }
    var all = true
    if call.count == 4 {
      all = call.is(3, "ALL")
      guard all || call.is(3, "WRITE") else { throw CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL") }
    }
    let milliseconds = try call.integer(2, or: CommandError("ERR timeout is not an integer or out of range"))
    guard milliseconds >= 0 else { throw CommandError("ERR timeout is negative") }
    let (until, overflow) = call.engine.now.addingReportingOverflow(milliseconds)
    call.engine.startPause(until: overflow ? .max : until, allCommands: all)
    call.reply.ok()
  }

  static func unpause(_ call: Call) throws(CommandError) {
    call.reply.ok()
    call.engine.endPause()
  }

  static func unblock(_ call: Call) throws(CommandError) {
    guard call.count <= 4 else { throw .subcommandSyntax(call) }
    var asError = false
    if call.count == 4 {
      asError = call.is(3, "ERROR")
      guard asError || call.is(3, "TIMEOUT") else { throw CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR") }
    }
    let id = try call.integer(2)
    guard let session = call.engine.sessions[id], let state = session.blocked, state.canTimeOut else { return call.reply.integer(0) }
    let engine = call.engine
    let error = CommandError("UNBLOCKED client unblocked via CLIENT UNBLOCK")
    if case .keys(let wait) = state {
      engine.end(wait, asError ? .failed(error) : .timedOut)
    } else if asError {
      engine.statistics.noteError(error.code)
      engine.unblock(session) { $0.error(error.line) }
    } else if let replyOnTimeout = engine.replyOnTimeout {
      engine.unblock(session) { _ in replyOnTimeout(session, state) }
    } else {
      engine.unblock(session) { $0.integer(0) }
    }
    call.reply.integer(1)
  }

  static func clientHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "CLIENT",
      [
        ("CACHING (YES|NO)", ["Decides whether the next command's keys are tracked."]),
        ("GETNAME", ["The connection's name."]),
        ("GETREDIR", ["The client that gets this one's invalidations."]),
        ("ID", ["The connection's id."]),
        ("INFO", ["This connection in one line."]),
        ("KILL <ip:port>", ["Closes the connection from that address."]),
        (
          "KILL <option> <value> [<option> <value> [...]]",
          [
            "Closes the connections to which all options apply:", "* ADDR (<ip:port>|<unixsocket>:0), LADDR the same of the local end",
            "* ID <client-id>", "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)", "* USER <username>",
            "* SKIPME (YES|NO): whether the caller is spared (default: yes)",
          ]
        ),
        ("LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [...]]", ["Connections, one a line."]),
        ("NO-EVICT (ON|OFF)", ["Spares this connection when memory is short."]),
        ("NO-TOUCH (ON|OFF)", ["Whether this connection's reads count as accesses."]),
        ("PAUSE <timeout> [WRITE|ALL]", ["Makes clients' commands, or only writes, wait for <timeout> milliseconds."]),
        ("REPLY (ON|OFF|SKIP)", ["Whether this connection gets replies."]),
        ("SETINFO (LIB-NAME|LIB-VER) <value>", ["Which library uses this connection."]),
        ("SETNAME <name>", ["Names this connection."]),
        (
          "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
          ["         [OPTIN] [OPTOUT] [NOLOOP]", "Whether the server tells of changes of the keys that this connection reads."]
        ),
        ("TRACKINGINFO", ["How this connection tracks keys."]),
        ("UNBLOCK <clientid> [TIMEOUT|ERROR]", ["Ends a client's wait in a blocking command."]),
        ("UNPAUSE", ["Ends a pause."]),
      ])
  }
}

extension BlockedState {
  /// Waits that a client asked for have a timeout reply; those that the server imposed have none.
  var canTimeOut: Bool {
    switch self {
    case .wait, .keys: true
    case .paused, .host: false
    }
  }
}

extension Engine {
  /// Ends a connection: the caller's own after its reply, any other at once.
  package func kill(_ session: Session, caller: Session? = nil) {
    session.gates.insert(.closing)
    abandonWait(of: session)
    if let wake = session.onWake {
      session.onWake = nil
      session.reply.error("ERR the wait was ended by CLIENT KILL")
      wake()
    }
    if session !== caller { killed.append(session) }
  }
}
