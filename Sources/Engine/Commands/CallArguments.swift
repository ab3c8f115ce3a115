/// Arguments that several families read alike.
extension Call {
  /// The command's name as error texts have it.
  var name: String { command.pointee.fullName }

  /// An integer of 32 bits: database numbers.
  func int32(_ index: Int) throws(CommandError) -> Int {
    let value = try integer(index)
    guard value >= Int64(Int32.min), value <= Int64(Int32.max) else {
      throw CommandError("ERR value is out of range, value must between \(Int32.min) and \(Int32.max)")
    }
    return Int(value)
  }

  /// The database that the argument numbers.
  func database(numbered index: Int) throws(CommandError) -> Database {
    let number = try int32(index)
    guard number >= 0, number < engine.databaseCount else { throw .databaseOutOfRange }
    return engine.database(number)
  }

  /// The keys from argument `first` on, `step` apart, for operations that take many.
  @inline(__always)
  func keys(from first: Int, step: Int = 1) -> (count: Int, at: (Int) -> KeyView) {
    ((count - first + step - 1) / step, { self.key(first + $0 * step) })
  }

  /// How an expiry is given: in which unit, and whether from now on or as a time.
  enum ExpiryForm {
    case seconds, milliseconds, unixSeconds, unixMilliseconds
  }

  /// An expiry as ms since 1970. `allowsPast`: for EXPIRE and its like, where zero and less take the key out.
  func expiry(_ index: Int, _ form: ExpiryForm, allowsPast: Bool = false) throws(CommandError) -> Int64 {
    var time = try integer(index)
    guard allowsPast || time > 0 else { throw .invalidExpire(name) }
    if form == .seconds || form == .unixSeconds {
      let (milliseconds, overflow) = time.multipliedReportingOverflow(by: 1000)
      if overflow { throw .invalidExpire(name) }
      time = milliseconds
    }
    if form == .seconds || form == .milliseconds {
      let (sum, overflow) = time.addingReportingOverflow(engine.now)
      if overflow { throw .invalidExpire(name) }
      time = sum
    }
    return time
  }
}
