internal import TernEngine

/// What a command answers, where no narrower type fits. As RESP3 knows it.
public indirect enum Reply: Hashable, Sendable {
  case null
  case integer(Int)
  case double(Double)
  case boolean(Bool)
  case bytes(Bytes)
  case array([Reply])
  case map([Pair])
  case set([Reply])

  /// An entry of a ``map(_:)``, in the order in which the command answered.
  public struct Pair: Hashable, Sendable {
    public var key: Reply
    public var value: Reply
    public init(key: Reply, value: Reply) {
      self.key = key
      self.value = value
    }
  }

  public var isNull: Bool { self == .null }

  /// The bytes of a string; a number's digits; nil for everything else.
  public var bytes: Bytes? {
    switch self {
    case .bytes(let bytes): bytes
    case .integer(let value): Bytes(value)
    case .double(let value): Bytes(value)
    default: nil
    }
  }

  /// A string's text; see ``Bytes``.
  public var string: String? { bytes.map { String($0) } }

  /// An integer, or a string of digits.
  public var integer: Int? {
    if case .integer(let value) = self { return value }
    if case .boolean(let value) = self { return value ? 1 : 0 }
    return bytes?.as(Int.self)
  }

  public var double: Double? {
    if case .double(let value) = self { return value }
    return bytes?.as(Double.self)
  }

  /// The elements of an array or a set; a map's keys and values in turn.
  public var elements: [Reply]? {
    switch self {
    case .array(let elements), .set(let elements): elements
    case .map(let pairs): pairs.flatMap { [$0.key, $0.value] }
    default: nil
    }
  }

  public subscript(index: Int) -> Reply {
    guard let elements, elements.indices.contains(index) else { return .null }
    return elements[index]
  }

  /// A map's value; of an array of names and values in turn as well.
  public subscript(name: String) -> Reply {
    let name = Reply.bytes(Bytes(name))
    if case .map(let pairs) = self { return pairs.first { $0.key == name }?.value ?? .null }
    guard let elements else { return .null }
    for i in stride(from: 0, to: elements.count - 1, by: 2) where elements[i] == name { return elements[i + 1] }
    return .null
  }
}

extension Reply {
  init(_ value: RESPValue) {
    switch value {
    case .null: self = .null
    case .integer(let value): self = .integer(Int(value))
    case .double(let value): self = .double(value)
    case .boolean(let value): self = .boolean(value)
    case .simpleString(let bytes), .bulkString(let bytes), .bigNumber(let bytes), .verbatim(_, let bytes), .error(let bytes):
      self = .bytes(Bytes(bytes))
    case .array(let elements), .push(let elements): self = .array(elements.map { Reply($0) })
    case .set(let elements): self = .set(elements.map { Reply($0) })
    case .map(let pairs): self = .map(pairs.map { Pair(key: Reply($0.key), value: Reply($0.value)) })
    }
  }
}

/// How replies become what the typed commands return.
extension Reply {
  private func unexpected(_ wanted: String) -> TernError { TernError(.notConvertible, "the reply is no \(wanted): \(self)") }

  func asInteger() throws(TernError) -> Int {
    guard let integer else { throw unexpected("integer") }
    return integer
  }
  func asBytes() throws(TernError) -> Bytes {
    guard let bytes else { throw unexpected("string") }
    return bytes
  }
  func asDouble() throws(TernError) -> Double {
    guard let double else { throw unexpected("number") }
    return double
  }
  func asArray() throws(TernError) -> [Reply] {
    if isNull { return [] }
    guard let elements else { throw unexpected("array") }
    return elements
  }

  func asOptionalInteger() throws(TernError) -> Int? { isNull ? nil : try asInteger() }
  func asOptionalBytes() throws(TernError) -> Bytes? { isNull ? nil : try asBytes() }
  func asOptionalDouble() throws(TernError) -> Double? { isNull ? nil : try asDouble() }

  func asBytesArray() throws(TernError) -> [Bytes] {
    var all: [Bytes] = []
    for element in try asArray() { all.append(try element.asBytes()) }
    return all
  }
  func asOptionalBytesArray() throws(TernError) -> [Bytes?] {
    var all: [Bytes?] = []
    for element in try asArray() { all.append(try element.asOptionalBytes()) }
    return all
  }
  func asOptionalDoubleArray() throws(TernError) -> [Double?] {
    var all: [Double?] = []
    for element in try asArray() { all.append(try element.asOptionalDouble()) }
    return all
  }
  func asIntegerArray() throws(TernError) -> [Int] {
    var all: [Int] = []
    for element in try asArray() { all.append(try element.asInteger()) }
    return all
  }
  func asDictionary() throws(TernError) -> [Bytes: Bytes] {
    let elements = try asArray()
    var all: [Bytes: Bytes] = [:]
    for i in stride(from: 0, to: elements.count - 1, by: 2) { all[try elements[i].asBytes()] = try elements[i + 1].asBytes() }
    return all
  }
}
