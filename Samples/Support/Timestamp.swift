#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The local time of day, for the head of a line.
package enum Timestamp {
  /// `HH:MM:SS.mmm`
  package static var now: String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var seconds = time.tv_sec
    var parts = tm()
    localtime_r(&seconds, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
    return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)"
  }
}
