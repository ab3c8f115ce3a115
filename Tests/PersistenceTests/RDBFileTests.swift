import Testing

@testable import TernPersistence

@Suite struct RDBFileTests {
  private func save(_ dataset: Dataset, to disk: any FileSystem) throws(FileSystemError) {
    let saver = try RDBFileSaver(disk, path: "dump.rdb", number: 77, autosyncByteCount: 500)
    let file = dataset.rdb()
    for begin in stride(from: 0, to: file.count, by: 300) { try saver.write(Array(file[begin..<min(begin + 300, file.count)])) }
    try saver.finish()
  }

  private func load(_ disk: any FileSystem, chunkByteCount: Int = 100) throws(RDBFileLoader.Failure) -> ReadRDB? {
    guard var loader = try RDBFileLoader(disk, path: "dump.rdb", chunkByteCount: chunkByteCount) else { return nil }
    var read = ReadRDB()
    var database = 0
    while let event = try loader.next() { read.add(event, &database) }
    #expect(loader.bytesRead == loader.bytesTotal)
    return read
  }

  @Test func `a saved file survives a power loss and loads`() throws {
    let disk = TestDisk()
    #expect(try load(disk) == nil)
    let dataset = Dataset.generated(seed: 41, count: 60)
    try save(dataset, to: disk)
    disk.powerLoss()
    #expect(try load(disk)?.databases == dataset.sets)
    #expect(try disk.entries(of: "/") == ["dump.rdb"])
  }

  @Test func `when any step of a save fails, the old file or the new one is there, whole`() throws {
    let old = Dataset.generated(seed: 42, count: 10)
    let new = Dataset.generated(seed: 43, count: 12)
    let prepared = TestDisk()
    try save(old, to: prepared)
    let before = prepared.callCount
    try save(new, to: prepared)
    let steps = prepared.callCount - before
    #expect(steps > 6)
    for step in 0..<steps {
      for isPowerLoss in [true, false] {
        let disk = TestDisk()
        try save(old, to: disk)
        disk.plan { call, _, _ in call >= before + step ? .error(28) : nil }
        #expect(throws: FileSystemError.self) { try save(new, to: disk) }
        if isPowerLoss { disk.powerLoss() } else { disk.processDeath() }
        let found = try #require(try load(disk))
        #expect(found.databases == old.sets || !isPowerLoss && found.databases == new.sets)
        try RDBFileSaver.removeLeftovers(disk, in: "/")
        #expect(try disk.entries(of: "/") == ["dump.rdb"])
      }
    }
  }

  @Test func `a save that fails removes its temporary file`() throws {
    let disk = TestDisk()
    disk.plan { _, operation, _ in operation == .sync ? .error(5) : nil }
    #expect(throws: FileSystemError.self) { try save(.generated(seed: 42, count: 10), to: disk) }
    disk.plan(nil)
    #expect(try disk.entries(of: "/").isEmpty)
  }

  @Test func `a damaged file is refused with its path and the place, and a failing disk with its reason`() throws {
    let disk = TestDisk()
    let file = try disk.open("dump.rdb", for: .replace)
    try file.writeAll(Array(Dataset.generated(seed: 42, count: 10).rdb().dropLast(20)))
    let damaged = try #require(throws: RDBFileLoader.Failure.self) { try load(disk) }
    guard case .rdb(let error, let path) = damaged else {
      Issue.record("\(damaged)")
      return
    }
    #expect(error.code == .truncated)
    #expect(path == "dump.rdb")
    disk.plan { _, operation, _ in operation == .read ? .error(5) : nil }
    #expect(throws: RDBFileLoader.Failure.fileSystem(.init(.read, path: "dump.rdb", code: 5, reason: "Input/output error"))) {
      try load(disk)
    }
  }
}
