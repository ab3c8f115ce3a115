/// XGROUP, and what consumers do with what they were given.
extension StreamCommands {
  // MARK: XGROUP

  private struct GroupOptions {
    var makesStream = false
    var entriesRead: Int64 = -1
  }

  private static func groupOptions(_ call: Call, isCreation: Bool) throws(CommandError) -> GroupOptions {
    var options = GroupOptions()
    var i = 5
    while i < call.count {
      if isCreation, call.is(i, "MKSTREAM") {
        options.makesStream = true
        i += 1
      } else if i + 1 < call.count, call.is(i, "ENTRIESREAD") {
        let value = try call.integer(i + 1)
        guard value >= -1 else { throw CommandError("ERR value for ENTRIESREAD must be positive or -1") }
        options.entriesRead = value
        i += 2
      } else {
        throw .subcommandSyntax(call)
      }
    }
    return options
  }

  /// The stream that XGROUP works on; nil if there is no key.
  private static func groupStream(_ call: Call) throws(CommandError) -> StreamView? {
    try call.database.collectionForWrite(call.key(2), .stream)?.entry.streamView
  }

  private static func isLast(_ call: Call, _ index: Int) -> Bool {
    // `$`; what is behind a NUL does not count, as in Redis.
    let bytes = call[index].buffer
    return bytes.count >= 1 && bytes[0] == UInt8(ascii: "$") && (bytes.count == 1 || bytes[1] == 0)
  }

  static func groupCreate(_ call: Call) throws(CommandError) {
    let options = try groupOptions(call, isCreation: true)
    let stream = try groupStream(call)
    if stream == nil, !options.makesStream { throw .streamMustExist }
    guard call.count <= 8 else { throw .subcommandSyntax(call) }
    let id = isLast(call, 4) ? nil : try id(call, 4)
    try call.database.createStreamGroup(
      call.key(2), call[3].buffer, from: id, entriesRead: options.entriesRead, makesStream: options.makesStream)
    call.reply.ok()
  }

  static func groupSetID(_ call: Call) throws(CommandError) {
    let options = try groupOptions(call, isCreation: false)
    guard let stream = try groupStream(call) else { throw .streamMustExist }
    guard stream.group(call[3].buffer) != nil else { throw .noGroup(call[3].buffer, of: call.key(2)) }
    guard call.count <= 7 else { throw .subcommandSyntax(call) }
    var id: StreamID?
    if !isLast(call, 4) {
      guard let (parsed, _) = StreamID.parse(call[4].buffer, .border) else { throw .streamID }
      id = parsed
    }
    try call.database.setStreamGroup(call.key(2), call[3].buffer, to: id, entriesRead: options.entriesRead)
    call.reply.ok()
  }

