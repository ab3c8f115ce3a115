/// Makes a stream from what a file or DUMP holds: the nodes, then the counters, then the groups in turn. A function that returns false was
/// given something that cannot be in a stream; the caller discards the builder then.
package struct StreamBuilder {
  private let heap: Heap
  private let stream: Stream
  private var group: StreamGroup?
  private var consumer: Int?
  /// Names came that were not behind those before them: the table is sorted when all are there.
  private var groupsAreUnsorted = false
  private var consumersAreUnsorted = false

  /// A stream's nodes are kept as they come: the limits matter for what is added later.
  init(heap: Heap, hash: ByteHash, limits: EncodingLimits) {
    self.heap = heap
    stream = Stream.create(heap)
  }

  /// A node: its master id and its listpack's bytes. Nodes come in ascending order.
  package mutating func appendNode(_ master: StreamID, _ listpack: UnsafeRawBufferPointer) -> Bool {
    guard Listpack.isValid(listpack), let base = listpack.baseAddress, let live = StreamNode.validated(Listpack(base)) else { return false }
    if let newest = stream.view.newest, newest.master >= master { return false }
    stream.view.radixNodes &+= stream.view.radixNodes(of: master)
    if let newest = stream.view.newest {
      var older = stream.older
      older.append(newest)
      stream.older = older
    }
    stream.view.count &+= live
    stream.view.newest = StreamView.NodeItem(master: master, block: ListpackBlock.create(heap, copying: listpack).block)
    return true
  }

  /// The counters. A file of Redis before 7.0 has the first two only: nil for the others finds them as Redis does. Called once, when all
  /// nodes are there, before the first group.
  package mutating func setCounters(
    count: UInt64, lastID: StreamID, firstID: StreamID? = nil, maxDeletedID: StreamID? = nil, entriesAdded: UInt64? = nil
  ) -> Bool {
    guard stream.view.count == count, stream.view.lastEntry.map({ $0.id <= lastID }) ?? true else { return false }
    stream.view.lastID = lastID
    stream.view.firstID = firstID ?? stream.view.firstEntry?.id ?? .zero
    stream.view.maxDeletedID = maxDeletedID ?? .zero
    stream.view.entriesAdded = entriesAdded ?? count
    return true
  }

  /// Begins a group; that there is one of this name already is found out at the latest by `finish`. `entriesRead`: -1 if it is not known; nil in a file of Redis before 7.0, which
  /// does not tell.
  package mutating func beginGroup(_ name: UnsafeRawBufferPointer, lastID: StreamID, entriesRead: Int64?) -> Bool {
    guard sortConsumers() else { return false }
    consumer = nil
    let read = entriesRead ?? stream.view.distance(to: lastID) ?? -1
    let order = stream.view.groups?.orderOfLast(to: name) ?? -1
    guard order != 0 else { return false }
    if order > 0 { groupsAreUnsorted = true }
    group = stream.appendGroup(name, lastID: lastID, entriesRead: read)
    return true
  }

  /// Puts the consumers of the group in the order of their names, in which files of Redis have them. False: two have the same name.
  private mutating func sortConsumers() -> Bool {
    guard consumersAreUnsorted else { return true }
    consumersAreUnsorted = false
    return group?.view.consumers?.sort() ?? true
  }

  /// An entry that is pending in the group. All of a group come before its consumers; which consumer has it is said there.
  package mutating func appendPending(_ id: StreamID, deliveryTime: Int64, deliveryCount: UInt64) -> Bool {
    guard let group, group.view.consumers == nil else { return false }
    var tree = group.pending
    let item = StreamGroupView.Pending(id: id, deliveryTime: deliveryTime, deliveryCount: deliveryCount, owner: .max)
    if let last = tree.last, let greatest = tree.item(at: last), greatest.id >= id {
      let position = tree.lowerBound { $0.id < id }
      if let settled = tree.settled(position), tree.item(at: settled)?.id == id { return false }
      tree.insert(item, at: position)
    } else {
      tree.append(item)
    }
    group.pending = tree
    return true
  }

  /// Begins a consumer of the group; that there is one of this name already is found out at the latest by `finish`. `activeTime`: -1 if it has got nothing yet; nil in a file of Redis
  /// before 7.2, which does not tell.
  package mutating func beginConsumer(_ name: UnsafeRawBufferPointer, seenTime: Int64, activeTime: Int64?) -> Bool {
    guard let group else { return false }
    let order = group.view.consumers?.orderOfLast(to: name) ?? -1
    guard order != 0 else { return false }
    if order > 0 { consumersAreUnsorted = true }
    consumer = group.appendConsumer(name, seenTime: seenTime, activeTime: activeTime ?? seenTime)
    return true
  }

  /// An id that is pending for the consumer: one of the group's that no other consumer has.
  package mutating func appendConsumerPending(_ id: StreamID) -> Bool {
    guard let group, let consumer, let (_, item) = group.view.pending(id), item.owner == .max else { return false }
    group.setPending(id, owner: consumer, deliveryTime: item.deliveryTime, deliveryCount: item.deliveryCount)
    return true
  }

  /// The stream; nil (and the builder is discarded) if some pending entry is nobody's, or a name comes twice. A stream without entries is one too.
  package mutating func finish() -> CollectionValue? {
    var isWhole = sortConsumers()
    if groupsAreUnsorted, stream.view.groups?.sort() == false { isWhole = false }
    stream.view.forEachGroup { group in
      group.pending.forEach { if $0.owner == .max { isWhole = false } }
    }
    guard isWhole else {
      discard()
      return nil
    }
    return CollectionValue(.stream, .tree, stream.root)
  }

  package func discard() { heap.discardCollection(.stream, .tree, stream.root) }
}
