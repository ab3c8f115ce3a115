import Synchronization
import TernPersistence

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A descriptor that is closed once: its number may be another file's the moment after.
final class PosixDescriptor: Sendable {
  private let number: Atomic<Int32>

  init(_ number: Int32) { self.number = Atomic(number) }

  deinit { _ = close() }

  /// -1 after `close`, which every call answers with EBADF.
  var value: Int32 { number.load(ordering: .acquiring) }

  /// Whether this call was the one that closed it.
  func closes() -> Bool {
    let descriptor = number.exchange(-1, ordering: .acquiringAndReleasing)
    if descriptor >= 0 { _ = posixClose(descriptor) }
    return descriptor >= 0
  }

  /// The result of close(2), 0 if there was nothing to close. Not repeated after EINTR: Linux has closed it by then.
  func close() -> Int32 {
    let descriptor = number.exchange(-1, ordering: .acquiringAndReleasing)
    return descriptor < 0 ? 0 : posixClose(descriptor)
  }
}

final class PosixFile: OpenFile {
  let path: String
  private let descriptor: PosixDescriptor

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = PosixDescriptor(descriptor)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) -> Int {
    if bytes.isEmpty { return 0 }
    let count = try PosixFileSystem.check(.write, path) { posixWrite(descriptor.value, bytes) }
    // write(2) of a regular file never answers 0 for a non-empty buffer; whoever loops until all is written would loop for ever.
    if count == 0 { throw PosixFileSystem.error(.write, path, ENOSPC) }
    return count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileSystemError) -> Int {
    try PosixFileSystem.check(.read, path) { pread(descriptor.value, buffer.baseAddress, buffer.count, off_t(offset)) }
  }

  func byteCount() throws(FileSystemError) -> Int {
    var information = stat()
    _ = try PosixFileSystem.check(.status, path) { fstat(descriptor.value, &information) }
    return Int(information.st_size)
  }

  func truncate(to byteCount: Int) throws(FileSystemError) {
    _ = try PosixFileSystem.check(.truncate, path) { ftruncate(descriptor.value, off_t(byteCount)) }
  }

  func sync() throws(FileSystemError) {
    _ = try PosixFileSystem.check(.sync, path) { posixSync(descriptor.value) }
  }

  func close() throws(FileSystemError) {
    if descriptor.close() != 0 { throw PosixFileSystem.error(.close, path, errno) }
  }
}

private func posixWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  // Linux takes at most 2 GB in one call, macOS refuses more.
  write(descriptor, bytes.baseAddress, min(bytes.count, 1 << 30))
}

/// To the platter. On Linux fdatasync suffices: it writes a changed size too, only times may be lost. On macOS fsync stops at the drive's
/// cache; F_FULLFSYNC does not, but not every file system has it. Any other
/// failure of it is one: fsync would then succeed and prove nothing.
private func posixSync(_ descriptor: Int32) -> Int32 {
  #if canImport(Darwin)
    if fcntl(descriptor, F_FULLFSYNC) == 0 { return 0 }
    guard errno == ENOTSUP || errno == EINVAL || errno == ENOTTY else { return -1 }
    return fsync(descriptor)
  #else
    return fdatasync(descriptor)
  #endif
}
