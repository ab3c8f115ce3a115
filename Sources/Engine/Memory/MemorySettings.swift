/// maxmemory and what belongs to it.
package struct MemorySettings: Sendable, Equatable {
  /// Bytes; 0 is no limit.
  package var bytesMax = 0
  package var policy = EvictionPolicy()
  /// Entries looked at for each one evicted.
  package var samples = 5
  /// maxmemory-eviction-tenacity: 0 to 100, how long one command may be held up by evictions.
  package var tenacity = 10
  package var lfuLogFactor = 10
  package var lfuDecayMinutes = 1
  /// Evicted keys are said as UNLINK rather than DEL (lazyfree-lazy-eviction).
  package var evictsLazily = false
  /// A replica holds what its primary holds, whatever its own limit (replica-ignore-maxmemory).
  package var isIgnored = false
  /// maxmemory-clients, in bytes; 0 is no limit.
  package var clientsBytesMax = 0
  /// repl-backlog-size: what the log has beyond it is there for slow followers, and counts as theirs.
  package var backlogBytes = 1 << 20
  package init() {}

  /// How long evictions may go on at a time, in microseconds; nil: until enough is free. Up to 10 it grows by 50 µs a step, then by 15 %.
  var evictionMicrosecondsMax: Double? {
    if tenacity >= 100 { return nil }
    if tenacity <= 10 { return Double(50 * tenacity) }
    var limit = 500.0
    for _ in 10..<tenacity { limit *= 1.15 }
    return limit
  }
}

/// maxmemory-policy: which keys may go, and which of them goes first.
package struct EvictionPolicy: Sendable, Hashable {
  package enum Order: Sendable { case none, recency, frequency, random, timeToLive }
  package var order = Order.none
  /// Only keys that have an expiry.
  package var onlyExpiring = false
  package init(_ order: Order = .none, onlyExpiring: Bool = false) {
    self.order = order
    self.onlyExpiring = onlyExpiring
  }
}

/// What the memory outside of the heap is used for; measured ten times a second.
package struct MemoryUse: Sendable {
  /// Buffers of ordinary clients, of replicas' connections, and what transactions have queued.
  package var clients = 0
  package var replicas = 0
  /// The part of the log that the backlog asks for.
  package var backlog = 0
  /// The part of the log that only slow replicas or the AOF's writer still need. Evicting keys would not make it smaller (its DELs
  /// make it larger), so it does not count against maxmemory.
  package var lateLog = 0
  package var tracking = 0
  package var pubsub = 0
  package var slowlog = 0
  /// What the engine took before there was anything in it.
  package var startup = 0
  package var peak = 0
  package init() {}
  package var counted: Int { clients + replicas + backlog + tracking + pubsub + slowlog + startup }
}

extension Session {
  /// A session's own objects; measured roughly, as it only has to be of the right order.
  static let ownBytes = 1 << 10

  /// What this connection keeps in memory.
  package var memoryBytes: Int {
    Session.ownBytes + max(inputBytes, inputCapacity) + (partial?.memoryBytes ?? 0) + outputBytes + transaction.memoryBytes
      + subscriptions.memoryBytes + (tracking?.memoryBytes ?? 0) + name.count + libraryName.count + libraryVersion.count
  }

  /// Of replies: being written, on their way, and not taken by the client yet.
  var outputBytes: Int { reply.capacity + takenCapacity + unsentBytes }
}

extension Transaction {
  /// What MULTI has queued, and what WATCH remembers here and in the engine's table.
  var memoryBytes: Int { queuedBytes + watchedBytes * 2 + watchCount * 128 }
}

extension SessionTracking {
  var memoryBytes: Int { prefixes.reduce(0) { $0 + $1.count + 48 } }
}

extension Subscriptions {
  var memoryBytes: Int { channels.bytes + patterns.bytes + shards.bytes + (count + shards.count) * 64 }
}

extension Engine {
  /// used_memory: the heap, and all that is kept beside it.
  package var usedMemory: Int { heap.usedBytes + memory.counted + memory.lateLog }
  /// Dead blocks that snapshots keep.
  package var buriedBytes: Int { heap.usedBytes - heap.liveBytes }
  /// What of `usedMemory` is no reason to evict.
  package var uncountedMemory: Int { memory.lateLog + buriedBytes }

  /// Adds up what clients, log and tables take, and draws the line for the heap. O(connections).
  package func measureMemory() {
    var use = MemoryUse()
    use.peak = memory.peak
    use.startup = startupBytes
    for session in sessions.values {
      if session.gates.contains(.replica) { use.replicas += session.memoryBytes } else { use.clients += session.memoryBytes }
    }
    let logBytes = Int(log.endOffset - log.startOffset)
    use.backlog = min(logBytes, settings.memory.backlogBytes)
    use.lateLog = logBytes - use.backlog
    use.tracking = tracking.memoryBytes
    use.pubsub = (pubsub.channelCount + pubsub.shardChannelCount + pubsub.patternCount) * 128
    use.slowlog = slowlog.items.count * 256
    memory = use
    memory.peak = max(memory.peak, usedMemory)
    drawMemoryLimit()
    evictClients()
  }

  private var startupBytes: Int {
    table.records.count * (MemoryLayout<CommandRecord>.stride + 64) + (8 << 10) + Round.argumentsMax * 16
      + databaseCount * MemoryLayout<KeyTable.State>.stride
  }

  func drawMemoryLimit() {
    let limit = settings.memory
    hot.pointee.heapBytesMax = limit.bytesMax == 0 || limit.isIgnored ? .max : max(0, limit.bytesMax - memory.counted)
    if heap.liveBytes <= hot.pointee.heapBytesMax { gates.remove(.outOfMemory) }
  }

  /// Settings have changed; a lower limit begins to evict with the next tick.
  func adoptMemorySettings() {
    resetAccessMode()
    eviction.pool.removeAll()
    measureMemory()
    eviction.isRunning = heap.liveBytes > hot.pointee.heapBytesMax
  }

  // MARK: maxmemory-clients

  /// Closes the connections that take most until the rest fit `maxmemory-clients`. Replicas, the primary's link and those who asked for
  /// CLIENT NO-EVICT stay.
  func evictClients() {
    let limit = settings.memory.clientsBytesMax
    guard limit > 0 else { return }
    var candidates: [(session: Session, bytes: Int)] = []
    var total = 0
    for session in sessions.values
    where session.gates.isDisjoint(with: [.replica, .primaryLink, .loader, .noEvict, .closing]) {
      let bytes = session.memoryBytes
      total += bytes
      candidates.append((session, bytes))
    }
    guard total > limit else { return }
    candidates.sort { $0.bytes != $1.bytes ? $0.bytes > $1.bytes : $0.session.id < $1.session.id }
    for (session, bytes) in candidates where total > limit {
      kill(session)
      total -= bytes
      statistics.evictedClients += 1
      onClientEviction?(session, bytes)
    }
  }
}
