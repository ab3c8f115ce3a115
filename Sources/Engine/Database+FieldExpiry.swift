/// Fields of hashes that expire by themselves.
extension Database {
  /// How many due fields one command takes out before it does its own work. What is left is hidden, and goes with the next ones.
  static let fieldsExpiredAtOnce = 1000
  /// How many segments of a large hash one command looks at for them: a look costs a cache miss, and every command may come to it.
  private static let segmentsExpiredAtOnce = 64
  private static let segmentsExpiredByCycle = 4096
  /// How many fields one HDEL in the log names.
  private static let fieldsPerEffect = 512

  /// Fields whose time is this or earlier have expired for whoever asks now. Streams and files see all: they say what is deleted.
  var fieldHorizon: Int64 { engine.hot.pointee.sparesExpired || !engine.settings.lazyExpireEnabled ? .min : now }

  /// Where the hash stands for a command that will write the given fields: of these, none has expired any more.
  @inline(__always)
  func hashForWrite(
    _ key: KeyView, _ count: Int, _ field: (Int) -> UnsafeRawBufferPointer
  ) throws(CommandError) -> KeyTable.Position? {
    guard let position = try collectionForWrite(key, .hash) else { return nil }
    guard position.entry.holdsTimedFields else { return position }
    return timedHashForWrite(key, position, count, field)
  }

  @inline(never)
  private func timedHashForWrite(
    _ key: KeyView, _ position: KeyTable.Position, _ count: Int, _ field: (Int) -> UnsafeRawBufferPointer
  ) -> KeyTable.Position? {
    let horizon = fieldHorizon
    guard let next = HashView(position.entry).nextExpiry, next <= now else { return position }
    if !engine.hot.pointee.expiresKeys { settleBound(key, position) }
    guard next <= horizon else { return table.locate(key.hash, key.bytes, key.count) }
    if engine.hot.pointee.expiresKeys { _ = expireFields(key, horizon: horizon, limit: Self.fieldsExpiredAtOnce) }
    guard let rest = table.locate(key.hash, key.bytes, key.count) else { return nil }
    // More were due than are taken out at once, or this is a replica that somebody writes to.
    var editor = hashEditor(rest.entry)
    var over: [UnsafeRawBufferPointer] = []
    for i in 0..<count {
      guard let time = editor.view.field(field(i))?.expiry, time <= horizon, editor.remove(field(i)) else { continue }
      over.append(field(i))
    }
    guard !over.isEmpty else { return rest }
    store(editor, key, at: rest)
    noteExpired(key, over.count, isEmpty: editor.count == 0) { over[$0] }
    return table.locate(key.hash, key.bytes, key.count)
  }

  /// On a replica, whose primary says what has expired.
  private func settleBound(_ key: KeyView, _ position: KeyTable.Position) {
    var editor = hashEditor(position.entry)
    editor.settleBound(horizon: now, segments: Self.segmentsExpiredAtOnce)
    table.setCollection(key, at: position, editor.layout, editor.block, access: position.entry.access)
  }

  /// Takes out fields that are due, about `limit` of them, as HDELs in the log; the key goes with the last one. Returns how many went.
  func expireFields(_ key: KeyView, horizon: Int64, limit: Int, segments: Int = Self.segmentsExpiredAtOnce) -> Int {
    guard let position = table.locate(key.hash, key.bytes, key.count), position.entry.holdsTimedFields else { return 0 }
    var editor = hashEditor(position.entry)
    var due: [[UInt8]] = []
    _ = editor.removeDue(horizon: horizon, limit: limit, segments: segments) { due.append(Array($0)) }
    // Not an access: the hash must not look just used because its fields' time is over.
    table.setCollection(key, at: position, editor.layout, editor.block, access: position.entry.access)
    if !due.isEmpty {
      let flat = due.flatMap { $0 }
      flat.withUnsafeBytes { bytes in
        var views: [UnsafeRawBufferPointer] = []
        var start = 0
        for field in due {
          views.append(UnsafeRawBufferPointer(rebasing: bytes[start..<start + field.count]))
          start += field.count
        }
        noteExpired(key, views.count, isEmpty: editor.count == 0) { views[$0] }
      }
    }
    noteTimes(key)
    return due.count
  }

  private func noteExpired(_ key: KeyView, _ count: Int, isEmpty: Bool, _ field: (Int) -> UnsafeRawBufferPointer) {
    if engine.effects.isRecording, engine.hot.pointee.expiresKeys {
      for start in stride(from: 0, to: count, by: Self.fieldsPerEffect) {
        recordRemoval(key, min(Self.fieldsPerEffect, count - start)) { field(start + $0) }
      }
    }
    signal(key, .hash, "hexpired")
    if isEmpty { removeEmptied(key) }
  }

