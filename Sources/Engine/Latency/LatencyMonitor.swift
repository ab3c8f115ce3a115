/// The latency monitor: events that took at least `latency-monitor-threshold`, with their last samples.
/// Source: https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/
package struct LatencyMonitor {
  package struct Sample: Equatable, Sendable {
    /// Seconds since 1970.
    package var time: Int64
    package var milliseconds: Int64
  }
  package struct Event: Sendable {
    package let name: String
    package internal(set) var samples: [Sample] = []
    package internal(set) var millisecondsMax: Int64 = 0
  }
  static let samplesMax = 160

  package private(set) var events: [Event] = []
  /// 0 is off.
  package var thresholdMilliseconds: Int64 = 0
  var thresholdNanoseconds: Int64 { thresholdMilliseconds.multipliedReportingOverflow(by: 1_000_000).partialValue }

  package init() {}

  package func event(_ name: String) -> Event? { events.first { $0.name == name } }

  package mutating func note(_ name: String, nanoseconds: Int64, now: Int64) {
    guard thresholdMilliseconds > 0, nanoseconds / 1_000_000 >= thresholdMilliseconds else { return }
    add(name, milliseconds: nanoseconds / 1_000_000, at: now / 1000)
  }

  /// Of several in one second the worst is kept.
  mutating func add(_ name: String, milliseconds: Int64, at time: Int64) {
    let i = events.firstIndex { $0.name == name } ?? events.count
    if i == events.count { events.append(Event(name: name)) }
    events[i].millisecondsMax = max(events[i].millisecondsMax, milliseconds)
    if let last = events[i].samples.last, last.time == time {
      events[i].samples[events[i].samples.count - 1].milliseconds = max(last.milliseconds, milliseconds)
      return
    }
    if events[i].samples.count == LatencyMonitor.samplesMax { events[i].samples.removeFirst() }
    events[i].samples.append(Sample(time: time, milliseconds: milliseconds))
  }

  /// Returns how many events there were to forget. `name` nil: all.
  mutating func reset(_ name: String? = nil) -> Int {
    let before = events.count
    events.removeAll { name == nil || $0.name == name }
    return before - events.count
  }
}

extension Engine {
  /// A command took longer than the threshold.
  @inline(never)
  func noteLatency(_ call: Call, _ nanoseconds: Int64) {
    // EXEC is as long as what it holds; that is told of each.
    guard call.command.pointee.fullName != "exec" else { return }
    latency.note(call.command.pointee.flags.contains(.fast) ? "fast-command" : "command", nanoseconds: nanoseconds, now: now)
  }
}
