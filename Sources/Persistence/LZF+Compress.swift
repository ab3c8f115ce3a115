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
    let first = claim(input.count)
    let shift = LZFCompressor.shift(input.count)
    return withTable { table in
      var output = LZFOutput(bytes: output)
      var position = 0
      var literals = 0
      while position + 2 < input.count {
        guard let match = LZFCompressor.match(input, at: position, first, shift, table) else {
          position += 1
          continue
        }
        guard output.literals(UnsafeRawBufferPointer(rebasing: input[literals..<position])),
          output.match(length: match.length, distance: match.distance)
        else { return nil }
        position = LZFCompressor.index(input, behind: position, match.length, first, shift, table)
        literals = position
      }
      guard output.literals(UnsafeRawBufferPointer(rebasing: input[literals...])) else { return nil }
      return output.count
    }
  }

  /// Where the positions of a text of so many bytes begin.
  mutating func claim(_ count: Int) -> UInt32 {
    if table.isEmpty || Int(UInt32.max) - Int(base) <= count {
      table = [UInt32](repeating: 0, count: 1 << LZFCompressor.hashBits)
      base = 1
    }
    defer { base += UInt32(count) }
    return base
  }

  @inline(__always)
  mutating func withTable<R>(_ body: (UnsafeMutableBufferPointer<UInt32>) -> R) -> R { table.withUnsafeMutableBufferPointer { body($0) } }

  static func shift(_ count: Int) -> UInt32 {
    UInt32(32 - (count <= LZFCompressor.shortByteCount ? LZFCompressor.shortHashBits : LZFCompressor.hashBits))
  }

  /// What stands at `position` and stood before, if it did; the place is noted in any case.
  @inline(__always)
  static func match(
    _ input: UnsafeRawBufferPointer, at position: Int, _ first: UInt32, _ shift: UInt32, _ table: UnsafeMutableBufferPointer<UInt32>
  ) -> (length: Int, distance: Int)? {
    let slot = slot(of: input, at: position, shift)
    let entry = table[slot]
    table[slot] = first + UInt32(position)
    let candidate = Int(entry) - Int(first)
    guard entry >= first, position - candidate <= LZF.distanceMax,
      input[candidate] == input[position], input[candidate + 1] == input[position + 1], input[candidate + 2] == input[position + 2]
    else { return nil }
    let lengthMax = min(LZF.matchMax, input.count - position)
    var length = 3
    while length < lengthMax, input[candidate + length] == input[position + length] { length += 1 }
    return (length, position - candidate)
  }

  /// The places inside a match are candidates too; two of them find nearly all that all of them would. Returns where the match ends.
  @inline(__always)
  static func index(
    _ input: UnsafeRawBufferPointer, behind position: Int, _ length: Int, _ first: UInt32, _ shift: UInt32,
    _ table: UnsafeMutableBufferPointer<UInt32>
  ) -> Int {
    var next = position + 1
    let indexed = min(next + 2, input.count - 2)
    while next < indexed {
      table[slot(of: input, at: next, shift)] = first + UInt32(next)
      next += 1
    }
    return position + length
  }

  @inline(__always)
  private static func slot(of input: UnsafeRawBufferPointer, at i: Int, _ shift: UInt32) -> Int {
    let word = UInt32(input[i]) | UInt32(input[i + 1]) << 8 | UInt32(input[i + 2]) << 16
    return Int((word &* 0x9E37_79B1) >> shift)
  }
}

/// Writes items as long as they fit.
struct LZFOutput {
  let bytes: UnsafeMutableRawBufferPointer
  private(set) var count = 0
  var room: Int { bytes.count - count }

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
