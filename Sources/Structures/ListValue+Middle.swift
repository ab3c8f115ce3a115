/// Edits anywhere in a list.
extension ListValue {
  /// Which of a tree list's chunks.
  enum ChunkPlace {
    case head
    case tail
    case tree(TreePosition)
  }

  /// The chunk that holds `index`, and the index of its first element.
  private func locate(_ index: Int) -> (place: ChunkPlace, chunk: ListChunk, first: Int)? {
    let root = ListRoot(block)
    guard index >= 0, index < root.count else { return nil }
    guard let head = root.head else { return (.tail, root.tail, 0) }
    if index < head.count { return (.head, head, 0) }
    let inTree = index - head.count
    if inTree >= root.treeWeight { return (.tail, root.tail, head.count + root.treeWeight) }
    guard let position = root.view.position(atRank: inTree), let item = root.view.item(at: position) else { return nil }
    return (.tree(position), ListChunk(item.chunk), head.count + position.rank)
  }

  // MARK: one element

  /// Replaces the element at an index, which must be there.
  mutating func set(_ index: Int, _ value: ListpackValue) {
    edit(index, replaces: true, value)
  }

  /// Puts an element before the one at an index; at the count: behind the last one.
  mutating func insert(_ index: Int, _ value: ListpackValue) {
    if index >= count { return push(value, at: .right) }
    if index <= 0 { return push(value, at: .left) }
    edit(index, replaces: false, value)
  }

  private mutating func edit(_ index: Int, replaces: Bool, _ value: ListpackValue) {
    let change = replaces ? 0 : 1
    if isFlat {
      let pack = flat.listpack
      guard let offset = pack.seek(index) else { return }
      let removed = replaces ? pack.elementBytes(at: offset) : 0
      if pack.byteCount - removed + value.elementBytes <= ListLimits.flatBytesMax {
        let (flat, gap) = flat.splice(
          heap, at: offset, removing: removed, inserting: value.elementBytes, countChange: change)
        value.write(to: gap)
        block = flat.block
        return
      }
      becomeTree(isSmall: true)
    }
    let root = self.root()
    guard let (place, chunk, first) = locate(index), let offset = chunk.listpack.seek(index - first) else { return }
    root.count += change
    let removed = replaces ? chunk.listpack.elementBytes(at: offset) : 0
    let newBytes = chunk.byteCount - removed + value.elementBytes
    let newCount = chunk.count + change
    if newCount == 1 || (newBytes <= limits.bytesMax && newCount <= limits.countMax) {
      let (edited, gap) = chunk.splice(heap, at: offset, removing: removed, inserting: value.elementBytes, countChange: change)
      value.write(to: gap)
      put([edited], at: place, root)
    } else {
      put(divided(chunk, at: offset, index - first, removing: removed, value), at: place, root)
    }
    if replaces { didShrink() }
  }

  /// A chunk too full for another element becomes two, or three if the element needs a chunk of its own.
  private func divided(
    _ chunk: ListChunk, at offset: Int, _ index: Int, removing removed: Int, _ value: ListpackValue
  ) -> [ListChunk] {
    let pack = chunk.listpack
    let behind = offset + removed
    let rightCount = chunk.count - index - (removed > 0 ? 1 : 0)
    var pieces: [ListChunk] = []
    if index > 0 {
      pieces.append(.create(heap, copying: pack, from: Listpack.headerBytes, to: offset, count: index))
    }
    var right = rightCount > 0 ? ListChunk.create(heap, copying: pack, from: behind, to: pack.end, count: rightCount) : nil
    func hasRoom(_ piece: ListChunk?) -> Bool {
      guard let piece else { return false }
      return piece.byteCount + value.elementBytes <= limits.bytesMax && piece.count < limits.countMax
    }
    if hasRoom(pieces.last), let left = pieces.popLast() {
      let (filled, gap) = left.splice(heap, at: left.listpack.end, removing: 0, inserting: value.elementBytes, countChange: 1)
      value.write(to: gap)
      pieces.append(filled)
    } else if hasRoom(right), let piece = right {
      let (filled, gap) = piece.splice(heap, at: Listpack.headerBytes, removing: 0, inserting: value.elementBytes, countChange: 1)
      value.write(to: gap)
      right = filled
    } else {
      let own = ListChunk.create(heap, capacity: ListChunk.emptyBytes + value.elementBytes, growing: .right)
      let (filled, gap) = own.splice(heap, at: Listpack.headerBytes, removing: 0, inserting: value.elementBytes, countChange: 1)
      value.write(to: gap)
      pieces.append(filled)
    }
    if let right { pieces.append(right) }
    heap.discard(chunk.block, .sized)
    return pieces
  }

  /// Puts chunks in the place of one (which has been discarded, or is one of them). The root's count is the caller's.
  private func put(_ pieces: [ListChunk], at place: ChunkPlace, _ root: ListRoot) {
    guard let first = pieces.first, let last = pieces.last else { return remove(place, root) }
    switch place {
    case .head:
      root.head = first
      for piece in pieces.dropFirst().reversed() { root.withTree(heap) { $0.insert(ListItem(piece), at: $0.first ?? .empty) } }
    case .tail:
      root.tail = last
      guard pieces.count > 1 else { return }
      var others = pieces.dropLast()
      if root.head == nil { root.head = others.removeFirst() }
      for piece in others { root.withTree(heap) { $0.append(ListItem(piece)) } }
    case .tree(let position):
      root.withTree(heap) { tree in
        tree.replace(at: position, with: ListItem(first))
        var rank = position.rank + first.count
        for piece in pieces.dropFirst() {
          tree.insert(ListItem(piece), at: tree.position(atRank: rank) ?? tree.end)
          rank += piece.count
        }
      }
    }
  }

