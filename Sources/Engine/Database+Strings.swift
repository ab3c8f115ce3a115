/// Operations on strings: what the commands of Commands/Strings and the typed API call.
extension Database {
  @inline(__always)
  func stringEntry(_ key: KeyView) throws(CommandError) -> Entry? {
    guard let entry = find(key) else { return nil }
    guard entry.type == .string else { throw .wrongType }
    return entry
  }

  /// Sets the key to `value`, whatever it was. `expiry` in ms since 1970; nil: none.
  @inline(__always)
  package func setString(_ key: KeyView, _ value: UnsafeRawBufferPointer, expiry: Int64? = nil) {
    table.setString(
      key, at: table.locate(key.hash, key.bytes, key.count), value, expiry: expiry, access: engine.hot.pointee.accessClock)
    if engine.effects.isRecording { recordSet(key, value, expiry: expiry) }
    changed(key, .string, "set")
  }

  @inline(never)
  private func recordSet(_ key: KeyView, _ value: UnsafeRawBufferPointer, expiry: Int64?) {
    engine.effects.begin(index, expiry == nil ? 3 : 5, "SET")
    engine.effects.argument(key)
    engine.effects.argument(value)
    if let expiry {
      engine.effects.argument("PXAT")
      engine.effects.argument(expiry)
    }
  }

  /// Adds `delta` to the integer at `key` (0 if there is none), and returns the sum. The expiry stays.
  @inline(__always)
  package func increment(_ key: KeyView, by delta: Int64) throws(CommandError) -> Int64 {
    let position = locateForWrite(key)
    var value: Int64 = 0
    if let position {
      guard position.entry.type == .string else { throw .wrongType }
      switch KeyTable.string(position.entry) {
      case .integer(let integer): value = integer
      case .bytes(let bytes):
        guard let base = bytes.baseAddress, let integer = Decimal.parse(base, bytes.count) else { throw .notInteger }
        value = integer
      }
    }
    let (sum, overflow) = value.addingReportingOverflow(delta)
    if overflow { throw .overflow }
    table.setInteger(key, at: position, sum, expiry: position?.entry.expiry, access: engine.hot.pointee.accessClock)
    if engine.effects.isRecording {
      engine.effects.begin(index, 3, "INCRBY")
      engine.effects.argument(key)
      engine.effects.argument(delta)
    }
    changed(key, .string, "incrby")
    return sum
  }
}
