// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Options of `XADD`.
public enum XADD {
  public enum Strategy: KeyspaceRequestPart, Hashable, Sendable {
    case maxlen
    case minid

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .maxlen: request.token("MAXLEN")
      case .minid: request.token("MINID")
      }
    }
  }

  public enum Operator: KeyspaceRequestPart, Hashable, Sendable {
    case equal
    case approximately

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .equal: request.token("=")
      case .approximately: request.token("~")
      }
    }
  }

  public struct Trim: KeyspaceRequestPart, Hashable, Sendable {
    public var strategy: Strategy
    public var `operator`: Operator?
    public var threshold: Bytes
    public var count: Int?
    public init(strategy: Strategy, `operator`: Operator? = nil, threshold: some KeyspaceBytes, count: Int? = nil) {
      self.strategy = strategy
      self.`operator` = `operator`
      self.threshold = Bytes(threshold)
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(strategy)
      if let `operator` { request.add(`operator`) }
      request.add(threshold)
      if let count {
        request.token("LIMIT")
        request.add(count)
      }
    }
  }

  public enum IdSelector: KeyspaceRequestPart, Hashable, Sendable {
    case autoId
    case id(Bytes)

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .autoId: request.token("*")
      case .id(let value):
        request.add(value)
      }
    }
  }

  public struct Data: KeyspaceRequestPart, Hashable, Sendable {
    public var field: Bytes
    public var value: Bytes
    public init(field: some KeyspaceBytes, value: some KeyspaceBytes) {
      self.field = Bytes(field)
      self.value = Bytes(value)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(field)
      request.add(value)
    }
  }
}

/// Options of `XGROUP CREATE`.
public enum XGROUPCREATE {
  public enum Id: KeyspaceRequestPart, Hashable, Sendable {
    case id(Bytes)
    case newId

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .id(let value):
        request.add(value)
      case .newId: request.token("$")
      }
    }
  }
}

/// Options of `XGROUP SETID`.
public enum XGROUPSETID {
  public enum Id: KeyspaceRequestPart, Hashable, Sendable {
    case id(Bytes)
    case newId

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .id(let value):
        request.add(value)
      case .newId: request.token("$")
      }
    }
  }
}

/// Options of `XINFO STREAM`.
public enum XINFOSTREAM {
  public struct Full: KeyspaceRequestPart, Hashable, Sendable {
    public var count: Int?
    public init(count: Int? = nil) {
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      if let count {
        request.token("COUNT")
        request.add(count)
      }
    }
  }
}

/// Options of `XPENDING`.
public enum XPENDING {
  public struct Filters: KeyspaceRequestPart, Hashable, Sendable {
    public var minIdleTime: Int?
    public var start: Bytes
    public var end: Bytes
    public var count: Int
    public var consumer: Bytes?
    public init(minIdleTime: Int? = nil, start: some KeyspaceBytes, end: some KeyspaceBytes, count: Int, consumer: Bytes? = nil) {
      self.minIdleTime = minIdleTime
      self.start = Bytes(start)
      self.end = Bytes(end)
      self.count = count
      self.consumer = consumer
    }
    func encode(into request: inout KeyspaceRequest) {
      if let minIdleTime {
        request.token("IDLE")
        request.add(minIdleTime)
      }
      request.add(start)
      request.add(end)
      request.add(count)
      if let consumer { request.add(consumer) }
    }
  }
}

/// Options of `XREAD`.
public enum XREAD {
  public struct Streams: KeyspaceRequestPart, Hashable, Sendable {
    public var keys: [Bytes]
    public var ids: [Bytes]
    public init(keys: [some KeyspaceBytes], ids: [some KeyspaceBytes]) {
      self.keys = keys.map { Bytes($0) }
      self.ids = ids.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(keys)
      request.add(ids)
    }
  }
}

/// Options of `XREADGROUP`.
public enum XREADGROUP {
  public struct GroupConsumer: KeyspaceRequestPart, Hashable, Sendable {
    public var group: Bytes
    public var consumer: Bytes
    public init(group: some KeyspaceBytes, consumer: some KeyspaceBytes) {
      self.group = Bytes(group)
      self.consumer = Bytes(consumer)
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(group)
      request.add(consumer)
    }
  }

  public struct Streams: KeyspaceRequestPart, Hashable, Sendable {
    public var keys: [Bytes]
    public var ids: [Bytes]
    public init(keys: [some KeyspaceBytes], ids: [some KeyspaceBytes]) {
      self.keys = keys.map { Bytes($0) }
      self.ids = ids.map { Bytes($0) }
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(keys)
      request.add(ids)
    }
  }
}

