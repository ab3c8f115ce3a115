// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

/// Options of `GEOADD`.
public enum GEOADD {
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

  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var longitude: Double
    public var latitude: Double
    public var member: Bytes
    public init(longitude: Double, latitude: Double, member: some KeyspaceBytes) {
      self.longitude = longitude
      self.latitude = latitude
      self.member = Bytes(member)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(longitude)
      request.add(latitude)
      request.add(member)
    }
  }
}

/// Options of `GEODIST`.
public enum GEODIST {
  public enum Unit: KeyspaceRequestPart, Hashable, Sendable {
    case m
    case km
    case ft
    case mi

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .m: request.token("M")
      case .km: request.token("KM")
      case .ft: request.token("FT")
      case .mi: request.token("MI")
      }
    }
  }
}

/// Options of `GEORADIUS`.
public enum GEORADIUS {
  public enum Unit: KeyspaceRequestPart, Hashable, Sendable {
    case m
    case km
    case ft
    case mi

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .m: request.token("M")
      case .km: request.token("KM")
      case .ft: request.token("FT")
      case .mi: request.token("MI")
      }
    }
  }

  public struct Count: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int
    public var any: Bool
    public init(count: Int, any: Bool = false) {
      self.count = count
      self.any = any
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("COUNT")
      request.add(count)
      if any { request.token("ANY") }
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

/// Options of `GEORADIUSBYMEMBER`.
public enum GEORADIUSBYMEMBER {
  public enum Unit: KeyspaceRequestPart, Hashable, Sendable {
    case m
    case km
    case ft
    case mi

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .m: request.token("M")
      case .km: request.token("KM")
      case .ft: request.token("FT")
      case .mi: request.token("MI")
      }
    }
  }

  public struct Count: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int
    public var any: Bool
    public init(count: Int, any: Bool = false) {
      self.count = count
      self.any = any
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("COUNT")
      request.add(count)
      if any { request.token("ANY") }
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

/// Options of `GEORADIUSBYMEMBER_RO`.
public enum GEORADIUSBYMEMBER_RO {
  public enum Unit: KeyspaceRequestPart, Hashable, Sendable {
    case m
    case km
    case ft
    case mi

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .m: request.token("M")
      case .km: request.token("KM")
      case .ft: request.token("FT")
      case .mi: request.token("MI")
      }
    }
  }

  public struct Count: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int
    public var any: Bool
    public init(count: Int, any: Bool = false) {
      self.count = count
      self.any = any
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("COUNT")
      request.add(count)
      if any { request.token("ANY") }
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

/// Options of `GEORADIUS_RO`.
public enum GEORADIUS_RO {
  public enum Unit: KeyspaceRequestPart, Hashable, Sendable {
    case m
    case km
    case ft
    case mi

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .m: request.token("M")
      case .km: request.token("KM")
      case .ft: request.token("FT")
      case .mi: request.token("MI")
      }
    }
  }

  public struct Count: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int
    public var any: Bool
    public init(count: Int, any: Bool = false) {
      self.count = count
      self.any = any
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("COUNT")
      request.add(count)
      if any { request.token("ANY") }
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

/// Options of `GEOSEARCH`.
public enum GEOSEARCH {
  public struct LongitudeLatitude: KeyspaceRequestPart, Hashable, Sendable {
    public var longitude: Double
    public var latitude: Double
    public init(longitude: Double, latitude: Double) {
      self.longitude = longitude
      self.latitude = latitude
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(longitude)
      request.add(latitude)
    }
  }

  public enum From: KeyspaceRequestPart, Hashable, Sendable {
    case member(Bytes)
    case longitudeLatitude(LongitudeLatitude)

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .member(let value):
        request.token("FROMMEMBER")
        request.add(value)
      case .longitudeLatitude(let value):
        request.token("FROMLONLAT")
        request.add(value)
      }
    }
  }

  public enum Unit: KeyspaceRequestPart, Hashable, Sendable {
    case m
    case km
    case ft
    case mi

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .m: request.token("M")
      case .km: request.token("KM")
      case .ft: request.token("FT")
      case .mi: request.token("MI")
      }
    }
  }

  public struct Circle: KeyspaceRequestPart, Hashable, Sendable {
    public var radius: Double
    public var unit: Unit
    public init(radius: Double, unit: Unit) {
      self.radius = radius
      self.unit = unit
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("BYRADIUS")
      request.add(radius)
      request.add(unit)
    }
  }

  public struct Box: KeyspaceRequestPart, Hashable, Sendable {
    public var width: Double
    public var height: Double
    public var unit: Unit
    public init(width: Double, height: Double, unit: Unit) {
      self.width = width
      self.height = height
      self.unit = unit
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("BYBOX")
      request.add(width)
      request.add(height)
      request.add(unit)
    }
  }

  public enum By: KeyspaceRequestPart, Hashable, Sendable {
    case circle(Circle)
    case box(Box)

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .circle(let value):
        request.add(value)
      case .box(let value):
        request.add(value)
      }
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

  public struct Count: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int
    public var any: Bool
    public init(count: Int, any: Bool = false) {
      self.count = count
      self.any = any
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("COUNT")
      request.add(count)
      if any { request.token("ANY") }
    }
  }
}

