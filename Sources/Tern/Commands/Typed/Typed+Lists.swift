// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

/// Options of `BLMOVE`.
public enum BLMOVE {
  public enum Wherefrom: KeyspaceRequestPart, Hashable, Sendable {
    case left
    case right

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .left: request.token("LEFT")
      case .right: request.token("RIGHT")
      }
    }
  }

  public enum Whereto: KeyspaceRequestPart, Hashable, Sendable {
    case left
    case right

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .left: request.token("LEFT")
      case .right: request.token("RIGHT")
      }
    }
  }
}

/// Options of `BLMPOP`.
public enum BLMPOP {
  public enum Where: KeyspaceRequestPart, Hashable, Sendable {
    case left
    case right

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .left: request.token("LEFT")
      case .right: request.token("RIGHT")
      }
    }
  }
}

/// Options of `LINSERT`.
public enum LINSERT {
  public enum Where: KeyspaceRequestPart, Hashable, Sendable {
    case before
    case after

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .before: request.token("BEFORE")
      case .after: request.token("AFTER")
      }
    }
  }
}

/// Options of `LMOVE`.
public enum LMOVE {
  public enum Wherefrom: KeyspaceRequestPart, Hashable, Sendable {
    case left
    case right

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .left: request.token("LEFT")
      case .right: request.token("RIGHT")
      }
    }
  }

  public enum Whereto: KeyspaceRequestPart, Hashable, Sendable {
    case left
    case right

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .left: request.token("LEFT")
      case .right: request.token("RIGHT")
      }
    }
  }
}

/// Options of `LMPOP`.
public enum LMPOP {
  public enum Where: KeyspaceRequestPart, Hashable, Sendable {
    case left
    case right

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .left: request.token("LEFT")
      case .right: request.token("RIGHT")
      }
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Returns the element at an index.
  ///
  /// `LINDEX`, since Redis 1.0.0. Complexity: O(N) in the elements on the way from the nearer end.
  public func lindex(_ key: some KeyspaceBytes, index: Int) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("LINDEX")
    request.add(key)
    request.add(index)
    return try execute(request).asOptionalBytes()
  }

  /// Counts the elements of a list.
  ///
  /// `LLEN`, since Redis 1.0.0. Complexity: O(1).
  public func llen(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("LLEN")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Finds where elements are in a list.
  ///
  /// `LPOS`, since Redis 6.0.6. Complexity: O(N) in the elements looked at.
  public func lpos(_ key: some KeyspaceBytes, element: some KeyspaceBytes, rank: Int? = nil, numMatches: Int? = nil, len: Int? = nil)
    throws(TernError) -> Reply
  {
    var request = KeyspaceRequest("LPOS")
    request.add(key)
    request.add(element)
    if let rank {
      request.token("RANK")
      request.add(rank)
    }
    if let numMatches {
      request.token("COUNT")
      request.add(numMatches)
    }
    if let len {
      request.token("MAXLEN")
      request.add(len)
    }
    return try execute(request)
  }

  /// Returns a part of a list.
  ///
  /// `LRANGE`, since Redis 1.0.0. Complexity: O(S + N): S elements on the way from the nearer end, N returned.
  public func lrange(_ key: some KeyspaceBytes, start: Int, stop: Int) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("LRANGE")
    request.add(key)
    request.add(start)
    request.add(stop)
    return try execute(request).asBytesArray()
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Puts an element before or after another.
  ///
  /// `LINSERT`, since Redis 2.2.0. Complexity: O(N) in the elements up to the one looked for.
  @discardableResult
  public func linsert(_ key: some KeyspaceBytes, `where`: LINSERT.Where, pivot: some KeyspaceBytes, element: some KeyspaceBytes)
    throws(TernError) -> Int
  {
    var request = KeyspaceRequest("LINSERT")
    request.add(key)
    request.add(`where`)
    request.add(pivot)
    request.add(element)
    return try execute(request).asInteger()
  }

  /// Moves an element from an end of a list to an end of another.
  ///
  /// `LMOVE`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func lmove(source: some KeyspaceBytes, destination: some KeyspaceBytes, wherefrom: LMOVE.Wherefrom, whereto: LMOVE.Whereto)
    throws(TernError) -> Bytes?
  {
    var request = KeyspaceRequest("LMOVE")
    request.add(source)
    request.add(destination)
    request.add(wherefrom)
    request.add(whereto)
    return try execute(request).asOptionalBytes()
  }

  /// Takes elements from the first list that has any.
  ///
  /// `LMPOP`, since Redis 7.0.0. Complexity: O(N + M): N keys, M elements returned.
  @discardableResult
  public func lmpop(keys: [some KeyspaceBytes], `where`: LMPOP.Where, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("LMPOP")
    request.add(keys.count)
    request.add(keys)
    request.add(`where`)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return try execute(request)
  }

  /// Takes elements from the head of a list.
  ///
  /// `LPOP`, since Redis 1.0.0. Complexity: O(N) in the elements returned.
  @discardableResult
  public func lpop(_ key: some KeyspaceBytes, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("LPOP")
    request.add(key)
    if let count { request.add(count) }
    return try execute(request)
  }

  /// Puts elements at the head of a list.
  ///
  /// `LPUSH`, since Redis 1.0.0. Complexity: O(N) in the elements given.
  @discardableResult
  public func lpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("LPUSH")
    request.add(key)
    request.add(elements)
    return try execute(request).asInteger()
  }

  /// Puts elements at the head of a list, if it exists.
  ///
  /// `LPUSHX`, since Redis 2.2.0. Complexity: O(N) in the elements given.
  @discardableResult
  public func lpushx(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("LPUSHX")
    request.add(key)
    request.add(elements)
    return try execute(request).asInteger()
  }

  /// Removes the elements that equal a value.
  ///
  /// `LREM`, since Redis 1.0.0. Complexity: O(N) in the elements of the list.
  @discardableResult
  public func lrem(_ key: some KeyspaceBytes, count: Int, element: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("LREM")
    request.add(key)
    request.add(count)
    request.add(element)
    return try execute(request).asInteger()
  }

  /// Replaces the element at an index.
  ///
  /// `LSET`, since Redis 1.0.0. Complexity: O(N) in the elements on the way from the nearer end.
  public func lset(_ key: some KeyspaceBytes, index: Int, element: some KeyspaceBytes) throws(TernError) {
    var request = KeyspaceRequest("LSET")
    request.add(key)
    request.add(index)
    request.add(element)
    _ = try execute(request)
  }

  /// Removes all but a part of a list.
  ///
  /// `LTRIM`, since Redis 1.0.0. Complexity: O(N) in the elements removed.
  public func ltrim(_ key: some KeyspaceBytes, start: Int, stop: Int) throws(TernError) {
    var request = KeyspaceRequest("LTRIM")
    request.add(key)
    request.add(start)
    request.add(stop)
    _ = try execute(request)
  }

  /// Takes elements from the tail of a list.
  ///
  /// `RPOP`, since Redis 1.0.0. Complexity: O(N) in the elements returned.
  @discardableResult
  public func rpop(_ key: some KeyspaceBytes, count: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("RPOP")
    request.add(key)
    if let count { request.add(count) }
    return try execute(request)
  }

  /// Moves the last element of a list to the head of another.
  ///
  /// `RPOPLPUSH`, since Redis 1.2.0. Complexity: O(1).
  /// Deprecated since 6.2.0: `LMOVE` from `RIGHT` to `LEFT`.
  @discardableResult
  public func rpoplpush(source: some KeyspaceBytes, destination: some KeyspaceBytes) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("RPOPLPUSH")
    request.add(source)
    request.add(destination)
    return try execute(request).asOptionalBytes()
  }

  /// Puts elements at the tail of a list.
  ///
  /// `RPUSH`, since Redis 1.0.0. Complexity: O(N) in the elements given.
  @discardableResult
  public func rpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("RPUSH")
    request.add(key)
    request.add(elements)
    return try execute(request).asInteger()
  }

  /// Puts elements at the tail of a list, if it exists.
  ///
  /// `RPUSHX`, since Redis 2.2.0. Complexity: O(N) in the elements given.
  @discardableResult
  public func rpushx(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("RPUSHX")
    request.add(key)
    request.add(elements)
    return try execute(request).asInteger()
  }
}

