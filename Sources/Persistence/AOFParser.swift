import TernEngine

/// Reads the commands of one append only file as its bytes arrive: arrays of bulk strings, `#` lines (annotations) between them, and an RDB
/// in front when the file begins with one.
///
/// A transaction comes out whole, when its EXEC has been read: half of one must never be applied. `validByteCount` is where the last
/// complete command (outside a transaction) ended, the place to cut a truncated file.
package struct AOFParser: Sendable {
  package struct Limits: Sendable {
    package var bulkBytesMax = 512 << 20
    package var argumentsMax = 1 << 20
    /// A `*…`, `$…` or `#…` line.
    package var lineBytesMax = 1024
    package init() {}
  }

  package enum Event: Hashable, Sendable {
    /// Of the RDB that the file begins with. After `.end` the commands begin.
    case rdb(RDBEvent)
    /// The batch that was given is full.
    case keys
    case command([[UInt8]])
    /// The commands between MULTI and EXEC.
    case transaction([[[UInt8]]])
    /// `#TS:`, seconds since 1970: the commands that follow were written then or later.
    case timestamp(Int64)
    /// Any other line that begins with `#`, without its end.
    case annotation([UInt8])
  }

  /// How a file ended.
  package enum End: Hashable, Sendable {
    case complete
    /// The bytes from `validByteCount` on are the beginning of a command, or a transaction without its EXEC.
    case truncated(inTransaction: Bool)
    /// The bytes from `validByteCount` on are the beginning of a `#` line: no data, but nothing may be appended to them.
    case inAnnotation
  }

  package struct Malformed: Error, Hashable, Sendable {
    package var offset: Int
    package var reason: String
    package var rdb: RDBError?
  }

  private enum Front {
    /// Not enough bytes to tell.
    case unknown
    case rdb(RDBReader)
    case commands
  }

  /// A command whose first line was read.
  private struct OpenCommand {
    var arguments: [[UInt8]] = []
    var missing: Int
    /// Set when the length of the next argument was read.
    var bulkByteCount: Int?
  }

  private let limits: Limits
  private let rdbOptions: RDBReader.Options
  private let toleratesDamage: Bool
  private var front = Front.unknown
  private var buffer: [UInt8] = []
  private var start = 0
  private var neededByteCount = 1
  /// The offset of `buffer[start]` in the file.
  private var offset = 0
  package private(set) var validByteCount = 0
  /// The length of the last line that begins with `#`, with its end.
  private(set) var annotationByteCount = 0
  private var transaction: [[[UInt8]]]?
  private var open: OpenCommand?
  private var failure: Malformed?
  /// Where something was wrong that `toleratesDamage` let pass, first.
  package private(set) var firstDamage: Int?
  package private(set) var damageCount = 0

  /// - Parameter toleratesDamage: lets pass what Redis's loader lets pass, since nothing depends on it: a bad byte where a CR or LF
  ///   should be, bytes behind a number, a MULTI within a transaction, an EXEC without one. Its checker does not.
  package init(limits: Limits = Limits(), rdbOptions: RDBReader.Options = .init(), toleratesDamage: Bool = false) {
    self.limits = limits
    self.rdbOptions = rdbOptions
    self.toleratesDamage = toleratesDamage
  }

  package var beginsWithRDB: Bool { if case .rdb = front { true } else { rdbByteCount > 0 } }
  private var rdbByteCount = 0
  var isInRDB: Bool { if case .rdb = front { true } else { false } }
  /// Where the RDB in front has been read to.
  var rdbOffset: Int { if case .rdb(let reader) = front { reader.consumedByteCount } else { rdbByteCount } }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if case .rdb(var reader) = front {
      front = .unknown  // gives up the only other reference, so that the reader's buffer is not copied
      reader.append(bytes)
      front = .rdb(reader)
      return
    }
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
      start = 0
    } else if start >= buffer.count - start {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  package mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  /// nil when more bytes are needed. With a `batch`, what an RDB in front holds goes there; it is over when no `keys` and nil come, but
  /// something else.
  package mutating func next(_ batch: RDBBatch? = nil) throws(Malformed) -> Event? {
    if let failure { throw failure }
    do throws(Malformed) {
      while true {
        switch front {
        case .unknown:
          guard try detect() else { return nil }
        case .rdb:
          if let event = try nextOfRDB(batch) { return event }
          guard case .commands = front else { return nil }
        case .commands:
          guard let item = try nextItem() else { return nil }
          if let event = try take(item) { return event }
        }
      }
    } catch {
      failure = error
      throw error
    }
  }

  /// Call it when the file is over and `next` has answered nil.
  package mutating func finish() throws(Malformed) -> End {
    if let failure { throw failure }
    switch front {
    case .rdb(var reader):
      do throws(RDBError) {
        try reader.finish()
      } catch {
        let malformed = Malformed(offset: error.offset, reason: error.message, rdb: error)
        failure = malformed
        throw malformed
      }
      return .complete
    case .unknown, .commands:
      if transaction != nil { return .truncated(inTransaction: true) }
      if open == nil, start < buffer.count, buffer[start] == UInt8(ascii: "#") { return .inAnnotation }
      return open == nil && start == buffer.count ? .complete : .truncated(inTransaction: false)
    }
  }
}

