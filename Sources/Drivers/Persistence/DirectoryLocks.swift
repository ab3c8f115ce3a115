internal import NIOConcurrencyHelpers
internal import TernEngine
internal import TernNode
internal import TernPersistence

/// The data directories that this node writes to. Two processes that write into one would destroy each other's files.
///
/// A directory stays locked until the node ends: after `CONFIG SET dir` the append-only file is still in the old one.
final class DirectoryLocks: @unchecked Sendable {
  static let fileName = ".tern.lock"

  private let core: CoreAccess
  private let fileSystem: any FileSystem
  private let mutex = NIOLock()
  private var held: [String: any FileLock] = [:]

  init(_ core: CoreAccess, _ fileSystem: any FileSystem) {
    self.core = core
    self.fileSystem = fileSystem
  }

  /// Does nothing when this node has the lock.
  func lock(_ directory: String) throws(StartError) {
    if mutex.withLock({ held[directory] != nil }) { return }
    let path = FilePaths.join(directory, DirectoryLocks.fileName)
    let lock: (any FileLock)?
    do throws(FileSystemError) {
      lock = try fileSystem.lock(path, owner: "\(FileClock.processID)\n")
    } catch {
      throw StartError("The data directory \(directory) can't be used: \(error.reason)", file: error.path)
    }
    guard let lock else {
      throw StartError(
        "The data directory \(directory) can't be locked: \(owner(path)) is using it. Give each server a directory of its own", file: path)
    }
    mutex.withLock { held[directory] = lock }
    if !lock.excludesProcesses {
      core.log(
        .warning, "The file system of \(directory) knows no locks: nothing keeps another process from writing into the same directory.")
    }
  }

  private func owner(_ path: String) -> String {
    let text = (try? fileSystem.contents(of: path, byteCountMax: 32)) ?? nil
    guard let text, let process = Decimal.parse(Array(text.prefix { $0 >= 0x30 && $0 <= 0x39 })), process > 0 else {
      return "another process (whose pid it has not written down)"
    }
    return process == Int64(FileClock.processID) ? "another node of this process (pid \(process))" : "the process with pid \(process)"
  }

  func releaseAll() {
    let locks = mutex.withLock {
      defer { held = [:] }
      return held
    }
    for lock in locks.values { lock.release() }
  }
}
