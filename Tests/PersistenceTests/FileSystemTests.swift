import Synchronization
import Testing

@testable import TernPersistence

/// What every file system must do; the memory's and the disk's go through the same.
@Suite struct FileSystemTests {
  private func check(_ fileSystem: any FileSystem, in directory: String) throws {
    let folder = FilePaths.join(directory, "sub")
    try fileSystem.createDirectory(folder)
    try fileSystem.createDirectory(folder)
    #expect(try fileSystem.status(of: folder) == FileStatus(byteCount: fileSystem.status(of: folder)?.byteCount ?? -1, isDirectory: true))
    let path = FilePaths.join(folder, "a")
    #expect(try fileSystem.status(of: path) == nil)
    let missing = try #require(throws: FileSystemError.self) { try fileSystem.open(path, for: .read) }
    #expect(missing == FileSystemError(.open, path: path, code: 2, reason: "No such file or directory"))

    let file = try fileSystem.open(path, for: .append)
    try file.writeAll(Array("hello".utf8))
    try file.sync()
    try file.truncate(to: 2)
    try file.writeAll(Array("y".utf8))
    #expect(try file.byteCount() == 3)
    try file.close()
    #expect(throws: FileSystemError.self) { try file.writeAll([1]) }
    #expect(try fileSystem.contents(of: path, byteCountMax: 100) == Array("hey".utf8))
    #expect(try fileSystem.contents(of: path, byteCountMax: 2) == Array("he".utf8))

    let again = try fileSystem.open(path, for: .append)
    try again.writeAll(Array("!".utf8))
    try again.close()
    let reader = try fileSystem.open(path, for: .read)
    var buffer = [UInt8](repeating: 0, count: 10)
    let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0, at: 2) }
    #expect(Array(buffer[..<count]) == Array("y!".utf8))
    #expect(try buffer.withUnsafeMutableBytes { try reader.read(into: $0, at: 4) } == 0)
    #expect(throws: FileSystemError.self) { try reader.writeAll([1]) }

    let other = FilePaths.join(folder, "b")
    #expect(try fileSystem.replaceContents(of: other, with: [1, 2], temporary: FilePaths.join(folder, "temp")) == nil)
    try fileSystem.rename(path, to: other)
    #expect(try fileSystem.entries(of: folder) == ["b"])
    #expect(try fileSystem.contents(of: other, byteCountMax: 100) == Array("hey!".utf8))
    let emptied = try fileSystem.open(other, for: .replace)
    #expect(try emptied.byteCount() == 0)
    try fileSystem.syncDirectory(folder)
    try fileSystem.remove(other)
    #expect(throws: FileSystemError.self) { try fileSystem.remove(other) }
    #expect(throws: FileSystemError.self) { try fileSystem.open(folder, for: .append) }
    #expect(throws: FileSystemError.self) { try fileSystem.rename(other, to: path) }
    #expect(throws: FileSystemError.self) { try fileSystem.syncDirectory(other) }

    let lockPath = FilePaths.join(directory, "lock")
    let lock = try #require(try fileSystem.lock(lockPath, owner: "4711\n"))
    #expect(lock.excludesProcesses)
    #expect(try fileSystem.lock(lockPath, owner: "4712\n") == nil)
    #expect(try fileSystem.contents(of: lockPath, byteCountMax: 100) == Array("4711\n".utf8))
    lock.release()
    lock.release()
    let next = try #require(try fileSystem.lock(lockPath, owner: "12"))
    #expect(try fileSystem.contents(of: lockPath, byteCountMax: 100) == Array("12".utf8))
    next.release()
    #expect(throws: FileSystemError.self) { try fileSystem.lock(FilePaths.join(directory, "nowhere/lock"), owner: "") }
  }

  @Test func `the memory is a file system`() throws { try check(MemoryFileSystem(), in: "/") }

  @Test func `a faulty file system without faults is the one behind it`() throws { try check(TestDisk(), in: "/") }

  @Test func `the disk is a file system`() throws {
    let directory = try TemporaryDirectory()
    try check(PosixFileSystem(), in: directory.path)
  }

  @Test func `a power loss takes unsynced bytes and entries of unsynced directories`() throws {
    let disk = TestDisk()
    let file = try disk.open("kept", for: .append)
    try file.writeAll([1, 2])
    try file.sync()
    try disk.syncDirectory("/")
    try file.writeAll([3, 4, 5])
    let unnamed = try disk.open("unnamed", for: .append)
    try unnamed.writeAll([1])
    try unnamed.sync()
    try disk.rename("kept", to: "renamed")
    disk.powerLoss { _, unsynced in unsynced - 1 }
    #expect(try disk.entries(of: "/") == ["kept"])
    #expect(try disk.contents(of: "kept", byteCountMax: 10) == [1, 2, 3, 4])
    #expect(throws: FileSystemError.self) { try file.writeAll([1]) }
    disk.powerLoss()
    #expect(try disk.contents(of: "kept", byteCountMax: 10) == [1, 2, 3, 4])
  }

  @Test func `a power loss may keep one change of a directory and lose another`() throws {
    let disk = TestDisk()
    for name in ["a", "b"] {
      let file = try disk.open(name, for: .append)
      try file.writeAll([1])
      try file.sync()
    }
    try disk.syncDirectory("/")
    try disk.rename("a", to: "c")
    try disk.remove("b")
    disk.powerLoss(keep: { $0 == "/c" })
    #expect(try disk.entries(of: "/") == ["a", "b", "c"])
    #expect(try disk.contents(of: "c", byteCountMax: 10) == [1])
  }

  @Test func `what was cut off without a sync comes back`() throws {
    let disk = TestDisk()
    let file = try disk.open("a", for: .append)
    try file.writeAll([1, 2, 3])
    try file.sync()
    try disk.syncDirectory("/")
    try file.truncate(to: 1)
    try file.writeAll([9])
    #expect(try disk.contents(of: "a", byteCountMax: 10) == [1, 9])
    disk.powerLoss()
    #expect(try disk.contents(of: "a", byteCountMax: 10) == [1, 2, 3])
  }

  @Test func `after a failed sync a later success proves nothing`() throws {
    let disk = TestDisk()
    let file = try disk.open("a", for: .append)
    try disk.syncDirectory("/")
    try file.writeAll([1])
    disk.plan { _, operation, _ in operation == .sync ? .error(5) : nil }
    #expect(throws: FileSystemError(.sync, path: "a", code: 5, reason: "Input/output error")) { try file.sync() }
    disk.plan(nil)
    try file.sync()
    disk.powerLoss()
    #expect(try disk.contents(of: "a", byteCountMax: 10) == [])
  }

  @Test func `a full disk takes part of a write`() throws {
    let disk = TestDisk()
    let file = try disk.open("a", for: .append)
    disk.plan { _, operation, _ in operation == .write ? .shortWrite(2) : nil }
    let error = try #require(throws: FileSystemError.self) { try file.writeAll([1, 2, 3]) }
    #expect(error.code == 28)
    #expect(try disk.contents(of: "a", byteCountMax: 10) == [1, 2])
  }

  @Test func `a failed sync may drop at once what it was to write, and what comes behind it is no continuation`() throws {
    let disk = TestDisk()
    let file = try disk.open("a", for: .append)
    try disk.syncDirectory("/")
    try file.writeAll([1, 2])
    try file.sync()
    try file.writeAll([3])
    disk.plan { _, operation, _ in operation == .sync ? .droppedPages(5) : nil }
    #expect(throws: FileSystemError.self) { try file.sync() }
    disk.plan(nil)
    try file.writeAll([4])
    try file.sync()
    disk.powerLoss()
    #expect(try disk.contents(of: "a", byteCountMax: 10) == [1, 2, 4])
  }

  @Test func `a power loss may leave holes in what was not synced`() throws {
    let disk = MemoryFileSystem()
    let file = try disk.open("a", for: .append)
    try disk.syncDirectory("/")
    try file.writeAll([UInt8](repeating: 1, count: 700))
    try file.sync()
    try file.writeAll([UInt8](repeating: 2, count: 1500))
    var blocks: [Range<Int>] = []
    disk.powerLoss(
      tear: { $1 },
      hole: { _, block in
        blocks.append(block)
        return block.lowerBound == 1024
      })
    #expect(blocks == [700..<1024, 1024..<1536, 1536..<2048, 2048..<2200])
    let bytes = try #require(try disk.contents(of: "a", byteCountMax: 10_000))
    #expect(bytes.count == 2200)
    #expect(bytes[..<700].allSatisfy { $0 == 1 } && bytes[700..<1024].allSatisfy { $0 == 2 })
    #expect(bytes[1024..<1536].allSatisfy { $0 == 0 } && bytes[1536...].allSatisfy { $0 == 2 })
  }

  @Test func `a cut without a sync is undone or not, as a journal has it`() throws {
    for isKept in [true, false] {
      let disk = MemoryFileSystem()
      let file = try disk.open("a", for: .append)
      try disk.syncDirectory("/")
      try file.writeAll([1, 2, 3])
      try file.sync()
      try file.truncate(to: 1)
      disk.powerLoss(keep: { _ in isKept })
      #expect(try disk.contents(of: "a", byteCountMax: 10) == (isKept ? [1] : [1, 2, 3]))
    }
  }

  @Test func `a copy of a disk goes its own way`() throws {
    let disk = MemoryFileSystem()
    let file = try disk.open("a", for: .append)
    try file.writeAll([1])
    try file.sync()
    try disk.syncDirectory("/")
    try file.writeAll([2])
    try disk.rename("a", to: "b")
    let copy = disk.copy()
    try file.writeAll([3])
    try file.sync()
    copy.powerLoss()
    #expect(try copy.entries(of: "/") == ["a"])
    #expect(try copy.contents(of: "a", byteCountMax: 10) == [1])
    #expect(try disk.contents(of: "b", byteCountMax: 10) == [1, 2, 3])
  }

  @Test func `each operation is asked about once, with its number`() throws {
    let disk = TestDisk()
    let file = try disk.open("a", for: .append)
    let before = disk.callCount
    let asked = Mutex<[String]>([])
    disk.plan { call, operation, path in
      asked.withLock { $0.append("\(call - before) \(operation.rawValue) \(path)") }
      return nil
    }
    try file.writeAll([1])
    try file.sync()
    try disk.rename("a", to: "b")
    try disk.syncDirectory("/")
    #expect(asked.withLock { $0 } == ["0 write a", "1 sync a", "2 rename a", "3 sync directory /"])
  }
}
