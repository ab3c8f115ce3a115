/// Reads the value of a key, of whatever type and encoding.
///
/// A value of one piece is read whole or not at all. One with elements keeps those that it has read, calls `input.commit()` after each,
/// and so never reads an element twice, however small the pieces are in which bytes arrive. A large one comes out in parts, so that no
/// more of it than `partBytes` is held.
struct RDBValueDecoder {
  enum Part {
    case last(RDBValue)
    /// More follows.
    case some(RDBValue)
  }

  private enum Stage {
    case start
    /// Elements, or nodes, are missing.
    case elements(UInt64)
    case stream(RDBStreamDecoder)
    case longString(RDBLongString)
  }

  static let partBytes = 256 << 10

  let type: RDBType
  /// A long string comes in parts too; otherwise it comes whole.
  private let dividesStrings: Bool
  private var stage = Stage.start
  private var elements = RDBElements()
  /// Of a hash: expiries are counted from here. Milliseconds since 1970.
  private var expiryBase: UInt64 = 0

  init(_ type: RDBType, dividesStrings: Bool = false) {
    self.type = type
    self.dividesStrings = dividesStrings
  }

  mutating func decode(_ input: inout RDBInput) throws(RDBStop) -> Part {
    switch stage {
    case .start: try begin(&input)
    case .elements(let left): try continued(left, &input)
    case .stream: try stream(&input)
    case .longString(let string): try longString(string, &input)
    }
  }

  private mutating func longString(_ string: RDBLongString, _ input: inout RDBInput) throws(RDBStop) -> Part {
    var string = string
    // One owner, or each part would copy what is kept of the one before.
    stage = .start
    defer { stage = .longString(string) }
    let part = try string.next(&input)
    let value = RDBValue.stringPart(part, total: string.total)
    return string.isOver ? .last(value) : .some(value)
  }

  private mutating func begin(_ input: inout RDBInput) throws(RDBStop) -> Part {
    switch type {
    case .string:
      if dividesStrings, let long = try RDBLongString(&input) { return try longString(long, &input) }
      return .last(try input.string())

    case .listZiplist, .setIntset, .setListpack, .sortedSetZiplist, .sortedSetListpack, .hashZiplist, .hashListpack, .hashZipmap:
      try compact(&input)
      return .last(value())
    case .hashListpackTTL:
      _ = try input.littleEndian(UInt64.self)
      try compact(&input)
      return .last(value())

    case .hashMetadata:
      expiryBase = try input.littleEndian(UInt64.self)
      fallthrough
    case .list, .set, .hash, .sortedSet, .sortedSet2, .listQuicklist, .listQuicklist2:
      let count = try input.length()
      input.commit()
      stage = .elements(count)
      return try continued(count, &input)

    case .streamListpacks, .streamListpacks2, .streamListpacks3:
      stage = .stream(RDBStreamDecoder(type))
      return try stream(&input)

    case .modulePreGA, .module2, .hashMetadataPreGA, .hashListpackTTLPreGA:
      throw input.failure(.unsupportedType, "values of this type cannot be loaded")
    }
  }

  private func value() -> RDBValue {
    switch type {
    case .list, .listZiplist, .listQuicklist, .listQuicklist2: .list(elements)
    case .set, .setIntset, .setListpack: .set(elements)
    case .sortedSet, .sortedSet2, .sortedSetZiplist, .sortedSetListpack: .sortedSet(elements)
    default: .hash(elements)
    }
  }

  private mutating func takeValue() -> RDBValue {
    defer { elements = RDBElements() }
    return value()
  }

  // MARK: elements one by one

  private mutating func continued(_ count: UInt64, _ input: inout RDBInput) throws(RDBStop) -> Part {
    var left = count
    while left > 0 {
      if elements.byteCount >= RDBValueDecoder.partBytes {
        stage = .elements(left)
        return .some(takeValue())
      }
      let mark = elements.mark
      do throws(RDBStop) {
        try element(&input)
      } catch {
        elements.rollBack(to: mark)
        stage = .elements(left)
        throw error
      }
      input.commit()
      left -= 1
    }
    return .last(takeValue())
  }

