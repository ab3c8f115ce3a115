/// What the families of collections share.
extension Database {
  /// Where a collection of this type stands for writing; nil if there is no key.
  @inline(__always)
  func collectionForWrite(_ key: KeyView, _ type: ValueType) throws(CommandError) -> KeyTable.Position? {
    guard let position = locateForWrite(key) else { return nil }
    guard position.entry.type == type else { throw .wrongType }
    return position
  }

  /// A collection of this type for reading; nil if there is no key.
  @inline(__always)
  func collection(_ key: KeyView, _ type: ValueType) throws(CommandError) -> Entry? {
    guard let entry = find(key) else { return nil }
    guard entry.type == type else { throw .wrongType }
    return entry
  }

  /// Puts a collection that a builder made in the place of whatever the key held. Neither effect nor event: the command that builds a
  /// value knows what it is called.
  package func setCollectionValue(_ key: KeyView, _ value: CollectionValue, expiry: Int64?) {
    let position = locateForWrite(key)
    table.putCollection(key, at: position, value, expiry: expiry, access: accessClock)
    if position == nil { added(key) }
  }

  /// Takes out a key whose collection has lost its last element, its block included, and says so. The event that took the element comes first.
  func removeEmptied(_ key: KeyView) {
    guard let position = table.locate(key.hash, key.bytes, key.count) else { return }
    table.removeKey(position, key.hash)
    signal(key, .generic, "del")
  }
}
