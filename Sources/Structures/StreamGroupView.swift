/// A consumer group to be read; as `StreamView`.
///
/// ```
///  0 birth │ 4 size │ 8 length of the name UInt32
/// 16 last id that was delivered
/// 32 entries read             Int64, -1: not known
/// 40 pending entries          root of a CountedTree, and their number
/// 56 consumers                NameTable, nil without one
/// 64 name
/// ```
package struct StreamGroupView {
  static let nameOffset = 64
  let block: Block

  @inline(__always) init(_ block: Block) { self.block = block }

  package var name: UnsafeRawBufferPointer { NameTable.name(block, Self.nameOffset) }
  @inline(__always) package internal(set) var lastID: StreamID {
    get { block.load(fromByteOffset: 16, as: StreamID.self) }
    nonmutating set { block.storeBytes(of: newValue, toByteOffset: 16, as: StreamID.self) }
  }
  /// How many of the entries that were ever added the group has read; -1: not known.
  @inline(__always) package internal(set) var entriesRead: Int64 {
    get { block.load(fromByteOffset: 32, as: Int64.self) }
    nonmutating set { block.storeBytes(of: newValue, toByteOffset: 32, as: Int64.self) }
  }

  // MARK: pending entries

  /// An entry that was delivered and not acknowledged yet.
  struct Pending: TreeItem {
    let id: StreamID
    /// Milliseconds since 1970.
    var deliveryTime: Int64
    var deliveryCount: UInt64
    /// The consumer's slot.
    var owner: UInt32
    @inline(__always) var weight: Int { 1 }
  }

  var pendingRoot: Block? { block.load(fromByteOffset: 40, as: Block?.self) }
  @inline(__always) package var pendingCount: Int { block.load(fromByteOffset: 48, as: Int.self) }
  @inline(__always) var pending: CountedTreeView<Pending> { CountedTreeView(root: pendingRoot, weight: pendingCount) }

  /// In the order of their ids.
  package func forEachPending(_ body: (_ id: StreamID, _ deliveryTime: Int64, _ deliveryCount: UInt64) -> Void) {
    pending.forEach { body($0.id, $0.deliveryTime, $0.deliveryCount) }
  }

  func pending(_ id: StreamID) -> (position: TreePosition, item: Pending)? {
    let tree = pending
    guard let position = tree.settled(tree.lowerBound { $0.id < id }), let item = tree.item(at: position), item.id == id else { return nil }
    return (position, item)
  }

  // MARK: consumers

  var consumers: NameTable? {
    get {
      guard let table = block.load(fromByteOffset: 56, as: Block?.self) else { return nil }
      return NameTable(table, nameOffset: StreamConsumerView.nameOffset)
    }
    nonmutating set { block.storeBytes(of: newValue?.block, toByteOffset: 56, as: Block?.self) }
  }

  package var consumerCount: Int {
    guard let consumers else { return 0 }
    return consumers.count
  }

  /// In the order of their names.
  package func forEachConsumer(_ body: (StreamConsumerView) -> Void) {
    consumers?.forEach { _, block in body(StreamConsumerView(block)) }
  }

  func consumer(_ name: UnsafeRawBufferPointer) -> (slot: Int, view: StreamConsumerView)? {
    guard let consumers, let slot = consumers.find(name).slot else { return nil }
    return (slot, StreamConsumerView(consumers.block(at: slot)))
  }

  func consumer(at slot: UInt32) -> StreamConsumerView? { consumers.map { StreamConsumerView($0.block(at: Int(slot))) } }

  /// What is pending for a consumer of this group, in the order of the ids.
  package func forEachPending(
    of consumer: StreamConsumerView, _ body: (_ id: StreamID, _ deliveryTime: Int64, _ deliveryCount: UInt64) -> Void
  ) {
    consumer.pending.forEach { item in
      if let (_, pending) = pending(item.id) { body(item.id, pending.deliveryTime, pending.deliveryCount) }
    }
  }
}

/// A consumer to be read.
///
/// ```
///  0 birth │ 4 size │ 8 length of the name UInt32
/// 16 last attempt, 24 last success     Int64, ms since 1970; success -1: never
/// 32 ids of pending entries            root of a CountedTree, and their number
/// 48 name
/// ```
package struct StreamConsumerView {
  static let nameOffset = 48
  let block: Block

  @inline(__always) init(_ block: Block) { self.block = block }

  package var name: UnsafeRawBufferPointer { NameTable.name(block, Self.nameOffset) }
  /// When it last tried to get something; ms since 1970.
  @inline(__always) package internal(set) var seenTime: Int64 {
    get { block.load(fromByteOffset: 16, as: Int64.self) }
    nonmutating set { block.storeBytes(of: newValue, toByteOffset: 16, as: Int64.self) }
  }
  /// When it last got something; ms since 1970, -1: never.
  @inline(__always) package internal(set) var activeTime: Int64 {
    get { block.load(fromByteOffset: 24, as: Int64.self) }
    nonmutating set { block.storeBytes(of: newValue, toByteOffset: 24, as: Int64.self) }
  }

  /// The id of an entry that is pending for the consumer; the rest is in the group's tree.
  struct PendingID: TreeItem {
    let id: StreamID
    @inline(__always) var weight: Int { 1 }
  }

  var pendingRoot: Block? { block.load(fromByteOffset: 32, as: Block?.self) }
  @inline(__always) package var pendingCount: Int { block.load(fromByteOffset: 40, as: Int.self) }
  @inline(__always) var pending: CountedTreeView<PendingID> { CountedTreeView(root: pendingRoot, weight: pendingCount) }

  /// In order.
  package func forEachPendingID(_ body: (StreamID) -> Void) { pending.forEach { body($0.id) } }
}
