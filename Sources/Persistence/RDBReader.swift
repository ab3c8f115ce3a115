import TernEngine

/// Reads an RDB as its bytes arrive, from a file or a socket: `append` them, then take events with `next` until it answers nil (more bytes
/// are needed) or `.end`. It holds what has arrived and not been taken, so a value is the most that it accumulates; a length field
/// alone makes it allocate nothing.
///
/// After an error every further call throws the same error. When the bytes are over, `finish` says whether the RDB was.
package struct RDBReader: Sendable {
  package struct Options: Sendable {
    /// The longest string accepted, Redis's `proto-max-bulk-len`.
    package var stringBytesMax = 512 << 20
    /// False for `rdbchecksum no`, which skips the computation too.
    package var verifiesChecksum = true

    package init(stringBytesMax: Int = 512 << 20, verifiesChecksum: Bool = true) {
      self.stringBytesMax = stringBytesMax
      self.verifiesChecksum = verifiesChecksum
    }
  }

  enum State {
    case magic
    /// Between two records.
    case records
    /// The name of a key was read, its value was not yet.
    case value(OpenKey)
    case moduleAux(module: String)
    case checksum
    case ended
    case failed(RDBError)
  }

  struct OpenKey: Sendable {
    var key: KeyHeader
    var decoder: RDBValueDecoder
  }

  /// What precedes the type byte of the key that it belongs to.
  struct KeyHeader {
    var name: [UInt8] = []
    var type = RDBType.string
    var expireAt: Int64?
    var eviction: RDBEviction?
  }

  let options: Options
  var state = State.magic
  /// What was read of the key whose type is still to come.
  var pending = KeyHeader()
  /// Where its first opcode stands.
  var pendingOffset: Int?
  /// The database that was selected last.
  private(set) var database = 0
  private var isValkey = false
  /// Known once the magic has been read.
  package private(set) var version = 0

  var buffer: [UInt8] = []
  var start = 0
  /// The offset of `buffer[start]`.
  package internal(set) var consumedByteCount = 0
  /// Fewer bytes than this cannot complete what is being read.
  private var neededByteCount = 1
  private var subject: StaticString = "the magic"
  private var checksum = CRC64()
  /// `buffer[checked..<start]` is consumed and still to be added to the checksum: it is added in long runs.
  private var checked = 0

  package init(options: Options = Options()) { self.options = options }

  package var isEnded: Bool { if case .ended = state { true } else { false } }
  package var bufferedByteCount: Int { buffer.count - start }
  package var bufferedBytes: ArraySlice<UInt8> { buffer[start...] }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    compact()
    buffer.append(contentsOf: bytes)
  }

  package mutating func append(_ bytes: some Collection<UInt8>) {
    compact()
    buffer.append(contentsOf: bytes)
  }

  private mutating func compact() {
    guard start > 0 else { return }
    updateChecksum()
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
    } else if start >= buffer.count - start {
      buffer.removeFirst(start)
    } else {
      return
    }
    start = 0
    checked = 0
  }

  private mutating func updateChecksum() {
    if options.verifiesChecksum, checked < start {
      buffer.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[checked..<start])) }
    }
    checked = start
  }

  /// What follows the end of the RDB (the commands of an append only file with a preamble), or whatever is left.
  package mutating func takeRemainder() -> [UInt8] {
    let rest = Array(buffer[start...])
    buffer = []
    start = 0
    checked = 0
    return rest
  }

  /// nil when more bytes are needed, and after the end.
  package mutating func next() throws(RDBError) -> RDBEvent? {
    while bufferedByteCount >= neededByteCount {
      switch state {
      case .ended: return nil
      case .failed(let error): throw error
      default: break
      }
      if let event = try step() { return event }
    }
    if case .failed(let error) = state { throw error }
    return nil
  }

  /// Reads the magic, if that is what comes next, and nothing behind it. False: bytes are missing.
  mutating func readMagic() throws(RDBError) -> Bool {
    while case .magic = state {
      guard bufferedByteCount >= neededByteCount else { return false }
      _ = try step()
    }
    return true
  }

  /// What was waited for has been taken.
  mutating func forgetNeed() { neededByteCount = 1 }

  /// Call it when no bytes will follow.
  package mutating func finish() throws(RDBError) {
    switch state {
    case .ended: return
    case .failed(let error): throw error
    default: break
    }
    let missing = max(1, neededByteCount - bufferedByteCount)
    let error = RDBError(
      .truncated, offset: consumedByteCount,
      "Unexpected EOF reading RDB: \(consumedByteCount + bufferedByteCount) bytes arrived, at least \(missing) more were expected "
        + "for \(what())"
    )
    state = .failed(error)
    throw error
  }

  private func what() -> String {
    if case .value(let open) = state { return "\(subject) of key '\(printable(open.key.name))'" }
    return "\(subject)"
  }
}

