/// Streams as a whole: dismantling, copies, sizes.
extension Heap {
  /// What is left of a stream that is being dismantled, in a block of its own: the stream's blocks may be a snapshot's and are not written.
  ///
  /// ```
  ///  0 birth │ 4 size
  ///  8 older nodes              root, nil when they are gone; 16 path
  /// 24 groups                   NameTable
  /// 32 index of the group, 40 of its consumer + 1 (0: the group's own tree); 48 path in that tree
  /// ```
  private struct Husk {
    static let bytes = 56
    let block: Block
    var nodes: Block? {
      get { block.load(fromByteOffset: 8, as: Block?.self) }
      nonmutating set { block.storeBytes(of: newValue, toByteOffset: 8, as: Block?.self) }
    }
    var groups: Block? {
      get { block.load(fromByteOffset: 24, as: Block?.self) }
      nonmutating set { block.storeBytes(of: newValue, toByteOffset: 24, as: Block?.self) }
    }
    func number(_ offset: Int) -> Int { block.load(fromByteOffset: offset, as: Int.self) }
    func setNumber(_ offset: Int, _ value: Int) { block.storeBytes(of: value, toByteOffset: offset, as: Int.self) }
  }

  /// Takes up to about `steps` steps (one is a leaf of a tree). `next` is 0 at the beginning, then where the husk is, and nil at the end.
  func dismantleStream(_ root: Block, _ next: inout UInt64?, steps: Int) -> Int {
    let husk: Husk
    if let at = next, at != 0, let block = Block(bitPattern: UInt(at)) {
      husk = Husk(block: block)
    } else {
      let view = StreamView(root)
      husk = Husk(block: allocateSized(Husk.bytes))
      (husk.block + 8).initializeMemory(as: UInt8.self, repeating: 0, count: Husk.bytes - 8)
      husk.nodes = view.olderRoot
      husk.groups = view.groups?.block
      if let newest = view.newest { discard(newest.block, .sized) }
      discard(root, .sized)
      next = UInt64(UInt(bitPattern: husk.block))
    }
    var taken = 0
    while taken < steps, step(husk, &taken) {}
    if husk.nodes == nil, husk.groups == nil {
      discard(husk.block, .sized)
      next = nil
    }
    return max(1, taken)
  }

  /// One step; false when nothing is left.
  private func step(_ husk: Husk, _ taken: inout Int) -> Bool {
    if let nodes = husk.nodes {
      var path: UInt64? = UInt64(husk.number(16))
      CountedTree<StreamView.NodeItem>.dismantle(nodes, from: &path, heap: self) { item in
        discard(item.block, .sized)
        taken += 1
      }
      husk.setNumber(16, path.map { Int($0) } ?? 0)
      if path == nil { husk.nodes = nil }
      return true
    }
    guard let table = husk.groups.map({ NameTable($0, nameOffset: StreamGroupView.nameOffset) }) else { return false }
    taken += 1
    guard husk.number(32) < table.count else {
      discard(table.block, .sized)
      husk.groups = nil
      return false
    }
    let group = StreamGroupView(table.block(at: table.slot(at: husk.number(32))))
    var path: UInt64? = UInt64(husk.number(48))
    let index = husk.number(40)
    if index == 0 {
      if let root = group.pendingRoot {
        CountedTree<StreamGroupView.Pending>.dismantle(root, from: &path, heap: self) { _ in }
      } else {
        path = nil
      }
    } else if let consumers = group.consumers, index <= consumers.count {
      let consumer = StreamConsumerView(consumers.block(at: consumers.slot(at: index - 1)))
      if let root = consumer.pendingRoot {
        CountedTree<StreamConsumerView.PendingID>.dismantle(root, from: &path, heap: self) { _ in }
      } else {
        path = nil
      }
      if path == nil { discard(consumer.block, .sized) }
    } else {
      if let consumers = group.consumers { discard(consumers.block, .sized) }
      discard(group.block, .sized)
      husk.setNumber(32, husk.number(32) + 1)
      husk.setNumber(40, 0)
      husk.setNumber(48, 0)
      return true
    }
    husk.setNumber(48, path.map { Int($0) } ?? 0)
    if path == nil { husk.setNumber(40, index + 1) }
    return true
  }

