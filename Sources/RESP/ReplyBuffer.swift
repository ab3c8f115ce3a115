internal import CTern

/// Where replies are written: a growable run of bytes that speaks RESP2 or RESP3.
///
/// A handle, so that handlers can pass it on for nothing; copies write into the same bytes. Made with `init`, given back with `destroy`.
package struct ReplyBuffer: @unchecked Sendable {
  private struct State {
    var base: UnsafeMutableRawPointer
    var count = 0
    var capacity: Int
    var isRESP3 = false
    /// Replies are not written while this is set (CLIENT REPLY OFF and SKIP, the link from the primary).
    var isMuted = false
    var errorCount = 0
  }

  private let state: UnsafeMutablePointer<State>

  package init(capacity: Int = 512) {
    state = .allocate(capacity: 1)
    state.initialize(to: State(base: .allocate(byteCount: capacity, alignment: 16), capacity: capacity))
  }

  package func destroy() {
    state.pointee.base.deallocate()
    state.deallocate()
  }

  @inline(__always) package var count: Int { state.pointee.count }
  @inline(__always) package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: state.pointee.base, count: count) }
  package var capacity: Int { state.pointee.capacity }
  /// How many error replies were written so far; what tells that a command failed.
  @inline(__always) package var errorCount: Int { state.pointee.errorCount }

  @inline(__always) package var isRESP3: Bool {
    get { state.pointee.isRESP3 }
    nonmutating set { state.pointee.isRESP3 = newValue }
  }
  @inline(__always) package var isMuted: Bool {
    get { state.pointee.isMuted }
    nonmutating set { state.pointee.isMuted = newValue }
  }

  /// Writes even if the buffer is muted: pushes reach a client that wants no replies.
  package func unmuted(_ body: () -> Void) {
    let wasMuted = isMuted
    isMuted = false
    body()
    isMuted = wasMuted
  }

  /// Forgets the bytes, and the memory too if it grew past `keeping`.
  package func removeAll(keeping: Int = 64 << 10) {
    state.pointee.count = 0
    if state.pointee.capacity > keeping {
      state.pointee.base.deallocate()
      state.pointee.base = .allocate(byteCount: 512, alignment: 16)
      state.pointee.capacity = 512
    }
  }

  package func truncate(to count: Int) { state.pointee.count = min(state.pointee.count, max(0, count)) }

  /// Exchanges the bytes (not the protocol) with another buffer: how a driver takes the output while it holds the lock, O(1).
  package func exchangeBytes(with other: ReplyBuffer) {
    swap(&state.pointee.base, &other.state.pointee.base)
    swap(&state.pointee.count, &other.state.pointee.count)
    swap(&state.pointee.capacity, &other.state.pointee.capacity)
  }

  // MARK: raw bytes

  @inline(__always)
  func ensure(_ bytes: Int) {
    if state.pointee.capacity &- state.pointee.count < bytes { grow(bytes) }
  }

  @inline(never)
  private func grow(_ bytes: Int) {
    let capacity = max(state.pointee.capacity * 2, state.pointee.count + bytes)
    let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    base.copyMemory(from: state.pointee.base, byteCount: state.pointee.count)
    state.pointee.base.deallocate()
    state.pointee.base = base
    state.pointee.capacity = capacity
  }

  /// The caller has ensured the room.
  @inline(__always)
  private func put(_ byte: UInt8) {
    (state.pointee.base + state.pointee.count).storeBytes(of: byte, as: UInt8.self)
    state.pointee.count &+= 1
  }
  @inline(__always)
  private func putDecimal(_ value: Int64) {
    state.pointee.count &+= Decimal.write(value, to: state.pointee.base + state.pointee.count)
  }
  @inline(__always)
  private func putNewline() {
    (state.pointee.base + state.pointee.count).storeBytes(of: 0x0a0d, as: UInt16.self)
    state.pointee.count &+= 2
  }
  @inline(__always)
  private func putBytes(_ bytes: UnsafeRawPointer, _ count: Int) {
    (state.pointee.base + state.pointee.count).copyMemory(from: bytes, byteCount: count)
    state.pointee.count &+= count
  }

  @inline(__always)
  package func raw(_ text: StaticString) {
    if state.pointee.isMuted { return }
    ensure(text.utf8CodeUnitCount)
    putBytes(text.utf8Start, text.utf8CodeUnitCount)
  }
  package func raw(_ bytes: UnsafeRawBufferPointer) {
    guard !state.pointee.isMuted, let base = bytes.baseAddress else { return }
    ensure(bytes.count)
    putBytes(base, bytes.count)
  }
  package func raw(_ bytes: some Collection<UInt8>) {
    if bytes.withContiguousStorageIfAvailable({ raw(UnsafeRawBufferPointer($0)) }) == nil {
      Array(bytes).withUnsafeBytes { raw($0) }
    }
  }

  // MARK: replies

  @inline(__always)
  private func header(_ type: StaticString, _ value: Int64) {
    if state.pointee.isMuted { return }
    ensure(32)
    put(type.utf8Start.pointee)
    putDecimal(value)
    putNewline()
  }

  @inline(__always) package func ok() { raw("+OK\r\n") }
  package func queued() { raw("+QUEUED\r\n") }

  package func simple(_ text: StaticString) {
    raw("+")
    raw(text)
    raw("\r\n")
  }
  package func simple(_ text: some StringProtocol) {
    raw("+")
    raw(Array(text.utf8))
    raw("\r\n")
  }

  /// The line of an error, code word first; line breaks in it become spaces, as they would break the protocol.
  package func error(_ line: some StringProtocol) {
    state.pointee.errorCount &+= 1
    raw("-")
    raw(line.utf8.map { $0 == 13 || $0 == 10 ? 32 : $0 })
    raw("\r\n")
  }

  /// As above, for a line that need not be UTF-8.
  package func error(bytes line: [UInt8]) {
    state.pointee.errorCount &+= 1
    raw("-")
    raw(line.map { $0 == 13 || $0 == 10 ? 32 : $0 })
    raw("\r\n")
  }

  @inline(__always) package func integer(_ value: Int64) { header(":", value) }
  @inline(__always) package func integer(_ value: Int) { header(":", Int64(value)) }

  @inline(__always)
  package func bulk(_ bytes: UnsafeRawPointer, _ count: Int) {
    if state.pointee.isMuted { return }
    ensure(count &+ 32)
    put(UInt8(ascii: "$"))
    putDecimal(Int64(count))
    putNewline()
    putBytes(bytes, count)
    putNewline()
  }
  package func bulk(_ bytes: UnsafeRawBufferPointer) {
    if let base = bytes.baseAddress { bulk(base, bytes.count) } else { raw("$0\r\n\r\n") }
  }
  package func bulk(_ bytes: [UInt8]) { bytes.withUnsafeBytes { bulk($0) } }
  package func bulk(_ text: some StringProtocol) {
    var text = String(text)
    text.withUTF8 { bulk(UnsafeRawBufferPointer($0)) }
  }
  package func bulk(_ text: StaticString) { bulk(UnsafeRawPointer(text.utf8Start), text.utf8CodeUnitCount) }

  /// An integer as a bulk string.
  @inline(__always)
  package func bulk(integer value: Int64) {
    if state.pointee.isMuted { return }
    ensure(64)
    let digits = Decimal.digitCount(value.magnitude) &+ (value < 0 ? 1 : 0)
    put(UInt8(ascii: "$"))
    putDecimal(Int64(digits))
    putNewline()
    putDecimal(value)
    putNewline()
  }

  /// `$-1` or `_`.
  @inline(__always) package func null() { if state.pointee.isRESP3 { raw("_\r\n") } else { raw("$-1\r\n") } }
  /// `*-1` or `_`.
  package func nullArray() { if isRESP3 { raw("_\r\n") } else { raw("*-1\r\n") } }

  @inline(__always) package func array(_ count: Int) { header("*", Int64(count)) }
  /// A map of `count` pairs; in RESP2 an array of twice as many.
  package func map(_ count: Int) { if isRESP3 { header("%", Int64(count)) } else { header("*", Int64(count * 2)) } }
  package func set(_ count: Int) { if isRESP3 { header("~", Int64(count)) } else { header("*", Int64(count)) } }
  package func push(_ count: Int) { if isRESP3 { header(">", Int64(count)) } else { header("*", Int64(count)) } }
  package func boolean(_ value: Bool) {
    if isRESP3 { raw(value ? "#t\r\n" : "#f\r\n") } else { integer(value ? 1 : 0) }
  }

  /// `%.17g`, `inf` and `-inf`, as Redis prints doubles.
  package func double(_ value: Double) {
    // Whole numbers are printed by their digits, which costs a tenth of printf.
    if let integer = Int64(exactly: value), integer.magnitude < 1 << 53, integer != 0 || value.sign == .plus {
      if isRESP3 { header(",", integer) } else { bulk(integer: integer) }
      return
    }
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { out in
      guard let base = out.baseAddress else { return }
      let text = UnsafeRawBufferPointer(start: base, count: Int(tern_format_double(value, base)))
      guard isRESP3 else { return bulk(text) }
      raw(",")
      raw(text)
      raw("\r\n")
    }
  }

  package func verbatim(_ text: some StringProtocol, format: StaticString = "txt") {
    guard isRESP3 else { return bulk(text) }
    let bytes = Array(text.utf8)
    header("=", Int64(bytes.count + 4))
    raw(format)
    raw(":")
    raw(bytes)
    raw("\r\n")
  }

  /// Any value, in this buffer's protocol.
  package func value(_ value: RESPValue) {
    switch value {
    case .simpleString(let bytes): simple(String(decoding: bytes, as: UTF8.self))
    case .error(let line): error(String(decoding: line, as: UTF8.self))
    case .integer(let value): integer(value)
    case .bulkString(let bytes): bulk(bytes)
    case .null: null()
    case .array(let elements):
      array(elements.count)
      for element in elements { self.value(element) }
    case .set(let elements):
      set(elements.count)
      for element in elements { self.value(element) }
    case .push(let elements):
      push(elements.count)
      for element in elements { self.value(element) }
    case .map(let pairs):
      map(pairs.count)
      for pair in pairs {
        self.value(pair.key)
        self.value(pair.value)
      }
    case .double(let value): double(value)
    case .boolean(let value): boolean(value)
    case .bigNumber(let digits):
      if isRESP3 {
        raw("(")
        raw(digits)
        raw("\r\n")
      } else {
        bulk(digits)
      }
    case .verbatim(_, let text): verbatim(String(decoding: text, as: UTF8.self))
    }
  }
}