extension RDBReader {
  /// Reads one record. nil: nothing to report yet (a prefix of a key was read, or bytes are missing; then `neededByteCount` has grown).
  private mutating func step() throws(RDBError) -> RDBEvent? {
    // An array's closures do not carry a typed error out, so the outcome travels as a value.
    enum Outcome {
      case event(RDBEvent?)
      case stop(RDBStop)
    }
    let buffer = self.buffer
    let outcome: (Outcome, committed: Int, StaticString) = buffer.withUnsafeBytes { bytes in
      var input = RDBInput(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[start...]), base: consumedByteCount, stringBytesMax: options.stringBytesMax)
      do throws(RDBStop) {
        let event = try record(&input)
        return (.event(event), input.committed, input.subject)
      } catch {
        return (.stop(error), input.committed, input.subject)
      }
    }
    start += outcome.committed
    consumedByteCount += outcome.committed
    neededByteCount = 1
    subject = outcome.2
    switch outcome.0 {
    case .event(let event):
      return event
    case .stop(.needsMore(let count)):
      neededByteCount = count
      return nil
    case .stop(.failed(let error)):
      state = .failed(error)
      throw error
    }
  }

  private mutating func record(_ input: inout RDBInput) throws(RDBStop) -> RDBEvent? {
    switch state {
    case .records:
      return try betweenRecords(&input)
    case .value(let open):
      // The decoder must have one owner, or each piece would copy what it has read.
      state = .records
      return try value(open, &input)
    case .moduleAux(let module):
      return try moduleAux(module, &input)
    case .magic:
      try magic(&input)
      return nil
    case .checksum:
      return try .end(checksum(&input))
    case .ended, .failed:
      return nil
    }
  }

  private mutating func betweenRecords(_ input: inout RDBInput) throws(RDBStop) -> RDBEvent? {
    let start = input.offset
    input.subject = "an opcode or a type"
    let first = try input.byte()
    if pendingOffset == nil { pendingOffset = start }
    guard let opcode = RDBOpcode(rawValue: first) else { return try key(first, at: start, &input) }
    var event: RDBEvent?
    switch opcode {
    case .expireSeconds:
      input.subject = "an expiry"
      pending.expireAt = Int64(try input.littleEndian(Int32.self)) * 1000
    case .expireMilliseconds:
      input.subject = "an expiry"
      pending.expireAt = try input.littleEndian(Int64.self)
    case .idle:
      input.subject = "an idle time"
      pending.eviction = .idle(seconds: try input.length())
    case .frequency:
      input.subject = "an access frequency"
      pending.eviction = .frequency(try input.byte())
    case .aux:
      input.subject = "an aux field"
      event = .aux(name: try input.stringBytes(), value: try input.stringBytes())
    case .selectDB:
      input.subject = "a database number"
      let index = try input.count()
      database = index
      event = .selectDB(index)
    case .resizeDB:
      input.subject = "a database size"
      event = .resizeDB(keys: try input.count(), expires: try input.count())
    case .function2:
      input.subject = "a function library"
      event = .function(try input.stringBytes())
    case .functionPreGA:
      throw input.failure(.unsupportedType, at: start, "Pre-release function format not supported")
    case .slotInfo:
      // Sizes of a cluster's slots; hints, meant to be ignored.
      input.subject = "slot information"
      for _ in 0..<3 { _ = try input.length() }
    case .slotImport:
      throw input.failure(.unsupportedType, at: start, "The RDB holds a slot import in progress, which needs cluster support")
    case .moduleAux:
      input.subject = "module data"
      state = .moduleAux(module: try moduleHeader(&input))
    case .end:
      state = version < RDBVersion.firstWithChecksum ? .ended : .checksum
      if version < RDBVersion.firstWithChecksum { event = .end(.absent) }
    }
    input.commit()
    switch opcode {
    case .expireSeconds, .expireMilliseconds, .idle, .frequency: break
    default: pendingOffset = nil
    }
    return event
  }

  private mutating func key(_ first: UInt8, at start: Int, _ input: inout RDBInput) throws(RDBStop) -> RDBEvent? {
    guard let type = RDBType(rawValue: first) else {
      throw input.failure(
        .unknownOpcode, at: start, "Unknown RDB encoding type \(first): an opcode or a value type was expected")
    }
    input.subject = "the name of a key"
    let name = try input.stringBytes()
    let header = KeyHeader(name: name, type: type, expireAt: pending.expireAt, eviction: pending.eviction)
    try checkSupport(header, at: start, &input)
    input.commit()
    pending = KeyHeader()
    pendingOffset = nil
    return try value(OpenKey(key: header, decoder: RDBValueDecoder(type, dividesStrings: true)), &input)
  }

  /// The value of a key, or the next part of it.
  private mutating func value(_ key: OpenKey, _ input: inout RDBInput) throws(RDBStop) -> RDBEvent? {
    var open = key
    input.subject = "the value"
    do throws(RDBStop) {
      let part = try open.decoder.decode(&input)
      input.commit()
      switch part {
      case .last(let value): return event(open.key, value, isLast: true)
      case .some(let value):
        state = .value(open)
        return event(open.key, value, isLast: false)
      }
    } catch {
      switch error {
      case .needsMore:
        state = .value(open)
        throw error
      case .failed(var failure):
        failure.message += ", in key '\(printable(open.key.name))', \(open.key.type.name(inValkey: isValkey))"
        throw .failed(failure)
      }
    }
  }

  private func event(_ key: KeyHeader, _ value: RDBValue, isLast: Bool) -> RDBEvent {
    .key(RDBKey(name: key.name, value: value, expireAt: key.expireAt, eviction: key.eviction, type: key.type, isLast: isLast))
  }

  private func checkSupport(_ key: KeyHeader, at start: Int, _ input: inout RDBInput) throws(RDBStop) {
    let what: String
    switch key.type {
    case .module2:
      what = "data of the module type '\(RDBReader.moduleName(try input.length()))', and no module is there that could load them"
    case .modulePreGA: what = "data of a module in a pre-release format"
    case .hashMetadataPreGA, .hashListpackTTLPreGA: what = key.type.name(inValkey: isValkey)
    default: return
    }
    throw input.failure(.unsupportedType, at: start, "The RDB holds \(what), in key '\(printable(key.name))'")
  }

  mutating func moduleAuxEnded() { state = .records }

  private mutating func magic(_ input: inout RDBInput) throws(RDBStop) {
    input.subject = "the magic and the version"
    let text = try input.slice(9)
    let redis = text.starts(with: "REDIS".utf8)
    let valkey = text.starts(with: "VALKEY".utf8)
    guard redis || valkey else {
      throw input.failure(
        .wrongMagic, at: 0, "Wrong signature trying to load DB from file: 'REDIS' was expected, '\(printable(text.prefix(5)))' is there")
    }
    guard let number = Int(String(decoding: text[(redis ? 5 : 6)...], as: UTF8.self)), number >= 0 else {
      throw input.failure(.wrongMagic, at: 5, "Wrong signature trying to load DB from file: '\(printable(text))' names no version")
    }
    guard (redis ? RDBVersion.redis : RDBVersion.valkey).contains(number) else {
      throw input.failure(
        .unsupportedVersion, at: 5,
        "Can't handle RDB format version \(number)\(valkey ? " of Valkey" : "") (1 to \(RDBVersion.redis.upperBound) can be read)")
    }
    version = number
    isValkey = valkey
    state = .records
    input.commit()
  }

  private mutating func checksum(_ input: inout RDBInput) throws(RDBStop) -> RDBChecksum {
    input.subject = "the checksum"
    let stored = try input.littleEndian(UInt64.self)
    defer {
      state = .ended
      // The buffer up to here is the RDB; what follows is somebody else's and is not to be added.
      checked = start + 8
    }
    guard stored != 0, options.verifiesChecksum else {
      input.commit()
      return .disabled
    }
    updateChecksum()
    guard stored == checksum.value else {
      throw input.failure(
        .checksumMismatch, at: input.offset - 8,
        "Wrong RDB checksum expected: (\(String(stored, radix: 16))) but got (\(String(checksum.value, radix: 16))). Aborting now.")
    }
    input.commit()
    return .verified
  }
}
