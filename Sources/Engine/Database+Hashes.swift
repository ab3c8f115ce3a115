/// Operations on hashes: what the commands of Commands/Hashes and the typed API call.
extension Database {
  @inline(__always)
  func hashEditor(_ entry: Entry) -> HashEditor { HashEditor(table.heap, engine.byteHash, engine.limits, entry) }

  /// Puts what was edited back. `position` must still be good.
  @inline(__always)
  func store(_ editor: HashEditor, _ key: KeyView, at position: KeyTable.Position) {
    table.setCollection(key, at: position, editor.layout, editor.block, access: engine.hot.pointee.accessClock)
  }

  // MARK: reading

  /// The hash at `key`, for reading; nil if there is none. Fields whose time is `horizon` or earlier must not be shown.
  @inline(__always)
  func hashView(_ key: KeyView) throws(CommandError) -> (view: HashView, horizon: Int64)? {
    guard let entry = try collection(key, .hash) else { return nil }
    guard entry.holdsTimedFields else { return (HashView(entry), .min) }
    return timedView(key, entry)
  }

  @inline(never)
  private func timedView(_ key: KeyView, _ entry: Entry) -> (view: HashView, horizon: Int64)? {
    let horizon = fieldHorizon
    let view = HashView(entry)
    guard expiresOnRead, let next = view.nextExpiry, next <= horizon else { return (view, horizon) }
    _ = expireFields(key, horizon: horizon, limit: Self.fieldsExpiredAtOnce)
    guard let position = table.locate(key.hash, key.bytes, key.count) else { return nil }
    return (HashView(position.entry), horizon)
  }

  // MARK: fields

