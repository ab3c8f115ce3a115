/// Reads a stream: its nodes, its state, its consumer groups.
struct RDBStreamDecoder {
  private enum Stage {
    case nodeCount
    case nodes(UInt64)
    case state
    case groups(UInt64)
    case pending(UInt64, groups: UInt64)
    case consumers(UInt64, groups: UInt64)
    case owned(UInt64, consumers: UInt64, groups: UInt64)
    case end
  }

  private let type: RDBType
  private var stage = Stage.nodeCount
  private var items: [RDBStreamItem] = []
  private var itemBytes = 0
  private var lastMaster: RDBStreamID?
  /// Entries that are not deleted, in the nodes.
  private var entries: UInt64 = 0
  /// Within a list of IDs that must ascend.
  private var lastPending: RDBStreamID?

  init(_ type: RDBType) { self.type = type }

  private var hasOffsets: Bool { type != .streamListpacks }

  mutating func takeItems() -> [RDBStreamItem] {
    defer {
      items = []
      itemBytes = 0
    }
    return items
  }

  private mutating func add(_ item: RDBStreamItem, _ bytes: Int) {
    items.append(item)
    itemBytes += bytes + 64
  }

  /// True at the end, false when enough was read to be handed on.
  mutating func decode(_ input: inout RDBInput) throws(RDBStop) -> Bool {
    while true {
      if case .end = stage { return true }
      if itemBytes >= RDBValueDecoder.partBytes { return false }
      try step(&input)
      input.commit()
    }
  }

  private static func id(_ input: inout RDBInput) throws(RDBStop) -> RDBStreamID {
    let milliseconds = try input.length()
    return RDBStreamID(milliseconds, try input.length())
  }

  private static func rawID(_ input: inout RDBInput) throws(RDBStop) -> RDBStreamID { id(try input.slice(16)) }

  private static func id(_ bytes: UnsafeRawBufferPointer) -> RDBStreamID {
    RDBStreamID(
      UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)), UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  private mutating func step(_ input: inout RDBInput) throws(RDBStop) {
    switch stage {
    case .nodeCount:
      let count = try input.length()
      stage = count == 0 ? .state : .nodes(count)
    case .nodes(let left):
      try node(&input)
      stage = left == 1 ? .state : .nodes(left - 1)
    case .state: try state(&input)
    case .groups(let left): try group(left, &input)
    case .pending(let left, let groups):
      guard left > 0 else {
        let consumers = try input.length()
        stage = nextConsumer(consumers, groups)
        return
      }
      let start = input.offset
      let id = try RDBStreamDecoder.rawID(&input)
      let deliveredAt = try input.littleEndian(Int64.self)
      let deliveries = try input.length()
      try ascend(id, "the group's pending entries", at: start, input)
      add(.pending(id: id, deliveredAt: deliveredAt, deliveries: deliveries), 0)
      stage = .pending(left - 1, groups: groups)
    case .consumers(let left, let groups):
      let name = try input.stringBytes()
      let seenAt = try input.littleEndian(Int64.self)
      let activeAt = type == .streamListpacks3 ? try input.littleEndian(Int64.self) : nil
      let count = try input.length()
      add(.consumer(name: name, seenAt: seenAt, activeAt: activeAt), name.count)
      lastPending = nil
      stage = count == 0 ? nextConsumer(left - 1, groups) : .owned(count, consumers: left, groups: groups)
    case .owned(let left, let consumers, let groups):
      let start = input.offset
      let id = try RDBStreamDecoder.rawID(&input)
      try ascend(id, "a consumer's pending entries", at: start, input)
      add(.owned(id: id), 0)
      stage = left == 1 ? nextConsumer(consumers - 1, groups) : .owned(left - 1, consumers: consumers, groups: groups)
    case .end: break
    }
  }

  /// `consumers` of this group are left, and `groups` with this one.
  private func nextConsumer(_ consumers: UInt64, _ groups: UInt64) -> Stage {
    if consumers > 0 { return .consumers(consumers, groups: groups) }
    return groups == 1 ? .end : .groups(groups - 1)
  }

  private mutating func ascend(_ id: RDBStreamID, _ what: StaticString, at start: Int, _ input: RDBInput) throws(RDBStop) {
    if let last = lastPending, id <= last {
      throw input.failure(.malformed, at: start, "\(what) hold \(id.milliseconds)-\(id.sequence) twice or out of order")
    }
    lastPending = id
  }

  private mutating func node(_ input: inout RDBInput) throws(RDBStop) {
    let start = input.offset
    let key: RDBStreamID? = try input.withString { $0.count == 16 ? RDBStreamDecoder.id($0) : nil }
    guard let master = key else {
      throw input.failure(.malformed, at: start, "Stream node key entry is not the size of a stream ID")
    }
    let nodeStart = input.offset
    let node = try input.withString { bytes -> Result<(StreamNodeCheck, [UInt8]), CompactFailure> in
      do throws(CompactFailure) {
        return .success((try StreamNodeCheck(bytes, master: master), Array(bytes)))
      } catch {
        return .failure(error)
      }
    }
    switch node {
    case .failure(let failure):
      throw input.failure(
        .malformed, at: nodeStart, "Stream listpack integrity check failed: \(failure.reason) (byte \(failure.offset) of a listpack)")
    case .success(let (check, listpack)):
      if let lastMaster, check.first ?? master <= lastMaster {
        throw input.failure(.malformed, at: start, "the stream's nodes are not in order")
      }
      lastMaster = check.last ?? master
      let (sum, overflow) = entries.addingReportingOverflow(check.entries)
      if overflow { throw input.failure(.malformed, at: start, "the stream holds too many entries") }
      entries = sum
      add(.node(master: master, listpack: listpack), listpack.count)
    }
  }

