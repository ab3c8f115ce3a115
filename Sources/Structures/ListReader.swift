/// A list to be read: follows pointers in its blocks and nothing else, so that a snapshot's may be read from any thread.
package struct ListReader {
  let layout: ValueLayout
  let block: Block

  @inline(__always) init(_ layout: ValueLayout, _ block: Block) {
    self.layout = layout
    self.block = block
  }

  @inline(__always) package init(_ entry: Entry) { self.init(entry.layout, entry.valueBlock) }

  @inline(__always) private var isFlat: Bool { layout == .flat }
  @inline(__always) private var flat: Listpack { ListpackBlock(block).listpack }
  @inline(__always) private var root: ListRoot { ListRoot(block) }

  @inline(__always) package var count: Int { isFlat ? flat.count : root.count }

  /// Whether Redis 7.2 would keep it as one listpack.
  var isSmall: Bool { isFlat || root.isSmall }

  /// Where an index lies: in which chunk's listpack, and how far in.
  @inline(__always)
  func place(_ index: Int) -> (pack: Listpack, index: Int)? {
    guard index >= 0 else { return nil }
    if isFlat { return index < flat.count ? (flat, index) : nil }
    let root = self.root
    var index = index
    if let head = root.head {
      if index < head.count { return (head.listpack, index) }
      index &-= head.count
      if index < root.treeWeight {
        guard let (item, rank) = root.view.item(atRank: index) else { return nil }
        return (ListChunk(item.chunk).listpack, rank)
      }
      index &-= root.treeWeight
    }
    return index < root.tail.count ? (root.tail.listpack, index) : nil
  }

  /// The element at an index from the head. O(log n), and a walk inside one chunk.
  @inline(__always)
  package func element(at index: Int) -> ListpackElement? {
    guard let (pack, index) = place(index), let offset = pack.seek(index) else { return nil }
    return pack.element(at: offset)
  }

  // MARK: walks

  /// The chunks' listpacks in order, from the one that holds `index` on, with the index of its first element, until `body` returns false.
  @inline(__always)
  func forEachPack(from index: Int, _ body: (_ pack: Listpack, _ first: Int) -> Bool) {
    if isFlat { return _ = body(flat, 0) }
    let root = self.root
    var first = 0
    if let head = root.head {
      if index < head.count, !body(head.listpack, 0) { return }
      first = head.count
      let view = root.view
      var position = view.position(atRank: max(0, index &- first))
      while let at = position, let item = view.item(at: at) {
        if !body(ListChunk(item.chunk).listpack, first &+ at.rank) { return }
        position = view.next(at)
      }
      first &+= root.treeWeight
    }
    _ = body(root.tail.listpack, first)
  }

  /// As `forEachPack`, towards the head.
  @inline(__always)
  func forEachPackBackward(from index: Int, _ body: (_ pack: Listpack, _ first: Int) -> Bool) {
    if isFlat { return _ = body(flat, 0) }
    let root = self.root
    guard let head = root.head else { return _ = body(root.tail.listpack, 0) }
    let tailFirst = head.count &+ root.treeWeight
    if index >= tailFirst, !body(root.tail.listpack, tailFirst) { return }
    let view = root.view
    var position = index >= tailFirst ? view.last : view.position(atRank: index &- head.count)
    while let at = position, let item = view.item(at: at) {
      if !body(ListChunk(item.chunk).listpack, head.count &+ at.rank) { return }
      position = view.previous(at)
    }
    _ = body(head.listpack, 0)
  }

  /// `count` elements from `index` on; fewer if there are fewer.
  @inline(__always)
  package func forEach(from index: Int, count: Int, _ body: (ListpackElement) -> Void) {
    var left = count
    forEachPack(from: index) { pack, first in
      guard left > 0 else { return false }
      guard var offset = first < index ? pack.seek(index &- first) : pack.first else { return true }
      while left > 0, pack.byte(offset) != 0xff {
        body(pack.element(at: offset))
        offset = pack.behind(offset)
        left &-= 1
      }
      return left > 0
    }
  }

  /// The same towards the head.
  @inline(__always)
  package func forEachBackward(from index: Int, count: Int, _ body: (ListpackElement) -> Void) {
    var left = count
    forEachPackBackward(from: index) { pack, first in
      guard left > 0 else { return false }
      let inside = index &- first
      var offset = inside &+ 1 < pack.count ? pack.seek(inside &+ 1) : pack.end
      while left > 0, let behind = offset, let at = pack.previous(behind) {
        body(pack.element(at: at))
        offset = at
        left &-= 1
      }
      return left > 0
    }
  }

  /// Each chunk as a listpack in Redis's bytes: what an RDB file holds.
  package func forEachListpack(_ body: (UnsafeRawBufferPointer) -> Void) {
    forEachPack(from: 0) { pack, _ in
      body(pack.bytes)
      return true
    }
  }

  /// Bytes of all blocks.
  package var byteCount: Int {
    if isFlat { return Heap.sizedBytes(block) }
    var bytes = ListRoot.bytes + Heap.sizedBytes(root.tail.block) + root.view.byteCount
    if let head = root.head { bytes += Heap.sizedBytes(head.block) }
    root.view.forEach { bytes += Heap.sizedBytes($0.chunk) }
    return bytes
  }

  /// The first thing that is wrong with the list; nil when all is well. For tests.
  func violation(_ heap: Heap, _ limits: ListLimits) -> String? {
    var total = 0
    var wrong: String?
    forEachPack(from: 0) { pack, first in
      if first != total { wrong = wrong ?? "a chunk begins at \(first), not \(total)" }
      if !Listpack.isValid(pack.bytes) { wrong = wrong ?? "a chunk that is no listpack" }
      if pack.isEmpty { wrong = wrong ?? "an empty chunk" }
      if !isFlat, !isSmall, pack.byteCount > limits.bytesMax, pack.count > 1 { wrong = wrong ?? "a chunk of \(pack.byteCount) bytes" }
      total += pack.count
      return true
    }
    if let wrong { return wrong }
    if total != count { return "\(total) elements, the root says \(count)" }
    if isFlat { return nil }
    if root.head == nil, root.treeRoot != nil { return "a tree without a head" }
    let tree = CountedTree<ListItem>(heap: heap, root: root.treeRoot, weight: root.treeWeight, count: root.treeCount)
    return tree.violation()
  }
}
