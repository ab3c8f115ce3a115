// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Options of `EXPIRE`.
public enum EXPIRE {
  public enum Condition: KeyspaceRequestPart, Hashable, Sendable {
    case nx
    case xx
    case gt
    case lt

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .nx: request.token("NX")
      case .xx: request.token("XX")
      case .gt: request.token("GT")
      case .lt: request.token("LT")
      }
    }
  }
}

/// Options of `EXPIREAT`.
public enum EXPIREAT {
  public enum Condition: KeyspaceRequestPart, Hashable, Sendable {
    case nx
    case xx
    case gt
    case lt

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .nx: request.token("NX")
      case .xx: request.token("XX")
      case .gt: request.token("GT")
      case .lt: request.token("LT")
      }
    }
  }
}

/// Options of `PEXPIRE`.
public enum PEXPIRE {
  public enum Condition: KeyspaceRequestPart, Hashable, Sendable {
    case nx
    case xx
    case gt
    case lt

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .nx: request.token("NX")
      case .xx: request.token("XX")
      case .gt: request.token("GT")
      case .lt: request.token("LT")
      }
    }
  }
}

/// Options of `PEXPIREAT`.
public enum PEXPIREAT {
  public enum Condition: KeyspaceRequestPart, Hashable, Sendable {
    case nx
    case xx
    case gt
    case lt

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .nx: request.token("NX")
      case .xx: request.token("XX")
      case .gt: request.token("GT")
      case .lt: request.token("LT")
      }
    }
  }
}

/// Options of `SORT`.
public enum SORT {
  public struct OffsetCount: KeyspaceRequestPart, Hashable, Sendable {
    public var offset: Int
    public var count: Int
    public init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(offset)
      request.add(count)
    }
  }

  public enum Order: KeyspaceRequestPart, Hashable, Sendable {
    case asc
    case desc

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .asc: request.token("ASC")
      case .desc: request.token("DESC")
      }
    }
  }
}

