extension ConnectionCommands {
  static func ping(_ call: Call) throws(CommandError) {
    if call.count > 2 { throw .wrongArity("ping") }
    guard call.session.gates.contains(.subscribed) else {
      if call.count == 2 { call.reply.bulk(call[1].buffer) } else { call.reply.simple("PONG") }
      return
    }
    // A RESP2 client that listens can read nothing but messages.
    call.reply.array(2)
    call.reply.bulk("pong")
    if call.count == 2 { call.reply.bulk(call[1].buffer) } else { call.reply.bulk("") }
  }

  static func echo(_ call: Call) throws(CommandError) { call.reply.bulk(call[1].buffer) }

  static func quit(_ call: Call) throws(CommandError) {
    call.reply.ok()
    call.session.gates.insert(.closing)
  }

  static func reset(_ call: Call) throws(CommandError) {
    let session = call.session
    guard session.gates.isDisjoint(with: [.replica, .primaryLink]) else { throw CommandError("ERR can only reset normal connections") }
    call.engine.reset(session)
    call.reply.simple("RESET")
  }

  // MARK: who the client is

  static func auth(_ call: Call) throws(CommandError) {
    guard call.count <= 3 else { throw .syntax }
    if call.count == 2, !call.engine.settings.requiresPassword {
      throw CommandError(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
    }
    try authenticate(call, user: call.count == 3 ? call[1].buffer : nil, password: call[call.count - 1].buffer)
    call.reply.ok()
  }

  private static func authenticate(_ call: Call, user: UnsafeRawBufferPointer?, password: UnsafeRawBufferPointer) throws(CommandError) {
    let settings = call.engine.settings
    let isDefault = user.map { $0.elementsEqual("default".utf8) } ?? true
    // Every password is compared, whatever the name is and whichever fits: the time that this takes tells nothing.
    var fits = !settings.requiresPassword
    for candidate in settings.passwords where isEqual(candidate, password) { fits = true }
    guard isDefault, fits else { throw CommandError("WRONGPASS invalid username-password pair or user is disabled.") }
    call.session.user = "default"
    call.session.gates.remove(.unauthenticated)
  }

  /// In a time that depends on the length of what was sent only.
  private static func isEqual(_ secret: [UInt8], _ sent: UnsafeRawBufferPointer) -> Bool {
    var difference: UInt8 = secret.count == sent.count ? 0 : 1
    for i in 0..<sent.count { difference |= sent[i] ^ (i < secret.count ? secret[i] : UInt8(truncatingIfNeeded: i)) }
    return difference == 0
  }

  static func hello(_ call: Call) throws(CommandError) {
    let session = call.session
    var version: Int64?
    if call.count > 1 {
      version = try call.integer(1, or: CommandError("ERR Protocol version is not an integer or out of range"))
      guard version == 2 || version == 3 else { throw CommandError("NOPROTO unsupported protocol version") }
    }
    var name: [UInt8]?
    var credentials: (user: Int, password: Int)?
    var i = 2
    while i < call.count {
      let left = call.count - 1 - i
      if left >= 2, call.is(i, "AUTH") {
        credentials = (i + 1, i + 2)
        i += 3
      } else if left >= 1, call.is(i, "SETNAME") {
        name = try ClientCommands.checkedName(call[i + 1].buffer)
        i += 2
      } else {
        throw CommandError("ERR Syntax error in HELLO option '\(call.text(i))'")
      }
    }
    if let credentials { try authenticate(call, user: call[credentials.user].buffer, password: call[credentials.password].buffer) }
    guard !session.gates.contains(.unauthenticated) else {
      throw CommandError(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to "
          + "authenticate the client and select the RESP protocol version at the same time")
    }
    if let name { session.name = name }
    if let version {
      session.reply.isRESP3 = version == 3
      call.engine.updateSubscribedGate(session)
    }
    describeServer(call)
  }

  private static func describeServer(_ call: Call) {
    let reply = call.reply
    let settings = call.engine.settings
    // A sentinel has no role.
    let isSentinel = settings.serverMode == "sentinel"
    reply.map(isSentinel ? 6 : 7)
    reply.bulk("server")
    reply.bulk("redis")
    reply.bulk("version")
    reply.bulk(settings.serverVersion)
    reply.bulk("proto")
    reply.integer(reply.isRESP3 ? 3 : 2)
    reply.bulk("id")
    reply.integer(call.session.id)
    reply.bulk("mode")
    reply.bulk(settings.serverMode)
    if !isSentinel {
      reply.bulk("role")
      reply.bulk(settings.role == "slave" ? "replica" : settings.role)
    }
    reply.bulk("modules")
    reply.array(0)
  }
}

extension Engine {
  /// The state of a connection just opened, except for its id and its addresses.
  package func reset(_ session: Session) {
    stopMonitoring(session)
    stopTracking(session)
    session.databaseIndex = 0
    session.reply.isRESP3 = false
    session.user = "default"
    if settings.requiresPassword { session.gates.insert(.unauthenticated) } else { session.gates.remove(.unauthenticated) }
    abandonTransaction(session)
    pubsub.removeAll(of: session)
    session.name = []
    session.isAsynchronous = false
    session.gates.subtract([.subscribed, .replyOff, .replySkipped, .replySkipArmed, .noTouch, .noEvict])
    session.reply.isMuted = false
  }

  func startMonitoring(_ session: Session) {
    guard !session.gates.contains(.monitor) else { return }
    session.gates.insert(.monitor)
    monitors.append(session)
    gates.insert(.monitors)
  }

  func stopMonitoring(_ session: Session) {
    session.gates.remove(.monitor)
    monitors.removeAll { $0 === session }
    if monitors.isEmpty { gates.remove(.monitors) }
  }
}
