import Testing

@testable import TernPersistence

@Suite struct CRC64Tests {
  @Test func `the checksum of nine digits is the one that is published for Jones's polynomial`() {
    var crc = CRC64()
    crc.update(Array("123456789".utf8))
    #expect(crc.value == 0xe9c6_d914_c4b8_d9ca)
  }

  @Test func `the checksum does not depend on where the bytes were divided`() {
    var random = SeededGenerator(seed: 1)
    let bytes = (0..<1000).map { _ in UInt8.random(in: 0...255, using: &random) }
    var whole = CRC64()
    whole.update(bytes)
    for step in [1, 3, 7, 8, 9, 64, 999] {
      var crc = CRC64()
      for begin in stride(from: 0, to: bytes.count, by: step) { crc.update(Array(bytes[begin..<min(begin + step, bytes.count)])) }
      #expect(crc == whole)
    }
  }

  @Test func `runs of every length have the checksum that the tables give`() {
    var random = SeededGenerator(seed: 2)
    let bytes = (0..<700).map { _ in UInt8.random(in: 0...255, using: &random) }
    for count in 0...bytes.count {
      for start in [0, 1, 7] where start <= count {
        var folded = CRC64(value: UInt64(count) &* 0x9E37_79B9_7F4A_7C15)
        var tables = folded
        bytes.withUnsafeBytes { bytes in
          folded.update(UnsafeRawBufferPointer(rebasing: bytes[start..<count]))
          tables.updateByTables(UnsafeRawBufferPointer(rebasing: bytes[start..<count]))
        }
        #expect(folded == tables)
      }
    }
  }
}

@Suite struct LZFTests {
  static func compress(_ bytes: [UInt8], with compressor: inout LZFCompressor, capacity: Int? = nil) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: capacity ?? bytes.count * 33 / 32 + 8)
    let count = bytes.withUnsafeBytes { input in output.withUnsafeMutableBytes { compressor.compress(input, into: $0) } }
    return count.map { Array(output[..<$0]) }
  }

  @Test func `what was compressed comes back, for texts of every length and kind`() throws {
    var random = SeededGenerator(seed: 7)
    var compressor = LZFCompressor()
    for length in Array(4..<70) + [263, 264, 265, 266, 299, 8191, 8193, 20000] {
      for alphabet in [1, 2, 4, 30, 256] {
        let bytes = (0..<length).map { _ in UInt8(Int.random(in: 0..<alphabet, using: &random)) }
        let compressed = try #require(Self.compress(bytes, with: &compressor))
        #expect(try LZF.decompress(compressed, count: length) == bytes)
        #expect(alphabet > 2 || length < 30 || compressed.count < length)
      }
    }
  }

  @Test func `a text repeated at the longest distance is found, and one byte farther is not`() throws {
    var random = SeededGenerator(seed: 3)
    let phrase = (0..<100).map { _ in UInt8.random(in: 0...255, using: &random) }
    for (distance, isFound) in [(8192, true), (8193, false)] {
      let filler = (0..<(distance - 100)).map { _ in UInt8.random(in: 0...255, using: &random) }
      var compressor = LZFCompressor()
      let bytes = phrase + filler + phrase
      let compressed = try #require(Self.compress(bytes, with: &compressor))
      #expect(try LZF.decompress(compressed, count: bytes.count) == bytes)
      #expect((compressed.count < bytes.count + bytes.count / 32 - 60) == isFound)
    }
  }

  @Test func `an output that is one byte too small is refused`() throws {
    var compressor = LZFCompressor()
    let bytes = Array("compressible compressible compressible, and so on".utf8)
    let compressed = try #require(Self.compress(bytes, with: &compressor))
    for capacity in 0..<compressed.count { #expect(Self.compress(bytes, with: &compressor, capacity: capacity) == nil) }
    #expect(Self.compress(bytes, with: &compressor, capacity: compressed.count) == compressed)
  }

  @Test func `malformed texts are refused and named`() {
    #expect(throws: LZF.Malformed.truncated) { try LZF.decompress([5, 1, 2], count: 6) }
    #expect(throws: LZF.Malformed.truncated) { try LZF.decompress([0, 65, 0x20], count: 4) }
    #expect(throws: LZF.Malformed.truncated) { try LZF.decompress([0, 65, 0xE0, 1], count: 11) }
    #expect(throws: LZF.Malformed.reachesBack) { try LZF.decompress([0, 65, 0x20, 1], count: 4) }
    #expect(throws: LZF.Malformed.wrongLength) { try LZF.decompress([0, 65, 0x20, 0], count: 3) }
    #expect(throws: LZF.Malformed.wrongLength) { try LZF.decompress([0, 65, 0x20, 0], count: 5) }
    #expect(throws: LZF.Malformed.wrongLength) { try LZF.decompress([0, 65], count: 1 << 40) }
    #expect(throws: LZF.Malformed.wrongLength) { try LZF.decompress([0, 65], count: -1) }
  }

  @Test func `random bytes never lead outside the buffers`() {
    var random = SeededGenerator(seed: 11)
    var accepted = 0
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) >> 2 }
      if (try? LZF.decompress(bytes, count: Int.random(in: 0..<80, using: &random))) != nil { accepted += 1 }
    }
    #expect(accepted > 0)
  }
}
