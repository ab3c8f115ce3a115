import TernEngine
import Testing

@testable import TernPersistence

/// The log in the append only file's increments, read by its offsets.
@Suite struct AOFLogIndexTests {
  static let id = String(repeating: "a", count: 40)
  let fileSystem = MemoryFileSystem()

  /// Files as a writer makes them: `log` is all bytes since `start`.
  struct Writer {
    var store: AOFStore
    let index: AOFLogIndex
    var log: [UInt8] = []
    let start: Int64

    init(_ fileSystem: MemoryFileSystem, start: Int64) throws {
      self.start = start
      try fileSystem.createDirectory("d")
      index = AOFLogIndex(fileSystem)
      store = try AOFStore.open(fileSystem, .init(directory: "d"))
      store.index = index
      try rewrite()
    }

    var offset: Int64 { start + Int64(log.count) }

    mutating func rewrite() throws {
      let base = try store.beginRewrite(format: .resp, snapshotOffset: offset)
      try store.appendUncounted(RESPCommand.encode("SELECT", "3"))
      try store.appendUncounted(AOFLogScan.line(AOFLogIndexTests.id, offset))
      try base.write(RESPCommand.encode("SET", "base", "1"))
      try base.seal()
      try store.finishRewrite(base)
    }

    mutating func append(_ number: Int) throws {
      let command = RESPCommand.encode("SET", "key\(number)", String(repeating: "v", count: number % 50))
      if number.isMultiple(of: 7) { try store.appendUncounted(Array("#TS:\(1000 + number)\r\n".utf8)) }
      try store.append(command)
      log += command
    }
  }

  func bounds(_ index: AOFLogIndex) -> [Int64] { index.bounds.map { [$0.start, $0.listedStart, $0.end] } ?? [] }

  /// Everything from `offset` on, in reads of at most `limit` bytes.
  func read(_ index: AOFLogIndex, from offset: Int64, limit: Int) throws -> [UInt8]? {
    var all: [UInt8] = []
    while true {
      guard let part = try index.read(from: offset + Int64(all.count), limit: limit) else { return nil }
      if part.isEmpty { return all }
      #expect(part.count <= limit)
      all += part
    }
  }

  @Test func `any offset is read from its file, without what is in no log`() throws {
    var writer = try Writer(fileSystem, start: 500)
    for number in 0..<60 { try writer.append(number) }
    #expect(bounds(writer.index) == [500, 500, writer.offset])
    for skip in [0, 1, 33, 800, writer.log.count - 1, writer.log.count] {
      for limit in [1, 10, 1 << 20] {
        #expect(try read(writer.index, from: 500 + Int64(skip), limit: limit) == Array(writer.log[skip...]))
      }
    }
    #expect(try writer.index.read(from: 499, limit: 10) == nil)
    #expect(try writer.index.read(from: writer.offset + 1, limit: 10) == nil)
  }

  @Test func `a rewrite takes the old increments away, but not from a replica that is reading them`() throws {
    var writer = try Writer(fileSystem, start: 0)
    for number in 0..<20 { try writer.append(number) }
    let first = writer.offset
    writer.index.retain(bytesMax: 0, from: 100)
    try writer.rewrite()
    for number in 20..<40 { try writer.append(number) }
    #expect(try fileSystem.entries(of: "d/appendonlydir").filter { $0.contains("incr") }.count == 1)
    #expect(bounds(writer.index) == [0, first, writer.offset])
    #expect(try read(writer.index, from: 100, limit: 64) == Array(writer.log[100...]))
    // It has read on.
    writer.index.retain(bytesMax: 0, from: first)
    #expect(try #require(writer.index.bounds).start == first)
    #expect(try writer.index.read(from: 100, limit: 64) == nil)
    #expect(try read(writer.index, from: first, limit: 64) == Array(writer.log[Int(first)...]))
  }

  @Test func `superseded increments are kept up to the size that is set`() throws {
    var writer = try Writer(fileSystem, start: 0)
    writer.index.retain(bytesMax: 3000, from: nil)
    for round in 0..<12 {
      for number in 0..<20 { try writer.append(round * 20 + number) }
      try writer.rewrite()
    }
    let bounds = try #require(writer.index.bounds)
    #expect(bounds.listedStart == writer.offset)
    #expect(bounds.listedStart - bounds.start <= 3000)
    #expect(bounds.listedStart - bounds.start > 1000)
    #expect(try read(writer.index, from: bounds.start, limit: 1 << 20) == Array(writer.log[Int(bounds.start)...]))
  }

