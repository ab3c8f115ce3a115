internal import CTern

/// One database's keys: extendible hashing over segments (Fagin et al., 1979), copy-on-write by birth epochs.
///
/// ```
/// root directory (≤ 1024 slots, top bits of the hash)
///   slot ──────────────► segment: header line + 32 buckets of one cache line each
///   slot ─► directory ─► segments that share the slot's top 10 bits    (only in large tables)
///
/// bucket: 7 tag bytes │ overflow byte │ 7 entry pointers                (tag 0: slot is free)
/// ```
///
/// A key's home bucket is its hash's low 5 bits, its tag the next 8. It lies in the first bucket from its home on that had room; each
/// bucket passed on the way has its overflow byte set, so a miss usually reads one line. A segment that has no room splits in two by the
/// next hash bit, two thin ones merge: there is never a rehash of the whole. A lookup costs one miss for the bucket, one for the entry.
///
/// An empty table owns no memory. A handle; calls are made under the node's lock.
struct KeyTable {
  static let buckets = 32
  static let slotsPerBucket = 7
  static let rootDepthMax = 10
  /// Total prefix bits that a segment may have; below them lie bucket, tag and a margin.
  static let depthMax = 48
  /// How far from its home an entry may lie before the segment rather splits.
  private static let probesBeforeSplit = 4

  struct State {
    let heap: Heap
    let hash: ByteHash
    var root: Block? = nil
    var count = 0
    var expiryCount = 0
    /// Hashes in a layout for fields that expire.
    var timedHashCount = 0
    var segmentCount = 0
    /// A lower bound of the times at which fields of hashes expire, and the least one that the walk under way has left behind it (`.min`:
    /// there is none, so that its end decides nothing).
    var earliestFieldExpiry = Int64.max
    var walkedFieldExpiry = Int64.min
  }

  let state: UnsafeMutablePointer<State>
  var heap: Heap { @inline(__always) get { state.pointee.heap } }

  init(heap: Heap, hash: ByteHash) {
    state = .allocate(capacity: 1)
    state.initialize(to: State(heap: heap, hash: hash))
  }

  /// A table whose state lies elsewhere: in a block of a collection.
  @inline(__always) init(state: UnsafeMutablePointer<State>) { self.state = state }

  /// Frees the handle, not the blocks: those go with the heap, or by `removeAll`.
  func destroy() {
    state.deinitialize(count: 1)
    state.deallocate()
  }

  @inline(__always) var count: Int { state.pointee.count }
  @inline(__always) var expiryCount: Int { state.pointee.expiryCount }
  @inline(__always) var timedHashCount: Int { state.pointee.timedHashCount }

  @inline(__always)
  func hash(_ key: UnsafeRawPointer, _ count: Int) -> UInt64 { state.pointee.hash(key, count) }

  // MARK: directories
  // 0 birth, 4 size (the heap's sized header), 8 depth UInt32, 12 unused, 16 slots. A root slot with bit 0 set leads to a directory.

  @inline(__always) static func directoryDepth(_ directory: Block) -> Int { Int(directory.load(fromByteOffset: 8, as: UInt32.self)) }
  @inline(__always) static func slot(_ directory: Block, _ index: Int) -> Block { directory + (16 &+ index &* 8) }

  /// The `depth` top bits of `hash` behind the first `skip`.
  @inline(__always)
  static func index(_ hash: UInt64, skip: Int, depth: Int) -> Int {
    Int(truncatingIfNeeded: ((hash &<< UInt64(skip)) &>> 1) &>> UInt64(63 &- depth))
  }

  @inline(__always)
  static func segment(in root: Block, for hash: UInt64) -> Block {
    let word = slot(root, index(hash, skip: 0, depth: directoryDepth(root))).load(as: UInt.self)
    if word & 1 == 0 { return Block(bitPattern: word).unsafelyUnwrapped }
    let directory = Block(bitPattern: word & ~1).unsafelyUnwrapped
    return slot(directory, index(hash, skip: rootDepthMax, depth: directoryDepth(directory))).load(as: Block.self)
  }

  // MARK: segments
  // 0 birth UInt32, 4 depth UInt8, 6 entries UInt16, 8 entries with an expiry UInt16, 16 a lower bound of their expiry times Int64,
  // 24 a lower bound of the expiry times of fields of its hashes Int64.

