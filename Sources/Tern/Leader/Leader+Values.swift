internal import TernEngine

/// The most used commands by the names that ``Node`` has for them. All others are there too, by valkey-swift's names.
extension Leader {
  /// The string at `key`, or nil if there is none.
  ///
  /// - Throws: as ``run(_:)``; ``TernError/Code/notConvertible`` if its bytes mean no `Value`.
  public func get<Value: KeyspaceValue>(_ key: some KeyspaceBytes, as type: Value.Type = Value.self) async throws -> Value? {
    try Self.converted(try await run(.get(key)), at: key)
  }

  /// The value of a field of the hash at `key`, or nil.
  public func hget<Value: KeyspaceValue>(
    _ key: some KeyspaceBytes, field: some KeyspaceBytes, as type: Value.Type = Value.self
  ) async throws -> Value? {
    try Self.converted(try await run(.hget(key, field: field)), at: key)
  }

  /// Sets `key` to `value`, whatever it held. Without `expiresIn` it lives for ever; times are in whole milliseconds.
  public func set(_ key: some KeyspaceBytes, _ value: some KeyspaceBytes, expiresIn lifetime: Duration? = nil) async throws {
    try await run(.set(key, to: value, expiresIn: lifetime))
  }

  /// Adds `amount` to the integer at `key` (0 if there is none), and returns the sum.
  @discardableResult
  public func increment(_ key: some KeyspaceBytes, by amount: Int = 1) async throws -> Int {
    try await run(.incrby(key, increment: amount))
  }

  /// Sets one field of the hash at `key`. Returns whether it is new.
  @discardableResult
  public func hset(_ key: some KeyspaceBytes, field: some KeyspaceBytes, value: some KeyspaceBytes) async throws -> Bool {
    try await run(.hset(key, data: [.init(field: field, value: value)])) > 0
  }

  /// Sets the score of one member of the sorted set at `key`. Returns whether the member is new.
  @discardableResult
  public func zadd(_ key: some KeyspaceBytes, score: Double, member: some KeyspaceBytes) async throws -> Bool {
    try await run(.zadd(key, data: [.init(score: score, member: member)])).integer ?? 0 > 0
  }

  /// Takes `key` out. Returns whether it was there.
  @discardableResult
  public func delete(_ key: some KeyspaceBytes) async throws -> Bool { try await run(.del(keys: [key])) > 0 }

  /// Whether there is such a key, of any kind.
  public func exists(_ key: some KeyspaceBytes) async throws -> Bool { try await run(.exists(keys: [key])) > 0 }

  /// Lets `key` expire after `lifetime`, in whole milliseconds; one that is not positive takes it out at once. Returns whether the key was there.
  @discardableResult
  public func expire(_ key: some KeyspaceBytes, in lifetime: Duration) async throws -> Bool {
    try await run(.pexpire(key, milliseconds: Int(clamping: lifetime.wholeMilliseconds))) > 0
  }

  /// The value of a type of one's own at `key`, nil if there is none.
  ///
  /// - Throws: as ``run(_:)``; ``TernError/Code/notConvertible`` if the ``ValueCoder`` cannot read it.
  public func get<Value: Decodable>(_ key: Key<Value>) async throws -> Value? {
    guard let bytes = try await run(.get(key)) else { return nil }
    return try node.coder.value(Value.self, in: bytes, at: key.name)
  }

  /// Sets `key` to a value of a type of one's own.
  ///
  /// - Throws: as ``run(_:)``; ``TernError/Code/notEncodable``.
  public func set<Value: Encodable>(_ key: Key<Value>, _ value: Value, expiresIn lifetime: Duration? = nil) async throws {
    try await set(key, node.coder.bytes(of: value), expiresIn: lifetime)
  }

  private static func converted<Value: KeyspaceValue>(_ bytes: Bytes?, at key: some KeyspaceBytes) throws(TernError) -> Value? {
    guard let bytes else { return nil }
    guard let value = bytes.as(Value.self) else {
      throw TernError(.notConvertible, "the value at '\(Bytes(key))' is no \(Value.self)")
    }
    return value
  }
}

extension KeyspaceCommand where Value == Void {
  /// Sets `key` to `value`, whatever it held. Without `expiresIn` it lives for ever; times are in whole milliseconds.
  public static func set(
    _ key: some KeyspaceBytes, to value: some KeyspaceBytes, expiresIn lifetime: Duration? = nil
  ) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("SET")
    request.add(key)
    request.add(value)
    if let lifetime {
      request.token("PX")
      request.add(Int(clamping: lifetime.wholeMilliseconds))
    }
    return KeyspaceCommand(request) { _ in () }
  }
}
