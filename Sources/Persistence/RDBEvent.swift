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

package struct RDBKey: Hashable, Sendable {
  package var name: [UInt8]
  package var value: RDBValue
  /// Milliseconds since 1970.
  package var expireAt: Int64?
  package var eviction: RDBEviction?
  /// The type under which the value was stored.
  package var type: RDBType

  package init(name: [UInt8], value: RDBValue, expireAt: Int64? = nil, eviction: RDBEviction? = nil, type: RDBType = .string) {
    self.name = name
    self.value = value
    self.expireAt = expireAt
    self.eviction = eviction
    self.type = type
  }
}

package enum RDBValue: Hashable, Sendable {
  case string([UInt8])
  /// A string that was stored as an integer.
  case integer(Int64)
}

package enum RDBChecksum: Hashable, Sendable {
  case verified
  /// The file was written with `rdbchecksum no`, or the reader was told not to look.
  case disabled
  /// Files before version 5 have none.
  case absent
}
