/// Lists as wholes: built, copied, let go of.
package struct ListBuilder {
  private var value: ListValue

  init(heap: Heap, hash: ByteHash, limits: EncodingLimits) {
    value = .create(heap, ListLimits(size: limits.listSize))
  }

  /// The next element, behind the last one.
  package mutating func append(_ element: UnsafeRawBufferPointer) {
    value.willGrow(bytes: element.count, count: 1)
    value.push(ListpackValue(element), at: .right)
  }

  /// Nil when nothing was appended. The builder is used up.
  package mutating func finish() -> CollectionValue? {
    guard value.count > 0 else {
      discard()
      return nil
    }
    return CollectionValue(.list, value.layout, value.block)
  }

  /// Lets go of what was built.
  package func discard() { value.heap.discardCollection(.list, value.layout, value.block) }
}

extension Heap {
  /// Goes on with dismantling a large list: a leaf of its tree at a time.
  func dismantleList(_ grave: inout Grave, steps: Int) -> Int {
    let root = ListRoot(grave.root)
    var taken = 0
    while taken < steps, grave.next != nil, let tree = root.treeRoot {
      CountedTree<ListItem>.dismantle(tree, from: &grave.next, heap: self) { item in
        discard(item.chunk, .sized)
        taken += 1
      }
    }
    if root.treeRoot == nil { grave.next = nil }
    guard grave.next == nil else { return taken }
    if let head = root.head { discard(head.block, .sized) }
    discard(root.tail.block, .sized)
    discard(grave.root, .sized)
    return taken + 1
  }

  /// A copy of a large list. O(n).
  func copiedList(_ block: Block) -> Block {
    func copied(_ chunk: ListChunk) -> ListChunk { ListChunk.create(self, copying: chunk.listpack) }
    let source = ListRoot(block)
    let copy = ListRoot.create(self, sole: copied(source.tail), isSmall: source.isSmall)
    copy.count = source.count
    copy.head = source.head.map(copied)
    copy.withTree(self) { tree in
      source.view.forEach { tree.append(ListItem(copied(ListChunk($0.chunk)))) }
    }
    return copy.block
  }
}

extension Entry {
  /// The elements of a list, head to tail.
  package func forEachElement(_ body: (UnsafeRawBufferPointer) -> Void) {
    ListReader(self).forEach(from: 0, count: .max) { element in element.withBytes(body) }
  }

  /// What OBJECT ENCODING says of a list.
  package var listEncoding: StaticString { ListReader(self).isSmall ? "listpack" : "quicklist" }
}
