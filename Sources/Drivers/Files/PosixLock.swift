import Synchronization
package import TernPersistence

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension PosixFileSystem {
  package func lock(_ path: String, owner: String) throws(FileSystemError) -> (any FileLock)? {
    let descriptor = try PosixFileSystem.openLockFile(path)
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      let code = errno
      _ = posixClose(descriptor)
      throw PosixFileSystem.error(.lock, path, code)
    }
    // Where `flock` stands for locks of the whole process (NFS), two nodes of one process would not keep each other away.
    let identity = PosixLock.Identity(device: UInt64(truncatingIfNeeded: information.st_dev), inode: UInt64(information.st_ino))
    guard PosixLock.held.withLock({ $0.insert(identity).inserted }) else {
      _ = posixClose(descriptor)
      return nil
    }
    var excludesProcesses = true
    do throws(FileSystemError) {
      _ = try PosixFileSystem.check(.lock, path) { flock(descriptor, LOCK_EX | LOCK_NB) }
    } catch {
      switch error.code {
      case ENOLCK, ENOSYS, EOPNOTSUPP, ENOTSUP: excludesProcesses = false
      default:
        PosixLock.held.withLock { _ = $0.remove(identity) }
        _ = posixClose(descriptor)
        if error.code == EWOULDBLOCK { return nil }
        throw error
      }
    }
    // For whoever is refused; a disk too full for it must not keep the node from starting.
    if ftruncate(descriptor, 0) == 0 { _ = Array(owner.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) } }
    return PosixLock(descriptor: descriptor, identity: identity, excludesProcesses: excludesProcesses)
  }

  private static func openLockFile(_ path: String) throws(FileSystemError) -> Int32 {
    do throws(FileSystemError) {
      return try check(.lock, path) { posixOpen(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
    } catch {
      // Another user's file of an earlier run can be locked without being written.
      guard error.code == EACCES || error.code == EPERM || error.code == EROFS else { throw error }
      let descriptor = posixOpen(path, O_RDONLY | O_CLOEXEC, 0)
      if descriptor < 0 { throw error }
      return descriptor
    }
  }
}

/// `flock` locks belong to the open file, so the lock ends with the descriptor, and with the process however it ends.
private final class PosixLock: FileLock {
  struct Identity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
  }

  /// Of this process.
  static let held = Mutex<Set<Identity>>([])

  let excludesProcesses: Bool
  private let descriptor: PosixDescriptor
  private let identity: Identity

  init(descriptor: Int32, identity: Identity, excludesProcesses: Bool) {
    self.descriptor = PosixDescriptor(descriptor)
    self.identity = identity
    self.excludesProcesses = excludesProcesses
  }

  deinit { release() }

  func release() {
    guard descriptor.value >= 0 else { return }
    // Nobody is the owner any more.
    _ = ftruncate(descriptor.value, 0)
    PosixLock.held.withLock {
      // With the descriptor: whoever finds the entry gone must find the lock free.
      if descriptor.closes() { $0.remove(identity) }
    }
  }
}
