/// What happens to collections as wholes, whatever their type: they are let go of, and copied.
extension Heap {
  /// A large collection's tree that nobody refers to any more, to be dismantled in steps. `next` is the type's own note of how far it got.
  struct Grave {
    let type: ValueType
    let root: Block
    var next: UInt64? = 0
    /// A sorted set's tree is gone, its table is next.
    var isInTable = false
  }

  /// Up to so many steps (an element, or a node) are taken at once when a value is let go of: a small one is gone when the command ends.
  static let promptSteps = 256

  /// Lets go of a collection's block. The first steps of dismantling a large tree are taken at once, the
  /// others by `dismantleGraves`.
  func discardCollection(_ type: ValueType, _ layout: ValueLayout, _ block: Block) {
    guard layout == .tree || (type == .hash && layout == HashView.timedTree) else { return discard(block, .sized) }
    var grave = Grave(type: type, root: block)
    state.pointee.promptSteps &+= dismantle(&grave, steps: Heap.promptSteps)
    if grave.next != nil { state.pointee.graves.append(grave) }
  }

  var hasGraves: Bool { !state.pointee.graves.isEmpty }
  var graveCount: Int { state.pointee.graves.count }

  /// Takes up to `steps` steps of dismantling; returns how many are left.
  @discardableResult
  func dismantleGraves(steps: Int) -> Int {
    var left = steps
    while left > 0, var grave = state.pointee.graves.last {
      left -= max(1, dismantle(&grave, steps: left))
      if grave.next == nil {
        state.pointee.graves.removeLast()
        state.pointee.dismantledGraves &+= 1
      } else {
        state.pointee.graves[state.pointee.graves.count - 1] = grave
      }
    }
    return max(0, left)
  }

  /// Goes on with one. Returns the steps taken; `next` is nil at the end.
  private func dismantle(_ grave: inout Grave, steps: Int) -> Int {
    switch grave.type {
    case .hash, .set: dismantleFieldTable(&grave, steps: steps)
    case .list: dismantleList(&grave, steps: steps)
    case .stream: dismantleStream(grave.root, &grave.next, steps: steps)
    case .sortedSet: dismantleSortedSet(&grave, steps: steps)
    case .string: finish(&grave)
    }
  }

  private func finish(_ grave: inout Grave) -> Int {
    grave.next = nil
    return 0
  }

  /// Of a hash or a set: the table is all there is.
  func dismantleFieldTable(_ grave: inout Grave, steps: Int) -> Int {
    let table = FieldTable(grave.root).table
    let tree = table.tree
    var taken = 0
    while taken < steps, grave.next != nil, tree.root != nil {
      table.dismantle(tree, from: &grave.next)
      taken += KeyTable.buckets * KeyTable.slotsPerBucket / 2
    }
    if tree.root == nil { grave.next = nil }
    if grave.next == nil { discard(grave.root, .sized) }
    return taken
  }
}

extension KeyTable {
  /// A copy of a collection for another key. O(n).
  func copiedCollection(_ entry: Entry) -> CollectionValue {
    let block: Block
    switch entry.layout {
    case .tree: block = copiedTree(entry)
    case .block where entry.type == .hash: block = copiedTree(entry)
    default:
      let bytes = Heap.sizedBytes(entry.valueBlock)
      block = heap.allocateSized(bytes)
      (block + 8).copyMemory(from: entry.valueBlock + 8, byteCount: bytes - 8)
    }
    return CollectionValue(entry.type, entry.layout, block)
  }

  private func copiedTree(_ entry: Entry) -> Block {
    switch entry.type {
    case .hash: HashView.copiedTable(FieldTable(entry.valueBlock), heap)
    case .set: FieldTable(entry.valueBlock).deepCopy(heap).root
    case .list: heap.copiedList(entry.valueBlock)
    case .stream: heap.copyStream(entry.valueBlock)
    case .sortedSet: LargeSortedSet(entry.valueBlock).deepCopy(heap).fields.root
    case .string: entry.valueBlock
    }
  }
}
