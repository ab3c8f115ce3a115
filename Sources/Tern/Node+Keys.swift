internal import TernDrivers
internal import TernEngine

/// Single operations, each a transaction of its own, on database 0. All other commands are there too, by valkey-swift's names
/// (``KeyspaceReading``, ``KeyspaceWriting``).
extension Node {
  /// See ``Reader/get(_:as:)``.
  public func get<Value: KeyspaceValue>(_ key: some KeyspaceBytes, as type: Value.Type = Value.self) throws(TernError) -> Value? {
    try key.withKeyspaceBytes { (name) throws(TernError) -> TernEngine.Database.Found<Value> in
      try once(writes: false) { (database) throws(CommandError) in try database.typedGet(name) }
    }.value(at: key)
  }

  /// See ``Reader/hget(_:field:as:)``.
  public func hget<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, field: some KeyspaceBytes, as type: Value.Type = Value.self
  ) throws(TernError) -> Value? {
    try key.withKeyspaceBytes { (name) throws(TernError) -> TernEngine.Database.Found<Value> in
      try field.withKeyspaceBytes { (field) throws(TernError) in
        try once(writes: false) { (database) throws(CommandError) in try database.typedField(name, field) }
      }
    }.value(at: key)
  }

  /// See ``Reader/zscore(_:member:)``.
  public func zscore(_ key: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Double? {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try member.withKeyspaceBytes { (member) throws(TernError) in
        try once(writes: false) { (database) throws(CommandError) in try database.score(key, member) }
      }
    }
  }

  /// See ``Reader/contains(_:member:)``.
  public func contains(_ key: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Bool {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try member.withKeyspaceBytes { (member) throws(TernError) in
        try once(writes: false) { (database) throws(CommandError) in try database.isMember(key, member) }
      }
    }
  }

  /// See ``Writer/set(_:_:expiresIn:)``.
  public func set(_ key: some KeyspaceBytes, _ value: some KeyspaceBytes, expiresIn lifetime: Duration? = nil) throws(TernError) {
    let expiry = try lifetime.map { (lifetime) throws(TernError) in try Writer.deadline(lifetime, HostClock.wallMilliseconds()) } ?? nil
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try value.withKeyspaceBytes { (value) throws(TernError) in
        try once(writes: true) { (database) throws(CommandError) in try database.set(key, value, expiry: expiry) }
      }
    }
  }

  /// See ``Writer/increment(_:by:)``.
  @discardableResult
  public func increment(_ key: some KeyspaceBytes, by amount: Int = 1) throws(TernError) -> Int {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      Int(try once(writes: true) { (database) throws(CommandError) in try database.increment(key, by: Int64(amount)) })
    }
  }

  /// See ``Writer/append(_:_:)``.
  @discardableResult
  public func append(_ key: some KeyspaceBytes, _ value: some KeyspaceBytes) throws(TernError) -> Int {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try value.withKeyspaceBytes { (value) throws(TernError) in
        try once(writes: true) { (database) throws(CommandError) in try database.append(database.key(key), value) }
      }
    }
  }

  /// See ``Writer/hset(_:field:value:)``.
  @discardableResult
  public func hset(_ key: some KeyspaceBytes, field: some KeyspaceBytes, value: some KeyspaceBytes) throws(TernError) -> Bool {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try field.withKeyspaceBytes { (field) throws(TernError) in
        try value.withKeyspaceBytes { (value) throws(TernError) in
          try once(writes: true) { (database) throws(CommandError) in try database.setHashField(key, field, value) } > 0
        }
      }
    }
  }

  /// See ``Writer/zadd(_:score:member:)``.
  @discardableResult
  public func zadd(_ key: some KeyspaceBytes, score: Double, member: some KeyspaceBytes) throws(TernError) -> Bool {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try member.withKeyspaceBytes { (member) throws(TernError) in
        try once(writes: true) { (database) throws(CommandError) in try database.setScore(key, member, score) }.added > 0
      }
    }
  }

  /// See ``Writer/lpush(_:elements:)``.
  @discardableResult
  public func lpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) throws(TernError) -> Int {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try once(writes: true) { (database) throws(CommandError) in try database.push(key, .left, elements) }
    }
  }

  /// See ``Writer/rpush(_:elements:)``.
  @discardableResult
  public func rpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) throws(TernError) -> Int {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try once(writes: true) { (database) throws(CommandError) in try database.push(key, .right, elements) }
    }
  }

  /// See ``Writer/popFirst(_:as:)``.
  public func popFirst<Value: KeyspaceValue>(_ key: some KeyspaceBytes, as type: Value.Type = Value.self) throws(TernError) -> Value? {
    try key.withKeyspaceBytes { (name) throws(TernError) -> TernEngine.Database.Found<Value> in
      try once(writes: true) { (database) throws(CommandError) in try database.pop(name, .left) }
    }.value(at: key)
  }

  /// See ``Writer/popLast(_:as:)``.
  public func popLast<Value: KeyspaceValue>(_ key: some KeyspaceBytes, as type: Value.Type = Value.self) throws(TernError) -> Value? {
    try key.withKeyspaceBytes { (name) throws(TernError) -> TernEngine.Database.Found<Value> in
      try once(writes: true) { (database) throws(CommandError) in try database.pop(name, .right) }
    }.value(at: key)
  }

  /// See ``Writer/sadd(_:members:)``.
  @discardableResult
  public func sadd(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> Int {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try once(writes: true) { (database) throws(CommandError) in try database.addMembers(key, members) }
    }
  }

  /// See ``Writer/delete(_:)``.
  @discardableResult
  public func delete(_ key: some KeyspaceBytes) throws(TernError) -> Bool {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try once(writes: true) { (database) throws(CommandError) in database.remove(database.key(key)) }
    }
  }

  /// See ``Reader/exists(_:)``.
  public func exists(_ key: some KeyspaceBytes) throws(TernError) -> Bool {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try once(writes: false) { (database) throws(CommandError) in database.examine(database.key(key)) != nil }
    }
  }

  /// See ``Writer/expire(_:in:)``.
  @discardableResult
  public func expire(_ key: some KeyspaceBytes, in lifetime: Duration) throws(TernError) -> Bool {
    let (time, overflow) = HostClock.wallMilliseconds().addingReportingOverflow(lifetime.wholeMilliseconds)
    return try key.withKeyspaceBytes { (key) throws(TernError) in
      try once(writes: true) { (database) throws(CommandError) in
        database.setExpiry(database.key(key), at: overflow ? .max >> 1 : time)
      }
    }
  }

  /// See ``Writer/persist(_:)``.
  @discardableResult
  public func persist(_ key: some KeyspaceBytes) throws(TernError) -> Bool {
    try key.withKeyspaceBytes { (key) throws(TernError) in
      try once(writes: true) { (database) throws(CommandError) in database.removeExpiry(database.key(key)) }
    }
  }

  /// See ``Reader/lifetime(of:)``.
  public func lifetime(of key: some KeyspaceBytes) throws -> Lifetime? { try read { $0.lifetime(of: key) } }

  /// See ``Reader/count``.
  public var count: Int { get throws { try read { $0.count } } }
}
