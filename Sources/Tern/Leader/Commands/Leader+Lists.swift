// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Bytes? {
  /// Returns the element at an index.
  ///
  /// `LINDEX`, since Redis 1.0.0. Complexity: O(N) in the elements on the way from the nearer end.
  public static func lindex(_ key: some KeyspaceBytes, index: Int) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("LINDEX")
    request.add(key)
    request.add(index)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }

  /// Moves an element from an end of a list to an end of another.
  ///
  /// `LMOVE`, since Redis 6.2.0. Complexity: O(1).
  public static func lmove(source: some KeyspaceBytes, destination: some KeyspaceBytes, wherefrom: LMOVE.Wherefrom, whereto: LMOVE.Whereto)
    -> KeyspaceCommand<Bytes?>
  {
    var request = KeyspaceRequest("LMOVE")
    request.add(source)
    request.add(destination)
    request.add(wherefrom)
    request.add(whereto)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }

  /// Moves the last element of a list to the head of another.
  ///
  /// `RPOPLPUSH`, since Redis 1.2.0. Complexity: O(1).
  /// Deprecated since 6.2.0: `LMOVE` from `RIGHT` to `LEFT`.
  public static func rpoplpush(source: some KeyspaceBytes, destination: some KeyspaceBytes) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("RPOPLPUSH")
    request.add(source)
    request.add(destination)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }
}

