/// How far something has got that takes long, for INFO, the log and a terminal.
package struct WorkProgress: Hashable, Sendable {
  /// Of whatever is counted; `total` 0 or less: not known.
  package var done: Int64
  package var total: Int64
  /// Since the beginning.
  package var milliseconds: Int64
  /// Bytes, where `done` counts something else.
  package var bytes: Int64

  package init(done: Int64, total: Int64, milliseconds: Int64, bytes: Int64? = nil) {
    self.done = done
    self.total = total
    self.milliseconds = max(0, milliseconds)
    self.bytes = bytes ?? done
  }

  /// 0 … 100.
  package var percent: Double {
    guard total > 0 else { return 0 }
    return min(100, max(0, Double(done) / Double(total) * 100))
  }

  package var bytesPerSecond: Double { milliseconds > 0 ? Double(bytes) * 1000 / Double(milliseconds) : 0 }
  package var megabytesPerSecond: Double { bytesPerSecond / 1e6 }

  /// Rounded up; nil: nobody can say.
  package var secondsLeft: Int64? {
    guard total > 0, done > 0, milliseconds > 0 else { return nil }
    let left = Double(max(0, total - done)) * Double(milliseconds) / Double(done) / 1000
    return Int64(exactly: left.rounded(.up))
  }

  /// `42.0%, 210.0 MB at 105.0 MB/s, about 3 seconds left`.
  package var text: String {
    var text = "\(Self.tenths(percent))%, \(Self.tenths(Double(bytes) / 1e6)) MB at \(Self.tenths(megabytesPerSecond)) MB/s"
    if let secondsLeft { text += ", about \(secondsLeft) \(secondsLeft == 1 ? "second" : "seconds") left" }
    return text
  }

  /// `210.0 MB in 2.0 seconds (105.0 MB/s)`.
  package var summary: String {
    "\(Self.tenths(Double(bytes) / 1e6)) MB in \(Self.tenths(Double(milliseconds) / 1000)) seconds (\(Self.tenths(megabytesPerSecond)) MB/s)"
  }

  package static func tenths(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "0.0" }
    let tenths = Int64((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }
}
