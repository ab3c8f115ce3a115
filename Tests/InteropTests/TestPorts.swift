import Foundation
import SampleSupport
import Synchronization

/// Ports for servers that a test starts: below the range that the kernel hands out for outgoing connections, each given once.
enum TestPorts {
  private static let range = 20_000..<30_000
  /// Two test runs at a time on one machine begin at different places.
  private static let next = Mutex(range.lowerBound + Int(ProcessInfo.processInfo.processIdentifier) * 37 % range.count)

  /// The first of `count` ports in a row on which nobody listens.
  static func free(_ count: Int = 1) async throws -> Int {
    for _ in 0..<200 {
      let first = next.withLock { next in
        if next + count > range.upperBound { next = range.lowerBound }
        defer { next += count }
        return next
      }
      var isFree = true
      for port in first..<first + count where await LoopbackPort.trouble(with: port) != nil { isFree = false }
      if isFree { return first }
    }
    throw TestFailure("no \(count) free ports in a row between \(range.lowerBound) and \(range.upperBound)")
  }
}

struct TestFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
