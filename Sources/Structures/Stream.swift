/// A stream that is written to: `view` with the heap. Its root block must be writable (`writable` copies it if a snapshot holds it) and
/// is the entry's affair; all below is copied here as needed.
struct Stream {
  /// Longer entries are refused, and no node gets longer: Redis's limit.
  static let entryBytesMax = 1 << 30

  let heap: Heap
  let view: StreamView
  @inline(__always) var root: Block { view.root }

  @inline(__always)
  init(_ heap: Heap, _ root: Block) {
    self.heap = heap
    view = StreamView(root)
  }

  static func create(_ heap: Heap) -> Stream {
    let root = heap.allocateSized(StreamView.bytes)
    (root + 8).initializeMemory(as: UInt8.self, repeating: 0, count: StreamView.bytes - 8)
    return Stream(heap, root)
  }

  /// This stream, or a copy of its root if a snapshot holds it.
  @inline(__always)
  func writable() -> Stream { heap.isFrozen(root) ? copiedRoot() : self }

  @inline(never)
  private func copiedRoot() -> Stream {
    let copy = heap.allocateSized(StreamView.bytes)
    (copy + 8).copyMemory(from: root + 8, byteCount: StreamView.bytes - 8)
    heap.discard(root, .sized)
    return Stream(heap, copy)
  }

  var older: CountedTree<StreamView.NodeItem> {
    get { CountedTree(heap: heap, root: view.olderRoot, weight: view.olderCount, count: view.olderCount) }
    nonmutating set {
      root.storeBytes(of: newValue.root, toByteOffset: 96, as: Block?.self)
      root.storeBytes(of: newValue.count, toByteOffset: 104, as: Int.self)
    }
  }

  // MARK: additions

  /// Adds an entry of `pairs` fields and values; `argument` gives them in turn, `bytes` is the sum of their lengths. `id` must be greater
  /// than the last one.
  @inline(__always)
  func append(_ id: StreamID, pairs: Int, bytes: Int, _ limits: EncodingLimits, _ argument: (Int) -> UnsafeRawBufferPointer) {
    if let newest = view.newest, !StreamNode(master: newest.master, block: newest.block).isFull(for: bytes, limits) {
      let block = StreamNode.append(heap, newest.block, master: newest.master, id: id, pairs: pairs, argument)
      if block != newest.block { view.newest = StreamView.NodeItem(master: newest.master, block: block) }
    } else {
      beginNode(StreamView.NodeItem(master: id, block: StreamNode.create(heap, pairs: pairs, argument)))
    }
    view.count &+= 1
    view.entriesAdded &+= 1
    view.lastID = id
    if view.count == 1 { view.firstID = id }
  }

  @inline(never)
  private func beginNode(_ node: StreamView.NodeItem) {
    view.radixNodes &+= view.radixNodes(of: node.master)
    if let full = view.newest {
      var older = self.older
      older.append(StreamView.NodeItem(master: full.master, block: StreamNode.sealed(heap, full.block)))
      self.older = older
    }
    view.newest = node
  }

  // MARK: nodes

  /// A node, and its place among the older ones; nil for the newest.
  private typealias Found = (item: StreamView.NodeItem, position: TreePosition?)

  /// The node that an entry with this id would be in.
  private func node(for id: StreamID) -> Found? {
    guard let newest = view.newest else { return nil }
    if id >= newest.master { return (newest, nil) }
    let tree = view.older
    guard let position = tree.previous(tree.lowerBound { $0.master <= id }), let item = tree.item(at: position) else { return nil }
    return (item, position)
  }

  private var firstNode: Found? {
    let tree = view.older
    if let position = tree.first, let item = tree.item(at: position) { return (item, position) }
    return view.newest.map { ($0, nil) }
  }

  private func setNode(_ found: Found, _ block: Block) {
    guard block != found.item.block else { return }
    let item = StreamView.NodeItem(master: found.item.master, block: block)
    guard let position = found.position else {
      view.newest = item
      return
    }
    var older = self.older
    older.replace(at: position, with: item)
    self.older = older
  }