  private mutating func element(_ input: inout RDBInput) throws(RDBStop) {
    switch type {
    case .list, .set: try input.string(into: &elements)
    case .hash:
      elements.append(number: Int64(0))
      try input.string(into: &elements)
      try input.string(into: &elements)
    case .hashMetadata:
      let start = input.offset
      let ttl = try input.length()
      // Counted from one, so that zero can mean: none.
      let (time, overflow) = expiryBase.addingReportingOverflow(ttl &- 1)
      if ttl > 0, overflow || time > RDBValueDecoder.fieldExpiryMax {
        throw input.failure(.malformed, at: start, "the expiry of a field is out of range")
      }
      elements.append(number: ttl == 0 ? 0 : Int64(time))
      try input.string(into: &elements)
      try input.string(into: &elements)
    case .sortedSet, .sortedSet2:
      try scored(&input)
    case .listQuicklist:
      try withCompact(&input, "a ziplist") { (bytes, elements) throws(CompactFailure) in
        var cursor = try ZiplistCursor(bytes)
        try RDBValueDecoder.strings(&elements) { () throws(CompactFailure) in try cursor.next() }
      }
      return
    case .listQuicklist2:
      let start = input.offset
      switch try input.length() {
      case 1: try input.string(into: &elements)
      case 2:
        try withCompact(&input, "a listpack") { (bytes, elements) throws(CompactFailure) in
          var cursor = try ListpackCursor(bytes)
          try RDBValueDecoder.strings(&elements) { () throws(CompactFailure) in try cursor.next() }
        }
        return
      case let container: throw input.failure(.malformed, at: start, "a node's container \(container) is unknown")
      }
    default: throw input.failure(.unsupportedType, "values of this type have no elements")
    }
    elements.endRecord()
  }

  /// Field expiries have 48 bits in Redis.
  private static let fieldExpiryMax: UInt64 = 0x0000_FFFF_FFFF_FFFF

  /// The score stands behind the member in the file, and in front of it here.
  private mutating func scored(_ input: inout RDBInput) throws(RDBStop) {
    var member = RDBElements()
    try input.string(into: &member)
    let start = input.offset
    let score =
      type == .sortedSet2 ? Double(bitPattern: try input.littleEndian(UInt64.self)) : try RDBValueDecoder.textScore(&input)
    guard !score.isNaN else { throw input.failure(.malformed, at: start, "Zset with NAN score detected") }
    elements.append(number: score.bitPattern)
    member.read { elements.append($0.string()) }
  }

  /// A length of one byte and the text, or one of three lengths that are values.
  private static func textScore(_ input: inout RDBInput) throws(RDBStop) -> Double {
    let start = input.offset
    switch try input.byte() {
    case 255: return -.infinity
    case 254: return .infinity
    case 253: return .nan
    case let count:
      let text = try input.slice(Int(count))
      guard let score = RDBValueDecoder.score(text) else { throw input.failure(.malformed, at: start, "a score is no number") }
      return score
    }
  }

  private static func score(_ text: UnsafeRawBufferPointer) -> Double? { Double(String(decoding: text, as: UTF8.self)) }

  // MARK: compact encodings

  private mutating func withCompact(
    _ input: inout RDBInput, _ name: StaticString,
    _ read: (UnsafeRawBufferPointer, inout RDBElements) throws(CompactFailure) -> Void
  ) throws(RDBStop) {
    let start = input.offset
    let mark = elements.mark
    let failure: CompactFailure? = try input.withString { bytes in
      do throws(CompactFailure) {
        try read(bytes, &elements)
        return nil
      } catch {
        return error
      }
    }
    guard let failure else { return }
    elements.rollBack(to: mark)
    throw input.failure(.malformed, at: start, "integrity check failed: \(failure.reason) (byte \(failure.offset) of \(name))")
  }

