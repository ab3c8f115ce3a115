/// Evicting keys while memory is over `maxmemory`.
///
/// LRU, LFU and TTL are approximate: some entries are sampled, and the best candidates of all samples so far wait in a small pool. With
/// the default of 5 samples this finds nearly what an exact order would, for a few cache misses and no memory a key.
/// Source: https://redis.io/docs/latest/develop/reference/eviction/
struct EvictionState {
  struct Candidate {
    /// The larger, the sooner it goes.
    var score: UInt64
    var database: Int
    var key: [UInt8]
  }
  static let poolMax = 16

  /// By score, ascending.
  var pool: [Candidate] = []
  /// Where the search for rare expiring keys goes on, by database.
  var positions: [UInt64] = []
  /// The database that a random pick looks at next.
  var nextDatabase = 0
  /// The last command had to leave before enough was free; ticks go on.
  var isRunning = false
  /// Nanoseconds since when memory has been over the limit; nil while it is not.
  var exceededSince: Int64?
  var exceededNanoseconds: Int64 = 0

  mutating func add(_ score: UInt64, _ database: Int, _ key: UnsafeRawBufferPointer) {
    if pool.count == EvictionState.poolMax {
      guard score > pool[0].score else { return }
      pool.removeFirst()
    }
    let place = pool.firstIndex { $0.score > score } ?? pool.count
    pool.insert(Candidate(score: score, database: database, key: Array(key)), at: place)
  }
}

package enum EvictionOutcome: Sendable {
  /// Memory is within the limit, or nothing may be evicted now.
  case fits
  /// There is more to evict, later: commands go on meanwhile.
  case running
  /// Nothing is left that may go.
  case failed
}

extension Engine {
  /// Evictions go on at the next tick.
  package var isEvicting: Bool { eviction.isRunning }

  /// Evicts until memory is within its limit, or the time for one go is over.
  package func relieveMemory() -> EvictionOutcome {
    let limit = hot.pointee.heapBytesMax
    guard heap.liveBytes > limit else {
      endExcess()
      return .fits
    }
    // Nothing may change now; the limit waits, as in Redis.
    guard gates.isDisjoint(with: [.loading, .paused]), !isInTransaction else { return .fits }
    if eviction.exceededSince == nil { eviction.exceededSince = monotonicNanoseconds() }
    // What was flushed and has not been taken apart yet is the cheapest to give up.
    if !tombs.isEmpty || heap.hasGraves { reclaim(steps: 2_000) }
    let outcome = evict(until: limit)
    eviction.isRunning = outcome == .running
    if outcome == .fits { endExcess() }
    return outcome
  }

  private func endExcess() {
    gates.remove(.outOfMemory)
    eviction.isRunning = false
    if let since = eviction.exceededSince { eviction.exceededNanoseconds += monotonicNanoseconds() - since }
    eviction.exceededSince = nil
  }

  private func evict(until limit: Int) -> EvictionOutcome {
    let started = monotonicNanoseconds()
    let nanosecondsMax = settings.memory.evictionMicrosecondsMax.map { Int64($0 * 1000) } ?? .max
    var count = 0
    var outcome = EvictionOutcome.fits
    while heap.liveBytes > limit {
      // Large values that were let go of are taken apart in steps: only then is it known whether another key must go.
      if heap.hasGraves || !tombs.isEmpty {
        reclaim(steps: 512)
        if monotonicNanoseconds() - started > nanosecondsMax, heap.liveBytes > limit {
          outcome = .running
          break
        }
        continue
      }
      guard settings.memory.policy.order != .none else {
        outcome = .failed
        break
      }
      switch nextVictim(deadline: nanosecondsMax == .max ? .max : started + nanosecondsMax) {
      case .found(let victim): take(victim)
      case .none: outcome = .failed
      case .late: outcome = .running
      }
      if outcome != .fits { break }
      count += 1
      // Looking at the clock costs as much as an eviction.
      if count % 16 == 0, monotonicNanoseconds() - started > nanosecondsMax, heap.liveBytes > limit {
        outcome = .running
        break
      }
    }
    latency.note("eviction-cycle", nanoseconds: monotonicNanoseconds() - started, now: now)
    return outcome
  }

