/// Savepoints: everything that happened to the heap since one was opened can be undone.
///
/// A savepoint is a snapshot that nobody reads: what lived when it was opened is immutable until it is closed, so that undoing is going
/// back to the old roots. Blocks born since then are listed, as they come; the allocator's inline path is kept empty meanwhile (an empty
/// table of free lists, no bump region), so that each allocation takes the slow path, which lists it, and nothing is tested elsewhere.
/// A block of the list that is let go of is only marked (birth 0), as the list still names it.
///
/// ```
///            born since            living before, discarded since     living before, untouched
/// commit     birth := now, or      freed, or to the dead list of      -
///            freed if marked       an older snapshot
/// roll back  freed                 lives again                        -
/// ```
///
/// Committing gives the savepoint's epoch back: a program that writes a million transactions a second would else use up the 32 bits of
/// births within hours.
extension Heap {
  struct Savepoint {
    /// Free lists and bump region that belong to the state `isTracking` is not in: empty while there is no savepoint.
    var otherFree: UnsafeMutablePointer<Block?>? = nil
    var otherBumpBytes = 0
    /// Address and size of each block born since, in this order; a segment's size has bit 0 set.
    var born = DeadList()
    var buriedBytes = 0
    var graveCount = 0

    mutating func destroy() {
      otherFree?.deallocate()
      otherFree = nil
      born.deallocate()
    }
  }

  /// Blocks that a commit looks at by itself; what is left of a longer dead list is taken by `reclaim`.
  private static let promptReclaimSteps = 65_536

  /// Opens a savepoint; one at a time. No snapshot may be taken, dropped or reclaimed until it is closed. The caller keeps the roots.
  func openSavepoint() {
    assert(!state.pointee.isTracking)
    if state.pointee.savepoint.otherFree == nil { state.pointee.savepoint.otherFree = Heap.newFreeLists() }
    state.pointee.savepoint.buriedBytes = state.pointee.buriedBytes
    state.pointee.savepoint.graveCount = state.pointee.graves.count
    _ = takeSnapshot()
    exchange()
  }

  /// Closes the savepoint; what happened since stays.
  func commitSavepoint() {
    exchange()
    var dead = closeSnapshot()
    let epoch = self.epoch
    while let size = state.pointee.savepoint.born.popLast(), let word = state.pointee.savepoint.born.popLast() {
      guard let block = Block(bitPattern: word) else { continue }
      if block.load(as: UInt32.self) == 0 { releaseBorn(block, size) } else { block.storeBytes(of: epoch, as: UInt32.self) }
    }
    settle(&dead)
  }

  /// Closes the savepoint and undoes what happened since. The caller restores the roots.
  func rollBackSavepoint() {
    exchange()
    var dead = closeSnapshot()
    dead.deallocate()
    while let size = state.pointee.savepoint.born.popLast(), let word = state.pointee.savepoint.born.popLast() {
      if let block = Block(bitPattern: word) { releaseBorn(block, size) }
    }
    state.pointee.buriedBytes = state.pointee.savepoint.buriedBytes
    state.pointee.graves.removeLast(state.pointee.graves.count - state.pointee.savepoint.graveCount)
  }

  private func exchange() {
    state.pointee.isTracking.toggle()
    guard let other = state.pointee.savepoint.otherFree else { return }
    state.pointee.savepoint.otherFree = state.pointee.free
    state.pointee.free = other
    swap(&state.pointee.bumpBytes, &state.pointee.savepoint.otherBumpBytes)
  }

  /// The savepoint's snapshot goes, and time goes back to it. Returns what died since.
  private func closeSnapshot() -> DeadList {
    let closed = state.pointee.snapshots.removeLast()
    state.pointee.frozen = state.pointee.snapshots.last?.epoch ?? 0
    state.pointee.epoch = closed.epoch
    return closed.dead
  }

  /// What died since the savepoint is freed, or buried with the newest snapshot that can reach it.
  private func settle(_ dead: inout DeadList) {
    let newest = state.pointee.snapshots.count - 1
    let frozen = state.pointee.frozen
    var left = Heap.promptReclaimSteps
    while left > 0, let tagged = dead.popLast() {
      left -= 1
      guard let (block, kind) = Heap.buried(tagged) else { continue }
      if newest >= 0, block.load(as: UInt32.self) <= frozen {
        state.pointee.snapshots[newest].dead.append(tagged)
      } else {
        state.pointee.buriedBytes &-= byteCount(block, kind)
        release(block, kind)
      }
    }
    if dead.isEmpty { dead.deallocate() } else { state.pointee.reclaiming.append((epoch, dead)) }
  }

  // MARK: while one is open

  @inline(never)
  func allocateTracked(_ size: Int) -> Block {
    exchange()
    // `allocate` counts it, as it has done before it came here.
    state.pointee.usedBytes &-= size
    let block = allocate(size)
    exchange()
    noteBorn(block, size)
    return block
  }

  @inline(never)
  func allocateTrackedSegment() -> Block {
    exchange()
    let block = allocateSegment()
    exchange()
    noteBorn(block, Heap.segmentBytes | 1)
    return block
  }

  private func noteBorn(_ block: Block, _ size: Int) {
    // Until its maker has written the header it must not look like one that was let go of.
    block.storeBytes(of: .max, as: UInt32.self)
    state.pointee.savepoint.born.append(UInt(bitPattern: block))
    state.pointee.savepoint.born.append(UInt(size))
  }

  @inline(never)
  func markDead(_ block: Block) { block.storeBytes(of: 0, as: UInt32.self) }

  private func releaseBorn(_ block: Block, _ size: UInt) {
    if size & 1 == 1 { freeSegment(block) } else { free(block, Int(size)) }
  }
}
