internal import TernEngine

/// A key, a value or a part of one as it lies in the keyspace: any bytes.
public struct Bytes: Hashable, Sendable, RandomAccessCollection, ExpressibleByStringLiteral, CustomStringConvertible {
  public var array: [UInt8]

  public init(_ array: [UInt8]) { self.array = array }
  /// The bytes of whatever can show them: a text's UTF-8, a number's decimal digits.
  public init(_ value: some KeyspaceBytes) { array = value.withKeyspaceBytes { Array($0) } }
  public init(stringLiteral value: String) { array = Array(value.utf8) }

  public var startIndex: Int { 0 }
  public var endIndex: Int { array.count }
  public subscript(position: Int) -> UInt8 { array[position] }

  /// As text; bytes that are not UTF-8 and control characters are shown as `\x00`.
  public var description: String { printable(array) }

  /// What the bytes mean as a `Value`: nil if they mean none.
  public func `as`<Value: KeyspaceValue>(_ type: Value.Type) -> Value? { array.withUnsafeBytes { Value(keyspaceBytes: $0) } }
}

extension Bytes: KeyspaceValue {
  public func withKeyspaceBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try array.withKeyspaceBytes(body)
  }

  public init(keyspaceBytes bytes: UnsafeRawBufferPointer) { array = Array(bytes) }
}

extension String {
  /// The bytes as UTF-8; what is none becomes U+FFFD. To tell them apart: ``Bytes/as(_:)``.
  public init(_ bytes: Bytes) { self.init(decoding: bytes.array, as: UTF8.self) }
}
