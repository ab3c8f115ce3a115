/// What a `CountedTree` holds: plain bits (pointers in it are the owner's affair), and how many ranks it stands for: 1 in a sorted
/// set, the number of elements of a chunk in a list.
protocol TreeItem: BitwiseCopyable, SendableMetatype {
  var weight: Int { get }
}

/// A B+tree with subtree weights, copy-on-write by birth epochs: finds by order and by rank, both in O(log n).
///
/// ```
/// node    0 birth UInt32 │ 4 size UInt32 (the heap's sized header) │ 8 count UInt16 │ 10 level UInt16, 0 = leaf
/// leaf   16 items                    room for 4 … 64, in steps
/// inner  16 children 32 × Block │ 272 weights 32 × Int │ 528 first items of the children 32 × Item
/// ```
///
/// The first item of a child in its parent is always the very item, never an older one: what it points to may be read.
/// A leaf that fills up at one of the tree's ends is left full, so ascending (and descending) insertions waste nothing.
///
/// A value of four words; the owner keeps `root`, `weight` and `count` in a block of its own. When a snapshot may hold that block,
/// the owner copies it before it stores what changed here.
struct CountedTree<Item: TreeItem> {
  static var leafItemsMax: Int { 64 }
  static var childrenMax: Int { 32 }

  let heap: Heap
  var root: Block?
  /// The sum of the items' weights.
  var weight: Int
  /// The number of items.
  var count: Int

  @inline(__always)
  init(heap: Heap, root: Block? = nil, weight: Int = 0, count: Int = 0) {
    self.heap = heap
    self.root = root
    self.weight = weight
    self.count = count
  }

  /// For reading, without the heap: on a frozen root from any thread.
  @inline(__always) var view: CountedTreeView<Item> { CountedTreeView(root: root, weight: weight) }
}

/// A place in a tree: that of an item, or the end. Where two leaves meet, a place behind the last item of the one is the place of the first
/// item of the other. Valid until the tree is next changed.
struct TreePosition {
  /// The child's index of every level: 7 bits for the leaf, 6 for each level above.
  var path: UInt64
  var leaf: Block?
  /// The weight of all items before this place.
  var rank: Int

  @inline(__always)
  init(path: UInt64, leaf: Block?, rank: Int) {
    self.path = path
    self.leaf = leaf
    self.rank = rank
  }

  /// The place in an empty tree.
  static var empty: TreePosition { TreePosition(path: 0, leaf: nil, rank: 0) }

  @inline(__always) var indexInLeaf: Int { Int(path & 0x7f) }
  @inline(__always) static func shift(_ level: Int) -> UInt64 { level == 0 ? 0 : UInt64(truncatingIfNeeded: 1 &+ 6 &* level) }
  @inline(__always) static func index(_ path: UInt64, _ level: Int) -> Int {
    level == 0 ? Int(path & 0x7f) : Int((path &>> shift(level)) & 0x3f)
  }
  @inline(__always) static func with(_ index: Int, at level: Int) -> UInt64 { UInt64(truncatingIfNeeded: index) &<< shift(level) }
  /// Whether the path is at index 0 on all levels below `level`: the place is the first of that child.
  @inline(__always) static func isFirst(_ path: UInt64, below level: Int) -> Bool { path & ((1 &<< shift(level)) &- 1) == 0 }
}

/// One node's block. Indexes are below `count` unless said otherwise.
struct TreeNode<Item: TreeItem> {
  let block: Block
  @inline(__always) init(_ block: Block) { self.block = block }

  @inline(__always) static var stride: Int { MemoryLayout<Item>.stride }
  @inline(__always) static var childrenOffset: Int { 16 }
  @inline(__always) static var weightsOffset: Int { 16 &+ 8 &* CountedTree<Item>.childrenMax }
  @inline(__always) static var firstsOffset: Int { 16 &+ 16 &* CountedTree<Item>.childrenMax }
  @inline(__always) static var innerBytes: Int { firstsOffset &+ stride &* CountedTree<Item>.childrenMax }
  @inline(__always) static func leafBytes(_ items: Int) -> Int { 16 &+ stride &* items }

  @inline(__always) var count: Int {
    get { Int(block.load(fromByteOffset: 8, as: UInt16.self)) }
    nonmutating set { block.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 8, as: UInt16.self) }
  }
  @inline(__always) var level: Int { Int(block.load(fromByteOffset: 10, as: UInt16.self)) }
  @inline(__always) var isLeaf: Bool { level == 0 }

  // MARK: leaves

  /// How many items the leaf has room for.
  @inline(__always) var capacity: Int { min(CountedTree<Item>.leafItemsMax, (Heap.sizedBytes(block) &- 16) / Self.stride) }

  @inline(__always) func item(_ index: Int) -> Item { block.load(fromByteOffset: 16 &+ index &* Self.stride, as: Item.self) }
  @inline(__always) func setItem(_ index: Int, _ item: Item) {
    block.storeBytes(of: item, toByteOffset: 16 &+ index &* Self.stride, as: Item.self)
  }

  // MARK: inner nodes

  /// Where the pointer to a child stands.
  @inline(__always) func slot(_ index: Int) -> UnsafeMutableRawPointer { block + (Self.childrenOffset &+ index &* 8) }
  @inline(__always) func child(_ index: Int) -> TreeNode { TreeNode(slot(index).load(as: Block.self)) }
  @inline(__always) func weight(_ index: Int) -> Int { block.load(fromByteOffset: Self.weightsOffset &+ index &* 8, as: Int.self) }
  @inline(__always) func setWeight(_ index: Int, _ weight: Int) {
    block.storeBytes(of: weight, toByteOffset: Self.weightsOffset &+ index &* 8, as: Int.self)
  }
  @inline(__always) func first(_ index: Int) -> Item {
    block.load(fromByteOffset: Self.firstsOffset &+ index &* Self.stride, as: Item.self)
  }
  @inline(__always) func setFirst(_ index: Int, _ item: Item) {
    block.storeBytes(of: item, toByteOffset: Self.firstsOffset &+ index &* Self.stride, as: Item.self)
  }

  // MARK: both

  /// The first item of the subtree.
  @inline(__always) var firstItem: Item { isLeaf ? item(0) : first(0) }

  /// The weight of the subtree; O(count).
  var totalWeight: Int {
    var total = 0
    if isLeaf {
      for i in 0..<count { total &+= item(i).weight }
    } else {
      for i in 0..<count { total &+= weight(i) }
    }
    return total
  }

  /// Moves the elements of one of the node's arrays that lie from `index` on by `distance` places.
  @inline(__always)
  func shift(_ offset: Int, _ stride: Int, from index: Int, by distance: Int) {
    (block + (offset &+ (index &+ distance) &* stride)).copyMemory(
      from: block + (offset &+ index &* stride), byteCount: (count &- index) &* stride)
  }

  /// Copies `length` elements of one array from another node.
  @inline(__always)
  func copy(_ offset: Int, _ stride: Int, at index: Int, from other: TreeNode, _ start: Int, _ length: Int) {
    (block + (offset &+ index &* stride)).copyMemory(from: other.block + (offset &+ start &* stride), byteCount: length &* stride)
  }

  /// `body` gets the offset and the stride of every array that the node has.
  @inline(__always)
  func forEachArray(_ body: (_ offset: Int, _ stride: Int) -> Void) {
    if isLeaf { return body(16, Self.stride) }
    body(Self.childrenOffset, 8)
    body(Self.weightsOffset, 8)
    body(Self.firstsOffset, Self.stride)
  }
}
