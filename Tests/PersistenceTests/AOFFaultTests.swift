import TernEngine
import Testing

@testable import TernPersistence

/// One history of a log (start, appends, a rewrite in their midst, more appends), in which each call to the disk fails in turn, and then
/// the power goes or the process dies. Whatever happens: the start afterwards finds a prefix of the log that holds all that was synced.
@Suite struct AOFFaultTests {
  struct Progress {
    var appended = 0
    /// How many SETs the store said were on the disk.
    var synced = 0
    /// SETs that were refused; nothing may follow them in the file.
    var isStopped = false
  }

  /// Appends SETs until the store refuses. With `recovers` a failed store is rewritten, as a node would do.
  static func run(_ disk: TestDisk, _ progress: inout Progress) throws(AOFError) {
    var store = try LogModel.fresh(disk)
    let start = store.writtenOffset
    func note(_ progress: inout Progress) {
      while progress.synced < progress.appended, offset(progress.synced + 1) <= store.syncedOffset { progress.synced += 1 }
    }
    func offset(_ count: Int) -> Int64 { (0..<count).reduce(start) { $0 + Int64(LogModel.set($1).count) } }
    func append(_ progress: inout Progress) throws(AOFError) {
      try store.append(LogModel.set(progress.appended))
      progress.appended += 1
      if progress.appended.isMultiple(of: 2) { try store.sync() }
      note(&progress)
    }
    for _ in 0..<3 { try append(&progress) }
    let rewrite = try store.beginRewrite(format: .rdb, snapshotOffset: store.writtenOffset)
    note(&progress)
    let base = LogModel.base(progress.appended)
    try append(&progress)
    try LogModel.write(Array(base[..<20]), to: rewrite, of: &store)
    try append(&progress)
    try LogModel.write(Array(base[20...]), to: rewrite, of: &store)
    try store.finishRewrite(rewrite)
    note(&progress)
    for _ in 0..<3 { try append(&progress) }
    // A second one, out of a failed state.
    store.health = .failed(.init(.sync, path: "", code: 5, reason: ""))
    let second = try store.beginRewrite(format: .rdb, snapshotOffset: store.writtenOffset)
    try store.append(LogModel.set(progress.appended))
    progress.appended += 1
    try LogModel.write(LogModel.base(progress.appended - 1), to: second, of: &store)
    try store.finishRewrite(second)
    note(&progress)
    try append(&progress)
    try store.close()
    note(&progress)
  }

  static let callCount: Int = {
    let disk = TestDisk()
    var progress = Progress()
    try? run(disk, &progress)
    return disk.callCount
  }()

  @Test func `the history runs to its end when nothing fails`() throws {
    let disk = TestDisk()
    var progress = Progress()
    try Self.run(disk, &progress)
    #expect(progress.synced == progress.appended)
    disk.powerLoss()
    #expect(try LogModel.reopen(disk) == LogModel.keys(progress.appended))
  }

  enum Ending: CaseIterable { case powerLoss, tornWrites, manifestAhead, manifestBehind, processDeath }

  @Test(arguments: Ending.allCases) func `when any call to the disk fails, what was synced is found again`(ending: Ending) throws {
    #expect(Self.callCount > 60)
    for step in 0..<Self.callCount {
      // From there on everything fails, as when a disk dies; or the one call does and the rest of the history is not run.
      for isLasting in [true, false] {
        let disk = TestDisk()
        var progress = Progress()
        disk.plan { call, operation, _ in
          guard isLasting ? call >= step : call == step else { return nil }
          return operation == .write && step.isMultiple(of: 2) ? .shortWrite(5) : .error(28)
        }
        try? Self.run(disk, &progress)
        switch ending {
        case .powerLoss: disk.powerLoss()
        case .tornWrites: disk.powerLoss { _, unsynced in unsynced * 2 / 3 }
        case .manifestAhead: disk.powerLoss(keep: { $0.hasSuffix("/appendonly.aof.manifest") })
        case .manifestBehind: disk.powerLoss(keep: { !$0.hasSuffix(".manifest") })
        case .processDeath: disk.processDeath()
        }
        let keys = try LogModel.reopen(disk)
        #expect(keys.count >= progress.synced, "step \(step), lasting \(isLasting)")
        #expect(keys == LogModel.keys(keys.count), "step \(step), lasting \(isLasting)")
        #expect(keys.count <= progress.appended + 1, "step \(step), lasting \(isLasting)")
        // And the log can be gone on with.
        var store = try AOFStore.open(disk, LogModel.configuration)
        if store.isEmpty { store = try LogModel.fresh(disk) } else { try store.startAppending(logOffset: 0) }
        try store.append(LogModel.set(keys.count))
        try LogModel.rewrite(&store, count: keys.count + 1)
        disk.powerLoss()
        #expect(try LogModel.reopen(disk) == LogModel.keys(keys.count + 1), "step \(step), lasting \(isLasting)")
      }
    }
  }
}
