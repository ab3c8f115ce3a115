/// Single operations, each a transaction of its own, on database 0.
extension Node {
  /// See ``Reader/get(_:as:)``.
  public func get<Value: KeyspaceValue>(_ key: some KeyspaceBytes, as type: Value.Type = Value.self) throws -> Value? {
    try read { try $0.get(key, as: type) }
  }

  /// See ``Writer/set(_:_:expiresIn:)``.
  public func set(_ key: some KeyspaceBytes, _ value: some KeyspaceBytes, expiresIn lifetime: Duration? = nil) throws {
    try write { try $0.set(key, value, expiresIn: lifetime) }
  }

  /// See ``Writer/increment(_:by:)``.
  @discardableResult
  public func increment(_ key: some KeyspaceBytes, by amount: Int = 1) throws -> Int {
    try write { try $0.increment(key, by: amount) }
  }

  /// See ``Writer/append(_:_:)``.
  @discardableResult
  public func append(_ key: some KeyspaceBytes, _ value: some KeyspaceBytes) throws -> Int {
    try write { try $0.append(key, value) }
  }

  /// See ``Writer/delete(_:)``.
  @discardableResult
  public func delete(_ key: some KeyspaceBytes) throws -> Bool { try write { $0.delete(key) } }

  /// See ``Reader/exists(_:)``.
  public func exists(_ key: some KeyspaceBytes) throws -> Bool { try read { $0.exists(key) } }

  /// See ``Writer/expire(_:in:)``.
  @discardableResult
  public func expire(_ key: some KeyspaceBytes, in lifetime: Duration) throws -> Bool { try write { $0.expire(key, in: lifetime) } }

  /// See ``Writer/persist(_:)``.
  @discardableResult
  public func persist(_ key: some KeyspaceBytes) throws -> Bool { try write { $0.persist(key) } }

  /// See ``Reader/lifetime(of:)``.
  public func lifetime(of key: some KeyspaceBytes) throws -> Lifetime? { try read { $0.lifetime(of: key) } }

  /// See ``Reader/count``.
  public var count: Int { get throws { try read { $0.count } } }
}
