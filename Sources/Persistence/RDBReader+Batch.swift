internal import TernEngine

/// Reading into batches: keys of the simple forms (strings, whatever is small enough to lie in memory as it lies in the file, small sets)
/// pass from the bytes that have arrived into the batch without an allocation. Whatever is not of these forms, or not right, takes the
/// way of `next`, which finds out what it is.
extension RDBReader {
  /// Takes what has arrived, as far as the batch has room. Returns false when more bytes are needed (or the RDB is over, see `isEnded`).
  package mutating func fill(_ batch: RDBBatch) throws(RDBError) -> Bool {
    guard try readMagic() else { return false }
    while !batch.isFull {
      takeSimpleKeys(batch.keys)
      if batch.isFull { return true }
      let offset = pendingOffset ?? consumedByteCount
      guard let event = try next() else { return false }
      batch.append(event, offset: offset)
      if isEnded { return false }
    }
    return true
  }

  /// Values that are longer than this come as events.
  private static let simpleBytesMax = 64 << 10

  private mutating func takeSimpleKeys(_ batch: LoadBatch) {
    guard case .records = state else { return }
    let buffer = self.buffer
    let database = self.database
    var header = pending
    var headerOffset = pendingOffset
    let committed = buffer.withUnsafeBytes { bytes in
      var input = RDBInput(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[start...]), base: consumedByteCount, stringBytesMax: RDBReader.simpleBytesMax)
      while !batch.isFull {
        let offset = input.offset
        let mark = batch.byteCount
        do throws(RDBStop) {
          let first = try input.byte()
          if try RDBReader.prefix(first, &input, &header) {
            if headerOffset == nil { headerOffset = offset }
          } else {
            let place = LoadBatch.Place(
              database: database, expiry: header.expireAt, access: header.access, offset: headerOffset ?? offset)
            guard try RDBReader.key(first, &input, batch, place) else {
              batch.rollBack(to: mark)
              break
            }
            header = KeyHeader()
            headerOffset = nil
          }
          input.commit()
        } catch {
          batch.rollBack(to: mark)
          break
        }
      }
      return input.committed
    }
    pending = header
    pendingOffset = headerOffset
    start += committed
    consumedByteCount += committed
    if committed > 0 { forgetNeed() }
  }

  /// What stands before a key's type. False: it is something else.
  @inline(__always)
  private static func prefix(_ first: UInt8, _ input: inout RDBInput, _ header: inout KeyHeader) throws(RDBStop) -> Bool {
    switch first {
    case RDBOpcode.expireMilliseconds.rawValue: header.expireAt = try input.littleEndian(Int64.self)
    case RDBOpcode.expireSeconds.rawValue: header.expireAt = Int64(try input.littleEndian(Int32.self)) * 1000
    case RDBOpcode.idle.rawValue: header.eviction = .idle(seconds: try input.length())
    case RDBOpcode.frequency.rawValue: header.eviction = .frequency(try input.byte())
    default: return false
    }
    return true
  }

  /// False: the value is to be read the other way.
  @inline(__always)
  private static func key(
    _ first: UInt8, _ input: inout RDBInput, _ batch: LoadBatch, _ place: LoadBatch.Place
  ) throws(RDBStop) -> Bool {
    guard first <= RDBType.setListpack.rawValue, let type = RDBType(rawValue: first) else { return false }
    let start = batch.byteCount
    try input.text(into: batch)
    let nameCount = batch.byteCount - start
    let form: LoadBatch.Form
    switch type {
    case .string:
      if let integer = try input.stringOrInteger(into: batch) { form = .integer(integer) } else { form = .string }
    case .setIntset:
      try input.text(into: batch)
      guard batch.packed.accepts(intset: batch.bytes(from: start + nameCount)) else { return false }
      form = .intset
    case .hashListpack, .sortedSetListpack, .setListpack:
      let kind: ValueType = type == .hashListpack ? .hash : type == .setListpack ? .set : .sortedSet
      try input.text(into: batch)
      guard batch.packed.accepts(listpack: batch.bytes(from: start + nameCount), as: kind) else { return false }
      form = .listpack(kind)
    case .listQuicklist2:
      // One node that is packed: what nearly every small list is.
      guard try input.length() == 1, try input.length() == RDBWriter.packedNode else { return false }
      try input.text(into: batch)
      guard batch.packed.accepts(listpack: batch.bytes(from: start + nameCount), as: .list) else { return false }
      form = .listpack(.list)
    case .set, .hash:
      guard let packed = try packed(type, &input, batch) else { return false }
      form = packed
    default: return false
    }
    batch.add(form, from: start, nameCount: nameCount, place)
    return true
  }

  /// A small set or hash that is stored element by element.
  private static func packed(_ type: RDBType, _ input: inout RDBInput, _ batch: LoadBatch) throws(RDBStop) -> LoadBatch.Form? {
    let count = try input.count()
    guard batch.packed.begin(type == .set ? .set : .hash, count: count) else { return nil }
    let mark = batch.byteCount
    for i in 0..<(type == .set ? count : 2 * count) {
      try input.text(into: batch)
      let text = batch.bytes(from: mark)
      guard type == .set ? batch.packed.addMember(text) : batch.packed.addField(text, isName: i & 1 == 0) else { return nil }
      batch.rollBack(to: mark)
    }
    guard let form = type == .set ? batch.packed.finishSet() : batch.packed.finishHash() else { return nil }
    batch.packed.output.withUnsafeBytes { batch.append($0) }
    return form
  }
}

extension RDBReader.KeyHeader {
  fileprivate var access: LoadBatch.Access { eviction?.access ?? .new }
}

extension RDBEviction {
  var access: LoadBatch.Access {
    switch self {
    case .idle(let seconds): .idle(seconds: seconds)
    case .frequency(let counter): .frequency(counter)
    }
  }
}

extension RDBInput {
  /// Puts a string, in any of its forms, at the end of the batch as text.
  @inline(__always)
  mutating func text(into batch: LoadBatch) throws(RDBStop) {
    guard let integer = try stringOrInteger(into: batch) else { return }
    if let base = batch.reserve(24).baseAddress { batch.advance(Decimal.write(integer, to: base)) }
  }

  /// As above, but an integer form is returned, and nothing put into the batch.
  @inline(__always)
  mutating func stringOrInteger(into batch: LoadBatch) throws(RDBStop) -> Int64? {
    let start = offset
    switch try lengthOrEncoding() {
    case .plain(let value):
      batch.append(try slice(try checkedStringLength(value, at: start)))
      return nil
    case .encoded(RDBLength.int8): return Int64(Int8(bitPattern: try byte()))
    case .encoded(RDBLength.int16): return Int64(try littleEndian(Int16.self))
    case .encoded(RDBLength.int32): return Int64(try littleEndian(Int32.self))
    case .encoded(RDBLength.lzf):
      let compressed = try checkedStringLength(try length(), at: start)
      let count = try checkedStringLength(try length(), at: start)
      guard count <= LZF.expandedBytesMax(compressed) else { throw failure(.malformed, at: start, "LZF") }
      let text = try slice(compressed)
      do throws(LZF.Malformed) {
        try LZF.decompress(text, into: batch.reserve(count))
      } catch {
        throw failure(.malformed, at: start, "LZF")
      }
      batch.advance(count)
      return nil
    case .encoded(let first): throw failure(.malformed, at: start, "string encoding \(first)")
    }
  }
}
