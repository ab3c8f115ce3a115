/// Operations on strings that are HyperLogLogs.
extension Database {
  static let notHyperLogLog = CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.")
  static let corruptedHyperLogLog = CommandError("INVALIDOBJ Corrupted HLL object detected")

  /// The HyperLogLog at `key`, for reading.
  func hyperLogLog(_ key: KeyView) throws(CommandError) -> Entry? {
    guard let entry = try stringEntry(key) else { return nil }
    guard entry.withStringBytes({ HyperLogLog.isValid($0) }) else { throw Self.notHyperLogLog }
    return entry
  }

  func hyperLogLogForWrite(_ key: KeyView) throws(CommandError) -> KeyTable.Position? {
    guard let position = try stringForWrite(key) else { return nil }
    guard position.entry.withStringBytes({ HyperLogLog.isValid($0) }) else { throw Self.notHyperLogLog }
    return position
  }

  private func editor(_ position: KeyTable.Position?) -> HyperLogLogEditor {
    guard let position else { return HyperLogLogEditor(nil, sparseBytesMax: engine.limits.sparseHyperLogLogBytes) }
    return position.entry.withText { HyperLogLogEditor($0, sparseBytesMax: engine.limits.sparseHyperLogLogBytes) }
  }

  private func put(_ key: KeyView, at position: KeyTable.Position?, _ bytes: UnsafeRawBufferPointer) {
    table.setByteString(key, at: position, bytes, isRaw: true, expiry: position?.entry.expiry, access: accessClock)
  }

  /// Adds `count` elements. Returns whether the key was made or a register raised.
  package func addToHyperLogLog(_ key: KeyView, _ count: Int, _ element: (Int) -> UnsafeRawBufferPointer) throws(CommandError) -> Bool {
    let position = try hyperLogLogForWrite(key)
    var updates: Int64 = position == nil ? 1 : 0
    if let position, position.entry.withStringBytes({ HyperLogLog.isDense($0) }) {
      let bytes = table.editableString(key, at: position, count: position.entry.stringCount, access: accessClock)
      for i in 0..<count {
        let (register, value) = HyperLogLog.place(of: element(i))
        if HyperLogLog.raiseDense(bytes, register, to: value) { updates += 1 }
      }
      if updates > 0 { HyperLogLog.invalidateCache(bytes) }
    } else {
      var edited = editor(position)
      do {
        for i in 0..<count {
          let (register, value) = HyperLogLog.place(of: element(i))
          if try edited.raise(register, to: value) { updates += 1 }
        }
      } catch {
        throw Self.corruptedHyperLogLog
      }
      if updates > 0 { edited.invalidateCache() }
      if updates > 0 || position?.entry.layout != .inlineRaw { put(key, at: position, edited.bytes) }
    }
    guard updates > 0 else { return false }
    if engine.effects.isRecording {
      engine.effects.begin(index, 2 + count, "PFADD")
      engine.effects.argument(key)
      for i in 0..<count { engine.effects.argument(element(i)) }
    }
    if position == nil { added(key) }
    engine.hot.pointee.dirty &+= updates - 1
    changed(key, .string, "pfadd")
    return true
  }

  /// The estimate for one key. It is kept in the value, which is a change, said in the log: replicas must hold the same bytes. A replica by
  /// itself only computes.
  package func hyperLogLogCount(_ key: KeyView) throws(CommandError) -> UInt64 {
    guard let entry = try hyperLogLog(key) else { return 0 }
    if let cached = entry.withStringBytes({ HyperLogLog.cachedCardinality($0) }) { return cached }
    let cardinality: UInt64
    do {
      cardinality = try entry.withText { bytes throws(HyperLogLog.Corrupted) in try HyperLogLog.cardinality(bytes) }
    } catch {
      throw Self.corruptedHyperLogLog
    }
    let hot = engine.hot.pointee
    guard hot.expiresKeys || hot.sparesExpired, let position = locateForWrite(key) else { return cardinality }
    let bytes = table.editableString(key, at: position, count: position.entry.stringCount, access: accessClock)
    HyperLogLog.setCachedCardinality(bytes, cardinality)
    if engine.effects.isRecording {
      engine.effects.begin(index, 2, "PFCOUNT")
      engine.effects.argument(key)
    }
    engine.hot.pointee.dirty &+= 1
    if engine.hot.pointee.watchers > 0 { engine.breakWatches(of: key, in: index) }
    return cardinality
  }