  /// A chunk that has lost all its elements, and whose block is gone.
  private func remove(_ place: ChunkPlace, _ root: ListRoot) {
    switch place {
    case .head:
      root.head = ListChunk.create(heap, capacity: 0, growing: .right)
      dropChunk(at: .left, root)
    case .tail:
      root.tail = ListChunk.create(heap, capacity: 0, growing: .right)
      dropChunk(at: .right, root)
    case .tree(let position): root.withTree(heap) { _ = $0.remove(at: position) }
    }
  }

  // MARK: many elements

  /// Takes out up to `limit` elements that equal the bytes, the first ones or (`fromTail`) the last. Returns how many; all may be gone
  /// afterwards. One pass over the chunks.
  mutating func removeEqual(_ bytes: UnsafeRawBufferPointer, limit: Int, fromTail: Bool) -> Int {
    let base = bytes.baseAddress ?? UnsafeRawPointer(block)
    let integer = bytes.count <= 20 ? Decimal.parse(base, bytes.count) : nil
    var removed = 0
    if isFlat {
      let found = Self.matches(flat.listpack, base, bytes.count, integer, limit: limit, fromTail: fromTail)
      for element in found.reversed() { block = flat.removing(heap, at: element.offset).block }
      return found.count
    }
    var index = fromTail ? ListRoot(block).count - 1 : 0
    while removed < limit, let (place, chunk, first) = locate(index) {
      let found = Self.matches(chunk.listpack, base, bytes.count, integer, limit: limit - removed, fromTail: fromTail)
      let left = chunk.count - found.count
      if !found.isEmpty {
        removed += found.count
        let root = self.root()
        root.count -= found.count
        put(chunk.without(heap, found).map { [$0] } ?? [], at: place, root)
        if left > 0 { joinWithPrevious(first, root) }
      }
      index = fromTail ? first - 1 : first + left
      if ListRoot(block).count == 0 { return removed }
    }
    if removed > 0 { didShrink() }
    return removed
  }

  /// Where the elements lie that equal the bytes: the first or last `limit` of them, in ascending order.
  private static func matches(
    _ pack: Listpack, _ bytes: UnsafeRawPointer, _ count: Int, _ integer: Int64?, limit: Int, fromTail: Bool
  ) -> [(offset: Int, size: Int)] {
    var found: [(offset: Int, size: Int)] = []
    if fromTail {
      var offset = pack.end
      while found.count < limit, let at = pack.previous(offset) {
        if pack.element(at: at).equals(bytes, count, integer: integer) { found.append((at, offset - at)) }
        offset = at
      }
      found.reverse()
    } else {
      var offset = Listpack.headerBytes
      while found.count < limit, pack.byte(offset) != 0xff {
        let behind = pack.behind(offset)
        if pack.element(at: offset).equals(bytes, count, integer: integer) { found.append((offset, behind - offset)) }
        offset = behind
      }
    }
    return found
  }

  /// A thin chunk of the tree, beginning at `index`, joins the one before it: many thin ones would cost more than their elements.
  private func joinWithPrevious(_ index: Int, _ root: ListRoot) {
    guard let head = root.head else { return }
    let rank = index - head.count
    let view = root.view
    guard rank > 0, let position = view.position(atRank: rank), let item = view.item(at: position), let before = view.previous(position),
      let other = view.item(at: before)
    else { return }
    let (a, b) = (ListChunk(other.chunk), ListChunk(item.chunk))
    guard a.byteCount + b.byteCount <= limits.bytesMax / 2, a.count + b.count <= limits.countMax else { return }
    root.withTree(heap) { tree in
      tree.remove(at: position)
      let joined = ListChunk.joining(heap, a, b)
      if let place = tree.position(atRank: before.rank) { tree.replace(at: place, with: ListItem(joined)) }
    }
  }

  /// Keeps the elements from `start` on, `kept` (at least one) of them. O(log n): what goes of a long list is dismantled in steps.
  mutating func trim(from start: Int, kept: Int) {
    let behind = count - start - kept
    drop(start - cut(start, from: .left), from: .left)
    drop(behind - cut(behind, from: .right), from: .right)
  }

  /// Cuts the chunks of the tree off that lie wholly among the `count` elements at an end. Returns how many elements went with them; the
  /// others are those of the end's own chunk, and of a chunk in part.
  private mutating func cut(_ count: Int, from end: ListEnd) -> Int {
    guard !isFlat, ListRoot(block).treeCount > Self.chunksCutMin, let head = ListRoot(block).head else { return 0 }
    let root = self.root()
    let atEnd = end == .left ? head.count : root.tail.count
    let before = root.treeWeight
    let going = min(count - atEnd, before)
    guard going > 0 else { return 0 }
    root.withTree(heap) { tree in
      if going == before {
        letGo(tree)
        tree = CountedTree(heap: heap)
      } else if let position = tree.position(atRank: end == .left ? going : before - going - 1) {
        if end == .left { tree.cutFront(before: position, letGo) } else { tree.cutBack(behind: position, letGo) }
      }
    }
    let cut = before - root.treeWeight
    root.count -= cut
    return cut
  }

  /// Of fewer chunks the freeing costs no more than the cut.
  private static var chunksCutMin: Int { 64 }

  private func letGo(_ tree: CountedTree<ListItem>) {
    let husk = ListRoot.create(heap, sole: ListChunk.create(heap, capacity: 0, growing: .right), isSmall: false)
    husk.withTree(heap) { $0 = tree }
    heap.discardCollection(.list, .tree, husk.block)
  }
}
