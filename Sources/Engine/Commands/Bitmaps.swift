/// The commands about the bits of strings.
extension BitmapCommands {
  private static let badOffset = CommandError("ERR bit offset is not an integer or out of range")
  private static let badBit = CommandError("ERR bit is not an integer or out of range")

  /// A bit's number, below the greatest length of a string. `bits`: the form `#n` counts integers of that width.
  private static func offset(_ call: Call, _ index: Int, bits: Int? = nil) throws(CommandError) -> Int {
    var text = call[index]
    var unit: Int64 = 1
    if let bits, text.count > 0, text.bytes.load(as: UInt8.self) == UInt8(ascii: "#") {
      text = ArgumentView(text.bytes + 1, text.count - 1)
      unit = Int64(bits)
    }
    guard let number = Decimal.parse(text.bytes, text.count) else { throw badOffset }
    let (offset, overflow) = number.multipliedReportingOverflow(by: unit)
    guard !overflow, offset >= 0, offset >> 3 < Int64(call.database.bitStringBytesMax) else { throw badOffset }
    return Int(offset)
  }

  static func getBit(_ call: Call) throws(CommandError) {
    let offset = try offset(call, 2)
    guard let entry = try call.database.stringEntry(call.key(1)) else { return call.reply.integer(0) }
    call.reply.integer(entry.withStringBytes { BitString.bit($0, offset) } ? 1 : 0)
  }

  static func setBit(_ call: Call) throws(CommandError) {
    let offset = try offset(call, 2)
    let value = try call.integer(3, or: badBit)
    guard value == 0 || value == 1 else { throw badBit }
    call.reply.integer(try call.database.setBit(call.key(1), at: offset, to: value == 1) ? 1 : 0)
  }

  /// BITCOUNT key [start end [BYTE | BIT]]: without a key everything is 0, even nonsense, as in Redis 7.0.
  static func count(_ call: Call) throws(CommandError) {
    guard let entry = try call.database.stringEntry(call.key(1)) else { return call.reply.integer(0) }
    if call.count == 2 { return call.reply.integer(entry.withStringBytes { BitString.count($0) }) }
    guard call.count == 4 || call.count == 5 else { throw .syntax }
    let start = try call.integer(2)
    let end = try call.integer(3)
    // Before the unit is looked at, as in Redis.
    if start < 0, end < 0, start > end { return call.reply.integer(0) }
    let inBits = call.count == 5 ? try isBits(call, 4) : false
    guard let range = range(start, end, total: entry.stringCount << (inBits ? 3 : 0)) else { return call.reply.integer(0) }
    let bits = inBits ? range : range.lowerBound << 3...(range.upperBound << 3 | 7)
    call.reply.integer(
      entry.withStringBytes { bytes in
        let first = bits.lowerBound >> 3
        let last = bits.upperBound >> 3
        var count = BitString.count(UnsafeRawBufferPointer(rebasing: bytes[first...last]))
        // Bits of the outer bytes that do not belong to the range.
        count -= (bytes[first] & ~(0xff >> UInt8(bits.lowerBound & 7))).nonzeroBitCount
        count -= (bytes[last] & (0x7f >> UInt8(bits.upperBound & 7))).nonzeroBitCount
        return count
      })
  }

  private static func isBits(_ call: Call, _ index: Int) throws(CommandError) -> Bool {
    if call.is(index, "BIT") { return true }
    guard call.is(index, "BYTE") else { throw .syntax }
    return false
  }

  /// Both ends belong to the range; negative ones count from the end. Nil: it is empty.
  private static func range(_ start: Int64, _ end: Int64, total: Int) -> ClosedRange<Int>? {
    let total = Int64(total)
    let first = max(0, start < 0 ? start + total : start)
    let last = min(total - 1, max(0, end < 0 ? end + total : end))
    return first <= last ? Int(first)...Int(last) : nil
  }

