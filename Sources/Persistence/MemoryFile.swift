import Synchronization

/// A file that is open on a `MemoryFileSystem`. It follows the node, not the name: a rename does not disturb it.
final class MemoryFile: LossyFile, @unchecked Sendable {
  let path: String
  private let access: FileAccess
  /// Touched only inside `fileSystem.call`, which holds the lock; everything else here is constant but `isClosed`, which is too.
  private let node: MemoryFileSystem.Node
  private let fileSystem: MemoryFileSystem
  private let epoch: Int
  private let isClosed = Atomic(false)

  init(path: String, access: FileAccess, node: MemoryFileSystem.Node, fileSystem: MemoryFileSystem, epoch: Int) {
    self.path = path
    self.access = access
    self.node = node
    self.fileSystem = fileSystem
    self.epoch = epoch
  }

  private func call<T: Sendable>(
    _ operation: FileSystemError.Operation,
    _ body: (MemoryFileSystem.Node) throws(FileSystemError) -> sending T
  ) throws(FileSystemError) -> T {
    let closed = isClosed.load(ordering: .acquiring)
    return try fileSystem.call { disk throws(FileSystemError) in
      guard !closed, disk.epoch == epoch else { throw MemoryFileSystem.error(operation, path, 9) }
      return try body(node)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) -> Int {
    guard access != .read else { throw MemoryFileSystem.error(.write, path, 9) }
    if bytes.isEmpty { return 0 }
    return try call(.write) { node in
      node.append(bytes)
      return bytes.count
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileSystemError) -> Int {
    guard access == .read else { throw MemoryFileSystem.error(.read, path, 9) }
    return try call(.read) { node in
      guard offset >= 0, offset < node.bytes.count else { return 0 }
      let count = min(buffer.count, node.bytes.count - offset)
      buffer.copyBytes(from: node.bytes[offset..<(offset + count)])
      return count
    }
  }

  func byteCount() throws(FileSystemError) -> Int { try call(.status) { node in node.bytes.count } }

  func truncate(to byteCount: Int) throws(FileSystemError) {
    guard access != .read else { throw MemoryFileSystem.error(.truncate, path, 22) }
    try call(.truncate) { node in node.truncate(to: byteCount) }
  }

  func sync() throws(FileSystemError) {
    try call(.sync) { node in node.sync() }
  }

  func loseUnsynced(atOnce: Bool) {
    fileSystem.state.withLock { guarded in
      if guarded.disk.epoch == epoch { node.loseUnsynced(atOnce: atOnce) }
    }
  }

  func close() throws(FileSystemError) {
    try call(.close) { _ in }
    isClosed.store(true, ordering: .releasing)
  }
}
