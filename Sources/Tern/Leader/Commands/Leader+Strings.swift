// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Bytes {
  /// Returns a part of the string at a key.
  ///
  /// `GETRANGE`, since Redis 2.4.0. Complexity: O(N) in the bytes returned.
  public static func getrange(_ key: some KeyspaceBytes, start: Int, end: Int) -> KeyspaceCommand<Bytes> {
    var request = KeyspaceRequest("GETRANGE")
    request.add(key)
    request.add(start)
    request.add(end)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytes() }
  }

  /// Adds to the floating-point number at a key.
  ///
  /// `INCRBYFLOAT`, since Redis 2.6.0. Complexity: O(1).
  public static func incrbyfloat(_ key: some KeyspaceBytes, increment: Double) -> KeyspaceCommand<Bytes> {
    var request = KeyspaceRequest("INCRBYFLOAT")
    request.add(key)
    request.add(increment)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytes() }
  }

  /// Returns a part of the string at a key.
  ///
  /// `SUBSTR`, since Redis 1.0.0. Complexity: O(N) in the bytes returned.
  /// Deprecated since 2.0.0: `GETRANGE`.
  public static func substr(_ key: some KeyspaceBytes, start: Int, end: Int) -> KeyspaceCommand<Bytes> {
    var request = KeyspaceRequest("SUBSTR")
    request.add(key)
    request.add(start)
    request.add(end)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asBytes() }
  }
}

extension KeyspaceCommand where Value == Bytes? {
  /// Returns the string at a key.
  ///
  /// `GET`, since Redis 1.0.0. Complexity: O(1).
  public static func get(_ key: some KeyspaceBytes) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("GET")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }

  /// Returns the string at a key and removes the key.
  ///
  /// `GETDEL`, since Redis 6.2.0. Complexity: O(1).
  public static func getdel(_ key: some KeyspaceBytes) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("GETDEL")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }

  /// Returns the string at a key, and changes or removes its expiry.
  ///
  /// `GETEX`, since Redis 6.2.0. Complexity: O(1).
  public static func getex(_ key: some KeyspaceBytes, expiration: GETEX.Expiration? = nil) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("GETEX")
    request.add(key)
    if let expiration { request.add(expiration) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }

  /// Sets a key and returns what it held.
  ///
  /// `GETSET`, since Redis 1.0.0. Complexity: O(1).
  /// Deprecated since 6.2.0: `SET` with `GET`.
  public static func getset(_ key: some KeyspaceBytes, value: some KeyspaceBytes) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("GETSET")
    request.add(key)
    request.add(value)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }

  /// Sets a key to a string, whatever it held.
  ///
  /// `SET`, since Redis 1.0.0. Complexity: O(1).
  public static func set(
    _ key: some KeyspaceBytes, value: some KeyspaceBytes, condition: SET.Condition? = nil, get: Bool = false,
    expiration: SET.Expiration? = nil
  ) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("SET")
    request.add(key)
    request.add(value)
    if let condition { request.add(condition) }
    if get { request.token("GET") }
    if let expiration { request.add(expiration) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }
}

