/// Bits of byte strings as Redis numbers them: bit 0 is the top bit of byte 0.
enum BitString {
  static func count(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var total = 0
    var i = 0
    while i &+ 32 <= bytes.count {
      total &+=
        load8(base, i).nonzeroBitCount &+ load8(base, i &+ 8).nonzeroBitCount
        &+ load8(base, i &+ 16).nonzeroBitCount &+ load8(base, i &+ 24).nonzeroBitCount
      i &+= 32
    }
    while i < bytes.count {
      total &+= base.load(fromByteOffset: i, as: UInt8.self).nonzeroBitCount
      i &+= 1
    }
    return total
  }

  /// The first bit of that value at `from` or behind it, before `end` (bit numbers within `bytes`); nil if there is none.
  static func firstPosition(of bit: Bool, in bytes: UnsafeRawBufferPointer, from: Int, to end: Int) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    let inverted: UInt64 = bit ? 0 : .max
    var position = from
    while position < end {
      let byte = position &>> 3
      if position & 7 == 0, byte &+ 8 <= bytes.count {
        let word = UInt64(bigEndian: load8(base, byte)) ^ inverted
        if word == 0 {
          position &+= 64
          continue
        }
        let found = position &+ word.leadingZeroBitCount
        return found < end ? found : nil
      }
      let rest = (base.load(fromByteOffset: byte, as: UInt8.self) ^ UInt8(truncatingIfNeeded: inverted)) &<< UInt8(position & 7)
      if rest != 0 {
        let found = position &+ rest.leadingZeroBitCount
        return found < end ? found : nil
      }
      position = (byte &+ 1) &* 8
    }
    return nil
  }

  static func bit(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
    let byte = offset >> 3
    return byte < bytes.count && bytes[byte] & (0x80 >> UInt8(offset & 7)) != 0
  }

  static func setBit(_ bytes: UnsafeMutableRawBufferPointer, _ offset: Int, _ value: Bool) {
    let mask: UInt8 = 0x80 >> UInt8(offset & 7)
    if value { bytes[offset >> 3] |= mask } else { bytes[offset >> 3] &= ~mask }
  }

  /// The `bits` (1...64) bits from `offset` on, the first one on top; zeros behind the end.
  static func integer(_ bytes: UnsafeRawBufferPointer, at offset: Int, bits: Int) -> UInt64 {
    var value: UInt64 = 0
    var position = offset
    var left = bits
    while left > 0 {
      let take = min(8 - position & 7, left)
      let byte = position >> 3 < bytes.count ? UInt64(bytes[position >> 3]) : 0
      value = value << UInt64(take) | byte >> UInt64(8 - position & 7 - take) & (1 << UInt64(take) - 1)
      position += take
      left -= take
    }
    return value
  }

  /// Writes the low `bits` (1...64) of `value`; all of them must lie within `bytes`.
  static func setInteger(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int, bits: Int, _ value: UInt64) {
    for i in 0..<bits { setBit(bytes, offset + i, value >> UInt64(bits - 1 - i) & 1 == 1) }
  }

  enum Combination: Sendable { case and, or, xor, not }

  /// Joins `part` into `result`, as long as the longest string; a part that is shorter counts as followed by zeros.
  static func combine(_ combination: Combination, _ part: UnsafeRawBufferPointer, into result: UnsafeMutableRawBufferPointer) {
    guard let target = result.baseAddress else { return }
    let count = min(part.count, result.count)
    if let source = part.baseAddress {
      var i = 0
      while i &+ 8 <= count {
        let a = load8(target, i)
        let b = load8(source, i)
        target.storeBytes(of: joined(combination, a, b), toByteOffset: i, as: UInt64.self)
        i &+= 8
      }
      while i < count {
        let a = UInt64(target.load(fromByteOffset: i, as: UInt8.self))
        let b = UInt64(source.load(fromByteOffset: i, as: UInt8.self))
        target.storeBytes(of: UInt8(truncatingIfNeeded: joined(combination, a, b)), toByteOffset: i, as: UInt8.self)
        i &+= 1
      }
    }
    guard count < result.count else { return }
    if combination == .and { (target + count).initializeMemory(as: UInt8.self, repeating: 0, count: result.count - count) }
  }

  @inline(__always)
  private static func joined(_ combination: Combination, _ a: UInt64, _ b: UInt64) -> UInt64 {
    switch combination {
    case .and: a & b
    case .or: a | b
    case .xor: a ^ b
    case .not: ~b
    }
  }
}