/// Options of `GEOSEARCHSTORE`.
public enum GEOSEARCHSTORE {
  public struct LongitudeLatitude: KeyspaceRequestPart, Hashable, Sendable {
    public var longitude: Double
    public var latitude: Double
    public init(longitude: Double, latitude: Double) {
      self.longitude = longitude
      self.latitude = latitude
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(longitude)
      request.add(latitude)
    }
  }

  public enum From: KeyspaceRequestPart, Hashable, Sendable {
    case member(Bytes)
    case longitudeLatitude(LongitudeLatitude)

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .member(let value):
        request.token("FROMMEMBER")
        request.add(value)
      case .longitudeLatitude(let value):
        request.token("FROMLONLAT")
        request.add(value)
      }
    }
  }

  public enum Unit: KeyspaceRequestPart, Hashable, Sendable {
    case m
    case km
    case ft
    case mi

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .m: request.token("M")
      case .km: request.token("KM")
      case .ft: request.token("FT")
      case .mi: request.token("MI")
      }
    }
  }

  public struct Circle: KeyspaceRequestPart, Hashable, Sendable {
    public var radius: Double
    public var unit: Unit
    public init(radius: Double, unit: Unit) {
      self.radius = radius
      self.unit = unit
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("BYRADIUS")
      request.add(radius)
      request.add(unit)
    }
  }

  public struct Box: KeyspaceRequestPart, Hashable, Sendable {
    public var width: Double
    public var height: Double
    public var unit: Unit
    public init(width: Double, height: Double, unit: Unit) {
      self.width = width
      self.height = height
      self.unit = unit
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("BYBOX")
      request.add(width)
      request.add(height)
      request.add(unit)
    }
  }

  public enum By: KeyspaceRequestPart, Hashable, Sendable {
    case circle(Circle)
    case box(Box)

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .circle(let value):
        request.add(value)
      case .box(let value):
        request.add(value)
      }
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

  public struct Count: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int
    public var any: Bool
    public init(count: Int, any: Bool = false) {
      self.count = count
      self.any = any
    }
    func encode(into request: inout KeyspaceRequest) {
      request.token("COUNT")
      request.add(count)
      if any { request.token("ANY") }
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Returns how far apart two places are.
  ///
  /// `GEODIST`, since Redis 3.2.0. Complexity: O(1).
  public func geodist(_ key: some KeyspaceBytes, member1: some KeyspaceBytes, member2: some KeyspaceBytes, unit: GEODIST.Unit? = nil)
    throws(TernError) -> Double?
  {
    var request = KeyspaceRequest("GEODIST")
    request.add(key)
    request.add(member1)
    request.add(member2)
    if let unit { request.add(unit) }
    return try execute(request).asOptionalDouble()
  }

  /// Returns the geohashes of places.
  ///
  /// `GEOHASH`, since Redis 3.2.0. Complexity: O(N) in the members asked for.
  public func geohash(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> [Bytes?] {
    var request = KeyspaceRequest("GEOHASH")
    request.add(key)
    request.add(members)
    return try execute(request).asOptionalBytesArray()
  }

  /// Returns the coordinates of places.
  ///
  /// `GEOPOS`, since Redis 3.2.0. Complexity: O(N) in the members asked for.
  public func geopos(_ key: some KeyspaceBytes, members: [some KeyspaceBytes]) throws(TernError) -> Reply {
    var request = KeyspaceRequest("GEOPOS")
    request.add(key)
    request.add(members)
    return try execute(request)
  }

  /// Finds the places around a point.
  ///
  /// `GEORADIUS_RO`, since Redis 3.2.10. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH`, `BYRADIUS`.
  public func georadiusRo(
    _ key: some KeyspaceBytes, longitude: Double, latitude: Double, radius: Double, unit: GEORADIUS_RO.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUS_RO.Count? = nil, order: GEORADIUS_RO.Order? = nil
  ) throws(TernError) -> Reply {
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
    return try execute(request)
  }

  /// Finds the places around a place.
  ///
  /// `GEORADIUSBYMEMBER_RO`, since Redis 3.2.10. Complexity: O(N + M log M): N places in the area searched, M found.
  /// Deprecated since 6.2.0: `GEOSEARCH`, `FROMMEMBER` and `BYRADIUS`.
  public func georadiusbymemberRo(
    _ key: some KeyspaceBytes, member: some KeyspaceBytes, radius: Double, unit: GEORADIUSBYMEMBER_RO.Unit, withcoord: Bool = false,
    withdist: Bool = false, withhash: Bool = false, count: GEORADIUSBYMEMBER_RO.Count? = nil, order: GEORADIUSBYMEMBER_RO.Order? = nil
  ) throws(TernError) -> Reply {
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
    return try execute(request)
  }

  /// Finds the places inside a circle or a box.
  ///
  /// `GEOSEARCH`, since Redis 6.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  public func geosearch(
    _ key: some KeyspaceBytes, from: GEOSEARCH.From, by: GEOSEARCH.By, order: GEOSEARCH.Order? = nil, count: GEOSEARCH.Count? = nil,
    withcoord: Bool = false, withdist: Bool = false, withhash: Bool = false
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("GEOSEARCH")
    request.add(key)
    request.add(from)
    request.add(by)
    if let order { request.add(order) }
    if let count { request.add(count) }
    if withcoord { request.token("WITHCOORD") }
    if withdist { request.token("WITHDIST") }
    if withhash { request.token("WITHHASH") }
    return try execute(request)
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Adds places to a geo index.
  ///
  /// `GEOADD`, since Redis 3.2.0. Complexity: O(log N) a place.
  @discardableResult
  public func geoadd(_ key: some KeyspaceBytes, condition: GEOADD.Condition? = nil, change: Bool = false, data: [GEOADD.Data])
    throws(TernError) -> Int
  {
    var request = KeyspaceRequest("GEOADD")
    request.add(key)
    if let condition { request.add(condition) }
    if change { request.token("CH") }
    request.add(data)
    return try execute(request).asInteger()
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
  ) throws(TernError) -> Reply {
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
    return try execute(request)
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
  ) throws(TernError) -> Reply {
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
    return try execute(request)
  }

  /// Keeps the places inside a circle or a box.
  ///
  /// `GEOSEARCHSTORE`, since Redis 6.2.0. Complexity: O(N + M log M): N places in the area searched, M found.
  @discardableResult
  public func geosearchstore(
    destination: some KeyspaceBytes, source: some KeyspaceBytes, from: GEOSEARCHSTORE.From, by: GEOSEARCHSTORE.By,
    order: GEOSEARCHSTORE.Order? = nil, count: GEOSEARCHSTORE.Count? = nil, storedist: Bool = false
  ) throws(TernError) -> Int {
    var request = KeyspaceRequest("GEOSEARCHSTORE")
    request.add(destination)
    request.add(source)
    request.add(from)
    request.add(by)
    if let order { request.add(order) }
    if let count { request.add(count) }
    if storedist { request.token("STOREDIST") }
    return try execute(request).asInteger()
  }
}
