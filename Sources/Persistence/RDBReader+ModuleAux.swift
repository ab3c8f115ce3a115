/// Data that a module keeps beside the keys: its id, when it was saved, then values that each begin with their kind. Nobody here
/// understands them, but their shape is known, so they can be stepped over, one at a time.
extension RDBReader {
  private enum Kind: UInt64 {
    case end = 0
    case signedInteger = 1
    case unsignedInteger = 2
    case float = 3
    case double = 4
    case string = 5
  }

  /// The module's name.
  mutating func moduleHeader(_ input: inout RDBInput) throws(RDBStop) -> String {
    let id = try input.length()
    let start = input.offset
    guard try input.length() == Kind.unsignedInteger.rawValue else {
      throw input.failure(.malformed, at: start, "The module data of '\(RDBReader.moduleName(id))' does not begin with its time of saving")
    }
    _ = try input.length()
    return RDBReader.moduleName(id)
  }

  /// Steps over one value; an event after the last.
  mutating func moduleAux(_ module: String, _ input: inout RDBInput) throws(RDBStop) -> RDBEvent? {
    let start = input.offset
    input.subject = "module data"
    let number = try input.length()
    guard let kind = Kind(rawValue: number) else {
      throw input.failure(.malformed, at: start, "The module data of '\(module)' holds a value of unknown kind \(number)")
    }
    switch kind {
    case .end: break
    case .signedInteger, .unsignedInteger: _ = try input.length()
    case .float: _ = try input.littleEndian(UInt32.self)
    case .double: _ = try input.littleEndian(UInt64.self)
    case .string: _ = try input.stringBytes()
    }
    input.commit()
    guard kind == .end else { return nil }
    moduleAuxEnded()
    return .moduleAux(module: module)
  }

  /// Nine characters of six bits each, from the top; the lowest ten bits are a version.
  static func moduleName(_ id: UInt64) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    let characters = (0..<9).map { alphabet[Int(id >> UInt64(58 - 6 * $0) & 63)] }
    return String(decoding: characters, as: UTF8.self)
  }
}
