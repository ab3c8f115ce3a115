/// XINFO.
extension StreamCommands {
  private static func infoSubject(_ call: Call) throws(CommandError) -> StreamView {
    guard let stream = try call.database.stream(call.key(2)) else { throw .noSuchKey }
    return stream
  }

  static func infoStream(_ call: Call) throws(CommandError) {
    let stream = try infoSubject(call)
    let reply = call.reply
    var most: Int?
    if call.count > 3 {
      guard call.count == 4 || call.count == 6, call.is(3, "FULL") else { throw .subcommandSyntax(call) }
      most = 10
      if call.count == 6 {
        guard call.is(4, "COUNT") else { throw .subcommandSyntax(call) }
        let count = try call.integer(5)
        most = count < 0 ? 10 : Int(clamping: count)
      }
    }
    reply.map(most == nil ? 10 : 9)
    field(reply, "length", Int64(clamping: stream.count))
    field(reply, "radix-tree-keys", Int64(stream.nodeCount))
    field(reply, "radix-tree-nodes", Int64(stream.radixTreeNodeCount))
    field(reply, "last-generated-id", stream.lastID)
    field(reply, "max-deleted-entry-id", stream.maxDeletedID)
    field(reply, "entries-added", Int64(bitPattern: stream.entriesAdded))
    field(reply, "recorded-first-entry-id", stream.firstID)
    if let most {
      reply.bulk("entries")
      reply.streamEntries(stream, from: .zero, most: most)
      reply.bulk("groups")
      reply.array(stream.groupCount)
      stream.forEachGroup { fullGroup(reply, stream, $0, most: most > 0 ? most : .max) }
    } else {
      field(reply, "groups", Int64(stream.groupCount))
      reply.bulk("first-entry")
      if let entry = stream.firstEntry { reply.streamEntry(entry) } else { reply.null() }
      reply.bulk("last-entry")
      if let entry = stream.lastEntry { reply.streamEntry(entry) } else { reply.null() }
    }
  }

  private static func fullGroup(_ reply: ReplyBuffer, _ stream: StreamView, _ group: StreamGroupView, most: Int) {
    reply.map(7)
    reply.bulk("name")
    reply.bulk(group.name)
    field(reply, "last-delivered-id", group.lastID)
    progress(reply, stream, group)
    field(reply, "pel-count", Int64(group.pendingCount))
    reply.bulk("pending")
    let pending = group.pending
    reply.array(min(most, group.pendingCount))
    var left = most
    var place = pending.first
    while left > 0, let at = place, let item = pending.item(at: at) {
      left -= 1
      place = pending.next(at)
      reply.array(4)
      reply.streamID(item.id)
      reply.bulk(group.consumer(at: item.owner)?.name ?? UnsafeRawBufferPointer(start: nil, count: 0))
      reply.integer(item.deliveryTime)
      reply.integer(Int64(bitPattern: item.deliveryCount))
    }
    reply.bulk("consumers")
    reply.array(group.consumerCount)
    group.forEachConsumer { fullConsumer(reply, group, $0, most: most) }
  }

  private static func fullConsumer(_ reply: ReplyBuffer, _ group: StreamGroupView, _ consumer: StreamConsumerView, most: Int) {
    reply.map(5)
    reply.bulk("name")
    reply.bulk(consumer.name)
    field(reply, "seen-time", consumer.seenTime)
    field(reply, "active-time", consumer.activeTime)
    field(reply, "pel-count", Int64(consumer.pendingCount))
    reply.bulk("pending")
    let ids = consumer.pending
    reply.array(min(most, consumer.pendingCount))
    var left = most
    var place = ids.first
    while left > 0, let at = place, let id = ids.item(at: at)?.id {
      left -= 1
      place = ids.next(at)
      let item = group.pending(id)?.item
      reply.array(3)
      reply.streamID(id)
      reply.integer(item?.deliveryTime ?? 0)
      reply.integer(Int64(bitPattern: item?.deliveryCount ?? 0))
    }
  }

  static func infoGroups(_ call: Call) throws(CommandError) {
    let stream = try infoSubject(call)
    let reply = call.reply
    reply.array(stream.groupCount)
    stream.forEachGroup { group in
      reply.map(6)
      reply.bulk("name")
      reply.bulk(group.name)
      field(reply, "consumers", Int64(group.consumerCount))
      field(reply, "pending", Int64(group.pendingCount))
      field(reply, "last-delivered-id", group.lastID)
      progress(reply, stream, group)
    }
  }

  static func infoConsumers(_ call: Call) throws(CommandError) {
    let stream = try infoSubject(call)
    guard let group = stream.group(call[3].buffer) else { throw .noGroup(call[3].buffer, of: call.key(2)) }
    let reply = call.reply
    let now = call.engine.now
    reply.array(group.consumerCount)
    group.forEachConsumer { consumer in
      reply.map(4)
      reply.bulk("name")
      reply.bulk(consumer.name)
      field(reply, "pending", Int64(consumer.pendingCount))
      field(reply, "idle", max(0, now &- consumer.seenTime))
      field(reply, "inactive", consumer.activeTime == -1 ? -1 : max(0, now &- consumer.activeTime))
    }
  }

  static func infoHelp(_ call: Call) throws(CommandError) {
    help(
      call,
      [
        "XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "CONSUMERS <key> <groupname>", "    Describe the consumers of a group.",
        "GROUPS <key>", "    Describe the consumer groups of a stream.",
        "STREAM <key> [FULL [COUNT <count>]", "    Describe a stream.",
        "HELP", "    Print these lines.",
      ])
  }

  // MARK: fields

  private static func field(_ reply: ReplyBuffer, _ name: StaticString, _ value: Int64) {
    reply.bulk(name)
    reply.integer(value)
  }

  private static func field(_ reply: ReplyBuffer, _ name: StaticString, _ id: StreamID) {
    reply.bulk(name)
    reply.streamID(id)
  }

  /// What a group has read, and what it has not; null where the counters do not tell.
  private static func progress(_ reply: ReplyBuffer, _ stream: StreamView, _ group: StreamGroupView) {
    reply.bulk("entries-read")
    if group.entriesRead == -1 { reply.null() } else { reply.integer(group.entriesRead) }
    reply.bulk("lag")
    if let lag = stream.lag(of: group) { reply.integer(lag) } else { reply.null() }
  }
}
