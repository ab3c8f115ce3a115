/// Searches: GEOSEARCH and its older kin.
extension GeoCommands {
  private enum Form {
    case search, searchStore
    case radius(stores: Bool)
    case radiusByMember(stores: Bool)

    var isSearch: Bool {
      switch self {
      case .search, .searchStore: true
      default: false
      }
    }
    var takesStore: Bool {
      switch self {
      case .radius(let stores), .radiusByMember(let stores): stores
      default: false
      }
    }
  }

  private struct Request {
    var centre: GeoPoint?
    /// Asked for by a member of a key that is not there.
    var isNowhere = false
    var isFromMember = false
    var shape: GeoArea.Shape?
    var unit = 1.0
    var withDistance = false
    var withHash = false
    var withPoint = false
    var takesAny = false
    /// 0: all.
    var count = 0
    var isDescending: Bool?
    /// The argument.
    var destination: Int?
    var storesDistance = false

    var hasCentre: Bool { centre != nil || isNowhere }
  }

  // MARK: arguments

  private static func length(_ call: Call, _ index: Int, _ name: StaticString) throws(CommandError) -> Double {
    try SortedSetCommands.score(call, index, or: CommandError("ERR need numeric \(name)"))
  }

  /// A radius at `index` and its unit.
  private static func readCircle(_ call: Call, _ index: Int, _ request: inout Request) throws(CommandError) {
    let radius = try length(call, index, "radius")
    guard radius >= 0 else { throw CommandError("ERR radius cannot be negative") }
    request.unit = try unit(call, index + 1)
    request.shape = .circle(radius: radius)
  }

  private static func readBox(_ call: Call, _ index: Int, _ request: inout Request) throws(CommandError) {
    let width = try length(call, index, "width")
    let height = try length(call, index + 1, "height")
    guard width >= 0, height >= 0 else { throw CommandError("ERR height or width cannot be negative") }
    request.unit = try unit(call, index + 2)
    request.shape = .box(width: width, height: height)
  }

  /// A member's place; that the key is not there is no mistake, that the member is not, is one.
  private static func readMember(_ call: Call, _ index: Int, _ set: SortedSetView?, _ request: inout Request) throws(CommandError) {
    guard let set else {
      request.isNowhere = true
      return
    }
    guard let point = set.place(call[index].buffer) else { throw CommandError("ERR could not decode requested zset member") }
    request.centre = point
  }

  private static func request(_ call: Call, _ form: Form, _ set: SortedSetView?) throws(CommandError) -> Request {
    var request = Request()
    var i = 2
    switch form {
    case .search: break
    case .searchStore:
      request.destination = 1
      i = 3
    case .radius:
      request.centre = try point(call, 2)
      try readCircle(call, 4, &request)
      i = 6
    case .radiusByMember:
      try readMember(call, 2, set, &request)
      if set != nil { try readCircle(call, 3, &request) }
      i = 5
    }
    while i < call.count { i = try readOption(call, i, form, set, &request) }
    try check(call, request, form)
    return request
  }

  /// Returns where the next option stands.
  private static func readOption(
    _ call: Call, _ i: Int, _ form: Form, _ set: SortedSetView?, _ request: inout Request
  ) throws(CommandError) -> Int {
    let left = call.count - i - 1
    if call.is(i, "WITHDIST") {
      request.withDistance = true
    } else if call.is(i, "WITHHASH") {
      request.withHash = true
    } else if call.is(i, "WITHCOORD") {
      request.withPoint = true
    } else if call.is(i, "ANY") {
      request.takesAny = true
    } else if call.is(i, "ASC") {
      request.isDescending = false
    } else if call.is(i, "DESC") {
      request.isDescending = true
    } else if call.is(i, "COUNT"), left >= 1 {
      request.count = Int(try call.integer(i + 1))
      guard request.count > 0 else { throw CommandError("ERR COUNT must be > 0") }
      return i + 2
    } else if form.takesStore, left >= 1, call.is(i, "STORE") || call.is(i, "STOREDIST") {
      request.destination = i + 1
      request.storesDistance = call.is(i, "STOREDIST")
      return i + 2
    } else if case .searchStore = form, call.is(i, "STOREDIST") {
      request.storesDistance = true
    } else if form.isSearch {
      return try readArea(call, i, set, &request)
    } else {
      throw .syntax
    }
    return i + 1
  }

  private static func readArea(_ call: Call, _ i: Int, _ set: SortedSetView?, _ request: inout Request) throws(CommandError) -> Int {
    let left = call.count - i - 1
    let isFromPoint = request.hasCentre && !request.isFromMember
    let isBox: Bool =
      switch request.shape {
      case .box: true
      default: false
      }
    if call.is(i, "FROMMEMBER"), left >= 1, !isFromPoint {
      try readMember(call, i + 1, set, &request)
      request.isFromMember = true
      return i + 2
    }
    if call.is(i, "FROMLONLAT"), left >= 2, !request.isFromMember {
      request.centre = try point(call, i + 1)
      return i + 3
    }
    if call.is(i, "BYRADIUS"), left >= 2, !isBox {
      try readCircle(call, i + 1, &request)
      return i + 3
    }
    if call.is(i, "BYBOX"), left >= 3, request.shape == nil || isBox {
      try readBox(call, i + 1, &request)
      return i + 4
    }
    throw .syntax
  }

