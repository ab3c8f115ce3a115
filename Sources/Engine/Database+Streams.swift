/// How an entry gets its id.
package enum StreamIDChoice: Sendable {
  /// From the clock.
  case automatic
  /// With this time; the sequence follows from the last entry's id.
  case time(UInt64)
  case exact(StreamID)
}

/// What is to be removed at the beginning of a stream.
package struct StreamTrim: Sendable {
  package enum Threshold: Sendable {
    /// So many entries may stay.
    case count(UInt64)
    /// Entries with lesser ids go.
    case id(StreamID)
  }
  package var threshold: Threshold
  /// Whole nodes only.
  package var isApproximate: Bool
  /// An approximate trim removes no more entries than this; 0: any number.
  package var limit: Int64

  package init(_ threshold: Threshold, isApproximate: Bool = false, limit: Int64 = 0) {
    self.threshold = threshold
    self.isApproximate = isApproximate
    self.limit = limit
  }
}

/// Operations on streams and their entries. Those on consumer groups are in Database+StreamGroups.
extension Database {
  /// The stream for reading; nil if there is no key.
  @inline(__always)
  package func stream(_ key: KeyView) throws(CommandError) -> StreamView? { try collection(key, .stream)?.streamView }

  /// The stream at `position`, for writing. The position is not good any more afterwards.
  @inline(__always)
  func writableStream(_ key: KeyView, at position: KeyTable.Position) -> Stream {
    let stream = Stream(table.heap, position.entry.valueBlock).writable()
    table.setCollection(key, at: position, .tree, stream.root, access: engine.hot.pointee.accessClock)
    return stream
  }

  /// As `changed`, but watches are not broken: Redis says so little of what does not change a stream's entries.
  func streamChanged(_ key: KeyView, _ event: StaticString, dirty: Int64 = 1) {
    engine.hot.pointee.dirty &+= dirty
    if engine.hot.pointee.notifies { engine.notify(.stream, event, key, in: index) }
  }

  // MARK: XADD

  /// Adds an entry of `pairs` fields and values, which `argument` gives in turn, then trims, and returns the entry's id; nil if there is no
  /// key and `makesStream` is false.
  @inline(__always)
  package func addToStream(
    _ key: KeyView, _ choice: StreamIDChoice, makesStream: Bool = true, trim: StreamTrim? = nil, pairs: Int,
    _ argument: (Int) -> UnsafeRawBufferPointer
  ) throws(CommandError) -> StreamID? {
    let position = try collectionForWrite(key, .stream)
    let last = position.map { $0.entry.streamView.lastID } ?? .zero
    if position == nil, !makesStream { return nil }
    let id = try nextID(choice, behind: last)
    var bytes = 0
    for i in 0..<pairs &* 2 { bytes &+= argument(i).count }
    guard bytes <= Stream.entryBytesMax else { throw CommandError("ERR Elements are too large to be stored") }
    let stream: Stream
    if let position {
      stream = writableStream(key, at: position)
    } else {
      stream = Stream.create(table.heap)
      table.insertCollection(key, CollectionValue(.stream, .tree, stream.root), access: accessClock)
    }
    stream.append(id, pairs: pairs, bytes: bytes, engine.hot.pointee.limits, argument)
    let trimmed = trim.map { self.trim(stream, $0) } ?? 0
    if engine.effects.isRecording { recordAddition(key, id, stream, trim, pairs, argument) }
    if position == nil { added(key) }
    changed(key, .stream, "xadd")
    if trimmed > 0 { signal(key, .stream, "xtrim") }
    return id
  }

  @inline(__always)
  private func nextID(_ choice: StreamIDChoice, behind last: StreamID) throws(CommandError) -> StreamID {
    guard last < .max else { throw CommandError("ERR The stream has exhausted the last possible ID, unable to add more items") }
    switch choice {
    case .automatic:
      let time = UInt64(clamping: now)
      return time > last.milliseconds ? StreamID(time, 0) : last.next ?? .max
    case .time(let time):
      if time > last.milliseconds { return StreamID(time, 0) }
      guard time == last.milliseconds, last.sequence < .max else { throw .streamIDTooSmall }
      return StreamID(time, last.sequence + 1)
    case .exact(let id):
      guard id > last else { throw .streamIDTooSmall }
      return id
    }
  }

  @inline(never)
  private func recordAddition(
    _ key: KeyView, _ id: StreamID, _ stream: Stream, _ trim: StreamTrim?, _ pairs: Int, _ argument: (Int) -> UnsafeRawBufferPointer
  ) {
    engine.effects.begin(index, 3 + (trim == nil ? 0 : 3) + 2 * pairs, "XADD")
    engine.effects.argument(key)
    if let trim { recordThreshold(of: trim, stream) }
    engine.effects.argument(id)
    for i in 0..<pairs * 2 { engine.effects.argument(argument(i)) }
  }

  /// The exact form of a trim that has been made: what an approximate one removes depends on the nodes.
  private func recordThreshold(of trim: StreamTrim, _ stream: Stream) {
    switch trim.threshold {
    case .count(let most):
      engine.effects.argument("MAXLEN")
      engine.effects.argument("=")
      engine.effects.argument(Int64(clamping: trim.isApproximate ? stream.view.count : most))
    case .id(let least):
      engine.effects.argument("MINID")
      engine.effects.argument("=")
      engine.effects.argument(trim.isApproximate ? stream.view.firstEntry?.id ?? .max : least)
    }
  }

