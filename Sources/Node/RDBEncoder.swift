internal import TernEngine
internal import TernPersistence

/// What files and replicas are told of a key's last use: as Redis, what the eviction policy needs.
package enum KeyAccessForm: Hashable, Sendable {
  case none
  case idleTimes
  /// The counter, less what it has lost since: one for each `decayMinutes`.
  case frequencies(decayMinutes: Int)

  package init(_ configuration: Configuration) {
    let policy = configuration.maxmemoryPolicy.rawValue
    if policy.hasSuffix("-lru") {
      self = .idleTimes
    } else if policy.hasSuffix("-lfu") {
      self = .frequencies(decayMinutes: configuration.lfuDecayTime)
    } else {
      self = .none
    }
  }
}

/// Encodes a snapshot as an RDB, piece by piece, on any thread. Between two pieces nothing is held but the place, whatever the size of the
/// value that it is in.
package struct RDBEncoder {
  private let job: RDBJob
  private var writer: RDBWriter
  private var databaseIndex = -1
  private var walk: TableWalk?
  /// Of a large value.
  private var open: RDBEntryWriter?
  package private(set) var keys = 0
  package private(set) var isFinished = false
  /// Hashes were written whose fields expire: only Redis 7.4 and later can load them.
  package private(set) var holdsFieldExpiries = false
  /// Hashes that were written without them.
  package private(set) var omittedFieldExpiries = 0

  /// - Parameter isWrapped: the file will be compressed as a whole, so that its strings need not be.
  package init(_ job: RDBJob, version: String, isWrapped: Bool = false) {
    self.job = job
    writer = RDBWriter(options: .init(checksum: job.checksum, compression: job.compression && !isWrapped))
    writer.options.fieldExpiries = !job.omitsFieldExpiries
    writer.header(
      .init(
        version: version, createdAt: job.snapshot.time / 1000, usedMemoryBytes: job.usedMemoryBytes,
        replication: .init(streamDB: max(0, job.streamDatabase), id: job.replicationID, offset: job.snapshot.logOffset),
        isAOFBase: job.isAOFBase))
    if job.historyEpoch > 0 { writer.aux("tern-history-epoch", String(job.historyEpoch)) }
    if let members = job.membership { writer.aux("tern-members", members) }
    for library in job.functions { writer.function(library) }
  }

  /// All bytes that were encoded so far.
  package var byteCount: Int { writer.producedByteCount }

  /// Encodes until at least `bytes` are pending, or the end; then hands them over. It may be more by one value of moderate size.
  package mutating func next<Failure: Error>(atLeast bytes: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    while !isFinished, writer.pendingByteCount < bytes { step(until: bytes) }
    try writer.drain(body)
  }

  /// This place in the file, to go on from by another way. Between two calls of `next`.
  package var checkpoint: RDBEncoder {
    var copy = self
    // A long string that is being compressed goes on with the very table that its length was found with.
    copy.writer.forgetBuffers(keepsCompressor: open != nil)
    return copy
  }

  private mutating func step(until bytes: Int) {
    if var large = open {
      // It has arrays that must have one owner.
      open = nil
      if !large.next(&writer, until: bytes) { open = large }
      return
    }
    guard walk != nil else { return beginDatabase() }
    while writer.pendingByteCount < bytes {
      guard let entry = walk?.next() else { return walk = nil }
      keys += 1
      if entry.nextFieldExpiry != nil {
        if job.omitsFieldExpiries { omittedFieldExpiries += 1 } else { holdsFieldExpiries = true }
      }
      open = RDBEntryWriter(entry, eviction: eviction(entry), to: &writer)
      if open != nil { return }
    }
  }

  private mutating func beginDatabase() {
    databaseIndex += 1
    guard databaseIndex < job.snapshot.databases.count, !job.excludesData else {
      writer.end()
      isFinished = true
      return
    }
    let tree = job.snapshot.databases[databaseIndex]
    guard tree.count > 0 else { return }
    writer.selectDB(databaseIndex, keys: tree.count, expires: tree.expiryCount)
    walk = TableWalk(tree)
  }

  private func eviction(_ entry: Entry) -> RDBEviction? {
    switch job.access {
    case .none: return nil
    case .idleTimes:
      let clock = UInt32(truncatingIfNeeded: job.snapshot.time / 1000)
      return .idle(seconds: UInt64((clock &- entry.access) & 0x00ff_ffff))
    case .frequencies(let decayMinutes): return .frequency(entry.frequency(at: job.snapshot.time, decayMinutes: decayMinutes))
    }
  }
}