  private static func check(_ call: Call, _ request: Request, _ form: Form) throws(CommandError) {
    if request.destination != nil, request.withDistance || request.withHash || request.withPoint {
      let name = form.isSearch ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS"
      throw CommandError("ERR \(name) is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
    }
    if form.isSearch, !request.hasCentre {
      throw CommandError("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ", quoting: [call[0].buffer])
    }
    if form.isSearch, request.shape == nil {
      throw CommandError("ERR exactly one of BYRADIUS and BYBOX can be specified for ", quoting: [call[0].buffer])
    }
    if request.takesAny, request.count == 0 { throw CommandError("ERR the ANY argument requires COUNT argument") }
  }

  // MARK: commands

  static func search(_ call: Call) throws(CommandError) { try search(call, .search) }
  static func searchStore(_ call: Call) throws(CommandError) { try search(call, .searchStore) }
  static func radius(_ call: Call) throws(CommandError) { try search(call, .radius(stores: true)) }
  static func radiusReadOnly(_ call: Call) throws(CommandError) { try search(call, .radius(stores: false)) }
  static func radiusByMember(_ call: Call) throws(CommandError) { try search(call, .radiusByMember(stores: true)) }
  static func radiusByMemberReadOnly(_ call: Call) throws(CommandError) { try search(call, .radiusByMember(stores: false)) }

  private static func search(_ call: Call, _ form: Form) throws(CommandError) {
    var source = 1
    if case .searchStore = form { source = 2 }
    let set = try call.database.sortedSet(call.key(source))
    let request = try request(call, form, set)
    var found: [GeoMatch] = []
    if let set, let centre = request.centre, let shape = request.shape {
      found = places(set, GeoArea(centre: centre, shape: shape, unit: request.unit), request)
    }
    if let destination = request.destination {
      store(call, destination, set, found, request, event: form.isSearch ? "geosearchstore" : "georadiusstore")
    } else {
      reply(call, set, found, request)
    }
  }

  private static func places(_ set: SortedSetView, _ area: GeoArea, _ request: Request) -> [GeoMatch] {
    var found = set.places(in: area, limit: request.takesAny ? request.count : 0)
    // A number of them without an order means the nearest.
    let isDescending = request.isDescending ?? (request.count > 0 && !request.takesAny ? false : nil)
    if let isDescending {
      let order = found.indices.sorted {
        let (a, b) = (found[$0].distance, found[$1].distance)
        return a != b ? (isDescending ? a > b : a < b) : $0 < $1
      }
      found = order.map { found[$0] }
    }
    return request.count > 0 && found.count > request.count ? Array(found[..<request.count]) : found
  }

  private static func reply(_ call: Call, _ set: SortedSetView?, _ found: [GeoMatch], _ request: Request) {
    let options = (request.withDistance ? 1 : 0) + (request.withHash ? 1 : 0) + (request.withPoint ? 1 : 0)
    call.reply.array(found.count)
    guard let set else { return }
    for match in found {
      if options > 0 { call.reply.array(options + 1) }
      set.forEach(match.rank..<match.rank + 1, withScores: false) { member, _ in call.reply.bulk(member) }
      if request.withDistance { reply(call, distance: match.distance / request.unit) }
      if request.withHash { call.reply.integer(Int64(exactly: match.score.rounded(.towardZero)) ?? .min) }
      if request.withPoint { reply(call, match.point) }
    }
  }

  private static func store(
    _ call: Call, _ destination: Int, _ set: SortedSetView?, _ found: [GeoMatch], _ request: Request, event: StaticString
  ) {
    let database = call.database
    let key = call.key(destination)
    var builder = database.sortedSetBuilder
    for match in found {
      let score = request.storesDistance ? match.distance / request.unit : match.score
      set?.forEach(match.rank..<match.rank + 1, withScores: false) { member, _ in builder.append(member, score) }
    }
    let existed = database.peek(key) != nil
    database.replaceSortedSet(key, builder.finish(), event: event) { database.recordWhole(key, replacing: existed) }
    if found.count > 1 { call.engine.hot.pointee.dirty &+= Int64(found.count - 1) }
    call.reply.integer(found.count)
  }
}

extension Database {
  /// The sorted set as it is now, as effects of ZADD: where it came from depends on the sines of another machine.
  fileprivate func recordWhole(_ key: KeyView, replacing: Bool) {
    let effects = engine.effects
    if replacing {
      effects.begin(index, 2, "DEL")
      effects.argument(key)
    }
    guard let entry = peek(key) else { return }
    let set = SortedSetView(entry)
    let partMax = 1024
    for start in stride(from: 0, to: set.count, by: partMax) {
      let end = min(start + partMax, set.count)
      effects.begin(index, 2 + (end - start) * 2, "ZADD")
      effects.argument(key)
      set.forEach(start..<end) { member, score in
        ScoreText.with(score) { effects.argument($0) }
        effects.argument(member)
      }
    }
  }
}
