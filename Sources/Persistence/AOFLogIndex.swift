import Synchronization

/// Where in the increments of the append only file each byte of the log stands. A replica whose offset has left the memory is served from
/// there.
///
/// An increment holds the log's bytes, in order, and between commands what is in no log: the SELECT in front, `#TS:` and `#TERN:` lines. So it is a
/// list of runs, of (log offset, place in the file, length). Increments that a rewrite supersedes vanish from the directory; their files stay
/// open, and their bytes readable, while a replica is reading there, and beyond that up to `retainedBytesMax`.
///
/// The thread that writes the log says what it does; any thread reads. The files are never touched under the node's lock.
package final class AOFLogIndex: Sendable {
  /// One run costs 24 bytes; a `#TS:` line each second makes one. When there are more, the oldest increments are forgotten.
  static let runsMax = 100_000

  struct Run: Sendable {
    var logStart: Int64
    var fileStart: Int
    var count: Int
  }

  struct Increment: Sendable {
    let name: String
    let path: String
    /// nil until somebody reads it, or it is about to be removed.
    var file: (any OpenFile)?
    var runs: [Run] = []
    var logStart: Int64
    var logEnd: Int64
    var fileEnd: Int
    /// No manifest names it.
    var isSuperseded = false
  }

  private struct State {
    var increments: [Increment] = []
    var retainedBytesMax: Int64 = 0
    /// A replica still needs what follows this.
    var cursor: Int64?
  }

  private let fileSystem: any FileSystem
  private let state = Mutex(State())

  package init(_ fileSystem: any FileSystem) { self.fileSystem = fileSystem }

  /// The part of the log that can be read; nil when there is none. From `listedStart` on the files are the append only file's own.
  package var bounds: (start: Int64, listedStart: Int64, end: Int64)? {
    state.withLock { state in
      guard let first = state.increments.first, let last = state.increments.last else { return nil }
      return (first.logStart, state.increments.first { !$0.isSuperseded }?.logStart ?? last.logEnd, last.logEnd)
    }
  }

  /// The first of the increments that the manifest names, and how far its known part reaches back, is what a start found.
  package func adopt(_ found: [AOFLogScan.Increment]) {
    state.withLock { state in
      state.increments = found.map { file in
        Increment(
          name: file.name, path: file.path, runs: file.runs, logStart: file.logStart, logEnd: file.logEnd, fileEnd: file.byteCount)
      }
    }
  }

  /// Nothing that was written before belongs to the log any more.
  package func reset() { state.withLock { $0.increments = [] } }

  /// What superseded files may be kept for replicas to come (`tern-repl-disk-backlog-size`), and from where on a replica is still reading.
  package func retain(bytesMax: Int64, from cursor: Int64?) {
    state.withLock { state in
      state.retainedBytesMax = bytesMax
      state.cursor = cursor
      Self.prune(&state)
    }
  }

  // MARK: the writer

  /// An increment goes on, or begins, with the log's byte at `logOffset`.
  func open(name: String, path: String, byteCount: Int, logOffset: Int64) {
    state.withLock { state in
      if let last = state.increments.last {
        if last.logEnd != logOffset { state.increments = [] }
        if last.name == name, last.logEnd == logOffset, last.fileEnd == byteCount, !last.isSuperseded { return }
        // What is not known of the beginning of this very file leaves a gap.
        if last.name == name { state.increments = [] }
      }
      state.increments.append(Increment(name: name, path: path, logStart: logOffset, logEnd: logOffset, fileEnd: byteCount))
      Self.prune(&state)
    }
  }

  /// `count` bytes of the log were appended.
  func appended(_ count: Int) {
    state.withLock { state in
      let last = state.increments.count - 1
      guard last >= 0, count > 0 else { return }
      let place = state.increments[last].fileEnd
      let run = state.increments[last].runs.count - 1
      if run >= 0, state.increments[last].runs[run].fileStart + state.increments[last].runs[run].count == place {
        state.increments[last].runs[run].count += count
      } else {
        state.increments[last].runs.append(Run(logStart: state.increments[last].logEnd, fileStart: place, count: count))
        if run.isMultiple(of: 1024) { Self.prune(&state) }
      }
      state.increments[state.increments.count - 1].fileEnd += count
      state.increments[state.increments.count - 1].logEnd += Int64(count)
    }
  }

  /// Bytes were appended that are in no log.
  func skipped(_ count: Int) {
    state.withLock { state in
      guard !state.increments.isEmpty else { return }
      state.increments[state.increments.count - 1].fileEnd += count
    }
  }

  /// A rewrite has made all increments before `name` superfluous; they are about to be removed.
  func superseded(before name: String) {
    state.withLock { state in
      for i in state.increments.indices {
        if state.increments[i].name == name { break }
        state.increments[i].isSuperseded = true
      }
      Self.prune(&state)
      // What stays must be open before its name is gone. If it cannot be opened it is gone, with all before it.
      for i in state.increments.indices.reversed() where state.increments[i].isSuperseded && state.increments[i].file == nil {
        state.increments[i].file = try? fileSystem.open(state.increments[i].path, for: .read)
        if state.increments[i].file == nil {
          state.increments.removeFirst(i + 1)
          break
        }
      }
    }
  }

  private static func prune(_ state: inout State) {
    while let first = state.increments.first, state.increments.count > 1 {
      let isNeeded = state.cursor.map { $0 < first.logEnd } ?? false
      var retained: Int64 = 0
      var runs = 0
      for increment in state.increments {
        runs += increment.runs.count
        if increment.isSuperseded { retained += increment.logEnd - increment.logStart }
      }
      guard runs > runsMax || first.isSuperseded && !isNeeded && retained > state.retainedBytesMax else { return }
      state.increments.removeFirst()
    }
  }

  // MARK: readers

  /// Up to `limit` bytes of the log from `offset` on: none at its end, nil when the files do not reach back that far (any more).
  package func read(from offset: Int64, limit: Int) throws(FileSystemError) -> [UInt8]? {
    var place: (file: any OpenFile, start: Int, count: Int)?
    var failure: FileSystemError?
    var isKnown = false
    state.withLock { state in
      guard let first = state.increments.first, let last = state.increments.last, offset >= first.logStart, offset <= last.logEnd else {
        return
      }
      isKnown = true
      guard let i = state.increments.firstIndex(where: { offset < $0.logEnd }) else { return }
      let runs = state.increments[i].runs
      // The last run that begins at or before the offset.
      var low = 0
      var high = runs.count
      while low < high {
        let middle = (low + high) / 2
        if runs[middle].logStart <= offset { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { return isKnown = false }
      let run = runs[low - 1]
      let skip = Int(offset - run.logStart)
      guard skip < run.count else { return isKnown = false }
      if state.increments[i].file == nil {
        do throws(FileSystemError) {
          state.increments[i].file = try fileSystem.open(state.increments[i].path, for: .read)
        } catch {
          failure = error
        }
      }
      if let file = state.increments[i].file { place = (file, run.fileStart + skip, min(limit, run.count - skip)) }
    }
    if let failure { throw failure }
    guard isKnown else { return nil }
    guard let place else { return [] }
    var bytes = [UInt8](repeating: 0, count: place.count)
    var count = 0
    while count < bytes.count {
      let got = try bytes.withUnsafeMutableBufferPointer { bytes throws(FileSystemError) in
        try place.file.read(
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[count...]), at: place.start + count)
      }
      // Cut by somebody else: what follows is not the log.
      if got == 0 { return nil }
      count += got
    }
    return bytes
  }
}
