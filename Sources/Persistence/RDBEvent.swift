/// What an RDB holds, in the order of the file.
package enum RDBEvent: Hashable, Sendable {
  /// A field in front of the data (`redis-ver`, `repl-id` …). Unknown ones are to be ignored.
  case aux(name: [UInt8], value: [UInt8])
  case selectDB(Int)
  /// A hint about the current database; never to be allocated for without a bound, it may be a lie.
  case resizeDB(keys: Int, expires: Int)
  case key(RDBKey)
  /// The source of a function library.
  case function([UInt8])
  /// Data of a module; its content is skipped.
  case moduleAux(module: String)
  case end(RDBChecksum)
}

/// A key, or, of a value that is large, a part of it: parts of one key follow each other, and `isLast` is set in the last.
package struct RDBKey: Hashable, Sendable {
  package var name: [UInt8]
  package var value: RDBValue
  /// Milliseconds since 1970.
  package var expireAt: Int64?
  package var eviction: RDBEviction?
  /// The type under which the value was stored.
  package var type: RDBType
  package var isLast: Bool

  package init(
    name: [UInt8], value: RDBValue, expireAt: Int64? = nil, eviction: RDBEviction? = nil, type: RDBType = .string, isLast: Bool = true
  ) {
    self.name = name
    self.value = value
    self.expireAt = expireAt
    self.eviction = eviction
    self.type = type
    self.isLast = isLast
  }
}

package enum RDBValue: Hashable, Sendable {
  case string([UInt8])
  /// A string that was stored as an integer.
  case integer(Int64)
  /// A piece of a string that is long, of `total` bytes.
  case stringPart([UInt8], total: Int)
  /// Strings, head to tail.
  case list(RDBElements)
  /// Strings.
  case set(RDBElements)
  /// Score (bits of a double) and member.
  case sortedSet(RDBElements)
  /// Expiry (ms since 1970, 0: none), field, value.
  case hash(RDBElements)
  case stream([RDBStreamItem])
}

package enum RDBChecksum: Hashable, Sendable {
  case verified
  /// The file was written with `rdbchecksum no`, or the reader was told not to look.
  case disabled
  /// Files before version 5 have none.
  case absent
}
