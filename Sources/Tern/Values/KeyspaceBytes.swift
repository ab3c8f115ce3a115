/// What can name a key or be a value: anything that can show its bytes.
public protocol KeyspaceBytes {
  /// Calls `body` with the bytes, which are valid during the call only.
  func withKeyspaceBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R
}

/// What can be read back from a value's bytes.
public protocol KeyspaceValue: KeyspaceBytes {
  /// Nil if the bytes do not mean a value of this type.
  init?(keyspaceBytes: UnsafeRawBufferPointer)
}

extension String: KeyspaceValue {
  public func withKeyspaceBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    var text = self
    // withUTF8 does not pass typed errors on.
    let result = text.withUTF8 { bytes in Result { () throws(E) in try body(UnsafeRawBufferPointer(bytes)) } }
    return try result.get()
  }

  /// Nil for bytes that are not UTF-8.
  public init?(keyspaceBytes bytes: UnsafeRawBufferPointer) { self.init(validating: bytes, as: UTF8.self) }
}

extension [UInt8]: KeyspaceBytes, KeyspaceValue {
  public func withKeyspaceBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try withUnsafeBufferPointer { bytes throws(E) in try body(UnsafeRawBufferPointer(bytes)) }
  }

  public init(keyspaceBytes bytes: UnsafeRawBufferPointer) { self.init(bytes) }
}

/// Integers and floating-point numbers are decimal text, as Redis keeps them.
extension KeyspaceValue where Self: LosslessStringConvertible {
  fileprivate func withText<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try description.withKeyspaceBytes(body)
  }

  fileprivate init?(text bytes: UnsafeRawBufferPointer) {
    guard let text = String(keyspaceBytes: bytes) else { return nil }
    self.init(text)
  }
}

extension Int: KeyspaceValue {
  public func withKeyspaceBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R { try withText(body) }
  public init?(keyspaceBytes bytes: UnsafeRawBufferPointer) { self.init(text: bytes) }
}

extension Int64: KeyspaceValue {
  public func withKeyspaceBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R { try withText(body) }
  public init?(keyspaceBytes bytes: UnsafeRawBufferPointer) { self.init(text: bytes) }
}

extension Double: KeyspaceValue {
  public func withKeyspaceBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R { try withText(body) }
  public init?(keyspaceBytes bytes: UnsafeRawBufferPointer) { self.init(text: bytes) }
}
