package import TernPersistence

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The disk, by POSIX calls. Files are opened close-on-exec: notification scripts of a sentinel must not inherit a log.
package struct PosixFileSystem: FileSystem {
  package init() {}

  package func open(_ path: String, for access: FileAccess) throws(FileSystemError) -> any OpenFile {
    let flags: Int32 =
      switch access {
      case .read: O_RDONLY
      case .append: O_WRONLY | O_APPEND | O_CREAT
      case .replace: O_WRONLY | O_APPEND | O_CREAT | O_TRUNC
      }
    let descriptor = try PosixFileSystem.check(.open, path) { posixOpen(path, flags | O_CLOEXEC, 0o644) }
    return PosixFile(path: path, descriptor: descriptor)
  }

  package func status(of path: String) throws(FileSystemError) -> FileStatus? {
    var information = stat()
    while true {
      if stat(path, &information) == 0 {
        return FileStatus(byteCount: Int(information.st_size), isDirectory: information.st_mode & S_IFMT == S_IFDIR)
      }
      let code = errno
      if code == EINTR { continue }
      if code == ENOENT { return nil }
      throw PosixFileSystem.error(.status, path, code)
    }
  }

  package func entries(of directory: String) throws(FileSystemError) -> [String] {
    guard let stream = opendir(directory) else { throw PosixFileSystem.error(.list, directory, errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        let code = errno
        if code != 0 { throw PosixFileSystem.error(.list, directory, code) }
        return names.sorted()
      }
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
  }

  package func createDirectory(_ path: String) throws(FileSystemError) {
    if mkdir(path, 0o755) == 0 { return }
    let code = errno
    if code == EEXIST, let status = try status(of: path), status.isDirectory { return }
    throw PosixFileSystem.error(.createDirectory, path, code)
  }

  package func rename(_ path: String, to target: String) throws(FileSystemError) {
    _ = try PosixFileSystem.check(.rename, path) { posixRename(path, target) }
  }

  package func remove(_ path: String) throws(FileSystemError) {
    if unlink(path) == 0 { return }
    let code = errno
    // Linux answers EISDIR for a directory, other systems EPERM.
    if code == EISDIR || code == EPERM, rmdir(path) == 0 { return }
    throw PosixFileSystem.error(.remove, path, code)
  }

  package func syncDirectory(_ path: String) throws(FileSystemError) {
    let descriptor = try PosixFileSystem.check(.syncDirectory, path) { posixOpen(path, O_RDONLY | O_CLOEXEC, 0) }
    defer { _ = posixClose(descriptor) }
    do throws(FileSystemError) {
      _ = try PosixFileSystem.check(.syncDirectory, path) { fsync(descriptor) }
    } catch {
      // Some file systems cannot sync a directory and say so with EINVAL or EBADF; there is nothing to wait for then. Redis does the same.
      if error.code != EINVAL && error.code != EBADF { throw error }
    }
  }
}

extension PosixFileSystem {
  static func error(_ operation: FileSystemError.Operation, _ path: String, _ code: Int32) -> FileSystemError {
    FileSystemError(operation, path: path, code: code, reason: String(cString: strerror(code)))
  }

  /// Repeats a call that a signal interrupted; the result of one that did not answer -1.
  static func check<T: SignedInteger>(
    _ operation: FileSystemError.Operation, _ path: String, _ call: () -> T
  ) throws(FileSystemError) -> T {
    while true {
      let result = call()
      if result != -1 { return result }
      let code = errno
      if code != EINTR { throw error(operation, path, code) }
    }
  }
}

// The names of these calls are also names of methods here.
func posixOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
func posixClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
private func posixRename(_ path: String, _ target: String) -> Int32 { rename(path, target) }
