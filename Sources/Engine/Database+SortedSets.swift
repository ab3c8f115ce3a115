/// Operations on sorted sets: what the commands of Commands/SortedSets and the typed API call.
extension Database {
  /// When ZADD changes a member, and when it leaves it alone.
  package struct ScoreCondition: Sendable {
    package enum Presence: Sendable {
      case any, ifAbsent, ifPresent
    }
    package enum Comparison: Sendable {
      case any, greater, less
    }
    package var presence = Presence.any
    package var comparison = Comparison.any
    package init() {}

    var isPlain: Bool { presence == .any && comparison == .any }

    /// The score to set; nil: none.
    @inline(__always)
    func score(_ score: Double, old: Double?) -> Double? {
      guard let old else { return presence == .ifPresent ? nil : score }
      if presence == .ifAbsent { return nil }
      switch comparison {
      case .any: return score
      case .greater: return score > old ? score : nil
      case .less: return score < old ? score : nil
      }
    }
  }

  package typealias ScoredMember = (member: UnsafeRawBufferPointer, score: Double)

  @inline(__always)
  func sortedSet(_ key: KeyView) throws(CommandError) -> SortedSetView? {
    guard let entry = try collection(key, .sortedSet) else { return nil }
    return SortedSetView(entry)
  }

  /// What a changed set needs: its new block in the entry.
  @inline(__always)
  private func store(_ key: KeyView, at position: KeyTable.Position?, _ editor: SortedSetEditor) {
    if let position {
      table.setCollection(key, at: position, editor.layout, editor.block, access: engine.hot.pointee.accessClock)
    } else {
      table.insertCollection(key, editor.value, access: engine.hot.pointee.accessClock)
      added(key)
    }
  }

  // MARK: adding

  /// Sets the scores of `count` members. Returns how many are new, and how many others have another score than before.
  @inline(__always)
  package func addScored(
    _ key: KeyView, _ condition: ScoreCondition, _ count: Int, _ pair: (Int) -> ScoredMember
  ) throws(CommandError) -> (added: Int, updated: Int) {
    let position = try collectionForWrite(key, .sortedSet)
    if position == nil, condition.presence == .ifPresent || count == 0 { return (0, 0) }
    var editor =
      position.map { SortedSetEditor(table, engine.limits, $0.entry) } ?? SortedSetEditor(table, engine.limits, first: pair(0).member)
    var added = 0
    var updated = 0
    let recordsEach = engine.effects.isRecording && !condition.isPlain
    var changed: [Int] = []
    for i in 0..<count {
      let (member, score) = pair(i)
      let (old, hasChanged) = editor.update(member) { condition.score(score, old: $0) }
      guard hasChanged else { continue }
      if old == nil { added &+= 1 } else { updated &+= 1 }
      if recordsEach { changed.append(i) }
    }
    guard added &+ updated > 0 else { return (0, 0) }
    store(key, at: position, editor)
    if recordsEach {
      recordAdd(key, changed.count) { pair(changed[$0]) }
    } else if engine.effects.isRecording {
      recordAdd(key, count, pair)
    }
    engine.hot.pointee.dirty &+= Int64(added &+ updated &- 1)
    self.changed(key, .sortedSet, "zadd")
    return (added, updated)
  }

  private func recordAdd(_ key: KeyView, _ count: Int, _ pair: (Int) -> ScoredMember) {
    engine.effects.begin(index, 2 + count * 2, "ZADD")
    engine.effects.argument(key)
    for i in 0..<count {
      let (member, score) = pair(i)
      ScoreText.with(score) { engine.effects.argument($0) }
      engine.effects.argument(member)
    }
  }

  /// Adds `delta` to a member's score (0 if it is not there), and returns the sum; nil where the condition forbids it.
  package func incrementScore(
    _ key: KeyView, _ member: UnsafeRawBufferPointer, by delta: Double, _ condition: ScoreCondition = ScoreCondition()
  ) throws(CommandError) -> Double? {
    let position = try collectionForWrite(key, .sortedSet)
    if position == nil, condition.presence == .ifPresent { return nil }
    var editor = position.map { SortedSetEditor(table, engine.limits, $0.entry) } ?? SortedSetEditor(table, engine.limits, first: member)
    var sum: Double?
    var isNaN = false
    let (_, hasChanged) = editor.update(member) { old in
      if old != nil, condition.presence == .ifAbsent { return nil }
      let new = (old ?? 0) + delta
      isNaN = new.isNaN
      if isNaN { return nil }
      sum = condition.score(old == nil ? delta : new, old: old)
      return sum
    }
    if isNaN { throw CommandError("ERR resulting score is not a number (NaN)") }
    guard hasChanged, let sum else { return sum }
    store(key, at: position, editor)
    if engine.effects.isRecording { recordAdd(key, 1) { _ in (member, sum) } }
    changed(key, .sortedSet, "zincr")
    return sum
  }

