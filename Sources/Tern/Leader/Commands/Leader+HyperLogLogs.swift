// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Int {
  /// Adds elements to a HyperLogLog.
  ///
  /// `PFADD`, since Redis 2.8.9. Complexity: O(1) an element.
  public static func pfadd(_ key: some KeyspaceBytes, elements: [Bytes] = []) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("PFADD")
    request.add(key)
    request.add(elements)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Estimates how many different elements HyperLogLogs have seen.
  ///
  /// `PFCOUNT`, since Redis 2.8.9. Complexity: O(1) for one key; O(N) in the keys, at a higher constant cost.
  public static func pfcount(keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("PFCOUNT")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Void {
  /// Joins HyperLogLogs into one.
  ///
  /// `PFMERGE`, since Redis 2.8.9. Complexity: O(N) in the keys, at a high constant cost.
  public static func pfmerge(destkey: some KeyspaceBytes, sourcekeys: [some KeyspaceBytes]) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("PFMERGE")
    request.add(destkey)
    request.add(sourcekeys)
    return KeyspaceCommand(request) { _ in () }
  }
}

extension Leader {
  /// Adds elements to a HyperLogLog.
  ///
  /// `PFADD`, since Redis 2.8.9. Complexity: O(1) an element.
  @discardableResult
  public func pfadd(_ key: some KeyspaceBytes, elements: [Bytes] = []) async throws -> Int {
    try await run(.pfadd(key, elements: elements))
  }

  /// Estimates how many different elements HyperLogLogs have seen.
  ///
  /// `PFCOUNT`, since Redis 2.8.9. Complexity: O(1) for one key; O(N) in the keys, at a higher constant cost.
  public func pfcount(keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.pfcount(keys: keys))
  }

  /// Joins HyperLogLogs into one.
  ///
  /// `PFMERGE`, since Redis 2.8.9. Complexity: O(N) in the keys, at a high constant cost.
  public func pfmerge(destkey: some KeyspaceBytes, sourcekeys: [some KeyspaceBytes]) async throws {
    try await run(.pfmerge(destkey: destkey, sourcekeys: sourcekeys))
  }
}
