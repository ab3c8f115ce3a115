extension TransactionCommands {
  static func multi(_ call: Call) throws(CommandError) {
    guard !call.session.gates.contains(.inMulti) else { throw .nestedMulti }
    call.session.gates.insert(.inMulti)
    call.reply.ok()
  }

  static func exec(_ call: Call) throws(CommandError) { try call.engine.exec(call) }

  static func discard(_ call: Call) throws(CommandError) {
    guard call.session.gates.contains(.inMulti) else { throw CommandError("ERR DISCARD without MULTI") }
    call.engine.abandonTransaction(call.session)
    call.reply.ok()
  }

  static func watch(_ call: Call) throws(CommandError) {
    guard !call.session.gates.contains(.inMulti) else { throw CommandError("ERR WATCH inside MULTI is not allowed") }
    // A watch that is broken already stays broken: nothing is gained by more.
    if !call.session.gates.contains(.watchBroken) {
      for i in 1..<call.count { call.engine.watch(call.session, call.key(i), in: call.session.databaseIndex) }
    }
    call.reply.ok()
  }

  static func unwatch(_ call: Call) throws(CommandError) {
    call.engine.unwatchAll(call.session)
    call.reply.ok()
  }
}