/// Options of `SORT_RO`.
public enum SORT_RO {
  public struct OffsetCount: KeyspaceRequestPart, Hashable, Sendable {
    public var offset: Int
    public var count: Int
    public init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(offset)
      request.add(count)
    }
  }

  public enum Order: KeyspaceRequestPart, Hashable, Sendable {
    case asc
    case desc

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .asc: request.token("ASC")
      case .desc: request.token("DESC")
      }
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Returns the value at a key in serialized form.
  ///
  /// `DUMP`, since Redis 2.6.0. Complexity: O(N) in the size of the value.
  public func dump(_ key: some KeyspaceBytes) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("DUMP")
    request.add(key)
    return try execute(request).asOptionalBytes()
  }

  /// Counts how many of the given keys exist.
  ///
  /// `EXISTS`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  public func exists(keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("EXISTS")
    request.add(keys)
    return try execute(request).asInteger()
  }

  /// Returns when a key expires, in seconds.
  ///
  /// `EXPIRETIME`, since Redis 7.0.0. Complexity: O(1).
  public func expiretime(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("EXPIRETIME")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Lists the keys that match a pattern.
  ///
  /// `KEYS`, since Redis 1.0.0. Complexity: O(N) in the number of keys in the database.
  public func keys(pattern: some KeyspaceBytes) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("KEYS")
    request.add(pattern)
    return try execute(request).asBytesArray()
  }

  /// Names the encoding of a value.
  ///
  /// `OBJECT ENCODING`, since Redis 2.2.3. Complexity: O(1).
  public func objectEncoding(_ key: some KeyspaceBytes) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("OBJECT")
    request.token("ENCODING")
    request.add(key)
    return try execute(request).asOptionalBytes()
  }

  /// Returns how often a value is used.
  ///
  /// `OBJECT FREQ`, since Redis 4.0.0. Complexity: O(1).
  public func objectFreq(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("OBJECT")
    request.token("FREQ")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Returns the seconds since a value was last used.
  ///
  /// `OBJECT IDLETIME`, since Redis 2.2.3. Complexity: O(1).
  public func objectIdletime(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("OBJECT")
    request.token("IDLETIME")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Returns the number of references to a value.
  ///
  /// `OBJECT REFCOUNT`, since Redis 2.2.3. Complexity: O(1).
  public func objectRefcount(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("OBJECT")
    request.token("REFCOUNT")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Returns when a key expires, in milliseconds.
  ///
  /// `PEXPIRETIME`, since Redis 7.0.0. Complexity: O(1).
  public func pexpiretime(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("PEXPIRETIME")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Returns the milliseconds until a key expires.
  ///
  /// `PTTL`, since Redis 2.6.0. Complexity: O(1).
  public func pttl(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("PTTL")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Returns some key.
  ///
  /// `RANDOMKEY`, since Redis 1.0.0. Complexity: O(1).
  public func randomkey() throws(TernError) -> Bytes? {
    let request = KeyspaceRequest("RANDOMKEY")
    return try execute(request).asOptionalBytes()
  }

  /// Walks over the keys in steps.
  ///
  /// `SCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all keys.
  public func scan(cursor: Int, pattern: Bytes? = nil, count: Int? = nil, type: Bytes? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("SCAN")
    request.add(cursor)
    if let pattern {
      request.token("MATCH")
      request.add(pattern)
    }
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    if let type {
      request.token("TYPE")
      request.add(type)
    }
    return try execute(request)
  }

  /// Sorts the elements of a list, set or sorted set.
  ///
  /// `SORT_RO`, since Redis 7.0.0. Complexity: O(N + M log M): N elements, M of them returned; O(N) unsorted.
  public func sortRo(
    _ key: some KeyspaceBytes, pattern: Bytes? = nil, offsetCount: SORT_RO.OffsetCount? = nil, patterns: [Bytes] = [],
    order: SORT_RO.Order? = nil, sorting: Bool = false
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("SORT_RO")
    request.add(key)
    if let pattern {
      request.token("BY")
      request.add(pattern)
    }
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    for one in patterns {
      request.token("GET")
      request.add(one)
    }
    if let order { request.add(order) }
    if sorting { request.token("ALPHA") }
    return try execute(request)
  }

  /// Counts how many of the given keys exist, and marks them as used.
  ///
  /// `TOUCH`, since Redis 3.2.1. Complexity: O(N) in the number of keys.
  public func touch(keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("TOUCH")
    request.add(keys)
    return try execute(request).asInteger()
  }

  /// Returns the seconds until a key expires.
  ///
  /// `TTL`, since Redis 1.0.0. Complexity: O(1).
  public func ttl(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("TTL")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Names the type of the value at a key.
  ///
  /// `TYPE`, since Redis 1.0.0. Complexity: O(1).
  public func type(_ key: some KeyspaceBytes) throws(TernError) -> Bytes {
    var request = KeyspaceRequest("TYPE")
    request.add(key)
    return try execute(request).asBytes()
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Copies the value at a key to another key.
  ///
  /// `COPY`, since Redis 6.2.0. Complexity: O(N) in the size of the value.
  @discardableResult
  public func copy(source: some KeyspaceBytes, destination: some KeyspaceBytes, destinationDb: Int? = nil, replace: Bool = false)
    throws(TernError) -> Int
  {
    var request = KeyspaceRequest("COPY")
    request.add(source)
    request.add(destination)
    if let destinationDb {
      request.token("DB")
      request.add(destinationDb)
    }
    if replace { request.token("REPLACE") }
    return try execute(request).asInteger()
  }

  /// Removes keys.
  ///
  /// `DEL`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  @discardableResult
  public func del(keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("DEL")
    request.add(keys)
    return try execute(request).asInteger()
  }

  /// Lets a key expire after some seconds.
  ///
  /// `EXPIRE`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func expire(_ key: some KeyspaceBytes, seconds: Int, condition: EXPIRE.Condition? = nil) throws(TernError) -> Int {
    var request = KeyspaceRequest("EXPIRE")
    request.add(key)
    request.add(seconds)
    if let condition { request.add(condition) }
    return try execute(request).asInteger()
  }

  /// Lets a key expire at a time in seconds.
  ///
  /// `EXPIREAT`, since Redis 1.2.0. Complexity: O(1).
  @discardableResult
  public func expireat(_ key: some KeyspaceBytes, unixTimeSeconds: Date, condition: EXPIREAT.Condition? = nil) throws(TernError) -> Int {
    var request = KeyspaceRequest("EXPIREAT")
    request.add(key)
    request.add(unixTimeSeconds, inMilliseconds: false)
    if let condition { request.add(condition) }
    return try execute(request).asInteger()
  }

  /// Moves a key to another database.
  ///
  /// `MOVE`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func move(_ key: some KeyspaceBytes, db: Int) throws(TernError) -> Int {
    var request = KeyspaceRequest("MOVE")
    request.add(key)
    request.add(db)
    return try execute(request).asInteger()
  }

  /// Removes the expiry of a key.
  ///
  /// `PERSIST`, since Redis 2.2.0. Complexity: O(1).
  @discardableResult
  public func persist(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("PERSIST")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Lets a key expire after some milliseconds.
  ///
  /// `PEXPIRE`, since Redis 2.6.0. Complexity: O(1).
  @discardableResult
  public func pexpire(_ key: some KeyspaceBytes, milliseconds: Int, condition: PEXPIRE.Condition? = nil) throws(TernError) -> Int {
    var request = KeyspaceRequest("PEXPIRE")
    request.add(key)
    request.add(milliseconds)
    if let condition { request.add(condition) }
    return try execute(request).asInteger()
  }

  /// Lets a key expire at a time in milliseconds.
  ///
  /// `PEXPIREAT`, since Redis 2.6.0. Complexity: O(1).
  @discardableResult
  public func pexpireat(_ key: some KeyspaceBytes, unixTimeMilliseconds: Date, condition: PEXPIREAT.Condition? = nil) throws(TernError)
    -> Int
  {
    var request = KeyspaceRequest("PEXPIREAT")
    request.add(key)
    request.add(unixTimeMilliseconds, inMilliseconds: true)
    if let condition { request.add(condition) }
    return try execute(request).asInteger()
  }

  /// Gives a key another name, over whatever has it.
  ///
  /// `RENAME`, since Redis 1.0.0. Complexity: O(1).
  public func rename(_ key: some KeyspaceBytes, newkey: some KeyspaceBytes) throws(TernError) {
    var request = KeyspaceRequest("RENAME")
    request.add(key)
    request.add(newkey)
    _ = try execute(request)
  }

  /// Gives a key another name, if that is free.
  ///
  /// `RENAMENX`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func renamenx(_ key: some KeyspaceBytes, newkey: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("RENAMENX")
    request.add(key)
    request.add(newkey)
    return try execute(request).asInteger()
  }

  /// Makes a key from a serialized value.
  ///
  /// `RESTORE`, since Redis 2.6.0. Complexity: O(N) in the size of the value; O(N log N) for a sorted set.
  public func restore(
    _ key: some KeyspaceBytes, ttl: Int, serializedValue: some KeyspaceBytes, replace: Bool = false, absttl: Bool = false,
    seconds: Int? = nil, frequency: Int? = nil
  ) throws(TernError) {
    var request = KeyspaceRequest("RESTORE")
    request.add(key)
    request.add(ttl)
    request.add(serializedValue)
    if replace { request.token("REPLACE") }
    if absttl { request.token("ABSTTL") }
    if let seconds {
      request.token("IDLETIME")
      request.add(seconds)
    }
    if let frequency {
      request.token("FREQ")
      request.add(frequency)
    }
    _ = try execute(request)
  }

  /// Sorts the elements of a list, set or sorted set, and may keep the result.
  ///
  /// `SORT`, since Redis 1.0.0. Complexity: O(N + M log M): N elements, M of them returned; O(N) unsorted.
  @discardableResult
  public func sort(
    _ key: some KeyspaceBytes, pattern: Bytes? = nil, offsetCount: SORT.OffsetCount? = nil, patterns: [Bytes] = [],
    order: SORT.Order? = nil, sorting: Bool = false, destination: Bytes? = nil
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("SORT")
    request.add(key)
    if let pattern {
      request.token("BY")
      request.add(pattern)
    }
    if let offsetCount {
      request.token("LIMIT")
      request.add(offsetCount)
    }
    for one in patterns {
      request.token("GET")
      request.add(one)
    }
    if let order { request.add(order) }
    if sorting { request.token("ALPHA") }
    if let destination {
      request.token("STORE")
      request.add(destination)
    }
    return try execute(request)
  }

  /// Removes keys, and frees large values later.
  ///
  /// `UNLINK`, since Redis 4.0.0. Complexity: O(N) in the number of keys.
  @discardableResult
  public func unlink(keys: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("UNLINK")
    request.add(keys)
    return try execute(request).asInteger()
  }
}
