internal import CTern

/// How the table grows, shrinks and copies the path to a segment.
extension KeyTable {
  static let thinSegmentEntries = 48
  static let mergedSegmentEntriesMax = 96

  func newDirectory(depth: Int, slots: UInt) -> Block {
    let count = 1 << depth
    let directory = heap.allocateSized(16 + count * 8)
    directory.storeBytes(of: UInt64(depth), toByteOffset: 8, as: UInt64.self)
    for i in 0..<count { Self.slot(directory, i).storeBytes(of: slots, as: UInt.self) }
    return directory
  }

  private func copy(_ directory: Block) -> Block {
    let bytes = Heap.sizedBytes(directory)
    let copy = heap.allocateSized(bytes)
    (copy + 8).copyMemory(from: directory + 8, byteCount: bytes - 8)
    return copy
  }

  /// The directory that holds the segment of `hash`, and how many hash bits lie above it. Nil without a root.
  private func directory(for hash: UInt64) -> (directory: Block, skip: Int)? {
    guard let root = state.pointee.root else { return nil }
    let word = Self.slot(root, Self.index(hash, skip: 0, depth: Self.directoryDepth(root))).load(as: UInt.self)
    if word & 1 == 1, let directory = Block(bitPattern: word & ~1) { return (directory, Self.rootDepthMax) }
    return (root, 0)
  }

  /// The segment for `hash`, after copying whatever on the way to it a snapshot holds. The table must have a root.
  @inline(never)
  func writableSegment(_ hash: UInt64) -> Block {
    guard var root = state.pointee.root else { preconditionFailure("a write into a table without a root") }
    if heap.isFrozen(root) {
      let old = root
      root = copy(old)
      state.pointee.root = root
      heap.discard(old, .sized)
    }
    let rootSlot = Self.slot(root, Self.index(hash, skip: 0, depth: Self.directoryDepth(root)))
    let word = rootSlot.load(as: UInt.self)
    if word & 1 == 1, let directory = Block(bitPattern: word & ~1), heap.isFrozen(directory) {
      rootSlot.storeBytes(of: UInt(bitPattern: copy(directory)) | 1, as: UInt.self)
      heap.discard(directory, .sized)
    }
    let segment = Self.segment(in: root, for: hash)
    guard heap.isFrozen(segment) else { return segment }
    let fresh = heap.allocateSegment()
    fresh.copyMemory(from: segment, byteCount: Heap.segmentBytes)
    fresh.storeBytes(of: heap.epoch, as: UInt32.self)
    setSlots(of: segment, hash, to: fresh)
    heap.discard(segment, .segment)
    return fresh
  }

  /// All slots of the directory that lead to `segment` lead to `new` from now on. The directory is writable.
  private func setSlots(of segment: Block, _ hash: UInt64, to new: Block) {
    guard let (directory, skip) = directory(for: hash) else { return }
    let (base, span) = range(of: segment, hash, in: directory, skip: skip)
    for i in base..<base + span { Self.slot(directory, i).storeBytes(of: new, as: Block.self) }
  }

  private func range(of segment: Block, _ hash: UInt64, in directory: Block, skip: Int) -> (base: Int, span: Int) {
    let depth = Self.directoryDepth(directory)
    let span = 1 << (depth - (Self.depth(segment) - skip))
    return (Self.index(hash, skip: skip, depth: depth) & ~(span - 1), span)
  }

  /// Divides the segment of `hash` by the next bit, and its directory before that if it has no room.
  func split(_ hash: UInt64) {
    let segment = writableSegment(hash)
    let depth = Self.depth(segment)
    guard let (directory, skip) = directory(for: hash) else { return }
    if depth - skip == Self.directoryDepth(directory) {
      if skip == 0, depth == Self.rootDepthMax {
        let below = newDirectory(depth: 1, slots: UInt(bitPattern: segment))
        Self.slot(directory, Self.index(hash, skip: 0, depth: depth)).storeBytes(of: UInt(bitPattern: below) | 1, as: UInt.self)
      } else {
        double(directory, hash, skip: skip)
      }
    }
    guard let (target, above) = self.directory(for: hash) else { return }
    let low = newSegment(depth: depth + 1)
    let high = newSegment(depth: depth + 1)
    let bit = UInt64(1) << UInt64(63 - depth)
    // Every key is read to be hashed again: asked for together, they cost one trip to memory instead of a hundred.
    Self.forEachEntry(in: segment) { tern_prefetch($0.block) }
    Self.forEachEntry(in: segment) { entry in
      let hash = self.hash(entry.key, entry.keyCount)
      self.move(entry, hash, to: hash & bit == 0 ? low : high)
    }
    let (base, span) = range(of: segment, hash, in: target, skip: above)
    for i in base..<base + span / 2 { Self.slot(target, i).storeBytes(of: low, as: Block.self) }
    for i in base + span / 2..<base + span { Self.slot(target, i).storeBytes(of: high, as: Block.self) }
    state.pointee.segmentCount -= 1
    heap.discard(segment, .segment)
  }

  /// How deep segments lie in a table of so many keys: 75 to 150 in each.
  static func depth(for count: Int) -> Int {
    var depth = 0
    while depth < 40, count >> depth > 150 { depth += 1 }
    return depth
  }

