// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension KeyspaceCommand where Value == Bytes {
  /// Names the type of the value at a key.
  ///
  /// `TYPE`, since Redis 1.0.0. Complexity: O(1).
  public static func type(_ key: some KeyspaceBytes) -> KeyspaceCommand<Bytes> {
    var request = KeyspaceRequest("TYPE")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytes() }
  }
}

extension KeyspaceCommand where Value == Bytes? {
  /// Returns the value at a key in serialized form.
  ///
  /// `DUMP`, since Redis 2.6.0. Complexity: O(N) in the size of the value.
  public static func dump(_ key: some KeyspaceBytes) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("DUMP")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }

  /// Names the encoding of a value.
  ///
  /// `OBJECT ENCODING`, since Redis 2.2.3. Complexity: O(1).
  public static func objectEncoding(_ key: some KeyspaceBytes) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("OBJECT")
    request.token("ENCODING")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }

  /// Returns some key.
  ///
  /// `RANDOMKEY`, since Redis 1.0.0. Complexity: O(1).
  public static func randomkey() -> KeyspaceCommand<Bytes?> {
    let request = KeyspaceRequest("RANDOMKEY")
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }
}

extension KeyspaceCommand where Value == Int {
  /// Copies the value at a key to another key.
  ///
  /// `COPY`, since Redis 6.2.0. Complexity: O(N) in the size of the value.
  public static func copy(source: some KeyspaceBytes, destination: some KeyspaceBytes, destinationDb: Int? = nil, replace: Bool = false)
    -> KeyspaceCommand<Int>
  {
    var request = KeyspaceRequest("COPY")
    request.add(source)
    request.add(destination)
    if let destinationDb {
      request.token("DB")
      request.add(destinationDb)
    }
    if replace { request.token("REPLACE") }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes keys.
  ///
  /// `DEL`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  public static func del(keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("DEL")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts how many of the given keys exist.
  ///
  /// `EXISTS`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  public static func exists(keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("EXISTS")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Lets a key expire after some seconds.
  ///
  /// `EXPIRE`, since Redis 1.0.0. Complexity: O(1).
  public static func expire(_ key: some KeyspaceBytes, seconds: Int, condition: EXPIRE.Condition? = nil) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("EXPIRE")
    request.add(key)
    request.add(seconds)
    if let condition { request.add(condition) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Lets a key expire at a time in seconds.
  ///
  /// `EXPIREAT`, since Redis 1.2.0. Complexity: O(1).
  public static func expireat(_ key: some KeyspaceBytes, unixTimeSeconds: Date, condition: EXPIREAT.Condition? = nil) -> KeyspaceCommand<
    Int
  > {
    var request = KeyspaceRequest("EXPIREAT")
    request.add(key)
    request.add(unixTimeSeconds, inMilliseconds: false)
    if let condition { request.add(condition) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns when a key expires, in seconds.
  ///
  /// `EXPIRETIME`, since Redis 7.0.0. Complexity: O(1).
  public static func expiretime(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("EXPIRETIME")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Moves a key to another database.
  ///
  /// `MOVE`, since Redis 1.0.0. Complexity: O(1).
  public static func move(_ key: some KeyspaceBytes, db: Int) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("MOVE")
    request.add(key)
    request.add(db)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns how often a value is used.
  ///
  /// `OBJECT FREQ`, since Redis 4.0.0. Complexity: O(1).
  public static func objectFreq(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("OBJECT")
    request.token("FREQ")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns the seconds since a value was last used.
  ///
  /// `OBJECT IDLETIME`, since Redis 2.2.3. Complexity: O(1).
  public static func objectIdletime(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("OBJECT")
    request.token("IDLETIME")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns the number of references to a value.
  ///
  /// `OBJECT REFCOUNT`, since Redis 2.2.3. Complexity: O(1).
  public static func objectRefcount(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("OBJECT")
    request.token("REFCOUNT")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes the expiry of a key.
  ///
  /// `PERSIST`, since Redis 2.2.0. Complexity: O(1).
  public static func persist(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("PERSIST")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Lets a key expire after some milliseconds.
  ///
  /// `PEXPIRE`, since Redis 2.6.0. Complexity: O(1).
  public static func pexpire(_ key: some KeyspaceBytes, milliseconds: Int, condition: PEXPIRE.Condition? = nil) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("PEXPIRE")
    request.add(key)
    request.add(milliseconds)
    if let condition { request.add(condition) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Lets a key expire at a time in milliseconds.
  ///
  /// `PEXPIREAT`, since Redis 2.6.0. Complexity: O(1).
  public static func pexpireat(_ key: some KeyspaceBytes, unixTimeMilliseconds: Date, condition: PEXPIREAT.Condition? = nil)
    -> KeyspaceCommand<Int>
  {
    var request = KeyspaceRequest("PEXPIREAT")
    request.add(key)
    request.add(unixTimeMilliseconds, inMilliseconds: true)
    if let condition { request.add(condition) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns when a key expires, in milliseconds.
  ///
  /// `PEXPIRETIME`, since Redis 7.0.0. Complexity: O(1).
  public static func pexpiretime(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("PEXPIRETIME")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns the milliseconds until a key expires.
  ///
  /// `PTTL`, since Redis 2.6.0. Complexity: O(1).
  public static func pttl(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("PTTL")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Gives a key another name, if that is free.
  ///
  /// `RENAMENX`, since Redis 1.0.0. Complexity: O(1).
  public static func renamenx(_ key: some KeyspaceBytes, newkey: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("RENAMENX")
    request.add(key)
    request.add(newkey)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts how many of the given keys exist, and marks them as used.
  ///
  /// `TOUCH`, since Redis 3.2.1. Complexity: O(N) in the number of keys.
  public static func touch(keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("TOUCH")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns the seconds until a key expires.
  ///
  /// `TTL`, since Redis 1.0.0. Complexity: O(1).
  public static func ttl(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("TTL")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes keys, and frees large values later.
  ///
  /// `UNLINK`, since Redis 4.0.0. Complexity: O(N) in the number of keys.
  public static func unlink(keys: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("UNLINK")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Walks over the keys in steps.
  ///
  /// `SCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all keys.
  public static func scan(cursor: Int, pattern: Bytes? = nil, count: Int? = nil, type: Bytes? = nil) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Sorts the elements of a list, set or sorted set, and may keep the result.
  ///
  /// `SORT`, since Redis 1.0.0. Complexity: O(N + M log M): N elements, M of them returned; O(N) unsorted.
  public static func sort(
    _ key: some KeyspaceBytes, pattern: Bytes? = nil, offsetCount: SORT.OffsetCount? = nil, patterns: [Bytes] = [],
    order: SORT.Order? = nil, sorting: Bool = false, destination: Bytes? = nil
  ) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Sorts the elements of a list, set or sorted set.
  ///
  /// `SORT_RO`, since Redis 7.0.0. Complexity: O(N + M log M): N elements, M of them returned; O(N) unsorted.
  public static func sortRo(
    _ key: some KeyspaceBytes, pattern: Bytes? = nil, offsetCount: SORT_RO.OffsetCount? = nil, patterns: [Bytes] = [],
    order: SORT_RO.Order? = nil, sorting: Bool = false
  ) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == Void {
  /// Gives a key another name, over whatever has it.
  ///
  /// `RENAME`, since Redis 1.0.0. Complexity: O(1).
  public static func rename(_ key: some KeyspaceBytes, newkey: some KeyspaceBytes) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("RENAME")
    request.add(key)
    request.add(newkey)
    return KeyspaceCommand(request) { _ in () }
  }

  /// Makes a key from a serialized value.
  ///
  /// `RESTORE`, since Redis 2.6.0. Complexity: O(N) in the size of the value; O(N log N) for a sorted set.
  public static func restore(
    _ key: some KeyspaceBytes, ttl: Int, serializedValue: some KeyspaceBytes, replace: Bool = false, absttl: Bool = false,
    seconds: Int? = nil, frequency: Int? = nil
  ) -> KeyspaceCommand<Void> {
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
    return KeyspaceCommand(request) { _ in () }
  }
}

extension KeyspaceCommand where Value == [Bytes] {
  /// Lists the keys that match a pattern.
  ///
  /// `KEYS`, since Redis 1.0.0. Complexity: O(N) in the number of keys in the database.
  public static func keys(pattern: some KeyspaceBytes) -> KeyspaceCommand<[Bytes]> {
    var request = KeyspaceRequest("KEYS")
    request.add(pattern)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytesArray() }
  }
}

extension Leader {
  /// Copies the value at a key to another key.
  ///
  /// `COPY`, since Redis 6.2.0. Complexity: O(N) in the size of the value.
  @discardableResult
  public func copy(source: some KeyspaceBytes, destination: some KeyspaceBytes, destinationDb: Int? = nil, replace: Bool = false)
    async throws -> Int
  {
    try await run(.copy(source: source, destination: destination, destinationDb: destinationDb, replace: replace))
  }

  /// Removes keys.
  ///
  /// `DEL`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  @discardableResult
  public func del(keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.del(keys: keys))
  }

  /// Returns the value at a key in serialized form.
  ///
  /// `DUMP`, since Redis 2.6.0. Complexity: O(N) in the size of the value.
  public func dump(_ key: some KeyspaceBytes) async throws -> Bytes? {
    try await run(.dump(key))
  }

  /// Counts how many of the given keys exist.
  ///
  /// `EXISTS`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  public func exists(keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.exists(keys: keys))
  }

  /// Lets a key expire after some seconds.
  ///
  /// `EXPIRE`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func expire(_ key: some KeyspaceBytes, seconds: Int, condition: EXPIRE.Condition? = nil) async throws -> Int {
    try await run(.expire(key, seconds: seconds, condition: condition))
  }

  /// Lets a key expire at a time in seconds.
  ///
  /// `EXPIREAT`, since Redis 1.2.0. Complexity: O(1).
  @discardableResult
  public func expireat(_ key: some KeyspaceBytes, unixTimeSeconds: Date, condition: EXPIREAT.Condition? = nil) async throws -> Int {
    try await run(.expireat(key, unixTimeSeconds: unixTimeSeconds, condition: condition))
  }

  /// Returns when a key expires, in seconds.
  ///
  /// `EXPIRETIME`, since Redis 7.0.0. Complexity: O(1).
  public func expiretime(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.expiretime(key))
  }

  /// Lists the keys that match a pattern.
  ///
  /// `KEYS`, since Redis 1.0.0. Complexity: O(N) in the number of keys in the database.
  public func keys(pattern: some KeyspaceBytes) async throws -> [Bytes] {
    try await run(.keys(pattern: pattern))
  }

  /// Moves a key to another database.
  ///
  /// `MOVE`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func move(_ key: some KeyspaceBytes, db: Int) async throws -> Int {
    try await run(.move(key, db: db))
  }

  /// Names the encoding of a value.
  ///
  /// `OBJECT ENCODING`, since Redis 2.2.3. Complexity: O(1).
  public func objectEncoding(_ key: some KeyspaceBytes) async throws -> Bytes? {
    try await run(.objectEncoding(key))
  }

  /// Returns how often a value is used.
  ///
  /// `OBJECT FREQ`, since Redis 4.0.0. Complexity: O(1).
  public func objectFreq(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.objectFreq(key))
  }

  /// Returns the seconds since a value was last used.
  ///
  /// `OBJECT IDLETIME`, since Redis 2.2.3. Complexity: O(1).
  public func objectIdletime(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.objectIdletime(key))
  }

  /// Returns the number of references to a value.
  ///
  /// `OBJECT REFCOUNT`, since Redis 2.2.3. Complexity: O(1).
  public func objectRefcount(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.objectRefcount(key))
  }

  /// Removes the expiry of a key.
  ///
  /// `PERSIST`, since Redis 2.2.0. Complexity: O(1).
  @discardableResult
  public func persist(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.persist(key))
  }

  /// Lets a key expire after some milliseconds.
  ///
  /// `PEXPIRE`, since Redis 2.6.0. Complexity: O(1).
  @discardableResult
  public func pexpire(_ key: some KeyspaceBytes, milliseconds: Int, condition: PEXPIRE.Condition? = nil) async throws -> Int {
    try await run(.pexpire(key, milliseconds: milliseconds, condition: condition))
  }

  /// Lets a key expire at a time in milliseconds.
  ///
  /// `PEXPIREAT`, since Redis 2.6.0. Complexity: O(1).
  @discardableResult
  public func pexpireat(_ key: some KeyspaceBytes, unixTimeMilliseconds: Date, condition: PEXPIREAT.Condition? = nil) async throws -> Int {
    try await run(.pexpireat(key, unixTimeMilliseconds: unixTimeMilliseconds, condition: condition))
  }

  /// Returns when a key expires, in milliseconds.
  ///
  /// `PEXPIRETIME`, since Redis 7.0.0. Complexity: O(1).
  public func pexpiretime(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.pexpiretime(key))
  }

  /// Returns the milliseconds until a key expires.
  ///
  /// `PTTL`, since Redis 2.6.0. Complexity: O(1).
  public func pttl(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.pttl(key))
  }

  /// Returns some key.
  ///
  /// `RANDOMKEY`, since Redis 1.0.0. Complexity: O(1).
  public func randomkey() async throws -> Bytes? {
    try await run(.randomkey())
  }

  /// Gives a key another name, over whatever has it.
  ///
  /// `RENAME`, since Redis 1.0.0. Complexity: O(1).
  public func rename(_ key: some KeyspaceBytes, newkey: some KeyspaceBytes) async throws {
    try await run(.rename(key, newkey: newkey))
  }

  /// Gives a key another name, if that is free.
  ///
  /// `RENAMENX`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func renamenx(_ key: some KeyspaceBytes, newkey: some KeyspaceBytes) async throws -> Int {
    try await run(.renamenx(key, newkey: newkey))
  }

  /// Makes a key from a serialized value.
  ///
  /// `RESTORE`, since Redis 2.6.0. Complexity: O(N) in the size of the value; O(N log N) for a sorted set.
  public func restore(
    _ key: some KeyspaceBytes, ttl: Int, serializedValue: some KeyspaceBytes, replace: Bool = false, absttl: Bool = false,
    seconds: Int? = nil, frequency: Int? = nil
  ) async throws {
    try await run(
      .restore(key, ttl: ttl, serializedValue: serializedValue, replace: replace, absttl: absttl, seconds: seconds, frequency: frequency))
  }

  /// Walks over the keys in steps.
  ///
  /// `SCAN`, since Redis 2.8.0. Complexity: O(1) a call, O(N) for all keys.
  public func scan(cursor: Int, pattern: Bytes? = nil, count: Int? = nil, type: Bytes? = nil) async throws -> Reply {
    try await run(.scan(cursor: cursor, pattern: pattern, count: count, type: type))
  }

  /// Sorts the elements of a list, set or sorted set, and may keep the result.
  ///
  /// `SORT`, since Redis 1.0.0. Complexity: O(N + M log M): N elements, M of them returned; O(N) unsorted.
  @discardableResult
  public func sort(
    _ key: some KeyspaceBytes, pattern: Bytes? = nil, offsetCount: SORT.OffsetCount? = nil, patterns: [Bytes] = [],
    order: SORT.Order? = nil, sorting: Bool = false, destination: Bytes? = nil
  ) async throws -> Reply {
    try await run(
      .sort(key, pattern: pattern, offsetCount: offsetCount, patterns: patterns, order: order, sorting: sorting, destination: destination))
  }

  /// Sorts the elements of a list, set or sorted set.
  ///
  /// `SORT_RO`, since Redis 7.0.0. Complexity: O(N + M log M): N elements, M of them returned; O(N) unsorted.
  public func sortRo(
    _ key: some KeyspaceBytes, pattern: Bytes? = nil, offsetCount: SORT_RO.OffsetCount? = nil, patterns: [Bytes] = [],
    order: SORT_RO.Order? = nil, sorting: Bool = false
  ) async throws -> Reply {
    try await run(.sortRo(key, pattern: pattern, offsetCount: offsetCount, patterns: patterns, order: order, sorting: sorting))
  }

  /// Counts how many of the given keys exist, and marks them as used.
  ///
  /// `TOUCH`, since Redis 3.2.1. Complexity: O(N) in the number of keys.
  public func touch(keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.touch(keys: keys))
  }

  /// Returns the seconds until a key expires.
  ///
  /// `TTL`, since Redis 1.0.0. Complexity: O(1).
  public func ttl(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.ttl(key))
  }

  /// Names the type of the value at a key.
  ///
  /// `TYPE`, since Redis 1.0.0. Complexity: O(1).
  public func type(_ key: some KeyspaceBytes) async throws -> Bytes {
    try await run(.type(key))
  }

  /// Removes keys, and frees large values later.
  ///
  /// `UNLINK`, since Redis 4.0.0. Complexity: O(N) in the number of keys.
  @discardableResult
  public func unlink(keys: [some KeyspaceBytes]) async throws -> Int {
    try await run(.unlink(keys: keys))
  }
}