  // MARK: XTRIM, XDEL, XSETID

  private func trim(_ stream: Stream, _ trim: StreamTrim) -> UInt64 {
    let threshold: Stream.Threshold =
      switch trim.threshold {
      case .count(let most): .count(most)
      case .id(let least): .id(least)
      }
    return stream.trim(to: threshold, isApproximate: trim.isApproximate, limit: trim.limit)
  }

  /// Removes entries at the beginning, and returns how many. A stream stays, even without entries.
  package func trimStream(_ key: KeyView, _ trim: StreamTrim) throws(CommandError) -> UInt64 {
    guard let position = try collectionForWrite(key, .stream) else { return 0 }
    let stream = writableStream(key, at: position)
    let removed = self.trim(stream, trim)
    guard removed > 0 else { return 0 }
    if engine.effects.isRecording {
      engine.effects.begin(index, 5, "XTRIM")
      engine.effects.argument(key)
      recordThreshold(of: trim, stream)
    }
    engine.hot.pointee.dirty &+= Int64(clamping: removed)
    signal(key, .stream, "xtrim")
    return removed
  }

  /// Removes the entries that are there of `count` ids, and returns how many.
  package func removeFromStream(_ key: KeyView, _ count: Int, _ id: (Int) -> StreamID) throws(CommandError) -> Int {
    guard let position = try collectionForWrite(key, .stream) else { return 0 }
    let stream = writableStream(key, at: position)
    var removed: [StreamID] = []
    var lostFirst = false
    for i in 0..<count {
      let id = id(i)
      guard stream.delete(id) else { continue }
      removed.append(id)
      if id == stream.view.firstID { lostFirst = true }
      if id > stream.view.maxDeletedID { stream.view.maxDeletedID = id }
    }
    guard !removed.isEmpty else { return 0 }
    if lostFirst || stream.view.count == 0 { stream.noteRemoval() }
    if engine.effects.isRecording {
      engine.effects.begin(index, 2 + removed.count, "XDEL")
      engine.effects.argument(key)
      for id in removed { engine.effects.argument(id) }
    }
    engine.hot.pointee.dirty &+= Int64(removed.count)
    signal(key, .stream, "xdel")
    return removed.count
  }

  /// Sets what a stream remembers of its past. Nil leaves a counter as it is.
  package func setStreamID(
    _ key: KeyView, _ id: StreamID, entriesAdded: Int64? = nil, maxDeletedID: StreamID? = nil
  ) throws(CommandError) {
    guard let position = try collectionForWrite(key, .stream) else { throw .noSuchKey }
    if let last = position.entry.streamView.lastEntry {
      guard id >= last.id else { throw CommandError("ERR The ID specified in XSETID is smaller than the target stream top item") }
      if let entriesAdded, position.entry.streamView.count > UInt64(clamping: entriesAdded) {
        throw CommandError("ERR The entries_added specified in XSETID is smaller than the target stream length")
      }
    }
    let stream = writableStream(key, at: position)
    stream.view.lastID = id
    if let entriesAdded { stream.view.entriesAdded = UInt64(clamping: entriesAdded) }
    if let maxDeletedID, maxDeletedID != .zero { stream.view.maxDeletedID = maxDeletedID }
    if engine.effects.isRecording {
      engine.effects.begin(index, 7, "XSETID")
      engine.effects.argument(key)
      engine.effects.argument(id)
      engine.effects.argument("ENTRIESADDED")
      engine.effects.argument(Int64(clamping: stream.view.entriesAdded))
      engine.effects.argument("MAXDELETEDID")
      engine.effects.argument(stream.view.maxDeletedID)
    }
    streamChanged(key, "xsetid")
  }
}

extension Effects {
  func argument(_ id: StreamID) { id.withText { argument($0) } }
}

extension CommandError {
  static let streamID = CommandError("ERR Invalid stream ID specified as stream command argument")
  static let streamIDTooSmall = CommandError("ERR The ID specified in XADD is equal or smaller than the target stream top item")
  static let consumerGroupGone = CommandError("NOGROUP the consumer group this client was blocked on no longer exists")

  /// A line with two names of the client's in it.
  private static func line(
    _ start: StaticString, _ first: UnsafeRawBufferPointer, _ middle: StaticString, _ second: UnsafeRawBufferPointer, _ end: StaticString
  ) -> CommandError {
    // As in Redis, whose formats take C strings, a name ends before a NUL.
    let bytes =
      Array("\(start)".utf8) + first.prefix { $0 != 0 } + Array("\(middle)".utf8) + second.prefix { $0 != 0 } + Array("\(end)".utf8)
    var error = CommandError(String(decoding: bytes, as: UTF8.self))
    error.bytes = bytes
    return error
  }

  static func noGroup(_ key: KeyView, _ group: UnsafeRawBufferPointer) -> CommandError {
    line("NOGROUP No such key '", key.buffer, "' or consumer group '", group, "'")
  }
  static func noGroupToRead(_ key: KeyView, _ group: UnsafeRawBufferPointer) -> CommandError {
    line("NOGROUP No such key '", key.buffer, "' or consumer group '", group, "' in XREADGROUP with GROUP option")
  }
  static func noGroup(_ group: UnsafeRawBufferPointer, of key: KeyView) -> CommandError {
    line("NOGROUP No such consumer group '", group, "' for key name '", key.buffer, "'")
  }
}
