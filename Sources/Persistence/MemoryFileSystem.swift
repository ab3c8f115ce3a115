import Synchronization

/// A disk in memory that loses what a real one may lose. Two versions of everything are kept: what a process sees, and what is on the
/// platter. `sync` moves a file's bytes over, `syncDirectory` a directory's entries; `powerLoss` throws away the rest.
///
/// It is stricter than most real file systems (ext4 also syncs the entry of a new file with the file): what survives here survives there.
package final class MemoryFileSystem: FileSystem {
  /// What a planted fault does to a call.
  package enum Fault: Hashable, Sendable {
    /// The call fails with this errno and does nothing. A failed sync loses, at the next power loss, all that was not on the platter,
    /// even if a later sync succeeds: so does Linux, which marks the pages clean.
    case error(Int32)
    /// A write takes only this many bytes; the next one on the same file fails for want of space.
    case shortWrite(Int)
  }

  /// Asked before each call that may fail, with the number of calls before it.
  package typealias FaultPlan = @Sendable (_ call: Int, _ operation: FileSystemError.Operation, _ path: String) -> Fault?

  /// How many of a file's bytes that were written but not synced reach the platter anyway, out of how many.
  package typealias Tear = (_ path: String, _ unsyncedByteCount: Int) -> Int

  /// Whether what happened to a name since its directory was synced (it appeared, vanished, or means another file) reaches the platter
  /// anyway. A journal may write one change and not another.
  package typealias Keep = (_ path: String) -> Bool

  final class Node {
    private(set) var bytes: [UInt8] = []
    /// What the platter holds is this prefix of `bytes`, unless it was cut below: then it is `diverged`. A log that is synced after each
    /// append is thus not copied each time.
    private(set) var durableByteCount = 0
    private var diverged: [UInt8]?
    var isDirectory: Bool
    var entries: [String: Node] = [:]
    var durableEntries: [String: Node] = [:]
    var lostSync = false
    var isFull = false

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
      if lostSync { return }
      diverged = nil
      durableByteCount = bytes.count
    }

    func powerLoss(tear: (Int) -> Int) {
      if let diverged {
        bytes = diverged
      } else {
        let unsynced = bytes.count - durableByteCount
        if unsynced > 0 { bytes.removeLast(unsynced - max(0, min(unsynced, tear(unsynced)))) }
      }
      diverged = nil
      durableByteCount = bytes.count
      lostSync = false
      isFull = false
    }
  }

  struct Disk {
    var root = Node(isDirectory: true)
    var callCount = 0
    var plan: FaultPlan?
    var locks: Set<String> = []
    /// Grows with each power loss: files opened before it are dead.
    var epoch = 0
  }

  /// `Node` is only touched with the lock held.
  struct Guarded: @unchecked Sendable { var disk = Disk() }

  let state = Mutex(Guarded())

  package init() {}

  /// How many calls were made so far; a test replays a scenario and fails each in turn.
  package var callCount: Int { state.withLock { $0.disk.callCount } }

  package func plan(_ plan: FaultPlan?) { state.withLock { $0.disk.plan = plan } }

  /// Everything not synced is gone, except what `tear` keeps of the ends of files and `keep` of the directories. All files are closed and
  /// all locks are free.
  package func powerLoss(tear: Tear = { _, _ in 0 }, keep: Keep = { _ in false }) {
    state.withLock { guarded in
      guarded.disk.epoch += 1
      guarded.disk.locks = []
      guarded.disk.plan = nil
      MemoryFileSystem.lose(guarded.disk.root, path: "", tear: tear, keep: keep)
    }
  }

  /// The process ends, and the disk does not: nothing written is lost.
  package func processDeath() {
    state.withLock { guarded in
      guarded.disk.epoch += 1
      guarded.disk.locks = []
      guarded.disk.plan = nil
    }
  }

  private static func lose(_ node: Node, path: String, tear: Tear, keep: Keep) {
    if node.isDirectory {
      for name in Set(node.entries.keys).union(node.durableEntries.keys).sorted()
      where node.entries[name] !== node.durableEntries[name] && keep(path + "/" + name) {
        node.durableEntries[name] = node.entries[name]
      }
      node.entries = node.durableEntries
      for (name, child) in node.entries.sorted(by: { $0.key < $1.key }) { lose(child, path: path + "/" + name, tear: tear, keep: keep) }
      return
    }
    node.powerLoss { tear(path, $0) }
  }
}

extension MemoryFileSystem {
  /// Text for the codes that this file system uses; the numbers are Linux's.
  static let reasons: [Int32: String] = [
    2: "No such file or directory", 5: "Input/output error", 9: "Bad file descriptor", 11: "Resource temporarily unavailable",
    13: "Permission denied", 17: "File exists", 20: "Not a directory", 21: "Is a directory", 28: "No space left on device",
    22: "Invalid argument", 39: "Directory not empty",
  ]

  static func error(_ operation: FileSystemError.Operation, _ path: String, _ code: Int32) -> FileSystemError {
    FileSystemError(operation, path: path, code: code, reason: reasons[code] ?? "Error \(code)")
  }

  /// Runs `body` with the disk, after the fault plan was asked.
  func call<T: Sendable>(
    _ operation: FileSystemError.Operation, _ path: String,
    _ body: (inout Disk, Fault?) throws(FileSystemError) -> sending T
  ) throws(FileSystemError) -> T {
    let result: Result<T, FileSystemError> = state.withLock { guarded in
      let fault = guarded.disk.plan?(guarded.disk.callCount, operation, path)
      guarded.disk.callCount += 1
      do throws(FileSystemError) {
        if case .error(let code) = fault, operation != .sync { throw MemoryFileSystem.error(operation, path, code) }
        return .success(try body(&guarded.disk, fault))
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
