// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Int {
  /// Adds members to a set.
  ///
  /// `SADD`, since Redis 1.0.0. Complexity: O(N) in the members given.
  public static func sadd(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SADD")
    request.add(key)
    request.add(members)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the members of a set.
  ///
  /// `SCARD`, since Redis 1.0.0. Complexity: O(1).
  public static func scard(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SCARD")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Keeps the members of the first set that no other has.
  ///
  /// `SDIFFSTORE`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  public static func sdiffstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SDIFFSTORE")
    request.add(destination)
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the members that all sets have.
  ///
  /// `SINTERCARD`, since Redis 7.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  public static func sintercard(keys: [some KeyspaceBytes], limit: Int? = nil) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SINTERCARD")
    request.add(keys.count)
    request.add(keys)
    if let limit {
      request.token("LIMIT")
      request.add(limit)
    }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Keeps the members that all sets have.
  ///
  /// `SINTERSTORE`, since Redis 1.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  public static func sinterstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SINTERSTORE")
    request.add(destination)
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Tells whether a set has a member.
  ///
  /// `SISMEMBER`, since Redis 1.0.0. Complexity: O(1).
  public static func sismember(_ key: some KeyspaceBytes, member: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SISMEMBER")
    request.add(key)
    request.add(member)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Moves a member from a set to another.
  ///
  /// `SMOVE`, since Redis 1.0.0. Complexity: O(1).
  public static func smove(source: some KeyspaceBytes, destination: some KeyspaceBytes, member: some KeyspaceBytes) -> KeyspaceCommand<Int>
  {
    var request = KeyspaceRequest("SMOVE")
    request.add(source)
    request.add(destination)
    request.add(member)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes members of a set.
  ///
  /// `SREM`, since Redis 1.0.0. Complexity: O(N) in the members given.
  public static func srem(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SREM")
    request.add(key)
    request.add(members)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Keeps the members that any of the sets has.
  ///
  /// `SUNIONSTORE`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  public static func sunionstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SUNIONSTORE")
    request.add(destination)
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Takes members of a set by chance.
  ///
  /// `SPOP`, since Redis 1.0.0. Complexity: O(N) in the members returned.
  public static func spop(_ key: some KeyspaceBytes, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("SPOP")
    request.add(key)
    if let count { request.add(count) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns members of a set by chance.
  ///
  /// `SRANDMEMBER`, since Redis 1.0.0. Complexity: O(N) in the members returned.
  public static func srandmember(_ key: some KeyspaceBytes, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("SRANDMEMBER")
    request.add(key)
    if let count { request.add(count) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Walks over the members of a set in steps.
  ///
  /// `SSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all members.
  public static func sscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("SSCAN")
    request.add(key)
    request.add(cursor)
    if let pattern {
      request.token("MATCH")
      request.add(pattern)
    }
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == [Bytes] {
  /// Returns the members of the first set that no other has.
  ///
  /// `SDIFF`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  public static func sdiff(keys: [some KeyspaceBytes]) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("SDIFF")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }

  /// Returns the members that all sets have.
  ///
  /// `SINTER`, since Redis 1.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  public static func sinter(keys: [some KeyspaceBytes]) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("SINTER")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }

  /// Returns all members of a set.
  ///
  /// `SMEMBERS`, since Redis 1.0.0. Complexity: O(N) in the members of the set.
  public static func smembers(_ key: some KeyspaceBytes) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("SMEMBERS")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }

  /// Returns the members that any of the sets has.
  ///
  /// `SUNION`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  public static func sunion(keys: [some KeyspaceBytes]) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("SUNION")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }
}

extension KeyspaceCommand where Value == [Int] {
  /// Tells which of the given members a set has.
  ///
  /// `SMISMEMBER`, since Redis 6.2.0. Complexity: O(N) in the members given.
  public static func smismember(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) -> KeyspaceCommand<[Int]> {
    var request = KeyspaceRequest("SMISMEMBER")
    request.add(key)
    request.add(members)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }
}

extension Leader {
  /// Adds members to a set.
  ///
  /// `SADD`, since Redis 1.0.0. Complexity: O(N) in the members given.
  @discardableResult
  public func sadd(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) async throws -> Int {
    try await run(.sadd(key, members: members))
  }

  /// Counts the members of a set.
  ///
  /// `SCARD`, since Redis 1.0.0. Complexity: O(1).
  public func scard(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.scard(key))
  }

  /// Returns the members of the first set that no other has.
  ///
  /// `SDIFF`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  public func sdiff(keys: [some KeyspaceBytes]) async throws -> [Bytes] {
    try await run(.sdiff(keys: keys))
  }

  /// Keeps the members of the first set that no other has.
  ///
  /// `SDIFFSTORE`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  @discardableResult
  public func sdiffstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.sdiffstore(destination: destination, keys: keys))
  }

  /// Returns the members that all sets have.
  ///
  /// `SINTER`, since Redis 1.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  public func sinter(keys: [some KeyspaceBytes]) async throws -> [Bytes] {
    try await run(.sinter(keys: keys))
  }

  /// Counts the members that all sets have.
  ///
  /// `SINTERCARD`, since Redis 7.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  public func sintercard(keys: [some KeyspaceBytes], limit: Int? = nil) async throws -> Int {
    try await run(.sintercard(keys: keys, limit: limit))
  }

  /// Keeps the members that all sets have.
  ///
  /// `SINTERSTORE`, since Redis 1.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  @discardableResult
  public func sinterstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.sinterstore(destination: destination, keys: keys))
  }

  /// Tells whether a set has a member.
  ///
  /// `SISMEMBER`, since Redis 1.0.0. Complexity: O(1).
  public func sismember(_ key: some KeyspaceBytes, member: some KeyspaceBytes) async throws -> Int {
    try await run(.sismember(key, member: member))
  }

  /// Returns all members of a set.
  ///
  /// `SMEMBERS`, since Redis 1.0.0. Complexity: O(N) in the members of the set.
  public func smembers(_ key: some KeyspaceBytes) async throws -> [Bytes] {
    try await run(.smembers(key))
  }

  /// Tells which of the given members a set has.
  ///
  /// `SMISMEMBER`, since Redis 6.2.0. Complexity: O(N) in the members given.
  public func smismember(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) async throws -> [Int] {
    try await run(.smismember(key, members: members))
  }

  /// Moves a member from a set to another.
  ///
  /// `SMOVE`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func smove(source: some KeyspaceBytes, destination: some KeyspaceBytes, member: some KeyspaceBytes) async throws -> Int {
    try await run(.smove(source: source, destination: destination, member: member))
  }

  /// Takes members of a set by chance.
  ///
  /// `SPOP`, since Redis 1.0.0. Complexity: O(N) in the members returned.
  @discardableResult
  public func spop(_ key: some KeyspaceBytes, count: Int? = nil) async throws -> Reply {
    try await run(.spop(key, count: count))
  }

  /// Returns members of a set by chance.
  ///
  /// `SRANDMEMBER`, since Redis 1.0.0. Complexity: O(N) in the members returned.
  public func srandmember(_ key: some KeyspaceBytes, count: Int? = nil) async throws -> Reply {
    try await run(.srandmember(key, count: count))
  }

  /// Removes members of a set.
  ///
  /// `SREM`, since Redis 1.0.0. Complexity: O(N) in the members given.
  @discardableResult
  public func srem(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) async throws -> Int {
    try await run(.srem(key, members: members))
  }

  /// Walks over the members of a set in steps.
  ///
  /// `SSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all members.
  public func sscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil) async throws -> Reply {
    try await run(.sscan(key, cursor: cursor, pattern: pattern, count: count))
  }

  /// Returns the members that any of the sets has.
  ///
  /// `SUNION`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  public func sunion(keys: [some KeyspaceBytes]) async throws -> [Bytes] {
    try await run(.sunion(keys: keys))
  }

  /// Keeps the members that any of the sets has.
  ///
  /// `SUNIONSTORE`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  @discardableResult
  public func sunionstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.sunionstore(destination: destination, keys: keys))
  }
}