  /// One step of making room for keys that are announced: sees to it that the segment of `hash` lies at least so deep. An empty segment is
  /// divided in no time; one that has filled up has its keys hashed again.
  func deepen(_ hash: UInt64, to depth: Int) {
    if state.pointee.root == nil { state.pointee.root = newDirectory(depth: 0, slots: UInt(bitPattern: newSegment(depth: 0))) }
    while Self.depth(writableSegment(hash)) < min(depth, Self.depthMax) { split(hash) }
  }

  private func double(_ directory: Block, _ hash: UInt64, skip: Int) {
    let depth = Self.directoryDepth(directory)
    let larger = newDirectory(depth: depth + 1, slots: 0)
    for i in 0..<1 << depth {
      let word = Self.slot(directory, i).load(as: UInt.self)
      Self.slot(larger, i * 2).storeBytes(of: word, as: UInt.self)
      Self.slot(larger, i * 2 + 1).storeBytes(of: word, as: UInt.self)
    }
    install(larger, hash, skip: skip)
    heap.discard(directory, .sized)
  }

  private func install(_ directory: Block, _ hash: UInt64, skip: Int) {
    guard skip > 0, let root = state.pointee.root else {
      state.pointee.root = directory
      return
    }
    Self.slot(root, Self.index(hash, skip: 0, depth: Self.directoryDepth(root))).storeBytes(
      of: UInt(bitPattern: directory) | 1, as: UInt.self)
  }

  /// Places an entry into a segment that surely has room, with whatever distance from its home that takes.
  private func move(_ entry: Entry, _ hash: UInt64, to segment: Block) {
    _ = Self.put(segment, hash, entry, probes: Self.buckets)
    let expiries = Self.expiryCount(segment) + (entry.hasExpiry ? 1 : 0)
    segment.storeBytes(of: UInt16(truncatingIfNeeded: Self.entryCount(segment) + 1), toByteOffset: 6, as: UInt16.self)
    segment.storeBytes(of: UInt16(truncatingIfNeeded: expiries), toByteOffset: 8, as: UInt16.self)
    if let time = entry.expiry { Self.setEarliestExpiry(segment, min(time, Self.earliestExpiry(segment))) }
    if entry.holdsTimedFields { noteFieldExpiry(segment, entry) }
  }

  /// Joins the thin segment of `hash` with its buddy if that is thin too, and halves the directory when no segment needs its depth.
  @inline(never)
  func mergeIfThin(_ hash: UInt64) {
    if state.pointee.count == 0 { return removeAll() }
    guard let (directory, skip) = directory(for: hash), let root = state.pointee.root else { return }
    let segment = Self.segment(in: root, for: hash)
    let depth = Self.depth(segment)
    guard depth > skip else { return }
    let buddyHash = hash ^ (UInt64(1) << UInt64(64 - depth))
    let buddyWord = Self.slot(directory, Self.index(buddyHash, skip: skip, depth: Self.directoryDepth(directory))).load(as: UInt.self)
    guard buddyWord & 1 == 0, let buddy = Block(bitPattern: buddyWord), Self.depth(buddy) == depth,
      Self.entryCount(segment) + Self.entryCount(buddy) <= Self.mergedSegmentEntriesMax
    else { return }
    // Both leave; writing the first copies the path, and the second is only read.
    let mine = writableSegment(hash)
    let merged = newSegment(depth: depth - 1)
    for old in [mine, buddy] { Self.forEachEntry(in: old) { self.move($0, self.hash($0.key, $0.keyCount), to: merged) } }
    guard let (target, above) = self.directory(for: hash) else { return }
    let (base, span) = range(of: merged, hash, in: target, skip: above)
    for i in base..<base + span { Self.slot(target, i).storeBytes(of: merged, as: Block.self) }
    heap.discard(mine, .segment)
    heap.discard(buddy, .segment)
    state.pointee.segmentCount -= 2
    halveIfShallow(target, hash, skip: above)
  }

  private func halveIfShallow(_ directory: Block, _ hash: UInt64, skip: Int) {
    let depth = Self.directoryDepth(directory)
    guard depth > 0 else { return }
    for i in stride(from: 0, to: 1 << depth, by: 2)
    where Self.slot(directory, i).load(as: UInt.self) != Self.slot(directory, i + 1).load(as: UInt.self) { return }
    if skip > 0, depth == 1, let root = state.pointee.root {
      // One segment is left below the slot: it hangs on the root again.
      let segment = Self.slot(directory, 0).load(as: UInt.self)
      Self.slot(root, Self.index(hash, skip: 0, depth: Self.directoryDepth(root))).storeBytes(of: segment, as: UInt.self)
    } else {
      let smaller = newDirectory(depth: depth - 1, slots: 0)
      for i in 0..<1 << (depth - 1) {
        Self.slot(smaller, i).storeBytes(of: Self.slot(directory, i * 2).load(as: UInt.self), as: UInt.self)
      }
      install(smaller, hash, skip: skip)
    }
    heap.discard(directory, .sized)
  }

  /// Lets go of a tree that holds no entry any more.
  private func removeAll() {
    guard let root = state.pointee.root else { return }
    let tree = KeyTree(root: root, count: 0, expiryCount: 0)
    state.pointee.root = nil
    state.pointee.segmentCount = 0
    var position: UInt64? = 0
    while position != nil { dismantle(tree, from: &position) }
  }
}
