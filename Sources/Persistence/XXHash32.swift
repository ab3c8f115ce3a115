/// xxHash of 32 bits with seed 0: the checksum of LZ4 frames, of their headers and of their blocks.
/// Source: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
enum XXHash32 {
  private static let prime1: UInt32 = 0x9E37_79B1
  private static let prime2: UInt32 = 0x85EB_CA77
  private static let prime3: UInt32 = 0xC2B2_AE3D
  private static let prime4: UInt32 = 0x27D4_EB2F
  private static let prime5: UInt32 = 0x1656_67B1

  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var index = 0
    var hash: UInt32
    if bytes.count >= 16 {
      var a = prime1 &+ prime2
      var b = prime2
      var c: UInt32 = 0
      var d = 0 &- prime1
      while index + 16 <= bytes.count {
        a = round(a, word(bytes, index))
        b = round(b, word(bytes, index + 4))
        c = round(c, word(bytes, index + 8))
        d = round(d, word(bytes, index + 12))
        index += 16
      }
      hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
    } else {
      hash = prime5
    }
    hash &+= UInt32(truncatingIfNeeded: bytes.count)
    while index + 4 <= bytes.count {
      hash = rotate(hash &+ word(bytes, index) &* prime3, 17) &* prime4
      index += 4
    }
    while index < bytes.count {
      hash = rotate(hash &+ UInt32(bytes[index]) &* prime5, 11) &* prime1
      index += 1
    }
    hash = (hash ^ (hash >> 15)) &* prime2
    hash = (hash ^ (hash >> 13)) &* prime3
    return hash ^ (hash >> 16)
  }

  @inline(__always)
  private static func round(_ lane: UInt32, _ word: UInt32) -> UInt32 { rotate(lane &+ word &* prime2, 13) &* prime1 }

  @inline(__always)
  private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value &<< count | value &>> (32 &- count) }

  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
  }
}
