internal import TernEngine

/// The checksum at the end of an RDB file: CRC-64 after Jones, reflected, without initial or final inversion.
///
/// Long runs are folded first where the processor multiplies polynomials (`PolynomialFold`). What is left, or everything, goes eight bytes a
/// step ("slicing by 8"): table k answers for a byte that k more bytes follow. One table alone costs a dependent load per byte, and the
/// checksum would then take more time than all the rest of writing a file.
package struct CRC64: Hashable, Sendable {
  package private(set) var value: UInt64

  package init(value: UInt64 = 0) { self.value = value }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= PolynomialFold.bytesMin, let fold = CRC64.fold else { return updateByTables(bytes) }
    let state = value
    value = 0
    let folded = fold.fold(bytes, state: state) { updateByTables($0) }
    updateByTables(UnsafeRawBufferPointer(rebasing: bytes[folded...]))
  }

  private static let fold = PolynomialFold(polynomial: polynomial)

  mutating func updateByTables(_ bytes: UnsafeRawBufferPointer) {
    value = CRC64.tables.withUnsafeBufferPointer { tables in
      var crc = value
      var i = 0
      while i + 8 <= bytes.count {
        crc ^= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self))
        crc =
          tables[7 << 8 | Int(crc & 0xff)] ^ tables[6 << 8 | Int(crc >> 8 & 0xff)]
          ^ tables[5 << 8 | Int(crc >> 16 & 0xff)] ^ tables[4 << 8 | Int(crc >> 24 & 0xff)]
          ^ tables[3 << 8 | Int(crc >> 32 & 0xff)] ^ tables[2 << 8 | Int(crc >> 40 & 0xff)]
          ^ tables[1 << 8 | Int(crc >> 48 & 0xff)] ^ tables[Int(crc >> 56)]
        i += 8
      }
      while i < bytes.count {
        crc = tables[Int((crc ^ UInt64(bytes[i])) & 0xff)] ^ crc >> 8
        i += 1
      }
      return crc
    }
  }

  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Jones's polynomial 0xad93d23594c935a9 with its bits reversed.
  private static let polynomial: UInt64 = 0x95ac_9329_ac4b_c9b5

  private static let tables: [UInt64] = {
    var tables = [UInt64](repeating: 0, count: 8 << 8)
    for byte in 0..<256 {
      var crc = UInt64(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1 }
      tables[byte] = crc
    }
    for index in 256..<tables.count {
      let previous = tables[index - 256]
      tables[index] = tables[Int(previous & 0xff)] ^ previous >> 8
    }
    return tables
  }()
}
