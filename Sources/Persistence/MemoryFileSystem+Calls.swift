import Synchronization

extension MemoryFileSystem {
  package func open(_ path: String, for access: FileAccess) throws(FileSystemError) -> any OpenFile {
    try call { disk throws(FileSystemError) in
      let place = try disk.place(path, .open)
      let node: Node
      if let existing = place.directory.entries[place.name] {
        if existing.isDirectory { throw MemoryFileSystem.error(.open, path, 21) }
        node = existing
      } else {
        if access == .read { throw MemoryFileSystem.error(.open, path, 2) }
        node = Node(isDirectory: false)
        place.directory.entries[place.name] = node
      }
      if access == .replace { node.truncate(to: 0) }
      return MemoryFile(path: path, access: access, node: node, fileSystem: self, epoch: disk.epoch)
    }
  }

  package func status(of path: String) throws(FileSystemError) -> FileStatus? {
    try call { disk in
      disk.node(path).map { FileStatus(byteCount: $0.bytes.count, isDirectory: $0.isDirectory) }
    }
  }

  package func entries(of directory: String) throws(FileSystemError) -> [String] {
    try call { disk throws(FileSystemError) in
      guard let node = disk.node(directory) else { throw MemoryFileSystem.error(.list, directory, 2) }
      guard node.isDirectory else { throw MemoryFileSystem.error(.list, directory, 20) }
      return node.entries.keys.sorted()
    }
  }

  package func createDirectory(_ path: String) throws(FileSystemError) {
    try call { disk throws(FileSystemError) in
      if MemoryFileSystem.components(path).isEmpty { return }
      let place = try disk.place(path, .createDirectory)
      if let existing = place.directory.entries[place.name] {
        if !existing.isDirectory { throw MemoryFileSystem.error(.createDirectory, path, 17) }
        return
      }
      place.directory.entries[place.name] = Node(isDirectory: true)
    }
  }

  package func rename(_ path: String, to target: String) throws(FileSystemError) {
    try call { disk throws(FileSystemError) in
      let from = try disk.place(path, .rename)
      let to = try disk.place(target, .rename)
      guard let node = from.directory.entries[from.name] else { throw MemoryFileSystem.error(.rename, path, 2) }
      if let existing = to.directory.entries[to.name], existing.isDirectory { throw MemoryFileSystem.error(.rename, target, 21) }
      from.directory.entries[from.name] = nil
      to.directory.entries[to.name] = node
    }
  }

  package func remove(_ path: String) throws(FileSystemError) {
    try call { disk throws(FileSystemError) in
      let place = try disk.place(path, .remove)
      guard let node = place.directory.entries[place.name] else { throw MemoryFileSystem.error(.remove, path, 2) }
      if !node.entries.isEmpty { throw MemoryFileSystem.error(.remove, path, 39) }
      place.directory.entries[place.name] = nil
    }
  }

  package func syncDirectory(_ path: String) throws(FileSystemError) {
    try call { disk throws(FileSystemError) in
      guard let node = disk.node(path) else { throw MemoryFileSystem.error(.syncDirectory, path, 2) }
      guard node.isDirectory else { throw MemoryFileSystem.error(.syncDirectory, path, 20) }
      node.durableEntries = node.entries
    }
  }

  package func lock(_ path: String, owner: String) throws(FileSystemError) -> (any FileLock)? {
    try call { disk throws(FileSystemError) in
      let place = try disk.place(path, .lock)
      let key = MemoryFileSystem.components(path).joined(separator: "/")
      guard disk.locks.insert(key).inserted else { return nil }
      let node = place.directory.entries[place.name] ?? Node(isDirectory: false)
      place.directory.entries[place.name] = node
      node.truncate(to: 0)
      Array(owner.utf8).withUnsafeBytes { node.append($0) }
      return MemoryLock(key: key, epoch: disk.epoch, fileSystem: self)
    }
  }
}

private final class MemoryLock: FileLock {
  private let key: String
  private let epoch: Int
  private let fileSystem: MemoryFileSystem

  init(key: String, epoch: Int, fileSystem: MemoryFileSystem) {
    self.key = key
    self.epoch = epoch
    self.fileSystem = fileSystem
  }

  deinit { release() }

  var excludesProcesses: Bool { true }

  func release() {
    fileSystem.state.withLock { guarded in
      // A lock that a power loss ended may have a new owner by now.
      if guarded.disk.epoch == epoch { guarded.disk.locks.remove(key) }
    }
  }
}
