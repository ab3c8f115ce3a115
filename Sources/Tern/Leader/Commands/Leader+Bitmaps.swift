// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Int {
  /// Counts the bits that are set in a string, or in a part of it.
  ///
  /// `BITCOUNT`, since Redis 2.6.0. Complexity: O(N) in the bytes looked at.
  public static func bitcount(_ key: some KeyspaceBytes, index: BITCOUNT.Index? = nil) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("BITCOUNT")
    request.add(key)
    if let index { request.add(index) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Joins strings bit by bit and keeps the result.
  ///
  /// `BITOP`, since Redis 2.6.0. Complexity: O(N) in the bytes of the longest string.
  public static func bitop(operation: some KeyspaceBytes, destkey: some KeyspaceBytes, keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("BITOP")
    request.add(operation)
    request.add(destkey)
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Finds the first bit that is set, or clear.
  ///
  /// `BITPOS`, since Redis 2.8.7. Complexity: O(N) in the bytes looked at.
  public static func bitpos(_ key: some KeyspaceBytes, bit: Int, index: BITPOS.Index? = nil) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("BITPOS")
    request.add(key)
    request.add(bit)
    if let index { request.add(index) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns one bit of a string.
  ///
  /// `GETBIT`, since Redis 2.2.0. Complexity: O(1).
  public static func getbit(_ key: some KeyspaceBytes, offset: Int) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("GETBIT")
    request.add(key)
    request.add(offset)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Sets or clears one bit of a string, and returns what it was.
  ///
  /// `SETBIT`, since Redis 2.2.0. Complexity: O(1).
  public static func setbit(_ key: some KeyspaceBytes, offset: Int, value: Int) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SETBIT")
    request.add(key)
    request.add(offset)
    request.add(value)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Reads and writes integers of any width inside a string.
  ///
  /// `BITFIELD`, since Redis 3.2.0. Complexity: O(1) an operation.
  public static func bitfield(_ key: some KeyspaceBytes, operations: [BITFIELD.Operation] = []) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("BITFIELD")
    request.add(key)
    request.add(operations)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Reads integers of any width inside a string.
  ///
  /// `BITFIELD_RO`, since Redis 6.0.0. Complexity: O(1) an operation.
  public static func bitfieldRo(_ key: some KeyspaceBytes, data: [BITFIELD_RO.Data] = []) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("BITFIELD_RO")
    request.add(key)
    for one in data {
      request.token("GET")
      request.add(one)
    }
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension Leader {
  /// Counts the bits that are set in a string, or in a part of it.
  ///
  /// `BITCOUNT`, since Redis 2.6.0. Complexity: O(N) in the bytes looked at.
  public func bitcount(_ key: some KeyspaceBytes, index: BITCOUNT.Index? = nil) async throws -> Int {
    try await run(.bitcount(key, index: index))
  }

  /// Reads and writes integers of any width inside a string.
  ///
  /// `BITFIELD`, since Redis 3.2.0. Complexity: O(1) an operation.
  @discardableResult
  public func bitfield(_ key: some KeyspaceBytes, operations: [BITFIELD.Operation] = []) async throws -> Reply {
    try await run(.bitfield(key, operations: operations))
  }

  /// Reads integers of any width inside a string.
  ///
  /// `BITFIELD_RO`, since Redis 6.0.0. Complexity: O(1) an operation.
  public func bitfieldRo(_ key: some KeyspaceBytes, data: [BITFIELD_RO.Data] = []) async throws -> Reply {
    try await run(.bitfieldRo(key, data: data))
  }

  /// Joins strings bit by bit and keeps the result.
  ///
  /// `BITOP`, since Redis 2.6.0. Complexity: O(N) in the bytes of the longest string.
  @discardableResult
  public func bitop(operation: some KeyspaceBytes, destkey: some KeyspaceBytes, keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.bitop(operation: operation, destkey: destkey, keys: keys))
  }

  /// Finds the first bit that is set, or clear.
  ///
  /// `BITPOS`, since Redis 2.8.7. Complexity: O(N) in the bytes looked at.
  public func bitpos(_ key: some KeyspaceBytes, bit: Int, index: BITPOS.Index? = nil) async throws -> Int {
    try await run(.bitpos(key, bit: bit, index: index))
  }

  /// Returns one bit of a string.
  ///
  /// `GETBIT`, since Redis 2.2.0. Complexity: O(1).
  public func getbit(_ key: some KeyspaceBytes, offset: Int) async throws -> Int {
    try await run(.getbit(key, offset: offset))
  }

  /// Sets or clears one bit of a string, and returns what it was.
  ///
  /// `SETBIT`, since Redis 2.2.0. Complexity: O(1).
  @discardableResult
  public func setbit(_ key: some KeyspaceBytes, offset: Int, value: Int) async throws -> Int {
    try await run(.setbit(key, offset: offset, value: value))
  }
}
