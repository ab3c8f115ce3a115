/// An fsync that may run on another thread while appending goes on. It covers what was written when it was begun.
package struct AOFSync: Sendable {
  let file: any OpenFile
  let fileName: String
  /// The log's offset that a success proves.
  package let offset: Int64

  /// Blocks until the disk has answered. Hand the outcome to `AOFStore.finishSync`, whatever it is.
  package func run() -> Result<Void, FileSystemError> {
    do throws(FileSystemError) {
      try file.sync()
      return .success(())
    } catch {
      return .failure(error)
    }
  }
}

extension AOFStore {
  /// nil when nothing waits to be synced, or nothing may be, or one is already out: of two fsyncs of one file the kernel reports an error
  /// to only one, and the other's success would be a lie.
  package mutating func beginSync() -> AOFSync? {
    guard !isSyncing, let tail, writtenOffset > tail.syncedOffset else { return nil }
    if case .failed = health, tail.isListed { return nil }
    isSyncing = true
    return AOFSync(file: tail.file, fileName: tail.increment.name, offset: writtenOffset)
  }

  /// Takes the outcome of `AOFSync.run`. Throws when the sync failed; the store is `failed` from then on.
  package mutating func finishSync(_ sync: AOFSync, _ outcome: Result<Void, FileSystemError>) throws(AOFError) {
    isSyncing = false
    // A rewrite that was given up took its file away in the meantime; nothing depends on it any more.
    guard let tail, tail.file === sync.file else { return }
    switch outcome {
    case .success:
      self.tail?.syncedOffset = max(tail.syncedOffset, sync.offset)
      if tail.isListed, health.isTrusted { syncedOffset = max(syncedOffset, sync.offset) }
    case .failure(let error):
      health = .failed(error)
      if !tail.isListed { abortRewrite() }
      throw AOFError(error, "Fail to fsync the AOF file")
    }
  }

  /// Both in one, on this thread.
  package mutating func sync() throws(AOFError) {
    if case .failed(let error) = health, tail?.isListed ?? true { throw failedBefore(error) }
    try requireNoSync()
    guard let sync = beginSync() else { return }
    try finishSync(sync, sync.run())
  }

  func requireNoSync() throws(AOFError) {
    guard !isSyncing else {
      throw AOFError(.misuse, file: configuration.manifestName, "An fsync of the append only file has not been finished")
    }
  }
}

extension AOFStore.Health {
  /// A write that failed left the synced part as it was.
  var isTrusted: Bool {
    if case .failed = self { false } else { true }
  }
}
