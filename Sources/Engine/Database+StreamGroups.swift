/// Operations on the consumer groups of a stream.
extension Database {
  typealias Name = UnsafeRawBufferPointer

  // MARK: groups

  /// Makes a group that was given everything up to `id` (nil: up to the last entry).
  package func createStreamGroup(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, from id: StreamID?, entriesRead: Int64 = -1, makesStream: Bool = false
  ) throws(CommandError) {
    let position = try collectionForWrite(key, .stream)
    if position == nil, !makesStream { throw .streamMustExist }
    let id = id ?? position?.entry.streamView.lastID ?? .zero
    guard position?.entry.streamView.group(name) == nil else {
      throw CommandError("BUSYGROUP Consumer Group name already exists")
    }
    let stream: Stream
    if let position {
      stream = writableStream(key, at: position)
    } else {
      stream = Stream.create(table.heap)
      table.insertCollection(key, CollectionValue(.stream, .tree, stream.root), access: accessClock)
      added(key)
      if engine.hot.pointee.watchers > 0 { engine.breakWatches(of: key, in: index) }
    }
    stream.addGroup(name, lastID: id, entriesRead: entriesRead)
    if engine.effects.isRecording {
      engine.effects.begin(index, 5 + (position == nil ? 1 : 0) + (entriesRead == -1 ? 0 : 2), "XGROUP")
      engine.effects.argument("CREATE")
      engine.effects.argument(key)
      engine.effects.argument(name)
      engine.effects.argument(id)
      if position == nil { engine.effects.argument("MKSTREAM") }
      if entriesRead != -1 {
        engine.effects.argument("ENTRIESREAD")
        engine.effects.argument(entriesRead)
      }
    }
    streamChanged(key, "xgroup-create")
  }

  /// The group for writing. Throws if there is no such stream or group.
  private func groupForWrite(_ key: KeyView, _ name: Name) throws(CommandError) -> (group: StreamGroup, stream: Stream) {
    guard let position = try collectionForWrite(key, .stream) else { throw .streamMustExist }
    guard position.entry.streamView.group(name) != nil else { throw .noGroup(name, of: key) }
    let stream = writableStream(key, at: position)
    guard let group = stream.writableGroup(name) else { throw .noGroup(name, of: key) }
    return (group, stream)
  }

  /// Sets what the group was given last; nil: the last entry.
  package func setStreamGroup(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, to id: StreamID?, entriesRead: Int64 = -1
  ) throws(CommandError) {
    let (group, stream) = try groupForWrite(key, name)
    group.view.lastID = id ?? stream.view.lastID
    group.view.entriesRead = entriesRead
    if engine.effects.isRecording { recordGroup(key, group.view) }
    streamChanged(key, "xgroup-setid")
  }

  /// XGROUP SETID: where the group stands.
  private func recordGroup(_ key: KeyView, _ group: StreamGroupView) {
    engine.effects.begin(index, 7, "XGROUP")
    engine.effects.argument("SETID")
    engine.effects.argument(key)
    engine.effects.argument(group.name)
    engine.effects.argument(group.lastID)
    engine.effects.argument("ENTRIESREAD")
    engine.effects.argument(group.entriesRead)
  }

  /// Takes a group out; false if there is none of this name.
  package func destroyStreamGroup(_ key: KeyView, _ name: UnsafeRawBufferPointer) throws(CommandError) -> Bool {
    guard let position = try collectionForWrite(key, .stream) else { throw .streamMustExist }
    guard position.entry.streamView.group(name) != nil else { return false }
    _ = writableStream(key, at: position).removeGroup(name)
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "XGROUP")
      engine.effects.argument("DESTROY")
      engine.effects.argument(key)
      engine.effects.argument(name)
    }
    streamChanged(key, "xgroup-destroy")
    // Who waits for entries of the group is told that it is gone.
    if engine.hot.pointee.keyWaits > 0 { engine.noteChange(key, .stream, in: index) }
    return true
  }

  // MARK: consumers

  /// Adds a consumer; false if there is one of this name.
  package func createStreamConsumer(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, _ consumer: UnsafeRawBufferPointer
  ) throws(CommandError) -> Bool {
    let (group, _) = try groupForWrite(key, name)
    guard group.view.consumer(consumer) == nil else { return false }
    addConsumer(key, group, consumer)
    recordConsumer(key, group.view, consumer)
    return true
  }

  private func recordConsumer(_ key: KeyView, _ group: StreamGroupView, _ consumer: Name) {
    guard engine.effects.isRecording else { return }
    engine.effects.begin(index, 5, "XGROUP")
    engine.effects.argument("CREATECONSUMER")
    engine.effects.argument(key)
    engine.effects.argument(group.name)
    engine.effects.argument(consumer)
  }

  /// A new consumer; the caller sees to the effect.
  @discardableResult
  private func addConsumer(_ key: KeyView, _ group: StreamGroup, _ consumer: Name) -> Int {
    let slot = group.addConsumer(consumer, seenTime: now)
    streamChanged(key, "xgroup-createconsumer")
    return slot
  }

  /// Takes a consumer out, and returns how much was pending for it.
  package func deleteStreamConsumer(
    _ key: KeyView, _ name: UnsafeRawBufferPointer, _ consumer: UnsafeRawBufferPointer
  ) throws(CommandError) -> Int {
    let (group, _) = try groupForWrite(key, name)
    guard group.view.consumer(consumer) != nil, let pending = group.removeConsumer(consumer) else { return 0 }
    if engine.effects.isRecording {
      engine.effects.begin(index, 5, "XGROUP")
      engine.effects.argument("DELCONSUMER")
      engine.effects.argument(key)
      engine.effects.argument(name)
      engine.effects.argument(consumer)
    }
    streamChanged(key, "xgroup-delconsumer")
    return pending
  }

  // MARK: delivery

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
      group.entriesRead &+= 1
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

  /// XCLAIM, in the form that does the same wherever and however often it is applied.
  private func recordClaim(_ key: KeyView, _ group: StreamGroupView, _ consumer: Name, _ item: StreamGroupView.Pending) {
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

  // MARK: claims

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
}

extension StreamGroupView {
  /// The first pending entry with this id or a greater one.
  func firstPending(from id: StreamID) -> Pending? {
    let tree = pending
    return tree.settled(tree.lowerBound { $0.id < id }).flatMap { tree.item(at: $0) }
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

extension CommandError {
  static let streamMustExist = CommandError(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty "
      + "stream automatically.")
}
