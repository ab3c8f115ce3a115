internal import TernEngine

/// One database of a node, inside a ``Node/read(database:fileID:line:_:)``, or of a ``Snapshot``: nothing changes while the closure runs.
/// Cannot leave it.
///
/// Every command that reads is a method, by valkey-swift's names (``KeyspaceReading``). Those that are written out here are the fastest.
public struct Reader: ~Copyable {
  let database: TernEngine.Database
  /// Milliseconds since 1970.
  let now: Int64
  let coder: any ValueCoder

  init(_ engine: Engine, _ index: Int, coder: any ValueCoder) throws(TernError) {
    guard index >= 0, index < engine.databaseCount else {
      throw TernError(.noSuchDatabase, "there is no database \(index); the node has \(engine.databaseCount)")
    }
    database = engine.database(index)
    now = engine.now
    self.coder = coder
  }

  /// The string at `key`, or nil if there is none. O(1).
  ///
  /// - Throws: ``TernError/Code/wrongType`` if the key holds another kind of value, ``TernError/Code/notConvertible`` if its bytes mean no
  ///   `Value`.
  public borrowing func get<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    let database = self.database
    return try Self.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) -> TernEngine.Database.Found<Value> in try database.typedGet(key) }
    }.value(at: key)
  }

  /// The value of a field of the hash at `key`, or nil. O(1).
  public borrowing func hget<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, field: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    let database = self.database
    return try Self.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) -> TernEngine.Database.Found<Value> in
        try field.withKeyspaceBytes { (field) throws(CommandError) in try database.typedField(key, field) }
      }
    }.value(at: key)
  }

  /// The score of a member of the sorted set at `key`, or nil. O(1).
  public borrowing func zscore(_ key: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Double? {
    let database = self.database
    return try Self.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in
        try member.withKeyspaceBytes { (member) throws(CommandError) in try database.score(key, member) }
      }
    }
  }

  /// Whether the set at `key` has a member. O(1).
  public borrowing func contains(_ key: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Bool {
    let database = self.database
    return try Self.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in
        try member.withKeyspaceBytes { (member) throws(CommandError) in try database.isMember(key, member) }
      }
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

  static func operation<Value>(_ body: () throws(CommandError) -> Value) throws(TernError) -> Value {
    do throws(CommandError) { return try body() } catch { throw TernError(error) }
  }
}

/// How long a key lives.
public enum Lifetime: Hashable, Sendable {
  case unlimited
  case limited(Duration)
}
