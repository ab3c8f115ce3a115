/// Operations on strings: what the commands of Commands/Strings and the typed API call.
extension Database {
  @inline(__always)
  func stringEntry(_ key: KeyView) throws(CommandError) -> Entry? {
    guard let entry = find(key) else { return nil }
    guard entry.type == .string else { throw .wrongType }
    return entry
  }

  /// The string that stands for writing at `key`; nil if there is no key.
  func stringForWrite(_ key: KeyView) throws(CommandError) -> KeyTable.Position? {
    guard let position = locateForWrite(key) else { return nil }
    guard position.entry.type == .string else { throw .wrongType }
    return position
  }

  // MARK: whole values

  /// Sets the key to `value`, whatever it was. `expiry` in ms since 1970; nil: none.
  @inline(__always)
  package func setString(_ key: KeyView, _ value: UnsafeRawBufferPointer, expiry: Int64? = nil) {
    let position = locateForWrite(key)
    table.setString(key, at: position, value, expiry: expiry, access: engine.hot.pointee.accessClock)
    if engine.effects.isRecording { recordSet(key, value, expiry: expiry, keepsExpiry: false) }
    if position == nil { added(key) }
    changed(key, .string, "set")
    if expiry != nil, engine.hot.pointee.notifies { engine.notify(.generic, "expire", key, in: index) }
  }

  /// Sets the key to `value`; the expiry that it has stays.
  package func setStringKeepingExpiry(_ key: KeyView, _ value: UnsafeRawBufferPointer) {
    let position = locateForWrite(key)
    let expiry = position?.entry.expiry
    table.setString(key, at: position, value, expiry: expiry, access: accessClock)
    if engine.effects.isRecording { recordSet(key, value, expiry: nil, keepsExpiry: expiry != nil) }
    if position == nil { added(key) }
    changed(key, .string, "set")
  }

  /// Sets `count` keys at once, as one effect.
  package func setStrings(_ count: Int, _ pair: (Int) -> (key: KeyView, value: UnsafeRawBufferPointer)) {
    forEachKey(count, { pair($0).key }) { i, key in
      let position = locateForWrite(key)
      table.setString(key, at: position, pair(i).value, expiry: nil, access: accessClock)
      if position == nil { added(key) }
      changed(key, .string, "set")
    }
    // Last, so that the DEL of a key that had expired comes before it.
    guard engine.effects.isRecording else { return }
    engine.effects.begin(index, 1 + count * 2, "MSET")
    for i in 0..<count {
      let (key, value) = pair(i)
      engine.effects.argument(key)
      engine.effects.argument(value)
    }
  }

  @inline(never)
  private func recordSet(_ key: KeyView, _ value: UnsafeRawBufferPointer, expiry: Int64?, keepsExpiry: Bool) {
    engine.effects.begin(index, expiry != nil ? 5 : keepsExpiry ? 4 : 3, "SET")
    engine.effects.argument(key)
    engine.effects.argument(value)
    if let expiry {
      engine.effects.argument("PXAT")
      engine.effects.argument(expiry)
    } else if keepsExpiry {
      engine.effects.argument("KEEPTTL")
    }
  }

