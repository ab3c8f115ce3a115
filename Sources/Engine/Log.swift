/// The one byte log: every write's effects, as RESP commands, in the order in which they were executed, under one offset. Replicas, the
/// AOF writer and every other follower are cursors on it; the end offset is Redis's master_repl_offset.
///
/// Bytes are kept in chunks. `trim` frees whole chunks below an offset; whoever owns the cursors says how far it may go.
/// A handle; all calls are made under the node's lock.
package struct Log: @unchecked Sendable {
  private struct Chunk {
    var base: UnsafeMutableRawPointer
    var count: Int
    var capacity: Int
  }

  private struct State {
    var chunks: [Chunk] = []
    /// Index of the first live chunk; those before it are freed, and leave the array a few at a time.
    var first = 0
    var start: Int64 = 0
    var end: Int64 = 0
    var isActive = false
  }

  private let state: UnsafeMutablePointer<State>
  private static let chunkBytesMax = 1 << 20

  package init() {
    state = .allocate(capacity: 1)
    state.initialize(to: State())
  }

  package func destroy() {
    reset(to: 0)
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Whether anybody follows: while nobody does, effects are not even encoded, and the offset stands still.
  @inline(__always) package var isActive: Bool {
    get { state.pointee.isActive }
    nonmutating set { state.pointee.isActive = newValue }
  }
  /// The bytes from here on can still be read.
  @inline(__always) package var startOffset: Int64 { state.pointee.start }
  /// How many bytes the log has ever had.
  @inline(__always) package var endOffset: Int64 { state.pointee.end }

  /// Drops the content; the log goes on at `offset`.
  package func reset(to offset: Int64) {
    for chunk in state.pointee.chunks[state.pointee.first...] { chunk.base.deallocate() }
    state.pointee.chunks = []
    state.pointee.first = 0
    state.pointee.start = offset
    state.pointee.end = offset
  }

  package func append(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let last = state.pointee.chunks.count - 1
      if last < state.pointee.first || state.pointee.chunks[last].count == state.pointee.chunks[last].capacity {
        addChunk(for: rest.count)
        continue
      }
      let chunk = state.pointee.chunks[last]
      let count = min(rest.count, chunk.capacity - chunk.count)
      (chunk.base + chunk.count).copyMemory(from: base, byteCount: count)
      state.pointee.chunks[last].count += count
      state.pointee.end += Int64(count)
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  package func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  /// Chunks grow with the log, from 16 KB to 1 MB, so that a quiet node's log is small.
  private func addChunk(for bytes: Int) {
    let previous = state.pointee.chunks.last?.capacity ?? 8 << 10
    let capacity = min(previous * 2, Log.chunkBytesMax)
    state.pointee.chunks.append(Chunk(base: .allocate(byteCount: capacity, alignment: 16), count: 0, capacity: capacity))
  }

  /// Frees what lies below `offset`, as far as whole chunks go.
  package func trim(to offset: Int64) {
    while state.pointee.first < state.pointee.chunks.count {
      let chunk = state.pointee.chunks[state.pointee.first]
      guard state.pointee.start + Int64(chunk.count) <= offset, chunk.count > 0 else { break }
      chunk.base.deallocate()
      state.pointee.start += Int64(chunk.count)
      state.pointee.first += 1
    }
    if state.pointee.first > 64 {
      state.pointee.chunks.removeFirst(state.pointee.first)
      state.pointee.first = 0
    }
  }

  /// The bytes from `offset` on that lie in one run, at most `limit`; empty at the end. Nil when the log does not reach back that far.
  package func withBytes<R>(from offset: Int64, limit: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
    guard offset >= startOffset, offset <= endOffset else { return nil }
    var chunkStart = state.pointee.start
    // From the end backwards: followers are usually close to it.
    var i = state.pointee.chunks.count - 1
    var end = endOffset
    while i >= state.pointee.first {
      chunkStart = end - Int64(state.pointee.chunks[i].count)
      if chunkStart <= offset { break }
      end = chunkStart
      i -= 1
    }
    guard i >= state.pointee.first, offset < endOffset else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    let chunk = state.pointee.chunks[i]
    let skip = Int(offset - chunkStart)
    return try body(UnsafeRawBufferPointer(start: chunk.base + skip, count: min(limit, chunk.count - skip)))
  }

  /// Up to `limit` bytes from `offset` on, over as many chunks as they lie in. Nil when the log does not reach back that far.
  package func bytes(from offset: Int64, limit: Int = .max) -> [UInt8]? {
    var out: [UInt8] = []
    var at = offset
    while out.count < limit {
      guard
        let count = withBytes(
          from: at, limit: limit - out.count,
          {
            out.append(contentsOf: $0); return $0.count
          })
      else { return nil }
      if count == 0 { break }
      at += Int64(count)
    }
    return out
  }
}
