/// What a list's tree holds: a chunk, and how many elements it has.
struct ListItem: TreeItem {
  let chunk: Block
  let count: Int
  @inline(__always) var weight: Int { count }
  @inline(__always) init(_ chunk: ListChunk) {
    self.chunk = chunk.block
    count = chunk.count
  }
}

/// The root block of a large list. Its first and last chunk stand here, outside of the tree, so that pushes and pops at the ends touch
/// no tree:
///
/// ```
/// 0 birth UInt32 │ 4 size UInt32 │ 8 elements Int │ 16 head Block? │ 24 tail Block
/// 32 tree: root Block? │ 40 weight Int │ 48 chunks Int │ 56 flags UInt64, bit 0: Redis would call it a listpack
/// ```
///
/// One chunk: it is the tail, there is no head and no tree. More: head and tail, with the others in the tree.
struct ListRoot {
  static let bytes = 64
  let block: Block
  @inline(__always) init(_ block: Block) { self.block = block }

  static func create(_ heap: Heap, sole chunk: ListChunk, isSmall: Bool) -> ListRoot {
    let root = ListRoot(heap.allocateSized(bytes))
    (root.block + 8).initializeMemory(as: UInt8.self, repeating: 0, count: bytes - 8)
    root.count = chunk.count
    root.tail = chunk
    root.isSmall = isSmall
    return root
  }

  @inline(__always) var count: Int {
    get { block.load(fromByteOffset: 8, as: Int.self) }
    nonmutating set { block.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
  }
  @inline(__always) var head: ListChunk? {
    get { block.load(fromByteOffset: 16, as: Block?.self).map(ListChunk.init) }
    nonmutating set { block.storeBytes(of: newValue?.block, toByteOffset: 16, as: Block?.self) }
  }
  @inline(__always) var tail: ListChunk {
    get { ListChunk(block.load(fromByteOffset: 24, as: Block.self)) }
    nonmutating set { block.storeBytes(of: newValue.block, toByteOffset: 24, as: Block.self) }
  }
  @inline(__always) var treeRoot: Block? { block.load(fromByteOffset: 32, as: Block?.self) }
  @inline(__always) var treeWeight: Int { block.load(fromByteOffset: 40, as: Int.self) }
  @inline(__always) var treeCount: Int { block.load(fromByteOffset: 48, as: Int.self) }
  @inline(__always) var isSmall: Bool {
    get { block.load(fromByteOffset: 56, as: UInt64.self) & 1 != 0 }
    nonmutating set { block.storeBytes(of: newValue ? 1 : 0, toByteOffset: 56, as: UInt64.self) }
  }

  @inline(__always) var view: CountedTreeView<ListItem> { CountedTreeView(root: treeRoot, weight: treeWeight) }

  @inline(__always)
  func withTree<R>(_ heap: Heap, _ body: (inout CountedTree<ListItem>) -> R) -> R {
    var tree = CountedTree<ListItem>(heap: heap, root: treeRoot, weight: treeWeight, count: treeCount)
    let result = body(&tree)
    block.storeBytes(of: tree.root, toByteOffset: 32, as: Block?.self)
    block.storeBytes(of: tree.weight, toByteOffset: 40, as: Int.self)
    block.storeBytes(of: tree.count, toByteOffset: 48, as: Int.self)
    return result
  }
}

/// A list being edited: `layout` and `block` are what is to be put into its entry afterwards.
///
/// Two layouts: `flat`, a `ListpackBlock` of up to 1 KB, and `tree`, a `ListRoot` over chunks. A list is never left empty: who takes its
/// last element takes the key out instead.
struct ListValue {
  let heap: Heap
  let limits: ListLimits
  var layout: ValueLayout
  var block: Block

  @inline(__always)
  init(_ heap: Heap, _ limits: ListLimits, _ layout: ValueLayout, _ block: Block) {
    self.heap = heap
    self.limits = limits
    self.layout = layout
    self.block = block
  }

  /// A new one, empty: something must be pushed.
  static func create(_ heap: Heap, _ limits: ListLimits, capacity: Int = 0) -> ListValue {
    ListValue(heap, limits, .flat, ListpackBlock.create(heap, capacity: min(capacity, ListLimits.flatBytesMax)).block)
  }

  @inline(__always) var isFlat: Bool { layout == .flat }
  @inline(__always) var flat: ListpackBlock { ListpackBlock(block) }
  @inline(__always) var reader: ListReader { ListReader(layout, block) }
  @inline(__always) var count: Int { reader.count }

  /// The root, writable.
  @inline(__always)
  mutating func root() -> ListRoot {
    if heap.isFrozen(block) { copyRoot() }
    return ListRoot(block)
  }

  @inline(never)
  private mutating func copyRoot() {
    let copy = heap.allocateSized(ListRoot.bytes)
    (copy + 8).copyMemory(from: block + 8, byteCount: ListRoot.bytes - 8)
    heap.discard(block, .sized)
    block = copy
  }

  // MARK: small and large

  /// To be called before elements of so many bytes, as text, are added: what Redis would then no longer call a listpack is none here.
  @inline(__always)
  mutating func willGrow(bytes: Int, count added: Int) {
    if isFlat {
      let pack = flat.listpack
      if !limits.isSmall(bytes: pack.byteCount &+ bytes, count: pack.storedCount &+ added) { becomeTree(isSmall: false) }
    } else if ListRoot(block).isSmall {
      checkSmall(adding: bytes, added)
    }
  }

  @inline(never)
  private mutating func checkSmall(adding bytes: Int, _ added: Int) {
    let root = ListRoot(block)
    var total = root.tail.byteCount + bytes
    if let head = root.head { total += head.byteCount - ListChunk.emptyBytes }
    if root.treeRoot != nil || !limits.isSmall(bytes: total, count: root.count + added) { self.root().isSmall = false }
  }

  mutating func becomeTree(isSmall: Bool) {
    let pack = flat.listpack
    let chunk = ListChunk.create(heap, copying: pack)
    heap.discard(block, .sized)
    block = ListRoot.create(heap, sole: chunk, isSmall: isSmall).block
    layout = .tree
  }

  /// To be called after elements were removed: a list that has become small lies, and is called, as one that was always so. Redis calls
  /// it a listpack again when all is in one node that is at most half full.
  @inline(__always)
  mutating func didShrink() {
    if isFlat { return }
    let root = ListRoot(block)
    if root.treeRoot == nil, root.tail.byteCount <= limits.bytesMax / 2 { shrinkSlow() }
  }

  @inline(never)
  private mutating func shrinkSlow() {
    let root = self.root()
    if let head = root.head, head.byteCount + root.tail.byteCount <= limits.bytesMax / 4, root.count <= limits.countMax {
      root.tail = ListChunk.joining(heap, head, root.tail)
      root.head = nil
    }
    guard root.head == nil, root.count > 0 else { return }
    let bytes = root.tail.byteCount
    if bytes <= limits.bytesMax / 2, root.count <= max(1, limits.countMax / 2) { root.isSmall = true }
    if root.isSmall, bytes <= ListLimits.flatBytesMax / 4 {
      let flat = ListpackBlock.create(heap, copying: root.tail.listpack.bytes)
      heap.discard(root.tail.block, .sized)
      heap.discard(block, .sized)
      block = flat.block
      layout = .flat
    } else {
      root.tail = root.tail.fitted(heap)
    }
  }
}
