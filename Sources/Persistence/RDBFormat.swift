/// Versions of the RDB format. Redis 7.0 writes 10; 7.2 and Valkey 7.2/8 write 11; 7.4 writes 12; Valkey 9 writes 80 behind a magic of its
/// own.
package enum RDBVersion {
  package static let written = 10
  /// What a reader accepts behind `REDIS`.
  package static let redis = 1...12
  /// What a reader accepts behind `VALKEY`.
  package static let valkey = 80...80
  /// From here on a checksum follows the end.
  package static let firstWithChecksum = 5
}

/// What a record that is no key begins with.
package enum RDBOpcode: UInt8, Sendable {
  case slotImport = 243
  case slotInfo = 244
  case function2 = 245
  case functionPreGA = 246
  case moduleAux = 247
  case idle = 248
  case frequency = 249
  case aux = 250
  case resizeDB = 251
  case expireMilliseconds = 252
  case expireSeconds = 253
  case selectDB = 254
  case end = 255
}

/// What a key's record begins with: its type and the encoding of its value.
package enum RDBType: UInt8, Sendable, CaseIterable {
  case string = 0
  case list = 1
  case set = 2
  case sortedSet = 3
  case hash = 4
  case sortedSet2 = 5
  case modulePreGA = 6
  case module2 = 7
  case hashZipmap = 9
  case listZiplist = 10
  case setIntset = 11
  case sortedSetZiplist = 12
  case hashZiplist = 13
  case listQuicklist = 14
  case streamListpacks = 15
  case hashListpack = 16
  case sortedSetListpack = 17
  case listQuicklist2 = 18
  case streamListpacks2 = 19
  case setListpack = 20
  case streamListpacks3 = 21
  /// Hashes with field TTLs of a release candidate of Redis 7.4; under `VALKEY`, Valkey 9's.
  case hashMetadataPreGA = 22
  case hashListpackTTLPreGA = 23
  case hashMetadata = 24
  case hashListpackTTL = 25

  /// For messages: `a list (quicklist 2)`.
  package func name(inValkey: Bool = false) -> String {
    switch self {
    case .string: "a string"
    case .list: "a list (linked)"
    case .set: "a set (hash table)"
    case .sortedSet: "a sorted set (scores as text)"
    case .hash: "a hash (hash table)"
    case .sortedSet2: "a sorted set (skiplist)"
    case .modulePreGA: "a module value (pre-release)"
    case .module2: "a module value"
    case .hashZipmap: "a hash (zipmap)"
    case .listZiplist: "a list (ziplist)"
    case .setIntset: "a set (intset)"
    case .sortedSetZiplist: "a sorted set (ziplist)"
    case .hashZiplist: "a hash (ziplist)"
    case .listQuicklist: "a list (quicklist)"
    case .streamListpacks: "a stream (listpacks)"
    case .hashListpack: "a hash (listpack)"
    case .sortedSetListpack: "a sorted set (listpack)"
    case .listQuicklist2: "a list (quicklist 2)"
    case .streamListpacks2: "a stream (listpacks 2)"
    case .setListpack: "a set (listpack)"
    case .streamListpacks3: "a stream (listpacks 3)"
    case .hashMetadataPreGA: inValkey ? "a hash with field TTLs (Valkey)" : "a hash with field TTLs (pre-release)"
    case .hashListpackTTLPreGA: "a hash with field TTLs (listpack, pre-release)"
    case .hashMetadata: "a hash with field TTLs"
    case .hashListpackTTL: "a hash with field TTLs (listpack)"
    }
  }
}

/// The first byte of a length. Its upper two bits say how the rest is to be read.
enum RDBLength {
  static let sixBits: UInt8 = 0x00
  static let fourteenBits: UInt8 = 0x40
  static let thirtyTwoBits: UInt8 = 0x80
  static let sixtyFourBits: UInt8 = 0x81
  /// A string in a special form; the lower six bits name it.
  static let encoded: UInt8 = 0xC0
  static let int8: UInt8 = 0xC0
  static let int16: UInt8 = 0xC1
  static let int32: UInt8 = 0xC2
  static let lzf: UInt8 = 0xC3
}

/// What a maxmemory policy knows of a key; a file holds one of the two, or nothing.
package enum RDBEviction: Hashable, Sendable {
  /// Seconds since the last access (policies with LRU).
  case idle(seconds: UInt64)
  /// The logarithmic counter (policies with LFU).
  case frequency(UInt8)
}