extension KeyspaceCommand where Value == Int {
  /// Puts an element before or after another.
  ///
  /// `LINSERT`, since Redis 2.2.0. Complexity: O(N) in the elements up to the one looked for.
  public static func linsert(_ key: some KeyspaceBytes, `where`: LINSERT.Where, pivot: some KeyspaceBytes, element: some KeyspaceBytes)
    -> KeyspaceCommand<Int>
  {
    var request = KeyspaceRequest("LINSERT")
    request.add(key)
    request.add(`where`)
    request.add(pivot)
    request.add(element)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the elements of a list.
  ///
  /// `LLEN`, since Redis 1.0.0. Complexity: O(1).
  public static func llen(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("LLEN")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Puts elements at the head of a list.
  ///
  /// `LPUSH`, since Redis 1.0.0. Complexity: O(N) in the elements given.
  public static func lpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("LPUSH")
    request.add(key)
    request.add(elements)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Puts elements at the head of a list, if it exists.
  ///
  /// `LPUSHX`, since Redis 2.2.0. Complexity: O(N) in the elements given.
  public static func lpushx(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("LPUSHX")
    request.add(key)
    request.add(elements)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes the elements that equal a value.
  ///
  /// `LREM`, since Redis 1.0.0. Complexity: O(N) in the elements of the list.
  public static func lrem(_ key: some KeyspaceBytes, count: Int, element: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("LREM")
    request.add(key)
    request.add(count)
    request.add(element)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Puts elements at the tail of a list.
  ///
  /// `RPUSH`, since Redis 1.0.0. Complexity: O(N) in the elements given.
  public static func rpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("RPUSH")
    request.add(key)
    request.add(elements)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Puts elements at the tail of a list, if it exists.
  ///
  /// `RPUSHX`, since Redis 2.2.0. Complexity: O(N) in the elements given.
  public static func rpushx(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("RPUSHX")
    request.add(key)
    request.add(elements)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Takes elements from the first list that has any.
  ///
  /// `LMPOP`, since Redis 7.0.0. Complexity: O(N + M): N keys, M elements returned.
  public static func lmpop(keys: [some KeyspaceBytes], `where`: LMPOP.Where, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("LMPOP")
    request.add(keys.count)
    request.add(keys)
    request.add(`where`)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Takes elements from the head of a list.
  ///
  /// `LPOP`, since Redis 1.0.0. Complexity: O(N) in the elements returned.
  public static func lpop(_ key: some KeyspaceBytes, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("LPOP")
    request.add(key)
    if let count { request.add(count) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Finds where elements are in a list.
  ///
  /// `LPOS`, since Redis 6.0.6. Complexity: O(N) in the elements looked at.
  public static func lpos(_ key: some KeyspaceBytes, element: some KeyspaceBytes, rank: Int? = nil, numMatches: Int? = nil, len: Int? = nil)
    -> KeyspaceCommand<Reply>
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Takes elements from the tail of a list.
  ///
  /// `RPOP`, since Redis 1.0.0. Complexity: O(N) in the elements returned.
  public static func rpop(_ key: some KeyspaceBytes, count: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("RPOP")
    request.add(key)
    if let count { request.add(count) }
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == Void {
  /// Replaces the element at an index.
  ///
  /// `LSET`, since Redis 1.0.0. Complexity: O(N) in the elements on the way from the nearer end.
  public static func lset(_ key: some KeyspaceBytes, index: Int, element: some KeyspaceBytes) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("LSET")
    request.add(key)
    request.add(index)
    request.add(element)
    return KeyspaceCommand(request) { _ in () }
  }

  /// Removes all but a part of a list.
  ///
  /// `LTRIM`, since Redis 1.0.0. Complexity: O(N) in the elements removed.
  public static func ltrim(_ key: some KeyspaceBytes, start: Int, stop: Int) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("LTRIM")
    request.add(key)
    request.add(start)
    request.add(stop)
    return KeyspaceCommand(request) { _ in () }
  }
}

extension KeyspaceCommand where Value == [Bytes] {
  /// Returns a part of a list.
  ///
  /// `LRANGE`, since Redis 1.0.0. Complexity: O(S + N): S elements on the way from the nearer end, N returned.
  public static func lrange(_ key: some KeyspaceBytes, start: Int, stop: Int) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("LRANGE")
    request.add(key)
    request.add(start)
    request.add(stop)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }
}

extension Leader {
  /// Returns the element at an index.
  ///
  /// `LINDEX`, since Redis 1.0.0. Complexity: O(N) in the elements on the way from the nearer end.
  public func lindex(_ key: some KeyspaceBytes, index: Int) async throws -> Bytes? {
    try await run(.lindex(key, index: index))
  }

  /// Puts an element before or after another.
  ///
  /// `LINSERT`, since Redis 2.2.0. Complexity: O(N) in the elements up to the one looked for.
  @discardableResult
  public func linsert(_ key: some KeyspaceBytes, `where`: LINSERT.Where, pivot: some KeyspaceBytes, element: some KeyspaceBytes)
    async throws -> Int
  {
    try await run(.linsert(key, where: `where`, pivot: pivot, element: element))
  }

  /// Counts the elements of a list.
  ///
  /// `LLEN`, since Redis 1.0.0. Complexity: O(1).
  public func llen(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.llen(key))
  }

  /// Moves an element from an end of a list to an end of another.
  ///
  /// `LMOVE`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func lmove(source: some KeyspaceBytes, destination: some KeyspaceBytes, wherefrom: LMOVE.Wherefrom, whereto: LMOVE.Whereto)
    async throws -> Bytes?
  {
    try await run(.lmove(source: source, destination: destination, wherefrom: wherefrom, whereto: whereto))
  }

  /// Takes elements from the first list that has any.
  ///
  /// `LMPOP`, since Redis 7.0.0. Complexity: O(N + M): N keys, M elements returned.
  @discardableResult
  public func lmpop(keys: [some KeyspaceBytes], `where`: LMPOP.Where, count: Int? = nil) async throws -> Reply {
    try await run(.lmpop(keys: keys, where: `where`, count: count))
  }

  /// Takes elements from the head of a list.
  ///
  /// `LPOP`, since Redis 1.0.0. Complexity: O(N) in the elements returned.
  @discardableResult
  public func lpop(_ key: some KeyspaceBytes, count: Int? = nil) async throws -> Reply {
    try await run(.lpop(key, count: count))
  }

  /// Finds where elements are in a list.
  ///
  /// `LPOS`, since Redis 6.0.6. Complexity: O(N) in the elements looked at.
  public func lpos(_ key: some KeyspaceBytes, element: some KeyspaceBytes, rank: Int? = nil, numMatches: Int? = nil, len: Int? = nil)
    async throws -> Reply
  {
    try await run(.lpos(key, element: element, rank: rank, numMatches: numMatches, len: len))
  }

  /// Puts elements at the head of a list.
  ///
  /// `LPUSH`, since Redis 1.0.0. Complexity: O(N) in the elements given.
  @discardableResult
  public func lpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) async throws -> Int {
    try await run(.lpush(key, elements: elements))
  }

  /// Puts elements at the head of a list, if it exists.
  ///
  /// `LPUSHX`, since Redis 2.2.0. Complexity: O(N) in the elements given.
  @discardableResult
  public func lpushx(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) async throws -> Int {
    try await run(.lpushx(key, elements: elements))
  }

  /// Returns a part of a list.
  ///
  /// `LRANGE`, since Redis 1.0.0. Complexity: O(S + N): S elements on the way from the nearer end, N returned.
  public func lrange(_ key: some KeyspaceBytes, start: Int, stop: Int) async throws -> [Bytes] {
    try await run(.lrange(key, start: start, stop: stop))
  }

  /// Removes the elements that equal a value.
  ///
  /// `LREM`, since Redis 1.0.0. Complexity: O(N) in the elements of the list.
  @discardableResult
  public func lrem(_ key: some KeyspaceBytes, count: Int, element: some KeyspaceBytes) async throws -> Int {
    try await run(.lrem(key, count: count, element: element))
  }

  /// Replaces the element at an index.
  ///
  /// `LSET`, since Redis 1.0.0. Complexity: O(N) in the elements on the way from the nearer end.
  public func lset(_ key: some KeyspaceBytes, index: Int, element: some KeyspaceBytes) async throws {
    try await run(.lset(key, index: index, element: element))
  }

  /// Removes all but a part of a list.
  ///
  /// `LTRIM`, since Redis 1.0.0. Complexity: O(N) in the elements removed.
  public func ltrim(_ key: some KeyspaceBytes, start: Int, stop: Int) async throws {
    try await run(.ltrim(key, start: start, stop: stop))
  }

  /// Takes elements from the tail of a list.
  ///
  /// `RPOP`, since Redis 1.0.0. Complexity: O(N) in the elements returned.
  @discardableResult
  public func rpop(_ key: some KeyspaceBytes, count: Int? = nil) async throws -> Reply {
    try await run(.rpop(key, count: count))
  }

  /// Moves the last element of a list to the head of another.
  ///
  /// `RPOPLPUSH`, since Redis 1.2.0. Complexity: O(1).
  /// Deprecated since 6.2.0: `LMOVE` from `RIGHT` to `LEFT`.
  @discardableResult
  public func rpoplpush(source: some KeyspaceBytes, destination: some KeyspaceBytes) async throws -> Bytes? {
    try await run(.rpoplpush(source: source, destination: destination))
  }

  /// Puts elements at the tail of a list.
  ///
  /// `RPUSH`, since Redis 1.0.0. Complexity: O(N) in the elements given.
  @discardableResult
  public func rpush(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) async throws -> Int {
    try await run(.rpush(key, elements: elements))
  }

  /// Puts elements at the tail of a list, if it exists.
  ///
  /// `RPUSHX`, since Redis 2.2.0. Complexity: O(N) in the elements given.
  @discardableResult
  public func rpushx(_ key: some KeyspaceBytes, elements: [some KeyspaceBytes]) async throws -> Int {
    try await run(.rpushx(key, elements: elements))
  }
}
