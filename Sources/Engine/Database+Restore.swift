/// Keys that come whole, from a payload.
extension Database {
  package enum RestoredValue {
    case bytes([UInt8])
    case integer(Int64)
    case collection(CollectionValue)
  }

  /// Whether a write finds the key.
  package func existsForWrite(_ key: KeyView) -> Bool { locateForWrite(key) != nil }

  /// Puts the value in the place of whatever the key held. The caller records the effect. `access`: what LRU or LFU remembers, nil: just
  /// used.
  package func restore(_ key: KeyView, _ value: RestoredValue, expiry: Int64?, access: UInt32?) {
    let position = locateForWrite(key)
    let access = access ?? accessClock
    switch value {
    case .bytes(let bytes): bytes.withUnsafeBytes { table.setString(key, at: position, $0, expiry: expiry, access: access) }
    case .integer(let integer): table.setInteger(key, at: position, integer, expiry: expiry, access: access)
    case .collection(let collection): table.putCollection(key, at: position, collection, expiry: expiry, access: access)
    }
    // As in Redis, where a replaced key is removed without a word and comes anew.
    added(key)
    changed(key, .generic, "restore")
  }
}