  /// Takes an evicted key out: its effect is a deletion, before whatever command is about to run.
  private func take(_ victim: EvictionState.Candidate) {
    let database = database(victim.database)
    victim.key.withUnsafeBytes { bytes in
      let key = database.key(bytes)
      guard let position = database.table.locate(key.hash, key.bytes, key.count) else { return }
      database.table.removeKey(position, key.hash)
      statistics.evictedKeys += 1
      database.signal(key, .evicted, "evicted")
      if effects.isRecording {
        effects.begin(victim.database, 2, settings.memory.evictsLazily ? "UNLINK" : "DEL")
        effects.argument(key)
        effects.commit()
      }
    }
  }

  // MARK: who goes

  private enum Search {
    case found(EvictionState.Candidate)
    case none
    /// The time was over before a candidate was met.
    case late
  }

  private func nextVictim(deadline: Int64) -> Search {
    settings.memory.policy.order == .random ? randomVictim(deadline) : sampledVictim(deadline)
  }

  private func randomVictim(_ deadline: Int64) -> Search {
    let onlyExpiring = settings.memory.policy.onlyExpiring
    for _ in tables.indices {
      let index = eviction.nextDatabase % tables.count
      eviction.nextDatabase = (index + 1) % tables.count
      let table = tables[index]
      guard onlyExpiring ? table.expiryCount > 0 : table.count > 0 else { continue }
      var victim: EvictionState.Candidate?
      let pick = { (entry: Entry) in
        victim = EvictionState.Candidate(score: 0, database: index, key: Array(entry.keyBytes))
      }
      if onlyExpiring {
        guard sample(index, 1, deadline: deadline, pick) else { return .late }
      } else if let entry = table.randomEntry(using: &random) {
        pick(entry)
      }
      if let victim { return .found(victim) }
    }
    return .none
  }

  private func sampledVictim(_ deadline: Int64) -> Search {
    let policy = settings.memory.policy
    while true {
      var isAnything = false
      for index in tables.indices where policy.onlyExpiring ? tables[index].expiryCount > 0 : tables[index].count > 0 {
        isAnything = true
        let isInTime = sample(index, settings.memory.samples, deadline: deadline) { entry in
          eviction.add(score(entry), index, entry.keyBytes)
        }
        if !isInTime { return .late }
      }
      guard isAnything else { return .none }
      while let candidate = eviction.pool.popLast() {
        if isStillThere(candidate) { return .found(candidate) }
      }
    }
  }

  private func score(_ entry: Entry) -> UInt64 {
    switch settings.memory.policy.order {
    case .recency: UInt64(idleSeconds(entry))
    case .frequency: UInt64(255 - frequency(entry))
    case .timeToLive: UInt64.max - UInt64(bitPattern: entry.expiry ?? .max)
    case .random, .none: 0
    }
  }

  private func isStillThere(_ candidate: EvictionState.Candidate) -> Bool {
    candidate.key.withUnsafeBytes { bytes in
      let database = database(candidate.database)
      let key = database.key(bytes)
      guard let position = database.table.locate(key.hash, key.bytes, key.count) else { return false }
      return position.entry.hasExpiry || !settings.memory.policy.onlyExpiring
    }
  }

  /// Some entries of a database that may go. Where few of very many keys have an expiry, the walk to one of them may take longer than a
  /// command may be held up: then it is false, and the next search goes on where this one left.
  private func sample(_ index: Int, _ count: Int, deadline: Int64, _ body: (Entry) -> Void) -> Bool {
    if eviction.positions.count != tables.count { eviction.positions = Array(repeating: 0, count: tables.count) }
    let onlyExpiring = settings.memory.policy.onlyExpiring
    var met = 0
    var position = random.next()
    let seed = random.next()
    var isFirst = true
    while true {
      let next = tables[index].sample(count - met, expiringOnly: onlyExpiring, from: position, seed: seed, segments: 256) { entry in
        met += 1
        body(entry)
      }
      guard let next, met == 0 else { return true }
      // Nothing near the random place: the search for rare keys goes on from where it last was.
      position = isFirst && onlyExpiring ? eviction.positions[index] : next
      if !isFirst { eviction.positions[index] = next }
      isFirst = false
      if monotonicNanoseconds() > deadline { return false }
    }
  }
}
