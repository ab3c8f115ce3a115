import TernEngine
import Testing

@testable import TernPersistence

extension LoadedEngine {
  /// As `load`, by way of batches. `isTaken` tells which records were taken in the batch itself, by form.
  func loadBatches(_ file: [UInt8], pieces: Int = .max) -> (failure: String?, simple: Int, events: Int) {
    let staged = engine.stageKeyspace()
    let batch = RDBBatch(engine)
    var reader = RDBReader()
    var database = 0
    var simple = 0
    var events = 0
    var rest = file[...]
    func take() -> String? {
      defer { batch.removeAll() }
      var progress = StagedKeyspace.BatchProgress()
      while progress.index < batch.count {
        if let event = batch.event(at: progress.index) {
          progress.index += 1
          events += 1
          switch event {
          case .selectDB(let index): database = index
          case .key(let key):
            switch staged.insert(key, into: database) {
            case .inserted, .begun, .skippedEmpty: break
            case .corrupt(let reason): return reason
            }
          default: break
          }
          continue
        }
        let before = progress.index
        let stop = staged.insert(batch.keys, &progress, count: 7, .init(dropsUpTo: nil, replaces: true)) { _, _ in }
        simple += progress.index - before
        if stop == .duplicate { return "duplicate" }
      }
      return nil
    }
    do throws(RDBError) {
      while true {
        while try reader.fill(batch) {
          if let failure = take() {
            engine.discard(staged)
            return (failure, simple, events)
          }
        }
        if let failure = take() {
          engine.discard(staged)
          return (failure, simple, events)
        }
        if reader.isEnded || rest.isEmpty { break }
        reader.append(rest.prefix(pieces))
        rest = rest.dropFirst(pieces)
      }
      try reader.finish()
    } catch {
      engine.discard(staged)
      return (error.description, simple, events)
    }
    engine.install(staged)
    return (nil, simple, events)
  }
}

/// Files that are read into batches by one thread and taken from them by another.
@Suite struct RDBBatchTests {
  @Test(arguments: 0..<4) func `a file of Redis read in batches has Redis's digest, whatever the pieces`(index: Int) throws {
    let directory = try TemporaryDirectory()
    let server = try ValueCrossTests.server(UInt64(350 + index), directory, RDBTypesTests.settings[index])
    try server.pipeline(Dataset.generated(seed: UInt64(index), count: 400).commands)
    try server.call("SAVE")
    let digest = try #require(try server.call("DEBUG", "DIGEST").text)
    let file = try directory.read("dump.rdb")
    for pieces in [Int.max, 100_000, 997] {
      let loaded = LoadedEngine()
      let (failure, simple, events) = loaded.loadBatches(file, pieces: pieces)
      #expect(failure == nil)
      #expect(loaded.digest == digest)
      // Small values take the short way, large ones do not.
      #expect(simple > 300 && events > 10, "\(simple) \(events)")
      // And what lies in memory is what the commands would have made: our own file of it is the same as by the long way.
      let other = LoadedEngine()
      #expect(other.load(file) == nil)
      #expect(Self.encodings(loaded) == Self.encodings(other))
    }
  }

  static func encodings(_ loaded: LoadedEngine) -> [[UInt8]: [String]] {
    var all: [[UInt8]: [String]] = [:]
    loaded.withEntries { database, entry in
      all[Array(entry.keyBytes)] = [
        "\(database) \(entry.type) \(entry.layout) \(entry.collectionCount) \(entry.expiry ?? 0)",
        "\(entry.pieceBytes.map { _ in 1 } ?? 0)",
      ]
    }
    return all
  }

  /// One key whose value is a listpack, and whether the batch took it as it is.
  private func isTaken(_ type: RDBType, _ elements: [RDBTypesTests.ListpackItem]) -> Bool {
    let record = [type.rawValue, 1, 107] + RDBTypesTests.blob(RDBTypesTests.listpack(elements))
    let loaded = LoadedEngine()
    let (_, simple, _) = loaded.loadBatches(RDBReaderTests.file(record))
    loaded.deallocate()
    return simple == 1
  }

