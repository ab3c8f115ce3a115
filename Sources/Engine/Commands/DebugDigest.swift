internal import CTern

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
    mix(bigEndian(DatasetDigest.code(entry.type)))
    switch entry.type {
    case .string: mixString(of: entry)
    case .list: entry.forEachElement { mix($0) }
    case .set: entry.forEachMember { xor($0) }
    case .hash:
      entry.forEachField { field, value, expiry in
        var pair = DatasetDigest()
        pair.mix(field)
        pair.mix(value)
        if expiry != nil { pair.xor(Array("!!hexpire!!".utf8)) }
        xor(pair.bytes)
      }
    case .sortedSet:
      entry.forEachScored { member, score in
        var pair = DatasetDigest()
        pair.mix(member)
        pair.mix(DatasetDigest.text(score))
        xor(pair.bytes)
      }
    case .stream:
      entry.streamView.forEachEntry { item in
        mix(Array("\(item.id.milliseconds).\(item.id.sequence)".utf8))
        item.forEachField { field, value in
          field.withBytes { mix($0) }
          value.withBytes { mix($0) }
        }
      }
    }
    if entry.hasExpiry { xor(Array("!!expire!!".utf8)) }
  }

  private mutating func mixString(of entry: Entry) {
    switch entry.string {
    case .bytes(let value): mix(value)
    case .integer(let value): mix(Array(String(value).utf8))
    case nil: break
    }
  }

  /// Redis has the type of modules before streams.
  private static func code(_ type: ValueType) -> UInt32 { type == .stream ? 6 : UInt32(type.rawValue) }

  /// C's `%.17g`.
  private static func text(_ score: Double) -> [UInt8] {
    var text = [CChar](repeating: 0, count: 32)
    let count = tern_format_double(score, &text)
    return text.prefix(Int(count)).map { UInt8(bitPattern: $0) }
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
