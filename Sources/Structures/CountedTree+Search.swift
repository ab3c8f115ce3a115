/// A tree to be read: follows pointers in its blocks and nothing else.
struct CountedTreeView<Item: TreeItem> {
  typealias Node = TreeNode<Item>
  let root: Block?
  let weight: Int

  @inline(__always)
  init(root: Block?, weight: Int) {
    self.root = root
    self.weight = weight
  }

  @inline(__always) private var rootNode: Node? { root.map(Node.init) }

  // MARK: items

  /// The item at a place, which may be that behind a leaf's last item; nil at the end.
  @inline(__always)
  func item(at position: TreePosition) -> Item? {
    guard let leaf = position.leaf.map(Node.init) else { return nil }
    if position.indexInLeaf < leaf.count { return leaf.item(position.indexInLeaf) }
    guard let settled = settled(position), let leaf = settled.leaf.map(Node.init) else { return nil }
    return leaf.item(settled.indexInLeaf)
  }

  /// The same place, as that of an item and not behind a leaf's last one; nil at the end.
  @inline(__always)
  func settled(_ position: TreePosition) -> TreePosition? {
    guard let leaf = position.leaf.map(Node.init) else { return nil }
    return position.indexInLeaf < leaf.count ? position : nextLeaf(position.path, rank: position.rank)
  }

  var first: TreePosition? {
    guard let root = rootNode else { return nil }
    return edge(of: root, path: 0, rank: 0, atEnd: false)
  }

  var last: TreePosition? {
    guard let root = rootNode else { return nil }
    var position = edge(of: root, path: 0, rank: 0, atEnd: true)
    position.rank = weight &- (item(at: position)?.weight ?? 0)
    return position
  }

  /// The place behind the last item.
  var end: TreePosition {
    guard var position = last else { return .empty }
    position.path &+= 1
    position.rank = weight
    return position
  }

  /// The place of the item behind the one at this place, nil at the end.
  @inline(__always)
  func next(_ position: TreePosition) -> TreePosition? {
    guard let position = settled(position), let leaf = position.leaf.map(Node.init) else { return nil }
    let index = position.indexInLeaf
    let rank = position.rank &+ leaf.item(index).weight
    if index &+ 1 < leaf.count { return TreePosition(path: position.path &+ 1, leaf: leaf.block, rank: rank) }
    return nextLeaf(position.path, rank: rank)
  }

  /// The place of the item before this one, nil at the beginning.
  @inline(__always)
  func previous(_ position: TreePosition) -> TreePosition? {
    guard let leaf = position.leaf.map(Node.init) else { return nil }
    guard position.indexInLeaf > 0 else { return previousLeaf(position.path, rank: position.rank) }
    let path = position.path &- 1
    return TreePosition(path: path, leaf: leaf.block, rank: position.rank &- leaf.item(Int(path & 0x7f)).weight)
  }

  @inline(never)
  private func nextLeaf(_ path: UInt64, rank: Int) -> TreePosition? {
    guard let (node, above) = turn(path, { $0 &+ 1 < $1.count }) else { return nil }
    let index = TreePosition.index(path, node.level) &+ 1
    return edge(of: node.child(index), path: above | TreePosition.with(index, at: node.level), rank: rank, atEnd: false)
  }

  @inline(never)
  private func previousLeaf(_ path: UInt64, rank: Int) -> TreePosition? {
    guard let (node, above) = turn(path, { index, _ in index > 0 }) else { return nil }
    let index = TreePosition.index(path, node.level) &- 1
    var position = edge(of: node.child(index), path: above | TreePosition.with(index, at: node.level), rank: 0, atEnd: true)
    position.rank = rank &- (item(at: position)?.weight ?? 0)
    return position
  }

  /// The lowest inner node on the path whose index fits, and the path's bits above it.
  private func turn(_ path: UInt64, _ fits: (Int, Node) -> Bool) -> (node: Node, above: UInt64)? {
    guard var node = rootNode else { return nil }
    var above: UInt64 = 0
    var found: (Node, UInt64)?
    while !node.isLeaf {
      let index = TreePosition.index(path, node.level)
      if fits(index, node) { found = (node, above) }
      above |= TreePosition.with(index, at: node.level)
      node = node.child(index)
    }
    return found
  }

