/// A consumer group that is written to. Its block is writable, and so is all above it: `Stream.writableGroup` makes it so.
struct StreamGroup {
  let heap: Heap
  let view: StreamGroupView

  var pending: CountedTree<StreamGroupView.Pending> {
    get { CountedTree(heap: heap, root: view.pendingRoot, weight: view.pendingCount, count: view.pendingCount) }
    nonmutating set {
      view.block.storeBytes(of: newValue.root, toByteOffset: 40, as: Block?.self)
      view.block.storeBytes(of: newValue.count, toByteOffset: 48, as: Int.self)
    }
  }

  static func create(_ heap: Heap, _ name: UnsafeRawBufferPointer, lastID: StreamID, entriesRead: Int64) -> StreamGroup {
    let group = StreamGroup(heap: heap, view: StreamGroupView(newNamedBlock(heap, name, nameOffset: StreamGroupView.nameOffset)))
    group.view.lastID = lastID
    group.view.entriesRead = entriesRead
    return group
  }

  /// A block with a name, zeroed but for that.
  private static func newNamedBlock(_ heap: Heap, _ name: UnsafeRawBufferPointer, nameOffset: Int) -> Block {
    let block = heap.allocateSized(nameOffset + name.count)
    (block + 8).initializeMemory(as: UInt8.self, repeating: 0, count: nameOffset - 8)
    block.storeBytes(of: UInt32(truncatingIfNeeded: name.count), toByteOffset: 8, as: UInt32.self)
    if let base = name.baseAddress { (block + nameOffset).copyMemory(from: base, byteCount: name.count) }
    return block
  }

  /// The block, or a copy if a snapshot holds it.
  static func writable(_ heap: Heap, _ block: Block) -> Block {
    guard heap.isFrozen(block) else { return block }
    let bytes = Heap.sizedBytes(block)
    let copy = heap.allocateSized(bytes)
    (copy + 8).copyMemory(from: block + 8, byteCount: bytes - 8)
    heap.discard(block, .sized)
    return copy
  }

  // MARK: consumers

  /// Adds a consumer, whose name must be new, and returns its slot.
  @discardableResult
  func addConsumer(_ name: UnsafeRawBufferPointer, seenTime: Int64, activeTime: Int64 = -1) -> Int {
    addConsumer(name, seenTime: seenTime, activeTime: activeTime) { $0.find(name).index }
  }

  /// Adds a consumer behind all others, whatever its name: they are to be sorted afterwards.
  func appendConsumer(_ name: UnsafeRawBufferPointer, seenTime: Int64, activeTime: Int64) -> Int {
    addConsumer(name, seenTime: seenTime, activeTime: activeTime) { $0.count }
  }

  private func addConsumer(
    _ name: UnsafeRawBufferPointer, seenTime: Int64, activeTime: Int64, at index: (NameTable) -> Int
  ) -> Int {
    let table = (view.consumers ?? NameTable.create(heap, nameOffset: StreamConsumerView.nameOffset)).writable(heap)
    let block = Self.newNamedBlock(heap, name, nameOffset: StreamConsumerView.nameOffset)
    let consumer = StreamConsumerView(block)
    consumer.seenTime = seenTime
    consumer.activeTime = activeTime
    let slot = table.nextSlot
    view.consumers = table.insert(heap, block, at: index(table))
    return slot
  }

  func writableConsumer(_ slot: Int) -> StreamConsumerView? {
    guard let table = view.consumers?.writable(heap) else { return nil }
    view.consumers = table
    let block = Self.writable(heap, table.block(at: slot))
    table.setBlock(at: slot, block)
    return StreamConsumerView(block)
  }

  /// Takes a consumer out with all that is pending for it, and returns how much that was; nil if there is none of this name.
  func removeConsumer(_ name: UnsafeRawBufferPointer) -> Int? {
    guard let table = view.consumers?.writable(heap) else { return nil }
    view.consumers = table
    let (index, slot) = table.find(name)
    guard let slot else { return nil }
    let consumer = StreamConsumerView(table.block(at: slot))
    let count = consumer.pendingCount
    var all = pending
    var own = consumerPending(consumer)
    own.removeAll { item in
      if let position = all.settled(all.lowerBound { $0.id < item.id }), all.item(at: position)?.id == item.id {
        all.remove(at: position)
      }
    }
    pending = all
    table.remove(at: index)
    heap.discard(consumer.block, .sized)
    return count
  }

  // MARK: pending entries

  private func consumerPending(_ consumer: StreamConsumerView) -> CountedTree<StreamConsumerView.PendingID> {
    CountedTree(heap: heap, root: consumer.pendingRoot, weight: consumer.pendingCount, count: consumer.pendingCount)
  }

  private func setConsumerPending(_ consumer: StreamConsumerView, _ tree: CountedTree<StreamConsumerView.PendingID>) {
    consumer.block.storeBytes(of: tree.root, toByteOffset: 32, as: Block?.self)
    consumer.block.storeBytes(of: tree.count, toByteOffset: 40, as: Int.self)
  }

