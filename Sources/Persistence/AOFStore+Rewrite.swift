import Synchronization

/// The new base that a rewrite produces. One thread writes it, from a snapshot, while another goes on appending to the log's new increment.
package final class AOFRewrite: Sendable {
  /// The temporary file.
  package let path: String
  package let format: AOFManifest.BaseFormat
  /// The increment that begins where the snapshot was taken.
  package let incrementName: String
  let increment: AOFManifest.File
  let file: any OpenFile
  private let counts = Mutex(Counts())

  private struct Counts {
    var written = 0
    var synced = 0
    var isSealed = false
  }

  init(path: String, format: AOFManifest.BaseFormat, increment: AOFManifest.File, file: any OpenFile) {
    self.path = path
    self.format = format
    self.increment = increment
    incrementName = increment.name
    self.file = file
  }

  package var byteCount: Int { counts.withLock { $0.written } }

  /// `autosyncByteCount` (`aof-rewrite-incremental-fsync`): a sync after so many bytes spreads over time what would otherwise be
  /// one stall of the whole disk at the end. 0 for none.
  package func write(_ bytes: UnsafeRawBufferPointer, autosyncByteCount: Int = 4 << 20) throws(FileSystemError) {
    try file.writeAll(bytes)
    let isSyncDue = counts.withLock { counts in
      counts.written += bytes.count
      guard autosyncByteCount > 0, counts.written - counts.synced >= autosyncByteCount else { return false }
      counts.synced = counts.written
      return true
    }
    if isSyncDue { try file.sync() }
  }

  package func write(_ bytes: [UInt8]) throws(FileSystemError) {
    try bytes.withUnsafeBufferPointer { bytes throws(FileSystemError) in try write(UnsafeRawBufferPointer(bytes)) }
  }

  /// Syncs and closes the file. The writing thread calls it, so that the log's thread need not wait for the disk in `finishRewrite`.
  package func seal() throws(FileSystemError) {
    if counts.withLock({ $0.isSealed }) { return }
    try file.sync()
    try file.close()
    counts.withLock { $0.isSealed = true }
  }
}

/// How a rewrite goes, and what is on the disk if it ends at each step:
///
///     beginRewrite   sync the old increment; create the new one; list it in the manifest     old base + old increments (+ an empty one)
///     (writing)      appends go to the new increment, the base to a temporary file           the same + what was appended
///     finishRewrite  rename the base; manifest: new base, new increment, the rest history    new base + new increment
///                    remove the history
///
/// When there is nothing to go on from (no files, or files in doubt after a failed fsync), the new increment is not listed before the base
/// is complete: a log without its beginning must never be loaded. What the old manifest names then stands until the end.
extension AOFStore {
  /// `snapshotOffset` is the log's offset at which the snapshot was taken: append everything up to it before the call, and what follows
  /// after it. `onServerStart` only words the log lines.
  package mutating func beginRewrite(
    format: AOFManifest.BaseFormat, snapshotOffset: Int64, onServerStart: Bool = false
  ) throws(AOFError) -> AOFRewrite {
    guard rewrite == nil else {
      throw AOFError(.misuse, file: configuration.manifestName, "Background append only file rewriting already in progress")
    }
    try requireNoSync()
    let goesOn = tail != nil && health.isTrusted
    if goesOn {
      guard snapshotOffset == writtenOffset else {
        throw AOFError(
          .misuse, file: configuration.manifestName,
          "The snapshot is at offset \(snapshotOffset) of the log, but \(writtenOffset) is what the append only file has")
      }
      try sync()
    } else {
      try createDirectory()
    }
    let increment = manifest.nextIncrement(of: configuration.fileName)
    let incrementFile = try createIncrement(increment)
    let path = configuration.path(configuration.temporaryBaseName)
    let base: any OpenFile
    do throws(AOFError) {
      base = try AOFStore.fs("Opening the temp file for AOF rewrite") { () throws(FileSystemError) in
        try fileSystem.open(path, for: .replace)
      }
      if goesOn { try list(increment) }
    } catch {
      // Not when the manifest may name it.
      if !goesOn || health.isTrusted {
        try? fileSystem.remove(configuration.path(increment.name))
        try? fileSystem.remove(path)
      }
      throw error
    }
    if let tail { try? tail.file.close() }
    tail = Tail(increment: increment, file: incrementFile, byteCount: 0, isListed: goesOn, syncedOffset: snapshotOffset)
    if !goesOn { index?.reset() }
    index?.open(name: increment.name, path: configuration.path(increment.name), byteCount: 0, logOffset: snapshotOffset)
    if !goesOn {
      // The log may have been replaced by one whose offsets are lower.
      syncedOffset = min(syncedOffset, snapshotOffset)
      writtenOffset = snapshotOffset
      currentByteCount = 0
    }
    notices.append(.notice("Creating AOF incr file \(increment.name) on \(onServerStart ? "server start" : "background rewrite")"))
    let rewrite = AOFRewrite(path: path, format: format, increment: increment, file: base)
    self.rewrite = rewrite
    return rewrite
  }

