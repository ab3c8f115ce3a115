internal import TernEngine

/// Writes a long string in pieces: a copy of 500 MB in the buffer would be 500 MB more for each file and each replica that is written to.
/// The bytes must stay where they are until the end.
struct RDBStringWriter {
  private enum Form {
    case plain(written: Int)
    case compressed(LZFWalk, left: Int)
  }

  /// Longer strings are written in pieces.
  static let wholeBytesMax = 256 << 10
  private static let pieceBytes = 64 << 10

  private let text: UnsafeRawBufferPointer
  private var form: Form

  /// Writes the length.
  init(_ text: UnsafeRawBufferPointer, _ writer: inout RDBWriter) {
    self.text = text
    form = .plain(written: 0)
    if writer.options.compression, let count = RDBStringWriter.compressedCount(text, &writer) {
      form = .compressed(writer.compressor.begin(text), left: count)
      writer.write(atMost: 1 + 2 * RDBOutput.lengthBytesMax) { output in
        output.byte(RDBLength.lzf)
        output.length(UInt64(count))
        output.length(UInt64(text.count))
      }
    } else {
      writer.write(atMost: RDBOutput.lengthBytesMax) { $0.length(UInt64(text.count)) }
    }
  }

  /// The length stands in front, so the text is compressed twice, the first time only to count. nil: it does not shrink.
  private static func compressedCount(_ text: UnsafeRawBufferPointer, _ writer: inout RDBWriter) -> Int? {
    guard text.count < Int(UInt32.max) - 1 else { return nil }
    var walk = writer.compressor.begin(text)
    var count = 0
    return withUnsafeTemporaryAllocation(byteCount: pieceBytes, alignment: 16) { scratch in
      while !walk.isOver {
        count += writer.compressor.next(text, &walk, into: scratch)
        // As for short ones: four bytes must be saved.
        if count > text.count - 4 { return nil }
      }
      return count
    }
  }

  /// Writes a piece. True: that was the last.
  mutating func next(_ writer: inout RDBWriter) -> Bool {
    switch form {
    case .plain(let written):
      let piece = UnsafeRawBufferPointer(rebasing: text[written...].prefix(RDBStringWriter.pieceBytes))
      writer.write(atMost: piece.count) { $0.copy(piece) }
      form = .plain(written: written + piece.count)
      return written + piece.count == text.count
    case .compressed(var walk, let left):
      var count = 0
      withUnsafeTemporaryAllocation(byteCount: RDBStringWriter.pieceBytes, alignment: 16) { scratch in
        count = writer.compressor.next(text, &walk, into: scratch)
        let piece = UnsafeRawBufferPointer(rebasing: scratch[..<min(count, left)])
        writer.write(atMost: piece.count) { $0.copy(piece) }
      }
      form = .compressed(walk, left: left - count)
      return walk.isOver || count == 0
    }
  }
}
