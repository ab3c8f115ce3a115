/// A string that is too long to be held whole: its bytes are handed out in parts as they arrive, expanded if they are compressed.
struct RDBLongString {
  /// Bytes, expanded.
  let total: Int
  /// Bytes of the file that are still to come.
  private var left: Int
  private var expander: LZFExpander?
  private var produced = 0

  /// The shortest that is divided, and about what a part has.
  static let partBytes = RDBValueDecoder.partBytes

  /// Reads the string's length; nil, with nothing read, if it is a short one or an integer.
  init?(_ input: inout RDBInput) throws(RDBStop) {
    let start = input.offset
    switch try input.lengthOrEncoding() {
    case .plain(let value):
      guard value > UInt64(RDBLongString.partBytes) else {
        input.rewind()
        return nil
      }
      total = try input.checkedStringLength(value, at: start)
      left = total
    case .encoded(RDBLength.lzf):
      let compressed = try input.checkedStringLength(try input.length(), at: start)
      let count = try input.checkedStringLength(try input.length(), at: start)
      guard count > RDBLongString.partBytes else {
        input.rewind()
        return nil
      }
      guard count <= LZF.expandedBytesMax(compressed) else {
        throw input.failure(
          .malformed, at: start, "Invalid LZF compressed string: \(compressed) bytes cannot expand to \(count) in \(input.subject)")
      }
      total = count
      left = compressed
      expander = LZFExpander()
    default:
      input.rewind()
      return nil
    }
    input.commit()
  }

  /// The value has been read to its end.
  var isOver: Bool { produced == total && left == 0 }

  mutating func next(_ input: inout RDBInput) throws(RDBStop) -> [UInt8] {
    guard expander != nil else {
      let part = [UInt8](try input.slice(min(left, RDBLongString.partBytes)))
      left -= part.count
      produced += part.count
      return part
    }
    return try nextExpanded(&input)
  }

  private mutating func nextExpanded(_ input: inout RDBInput) throws(RDBStop) -> [UInt8] {
    let start = input.offset
    // Enough for one item at least, so that something comes out.
    let wanted = min(left, 64 << 10)
    let bytes = try input.slice(wanted)
    var outcome = LZFExpander.Outcome.done(consumed: 0)
    if var expander {
      // One owner: what is kept of the text before is not to be copied.
      self.expander = nil
      outcome = expander.expand(bytes, isLast: wanted == left, atMost: total - produced)
      self.expander = expander
    }
    guard case .done(let consumed) = outcome else {
      if case .malformed(let reason) = outcome {
        throw input.failure(.malformed, at: start, "Invalid LZF compressed string in \(input.subject) (\(reason))")
      }
      return []
    }
    let part = expander?.take() ?? []
    left -= consumed
    produced += part.count
    guard consumed > 0 || left == 0, left > 0 || produced == total, left == 0 || produced < total else {
      throw input.failure(.malformed, at: start, "Invalid LZF compressed string in \(input.subject) (wrongLength)")
    }
    input.stepBack(wanted - consumed)
    return part
  }
}

/// Expands an LZF text that comes in pieces. The last 8 KB of what was produced are kept, since copies reach back so far.
struct LZFExpander {
  enum Outcome {
    /// What is left of the piece is the beginning of an item.
    case done(consumed: Int)
    case malformed(LZF.Malformed)
  }

  private var text: [UInt8] = []
  /// Of `text`, what was handed out.
  private var taken = 0

  mutating func take() -> [UInt8] {
    let part = Array(text[taken...])
    if text.count > LZF.distanceMax { text.removeFirst(text.count - LZF.distanceMax) }
    taken = text.count
    return part
  }

  /// `isLast`: nothing follows `input`. More than `bytesMax` bytes are never produced.
  mutating func expand(_ input: UnsafeRawBufferPointer, isLast: Bool, atMost bytesMax: Int) -> Outcome {
    var read = 0
    let produced = taken
    while read < input.count, text.count - produced < RDBLongString.partBytes {
      let control = Int(input[read])
      if control < LZF.literalsMax {
        let length = control + 1
        guard read + 1 + length <= input.count else { return isLast ? .malformed(.truncated) : .done(consumed: read) }
        guard text.count - produced + length <= bytesMax else { return .malformed(.wrongLength) }
        text.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[(read + 1)..<(read + 1 + length)]))
        read += 1 + length
        continue
      }
      let isLong = control >> 5 == 7
      let itemBytes = isLong ? 3 : 2
      guard read + itemBytes <= input.count else { return isLast ? .malformed(.truncated) : .done(consumed: read) }
      let length = control >> 5 + 2 + (isLong ? Int(input[read + 1]) : 0)
      let distance = (control & 0x1f) << 8 + Int(input[read + itemBytes - 1]) + 1
      guard distance <= text.count else { return .malformed(.reachesBack) }
      guard text.count - produced + length <= bytesMax else { return .malformed(.wrongLength) }
      copy(length, from: text.count - distance)
      read += itemBytes
    }
    return .done(consumed: read)
  }

  /// A copy may overlap itself: then what it repeats is its own beginning.
  private mutating func copy(_ length: Int, from start: Int) {
    let end = text.count
    let distance = end - start
    text.append(contentsOf: repeatElement(0, count: length))
    text.withUnsafeMutableBufferPointer { text in
      for i in end..<end + length { text[i] = text[i - distance] }
    }
  }
}