  private func removeNode(_ found: Found) {
    heap.discard(found.item.block, .sized)
    var older = self.older
    if let position = found.position {
      older.remove(at: position)
    } else if let last = older.last {
      // Redis adds to the last node there is: the one before becomes the newest.
      view.newest = older.remove(at: last)
    } else {
      view.newest = nil
    }
    self.older = older
    view.radixNodes &-= view.radixNodes(of: found.item.master)
  }

  // MARK: removal

  /// Marks the entry as deleted; false if there is none with this id. The counters of the stream are the caller's, by `noteRemoval`.
  func delete(_ id: StreamID) -> Bool {
    guard let found = node(for: id) else { return false }
    let node = StreamNode(master: found.item.master, block: found.item.block)
    guard let entry = node.find(id) else { return false }
    if node.live <= 1 {
      removeNode(found)
    } else {
      let block = StreamNode.setDeleted(heap, found.item.block, at: entry.offset)
      setNode(found, StreamNode.countDeleted(heap, block, 1))
    }
    view.count &-= 1
    return true
  }

  /// Finds the first entry anew, after entries were removed.
  func noteRemoval() { view.firstID = view.count == 0 ? .zero : view.firstEntry?.id ?? .zero }

  enum Threshold {
    /// So many entries may stay.
    case count(UInt64)
    /// Entries with lesser ids go.
    case id(StreamID)
  }

  /// Removes entries at the beginning, and returns how many. `isApproximate`: whole nodes only, and at most `limit` entries (0: any).
  func trim(to threshold: Threshold, isApproximate: Bool, limit: Int64) -> UInt64 {
    if case .count(0) = threshold, limit == 0, let newest = view.newest, StreamNode(master: newest.master, block: newest.block).live > 0 {
      return removeAll()
    }
    var removed: UInt64 = 0
    while let found = firstNode {
      let node = StreamNode(master: found.item.master, block: found.item.block)
      let live = UInt64(clamping: node.live)
      if case .count(let most) = threshold, view.count <= most { break }
      if limit > 0, removed &+ live > UInt64(limit) { break }
      let isWhole =
        switch threshold {
        case .count(let most): view.count &- live >= most && view.count >= live
        case .id(let least): (node.last?.id ?? .zero) < least
        }
      if isWhole {
        removeNode(found)
        view.count &-= live
        removed &+= live
        continue
      }
      if !isApproximate { removed &+= trim(found, to: threshold) }
      break
    }
    if removed > 0 || view.count == 0 { noteRemoval() }
    return removed
  }

  /// Removes all nodes, O(1); they are dismantled in steps.
  private func removeAll() -> UInt64 {
    let removed = view.count
    let husk = Stream.create(heap)
    husk.older = older
    husk.view.newest = view.newest
    older = CountedTree(heap: heap)
    view.newest = nil
    view.radixNodes = 0
    view.count = 0
    view.firstID = .zero
    heap.discardCollection(.stream, .tree, husk.root)
    return removed
  }

  /// Removes entries at the beginning of one node, which keeps some.
  private func trim(_ found: Found, to threshold: Threshold) -> UInt64 {
    var block = found.item.block
    var removed: Int64 = 0
    var next = StreamNode(master: found.item.master, block: block).first
    while let entry = next {
      switch threshold {
      case .count(let most): if view.count <= most { next = nil }
      case .id(let least): if entry.id >= least { next = nil }
      }
      if next == nil { break }
      if !entry.isDeleted {
        block = StreamNode.setDeleted(heap, block, at: entry.offset)
        removed += 1
        view.count &-= 1
      }
      // Read anew: the block may be another.
      let node = StreamNode(master: found.item.master, block: block)
      next = node.entry(behind: node.entry(at: entry.offset))
    }
    if removed > 0 { block = StreamNode.countDeleted(heap, block, removed) }
    setNode(found, block)
    return UInt64(removed)
  }
}
