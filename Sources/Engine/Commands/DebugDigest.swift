/// DEBUG DIGEST's fingerprint, byte for byte the one of redis-server 7.0, so that datasets of both can be compared.
///
/// Two operations on 20 bytes: *xor* adds the SHA-1 of something, in any order; *mix* does the same and then hashes the result, so that
/// order matters. A database number is mixed into the whole; each key's digest (key, type code, value mixed in; a mark if it expires)
/// is xored into it.
struct DatasetDigest {
  private(set) var bytes = [UInt8](repeating: 0, count: 20)

  mutating func xor(_ part: some Sequence<UInt8>) {
    for (i, byte) in SHA1.digest(part).enumerated() { bytes[i] ^= byte }
  }

  mutating func mix(_ part: some Sequence<UInt8>) {
    xor(part)
    bytes = SHA1.digest(bytes)
  }

  mutating func mixValue(of entry: Entry) {
    mix(bigEndian(UInt32(entry.type.rawValue)))
    switch entry.string {
    case .bytes(let value): mix(value)
    case .integer(let value): mix(Array(String(value).utf8))
    case nil: mixCollection(of: entry)
    }
    if entry.hasExpiry { xor(Array("!!expire!!".utf8)) }
  }
}

extension DatasetDigest {
  private mutating func mixCollection(of entry: Entry) {
    switch entry.type {
    case .list: entry.forEachElement { mix($0) }
    case .set: entry.forEachMember { xor($0) }
    default: break
    }
  }
}

extension Engine {
  /// Over all databases. Takes as long as the dataset is large: for tests.
  package func datasetDigest() -> [UInt8] {
    var whole = DatasetDigest()
    for index in 0..<databaseCount {
      let tree = database(index).table.tree
      guard tree.count > 0 else { continue }
      whole.mix(bigEndian(UInt32(index)))
      tree.forEach { entry in
        var digest = DatasetDigest()
        digest.mix(entry.keyBytes)
        digest.mixValue(of: entry)
        whole.xor(digest.bytes)
      }
    }
    return whole.bytes
  }
}
