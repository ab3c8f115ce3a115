import TernSimulation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

func exit(_ status: Int32) -> Never {
  fflush(nil)
  #if canImport(Glibc)
    Glibc.exit(status)
  #else
    Darwin.exit(status)
  #endif
}

/// What all seeds so far add up to.
struct Totals {
  var seeds = 0
  var virtualMilliseconds: Int64 = 0
  var acknowledgedWrites = 0
  var operations = 0
  var unknown = 0
  var leaderships = 0
  var disasters = 0
  var injected: [Fault: Int] = [:]

  mutating func add(_ report: Trial.Report) {
    seeds += 1
    virtualMilliseconds += report.virtualMilliseconds
    acknowledgedWrites += report.acknowledgedWrites
    operations += report.operations
    unknown += report.unknownOutcomes
    leaderships += report.leaderships
    disasters += report.disasters
    for (fault, count) in report.injected { injected[fault, default: 0] += count }
  }

  func line(_ elapsed: Duration) -> String {
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    let rate = (Double(seeds) / max(seconds, 0.001) * 10).rounded() / 10
    let hours = (Double(virtualMilliseconds) / 36_000).rounded() / 100
    return "\(seeds) seeds in \(Int(seconds)) s (\(rate)/s), \(hours) virtual hours, \(operations) operations, "
      + "\(acknowledgedWrites) acknowledged writes, \(unknown) unknown outcomes, \(leaderships) leaderships, \(disasters) disasters"
  }

  var faultLines: [String] { Fault.allCases.map { "  \($0.rawValue): \(injected[$0] ?? 0)" } }
}

extension Trial.Report {
  var summary: String {
    let what =
      "seed \(seed): \(setup.members) members, \(setup.storage.rawValue), \(operations) operations, \(acknowledgedWrites) acknowledged writes, "
      + "\(leaderships) leaderships, \(virtualMilliseconds / 1000) virtual seconds, \(events) events"
    return violations.isEmpty ? what : what + violations.map { "\n  VIOLATION \($0)" }.joined()
  }
}
