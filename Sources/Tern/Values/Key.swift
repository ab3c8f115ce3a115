/// A key that says what lies at it: `let key: Key<Session> = "session:\(id)"`. Values are encoded by the node's ``ValueCoder``.
public struct Key<Value>: Hashable, Sendable, KeyspaceBytes, ExpressibleByStringInterpolation, CustomStringConvertible {
  public var name: Bytes

  public init(_ name: some KeyspaceBytes) { self.name = Bytes(name) }
  public init(stringLiteral value: String) { name = Bytes(value) }

  public var description: String { name.description }

  public func withKeyspaceBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try name.withKeyspaceBytes(body)
  }
}

/// The keys of one part of a program: `let sessions = Namespace("shop", "session")`, then `sessions.key(id, holding: Session.self)`.
public struct Namespace: Hashable, Sendable {
  /// With its colon: `shop:session:`.
  public let prefix: Bytes

  public init(_ names: String...) { prefix = Bytes(names.map { $0 + ":" }.joined()) }
  private init(prefix: Bytes) { self.prefix = prefix }

  /// A namespace within this one.
  public func namespace(_ name: String) -> Namespace { Namespace(prefix: Bytes(prefix.array + Array("\(name):".utf8))) }

  public func key<Value>(_ name: some KeyspaceBytes, holding type: Value.Type = Value.self) -> Key<Value> {
    Key(Bytes(prefix.array + Bytes(name).array))
  }

  public subscript(name: some KeyspaceBytes) -> Bytes { Bytes(prefix.array + Bytes(name).array) }

  /// A pattern for all keys of this namespace; what is special in a pattern is taken literally.
  public var pattern: Bytes {
    let special = Array("*?[]^\\-".utf8)
    return Bytes(prefix.array.flatMap { special.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] } + [UInt8(ascii: "*")])
  }
}

/// Values of the program's own types, one by one.
extension Node {
  /// The value at `key`, nil if there is none.
  ///
  /// - Throws: ``TernError/Code/notConvertible`` if the ``ValueCoder`` cannot read it, ``TernError/Code/wrongType``.
  public func get<Value: Decodable>(_ key: Key<Value>) throws(TernError) -> Value? {
    let bytes: Bytes? = try get(key, as: Bytes.self)
    guard let bytes else { return nil }
    return try coder.value(Value.self, in: bytes, at: key.name)
  }

  /// Sets `key` to `value`. Encoding happens before the lock is taken.
  ///
  /// - Throws: ``TernError/Code/notEncodable``.
  public func set<Value: Encodable>(_ key: Key<Value>, _ value: Value, expiresIn lifetime: Duration? = nil) throws(TernError) {
    try set(key, coder.bytes(of: value), expiresIn: lifetime)
  }

  /// Reads, changes and writes the value at `key` as one transaction; `nil` takes it out. Returns the new value.
  @discardableResult
  public func update<Value: Codable>(
    _ key: Key<Value>, _ change: (inout Value?) throws -> Void
  ) throws -> Value? {
    try write { db in
      var value = try db.get(key)
      try change(&value)
      if let value { try db.set(key, value) } else { db.delete(key) }
      return value
    }
  }
}

extension Reader {
  /// See ``Node/get(_:)``. Decoding happens under the lock: keep values small, or read ``Bytes`` and decode behind the closure.
  public borrowing func get<Value: Decodable>(_ key: Key<Value>) throws(TernError) -> Value? {
    let bytes: Bytes? = try get(key, as: Bytes.self)
    guard let bytes else { return nil }
    return try coder.value(Value.self, in: bytes, at: key.name)
  }
}

extension Writer {
  /// See ``Reader/get(_:)``.
  public borrowing func get<Value: Decodable>(_ key: Key<Value>) throws(TernError) -> Value? {
    let bytes: Bytes? = try get(key, as: Bytes.self)
    guard let bytes else { return nil }
    return try coder.value(Value.self, in: bytes, at: key.name)
  }

  /// See ``Node/set(_:_:expiresIn:)``.
  public borrowing func set<Value: Encodable>(_ key: Key<Value>, _ value: Value, expiresIn lifetime: Duration? = nil) throws(TernError) {
    try set(key, coder.bytes(of: value), expiresIn: lifetime)
  }
}
