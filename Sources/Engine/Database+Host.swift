/// Single operations as the host program calls them: from names to results in one call, as each call from one module into another costs.
extension Database {
  /// The string at a key; its bytes are good until the database is next changed.
  package func string(at name: UnsafeRawBufferPointer) throws(CommandError) -> StringView? {
    guard let entry = find(key(name)) else { return nil }
    guard let string = entry.string else { throw .wrongType }
    return string
  }

  package func set(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, expiry: Int64?) throws(CommandError) {
    try checkSize(name, value)
    setString(key(name), value, expiry: expiry)
  }

  package func increment(_ name: UnsafeRawBufferPointer, by amount: Int64) throws(CommandError) -> Int64 {
    try checkSize(name, name)
    return try increment(key(name), by: amount)
  }

  package func hashField(_ name: UnsafeRawBufferPointer, _ field: UnsafeRawBufferPointer) throws(CommandError) -> ListpackElement? {
    guard let (view, horizon) = try hashView(key(name)) else { return nil }
    return view.value(field, horizon: horizon)
  }

  package func setHashField(
    _ name: UnsafeRawBufferPointer, _ field: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) throws(CommandError) -> Int {
    try checkSize(name, value)
    try checkSize(field, value)
    return try setFields(key(name), 1) { _ in (field, value) }
  }

  package func score(_ name: UnsafeRawBufferPointer, _ member: UnsafeRawBufferPointer) throws(CommandError) -> Double? {
    try collection(key(name), .sortedSet).flatMap { SortedSetView($0).score(member) }
  }

  package func setScore(
    _ name: UnsafeRawBufferPointer, _ member: UnsafeRawBufferPointer, _ score: Double
  ) throws(CommandError) -> (added: Int, updated: Int) {
    try checkSize(name, member)
    guard !score.isNaN else { throw .notFloat }
    return try addScored(key(name), ScoreCondition(), 1) { _ in (member, score) }
  }

  package func isMember(_ name: UnsafeRawBufferPointer, _ member: UnsafeRawBufferPointer) throws(CommandError) -> Bool {
    guard let entry = try collection(key(name), .set) else { return false }
    return SetView(entry).contains(member)
  }

  /// An entry's lengths are 32 bits wide; what a client may send is limited when it is read.
  @inline(__always)
  private func checkSize(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(CommandError) {
    if name.count | value.count > Engine.valueBytesMax { throw .stringTooLong }
  }
}
