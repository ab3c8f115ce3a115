internal import CTern

/// A member of a large sorted set in its tree: the score, and the entry of the field table that holds the member (and the score again).
/// Ordered by score, members of one score by their bytes.
struct ScoredItem: TreeItem {
  let score: Double
  let entry: Block
  var weight: Int { @inline(__always) get { 1 } }

  @inline(__always)
  init(score: Double, entry: Block) {
    self.score = score
    self.entry = entry
  }

  @inline(__always) var member: UnsafeRawBufferPointer { Entry(entry).keyBytes }

  @inline(__always)
  func isLess(than score: Double, _ member: UnsafeRawBufferPointer) -> Bool {
    if self.score != score { return self.score < score }
    return compareBytes(self.member, member) < 0
  }
}

/// As memcmp does it; the shorter one first when it begins the longer.
@inline(__always)
func compareBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
  let shorter = min(a.count, b.count)
  if shorter > 0, let left = a.baseAddress, let right = b.baseAddress {
    let order = Int(tern_memcmp(left, right, shorter))
    if order != 0 { return order }
  }
  return a.count &- b.count
}

/// Scores as text, in Redis's form: `%.17g`, and plain digits for whole numbers.
enum ScoreText {
  static let bytesMax = 40

  /// The score as an integer, where its text is that integer's. Not beyond 2^53.
  @inline(__always)
  static func integer(_ score: Double) -> Int64? {
    guard let integer = Int64(exactly: score), integer.magnitude < 1 << 53 else { return nil }
    return integer
  }

  /// Writes up to `bytesMax` bytes, and returns how many.
  @inline(__always)
  static func write(_ score: Double, to out: UnsafeMutableRawPointer) -> Int {
    if let integer = integer(score), integer != 0 || score.sign == .plus { return Decimal.write(integer, to: out) }
    return Int(tern_format_double(score, out.assumingMemoryBound(to: CChar.self)))
  }

  /// `body` gets the text, valid while it runs.
  @inline(__always)
  static func with<R>(_ score: Double, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    withUnsafeTemporaryAllocation(byteCount: bytesMax, alignment: 8) { out in
      guard let base = out.baseAddress else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
      return body(UnsafeRawBufferPointer(start: base, count: write(score, to: base)))
    }
  }

  /// `body` gets the score as a listpack keeps it. As in Redis, whole numbers up to 2^62 are integers there, and `-0` is 0.
  @inline(__always)
  static func withValue<R>(_ score: Double, _ body: (ListpackValue) -> R) -> R {
    if let integer = Int64(exactly: score), integer.magnitude <= 1 << 62 { return body(ListpackValue(integer)) }
    return with(score) { body(ListpackValue($0)) }
  }

  /// The score that a listpack's element says; 0 where it says none.
  @inline(__always)
  static func score(_ element: ListpackElement) -> Double {
    switch element {
    case .integer(let value): return Double(value)
    case .bytes(let bytes): return parse(bytes) ?? 0
    }
  }

  /// All of the bytes as a number, `inf` and `-inf` allowed, as ZADD reads scores. Nil for what is none, and for NaN.
  @inline(__always)
  static func parse(_ text: UnsafeRawBufferPointer) -> Double? {
    parseShort(text) ?? parseSlowly(text)
  }

  /// Digits and a point, few enough that digits and power of ten are exact in a double: then one division rounds as strtod does (Clinger,
  /// 1990). Nil for whatever needs strtod.
  @inline(__always)
  private static func parseShort(_ text: UnsafeRawBufferPointer) -> Double? {
    guard text.count <= 18, text.count > 0 else { return nil }
    var i = text[0] == UInt8(ascii: "-") ? 1 : 0
    var digits: UInt64 = 0
    var hasDigits = false
    var power = 1.0
    var isFraction = false
    while i < text.count {
      let byte = text[i]
      i &+= 1
      if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
        continue
      }
      guard byte &- 48 <= 9 else { return nil }
      digits = digits &* 10 &+ UInt64(byte &- 48)
      hasDigits = true
      if isFraction { power *= 10 }
    }
    guard hasDigits, digits <= 1 << 53 else { return nil }
    let value = Double(digits) / power
    return text[0] == UInt8(ascii: "-") ? -value : value
  }

  @inline(never)
  private static func parseSlowly(_ text: UnsafeRawBufferPointer) -> Double? {
    // The longest text that a double needs has 767 digits; nobody writes more but to see what happens.
    guard text.count > 0, text.count < 5120, let source = text.baseAddress else { return nil }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      guard let base = copy.baseAddress else { return nil }
      UnsafeMutableRawPointer(base).copyMemory(from: source, byteCount: text.count)
      base[text.count] = 0
      var value = 0.0
      return tern_parse_double(base, text.count, &value) == 0 ? value : nil
    }
  }

  /// A border of a range, as strtod reads it: blanks before the number are allowed, nothing at all is 0, and what lies behind a NUL is
  /// not seen. Nil for what is no number.
  static func parseBorder(_ text: UnsafeRawBufferPointer) -> Double? {
    if let value = parseShort(text) { return value }
    guard text.count < 5120 else { return nil }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      guard let base = copy.baseAddress else { return nil }
      if let source = text.baseAddress { UnsafeMutableRawPointer(base).copyMemory(from: source, byteCount: text.count) }
      base[text.count] = 0
      var value = 0.0
      return tern_parse_border(base, &value) == 0 ? value : nil
    }
  }
}

/// A range of scores; a border that is exclusive does not belong to it.
struct ScoreRange {
  var min: Double
  var max: Double
  var excludesMin = false
  var excludesMax = false

  @inline(__always) func isBelow(_ score: Double) -> Bool { excludesMin ? score <= min : score < min }
  @inline(__always) func isAbove(_ score: Double) -> Bool { excludesMax ? score >= max : score > max }
  /// No score can be in it.
  @inline(__always) var isEmpty: Bool { min > max || (min == max && (excludesMin || excludesMax)) }
}

/// A range of members by their bytes, for sets whose members have one score.
struct LexRange {
  enum Border {
    case lowest
    case highest
    case inclusive(UnsafeRawBufferPointer)
    case exclusive(UnsafeRawBufferPointer)
  }
  var min: Border
  var max: Border

  @inline(__always)
  func isBelow(_ member: UnsafeRawBufferPointer) -> Bool {
    switch min {
    case .lowest: false
    case .highest: true
    case .inclusive(let bytes): compareBytes(member, bytes) < 0
    case .exclusive(let bytes): compareBytes(member, bytes) <= 0
    }
  }

  @inline(__always)
  func isAbove(_ member: UnsafeRawBufferPointer) -> Bool {
    switch max {
    case .lowest: true
    case .highest: false
    case .inclusive(let bytes): compareBytes(member, bytes) > 0
    case .exclusive(let bytes): compareBytes(member, bytes) >= 0
    }
  }

  /// No member can be in it.
  var isEmpty: Bool {
    switch (min, max) {
    case (.highest, _), (_, .lowest): return true
    case (.lowest, _), (_, .highest): return false
    case (.inclusive(let a), .inclusive(let b)): return compareBytes(a, b) > 0
    case (.inclusive(let a), .exclusive(let b)), (.exclusive(let a), .inclusive(let b)), (.exclusive(let a), .exclusive(let b)):
      return compareBytes(a, b) >= 0
    }
  }
}
