/// The keyspace's hash: a multiply-and-fold mix in the manner of wyhash, 3-5 ns for a short key.
///
/// All three secrets are drawn at random per process (an input, so that a simulation can fix them). With published constants a sender
/// could choose keys that cancel one factor of a product to zero and so collide whatever the seed is; unknown secrets close that.
package struct ByteHash: Sendable {
  let seed: UInt64
  let secret0: UInt64
  let secret1: UInt64

  package init(using random: inout some RandomNumberGenerator) {
    seed = random.next()
    // Odd and dense secrets keep the products well mixed.
    secret0 = random.next() | 0x0101_0000_8000_0001
    secret1 = random.next() | 0x8000_0001_0100_0001
  }

  @inline(__always)
  func callAsFunction(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
    var seed = seed ^ secret0
    let a: UInt64
    let b: UInt64
    if count <= 16 {
      if count >= 4 {
        let middle = (count &>> 3) &<< 2
        a = (load4(bytes, 0) &<< 32) | load4(bytes, middle)
        b = (load4(bytes, count &- 4) &<< 32) | load4(bytes, count &- 4 &- middle)
      } else if count > 0 {
        a =
          (UInt64(bytes.load(as: UInt8.self)) &<< 16) | (UInt64(bytes.load(fromByteOffset: count &>> 1, as: UInt8.self)) &<< 8)
          | UInt64(bytes.load(fromByteOffset: count &- 1, as: UInt8.self))
        b = 0
      } else {
        a = 0
        b = 0
      }
    } else {
      var rest = count
      var p = bytes
      while rest > 16 {
        seed = Self.fold(load8(p, 0) ^ secret1, load8(p, 8) ^ seed)
        p += 16
        rest &-= 16
      }
      a = load8(p, rest &- 16)
      b = load8(p, rest &- 8)
    }
    return Self.fold(secret1 ^ UInt64(truncatingIfNeeded: count), Self.fold(a ^ secret1, b ^ seed))
  }

  @inline(__always)
  static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}

@inline(__always)
func load8(_ p: UnsafeRawPointer, _ offset: Int) -> UInt64 { p.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }

@inline(__always)
func load4(_ p: UnsafeRawPointer, _ offset: Int) -> UInt64 { UInt64(p.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }

@inline(__always)
func bytesEqual(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Bool {
  if count >= 8 {
    var i = 0
    while i &+ 8 <= count {
      if load8(a, i) != load8(b, i) { return false }
      i &+= 8
    }
    return load8(a, count &- 8) == load8(b, count &- 8)
  }
  var i = 0
  while i < count {
    if a.load(fromByteOffset: i, as: UInt8.self) != b.load(fromByteOffset: i, as: UInt8.self) { return false }
    i &+= 1
  }
  return true
}