extension AOFParser {
  /// False: more bytes are needed to tell an RDB from commands.
  private mutating func detect() throws(Malformed) -> Bool {
    let bytes = buffer[start...]
    for magic in ["REDIS", "VALKEY"] where bytes.starts(with: magic.utf8) {
      var reader = RDBReader(options: rdbOptions)
      reader.append(bytes)
      buffer = []
      start = 0
      front = .rdb(reader)
      return true
    }
    if ["REDIS", "VALKEY"].contains(where: { $0.utf8.starts(with: bytes) }) { return false }
    front = .commands
    return true
  }

  private mutating func nextOfRDB(_ batch: RDBBatch?) throws(Malformed) -> Event? {
    guard case .rdb(var reader) = front else { return nil }
    front = .unknown
    defer {
      if case .unknown = front { front = .rdb(reader) }
    }
    var event: Event?
    do throws(RDBError) {
      if let batch {
        if try reader.fill(batch) { event = .keys }
      } else {
        event = try reader.next().map { .rdb($0) }
      }
    } catch {
      throw Malformed(offset: error.offset, reason: error.message, rdb: error)
    }
    if reader.isEnded {
      rdbByteCount = reader.consumedByteCount
      offset = rdbByteCount
      validByteCount = rdbByteCount
      buffer = reader.takeRemainder()
      start = 0
      front = .commands
    }
    return event
  }

  private enum Item {
    case command([[UInt8]])
    case annotation([UInt8])
  }

  /// Handles transactions; nil when there is nothing to report.
  private mutating func take(_ item: Item) throws(Malformed) -> Event? {
    switch item {
    case .annotation(let line):
      if transaction == nil { validByteCount = offset }
      guard line.starts(with: "#TS:".utf8), let seconds = Int64(String(decoding: line.dropFirst(4), as: UTF8.self)) else {
        // Within a transaction it would come out in front of what it follows.
        return transaction == nil ? .annotation(line) : nil
      }
      return .timestamp(seconds)
    case .command(let arguments):
      if AOFParser.isCommand(arguments, "MULTI") {
        if transaction != nil {
          try damage(Malformed(offset: validByteCount, reason: "Unexpected MULTI"))
          return nil
        }
        transaction = []
        return nil
      }
      if AOFParser.isCommand(arguments, "EXEC") {
        guard let commands = transaction else {
          try damage(Malformed(offset: validByteCount, reason: "Unexpected EXEC"))
          validByteCount = offset
          return nil
        }
        transaction = nil
        validByteCount = offset
        return .transaction(commands)
      }
      if transaction != nil {
        transaction?.append(arguments)
        return nil
      }
      validByteCount = offset
      return .command(arguments)
    }
  }

  private static func isCommand(_ arguments: [[UInt8]], _ name: StaticString) -> Bool {
    guard arguments.count == 1, arguments[0].count == name.utf8CodeUnitCount else { return false }
    return name.withUTF8Buffer { name in
      zip(arguments[0], name).allSatisfy { $0 & 0xDF == $1 }
    }
  }

