import Synchronization

/// A disk in memory that loses what a real one may lose. Two versions of everything are kept: what a process sees, and what is on the
/// platter. `sync` moves a file's bytes over, `syncDirectory` a directory's entries; `powerLoss` throws away the rest, or parts of it in
/// any order.
///
/// It is stricter than most real file systems (ext4 also syncs the entry of a new file with the file): what survives here survives there.
/// It never fails by itself; `FaultyFileSystem` in front of it does.
package final class MemoryFileSystem: FileSystem {
  /// How many of a file's bytes that were written but not synced reach the platter anyway, out of how many.
  package typealias Tear = (_ path: String, _ unsyncedByteCount: Int) -> Int

  /// Whether what happened to a name since its directory was synced (it appeared, vanished, or means another file) reaches the platter
  /// anyway, or that a file was cut. A journal may write one change and not another.
  package typealias Keep = (_ path: String) -> Bool

  /// Whether a block of what `Tear` kept was not written although a later one was: it reads as zeros.
  package typealias Hole = (_ path: String, _ block: Range<Int>) -> Bool

  final class Node {
    private(set) var bytes: [UInt8] = []
    /// What the platter holds is this prefix of `bytes`, unless it was cut below: then it is `diverged`. A log that is synced after each
    /// append is thus not copied each time.
    private(set) var durableByteCount = 0
    private var diverged: [UInt8]?
    var isDirectory: Bool
    var entries: [String: Node] = [:]
    var durableEntries: [String: Node] = [:]
    private var hasLost = false

    init(isDirectory: Bool) { self.isDirectory = isDirectory }

    func append(_ slice: UnsafeRawBufferPointer) { bytes.append(contentsOf: slice) }

    func truncate(to byteCount: Int) {
      if byteCount < durableByteCount, diverged == nil { diverged = Array(bytes[..<durableByteCount]) }
      if byteCount < bytes.count {
        bytes.removeLast(bytes.count - max(0, byteCount))
      } else {
        bytes.append(contentsOf: repeatElement(0, count: byteCount - bytes.count))
      }
    }

    func sync() {
      if hasLost { return }
      diverged = nil
      durableByteCount = bytes.count
    }

    func loseUnsynced(atOnce: Bool) {
      guard atOnce else {
        hasLost = true
        return
      }
      bytes = diverged ?? Array(bytes[..<durableByteCount])
      diverged = nil
      durableByteCount = bytes.count
    }

    func powerLoss(tear: (Int) -> Int, keepsCut: Bool, hole: (Range<Int>) -> Bool) {
      if let diverged {
        if keepsCut { bytes = Array(diverged[..<min(diverged.count, bytes.count)]) } else { bytes = diverged }
      } else {
        let unsynced = bytes.count - durableByteCount
        if unsynced > 0 { bytes.removeLast(unsynced - max(0, min(unsynced, tear(unsynced)))) }
        var start = durableByteCount
        while start < bytes.count {
          let end = min(bytes.count, (start / MemoryFileSystem.blockBytes + 1) * MemoryFileSystem.blockBytes)
          if hole(start..<end) { for i in start..<end { bytes[i] = 0 } }
          start = end
        }
      }
      diverged = nil
      durableByteCount = bytes.count
      hasLost = false
    }

    /// Nodes that are reached on two ways stay one.
    func copy(_ copies: inout [ObjectIdentifier: Node]) -> Node {
      if let copy = copies[ObjectIdentifier(self)] { return copy }
      let copy = Node(isDirectory: isDirectory)
      copies[ObjectIdentifier(self)] = copy
      copy.bytes = bytes
      copy.durableByteCount = durableByteCount
      copy.diverged = diverged
      copy.hasLost = hasLost
      copy.entries = entries.mapValues { $0.copy(&copies) }
      copy.durableEntries = durableEntries.mapValues { $0.copy(&copies) }
      return copy
    }
  }

  struct Disk {
    var root = Node(isDirectory: true)
    var locks: Set<String> = []
    /// Grows with each power loss: files opened before it are dead.
    var epoch = 0
  }

  /// `Node` is only touched with the lock held.
  struct Guarded: @unchecked Sendable { var disk = Disk() }

  /// What a disk writes as one.
  static let blockBytes = 512

  let state = Mutex(Guarded())

  package init() {}

  /// The same disk, as it is now, in another machine: no file is open there and nothing is locked.
  package func copy() -> MemoryFileSystem {
    let copy = MemoryFileSystem()
    state.withLock { guarded in
      var copies: [ObjectIdentifier: Node] = [:]
      let root = Guarded(disk: Disk(root: guarded.disk.root.copy(&copies)))
      copy.state.withLock { $0 = root }
    }
    return copy
  }

  /// Everything not synced is gone, except what `tear` keeps of the ends of files (less the blocks that `hole` takes out of them) and
  /// `keep` of the directories. All files are closed and all locks are free.
  package func powerLoss(tear: Tear = { _, _ in 0 }, keep: Keep = { _ in false }, hole: Hole = { _, _ in false }) {
    state.withLock { guarded in
      guarded.disk.epoch += 1
      guarded.disk.locks = []
      MemoryFileSystem.lose(guarded.disk.root, path: "", tear, keep, hole)
    }
  }

  /// The process ends, and the disk does not: nothing written is lost.
  package func processDeath() {
    state.withLock { guarded in
      guarded.disk.epoch += 1
      guarded.disk.locks = []
    }
  }

  private static func lose(_ node: Node, path: String, _ tear: Tear, _ keep: Keep, _ hole: Hole) {
    if node.isDirectory {
      for name in Set(node.entries.keys).union(node.durableEntries.keys).sorted()
      where node.entries[name] !== node.durableEntries[name] && keep(path + "/" + name) {
        node.durableEntries[name] = node.entries[name]
      }
      node.entries = node.durableEntries
      for (name, child) in node.entries.sorted(by: { $0.key < $1.key }) { lose(child, path: path + "/" + name, tear, keep, hole) }
      return
    }
    node.powerLoss(tear: { tear(path, $0) }, keepsCut: keep(path), hole: { hole(path, $0) })
  }
}

extension MemoryFileSystem {
  static func error(_ operation: FileSystemError.Operation, _ path: String, _ code: Int32) -> FileSystemError {
    FileSystemError(operation, path: path, linuxCode: code)
  }

  /// Runs `body` with the disk.
  func call<T: Sendable>(_ body: (inout Disk) throws(FileSystemError) -> sending T) throws(FileSystemError) -> T {
    let result: Result<T, FileSystemError> = state.withLock { guarded in
      do throws(FileSystemError) {
        return .success(try body(&guarded.disk))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  static func components(_ path: String) -> [String] {
    path.split(separator: "/").filter { $0 != "." }.map(String.init)
  }
}

extension MemoryFileSystem.Disk {
  func node(_ path: String) -> MemoryFileSystem.Node? {
    var node = root
    for name in MemoryFileSystem.components(path) {
      guard node.isDirectory, let child = node.entries[name] else { return nil }
      node = child
    }
    return node
  }

  /// The directory that holds `path`, and the name in it.
  func place(
    _ path: String, _ operation: FileSystemError.Operation
  ) throws(FileSystemError) -> (directory: MemoryFileSystem.Node, name: String) {
    let components = MemoryFileSystem.components(path)
    guard let name = components.last, let directory = node(components.dropLast().joined(separator: "/")) else {
      throw MemoryFileSystem.error(operation, path, 2)
    }
    guard directory.isDirectory else { throw MemoryFileSystem.error(operation, path, 20) }
    return (directory, name)
  }
}
