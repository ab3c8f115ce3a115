/// Everything that persistence asks of a disk. Each write, fsync, rename and lock of the data directory passes here, so that a simulator
/// can tear a write, fail an fsync or cut the power at any one of them.
///
/// Calls block; the driver makes them on threads of their own, never under the node's lock.
package protocol FileSystem: Sendable {
  func open(_ path: String, for access: FileAccess) throws(FileSystemError) -> any OpenFile
  /// nil when nothing has that path.
  func status(of path: String) throws(FileSystemError) -> FileStatus?
  /// The names in a directory, sorted, without `.` and `..`.
  func entries(of directory: String) throws(FileSystemError) -> [String]
  /// Does nothing when the directory exists.
  func createDirectory(_ path: String) throws(FileSystemError)
  /// Replaces what has the path `target` in one step.
  func rename(_ path: String, to target: String) throws(FileSystemError)
  func remove(_ path: String) throws(FileSystemError)
  /// Until a directory is synced, a power loss may undo the creations, renames and removals in it.
  func syncDirectory(_ path: String) throws(FileSystemError)
  /// Takes an exclusive lock on the file `path`, which is created if missing and then says who the `owner` is. nil, at once, when another
  /// process or another node of this one has it. The lock ends with `release`, and with the process however that ends.
  func lock(_ path: String, owner: String) throws(FileSystemError) -> (any FileLock)?
}

package enum FileAccess: Hashable, Sendable {
  case read
  /// For writing at the end; created when missing.
  case append
  /// For writing; created when missing, emptied when there.
  case replace
}

package struct FileStatus: Hashable, Sendable {
  package var byteCount: Int
  package var isDirectory: Bool

  package init(byteCount: Int, isDirectory: Bool) {
    self.byteCount = byteCount
    self.isDirectory = isDirectory
  }
}

/// Closed by `close`, or with its last reference.
package protocol OpenFile: AnyObject, Sendable {
  var path: String { get }
  /// Appends, and answers how many bytes it took: fewer than given when the disk is full in their midst. At least one, or an error.
  func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) -> Int
  /// Fills `buffer` from `offset` on, and answers how many bytes there were; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileSystemError) -> Int
  func byteCount() throws(FileSystemError) -> Int
  func truncate(to byteCount: Int) throws(FileSystemError)
  /// Returns when everything written is on the disk. After a failure the kernel may have dropped what was not, and a second call that
  /// succeeds proves nothing: treat the file as lost.
  func sync() throws(FileSystemError)
  func close() throws(FileSystemError)
}

package protocol FileLock: AnyObject, Sendable {
  /// False when the file system knows no locks: only nodes of this process are kept away.
  var excludesProcesses: Bool { get }
  func release()
}

extension OpenFile {
  /// Writes all of `bytes` or throws; then any prefix of them may be in the file.
  package func writeAll(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
    var written = 0
    while written < bytes.count {
      written += try write(UnsafeRawBufferPointer(rebasing: bytes[written...]))
    }
  }

  package func writeAll(_ bytes: [UInt8]) throws(FileSystemError) {
    try bytes.withUnsafeBufferPointer { bytes throws(FileSystemError) in try writeAll(UnsafeRawBufferPointer(bytes)) }
  }
}

extension FileSystem {
  /// The whole of a small file, or nil when it does not exist.
  package func contents(of path: String, byteCountMax: Int) throws(FileSystemError) -> [UInt8]? {
    guard try status(of: path) != nil else { return nil }
    let file = try open(path, for: .read)
    var contents: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while contents.count < byteCountMax {
      let offset = contents.count
      let count = try chunk.withUnsafeMutableBufferPointer { chunk throws(FileSystemError) in
        try file.read(into: UnsafeMutableRawBufferPointer(chunk), at: offset)
      }
      if count == 0 { break }
      contents.append(contentsOf: chunk[..<min(count, byteCountMax - contents.count)])
    }
    try file.close()
    return contents
  }

  /// Gives `path` new contents in one step: a reader finds the old ones or the new ones, whole, whenever the power goes.
  ///
  /// Throws when the old contents still stand. When only the last step failed, the new ones stand but a power loss may bring the old
  /// ones back: that error is returned.
  package func replaceContents(
    of path: String, with bytes: [UInt8], temporary: String
  ) throws(FileSystemError) -> FileSystemError? {
    do throws(FileSystemError) {
      let file = try open(temporary, for: .replace)
      try file.writeAll(bytes)
      try file.sync()
      try file.close()
      try rename(temporary, to: path)
    } catch {
      try? remove(temporary)
      throw error
    }
    do throws(FileSystemError) {
      try syncDirectory(FilePaths.parent(of: path))
      return nil
    } catch {
      return error
    }
  }
}

package enum FilePaths {
  package static func join(_ directory: String, _ name: String) -> String {
    if directory.isEmpty || name.first == "/" { return name }
    return directory.last == "/" ? directory + name : directory + "/" + name
  }

  /// The directory part of `path`; `.` when it has none.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package static func name(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }
}
