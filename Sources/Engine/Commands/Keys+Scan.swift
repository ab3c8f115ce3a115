/// KEYS and SCAN.
extension KeyCommands {
  static func matchingKeys(_ call: Call) throws(CommandError) {
    var found: [Entry] = []
    call.database.forEachKey(matching: call[1].buffer) { found.append($0) }
    call.reply.array(found.count)
    for entry in found { call.reply.bulk(entry.keyBytes) }
  }

  static func scan(_ call: Call) throws(CommandError) {
    let cursor = try cursor(call[1].buffer)
    var pattern: UnsafeRawBufferPointer?
    var type: UnsafeRawBufferPointer?
    var count = 10
    var i = 2
    while i < call.count {
      guard i + 1 < call.count else { throw .syntax }
      if call.is(i, "MATCH") {
        pattern = call[i + 1].buffer
      } else if call.is(i, "COUNT") {
        count = Int(try call.integer(i + 1))
        guard count >= 1 else { throw .syntax }
      } else if call.is(i, "TYPE") {
        type = call[i + 1].buffer
      } else {
        throw .syntax
      }
      i += 2
    }
    // Every key, the empty one too, which no pattern but this matches.
    if let given = pattern, given.count == 1, given[0] == UInt8(ascii: "*") { pattern = nil }
    let (next, keys) = call.database.scan(
      from: cursor, count: count,
      matching: { key in pattern.map { Glob.matches($0, key, ignoringCase: false) } ?? true },
      ofType: type.map { name in { isNamed($0, name) } })
    call.reply.array(2)
    call.reply.bulk(String(next))
    call.reply.array(keys.count)
    for key in keys { call.reply.bulk(key) }
  }

  private static func isNamed(_ type: ValueType, _ name: UnsafeRawBufferPointer) -> Bool {
    name.count == type.name.utf8CodeUnitCount
      && zip(name, UnsafeBufferPointer(start: type.name.utf8Start, count: name.count)).allSatisfy { uppercased($0) == uppercased($1) }
  }

  /// As strtoul reads it, since Redis does so: a sign is allowed (and -1 is the greatest number), and nothing at all is 0.
  static func cursor(_ text: UnsafeRawBufferPointer) throws(CommandError) -> UInt64 {
    // It stops at a zero byte.
    let text = UnsafeRawBufferPointer(rebasing: text.prefix { $0 != 0 })
    var digits = text[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    // A sign without digits is not a number to strtoul, which then reads nothing of it.
    if digits.isEmpty, !text.isEmpty { throw CommandError("ERR invalid cursor") }
    var value: UInt64 = 0
    for byte in digits {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(byte &- 48))
      guard byte &- 48 <= 9, !overflow, !carry else { throw CommandError("ERR invalid cursor") }
      value = sum
    }
    return isNegative ? 0 &- value : value
  }
}