/// Options of `XTRIM`.
public enum XTRIM {
  public enum Strategy: KeyspaceRequestPart, Hashable, Sendable {
    case maxlen
    case minid

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .maxlen: request.token("MAXLEN")
      case .minid: request.token("MINID")
      }
    }
  }

  public enum Operator: KeyspaceRequestPart, Hashable, Sendable {
    case equal
    case approximately

    func encode(into request: inout KeyspaceRequest) {
      switch self {
      case .equal: request.token("=")
      case .approximately: request.token("~")
      }
    }
  }

  public struct Trim: KeyspaceRequestPart, Hashable, Sendable {
    public var strategy: Strategy
    public var `operator`: Operator?
    public var threshold: Bytes
    public var count: Int?
    public init(strategy: Strategy, `operator`: Operator? = nil, threshold: some KeyspaceBytes, count: Int? = nil) {
      self.strategy = strategy
      self.`operator` = `operator`
      self.threshold = Bytes(threshold)
      self.count = count
    }
    func encode(into request: inout KeyspaceRequest) {
      request.add(strategy)
      if let `operator` { request.add(`operator`) }
      request.add(threshold)
      if let count {
        request.token("LIMIT")
        request.add(count)
      }
    }
  }
}

extension KeyspaceReading where Self: ~Copyable {
  /// Describes the consumers of a group.
  ///
  /// `XINFO CONSUMERS`, since Redis 5.0.0. Complexity: O(N) in the consumers.
  public func xinfoConsumers(_ key: some KeyspaceBytes, group: some KeyspaceBytes) throws(TernError) -> Reply {
    var request = KeyspaceRequest("XINFO")
    request.token("CONSUMERS")
    request.add(key)
    request.add(group)
    return try execute(request)
  }

  /// Describes the consumer groups of a stream.
  ///
  /// `XINFO GROUPS`, since Redis 5.0.0. Complexity: O(N) in the groups.
  public func xinfoGroups(_ key: some KeyspaceBytes) throws(TernError) -> Reply {
    var request = KeyspaceRequest("XINFO")
    request.token("GROUPS")
    request.add(key)
    return try execute(request)
  }

  /// Describes a stream.
  ///
  /// `XINFO STREAM`, since Redis 5.0.0. Complexity: O(1); with `FULL` O(N) in the entries and groups returned.
  public func xinfoStream(_ key: some KeyspaceBytes, full: XINFOSTREAM.Full? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("XINFO")
    request.token("STREAM")
    request.add(key)
    if let full {
      request.token("FULL")
      request.add(full)
    }
    return try execute(request)
  }

  /// Counts the entries of a stream.
  ///
  /// `XLEN`, since Redis 5.0.0. Complexity: O(1).
  public func xlen(_ key: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("XLEN")
    request.add(key)
    return try execute(request).asInteger()
  }

  /// Lists the messages that a group has not acknowledged.
  ///
  /// `XPENDING`, since Redis 5.0.0. Complexity: O(N) in the messages returned, or looked at with `IDLE`.
  public func xpending(_ key: some KeyspaceBytes, group: some KeyspaceBytes, filters: XPENDING.Filters? = nil) throws(TernError) -> Reply {
    var request = KeyspaceRequest("XPENDING")
    request.add(key)
    request.add(group)
    if let filters { request.add(filters) }
    return try execute(request)
  }

  /// Returns the entries with ids in a range.
  ///
  /// `XRANGE`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public func xrange(_ key: some KeyspaceBytes, start: some KeyspaceBytes, end: some KeyspaceBytes, count: Int? = nil) throws(TernError)
    -> Reply
  {
    var request = KeyspaceRequest("XRANGE")
    request.add(key)
    request.add(start)
    request.add(end)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return try execute(request)
  }

  /// Returns the entries behind given ids of streams, and may wait for some.
  ///
  /// `XREAD`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public func xread(count: Int? = nil, streams: XREAD.Streams) throws(TernError) -> Reply {
    var request = KeyspaceRequest("XREAD")
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    request.token("STREAMS")
    request.add(streams)
    return try execute(request)
  }

  /// Returns the entries with ids in a range, backwards.
  ///
  /// `XREVRANGE`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public func xrevrange(_ key: some KeyspaceBytes, end: some KeyspaceBytes, start: some KeyspaceBytes, count: Int? = nil) throws(TernError)
    -> Reply
  {
    var request = KeyspaceRequest("XREVRANGE")
    request.add(key)
    request.add(end)
    request.add(start)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return try execute(request)
  }
}

