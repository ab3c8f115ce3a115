package import TernEngine

extension RDBValue {
  /// nil: a string, which needs no building.
  package var collectionType: ValueType? {
    switch self {
    case .string, .integer, .stringPart: nil
    case .list: .list
    case .set: .set
    case .sortedSet: .sortedSet
    case .hash: .hash
    case .stream: .stream
    }
  }
}

extension CollectionBuilder {
  /// Takes a part of a value of the builder's type. False if the part contradicts what was taken before (a member that comes twice, an
  /// entry that is pending for two consumers …): the builder is to be discarded then.
  package mutating func append(_ part: RDBValue) -> Bool {
    var isGood = true
    switch part {
    case .string, .integer, .stringPart: isGood = false
    case .list(let elements): elements.forEachString { list?.append($0) }
    case .set(let elements):
      if elements.isPacked { set?.keepPacked() }
      elements.forEachString { isGood = set?.append($0) == true && isGood }
    case .sortedSet(let elements):
      if elements.isPacked { sortedSet?.keepPacked() }
      elements.forEachScored { isGood = sortedSet?.append($0, $1) == true && isGood }
    case .hash(let elements):
      if elements.isPacked { hash?.keepPacked() }
      elements.forEachField { isGood = hash?.append($0, $1, $2) == true && isGood }
    case .stream(let items):
      for item in items where isGood { isGood = stream?.append(item) ?? false }
    }
    return isGood
  }
}

extension StreamBuilder {
  fileprivate mutating func append(_ item: RDBStreamItem) -> Bool {
    switch item {
    case .node(let master, let listpack): listpack.withUnsafeBytes { appendNode(StreamID(master), $0) }
    case .state(let state):
      setCounters(
        count: state.length, lastID: StreamID(state.lastID), firstID: state.firstID.map(StreamID.init),
        maxDeletedID: state.maxDeletedID.map(StreamID.init), entriesAdded: state.entriesAdded)
    case .group(let name, let lastID, let entriesRead):
      name.withUnsafeBytes { beginGroup($0, lastID: StreamID(lastID), entriesRead: entriesRead) }
    case .pending(let id, let deliveredAt, let deliveries):
      appendPending(StreamID(id), deliveryTime: deliveredAt, deliveryCount: deliveries)
    case .consumer(let name, let seenAt, let activeAt):
      name.withUnsafeBytes { beginConsumer($0, seenTime: seenAt, activeTime: activeAt) }
    case .owned(let id): appendConsumerPending(StreamID(id))
    }
  }
}

extension StreamID {
  init(_ id: RDBStreamID) { self.init(id.milliseconds, id.sequence) }
}

extension StagedKeyspace {
  package enum Insertion: Hashable, Sendable {
    case inserted
    /// A part; more follows.
    case begun
    /// A collection without elements, which an old bug could leave in a file: left out, as Redis does.
    case skippedEmpty
    case corrupt(String)
  }

  /// Puts a key of an RDB in place, or takes a part of its value.
  package func insert(_ key: RDBKey, into database: Int) -> Insertion {
    switch key.value {
    case .string(let bytes): insert(key.name, .bytes(bytes), expiry: key.expireAt, access: access(key), into: database)
    case .integer(let value): insert(key.name, .integer(value), expiry: key.expireAt, access: access(key), into: database)
    case .stringPart(let part, let total):
      part.withUnsafeBytes { appendLongString($0, total: total) }
      guard key.isLast else { return .begun }
      insertLongString(key.name, expiry: key.expireAt, access: access(key), into: database)
    default: return insertCollection(key, into: database)
    }
    return .inserted
  }

  private func access(_ key: RDBKey) -> UInt32? {
    key.eviction.flatMap { engine.access($0.access) }
  }

  private func insertCollection(_ key: RDBKey, into database: Int) -> Insertion {
    guard let type = key.value.collectionType else { return .skippedEmpty }
    if builder == nil { builder = CollectionBuilder(type, engine) }
    guard builder?.append(key.value) == true else {
      builder?.discard()
      builder = nil
      return .corrupt(corruption(key, "an element comes twice, or contradicts another"))
    }
    guard key.isLast else { return .begun }
    defer { builder = nil }
    guard let value = builder?.finish() else {
      if type == .stream {
        return .corrupt(corruption(key, "a pending entry belongs to no consumer, or a group or a consumer comes twice"))
      }
      return .skippedEmpty
    }
    insert(key.name, value, expiry: key.expireAt, access: access(key), into: database)
    return .inserted
  }

  private func corruption(_ key: RDBKey, _ reason: String) -> String {
    "integrity check failed: \(reason), in key '\(printable(key.name))', \(key.type.name())"
  }
}
