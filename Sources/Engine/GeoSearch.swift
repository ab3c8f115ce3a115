internal import CTern

/// An area that is searched: around a point, a circle or a box of which the sides lie north-south and east-west.
struct GeoArea {
  enum Shape {
    case circle(radius: Double)
    case box(width: Double, height: Double)
  }
  var centre: GeoPoint
  /// In `unit`s.
  var shape: Shape
  /// Metres.
  var unit: Double

  /// The distance of a point inside of the area, in metres; nil if it lies outside.
  func distance(of point: GeoPoint) -> Double? {
    switch shape {
    case .circle(let radius):
      let distance = centre.distance(to: point)
      return distance > radius * unit ? nil : distance
    case .box(let width, let height):
      // The cheaper question first.
      if GeoPoint.distance(fromLatitude: point.latitude, to: centre.latitude) > height * unit / 2 { return nil }
      if point.distance(to: GeoPoint(longitude: centre.longitude, latitude: point.latitude)) > width * unit / 2 { return nil }
      return centre.distance(to: point)
    }
  }

  // MARK: the cover

  private struct Bounds {
    var west: Double
    var south: Double
    var east: Double
    var north: Double
  }

  private var bounds: Bounds {
    let (width, height): (Double, Double) =
      switch shape {
      case .circle(let radius): (unit * radius, unit * radius)
      case .box(let width, let height): (unit * (width / 2), unit * (height / 2))
      }
    let north = GeoPoint.degrees(height / GeoPoint.earthRadius)
    // Meridians draw together towards the poles: the wider side of the area is the one nearer to a pole.
    let side = centre.latitude < 0 ? centre.latitude - north : centre.latitude + north
    let east = GeoPoint.degrees(width / GeoPoint.earthRadius / tern_cos(GeoPoint.radians(side)))
    return Bounds(
      west: centre.longitude - east, south: centre.latitude - north, east: centre.longitude + east, north: centre.latitude + north)
  }

  /// From how fine a grid nine cells cover a circle of this radius (metres).
  private static func steps(radius: Double, latitude: Double) -> Int {
    if radius == 0 { return GeoCell.stepsMax }
    // Half of the equator's length in the projection.
    let half = 20_037_726.37
    var radius = radius
    var steps = 1
    while radius < half {
      radius *= 2
      steps += 1
    }
    // One for the halving, one so that the area may lie anywhere in its cell; more towards the poles, where cells are narrow.
    steps -= 2
    if abs(latitude) > 66 { steps -= 1 }
    if abs(latitude) > 80 { steps -= 1 }
    return min(max(steps, 1), GeoCell.stepsMax)
  }

  /// Cells that cover the area, none twice, in the order in which Redis searches them: the middle one, north, south, east, west, and the
  /// corners. (Without an order asked for, that is the order of the reply.)
  var cover: [GeoCell] {
    let radius: Double =
      switch shape {
      case .circle(let radius): radius * unit
      case .box(let width, let height): (width / 2 * (width / 2) + height / 2 * (height / 2)).squareRoot() * unit
      }
    let bounds = self.bounds
    var steps = Self.steps(radius: radius, latitude: centre.latitude)
    var middle = GeoCell(centre, steps: steps)
    if steps > 1, !Self.reaches(bounds, around: middle) {
      steps -= 1
      middle = GeoCell(centre, steps: steps)
    }
    var cells: [GeoCell] = []
    for (east, north) in [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)] {
      // Neighbours on a side where the middle cell itself goes beyond the area are not needed.
      let isUseless =
        (north < 0 && middle.south < bounds.south) || (north > 0 && middle.north > bounds.north)
        || (east < 0 && middle.west < bounds.west) || (east > 0 && middle.east > bounds.east)
      if steps >= 2, isUseless { continue }
      let cell = middle.neighbour(east: east, north: north)
      // On a coarse grid neighbours in opposite directions are one cell.
      if cells.last != cell { cells.append(cell) }
    }
    return cells
  }

  /// Whether the neighbours of the middle cell go as far as the area does.
  private static func reaches(_ bounds: Bounds, around middle: GeoCell) -> Bool {
    !(middle.neighbour(east: 0, north: 1).north < bounds.north || middle.neighbour(east: 0, north: -1).south > bounds.south
      || middle.neighbour(east: 1, north: 0).east < bounds.east || middle.neighbour(east: -1, north: 0).west > bounds.west)
  }
}

/// A place that was found.
struct GeoMatch {
  /// In its sorted set.
  var rank: Int
  var score: Double
  var point: GeoPoint
  /// Metres.
  var distance: Double
}

extension SortedSetView {
  /// The places in an area, cell by cell; no more than `limit` of them, if that is above 0.
  func places(in area: GeoArea, limit: Int) -> [GeoMatch] {
    var found: [GeoMatch] = []
    for cell in area.cover {
      if limit > 0, found.count >= limit { break }
      let ranks = self.ranks(cell.scores)
      var rank = ranks.lowerBound
      forEach(ranks) { _, score in
        defer { rank += 1 }
        if limit > 0, found.count >= limit { return }
        let point = GeoCell(score: score).centre
        if let distance = area.distance(of: point) {
          found.append(GeoMatch(rank: rank, score: score, point: point, distance: distance))
        }
      }
    }
    return found
  }

  func place(_ member: UnsafeRawBufferPointer) -> GeoPoint? { score(member).map { GeoCell(score: $0).centre } }
}
