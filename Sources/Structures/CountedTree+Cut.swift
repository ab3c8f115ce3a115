/// Cutting a tree in two in O(log n): what is cut off comes as up to one tree for each level, made of whole subtrees, to be dismantled in
/// steps. The nodes along the cut may be thin afterwards, down to one child; later removals join them with their neighbours.
extension CountedTree {
  /// Takes out everything before the item at `position`. `body` gets each tree that was cut off.
  mutating func cutFront(before position: TreePosition, _ body: (Self) -> Void) {
    guard position.rank > 0, let position = settled(position), let root else { return }
    withRootSlot(root) { slot, tree in tree.cut(position.path, slot, keepsFront: false) { body(tree.separate($0)) } }
    finishCut()
  }

  /// Takes out everything behind the item at `position`. `body` gets each tree that was cut off.
  mutating func cutBack(behind position: TreePosition, _ body: (Self) -> Void) {
    guard let position = settled(position), next(position) != nil, let root else { return }
    withRootSlot(root) { slot, tree in tree.cut(position.path, slot, keepsFront: true) { body(tree.separate($0)) } }
    finishCut()
  }

  private func separate(_ piece: Node) -> Self {
    CountedTree(heap: heap, root: piece.block, weight: piece.totalWeight, count: piece.itemCount)
  }

  private mutating func finishCut() {
    while let top = root.map(Node.init), !top.isLeaf, top.count == 1 {
      root = top.child(0).block
      heap.discard(top.block, .sized)
    }
    weight = root.map { Node($0).totalWeight } ?? 0
    count = root.map { Node($0).itemCount } ?? 0
  }

  /// Keeps the item that the path leads to, and what lies on one side of it.
  private func cut(_ path: UInt64, _ slot: UnsafeMutableRawPointer, keepsFront: Bool, _ body: (Node) -> Void) {
    let node = writable(slot)
    let index = TreePosition.index(path, node.level)
    let start = keepsFront ? index &+ 1 : 0
    let length = keepsFront ? node.count &- start : index
    if length > 0 {
      let piece = node.isLeaf ? newLeaf(room: length) : newNode(Node.innerBytes, level: node.level)
      node.forEachArray { piece.copy($0, $1, at: 0, from: node, start, length) }
      piece.count = length
      if !keepsFront { node.forEachArray { node.shift($0, $1, from: index, by: -index) } }
      node.count &-= length
      body(piece)
    }
    if node.isLeaf { return }
    let child = keepsFront ? index : 0
    cut(path, node.slot(child), keepsFront: keepsFront, body)
    node.setWeight(child, node.child(child).totalWeight)
    node.setFirst(child, node.child(child).firstItem)
  }
}

extension TreeNode {
  /// O(leaves).
  fileprivate var itemCount: Int {
    if isLeaf { return count }
    var items = 0
    for i in 0..<count { items &+= child(i).itemCount }
    return items
  }
}
