import NIOConcurrencyHelpers
import TernPersistence

/// A process's view of a disk, which ends with the process: after `die` none of its threads does anything to the disk any more, as
/// a process whose machine has lost its power does not. (`MemoryFileSystem` closes the files of before, but knows no processes.)
final class MortalDisk: FileSystem, @unchecked Sendable {
  private let disk: any FileSystem
  private let lock = NIOLock()
  private var isDead = false

  init(_ disk: any FileSystem) { self.disk = disk }

  /// Runs `body` in the moment of death.
  func die(_ body: () -> Void) {
    lock.withLock {
      isDead = true
      body()
    }
  }

  private func alive<T>(_ operation: FileSystemError.Operation, _ path: String, _ body: () throws(FileSystemError) -> T)
    throws(FileSystemError) -> T
  {
    lock.lock()
    defer { lock.unlock() }
    if isDead { throw FileSystemError(operation, path: path, code: 5, reason: "the power is gone") }
    return try body()
  }

  func open(_ path: String, for access: FileAccess) throws(FileSystemError) -> any OpenFile {
    try alive(.open, path) { () throws(FileSystemError) in try disk.open(path, for: access) }
  }
  func status(of path: String) throws(FileSystemError) -> FileStatus? {
    try alive(.status, path) { () throws(FileSystemError) in try disk.status(of: path) }
  }
  func entries(of directory: String) throws(FileSystemError) -> [String] {
    try alive(.list, directory) { () throws(FileSystemError) in try disk.entries(of: directory) }
  }
  func createDirectory(_ path: String) throws(FileSystemError) {
    try alive(.createDirectory, path) { () throws(FileSystemError) in try disk.createDirectory(path) }
  }
  func rename(_ path: String, to target: String) throws(FileSystemError) {
    try alive(.rename, path) { () throws(FileSystemError) in try disk.rename(path, to: target) }
  }
  func remove(_ path: String) throws(FileSystemError) {
    try alive(.remove, path) { () throws(FileSystemError) in try disk.remove(path) }
  }
  func syncDirectory(_ path: String) throws(FileSystemError) {
    try alive(.syncDirectory, path) { () throws(FileSystemError) in try disk.syncDirectory(path) }
  }
  func lock(_ path: String, owner: String) throws(FileSystemError) -> (any FileLock)? {
    try alive(.lock, path) { () throws(FileSystemError) in try disk.lock(path, owner: owner) }
  }
}
