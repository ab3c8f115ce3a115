/// One step of BITFIELD: an integer of 1 to 64 bits (63 without a sign) at a bit offset.
package struct BitfieldOperation: Sendable {
  package enum Kind: Sendable { case get, set, increment }
  package enum Overflow: Sendable {
    case wrap, saturate, fail
    var name: StaticString {
      switch self {
      case .wrap: "WRAP"
      case .saturate: "SAT"
      case .fail: "FAIL"
      }
    }
  }
  package var kind: Kind
  package var isSigned: Bool
  package var bits: Int
  package var offset: Int
  package var value: Int64 = 0
  package var overflow = Overflow.wrap

  package init(_ kind: Kind, isSigned: Bool, bits: Int, offset: Int, value: Int64 = 0, overflow: Overflow = .wrap) {
    self.kind = kind
    self.isSigned = isSigned
    self.bits = bits
    self.offset = offset
    self.value = value
    self.overflow = overflow
  }

  private var range: (least: Int64, greatest: Int64) {
    guard isSigned else { return (0, .max >> Int64(63 - bits)) }
    let greatest: Int64 = .max >> Int64(64 - bits)
    return (~greatest, greatest)
  }

  /// The low bits of a word as the integer that they are.
  func reading(_ word: UInt64) -> Int64 {
    guard bits < 64 else { return Int64(bitPattern: word) }
    let unused = UInt64(64 - bits)
    return isSigned ? Int64(bitPattern: word << unused) >> Int64(unused) : Int64(bitPattern: (word << unused) >> unused)
  }

  /// What stands in the place of `old` afterwards; nil if the operation fails.
  func result(_ old: Int64) -> Int64? {
    let (least, greatest) = range
    let sum: Int64
    let isAbove: Bool
    let isBelow: Bool
    switch kind {
    case .get: return old
    case .set:
      sum = value
      // Without a sign a negative number is a very large one, as in Redis.
      // With one, a number so far below that the distance to the greatest does not fit counts as above, as there.
      isAbove = value > greatest || (isSigned ? bits < 64 && greatest &- value < 0 : value < 0)
      isBelow = !isAbove && value < least
    case .increment:
      let (partial, overflow) = old.addingReportingOverflow(value)
      sum = partial
      isAbove = overflow ? value > 0 : partial > greatest
      isBelow = overflow ? value < 0 : partial < least
    }
    guard isAbove || isBelow else { return sum }
    switch overflow {
    case .wrap: return reading(UInt64(bitPattern: sum))
    case .saturate: return isAbove ? greatest : least
    case .fail: return nil
    }
  }
}

/// Operations on the bits of strings.
extension Database {
  /// A string made by bit operations must stay shorter than this. A stream may hold what the primary's own limit allowed.
  package var bitStringBytesMax: Int {
    let limit = engine.settings.bulkBytesMax
    return engine.hot.pointee.sparesExpired ? max(limit, Engine.valueBytesMax) : limit
  }

  /// The string at `key`, at least `count` bytes long and writable, padded with zeros if it was shorter. It is no integer afterwards.
  private func editableBits(_ key: KeyView, count: Int) throws(CommandError) -> (bytes: UnsafeMutableRawBufferPointer, isLonger: Bool)? {
    if let position = try stringForWrite(key) {
      let old = position.entry.stringCount
      return (table.editableString(key, at: position, count: max(old, count), access: accessClock), old < count)
    }
    table.setByteString(key, at: nil, UnsafeRawBufferPointer(start: nil, count: 0), isRaw: true, expiry: nil, access: accessClock)
    guard let position = table.locate(key.hash, key.bytes, key.count) else { return nil }
    let bytes = table.editableString(key, at: position, count: count, access: accessClock)
    added(key)
    return (bytes, true)
  }

