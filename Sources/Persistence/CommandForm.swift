package import TernEngine

/// Values as the commands that make them: the base of an append only file without an RDB preamble.
package struct CommandForm {
  /// Encoded commands. The owner empties it as it likes.
  package var bytes: [UInt8] = []
  /// Elements in one command, as in Redis: a reader holds one command at a time.
  static let elementsMax = 64
  private static let pieceBytes = 64 << 10

  package init() {}

  package mutating func select(_ database: Int) {
    begin("SELECT", 2)
    argument(Int64(database))
  }

  /// `flush` is called between commands, and between the pieces of a long argument.
  package mutating func entry(_ entry: Entry, flush: (inout CommandForm) -> Void = { _ in }) {
    let key = entry.keyBytes
    switch entry.type {
    case .string:
      begin("SET", entry.hasExpiry ? 5 : 3)
      argument(key)
      switch entry.string {
      case .bytes(let bytes): argument(bytes, flush)
      case .integer(let value): argument(value)
      case nil: argument(UnsafeRawBufferPointer(start: nil, count: 0))
      }
      if let expiry = entry.expiry {
        argument("PXAT")
        argument(expiry)
      }
      return
    case .list:
      var batch = Batch("RPUSH", count: entry.collectionCount, width: 1)
      entry.forEachElement { element in
        batch.next(&self, key, flush)
        argument(element, flush)
      }
    case .set:
      var batch = Batch("SADD", count: entry.collectionCount, width: 1)
      entry.forEachMember { member in
        batch.next(&self, key, flush)
        argument(member, flush)
      }
    case .sortedSet:
      var batch = Batch("ZADD", count: entry.collectionCount, width: 2)
      entry.forEachScored { member, score in
        batch.next(&self, key, flush)
        argument(score: score)
        argument(member, flush)
      }
    case .hash: hash(entry, flush)
    case .stream: stream(entry.streamView, key, flush)
    }
    if let expiry = entry.expiry {
      begin("PEXPIREAT", 3)
      argument(key)
      argument(expiry)
    }
  }

  private mutating func hash(_ entry: Entry, _ flush: (inout CommandForm) -> Void) {
    let key = entry.keyBytes
    var batch = Batch("HSET", count: entry.collectionCount, width: 2)
    var expires = false
    entry.forEachField { field, value, expiry in
      batch.next(&self, key, flush)
      argument(field, flush)
      argument(value, flush)
      if expiry != nil { expires = true }
    }
    guard expires else { return }
    entry.forEachField { field, _, expiry in
      guard let expiry else { return }
      begin("HPEXPIREAT", 6)
      argument(key)
      argument(expiry)
      argument("FIELDS")
      argument("1")
      argument(field)
      flush(&self)
    }
  }

  // MARK: streams

  private mutating func stream(_ stream: StreamView, _ key: UnsafeRawBufferPointer, _ flush: (inout CommandForm) -> Void) {
    stream.forEachEntry { entry in
      var fields = 0
      entry.forEachField { _, _ in fields += 1 }
      begin("XADD", 3 + 2 * fields)
      argument(key)
      argument(entry.id)
      entry.forEachField { field, value in
        field.withBytes { argument($0, flush) }
        value.withBytes { argument($0, flush) }
      }
      flush(&self)
    }
    if stream.count == 0 {
      // A key of this type comes into being with an entry only, which MAXLEN 0 takes away at once.
      begin("XADD", 7)
      argument(key)
      argument("MAXLEN")
      argument("0")
      argument(stream.lastID == .zero ? StreamID(0, 1) : stream.lastID)
      argument("x")
      argument("y")
    }
    begin("XSETID", 7)
    argument(key)
    argument(stream.lastID)
    argument("ENTRIESADDED")
    argument(Int64(clamping: stream.entriesAdded))
    argument("MAXDELETEDID")
    argument(stream.maxDeletedID)
    stream.forEachGroup { group($0, key, flush) }
  }

  private mutating func group(_ group: StreamGroupView, _ key: UnsafeRawBufferPointer, _ flush: (inout CommandForm) -> Void) {
    begin("XGROUP", 7)
    argument("CREATE")
    argument(key)
    argument(group.name)
    argument(group.lastID)
    argument("ENTRIESREAD")
    argument(group.entriesRead)
    group.forEachConsumer { consumer in
      begin("XGROUP", 5)
      argument("CREATECONSUMER")
      argument(key)
      argument(group.name)
      argument(consumer.name)
      group.forEachPending(of: consumer) { id, deliveryTime, deliveryCount in
        begin("XCLAIM", 12)
        argument(key)
        argument(group.name)
        argument(consumer.name)
        argument("0")
        argument(id)
        argument("TIME")
        argument(deliveryTime)
        argument("RETRYCOUNT")
        argument(Int64(clamping: deliveryCount))
        argument("JUSTID")
        argument("FORCE")
        flush(&self)
      }
    }
  }

  // MARK: bytes

  /// Begins a command when the one before it is full.
  private struct Batch {
    let name: StaticString
    var left: Int
    let width: Int
    var open = 0

    init(_ name: StaticString, count: Int, width: Int) {
      self.name = name
      left = count
      self.width = width
    }

    mutating func next(_ form: inout CommandForm, _ key: UnsafeRawBufferPointer, _ flush: (inout CommandForm) -> Void) {
      if open == 0 {
        flush(&form)
        open = min(left, CommandForm.elementsMax)
        form.begin(name, 2 + open * width)
        form.argument(key)
      }
      open -= 1
      left -= 1
    }
  }

  private mutating func begin(_ name: StaticString, _ count: Int) {
    header(UInt8(ascii: "*"), count)
    argument(name)
  }

  private mutating func header(_ kind: UInt8, _ count: Int) {
    bytes.append(kind)
    decimal(Int64(count))
    newline()
  }

  private mutating func newline() {
    bytes.append(13)
    bytes.append(10)
  }

  private mutating func decimal(_ value: Int64) {
    withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
      guard let base = digits.baseAddress else { return }
      bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: Decimal.write(value, to: base)))
    }
  }

  private mutating func argument(_ text: UnsafeRawBufferPointer) {
    header(UInt8(ascii: "$"), text.count)
    bytes.append(contentsOf: text)
    newline()
  }

  /// A long text goes out in pieces.
  private mutating func argument(_ text: UnsafeRawBufferPointer, _ flush: (inout CommandForm) -> Void) {
    guard text.count > CommandForm.pieceBytes else { return argument(text) }
    header(UInt8(ascii: "$"), text.count)
    var rest = text
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(CommandForm.pieceBytes))
      bytes.append(contentsOf: piece)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      flush(&self)
    }
    newline()
  }

  private mutating func argument(_ text: StaticString) {
    argument(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func argument(_ value: Int64) {
    withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
      guard let base = digits.baseAddress else { return }
      argument(UnsafeRawBufferPointer(start: base, count: Decimal.write(value, to: base)))
    }
  }

  private mutating func argument(_ id: StreamID) { id.withText { argument($0) } }

  /// The shortest text that reads as the same double.
  private mutating func argument(score: Double) {
    var text = score.isInfinite ? (score < 0 ? "-inf" : "inf") : "\(score)"
    text.withUTF8 { argument(UnsafeRawBufferPointer($0)) }
  }
}
