/// How a tree changes: every node on the path is copied first if a snapshot holds it.
extension CountedTree {
  typealias Node = TreeNode<Item>

  /// What a node that was too full gave away.
  private struct Split {
    let right: Node
    let weight: Int
    @inline(__always) var first: Item { right.firstItem }
  }

  // MARK: nodes

  func newLeaf(room: Int) -> Node {
    // Steps of 8 items: a leaf in a random tree is then 9 tenths full, with fixed leaves it were 7.
    let items = room <= 4 ? 4 : min(Self.leafItemsMax, (room + 7) & ~7)
    return newNode(Node.leafBytes(items), level: 0)
  }

  func newNode(_ bytes: Int, level: Int) -> Node {
    let block = heap.allocateSized(bytes)
    block.storeBytes(of: UInt64(truncatingIfNeeded: level) &<< 16, toByteOffset: 8, as: UInt64.self)
    return Node(block)
  }

  /// The node that `slot` leads to, writable.
  @inline(__always)
  func writable(_ slot: UnsafeMutableRawPointer) -> Node {
    let node = Node(slot.load(as: Block.self))
    return heap.isFrozen(node.block) ? copied(node, slot) : node
  }

  @inline(never)
  private func copied(_ node: Node, _ slot: UnsafeMutableRawPointer) -> Node {
    let copy = node.isLeaf ? newLeaf(room: node.count) : newNode(Node.innerBytes, level: node.level)
    let length = node.count
    node.forEachArray { copy.copy($0, $1, at: 0, from: node, 0, length) }
    copy.count = length
    slot.storeBytes(of: copy.block, as: Block.self)
    heap.discard(node.block, .sized)
    return copy
  }

  /// Puts the leaf's items into a block for `room` items.
  private func resized(_ leaf: Node, _ slot: UnsafeMutableRawPointer, room: Int) -> Node {
    let new = newLeaf(room: room)
    new.copy(16, Node.stride, at: 0, from: leaf, 0, leaf.count)
    new.count = leaf.count
    slot.storeBytes(of: new.block, as: Block.self)
    heap.discard(leaf.block, .sized)
    return new
  }

  @inline(__always)
  mutating func withRootSlot<R>(_ root: Block, _ body: (UnsafeMutableRawPointer, Self) -> R) -> R {
    var slot = root
    let result = withUnsafeMutableBytes(of: &slot) { bytes in body(bytes.baseAddress.unsafelyUnwrapped, self) }
    self.root = slot
    return result
  }

  // MARK: insertion

  /// Puts the item at a place; what lies there and behind moves up. The order is the caller's affair.
  mutating func insert(_ item: Item, at position: TreePosition) {
    count &+= 1
    weight &+= item.weight
    guard let root else {
      let leaf = newLeaf(room: 1)
      leaf.setItem(0, item)
      leaf.count = 1
      self.root = leaf.block
      return
    }
    let split = withRootSlot(root) { slot, tree in tree.insert(item, position.path, slot, isLast: true, isFirst: true) }
    guard let split, let left = self.root.map(Node.init) else { return }
    let top = newNode(Node.innerBytes, level: left.level + 1)
    let leftWeight = weight &- split.weight
    put(top, 0, left.block, leftWeight, left.firstItem)
    top.count = 1
    put(top, 1, split.right.block, split.weight, split.first)
    top.count = 2
    self.root = top.block
  }

  /// Adds the item behind the last one.
  mutating func append(_ item: Item) { insert(item, at: end) }

  private func put(_ node: Node, _ index: Int, _ child: Block, _ weight: Int, _ first: Item) {
    node.slot(index).storeBytes(of: child, as: Block.self)
    node.setWeight(index, weight)
    node.setFirst(index, first)
  }

  /// `isLast` and `isFirst`: the node lies at that end of the tree.
  private func insert(_ item: Item, _ path: UInt64, _ slot: UnsafeMutableRawPointer, isLast: Bool, isFirst: Bool) -> Split? {
    let node = writable(slot)
    if node.isLeaf { return insert(item, Int(path & 0x7f), into: node, slot, isLast: isLast, isFirst: isFirst) }
    let level = node.level
    let index = TreePosition.index(path, level)
    let split = insert(item, path, node.slot(index), isLast: isLast && index == node.count &- 1, isFirst: isFirst && index == 0)
    node.setWeight(index, node.weight(index) &+ item.weight &- (split?.weight ?? 0))
    if TreePosition.isFirst(path, below: level) { node.setFirst(index, item) }
    guard let split else { return nil }
    return insert(split, at: index &+ 1, into: node, isLast: isLast, isFirst: isFirst)
  }

  private func insert(
    _ item: Item, _ index: Int, into leaf: Node, _ slot: UnsafeMutableRawPointer, isLast: Bool, isFirst: Bool
  ) -> Split? {
    let count = leaf.count
    if count < Self.leafItemsMax {
      let leaf = count < leaf.capacity ? leaf : resized(leaf, slot, room: count &+ 1)
      leaf.shift(16, Node.stride, from: index, by: 1)
      leaf.setItem(index, item)
      leaf.count = count &+ 1
      return nil
    }
    let kept = splitPoint(count, index, isLast: isLast, isFirst: isFirst && index == 0)
    let goesRight = index > kept || kept == count
    let right = newLeaf(room: count &- kept &+ (goesRight ? 1 : 0))
    right.copy(16, Node.stride, at: 0, from: leaf, kept, count &- kept)
    right.count = count &- kept
    leaf.count = kept
    let left = kept &+ 24 <= count ? resized(leaf, slot, room: kept &+ 1) : leaf
    let target = goesRight ? right : left
    let place = goesRight ? index &- kept : index
    target.shift(16, Node.stride, from: place, by: 1)
    target.setItem(place, item)
    target.count &+= 1
    return Split(right: right, weight: right.totalWeight)
  }

