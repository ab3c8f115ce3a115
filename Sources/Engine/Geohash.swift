internal import CTern

/// A point on the earth, in degrees.
struct GeoPoint {
  /// Web Mercator's limits: beyond them a point has no geohash.
  static let latitudeMax = 85.05112878
  static let longitudeMax = 180.0
  /// Metres; the mean radius that Redis reckons with.
  static let earthRadius = 6372797.560856

  var longitude: Double
  var latitude: Double

  var isValid: Bool {
    longitude >= -Self.longitudeMax && longitude <= Self.longitudeMax && latitude >= -Self.latitudeMax && latitude <= Self.latitudeMax
  }

  @inline(__always) static func radians(_ degrees: Double) -> Double { degrees * (Double.pi / 180) }
  @inline(__always) static func degrees(_ radians: Double) -> Double { radians / (Double.pi / 180) }

  /// Metres along the meridian.
  static func distance(fromLatitude a: Double, to b: Double) -> Double { earthRadius * abs(radians(b) - radians(a)) }

  /// Metres along the great circle, by the haversine formula; the order of the operations is Redis's, so that the last digits agree.
  func distance(to other: GeoPoint) -> Double {
    let v = tern_sin((Self.radians(other.longitude) - Self.radians(longitude)) / 2)
    if v == 0 { return Self.distance(fromLatitude: latitude, to: other.latitude) }
    let from = Self.radians(latitude)
    let to = Self.radians(other.latitude)
    let u = tern_sin((to - from) / 2)
    let a = u * u + tern_cos(from) * tern_cos(to) * v * v
    return 2 * Self.earthRadius * tern_asin(a.squareRoot())
  }
}

/// A cell of the grid that halves longitudes and latitudes `steps` times: its column and row, counted from the south west.
///
/// As a number their bits are interleaved, a column's above a row's of the same weight, so that the cells inside of a cell are a range.
/// A point on the very eastern or northern edge has the column or row 2^steps, one more than there are; Redis lets it be so.
struct GeoCell: Equatable {
  /// The finest grid: 52 bits, which a score holds exactly.
  static let stepsMax = 26

  var steps: Int
  var column: UInt32
  var row: UInt32

  init(steps: Int, column: UInt32, row: UInt32) {
    self.steps = steps
    self.column = column
    self.row = row
  }

  /// The cell that the point lies in. `latitudeMax`: how far north and south the grid reaches.
  init(_ point: GeoPoint, steps: Int = GeoCell.stepsMax, latitudeMax: Double = GeoPoint.latitudeMax) {
    let cells = Double(UInt64(1) << UInt64(steps))
    let x = (point.longitude + GeoPoint.longitudeMax) / (GeoPoint.longitudeMax * 2)
    let y = (point.latitude + latitudeMax) / (latitudeMax * 2)
    self.init(steps: steps, column: UInt32(clamping: Int64(x * cells)), row: UInt32(clamping: Int64(y * cells)))
  }

  /// The cell that a member's score means. Any number will do: not every score in a sorted set was made by GEOADD.
  init(score: Double) {
    let bits = GeoCell.bits(score)
    self.init(steps: Self.stepsMax, column: Self.squeeze(bits >> 1), row: Self.squeeze(bits))
  }

  /// As the conversion to an unsigned integer of 64 bits does it on x86, out of range too.
  private static func bits(_ score: Double) -> UInt64 {
    let half = 9_223_372_036_854_775_808.0
    if score < half { return score >= -half ? UInt64(bitPattern: Int64(score)) : 1 << 63 }
    return score < half * 2 ? UInt64(score) : 0
  }

  var number: UInt64 { Self.spread(row) | Self.spread(column) << 1 }
  var score: Double { Double(number) }

  /// The scores of all points in the cell: from the one, up to and without the other.
  var scores: ScoreRange {
    let shift = UInt64(52 - steps * 2)
    return ScoreRange(min: Double(number << shift), max: Double((number &+ 1) << shift), excludesMax: true)
  }

  /// The bits apart, with a zero above each.
  private static func spread(_ value: UInt32) -> UInt64 {
    var bits = UInt64(value)
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333
    return (bits | bits << 1) & 0x5555_5555_5555_5555
  }

  private static func squeeze(_ number: UInt64) -> UInt32 {
    var bits = number & 0x5555_5555_5555_5555
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
    bits = (bits | bits >> 2) & 0x0f0f_0f0f_0f0f_0f0f
    bits = (bits | bits >> 4) & 0x00ff_00ff_00ff_00ff
    bits = (bits | bits >> 8) & 0x0000_ffff_0000_ffff
    return UInt32(truncatingIfNeeded: bits | bits >> 16)
  }

  // MARK: places

  private func edge(_ index: UInt32, _ max: Double) -> Double {
    -max + (Double(index) / Double(UInt64(1) << UInt64(steps))) * (max + max)
  }
  var west: Double { edge(column, GeoPoint.longitudeMax) }
  var east: Double { edge(column &+ 1, GeoPoint.longitudeMax) }
  var south: Double { edge(row, GeoPoint.latitudeMax) }
  var north: Double { edge(row &+ 1, GeoPoint.latitudeMax) }

  var centre: GeoPoint {
    let longitude = (west + east) / 2
    let latitude = (south + north) / 2
    return GeoPoint(
      longitude: min(max(longitude, -GeoPoint.longitudeMax), GeoPoint.longitudeMax),
      latitude: min(max(latitude, -GeoPoint.latitudeMax), GeoPoint.latitudeMax))
  }

  /// The cell so many columns to the east and rows to the north; round the globe, over its edges in both directions.
  func neighbour(east: Int, north: Int) -> GeoCell {
    let mask = UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(steps)) - 1)
    func moved(_ index: UInt32, _ by: Int) -> UInt32 { by == 0 ? index : UInt32(truncatingIfNeeded: Int(index) + by) & mask }
    return GeoCell(steps: steps, column: moved(column, east), row: moved(row, north))
  }

  /// The standard geohash of the cell's centre: 11 characters, of which the last is always 0, as 52 bits do not reach so far.
  /// The standard's grid goes from pole to pole.
  var text: [UInt8] {
    let alphabet = Array("0123456789bcdefghjkmnpqrstuvwxyz".utf8)
    let number = GeoCell(centre, latitudeMax: 90).number
    var text: [UInt8] = []
    for i in 1...10 {
      let digit = Int(truncatingIfNeeded: number >> UInt64(52 - i * 5)) & 31
      text.append(alphabet[digit])
    }
    text.append(alphabet[0])
    return text
  }
}
