import Synchronization

/// A file system in front of another that fails when it is told to: the n-th operation, all writes to some file, everything from a moment
/// on. It counts all operations, so that a test can run a scenario once for each of them.
package final class FaultyFileSystem<Base: FileSystem>: FileSystem {
  /// Asked before each operation, with the number of operations before it.
  package typealias Plan = @Sendable (_ call: Int, _ operation: FileSystemError.Operation, _ path: String) -> FileFault?

  package let base: Base
  private let state = Mutex<(callCount: Int, plan: Plan?)>((0, nil))

  package init(_ base: Base) { self.base = base }

  package var callCount: Int { state.withLock { $0.callCount } }

  package func plan(_ plan: Plan?) { state.withLock { $0.plan = plan } }

  /// What is to happen to this operation. The plan runs outside the lock: it may look at the file system itself.
  fileprivate func fault(_ operation: FileSystemError.Operation, _ path: String) -> FileFault? {
    let (call, plan) = state.withLock { state in
      defer { state.callCount += 1 }
      return (state.callCount, state.plan)
    }
    return plan?(call, operation, path)
  }

  fileprivate func check(_ operation: FileSystemError.Operation, _ path: String) throws(FileSystemError) {
    if let fault = fault(operation, path) { throw FileSystemError(operation, path: path, linuxCode: fault.code) }
  }

  package func open(_ path: String, for access: FileAccess) throws(FileSystemError) -> any OpenFile {
    try check(.open, path)
    return FaultyFile(try base.open(path, for: access), self)
  }

  package func status(of path: String) throws(FileSystemError) -> FileStatus? {
    try check(.status, path)
    return try base.status(of: path)
  }

  package func entries(of directory: String) throws(FileSystemError) -> [String] {
    try check(.list, directory)
    return try base.entries(of: directory)
  }

  package func createDirectory(_ path: String) throws(FileSystemError) {
    try check(.createDirectory, path)
    try base.createDirectory(path)
  }

  package func rename(_ path: String, to target: String) throws(FileSystemError) {
    try check(.rename, path)
    try base.rename(path, to: target)
  }

  package func remove(_ path: String) throws(FileSystemError) {
    try check(.remove, path)
    try base.remove(path)
  }

  package func syncDirectory(_ path: String) throws(FileSystemError) {
    try check(.syncDirectory, path)
    try base.syncDirectory(path)
  }

  package func lock(_ path: String, owner: String) throws(FileSystemError) -> (any FileLock)? {
    try check(.lock, path)
    return try base.lock(path, owner: owner)
  }
}

/// What a planted fault does to an operation.
package enum FileFault: Hashable, Sendable {
  /// It fails with this errno, and does nothing. A sync that fails so leaves what it was to write readable, and loses it at the next power
  /// loss even if a later sync succeeds: so does Linux, which marks the pages clean.
  case error(Int32)
  /// A write takes only this many bytes, and the next one on the same file fails for want of space. Other operations fail for it at once.
  case shortWrite(Int)
  /// A sync fails with this errno, and what it was to write is gone from the file at once: its pages were dropped.
  case droppedPages(Int32)

  var code: Int32 {
    switch self {
    case .error(let code), .droppedPages(let code): code
    case .shortWrite: 28
    }
  }
}

/// A file that can lose what was not synced, on command.
protocol LossyFile: OpenFile {
  /// - Parameter atOnce: not only at the next power loss
  func loseUnsynced(atOnce: Bool)
}

private final class FaultyFile<Base: FileSystem>: OpenFile {
  private let file: any OpenFile
  private let fileSystem: FaultyFileSystem<Base>
  private let isFull = Atomic(false)

  init(_ file: any OpenFile, _ fileSystem: FaultyFileSystem<Base>) {
    self.file = file
    self.fileSystem = fileSystem
  }

  var path: String { file.path }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) -> Int {
    let fault = fileSystem.fault(.write, path)
    if isFull.exchange(false, ordering: .acquiringAndReleasing) { throw FileSystemError(.write, path: path, linuxCode: 28) }
    guard let fault else { return try file.write(bytes) }
    guard case .shortWrite(let limit) = fault else { throw FileSystemError(.write, path: path, linuxCode: fault.code) }
    guard limit < bytes.count else { return try file.write(bytes) }
    guard limit > 0 else { throw FileSystemError(.write, path: path, linuxCode: 28) }
    isFull.store(true, ordering: .releasing)
    return try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<limit]))
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileSystemError) -> Int {
    try fileSystem.check(.read, path)
    return try file.read(into: buffer, at: offset)
  }

  func byteCount() throws(FileSystemError) -> Int {
    try fileSystem.check(.status, path)
    return try file.byteCount()
  }

  func truncate(to byteCount: Int) throws(FileSystemError) {
    try fileSystem.check(.truncate, path)
    try file.truncate(to: byteCount)
  }

  func sync() throws(FileSystemError) {
    guard let fault = fileSystem.fault(.sync, path) else { return try file.sync() }
    var isAtOnce = false
    if case .droppedPages = fault { isAtOnce = true }
    (file as? any LossyFile)?.loseUnsynced(atOnce: isAtOnce)
    throw FileSystemError(.sync, path: path, linuxCode: fault.code)
  }

  func close() throws(FileSystemError) {
    // The descriptor is gone in any case, as after close(2).
    if let fault = fileSystem.fault(.close, path) {
      try file.close()
      throw FileSystemError(.close, path: path, linuxCode: fault.code)
    }
    try file.close()
  }
}

extension FaultyFileSystem where Base == MemoryFileSystem {
  package convenience init() { self.init(MemoryFileSystem()) }

  /// See `MemoryFileSystem.powerLoss`. The faults end with the machine's run.
  package func powerLoss(
    tear: MemoryFileSystem.Tear = { _, _ in 0 }, keep: MemoryFileSystem.Keep = { _ in false },
    hole: MemoryFileSystem.Hole = { _, _ in false }
  ) {
    plan(nil)
    base.powerLoss(tear: tear, keep: keep, hole: hole)
  }

  package func processDeath() {
    plan(nil)
    base.processDeath()
  }
}
