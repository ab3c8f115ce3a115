extension LZF {
  /// Why a compressed text was refused.
  package enum Malformed: Error, Hashable, Sendable {
    /// The input ends within an item.
    case truncated
    /// A copy reaches back before the first byte of the output.
    case reachesBack
    /// The text is longer or shorter than was announced.
    case wrongLength
  }

  /// The most that `count` compressed bytes can become: three bytes give 264 at best. An announced length above it is a lie, and is
  /// refused before memory is taken for it.
  package static func expandedBytesMax(_ count: Int) -> Int {
    let (product, overflow) = (count / 3 + 1).multipliedReportingOverflow(by: matchMax)
    return overflow ? Int.max : product
  }

  /// Fills `output` exactly; anything else is an error. Never reads or writes outside the two buffers, whatever the bytes are.
  package static func decompress(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(Malformed) {
    var read = 0
    var written = 0
    while read < input.count {
      let control = Int(input[read])
      read += 1
      if control < literalsMax {
        let length = control + 1
        guard read + length <= input.count else { throw .truncated }
        guard written + length <= output.count else { throw .wrongLength }
        UnsafeMutableRawBufferPointer(rebasing: output[written..<(written + length)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: input[read..<(read + length)]))
        read += length
        written += length
        continue
      }
      var length = control >> 5 + 2
      if length == 9 {
        guard read < input.count else { throw .truncated }
        length += Int(input[read])
        read += 1
      }
      guard read < input.count else { throw .truncated }
      let distance = (control & 0x1f) << 8 + Int(input[read]) + 1
      read += 1
      guard written + length <= output.count else { throw .wrongLength }
      guard distance <= written else { throw .reachesBack }
      // A copy may overlap itself (a run of one byte is a copy from one byte back), so it goes byte by byte.
      for _ in 0..<length {
        output[written] = output[written - distance]
        written += 1
      }
    }
    guard written == output.count else { throw .wrongLength }
  }

  package static func decompress(_ input: [UInt8], count: Int) throws(Malformed) -> [UInt8] {
    try input.withUnsafeBufferPointer { input throws(Malformed) in
      try decompress(UnsafeRawBufferPointer(input), count: count)
    }
  }

  package static func decompress(_ input: UnsafeRawBufferPointer, count: Int) throws(Malformed) -> [UInt8] {
    guard count >= 0, count <= expandedBytesMax(input.count) else { throw .wrongLength }
    return try [UInt8](unsafeUninitializedCapacity: count) { output, initialized throws(Malformed) in
      try decompress(input, into: UnsafeMutableRawBufferPointer(start: output.baseAddress, count: count))
      initialized = count
    }
  }
}
