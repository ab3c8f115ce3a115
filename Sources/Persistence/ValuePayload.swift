package import TernEngine

/// A value by itself, as DUMP gives it and RESTORE takes it: type, value, version of the format (16 bits), CRC-64 of all of it.
package enum ValuePayload {
  package enum Refusal: Error, Hashable, Sendable {
    /// Redis: `DUMP payload version or checksum are wrong`.
    case versionOrChecksum
    /// Redis: `Bad data format`.
    case malformed(String)
  }

  private static let footerBytes = 10

  /// `writer` is a reused one, without anything pending.
  package static func encode(_ entry: Entry, with writer: inout RDBWriter) -> [UInt8] {
    writer.typeAndValue(of: entry)
    var payload = writer.takeChunk()
    withUnsafeBytes(of: UInt16(RDBVersion.written).littleEndian) { payload.append(contentsOf: $0) }
    var crc = CRC64()
    crc.update(payload)
    withUnsafeBytes(of: crc.value.littleEndian) { payload.append(contentsOf: $0) }
    return payload
  }

  /// Whether the footer is right.
  package static func verify(_ payload: UnsafeRawBufferPointer, skippingChecksum: Bool) -> Bool {
    guard payload.count > footerBytes else { return false }
    let version = UInt16(littleEndian: payload.loadUnaligned(fromByteOffset: payload.count - footerBytes, as: UInt16.self))
    guard Int(version) <= RDBVersion.redis.upperBound || RDBVersion.valkey.contains(Int(version)) else { return false }
    if skippingChecksum { return true }
    let stored = UInt64(littleEndian: payload.loadUnaligned(fromByteOffset: payload.count - 8, as: UInt64.self))
    var crc = CRC64()
    crc.update(UnsafeRawBufferPointer(rebasing: payload.dropLast(8)))
    return crc.value == stored
  }

  package enum Value {
    case string(RDBValue)
    case collection(CollectionValue)
  }

  /// The value of a payload whose footer is right. Throws what is wrong with it; nothing is left behind then.
  package static func decode(_ payload: UnsafeRawBufferPointer, _ engine: Engine) throws(Refusal) -> Value {
    guard payload.count > footerBytes, let type = RDBType(rawValue: payload[0]) else { throw .malformed("unknown type") }
    let body = UnsafeRawBufferPointer(rebasing: payload[1..<(payload.count - footerBytes)])
    var input = RDBInput(bytes: body, base: 1, stringBytesMax: Engine.valueBytesMax)
    var decoder = RDBValueDecoder(type)
    var builder: CollectionBuilder?
    while true {
      let part: RDBValueDecoder.Part
      do throws(RDBStop) {
        part = try decoder.decode(&input)
        input.commit()
      } catch {
        builder?.discard()
        switch error {
        case .needsMore: throw .malformed("the payload ends within the value")
        case .failed(let failure): throw .malformed("\(failure.message) (offset \(failure.offset))")
        }
      }
      let (value, isLast): (RDBValue, Bool) =
        switch part {
        case .last(let value): (value, true)
        case .some(let value): (value, false)
        }
      guard let collection = value.collectionType else { return .string(value) }
      if builder == nil { builder = CollectionBuilder(collection, engine) }
      guard builder?.append(value) == true else {
        builder?.discard()
        throw .malformed("an element comes twice, or contradicts another")
      }
      guard isLast else { continue }
      guard let finished = builder?.finish() else { throw .malformed("the value is empty") }
      return .collection(finished)
    }
  }
}
