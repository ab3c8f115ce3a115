import TernEngine
import TernPersistence

/// What is fed with inputs. Each is expected to refuse them or to take them, never to trap, and to keep no more memory than an input of that
/// size may ask for; what two ways of reading make of one input must agree. A finding is text.
package final class FuzzTargets {
  package enum Target: String, CaseIterable, Sendable { case payload, rdb, log, directory }

  private let records = Corpus.records()
  private let payloads: [[UInt8]]
  private let files: [[UInt8]]
  /// More files to begin with.
  package var extraFiles: [[UInt8]] = []
  package private(set) var accepted = 0
  package private(set) var inputs = 0

  /// Emptied after each use: making one, with its table of commands, takes longer than an input.
  private let plain = FuzzTargets.engine()
  private let batched = FuzzTargets.engine()
  private let again = FuzzTargets.engine()

  package init() {
    payloads = records.map(Corpus.payload)
    files = records.map { Corpus.file([$0]) } + [Corpus.file(records.filter { $0.count < 200 })]
  }

  /// One input; the seed says which, and for what. nil: nothing was found.
  package func run(seed: UInt64) -> String? {
    var mutator = Mutator(seed: seed)
    inputs += 1
    switch Target.allCases[mutator.below(Target.allCases.count)] {
    case .payload: return payload(&mutator)
    case .rdb: return rdb(&mutator)
    case .log: return log(&mutator)
    case .directory: return directory(&mutator)
    }
  }

  private static func engine() -> Engine {
    Engine(commands: EngineCommands.all, random: Mutator64(seed: 1), now: 1_700_000_000_000, monotonicNanoseconds: { 0 })
  }

  /// Expanding 3 bytes to 264 is what LZF can do; a table's segment is taken for one element.
  private static func bytesMax(_ input: Int) -> Int { 400 * input + (4 << 20) }

  // MARK: RESTORE

  package func payload(_ mutator: inout Mutator) -> String? {
    var bytes = mutator.mutated(payloads[mutator.below(payloads.count)], others: records)
    // Mostly with the right checksum, or nothing would get past it.
    if bytes.count > 10, mutator.below(8) > 0 { bytes = Corpus.sealed(Array(bytes.dropLast(10)) + [11, 0]) }
    return payload(bytes)
  }

  package func payload(_ bytes: [UInt8]) -> String? {
    let engine = plain
    defer { empty(engine) }
    let before = engine.usedBytes
    return bytes.withUnsafeBytes { bytes in
      guard ValuePayload.verify(bytes, skippingChecksum: false) else { return nil }
      do throws(ValuePayload.Refusal) {
        let value = try ValuePayload.decode(bytes, engine)
        accepted += 1
        let staged = engine.stageKeyspace()
        switch value {
        case .string(let value): _ = staged.insert(RDBKey(name: [107], value: value), into: 0)
        case .collection(let value): staged.insert([107], value, expiry: nil, into: 0)
        }
        engine.install(staged)
      } catch {
        while engine.reclaim(steps: 1 << 20) {}
        return engine.usedBytes > before ? "a refused payload left \(engine.usedBytes - before) bytes behind" : nil
      }
      if engine.usedBytes - before > Self.bytesMax(bytes.count) { return "\(engine.usedBytes - before) bytes for \(bytes.count)" }
      return roundTrip(engine)
    }
  }

  /// What was taken is written and read again, by every way, and stays what it is.
  private func roundTrip(_ engine: Engine) -> String? {
    let digest = engine.datasetDigest()
    let file = write(engine)
    for isBatched in [false, true] {
      defer { empty(again) }
      if let failure = load(file, again, isBatched: isBatched) { return "what was written is refused: \(failure)" }
      if again.datasetDigest() != digest { return "what was written reads as something else" }
    }
    return nil
  }

  private func write(_ engine: Engine) -> [UInt8] {
    var file: [UInt8] = []
    var writer = RDBWriter()
    writer.header(.init(createdAt: 1, usedMemoryBytes: 1))
    let snapshot = engine.takeSnapshot()
    for (index, tree) in snapshot.databases.enumerated() where tree.count > 0 {
      writer.selectDB(index, keys: tree.count, expires: tree.expiryCount)
      tree.forEach { writer.entry($0) }
      file += writer.takeChunk()
    }
    engine.release(snapshot)
    writer.end()
    return file + writer.takeChunk()
  }

  private func empty(_ engine: Engine) {
    engine.install(engine.stageKeyspace())
    while engine.reclaim(steps: 1 << 20) {}
  }

  // MARK: RDB files

  package func rdb(_ mutator: inout Mutator) -> String? {
    let all = files + extraFiles
    var bytes = mutator.mutated(all[mutator.below(all.count)], others: records)
    if bytes.count > 8, mutator.below(8) > 0 { bytes = Corpus.sealed(Array(bytes.dropLast(8))) }
    return rdb(bytes, pieces: [1 << 20, 1 + mutator.below(100)][mutator.below(2)])
  }

  package func rdb(_ bytes: [UInt8], pieces: Int = 1 << 20) -> String? {
    defer {
      empty(plain)
      empty(batched)
    }
    let before = plain.usedBytes
    let failure = load(bytes, plain, isBatched: false, pieces: pieces)
    let batchFailure = load(bytes, batched, isBatched: true, pieces: pieces)
    if (failure == nil) != (batchFailure == nil) {
      return "one way says \(failure ?? "yes"), the other \(batchFailure ?? "yes")"
    }
    if plain.usedBytes - before > Self.bytesMax(bytes.count) { return "\(plain.usedBytes - before) bytes for \(bytes.count)" }
    guard failure == nil else { return nil }
    accepted += 1
    if plain.datasetDigest() != batched.datasetDigest() { return "the two ways read different values" }
    return roundTrip(plain)
  }

  /// Returns what was wrong.
  private func load(_ file: [UInt8], _ engine: Engine, isBatched: Bool, pieces: Int = 1 << 20) -> String? {
    let staged = engine.stageKeyspace()
    var database = 0
    func take(_ event: RDBEvent) -> String? {
      switch event {
      case .selectDB(let index):
        if index >= engine.databaseCount { return "database" }
        database = index
      case .key(let key): if case .corrupt(let reason) = staged.insert(key, into: database) { return reason }
      case .moduleAux: return "module"
      default: break
      }
      return nil
    }
    let batch = RDBBatch(engine)
    func takeBatch() -> String? {
      defer { batch.removeAll() }
      var progress = StagedKeyspace.BatchProgress()
      while progress.index < batch.count {
        if let event = batch.event(at: progress.index) {
          if let failure = take(event) { return failure }
          progress.index += 1
        } else {
          _ = staged.insert(batch.keys, &progress, count: 32, .init(dropsUpTo: nil, replaces: true)) { _, _ in }
        }
      }
      return nil
    }
    func read() -> String? {
      var reader = RDBReader()
      var rest = file[...]
      do throws(RDBError) {
        while true {
          if isBatched {
            while try reader.fill(batch) { if let failure = takeBatch() { return failure } }
            if let failure = takeBatch() { return failure }
          } else {
            while let event = try reader.next() { if let failure = take(event) { return failure } }
          }
          if reader.isEnded { return nil }
          if rest.isEmpty { break }
          reader.append(rest.prefix(pieces))
          rest = rest.dropFirst(pieces)
        }
        try reader.finish()
        return nil
      } catch {
        return error.description
      }
    }
    if let failure = read() {
      engine.discard(staged)
      return failure
    }
    engine.install(staged)
    return nil
  }

  // MARK: logs, and directories of them

  package func log(_ mutator: inout Mutator) -> String? {
    let begin = mutator.below(2) == 0 ? [] : files[mutator.below(files.count)]
    let bytes = mutator.mutated(begin + Corpus.log, others: [Corpus.log])
    return log(bytes, pieces: [1 << 20, 1 + mutator.below(50)][mutator.below(2)])
  }

  /// Whether the parser, the check, and the parser after a repair agree on the bytes.
  package func log(_ bytes: [UInt8], pieces: Int = 1 << 20) -> String? {
    func parse(_ bytes: [UInt8]) -> (end: AOFParser.End?, valid: Int) {
      var parser = AOFParser()
      var rest = bytes[...]
      do throws(AOFParser.Malformed) {
        while true {
          while try parser.next() != nil {}
          if rest.isEmpty { break }
          parser.append(Array(rest.prefix(pieces)))
          rest = rest.dropFirst(pieces)
        }
        return (try parser.finish(), parser.validByteCount)
      } catch {
        return (nil, parser.validByteCount)
      }
    }
    let (end, valid) = parse(bytes)
    if valid > bytes.count { return "\(valid) of \(bytes.count) bytes are said to be good" }
    let disk = MemoryFileSystem()
    guard (try? FuzzTargets.write(bytes, to: "/a.aof", disk)) != nil else { return "the disk in memory failed" }
    func check(_ repair: AOFCheck.Repair) -> Bool {
      AOFCheck(disk, repair: repair, now: 0, confirm: { _ in true }) { _ in }.check("/a.aof")
    }
    let isGood = check(.none)
    if isGood != (end == .complete) { return "the check says \(isGood), the parser \(end.map { "\($0)" } ?? "malformed")" }
    if end == .complete { accepted += 1 }
    guard !isGood, check(.fix) else { return nil }
    guard let repaired = try? disk.contents(of: "/a.aof", byteCountMax: 1 << 24) else { return "a repaired file is gone" }
    return parse(repaired).end == .complete ? nil : "a repaired log is not good"
  }

  private static func write(_ bytes: [UInt8], to path: String, _ disk: MemoryFileSystem) throws(FileSystemError) {
    let file = try disk.open(path, for: .replace)
    try file.writeAll(bytes)
    try file.sync()
    try file.close()
  }

  package func directory(_ mutator: inout Mutator) -> String? {
    var manifest = Corpus.manifest
    var base = files[mutator.below(files.count)]
    var logs = [Corpus.log, Corpus.log]
    switch mutator.below(4) {
    case 0: base = mutator.mutated(base, others: records)
    case 1: logs[0] = mutator.mutated(logs[0], others: [base])
    case 2: logs[1] = mutator.mutated(logs[1], others: [base])
    default: manifest = mutator.mutated(manifest, others: [manifest])
    }
    let disk = MemoryFileSystem()
    do throws(FileSystemError) {
      try disk.createDirectory("/d")
      try disk.createDirectory("/d/appendonlydir")
      for (name, bytes) in [("base.rdb", base), ("i1.aof", logs[0]), ("i2.aof", logs[1]), ("appendonly.aof.manifest", manifest)] {
        try FuzzTargets.write(bytes, to: "/d/appendonlydir/" + name, disk)
      }
    } catch {
      return "the disk in memory failed: \(error)"
    }
    _ = AOFCheck(disk, repair: .none, now: 0, confirm: { _ in false }) { _ in }.check("/d/appendonlydir/appendonly.aof.manifest")
    let failure = replay(disk, nil)
    let batchFailure = replay(disk, RDBBatch(plain))
    if (failure == nil) != (batchFailure == nil) { return "one way says \(failure ?? "yes"), the other \(batchFailure ?? "yes")" }
    if failure == nil { accepted += 1 }
    return nil
  }

  private func replay(_ disk: MemoryFileSystem, _ batch: RDBBatch?) -> String? {
    do throws(AOFError) {
      let store = try AOFStore.open(
        disk, .init(directory: "/d", directoryName: "appendonlydir", fileName: "appendonly.aof", temporaryTag: "1"))
      guard !store.isEmpty else { return "empty" }
      // The end of a file is left as it is, so that a second reading finds the same.
      var replay = AOFReplay(disk, try store.loadPlan(), loadsTruncated: false)
      while try replay.next(batch) != nil { batch?.removeAll() }
      return nil
    } catch {
      return error.description
    }
  }
}
