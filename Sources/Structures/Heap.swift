internal import CTern

typealias Block = UnsafeMutableRawPointer

/// What a block on a dead list is, so that its size can be read off its own header. Kept in the pointer's low bits (blocks are
/// aligned to 8 bytes).
enum BlockKind: Int {
  case entry = 0
  case segment = 1
  /// Header: birth (UInt32), size in units of 8 bytes (UInt32). Directories, long strings, every node of a later structure.
  case sized = 2
}

/// The memory of one keyspace: size-class slabs on mapped pages, birth epochs, dead lists.
///
/// Every block that a snapshot can reach begins with the epoch of its birth (UInt32). Taking a snapshot is `frozen = epoch; epoch += 1`.
/// A block with `birth <= frozen` is immutable: a writer copies it, and puts the old block on the newest snapshot's dead list. When a
/// snapshot is dropped, `reclaim(steps:)` walks its dead list in small steps: a block that an older live snapshot can still reach
/// moves to that snapshot's list, any other is freed. (The scheme of ZFS's dead lists: Bonwick and Moore, 2007.)
///
/// ```
/// epoch     1 2 3 | 4 5 | 6 7        snapshots at 3 and at 5
/// block      b----------- d          born at 2, dead at 7: on the list of snapshot 5; reached by 3 as well
/// ```
///
/// Not reference counts: they cost an atomic increment an entry for each copied segment (2.3 × the p99 during a walk, measured).
///
/// A handle; copies share the memory. All calls are made under the node's lock; frozen blocks may be read from any thread.
struct Heap {
  /// Blocks up to this size come from slabs, larger ones from malloc.
  static let slabBytesMax = 4096
  static let segmentBytes = 64 + 32 * 64

  struct State {
    var epoch: UInt32 = 1
    /// The newest live snapshot's epoch, 0 without one.
    var frozen: UInt32 = 0
    var usedBytes = 0
    /// Of `usedBytes`: dead blocks that only snapshots still reach.
    var buriedBytes = 0
    var free: UnsafeMutablePointer<Block?>
    var bump: Block? = nil
    var bumpBytes = 0
    var freeSegments: Block? = nil
    var segmentBump: Block? = nil
    var segmentBumpCount = 0
    var nextRegionBytes = 64 << 10
    var regions: [(Block, Int)] = []
    /// Head of the doubly linked list of blocks beyond the slabs; each has two words before it.
    var large: Block? = nil
    var snapshots: [(epoch: UInt32, dead: DeadList)] = []
    /// Dead lists of dropped snapshots, not yet walked to the end.
    var reclaiming: [(epoch: UInt32, dead: DeadList)] = []
    /// Steps of dismantling that were taken at once, ever: who takes many values apart in one go reads off it what that cost.
    var promptSteps = 0
    /// Large collections that were let go of, not yet dismantled to the end.
    var graves: [Grave] = []
    /// Of these, how many have gone since the statistics were last reset.
    var dismantledGraves = 0
    /// A savepoint is open: see Heap+Savepoint.
    var isTracking = false
    var savepoint = Savepoint()
  }

  let state: UnsafeMutablePointer<State>

  init() {
    let free = Heap.newFreeLists()
    state = .allocate(capacity: 1)
    state.initialize(to: State(free: free))
  }

