/// SCAN, RANDOMKEY and the search for what has expired.
extension KeyTable {
  /// A place between two home buckets: all keys whose hash prefix is lower, and those of the segment at `prefix` whose home bucket is
  /// below `bucket`, have been seen. As a number: prefix (48 bits), bucket (5), depth of the segment (6); 0 is the start and the end.
  ///
  /// A split after the cursor was given leaves keys to be seen twice (the upper half starts anew), never missed; after a merge
  /// (`depth` tells) the scan goes back to bucket 0 of the merged segment, and leaves out the prefixes below its own.
  struct ScanCursor {
    var prefix: UInt64
    var bucket: Int
    var depth: Int

    init(_ number: UInt64) {
      prefix = (number >> 11) << 16
      bucket = Int(number >> 6) & 31
      depth = min(Int(number & 63), KeyTable.depthMax)
    }
    init(prefix: UInt64, bucket: Int, depth: Int) {
      self.prefix = prefix
      self.bucket = bucket
      self.depth = depth
    }
    var number: UInt64 { (prefix >> 16) << 11 | UInt64(bucket) << 6 | UInt64(depth) }
  }

  /// Visits about `count` entries, and returns the cursor to go on with, 0 at the end. Any number is a valid cursor.
  func scan(from number: UInt64, count: Int, _ body: (Entry) -> Void) -> UInt64 {
    let tree = self.tree
    var cursor = ScanCursor(number)
    var seen = 0
    while let (segment, next) = tree.segment(at: cursor.prefix) {
      let depth = Self.depth(segment)
      if depth < cursor.depth { cursor.bucket = 0 }
      while cursor.bucket < Self.buckets {
        visit(home: cursor.bucket, of: segment) { hash, entry in
          guard hash >= cursor.prefix else { return }
          body(entry)
          seen += 1
        }
        cursor.bucket += 1
        // Sparse tables: a call must not walk the whole of it for want of entries.
        if seen >= count, cursor.bucket < Self.buckets {
          return ScanCursor(prefix: cursor.prefix, bucket: cursor.bucket, depth: depth).number
        }
      }
      guard let next else { return 0 }
      cursor = ScanCursor(prefix: next, bucket: 0, depth: depth)
      if seen >= count { return cursor.number }
    }
    return 0
  }

  /// The entries whose home is bucket `home`, wherever they lie.
  private func visit(home: Int, of segment: Block, _ body: (UInt64, Entry) -> Void) {
    var index = home
    for _ in 0..<Self.buckets {
      let bucket = Self.bucket(segment, index)
      let word = bucket.load(as: UInt64.self)
      for i in 0..<Self.slotsPerBucket where (word >> UInt64(i * 8)) & 0xff != 0 {
        let entry = Entry((bucket + (8 + i * 8)).load(as: Block.self))
        let hash = self.hash(entry.key, entry.keyCount)
        if Self.home(hash) == home { body(hash, entry) }
      }
      if word >> 56 == 0 { return }
      index = (index + 1) & (Self.buckets - 1)
    }
  }

  /// An entry at random, each with the same chance. Nil when the table is empty. O(1) expected.
  func randomEntry(using random: inout some RandomNumberGenerator) -> Entry? {
    // One call of a generator that may be anybody's; the rest is drawn from it here, without generic code.
    count > 0 ? randomEntry(seed: random.next()) : nil
  }

  @inline(never)
  private func randomEntry(seed: UInt64) -> Entry? {
    var draws = Draws(state: seed)
    let tree = self.tree
    guard let root = tree.root else { return nil }
    // A place in hash order falls into a segment as often as that is wide, so that a segment must be passed over the more often the fewer
    // entries it has on its width. They are scattered as a Poisson process is: hardly any segment has more than four and a half deviations
    // above the mean, and is then taken every time.
    for _ in 0..<1024 {
      let position = draws.next()
      let segment = Self.segment(in: root, for: position)
      let entries = Self.entryCount(segment)
      if Self.depth(segment) > 0 {
        let mean = Double(count) / Double(UInt64(1) << UInt64(Self.depth(segment)))
        let entriesMax = mean + 4.5 * mean.squareRoot() + 4
        guard draws.fraction() * entriesMax < Double(entries) else { continue }
      }
      if entries < Self.buckets {
        var left = Int(truncatingIfNeeded: draws.below(UInt64(entries)))
        var chosen: Entry?
        Self.forEachEntry(in: segment) { entry in
          if left == 0 { chosen = entry }
          left -= 1
        }
        if let chosen { return chosen }
        continue
      }
      // As many buckets are looked at as there are slots to an entry: fewer than a walk through the segment would take.
      for _ in 0..<4096 {
        let slot = Int(truncatingIfNeeded: draws.below(UInt64(Self.buckets * Self.slotsPerBucket)))
        let bucket = Self.bucket(segment, slot / Self.slotsPerBucket)
        let place = slot % Self.slotsPerBucket
        if bucket.load(fromByteOffset: place, as: UInt8.self) != 0 { return Entry((bucket + (8 + place * 8)).load(as: Block.self)) }
      }
    }
    // Nobody has such luck.
    var first: Entry?
    tree.forEach { if first == nil { first = $0 } }
    return first
  }

