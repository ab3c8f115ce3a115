/// LZF, the compression of single strings in an RDB file.
///
/// A compressed text is a sequence of two kinds of items, told apart by the first byte:
///
///     000LLLLL  bytes…                  L+1 literal bytes follow (1...32)
///     LLLooooo  oooooooo                copy L+2 bytes (L 1...6) from o+1 bytes back (at most 8192)
///     111ooooo  LLLLLLLL  oooooooo      copy L+9 bytes (9...264)
package enum LZF {
  static let literalsMax = 32
  static let distanceMax = 1 << 13
  static let matchMax = 264
}

/// Keeps its hash table from one string to the next. Positions in the table are counted on from call to call, so that what an earlier
/// string left behind is recognised as stale: clearing 64 KB for each string of 30 bytes would cost more than compressing it.
package struct LZFCompressor: Sendable {
  private static let hashBits = 14
  /// Short strings use only the front of the table, which then stays in the first-level cache.
  private static let shortHashBits = 10
  private static let shortByteCount = 1024
  private var table: [UInt32] = []
  /// Where this call's positions begin; everything below is of an earlier call.
  private var base: UInt32 = 1

  package init() {}

  /// The number of bytes written to `output`, or nil when the compressed text does not fit it (the caller then stores the original).
  package mutating func compress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
    guard input.count >= 4, input.count < Int(UInt32.max) - 1 else { return nil }
    if table.isEmpty || Int(UInt32.max) - Int(base) <= input.count {
      table = [UInt32](repeating: 0, count: 1 << LZFCompressor.hashBits)
      base = 1
    }
    let first = base
    base += UInt32(input.count)
    let shift = UInt32(32 - (input.count <= LZFCompressor.shortByteCount ? LZFCompressor.shortHashBits : LZFCompressor.hashBits))
    return table.withUnsafeMutableBufferPointer { table in
      var output = LZFOutput(bytes: output)
      var position = 0
      var literals = 0
      while position + 2 < input.count {
        let slot = LZFCompressor.slot(of: input, at: position, shift)
        let entry = table[slot]
        table[slot] = first + UInt32(position)
        let candidate = Int(entry) - Int(first)
        guard entry >= first, position - candidate <= LZF.distanceMax,
          input[candidate] == input[position], input[candidate + 1] == input[position + 1], input[candidate + 2] == input[position + 2]
        else {
          position += 1
          continue
        }
        let lengthMax = min(LZF.matchMax, input.count - position)
        var length = 3
        while length < lengthMax, input[candidate + length] == input[position + length] { length += 1 }
        guard output.literals(UnsafeRawBufferPointer(rebasing: input[literals..<position])),
          output.match(length: length, distance: position - candidate)
        else { return nil }
        // The places inside the match are candidates too; two of them find nearly all that all of them would.
        let end = position + length
        position += 1
        let indexed = min(position + 2, input.count - 2)
        while position < indexed {
          table[LZFCompressor.slot(of: input, at: position, shift)] = first + UInt32(position)
          position += 1
        }
        position = end
        literals = end
      }
      guard output.literals(UnsafeRawBufferPointer(rebasing: input[literals...])) else { return nil }
      return output.count
    }
  }

  private static func slot(of input: UnsafeRawBufferPointer, at i: Int, _ shift: UInt32) -> Int {
    let word = UInt32(input[i]) | UInt32(input[i + 1]) << 8 | UInt32(input[i + 2]) << 16
    return Int((word &* 0x9E37_79B1) >> shift)
  }
}

/// Writes items as long as they fit.
private struct LZFOutput {
  let bytes: UnsafeMutableRawBufferPointer
  var count = 0

  init(bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

  mutating func literals(_ run: UnsafeRawBufferPointer) -> Bool {
    var done = 0
    while done < run.count {
      let length = min(LZF.literalsMax, run.count - done)
      guard count + 1 + length <= bytes.count else { return false }
      bytes[count] = UInt8(length - 1)
      UnsafeMutableRawBufferPointer(rebasing: bytes[(count + 1)..<(count + 1 + length)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: run[done..<(done + length)]))
      count += 1 + length
      done += length
    }
    return true
  }

  mutating func match(length: Int, distance: Int) -> Bool {
    let code = length - 2
    let offset = distance - 1
    guard count + 3 <= bytes.count else { return false }
    if code < 7 {
      bytes[count] = UInt8(code << 5 | offset >> 8)
      count += 1
    } else {
      bytes[count] = UInt8(7 << 5 | offset >> 8)
      bytes[count + 1] = UInt8(code - 7)
      count += 2
    }
    bytes[count] = UInt8(offset & 0xff)
    count += 1
    return true
  }
}