  private func addToConsumer(_ slot: Int, _ id: StreamID) {
    guard let consumer = writableConsumer(slot) else { return }
    var tree = consumerPending(consumer)
    // Nearly always the greatest: no search then.
    if let last = tree.last, let item = tree.item(at: last), item.id >= id {
      let position = tree.lowerBound { $0.id < id }
      if let settled = tree.settled(position), tree.item(at: settled)?.id == id { return }
      tree.insert(StreamConsumerView.PendingID(id: id), at: position)
    } else {
      tree.append(StreamConsumerView.PendingID(id: id))
    }
    setConsumerPending(consumer, tree)
  }

  private func removeFromConsumer(_ slot: UInt32, _ id: StreamID) {
    // An entry that is still being loaded has no owner.
    guard slot != .max, let consumer = writableConsumer(Int(slot)) else { return }
    var tree = consumerPending(consumer)
    if let position = tree.settled(tree.lowerBound { $0.id < id }), tree.item(at: position)?.id == id { tree.remove(at: position) }
    setConsumerPending(consumer, tree)
  }

  /// The entry is pending for the consumer from now on, whoever had it.
  func setPending(_ id: StreamID, owner: Int, deliveryTime: Int64, deliveryCount: UInt64) {
    let item = StreamGroupView.Pending(
      id: id, deliveryTime: deliveryTime, deliveryCount: deliveryCount, owner: UInt32(truncatingIfNeeded: owner))
    var tree = pending
    if let last = tree.last, let greatest = tree.item(at: last), greatest.id >= id {
      let position = tree.lowerBound { $0.id < id }
      if let settled = tree.settled(position), let old = tree.item(at: settled), old.id == id {
        tree.replace(at: settled, with: item)
        pending = tree
        guard old.owner != item.owner else { return }
        removeFromConsumer(old.owner, id)
        return addToConsumer(owner, id)
      }
      tree.insert(item, at: position)
    } else {
      tree.append(item)
    }
    pending = tree
    addToConsumer(owner, id)
  }

  /// Forgets a pending entry; false if it was none.
  func removePending(_ id: StreamID) -> Bool {
    var tree = pending
    guard let position = tree.settled(tree.lowerBound { $0.id < id }), let item = tree.item(at: position), item.id == id else {
      return false
    }
    tree.remove(at: position)
    pending = tree
    removeFromConsumer(item.owner, id)
    return true
  }
}

/// The groups of a stream that is written to.
extension Stream {
  /// The group of this name, writable with all above it.
  func writableGroup(_ name: UnsafeRawBufferPointer) -> StreamGroup? {
    guard let slot = view.groups?.find(name).slot, let table = view.groups?.writable(heap) else { return nil }
    view.groups = table
    let block = StreamGroup.writable(heap, table.block(at: slot))
    table.setBlock(at: slot, block)
    return StreamGroup(heap: heap, view: StreamGroupView(block))
  }

  /// Adds a group; nil if there is one of this name.
  @discardableResult
  func addGroup(_ name: UnsafeRawBufferPointer, lastID: StreamID, entriesRead: Int64) -> StreamGroup? {
    let present = view.groups?.find(name) ?? (index: 0, slot: nil)
    guard present.slot == nil else { return nil }
    let table = (view.groups ?? NameTable.create(heap, nameOffset: StreamGroupView.nameOffset)).writable(heap)
    let group = StreamGroup.create(heap, name, lastID: lastID, entriesRead: entriesRead)
    view.groups = table.insert(heap, group.view.block, at: present.index)
    return group
  }

  /// Adds a group behind all others, whatever its name: they are to be sorted afterwards.
  func appendGroup(_ name: UnsafeRawBufferPointer, lastID: StreamID, entriesRead: Int64) -> StreamGroup {
    let table = (view.groups ?? NameTable.create(heap, nameOffset: StreamGroupView.nameOffset)).writable(heap)
    let group = StreamGroup.create(heap, name, lastID: lastID, entriesRead: entriesRead)
    view.groups = table.insert(heap, group.view.block, at: table.count)
    return group
  }

  /// Takes a group out; false if there is none of this name. What is pending in it is dismantled in steps.
  func removeGroup(_ name: UnsafeRawBufferPointer) -> Bool {
    let index: Int
    guard let groups = view.groups else { return false }
    let found = groups.find(name)
    guard let slot = found.slot else { return false }
    index = found.index
    let table = groups.writable(heap)
    view.groups = table
    let block = table.block(at: slot)
    table.remove(at: index)
    let husk = Stream.create(heap)
    husk.view.groups = NameTable.create(heap, nameOffset: StreamGroupView.nameOffset).insert(heap, block, at: 0)
    heap.discardCollection(.stream, .tree, husk.root)
    return true
  }
}
