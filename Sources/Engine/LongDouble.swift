internal import CTern

/// Sums of decimal texts in C's long double, printed as Redis prints them. Where long double is no wider than double, so are we.
enum LongDouble {
  static func sum(_ a: [UInt8], _ b: [UInt8]) throws(CommandError) -> [UInt8] {
    // strtold stops at a NUL; the count of the bytes before ours tells a text that holds one of its own.
    let texts = (a + [0] + b + [0]).map { CChar(bitPattern: $0) }
    var sum = [CChar](repeating: 0, count: 5200)
    let count = texts.withUnsafeBufferPointer { texts in
      sum.withUnsafeMutableBufferPointer { sum -> Int32 in
        guard let first = texts.baseAddress, let out = sum.baseAddress else { return -1 }
        return tern_sum_long_double(first, a.count, first + a.count + 1, b.count, out)
      }
    }
    if count == -3 { throw CommandError("ERR increment would produce NaN or Infinity") }
    guard count > 0 else { throw .notFloat }
    return sum.prefix(Int(count)).map { UInt8(bitPattern: $0) }
  }
}