  @Test func `only what the editors would have made lies in memory as it came`() {
    #expect(isTaken(.hashListpack, [.text("f"), .text("v"), .text("g"), .number(7)]))
    #expect(!isTaken(.hashListpack, [.text("f"), .text("v"), .text("f"), .text("w")]), "a field twice")
    #expect(!isTaken(.hashListpack, [.text("f"), .text("v"), .text("g")]), "no value")
    #expect(!isTaken(.hashListpack, [.text("f"), .text("12")]), "an integer as text")
    #expect(!isTaken(.hashListpack, [.text("f"), .number(-3)]), "an integer in nine bytes")
    #expect(!isTaken(.hashListpack, []), "empty")
    #expect(isTaken(.setListpack, [.text("a"), .number(5)]))
    #expect(!isTaken(.setListpack, [.number(6), .number(5)]), "an intset")
    #expect(!isTaken(.setListpack, [.text("a"), .text("a")]), "a member twice")
    #expect(isTaken(.sortedSetListpack, [.text("a"), .number(1), .text("b"), .number(1), .text("a2"), .text("1.5")]))
    #expect(!isTaken(.sortedSetListpack, [.text("b"), .number(1), .text("a"), .number(1)]), "out of order")
    #expect(!isTaken(.sortedSetListpack, [.text("a"), .number(2), .text("b"), .number(1)]), "scores fall")
    #expect(!isTaken(.sortedSetListpack, [.text("a"), .text("nan")]), "no number")
    #expect(!isTaken(.sortedSetListpack, [.text("a"), .text("x")]), "no number")
  }

  @Test func `small sets and hashes that are stored by element are packed, and refused with an element twice`() throws {
    func load(_ record: [UInt8]) -> (failure: String?, simple: Int, layout: String) {
      let loaded = LoadedEngine()
      let (failure, simple, _) = loaded.loadBatches(RDBReaderTests.file(record))
      var layout = ""
      loaded.withEntries { layout = "\($1.layout)" }
      return (failure, simple, layout)
    }
    #expect(load([2, 1, 115, 2, 1, 97, 0xC0, 5]) == (nil, 1, "flat"))
    #expect(load([2, 1, 115, 3, 0xC0, 9, 0xC0, 5, 0xC1, 0, 16]) == (nil, 1, "integers"))
    #expect(load([4, 1, 104, 1, 1, 97, 0xC0, 5]) == (nil, 1, "flat"))
    #expect(load([2, 1, 115, 2, 1, 97, 1, 97]).failure?.contains("comes twice") == true)
    #expect(load([4, 1, 104, 2, 1, 97, 1, 98, 1, 97, 1, 99]).failure?.contains("comes twice") == true)
  }

  @Test func `expired keys are left out, and a key that comes twice is told`() {
    let record: [UInt8] =
      [252, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 97, 1, 120] + [252, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 98, 1, 120] + [0, 1, 99, 1, 120]
      + [0, 1, 99, 1, 121]
    let loaded = LoadedEngine()
    let staged = loaded.engine.stageKeyspace()
    let batch = RDBBatch(loaded.engine)
    var reader = RDBReader()
    reader.append(RDBReaderTests.file(record))
    #expect(throws: Never.self) { try reader.fill(batch) }
    #expect(batch.count == 5)
    var progress = StagedKeyspace.BatchProgress()
    var dropped: [[UInt8]] = []
    let stop = staged.insert(batch.keys, &progress, count: 100, .init(dropsUpTo: 10, replaces: false)) { name, _ in dropped.append(name) }
    #expect(stop == .duplicate)
    #expect(progress.index == 3 && progress.inserted == 2 && progress.expired == 1)
    #expect(dropped == [[97]])
    #expect(batch.keys.name(at: 3) == [99])
    // Behind the magic, the two keys with times of 14 bytes, and one of 5.
    #expect(batch.keys.offset(at: 3) == 9 + 28 + 5)
    #expect(batch.keys.offset(at: 1) == 9 + 14)
    loaded.engine.discard(staged)
  }

  @Test func `idle times and frequencies set what the policy keeps`() throws {
    let engine = LoadedEngine().engine
    let now = engine.now
    engine.setTime(now)
    #expect(engine.access(.idle(seconds: 100)) == UInt32((now / 1000 - 100) & 0xff_ffff))
    #expect(engine.access(.frequency(77)) == nil)
    engine.settings.memory.policy = EvictionPolicy(.frequency)
    #expect(engine.access(.idle(seconds: 100)) == nil)
    #expect(engine.access(.frequency(77)).map { $0 & 0xff } == 77)
    #expect(engine.access(.frequency(77)).map { $0 >> 8 } == UInt32(now / 60_000 & 0xffff))
  }
}
