/// An approximate count of different elements (Flajolet et al., 2007; the estimator of Ertl, 2017), in the bytes that Redis keeps it in,
/// so that what one server made the other goes on with.
///
/// ```
///  0  "HYLL"
///  4  encoding     0 dense, 1 sparse
///  5  unused       3 bytes
///  8  cardinality  Int64, little endian, as last computed; the top bit set: out of date
/// 16  dense:  16384 registers of 6 bits, the low bits first
///     sparse: runs of equal registers   00nnnnnn           n + 1 zeros
///                                       01nnnnnn nnnnnnnn  n + 1 zeros
///                                       1vvvvvnn           n + 1 registers of value v + 1
/// ```
enum HyperLogLog {
  static let registers = 1 << indexBits
  static let headerBytes = 16
  static let denseBytes = headerBytes + registers * 6 / 8
  /// A new one: one run of zeros.
  static let emptyBytes = headerBytes + 2
  private static let indexBits = 14
  private static let hashBits = 64 - indexBits
  static let sparseValueMax: UInt8 = 32

  /// The bytes do not make sense: somebody edited them as a string.
  struct Corrupted: Error {}

  // MARK: header

  /// Whether the bytes may be one: the rest is found out when they are used.
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= headerBytes, bytes[0] == 0x48, bytes[1] == 0x59, bytes[2] == 0x4c, bytes[3] == 0x4c, bytes[4] <= 1 else {
      return false
    }
    return bytes[4] == 1 || bytes.count == denseBytes
  }

  static func isDense(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes[4] == 0 }

  static func writeHeader(_ bytes: UnsafeMutableRawBufferPointer, isDense: Bool) {
    for i in 0..<headerBytes { bytes[i] = 0 }
    bytes[0] = 0x48
    bytes[1] = 0x59
    bytes[2] = 0x4c
    bytes[3] = 0x4c
    bytes[4] = isDense ? 0 : 1
  }

  static func makeEmpty(_ bytes: UnsafeMutableRawBufferPointer) {
    writeHeader(bytes, isDense: false)
    bytes[16] = 0x40 | UInt8((registers - 1) >> 8)
    bytes[17] = UInt8((registers - 1) & 0xff)
  }

  /// Nil: it must be computed.
  static func cachedCardinality(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    guard bytes[15] & 0x80 == 0 else { return nil }
    return (8..<16).reduce(0) { $0 | UInt64(bytes[$1]) << UInt64(($1 - 8) * 8) }
  }

  static func setCachedCardinality(_ bytes: UnsafeMutableRawBufferPointer, _ value: UInt64) {
    for i in 0..<8 { bytes[8 + i] = UInt8(truncatingIfNeeded: value >> UInt64(i * 8)) }
  }

  static func invalidateCache(_ bytes: UnsafeMutableRawBufferPointer) { bytes[15] |= 0x80 }

  // MARK: elements

  /// The register of an element, and the value that the element asks it to have at least.
  static func place(of element: UnsafeRawBufferPointer) -> (register: Int, value: UInt8) {
    let hash = murmur64A(element, seed: 0xadc8_3b19)
    // The bit behind the last ends the count for a hash of zeros.
    let rest = (hash >> UInt64(indexBits)) | 1 << UInt64(hashBits)
    return (Int(hash & UInt64(registers - 1)), UInt8(rest.trailingZeroBitCount + 1))
  }

  /// MurmurHash64A (Austin Appleby, public domain), reading little endian as Redis's does on every machine.
  static func murmur64A(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    let multiplier: UInt64 = 0xc6a4_a793_5bd1_e995
    var hash = seed ^ UInt64(bytes.count) &* multiplier
    guard let base = bytes.baseAddress else { return finished(hash, multiplier) }
    var i = 0
    while i &+ 8 <= bytes.count {
      var word = UInt64(littleEndian: load8(base, i)) &* multiplier
      word ^= word >> 47
      hash = (hash ^ word &* multiplier) &* multiplier
      i &+= 8
    }
    if i < bytes.count {
      var shift: UInt64 = 0
      while i < bytes.count {
        hash ^= UInt64(base.load(fromByteOffset: i, as: UInt8.self)) << shift
        shift &+= 8
        i &+= 1
      }
      hash = hash &* multiplier
    }
    return finished(hash, multiplier)
  }

  private static func finished(_ hash: UInt64, _ multiplier: UInt64) -> UInt64 {
    var hash = hash
    hash ^= hash >> 47
    hash = hash &* multiplier
    return hash ^ hash >> 47
  }

  // MARK: dense registers

  static func denseRegister(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt8 {
    let bit = index * 6
    let byte = headerBytes + bit >> 3
    let low = UInt16(bytes[byte])
    let high = byte + 1 < bytes.count ? UInt16(bytes[byte + 1]) : 0
    return UInt8(truncatingIfNeeded: (high << 8 | low) >> UInt16(bit & 7)) & 63
  }

  static func setDenseRegister(_ bytes: UnsafeMutableRawBufferPointer, _ index: Int, _ value: UInt8) {
    let bit = index * 6
    let byte = headerBytes + bit >> 3
    let shift = UInt16(bit & 7)
    let mask = UInt16(63) << shift
    let placed = UInt16(value & 63) << shift
    bytes[byte] = bytes[byte] & ~UInt8(truncatingIfNeeded: mask) | UInt8(truncatingIfNeeded: placed)
    if mask > 0xff { bytes[byte + 1] = bytes[byte + 1] & ~UInt8(mask >> 8) | UInt8(placed >> 8) }
  }

  /// Raises a register. Returns whether it was lower.
  static func raiseDense(_ bytes: UnsafeMutableRawBufferPointer, _ index: Int, to value: UInt8) -> Bool {
    guard denseRegister(UnsafeRawBufferPointer(bytes), index) < value else { return false }
    setDenseRegister(bytes, index, value)
    return true
  }

  // MARK: registers of either encoding

  struct Run {
    /// 0: zeros.
    var value: UInt8
    var count: Int
    var byteCount: Int

    /// The run at `offset`; nil if it is cut off.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
      guard offset < bytes.count else { return nil }
      let first = bytes[offset]
      byteCount = 1
      if first & 0x80 != 0 {
        value = (first >> 2 & 31) + 1
        count = Int(first & 3) + 1
      } else if first & 0x40 == 0 {
        value = 0
        count = Int(first & 63) + 1
      } else {
        guard offset + 1 < bytes.count else { return nil }
        value = 0
        count = (Int(first & 63) << 8 | Int(bytes[offset + 1])) + 1
        byteCount = 2
      }
    }
  }

  /// Calls `body` for each run of equal registers, in order.
  static func forEachRun(_ bytes: UnsafeRawBufferPointer, _ body: (_ first: Int, _ count: Int, _ value: UInt8) -> Void) throws(Corrupted) {
    if isDense(bytes) {
      for i in 0..<registers { body(i, 1, denseRegister(bytes, i)) }
      return
    }
    var offset = headerBytes
    var first = 0
    while offset < bytes.count {
      guard let run = Run(bytes, at: offset), first + run.count <= registers else { throw Corrupted() }
      body(first, run.count, run.value)
      first += run.count
      offset += run.byteCount
    }
    guard first == registers else { throw Corrupted() }
  }

  /// Raises each of `maxima` to this one's register.
  static func merge(_ bytes: UnsafeRawBufferPointer, into maxima: UnsafeMutableBufferPointer<UInt8>) throws(Corrupted) {
    try forEachRun(bytes) { first, count, value in
      guard value > 0 else { return }
      for i in first..<first + count where maxima[i] < value { maxima[i] = value }
    }
  }

  static func cardinality(_ bytes: UnsafeRawBufferPointer) throws(Corrupted) -> UInt64 {
    var histogram = [Int](repeating: 0, count: 64)
    try forEachRun(bytes) { _, count, value in histogram[Int(value & 63)] += count }
    return estimate(histogram)
  }

  static func cardinality(ofRegisters values: UnsafeMutableBufferPointer<UInt8>) -> UInt64 {
    var histogram = [Int](repeating: 0, count: 64)
    for value in values { histogram[Int(value & 63)] += 1 }
    return estimate(histogram)
  }

  // MARK: the estimate
  // O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6; the order of the sums decides the last
  // bits of the result, and is the paper's.

  private static func estimate(_ histogram: [Int]) -> UInt64 {
    let m = Double(registers)
    var z = m * tau((m - Double(histogram[hashBits + 1])) / m)
    for i in stride(from: hashBits, through: 1, by: -1) {
      z += Double(histogram[i])
      z *= 0.5
    }
    z += m * sigma(Double(histogram[0]) / m)
    let estimate = (0.721347520444481703680 * m * m / z).rounded(.toNearestOrAwayFromZero)
    return estimate.isFinite && estimate >= 0 && estimate < 9.2e18 ? UInt64(estimate) : 0
  }

  private static func sigma(_ x: Double) -> Double {
    if x == 1 { return .infinity }
    var x = x
    var y = 1.0
    var z = x
    while true {
      x *= x
      let before = z
      z += x * y
      y += y
      if z == before { return z }
    }
  }

  private static func tau(_ x: Double) -> Double {
    if x == 0 || x == 1 { return 0 }
    var x = x
    var y = 1.0
    var z = 1 - x
    while true {
      x = x.squareRoot()
      let before = z
      y *= 0.5
      z -= (1 - x) * (1 - x) * y
      if z == before { return z / 3 }
    }
  }
}
