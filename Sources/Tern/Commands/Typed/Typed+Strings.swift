// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Options of `GETEX`.
public enum GETEX {
  public enum Expiration: KeyspaceRequestPart, Hashable, Sendable {
    case seconds(Int)
    case milliseconds(Int)
    case unixTimeSeconds(Date)
    case unixTimeMilliseconds(Date)
    case persist

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .seconds(let value):
        request.token("EX")
        request.add(value)
      case .milliseconds(let value):
        request.token("PX")
        request.add(value)
      case .unixTimeSeconds(let value):
        request.token("EXAT")
        request.add(value, inMilliseconds: false)
      case .unixTimeMilliseconds(let value):
        request.token("PXAT")
        request.add(value, inMilliseconds: true)
      case .persist: request.token("PERSIST")
      }
    }
  }
}

/// Options of `MSET`.
public enum MSET {
  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var key: Bytes
    public var value: Bytes
    public init(key: some KeyspaceBytes, value: some KeyspaceBytes) {
      self.key = Bytes(key)
      self.value = Bytes(value)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(key)
      request.add(value)
    }
  }
}

/// Options of `MSETNX`.
public enum MSETNX {
  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var key: Bytes
    public var value: Bytes
    public init(key: some KeyspaceBytes, value: some KeyspaceBytes) {
      self.key = Bytes(key)
      self.value = Bytes(value)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(key)
      request.add(value)
    }
  }
}

