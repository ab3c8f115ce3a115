/// The list commands that never wait.
extension ListCommands {
  // MARK: ends

  static func pushLeft(_ call: Call) throws(CommandError) { try push(call, .left, onlyIfExists: false) }
  static func pushRight(_ call: Call) throws(CommandError) { try push(call, .right, onlyIfExists: false) }
  static func pushLeftIfExists(_ call: Call) throws(CommandError) { try push(call, .left, onlyIfExists: true) }
  static func pushRightIfExists(_ call: Call) throws(CommandError) { try push(call, .right, onlyIfExists: true) }

  @inline(__always)
  private static func push(_ call: Call, _ end: ListEnd, onlyIfExists: Bool) throws(CommandError) {
    let arguments = call.arguments
    call.reply.integer(
      try call.database.push(call.key(1), at: end, onlyIfExists: onlyIfExists, count: call.count &- 2) { arguments[$0 &+ 2].buffer })
  }

  static func popLeft(_ call: Call) throws(CommandError) { try pop(call, .left) }
  static func popRight(_ call: Call) throws(CommandError) { try pop(call, .right) }

  @inline(__always)
  private static func pop(_ call: Call, _ end: ListEnd) throws(CommandError) {
    let reply = call.reply
    if call.count == 2 {
      let found = try call.database.pop(call.key(1), from: end, count: 1, isPlain: true, { _ in }) { reply.bulk($0) }
      if !found { reply.null() }
      return
    }
    guard call.count == 3 else { throw .wrongArity(call.name) }
    let count = try positive(call, 2)
    let found = try call.database.pop(call.key(1), from: end, count: count, isPlain: false, { reply.array($0) }) { reply.bulk($0) }
    if !found { reply.nullArray() }
  }

  private static func positive(_ call: Call, _ index: Int) throws(CommandError) -> Int {
    let error = CommandError("ERR value is out of range, must be positive")
    return Int(try integer(call, index, from: 0, error))
  }

  /// An integer of at least `least`; whatever is wrong with it, `error` says.
  static func integer(_ call: Call, _ index: Int, from least: Int64, _ error: CommandError) throws(CommandError) -> Int64 {
    let value = try call.integer(index, or: error)
    guard value >= least else { throw error }
    return value
  }

  static func end(_ call: Call, _ index: Int) throws(CommandError) -> ListEnd {
    if call.is(index, "LEFT") { return .left }
    if call.is(index, "RIGHT") { return .right }
    throw .syntax
  }

  static func move(_ call: Call) throws(CommandError) {
    let from = try end(call, 3)
    let to = try end(call, 4)
    if try !move(call, from, to, isPopPush: false) { call.reply.null() }
  }

  static func popRightPushLeft(_ call: Call) throws(CommandError) {
    if try !move(call, .right, .left, isPopPush: true) { call.reply.null() }
  }

  static func move(_ call: Call, _ from: ListEnd, _ to: ListEnd, isPopPush: Bool) throws(CommandError) -> Bool {
    let reply = call.reply
    return try call.database.move(call.key(1), from: from, to: call.key(2), at: to, isPopPush: isPopPush) { reply.bulk($0) }
  }

  /// `numkeys key … LEFT|RIGHT [COUNT n]`, from argument `first` on.
  struct MultiPop {
    let keys: Range<Int>
    let end: ListEnd
    let count: Int

    init(_ call: Call, _ first: Int) throws(CommandError) {
      let keyCount = try ListCommands.integer(call, first, from: 1, CommandError("ERR numkeys should be greater than 0"))
      guard keyCount < Int64(call.count - first - 1) else { throw .syntax }
      keys = first + 1..<first + 1 + Int(keyCount)
      end = try ListCommands.end(call, keys.upperBound)
      var count: Int64?
      var i = keys.upperBound + 1
      while i < call.count {
        guard count == nil, call.is(i, "COUNT"), i + 1 < call.count else { throw .syntax }
        count = try ListCommands.integer(call, i + 1, from: 1, CommandError("ERR count should be greater than 0"))
        i += 2
      }
      self.count = Int(count ?? 1)
    }

