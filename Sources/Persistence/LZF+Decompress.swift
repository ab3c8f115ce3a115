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
    guard let source = input.baseAddress, let target = output.baseAddress else {
      if input.count > 0 || output.count > 0 { throw .wrongLength }
      return
    }
    var read = 0
    var written = 0
    while read < input.count {
      let control = Int(source.load(fromByteOffset: read, as: UInt8.self))
      read &+= 1
      if control < literalsMax {
        let length = control &+ 1
        guard input.count &- read >= length else { throw .truncated }
        guard output.count &- written >= length else { throw .wrongLength }
        if input.count &- read >= literalsMax, output.count &- written >= literalsMax {
          // Always a whole run: what is too much is written over by what follows.
          for i in 0..<4 {
            let word = source.loadUnaligned(fromByteOffset: read &+ 8 &* i, as: UInt64.self)
            target.storeBytes(of: word, toByteOffset: written &+ 8 &* i, as: UInt64.self)
          }
        } else {
          (target + written).copyMemory(from: source + read, byteCount: length)
        }
        read &+= length
        written &+= length
        continue
      }
      var length = control &>> 5 &+ 2
      if length == 9 {
        guard read < input.count else { throw .truncated }
        length &+= Int(source.load(fromByteOffset: read, as: UInt8.self))
        read &+= 1
      }
      guard read < input.count else { throw .truncated }
      let distance = (control & 0x1f) &<< 8 &+ Int(source.load(fromByteOffset: read, as: UInt8.self)) &+ 1
      read &+= 1
      guard output.count &- written >= length else { throw .wrongLength }
      guard distance <= written else { throw .reachesBack }
      if distance >= 8, output.count &- written >= length &+ 8 {
        var i = 0
        while i < length {
          let word = target.loadUnaligned(fromByteOffset: written &- distance &+ i, as: UInt64.self)
          target.storeBytes(of: word, toByteOffset: written &+ i, as: UInt64.self)
          i &+= 8
        }
      } else {
        // A copy may overlap itself (a run of one byte is a copy from one byte back), so it goes byte by byte.
        for i in written..<written &+ length {
          target.storeBytes(of: target.load(fromByteOffset: i &- distance, as: UInt8.self), toByteOffset: i, as: UInt8.self)
        }
      }
      written &+= length
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