  /// The table looks again for what is due here: a field's time came to be earlier than the others, or what was due is only partly gone.
  func noteTimes(_ key: KeyView) {
    guard let position = table.locate(key.hash, key.bytes, key.count), position.entry.holdsTimedFields else { return }
    table.noteFieldExpiry(position.segment, position.entry)
  }

  /// Takes out what has expired at `key`: the key itself, or up to `fieldsMax` fields. Returns how much that was.
  func expireDue(_ key: KeyView, fieldsMax: Int) -> Int {
    guard let position = table.locate(key.hash, key.bytes, key.count) else { return 1 }
    if position.entry.isExpired(at: now) {
      expire(key)
      return 1
    }
    return max(1, expireFields(key, horizon: now, limit: fieldsMax, segments: Self.segmentsExpiredByCycle))
  }

  // MARK: commands

  package enum FieldExpiryResult: Int, Sendable {
    case noField = -2
    case conditionNotMet = 0
    case set = 1
    /// The time is over: the field is gone.
    case removed = 2
  }

  func recordExpiry(_ key: KeyView, _ time: Int64, _ count: Int, _ field: (Int) -> UnsafeRawBufferPointer) {
    engine.effects.begin(index, 5 + count, "HPEXPIREAT")
    engine.effects.argument(key)
    engine.effects.argument(time)
    engine.effects.argument("FIELDS")
    engine.effects.argument(Int64(count))
    for i in 0..<count { engine.effects.argument(field(i)) }
  }

  /// Lets `count` fields expire at `time` (ms since 1970), where `condition` holds of what they have; `body` is told what came of each. A
  /// time that is over takes them out. Without a key no field is there.
  package func setFieldExpiry(
    _ key: KeyView, at time: Int64, if condition: ExpiryCondition, _ count: Int, _ field: (Int) -> UnsafeRawBufferPointer,
    _ body: (FieldExpiryResult) -> Void
  ) throws(CommandError) {
    guard let position = try hashForWrite(key, count, field) else {
      for _ in 0..<count { body(.noField) }
      return
    }
    let hot = engine.hot.pointee
    // A replica, and whoever applies a stream, does not decide that a field is over: the HDEL will come.
    let isOver = time <= now && hot.expiresKeys && !hot.sparesExpired
    var editor = hashEditor(position.entry)
    var updated: [UnsafeRawBufferPointer] = []
    var removed: [UnsafeRawBufferPointer] = []
    for i in 0..<count {
      guard let old = editor.view.field(field(i)) else {
        body(.noField)
        continue
      }
      guard condition.holds(now: old.expiry, new: time) else {
        body(.conditionNotMet)
        continue
      }
      if isOver {
        _ = editor.remove(field(i))
        removed.append(field(i))
        body(.removed)
      } else {
        editor.setExpiry(field(i), time)
        updated.append(field(i))
        body(.set)
      }
    }
    store(editor, key, at: position)
    if !updated.isEmpty {
      noteTimes(key)
      if engine.effects.isRecording { recordExpiry(key, time, updated.count) { updated[$0] } }
      engine.hot.pointee.dirty &+= Int64(updated.count - 1)
      changed(key, .hash, "hexpire")
    }
    if !removed.isEmpty {
      if engine.effects.isRecording { recordRemoval(key, removed.count) { removed[$0] } }
      engine.hot.pointee.dirty &+= Int64(removed.count - 1)
      changed(key, .hash, "hdel")
      if editor.count == 0 { removeEmptied(key) }
    }
  }

  /// Takes the expiry of `count` fields away; `body` gets -2 for one that is not there, -1 for one that has none, and 1.
  package func removeFieldExpiry(
    _ key: KeyView, _ count: Int, _ field: (Int) -> UnsafeRawBufferPointer, _ body: (Int) -> Void
  ) throws(CommandError) {
    guard let position = try hashForWrite(key, count, field) else {
      for _ in 0..<count { body(-2) }
      return
    }
    var editor = hashEditor(position.entry)
    var persisted: [UnsafeRawBufferPointer] = []
    for i in 0..<count {
      guard let old = editor.view.field(field(i)) else {
        body(-2)
        continue
      }
      guard old.expiry != nil else {
        body(-1)
        continue
      }
      editor.setExpiry(field(i), nil)
      persisted.append(field(i))
      body(1)
    }
    guard !persisted.isEmpty else { return }
    store(editor, key, at: position)
    if engine.effects.isRecording {
      engine.effects.begin(index, 4 + persisted.count, "HPERSIST")
      engine.effects.argument(key)
      engine.effects.argument("FIELDS")
      engine.effects.argument(Int64(persisted.count))
      for field in persisted { engine.effects.argument(field) }
    }
    engine.hot.pointee.dirty &+= Int64(persisted.count - 1)
    changed(key, .hash, "hpersist")
  }
}