  /// BITPOS key bit [start [end [BYTE | BIT]]]
  static func position(_ call: Call) throws(CommandError) {
    let bit = try call.integer(2)
    guard bit == 0 || bit == 1 else { throw CommandError("ERR The bit argument must be 1 or 0.") }
    guard let entry = try call.database.stringEntry(call.key(1)) else { return call.reply.integer(bit == 1 ? -1 : 0) }
    guard call.count <= 6 else { throw .syntax }
    let start = call.count > 3 ? try call.integer(3) : 0
    let inBits = call.count == 6 ? try isBits(call, 5) : false
    let end = call.count > 4 ? try call.integer(4) : -1
    guard let range = range(start, end, total: entry.stringCount << (inBits ? 3 : 0)) else { return call.reply.integer(-1) }
    let bits = inBits ? range : range.lowerBound << 3...(range.upperBound << 3 | 7)
    let found = entry.withStringBytes { BitString.firstPosition(of: bit == 1, in: $0, from: bits.lowerBound, to: bits.upperBound + 1) }
    // Behind a string without a given end there are zeros for ever.
    call.reply.integer(found ?? (bit == 0 && call.count < 5 ? bits.upperBound + 1 : -1))
  }

  static func combine(_ call: Call) throws(CommandError) {
    let combination: BitCombination
    if call.is(1, "AND") {
      combination = .and
    } else if call.is(1, "OR") {
      combination = .or
    } else if call.is(1, "XOR") {
      combination = .xor
    } else if call.is(1, "NOT") {
      combination = .not
      if call.count != 4 { throw CommandError("ERR BITOP NOT must be called with a single source key.") }
    } else {
      throw .syntax
    }
    let sources = call.keys(from: 3)
    call.reply.integer(try call.database.combineBits(combination, to: call.key(2), sources.count, sources.at))
  }

  static func field(_ call: Call) throws(CommandError) { try field(call, isReadOnly: false) }
  static func fieldReadOnly(_ call: Call) throws(CommandError) { try field(call, isReadOnly: true) }

  private static func field(_ call: Call, isReadOnly: Bool) throws(CommandError) {
    var operations: [BitfieldOperation] = []
    var overflow = BitfieldOperation.Overflow.wrap
    var i = 2
    while i < call.count {
      let left = call.count - i - 1
      if call.is(i, "OVERFLOW"), left >= 1 {
        if call.is(i + 1, "WRAP") {
          overflow = .wrap
        } else if call.is(i + 1, "SAT") {
          overflow = .saturate
        } else if call.is(i + 1, "FAIL") {
          overflow = .fail
        } else {
          throw CommandError("ERR Invalid OVERFLOW type specified")
        }
        i += 2
        continue
      }
      let kind: BitfieldOperation.Kind
      if call.is(i, "GET"), left >= 2 {
        kind = .get
      } else if call.is(i, "SET"), left >= 3 {
        kind = .set
      } else if call.is(i, "INCRBY"), left >= 3 {
        kind = .increment
      } else {
        throw .syntax
      }
      let (isSigned, bits) = try width(call, i + 1)
      let offset = try offset(call, i + 2, bits: bits)
      let value = kind == .get ? 0 : try call.integer(i + 3)
      operations.append(
        BitfieldOperation(kind, isSigned: isSigned, bits: bits, offset: offset, value: value, overflow: overflow))
      i += kind == .get ? 3 : 4
    }
    if isReadOnly, operations.contains(where: { $0.kind != .get }) {
      throw CommandError("ERR BITFIELD_RO only supports the GET subcommand")
    }
    // The header comes first, and must not if the key is of another type.
    let start = call.reply.count
    call.reply.array(operations.count)
    do {
      try call.database.bitfield(call.key(1), operations) { value in
        if let value { call.reply.integer(value) } else { call.reply.null() }
      }
    } catch {
      call.reply.truncate(to: start)
      throw error
    }
  }

  /// `i16`, `u8` …
  private static func width(_ call: Call, _ index: Int) throws(CommandError) -> (isSigned: Bool, bits: Int) {
    let text = call[index]
    let sign = text.count > 0 ? text.bytes.load(as: UInt8.self) : 0
    let isSigned = sign == UInt8(ascii: "i")
    guard isSigned || sign == UInt8(ascii: "u"), let bits = Decimal.parse(text.bytes + 1, text.count - 1), bits >= 1,
      bits <= (isSigned ? 64 : 63)
    else {
      throw CommandError("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
    }
    return (isSigned, Int(bits))
  }
}
