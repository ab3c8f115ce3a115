// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

extension KeyspaceCommand where Value == Double? {
  /// Returns how far apart two places are.
  ///
  /// `GEODIST`, since Redis 3.2.0. Complexity: O(1).
  public static func geodist(_ key: some KeyspaceBytes, member1: some KeyspaceBytes, member2: some KeyspaceBytes, unit: GEODIST.Unit? = nil)
    -> KeyspaceCommand<Double?>
  {
    var request = KeyspaceRequest("GEODIST")
    request.add(key)
    request.add(member1)
    request.add(member2)
    if let unit { request.add(unit) }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalDouble() }
  }
}

extension KeyspaceCommand where Value == Int {
  /// Adds places to a geo index.
  ///
  /// `GEOADD`, since Redis 3.2.0. Complexity: O(log N) a place.
  public static func geoadd(_ key: some KeyspaceBytes, condition: GEOADD.Condition? = nil, change: Bool = false, data: [GEOADD.Data])
    -> KeyspaceCommand<Int>
  {
    var request = KeyspaceRequest("GEOADD")
    request.add(key)
    if let condition { request.add(condition) }
    if change { request.token("CH") }
    request.add(data)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Keeps the places inside a circle or a box.
  ///
  /// `GEOSEARCHSTORE`, since Redis 6.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  public static func geosearchstore(
    destination: some KeyspaceBytes, source: some KeyspaceBytes, from: GEOSEARCHSTORE.From, by: GEOSEARCHSTORE.By,
    order: GEOSEARCHSTORE.Order? = nil, count: GEOSEARCHSTORE.Count? = nil, storedist: Bool = false
  ) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("GEOSEARCHSTORE")
    request.add(destination)
    request.add(source)
    request.add(from)
    request.add(by)
    if let order { request.add(order) }
    if let count { request.add(count) }
    if storedist { request.token("STOREDIST") }
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Returns the coordinates of places.
  ///
  /// `GEOPOS`, since Redis 3.2.0. Complexity: O(N) in the members asked for.
  public static func geopos(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("GEOPOS")
    request.add(key)
    request.add(members)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Finds the places around a point, and may keep them.
  ///
  /// `GEORADIUS`, since Redis 3.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH` or `GEOSEARCHSTORE`, `BYRADIUS`.
  public static func georadius(
    _ key: some KeyspaceBytes, longitude: Double, latitude: Double, radius: Double, unit: GEORADIUS.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUS.Count? = nil, order: GEORADIUS.Order? = nil, key2: Bytes? = nil,
    key3: Bytes? = nil
  ) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("GEORADIUS")
    request.add(key)
    request.add(longitude)
    request.add(latitude)
    request.add(radius)
    request.add(unit)
    if withcoord { request.token("WITHCOORD") }
    if withdist { request.token("WITHDIST") }
    if withhash { request.token("WITHHASH") }
    if let count { request.add(count) }
    if let order { request.add(order) }
    if let key2 {
      request.token("STORE")
      request.add(key2)
    }
    if let key3 {
      request.token("STOREDIST")
      request.add(key3)
    }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Finds the places around a point.
  ///
  /// `GEORADIUS_RO`, since Redis 3.2.10. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH`, `BYRADIUS`.
  public static func georadiusRo(
    _ key: some KeyspaceBytes, longitude: Double, latitude: Double, radius: Double, unit: GEORADIUS_RO.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUS_RO.Count? = nil, order: GEORADIUS_RO.Order? = nil
  ) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("GEORADIUS_RO")
    request.add(key)
    request.add(longitude)
    request.add(latitude)
    request.add(radius)
    request.add(unit)
    if withcoord { request.token("WITHCOORD") }
    if withdist { request.token("WITHDIST") }
    if withhash { request.token("WITHHASH") }
    if let count { request.add(count) }
    if let order { request.add(order) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Finds the places around a place, and may keep them.
  ///
  /// `GEORADIUSBYMEMBER`, since Redis 3.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH` or `GEOSEARCHSTORE`, `FROMMEMBER` and `BYRADIUS`.
  public static func georadiusbymember(
    _ key: some KeyspaceBytes, member: some KeyspaceBytes, radius: Double, unit: GEORADIUSBYMEMBER.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUSBYMEMBER.Count? = nil, order: GEORADIUSBYMEMBER.Order? = nil,
    key2: Bytes? = nil, key3: Bytes? = nil
  ) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("GEORADIUSBYMEMBER")
    request.add(key)
    request.add(member)
    request.add(radius)
    request.add(unit)
    if withcoord { request.token("WITHCOORD") }
    if withdist { request.token("WITHDIST") }
    if withhash { request.token("WITHHASH") }
    if let count { request.add(count) }
    if let order { request.add(order) }
    if let key2 {
      request.token("STORE")
      request.add(key2)
    }
    if let key3 {
      request.token("STOREDIST")
      request.add(key3)
    }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Finds the places around a place.
  ///
  /// `GEORADIUSBYMEMBER_RO`, since Redis 3.2.10. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH`, `FROMMEMBER` and `BYRADIUS`.
  public static func georadiusbymemberRo(
    _ key: some KeyspaceBytes, member: some KeyspaceBytes, radius: Double, unit: GEORADIUSBYMEMBER_RO.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUSBYMEMBER_RO.Count? = nil, order: GEORADIUSBYMEMBER_RO.Order? = nil
  ) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("GEORADIUSBYMEMBER_RO")
    request.add(key)
    request.add(member)
    request.add(radius)
    request.add(unit)
    if withcoord { request.token("WITHCOORD") }
    if withdist { request.token("WITHDIST") }
    if withhash { request.token("WITHHASH") }
    if let count { request.add(count) }
    if let order { request.add(order) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Finds the places inside a circle or a box.
  ///
  /// `GEOSEARCH`, since Redis 6.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  public static func geosearch(
    _ key: some KeyspaceBytes, from: GEOSEARCH.From, by: GEOSEARCH.By, order: GEOSEARCH.Order? = nil, count: GEOSEARCH.Count? = nil,
    withcoord: Bool = false, withdist: Bool = false, withhash: Bool = false
  ) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("GEOSEARCH")
    request.add(key)
    request.add(from)
    request.add(by)
    if let order { request.add(order) }
    if let count { request.add(count) }
    if withcoord { request.token("WITHCOORD") }
    if withdist { request.token("WITHDIST") }
    if withhash { request.token("WITHHASH") }
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == [Bytes?] {
  /// Returns the geohashes of places.
  ///
  /// `GEOHASH`, since Redis 3.2.0. Complexity: O(N) in the members asked for.
  public static func geohash(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) -> KeyspaceCommand<[Bytes?]> {
    var request = KeyspaceRequest("GEOHASH")
    request.add(key)
    request.add(members)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytesArray() }
  }
}

extension Leader {
  /// Adds places to a geo index.
  ///
  /// `GEOADD`, since Redis 3.2.0. Complexity: O(log N) a place.
  @discardableResult
  public func geoadd(_ key: some KeyspaceBytes, condition: GEOADD.Condition? = nil, change: Bool = false, data: [GEOADD.Data]) async throws
    -> Int
  {
    try await run(.geoadd(key, condition: condition, change: change, data: data))
  }

  /// Returns how far apart two places are.
  ///
  /// `GEODIST`, since Redis 3.2.0. Complexity: O(1).
  public func geodist(_ key: some KeyspaceBytes, member1: some KeyspaceBytes, member2: some KeyspaceBytes, unit: GEODIST.Unit? = nil)
    async throws -> Double?
  {
    try await run(.geodist(key, member1: member1, member2: member2, unit: unit))
  }

  /// Returns the geohashes of places.
  ///
  /// `GEOHASH`, since Redis 3.2.0. Complexity: O(N) in the members asked for.
  public func geohash(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) async throws -> [Bytes?] {
    try await run(.geohash(key, members: members))
  }

  /// Returns the coordinates of places.
  ///
  /// `GEOPOS`, since Redis 3.2.0. Complexity: O(N) in the members asked for.
  public func geopos(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) async throws -> Reply {
    try await run(.geopos(key, members: members))
  }

  /// Finds the places around a point, and may keep them.
  ///
  /// `GEORADIUS`, since Redis 3.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH` or `GEOSEARCHSTORE`, `BYRADIUS`.
  @discardableResult
  public func georadius(
    _ key: some KeyspaceBytes, longitude: Double, latitude: Double, radius: Double, unit: GEORADIUS.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUS.Count? = nil, order: GEORADIUS.Order? = nil, key2: Bytes? = nil,
    key3: Bytes? = nil
  ) async throws -> Reply {
    try await run(
      .georadius(
        key, longitude: longitude, latitude: latitude, radius: radius, unit: unit, withcoord: withcoord, withdist: withdist,
        withhash: withhash, count: count, order: order, key2: key2, key3: key3))
  }

  /// Finds the places around a point.
  ///
  /// `GEORADIUS_RO`, since Redis 3.2.10. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH`, `BYRADIUS`.
  public func georadiusRo(
    _ key: some KeyspaceBytes, longitude: Double, latitude: Double, radius: Double, unit: GEORADIUS_RO.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUS_RO.Count? = nil, order: GEORADIUS_RO.Order? = nil
  ) async throws -> Reply {
    try await run(
      .georadiusRo(
        key, longitude: longitude, latitude: latitude, radius: radius, unit: unit, withcoord: withcoord, withdist: withdist,
        withhash: withhash, count: count, order: order))
  }

  /// Finds the places around a place, and may keep them.
  ///
  /// `GEORADIUSBYMEMBER`, since Redis 3.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH` or `GEOSEARCHSTORE`, `FROMMEMBER` and `BYRADIUS`.
  @discardableResult
  public func georadiusbymember(
    _ key: some KeyspaceBytes, member: some KeyspaceBytes, radius: Double, unit: GEORADIUSBYMEMBER.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUSBYMEMBER.Count? = nil, order: GEORADIUSBYMEMBER.Order? = nil,
    key2: Bytes? = nil, key3: Bytes? = nil
  ) async throws -> Reply {
    try await run(
      .georadiusbymember(
        key, member: member, radius: radius, unit: unit, withcoord: withcoord, withdist: withdist, withhash: withhash, count: count,
        order: order, key2: key2, key3: key3))
  }

  /// Finds the places around a place.
  ///
  /// `GEORADIUSBYMEMBER_RO`, since Redis 3.2.10. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH`, `FROMMEMBER` and `BYRADIUS`.
  public func georadiusbymemberRo(
    _ key: some KeyspaceBytes, member: some KeyspaceBytes, radius: Double, unit: GEORADIUSBYMEMBER_RO.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUSBYMEMBER_RO.Count? = nil, order: GEORADIUSBYMEMBER_RO.Order? = nil
  ) async throws -> Reply {
    try await run(
      .georadiusbymemberRo(
        key, member: member, radius: radius, unit: unit, withcoord: withcoord, withdist: withdist, withhash: withhash, count: count,
        order: order))
  }

  /// Finds the places inside a circle or a box.
  ///
  /// `GEOSEARCH`, since Redis 6.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  public func geosearch(
    _ key: some KeyspaceBytes, from: GEOSEARCH.From, by: GEOSEARCH.By, order: GEOSEARCH.Order? = nil, count: GEOSEARCH.Count? = nil,
    withcoord: Bool = false, withdist: Bool = false, withhash: Bool = false
  ) async throws -> Reply {
    try await run(
      .geosearch(key, from: from, by: by, order: order, count: count, withcoord: withcoord, withdist: withdist, withhash: withhash))
  }

  /// Keeps the places inside a circle or a box.
  ///
  /// `GEOSEARCHSTORE`, since Redis 6.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  @discardableResult
  public func geosearchstore(
    destination: some KeyspaceBytes, source: some KeyspaceBytes, from: GEOSEARCHSTORE.From, by: GEOSEARCHSTORE.By,
    order: GEOSEARCHSTORE.Order? = nil, count: GEOSEARCHSTORE.Count? = nil, storedist: Bool = false
  ) async throws -> Int {
    try await run(
      .geosearchstore(destination: destination, source: source, from: from, by: by, order: order, count: count, storedist: storedist))
  }
}
