/// The files of an append only log in Redis 7's layout: a manifest, a base and increments, in a directory of their own.
///
/// Order of calls: `open` (after it nothing new was created), `loadPlan` and the loading, then either `startAppending` or, when there
/// is nothing on the disk, `beginRewrite` with an empty base. All calls block; they belong to the thread that writes the log. The base of a
/// rewrite is written by another thread through `AOFRewrite`, and an fsync may run on a third through `AOFSync`.
///
/// What is in the files at any moment, also with the power going, is a prefix of the log that contains all of `syncedOffset`.
package struct AOFStore: Sendable {
  package struct Configuration: Sendable {
    /// `dir`
    package var directory: String
    /// `appenddirname`
    package var directoryName = "appendonlydir"
    /// `appendfilename`
    package var fileName = "appendonly.aof"
    /// Part of the names of temporary files; Redis puts the process id there.
    package var temporaryTag = "1"

    package init(
      directory: String, directoryName: String = "appendonlydir", fileName: String = "appendonly.aof", temporaryTag: String = "1"
    ) {
      self.directory = directory
      self.directoryName = directoryName
      self.fileName = fileName
      self.temporaryTag = temporaryTag
    }

    package var appendDirectory: String { FilePaths.join(directory, directoryName) }
    func path(_ name: String) -> String { FilePaths.join(appendDirectory, name) }
    package var manifestName: String { fileName + ".manifest" }
    var temporaryManifestName: String { "temp-" + manifestName }
    var temporaryBaseName: String { "temp-rewriteaof-bg-\(temporaryTag).aof" }
  }

  package enum Health: Hashable, Sendable {
    case healthy
    /// The last append failed, and nothing of it is in the file. The same bytes may be appended again, when there is room.
    case writeFailed(FileSystemError)
    /// An fsync failed, or a half-written append could not be cut off: what the file holds is in doubt, and nothing may follow it.
    /// A rewrite, which goes to new files, leads out of it.
    case failed(FileSystemError)
  }

  /// Where appended bytes go.
  struct Tail: Sendable {
    var increment: AOFManifest.File
    var file: any OpenFile
    var byteCount: Int
    /// False while the manifest does not name it: a rewrite that begins from nothing, or from files in doubt, is not finished. Nothing in
    /// it counts as synced until then.
    var isListed: Bool
    /// The log's offset at the end of what a finished fsync covers.
    var syncedOffset: Int64
  }

  package let configuration: Configuration
  let fileSystem: any FileSystem
  package internal(set) var manifest: AOFManifest
  package internal(set) var health = Health.healthy
  var tail: Tail?
  var rewrite: AOFRewrite?
  var isSyncing = false
  /// Where in the files the log's bytes are.
  package var index: AOFLogIndex?
  /// Lines for the log about what was done; whoever takes them prints them.
  var notices: [AOFNotice] = []

  /// The log's offset behind the last byte that was written.
  package internal(set) var writtenOffset: Int64 = 0
  /// The log's offset up to which everything survives a power loss.
  package internal(set) var syncedOffset: Int64 = 0
  /// INFO's aof_current_size: base and increments together.
  package internal(set) var currentByteCount = 0
  /// INFO's aof_base_size: `currentByteCount` after the last rewrite, or at the start the size of the base.
  package internal(set) var rewriteBaseByteCount = 0

  init(fileSystem: any FileSystem, configuration: Configuration, manifest: AOFManifest) {
    self.fileSystem = fileSystem
    self.configuration = configuration
    self.manifest = manifest
  }

  package mutating func takeNotices() -> [AOFNotice] {
    defer { notices = [] }
    return notices
  }

  package var isAppending: Bool { tail != nil }
  package var isRewriting: Bool { rewrite != nil }
  /// True when there is neither a base nor an increment: begin with `beginRewrite`.
  package var isEmpty: Bool { manifest.isEmpty }
  /// The name of the increment that is being written.
  package var currentFileName: String? { tail?.increment.name }
}

extension AOFStore {
  /// Appends bytes of the log. On failure nothing of them is in the file, or the store has `failed`.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(AOFError) {
    try write(bytes)
    writtenOffset += Int64(bytes.count)
    index?.appended(bytes.count)
  }

  package mutating func append(_ bytes: [UInt8]) throws(AOFError) {
    try bytes.withUnsafeBufferPointer { bytes throws(AOFError) in try append(UnsafeRawBufferPointer(bytes)) }
  }

  /// Appends bytes that are in the file but not in the log, such as the SELECT that a new increment begins with, or a `#TS:` line.
  package mutating func appendUncounted(_ bytes: [UInt8]) throws(AOFError) {
    try bytes.withUnsafeBufferPointer { bytes throws(AOFError) in try write(UnsafeRawBufferPointer(bytes)) }
    index?.skipped(bytes.count)
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) throws(AOFError) {
    if case .failed(let error) = health, tail?.isListed ?? true { throw failedBefore(error) }
    guard let tail else { throw AOFError(.misuse, file: configuration.manifestName, "The append only file is not open") }
    do throws(FileSystemError) {
      try tail.file.writeAll(bytes)
    } catch {
      throw writeFailed(error, tail)
    }
    self.tail?.byteCount += bytes.count
    currentByteCount += bytes.count
    if case .writeFailed = health {
      health = .healthy
      notices.append(.warning("AOF write error looks solved, Tern can write again."))
    }
  }

  /// Cuts off what a failed write left, so that the next command does not begin in the middle of another.
  private mutating func writeFailed(_ error: FileSystemError, _ tail: Tail) -> AOFError {
    do throws(FileSystemError) {
      // After a failed write the file is cut even if nothing seems to have been written.
      try tail.file.truncate(to: tail.byteCount)
      if case .failed = health {} else { health = .writeFailed(error) }
    } catch let truncation {
      health = .failed(error)
      notices.append(
        .warning(
          "Could not remove short write from the append-only file.  Tern may refuse to load the AOF the next time it starts.  "
            + "ftruncate: \(truncation.reason)"
        ))
      // A listed file stays in doubt; an unlisted one will never be read, and its rewrite is over.
      if !tail.isListed { abortRewrite() }
    }
    return AOFError(error, "Error writing to the AOF file")
  }

  func failedBefore(_ error: FileSystemError) -> AOFError {
    AOFError(
      .failedBefore, file: tail?.increment.name ?? configuration.manifestName,
      "The append only file is in doubt since an earlier error (\(error)): only a rewrite can go on")
  }
}
