extension ServerCommands {
  static func time(_ call: Call) throws(CommandError) {
    let now = call.engine.now
    // The clock of the batch counts milliseconds; the monotonic one adds digits, so that two calls seldom answer the same.
    let microseconds = (now % 1000) * 1000 + (call.engine.monotonicNanoseconds() / 1000) % 1000
    call.reply.array(2)
    call.reply.bulk(String(now / 1000))
    call.reply.bulk(String(microseconds))
  }

  static func monitor(_ call: Call) throws(CommandError) {
    guard !call.engine.isInTransaction else { throw CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client") }
    // A replica has its own stream.
    guard !call.session.gates.contains(.replica) else { return }
    call.engine.startMonitoring(call.session)
    call.reply.ok()
  }
}
