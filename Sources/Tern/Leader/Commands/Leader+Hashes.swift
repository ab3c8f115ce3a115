// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension KeyspaceCommand where Value == Bytes {
  /// Adds to the floating-point number in a field.
  ///
  /// `HINCRBYFLOAT`, since Redis 2.6.0. Complexity: O(1).
  public static func hincrbyfloat(_ key: some KeyspaceBytes, field: some KeyspaceBytes, increment: Double) -> KeyspaceCommand<Bytes> {
    var request = KeyspaceRequest("HINCRBYFLOAT")
    request.add(key)
    request.add(field)
    request.add(increment)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytes() }
  }
}

extension KeyspaceCommand where Value == Bytes? {
  /// Returns the value of a field.
  ///
  /// `HGET`, since Redis 2.0.0. Complexity: O(1).
  public static func hget(_ key: some KeyspaceBytes, field: some KeyspaceBytes) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("HGET")
    request.add(key)
    request.add(field)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }
}

extension KeyspaceCommand where Value == Int {
  /// Removes fields of a hash.
  ///
  /// `HDEL`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  public static func hdel(_ key: some KeyspaceBytes, fields: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("HDEL")
    request.add(key)
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Tells whether a hash has a field.
  ///
  /// `HEXISTS`, since Redis 2.0.0. Complexity: O(1).
  public static func hexists(_ key: some KeyspaceBytes, field: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("HEXISTS")
    request.add(key)
    request.add(field)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Adds to the integer in a field.
  ///
  /// `HINCRBY`, since Redis 2.0.0. Complexity: O(1).
  public static func hincrby(_ key: some KeyspaceBytes, field: some KeyspaceBytes, increment: Int) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("HINCRBY")
    request.add(key)
    request.add(field)
    request.add(increment)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the fields of a hash.
  ///
  /// `HLEN`, since Redis 2.0.0. Complexity: O(1).
  public static func hlen(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("HLEN")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Sets fields of a hash.
  ///
  /// `HSET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  public static func hset(_ key: some KeyspaceBytes, data: [HSET.Data]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("HSET")
    request.add(key)
    request.add(data)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Sets fields of a hash, and when they expire.
  ///
  /// `HSETEX`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  public static func hsetex(
    _ key: some KeyspaceBytes, condition: HSETEX.Condition? = nil, expiration: HSETEX.Expiration? = nil, fields: HSETEX.Fields
  ) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("HSETEX")
    request.add(key)
    if let condition { request.add(condition) }
    if let expiration { request.add(expiration) }
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Sets a field of a hash, if it does not exist.
  ///
  /// `HSETNX`, since Redis 2.0.0. Complexity: O(1).
  public static func hsetnx(_ key: some KeyspaceBytes, field: some KeyspaceBytes, value: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("HSETNX")
    request.add(key)
    request.add(field)
    request.add(value)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns how many bytes the value of a field has.
  ///
  /// `HSTRLEN`, since Redis 3.2.0. Complexity: O(1).
  public static func hstrlen(_ key: some KeyspaceBytes, field: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("HSTRLEN")
    request.add(key)
    request.add(field)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Returns the values of fields and removes them.
  ///
  /// `HGETDEL`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  public static func hgetdel(_ key: some KeyspaceBytes, fields: HGETDEL.Fields) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("HGETDEL")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the values of fields, and lets them expire or not.
  ///
  /// `HGETEX`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  public static func hgetex(_ key: some KeyspaceBytes, expiration: HGETEX.Expiration? = nil, fields: HGETEX.Fields) -> KeyspaceCommand<
    Reply
  > {
    var request = KeyspaceRequest("HGETEX")
    request.add(key)
    if let expiration { request.add(expiration) }
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns fields of a hash by chance.
  ///
  /// `HRANDFIELD`, since Redis 6.2.0. Complexity: O(N) in the fields returned.
  public static func hrandfield(_ key: some KeyspaceBytes, options: HRANDFIELD.Options? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("HRANDFIELD")
    request.add(key)
    if let options { request.add(options) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Walks over the fields of a hash in steps.
  ///
  /// `HSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all fields.
  public static func hscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil, novalues: Bool = false)
    -> KeyspaceCommand<Reply>
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
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == Void {
  /// Sets several fields of a hash.
  ///
  /// `HMSET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  /// Deprecated since 4.0.0: `HSET` with several fields.
  public static func hmset(_ key: some KeyspaceBytes, data: [HMSET.Data]) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("HMSET")
    request.add(key)
    request.add(data)
    return KeyspaceCommand(request) { _ in () }
  }
}

extension KeyspaceCommand where Value == [Bytes: Bytes] {
  /// Returns all fields of a hash with their values.
  ///
  /// `HGETALL`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public static func hgetall(_ key: some KeyspaceBytes) -> KeyspaceCommand<[Bytes: Bytes]> {
    var request = KeyspaceRequest("HGETALL")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asDictionary() }
  }
}

extension KeyspaceCommand where Value == [Bytes?] {
  /// Returns the values of several fields.
  ///
  /// `HMGET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  public static func hmget(_ key: some KeyspaceBytes, fields: [some KeyspaceBytes]) -> KeyspaceCommand<[Bytes?]> {
    var request = KeyspaceRequest("HMGET")
    request.add(key)
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytesArray() }
  }
}

extension KeyspaceCommand where Value == [Bytes] {
  /// Returns the names of all fields of a hash.
  ///
  /// `HKEYS`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public static func hkeys(_ key: some KeyspaceBytes) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("HKEYS")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }

