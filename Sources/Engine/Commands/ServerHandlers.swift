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

  // MARK: LATENCY: no event is ever recorded, as with latency-monitor-threshold 0

  static func latencyLatest(_ call: Call) throws(CommandError) { call.reply.array(0) }
  static func latencyHistory(_ call: Call) throws(CommandError) { call.reply.array(0) }
  static func latencyReset(_ call: Call) throws(CommandError) { call.reply.integer(0) }
  static func latencyGraph(_ call: Call) throws(CommandError) {
    throw CommandError("ERR No samples available for event '\(call.text(2))'")
  }

  static func latencyDoctor(_ call: Call) throws(CommandError) {
    call.reply.verbatim(
      "Latency monitoring is disabled in this server: no event is recorded, so there is nothing to explain. "
        + "Slow commands are in SLOWLOG GET.\n")
  }

  static func latencyHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "LATENCY",
      [
        ("DOCTOR", ["Explains the recorded latencies."]),
        ("GRAPH <event>", ["Draws an event's latencies."]),
        ("HISTORY <event>", ["An event's samples: time and milliseconds."]),
        ("LATEST", ["The last sample of every event."]),
        ("RESET [<event> ...]", ["Forgets the samples of these events, or of all."]),
      ])
  }
}
