/// Commands on single sets.
extension SetCommands {
  static func add(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.addToSet(call.key(1), call.count - 2) { call[2 + $0].buffer })
  }

  static func remove(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.removeFromSet(call.key(1), call.count - 2) { call[2 + $0].buffer })
  }

  static func isMember(_ call: Call) throws(CommandError) {
    guard let entry = try call.database.collection(call.key(1), .set) else { return call.reply.integer(0) }
    call.reply.integer(SetView(entry).contains(call[2].buffer) ? 1 : 0)
  }

  static func areMembers(_ call: Call) throws(CommandError) {
    let view = try call.database.collection(call.key(1), .set).map { SetView($0) }
    call.reply.array(call.count - 2)
    for i in 2..<call.count { call.reply.integer(view?.contains(call[i].buffer) == true ? 1 : 0) }
  }

  static func count(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.collection(call.key(1), .set).map { SetView($0).count } ?? 0)
  }

  static func members(_ call: Call) throws(CommandError) {
    guard let entry = try call.database.collection(call.key(1), .set) else { return call.reply.set(0) }
    let view = SetView(entry)
    call.reply.set(view.count)
    view.forEach { call.reply.bulk($0) }
  }

  static func move(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.moveMember(call[3].buffer, from: call.key(1), to: call.key(2)) ? 1 : 0)
  }

  static func pop(_ call: Call) throws(CommandError) {
    guard call.count <= 3 else { throw .syntax }
    let reply = call.reply
    if call.count == 2 {
      var isThere = false
      try call.database.popFromSet(call.key(1), count: 1, start: { _ in isThere = true }) { reply.bulk($0) }
      if !isThere { reply.null() }
      return
    }
    let count = try call.positiveCount(2)
    if count == 0 {
      _ = try call.database.collectionForWrite(call.key(1), .set)
      return reply.set(0)
    }
    var isThere = false
    try call.database.popFromSet(
      call.key(1), count: count,
      start: {
        isThere = true
        reply.set($0)
      }
    ) { reply.bulk($0) }
    if !isThere { reply.set(0) }
  }

  static func randomMember(_ call: Call) throws(CommandError) {
    guard call.count <= 3 else { throw .syntax }
    let engine = call.engine
    if call.count == 2 {
      guard let entry = try call.database.collection(call.key(1), .set), let member = SetView(entry).random(using: &engine.random) else {
        return call.reply.null()
      }
      return call.reply.bulk(member)
    }
    let count = try call.randomCount(2)
    guard let entry = try call.database.collection(call.key(1), .set), count != 0 else { return call.reply.array(0) }
    let view = SetView(entry)
    guard count < 0 else {
      call.reply.array(min(count, view.count))
      return view.forEachDistinctRandom(count, using: &engine.random) { call.reply.bulk($0) }
    }
    try call.checkRepeatedCount(-count)
    // Nobody would see what is drawn.
    if call.reply.isMuted { return }
    let start = call.reply.count
    call.reply.array(-count)
    for _ in 0..<(-count) {
      if let member = view.random(using: &engine.random) { call.reply.bulk(member) }
      try call.checkReplySize(from: start)
    }
  }

  static func scan(_ call: Call) throws(CommandError) {
    let cursor = try KeyCommands.cursor(call[2].buffer)
    guard let entry = try call.database.collection(call.key(1), .set) else { return call.reply.emptyScan() }
    let options = try call.scanOptions(from: 3)
    // The members stay where they are until the command ends.
    var found: [ListpackElement] = []
    let next = SetView(entry).scan(from: cursor, count: options.count) { member in
      if options.matches(member) { found.append(member) }
    }
    call.reply.array(2)
    call.reply.cursor(next)
    call.reply.array(found.count)
    for member in found { call.reply.bulk(member) }
  }
}