extension KeyspaceCommand where Value == Int {
  /// Puts bytes behind the string at a key.
  ///
  /// `APPEND`, since Redis 2.0.0. Complexity: O(M) in the bytes appended, amortized.
  public static func append(_ key: some KeyspaceBytes, value: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("APPEND")
    request.add(key)
    request.add(value)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Takes one from the integer at a key.
  ///
  /// `DECR`, since Redis 1.0.0. Complexity: O(1).
  public static func decr(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("DECR")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Takes from the integer at a key.
  ///
  /// `DECRBY`, since Redis 1.0.0. Complexity: O(1).
  public static func decrby(_ key: some KeyspaceBytes, decrement: Int) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("DECRBY")
    request.add(key)
    request.add(decrement)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Adds one to the integer at a key.
  ///
  /// `INCR`, since Redis 1.0.0. Complexity: O(1).
  public static func incr(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("INCR")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Adds to the integer at a key.
  ///
  /// `INCRBY`, since Redis 1.0.0. Complexity: O(1).
  public static func incrby(_ key: some KeyspaceBytes, increment: Int) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("INCRBY")
    request.add(key)
    request.add(increment)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Sets several keys at once, if none of them exists.
  ///
  /// `MSETNX`, since Redis 1.0.1. Complexity: O(N) in the number of keys.
  public static func msetnx(data: [MSETNX.Data]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("MSETNX")
    request.add(data)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Sets a key to a string, if it does not exist.
  ///
  /// `SETNX`, since Redis 1.0.0. Complexity: O(1).
  public static func setnx(_ key: some KeyspaceBytes, value: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SETNX")
    request.add(key)
    request.add(value)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Overwrites a part of the string at a key, padding it with zero bytes.
  ///
  /// `SETRANGE`, since Redis 2.2.0. Complexity: O(M) in the bytes of the value, amortized.
  public static func setrange(_ key: some KeyspaceBytes, offset: Int, value: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("SETRANGE")
    request.add(key)
    request.add(offset)
    request.add(value)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Returns how many bytes the string at a key has.
  ///
  /// `STRLEN`, since Redis 2.2.0. Complexity: O(1).
  public static func strlen(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("STRLEN")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Finds the longest subsequence that two strings share.
  ///
  /// `LCS`, since Redis 7.0.0. Complexity: O(N*M) in the bytes of the two strings.
  public static func lcs(
    key1: some KeyspaceBytes, key2: some KeyspaceBytes, len: Bool = false, idx: Bool = false, len2: Int? = nil, withmatchlen: Bool = false
  ) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == Void {
  /// Sets several keys at once.
  ///
  /// `MSET`, since Redis 1.0.1. Complexity: O(N) in the number of keys.
  public static func mset(data: [MSET.Data]) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("MSET")
    request.add(data)
    return KeyspaceCommand(request) { _ in () }
  }

  /// Sets a key to a string that expires after some milliseconds.
  ///
  /// `PSETEX`, since Redis 2.6.0. Complexity: O(1).
  public static func psetex(_ key: some KeyspaceBytes, milliseconds: Int, value: some KeyspaceBytes) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("PSETEX")
    request.add(key)
    request.add(milliseconds)
    request.add(value)
    return KeyspaceCommand(request) { _ in () }
  }

  /// Sets a key to a string that expires after some seconds.
  ///
  /// `SETEX`, since Redis 2.0.0. Complexity: O(1).
  public static func setex(_ key: some KeyspaceBytes, seconds: Int, value: some KeyspaceBytes) -> KeyspaceCommand<Void> {
    var request = KeyspaceRequest("SETEX")
    request.add(key)
    request.add(seconds)
    request.add(value)
    return KeyspaceCommand(request) { _ in () }
  }
}

extension KeyspaceCommand where Value == [Bytes?] {
  /// Returns the strings at several keys.
  ///
  /// `MGET`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  public static func mget(keys: [some KeyspaceBytes]) -> KeyspaceCommand<[Bytes?]> {
    var request = KeyspaceRequest("MGET")
    request.add(keys)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytesArray() }
  }
}

extension Leader {
  /// Puts bytes behind the string at a key.
  ///
  /// `APPEND`, since Redis 2.0.0. Complexity: O(M) in the bytes appended, amortized.
  @discardableResult
  public func append(_ key: some KeyspaceBytes, value: some KeyspaceBytes) async throws -> Int {
    try await run(.append(key, value: value))
  }

  /// Takes one from the integer at a key.
  ///
  /// `DECR`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func decr(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.decr(key))
  }

  /// Takes from the integer at a key.
  ///
  /// `DECRBY`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func decrby(_ key: some KeyspaceBytes, decrement: Int) async throws -> Int {
    try await run(.decrby(key, decrement: decrement))
  }

  /// Returns the string at a key.
  ///
  /// `GET`, since Redis 1.0.0. Complexity: O(1).
  public func get(_ key: some KeyspaceBytes) async throws -> Bytes? {
    try await run(.get(key))
  }

  /// Returns the string at a key and removes the key.
  ///
  /// `GETDEL`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func getdel(_ key: some KeyspaceBytes) async throws -> Bytes? {
    try await run(.getdel(key))
  }

  /// Returns the string at a key, and changes or removes its expiry.
  ///
  /// `GETEX`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func getex(_ key: some KeyspaceBytes, expiration: GETEX.Expiration? = nil) async throws -> Bytes? {
    try await run(.getex(key, expiration: expiration))
  }

  /// Returns a part of the string at a key.
  ///
  /// `GETRANGE`, since Redis 2.4.0. Complexity: O(N) in the bytes returned.
  public func getrange(_ key: some KeyspaceBytes, start: Int, end: Int) async throws -> Bytes {
    try await run(.getrange(key, start: start, end: end))
  }

  /// Sets a key and returns what it held.
  ///
  /// `GETSET`, since Redis 1.0.0. Complexity: O(1).
  /// Deprecated since 6.2.0: `SET` with `GET`.
  @discardableResult
  public func getset(_ key: some KeyspaceBytes, value: some KeyspaceBytes) async throws -> Bytes? {
    try await run(.getset(key, value: value))
  }

