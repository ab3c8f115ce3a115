/// What the consumer groups of a stream are given, and what they acknowledge.
extension Database {
  /// Gives a consumer up to `count` (0: all) entries that the group has not been given yet, in order, to `body`; the consumer is made if
  /// need be. `total` is told first how many there are. Nothing happens, and false is returned, if there are none. What was given is
  /// pending until it is acknowledged, unless `isAcknowledged`.
  package func deliverFromStream(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, to consumer: UnsafeRawBufferPointer, count: Int, isAcknowledged: Bool,
    total: (Int) -> Void, _ body: (StreamEntry) -> Void
  ) throws(CommandError) -> Bool {
    guard let position = try collectionForWrite(key, .stream), let present = position.entry.streamView.group(name) else {
      throw .noGroupToRead(key, name)
    }
    guard let start = present.lastID.next, position.entry.streamView.hasEntries(behind: present.lastID) else { return false }
    let stream = writableStream(key, at: position)
    guard let group = stream.writableGroup(name) else { return false }
    let slot: Int
    if let found = group.view.consumer(consumer) {
      slot = found.slot
    } else {
      slot = addConsumer(key, group, consumer)
      if isAcknowledged { recordConsumer(key, group.view, consumer) }
    }
    group.writableConsumer(slot)?.seenTime = now
    total(stream.view.entryCount(from: start, most: count))
    var cursor = stream.view.cursor(from: start)
    var left = count > 0 ? count : .max
    while left > 0, let entry = cursor.next() {
      left -= 1
      noteRead(entry.id, stream.view, group.view)
      body(entry)
      guard !isAcknowledged else { continue }
      group.setPending(entry.id, owner: slot, deliveryTime: now, deliveryCount: 1)
      if engine.effects.isRecording {
        recordClaim(key, group.view, consumer, StreamGroupView.Pending(id: entry.id, deliveryTime: now, deliveryCount: 1, owner: 0))
      }
    }
    if !isAcknowledged { group.writableConsumer(slot)?.activeTime = now }
    if engine.effects.isRecording { recordGroup(key, group.view) }
    engine.hot.pointee.dirty &+= 1
    return true
  }

  /// The group is given the entry: it moves on, with its count of entries if that can be told.
  private func noteRead(_ id: StreamID, _ stream: StreamView, _ group: StreamGroupView) {
    guard id > group.lastID else { return }
    if group.entriesRead != -1, !stream.mayHaveGaps(from: id) {
      // A count at its end stays there: below zero it could not be told to a replica.
      if group.entriesRead < .max { group.entriesRead += 1 }
    } else if stream.entriesAdded > 0 {
      group.entriesRead = stream.distance(to: id) ?? -1
    }
    group.lastID = id
  }

  /// What is pending for a consumer from `start` on, up to `count` (0: all), to `body`: the entry is nil if it has been removed. `total` is
  /// told first how many there are. Each counts as delivered once more. The consumer is made if need be.
  package func redeliverFromStream(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, to consumer: UnsafeRawBufferPointer, behind id: StreamID, count: Int,
    total: (Int) -> Void, _ body: (StreamID, StreamEntry?) -> Void
  ) throws(CommandError) {
    guard let position = try collectionForWrite(key, .stream), position.entry.streamView.group(name) != nil else {
      throw .noGroupToRead(key, name)
    }
    let stream = writableStream(key, at: position)
    guard let group = stream.writableGroup(name) else { throw .noGroupToRead(key, name) }
    engine.hot.pointee.dirty &+= 1
    let slot = group.view.consumer(consumer)?.slot ?? addConsumer(key, group, consumer)
    if group.view.consumer(at: UInt32(truncatingIfNeeded: slot))?.pendingCount == 0 { recordConsumer(key, group.view, consumer) }
    guard let writable = group.writableConsumer(slot) else { return total(0) }
    writable.seenTime = now
    let ids = writable.pending
    let start = ids.lowerBound { $0.id <= id }
    let present = ids.weight - start.rank
    var left = count > 0 ? min(count, present) : present
    total(left)
    // The consumer's tree does not change: the entries are pending for it already.
    var place = ids.settled(start)
    while left > 0, let at = place, let item = ids.item(at: at) {
      left -= 1
      place = ids.next(at)
      let entry = stream.view.entry(item.id)
      body(item.id, entry)
      if entry != nil, let (_, pending) = group.view.pending(item.id) {
        group.setPending(item.id, owner: slot, deliveryTime: now, deliveryCount: pending.deliveryCount &+ 1)
      }
    }
  }

  // MARK: acknowledgement

  /// Forgets those of `count` ids that are pending in the group, and returns how many were. Without such a group: 0.
  package func acknowledgeStream(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, _ count: Int, _ id: (Int) -> StreamID
  ) throws(CommandError) -> Int {
    guard let position = try collectionForWrite(key, .stream), let present = position.entry.streamView.group(name) else { return 0 }
    guard present.pendingCount > 0 else { return 0 }
    let stream = writableStream(key, at: position)
    guard let group = stream.writableGroup(name) else { return 0 }
    var acknowledged: [StreamID] = []
    for i in 0..<count {
      let id = id(i)
      if group.removePending(id) { acknowledged.append(id) }
    }
    guard !acknowledged.isEmpty else { return 0 }
    if engine.effects.isRecording {
      engine.effects.begin(index, 3 + acknowledged.count, "XACK")
      engine.effects.argument(key)
      engine.effects.argument(name)
      for id in acknowledged { engine.effects.argument(id) }
    }
    engine.hot.pointee.dirty &+= Int64(acknowledged.count)
    return acknowledged.count
  }
}

extension StreamView {
  /// Whether there is an entry behind `id`.
  package func hasEntries(behind id: StreamID) -> Bool {
    guard lastID > id, let last = lastEntry else { return false }
    return last.id > id
  }

  /// How many entries there are from `start` to `end`, counted up to `most` (0: all).
  func entryCount(from start: StreamID, to end: StreamID = .max, most: Int = 0) -> Int {
    if start == .zero, end == .max { return most > 0 ? min(most, Int(clamping: count)) : Int(clamping: count) }
    var cursor = cursor(from: start, to: end)
    var found = 0
    while most == 0 || found < most, cursor.next() != nil { found += 1 }
    return found
  }
}
