internal import TernNode

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How the threads of persistence reach the node.
struct CoreAccess: Sendable {
  typealias WithCore = @Sendable ((NodeCore) -> Void) -> Void

  private let enter: WithCore
  let log: @Sendable (LogLevel, String) -> Void
  /// Milliseconds since 1970.
  let now: @Sendable () -> Int64

  init(_ enter: @escaping WithCore, log: @escaping @Sendable (LogLevel, String) -> Void, now: @escaping @Sendable () -> Int64) {
    self.enter = enter
    self.log = log
    self.now = now
  }

  /// Runs `body` under the node's lock.
  func callAsFunction(_ body: (NodeCore) -> Void) { enter(body) }

  func get<Value>(_ initial: Value, _ body: (NodeCore) -> Value) -> Value {
    var value = initial
    enter { value = body($0) }
    return value
  }

  /// Runs `body` again and again under the lock, until it returns false, and lets the lock go twice in a millisecond. Of that alone
  /// nobody who waits has anything: whoever lets go of a mutex has it again before the others have woken up. So there is a real pause, too,
  /// every ten milliseconds.
  func inSlices(_ body: (NodeCore) -> Bool) {
    var goesOn = true
    while goesOn {
      let begun = FileClock.monotonicNanoseconds()
      if begun >= breaks.next {
        if breaks.next > 0 { usleep(50) }
        breaks.next = begun + 10_000_000
      }
      enter { core in
        let deadline = FileClock.monotonicNanoseconds() &+ 500_000
        repeat { goesOn = body(core) } while goesOn && FileClock.monotonicNanoseconds() < deadline
      }
    }
  }

  /// When the next pause is due.
  private final class Breaks: @unchecked Sendable { var next: Int64 = 0 }
  /// Of the one thread that loads.
  private let breaks = Breaks()
}

enum FileClock {
  @Sendable static func wallMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
  }

  static func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  static var processID: Int { Int(getpid()) }

  /// As in Redis's log lines: `0.123`.
  static func seconds(since start: Int64) -> String {
    let milliseconds = max(0, (monotonicNanoseconds() &- start) / 1_000_000)
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)"
  }
}
