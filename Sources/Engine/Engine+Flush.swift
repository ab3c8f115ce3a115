/// A database's content that was taken away whole and is being dismantled in steps.
struct Tomb {
  var table: KeyTable
  let tree: KeyTree
  var position: UInt64?
  /// When it was taken away.
  var keyCount: Int { tree.count }
}

extension Engine {
  /// Empties a database, O(1); the memory comes back by `reclaim`. `isLazy`: its keys count as freed lazily even if they are few.
  package func flush(_ index: Int, isLazy: Bool = false) {
    let table = tables[index]
    guard table.count > 0 else { return }
    breakWatches(inDatabases: [index])
    let isSmall = table.state.pointee.segmentCount <= 8
    var tomb = Tomb(table: table, tree: table.takeTree(), position: 0)
    noteChanges(inDatabases: [index], areRemovals: true)
    // What a host program's transaction may bring back is not taken apart.
    if isSmall, !hot.pointee.keepsNotices {
      // A tomb for each of very many small flushes would pile up faster than they are dismantled.
      while tomb.position != nil { table.dismantle(tomb.tree, from: &tomb.position) }
      if isLazy { lazilyFreed &+= tomb.keyCount }
    } else {
      tombs.append(tomb)
      if tombs.count > 16 { reclaim(steps: 2_000) }
    }
  }

  /// Frees some of what was flushed and of what dropped snapshots held. Returns whether there is more.
  @discardableResult
  package func reclaim(steps: Int) -> Bool {
    guard !hot.pointee.keepsNotices else { return true }
    var left = steps
    while left > 0, !tombs.isEmpty {
      let before = heap.state.pointee.promptSteps
      tombs[0].table.dismantle(tombs[0].tree, from: &tombs[0].position)
      // A segment's collections count with what they cost.
      left -= KeyTable.buckets * KeyTable.slotsPerBucket / 2 + (heap.state.pointee.promptSteps &- before)
      if tombs[0].position == nil {
        lazilyFreed &+= tombs[0].keyCount
        tombs.removeFirst()
      }
    }
    if left > 0 { left = heap.dismantleGraves(steps: left) }
    if left > 0 { heap.reclaim(steps: left) }
    return !tombs.isEmpty || heap.hasGarbage
  }

  /// Takes out keys whose time is over, in a walk that goes round all databases. Looks at up to `segments` segments.
  package func expireCycle(segments: Int) {
    guard expiresKeys, settings.activeExpireEnabled, !gates.contains(.paused), !gates.contains(.loading) else { return }
    var left = segments
    // Keys that expire together must not hold the lock together.
    var keysLeft = 20_000
    for _ in 0..<tables.count where left > 0 && keysLeft > 0 {
      let index = expiryPosition.database % tables.count
      let table = tables[index]
      guard table.hasExpiring(before: now) else {
        expiryPosition = (index + 1, 0)
        continue
      }
      while left > 0, keysLeft > 0 {
        let step = min(left, 16)
        var due: [[UInt8]] = []
        let next = table.visitExpired(from: expiryPosition.position, now: now, segments: step) { due.append(Array($0.keyBytes)) }
        left -= step
        let database = database(index)
        for key in due {
          keysLeft -= key.withUnsafeBytes { database.expireDue(database.key($0), fieldsMax: max(1, keysLeft)) }
          effects.commit()
        }
        expiryPosition.position = next
        if next == 0 {
          expiryPosition = (index + 1, 0)
          break
        }
      }
    }
  }
}