  private mutating func compact(_ input: inout RDBInput) throws(RDBStop) {
    elements.isPacked = type != .setIntset && type != .hashZipmap
    switch type {
    case .listZiplist, .sortedSetZiplist, .hashZiplist:
      let type = type
      try withCompact(&input, "a ziplist") { (bytes, elements) throws(CompactFailure) in
        var cursor = try ZiplistCursor(bytes)
        try RDBValueDecoder.records(type, &elements) { () throws(CompactFailure) in try cursor.next() }
      }
    case .setListpack, .sortedSetListpack, .hashListpack, .hashListpackTTL:
      let type = type
      try withCompact(&input, "a listpack") { (bytes, elements) throws(CompactFailure) in
        var cursor = try ListpackCursor(bytes)
        try RDBValueDecoder.records(type, &elements) { () throws(CompactFailure) in try cursor.next() }
      }
    case .setIntset:
      try withCompact(&input, "an intset") { (bytes, elements) throws(CompactFailure) in
        var cursor = try IntsetCursor(bytes)
        try RDBValueDecoder.strings(&elements) { () throws(CompactFailure) in try cursor.next() }
      }
    default:
      try withCompact(&input, "a zipmap") { (bytes, elements) throws(CompactFailure) in
        var cursor = try ZipmapCursor(bytes)
        while let (field, value) = try cursor.next() {
          elements.append(number: Int64(0))
          elements.append(field)
          elements.append(value)
          elements.endRecord()
        }
      }
    }
  }

  private typealias Next = () throws(CompactFailure) -> CompactElement?

  private static func strings(_ elements: inout RDBElements, _ next: Next) throws(CompactFailure) {
    while let element = try next() {
      elements.append(element)
      elements.endRecord()
    }
  }

  /// Elements one by one, in pairs or in threes, as the type has it.
  private static func records(_ type: RDBType, _ elements: inout RDBElements, _ next: Next) throws(CompactFailure) {
    switch type {
    case .hashZiplist, .hashListpack:
      while let field = try next() {
        guard let value = try next() else { throw CompactFailure(0, "the last field has no value") }
        elements.append(number: Int64(0))
        elements.append(field)
        elements.append(value)
        elements.endRecord()
      }
    case .hashListpackTTL:
      while let field = try next() {
        guard let value = try next(), let expiry = try next()?.integer else {
          throw CompactFailure(0, "the last field has no value or no expiry")
        }
        guard expiry >= 0, UInt64(expiry) <= fieldExpiryMax else { throw CompactFailure(0, "the expiry of a field is out of range") }
        elements.append(number: expiry)
        elements.append(field)
        elements.append(value)
        elements.endRecord()
      }
    case .sortedSetZiplist, .sortedSetListpack:
      while let member = try next() {
        guard let scoreElement = try next() else { throw CompactFailure(0, "the last member has no score") }
        let score: Double? =
          switch scoreElement {
          case .integer(let value): Double(value)
          case .bytes(let text): score(text)
          }
        guard let score, !score.isNaN else { throw CompactFailure(0, "a score is no number") }
        elements.append(number: score.bitPattern)
        elements.append(member)
        elements.endRecord()
      }
    default: try strings(&elements, next)
    }
  }

  // MARK: streams

  private mutating func stream(_ input: inout RDBInput) throws(RDBStop) -> Part {
    guard case .stream(var decoder) = stage else { throw input.failure(.malformed, "a stream was expected") }
    // One owner, or each resumption would copy what has been read.
    stage = .start
    defer { stage = .stream(decoder) }
    let isLast = try decoder.decode(&input)
    let items = decoder.takeItems()
    return isLast ? .last(.stream(items)) : .some(.stream(items))
  }
}
