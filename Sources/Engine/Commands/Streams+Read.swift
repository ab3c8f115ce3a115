/// XREAD and XREADGROUP.
extension StreamCommands {
  /// What a reader that waits gets at most, if it does not say.
  private static let blockedCount = 1000

  private struct ReadOptions {
    var isGroup: Bool
    var count = 0
    var deadline: Int64??
    var group = 0
    var isAcknowledged = false
    /// The first key; as many ids follow.
    var keys = 0
    var keyCount = 0
  }

  private static func readOptions(_ call: Call, isGroup: Bool) throws(CommandError) -> ReadOptions {
    var options = ReadOptions(isGroup: isGroup)
    var i = 1
    while i < call.count, options.keys == 0 {
      let more = call.count - i - 1
      if more >= 1, call.is(i, "BLOCK") {
        i += 1
        options.deadline = .some(try call.deadline(milliseconds: i))
      } else if more >= 1, call.is(i, "COUNT") {
        i += 1
        options.count = Int(clamping: max(0, try call.integer(i)))
      } else if more >= 1, call.is(i, "STREAMS") {
        options.keys = i + 1
        guard more % 2 == 0 else {
          throw CommandError("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")
        }
        options.keyCount = more / 2
      } else if more >= 2, call.is(i, "GROUP") {
        guard isGroup else { throw CommandError("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.") }
        options.group = i + 1
        i += 2
      } else if call.is(i, "NOACK") {
        guard isGroup else { throw CommandError("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.") }
        options.isAcknowledged = true
      } else {
        throw .syntax
      }
      i += 1
    }
    guard options.keys > 0 else { throw .syntax }
    if isGroup, options.group == 0 { throw CommandError("ERR Missing GROUP option for XREADGROUP") }
    return options
  }

  private static func isWord(_ call: Call, _ index: Int, _ byte: UInt8) -> Bool {
    // As in Redis, which compares C strings, what is behind a NUL does not count.
    let bytes = call[index].buffer
    return bytes.count >= 1 && bytes[0] == byte && (bytes.count == 1 || bytes[1] == 0)
  }

  /// The head of one stream's part of the reply.
  private static func replyKey(_ reply: ReplyBuffer, _ key: KeyView) {
    if !reply.isRESP3 { reply.array(2) }
    reply.bulk(key.bytes, key.count)
  }

  private static func replyCount(_ reply: ReplyBuffer, _ count: Int) {
    if reply.isRESP3 { reply.map(count) } else { reply.array(count) }
  }

  // MARK: XREAD

  static func read(_ call: Call) throws(CommandError) {
    let options = try readOptions(call, isGroup: false)
    let database = call.database
    var ids: [StreamID] = []
    var found: [StreamView?] = []
    for i in 0..<options.keyCount {
      let key = call.key(options.keys + i)
      let stream = try database.stream(key)
      found.append(stream)
      let index = options.keys + options.keyCount + i
      if isWord(call, index, UInt8(ascii: "$")) {
        ids.append(stream?.lastID ?? .zero)
      } else if isWord(call, index, UInt8(ascii: "+")) {
        ids.append(stream?.lastEntry?.id.previous ?? .zero)
      } else if isWord(call, index, UInt8(ascii: ">")) {
        throw CommandError("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")
      } else {
        ids.append(try id(call, index))
      }
    }
    var ready: [(key: KeyView, stream: StreamView, start: StreamID)] = []
    for i in 0..<options.keyCount {
      // The second look-up that Redis makes counts as well.
      guard let stream = found[i] else {
        database.noteMiss(call.key(options.keys + i))
        continue
      }
      database.engine.hot.pointee.hits &+= 1
      if stream.hasEntries(behind: ids[i]), let start = ids[i].next { ready.append((call.key(options.keys + i), stream, start)) }
    }
    guard ready.isEmpty else {
      replyCount(call.reply, ready.count)
      for (key, stream, start) in ready {
        replyKey(call.reply, key)
        call.reply.streamEntries(stream, from: start, most: options.count)
      }
      return
    }
    guard let deadline = options.deadline, call.mayBlock else { return call.reply.nullArray() }
    let most = options.count > 0 ? options.count : blockedCount
    let (first, keyCount) = (options.keys, options.keyCount)
    let keys = (0..<keyCount).map { call.key(first + $0) }
    // Where each key is, by its hash: with very many keys, every XADD to one of them would hash them all again.
    var places: [UInt64: [Int]] = [:]
    for (i, key) in keys.enumerated() { places[key.hash, default: []].append(i) }
    call.block(on: keys, for: .stream, deadline: deadline) {
      [places]
      (call: Call, ready: KeyView) throws(CommandError) -> Bool in
      guard let i = places[ready.hash]?.first(where: { call.key(first + $0).hasSameBytes(as: ready) }),
        let stream = try call.database.stream(ready), stream.hasEntries(behind: ids[i]), let start = ids[i].next
      else { return false }
      replyCount(call.reply, 1)
      replyKey(call.reply, ready)
      call.reply.streamEntries(stream, from: start, most: most)
      return true
    }
  }

