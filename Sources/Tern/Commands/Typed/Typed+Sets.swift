// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceReading where Self: ~Copyable {
  /// Counts the members of a set.
  ///
  /// `SCARD`, since Redis 1.0.0. Complexity: O(1).
  public func scard(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("SCARD")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Returns the members of the first set that no other has.
  ///
  /// `SDIFF`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  public func sdiff(keys: [some KeyspaceBytes]) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("SDIFF")
    request.add(keys)
    return try execute(request).asBytesArray()
  }

  /// Returns the members that all sets have.
  ///
  /// `SINTER`, since Redis 1.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  public func sinter(keys: [some KeyspaceBytes]) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("SINTER")
    request.add(keys)
    return try execute(request).asBytesArray()
  }

  /// Counts the members that all sets have.
  ///
  /// `SINTERCARD`, since Redis 7.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  public func sintercard(keys: [some KeyspaceBytes], limit: Int? = nil) throws(TernError) -> Int {
    var request = KeyspaceRequest("SINTERCARD")
    request.add(keys.count)
    request.add(keys)
    if let limit {
      request.token("LIMIT")
      request.add(limit)
    }
    return try execute(request).asInteger()
  }

  /// Tells whether a set has a member.
  ///
  /// `SISMEMBER`, since Redis 1.0.0. Complexity: O(1).
  public func sismember(_ key: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("SISMEMBER")
    request.add(key)
    request.add(member)
    return try execute(request).asInteger()
  }

  /// Returns all members of a set.
  ///
  /// `SMEMBERS`, since Redis 1.0.0. Complexity: O(N) in the members of the set.
  public func smembers(_ key: some KeyspaceBytes) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("SMEMBERS")
    request.add(key)
    return try execute(request).asBytesArray()
  }

  /// Tells which of the given members a set has.
  ///
  /// `SMISMEMBER`, since Redis 6.2.0. Complexity: O(N) in the members given.
  public func smismember(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> [Int] {
    var request = KeyspaceRequest("SMISMEMBER")
    request.add(key)
    request.add(members)
    return try execute(request).asIntegerArray()
  }

  /// Returns members of a set by chance.
  ///
  /// `SRANDMEMBER`, since Redis 1.0.0. Complexity: O(N) in the members returned.
  public func srandmember(_ key: some KeyspaceBytes, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("SRANDMEMBER")
    request.add(key)
    if let count { request.add(count) }
    return try execute(request)
  }

  /// Walks over the members of a set in steps.
  ///
  /// `SSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all members.
  public func sscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil) throws(TernError) -> Reply {
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
    return try execute(request)
  }

  /// Returns the members that any of the sets has.
  ///
  /// `SUNION`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  public func sunion(keys: [some KeyspaceBytes]) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("SUNION")
    request.add(keys)
    return try execute(request).asBytesArray()
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Adds members to a set.
  ///
  /// `SADD`, since Redis 1.0.0. Complexity: O(N) in the members given.
  @discardableResult
  public func sadd(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("SADD")
    request.add(key)
    request.add(members)
    return try execute(request).asInteger()
  }

  /// Keeps the members of the first set that no other has.
  ///
  /// `SDIFFSTORE`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  @discardableResult
  public func sdiffstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("SDIFFSTORE")
    request.add(destination)
    request.add(keys)
    return try execute(request).asInteger()
  }

  /// Keeps the members that all sets have.
  ///
  /// `SINTERSTORE`, since Redis 1.0.0. Complexity: O(N*M): N members of the smallest set, M sets.
  @discardableResult
  public func sinterstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("SINTERSTORE")
    request.add(destination)
    request.add(keys)
    return try execute(request).asInteger()
  }

  /// Moves a member from a set to another.
  ///
  /// `SMOVE`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func smove(source: some KeyspaceBytes, destination: some KeyspaceBytes, member: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("SMOVE")
    request.add(source)
    request.add(destination)
    request.add(member)
    return try execute(request).asInteger()
  }

  /// Takes members of a set by chance.
  ///
  /// `SPOP`, since Redis 1.0.0. Complexity: O(N) in the members returned.
  @discardableResult
  public func spop(_ key: some KeyspaceBytes, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("SPOP")
    request.add(key)
    if let count { request.add(count) }
    return try execute(request)
  }

  /// Removes members of a set.
  ///
  /// `SREM`, since Redis 1.0.0. Complexity: O(N) in the members given.
  @discardableResult
  public func srem(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("SREM")
    request.add(key)
    request.add(members)
    return try execute(request).asInteger()
  }

  /// Keeps the members that any of the sets has.
  ///
  /// `SUNIONSTORE`, since Redis 1.0.0. Complexity: O(N) in the members of all sets.
  @discardableResult
  public func sunionstore(destination: some KeyspaceBytes, keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("SUNIONSTORE")
    request.add(destination)
    request.add(keys)
    return try execute(request).asInteger()
  }
}
