/// Arguments and replies that sets and hashes share.
extension Call {
  /// SPOP's count.
  func positiveCount(_ index: Int) throws(CommandError) -> Int {
    let argument = self[index]
    guard let value = Decimal.parse(argument.bytes, argument.count), value >= 0 else {
      throw CommandError("ERR value is out of range, must be positive")
    }
    return Int(value)
  }

  /// The count of SRANDMEMBER and HRANDFIELD, whose magnitude must be a number too.
  func randomCount(_ index: Int) throws(CommandError) -> Int {
    let value = try integer(index)
    guard value != .min else {
      throw CommandError("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
    return Int(value)
  }

  /// How large the reply to a count that draws with repetition may become: any number can be asked for, and there is not that much memory.
  static let repeatedReplyBytesMax = 256 << 20

  /// Throws if so many elements cannot fit: one takes six bytes at least (`$0`, an empty one). What cannot fit is not begun, and a muted
  /// reply, which never grows, does not make the loop endless.
  func checkRepeatedCount(_ count: Int) throws(CommandError) {
    guard count <= Call.repeatedReplyBytesMax / 6 else { throw tooLarge(from: reply.count) }
  }

  /// Throws, and takes the reply back, when it has become too large.
  @inline(__always)
  func checkReplySize(from start: Int) throws(CommandError) {
    if reply.count &- start > Call.repeatedReplyBytesMax { throw tooLarge(from: start) }
  }

  @inline(never)
  private func tooLarge(from start: Int) -> CommandError {
    reply.truncate(to: start)
    return CommandError("ERR the reply to so large a count would take more than \(Call.repeatedReplyBytesMax) bytes")
  }

  struct MemberScanOptions {
    var count = 10
    var pattern: UnsafeRawBufferPointer?
    var omitsValues = false

    func matches(_ member: ListpackElement) -> Bool {
      guard let pattern else { return true }
      return member.withBytes { Glob.matches(pattern, $0, ignoringCase: false) }
    }
  }

  /// Options of SSCAN and HSCAN.
  func scanOptions(from first: Int, allowsNoValues: Bool = false) throws(CommandError) -> MemberScanOptions {
    var options = MemberScanOptions()
    var i = first
    while i < count {
      if allowsNoValues, self.is(i, "NOVALUES") {
        options.omitsValues = true
        i += 1
        continue
      }
      guard i + 1 < count else { throw .syntax }
      if self.is(i, "MATCH") {
        let pattern = self[i + 1].buffer
        options.pattern = pattern.count == 1 && pattern[0] == UInt8(ascii: "*") ? nil : pattern
      } else if self.is(i, "COUNT") {
        options.count = Int(try integer(i + 1))
        guard options.count >= 1 else { throw .syntax }
      } else {
        throw .syntax
      }
      i += 2
    }
    return options
  }
}

extension ReplyBuffer {
  /// A cursor of SCAN and its like, as a bulk string.
  func cursor(_ cursor: UInt64) { bulk(String(cursor)) }

  func emptyScan() {
    array(2)
    bulk("0" as StaticString)
    array(0)
  }
}
