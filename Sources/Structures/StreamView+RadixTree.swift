/// How many nodes the radix tree of Redis would have over the master ids, which are its keys (16 bytes, big-endian): each key's own, one for
/// each place where keys part, and one for each run of bytes before such a place. XINFO STREAM tells it, so it is counted as nodes come and
/// go: a walk over all of them would be a stall in a long stream.
extension StreamView {
  package var radixTreeNodeCount: Int { newest == nil ? 1 : radixNodes }

  /// How many of these nodes `key` is the reason of. The stream's nodes are those without it. O(log n).
  func radixNodes(of key: StreamID) -> Int {
    let before = lastMaster { $0 < key }
    let after = firstMaster { $0 < key }
    let left = before?.sharedBytes(with: key) ?? -1
    let right = after?.sharedBytes(with: key) ?? -1
    let depth = max(left, right)
    let own = Self.nodes(at: 16, below: depth)
    // At a place where three ways part there is a place without this key too.
    guard depth >= 0, left != right else { return own }
    /// What lies on the other way at that place: whether it parts there by itself, its own depth, and that of the place above.
    let other: (first: StreamID, last: StreamID)
    let above: Int
    if left > right, let before {
      let low = key.prefix(of: depth, filling: 0)
      guard let first = firstMaster(behind: { $0 < low }), first.byte(depth) == before.byte(depth) else { return own }
      other = (first, before)
      above = max(lastMaster(where: { $0 < first })?.sharedBytes(with: first) ?? -1, right)
    } else if let after {
      let high = key.prefix(of: depth, filling: .max)
      guard let last = lastMaster(where: { $0 <= high }), last.byte(depth) == after.byte(depth) else { return own }
      other = (after, last)
      above = max(firstMaster(behind: { $0 <= last })?.sharedBytes(with: last) ?? -1, left)
    } else {
      return own
    }
    let below = other.first == other.last ? 16 : other.first.sharedBytes(with: other.last)
    // The way to the others is divided by the new place.
    return own + Self.nodes(at: depth, below: above) + Self.nodes(at: below, below: depth) - Self.nodes(at: below, below: above)
  }

  /// A place's own node, and one for the run of bytes between it and the place above, if there is any.
  private static func nodes(at depth: Int, below above: Int) -> Int { depth > above + 1 ? 2 : 1 }

  private func firstMaster(behind isBefore: (StreamID) -> Bool) -> StreamID? {
    let tree = older
    if let position = tree.settled(tree.lowerBound { isBefore($0.master) }), let item = tree.item(at: position) { return item.master }
    guard let newest, !isBefore(newest.master) else { return nil }
    return newest.master
  }

  private func lastMaster(where isBefore: (StreamID) -> Bool) -> StreamID? {
    if let newest, isBefore(newest.master) { return newest.master }
    let tree = older
    return tree.previous(tree.lowerBound { isBefore($0.master) }).flatMap { tree.item(at: $0)?.master }
  }

  /// The same by a walk. For tests.
  func walkedRadixTreeNodeCount() -> Int {
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

  /// One of the 16 bytes, the most significant first.
  fileprivate func byte(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: index < 8 ? milliseconds >> UInt64(56 - 8 * index) : sequence >> UInt64(120 - 8 * index))
  }

  /// The first `count` bytes, with the rest taken from `filler`.
  fileprivate func prefix(of count: Int, filling filler: UInt64) -> StreamID {
    let high = UInt64.max << (64 - 8 * Swift.min(8, count))
    let low = UInt64.max << (64 - 8 * Swift.max(0, count - 8))
    return StreamID(milliseconds & high | filler & ~high, sequence & low | filler & ~low)
  }
}