  /// Returns the values of all fields of a hash.
  ///
  /// `HVALS`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public static func hvals(_ key: some KeyspaceBytes) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("HVALS")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }
}

extension KeyspaceCommand where Value == [Int] {
  /// Lets fields of a hash expire after some seconds.
  ///
  /// `HEXPIRE`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func hexpire(_ key: some KeyspaceBytes, seconds: Int, condition: HEXPIRE.Condition? = nil, fields: HEXPIRE.Fields)
    -> KeyspaceCommand<[Int]>
  {
    var request = KeyspaceRequest("HEXPIRE")
    request.add(key)
    request.add(seconds)
    if let condition { request.add(condition) }
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }

  /// Lets fields of a hash expire at a time in seconds.
  ///
  /// `HEXPIREAT`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func hexpireat(
    _ key: some KeyspaceBytes, unixTimeSeconds: Date, condition: HEXPIREAT.Condition? = nil, fields: HEXPIREAT.Fields
  ) -> KeyspaceCommand<[Int]> {
    var request = KeyspaceRequest("HEXPIREAT")
    request.add(key)
    request.add(unixTimeSeconds, inMilliseconds: false)
    if let condition { request.add(condition) }
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }

  /// Returns when fields of a hash expire, in seconds.
  ///
  /// `HEXPIRETIME`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func hexpiretime(_ key: some KeyspaceBytes, fields: HEXPIRETIME.Fields) -> KeyspaceCommand<[Int]> {
    var request = KeyspaceRequest("HEXPIRETIME")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }

  /// Removes the expiry of fields of a hash.
  ///
  /// `HPERSIST`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func hpersist(_ key: some KeyspaceBytes, fields: HPERSIST.Fields) -> KeyspaceCommand<[Int]> {
    var request = KeyspaceRequest("HPERSIST")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }

  /// Lets fields of a hash expire after some milliseconds.
  ///
  /// `HPEXPIRE`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func hpexpire(_ key: some KeyspaceBytes, milliseconds: Int, condition: HPEXPIRE.Condition? = nil, fields: HPEXPIRE.Fields)
    -> KeyspaceCommand<[Int]>
  {
    var request = KeyspaceRequest("HPEXPIRE")
    request.add(key)
    request.add(milliseconds)
    if let condition { request.add(condition) }
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }

  /// Lets fields of a hash expire at a time in milliseconds.
  ///
  /// `HPEXPIREAT`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func hpexpireat(
    _ key: some KeyspaceBytes, unixTimeMilliseconds: Date, condition: HPEXPIREAT.Condition? = nil, fields: HPEXPIREAT.Fields
  ) -> KeyspaceCommand<[Int]> {
    var request = KeyspaceRequest("HPEXPIREAT")
    request.add(key)
    request.add(unixTimeMilliseconds, inMilliseconds: true)
    if let condition { request.add(condition) }
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }

  /// Returns when fields of a hash expire, in milliseconds.
  ///
  /// `HPEXPIRETIME`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func hpexpiretime(_ key: some KeyspaceBytes, fields: HPEXPIRETIME.Fields) -> KeyspaceCommand<[Int]> {
    var request = KeyspaceRequest("HPEXPIRETIME")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }

  /// Returns the milliseconds until fields of a hash expire.
  ///
  /// `HPTTL`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func hpttl(_ key: some KeyspaceBytes, fields: HPTTL.Fields) -> KeyspaceCommand<[Int]> {
    var request = KeyspaceRequest("HPTTL")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }

  /// Returns the seconds until fields of a hash expire.
  ///
  /// `HTTL`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public static func httl(_ key: some KeyspaceBytes, fields: HTTL.Fields) -> KeyspaceCommand<[Int]> {
    var request = KeyspaceRequest("HTTL")
    request.add(key)
    request.token("FIELDS")
    request.add(fields)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asIntegerArray() }
  }
}

