/// Takes what a primary sends, and hands on what it means: as it is, or expanded when it begins with an envelope. One for each RDB and one
/// for each live stream.
package final class LinkExpander: @unchecked Sendable {
  package enum Content: UInt8, Sendable {
    case rdb = 1
    case stream = 2
  }

  /// What was wrong, in words for the log.
  package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
  }

  private enum State {
    /// The bytes so far may be the beginning of an envelope.
    case unknown([UInt8])
    case plain
    case compressed(EnvelopeReader)
  }

  private let content: Content
  private var state = State.unknown([])

  package init(_ content: Content) { self.content = content }

  package var isCompressed: Bool { if case .compressed = state { true } else { false } }

  /// Calls `body` with pieces of at most 256 KB, as often as it takes: content may be 255 times as long as what came. `body` says whether to
  /// go on.
  package func expand(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Bool) throws(Malformed) {
    switch state {
    case .plain: _ = body(bytes)
    case .compressed(let reader): try expand(bytes, reader, body)
    case .unknown(var begin):
      let missing = CompressedEnvelope.rdbHeader.count - begin.count
      begin.append(contentsOf: bytes.prefix(missing))
      let magic = CompressedEnvelope.magic
      guard magic.starts(with: begin.prefix(magic.count)) else {
        state = .plain
        let held = begin.count - min(missing, bytes.count)
        let goesOn = held == 0 || begin[..<held].withUnsafeBytes(body)
        if goesOn { _ = body(bytes) }
        return
      }
      guard begin.count == CompressedEnvelope.rdbHeader.count else {
        state = .unknown(begin)
        return
      }
      guard begin == CompressedEnvelope.header(content) else {
        throw Malformed(description: "an envelope of compression that cannot be read: \(begin)")
      }
      guard let reader = EnvelopeReader() else { throw Malformed(description: "no memory for LZ4") }
      state = .compressed(reader)
      try expand(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(missing)), reader, body)
    }
  }

  private func expand(
    _ bytes: UnsafeRawBufferPointer, _ reader: EnvelopeReader, _ body: (UnsafeRawBufferPointer) -> Bool
  ) throws(Malformed) {
    reader.append(bytes)
    while true {
      switch reader.next() {
      case .bytes(let piece):
        guard piece.withUnsafeBytes(body) else { return }
      case .needsMore:
        // A live stream has no end.
        if content == .stream, reader.isAtFrameEnd { throw Malformed(description: "the LZ4 frame of the stream has ended") }
        return
      case .malformed(let reason): throw Malformed(description: "LZ4: \(reason)")
      }
    }
  }

  /// The RDB is over: what was held back belongs to it, and a frame must be whole.
  package func finish(_ body: (UnsafeRawBufferPointer) -> Bool) throws(Malformed) {
    switch state {
    case .unknown(let begin):
      if !begin.isEmpty { _ = begin.withUnsafeBytes(body) }
      state = .plain
    case .plain: break
    case .compressed(let reader):
      guard reader.isAtFrameEnd else { throw Malformed(description: "the LZ4 frame is not whole") }
    }
  }
}