/// Options of `SET`.
public enum SET {
  public enum Condition: KeyspaceRequestPart, Hashable, Sendable {
    case nx
    case xx

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .nx: request.token("NX")
      case .xx: request.token("XX")
      }
    }
  }

  public enum Expiration: KeyspaceRequestPart, Hashable, Sendable {
    case seconds(Int)
    case milliseconds(Int)
    case unixTimeSeconds(Date)
    case unixTimeMilliseconds(Date)
    case keepttl

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .seconds(let value):
        request.token("EX")
        request.add(value)
      case .milliseconds(let value):
        request.token("PX")
        request.add(value)
      case .unixTimeSeconds(let value):
        request.token("EXAT")
        request.add(value, inMilliseconds: false)
      case .unixTimeMilliseconds(let value):
        request.token("PXAT")
        request.add(value, inMilliseconds: true)
      case .keepttl: request.token("KEEPTTL")
      }
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Returns the string at a key.
  ///
  /// `GET`, since Redis 1.0.0. Complexity: O(1).
  public func get(_ key: some KeyspaceBytes) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("GET")
    request.add(key)
    return try execute(request).asOptionalBytes()
  }

  /// Returns a part of the string at a key.
  ///
  /// `GETRANGE`, since Redis 2.4.0. Complexity: O(N) in the bytes returned.
  public func getrange(_ key: some KeyspaceBytes, start: Int, end: Int) throws(TernError) -> Bytes {
    var request = KeyspaceRequest("GETRANGE")
    request.add(key)
    request.add(start)
    request.add(end)
    return try execute(request).asBytes()
  }

  /// Finds the longest subsequence that two strings share.
  ///
  /// `LCS`, since Redis 7.0.0. Complexity: O(N*M) in the bytes of the two strings.
  public func lcs(
    key1: some KeyspaceBytes, key2: some KeyspaceBytes, len: Bool = false, idx: Bool = false, len2: Int? = nil, withmatchlen: Bool = false
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("LCS")
    request.add(key1)
    request.add(key2)
    if len { request.token("LEN") }
    if idx { request.token("IDX") }
    if let len2 {
      request.token("MINMATCHLEN")
      request.add(len2)
    }
    if withmatchlen { request.token("WITHMATCHLEN") }
    return try execute(request)
  }

  /// Returns the strings at several keys.
  ///
  /// `MGET`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  public func mget(keys: [some KeyspaceBytes]) throws(TernError) -> [Bytes?] {
    var request = KeyspaceRequest("MGET")
    request.add(keys)
    return try execute(request).asOptionalBytesArray()
  }

  /// Returns how many bytes the string at a key has.
  ///
  /// `STRLEN`, since Redis 2.2.0. Complexity: O(1).
  public func strlen(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("STRLEN")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Returns a part of the string at a key.
  ///
  /// `SUBSTR`, since Redis 1.0.0. Complexity: O(N) in the bytes returned.
  /// Deprecated since 2.0.0: `GETRANGE`.
  public func substr(_ key: some KeyspaceBytes, start: Int, end: Int) throws(TernError) -> Bytes {
    var request = KeyspaceRequest("SUBSTR")
    request.add(key)
    request.add(start)
    request.add(end)
    return try execute(request).asBytes()
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Puts bytes behind the string at a key.
  ///
  /// `APPEND`, since Redis 2.0.0. Complexity: O(M) in the bytes appended, amortized.
  @discardableResult
  public func append(_ key: some KeyspaceBytes, value: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("APPEND")
    request.add(key)
    request.add(value)
    return try execute(request).asInteger()
  }

  /// Takes one from the integer at a key.
  ///
  /// `DECR`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func decr(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("DECR")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Takes from the integer at a key.
  ///
  /// `DECRBY`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func decrby(_ key: some KeyspaceBytes, decrement: Int) throws(TernError) -> Int {
    var request = KeyspaceRequest("DECRBY")
    request.add(key)
    request.add(decrement)
    return try execute(request).asInteger()
  }

  /// Returns the string at a key and removes the key.
  ///
  /// `GETDEL`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func getdel(_ key: some KeyspaceBytes) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("GETDEL")
    request.add(key)
    return try execute(request).asOptionalBytes()
  }

  /// Returns the string at a key, and changes or removes its expiry.
  ///
  /// `GETEX`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func getex(_ key: some KeyspaceBytes, expiration: GETEX.Expiration? = nil) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("GETEX")
    request.add(key)
    if let expiration { request.add(expiration) }
    return try execute(request).asOptionalBytes()
  }

  /// Sets a key and returns what it held.
  ///
  /// `GETSET`, since Redis 1.0.0. Complexity: O(1).
  /// Deprecated since 6.2.0: `SET` with `GET`.
  @discardableResult
  public func getset(_ key: some KeyspaceBytes, value: some KeyspaceBytes) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("GETSET")
    request.add(key)
    request.add(value)
    return try execute(request).asOptionalBytes()
  }

  /// Adds one to the integer at a key.
  ///
  /// `INCR`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func incr(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("INCR")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Adds to the integer at a key.
  ///
  /// `INCRBY`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func incrby(_ key: some KeyspaceBytes, increment: Int) throws(TernError) -> Int {
    var request = KeyspaceRequest("INCRBY")
    request.add(key)
    request.add(increment)
    return try execute(request).asInteger()
  }

  /// Adds to the floating-point number at a key.
  ///
  /// `INCRBYFLOAT`, since Redis 2.6.0. Complexity: O(1).
  @discardableResult
  public func incrbyfloat(_ key: some KeyspaceBytes, increment: Double) throws(TernError) -> Bytes {
    var request = KeyspaceRequest("INCRBYFLOAT")
    request.add(key)
    request.add(increment)
    return try execute(request).asBytes()
  }

  /// Sets several keys at once.
  ///
  /// `MSET`, since Redis 1.0.1. Complexity: O(N) in the number of keys.
  public func mset(data: [MSET.Data]) throws(TernError) {
    var request = KeyspaceRequest("MSET")
    request.add(data)
    _ = try execute(request)
  }

  /// Sets several keys at once, if none of them exists.
  ///
  /// `MSETNX`, since Redis 1.0.1. Complexity: O(N) in the number of keys.
  @discardableResult
  public func msetnx(data: [MSETNX.Data]) throws(TernError) -> Int {
    var request = KeyspaceRequest("MSETNX")
    request.add(data)
    return try execute(request).asInteger()
  }

  /// Sets a key to a string that expires after some milliseconds.
  ///
  /// `PSETEX`, since Redis 2.6.0. Complexity: O(1).
  public func psetex(_ key: some KeyspaceBytes, milliseconds: Int, value: some KeyspaceBytes) throws(TernError) {
    var request = KeyspaceRequest("PSETEX")
    request.add(key)
    request.add(milliseconds)
    request.add(value)
    _ = try execute(request)
  }

  /// Sets a key to a string, whatever it held.
  ///
  /// `SET`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func set(
    _ key: some KeyspaceBytes, value: some KeyspaceBytes, condition: SET.Condition? = nil, get: Bool = false,
    expiration: SET.Expiration? = nil
  ) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("SET")
    request.add(key)
    request.add(value)
    if let condition { request.add(condition) }
    if get { request.token("GET") }
    if let expiration { request.add(expiration) }
    return try execute(request).asOptionalBytes()
  }

  /// Sets a key to a string that expires after some seconds.
  ///
  /// `SETEX`, since Redis 2.0.0. Complexity: O(1).
  public func setex(_ key: some KeyspaceBytes, seconds: Int, value: some KeyspaceBytes) throws(TernError) {
    var request = KeyspaceRequest("SETEX")
    request.add(key)
    request.add(seconds)
    request.add(value)
    _ = try execute(request)
  }

  /// Sets a key to a string, if it does not exist.
  ///
  /// `SETNX`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func setnx(_ key: some KeyspaceBytes, value: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("SETNX")
    request.add(key)
    request.add(value)
    return try execute(request).asInteger()
  }

  /// Overwrites a part of the string at a key, padding it with zero bytes.
  ///
  /// `SETRANGE`, since Redis 2.2.0. Complexity: O(M) in the bytes of the value, amortized.
  @discardableResult
  public func setrange(_ key: some KeyspaceBytes, offset: Int, value: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("SETRANGE")
    request.add(key)
    request.add(offset)
    request.add(value)
    return try execute(request).asInteger()
  }
}