  /// Sets `count` fields, and returns how many were new. Their expiry goes, unless `keepsExpiry` is set.
  @inline(__always)
  package func setFields(
    _ key: KeyView, _ count: Int, keepsExpiry: Bool = false, _ pair: (Int) -> (field: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
  ) throws(CommandError) -> Int {
    let position = try hashForWrite(key, count) { pair($0).field }
    var editor = position.map { hashEditor($0.entry) } ?? HashEditor(table.heap, engine.byteHash, engine.limits)
    prepare(&editor, count, pair)
    var fresh = 0
    for i in 0..<count {
      let (field, value) = pair(i)
      if keepsExpiry ? editor.set(field, value, .keep) : editor.set(field, value) { fresh &+= 1 }
    }
    put(editor, key, at: position)
    if engine.effects.isRecording {
      engine.effects.begin(index, 2 + count * 2, "HSET")
      engine.effects.argument(key)
      for i in 0..<count {
        let (field, value) = pair(i)
        engine.effects.argument(field)
        engine.effects.argument(value)
      }
      if keepsExpiry { recordExpiries(key, editor.view, count) { pair($0).field } }
    }
    engine.hot.pointee.dirty &+= Int64(count - 1)
    changed(key, .hash, "hset")
    return fresh
  }

  /// As in Redis, one long argument makes the hash large before the first field is set, and so does their number.
  @inline(__always)
  private func prepare(
    _ editor: inout HashEditor, _ count: Int, _ pair: (Int) -> (field: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
  ) {
    guard !editor.view.isTree else { return }
    var isSmall = count <= editor.limits.hashEntries
    for i in 0..<count where isSmall {
      let (field, value) = pair(i)
      isSmall = editor.isShort(field.count) && editor.isShort(value.count)
    }
    if !isSmall { editor.makeTable() }
  }

  @inline(__always)
  func put(_ editor: HashEditor, _ key: KeyView, at position: KeyTable.Position?) {
    if let position { return store(editor, key, at: position) }
    table.insertCollection(key, editor.value, access: engine.hot.pointee.accessClock)
    added(key)
  }

  /// Sets a field if it is not there. Returns whether it was set.
  package func setFieldIfAbsent(
    _ key: KeyView, _ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) throws(CommandError) -> Bool {
    if let position = try hashForWrite(key, 1, { _ in field }), HashView(position.entry).field(field) != nil { return false }
    _ = try setFields(key, 1) { _ in (field, value) }
    return true
  }

  /// Removes `count` fields, and returns how many there were. The key goes with the last one.
  @inline(__always)
  package func removeFields(_ key: KeyView, _ count: Int, _ field: (Int) -> UnsafeRawBufferPointer) throws(CommandError) -> Int {
    guard let position = try hashForWrite(key, count, field) else { return 0 }
    var editor = hashEditor(position.entry)
    var removed = 0
    for i in 0..<count where editor.remove(field(i)) { removed &+= 1 }
    store(editor, key, at: position)
    guard removed > 0 else { return 0 }
    if engine.effects.isRecording { recordRemoval(key, count, field) }
    engine.hot.pointee.dirty &+= Int64(removed - 1)
    changed(key, .hash, "hdel")
    if editor.count == 0 { removeEmptied(key) }
    return removed
  }

  func recordRemoval(_ key: KeyView, _ count: Int, _ field: (Int) -> UnsafeRawBufferPointer) {
    engine.effects.begin(index, 2 + count, "HDEL")
    engine.effects.argument(key)
    for i in 0..<count { engine.effects.argument(field(i)) }
  }

  /// What was kept is said again: HSET in the log takes it away.
  private func recordExpiries(_ key: KeyView, _ view: HashView, _ count: Int, _ field: (Int) -> UnsafeRawBufferPointer) {
    for i in 0..<count {
      if let time = view.field(field(i))?.expiry { recordExpiry(key, time, 1) { _ in field(i) } }
    }
  }

  // MARK: numbers

  /// Adds `delta` to the integer in a field (0 if there is none), and returns the sum. The field's expiry stays.
  package func incrementField(_ key: KeyView, _ field: UnsafeRawBufferPointer, by delta: Int64) throws(CommandError) -> Int64 {
    let position = try hashForWrite(key, 1) { _ in field }
    var old: Int64 = 0
    switch position.flatMap({ HashView($0.entry).field(field) })?.value {
    case .integer(let value)?: old = value
    case .bytes(let bytes)?:
      guard let value = Decimal.parse(bytes.baseAddress ?? emptyBytes, bytes.count) else {
        throw CommandError("ERR hash value is not an integer")
      }
      old = value
    case nil: break
    }
    let (sum, overflow) = old.addingReportingOverflow(delta)
    if overflow { throw .overflow }
    var editor = position.map { hashEditor($0.entry) } ?? HashEditor(table.heap, engine.byteHash, engine.limits)
    withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
      let count = digits.baseAddress.map { Decimal.write(sum, to: $0) } ?? 0
      _ = editor.set(field, UnsafeRawBufferPointer(rebasing: digits[..<count]), .keep)
    }
    put(editor, key, at: position)
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "HINCRBY")
      engine.effects.argument(key)
      engine.effects.argument(field)
      engine.effects.argument(delta)
    }
    changed(key, .hash, "hincrby")
    return sum
  }

  /// Adds `delta`, the text of a float, to the one in a field (0 if there is none), in long double as Redis does, and returns the sum's
  /// text. The field's expiry stays. The effect is the value: another machine's long double may differ.
  package func incrementField(
    _ key: KeyView, _ field: UnsafeRawBufferPointer, byFloat delta: UnsafeRawBufferPointer
  ) throws(CommandError) -> [UInt8] {
    let delta = Array(delta)
    let zero = [UInt8(ascii: "0")]
    do {
      _ = try LongDouble.sum(zero, delta)
    } catch {
      throw error == .notFloat ? error : CommandError("ERR value is NaN or Infinity")
    }
    let position = try hashForWrite(key, 1) { _ in field }
    let old = position.flatMap { HashView($0.entry).field(field) }
    let sum: [UInt8]
    do {
      sum = try LongDouble.sum(old.map { $0.value.copy } ?? zero, delta)
    } catch {
      throw error == .notFloat ? CommandError("ERR hash value is not a float") : error
    }
    var editor = position.map { hashEditor($0.entry) } ?? HashEditor(table.heap, engine.byteHash, engine.limits)
    sum.withUnsafeBytes { _ = editor.set(field, $0, .keep) }
    put(editor, key, at: position)
    if engine.effects.isRecording {
      engine.effects.begin(index, 4, "HSET")
      engine.effects.argument(key)
      engine.effects.argument(field)
      engine.effects.argument(sum)
      // HSET takes the expiry away.
      if let time = old?.expiry { recordExpiry(key, time, 1) { _ in field } }
    }
    changed(key, .hash, "hincrbyfloat")
    return sum
  }
}
