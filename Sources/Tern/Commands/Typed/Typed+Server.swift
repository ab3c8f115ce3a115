// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

/// Options of `FLUSHALL`.
public enum FLUSHALL {
  public enum Async: KeyspaceRequestPart, Hashable, Sendable {
    case async
    case sync

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .async: request.token("ASYNC")
      case .sync: request.token("SYNC")
      }
    }
  }
}

/// Options of `FLUSHDB`.
public enum FLUSHDB {
  public enum Async: KeyspaceRequestPart, Hashable, Sendable {
    case async
    case sync

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .async: request.token("ASYNC")
      case .sync: request.token("SYNC")
      }
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Counts the keys of the selected database.
  ///
  /// `DBSIZE`, since Redis 1.0.0. Complexity: O(1).
  public func dbsize() throws(TernError) -> Int {
    let request = KeyspaceRequest("DBSIZE")
    return try execute(request).asInteger()
  }

  /// Figures and facts about this server, by section.
  ///
  /// `INFO`, since Redis 1.0.0. Complexity: O(1).
  public func info(sections: [Bytes] = []) throws(TernError) -> Reply {
    var request = KeyspaceRequest("INFO")
    request.add(sections)
    return try execute(request)
  }

  /// Draws a piece of art, and tells the version.
  ///
  /// `LOLWUT`, since Redis 5.0.0. Complexity: O(1).
  public func lolwut(version: Int? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("LOLWUT")
    if let version {
      request.token("VERSION")
      request.add(version)
    }
    return try execute(request)
  }

  /// Estimates the bytes that a key and its value take.
  ///
  /// `MEMORY USAGE`, since Redis 4.0.0. Complexity: O(N) in the samples.
  public func memoryUsage(_ key: some KeyspaceBytes, count: Int? = nil) throws(TernError) -> Int? {
    var request = KeyspaceRequest("MEMORY")
    request.token("USAGE")
    request.add(key)
    if let count {
      request.token("SAMPLES")
      request.add(count)
    }
    return try execute(request).asOptionalInteger()
  }

  /// Answers the time of day.
  ///
  /// `TIME`, since Redis 2.6.0. Complexity: O(1).
  public func time() throws(TernError) -> [Bytes] {
    let request = KeyspaceRequest("TIME")
    return try execute(request).asBytesArray()
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Removes all keys of all databases.
  ///
  /// `FLUSHALL`, since Redis 1.0.0. Complexity: O(1); the memory comes back in steps.
  public func flushall(async: FLUSHALL.Async? = nil) throws(TernError) {
    var request = KeyspaceRequest("FLUSHALL")
    if let async { request.add(async) }
    _ = try execute(request)
  }

  /// Removes all keys of the selected database.
  ///
  /// `FLUSHDB`, since Redis 1.0.0. Complexity: O(1); the memory comes back in steps.
  public func flushdb(async: FLUSHDB.Async? = nil) throws(TernError) {
    var request = KeyspaceRequest("FLUSHDB")
    if let async { request.add(async) }
    _ = try execute(request)
  }

  /// Exchanges two databases.
  ///
  /// `SWAPDB`, since Redis 4.0.0. Complexity: O(N) in the number of watched keys.
  public func swapdb(index1: Int, index2: Int) throws(TernError) {
    var request = KeyspaceRequest("SWAPDB")
    request.add(index1)
    request.add(index2)
    _ = try execute(request)
  }
}
