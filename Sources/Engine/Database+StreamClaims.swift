/// Pending entries that go from one consumer to another.
extension Database {
  /// XCLAIM's options.
  package struct StreamClaim: Sendable {
    /// Milliseconds.
    package var minIdleTime: Int64 = 0
    /// Ms since 1970; nil: now.
    package var deliveryTime: Int64?
    package var deliveryCount: UInt64?
    /// Entries that are not pending are claimed too.
    package var isForced = false
    /// The delivery does not count.
    package var isSilent = false
    package var lastID: StreamID?
    package init() {}
  }

  /// Gives a consumer those of `count` pending entries that have been idle for long enough, each to `body`. Those whose entries are gone
  /// are forgotten.
  package func claimFromStream(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, by consumer: UnsafeRawBufferPointer, _ claim: StreamClaim, _ count: Int,
    _ id: (Int) -> StreamID, _ body: (StreamEntry) -> Void
  ) throws(CommandError) {
    guard let position = try collectionForWrite(key, .stream), position.entry.streamView.group(name) != nil else {
      throw .noGroup(key, name)
    }
    let stream = writableStream(key, at: position)
    guard let group = stream.writableGroup(name) else { throw .noGroup(key, name) }
    var recordsGroup = false
    if let lastID = claim.lastID, lastID > group.view.lastID {
      group.view.lastID = lastID
      recordsGroup = true
    }
    let time = claim.deliveryTime.map { $0 < 0 || $0 > now ? now : $0 } ?? now
    for i in 0..<count {
      let id = id(i)
      let pending = group.view.pending(id)?.item
      guard let entry = stream.view.entry(id) else {
        if let pending {
          forget(key, group, pending)
          recordsGroup = false
        }
        continue
      }
      guard pending != nil || claim.isForced else { continue }
      if let pending, claim.minIdleTime > 0, now &- pending.deliveryTime < claim.minIdleTime { continue }
      var item = pending ?? StreamGroupView.Pending(id: id, deliveryTime: time, deliveryCount: 1, owner: 0)
      item.deliveryTime = time
      if let deliveryCount = claim.deliveryCount {
        item.deliveryCount = deliveryCount
      } else if !claim.isSilent {
        item.deliveryCount &+= 1
      }
      give(key, group, item, to: consumer)
      recordsGroup = false
      body(entry)
    }
    guard recordsGroup else { return }
    if engine.effects.isRecording { recordGroup(key, group.view) }
    engine.hot.pointee.dirty &+= 1
  }

  private func give(_ key: KeyView, _ group: StreamGroup, _ item: StreamGroupView.Pending, to consumer: Name) {
    let slot = group.view.consumer(consumer)?.slot ?? addConsumer(key, group, consumer)
    group.setPending(item.id, owner: slot, deliveryTime: item.deliveryTime, deliveryCount: item.deliveryCount)
    if let view = group.writableConsumer(slot) {
      view.seenTime = now
      view.activeTime = now
    }
    if engine.effects.isRecording { recordClaim(key, group.view, consumer, item) }
    engine.hot.pointee.dirty &+= 1
  }

  /// A pending entry that is not in the stream any more. The claim, repeated elsewhere, finds the same.
  private func forget(_ key: KeyView, _ group: StreamGroup, _ item: StreamGroupView.Pending) {
    if engine.effects.isRecording, let owner = group.view.consumer(at: item.owner) { recordClaim(key, group.view, owner.name, item) }
    engine.hot.pointee.dirty &+= 1
    _ = group.removePending(item.id)
  }

  /// Gives a consumer up to `count` pending entries from `start` on that have been idle for long enough, each to `body`, and forgets those
  /// whose entries are gone. No more than ten times as many are looked at.
  ///
  /// - Returns: where to go on (0-0 at the end), and the ids that were forgotten.
  package func autoClaimFromStream(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, by consumer: UnsafeRawBufferPointer, minIdleTime: Int64, from start: StreamID,
    count: Int, isSilent: Bool, _ body: (StreamEntry) -> Void
  ) throws(CommandError) -> (next: StreamID, forgotten: [StreamID]) {
    guard let position = try collectionForWrite(key, .stream), position.entry.streamView.group(name) != nil else {
      throw .noGroup(key, name)
    }
    let stream = writableStream(key, at: position)
    guard let group = stream.writableGroup(name) else { throw .noGroup(key, name) }
    var forgotten: [StreamID] = []
    var left = count
    var attempts = count.multipliedReportingOverflow(by: 10).overflow ? .max : count * 10
    var next: StreamID? = start
    while attempts > 0, left > 0, let from = next {
      guard let item = group.view.firstPending(from: from) else { return (.zero, forgotten) }
      attempts -= 1
      next = item.id.next
      guard let entry = stream.view.entry(item.id) else {
        forget(key, group, item)
        forgotten.append(item.id)
        left -= 1
        continue
      }
      if minIdleTime > 0, now &- item.deliveryTime < minIdleTime { continue }
      var claimed = item
      claimed.deliveryTime = now
      if !isSilent { claimed.deliveryCount &+= 1 }
      give(key, group, claimed, to: consumer)
      body(entry)
      left -= 1
    }
    return (next.flatMap { group.view.firstPending(from: $0)?.id } ?? .zero, forgotten)
  }

  /// XCLAIM, in the form that does the same wherever and however often it is applied.
  func recordClaim(_ key: KeyView, _ group: StreamGroupView, _ consumer: Name, _ item: StreamGroupView.Pending) {
    engine.effects.begin(index, 14, "XCLAIM")
    engine.effects.argument(key)
    engine.effects.argument(group.name)
    engine.effects.argument(consumer)
    engine.effects.argument(0)
    engine.effects.argument(item.id)
    engine.effects.argument("TIME")
    engine.effects.argument(item.deliveryTime)
    engine.effects.argument("RETRYCOUNT")
    engine.effects.argument(Int64(clamping: item.deliveryCount))
    engine.effects.argument("FORCE")
    engine.effects.argument("JUSTID")
    engine.effects.argument("LASTID")
    engine.effects.argument(group.lastID)
  }
}

extension StreamGroupView {
  /// The first pending entry with this id or a greater one.
  func firstPending(from id: StreamID) -> Pending? {
    let tree = pending
    return tree.settled(tree.lowerBound { $0.id < id }).flatMap { tree.item(at: $0) }
  }
}