  /// The registers of all of them joined; `isDense`: one of them is.
  private func merged(
    _ count: Int, _ key: (Int) -> KeyView, into maxima: UnsafeMutableBufferPointer<UInt8>
  ) throws(CommandError) -> Bool {
    var isDense = false
    for i in 0..<count {
      guard let entry = try hyperLogLog(key(i)) else { continue }
      if entry.withStringBytes({ HyperLogLog.isDense($0) }) { isDense = true }
      do {
        try entry.withText { bytes throws(HyperLogLog.Corrupted) in try HyperLogLog.merge(bytes, into: maxima) }
      } catch {
        throw Self.corruptedHyperLogLog
      }
    }
    return isDense
  }

  private func withRegisters<R>(_ body: (UnsafeMutableBufferPointer<UInt8>) throws(CommandError) -> R) throws(CommandError) -> R {
    let maxima = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: HyperLogLog.registers)
    defer { maxima.deallocate() }
    maxima.initialize(repeating: 0)
    return try body(maxima)
  }

  /// The estimate for the union of several.
  package func hyperLogLogUnionCount(_ count: Int, _ key: (Int) -> KeyView) throws(CommandError) -> UInt64 {
    try withRegisters { maxima throws(CommandError) in
      _ = try merged(count, key, into: maxima)
      return HyperLogLog.cardinality(ofRegisters: maxima)
    }
  }

  /// Joins those at `count` keys into the first of them, which is made if it is not there.
  package func mergeHyperLogLogs(_ count: Int, _ key: (Int) -> KeyView) throws(CommandError) {
    let destination = key(0)
    try withRegisters { maxima throws(CommandError) in
      let isDense = try merged(count, key, into: maxima)
      let position = try hyperLogLogForWrite(destination)
      var edited = editor(position)
      do {
        if isDense { try edited.makeDense() }
        for i in 0..<HyperLogLog.registers where maxima[i] > 0 { _ = try edited.raise(i, to: maxima[i]) }
      } catch {
        throw Self.corruptedHyperLogLog
      }
      edited.invalidateCache()
      put(destination, at: position, edited.bytes)
      if position == nil { added(destination) }
    }
    if engine.effects.isRecording {
      engine.effects.begin(index, 1 + count, "PFMERGE")
      for i in 0..<count { engine.effects.argument(key(i)) }
    }
    changed(destination, .string, "pfadd")
  }

  /// Turns a sparse one dense. Returns whether it was sparse; nil without a key.
  package func makeHyperLogLogDense(_ key: KeyView) throws(CommandError) -> Bool? {
    guard let position = try hyperLogLogForWrite(key) else { return nil }
    guard !position.entry.withStringBytes({ HyperLogLog.isDense($0) }) else { return false }
    var edited = editor(position)
    do { try edited.makeDense() } catch { throw Self.corruptedHyperLogLog }
    put(key, at: position, edited.bytes)
    if engine.effects.isRecording {
      engine.effects.begin(index, 3, "PFDEBUG")
      engine.effects.argument("TODENSE")
      engine.effects.argument(key)
    }
    engine.hot.pointee.dirty &+= 1
    return true
  }
}

extension Entry {
  /// As `withStringBytes`, for bodies that throw or make what cannot be copied.
  func withText<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    switch KeyTable.string(self) {
    case .bytes(let bytes): return try body(bytes)
    case .integer(let value):
      var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
      return try withUnsafeMutableBytes(of: &digits) { digits throws(E) in
        let count = digits.baseAddress.map { Decimal.write(value, to: $0) } ?? 0
        return try body(UnsafeRawBufferPointer(rebasing: digits[..<count]))
      }
    }
  }
}
