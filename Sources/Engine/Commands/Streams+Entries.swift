/// Commands on the entries of a stream.
extension StreamCommands {
  // MARK: XADD, XTRIM

  /// The options in front of XADD's id, and all of XTRIM's.
  private struct TrimOptions {
    var trim: StreamTrim?
    var limit: Int64?
    var makesStream = true
    /// The first argument behind the options.
    var end = 0
  }

  private static func trimOptions(_ call: Call, isAddition: Bool) throws(CommandError) -> TrimOptions {
    var options = TrimOptions()
    var i = 2
    loop: while i < call.count {
      let hasMore = i + 1 < call.count
      if isAddition, call[i].count == 1, call.is(i, "*") {
        break
      } else if hasMore, call.is(i, "MAXLEN") || call.is(i, "MINID") {
        guard options.trim == nil else {
          throw CommandError("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
        }
        let isCount = call.is(i, "MAXLEN")
        i += 1
        let hasOperator = i + 1 < call.count && (call.is(i, "~") || call.is(i, "="))
        let isApproximate = hasOperator && call.is(i, "~")
        if hasOperator { i += 1 }
        let threshold: StreamTrim.Threshold
        if isCount {
          let most = try call.integer(i)
          guard most >= 0 else { throw CommandError("ERR The MAXLEN argument must be >= 0.") }
          threshold = .count(UInt64(most))
        } else {
          threshold = .id(try id(call, i))
        }
        options.trim = StreamTrim(threshold, isApproximate: isApproximate)
      } else if hasMore, call.is(i, "LIMIT") {
        i += 1
        let limit = try call.integer(i)
        guard limit >= 0 else { throw CommandError("ERR The LIMIT argument must be >= 0.") }
        options.limit = limit
      } else if isAddition, call.is(i, "NOMKSTREAM") {
        options.makesStream = false
      } else if isAddition {
        break loop
      } else {
        throw .syntax
      }
      i += 1
    }
    options.end = i
    // An id that is none is said before options that do not fit.
    if isAddition, i < call.count, !isAutomatic(call, i), StreamID.parse(call[i].buffer, .addition) == nil { throw .streamID }
    try finish(&options, call, isAddition: isAddition)
    return options
  }

  @inline(__always)
  private static func isAutomatic(_ call: Call, _ index: Int) -> Bool { call[index].count == 1 && call.is(index, "*") }

  private static func finish(_ options: inout TrimOptions, _ call: Call, isAddition: Bool) throws(CommandError) {
    if let limit = options.limit, limit > 0, options.trim == nil {
      throw CommandError("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
    }
    if !isAddition, options.trim == nil { throw CommandError("ERR syntax error, XTRIM must be called with a trimming strategy") }
    // What comes from the primary or a file was trimmed to an exact threshold there: no limit of ours.
    guard call.session.gates.isDisjoint(with: [.primaryLink, .loader]) else { return }
    if let limit = options.limit {
      guard options.trim?.isApproximate == true else {
        throw CommandError("ERR syntax error, LIMIT cannot be used without the special ~ option")
      }
      options.trim?.limit = limit
    } else if options.trim?.isApproximate == true {
      // A hundred nodes: a trim must not take long.
      let entries = Int64(clamping: call.engine.limits.streamNodeEntries).multipliedReportingOverflow(by: 100)
      options.trim?.limit = entries.overflow || entries.partialValue <= 0 ? 10_000 : min(entries.partialValue, 1_000_000)
    }
  }

  static func add(_ call: Call) throws(CommandError) {
    // XADD key * field value …
    if isAutomatic(call, 2) { return try add(call, TrimOptions(end: 2)) }
    try add(call, try trimOptions(call, isAddition: true))
  }

  @inline(__always)
  private static func add(_ call: Call, _ options: TrimOptions) throws(CommandError) {
    let first = options.end + 1
    guard call.count - first >= 2, (call.count - first) % 2 == 0 else { throw .wrongArity(call.name) }
    var choice = StreamIDChoice.automatic
    if !isAutomatic(call, options.end) {
      guard let (id, isOpen) = StreamID.parse(call[options.end].buffer, .addition) else { throw .streamID }
      if !isOpen, id == .zero { throw CommandError("ERR The ID specified in XADD must be greater than 0-0") }
      choice = isOpen ? .time(id.milliseconds) : .exact(id)
    }
    let id = try call.database.addToStream(
      call.key(1), choice, makesStream: options.makesStream, trim: options.trim, pairs: (call.count - first) / 2
    ) { call[first + $0].buffer }
    if let id { call.reply.streamID(id) } else { call.reply.null() }
  }

  static func trim(_ call: Call) throws(CommandError) {
    guard let trim = try trimOptions(call, isAddition: false).trim else { return call.reply.integer(0) }
    call.reply.integer(Int64(clamping: try call.database.trimStream(call.key(1), trim)))
  }

  // MARK: other changes

  static func delete(_ call: Call) throws(CommandError) {
    let key = call.key(1)
    guard let position = call.database.locateForWrite(key) else { return call.reply.integer(0) }
    guard position.entry.type == .stream else { throw .wrongType }
    let ids = try ids(call, from: 2)
    call.reply.integer(try call.database.removeFromStream(key, ids.count) { ids[$0] })
  }

  static func setID(_ call: Call) throws(CommandError) {
    let id = try id(call, 2)
    var entriesAdded: Int64?
    var maxDeletedID: StreamID?
    var i = 3
    while i < call.count {
      guard i + 1 < call.count else { throw .syntax }
      if call.is(i, "ENTRIESADDED") {
        let value = try call.integer(i + 1)
        guard value >= 0 else { throw CommandError("ERR entries_added must be positive") }
        entriesAdded = value
      } else if call.is(i, "MAXDELETEDID") {
        let value = try self.id(call, i + 1)
        guard value <= id else {
          throw CommandError("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
        }
        maxDeletedID = value
      } else {
        throw .syntax
      }
      i += 2
    }
    try call.database.setStreamID(call.key(1), id, entriesAdded: entriesAdded, maxDeletedID: maxDeletedID)
    call.reply.ok()
  }

  // MARK: reads

  static func length(_ call: Call) throws(CommandError) {
    call.reply.integer(Int64(clamping: try call.database.stream(call.key(1))?.count ?? 0))
  }

  static func range(_ call: Call) throws(CommandError) { try range(call, start: 2, end: 3, isReverse: false) }
  static func reverseRange(_ call: Call) throws(CommandError) { try range(call, start: 3, end: 2, isReverse: true) }

  private static func range(_ call: Call, start: Int, end: Int, isReverse: Bool) throws(CommandError) {
    let (start, end) = try interval(call, start, end)
    var count: Int64 = -1
    var i = 4
    while i < call.count {
      guard i + 1 < call.count, call.is(i, "COUNT") else { throw .syntax }
      count = max(0, try call.integer(i + 1))
      i += 2
    }
    guard let stream = try call.database.stream(call.key(1)) else { return call.reply.array(0) }
    if count == 0 { return call.reply.nullArray() }
    call.reply.streamEntries(stream, from: start, to: end, isReverse: isReverse, most: count < 0 ? 0 : Int(clamping: count))
  }

  // MARK: arguments

  static func id(_ call: Call, _ index: Int) throws(CommandError) -> StreamID {
    guard let (id, _) = StreamID.parse(call[index].buffer) else { throw .streamID }
    return id
  }

  static func ids(_ call: Call, from first: Int) throws(CommandError) -> [StreamID] {
    var ids: [StreamID] = []
    for i in first..<max(first, call.count) { ids.append(try id(call, i)) }
    return ids
  }

  /// A border of a range; `(` before it excludes it.
  private static func border(_ call: Call, _ index: Int, sequence: UInt64) throws(CommandError) -> (id: StreamID, isExcluded: Bool) {
    let bytes = call[index].buffer
    let isExcluded = bytes.count > 1 && bytes[0] == UInt8(ascii: "(")
    let text = isExcluded ? UnsafeRawBufferPointer(rebasing: bytes[1...]) : bytes
    guard let (id, _) = StreamID.parse(text, isExcluded ? .plain : .border, sequence: sequence) else { throw .streamID }
    return (id, isExcluded)
  }

  static func start(_ call: Call, _ index: Int) throws(CommandError) -> StreamID {
    let (id, isExcluded) = try border(call, index, sequence: 0)
    guard isExcluded else { return id }
    guard let next = id.next else { throw CommandError("ERR invalid start ID for the interval") }
    return next
  }

  static func interval(_ call: Call, _ startIndex: Int, _ endIndex: Int) throws(CommandError) -> (start: StreamID, end: StreamID) {
    let start = try start(call, startIndex)
    let (id, isExcluded) = try border(call, endIndex, sequence: .max)
    guard isExcluded else { return (start, id) }
    guard let previous = id.previous else { throw CommandError("ERR invalid end ID for the interval") }
    return (start, previous)
  }
}

extension ReplyBuffer {
  func streamID(_ id: StreamID) { id.withText { bulk($0) } }

  func streamEntry(_ entry: StreamEntry) {
    array(2)
    streamID(entry.id)
    array(entry.fieldCount * 2)
    entry.forEachField { field, value in
      bulk(field)
      bulk(value)
    }
  }

  /// The entries from `start` to `end`, up to `most` (0: all). They are counted first, so that the reply is written once.
  func streamEntries(_ stream: StreamView, from start: StreamID, to end: StreamID = .max, isReverse: Bool = false, most: Int) {
    guard start <= end else { return array(0) }
    var left = stream.entryCount(from: start, to: end, most: most)
    array(left)
    var cursor = stream.cursor(from: start, to: end, isReverse: isReverse)
    while left > 0, let entry = cursor.next() {
      streamEntry(entry)
      left -= 1
    }
  }
}