  // MARK: removal

  /// Takes `count` members out. Returns how many there were. The key goes with its last member.
  package func removeScored(_ key: KeyView, _ count: Int, _ member: (Int) -> UnsafeRawBufferPointer) throws(CommandError) -> Int {
    guard let position = try collectionForWrite(key, .sortedSet) else { return 0 }
    var editor = SortedSetEditor(table, engine.limits, position.entry)
    var removed = 0
    for i in 0..<count where editor.remove(member(i)) { removed += 1 }
    guard removed > 0 else { return 0 }
    store(key, at: position, editor)
    if engine.effects.isRecording {
      engine.effects.begin(index, 2 + count, "ZREM")
      engine.effects.argument(key)
      for i in 0..<count { engine.effects.argument(member(i)) }
    }
    engine.hot.pointee.dirty &+= Int64(removed &- 1)
    changed(key, .sortedSet, "zrem")
    if editor.view.count == 0 { removeEmptied(key) }
    return removed
  }

  /// Takes out the members whose ranks `ranks` says, given the set. Returns how many.
  package func removeScored(
    _ key: KeyView, event: StaticString, _ ranks: (SortedSetRanks) -> Range<Int>
  ) throws(CommandError) -> Int {
    guard let position = try collectionForWrite(key, .sortedSet) else { return 0 }
    let view = SortedSetView(position.entry)
    let ranks = ranks(SortedSetRanks(view: view))
    guard !ranks.isEmpty else { return 0 }
    let isAll = ranks.count == view.count
    if !isAll {
      // A set that goes as a whole is dismantled in steps instead.
      var editor = SortedSetEditor(table, engine.limits, position.entry)
      editor.remove(ranks: ranks)
      store(key, at: position, editor)
    }
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "ZREMRANGEBYRANK")
      engine.effects.argument(key)
      engine.effects.argument(Int64(ranks.lowerBound))
      engine.effects.argument(Int64(ranks.upperBound - 1))
    }
    engine.hot.pointee.dirty &+= Int64(ranks.count &- 1)
    changed(key, .sortedSet, event)
    if isAll { removeEmptied(key) }
    return ranks.count
  }

  /// Takes out up to `count` members from one end. `found` is told how many there will be, then `body` gets each.
  package func popScored(
    _ key: KeyView, fromEnd: Bool, count: Int, found: (Int) -> Void, _ body: (UnsafeRawBufferPointer, Double) -> Void
  ) throws(CommandError) -> Int {
    guard let position = try collectionForWrite(key, .sortedSet) else { return 0 }
    let view = SortedSetView(position.entry)
    let total = view.count
    let taken = min(count, total)
    guard taken > 0 else { return 0 }
    found(taken)
    let ranks = fromEnd ? total - taken..<total : 0..<taken
    view.forEach(ranks, reversed: fromEnd, body)
    if taken < total {
      var editor = SortedSetEditor(table, engine.limits, position.entry)
      editor.remove(ranks: ranks)
      store(key, at: position, editor)
    }
    if engine.effects.isRecording {
      engine.effects.begin(index, 3, fromEnd ? "ZPOPMAX" : "ZPOPMIN")
      engine.effects.argument(key)
      engine.effects.argument(Int64(taken))
    }
    engine.hot.pointee.dirty &+= Int64(taken &- 1)
    changed(key, .sortedSet, fromEnd ? "zpopmax" : "zpopmin")
    if taken == total { removeEmptied(key) }
    return taken
  }

  // MARK: whole sets

  /// Puts a sorted set that was built in the place of whatever `key` held; nil takes the key out. What the effect is the caller knows,
  /// which is to record it before, except for the removal. Returns whether anything changed.
  @discardableResult
  func replaceSortedSet(_ key: KeyView, _ value: CollectionValue?, event: StaticString, recordingEffect: () -> Void) -> Bool {
    guard let value else { return remove(key) }
    setCollectionValue(key, value, expiry: nil)
    if engine.effects.isRecording { recordingEffect() }
    changed(key, .sortedSet, event)
    return true
  }

  var sortedSetBuilder: SortedSetBuilder { SortedSetBuilder(heap: table.heap, hash: table.state.pointee.hash, limits: engine.limits) }
}

/// A sorted set as the typed API sees it: where ranges lie.
package struct SortedSetRanks {
  let view: SortedSetView

  package var count: Int { view.count }

  /// Ranks from `start` to `end`, both included; negative ones count from the end.
  package func ranks(_ start: Int, _ end: Int) -> Range<Int> {
    let count = self.count
    let first = max(0, start < 0 ? start &+ count : start)
    let last = min(count &- 1, end < 0 ? end &+ count : end)
    return first <= last ? first..<last &+ 1 : 0..<0
  }
}
