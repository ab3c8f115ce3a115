/// Pushes and pops.
extension ListValue {
  /// Puts an element at an end. Amortized O(1), without a move of other elements.
  @inline(__always)
  mutating func push(_ value: ListpackValue, at end: ListEnd) {
    if isFlat {
      let flat = self.flat
      let pack = flat.listpack
      if pack.byteCount &+ value.elementBytes <= ListLimits.flatBytesMax {
        block = flat.inserting(heap, at: end == .right ? pack.end : Listpack.headerBytes, value).block
        return
      }
      becomeTree(isSmall: true)
    }
    let root = self.root()
    root.count &+= 1
    if end == .right {
      guard let chunk = root.tail.pushing(heap, value, at: .right, limits) else { return pushChunk(value, at: .right, root) }
      root.tail = chunk
    } else if let head = root.head {
      guard let chunk = head.pushing(heap, value, at: .left, limits) else { return pushChunk(value, at: .left, root) }
      root.head = chunk
    } else {
      guard let chunk = root.tail.pushing(heap, value, at: .left, limits) else { return pushChunk(value, at: .left, root) }
      root.tail = chunk
    }
  }

  private func newChunk(_ value: ListpackValue, at end: ListEnd, isLong: Bool) -> ListChunk {
    let needed = ListChunk.emptyBytes + value.elementBytes
    // A long list's chunks are made whole at once; a short one's grow.
    let capacity = isLong ? limits.bytesMax : min(limits.bytesMax, max(1024, needed))
    let chunk = ListChunk.create(heap, capacity: max(needed, capacity), growing: end)
    let (filled, gap) = chunk.splice(
      heap, at: Listpack.headerBytes, removing: 0, inserting: value.elementBytes, countChange: 1)
    value.write(to: gap)
    return filled
  }

  /// The chunk at that end is full: it goes into the tree, and another takes its place.
  @inline(never)
  private func pushChunk(_ value: ListpackValue, at end: ListEnd, _ root: ListRoot) {
    let chunk = newChunk(value, at: end, isLong: root.treeCount >= 2 && limits.countMax == .max)
    if root.count == 1 {
      // The first element, too long for the chunk of a list that was only just made.
      heap.discard(root.tail.block, .sized)
      root.tail = chunk
      return
    }
    if end == .right {
      let full = root.tail
      root.tail = chunk
      if root.head == nil { root.head = full } else { root.withTree(heap) { $0.append(ListItem(full)) } }
    } else {
      if let full = root.head { root.withTree(heap) { $0.insert(ListItem(full), at: $0.first ?? .empty) } }
      root.head = chunk
    }
  }

  /// Takes `count` elements from an end, in order from that end, and calls `body` with each before it goes. Some must be left.
  @inline(__always)
  mutating func pop(_ count: Int, from end: ListEnd, _ body: (ListpackElement) -> Void) {
    if isFlat {
      let pack = flat.listpack
      if end == .left {
        var offset = Listpack.headerBytes
        for _ in 0..<count {
          body(pack.element(at: offset))
          offset = pack.behind(offset)
        }
        block =
          flat.splice(
            heap, at: Listpack.headerBytes, removing: offset &- Listpack.headerBytes, inserting: 0, countChange: 0 &- count
          ).block.block
      } else {
        let offset = Self.walkBack(pack, count, body)
        block = flat.splice(heap, at: offset, removing: pack.end &- offset, inserting: 0, countChange: 0 &- count).block.block
      }
      return
    }
    popFromChunks(count, from: end, body)
    didShrink()
  }

  @inline(__always)
  private static func walkBack(_ pack: Listpack, _ count: Int, _ body: (ListpackElement) -> Void) -> Int {
    var offset = pack.end
    var left = count
    while left > 0, let before = pack.previous(offset) {
      offset = before
      body(pack.element(at: offset))
      left &-= 1
    }
    return offset
  }

  @inline(__always)
  private mutating func popFromChunks(_ count: Int, from end: ListEnd, _ body: (ListpackElement) -> Void) {
    let root = self.root()
    var left = count
    while left > 0 {
      let chunk = end == .left ? root.head ?? root.tail : root.tail
      let pack = chunk.listpack
      let taken = min(left, pack.storedCount)
      if taken == 0 { return }
      var offset: Int
      if end == .left {
        offset = Listpack.headerBytes
        for _ in 0..<taken {
          body(pack.element(at: offset))
          offset = pack.behind(offset)
        }
      } else {
        offset = Self.walkBack(pack, taken, body)
      }
      left &-= taken
      root.count &-= taken
      if taken == pack.storedCount {
        dropChunk(at: end, root)
      } else {
        let rest = chunk.dropping(heap, taken, from: end, upTo: offset)
        if end == .left, root.head != nil { root.head = rest } else { root.tail = rest }
      }
    }
  }

  /// Discards the chunk at an end, and puts the next one there. Of the only chunk, only the elements go: the list is empty then, and
  /// about to be taken out.
  @inline(never)
  func dropChunk(at end: ListEnd, _ root: ListRoot) {
    guard let head = root.head else {
      let empty = ListChunk.create(heap, capacity: 0, growing: .right)
      heap.discard(root.tail.block, .sized)
      root.tail = empty
      return
    }
    if end == .left {
      heap.discard(head.block, .sized)
      root.head = takeFromTree(root, first: true)
    } else {
      heap.discard(root.tail.block, .sized)
      if let last = takeFromTree(root, first: false) {
        root.tail = last
      } else {
        root.tail = head
        root.head = nil
      }
    }
  }

  private func takeFromTree(_ root: ListRoot, first: Bool) -> ListChunk? {
    guard root.treeRoot != nil else { return nil }
    return root.withTree(heap) { tree in
      guard let position = first ? tree.first : tree.last else { return nil }
      return tree.remove(at: position).map { ListChunk($0.chunk) }
    }
  }

  /// Takes the first (last) `count` elements out, unseen. Some must be left. O(log n + chunks removed).
  mutating func drop(_ count: Int, from end: ListEnd) {
    guard count > 0 else { return }
    if isFlat {
      let pack = flat.listpack
      guard let offset = pack.seek(end == .left ? count : -count) else { return }
      block =
        (end == .left
        ? flat.splice(
          heap, at: Listpack.headerBytes, removing: offset - Listpack.headerBytes, inserting: 0, countChange: -count)
        : flat.splice(heap, at: offset, removing: pack.end - offset, inserting: 0, countChange: -count)).block.block
      return
    }
    let root = self.root()
    var left = count
    while left > 0 {
      let chunk = end == .left ? root.head ?? root.tail : root.tail
      let here = chunk.count
      if here == 0 { break }
      let taken = min(left, here)
      left -= taken
      root.count -= taken
      if taken == here {
        dropChunk(at: end, root)
      } else if let offset = chunk.listpack.seek(end == .left ? taken : -taken) {
        let rest = chunk.dropping(heap, taken, from: end, upTo: offset)
        if end == .left, root.head != nil { root.head = rest } else { root.tail = rest }
      }
    }
    didShrink()
  }
}