extension Node {
  /// Moves an element between lists, and waits for one if there is none.
  ///
  /// `BLMOVE`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func blmove(
    source: some KeyspaceBytes, destination: some KeyspaceBytes, wherefrom: BLMOVE.Wherefrom, whereto: BLMOVE.Whereto, timeout: Double
  ) async throws -> Bytes? {
    var request = KeyspaceRequest("BLMOVE")
    request.add(source)
    request.add(destination)
    request.add(wherefrom)
    request.add(whereto)
    request.add(timeout)
    return try await executeWaiting(request).asOptionalBytes()
  }

  /// Takes elements from the first list that has any, and waits if none has.
  ///
  /// `BLMPOP`, since Redis 7.0.0. Complexity: O(N + M): N keys, M elements returned.
  @discardableResult
  public func blmpop(timeout: Double, keys: [some KeyspaceBytes], `where`: BLMPOP.Where, count: Int? = nil) async throws -> Reply {
    var request = KeyspaceRequest("BLMPOP")
    request.add(timeout)
    request.add(keys.count)
    request.add(keys)
    request.add(`where`)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return try await executeWaiting(request)
  }

  /// Takes the first element of the first list that has any, and waits if none has.
  ///
  /// `BLPOP`, since Redis 2.0.0. Complexity: O(N) in the keys.
  @discardableResult
  public func blpop(keys: [some KeyspaceBytes], timeout: Double) async throws -> Reply {
    var request = KeyspaceRequest("BLPOP")
    request.add(keys)
    request.add(timeout)
    return try await executeWaiting(request)
  }

  /// Takes the last element of the first list that has any, and waits if none has.
  ///
  /// `BRPOP`, since Redis 2.0.0. Complexity: O(N) in the keys.
  @discardableResult
  public func brpop(keys: [some KeyspaceBytes], timeout: Double) async throws -> Reply {
    var request = KeyspaceRequest("BRPOP")
    request.add(keys)
    request.add(timeout)
    return try await executeWaiting(request)
  }

  /// Moves the last element of a list to the head of another, and waits for one if there is none.
  ///
  /// `BRPOPLPUSH`, since Redis 2.2.0. Complexity: O(1).
  /// Deprecated since 6.2.0: `BLMOVE` from `RIGHT` to `LEFT`.
  @discardableResult
  public func brpoplpush(source: some KeyspaceBytes, destination: some KeyspaceBytes, timeout: Double) async throws -> Bytes? {
    var request = KeyspaceRequest("BRPOPLPUSH")
    request.add(source)
    request.add(destination)
    request.add(timeout)
    return try await executeWaiting(request).asOptionalBytes()
  }
}
