/// Keys and their values. Each type of value has its method; they share `record`, which writes what stands before a value.
extension RDBWriter {
  /// A key that holds a string. `expireAt` is in milliseconds since 1970.
  package mutating func string(
    key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, expireAt: Int64? = nil, eviction: RDBEviction? = nil
  ) {
    record(.string, key: key, expireAt: expireAt, eviction: eviction)
    string(value)
  }

  package mutating func string(key: [UInt8], value: [UInt8], expireAt: Int64? = nil, eviction: RDBEviction? = nil) {
    key.withUnsafeBytes { key in
      value.withUnsafeBytes { string(key: key, value: $0, expireAt: expireAt, eviction: eviction) }
    }
  }

  /// A key that holds a string which the engine keeps as an integer.
  package mutating func integer(
    key: UnsafeRawBufferPointer, value: Int64, expireAt: Int64? = nil, eviction: RDBEviction? = nil
  ) {
    record(.string, key: key, expireAt: expireAt, eviction: eviction)
    integer(value)
  }

  package mutating func integer(key: [UInt8], value: Int64, expireAt: Int64? = nil, eviction: RDBEviction? = nil) {
    key.withUnsafeBytes { integer(key: $0, value: value, expireAt: expireAt, eviction: eviction) }
  }

  /// What stands before a value: expiry, idle time or access frequency, type, key.
  mutating func record(_ type: RDBType, key: UnsafeRawBufferPointer, expireAt: Int64?, eviction: RDBEviction?) {
    prefix(type, expireAt: expireAt, eviction: eviction)
    string(key)
  }

  mutating func prefix(_ type: RDBType, expireAt: Int64?, eviction: RDBEviction?) {
    let fixedBytesMax = 9 + 1 + RDBOutput.lengthBytesMax + 1
    write(atMost: fixedBytesMax) { output in
      if let expireAt {
        output.byte(RDBOpcode.expireMilliseconds.rawValue)
        output.littleEndian(expireAt)
      }
      switch eviction {
      case .idle(let seconds):
        output.byte(RDBOpcode.idle.rawValue)
        output.length(seconds)
      case .frequency(let frequency):
        output.byte(RDBOpcode.frequency.rawValue)
        output.byte(frequency)
      case nil: break
      }
      output.byte(type.rawValue)
    }
  }

  /// A string in the shortest of its forms: as an integer, compressed, or as it is.
  mutating func string(_ text: UnsafeRawBufferPointer) {
    if let value = canonicalInt32(text) {
      write(atMost: RDBOutput.integerBytesMax) { $0.integer(value) }
      return
    }
    // Redis does not try below 21 bytes either: the two lengths in front eat what little is won.
    if options.compression, text.count > 20, compressed(text) { return }
    write(atMost: RDBOutput.lengthBytesMax + text.count) { $0.raw(text) }
  }

  mutating func integer(_ value: Int64) {
    if let small = Int32(exactly: value) {
      write(atMost: RDBOutput.integerBytesMax) { $0.integer(small) }
      return
    }
    var digits = String(value)
    digits.withUTF8 { digits in
      let text = UnsafeRawBufferPointer(digits)
      write(atMost: RDBOutput.lengthBytesMax + text.count) { $0.raw(text) }
    }
  }

  private mutating func compressed(_ text: UnsafeRawBufferPointer) -> Bool {
    // As Redis: it must save four bytes at least.
    let compressedMax = text.count - 4
    if scratch.count < compressedMax { scratch = [UInt8](repeating: 0, count: max(1024, compressedMax)) }
    let count = scratch.withUnsafeMutableBytes { scratch in
      compressor.compress(text, into: UnsafeMutableRawBufferPointer(rebasing: scratch[..<compressedMax]))
    }
    guard let count else { return false }
    let compressed = scratch
    write(atMost: 1 + 2 * RDBOutput.lengthBytesMax + count) { output in
      output.byte(RDBLength.lzf)
      output.length(UInt64(count))
      output.length(UInt64(text.count))
      compressed.withUnsafeBytes { output.copy(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    return true
  }
}
