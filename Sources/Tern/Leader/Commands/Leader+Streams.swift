// Made from the command table by a test: `TERN_WRITE_DOCUMENTS=1 swift test --filter TypedCommandTests` writes it anew.

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension KeyspaceCommand where Value == Bytes? {
  /// Appends an entry to a stream.
  ///
  /// `XADD`, since Redis 5.0.0. Complexity: O(1); O(N) in the entries trimmed.
  public static func xadd(
    _ key: some KeyspaceBytes, nomkstream: Bool = false, trim: XADD.Trim? = nil, idSelector: XADD.IdSelector, data: [XADD.Data]
  ) -> KeyspaceCommand<Bytes?> {
    var request = KeyspaceRequest("XADD")
    request.add(key)
    if nomkstream { request.token("NOMKSTREAM") }
    if let trim { request.add(trim) }
    request.add(idSelector)
    request.add(data)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asOptionalBytes() }
  }
}

extension KeyspaceCommand where Value == Int {
  /// Tells a group that messages have been dealt with.
  ///
  /// `XACK`, since Redis 5.0.0. Complexity: O(N) in the ids given.
  public static func xack(_ key: some KeyspaceBytes, group: some KeyspaceBytes, ids: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("XACK")
    request.add(key)
    request.add(group)
    request.add(ids)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes entries of a stream.
  ///
  /// `XDEL`, since Redis 5.0.0. Complexity: O(1) an id.
  public static func xdel(_ key: some KeyspaceBytes, ids: [some KeyspaceBytes]) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("XDEL")
    request.add(key)
    request.add(ids)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Adds a consumer to a group.
  ///
  /// `XGROUP CREATECONSUMER`, since Redis 6.2.0. Complexity: O(1).
  public static func xgroupCreateconsumer(_ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes)
    -> KeyspaceCommand<Int>
  {
    var request = KeyspaceRequest("XGROUP")
    request.token("CREATECONSUMER")
    request.add(key)
    request.add(group)
    request.add(consumer)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes a consumer of a group.
  ///
  /// `XGROUP DELCONSUMER`, since Redis 5.0.0. Complexity: O(N) in what is pending for it.
  public static func xgroupDelconsumer(_ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes)
    -> KeyspaceCommand<Int>
  {
    var request = KeyspaceRequest("XGROUP")
    request.token("DELCONSUMER")
    request.add(key)
    request.add(group)
    request.add(consumer)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes a consumer group.
  ///
  /// `XGROUP DESTROY`, since Redis 5.0.0. Complexity: O(N) in what is pending in the group.
  public static func xgroupDestroy(_ key: some KeyspaceBytes, group: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("XGROUP")
    request.token("DESTROY")
    request.add(key)
    request.add(group)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Counts the entries of a stream.
  ///
  /// `XLEN`, since Redis 5.0.0. Complexity: O(1).
  public static func xlen(_ key: some KeyspaceBytes) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("XLEN")
    request.add(key)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }

  /// Removes old entries of a stream.
  ///
  /// `XTRIM`, since Redis 5.0.0. Complexity: O(N) in the entries removed.
  public static func xtrim(_ key: some KeyspaceBytes, trim: XTRIM.Trim) -> KeyspaceCommand<Int> {
    var request = KeyspaceRequest("XTRIM")
    request.add(key)
    request.add(trim)
    return KeyspaceCommand(request) { (reply) throws(TernError) in try reply.asInteger() }
  }
}

extension KeyspaceCommand where Value == Reply {
  /// Gives a consumer the messages that others have left pending for long.
  ///
  /// `XAUTOCLAIM`, since Redis 6.2.0. Complexity: O(1) for a small `COUNT`.
  public static func xautoclaim(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes, minIdleTime: some KeyspaceBytes,
    start: some KeyspaceBytes, count: Int? = nil, justid: Bool = false
  ) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Gives pending messages to a consumer.
  ///
  /// `XCLAIM`, since Redis 5.0.0. Complexity: O(log N) an id, N pending in the group.
  public static func xclaim(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes, minIdleTime: some KeyspaceBytes,
    ids: [some KeyspaceBytes], ms: Int? = nil, unixTimeMilliseconds: Date? = nil, count: Int? = nil, force: Bool = false,
    justid: Bool = false, id: Bytes? = nil
  ) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Describes the consumers of a group.
  ///
  /// `XINFO CONSUMERS`, since Redis 5.0.0. Complexity: O(N) in the consumers.
  public static func xinfoConsumers(_ key: some KeyspaceBytes, group: some KeyspaceBytes) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("XINFO")
    request.token("CONSUMERS")
    request.add(key)
    request.add(group)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Describes the consumer groups of a stream.
  ///
  /// `XINFO GROUPS`, since Redis 5.0.0. Complexity: O(N) in the groups.
  public static func xinfoGroups(_ key: some KeyspaceBytes) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("XINFO")
    request.token("GROUPS")
    request.add(key)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Describes a stream.
  ///
  /// `XINFO STREAM`, since Redis 5.0.0. Complexity: O(1); with `FULL` O(N) in the entries and groups returned.
  public static func xinfoStream(_ key: some KeyspaceBytes, full: XINFOSTREAM.Full? = nil) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("XINFO")
    request.token("STREAM")
    request.add(key)
    if let full {
      request.token("FULL")
      request.add(full)
    }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Lists the messages that a group has not acknowledged.
  ///
  /// `XPENDING`, since Redis 5.0.0. Complexity: O(N) in the messages returned, or looked at with `IDLE`.
  public static func xpending(_ key: some KeyspaceBytes, group: some KeyspaceBytes, filters: XPENDING.Filters? = nil) -> KeyspaceCommand<
    Reply
  > {
    var request = KeyspaceRequest("XPENDING")
    request.add(key)
    request.add(group)
    if let filters { request.add(filters) }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the entries with ids in a range.
  ///
  /// `XRANGE`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public static func xrange(_ key: some KeyspaceBytes, start: some KeyspaceBytes, end: some KeyspaceBytes, count: Int? = nil)
    -> KeyspaceCommand<Reply>
  {
    var request = KeyspaceRequest("XRANGE")
    request.add(key)
    request.add(start)
    request.add(end)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the entries behind given ids of streams, and may wait for some.
  ///
  /// `XREAD`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public static func xread(count: Int? = nil, streams: XREAD.Streams) -> KeyspaceCommand<Reply> {
    var request = KeyspaceRequest("XREAD")
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    request.token("STREAMS")
    request.add(streams)
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns messages of streams to a group's consumer, and may wait for some.
  ///
  /// `XREADGROUP`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public static func xreadgroup(
    groupConsumer: XREADGROUP.GroupConsumer, count: Int? = nil, noack: Bool = false, streams: XREADGROUP.Streams
  ) -> KeyspaceCommand<Reply> {
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
    return KeyspaceCommand(request) { reply in reply }
  }

  /// Returns the entries with ids in a range, backwards.
  ///
  /// `XREVRANGE`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public static func xrevrange(_ key: some KeyspaceBytes, end: some KeyspaceBytes, start: some KeyspaceBytes, count: Int? = nil)
    -> KeyspaceCommand<Reply>
  {
    var request = KeyspaceRequest("XREVRANGE")
    request.add(key)
    request.add(end)
    request.add(start)
    if let count {
      request.token("COUNT")
      request.add(count)
    }
    return KeyspaceCommand(request) { reply in reply }
  }
}

extension KeyspaceCommand where Value == Void {
  /// Makes a consumer group.
  ///
  /// `XGROUP CREATE`, since Redis 5.0.0. Complexity: O(1).
  public static func xgroupCreate(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, id: XGROUPCREATE.Id, mkstream: Bool = false, entriesread: Int? = nil
  ) -> KeyspaceCommand<Void> {
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
    return KeyspaceCommand(request) { _ in () }
  }

  /// Sets which entry a group was given last.
  ///
  /// `XGROUP SETID`, since Redis 5.0.0. Complexity: O(1).
  public static func xgroupSetid(_ key: some KeyspaceBytes, group: some KeyspaceBytes, id: XGROUPSETID.Id, entriesread: Int? = nil)
    -> KeyspaceCommand<Void>
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
    return KeyspaceCommand(request) { _ in () }
  }

  /// Sets the last id of a stream, for replication.
  ///
  /// `XSETID`, since Redis 5.0.0. Complexity: O(1).
  public static func xsetid(
    _ key: some KeyspaceBytes, lastId: some KeyspaceBytes, entriesAdded: Int? = nil, maxDeletedEntryId: Bytes? = nil
  ) -> KeyspaceCommand<Void> {
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
    return KeyspaceCommand(request) { _ in () }
  }
}

extension Leader {
  /// Tells a group that messages have been dealt with.
  ///
  /// `XACK`, since Redis 5.0.0. Complexity: O(N) in the ids given.
  @discardableResult
  public func xack(_ key: some KeyspaceBytes, group: some KeyspaceBytes, ids: [some KeyspaceBytes]) async throws -> Int {
    try await run(.xack(key, group: group, ids: ids))
  }

  /// Appends an entry to a stream.
  ///
  /// `XADD`, since Redis 5.0.0. Complexity: O(1); O(N) in the entries trimmed.
  @discardableResult
  public func xadd(
    _ key: some KeyspaceBytes, nomkstream: Bool = false, trim: XADD.Trim? = nil, idSelector: XADD.IdSelector, data: [XADD.Data]
  ) async throws -> Bytes? {
    try await run(.xadd(key, nomkstream: nomkstream, trim: trim, idSelector: idSelector, data: data))
  }

  /// Gives a consumer the messages that others have left pending for long.
  ///
  /// `XAUTOCLAIM`, since Redis 6.2.0. Complexity: O(1) for a small `COUNT`.
  @discardableResult
  public func xautoclaim(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes, minIdleTime: some KeyspaceBytes,
    start: some KeyspaceBytes, count: Int? = nil, justid: Bool = false
  ) async throws -> Reply {
    try await run(.xautoclaim(key, group: group, consumer: consumer, minIdleTime: minIdleTime, start: start, count: count, justid: justid))
  }

  /// Gives pending messages to a consumer.
  ///
  /// `XCLAIM`, since Redis 5.0.0. Complexity: O(log N) an id, N pending in the group.
  @discardableResult
  public func xclaim(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes, minIdleTime: some KeyspaceBytes,
    ids: [some KeyspaceBytes], ms: Int? = nil, unixTimeMilliseconds: Date? = nil, count: Int? = nil, force: Bool = false,
    justid: Bool = false, id: Bytes? = nil
  ) async throws -> Reply {
    try await run(
      .xclaim(
        key, group: group, consumer: consumer, minIdleTime: minIdleTime, ids: ids, ms: ms, unixTimeMilliseconds: unixTimeMilliseconds,
        count: count, force: force, justid: justid, id: id))
  }

  /// Removes entries of a stream.
  ///
  /// `XDEL`, since Redis 5.0.0. Complexity: O(1) an id.
  @discardableResult
  public func xdel(_ key: some KeyspaceBytes, ids: [some KeyspaceBytes]) async throws -> Int {
    try await run(.xdel(key, ids: ids))
  }

  /// Makes a consumer group.
  ///
  /// `XGROUP CREATE`, since Redis 5.0.0. Complexity: O(1).
  public func xgroupCreate(
    _ key: some KeyspaceBytes, group: some KeyspaceBytes, id: XGROUPCREATE.Id, mkstream: Bool = false, entriesread: Int? = nil
  ) async throws {
    try await run(.xgroupCreate(key, group: group, id: id, mkstream: mkstream, entriesread: entriesread))
  }

  /// Adds a consumer to a group.
  ///
  /// `XGROUP CREATECONSUMER`, since Redis 6.2.0. Complexity: O(1).
  @discardableResult
  public func xgroupCreateconsumer(_ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes) async throws -> Int {
    try await run(.xgroupCreateconsumer(key, group: group, consumer: consumer))
  }

  /// Removes a consumer of a group.
  ///
  /// `XGROUP DELCONSUMER`, since Redis 5.0.0. Complexity: O(N) in what is pending for it.
  @discardableResult
  public func xgroupDelconsumer(_ key: some KeyspaceBytes, group: some KeyspaceBytes, consumer: some KeyspaceBytes) async throws -> Int {
    try await run(.xgroupDelconsumer(key, group: group, consumer: consumer))
  }

  /// Removes a consumer group.
  ///
  /// `XGROUP DESTROY`, since Redis 5.0.0. Complexity: O(N) in what is pending in the group.
  @discardableResult
  public func xgroupDestroy(_ key: some KeyspaceBytes, group: some KeyspaceBytes) async throws -> Int {
    try await run(.xgroupDestroy(key, group: group))
  }

  /// Sets which entry a group was given last.
  ///
  /// `XGROUP SETID`, since Redis 5.0.0. Complexity: O(1).
  public func xgroupSetid(_ key: some KeyspaceBytes, group: some KeyspaceBytes, id: XGROUPSETID.Id, entriesread: Int? = nil) async throws {
    try await run(.xgroupSetid(key, group: group, id: id, entriesread: entriesread))
  }

  /// Describes the consumers of a group.
  ///
  /// `XINFO CONSUMERS`, since Redis 5.0.0. Complexity: O(N) in the consumers.
  public func xinfoConsumers(_ key: some KeyspaceBytes, group: some KeyspaceBytes) async throws -> Reply {
    try await run(.xinfoConsumers(key, group: group))
  }

  /// Describes the consumer groups of a stream.
  ///
  /// `XINFO GROUPS`, since Redis 5.0.0. Complexity: O(N) in the groups.
  public func xinfoGroups(_ key: some KeyspaceBytes) async throws -> Reply {
    try await run(.xinfoGroups(key))
  }

  /// Describes a stream.
  ///
  /// `XINFO STREAM`, since Redis 5.0.0. Complexity: O(1); with `FULL` O(N) in the entries and groups returned.
  public func xinfoStream(_ key: some KeyspaceBytes, full: XINFOSTREAM.Full? = nil) async throws -> Reply {
    try await run(.xinfoStream(key, full: full))
  }

  /// Counts the entries of a stream.
  ///
  /// `XLEN`, since Redis 5.0.0. Complexity: O(1).
  public func xlen(_ key: some KeyspaceBytes) async throws -> Int {
    try await run(.xlen(key))
  }

  /// Lists the messages that a group has not acknowledged.
  ///
  /// `XPENDING`, since Redis 5.0.0. Complexity: O(N) in the messages returned, or looked at with `IDLE`.
  public func xpending(_ key: some KeyspaceBytes, group: some KeyspaceBytes, filters: XPENDING.Filters? = nil) async throws -> Reply {
    try await run(.xpending(key, group: group, filters: filters))
  }

  /// Returns the entries with ids in a range.
  ///
  /// `XRANGE`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public func xrange(_ key: some KeyspaceBytes, start: some KeyspaceBytes, end: some KeyspaceBytes, count: Int? = nil) async throws -> Reply
  {
    try await run(.xrange(key, start: start, end: end, count: count))
  }

  /// Returns the entries behind given ids of streams, and may wait for some.
  ///
  /// `XREAD`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public func xread(count: Int? = nil, streams: XREAD.Streams) async throws -> Reply {
    try await run(.xread(count: count, streams: streams))
  }

  /// Returns messages of streams to a group's consumer, and may wait for some.
  ///
  /// `XREADGROUP`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  @discardableResult
  public func xreadgroup(groupConsumer: XREADGROUP.GroupConsumer, count: Int? = nil, noack: Bool = false, streams: XREADGROUP.Streams)
    async throws -> Reply
  {
    try await run(.xreadgroup(groupConsumer: groupConsumer, count: count, noack: noack, streams: streams))
  }

  /// Returns the entries with ids in a range, backwards.
  ///
  /// `XREVRANGE`, since Redis 5.0.0. Complexity: O(N) in the entries returned.
  public func xrevrange(_ key: some KeyspaceBytes, end: some KeyspaceBytes, start: some KeyspaceBytes, count: Int? = nil) async throws
    -> Reply
  {
    try await run(.xrevrange(key, end: end, start: start, count: count))
  }

  /// Sets the last id of a stream, for replication.
  ///
  /// `XSETID`, since Redis 5.0.0. Complexity: O(1).
  public func xsetid(_ key: some KeyspaceBytes, lastId: some KeyspaceBytes, entriesAdded: Int? = nil, maxDeletedEntryId: Bytes? = nil)
    async throws
  {
    try await run(.xsetid(key, lastId: lastId, entriesAdded: entriesAdded, maxDeletedEntryId: maxDeletedEntryId))
  }

  /// Removes old entries of a stream.
  ///
  /// `XTRIM`, since Redis 5.0.0. Complexity: O(N) in the entries removed.
  @discardableResult
  public func xtrim(_ key: some KeyspaceBytes, trim: XTRIM.Trim) async throws -> Int {
    try await run(.xtrim(key, trim: trim))
  }
}