extension KeyspaceWriting where Self: ~Copyable {
  /// Tells a group that messages have been dealt with.
  ///
  /// `XACK`, since Redis 5.0.0. Complexity: O(N) in the ids given.
  @discardableResult
  public func xack(_ key: some KeyspaceBytes, group: some KeyspaceBytes, ids: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("XACK")
    request.add(key)
    request.add(group)
    request.add(ids)
    return try execute(request).asInteger()
  }

  /// Appends an entry to a stream.
  ///
  /// `XADD`, since Redis 5.0.0. Complexity: O(1); O(N) in the entries trimmed.
  @discardableResult
  public func xadd(
    _ key: some KeyspaceBytes, nomkstream: Bool = false, trim: XADD.Trim? = nil, idSelector: XADD.IdSelector, data: [XADD.Data]
  ) throws(TernError) -> Bytes? {
    var request = KeyspaceRequest("XADD")
    request.add(key)
    if nomkstream { request.token("NOMKSTREAM") }
    if let trim { request.add(trim) }
    request.add(idSelector)
    request.add(data)
    return try execute(request).asOptionalBytes()
  }

  /// Gives a consumer the messages that others have left pending for long.
  ///
  /// `XAUTOCLAIM`, since Redis 6.2.0. Complexity: O(1) for a small `COUNT`.
  @discardableResult
  public func xautoclaim(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes, minIdleTime: some KeyspaceBytes,
    start: some KeyspaceBytes, count: Int? = nil, justid: Bool = false
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("XAUTOCLAIM")
    request.add(key)
    request.add(group)
    request.add(consumer)
    request.add(minIdleTime)
    request.add(start)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    if justid { request.token("JUSTID") }
    return try execute(request)
  }

  /// Gives pending messages to a consumer.
  ///
  /// `XCLAIM`, since Redis 5.0.0. Complexity: O(log N) an id, N pending in the group.
  @discardableResult
  public func xclaim(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes, minIdleTime: some KeyspaceBytes,
    ids: [some KeyspaceBytes], ms: Int? = nil, unixTimeMilliseconds: Date? = nil, count: Int? = nil, force: Bool = false,
    justid: Bool = false, id: Bytes? = nil
  ) throws(TernError) -> Reply {
    var request = KeyspaceRequest("XCLAIM")
    request.add(key)
    request.add(group)
    request.add(consumer)
    request.add(minIdleTime)
    request.add(ids)
    if let ms {
      request.token("IDLE")
      request.add(ms)
    }
    if let unixTimeMilliseconds {
      request.token("TIME")
      request.add(unixTimeMilliseconds, inMilliseconds: true)
    }
    if let count {
      request.token("RETRYCOUNT")
      request.add(count)
    }
    if force { request.token("FORCE") }
    if justid { request.token("JUSTID") }
    if let id {
      request.token("LASTID")
      request.add(id)
    }
    return try execute(request)
  }

  /// Removes entries of a stream.
  ///
  /// `XDEL`, since Redis 5.0.0. Complexity: O(1) an id.
  @discardableResult
  public func xdel(_ key: some KeyspaceBytes, ids: [some KeyspaceBytes]) throws(TernError) -> Int {
    var request = KeyspaceRequest("XDEL")
    request.add(key)
    request.add(ids)
    return try execute(request).asInteger()
  }

  /// Makes a consumer group.
  ///
  /// `XGROUP CREATE`, since Redis 5.0.0. Complexity: O(1).
  public func xgroupCreate(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, id: XGROUPCREATE.Id, mkstream: Bool = false, entriesread: Int? = nil
  ) throws(TernError) {
    var request = KeyspaceRequest("XGROUP")
    request.token("CREATE")
    request.add(key)
    request.add(group)
    request.add(id)
    if mkstream { request.token("MKSTREAM") }
    if let entriesread {
      request.token("ENTRIESREAD")
      request.add(entriesread)
    }
    _ = try execute(request)
  }

  /// Adds a consumer to a group.
  ///
  /// `XGROUP CREATECONSUMER`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func xgroupCreateconsumer(_ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes) throws(TernError)
    -> Int
  {
    var request = KeyspaceRequest("XGROUP")
    request.token("CREATECONSUMER")
    request.add(key)
    request.add(group)
    request.add(consumer)
    return try execute(request).asInteger()
  }

