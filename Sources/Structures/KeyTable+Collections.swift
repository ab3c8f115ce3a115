/// Collections in entries: a pointer to a block, which the type's own structure lies in.
extension KeyTable {
  /// Adds a key that is not in the table.
  @inline(__always)
  func insertCollection(_ key: KeyView, _ value: CollectionValue, expiry: Int64? = nil, access: UInt32) {
    insert(newCollectionEntry(key, value, expiry: expiry, access: access), key.hash)
  }

  @inline(__always)
  private func newCollectionEntry(_ key: KeyView, _ value: CollectionValue, expiry: Int64?, access: UInt32) -> Entry {
    let entry = newEntry(key, type: value.type, layout: value.layout, valueArea: 8, expiry: expiry)
    entry.setValueBlock(value.block)
    entry.access = access
    return entry
  }

  /// The collection at `position` lies in `block`, in this layout, from now on. Its old block is not discarded: an editing function has
  /// done that, or it is the same. The expiry stays. The position may be invalid afterwards.
  @inline(__always)
  func setCollection(_ key: KeyView, at position: Position, _ layout: ValueLayout, _ block: Block, access: UInt32) {
    let entry = position.entry
    if !heap.isFrozen(entry.block) {
      entry.setValueBlock(block)
      if entry.layout != layout {
        // A hash's first field with a time makes it a timed one; it does not go back.
        let wasTimed = entry.holdsTimedFields
        entry.setLayout(layout)
        if !wasTimed, entry.holdsTimedFields { state.pointee.timedHashCount &+= 1 }
      }
      entry.access = access
      return
    }
    if entry.valueBlock == block, entry.layout == layout { return }
    let value = CollectionValue(entry.type, layout, block)
    replace(position, key.hash, with: newCollectionEntry(key, value, expiry: entry.expiry, access: access))
  }

  /// Puts a collection in the place of whatever `key` held; `position` is nil if it held nothing.
  func putCollection(_ key: KeyView, at position: Position?, _ value: CollectionValue, expiry: Int64?, access: UInt32) {
    guard let position else { return insertCollection(key, value, expiry: expiry, access: access) }
    discardValue(of: position.entry)
    replace(position, key.hash, with: newCollectionEntry(key, value, expiry: expiry, access: access))
  }
}