  private mutating func state(_ input: inout RDBInput) throws(RDBStop) {
    let start = input.offset
    var state = RDBStreamState(length: try input.length(), lastID: try RDBStreamDecoder.id(&input))
    if hasOffsets {
      state.firstID = try RDBStreamDecoder.id(&input)
      state.maxDeletedID = try RDBStreamDecoder.id(&input)
      state.entriesAdded = try input.length()
    }
    let groups = try input.length()
    guard state.length == entries else {
      throw input.failure(.malformed, at: start, "Stream length inconsistent with rax entries: \(state.length), not \(entries)")
    }
    if let last = lastMaster, last > state.lastID {
      throw input.failure(.malformed, at: start, "the stream's last ID is less than that of its last entry")
    }
    add(.state(state), 0)
    stage = groups == 0 ? .end : .groups(groups)
  }

  private mutating func group(_ left: UInt64, _ input: inout RDBInput) throws(RDBStop) {
    let start = input.offset
    let name = try input.stringBytes()
    let lastID = try RDBStreamDecoder.id(&input)
    var entriesRead: Int64?
    if hasOffsets {
      // -1, for unknown, as a length of 64 bits.
      let value = Int64(bitPattern: try input.length())
      guard value >= -1 else { throw input.failure(.malformed, at: start, "a group has read \(value) entries") }
      entriesRead = value
    }
    let pending = try input.length()
    add(.group(name: name, lastID: lastID, entriesRead: entriesRead), name.count)
    lastPending = nil
    stage = .pending(pending, groups: left)
  }
}

/// What a stream's node holds. The listpack begins with the master entry: entries, deleted entries, fields, their names, 0. Each entry
/// follows: flags, milliseconds and sequence counted from the node's ID, then the values if the fields are the master's, or the number
/// of fields, names and values; at last the number of these elements.
struct StreamNodeCheck {
  /// Not deleted.
  private(set) var entries: UInt64 = 0
  private(set) var first: RDBStreamID?
  private(set) var last: RDBStreamID?

  private static let deleted: Int64 = 1
  private static let sameFields: Int64 = 2

  init(_ bytes: UnsafeRawBufferPointer, master: RDBStreamID) throws(CompactFailure) {
    var cursor = try ListpackCursor(bytes)
    let live = try StreamNodeCheck.integer(&cursor)
    let deleted = try StreamNodeCheck.integer(&cursor)
    let fields = try StreamNodeCheck.integer(&cursor)
    guard live >= 0, deleted >= 0, fields >= 0 else { throw CompactFailure(cursor.position, "the master entry counts less than nothing") }
    try StreamNodeCheck.skip(fields, &cursor)
    guard try StreamNodeCheck.integer(&cursor) == 0 else { throw CompactFailure(cursor.position, "the master entry has no end") }
    let (total, overflow) = live.addingReportingOverflow(deleted)
    if overflow { throw CompactFailure(cursor.position, "the master entry counts too much") }
    var left = total
    while left > 0 {
      left -= 1
      try entry(&cursor, master: master, fields: fields)
    }
    guard entries == UInt64(live) else { throw CompactFailure(0, "\(live) entries are said to be there, \(entries) are") }
    guard try cursor.next() == nil else { throw CompactFailure(cursor.position, "something follows the last entry") }
  }

  private mutating func entry(_ cursor: inout ListpackCursor, master: RDBStreamID, fields: Int64) throws(CompactFailure) {
    let start = cursor.position
    let flags = try StreamNodeCheck.integer(&cursor)
    let milliseconds = try StreamNodeCheck.integer(&cursor)
    let sequence = try StreamNodeCheck.integer(&cursor)
    let id = RDBStreamID(
      master.milliseconds &+ UInt64(bitPattern: milliseconds), master.sequence &+ UInt64(bitPattern: sequence))
    if id < master || last.map({ id <= $0 }) == true { throw CompactFailure(start, "an entry's ID is out of order") }
    if first == nil { first = id }
    last = id
    var elements = fields
    var others: Int64 = 3
    if flags & StreamNodeCheck.sameFields == 0 {
      let own = try StreamNodeCheck.integer(&cursor)
      let (twice, overflow) = own.multipliedReportingOverflow(by: 2)
      guard own >= 0, !overflow else { throw CompactFailure(start, "an entry has \(own) fields") }
      elements = twice
      others = 4
    }
    try StreamNodeCheck.skip(elements, &cursor)
    guard try StreamNodeCheck.integer(&cursor) == elements + others else {
      throw CompactFailure(start, "an entry says that it has another number of elements than it has")
    }
    if flags & StreamNodeCheck.deleted == 0 { entries += 1 }
  }

  private static func integer(_ cursor: inout ListpackCursor) throws(CompactFailure) -> Int64 {
    let start = cursor.position
    guard let value = try cursor.next()?.integer else { throw CompactFailure(start, "a number was expected") }
    return value
  }

  private static func skip(_ count: Int64, _ cursor: inout ListpackCursor) throws(CompactFailure) {
    var left = count
    while left > 0 {
      let start = cursor.position
      guard try cursor.next() != nil else { throw CompactFailure(start, "an element was expected") }
      left -= 1
    }
  }
}
