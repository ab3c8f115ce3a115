// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Options of `HEXPIRE`.
public enum HEXPIRE {
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

  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HEXPIREAT`.
public enum HEXPIREAT {
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

  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HEXPIRETIME`.
public enum HEXPIRETIME {
  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HGETDEL`.
public enum HGETDEL {
  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HGETEX`.
public enum HGETEX {
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

  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HMSET`.
public enum HMSET {
  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var field: Bytes
    public var value: Bytes
    public init(field: some KeyspaceBytes, value: some KeyspaceBytes) {
      self.field = Bytes(field)
      self.value = Bytes(value)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(field)
      request.add(value)
    }
  }
}

/// Options of `HPERSIST`.
public enum HPERSIST {
  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HPEXPIRE`.
public enum HPEXPIRE {
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

  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HPEXPIREAT`.
public enum HPEXPIREAT {
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

  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HPEXPIRETIME`.
public enum HPEXPIRETIME {
  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HPTTL`.
public enum HPTTL {
  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

/// Options of `HRANDFIELD`.
public enum HRANDFIELD {
  public struct Options: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int
    public var withvalues: Bool
    public init(count: Int, withvalues: Bool = false) {
      self.count = count
      self.withvalues = withvalues
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(count)
      if withvalues { request.token("WITHVALUES") }
    }
  }
}

/// Options of `HSET`.
public enum HSET {
  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var field: Bytes
    public var value: Bytes
    public init(field: some KeyspaceBytes, value: some KeyspaceBytes) {
      self.field = Bytes(field)
      self.value = Bytes(value)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(field)
      request.add(value)
    }
  }
}

/// Options of `HSETEX`.
public enum HSETEX {
  public enum Condition: KeyspaceRequestPart, Hashable, Sendable {
    case fnx
    case fxx

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .fnx: request.token("FNX")
      case .fxx: request.token("FXX")
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

  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var field: Bytes
    public var value: Bytes
    public init(field: some KeyspaceBytes, value: some KeyspaceBytes) {
      self.field = Bytes(field)
      self.value = Bytes(value)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(field)
      request.add(value)
    }
  }

  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var data: [Data]
    public init(data: [Data]) {
      self.data = data
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(data.count)
      request.add(data)
    }
  }
}

/// Options of `HTTL`.
public enum HTTL {
  public struct Fields: KeyspaceRequestPart, Hashable, Sendable {
    public var fields: [Bytes]
    public init(fields: [some KeyspaceBytes]) {
      self.fields = fields.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(fields.count)
      request.add(fields)
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Tells whether a hash has a field.
  ///
  /// `HEXISTS`, since Redis 2.0.0. Complexity: O(1).
  public func hexists(_ key: some KeyspaceBytes, field: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("HEXISTS")
    request.add(key)
    request.add(field)
    return try execute(request).asInteger()
  }

  /// Returns when fields of a hash expire, in seconds.
  ///
  /// `HEXPIRETIME`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public func hexpiretime(_ key: some KeyspaceBytes, fields: HEXPIRETIME.Fields) throws(TernError) -> [Int] {
    var request = KeyspaceRequest("HEXPIRETIME")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Returns the value of a field.
  ///
  /// `HGET`, since Redis 2.0.0. Complexity: O(1).
  public func hget(_ key: some KeyspaceBytes, field: some KeyspaceBytes) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("HGET")
    request.add(key)
    request.add(field)
    return try execute(request).asOptionalBytes()
  }

  /// Returns all fields of a hash with their values.
  ///
  /// `HGETALL`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public func hgetall(_ key: some KeyspaceBytes) throws(TernError) -> [Bytes: Bytes] {
    var request = KeyspaceRequest("HGETALL")
    request.add(key)
    return try execute(request).asDictionary()
  }

  /// Returns the names of all fields of a hash.
  ///
  /// `HKEYS`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public func hkeys(_ key: some KeyspaceBytes) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("HKEYS")
    request.add(key)
    return try execute(request).asBytesArray()
  }

  /// Counts the fields of a hash.
  ///
  /// `HLEN`, since Redis 2.0.0. Complexity: O(1).
  public func hlen(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("HLEN")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Returns the values of several fields.
  ///
  /// `HMGET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  public func hmget(_ key: some KeyspaceBytes, fields: [some KeyspaceBytes]) throws(TernError) -> [Bytes?] {
    var request = KeyspaceRequest("HMGET")
    request.add(key)
    request.add(fields)
    return try execute(request).asOptionalBytesArray()
  }

