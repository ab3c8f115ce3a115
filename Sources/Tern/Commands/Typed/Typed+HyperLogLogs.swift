// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceReading where Self: ~Copyable {
  /// Estimates how many different elements HyperLogLogs have seen.
  ///
  /// `PFCOUNT`, since Redis 2.8.9. Complexity: O(1) for one key; O(N) in the keys, at a higher constant cost.
  public func pfcount(keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("PFCOUNT")
    request.add(keys)
    return try execute(request).asInteger()
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Adds elements to a HyperLogLog.
  ///
  /// `PFADD`, since Redis 2.8.9. Complexity: O(1) an element.
  @discardableResult
  public func pfadd(_ key: some KeyspaceBytes, elements: [Bytes] = []) throws(TernError) -> Int {
    var request = KeyspaceRequest("PFADD")
    request.add(key)
    request.add(elements)
    return try execute(request).asInteger()
  }

  /// Joins HyperLogLogs into one.
  ///
  /// `PFMERGE`, since Redis 2.8.9. Complexity: O(N) in the keys, at a high constant cost.
  public func pfmerge(destkey: some KeyspaceBytes, sourcekeys: [some KeyspaceBytes]) throws(TernError) {
    var request = KeyspaceRequest("PFMERGE")
    request.add(destkey)
    request.add(sourcekeys)
    _ = try execute(request)
  }
}