  func scan(_ fileSystem: MemoryFileSystem) throws -> AOFLogScan {
    let plan = try AOFStore.open(fileSystem, .init(directory: "d")).loadPlan()
    var scan = AOFLogScan()
    var replay = AOFReplay(fileSystem, plan, chunkByteCount: 13)
    while true {
      let position: Int
      guard let event = try replay.next() else { break }
      if case .endOfFile = event { position = replay.endOfFile } else { position = replay.position.offset }
      scan.note(event, position: position, lineBytes: replay.annotationByteCount)
    }
    return scan
  }

  @Test func `a restart finds which part of the log the files hold, also when the last command was cut`() throws {
    var writer = try Writer(fileSystem, start: 700)
    for number in 0..<30 { try writer.append(number) }
    // A rewrite that does not end leaves two increments.
    _ = try writer.store.beginRewrite(format: .resp, snapshotOffset: writer.offset)
    try writer.store.appendUncounted(AOFLogScan.line(Self.id, writer.offset))
    for number in 30..<60 { try writer.append(number) }
    let whole = writer.log.count
    try writer.store.append(Array("*3\r\n$3\r\nSE".utf8))
    fileSystem.processDeath()

    let scan = try scan(fileSystem)
    #expect(scan.replicationID == Self.id)
    #expect(scan.offset == 700 + Int64(whole))
    #expect(scan.increments.count == 2)
    let index = AOFLogIndex(fileSystem)
    index.adopt(scan.increments)
    var store = try AOFStore.open(fileSystem, .init(directory: "d"))
    store.index = index
    try store.startAppending(logOffset: scan.offset)
    let more = RESPCommand.encode("SET", "more", "1")
    try store.append(more)
    #expect(try read(index, from: 700, limit: 100) == Array(writer.log[..<whole]) + more)
  }

  @Test func `a base with nothing behind it says itself where the log stood`() throws {
    try fileSystem.createDirectory("d")
    var store = try AOFStore.open(fileSystem, .init(directory: "d"))
    let base = try store.beginRewrite(format: .rdb, snapshotOffset: 42)
    var writer = RDBWriter()
    writer.header(.init(createdAt: 1, usedMemoryBytes: 1, replication: .init(streamDB: 0, id: Self.id, offset: 42), isAOFBase: true))
    writer.end()
    try base.write(writer.takeChunk())
    try base.seal()
    try store.finishRewrite(base)
    try store.appendUncounted(RESPCommand.encode("SELECT", "3"))
    let found = try scan(fileSystem)
    #expect(found.replicationID == Self.id)
    #expect(found.offset == 42)
    // A command of nobody knows what log.
    try store.appendUncounted(RESPCommand.encode("SET", "a", "1"))
    #expect(try scan(fileSystem).replicationID == nil)
  }

  @Test func `files that another server has written, or written on, promise nothing`() throws {
    var writer = try Writer(fileSystem, start: 0)
    for number in 0..<10 { try writer.append(number) }
    let file = try #require(writer.store.currentFileName)
    try writer.store.close()
    #expect(try scan(fileSystem).replicationID == Self.id)
    // Another increment that says nothing of itself.
    let manifest = try #require(try fileSystem.contents(of: "d/appendonlydir/appendonly.aof.manifest", byteCountMax: 9999))
    let next = "appendonly.aof.9.incr.aof"
    let out = try fileSystem.open("d/appendonlydir/" + next, for: .replace)
    try out.writeAll(RESPCommand.encode("SET", "a", "1"))
    try out.close()
    let text = String(decoding: manifest, as: UTF8.self) + "file \(next) seq 9 type i\n"
    _ = try fileSystem.replaceContents(
      of: "d/appendonlydir/appendonly.aof.manifest", with: Array(text.utf8), temporary: "d/appendonlydir/t")
    #expect(!file.isEmpty)
    let scan = try scan(fileSystem)
    #expect(scan.replicationID == nil)
    #expect(scan.increments.isEmpty)
  }
}