  private func insert(_ split: Split, at index: Int, into node: Node, isLast: Bool, isFirst: Bool) -> Split? {
    let count = node.count
    if count < Self.childrenMax {
      insertChild(split, at: index, into: node)
      return nil
    }
    // A node keeps one child at least: at the front, the child that was divided.
    let kept = max(1, splitPoint(count, index, isLast: isLast, isFirst: isFirst && index == 1))
    let right = newNode(Node.innerBytes, level: node.level)
    node.forEachArray { right.copy($0, $1, at: 0, from: node, kept, count &- kept) }
    right.count = count &- kept
    node.count = kept
    if index > kept || kept == count {
      insertChild(split, at: index &- kept, into: right)
    } else {
      insertChild(split, at: index, into: node)
    }
    return Split(right: right, weight: right.totalWeight)
  }

  private func insertChild(_ split: Split, at index: Int, into node: Node) {
    node.forEachArray { node.shift($0, $1, from: index, by: 1) }
    put(node, index, split.right.block, split.weight, split.first)
    node.count &+= 1
  }

  /// How many of its elements a full node keeps: all or none when it grows at the tree's end or beginning, else half.
  @inline(__always)
  private func splitPoint(_ count: Int, _ index: Int, isLast: Bool, isFirst: Bool) -> Int {
    if isLast && index == count { return count }
    return isFirst ? index : count / 2
  }

  // MARK: replacement

  /// Puts another item in the place of one; nothing happens at the end.
  mutating func replace(at position: TreePosition, with item: Item) {
    guard let root, let position = settled(position), let old = self.item(at: position) else { return }
    let change = item.weight &- old.weight
    weight &+= change
    withRootSlot(root) { slot, tree in
      var node = tree.writable(slot)
      while !node.isLeaf {
        let index = TreePosition.index(position.path, node.level)
        if change != 0 { node.setWeight(index, node.weight(index) &+ change) }
        if TreePosition.isFirst(position.path, below: node.level) { node.setFirst(index, item) }
        node = tree.writable(node.slot(index))
      }
      node.setItem(position.indexInLeaf, item)
    }
  }

  // MARK: removal

  /// Takes the item at a place out; nil (and nothing happens) at the end.
  @discardableResult
  mutating func remove(at position: TreePosition) -> Item? {
    guard let root, let position = settled(position), let item = self.item(at: position) else { return nil }
    count &-= 1
    weight &-= item.weight
    withRootSlot(root) { slot, tree in tree.remove(position.path, item.weight, slot) }
    while let top = self.root.map(Node.init) {
      if top.isLeaf {
        guard top.count == 0 else { break }
        self.root = nil
      } else {
        guard top.count == 1 else { break }
        self.root = top.child(0).block
      }
      heap.discard(top.block, .sized)
    }
    return item
  }

  private func remove(_ path: UInt64, _ weight: Int, _ slot: UnsafeMutableRawPointer) {
    let node = writable(slot)
    if node.isLeaf {
      let index = Int(path & 0x7f)
      node.shift(16, Node.stride, from: index &+ 1, by: -1)
      node.count &-= 1
      let count = node.count
      if count > 0, node.capacity &- count >= 24 { _ = resized(node, slot, room: count &+ 4) }
      return
    }
    let index = TreePosition.index(path, node.level)
    remove(path, weight, node.slot(index))
    let child = node.child(index)
    if child.count == 0 {
      heap.discard(child.block, .sized)
      return dropChild(node, index)
    }
    node.setWeight(index, node.weight(index) &- weight)
    if TreePosition.isFirst(path, below: node.level) { node.setFirst(index, child.firstItem) }
    let most = child.isLeaf ? Self.leafItemsMax : Self.childrenMax
    if child.count < most / 4 { mergeChild(of: node, index, most) }
  }

  private func dropChild(_ node: Node, _ index: Int) {
    node.forEachArray { node.shift($0, $1, from: index &+ 1, by: -1) }
    node.count &-= 1
  }

  /// Joins a thin child with a neighbour, where both together leave a quarter free (so that the next insertion does not split them).
  @inline(never)
  private func mergeChild(of node: Node, _ index: Int, _ most: Int) {
    let left = index &+ 1 < node.count ? index : index &- 1
    guard left >= 0 else { return }
    let source = node.child(left &+ 1)
    let added = source.count
    guard node.child(left).count &+ added <= most &* 3 / 4 else { return }
    var target = writable(node.slot(left))
    let count = target.count
    if target.isLeaf, target.capacity < count &+ added { target = resized(target, node.slot(left), room: count &+ added) }
    target.forEachArray { target.copy($0, $1, at: count, from: source, 0, added) }
    target.count = count &+ added
    node.setWeight(left, node.weight(left) &+ node.weight(left &+ 1))
    heap.discard(source.block, .sized)
    dropChild(node, left &+ 1)
  }
}
