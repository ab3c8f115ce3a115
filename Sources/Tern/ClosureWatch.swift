internal import Logging
internal import Synchronization
internal import TernDrivers

/// Where a closure stands in the program.
struct CallSite: Hashable, Sendable, CustomStringConvertible {
  private let file: String
  private let line: UInt
  init(_ file: StaticString, _ line: UInt) {
    self.file = "\(file)"
    self.line = line
  }
  var description: String { "\(file):\(line)" }
}

/// Says, once a place, which closures hold the node's lock for long: every connection waits meanwhile.
final class ClosureWatch: Sendable {
  let limitNanoseconds: Int64
  private let logger: Logger?
  /// Places that were told of; bounded, as places are made by generated code too.
  private let known = Mutex<Set<CallSite>>([])
  private static let placesMax = 1024

  init(limit: Duration?, logger: Logger?) {
    self.logger = logger
    guard let limit, logger != nil else {
      limitNanoseconds = .max
      return
    }
    let (seconds, attoseconds) = limit.components
    limitNanoseconds = seconds > 1_000_000 ? .max : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  func note(_ nanoseconds: Int64, _ site: () -> CallSite) {
    guard nanoseconds >= limitNanoseconds else { return }
    let site = site()
    let isNew = known.withLock { $0.count < ClosureWatch.placesMax && $0.insert(site).inserted }
    guard isNew else { return }
    logger?.warning(
      "A closure held the node for \(nanoseconds / 1_000_000) ms: every client waits meanwhile.",
      metadata: ["tern.closure.site": "\(site)", "tern.closure.milliseconds": "\(nanoseconds / 1_000_000)"])
  }
}

extension Node {
  @inline(__always)
  func withClosureWatched<Value>(_ site: @autoclosure () -> CallSite, _ body: () throws -> Value) rethrows -> Value {
    guard closures.limitNanoseconds != .max else { return try body() }
    let started = HostClock.monotonicNanoseconds()
    defer { closures.note(HostClock.monotonicNanoseconds() - started, site) }
    return try body()
  }
}
