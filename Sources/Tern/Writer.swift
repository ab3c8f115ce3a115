internal import TernEngine

/// One database of a node, inside a ``Node/write(database:fileID:line:_:)``: all that the closure does is seen, logged and replicated as
/// one transaction, or, if it throws, undone. Cannot leave the closure.
///
/// Every command is a method, by valkey-swift's names (``KeyspaceReading``, ``KeyspaceWriting``). Those that are written out here are the
/// fastest.
public struct Writer: ~Copyable {
  let reader: Reader
  var coder: any ValueCoder { reader.coder }
  var database: TernEngine.Database { reader.database }

  init(_ engine: Engine, _ index: Int, coder: any ValueCoder) throws(TernError) {
    reader = try Reader(engine, index, coder: coder)
  }

  /// The database, about to be changed.
  private var changing: TernEngine.Database {
    reader.database.engine.willChange()
    return reader.database
  }

  // MARK: reading

  /// See ``Reader/get(_:as:)``. Sees what the closure has written so far.
  public borrowing func get<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    try reader.get(key, as: type)
  }

  /// See ``Reader/hget(_:field:as:)``.
  public borrowing func hget<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, field: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    try reader.hget(key, field: field, as: type)
  }

  /// See ``Reader/zscore(_:member:)``.
  public borrowing func zscore(_ key: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Double? {
    try reader.zscore(key, member: member)
  }

  /// See ``Reader/contains(_:member:)``.
  public borrowing func contains(_ key: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Bool {
    try reader.contains(key, member: member)
  }

  /// See ``Reader/exists(_:)``.
  public borrowing func exists(_ key: some KeyspaceBytes) -> Bool { reader.exists(key) }

  /// See ``Reader/lifetime(of:)``.
  public borrowing func lifetime(of key: some KeyspaceBytes) -> Lifetime? { reader.lifetime(of: key) }

  /// See ``Reader/count``.
  public var count: Int { reader.count }

  // MARK: strings

  /// Sets `key` to `value`, whatever it held, also of another kind. Without `expiresIn` it lives for ever. O(1).
  ///
  /// - Throws: ``TernError/Code/other`` if `expiresIn` is not positive.
  public borrowing func set(
    _ key: some KeyspaceBytes, _ value: some KeyspaceBytes, expiresIn lifetime: Duration? = nil
  ) throws(TernError) {
    let expiry = try Self.deadline(lifetime, reader.now)
    let database = changing
    try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in
        try value.withKeyspaceBytes { (value) throws(CommandError) in try database.set(key, value, expiry: expiry) }
      }
    }
  }

  /// Adds `amount` to the integer at `key` (0 if there is none), and returns the sum. The key's lifetime stays. O(1).
  ///
  /// - Throws: ``TernError/Code/notAnInteger`` if the value is none or the sum is out of range, ``TernError/Code/wrongType``.
  @discardableResult
  public borrowing func increment(_ key: some KeyspaceBytes, by amount: Int = 1) throws(TernError) -> Int {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in Int(try database.increment(key, by: Int64(amount))) }
    }
  }

  /// Appends bytes to the string at `key` (empty if there is none), and returns its new length in bytes. O(1) amortised.
  @discardableResult
  public borrowing func append(_ key: some KeyspaceBytes, _ value: some KeyspaceBytes) throws(TernError) -> Int {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in
        try value.withKeyspaceBytes { (value) throws(CommandError) in try database.append(database.key(key), value) }
      }
    }
  }

  // MARK: hashes, sorted sets, lists, sets

  /// Sets one field of the hash at `key`. Returns whether it is new. O(1).
  @discardableResult
  public borrowing func hset(_ key: some KeyspaceBytes, field: some KeyspaceBytes, value: some KeyspaceBytes) throws(TernError) -> Bool {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in
        try field.withKeyspaceBytes { (field) throws(CommandError) in
          try value.withKeyspaceBytes { (value) throws(CommandError) in try database.setHashField(key, field, value) > 0 }
        }
      }
    }
  }

  /// Sets the score of one member of the sorted set at `key`. Returns whether the member is new. O(log n).
  @discardableResult
  public borrowing func zadd(_ key: some KeyspaceBytes, score: Double, member: some KeyspaceBytes) throws(TernError) -> Bool {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in
        try member.withKeyspaceBytes { (member) throws(CommandError) in try database.setScore(key, member, score).added > 0 }
      }
    }
  }

  /// Puts elements before the first of the list at `key`, one after the other. Returns the list's length. O(1) an element.
  @discardableResult
  public borrowing func lpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) throws(TernError) -> Int {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in try database.push(key, .left, elements) }
    }
  }

  /// Puts elements behind the last of the list at `key`. Returns the list's length. O(1) an element.
  @discardableResult
  public borrowing func rpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) throws(TernError) -> Int {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in try database.push(key, .right, elements) }
    }
  }

  /// Takes the first element of the list at `key`; nil if there is none. O(1).
  ///
  /// - Throws: ``TernError/Code/notConvertible`` if it means no `Value`: it stays then.
  public borrowing func popFirst<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) -> TernEngine.Database.Found<Value> in try database.pop(key, .left) }
    }.value(at: key)
  }

  /// Takes the last element of the list at `key`; nil if there is none. O(1).
  ///
  /// - Throws: ``TernError/Code/notConvertible`` if it means no `Value`: it stays then.
  public borrowing func popLast<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) -> TernEngine.Database.Found<Value> in try database.pop(key, .right) }
    }.value(at: key)
  }

  /// Adds members to the set at `key`. Returns how many are new. O(1) a member.
  @discardableResult
  public borrowing func sadd(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> Int {
    let database = changing
    return try Reader.operation { () throws(CommandError) in
      try key.withKeyspaceBytes { (key) throws(CommandError) in try database.addMembers(key, members) }
    }
  }

  // MARK: keys

  /// Takes `key` out. Returns whether it was there. O(1), whatever it held.
  @discardableResult
  public borrowing func delete(_ key: some KeyspaceBytes) -> Bool {
    let database = changing
    return key.withKeyspaceBytes { database.remove(database.key($0)) }
  }

  /// Lets `key` expire after `lifetime`; one that is not positive takes it out at once. Returns whether the key was there. O(1).
  @discardableResult
  public borrowing func expire(_ key: some KeyspaceBytes, in lifetime: Duration) -> Bool {
    let database = changing
    let (time, overflow) = reader.now.addingReportingOverflow(lifetime.wholeMilliseconds)
    return key.withKeyspaceBytes { database.setExpiry(database.key($0), at: overflow ? .max >> 1 : time) }
  }

  /// Lets `key` live for ever. Returns whether that changed anything. O(1).
  @discardableResult
  public borrowing func persist(_ key: some KeyspaceBytes) -> Bool {
    let database = changing
    return key.withKeyspaceBytes { database.removeExpiry(database.key($0)) }
  }

  /// Takes all keys of this database out. O(1); the memory comes back in the background.
  public borrowing func removeAll() { changing.removeAll() }

  static func deadline(_ lifetime: Duration?, _ now: Int64) throws(TernError) -> Int64? {
    guard let lifetime else { return nil }
    let (time, overflow) = now.addingReportingOverflow(lifetime.wholeMilliseconds)
    guard lifetime.wholeMilliseconds > 0, !overflow else { throw TernError(.other, "a lifetime of \(lifetime) is out of range") }
    return time
  }
}

extension Duration {
  /// Rounded down; clamped to what fits.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    if overflow { return seconds > 0 ? .max : .min }
    return milliseconds &+ attoseconds / 1_000_000_000_000_000
  }
}
