/// Commands on the fields of hashes.
extension HashCommands {
  @inline(__always)
  private static func setFields(_ call: Call) throws(CommandError) -> Int {
    guard call.count % 2 == 0 else { throw .wrongArity(call.name) }
    return try call.database.setFields(call.key(1), call.count / 2 - 1) { (call[2 + $0 * 2].buffer, call[3 + $0 * 2].buffer) }
  }

  static func set(_ call: Call) throws(CommandError) { call.reply.integer(try setFields(call)) }

  static func setMany(_ call: Call) throws(CommandError) {
    _ = try setFields(call)
    call.reply.ok()
  }

  static func setIfAbsent(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.setFieldIfAbsent(call.key(1), call[2].buffer, call[3].buffer) ? 1 : 0)
  }

  static func get(_ call: Call) throws(CommandError) {
    guard let (view, horizon) = try call.database.hashView(call.key(1)), let value = view.value(call[2].buffer, horizon: horizon) else {
      return call.reply.null()
    }
    call.reply.bulk(value)
  }

  static func getMany(_ call: Call) throws(CommandError) {
    let hash = try call.database.hashView(call.key(1))
    call.reply.array(call.count - 2)
    for i in 2..<call.count {
      if let hash, let value = hash.view.value(call[i].buffer, horizon: hash.horizon) {
        call.reply.bulk(value)
      } else {
        call.reply.null()
      }
    }
  }

  static func getAll(_ call: Call) throws(CommandError) {
    guard let (view, horizon) = try call.database.hashView(call.key(1)) else { return call.reply.map(0) }
    call.reply.map(view.liveCount(horizon: horizon))
    view.forEach(horizon: horizon) { field, value in
      call.reply.bulk(field)
      call.reply.bulk(value)
    }
  }

  static func fields(_ call: Call) throws(CommandError) {
    guard let (view, horizon) = try call.database.hashView(call.key(1)) else { return call.reply.array(0) }
    call.reply.array(view.liveCount(horizon: horizon))
    view.forEach(horizon: horizon) { field, _ in call.reply.bulk(field) }
  }

  static func values(_ call: Call) throws(CommandError) {
    guard let (view, horizon) = try call.database.hashView(call.key(1)) else { return call.reply.array(0) }
    call.reply.array(view.liveCount(horizon: horizon))
    view.forEach(horizon: horizon) { _, value in call.reply.bulk(value) }
  }

  static func length(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.hashView(call.key(1)).map { $0.view.liveCount(horizon: $0.horizon) } ?? 0)
  }

  static func valueLength(_ call: Call) throws(CommandError) {
    let value = try call.database.hashView(call.key(1)).flatMap { $0.view.value(call[2].buffer, horizon: $0.horizon) }
    call.reply.integer(value?.withBytes { $0.count } ?? 0)
  }

  static func exists(_ call: Call) throws(CommandError) {
    let value = try call.database.hashView(call.key(1)).flatMap { $0.view.value(call[2].buffer, horizon: $0.horizon) }
    call.reply.integer(value == nil ? 0 : 1)
  }

  static func delete(_ call: Call) throws(CommandError) {
    call.reply.integer(try call.database.removeFields(call.key(1), call.count - 2) { call[2 + $0].buffer })
  }

  static func incrementBy(_ call: Call) throws(CommandError) {
    let delta = try call.integer(3)
    call.reply.integer(try call.database.incrementField(call.key(1), call[2].buffer, by: delta))
  }

  static func incrementByFloat(_ call: Call) throws(CommandError) {
    call.reply.bulk(try call.database.incrementField(call.key(1), call[2].buffer, byFloat: call[3].buffer))
  }

  static func randomField(_ call: Call) throws(CommandError) {
    let engine = call.engine
    if call.count == 2 {
      guard let (view, horizon) = try call.database.hashView(call.key(1)),
        let found = view.random(horizon: horizon, using: &engine.random)
      else { return call.reply.null() }
      return call.reply.bulk(found.field)
    }
    let count = try call.randomCount(2)
    guard call.count == 3 || (call.count == 4 && call.is(3, "WITHVALUES")) else { throw .syntax }
    let withValues = call.count == 4
    if withValues, count < -Int.max / 2 || count > Int.max / 2 { throw CommandError("ERR value is out of range") }
    guard let (view, horizon) = try call.database.hashView(call.key(1)), count != 0 else { return call.reply.array(0) }
    let live = view.liveCount(horizon: horizon)
    guard live > 0 else { return call.reply.array(0) }
    let reply = call.reply
    let inPairs = withValues && reply.isRESP3
    func answer(_ field: ListpackElement, _ value: ListpackElement) {
      if inPairs { reply.array(2) }
      reply.bulk(field)
      if withValues { reply.bulk(value) }
    }
    let start = reply.count
    let total = count < 0 ? -count : min(count, live)
    if count < 0 {
      try call.checkRepeatedCount(total)
      // Nobody would see what is drawn.
      if reply.isMuted { return }
    }
    reply.array(withValues && !inPairs ? total * 2 : total)
    guard count < 0 else {
      return view.forEachDistinctRandom(count, live: live, horizon: horizon, using: &engine.random, answer)
    }
    for _ in 0..<total {
      if let found = view.random(horizon: horizon, using: &engine.random) { answer(found.field, found.value) }
      try call.checkReplySize(from: start)
    }
  }

  static func scan(_ call: Call) throws(CommandError) {
    let cursor = try KeyCommands.cursor(call[2].buffer)
    guard let (view, horizon) = try call.database.hashView(call.key(1)) else { return call.reply.emptyScan() }
    let options = try call.scanOptions(from: 3, allowsNoValues: true)
    var found: [(field: ListpackElement, value: ListpackElement)] = []
    let next = view.scan(from: cursor, count: options.count, horizon: horizon) { field, value in
      if options.matches(field) { found.append((field, value)) }
    }
    call.reply.array(2)
    call.reply.cursor(next)
    call.reply.array(options.omitsValues ? found.count : found.count * 2)
    for pair in found {
      call.reply.bulk(pair.field)
      if !options.omitsValues { call.reply.bulk(pair.value) }
    }
  }
}