  // MARK: numbers

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
    if position == nil { added(key) }
    changed(key, .string, "incrby")
    return sum
  }

  /// Adds `delta`, the text of a float, to the one at `key` (0 if there is none), in long double as Redis does, and returns the sum's
  /// text. The expiry stays. The effect is a SET: another machine's long double may differ.
  package func increment(_ key: KeyView, byFloat delta: UnsafeRawBufferPointer) throws(CommandError) -> [UInt8] {
    let position = try stringForWrite(key)
    let old = position.map { Array(copying: $0.entry) } ?? [UInt8(ascii: "0")]
    let sum = try LongDouble.sum(old, Array(delta))
    let expiry = position?.entry.expiry
    sum.withUnsafeBytes { bytes in
      table.setByteString(key, at: position, bytes, isRaw: false, expiry: expiry, access: accessClock)
      if engine.effects.isRecording { recordSet(key, bytes, expiry: nil, keepsExpiry: expiry != nil) }
    }
    if position == nil { added(key) }
    changed(key, .string, "incrbyfloat")
    return sum
  }

  // MARK: parts

  /// What a stream may make of a string: the primary's own limit is not known, but no length may exhaust this process.
  private static let streamBytesMax = Engine.valueBytesMax

  /// Throws when a string would get longer than a client may send one.
  private func checkLength(_ count: Int, plus more: Int) throws(CommandError) {
    let (total, overflow) = count.addingReportingOverflow(more)
    let limit = engine.settings.bulkBytesMax
    if overflow || total > (engine.hot.pointee.sparesExpired ? max(limit, Self.streamBytesMax) : limit) { throw .stringTooLong }
  }

  /// Puts `bytes` behind the string at `key`, and returns its new length.
  package func append(_ key: KeyView, _ bytes: UnsafeRawBufferPointer) throws(CommandError) -> Int {
    let position = try stringForWrite(key)
    var length = bytes.count
    if let position {
      let old = position.entry.stringCount
      try checkLength(old, plus: bytes.count)
      length += old
      let all = table.editableString(key, at: position, count: length, access: accessClock)
      UnsafeMutableRawBufferPointer(rebasing: all[old...]).copyMemory(from: bytes)
    } else {
      table.setString(key, at: nil, bytes, expiry: nil, access: accessClock)
      added(key)
    }
    if engine.effects.isRecording {
      engine.effects.begin(index, 3, "APPEND")
      engine.effects.argument(key)
      engine.effects.argument(bytes)
    }
    changed(key, .string, "append")
    return length
  }

  /// Writes `bytes` over the string at `key` from `offset` on (0 or more), with zero bytes before them if it was shorter, and returns its
  /// new length. Without bytes nothing changes, and no key comes into being.
  package func setRange(_ key: KeyView, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(CommandError) -> Int {
    let position = try stringForWrite(key)
    let old = position?.entry.stringCount ?? 0
    if bytes.isEmpty { return old }
    try checkLength(offset, plus: bytes.count)
    let length = max(old, offset + bytes.count)
    if let position {
      let all = table.editableString(key, at: position, count: length, access: accessClock)
      UnsafeMutableRawBufferPointer(rebasing: all[offset..<offset + bytes.count]).copyMemory(from: bytes)
    } else {
      table.setByteString(key, at: nil, UnsafeRawBufferPointer(start: nil, count: 0), isRaw: true, expiry: nil, access: accessClock)
      guard let made = table.locate(key.hash, key.bytes, key.count) else { return old }
      let all = table.editableString(key, at: made, count: length, access: accessClock)
      UnsafeMutableRawBufferPointer(rebasing: all[offset...]).copyMemory(from: bytes)
      added(key)
    }
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "SETRANGE")
      engine.effects.argument(key)
      engine.effects.argument(Int64(offset))
      engine.effects.argument(bytes)
    }
    changed(key, .string, "setrange")
    return length
  }
}

extension Entry {
  /// The length of a string's bytes.
  var stringCount: Int {
    switch KeyTable.string(self) {
    case .bytes(let bytes): bytes.count
    case .integer(let value): Decimal.digitCount(value.magnitude) + (value < 0 ? 1 : 0)
    }
  }

  /// The bytes of a string, an integer's as its digits; valid during `body`.
  func withStringBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    switch KeyTable.string(self) {
    case .bytes(let bytes): body(bytes)
    case .integer(let value):
      withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
        let count = digits.baseAddress.map { Decimal.write(value, to: $0) } ?? 0
        return body(UnsafeRawBufferPointer(rebasing: digits[..<count]))
      }
    }
  }
}

extension [UInt8] {
  init(copying entry: Entry) { self = entry.withStringBytes { Array($0) } }
}