  // MARK: XREADGROUP

  static func readGroup(_ call: Call) throws(CommandError) {
    let options = try readOptions(call, isGroup: true)
    let database = call.database
    let group = call[options.group].buffer
    /// Behind which pending entry to go on; nil for `>`.
    var history: [StreamID?] = []
    var served: [Bool] = []
    for i in 0..<options.keyCount {
      let key = call.key(options.keys + i)
      let stream = try database.stream(key)
      guard let stream, let view = stream.group(group) else { throw .noGroupToRead(key, group) }
      let index = options.keys + options.keyCount + i
      if isWord(call, index, UInt8(ascii: "$")) {
        throw CommandError(
          "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, "
            + "or use the > ID to get new messages. The $ ID would just return an empty result set.")
      }
      if isWord(call, index, UInt8(ascii: ">")) {
        history.append(nil)
        served.append(stream.hasEntries(behind: view.lastID))
      } else {
        // The greatest id means the same as `>`, as it does in Redis.
        let id = try id(call, index)
        history.append(id == .max ? nil : id)
        served.append(id == .max ? stream.hasEntries(behind: view.lastID) : true)
      }
    }
    database.engine.hot.pointee.hits &+= Int64(options.keyCount)
    if options.keyCount > 1 { leaveOutRepeated(call, options, history, &served) }
    let total = served.count { $0 }
    if total > 0 {
      replyCount(call.reply, total)
      for i in served.indices where served[i] {
        let key = call.key(options.keys + i)
        replyKey(call.reply, key)
        if let id = history[i] {
          try redeliver(call, key, options, behind: id)
        } else if try !deliver(call, key, options, most: options.count) {
          call.reply.array(0)
        }
      }
      return
    }
    guard let deadline = options.deadline, call.mayBlock else { return call.reply.nullArray() }
    let most = options.count > 0 ? options.count : blockedCount
    call.block(
      on: (0..<options.keyCount).map { call.key(options.keys + $0) }, for: .stream, wakesOnRemoval: true, deadline: deadline
    ) { (call: Call, ready: KeyView) throws(CommandError) -> Bool in
      let group = call[options.group].buffer
      guard let entry = call.database.peek(ready), entry.type == .stream else {
        throw CommandError("UNBLOCKED the stream key no longer exists")
      }
      guard let view = entry.streamView.group(group) else { throw .consumerGroupGone }
      guard entry.streamView.hasEntries(behind: view.lastID) else { return false }
      replyCount(call.reply, 1)
      replyKey(call.reply, ready)
      return try deliver(call, ready, options, most: most)
    }
  }

  /// The same stream again in one command: what one part delivers is not there for the next, which is left out when nothing is left.
  private static func leaveOutRepeated(_ call: Call, _ options: ReadOptions, _ history: [StreamID?], _ served: inout [Bool]) {
    /// A stream that is served, and how much of it is left behind that; nil while it has come once.
    typealias Share = (key: KeyView, left: Int?)
    var shares: [UInt64: [Share]] = [:]
    for i in served.indices where served[i] && history[i] == nil {
      let key = call.key(options.keys + i)
      guard let at = shares[key.hash]?.firstIndex(where: { $0.key.hasSameBytes(as: key) }) else {
        shares[key.hash, default: []].append((key, nil))
        continue
      }
      var left = shares[key.hash]?[at].left ?? leftAfterOne(call, key, options)
      served[i] = left > 0
      left -= min(left, options.count)
      shares[key.hash]?[at].left = left
    }
  }

  /// What one part leaves of a stream's entries for the others of the same command, counted no further than they can take.
  private static func leftAfterOne(_ call: Call, _ key: KeyView, _ options: ReadOptions) -> Int {
    let (most, overflow) = options.count.multipliedReportingOverflow(by: options.keyCount)
    guard options.count > 0, let stream = call.database.peek(key)?.streamView,
      let start = stream.group(call[options.group].buffer)?.lastID.next
    else { return 0 }
    return max(0, stream.entryCount(from: start, most: overflow ? 0 : most) - options.count)
  }

  private static func deliver(_ call: Call, _ key: KeyView, _ options: ReadOptions, most: Int) throws(CommandError) -> Bool {
    try call.database.deliverFromStream(
      key, call[options.group].buffer, to: call[options.group + 1].buffer, count: most, isAcknowledged: options.isAcknowledged,
      total: { call.reply.array($0) }, { call.reply.streamEntry($0) })
  }

  private static func redeliver(_ call: Call, _ key: KeyView, _ options: ReadOptions, behind id: StreamID) throws(CommandError) {
    try call.database.redeliverFromStream(
      key, call[options.group].buffer, to: call[options.group + 1].buffer, behind: id, count: options.count,
      total: { call.reply.array($0) },
      { id, entry in
        if let entry { return call.reply.streamEntry(entry) }
        call.reply.array(2)
        call.reply.streamID(id)
        call.reply.nullArray()
      })
  }
}
