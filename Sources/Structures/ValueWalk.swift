internal import CTern

/// Walks over the elements of a value that can stop between any two of them and go on later, on any thread: for whoever writes out a
/// snapshot piece by piece. A value that changes must not be walked: positions are those of the blocks as they were.

/// A list's listpacks, head to tail.
package struct ListWalk {
  private enum Place {
    case flat
    case head
    case tree(TreePosition?)
    case tail
    case end
  }

  private let reader: ListReader
  private var place: Place
  /// Of listpacks.
  package let count: Int

  package init(_ entry: Entry) {
    reader = ListReader(entry)
    guard entry.layout == .tree else {
      place = .flat
      count = 1
      return
    }
    let root = ListRoot(entry.valueBlock)
    place = root.head == nil ? .tail : .head
    count = root.treeCount + (root.head == nil ? 1 : 2)
  }

  package mutating func next() -> UnsafeRawBufferPointer? {
    switch place {
    case .end: return nil
    case .flat:
      place = .end
      return ListpackBlock(reader.block).listpack.bytes
    case .head:
      let root = ListRoot(reader.block)
      place = .tree(root.view.first)
      return root.head?.listpack.bytes
    case .tail:
      place = .end
      return ListRoot(reader.block).tail.listpack.bytes
    case .tree(let position):
      let view = ListRoot(reader.block).view
      guard let position, let item = view.item(at: position) else {
        place = .tail
        return next()
      }
      place = .tree(view.next(position))
      return ListChunk(item.chunk).listpack.bytes
    }
  }
}

/// The entries of a large set's or hash's table, or of a database.
package struct TableWalk {
  private let tree: KeyTree
  private var position: UInt64?
  private var segment: [Entry] = []
  private var index = 0

  package init(_ tree: KeyTree) {
    self.tree = tree
    position = tree.root == nil ? nil : 0
  }

  /// Of a set or a hash in the form of a table; nil for any other.
  package init?(tableOf entry: Entry) {
    switch entry.type {
    case .set where entry.layout == .tree: self.init(SetView(entry).table.tree)
    case .hash where HashView(entry).isTree: self.init(HashView(entry).table.tree)
    default: return nil
    }
  }

  package mutating func next() -> Entry? {
    while index == segment.count {
      guard let at = position else { return nil }
      segment.removeAll(keepingCapacity: true)
      index = 0
      position = tree.visit(at: at) { entry in
        // All of a segment's entries are asked for together: one trip to memory instead of a hundred.
        tern_prefetch(entry.block)
        segment.append(entry)
      }
      if let first = segment.first, segment.count > 1 { first.prefetchValue() }
    }
    if index + 4 < segment.count { segment[index + 4].prefetchValue() }
    defer { index += 1 }
    return segment[index]
  }
}

extension Entry {
  @inline(__always)
  fileprivate func prefetchValue() {
    switch layout {
    case .inline, .integer, .inlineRaw: break
    case .block, .flat, .flatLarge, .integers, .tree: tern_prefetch(valueBlock)
    }
  }

  /// The value of a field of a hash in the form of a table, as its entry there has it.
  package var fieldValue: StringView {
    switch KeyTable.string(self) {
    case .bytes(let bytes): .bytes(bytes)
    case .integer(let value): .integer(value)
    }
  }

  /// Bytes that the value lies in, if it is all in one piece; nil for what has pieces.
  package var pieceBytes: Int? {
    switch layout {
    case .inline, .integer: valueAreaCount
    case .inlineRaw: type == .string ? valueAreaCount : Heap.sizedBytes(valueBlock)
    case .block: type == .string ? Heap.sizedBytes(valueBlock) : nil
    case .flat, .flatLarge, .integers: Heap.sizedBytes(valueBlock)
    case .tree: nil
    }
  }
}

/// The members of a large sorted set, ascending.
package struct ScoredWalk {
  private let tree: CountedTreeView<ScoredItem>
  private var position: TreePosition?

  /// nil for a small one.
  package init?(_ entry: Entry) {
    guard entry.type == .sortedSet, entry.layout == .tree else { return nil }
    tree = LargeSortedSet(entry.valueBlock).tree
    position = tree.first
  }

  package mutating func next() -> (member: UnsafeRawBufferPointer, score: Double)? {
    guard let at = position, let item = tree.item(at: at) else { return nil }
    position = tree.next(at)
    return (item.member, item.score)
  }
}

/// A stream's nodes.
package struct StreamNodeWalk {
  private let stream: StreamView
  private var position: TreePosition?
  private var newestIsLeft = true

  package init(_ stream: StreamView) {
    self.stream = stream
    position = stream.older.first
  }

  package mutating func next() -> (master: StreamID, listpack: UnsafeRawBufferPointer)? {
    if let at = position, let item = stream.older.item(at: at) {
      position = stream.older.next(at)
      return (item.master, ListpackBlock(item.block).listpack.bytes)
    }
    guard newestIsLeft, let newest = stream.newest else { return nil }
    newestIsLeft = false
    return (newest.master, ListpackBlock(newest.block).listpack.bytes)
  }
}

/// A stream's groups, in the order of their names.
package struct StreamGroupWalk {
  private let names: NameTable?
  private var index = 0

  package init(_ stream: StreamView) { names = stream.groups }

  package mutating func next() -> StreamGroupView? {
    guard let names, index < names.count else { return nil }
    defer { index += 1 }
    return StreamGroupView(names.block(at: names.slot(at: index)))
  }
}

/// What is pending in a group, in the order of the ids.
package struct PendingWalk {
  private let tree: CountedTreeView<StreamGroupView.Pending>
  private var position: TreePosition?

  package init(_ group: StreamGroupView) {
    tree = group.pending
    position = tree.first
  }

  package mutating func next() -> (id: StreamID, deliveryTime: Int64, deliveryCount: UInt64)? {
    guard let at = position, let item = tree.item(at: at) else { return nil }
    position = tree.next(at)
    return (item.id, item.deliveryTime, item.deliveryCount)
  }
}

/// A group's consumers, in the order of their names.
package struct ConsumerWalk {
  private let names: NameTable?
  private var index = 0

  package init(_ group: StreamGroupView) { names = group.consumers }

  package mutating func next() -> StreamConsumerView? {
    guard let names, index < names.count else { return nil }
    defer { index += 1 }
    return StreamConsumerView(names.block(at: names.slot(at: index)))
  }
}

/// The ids that are pending for a consumer.
package struct ConsumerPendingWalk {
  private let tree: CountedTreeView<StreamConsumerView.PendingID>
  private var position: TreePosition?

  package init(_ consumer: StreamConsumerView) {
    tree = consumer.pending
    position = tree.first
  }

  package mutating func next() -> StreamID? {
    guard let at = position, let item = tree.item(at: at) else { return nil }
    position = tree.next(at)
    return item.id
  }
}
