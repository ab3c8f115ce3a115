/// Compression of a text in pieces: what comes out is, byte for byte, what `compress` would give as a whole, but never more than the
/// output has room for is held.
struct LZFWalk {
  fileprivate let first: UInt32
  fileprivate var position = 0
  /// Where the literals begin that are not written yet.
  fileprivate var literals = 0
  fileprivate(set) var isOver = false
}

extension LZFCompressor {
  /// The least room that `next` needs: a full run of literals and a match.
  static let pieceBytesMin = 1 + LZF.literalsMax + 3

  mutating func begin(_ input: UnsafeRawBufferPointer) -> LZFWalk { LZFWalk(first: claim(input.count)) }

  /// Writes what follows into `output`, and returns how much; 0 at the end. Whatever compresses something else meanwhile only costs matches
  /// in both, so that a text that is walked twice (once to count) must be walked without that.
  mutating func next(_ input: UnsafeRawBufferPointer, _ walk: inout LZFWalk, into output: UnsafeMutableRawBufferPointer) -> Int {
    guard !walk.isOver else { return 0 }
    let shift = LZFCompressor.shift(input.count)
    return withTable { table in
      var output = LZFOutput(bytes: output)
      while true {
        // Literals are written in runs of 32 anyhow: full ones need not wait for the match that ends them.
        while walk.position - walk.literals >= LZF.literalsMax {
          guard output.room >= LZFCompressor.pieceBytesMin else { return output.count }
          _ = output.literals(UnsafeRawBufferPointer(rebasing: input[walk.literals..<(walk.literals + LZF.literalsMax)]))
          walk.literals += LZF.literalsMax
        }
        guard output.room >= LZFCompressor.pieceBytesMin else { return output.count }
        guard walk.position + 2 < input.count else { break }
        let position = walk.position
        guard let match = LZFCompressor.match(input, at: position, walk.first, shift, table) else {
          walk.position += 1
          continue
        }
        _ = output.literals(UnsafeRawBufferPointer(rebasing: input[walk.literals..<position]))
        _ = output.match(length: match.length, distance: match.distance)
        walk.position = LZFCompressor.index(input, behind: position, match.length, walk.first, shift, table)
        walk.literals = walk.position
      }
      // Fewer than 32, and the two bytes that no match can begin in.
      _ = output.literals(UnsafeRawBufferPointer(rebasing: input[walk.literals...].prefix(LZF.literalsMax)))
      walk.literals = min(input.count, walk.literals + LZF.literalsMax)
      walk.position = max(walk.position, walk.literals)
      walk.isOver = walk.literals == input.count
      return output.count
    }
  }
}