  /// Adds one to the integer at a key.
  ///
  /// `INCR`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func incr(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.incr(key))
  }

  /// Adds to the integer at a key.
  ///
  /// `INCRBY`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func incrby(_ key: some KeyspaceBytes, increment: Int) async throws -> Int {
    try await run(.incrby(key, increment: increment))
  }

  /// Adds to the floating-point number at a key.
  ///
  /// `INCRBYFLOAT`, since Redis 2.6.0. Complexity: O(1).
  @discardableResult
  public func incrbyfloat(_ key: some KeyspaceBytes, increment: Double) async throws -> Bytes {
    try await run(.incrbyfloat(key, increment: increment))
  }

  /// Finds the longest subsequence that two strings share.
  ///
  /// `LCS`, since Redis 7.0.0. Complexity: O(N*M) in the bytes of the two strings.
  public func lcs(
    key1: some KeyspaceBytes, key2: some KeyspaceBytes, len: Bool = false, idx: Bool = false, len2: Int? = nil, withmatchlen: Bool = false
  ) async throws -> Reply {
    try await run(.lcs(key1: key1, key2: key2, len: len, idx: idx, len2: len2, withmatchlen: withmatchlen))
  }

  /// Returns the strings at several keys.
  ///
  /// `MGET`, since Redis 1.0.0. Complexity: O(N) in the number of keys.
  public func mget(keys: [some KeyspaceBytes]) async throws -> [Bytes?] {
    try await run(.mget(keys: keys))
  }

  /// Sets several keys at once.
  ///
  /// `MSET`, since Redis 1.0.1. Complexity: O(N) in the number of keys.
  public func mset(data: [MSET.Data]) async throws {
    try await run(.mset(data: data))
  }

  /// Sets several keys at once, if none of them exists.
  ///
  /// `MSETNX`, since Redis 1.0.1. Complexity: O(N) in the number of keys.
  @discardableResult
  public func msetnx(data: [MSETNX.Data]) async throws -> Int {
    try await run(.msetnx(data: data))
  }

  /// Sets a key to a string that expires after some milliseconds.
  ///
  /// `PSETEX`, since Redis 2.6.0. Complexity: O(1).
  public func psetex(_ key: some KeyspaceBytes, milliseconds: Int, value: some KeyspaceBytes) async throws {
    try await run(.psetex(key, milliseconds: milliseconds, value: value))
  }

  /// Sets a key to a string, whatever it held.
  ///
  /// `SET`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func set(
    _ key: some KeyspaceBytes, value: some KeyspaceBytes, condition: SET.Condition? = nil, get: Bool = false,
    expiration: SET.Expiration? = nil
  ) async throws -> Bytes? {
    try await run(.set(key, value: value, condition: condition, get: get, expiration: expiration))
  }

  /// Sets a key to a string that expires after some seconds.
  ///
  /// `SETEX`, since Redis 2.0.0. Complexity: O(1).
  public func setex(_ key: some KeyspaceBytes, seconds: Int, value: some KeyspaceBytes) async throws {
    try await run(.setex(key, seconds: seconds, value: value))
  }

  /// Sets a key to a string, if it does not exist.
  ///
  /// `SETNX`, since Redis 1.0.0. Complexity: O(1).
  @discardableResult
  public func setnx(_ key: some KeyspaceBytes, value: some KeyspaceBytes) async throws -> Int {
    try await run(.setnx(key, value: value))
  }

  /// Overwrites a part of the string at a key, padding it with zero bytes.
  ///
  /// `SETRANGE`, since Redis 2.2.0. Complexity: O(M) in the bytes of the value, amortized.
  @discardableResult
  public func setrange(_ key: some KeyspaceBytes, offset: Int, value: some KeyspaceBytes) async throws -> Int {
    try await run(.setrange(key, offset: offset, value: value))
  }

  /// Returns how many bytes the string at a key has.
  ///
  /// `STRLEN`, since Redis 2.2.0. Complexity: O(1).
  public func strlen(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.strlen(key))
  }

  /// Returns a part of the string at a key.
  ///
  /// `SUBSTR`, since Redis 1.0.0. Complexity: O(N) in the bytes returned.
  /// Deprecated since 2.0.0: `GETRANGE`.
  public func substr(_ key: some KeyspaceBytes, start: Int, end: Int) async throws -> Bytes {
    try await run(.substr(key, start: start, end: end))
  }
}