extension Leader {
  /// Removes fields of a hash.
  ///
  /// `HDEL`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hdel(_ key: some KeyspaceBytes, fields: [some KeyspaceBytes]) async throws -> Int {
    try await run(.hdel(key, fields: fields))
  }

  /// Tells whether a hash has a field.
  ///
  /// `HEXISTS`, since Redis 2.0.0. Complexity: O(1).
  public func hexists(_ key: some KeyspaceBytes, field: some KeyspaceBytes) async throws -> Int {
    try await run(.hexists(key, field: field))
  }

  /// Lets fields of a hash expire after some seconds.
  ///
  /// `HEXPIRE`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hexpire(_ key: some KeyspaceBytes, seconds: Int, condition: HEXPIRE.Condition? = nil, fields: HEXPIRE.Fields) async throws
    -> [Int]
  {
    try await run(.hexpire(key, seconds: seconds, condition: condition, fields: fields))
  }

  /// Lets fields of a hash expire at a time in seconds.
  ///
  /// `HEXPIREAT`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hexpireat(_ key: some KeyspaceBytes, unixTimeSeconds: Date, condition: HEXPIREAT.Condition? = nil, fields: HEXPIREAT.Fields)
    async throws -> [Int]
  {
    try await run(.hexpireat(key, unixTimeSeconds: unixTimeSeconds, condition: condition, fields: fields))
  }

  /// Returns when fields of a hash expire, in seconds.
  ///
  /// `HEXPIRETIME`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public func hexpiretime(_ key: some KeyspaceBytes, fields: HEXPIRETIME.Fields) async throws -> [Int] {
    try await run(.hexpiretime(key, fields: fields))
  }

  /// Returns the value of a field.
  ///
  /// `HGET`, since Redis 2.0.0. Complexity: O(1).
  public func hget(_ key: some KeyspaceBytes, field: some KeyspaceBytes) async throws -> Bytes? {
    try await run(.hget(key, field: field))
  }

  /// Returns all fields of a hash with their values.
  ///
  /// `HGETALL`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public func hgetall(_ key: some KeyspaceBytes) async throws -> [Bytes: Bytes] {
    try await run(.hgetall(key))
  }

  /// Returns the values of fields and removes them.
  ///
  /// `HGETDEL`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hgetdel(_ key: some KeyspaceBytes, fields: HGETDEL.Fields) async throws -> Reply {
    try await run(.hgetdel(key, fields: fields))
  }

  /// Returns the values of fields, and lets them expire or not.
  ///
  /// `HGETEX`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hgetex(_ key: some KeyspaceBytes, expiration: HGETEX.Expiration? = nil, fields: HGETEX.Fields) async throws -> Reply {
    try await run(.hgetex(key, expiration: expiration, fields: fields))
  }

  /// Adds to the integer in a field.
  ///
  /// `HINCRBY`, since Redis 2.0.0. Complexity: O(1).
  @discardableResult
  public func hincrby(_ key: some KeyspaceBytes, field: some KeyspaceBytes, increment: Int) async throws -> Int {
    try await run(.hincrby(key, field: field, increment: increment))
  }

  /// Adds to the floating-point number in a field.
  ///
  /// `HINCRBYFLOAT`, since Redis 2.6.0. Complexity: O(1).
  @discardableResult
  public func hincrbyfloat(_ key: some KeyspaceBytes, field: some KeyspaceBytes, increment: Double) async throws -> Bytes {
    try await run(.hincrbyfloat(key, field: field, increment: increment))
  }

  /// Returns the names of all fields of a hash.
  ///
  /// `HKEYS`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public func hkeys(_ key: some KeyspaceBytes) async throws -> [Bytes] {
    try await run(.hkeys(key))
  }

  /// Counts the fields of a hash.
  ///
  /// `HLEN`, since Redis 2.0.0. Complexity: O(1).
  public func hlen(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.hlen(key))
  }

  /// Returns the values of several fields.
  ///
  /// `HMGET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  public func hmget(_ key: some KeyspaceBytes, fields: [some KeyspaceBytes]) async throws -> [Bytes?] {
    try await run(.hmget(key, fields: fields))
  }

  /// Sets several fields of a hash.
  ///
  /// `HMSET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  /// Deprecated since 4.0.0: `HSET` with several fields.
  public func hmset(_ key: some KeyspaceBytes, data: [HMSET.Data]) async throws {
    try await run(.hmset(key, data: data))
  }

  /// Removes the expiry of fields of a hash.
  ///
  /// `HPERSIST`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hpersist(_ key: some KeyspaceBytes, fields: HPERSIST.Fields) async throws -> [Int] {
    try await run(.hpersist(key, fields: fields))
  }

  /// Lets fields of a hash expire after some milliseconds.
  ///
  /// `HPEXPIRE`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hpexpire(_ key: some KeyspaceBytes, milliseconds: Int, condition: HPEXPIRE.Condition? = nil, fields: HPEXPIRE.Fields)
    async throws -> [Int]
  {
    try await run(.hpexpire(key, milliseconds: milliseconds, condition: condition, fields: fields))
  }

  /// Lets fields of a hash expire at a time in milliseconds.
  ///
  /// `HPEXPIREAT`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hpexpireat(
    _ key: some KeyspaceBytes, unixTimeMilliseconds: Date, condition: HPEXPIREAT.Condition? = nil, fields: HPEXPIREAT.Fields
  ) async throws -> [Int] {
    try await run(.hpexpireat(key, unixTimeMilliseconds: unixTimeMilliseconds, condition: condition, fields: fields))
  }

  /// Returns when fields of a hash expire, in milliseconds.
  ///
  /// `HPEXPIRETIME`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public func hpexpiretime(_ key: some KeyspaceBytes, fields: HPEXPIRETIME.Fields) async throws -> [Int] {
    try await run(.hpexpiretime(key, fields: fields))
  }

  /// Returns the milliseconds until fields of a hash expire.
  ///
  /// `HPTTL`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public func hpttl(_ key: some KeyspaceBytes, fields: HPTTL.Fields) async throws -> [Int] {
    try await run(.hpttl(key, fields: fields))
  }

  /// Returns fields of a hash by chance.
  ///
  /// `HRANDFIELD`, since Redis 6.2.0. Complexity: O(N) in the fields returned.
  public func hrandfield(_ key: some KeyspaceBytes, options: HRANDFIELD.Options? = nil) async throws -> Reply {
    try await run(.hrandfield(key, options: options))
  }

  /// Walks over the fields of a hash in steps.
  ///
  /// `HSCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all fields.
  public func hscan(_ key: some KeyspaceBytes, cursor: Int, pattern: Bytes? = nil, count: Int? = nil, novalues: Bool = false) async throws
    -> Reply
  {
    try await run(.hscan(key, cursor: cursor, pattern: pattern, count: count, novalues: novalues))
  }

  /// Sets fields of a hash.
  ///
  /// `HSET`, since Redis 2.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hset(_ key: some KeyspaceBytes, data: [HSET.Data]) async throws -> Int {
    try await run(.hset(key, data: data))
  }

  /// Sets fields of a hash, and when they expire.
  ///
  /// `HSETEX`, since Redis 8.0.0. Complexity: O(N) in the fields given.
  @discardableResult
  public func hsetex(
    _ key: some KeyspaceBytes, condition: HSETEX.Condition? = nil, expiration: HSETEX.Expiration? = nil, fields: HSETEX.Fields
  ) async throws -> Int {
    try await run(.hsetex(key, condition: condition, expiration: expiration, fields: fields))
  }

  /// Sets a field of a hash, if it does not exist.
  ///
  /// `HSETNX`, since Redis 2.0.0. Complexity: O(1).
  @discardableResult
  public func hsetnx(_ key: some KeyspaceBytes, field: some KeyspaceBytes, value: some KeyspaceBytes) async throws -> Int {
    try await run(.hsetnx(key, field: field, value: value))
  }

  /// Returns how many bytes the value of a field has.
  ///
  /// `HSTRLEN`, since Redis 3.2.0. Complexity: O(1).
  public func hstrlen(_ key: some KeyspaceBytes, field: some KeyspaceBytes) async throws -> Int {
    try await run(.hstrlen(key, field: field))
  }

  /// Returns the seconds until fields of a hash expire.
  ///
  /// `HTTL`, since Redis 7.4.0. Complexity: O(N) in the fields given.
  public func httl(_ key: some KeyspaceBytes, fields: HTTL.Fields) async throws -> [Int] {
    try await run(.httl(key, fields: fields))
  }

  /// Returns the values of all fields of a hash.
  ///
  /// `HVALS`, since Redis 2.0.0. Complexity: O(N) in the fields of the hash.
  public func hvals(_ key: some KeyspaceBytes) async throws -> [Bytes] {
    try await run(.hvals(key))
  }
}