  /// Gives all memory back. No handle, snapshot or pointer may be used afterwards.
  func destroy() {
    for (region, bytes) in state.pointee.regions { tern_pages_unmap(region, bytes) }
    while let block = state.pointee.large {
      unlinkLarge(block)
      (block - 16).deallocate()
    }
    for i in state.pointee.snapshots.indices { state.pointee.snapshots[i].dead.deallocate() }
    for i in state.pointee.reclaiming.indices { state.pointee.reclaiming[i].dead.deallocate() }
    state.pointee.free.deallocate()
    state.pointee.savepoint.destroy()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// One for each size of the slabs, all empty.
  static func newFreeLists() -> UnsafeMutablePointer<Block?> {
    let classes = slabBytesMax / 8 + 1
    let free = UnsafeMutablePointer<Block?>.allocate(capacity: classes)
    free.initialize(repeating: nil, count: classes)
    return free
  }

  /// A word of a dead list, taken apart.
  static func buried(_ tagged: UInt) -> (block: Block, kind: BlockKind)? {
    guard let block = Block(bitPattern: tagged & ~7), let kind = BlockKind(rawValue: Int(tagged & 7)) else { return nil }
    return (block, kind)
  }

  @inline(__always) var epoch: UInt32 { state.pointee.epoch }
  @inline(__always) var usedBytes: Int { state.pointee.usedBytes }
  /// What the present content takes: the memory that comes back with the snapshots is not in it.
  @inline(__always) var liveBytes: Int { state.pointee.usedBytes &- state.pointee.buriedBytes }

  @inline(__always)
  func isFrozen(_ block: Block) -> Bool { block.load(as: UInt32.self) <= state.pointee.frozen }

  // MARK: allocation

  @inline(__always)
  static func rounded(_ bytes: Int) -> Int { (bytes &+ 7) & ~7 }

  /// At least `bytes` (rounded up to 8: half a step less to lose for each key and each small collection), aligned to 8, not zeroed.
  @inline(__always)
  func allocate(_ bytes: Int) -> Block {
    let size = Heap.rounded(bytes)
    state.pointee.usedBytes &+= size
    if size <= Heap.slabBytesMax {
      let slot = state.pointee.free + (size &>> 3)
      if let block = slot.pointee {
        slot.pointee = block.load(as: Block?.self)
        return block
      }
      if state.pointee.bumpBytes >= size, let bump = state.pointee.bump {
        state.pointee.bump = bump + size
        state.pointee.bumpBytes &-= size
        return bump
      }
    }
    return allocateSlow(size)
  }

  @inline(__always)
  func free(_ block: Block, _ bytes: Int) {
    if state.pointee.isTracking { return markDead(block) }
    let size = Heap.rounded(bytes)
    state.pointee.usedBytes &-= size
    if size > Heap.slabBytesMax { return freeLarge(block) }
    let slot = state.pointee.free + (size &>> 3)
    block.storeBytes(of: slot.pointee, as: Block?.self)
    slot.pointee = block
  }

  @inline(never)
  private func allocateSlow(_ size: Int) -> Block {
    if state.pointee.isTracking { return allocateTracked(size) }
    if size > Heap.slabBytesMax {
      let block = Block.allocate(byteCount: size + 16, alignment: 16) + 16
      (block - 16).storeBytes(of: nil, as: Block?.self)
      (block - 8).storeBytes(of: state.pointee.large, as: Block?.self)
      if let next = state.pointee.large { (next - 16).storeBytes(of: block, as: Block?.self) }
      state.pointee.large = block
      return block
    }
    // The rest of the old region goes to the free list of its size, so that nothing is lost.
    if let bump = state.pointee.bump, state.pointee.bumpBytes >= 8 {
      let slot = state.pointee.free + (state.pointee.bumpBytes >> 3)
      bump.storeBytes(of: slot.pointee, as: Block?.self)
      slot.pointee = bump
    }
    let region = mapRegion()
    state.pointee.bump = region.start + size
    state.pointee.bumpBytes = region.bytes - size
    return region.start
  }

  /// Regions double from 64 KB to 32 MB: a small keyspace stays small, a large one makes few calls.
  private func mapRegion() -> (start: Block, bytes: Int) {
    let bytes = state.pointee.nextRegionBytes
    state.pointee.nextRegionBytes = min(bytes * 2, 32 << 20)
    guard let region = tern_pages_map(bytes) else {
      // As in the standard library's own allocation: no memory at all cannot be handled by any caller.
      preconditionFailure("out of memory: cannot map \(bytes) bytes")
    }
    state.pointee.regions.append((region, bytes))
    return (region, bytes)
  }

  @inline(never)
  private func freeLarge(_ block: Block) {
    unlinkLarge(block)
    (block - 16).deallocate()
  }

  private func unlinkLarge(_ block: Block) {
    let previous = (block - 16).load(as: Block?.self)
    let next = (block - 8).load(as: Block?.self)
    if let previous { (previous - 8).storeBytes(of: next, as: Block?.self) } else { state.pointee.large = next }
    if let next { (next - 16).storeBytes(of: previous, as: Block?.self) }
  }

  /// A segment, aligned to a cache line, not zeroed.
  func allocateSegment() -> Block {
    if state.pointee.isTracking { return allocateTrackedSegment() }
    state.pointee.usedBytes &+= Heap.segmentBytes
    if let block = state.pointee.freeSegments {
      state.pointee.freeSegments = block.load(as: Block?.self)
      return block
    }
    if state.pointee.segmentBumpCount == 0 {
      let region = mapRegion()
      state.pointee.segmentBump = region.start
      state.pointee.segmentBumpCount = region.bytes / Heap.segmentBytes
    }
    guard let block = state.pointee.segmentBump else { preconditionFailure("a region without a start") }
    state.pointee.segmentBump = block + Heap.segmentBytes
    state.pointee.segmentBumpCount -= 1
    return block
  }

  func freeSegment(_ block: Block) {
    if state.pointee.isTracking { return markDead(block) }
    state.pointee.usedBytes &-= Heap.segmentBytes
    block.storeBytes(of: state.pointee.freeSegments, as: Block?.self)
    state.pointee.freeSegments = block
  }

  /// A block of the `sized` kind: birth and size are written, the rest is not.
  func allocateSized(_ bytes: Int) -> Block {
    let size = Heap.rounded(bytes)
    let block = allocate(size)
    block.storeBytes(of: epoch, as: UInt32.self)
    block.storeBytes(of: UInt32(truncatingIfNeeded: size >> 3), toByteOffset: 4, as: UInt32.self)
    return block
  }

  @inline(__always)
  static func sizedBytes(_ block: UnsafeRawPointer) -> Int { Int(block.load(fromByteOffset: 4, as: UInt32.self)) &<< 3 }

  // MARK: death

  /// The writer has no more use for `block`: freed at once when no snapshot can reach it, else put on the newest snapshot's dead list.
  @inline(__always)
  func discard(_ block: Block, _ kind: BlockKind) {
    if isFrozen(block) { bury(block, kind) } else { release(block, kind) }
  }

  @inline(never)
  private func bury(_ block: Block, _ kind: BlockKind) {
    state.pointee.buriedBytes &+= byteCount(block, kind)
    state.pointee.snapshots[state.pointee.snapshots.count - 1].dead.append(UInt(bitPattern: block) | UInt(kind.rawValue))
  }

  func byteCount(_ block: Block, _ kind: BlockKind) -> Int {
    switch kind {
    case .entry: Heap.rounded(Entry(block).byteCount)
    case .segment: Heap.segmentBytes
    case .sized: Heap.sizedBytes(block)
    }
  }

  func release(_ block: Block, _ kind: BlockKind) {
    switch kind {
    case .entry: free(block, Entry(block).byteCount)
    case .segment: freeSegment(block)
    case .sized: free(block, Heap.sizedBytes(block))
    }
  }

  // MARK: snapshots

  /// O(1). The caller keeps the roots; everything reachable from them stays as it is until `dropSnapshot`.
  func takeSnapshot() -> UInt32 {
    let taken = state.pointee.epoch
    state.pointee.snapshots.append((taken, DeadList()))
    state.pointee.frozen = taken
    state.pointee.epoch = taken &+ 1
    return taken
  }

  /// O(1); the memory comes back by `reclaim`.
  func dropSnapshot(_ epoch: UInt32) {
    guard let i = state.pointee.snapshots.firstIndex(where: { $0.epoch == epoch }) else { return }
    let dropped = state.pointee.snapshots.remove(at: i)
    state.pointee.frozen = state.pointee.snapshots.last?.epoch ?? 0
    state.pointee.reclaiming.append(dropped)
  }

  var hasGarbage: Bool { !state.pointee.reclaiming.isEmpty || hasGraves }
  var snapshotCount: Int { state.pointee.snapshots.count }

  /// Looks at up to `steps` blocks of dropped snapshots' dead lists. Returns whether there is more.
  @discardableResult
  func reclaim(steps: Int) -> Bool {
    var left = steps
    while left > 0, !state.pointee.reclaiming.isEmpty {
      let dropped = state.pointee.reclaiming[0].epoch
      // The block died when `dropped` was the newest snapshot: only older live ones can reach it, the newest of them first.
      let older = state.pointee.snapshots.lastIndex { $0.epoch < dropped }
      let olderEpoch = older.map { state.pointee.snapshots[$0].epoch } ?? 0
      while left > 0, let tagged = state.pointee.reclaiming[0].dead.popLast() {
        left -= 1
        guard let (block, kind) = Heap.buried(tagged) else { continue }
        if let older, block.load(as: UInt32.self) <= olderEpoch {
          state.pointee.snapshots[older].dead.append(tagged)
        } else {
          state.pointee.buriedBytes &-= byteCount(block, kind)
          release(block, kind)
        }
      }
      if state.pointee.reclaiming[0].dead.isEmpty {
        state.pointee.reclaiming[0].dead.deallocate()
        state.pointee.reclaiming.removeFirst()
      }
    }
    return !state.pointee.reclaiming.isEmpty
  }
}
