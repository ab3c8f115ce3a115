extension LatencyCommands {
  // MARK: the monitor's events

  static func latencyLatest(_ call: Call) throws(CommandError) {
    let events = call.engine.latency.events
    call.reply.array(events.count)
    for event in events {
      call.reply.array(4)
      call.reply.bulk(event.name)
      call.reply.integer(event.samples.last?.time ?? 0)
      call.reply.integer(event.samples.last?.milliseconds ?? 0)
      call.reply.integer(event.millisecondsMax)
    }
  }

  static func latencyHistory(_ call: Call) throws(CommandError) {
    let samples = call.engine.latency.event(call.text(2))?.samples ?? []
    call.reply.array(samples.count)
    for sample in samples {
      call.reply.array(2)
      call.reply.integer(sample.time)
      call.reply.integer(sample.milliseconds)
    }
  }

  static func latencyReset(_ call: Call) throws(CommandError) {
    guard call.count > 2 else { return call.reply.integer(call.engine.latency.reset()) }
    var count = 0
    for i in 2..<call.count { count += call.engine.latency.reset(call.text(i)) }
    call.reply.integer(count)
  }

  static func latencyGraph(_ call: Call) throws(CommandError) {
    guard let event = call.engine.latency.event(call.text(2)) else {
      throw CommandError("ERR No samples available for event '\(call.text(2))'")
    }
    call.reply.verbatim(graph(event, now: call.engine.now / 1000))
  }

  /// Columns of `#`, the newest sample at the right, under each how long ago it was.
  private static func graph(_ event: LatencyMonitor.Event, now: Int64) -> String {
    let rows: Int64 = 4
    let shown = event.samples.suffix(80)
    let high = shown.map(\.milliseconds).max() ?? 0
    let low = shown.map(\.milliseconds).min() ?? 0
    var text = "\(event.name) - high \(high) ms, low \(low) ms (all time high \(event.millisecondsMax) ms)\n"
    text += String(repeating: "-", count: 80) + "\n"
    for row in (0..<rows).reversed() {
      let line = shown.map { sample in
        let height = high > low ? (sample.milliseconds - low) * (rows * 2 - 1) / (high - low) : 0
        return height / 2 > row ? "#" : height / 2 == row ? (height % 2 == 1 ? "#" : "_") : " "
      }
      text += line.joined() + "\n"
    }
    let ages = shown.map { Array(age(now - $0.time)) }
    text += "\n"
    for row in 0..<(ages.map(\.count).max() ?? 0) {
      text += String(ages.map { row < $0.count ? $0[row] : " " }) + "\n"
    }
    return text
  }

  private static func age(_ seconds: Int64) -> String {
    let seconds = max(0, seconds)
    if seconds < 60 { return "\(seconds)s" }
    if seconds < 3600 { return "\(seconds / 60)m" }
    return seconds < 86_400 ? "\(seconds / 3600)h" : "\(seconds / 86_400)d"
  }

  static func latencyDoctor(_ call: Call) throws(CommandError) {
    let monitor = call.engine.latency
    guard monitor.thresholdMilliseconds > 0 else {
      return call.reply.verbatim(
        "Latency monitoring is off: no event is recorded, so there is nothing to explain. CONFIG SET latency-monitor-threshold "
          + "<milliseconds> switches it on; slow commands are in SLOWLOG GET.\n")
    }
    guard !monitor.events.isEmpty else {
      return call.reply.verbatim("No event has taken \(monitor.thresholdMilliseconds) ms or longer so far.\n")
    }
    var text = "Events of \(monitor.thresholdMilliseconds) ms and longer:\n\n"
    for event in monitor.events {
      let times = event.samples.map(\.milliseconds)
      let average = times.isEmpty ? 0 : times.reduce(0, +) / Int64(times.count)
      text += "\(event.name): \(times.count) samples, average \(average) ms, worst \(event.millisecondsMax) ms.\n"
      text += "  \(advice(event.name))\n"
    }
    call.reply.verbatim(text)
  }

  private static func advice(_ event: String) -> String {
    switch event {
    case "command": "Commands that look at many elements take long: SLOWLOG GET names them."
    case "fast-command": "Commands that do little took long: the machine is busy with something else, or swaps."
    case "eviction-cycle", "eviction-del": "Keys are evicted while clients wait: maxmemory is reached by faster writes than it takes."
    case "expire-cycle": "Very many keys expire together: give their times some spread."
    default: "The disk is slow, or shared."
    }
  }

  // MARK: histograms

  static func latencyHistogram(_ call: Call) throws(CommandError) {
    let table = call.engine.table
    var shown: [Int] = []
    if call.count == 2 {
      shown = table.records.indices.filter { table.records[$0].histogram != nil }
    } else {
      for i in 2..<call.count {
        guard let id = find(call.text(i).lowercased(), in: table) else { continue }
        shown += ([id] + table.children[id]).filter { table.records[$0].histogram != nil }
      }
    }
    call.reply.map(shown.count)
    for id in shown {
      guard let histogram = table.records[id].histogram else { continue }
      call.reply.bulk(table.records[id].fullName)
      call.reply.map(2)
      call.reply.bulk("calls")
      call.reply.integer(histogram.total)
      call.reply.bulk("histogram_usec")
      let steps = histogram.cumulative
      call.reply.map(steps.count)
      for step in steps {
        call.reply.integer(step.microseconds)
        call.reply.integer(step.count)
      }
    }
  }

  /// By name, or `parent|sub`.
  private static func find(_ name: String, in table: CommandTable) -> Int? {
    guard name.contains("|") else { return table.find(name)?.pointee.id }
    return table.records.first { $0.fullName == name }?.id
  }

  static func latencyHelp(_ call: Call) throws(CommandError) {
    call.reply.help(
      "LATENCY",
      [
        ("DOCTOR", ["Explains the recorded latencies."]),
        ("GRAPH <event>", ["Draws an event's latencies."]),
        ("HISTOGRAM [COMMAND ...]", ["How commands' times are distributed, in powers of two of microseconds."]),
        ("HISTORY <event>", ["An event's samples: time and milliseconds."]),
        ("LATEST", ["The last sample of every event."]),
        ("RESET [<event> ...]", ["Forgets the samples of these events, or of all."]),
      ])
  }
}
