/// What a snapshot needs of its engine to be read with the commands: taken with it, under the node's lock.
package struct SnapshotContext: Sendable {
  let hash: ByteHash
  let settings: EngineSettings
  let limits: EncodingLimits
  let seed: UInt64
}

extension Engine {
  package var snapshotContext: SnapshotContext {
    SnapshotContext(
      hash: byteHash, settings: settings, limits: hot.pointee.limits, seed: random.next())
  }

  /// The commands that can be run on a snapshot: those that read, and need nothing but data.
  package static let snapshotCommands: [CommandSpec] = EngineCommands.all.compactMap { spec in
    if spec.flags.contains(.readonly), spec.flags.isDisjoint(with: [.admin, .blocking, .pubsub]) { return spec }
    guard !spec.subcommands.isEmpty, spec.flags.isDisjoint(with: [.admin]), spec.group != .server else { return nil }
    var container = spec
    container.subcommands = spec.subcommands.filter { $0.flags.contains(.readonly) }
    return container.subcommands.isEmpty ? nil : container
  }

  /// An engine over a snapshot, to read it with: its time stands still, no read leaves a trace, and nothing that it does reaches a block of
  /// the snapshot. (Its own heap takes every block for frozen. What a command might want to write, an HyperLogLog's cached count, say,
  /// goes into copies that only this engine sees.) To be used by one thread at a time, while the snapshot lives.
  package convenience init(
    viewing snapshot: Snapshot, _ context: SnapshotContext, table: CommandTable, monotonicNanoseconds: @escaping @Sendable () -> Int64
  ) {
    self.init(
      databases: snapshot.databases.count, table: table, hash: context.hash, random: SnapshotRandom(state: context.seed),
      now: snapshot.time,
      monotonicNanoseconds: monotonicNanoseconds)
    settings = context.settings
    settings.notifications = nil
    hot.pointee.limits = context.limits
    hot.pointee.accessMode = .untouched
    hot.pointee.heapBytesMax = .max
    hot.pointee.tracksLatency = false
    hot.pointee.expiresKeys = false
    _ = heap.takeSnapshot()
    heap.state.pointee.frozen = .max
    for (i, tree) in snapshot.databases.enumerated() {
      let state = tables[i].state
      state.pointee.root = tree.root
      state.pointee.count = tree.count
      state.pointee.expiryCount = tree.expiryCount
    }
  }
}

/// For random picks of a snapshot's readers.
private struct SnapshotRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