  /// A stream of its own with copies of everything. O(n).
  func copyStream(_ root: Block) -> Block {
    let source = Stream(self, root)
    let copy = Stream.create(self)
    (copy.root + 8).copyMemory(from: root + 8, byteCount: StreamView.bytes - 8)
    copy.older = source.older.copy { StreamView.NodeItem(master: $0.master, block: copiedNode($0.block)) }
    copy.view.newest = source.view.newest.map { StreamView.NodeItem(master: $0.master, block: copiedNode($0.block)) }
    copy.view.groups = source.view.groups.map { groups in
      let table = groups.duplicate(self)
      table.forEach { slot, block in table.setBlock(at: slot, copiedGroup(block)) }
      return table
    }
    return copy.root
  }

  private func copiedNode(_ block: Block) -> Block { ListpackBlock.create(self, copying: ListpackBlock(block).listpack.bytes).block }

  private func copiedBlock(_ block: Block) -> Block {
    let bytes = Heap.sizedBytes(block)
    let copy = allocateSized(bytes)
    (copy + 8).copyMemory(from: block + 8, byteCount: bytes - 8)
    return copy
  }

  private func copiedGroup(_ block: Block) -> Block {
    let source = StreamGroup(heap: self, view: StreamGroupView(block))
    let copy = StreamGroup(heap: self, view: StreamGroupView(copiedBlock(block)))
    copy.pending = source.pending.copy { $0 }
    copy.view.consumers = source.view.consumers.map { consumers in
      let table = consumers.duplicate(self)
      table.forEach { slot, block in
        let consumer = StreamConsumerView(block)
        let own = StreamConsumerView(copiedBlock(block))
        let ids = CountedTree<StreamConsumerView.PendingID>(
          heap: self, root: consumer.pendingRoot, weight: consumer.pendingCount, count: consumer.pendingCount
        ).copy { $0 }
        own.block.storeBytes(of: ids.root, toByteOffset: 32, as: Block?.self)
        table.setBlock(at: slot, own.block)
      }
      return table
    }
    return copy.view.block
  }
}

extension StreamView {
  /// Bytes of all blocks of the stream. O(nodes and pending entries).
  package var byteCount: Int {
    var bytes = Heap.sizedBytes(root) + older.byteCount
    older.forEach { bytes += Heap.sizedBytes($0.block) }
    if let newest { bytes += Heap.sizedBytes(newest.block) }
    if let groups { bytes += Heap.sizedBytes(groups.block) }
    forEachGroup { group in
      bytes += Heap.sizedBytes(group.block) + group.pending.byteCount
      if let consumers = group.consumers { bytes += Heap.sizedBytes(consumers.block) }
      group.forEachConsumer { bytes += Heap.sizedBytes($0.block) + $0.pending.byteCount }
    }
    return bytes
  }

  /// The first thing that is wrong with the stream; nil when all is well. For tests.
  func violation() -> String? {
    var live: UInt64 = 0
    var last: StreamID?
    var problem: String?
    forEachNode { master, bytes in
      let pack = bytes.baseAddress.map { Listpack($0) }
      guard Listpack.isValid(bytes), let pack, StreamNode.validated(pack) != nil else { return problem = "node \(master) is broken" }
      var offset: Int? = Listpack.headerBytes
      offset = pack.next(offset ?? 0)
      if let last, last >= master { problem = "node \(master) behind \(last)" }
      last = master
    }
    if let problem { return problem }
    last = nil
    forEachEntry { entry in
      live += 1
      if let last, last >= entry.id { problem = "entry \(entry.id) behind \(last)" }
      last = entry.id
    }
    if let problem { return problem }
    let nodes = walkedRadixTreeNodeCount()
    if radixTreeNodeCount != nodes { return "\(nodes) nodes in a radix tree, the stream says \(radixTreeNodeCount)" }
    if live != count { return "\(live) entries, the stream says \(count)" }
    if let last, last > lastID { return "entry \(last) is greater than the last id \(lastID)" }
    forEachGroup { group in
      var owned = 0
      group.consumers?.forEach { slot, block in
        let consumer = StreamConsumerView(block)
        consumer.forEachPendingID { id in
          owned += 1
          if group.pending(id)?.item.owner != UInt32(slot) { problem = "\(id) is pending for somebody else" }
        }
      }
      if owned != group.pendingCount { problem = "\(owned) entries pending for consumers, \(group.pendingCount) in the group" }
    }
    return problem
  }
}
