/// How far a group has come, as far as the counters tell.
extension StreamView {
  /// Whether some entry from `start` on may have been deleted by XDEL.
  func mayHaveGaps(from start: StreamID) -> Bool {
    count > 0 && maxDeletedID != .zero && firstID <= maxDeletedID && start <= maxDeletedID
  }

  /// How many entries had been added when `id` was, itself counted; nil when the counters do not tell.
  func distance(to id: StreamID) -> Int64? {
    if entriesAdded == 0 { return 0 }
    if count == 0, id <= lastID { return Int64(clamping: entriesAdded) }
    if id == lastID { return Int64(clamping: entriesAdded) }
    if id > lastID { return nil }
    guard maxDeletedID == .zero || maxDeletedID < firstID else { return nil }
    if id < firstID { return Int64(bitPattern: entriesAdded &- count) }
    if id == firstID { return Int64(bitPattern: entriesAdded &- count &+ 1) }
    return nil
  }

  /// How many entries the group has not been given yet; nil when the counters do not tell.
  func lag(of group: StreamGroupView) -> Int64? {
    if entriesAdded == 0 { return 0 }
    if group.entriesRead != -1, !mayHaveGaps(from: group.lastID) { return Int64(bitPattern: entriesAdded) &- group.entriesRead }
    return distance(to: group.lastID).map { Int64(bitPattern: entriesAdded) &- $0 }
  }

  /// How many nodes the radix tree of Redis would have over the master ids, which are its keys (16 bytes, big-endian): each key's own,
  /// one for each place where keys part, and one for each run of bytes before such a place. XINFO STREAM tells it.
  func radixTreeNodeCount() -> Int {
    guard let newest else { return 1 }
    // Depths of the places where the keys so far part, on the way to the last key.
    var open: [Int] = []
    var nodes = 0
    var last: StreamID?
    /// The run of bytes between a place and the one above it.
    func close(_ depth: Int, above: Int) { nodes += depth > above + 1 ? 2 : 1 }
    func add(_ id: StreamID) {
      guard let before = last else {
        last = id
        return
      }
      let shared = before.sharedBytes(with: id)
      close(16, above: max(shared, open.last ?? -1))
      while let depth = open.last, depth > shared {
        open.removeLast()
        close(depth, above: max(shared, open.last ?? -1))
      }
      if open.last != shared { open.append(shared) }
      last = id
    }
    older.forEach { add($0.master) }
    add(newest.master)
    close(16, above: open.last ?? -1)
    while let depth = open.popLast() { close(depth, above: open.last ?? -1) }
    return nodes
  }
}

extension StreamID {
  /// Leading bytes in which two ids agree.
  fileprivate func sharedBytes(with other: StreamID) -> Int {
    let high = milliseconds ^ other.milliseconds
    return high != 0 ? high.leadingZeroBitCount / 8 : 8 + (sequence ^ other.sequence).leadingZeroBitCount / 8
  }
}