  /// Sets one bit, and returns what it was. `offset` must be below 8 × `bitStringBytesMax`.
  package func setBit(_ key: KeyView, at offset: Int, to value: Bool) throws(CommandError) -> Bool {
    guard let (bytes, isLonger) = try editableBits(key, count: offset >> 3 + 1) else { return false }
    let old = BitString.bit(UnsafeRawBufferPointer(bytes), offset)
    guard isLonger || old != value else { return old }
    BitString.setBit(bytes, offset, value)
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "SETBIT")
      engine.effects.argument(key)
      engine.effects.argument(Int64(offset))
      engine.effects.argument(Int64(value ? 1 : 0))
    }
    changed(key, .string, "setbit")
    return old
  }

  /// Performs the operations in turn; each result (nil: the operation failed) goes to `body`.
  package func bitfield(_ key: KeyView, _ operations: [BitfieldOperation], _ body: (Int64?) -> Void) throws(CommandError) {
    let writes = operations.filter { $0.kind != .get }
    guard let end = writes.map({ $0.offset + $0.bits }).max() else {
      guard let entry = try stringEntry(key) else {
        for _ in operations { body(0) }
        return
      }
      entry.withStringBytes { bytes in
        for operation in operations { body(operation.reading(BitString.integer(bytes, at: operation.offset, bits: operation.bits))) }
      }
      return
    }
    guard let (bytes, isLonger) = try editableBits(key, count: (end + 7) >> 3) else { return }
    var changes: Int64 = 0
    for operation in operations {
      let old = operation.reading(BitString.integer(UnsafeRawBufferPointer(bytes), at: operation.offset, bits: operation.bits))
      guard operation.kind != .get else {
        body(old)
        continue
      }
      guard let new = operation.result(old) else {
        body(nil)
        continue
      }
      BitString.setInteger(bytes, at: operation.offset, bits: operation.bits, UInt64(bitPattern: new))
      if isLonger || old != new { changes += 1 }
      body(operation.kind == .set ? old : new)
    }
    // A string that was made longer for an operation that then failed is longer on replicas too.
    if changes > 0 || isLonger, engine.effects.isRecording { record(key, writes) }
    guard changes > 0 else { return }
    engine.hot.pointee.dirty &+= changes - 1
    changed(key, .string, "setbit")
  }

  private func record(_ key: KeyView, _ operations: [BitfieldOperation]) {
    engine.effects.begin(index, 2 + operations.count * 6, "BITFIELD")
    engine.effects.argument(key)
    for operation in operations {
      engine.effects.argument("OVERFLOW")
      engine.effects.argument(operation.overflow.name)
      engine.effects.argument(operation.kind == .set ? "SET" : "INCRBY")
      engine.effects.argument(Array("\(operation.isSigned ? "i" : "u")\(operation.bits)".utf8))
      engine.effects.argument(Int64(operation.offset))
      engine.effects.argument(operation.value)
    }
  }

  private static let bitsJoinedApartMax = 64 << 10

  /// Joins the strings at `count` keys into one at `destination`, as long as the longest, and returns its length; 0, without a key.
  package func combineBits(
    _ combination: BitCombination, to destination: KeyView, _ count: Int, _ source: (Int) -> KeyView
  ) throws(CommandError) -> Int {
    var entries: [Entry?] = []
    for i in 0..<count { entries.append(try stringEntry(source(i))) }
    let length = entries.reduce(0) { max($0, $1?.stringCount ?? 0) }
    guard length > 0 else {
      remove(destination)
      return 0
    }
    let isSource = (0..<count).contains { source($0).hasSameBytes(as: destination) }
    let position = locateForWrite(destination)
    let result: UnsafeMutableRawBufferPointer
    if isSource || length <= Self.bitsJoinedApartMax {
      result = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
      result.initializeMemory(as: UInt8.self, repeating: 0)
    } else {
      // Long ones are joined where they are to lie: half the memory, and half the time.
      table.setByteString(
        destination, at: position, UnsafeRawBufferPointer(start: nil, count: 0), isRaw: true, expiry: nil, access: accessClock)
      guard let place = table.locate(destination.hash, destination.bytes, destination.count) else { return 0 }
      result = table.editableString(destination, at: place, count: length, access: accessClock)
    }
    for (i, entry) in entries.enumerated() {
      // The first is joined to zeros, which leaves it as it is; NOT has one alone.
      let step: BitString.Combination = i == 0 && combination != .not ? .or : combination.step
      if let entry {
        entry.withStringBytes { BitString.combine(step, $0, into: result) }
      } else {
        BitString.combine(step, UnsafeRawBufferPointer(start: nil, count: 0), into: result)
      }
    }
    if isSource || length <= Self.bitsJoinedApartMax {
      table.setByteString(destination, at: position, UnsafeRawBufferPointer(result), isRaw: true, expiry: nil, access: accessClock)
      result.deallocate()
    }
    if engine.effects.isRecording {
      engine.effects.begin(index, 3 + count, "BITOP")
      engine.effects.argument(combination.name)
      engine.effects.argument(destination)
      for i in 0..<count { engine.effects.argument(source(i)) }
    }
    if position == nil { added(destination) }
    changed(destination, .string, "set")
    return length
  }
}

package enum BitCombination: Sendable {
  case and, or, xor, not

  var step: BitString.Combination {
    switch self {
    case .and: .and
    case .or: .or
    case .xor: .xor
    case .not: .not
    }
  }
  var name: StaticString {
    switch self {
    case .and: "AND"
    case .or: "OR"
    case .xor: "XOR"
    case .not: "NOT"
    }
  }
}
