/// A stream to be read: follows pointers in its blocks and nothing else, so it works on a snapshot, from any thread.
///
/// ```
///   0 birth UInt32 │ 4 size UInt32 (the heap's sized header)
///   8 entries                 UInt64
///  16 last id                 the greatest that was ever added, even if it is gone
///  32 first id                of the first entry; 0-0 without one
///  48 greatest deleted id     by XDEL
///  64 entries ever added      UInt64
///  72 newest node's master id
///  88 newest node             Block?, nil in a stream without entries
///  96 older nodes             root of a CountedTree, and their number
/// 112 groups                  NameTable, nil without one
/// 120 nodes of the radix tree that Redis would have, Int
/// ```
///
/// The newest node is not in the tree: adding an entry changes this block and that node, and the tree once in a hundred times.
package struct StreamView {
  static let bytes = 128
  let root: Block

  @inline(__always) init(_ root: Block) { self.root = root }

  // MARK: counters

  @inline(__always) package internal(set) var count: UInt64 {
    get { root.load(fromByteOffset: 8, as: UInt64.self) }
    nonmutating set { root.storeBytes(of: newValue, toByteOffset: 8, as: UInt64.self) }
  }
  /// The greatest id that was ever added or set.
  @inline(__always) package internal(set) var lastID: StreamID {
    get { root.load(fromByteOffset: 16, as: StreamID.self) }
    nonmutating set { root.storeBytes(of: newValue, toByteOffset: 16, as: StreamID.self) }
  }
  /// The first entry's id as it was last noted; 0-0 without entries.
  @inline(__always) package internal(set) var firstID: StreamID {
    get { root.load(fromByteOffset: 32, as: StreamID.self) }
    nonmutating set { root.storeBytes(of: newValue, toByteOffset: 32, as: StreamID.self) }
  }
  @inline(__always) package internal(set) var maxDeletedID: StreamID {
    get { root.load(fromByteOffset: 48, as: StreamID.self) }
    nonmutating set { root.storeBytes(of: newValue, toByteOffset: 48, as: StreamID.self) }
  }
  @inline(__always) package internal(set) var entriesAdded: UInt64 {
    get { root.load(fromByteOffset: 64, as: UInt64.self) }
    nonmutating set { root.storeBytes(of: newValue, toByteOffset: 64, as: UInt64.self) }
  }

  // MARK: nodes

  /// A node in the tree.
  struct NodeItem: TreeItem {
    let master: StreamID
    let block: Block
    @inline(__always) var weight: Int { 1 }
  }

  @inline(__always) var newest: NodeItem? {
    get {
      guard let block = root.load(fromByteOffset: 88, as: Block?.self) else { return nil }
      return NodeItem(master: root.load(fromByteOffset: 72, as: StreamID.self), block: block)
    }
    nonmutating set {
      root.storeBytes(of: newValue?.master ?? .zero, toByteOffset: 72, as: StreamID.self)
      root.storeBytes(of: newValue?.block, toByteOffset: 88, as: Block?.self)
    }
  }
  @inline(__always) var olderRoot: Block? { root.load(fromByteOffset: 96, as: Block?.self) }
  @inline(__always) var olderCount: Int { root.load(fromByteOffset: 104, as: Int.self) }
  @inline(__always) var older: CountedTreeView<NodeItem> { CountedTreeView(root: olderRoot, weight: olderCount) }

  /// 0 without entries; see `radixTreeNodeCount`.
  @inline(__always) var radixNodes: Int {
    get { root.load(fromByteOffset: 120, as: Int.self) }
    nonmutating set { root.storeBytes(of: newValue, toByteOffset: 120, as: Int.self) }
  }

  package var nodeCount: Int { olderCount + (newest == nil ? 0 : 1) }

  /// All nodes in order, each with its master id and the listpack's bytes, as RDB files have them.
  package func forEachNode(_ body: (_ master: StreamID, _ listpack: UnsafeRawBufferPointer) -> Void) {
    older.forEach { body($0.master, ListpackBlock($0.block).listpack.bytes) }
    if let newest { body(newest.master, ListpackBlock(newest.block).listpack.bytes) }
  }

  // MARK: entries

  /// The entries with ids from `start` to `end`.
  package func cursor(from start: StreamID = .zero, to end: StreamID = .max, isReverse: Bool = false) -> StreamCursor {
    StreamCursor(self, from: start, to: end, isReverse: isReverse)
  }

  /// All entries in order.
  package func forEachEntry(_ body: (StreamEntry) -> Void) {
    var cursor = cursor()
    while let entry = cursor.next() { body(entry) }
  }

  /// The entry with this id, if it has not been deleted.
  func entry(_ id: StreamID) -> StreamEntry? {
    var cursor = cursor(from: id, to: id)
    return cursor.next()
  }

  /// The first entry that is there.
  var firstEntry: StreamEntry? {
    var cursor = cursor()
    return cursor.next()
  }

  var lastEntry: StreamEntry? {
    var cursor = cursor(isReverse: true)
    return cursor.next()
  }

  // MARK: groups

  var groups: NameTable? {
    get {
      guard let block = root.load(fromByteOffset: 112, as: Block?.self) else { return nil }
      return NameTable(block, nameOffset: StreamGroupView.nameOffset)
    }
    nonmutating set { root.storeBytes(of: newValue?.block, toByteOffset: 112, as: Block?.self) }
  }

  package var groupCount: Int {
    guard let groups else { return 0 }
    return groups.count
  }

  /// In the order of their names.
  package func forEachGroup(_ body: (StreamGroupView) -> Void) {
    groups?.forEach { _, block in body(StreamGroupView(block)) }
  }

  func group(_ name: UnsafeRawBufferPointer) -> StreamGroupView? {
    guard let groups, let slot = groups.find(name).slot else { return nil }
    return StreamGroupView(groups.block(at: slot))
  }
}

