/// A key table inside a value: the fields of a large hash, the members of a large set or sorted set. The table's state (root, counts)
/// lies in a block of the `sized` kind, so that it is copied on write with everything else:
///
/// ```
/// 0 birth UInt32 │ 4 size UInt32 │ 8 extra word of the type (the sorted set's tree, say) │ 24 KeyTable.State
/// ```
package struct FieldTable {
  static let stateOffset = 32
  static var bytes: Int { stateOffset + MemoryLayout<KeyTable.State>.size }
  let root: Block

  @inline(__always) init(_ root: Block) { self.root = root }

  /// The table. Reading is allowed while the root is frozen (on any thread); for writing, `writable` comes first.
  @inline(__always)
  var table: KeyTable { KeyTable(state: (root + FieldTable.stateOffset).assumingMemoryBound(to: KeyTable.State.self)) }

  /// Room for what the type keeps beside the table: 24 bytes from byte 8 on, zeroed at first.
  @inline(__always) var extra: Block { root + 8 }

  static func create(_ heap: Heap, _ hash: ByteHash) -> FieldTable {
    let root = heap.allocateSized(bytes)
    (root + 8).initializeMemory(as: UInt8.self, repeating: 0, count: stateOffset - 8)
    (root + stateOffset).initializeMemory(as: KeyTable.State.self, to: KeyTable.State(heap: heap, hash: hash))
    return FieldTable(root)
  }

  /// The root to write into: a copy if a snapshot holds this one. The caller puts it into the entry.
  @inline(__always)
  func writable(_ heap: Heap) -> FieldTable {
    heap.isFrozen(root) ? copyRoot(heap) : self
  }

  @inline(never)
  private func copyRoot(_ heap: Heap) -> FieldTable {
    let copy = heap.allocateSized(FieldTable.bytes)
    (copy + 8).copyMemory(from: root + 8, byteCount: FieldTable.bytes - 8)
    heap.discard(root, .sized)
    return FieldTable(copy)
  }

  /// A table of its own with copies of all entries. O(n).
  func deepCopy(_ heap: Heap) -> FieldTable {
    let source = table
    let copy = FieldTable.create(heap, source.state.pointee.hash)
    source.tree.forEach { entry in
      let key = KeyView(bytes: entry.key, count: entry.keyCount, hash: source.hash(entry.key, entry.keyCount))
      copy.table.insertCopy(key, of: entry, access: 0)
    }
    return copy
  }
}