  /// SplitMix64 (Steele, Lea and Flood, 2014).
  private struct Draws {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z &>> 31)
    }

    mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
  }

  /// Visits up to `count` entries that lie near each other from `position` on; with `expiringOnly` those that have an expiry. Looks at up
  /// to `segments` segments. Returns the position to go on from if there were not as many; nil when all are there. Where a key lies has
  /// nothing to do with its use, so neighbours are as good as picks all over the table. `seed` says where in a segment to begin: with one
  /// slot (1 of 7) of each bucket, so that every entry has the same chance.
  func sample(
    _ count: Int, expiringOnly: Bool, from position: UInt64, seed: UInt64, segments: Int, _ body: (Entry) -> Void
  ) -> UInt64? {
    let tree = self.tree
    let firstBucket = Int(truncatingIfNeeded: seed & 31)
    let firstSlot = Int(truncatingIfNeeded: (seed >> 5) % UInt64(Self.slotsPerBucket))
    var at = position
    var left = count
    for _ in 0..<segments {
      guard let (segment, next) = tree.segment(at: at) else { return 0 }
      if expiringOnly ? Self.expiryCount(segment) > 0 : Self.entryCount(segment) > 0 {
        for slotStep in 0..<Self.slotsPerBucket {
          let slot = (firstSlot + slotStep) % Self.slotsPerBucket
          for bucketStep in 0..<Self.buckets {
            let bucket = Self.bucket(segment, (firstBucket + bucketStep) & (Self.buckets - 1))
            guard bucket.load(fromByteOffset: slot, as: UInt8.self) != 0 else { continue }
            let entry = Entry((bucket + (8 + slot * 8)).load(as: Block.self))
            if expiringOnly, !entry.hasExpiry { continue }
            body(entry)
            left -= 1
            if left == 0 { return nil }
          }
        }
      }
      at = next ?? 0
    }
    return at
  }

  /// Looks at up to `segments` segments from `position` on for one that may hold expired keys, or hashes with expired fields, and visits
  /// those. Returns the position to go on from; 0 when it came round the end.
  func visitExpired(from position: UInt64, now: Int64, segments: Int, _ body: (Entry) -> Void) -> UInt64 {
    guard hasExpiring(before: now) else { return 0 }
    let tree = self.tree
    var position = position
    if position == 0 { state.pointee.walkedFieldExpiry = .max }
    for _ in 0..<segments {
      guard let (segment, next) = tree.segment(at: position) else { return 0 }
      if (Self.expiryCount(segment) > 0 && Self.earliestExpiry(segment) <= now) || Self.earliestFieldExpiry(segment) <= now {
        var earliest = Int64.max
        var earliestField = Int64.max
        Self.forEachEntry(in: segment) { entry in
          if let time = entry.expiry {
            if time <= now { return body(entry) }
            earliest = min(earliest, time)
          }
          guard entry.holdsTimedFields, let time = HashView(entry).nextExpiry else { return }
          if time <= now { body(entry) } else { earliestField = min(earliestField, time) }
        }
        // Nobody but the lock's holder reads these words, so they may change in a frozen segment too. What was visited stays due.
        Self.setEarliestExpiry(segment, earliest)
        Self.setEarliestFieldExpiry(segment, earliestField)
      }
      state.pointee.walkedFieldExpiry = min(state.pointee.walkedFieldExpiry, Self.earliestFieldExpiry(segment))
      guard let next else {
        if state.pointee.walkedFieldExpiry != .min { state.pointee.earliestFieldExpiry = state.pointee.walkedFieldExpiry }
        state.pointee.walkedFieldExpiry = .min
        return 0
      }
      position = next
    }
    return position
  }
}