  /// The next command or annotation, taken off the buffer. What is complete of a command is taken off at once: a command of a million
  /// arguments is not read again with each piece that arrives.
  private mutating func nextItem() throws(Malformed) -> Item? {
    guard buffer.count - start >= neededByteCount else { return nil }
    neededByteCount = 1
    if open == nil {
      if buffer[start] == UInt8(ascii: "#") {
        let begin = offset
        guard let line = try line(crlf: false) else { return nil }
        annotationByteCount = offset - begin
        return .annotation(Array(line.last == 13 ? line.dropLast() : line))
      }
      guard buffer[start] == UInt8(ascii: "*") else {
        throw malformed("'*' was expected, '\(printable([buffer[start]]))' is there")
      }
      let begin = offset
      guard let line = try line() else { return nil }
      guard let count = try number(line.dropFirst(), max: limits.argumentsMax, at: begin), count >= 1 else {
        throw Malformed(offset: begin, reason: "an invalid number of arguments '\(printable(line))'")
      }
      open = OpenCommand(missing: count)
    }
    while let missing = open?.missing, missing > 0 {
      guard let argument = try argument() else { return nil }
      open?.arguments.append(argument)
      open?.missing = missing - 1
    }
    guard let arguments = open?.arguments else { return nil }
    open = nil
    return .command(arguments)
  }

  private mutating func argument() throws(Malformed) -> [UInt8]? {
    if open?.bulkByteCount == nil {
      guard start < buffer.count else { return nil }
      guard buffer[start] == UInt8(ascii: "$") else {
        throw malformed("'$' was expected, '\(printable([buffer[start]]))' is there")
      }
      let begin = offset
      guard let line = try line() else { return nil }
      guard let count = try number(line.dropFirst(), max: limits.bulkBytesMax, at: begin) else {
        throw Malformed(offset: begin, reason: "an invalid length '\(printable(line))'")
      }
      open?.bulkByteCount = count
    }
    guard let count = open?.bulkByteCount else { return nil }
    guard buffer.count - start >= count + 2 else {
      neededByteCount = count + 2
      return nil
    }
    let end = start + count
    if buffer[end] != 13 || buffer[end + 1] != 10 {
      let malformed = Malformed(offset: offset + count, reason: "a string of \(count) bytes is not followed by CRLF")
      // Zeros in the place of both are what a power loss leaves, and the string may have been hit too.
      if buffer[end] != 13, buffer[end + 1] != 10 { throw malformed }
      try damage(malformed)
    }
    let argument = Array(buffer[start..<end])
    advance(count + 2)
    open?.bulkByteCount = nil
    return argument
  }

  private mutating func advance(_ count: Int) {
    start += count
    offset += count
  }

  private mutating func line(crlf: Bool = true) throws(Malformed) -> ArraySlice<UInt8>? {
    var end = start
    while end < buffer.count, end - start <= limits.lineBytesMax {
      if buffer[end] == 10 {
        let line = buffer[start..<end]
        let endsWell = line.last == 13
        if crlf, !endsWell { try damage(malformed("a line does not end with CRLF")) }
        advance(end + 1 - start)
        return crlf && endsWell ? line.dropLast() : line
      }
      end += 1
    }
    if end - start > limits.lineBytesMax { throw malformed("a line longer than \(limits.lineBytesMax) bytes") }
    return nil
  }

  /// nil when it is none, or above `max`.
  private mutating func number(_ text: ArraySlice<UInt8>, max: Int, at offset: Int) throws(Malformed) -> Int? {
    let digits = text.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    guard digits.count <= 10 else { return nil }
    if digits.isEmpty || digits.count < text.count {
      guard toleratesDamage else { return nil }
      try damage(Malformed(offset: offset, reason: "an invalid number '\(printable(text))'"))
    }
    let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return value <= max ? value : nil
  }

  private mutating func damage(_ malformed: Malformed) throws(Malformed) {
    guard toleratesDamage else { throw malformed }
    damageCount += 1
    if firstDamage == nil { firstDamage = malformed.offset }
  }

  private func malformed(_ reason: String) -> Malformed { Malformed(offset: offset, reason: reason) }
}
