#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The clocks that the machines are given. Wall time is what expiry and logs are about; it may jump. Monotonic time measures durations.
package enum HostClock {
  /// Milliseconds since 1970.
  @inline(__always)
  package static func wallMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
  }

  /// Goes on while the machine is suspended, or a leader that slept with it would take its lease for good.
  @inline(__always)
  package static func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    #if os(Linux)
      clock_gettime(CLOCK_BOOTTIME, &time)
    #else
      clock_gettime(CLOCK_MONOTONIC, &time)
    #endif
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  /// Seconds east of Greenwich at that time, for log lines.
  package static func utcOffsetSeconds(at milliseconds: Int64) -> Int32 {
    var seconds = time_t(milliseconds / 1000)
    var local = tm()
    guard localtime_r(&seconds, &local) != nil else { return 0 }
    return Int32(clamping: local.tm_gmtoff)
  }
}
