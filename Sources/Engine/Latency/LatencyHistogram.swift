/// Counts of durations from 1 ns to 1 s, each kept to better than one per cent: values below 256 exactly, and 128 steps for each power of
/// two above. The layout of an HDR histogram with two significant digits, so that what is derived from it equals Redis's.
/// Source: http://hdrhistogram.org
///
/// A handle: made with `init`, given back with `destroy`.
struct LatencyHistogram {
  private static let countsMax = 256 + 22 * 128
  static let nanosecondsMax: Int64 = 1_000_000_000

  private let counts: UnsafeMutablePointer<UInt32>
  private(set) var total: Int64 = 0

  init() {
    counts = .allocate(capacity: LatencyHistogram.countsMax)
    counts.initialize(repeating: 0, count: LatencyHistogram.countsMax)
  }

  func destroy() { counts.deallocate() }

  @inline(__always)
  private static func index(_ value: Int64) -> Int {
    if value < 256 { return Int(value) }
    let power = 63 - value.leadingZeroBitCount
    return 256 + (power - 8) * 128 + Int(value >> Int64(power - 7)) - 128
  }

  /// The range of values that are counted at `index`.
  private static func range(_ index: Int) -> ClosedRange<Int64> {
    if index < 256 { return Int64(index)...Int64(index) }
    let power = 8 + (index - 256) / 128
    let low = Int64(128 + (index - 256) % 128) << Int64(power - 7)
    return low...(low + (1 << Int64(power - 7)) - 1)
  }

  @inline(__always)
  mutating func add(_ nanoseconds: Int64) {
    let value = min(max(nanoseconds, 1), LatencyHistogram.nanosecondsMax)
    let place = counts + LatencyHistogram.index(value)
    if place.pointee < .max { place.pointee &+= 1 }
    total &+= 1
  }

  mutating func removeAll() {
    counts.update(repeating: 0, count: LatencyHistogram.countsMax)
    total = 0
  }

  /// The duration that this share (0 to 100) of all calls did not exceed, in nanoseconds.
  func nanoseconds(atPercentile percentile: Double) -> Int64 {
    let wanted = max(1, Int64(min(percentile, 100) / 100 * Double(total) + 0.5))
    var sum: Int64 = 0
    for i in 0..<LatencyHistogram.countsMax {
      sum += Int64(counts[i])
      if sum >= wanted { return percentile == 0 ? LatencyHistogram.range(i).lowerBound : LatencyHistogram.range(i).upperBound }
    }
    return 0
  }

  /// How many calls took up to so many microseconds, at each power of two of 1024 ns where the number is another than at the one before.
  var cumulative: [(microseconds: Int64, count: Int64)] {
    var steps: [(Int64, Int64)] = []
    var sum: Int64 = 0
    var told: Int64 = 0
    var level: Int64 = 1024
    for i in 0..<LatencyHistogram.countsMax where told < total {
      sum += Int64(counts[i])
      let range = LatencyHistogram.range(i)
      guard range.lowerBound >= level else { continue }
      if sum > told { steps.append((range.upperBound / 1000, sum)) }
      told = sum
      level *= 2
    }
    if told < total { steps.append((LatencyHistogram.nanosecondsMax / 1000, total)) }
    return steps
  }
}
