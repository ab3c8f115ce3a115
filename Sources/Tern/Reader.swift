internal import TernEngine

/// One database of a node, inside a ``Node/read(database:_:)``: nothing changes while the closure runs. Cannot leave it.
public struct Reader: ~Copyable {
  let database: Database
  /// Milliseconds since 1970.
  let now: Int64

  init(_ engine: Engine, _ index: Int) throws(TernError) {
    guard index >= 0, index < engine.databaseCount else {
      throw TernError(.noSuchDatabase, "there is no database \(index); the node has \(engine.databaseCount)")
    }
    database = engine.database(index)
    now = engine.now
  }

  /// The string at `key`, or nil if there is none. O(1).
  ///
  /// - Throws: ``TernError/Code/wrongType`` if the key holds another kind of value, ``TernError/Code/notConvertible`` if its bytes mean no
  ///   `Value`.
  public borrowing func get<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    let database = self.database
    return try key.withKeyspaceBytes { (bytes) throws(TernError) -> Value? in
      guard let entry = database.find(database.key(bytes)) else { return nil }
      let value: Value?
      switch entry.string {
      case .bytes(let bytes): value = Value(keyspaceBytes: bytes)
      case .integer(let integer):
        if let integer = integer as? Value { return integer }
        value = "\(integer)".withKeyspaceBytes { Value(keyspaceBytes: $0) }
      case nil: throw TernError(CommandError.wrongType)
      }
      guard let value else { throw TernError(.notConvertible, "the value at '\(printable(bytes))' is no \(Value.self)") }
      return value
    }
  }

  /// Whether there is such a key, of any kind. O(1).
  public borrowing func exists(_ key: some KeyspaceBytes) -> Bool {
    let database = self.database
    return key.withKeyspaceBytes { database.examine(database.key($0)) != nil }
  }

  /// How long `key` will live: nil if there is no such key, ``Lifetime/unlimited`` if nothing ends it.
  public borrowing func lifetime(of key: some KeyspaceBytes) -> Lifetime? {
    let database = self.database
    let now = self.now
    return key.withKeyspaceBytes { bytes in
      switch database.expiry(database.key(bytes)) {
      case .noKey: nil
      case .never: .unlimited
      case .at(let time): .limited(.milliseconds(max(0, time - now)))
      }
    }
  }

  /// The number of keys, those counted whose time is over and that were not yet taken out. O(1).
  public var count: Int { database.count }
}

/// How long a key lives.
public enum Lifetime: Hashable, Sendable {
  case unlimited
  case limited(Duration)
}
