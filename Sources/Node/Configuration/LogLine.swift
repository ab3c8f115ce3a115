package enum LogLevel: String, CaseIterable, Sendable, Comparable {
  case debug, verbose, notice, warning

  package static func < (a: LogLevel, b: LogLevel) -> Bool { a.rank < b.rank }

  private var rank: Int {
    switch self {
    case .debug: 0
    case .verbose: 1
    case .notice: 2
    case .warning: 3
    }
  }

  /// The sign that stands for the level in a log line.
  package var sign: Character {
    switch self {
    case .debug: "."
    case .verbose: "-"
    case .notice: "*"
    case .warning: "#"
    }
  }
}

/// A line of the log as redis-server writes it; tools that wait for a server, or watch one, parse exactly this.
package enum LogLine {
  package enum Role: Character, Sendable {
    case sentinel = "X"
    /// A process that saves or rewrites; Redis also logs with it what happens before the configuration is loaded.
    case child = "C"
    case replica = "S"
    case primary = "M"
  }

  /// `pid:role day month year hours:minutes:seconds.milliseconds sign message`, without a line end. A line end within `message` would forge
  /// a line of its own, so control bytes are shown as `\xHH`; a tab stays.
  /// - Parameters:
  ///   - milliseconds: since 1970 in UTC
  ///   - utcOffsetSeconds: east of Greenwich is positive
  package static func format(
    pid: Int32, role: Role, milliseconds: Int64, utcOffsetSeconds: Int32, level: LogLevel, _ message: String
  ) -> String {
    let local = milliseconds &+ Int64(utcOffsetSeconds) * 1000
    let (day, inDay) = floorDivide(local, 86_400_000)
    let (year, month, dayOfMonth) = civil(dayOf1970: day)
    let time =
      "\(padded(inDay / 3_600_000, 2)):\(padded(inDay / 60_000 % 60, 2)):\(padded(inDay / 1000 % 60, 2)).\(padded(inDay % 1000, 3))"
    let name = monthNames[Int(month - 1) % 12]
    return "\(pid):\(role.rawValue) \(padded(dayOfMonth, 2)) \(name) \(padded(year, 4)) \(time) \(level.sign) \(oneLine(message))"
  }

  private static func oneLine(_ message: String) -> String {
    guard message.utf8.contains(where: { $0 < 0x20 && $0 != 9 }) else { return message }
    var line = String.UnicodeScalarView()
    for scalar in message.unicodeScalars {
      if scalar.value < 0x20, scalar.value != 9 {
        line.append(contentsOf: "\\x\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))".unicodeScalars)
      } else {
        line.append(scalar)
      }
    }
    return String(line)
  }

  private static let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// The date of the proleptic Gregorian calendar. Years are counted from March, so that a leap day is the last of its year, and
  /// in eras of 400 years (146,097 days), after which the calendar repeats.
  private static func civil(dayOf1970 day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(day + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
