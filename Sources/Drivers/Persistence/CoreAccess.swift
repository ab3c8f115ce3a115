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

  /// Runs `body` for 0..<count under the lock, which is let go twice in a millisecond, so that nobody waits long for it. Returns early
  /// when `body` returns false.
  func inSlices(_ count: Int, _ body: (NodeCore, Int) -> Bool) {
    var i = 0
    var goesOn = true
    while goesOn, i < count {
      enter { core in
        let deadline = FileClock.monotonicNanoseconds() &+ 500_000
        repeat {
          goesOn = body(core, i)
          i += 1
        } while goesOn && i < count && (i & 7 != 0 || FileClock.monotonicNanoseconds() < deadline)
      }
    }
  }
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