/// A walk over a stream's entries that are not deleted. Valid until the stream is next changed.
package struct StreamCursor {
  private let view: StreamView
  private let start: StreamID
  private let end: StreamID
  private let isReverse: Bool
  /// The place of the node in the tree; nil when it is the newest node.
  private var position: TreePosition?
  private var node: StreamNode?
  private var at: StreamEntry?

  init(_ view: StreamView, from start: StreamID, to end: StreamID, isReverse: Bool) {
    self.view = view
    self.start = start
    self.end = end
    self.isReverse = isReverse
    guard start <= end, let newest = view.newest else { return }
    // The last node that begins at or before the border; without one, the first (there is nothing to find then when walking back).
    let border = isReverse ? end : start
    if border >= newest.master || view.olderRoot == nil {
      enter(newest, nil)
    } else {
      let tree = view.older
      let behind = tree.lowerBound { $0.master <= border }
      position = tree.previous(behind) ?? tree.first
      if let position, let item = tree.item(at: position) { enter(item, position) }
    }
  }

  private mutating func enter(_ item: StreamView.NodeItem, _ position: TreePosition?) {
    let node = StreamNode(master: item.master, block: item.block)
    self.node = node
    self.position = position
    at = isReverse ? node.last : node.first
  }

  private mutating func enterNextNode() {
    let tree = view.older
    node = nil
    if isReverse {
      guard let before = position.map({ tree.previous($0) }) ?? tree.last else { return }
      if let item = tree.item(at: before) { enter(item, before) }
    } else if let position {
      if let next = tree.next(position), let item = tree.item(at: next) {
        enter(item, next)
      } else if let newest = view.newest {
        enter(newest, nil)
      }
    }
  }

  package mutating func next() -> StreamEntry? {
    while let node {
      guard let entry = at else {
        enterNextNode()
        continue
      }
      if isReverse ? entry.id < start : entry.id > end {
        self.node = nil
        return nil
      }
      at = isReverse ? node.entry(before: entry.offset) : node.entry(behind: entry)
      if !entry.isDeleted, isReverse ? entry.id <= end : entry.id >= start { return entry }
    }
    return nil
  }
}

extension Entry {
  /// The stream that the entry holds; its type must be that.
  package var streamView: StreamView { StreamView(valueBlock) }
}
