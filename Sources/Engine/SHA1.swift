/// SHA-1, for DEBUG DIGEST (FIPS 180-4, §6.1). Not for secrets.
package struct SHA1 {
  private var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
  private var block: [UInt8] = []
  private var length: UInt64 = 0

  package init() { block.reserveCapacity(64) }

  package static func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var hash = SHA1()
    hash.update(bytes)
    return hash.finish()
  }

  package mutating func update(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      block.append(byte)
      length &+= 8
      if block.count == 64 { compress() }
    }
  }

  package mutating func finish() -> [UInt8] {
    let bits = length
    block.append(0x80)
    if block.count > 56 {
      while block.count < 64 { block.append(0) }
      compress()
    }
    while block.count < 56 { block.append(0) }
    withUnsafeBytes(of: bits.bigEndian) { block.append(contentsOf: $0) }
    compress()
    return state.flatMap(bigEndian)
  }

  /// Written out, since every test that compares datasets runs through here without an optimizer.
  private mutating func compress() {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { w in
      var t = 0
      while t < 16 {
        let at = t &* 4
        w[t] =
          UInt32(block[at]) &<< 24 | UInt32(block[at &+ 1]) &<< 16 | UInt32(block[at &+ 2]) &<< 8 | UInt32(block[at &+ 3])
        t &+= 1
      }
      while t < 80 {
        let word = w[t &- 3] ^ w[t &- 8] ^ w[t &- 14] ^ w[t &- 16]
        w[t] = word &<< 1 | word &>> 31
        t &+= 1
      }
      var a = state[0]
      var b = state[1]
      var c = state[2]
      var d = state[3]
      var e = state[4]
      t = 0
      while t < 80 {
        var mixed: UInt32
        if t < 20 {
          mixed = ((b & c) | (~b & d)) &+ 0x5a82_7999
        } else if t < 40 {
          mixed = (b ^ c ^ d) &+ 0x6ed9_eba1
        } else if t < 60 {
          mixed = ((b & c) | (b & d) | (c & d)) &+ 0x8f1b_bcdc
        } else {
          mixed = (b ^ c ^ d) &+ 0xca62_c1d6
        }
        mixed = mixed &+ (a &<< 5 | a &>> 27) &+ e &+ w[t]
        e = d
        d = c
        c = b &<< 30 | b &>> 2
        b = a
        a = mixed
        t &+= 1
      }
      state[0] &+= a
      state[1] &+= b
      state[2] &+= c
      state[3] &+= d
      state[4] &+= e
    }
    block.removeAll(keepingCapacity: true)
  }
}

/// Lower-case hexadecimal.
package enum Hex {
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

func bigEndian(_ word: UInt32) -> [UInt8] { withUnsafeBytes(of: word.bigEndian) { Array($0) } }

func bigEndianWord(_ bytes: [UInt8], _ at: Int) -> UInt32 {
  UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
}

func rotateLeft(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
