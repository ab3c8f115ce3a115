internal import CTern

/// Commands that add places and ask about them.
extension GeoCommands {
  /// Longitude and latitude at `index` and behind.
  static func point(_ call: Call, _ index: Int) throws(CommandError) -> GeoPoint {
    let point = GeoPoint(
      longitude: try SortedSetCommands.score(call, index), latitude: try SortedSetCommands.score(call, index + 1))
    guard point.isValid else {
      throw CommandError("ERR invalid longitude,latitude pair \(fixed(point.longitude, 6)),\(fixed(point.latitude, 6))")
    }
    return point
  }

  private static func fixed(_ value: Double, _ digits: Int32) -> String { withFixed(value, digits) { String(decoding: $0, as: UTF8.self) } }

  /// `%.<digits>f`.
  static func withFixed<R>(_ value: Double, _ digits: Int32, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { out in
      guard let base = out.baseAddress else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
      return body(UnsafeRawBufferPointer(start: base, count: Int(tern_format_fixed(value, digits, base, out.count))))
    }
  }

  /// Metres.
  static func unit(_ call: Call, _ index: Int) throws(CommandError) -> Double {
    if call.is(index, "M") { return 1 }
    if call.is(index, "KM") { return 1000 }
    if call.is(index, "FT") { return 0.3048 }
    if call.is(index, "MI") { return 1609.34 }
    throw CommandError("ERR unsupported unit provided. please use M, KM, FT, MI")
  }

  /// Both as Redis prints a coordinate: 17 digits behind the point, without zeros at the end.
  static func reply(_ call: Call, _ point: GeoPoint) {
    call.reply.array(2)
    for value in [point.longitude, point.latitude] {
      withFixed(value, 17) { text in
        var count = text.count
        while count > 0, text[count - 1] == UInt8(ascii: "0") { count -= 1 }
        if count > 0, text[count - 1] == UInt8(ascii: ".") { count -= 1 }
        let isMinusZero = count == 2 && text[0] == UInt8(ascii: "-") && text[1] == UInt8(ascii: "0")
        let digits = UnsafeRawBufferPointer(rebasing: text[(isMinusZero ? 1 : 0)..<count])
        guard call.reply.isRESP3 else { return call.reply.bulk(digits) }
        call.reply.raw(",")
        call.reply.raw(digits)
        call.reply.raw("\r\n")
      }
    }
  }

  static func reply(_ call: Call, distance: Double) { withFixed(distance, 4) { call.reply.bulk($0) } }

  static func add(_ call: Call) throws(CommandError) {
    var condition = Database.ScoreCondition()
    var countsUpdates = false
    var isNX = false
    var isXX = false
    var first = 2
    while first < call.count {
      if call.is(first, "NX") {
        isNX = true
      } else if call.is(first, "XX") {
        isXX = true
      } else if call.is(first, "CH") {
        countsUpdates = true
      } else {
        break
      }
      first += 1
    }
    let rest = call.count - first
    guard rest % 3 == 0, !(isNX && isXX) else { throw .syntax }
    // What is left of ZADD's check, which GEOADD hands its work to.
    guard rest > 0 else { throw .syntax }
    var scores: [Double] = []
    for i in 0..<rest / 3 { scores.append(GeoCell(try point(call, first + i * 3)).score) }
    condition.presence = isNX ? .ifAbsent : isXX ? .ifPresent : .any
    let (added, updated) = try call.database.addScored(call.key(1), condition, scores.count) { i in
      (call[first + 2 + i * 3].buffer, scores[i])
    }
    call.reply.integer(countsUpdates ? added + updated : added)
  }

  static func position(_ call: Call) throws(CommandError) {
    let set = try call.database.sortedSet(call.key(1))
    call.reply.array(call.count - 2)
    for i in 2..<max(2, call.count) {
      if let point = set?.place(call[i].buffer) { reply(call, point) } else { call.reply.nullArray() }
    }
  }

  static func hash(_ call: Call) throws(CommandError) {
    let set = try call.database.sortedSet(call.key(1))
    call.reply.array(call.count - 2)
    for i in 2..<max(2, call.count) {
      if let score = set?.score(call[i].buffer) { call.reply.bulk(GeoCell(score: score).text) } else { call.reply.null() }
    }
  }

  static func distance(_ call: Call) throws(CommandError) {
    guard call.count <= 5 else { throw .syntax }
    let unit = call.count == 5 ? try unit(call, 4) : 1
    let set = try call.database.sortedSet(call.key(1))
    guard let set, let from = set.place(call[2].buffer), let to = set.place(call[3].buffer) else { return call.reply.null() }
    reply(call, distance: from.distance(to: to) / unit)
  }
}
