/// Trees as a whole: dismantling, copies, and what must always be true of them.
extension CountedTree {
  /// Lets go of a tree in steps of one leaf. Start with `path` 0; nil means that the tree is gone. `body` gets the items, to let go of
  /// what they point to. Writes nothing, so that it works on a tree which a snapshot holds as well.
  static func dismantle(_ root: Block, from path: inout UInt64?, heap: Heap, _ body: (Item) -> Void) {
    guard let at = path else { return }
    // The lowest level on which the path can go on; what lies below it has been seen to its end.
    var node = Node(root)
    var turn = -1
    while !node.isLeaf {
      let index = TreePosition.index(at, node.level)
      if index + 1 < node.count { turn = node.level }
      node = node.child(index)
    }
    for i in 0..<node.count { body(node.item(i)) }
    discard(Node(root), at, below: turn < 0 ? .max : turn, heap)
    guard turn > 0 else {
      path = nil
      return
    }
    let shift = TreePosition.shift(turn)
    path = ((at >> shift) + 1) << shift
  }

  private static func discard(_ node: Node, _ path: UInt64, below level: Int, _ heap: Heap) {
    if !node.isLeaf { discard(node.child(TreePosition.index(path, node.level)), path, below: level, heap) }
    if node.level < level { heap.discard(node.block, .sized) }
  }

  /// Lets go of the whole tree at once.
  mutating func removeAll(_ body: (Item) -> Void = { _ in }) {
    if let root {
      var path: UInt64? = 0
      while path != nil { Self.dismantle(root, from: &path, heap: heap, body) }
    }
    root = nil
    weight = 0
    count = 0
  }

  /// A tree of its own with the items that `body` makes of this one's, its leaves full.
  func copy(_ body: (Item) -> Item) -> Self {
    var copy = CountedTree(heap: heap)
    forEach { copy.append(body($0)) }
    return copy
  }

  /// The first thing that is wrong with the tree; nil when all is well. For tests.
  func violation() -> String? {
    var items = 0
    func check(_ node: Node, isRoot: Bool) -> (weight: Int, violation: String?) {
      if node.count == 0 { return (0, "an empty node") }
      if node.isLeaf {
        items += node.count
        return (node.totalWeight, node.count > node.capacity ? "a leaf beyond its room" : nil)
      }
      if node.count > Self.childrenMax { return (0, "an inner node beyond its room") }
      if isRoot && node.count == 1 { return (0, "a root with one child") }
      for i in 0..<node.count {
        let child = node.child(i)
        if child.level != node.level - 1 { return (0, "a child of level \(child.level) below level \(node.level)") }
        let same = withUnsafeBytes(of: node.first(i)) { a in withUnsafeBytes(of: child.firstItem) { b in a.elementsEqual(b) } }
        if !same { return (0, "child \(i)'s first item differs from the one in its parent") }
        let (weight, violation) = check(child, isRoot: false)
        if let violation { return (0, violation) }
        if weight != node.weight(i) { return (0, "child \(i) weighs \(weight), its parent says \(node.weight(i))") }
      }
      return (node.totalWeight, nil)
    }
    guard let root else { return weight == 0 && count == 0 ? nil : "no root, but \(count) items" }
    let (total, violation) = check(Node(root), isRoot: true)
    if let violation { return violation }
    if total != weight { return "the items weigh \(total), the tree says \(weight)" }
    return items == count ? nil : "\(items) items, the tree says \(count)"
  }
}