    /// Pops from that key, and answers with key and elements; false if there is no list.
    func pop(_ call: Call, _ key: KeyView) throws(CommandError) -> Bool {
      let reply = call.reply
      return try call.database.pop(
        key, from: end, count: count, isPlain: false,
        { taken in
          reply.array(2)
          reply.bulk(key.bytes, key.count)
          reply.array(taken)
        }, { reply.bulk($0) })
    }
  }

  static func popFromFirst(_ call: Call) throws(CommandError) {
    let request = try MultiPop(call, 1)
    for i in request.keys { if try request.pop(call, call.key(i)) { return } }
    call.reply.nullArray()
  }

  // MARK: reading

  static func length(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.list(call.key(1))?.count ?? 0)
  }

  static func range(_ call: Call) throws(CommandError) {
    let start = try call.integer(2)
    let stop = try call.integer(3)
    let reply = call.reply
    guard let list = try call.database.list(call.key(1)), let range = Database.listRange(start, stop, list.count) else {
      return reply.array(0)
    }
    reply.array(range.count)
    list.forEach(from: range.start, count: range.count) { reply.bulk($0) }
  }

  static func index(_ call: Call) throws(CommandError) {
    guard let list = try call.database.list(call.key(1)) else { return call.reply.null() }
    guard let at = Database.listIndex(try call.integer(2), list.count), let element = list.element(at: at) else { return call.reply.null() }
    call.reply.bulk(element)
  }

  static func position(_ call: Call) throws(CommandError) {
    var rank: Int64 = 1
    var count: Int64?
    var lengthMax: Int64 = 0
    var i = 3
    while i < call.count {
      guard i + 1 < call.count else { throw .syntax }
      if call.is(i, "RANK") {
        rank = try call.integer(i + 1)
        // Its magnitude must be a number too.
        guard rank != .min else {
          throw CommandError("ERR value is out of range, value must between \(0 - Int64.max) and \(Int64.max)")
        }
        guard rank != 0 else {
          throw CommandError(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
          )
        }
      } else if call.is(i, "COUNT") {
        count = try integer(call, i + 1, from: 0, CommandError("ERR COUNT can't be negative"))
      } else if call.is(i, "MAXLEN") {
        lengthMax = try integer(call, i + 1, from: 0, CommandError("ERR MAXLEN can't be negative"))
      } else {
        throw .syntax
      }
      i += 2
    }
    let list = try call.database.list(call.key(1))
    var found: [Int] = []
    let wanted = count.map { $0 == 0 ? Int64.max : $0 } ?? 1
    list?.forEachPosition(of: call[2].buffer, rank: rank, lengthMax: lengthMax) {
      found.append($0)
      return found.count < wanted
    }
    guard count != nil else {
      if let first = found.first { call.reply.integer(first) } else { call.reply.null() }
      return
    }
    call.reply.array(found.count)
    for index in found { call.reply.integer(index) }
  }

  // MARK: the middle

  static func set(_ call: Call) throws(CommandError) {
    // Whether the key is there, and a list, is asked before the index is read.
    guard try call.database.collectionForWrite(call.key(1), .list) != nil else { throw .noSuchKey }
    try call.database.setListElement(call.key(1), try call.integer(2), call[3].buffer)
    call.reply.ok()
  }

  static func insert(_ call: Call) throws(CommandError) {
    let before = call.is(2, "BEFORE")
    guard before || call.is(2, "AFTER") else { throw .syntax }
    call.reply.integer(try call.database.insertListElement(call.key(1), call[4].buffer, before: before, pivot: call[3].buffer))
  }

  static func remove(_ call: Call) throws(CommandError) {
    let count = try call.integer(2)
    call.reply.integer(try call.database.removeListElements(call.key(1), call[3].buffer, count: count))
  }

  static func trim(_ call: Call) throws(CommandError) {
    let start = try call.integer(2)
    let stop = try call.integer(3)
    try call.database.trimList(call.key(1), start, stop)
    call.reply.ok()
  }
}

extension ReplyBuffer {
  /// An element of a listpack, as a bulk string.
  @inline(__always)
  package func bulk(_ element: ListpackElement) {
    switch element {
    case .bytes(let bytes): bulk(bytes)
    case .integer(let value): bulk(integer: value)
    }
  }
}