  /// Returns when fields of a hash expire, in milliseconds.
  ///
  /// `HPEXPIRETIME`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public func hpexpiretime(_ key: some KeyspaceBytes, fields: HPEXPIRETIME.Fields) throws(TernError) -> [Int] {
    var request = KeyspaceRequest("HPEXPIRETIME")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Returns the milliseconds until fields of a hash expire.
  ///
  /// `HPTTL`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public func hpttl(_ key: some KeyspaceBytes, fields: HPTTL.Fields) throws(TernError) -> [Int] {
    var request = KeyspaceRequest("HPTTL")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Returns fields of a hash by chance.
  ///
  /// `HRANDFIELD`, since Redis 6.2.0. Complexity: O(N) in the fields returned.
  public func hrandfield(_ key: some KeyspaceBytes, options: HRANDFIELD.Options? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("HRANDFIELD")
    request.add(key)
    if let options { request.add(options) }
    return try execute(request)
  }

  /// Walks over the fields of a hash in steps.
  ///
  /// `HSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all fields.
  public func hscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil, novalues: Bool = false)
    throws(TernError) -> Reply
  {
    var request = KeyspaceRequest("HSCAN")
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
    if novalues { request.token("NOVALUES") }
    return try execute(request)
  }

  /// Returns how many bytes the value of a field has.
  ///
  /// `HSTRLEN`, since Redis 3.2.0. Complexity: O(1).
  public func hstrlen(_ key: some KeyspaceBytes, field: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("HSTRLEN")
    request.add(key)
    request.add(field)
    return try execute(request).asInteger()
  }

  /// Returns the seconds until fields of a hash expire.
  ///
  /// `HTTL`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public func httl(_ key: some KeyspaceBytes, fields: HTTL.Fields) throws(TernError) -> [Int] {
    var request = KeyspaceRequest("HTTL")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Returns the values of all fields of a hash.
  ///
  /// `HVALS`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public func hvals(_ key: some KeyspaceBytes) throws(TernError) -> [Bytes] {
    var request = KeyspaceRequest("HVALS")
    request.add(key)
    return try execute(request).asBytesArray()
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Removes fields of a hash.
  ///
  /// `HDEL`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hdel(_ key: some KeyspaceBytes, fields: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("HDEL")
    request.add(key)
    request.add(fields)
    return try execute(request).asInteger()
  }

  /// Lets fields of a hash expire after some seconds.
  ///
  /// `HEXPIRE`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hexpire(_ key: some KeyspaceBytes, seconds: Int, condition: HEXPIRE.Condition? = nil, fields: HEXPIRE.Fields)
    throws(TernError) -> [Int]
  {
    var request = KeyspaceRequest("HEXPIRE")
    request.add(key)
    request.add(seconds)
    if let condition { request.add(condition) }
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Lets fields of a hash expire at a time in seconds.
  ///
  /// `HEXPIREAT`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hexpireat(_ key: some KeyspaceBytes, unixTimeSeconds: Date, condition: HEXPIREAT.Condition? = nil, fields: HEXPIREAT.Fields)
    throws(TernError) -> [Int]
  {
    var request = KeyspaceRequest("HEXPIREAT")
    request.add(key)
    request.add(unixTimeSeconds, inMilliseconds: false)
    if let condition { request.add(condition) }
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Returns the values of fields and removes them.
  ///
  /// `HGETDEL`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hgetdel(_ key: some KeyspaceBytes, fields: HGETDEL.Fields) throws(TernError) -> Reply {
    var request = KeyspaceRequest("HGETDEL")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return try execute(request)
  }

  /// Returns the values of fields, and lets them expire or not.
  ///
  /// `HGETEX`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hgetex(_ key: some KeyspaceBytes, expiration: HGETEX.Expiration? = nil, fields: HGETEX.Fields) throws(TernError) -> Reply {
    var request = KeyspaceRequest("HGETEX")
    request.add(key)
    if let expiration { request.add(expiration) }
    request.token("FIELDS")
    request.add(fields)
    return try execute(request)
  }

