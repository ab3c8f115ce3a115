/// Changes bytes in the ways that parsers fall for: flipped bits, lengths that lie, pieces that are missing, doubled, or another input's.
/// The same seed gives the same changes.
package struct Mutator {
  package private(set) var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// SplitMix64 (Steele, Lea and Flood, 2014).
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  package mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }

  private static let bytes: [UInt8] = [
    0, 1, 2, 0x3F, 0x40, 0x7F, 0x80, 0x81, 0xBF, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xE0, 0xF0, 0xF1, 0xF4, 0xF5, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE,
    0xFF,
  ]

  private static let words: [UInt64] = [
    0, 1, 0x7F, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF, 0x0000_FFFF_FFFF_FFFF, 0x2000_0000, 0x4000_0000,
  ]

  /// - Parameter others: pieces of them may be spliced in
  package mutating func mutated(_ input: [UInt8], others: [[UInt8]]) -> [UInt8] {
    var bytes = input
    for _ in 0..<(1 + below(1 + below(6))) { mutate(&bytes, others) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8], _ others: [[UInt8]]) {
    guard !bytes.isEmpty else { return bytes.append(UInt8(truncatingIfNeeded: next())) }
    let at = below(bytes.count)
    switch below(12) {
    case 0: bytes[at] ^= 1 << UInt8(below(8))
    case 1: bytes[at] = UInt8(truncatingIfNeeded: next())
    case 2, 3: bytes[at] = Mutator.bytes[below(Mutator.bytes.count)]
    case 4: bytes[at] = bytes[at] &+ (below(2) == 0 ? 1 : 255)
    case 5: store(Mutator.words[below(Mutator.words.count)], in: &bytes, at: at)
    case 6: bytes.removeSubrange(at..<min(bytes.count, at + 1 + below(16)))
    case 7:
      let piece = Array(bytes[at..<min(bytes.count, at + 1 + below(32))])
      bytes.insert(contentsOf: piece, at: below(bytes.count))
    case 8: bytes.insert(UInt8(truncatingIfNeeded: next()), at: at)
    case 9: bytes.removeLast(below(min(bytes.count, 64)))
    case 10:
      // A length of 32 or 64 bits where something else stood.
      let word = Mutator.words[below(Mutator.words.count)]
      let isLong = below(2) == 0
      let length = (0..<(isLong ? 8 : 4)).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * ((isLong ? 7 : 3) - $0))) }
      bytes.replaceSubrange(at..<min(bytes.count, at + 1), with: [isLong ? 0x81 : 0x80] + length)
    default:
      guard let other = others.isEmpty ? nil : others[below(others.count)], !other.isEmpty else { return }
      let from = below(other.count)
      let piece = other[from..<min(other.count, from + 1 + below(64))]
      bytes.replaceSubrange(at..<min(bytes.count, at + below(piece.count + 1)), with: piece)
    }
  }

  private mutating func store(_ word: UInt64, in bytes: inout [UInt8], at: Int) {
    let width = [1, 2, 4, 8][below(4)]
    let isBig = below(2) == 0
    for i in 0..<min(width, bytes.count - at) {
      bytes[at + i] = UInt8(truncatingIfNeeded: word >> UInt64(8 * (isBig ? width - 1 - i : i)))
    }
  }
}