  private mutating func list(_ increment: AOFManifest.File) throws(AOFError) {
    var extended = manifest
    extended.append(increment)
    if let error = try persist(extended) {
      // Which manifest a power loss leaves is unknown: in one of them the old increment is the last file, in the other the new one is.
      // Neither can be written on, and the new one's name must not be used again.
      manifest = extended
      health = .failed(error)
      throw AOFError(error, "Fail to fsync AOF directory \(configuration.directoryName)")
    }
    manifest = extended
  }

  /// Puts the new base in its place. When it throws, the rewrite is over and what was there before still loads.
  package mutating func finishRewrite(_ finished: AOFRewrite) throws(AOFError) {
    guard let rewrite, rewrite === finished, let tail else {
      throw AOFError(.misuse, file: finished.path, "The append only file rewriting was given up")
    }
    try requireNoSync()
    let base = manifest.nextBase(of: configuration.fileName, format: rewrite.format)
    var isRenamed = false
    do throws(AOFError) {
      if tail.isListed, case .failed(let error) = health { throw failedBefore(error) }
      try AOFStore.fs("Fail to fsync the temp AOF file \(FilePaths.name(of: rewrite.path))") { () throws(FileSystemError) in
        try rewrite.seal()
        // The increment is about to become the only record of what it holds.
        if !tail.isListed { try tail.file.sync() }
      }
      let name = FilePaths.name(of: rewrite.path)
      try AOFStore.fs("Error trying to rename the temporary AOF base file \(name) into \(base.name)") { () throws(FileSystemError) in
        try fileSystem.rename(rewrite.path, to: configuration.path(base.name))
        isRenamed = true
        try fileSystem.syncDirectory(configuration.appendDirectory)
      }
      notices.append(.notice("Successfully renamed the temporary AOF base file \(name) into \(base.name)"))
      var replaced = manifest
      replaced.supersede(with: base, upTo: tail.increment)
      let error = try persist(replaced)
      manifest = replaced
      if let error { throw AOFError(error, "Fail to fsync AOF directory \(configuration.directoryName)") }
    } catch {
      giveUp(rewrite, base: isRenamed ? base : nil)
      throw error
    }
    self.rewrite = nil
    if !tail.isListed {
      self.tail?.isListed = true
      self.tail?.syncedOffset = writtenOffset
      health = .healthy
    }
    if let synced = self.tail?.syncedOffset { syncedOffset = max(syncedOffset, synced) }
    let baseByteCount = rewrite.byteCount
    currentByteCount = baseByteCount + tail.byteCount
    rewriteBaseByteCount = currentByteCount
    index?.superseded(before: tail.increment.name)
    removeHistory()
  }

  /// Gives up the rewrite that is going on. Its writer may still be writing: to a file that is removed.
  package mutating func abortRewrite() {
    guard let rewrite else { return }
    giveUp(rewrite, base: nil)
  }

  private mutating func giveUp(_ rewrite: AOFRewrite, base: AOFManifest.File?) {
    self.rewrite = nil
    // Once a manifest names the new files they stay, even if the sync of its directory failed.
    let isAdopted = manifest.base != nil && manifest.base == base
    if !isAdopted {
      try? fileSystem.remove(base.map { configuration.path($0.name) } ?? rewrite.path)
    }
    guard let tail, !tail.isListed else { return }
    // An increment without a base. Whatever health was, there is no file to append to now.
    try? tail.file.close()
    self.tail = nil
    index?.reset()
    if !isAdopted { try? fileSystem.remove(configuration.path(tail.increment.name)) }
  }
}
