/// Finds the 40-byte mark that ends an RDB of unknown length (`$EOF:<mark>`), wherever the reads of the socket cut it.
///
/// Bytes that may be the beginning of the mark are held back until the next read decides. They need not be stored: what is held is
/// always a prefix of the mark itself. Inside a read the search skips by the mark's length (Horspool), so that a 40-byte step costs
/// one lookup; only where a read begins or ends it goes byte by byte (Knuth-Morris-Pratt).
package struct EOFMarkScanner: Sendable {
  package enum Piece: Hashable, Sendable {
    /// This part of the bytes that were passed is RDB.
    case range(Range<Int>)
    /// So many first bytes of the mark, held back before, turned out to be RDB.
    case heldPrefix(Int)
  }

  package let mark: [UInt8]
  /// For each count of matched bytes: how many of them are still matched when the next byte differs.
  private let fallback: [Int]
  /// For each byte: how far the mark may be moved when that byte stands under its end.
  private let skips: [Int]
  private var matched = 0

  /// nil for an empty mark.
  package init?(mark: [UInt8]) {
    guard !mark.isEmpty else { return nil }
    var fallback = [Int](repeating: 0, count: mark.count + 1)
    var length = 0
    for position in 1..<max(mark.count, 1) {
      while length > 0, mark[position] != mark[length] { length = fallback[length] }
      if mark[position] == mark[length] { length += 1 }
      fallback[position + 1] = length
    }
    var skips = [Int](repeating: mark.count, count: 256)
    for (position, byte) in mark.dropLast().enumerated() { skips[Int(byte)] = mark.count - 1 - position }
    self.mark = mark
    self.fallback = fallback
    self.skips = skips
  }

  /// Appends the parts of `bytes` that are RDB to `pieces`. Returns the index behind the mark, or nil while it has not been seen.
  package mutating func scan(_ bytes: UnsafeRawBufferPointer, into pieces: inout [Piece]) -> Int? {
    /// Of the bytes matched so far, those that came with an earlier read.
    var held = matched
    var index = 0
    while index < bytes.count {
      if matched == 0 {
        index = skipAhead(bytes, from: index)
        guard index < bytes.count else { break }
      }
      let byte = bytes[index]
      while matched > 0, byte != mark[matched] {
        let shorter = fallback[matched]
        let given = min(matched - shorter, held)
        if given > 0 {
          pieces.append(.heldPrefix(given))
          held -= given
        }
        matched = shorter
      }
      if byte == mark[matched] { matched += 1 }
      index += 1
      if matched == mark.count {
        let end = index - (mark.count - held)
        if end > 0 { pieces.append(.range(0..<end)) }
        matched = 0
        return index
      }
    }
    let end = bytes.count - (matched - held)
    if end > 0 { pieces.append(.range(0..<end)) }
    return nil
  }

  /// The first index from `start` on at which the mark may begin.
  private func skipAhead(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    let last = mark.count - 1
    var index = start
    while index + last < bytes.count {
      let byte = bytes[index + last]
      if byte == mark[last], bytes[index] == mark[0] { return index }
      index += skips[Int(byte)]
    }
    return index
  }
}