  static func groupDestroy(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.destroyStreamGroup(call.key(2), call[3].buffer) ? 1 : 0)
  }

  static func groupCreateConsumer(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.createStreamConsumer(call.key(2), call[3].buffer, call[4].buffer) ? 1 : 0)
  }

  static func groupDeleteConsumer(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.deleteStreamConsumer(call.key(2), call[3].buffer, call[4].buffer))
  }

  static func groupHelp(_ call: Call) throws(CommandError) {
    help(
      call,
      [
        "XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "CREATE <key> <groupname> <id|$> [option]", "    Make a consumer group that begins behind an entry. Options:", "    * MKSTREAM",
        "      Make the stream too, if there is none.", "    * ENTRIESREAD entries_read",
        "      Say how many entries the group has read so far (for replication).",
        "CREATECONSUMER <key> <groupname> <consumer>", "    Add a consumer to a group.",
        "DELCONSUMER <key> <groupname> <consumer>", "    Remove a consumer, with all that is pending for it.",
        "DESTROY <key> <groupname>", "    Remove a group.",
        "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]", "    Set the entry behind which a group goes on.",
        "HELP", "    Print these lines.",
      ])
  }

  static func help(_ call: Call, _ lines: [StaticString]) {
    call.reply.array(lines.count)
    for line in lines { call.reply.simple(line) }
  }

  // MARK: XACK, XPENDING

  static func acknowledge(_ call: Call) throws(CommandError) {
    // Ids are not looked at without a group.
    let key = call.key(1)
    guard let stream = try call.database.stream(key), stream.group(call[2].buffer) != nil else { return call.reply.integer(0) }
    let ids = try ids(call, from: 3)
    call.reply.integer(try call.database.acknowledgeStream(key, call[2].buffer, ids.count) { ids[$0] })
  }

  static func pending(_ call: Call) throws(CommandError) {
    guard call.count == 3 || (6...9).contains(call.count) else { throw .syntax }
    guard call.count > 3 else {
      return try pendingSummary(call)
    }
    var first = 3
    var minIdleTime: Int64 = 0
    if call.is(3, "IDLE") {
      minIdleTime = try call.integer(4)
      guard call.count >= 8 else { throw .syntax }
      first = 5
    }
    let count = Int(clamping: max(0, try call.integer(first + 2)))
    let (start, end) = try interval(call, first, first + 1)
    guard let group = try call.database.stream(call.key(1))?.group(call[2].buffer) else { throw .noGroup(call.key(1), call[2].buffer) }
    var walk = PendingWalk(group: group, start: start, end: end, count: count, minIdleTime: minIdleTime, now: call.engine.now)
    if first + 3 < call.count {
      guard let consumer = group.consumer(call[first + 3].buffer) else { return call.reply.array(0) }
      walk.consumer = consumer.view
    }
    // Counted first, so that the reply is written once.
    var found = 0
    walk.forEach { _ in found += 1 }
    call.reply.array(found)
    walk.forEach { item in
      call.reply.array(4)
      call.reply.streamID(item.id)
      call.reply.bulk(group.consumer(at: item.owner)?.name ?? UnsafeRawBufferPointer(start: nil, count: 0))
      call.reply.integer(max(0, call.engine.now &- item.deliveryTime))
      call.reply.integer(Int64(bitPattern: item.deliveryCount))
    }
  }

  private static func pendingSummary(_ call: Call) throws(CommandError) {
    guard let group = try call.database.stream(call.key(1))?.group(call[2].buffer) else { throw .noGroup(call.key(1), call[2].buffer) }
    let reply = call.reply
    reply.array(4)
    reply.integer(group.pendingCount)
    let tree = group.pending
    guard let first = tree.first.flatMap({ tree.item(at: $0) }), let last = tree.last.flatMap({ tree.item(at: $0) }) else {
      reply.null()
      reply.null()
      return reply.nullArray()
    }
    reply.streamID(first.id)
    reply.streamID(last.id)
    var busy = 0
    group.forEachConsumer { if $0.pendingCount > 0 { busy += 1 } }
    reply.array(busy)
    group.forEachConsumer { consumer in
      guard consumer.pendingCount > 0 else { return }
      reply.array(2)
      reply.bulk(consumer.name)
      reply.bulk(integer: Int64(consumer.pendingCount))
    }
  }

  /// Pending entries of a group or of one consumer, in a range of ids, that have been idle for long enough.
  private struct PendingWalk {
    let group: StreamGroupView
    var consumer: StreamConsumerView?
    let start: StreamID
    let end: StreamID
    let count: Int
    let minIdleTime: Int64
    let now: Int64

    init(group: StreamGroupView, start: StreamID, end: StreamID, count: Int, minIdleTime: Int64, now: Int64) {
      self.group = group
      self.start = start
      self.end = end
      self.count = count
      self.minIdleTime = minIdleTime
      self.now = now
    }

    func forEach(_ body: (StreamGroupView.Pending) -> Void) {
      guard start <= end else { return }
      if let consumer { forEach(of: consumer, body) } else { forEachOfAll(body) }
    }

    private func passes(_ item: StreamGroupView.Pending) -> Bool {
      minIdleTime == 0 || now &- item.deliveryTime >= minIdleTime
    }

    private func forEachOfAll(_ body: (StreamGroupView.Pending) -> Void) {
      let tree = group.pending
      var left = count
      var place = tree.settled(tree.lowerBound { $0.id < start })
      while left > 0, let at = place, let item = tree.item(at: at), item.id <= end {
        place = tree.next(at)
        guard passes(item) else { continue }
        body(item)
        left -= 1
      }
    }

    private func forEach(of consumer: StreamConsumerView, _ body: (StreamGroupView.Pending) -> Void) {
      let tree = consumer.pending
      var left = count
      var place = tree.settled(tree.lowerBound { $0.id < start })
      while left > 0, let at = place, let id = tree.item(at: at)?.id, id <= end {
        place = tree.next(at)
        guard let item = group.pending(id)?.item, passes(item) else { continue }
        body(item)
        left -= 1
      }
    }
  }

  // MARK: XCLAIM, XAUTOCLAIM

  static func claim(_ call: Call) throws(CommandError) {
    let key = call.key(1)
    guard let stream = try call.database.stream(key), stream.group(call[2].buffer) != nil else { throw .noGroup(key, call[2].buffer) }
    var claim = Database.StreamClaim()
    claim.minIdleTime = max(0, try call.integer(4, or: CommandError("ERR Invalid min-idle-time argument for XCLAIM")))
    var ids: [StreamID] = []
    var i = 5
    while i < call.count, let (id, _) = StreamID.parse(call[i].buffer) {
      ids.append(id)
      i += 1
    }
    while i < call.count {
      let hasMore = i + 1 < call.count
      if call.is(i, "FORCE") {
        claim.isForced = true
      } else if call.is(i, "JUSTID") {
        claim.isSilent = true
      } else if hasMore, call.is(i, "IDLE") {
        i += 1
        claim.deliveryTime = call.engine.now &- (try call.integer(i, or: CommandError("ERR Invalid IDLE option argument for XCLAIM")))
      } else if hasMore, call.is(i, "TIME") {
        i += 1
        claim.deliveryTime = try call.integer(i, or: CommandError("ERR Invalid TIME option argument for XCLAIM"))
      } else if hasMore, call.is(i, "RETRYCOUNT") {
        i += 1
        let count = try call.integer(i, or: CommandError("ERR Invalid RETRYCOUNT option argument for XCLAIM"))
        claim.deliveryCount = count >= 0 ? UInt64(count) : nil
      } else if hasMore, call.is(i, "LASTID") {
        i += 1
        claim.lastID = try id(call, i)
      } else {
        let quote: [UInt8] = Array("'".utf8)
        throw quote.withUnsafeBytes { CommandError("ERR Unrecognized XCLAIM option '", quoting: [call[i].buffer, $0]) }
      }
      i += 1
    }
    let claimed = scratch(call)
    defer { claimed.destroy() }
    var count = 0
    try call.database.claimFromStream(key, call[2].buffer, by: call[3].buffer, claim, ids.count, { ids[$0] }) { entry in
      count += 1
      if claim.isSilent { claimed.streamID(entry.id) } else { claimed.streamEntry(entry) }
    }
    call.reply.array(count)
    call.reply.raw(claimed.bytes)
  }

  /// For the part of a reply whose length is known at its end.
  private static func scratch(_ call: Call) -> ReplyBuffer {
    let scratch = ReplyBuffer()
    scratch.isRESP3 = call.reply.isRESP3
    return scratch
  }

  /// Redis keeps room for so many ids, and refuses more than an address space holds.
  private static let autoClaimCountMax: Int64 = 1 << 43

  static func autoClaim(_ call: Call) throws(CommandError) {
    let key = call.key(1)
    let entry = call.database.find(key)
    let minIdleTime = max(0, try call.integer(4, or: CommandError("ERR Invalid min-idle-time argument for XAUTOCLAIM")))
    let start = try start(call, 5)
    var count: Int64 = 100
    var isSilent = false
    var i = 6
    while i < call.count {
      if i + 1 < call.count, call.is(i, "COUNT") {
        let wrong = CommandError("ERR COUNT must be > 0")
        count = try call.integer(i + 1, or: wrong)
        guard count >= 1, count <= Int64.max / 16 else { throw wrong }
        i += 1
      } else if call.is(i, "JUSTID") {
        isSilent = true
      } else {
        throw .syntax
      }
      i += 1
    }
    if let entry, entry.type != .stream { throw .wrongType }
    guard entry?.streamView.group(call[2].buffer) != nil else { throw .noGroup(key, call[2].buffer) }
    guard count < autoClaimCountMax else {
      throw CommandError("ERR Insufficient memory, failed allocating transient memory, COUNT too high.")
    }
    let claimed = scratch(call)
    defer { claimed.destroy() }
    var claimedCount = 0
    let (next, forgotten) = try call.database.autoClaimFromStream(
      key, call[2].buffer, by: call[3].buffer, minIdleTime: minIdleTime, from: start, count: Int(count), isSilent: isSilent
    ) { entry in
      claimedCount += 1
      if isSilent { claimed.streamID(entry.id) } else { claimed.streamEntry(entry) }
    }
    call.reply.array(3)
    call.reply.streamID(next)
    call.reply.array(claimedCount)
    call.reply.raw(claimed.bytes)
    call.reply.array(forgotten.count)
    for id in forgotten { call.reply.streamID(id) }
  }
}
