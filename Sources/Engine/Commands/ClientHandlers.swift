extension ClientCommands {
  static func id(_ call: Call) throws(CommandError) { call.reply.integer(call.session.id) }

  // MARK: names

  /// Names stand in lines of `key=value` pairs, so they hold nothing but printable characters without space.
  static func checkedName(_ bytes: UnsafeRawBufferPointer) throws(CommandError) -> [UInt8] {
    guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw CommandError("ERR Client names cannot contain spaces, newlines or special characters.")
    }
    return Array(bytes)
  }

  static func setname(_ call: Call) throws(CommandError) {
    call.session.name = try checkedName(call[2].buffer)
    call.reply.ok()
  }

  static func getname(_ call: Call) throws(CommandError) {
    if call.session.name.isEmpty { call.reply.null() } else { call.reply.bulk(call.session.name) }
  }

  static func setinfo(_ call: Call) throws(CommandError) {
    let isName = call.is(2, "LIB-NAME")
    guard isName || call.is(2, "LIB-VER") else { throw CommandError("ERR Unrecognized option '\(call.text(2))'") }
    guard call[3].buffer.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw CommandError("ERR \(isName ? "lib-name" : "lib-ver") cannot contain spaces, newlines or special characters.")
    }
    if isName { call.session.libraryName = call.bytes(3) } else { call.session.libraryVersion = call.bytes(3) }
    call.reply.ok()
  }

  // MARK: what is shown

  static func info(_ call: Call) throws(CommandError) {
    call.reply.verbatim(call.engine.describe(call.session, within: call) + "\n")
  }

  static func list(_ call: Call) throws(CommandError) {
    let engine = call.engine
    var shown: [Session] = []
    func all() -> [Session] { engine.sessionsInOrder.filter { !$0.gates.contains(.loader) } }
    if call.count == 4, call.is(2, "TYPE") {
      let type = try ClientType(call, 3)
      shown = all().filter { ClientType($0) == type }
    } else if call.count > 3, call.is(2, "ID") {
      var ids: [Int64] = []
      for i in 3..<call.count { ids.append(try call.integer(i, or: CommandError("ERR Invalid client ID"))) }
      shown = ids.compactMap { engine.sessions[$0] }.filter { !$0.gates.contains(.loader) }
    } else if call.count == 2 {
      shown = all()
    } else {
      throw .syntax
    }
    var text = ""
    for session in shown { text += engine.describe(session, within: call) + "\n" }
    call.reply.verbatim(text)
  }

  // MARK: switches

  private static func isOn(_ call: Call, _ index: Int) throws(CommandError) -> Bool {
    if call.is(index, "ON") { return true }
    if call.is(index, "OFF") { return false }
    throw .syntax
  }

  static func noEvict(_ call: Call) throws(CommandError) {
    if try isOn(call, 2) { call.session.gates.insert(.noEvict) } else { call.session.gates.remove(.noEvict) }
    call.reply.ok()
  }

  static func noTouch(_ call: Call) throws(CommandError) {
    if try isOn(call, 2) { call.session.gates.insert(.noTouch) } else { call.session.gates.remove(.noTouch) }
    call.reply.ok()
  }

  static func reply(_ call: Call) throws(CommandError) {
    let session = call.session
    if call.is(2, "ON") {
      session.gates.subtract([.replyOff, .replySkipped])
      session.reply.isMuted = false
      call.reply.ok()
    } else if call.is(2, "OFF") {
      session.gates.insert(.replyOff)
      session.reply.isMuted = true
    } else if call.is(2, "SKIP") {
      if !session.gates.contains(.replyOff) { session.gates.insert(.replySkipArmed) }
    } else {
      throw .syntax
    }
  }
}
