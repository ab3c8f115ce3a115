// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Int {
  /// Counts the keys of the selected database.
  ///
  /// `DBSIZE`, since Redis 1.0.0. Complexity: O(1).
  public static func dbsize() -> KeyspaceCommand<Int> {
    let request = KeyspaceRequest("DBSIZE")
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Int? {
  /// Estimates the bytes that a key and its value take.
  ///
  /// `MEMORY USAGE`, since Redis 4.0.0. Complexity: O(N) in the samples.
  public static func memoryUsage(_ key: some KeyspaceBytes, count: Int? = nil) -> KeyspaceCommand<Int?> {
    var request = KeyspaceRequest("MEMORY")
    request.token("USAGE")
    request.add(key)
    if let count {
      request.token("SAMPLES")
      request.add(count)
    }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Figures and facts about this server, by section.
  ///
  /// `INFO`, since Redis 1.0.0. Complexity: O(1).
  public static func info(sections: [Bytes] = []) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("INFO")
    request.add(sections)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Draws a piece of art, and tells the version.
  ///
  /// `LOLWUT`, since Redis 5.0.0. Complexity: O(1).
  public static func lolwut(version: Int? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("LOLWUT")
    if let version {
      request.token("VERSION")
      request.add(version)
    }
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == Void {
  /// Removes all keys of all databases.
  ///
  /// `FLUSHALL`, since Redis 1.0.0. Complexity: O(1); the memory comes back in steps.
  public static func flushall(async: FLUSHALL.Async? = nil) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("FLUSHALL")
    if let async { request.add(async) }
    return KeyspaceCommand(request) { _ in () }
  }

  /// Removes all keys of the selected database.
  ///
  /// `FLUSHDB`, since Redis 1.0.0. Complexity: O(1); the memory comes back in steps.
  public static func flushdb(async: FLUSHDB.Async? = nil) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("FLUSHDB")
    if let async { request.add(async) }
    return KeyspaceCommand(request) { _ in () }
  }

  /// Exchanges two databases.
  ///
  /// `SWAPDB`, since Redis 4.0.0. Complexity: O(N) in the number of watched keys.
  public static func swapdb(index1: Int, index2: Int) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("SWAPDB")
    request.add(index1)
    request.add(index2)
    return KeyspaceCommand(request) { _ in () }
  }
}

extension KeyspaceCommand where Value == [Bytes] {
  /// Answers the time of day.
  ///
  /// `TIME`, since Redis 2.6.0. Complexity: O(1).
  public static func time() -> KeyspaceCommand<[Bytes]> {
    let request = KeyspaceRequest("TIME")
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }
}

extension Leader {
  /// Counts the keys of the selected database.
  ///
  /// `DBSIZE`, since Redis 1.0.0. Complexity: O(1).
  public func dbsize() async throws -> Int {
    try await run(.dbsize())
  }

  /// Removes all keys of all databases.
  ///
  /// `FLUSHALL`, since Redis 1.0.0. Complexity: O(1); the memory comes back in steps.
  public func flushall(async: FLUSHALL.Async? = nil) async throws {
    try await run(.flushall(async: async))
  }

  /// Removes all keys of the selected database.
  ///
  /// `FLUSHDB`, since Redis 1.0.0. Complexity: O(1); the memory comes back in steps.
  public func flushdb(async: FLUSHDB.Async? = nil) async throws {
    try await run(.flushdb(async: async))
  }

  /// Figures and facts about this server, by section.
  ///
  /// `INFO`, since Redis 1.0.0. Complexity: O(1).
  public func info(sections: [Bytes] = []) async throws -> Reply {
    try await run(.info(sections: sections))
  }

  /// Draws a piece of art, and tells the version.
  ///
  /// `LOLWUT`, since Redis 5.0.0. Complexity: O(1).
  public func lolwut(version: Int? = nil) async throws -> Reply {
    try await run(.lolwut(version: version))
  }

  /// Estimates the bytes that a key and its value take.
  ///
  /// `MEMORY USAGE`, since Redis 4.0.0. Complexity: O(N) in the samples.
  public func memoryUsage(_ key: some KeyspaceBytes, count: Int? = nil) async throws -> Int? {
    try await run(.memoryUsage(key, count: count))
  }

  /// Exchanges two databases.
  ///
  /// `SWAPDB`, since Redis 4.0.0. Complexity: O(N) in the number of watched keys.
  public func swapdb(index1: Int, index2: Int) async throws {
    try await run(.swapdb(index1: index1, index2: index2))
  }

  /// Answers the time of day.
  ///
  /// `TIME`, since Redis 2.6.0. Complexity: O(1).
  public func time() async throws -> [Bytes] {
    try await run(.time())
  }
}