  /// Removes a consumer of a group.
  ///
  /// `XGROUP DELCONSUMER`, since Redis 5.0.0. Complexity: O(N) in what is pending for it.
  @discardableResult
  public func xgroupDelconsumer(_ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes) throws(TernError) -> Int
  {
    var request = KeyspaceRequest("XGROUP")
    request.token("DELCONSUMER")
    request.add(key)
    request.add(group)
    request.add(consumer)
    return try execute(request).asInteger()
  }

  /// Removes a consumer group.
  ///
  /// `XGROUP DESTROY`, since Redis 5.0.0. Complexity: O(N) in what is pending in the group.
  @discardableResult
  public func xgroupDestroy(_ key: some KeyspaceBytes, group: some KeyspaceBytes) throws(TernError) -> Int {
    var request = KeyspaceRequest("XGROUP")
    request.token("DESTROY")
    request.add(key)
    request.add(group)
    return try execute(request).asInteger()
  }

  /// Sets which entry a group was given last.
  ///
  /// `XGROUP SETID`, since Redis 5.0.0. Complexity: O(1).
  public func xgroupSetid(_ key: some KeyspaceBytes, group: some KeyspaceBytes, id: XGROUPSETID.Id, entriesread: Int? = nil)
    throws(TernError)
  {
    var request = KeyspaceRequest("XGROUP")
    request.token("SETID")
    request.add(key)
    request.add(group)
    request.add(id)
    if let entriesread {
      request.token("ENTRIESREAD")
      request.add(entriesread)
    }
    _ = try execute(request)
  }

  /// Returns messages of streams to a group's consumer, and may wait for some.
  ///
  /// `XREADGROUP`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  @discardableResult
  public func xreadgroup(groupConsumer: XREADGROUP.GroupConsumer, count: Int? = nil, noack: Bool = false, streams: XREADGROUP.Streams)
    throws(TernError) -> Reply
  {
    var request = KeyspaceRequest("XREADGROUP")
    request.token("GROUP")
    request.add(groupConsumer)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    if noack { request.token("NOACK") }
    request.token("STREAMS")
    request.add(streams)
    return try execute(request)
  }

  /// Sets the last id of a stream, for replication.
  ///
  /// `XSETID`, since Redis 5.0.0. Complexity: O(1).
  public func xsetid(_ key: some KeyspaceBytes, lastId: some KeyspaceBytes, entriesAdded: Int? = nil, maxDeletedEntryId: Bytes? = nil)
    throws(TernError)
  {
    var request = KeyspaceRequest("XSETID")
    request.add(key)
    request.add(lastId)
    if let entriesAdded {
      request.token("ENTRIESADDED")
      request.add(entriesAdded)
    }
    if let maxDeletedEntryId {
      request.token("MAXDELETEDID")
      request.add(maxDeletedEntryId)
    }
    _ = try execute(request)
  }

  /// Removes old entries of a stream.
  ///
  /// `XTRIM`, since Redis 5.0.0. Complexity: O(N) in the entries removed.
  @discardableResult
  public func xtrim(_ key: some KeyspaceBytes, trim: XTRIM.Trim) throws(TernError) -> Int {
    var request = KeyspaceRequest("XTRIM")
    request.add(key)
    request.add(trim)
    return try execute(request).asInteger()
  }
}

extension Node {
  /// Returns the entries behind given ids of streams, and may wait for some.
  ///
  /// `XREAD`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public func xread(count: Int? = nil, milliseconds: Int, streams: XREAD.Streams) async throws -> Reply {
    var request = KeyspaceRequest("XREAD")
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    request.token("BLOCK")
    request.add(milliseconds)
    request.token("STREAMS")
    request.add(streams)
    return try await executeWaiting(request)
  }

  /// Returns messages of streams to a group's consumer, and may wait for some.
  ///
  /// `XREADGROUP`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  @discardableResult
  public func xreadgroup(
    groupConsumer: XREADGROUP.GroupConsumer, count: Int? = nil, milliseconds: Int, noack: Bool = false, streams: XREADGROUP.Streams
  ) async throws -> Reply {
    var request = KeyspaceRequest("XREADGROUP")
    request.token("GROUP")
    request.add(groupConsumer)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    request.token("BLOCK")
    request.add(milliseconds)
    if noack { request.token("NOACK") }
    request.token("STREAMS")
    request.add(streams)
    return try await executeWaiting(request)
  }
}
