internal import CLZ4

/// Compresses the live stream to one replica as Valkey 9.2 does: an envelope of kind 2, then one LZ4 frame that never ends, with linked
/// blocks of at most 256 KB and a checksum behind each. What is handed over comes out whole: nothing waits for more.
///
///     'V' 'C' 'S' 1 1 0 2 | 04 22 4d 18, flags, header checksum | (length, block, xxHash of the block) …
///
/// Blocks may be stored as they are (the length's highest bit). When a stream does not shrink, trying costs time for nothing: for a while,
/// twice as long after each vain attempt, all blocks are stored, and then LZ4 is given the last 64 KB as its dictionary and tried again.
///
/// Used on one thread at a time.
package final class LinkCompressor: @unchecked Sendable {
  package static let blockBytesMax = 256 << 10
  private static let dictionaryBytes = 64 << 10
  private static let bufferBytes = dictionaryBytes + 4 * blockBytesMax
  /// Smaller sends say little about whether the stream shrinks, and cost little.
  private static let judgedBytesMin = 2048
  package static let bypassBytesMin = 1 << 20
  package static let bypassBytesMax = 64 << 20

  private let stream: UnsafeMutablePointer<LZ4_stream_t>
  /// The last 64 KB at least of what went out: LZ4 refers back to them where they lie.
  private let buffer = UnsafeMutableRawPointer.allocate(byteCount: bufferBytes, alignment: 16)
  private var end = 0
  private var hasBegun = false
  /// Blocks were stored past LZ4: its dictionary is not the replica's.
  private var isStale = false
  private var bypassBytesLeft = 0
  private var nextBypassBytes = bypassBytesMin

  /// nil when there is no memory for it.
  package init?() {
    guard let stream = LZ4_createStream() else {
      buffer.deallocate()
      return nil
    }
    self.stream = stream
  }

  deinit {
    LZ4_freeStream(stream)
    buffer.deallocate()
  }

  package var isBypassing: Bool { bypassBytesLeft > 0 }

  /// Appends to `output` what goes over the wire for `raw`; returns how many bytes of `raw` were stored without trying.
  package func compress(_ raw: UnsafeRawBufferPointer, into output: inout [UInt8]) -> Int {
    if !hasBegun {
      hasBegun = true
      output += CompressedEnvelope.streamHeader + Self.frameHeader
    }
    let before = output.count
    var bypassed = 0
    var rest = raw
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.blockBytesMax))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      if isBypassing {
        store(piece, into: &output)
        bypassed += piece.count
        bypassBytesLeft = max(0, bypassBytesLeft - piece.count)
      } else {
        compressBlock(piece, into: &output)
      }
    }
    if bypassed == 0 { judge(raw: raw.count, wire: output.count - before) }
    return bypassed
  }

  private func judge(raw: Int, wire: Int) {
    guard raw >= Self.judgedBytesMin else { return }
    if wire * 20 >= raw * 19 {
      bypassBytesLeft = nextBypassBytes
      nextBypassBytes = min(nextBypassBytes * 2, Self.bypassBytesMax)
    } else {
      nextBypassBytes = Self.bypassBytesMin
    }
  }

  /// Copies `piece` behind what is in the buffer, and moves the dictionary to its front when there is no room.
  private func place(_ piece: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer {
    if end + piece.count > Self.bufferBytes {
      let kept = min(end, Self.dictionaryBytes)
      buffer.copyMemory(from: buffer + (end - kept), byteCount: kept)
      end = kept
      isStale = true
    }
    let place = buffer + end
    if let base = piece.baseAddress { place.copyMemory(from: base, byteCount: piece.count) }
    end += piece.count
    return place
  }

  private func compressBlock(_ piece: UnsafeRawBufferPointer, into output: inout [UInt8]) {
    let source = place(piece)
    if isStale {
      let begin = source - buffer
      let count = min(begin, Self.dictionaryBytes)
      LZ4_loadDict(stream, (source - count).assumingMemoryBound(to: CChar.self), CInt(count))
      isStale = false
    }
    // A block that is not smaller than its content is stored.
    let capacity = piece.count - 1
    let start = output.count
    output.append(contentsOf: repeatElement(0, count: 4 + max(0, capacity)))
    var size = 0
    if capacity > 0 {
      size = output.withUnsafeMutableBytes { output in
        guard let base = output.baseAddress else { return 0 }
        return Int(
          LZ4_compress_fast_continue(
            stream, source.assumingMemoryBound(to: CChar.self), (base + start + 4).assumingMemoryBound(to: CChar.self),
            CInt(piece.count), CInt(capacity), 1))
      }
    }
    output.removeLast(output.count - start - 4 - max(0, size))
    guard size > 0 else {
      output.removeLast(4)
      // What LZ4 has entered of the block before it gave up cannot be told.
      isStale = true
      return appendStored(piece, into: &output)
    }
    Self.put(UInt32(size), at: start, in: &output)
    let sum = output.withUnsafeBytes { XXHash32.hash(UnsafeRawBufferPointer(rebasing: $0[(start + 4)...])) }
    Self.append(sum, to: &output)
  }

  private func store(_ piece: UnsafeRawBufferPointer, into output: inout [UInt8]) {
    _ = place(piece)
    isStale = true
    appendStored(piece, into: &output)
  }

  private func appendStored(_ piece: UnsafeRawBufferPointer, into output: inout [UInt8]) {
    Self.append(UInt32(piece.count) | 1 << 31, to: &output)
    output.append(contentsOf: piece)
    Self.append(XXHash32.hash(piece), to: &output)
  }

  private static func append(_ value: UInt32, to output: inout [UInt8]) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) { output.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  private static func put(_ value: UInt32, at index: Int, in output: inout [UInt8]) {
    for byte in 0..<4 { output[index + byte] = UInt8(truncatingIfNeeded: value >> UInt32(8 * byte)) }
  }

  /// Version 1, linked blocks with checksums, no content checksum (the content has no end); blocks of 256 KB at most.
  /// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
  private static let frameHeader: [UInt8] = {
    let flags: [UInt8] = [0x50, 0x50]
    let sum = flags.withUnsafeBytes { XXHash32.hash($0) }
    return [0x04, 0x22, 0x4d, 0x18] + flags + [UInt8(truncatingIfNeeded: sum >> 8)]
  }()
}