  /// The first or last item below `node`.
  private func edge(of node: Node, path: UInt64, rank: Int, atEnd: Bool) -> TreePosition {
    var node = node
    var path = path
    while !node.isLeaf {
      let index = atEnd ? node.count &- 1 : 0
      path |= TreePosition.with(index, at: node.level)
      node = node.child(index)
    }
    return TreePosition(path: path | UInt64(truncatingIfNeeded: atEnd ? node.count &- 1 : 0), leaf: node.block, rank: rank)
  }

  // MARK: search

  /// The item that covers `rank`: `rank - position.rank` is how far into the item it lies. Nil outside the tree.
  @inline(__always)
  func position(atRank rank: Int) -> TreePosition? {
    guard rank >= 0, rank < weight, var node = rootNode else { return nil }
    var path: UInt64 = 0
    var left = rank
    while !node.isLeaf {
      var index = 0
      while index &+ 1 < node.count {
        let weight = node.weight(index)
        if left < weight { break }
        left &-= weight
        index &+= 1
      }
      path |= TreePosition.with(index, at: node.level)
      node = node.child(index)
    }
    var index = 0
    while index &+ 1 < node.count {
      let weight = node.item(index).weight
      if left < weight { break }
      left &-= weight
      index &+= 1
    }
    return TreePosition(path: path | UInt64(truncatingIfNeeded: index), leaf: node.block, rank: rank &- left)
  }

  /// The item that covers `rank`, and how far into it that is.
  func item(atRank rank: Int) -> (item: Item, rankInItem: Int)? {
    guard let position = position(atRank: rank), let item = item(at: position) else { return nil }
    return (item, rank &- position.rank)
  }

  /// The place of the first item that is not less: `isLess` says of an item whether it lies before the key, and must be true for a
  /// prefix of the items. Good for an insertion, and for what takes places.
  @inline(__always)
  func lowerBound(_ isLess: (Item) -> Bool) -> TreePosition {
    guard var node = rootNode else { return .empty }
    var path: UInt64 = 0
    var rank = 0
    while !node.isLeaf {
      var low = 1
      var high = node.count
      while low < high {
        let middle = (low &+ high) &>> 1
        if isLess(node.first(middle)) { low = middle &+ 1 } else { high = middle }
      }
      let index = low &- 1
      var i = 0
      while i < index {
        rank &+= node.weight(i)
        i &+= 1
      }
      path |= TreePosition.with(index, at: node.level)
      node = node.child(index)
    }
    var low = 0
    var high = node.count
    while low < high {
      let middle = (low &+ high) &>> 1
      if isLess(node.item(middle)) { low = middle &+ 1 } else { high = middle }
    }
    var i = 0
    while i < low {
      rank &+= node.item(i).weight
      i &+= 1
    }
    return TreePosition(path: path | UInt64(truncatingIfNeeded: low), leaf: node.block, rank: rank)
  }

  // MARK: walks

  /// All items in order.
  func forEach(_ body: (Item) -> Void) {
    if let root = rootNode { walk(root, body) }
  }

  private func walk(_ node: Node, _ body: (Item) -> Void) {
    if node.isLeaf {
      for i in 0..<node.count { body(node.item(i)) }
    } else {
      for i in 0..<node.count { walk(node.child(i), body) }
    }
  }

  /// Bytes of the tree's own blocks.
  var byteCount: Int {
    guard let root = rootNode else { return 0 }
    return bytes(of: root)
  }

  private func bytes(of node: Node) -> Int {
    var bytes = Heap.sizedBytes(node.block)
    if !node.isLeaf { for i in 0..<node.count { bytes &+= self.bytes(of: node.child(i)) } }
    return bytes
  }
}

/// The same on the tree itself.
extension CountedTree {
  @inline(__always) func item(at position: TreePosition) -> Item? { view.item(at: position) }
  @inline(__always) func settled(_ position: TreePosition) -> TreePosition? { view.settled(position) }
  @inline(__always) func next(_ position: TreePosition) -> TreePosition? { view.next(position) }
  @inline(__always) func previous(_ position: TreePosition) -> TreePosition? { view.previous(position) }
  var first: TreePosition? { view.first }
  var last: TreePosition? { view.last }
  var end: TreePosition { view.end }
  @inline(__always) func position(atRank rank: Int) -> TreePosition? { view.position(atRank: rank) }
  func item(atRank rank: Int) -> (item: Item, rankInItem: Int)? { view.item(atRank: rank) }
  @inline(__always) func lowerBound(_ isLess: (Item) -> Bool) -> TreePosition { view.lowerBound(isLess) }
  func forEach(_ body: (Item) -> Void) { view.forEach(body) }
}
