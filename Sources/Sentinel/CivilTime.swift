/// Calendar text without a calendar library, for the one log line that names a time of day.
enum CivilTime {
  /// `Sun Nov 22 18:49:29 2026` in the time zone that `unixMilliseconds` was already shifted to.
  static func text(unixMilliseconds: Int64) -> String {
    let seconds = unixMilliseconds >= 0 ? unixMilliseconds / 1000 : 0
    let days = seconds / 86400
    let time = seconds % 86400
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ n: Int64, _ pad: String = "0") -> String { n < 10 ? "\(pad)\(n)" : "\(n)" }
    return "\(weekdays[Int(days % 7)]) \(months[Int(month - 1)]) \(two(day, " ")) "
      + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) \(year)"
  }
}