  /// Adds to the integer in a field.
  ///
  /// `HINCRBY`, since Redis 2.0.0. Complexity: O(1).
  @discardableResult
  public func hincrby(_ key: some KeyspaceBytes, field: some KeyspaceBytes, increment: Int) throws(TernError) -> Int {
    var request = KeyspaceRequest("HINCRBY")
    request.add(key)
    request.add(field)
    request.add(increment)
    return try execute(request).asInteger()
  }

  /// Adds to the floating-point number in a field.
  ///
  /// `HINCRBYFLOAT`, since Redis 2.6.0. Complexity: O(1).
  @discardableResult
  public func hincrbyfloat(_ key: some KeyspaceBytes, field: some KeyspaceBytes, increment: Double) throws(TernError) -> Bytes {
    var request = KeyspaceRequest("HINCRBYFLOAT")
    request.add(key)
    request.add(field)
    request.add(increment)
    return try execute(request).asBytes()
  }

  /// Sets several fields of a hash.
  ///
  /// `HMSET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  /// Deprecated since 4.0.0: `HSET` with several fields.
  public func hmset(_ key: some KeyspaceBytes, data: [HMSET.Data]) throws(TernError) {
    var request = KeyspaceRequest("HMSET")
    request.add(key)
    request.add(data)
    _ = try execute(request)
  }

  /// Removes the expiry of fields of a hash.
  ///
  /// `HPERSIST`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hpersist(_ key: some KeyspaceBytes, fields: HPERSIST.Fields) throws(TernError) -> [Int] {
    var request = KeyspaceRequest("HPERSIST")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Lets fields of a hash expire after some milliseconds.
  ///
  /// `HPEXPIRE`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hpexpire(_ key: some KeyspaceBytes, milliseconds: Int, condition: HPEXPIRE.Condition? = nil, fields: HPEXPIRE.Fields)
    throws(TernError) -> [Int]
  {
    var request = KeyspaceRequest("HPEXPIRE")
    request.add(key)
    request.add(milliseconds)
    if let condition { request.add(condition) }
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Lets fields of a hash expire at a time in milliseconds.
  ///
  /// `HPEXPIREAT`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hpexpireat(
    _ key: some KeyspaceBytes, unixTimeMilliseconds: Date, condition: HPEXPIREAT.Condition? = nil, fields: HPEXPIREAT.Fields
  ) throws(TernError) -> [Int] {
    var request = KeyspaceRequest("HPEXPIREAT")
    request.add(key)
    request.add(unixTimeMilliseconds, inMilliseconds: true)
    if let condition { request.add(condition) }
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asIntegerArray()
  }

  /// Sets fields of a hash.
  ///
  /// `HSET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hset(_ key: some KeyspaceBytes, data: [HSET.Data]) throws(TernError) -> Int {
    var request = KeyspaceRequest("HSET")
    request.add(key)
    request.add(data)
    return try execute(request).asInteger()
  }

  /// Sets fields of a hash, and when they expire.
  ///
  /// `HSETEX`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hsetex(
    _ key: some KeyspaceBytes, condition: HSETEX.Condition? = nil, expiration: HSETEX.Expiration? = nil, fields: HSETEX.Fields
  ) throws(TernError) -> Int {
    var request = KeyspaceRequest("HSETEX")
    request.add(key)
    if let condition { request.add(condition) }
    if let expiration { request.add(expiration) }
    request.token("FIELDS")
    request.add(fields)
    return try execute(request).asInteger()
  }

  /// Sets a field of a hash, if it does not exist.
  ///
  /// `HSETNX`, since Redis 2.0.0. Complexity: O(1).
  @discardableResult
  public func hsetnx(_ key: some KeyspaceBytes, field: some KeyspaceBytes, value: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("HSETNX")
    request.add(key)
    request.add(field)
    request.add(value)
    return try execute(request).asInteger()
  }
}
