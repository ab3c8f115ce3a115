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
    let lock = try fileSystem.lock(lockPath)
    let held = try #require(throws: FileSystemError.self) { try fileSystem.lock(lockPath) }
    #expect(held.operation == .lock)
    lock.release()
    try fileSystem.lock(lockPath).release()
  }

  @Test func `the memory is a file system`() throws { try check(MemoryFileSystem(), in: "/") }

  @Test func `the disk is a file system`() throws {
    let directory = try TemporaryDirectory()
    try check(PosixFileSystem(), in: directory.path)
  }

  @Test func `a power loss takes unsynced bytes and entries of unsynced directories`() throws {
    let disk = MemoryFileSystem()
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
    let disk = MemoryFileSystem()
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
    let disk = MemoryFileSystem()
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
    let disk = MemoryFileSystem()
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
    let disk = MemoryFileSystem()
    let file = try disk.open("a", for: .append)
    disk.plan { _, operation, _ in operation == .write ? .shortWrite(2) : nil }
    let error = try #require(throws: FileSystemError.self) { try file.writeAll([1, 2, 3]) }
    #expect(error.code == 28)
    #expect(try disk.contents(of: "a", byteCountMax: 10) == [1, 2])
  }
}
