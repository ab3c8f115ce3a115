#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How values of the program's own types become bytes and come back. One for a node (``Node/Configuration/coder``); JSON by default.
public protocol ValueCoder: Sendable {
  /// Called before the node's lock is taken.
  func encode(_ value: some Encodable) throws -> [UInt8]
  /// Called behind the node's lock.
  func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value
}

/// JSON: keys sorted, so that equal values are equal bytes; dates as ISO 8601.
public struct JSONValueCoder: ValueCoder {
  public init() {}

  public func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return try Array(encoder.encode(value))
  }

  public func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try decoder.decode(type, from: Data(bytes))
  }
}

extension ValueCoder where Self == JSONValueCoder {
  public static var json: JSONValueCoder { JSONValueCoder() }
}

extension ValueCoder {
  func bytes(of value: some Encodable) throws(TernError) -> Bytes {
    do { return Bytes(try encode(value)) } catch { throw TernError(.notEncodable, "\(type(of: value)): \(error)") }
  }

  func value<Value: Decodable>(_ type: Value.Type, in bytes: Bytes, at key: Bytes) throws(TernError) -> Value {
    do { return try decode(type, from: bytes.array) } catch {
      throw TernError(.notConvertible, "the value at '\(key)' is no \(Value.self): \(error)")
    }
  }
}
