/// Unions, intersections and differences of sorted sets. Sets take part too, their members with a score of 1.
extension Database {
  package enum ScoreAggregate: Sendable {
    case sum, min, max

    /// A sum of opposite infinities is 0, as in Redis.
    @inline(__always)
    func join(_ a: Double, _ b: Double) -> Double {
      switch self {
      case .sum:
        let sum = a + b
        return sum.isNaN ? 0 : sum
      case .min: return b < a ? b : a
      case .max: return b > a ? b : a
      }
    }
  }

  /// One of the sets that are joined.
  struct ScoredSource {
    fileprivate enum Members {
      case none
      case plain(SetView)
      case scored(SortedSetView)
    }
    fileprivate let members: Members
    fileprivate let block: Block?
    var weight = 1.0

    /// `entry` is of a set or a sorted set.
    init(_ entry: Entry?) {
      block = entry?.valueBlock
      members =
        switch entry {
        case nil: .none
        case .some(let entry): entry.type == .set ? .plain(SetView(entry)) : .scored(SortedSetView(entry))
        }
    }

    var count: Int {
      switch members {
      case .none: 0
      case .plain(let set): set.count
      case .scored(let set): set.count
      }
    }

    func score(_ member: UnsafeRawBufferPointer) -> Double? {
      switch members {
      case .none: nil
      case .plain(let set): set.contains(member) ? 1 : nil
      case .scored(let set): set.score(member)
      }
    }

    func forEach(_ body: (UnsafeRawBufferPointer, Double) -> Void) {
      switch members {
      case .none: return
      case .plain(let set): set.forEach { $0.withBytes { body($0, 1) } }
      case .scored(let set): set.forEach(body)
      }
    }

    /// As above, until `body` returns false.
    func forEachWhile(_ body: (UnsafeRawBufferPointer, Double) -> Bool) {
      switch members {
      case .none: return
      case .plain(let set): set.forEachWhile { $0.withBytes { body($0, 1) } }
      case .scored(let set):
        var goesOn = true
        var start = 0
        // In pieces, so that an early end costs at most one of them.
        while goesOn, start < set.count {
          let end = Swift.min(start + 64, set.count)
          set.forEach(start..<end) { if goesOn { goesOn = body($0, $1) } }
          start = end
        }
      }
    }
  }

  /// The sets at `count` keys. Throws at the first that is neither a set nor a sorted set.
  func scoredSources(_ count: Int, _ key: (Int) -> KeyView) throws(CommandError) -> [ScoredSource] {
    var sources: [ScoredSource] = []
    for i in 0..<count {
      let entry = find(key(i))
      if let entry, entry.type != .sortedSet, entry.type != .set { throw .wrongType }
      sources.append(ScoredSource(entry))
    }
    return sources
  }

  /// Smaller sets first, those of one size in the order given: it decides in which order scores are added.
  private func sorted(_ sources: [ScoredSource]) -> [ScoredSource] {
    sources.enumerated().sorted { ($0.element.count, $0.offset) < ($1.element.count, $1.offset) }.map(\.element)
  }

  @inline(__always)
  private func weighted(_ score: Double, _ source: ScoredSource) -> Double {
    let product = score * source.weight
    return product.isNaN ? 0 : product
  }

  /// Members of any of the sets.
  func unionScored(_ sources: [ScoredSource], _ aggregate: ScoreAggregate) -> SortedSetBuilder {
    var builder = sortedSetBuilder
    for source in sorted(sources) {
      source.forEach { member, score in _ = builder.join(member, weighted(score, source)) { aggregate.join($0, $1) } }
    }
    return builder
  }

  /// Members of all of the sets: each with its score, until `body` returns false.
  func intersectScored(_ sources: [ScoredSource], _ aggregate: ScoreAggregate, _ body: (UnsafeRawBufferPointer, Double) -> Bool) {
    let sources = sorted(sources)
    guard let first = sources.first, first.count > 0 else { return }
    first.forEachWhile { member, ownScore in
      var score = weighted(ownScore, first)
      for source in sources.dropFirst() {
        // A set that is given twice needs no look.
        guard let other = source.block == first.block ? ownScore : source.score(member) else { return true }
        score = aggregate.join(score, other * source.weight)
      }
      return body(member, score)
    }
  }

  func intersectionScored(_ sources: [ScoredSource], _ aggregate: ScoreAggregate) -> SortedSetBuilder {
    var builder = sortedSetBuilder
    intersectScored(sources, aggregate) { member, score in
      builder.append(member, score)
      return true
    }
    return builder
  }

  /// Members of the first of the sets that none of the others has.
  func differenceScored(_ sources: [ScoredSource]) -> SortedSetBuilder {
    var builder = sortedSetBuilder
    guard let first = sources.first else { return builder }
    // The same set again leaves nothing.
    if let block = first.block, sources.dropFirst().contains(where: { $0.block == block }) { return builder }
    first.forEach { member, score in
      if !sources.dropFirst().contains(where: { $0.score(member) != nil }) { builder.append(member, score) }
    }
    return builder
  }
}