  @inline(__always) static func depth(_ segment: Block) -> Int { Int(segment.load(fromByteOffset: 4, as: UInt8.self)) }
  @inline(__always) static func entryCount(_ segment: Block) -> Int { Int(segment.load(fromByteOffset: 6, as: UInt16.self)) }
  @inline(__always) static func expiryCount(_ segment: Block) -> Int { Int(segment.load(fromByteOffset: 8, as: UInt16.self)) }
  @inline(__always) static func earliestExpiry(_ segment: Block) -> Int64 { segment.load(fromByteOffset: 16, as: Int64.self) }
  @inline(__always) static func setEarliestExpiry(_ segment: Block, _ time: Int64) {
    segment.storeBytes(of: time, toByteOffset: 16, as: Int64.self)
  }
  @inline(__always) static func bucket(_ segment: Block, _ index: Int) -> Block { segment + (64 &+ index &* 64) }
  @inline(__always) static func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (buckets - 1) }

  @inline(__always)
  static func tag(_ hash: UInt64) -> UInt64 {
    let tag = (hash &>> 5) & 0xff
    return tag == 0 ? 1 : tag
  }

  /// A word with the top bit of each of the seven tag bytes that equal `tag`.
  @inline(__always)
  static func match(_ word: UInt64, _ tag: UInt64) -> UInt64 {
    let x = word ^ (tag &* 0x0101_0101_0101_0101)
    let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
    return ~(((x & low) &+ low) | x | low) & 0x00ff_ffff_ffff_ffff
  }

  func newSegment(depth: Int) -> Block {
    let segment = heap.allocateSegment()
    segment.initializeMemory(as: UInt8.self, repeating: 0, count: Heap.segmentBytes)
    segment.storeBytes(of: heap.epoch, as: UInt32.self)
    segment.storeBytes(of: UInt8(truncatingIfNeeded: depth), toByteOffset: 4, as: UInt8.self)
    Self.setEarliestExpiry(segment, .max)
    Self.setEarliestFieldExpiry(segment, .max)
    state.pointee.segmentCount &+= 1
    return segment
  }

  @inline(__always)
  private static func addCounts(_ segment: Block, entries: Int, expiries: Int) {
    segment.storeBytes(of: UInt16(truncatingIfNeeded: entryCount(segment) &+ entries), toByteOffset: 6, as: UInt16.self)
    segment.storeBytes(of: UInt16(truncatingIfNeeded: expiryCount(segment) &+ expiries), toByteOffset: 8, as: UInt16.self)
  }

  // MARK: lookup

  /// Where an entry's pointer stands. Valid until the table is next changed.
  struct Position {
    let segment: Block
    let slot: Block
    @inline(__always) var entry: Entry { Entry(slot.load(as: Block.self)) }
  }

  @inline(__always)
  func locate(_ hash: UInt64, _ key: UnsafeRawPointer, _ count: Int) -> Position? {
    guard let root = state.pointee.root else { return nil }
    let segment = Self.segment(in: root, for: hash)
    let tag = Self.tag(hash)
    var index = Self.home(hash)
    var left = Self.buckets
    while true {
      let bucket = Self.bucket(segment, index)
      let word = bucket.load(as: UInt64.self)
      var matches = Self.match(word, tag)
      while matches != 0 {
        let slot = bucket + (8 &+ (matches.trailingZeroBitCount &>> 3) &* 8)
        let entry = Entry(slot.load(as: Block.self))
        if entry.keyCount == count && bytesEqual(entry.key, key, count) { return Position(segment: segment, slot: slot) }
        matches &= matches &- 1
      }
      if word &>> 56 == 0 { return nil }
      left &-= 1
      if left == 0 { return nil }
      index = (index &+ 1) & (Self.buckets - 1)
    }
  }

  /// The first step of a lookup ahead of time, in tables so large that directories do not stay in the cache.
  @inline(__always)
  func prefetchDirectory(_ hash: UInt64) {
    guard let root = state.pointee.root else { return }
    let word = Self.slot(root, Self.index(hash, skip: 0, depth: Self.directoryDepth(root))).load(as: UInt.self)
    guard word & 1 != 0, let directory = Block(bitPattern: word & ~1) else { return }
    tern_prefetch(directory)
    tern_prefetch(directory + 64)
  }

  @inline(__always)
  func prefetchBucket(_ hash: UInt64) {
    guard let root = state.pointee.root else { return }
    tern_prefetch(Self.bucket(Self.segment(in: root, for: hash), Self.home(hash)))
  }

  @inline(__always)
  func prefetchEntry(_ hash: UInt64) {
    guard let root = state.pointee.root else { return }
    let bucket = Self.bucket(Self.segment(in: root, for: hash), Self.home(hash))
    let matches = Self.match(bucket.load(as: UInt64.self), Self.tag(hash))
    if matches != 0 { tern_prefetch((bucket + (8 &+ (matches.trailingZeroBitCount &>> 3) &* 8)).load(as: Block.self)) }
  }

  // MARK: change

  /// The position, in a segment that may be written (copied, with the path to it, if a snapshot holds it).
  @inline(__always)
  func writable(_ position: Position, _ hash: UInt64) -> Position {
    if !heap.isFrozen(position.segment) { return position }
    let offset = position.slot - position.segment
    let segment = writableSegment(hash)
    return Position(segment: segment, slot: segment + offset)
  }

  /// Puts `new` in the place of the entry at `position`. The old entry's block is discarded, a value block it pointed to is not.
  @inline(__always)
  func replace(_ position: Position, _ hash: UInt64, with new: Entry) {
    let position = writable(position, hash)
    let old = position.entry
    position.slot.storeBytes(of: new.block, as: Block.self)
    if old.hasExpiry || new.hasExpiry { noteExpiry(position.segment, old: old.hasExpiry, new: new) }
    if old.holdsTimedFields { state.pointee.timedHashCount &-= 1 }
    if new.holdsTimedFields { addTimedHash(position.segment, new) }
    heap.discard(old.block, .entry)
  }

  @inline(never)
  private func noteExpiry(_ segment: Block, old: Bool, new: Entry) {
    let change = (new.hasExpiry ? 1 : 0) - (old ? 1 : 0)
    Self.addCounts(segment, entries: 0, expiries: change)
    state.pointee.expiryCount &+= change
    if let time = new.expiry { Self.setEarliestExpiry(segment, min(time, Self.earliestExpiry(segment))) }
  }

  /// Changes the time of an entry that has one already and may be written.
  func rewriteExpiry(_ position: Position, _ time: Int64) {
    position.entry.setExpiry(time)
    Self.setEarliestExpiry(position.segment, min(time, Self.earliestExpiry(position.segment)))
  }

  /// Adds an entry whose key is not in the table.
  @inline(__always)
  func insert(_ entry: Entry, _ hash: UInt64) {
    if let root = state.pointee.root {
      let segment = Self.segment(in: root, for: hash)
      if !heap.isFrozen(segment), Self.put(segment, hash, entry, probes: Self.probesBeforeSplit) { return added(segment, entry) }
    }
    insertSlow(entry, hash)
  }

  @inline(__always)
  private func added(_ segment: Block, _ entry: Entry) {
    Self.addCounts(segment, entries: 1, expiries: 0)
    state.pointee.count &+= 1
    if entry.hasExpiry { noteExpiry(segment, old: false, new: entry) }
    if entry.holdsTimedFields { addTimedHash(segment, entry) }
  }

  @inline(never)
  private func insertSlow(_ entry: Entry, _ hash: UInt64) {
    if state.pointee.root == nil { state.pointee.root = newDirectory(depth: 0, slots: UInt(bitPattern: newSegment(depth: 0))) }
    while true {
      let segment = writableSegment(hash)
      let probes = Self.depth(segment) < Self.depthMax ? Self.probesBeforeSplit : Self.buckets
      if Self.put(segment, hash, entry, probes: probes) { return added(segment, entry) }
      // 224 keys whose hashes agree in 48 bits under secret random seeds: not in this universe.
      precondition(Self.depth(segment) < Self.depthMax, "a segment of equal hashes")
      split(hash)
    }
  }

  @inline(__always)
  static func put(_ segment: Block, _ hash: UInt64, _ entry: Entry, probes: Int) -> Bool {
    var index = home(hash)
    var left = probes
    while true {
      let bucket = bucket(segment, index)
      let free = match(bucket.load(as: UInt64.self), 0)
      if free != 0 {
        let i = free.trailingZeroBitCount &>> 3
        (bucket + (8 &+ i &* 8)).storeBytes(of: entry.block, as: Block.self)
        (bucket + i).storeBytes(of: UInt8(truncatingIfNeeded: tag(hash)), as: UInt8.self)
        return true
      }
      left &-= 1
      if left == 0 { return false }
      (bucket + 7).storeBytes(of: 1, as: UInt8.self)
      index = (index &+ 1) & (buckets - 1)
    }
  }

  /// Takes the entry out. Its block is discarded, a value block that it points to is not.
  @inline(__always)
  func remove(_ position: Position, _ hash: UInt64) {
    let position = writable(position, hash)
    let entry = position.entry
    let address = UInt(bitPattern: position.slot)
    let bucket = Block(bitPattern: address & ~63).unsafelyUnwrapped
    (bucket + (Int(address & 63) &>> 3 &- 1)).storeBytes(of: 0, as: UInt8.self)
    position.slot.storeBytes(of: 0, as: UInt.self)
    let hadExpiry = entry.hasExpiry
    Self.addCounts(position.segment, entries: -1, expiries: hadExpiry ? -1 : 0)
    state.pointee.count &-= 1
    if hadExpiry { state.pointee.expiryCount &-= 1 }
    if entry.holdsTimedFields { state.pointee.timedHashCount &-= 1 }
    heap.discard(entry.block, .entry)
    if Self.entryCount(position.segment) <= Self.thinSegmentEntries { mergeIfThin(hash) }
  }

  @inline(__always)
  static func forEachEntry(in segment: Block, _ body: (Entry) -> Void) {
    var i = 0
    while i < buckets {
      let bucket = bucket(segment, i)
      var tags = bucket.load(as: UInt64.self) & 0x00ff_ffff_ffff_ffff
      var offset = 8
      while tags != 0 {
        if tags & 0xff != 0 { body(Entry((bucket + offset).load(as: Block.self))) }
        tags &>>= 8
        offset &+= 8
      }
      i &+= 1
    }
  }
}
