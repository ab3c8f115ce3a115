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
  func groupForWrite(_ key: KeyView, _ name: Name) throws(CommandError) -> (group: StreamGroup, stream: Stream) {
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
  func recordGroup(_ key: KeyView, _ group: StreamGroupView) {
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

  func recordConsumer(_ key: KeyView, _ group: StreamGroupView, _ consumer: Name) {
    guard engine.effects.isRecording else { return }
    engine.effects.begin(index, 5, "XGROUP")
    engine.effects.argument("CREATECONSUMER")
    engine.effects.argument(key)
    engine.effects.argument(group.name)
    engine.effects.argument(consumer)
  }

  /// A new consumer; the caller sees to the effect.
  @discardableResult
  func addConsumer(_ key: KeyView, _ group: StreamGroup, _ consumer: Name) -> Int {
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
}

extension CommandError {
  static let streamMustExist = CommandError(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty "
      + "stream automatically.")
}
