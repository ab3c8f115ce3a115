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

  /// An entry at random: a segment is taken in proportion to its fill, then one of its entries. Nil when the table is empty.
  func randomEntry(using random: inout some RandomNumberGenerator) -> Entry? {
    guard count > 0 else { return nil }
    let tree = self.tree
    let capacity = Self.buckets * Self.slotsPerBucket
    // A place in hash order falls into a segment as often as that is wide, and its entries must not profit from a width that others had to
    // share: one that has been split less than most is passed over more often.
    let segments = state.pointee.segmentCount
    let depthMax = segments <= 1 ? 0 : segments.bitWidth - segments.leadingZeroBitCount
    var position = random.next()
    for attempt in 0..<256 {
      guard let (segment, next) = tree.segment(at: position) else { return nil }
      let entries = Self.entryCount(segment)
      if entries > 0, attempt > 100 || Int.random(in: 0..<capacity << max(0, depthMax - Self.depth(segment)), using: &random) < entries {
        var left = Int.random(in: 0..<entries, using: &random)
        var chosen: Entry?
        Self.forEachEntry(in: segment) { entry in
          if left == 0 { chosen = entry }
          left -= 1
        }
        if let chosen { return chosen }
      }
      position = attempt > 200 ? (next ?? 0) : random.next()
    }
    var first: Entry?
    tree.forEach { if first == nil { first = $0 } }
    return first
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
