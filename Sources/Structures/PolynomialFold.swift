internal import CTern

/// Shortens what a CRC of 64 bits (reflected, without inversions) runs over, where the processor can multiply polynomials: any number of
/// bytes becomes 16 that have the same remainder, at several bytes a cycle. Tables take a cycle or two for a byte.
/// Source: Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction, Intel 2009.
package struct PolynomialFold: Sendable {
  private let near: (UInt64, UInt64)
  private let far: (UInt64, UInt64)

  /// Fewer bytes than this are not worth it.
  package static let bytesMin = 128

  /// nil: the processor cannot.
  package init?(polynomial: UInt64) {
    guard tern_has_carryless_multiply() != 0 else { return nil }
    // One power less than the distance: the product of two reflected words of 64 bits stands one bit higher in 128.
    near = (Self.power(191, polynomial), Self.power(127, polynomial))
    far = (Self.power(575, polynomial), Self.power(511, polynomial))
  }

  /// x to the power of `n` modulo the polynomial, reflected: the top bit stands for 1.
  private static func power(_ n: Int, _ polynomial: UInt64) -> UInt64 {
    var value: UInt64 = 1 << 63
    for _ in 0..<n { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
    return value
  }

  /// Calls `body` with 16 bytes in the place of the first `64 * n` of `bytes`, which have `state` in front; returns how many those are.
  package func fold(_ bytes: UnsafeRawBufferPointer, state: UInt64, _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
    let count = bytes.count & ~63
    guard count > 0, let base = bytes.baseAddress else { return 0 }
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { rest in
      var near = [self.near.0, self.near.1]
      var far = [self.far.0, self.far.1]
      tern_fold_bits(base, count, state, &near, &far, rest.baseAddress)
      body(UnsafeRawBufferPointer(rest))
    }
    return count
  }
}
