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
    // Redis's code for streams is 6: 5 are modules.
    mix(bigEndian(UInt32(entry.type == .stream ? 6 : entry.type.rawValue)))
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
    case .hash:
      entry.forEachField { field, value, expiry in
        var digest = DatasetDigest()
        digest.mix(field)
        digest.mix(value)
        if expiry != nil { digest.xor(Array("!!hexpire!!".utf8)) }
        xor(digest.bytes)
      }
    case .stream: mixStream(entry.streamView)
    default: break
    }
  }
  /// Entries, not groups.
  fileprivate mutating func mixStream(_ stream: StreamView) {
    var cursor = stream.cursor()
    while let entry = cursor.next() {
      mix(Array("\(entry.id.milliseconds).\(entry.id.sequence)".utf8))
      var parts: [[UInt8]] = []
      entry.forEachField { field, value in parts += [field.copy, value.copy] }
      for part in parts { mix(part) }
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
