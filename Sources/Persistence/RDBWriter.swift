import TernEngine

/// Produces an RDB file of version 10, which Redis 7.0 and everything later loads, piece by piece: each call appends to a buffer that the
/// caller drains whenever it likes (`pendingByteCount` says how much waits). The checksum runs over what is drained.
///
/// The order of calls is the order in the file: `header`, for each database `selectDB` and its keys, `end`.
package struct RDBWriter: Sendable {
  package struct Options: Sendable {
    /// `rdbchecksum`: without it the file ends with eight zero bytes, and readers do not check.
    package var checksum = true
    /// `rdbcompression`: strings above 20 bytes are stored as LZF when that is shorter.
    package var compression = true
    /// Without it a hash whose fields expire is written as one whose fields do not, which Redis before 7.4 can load.
    package var fieldExpiries = true

    package init(checksum: Bool = true, compression: Bool = true) {
      self.checksum = checksum
      self.compression = compression
    }
  }

  /// The fields in front of the data, as Redis 7.0 writes them and in its order.
  package struct Header: Sendable {
    /// Where the replication stream stood. A node that loads the file resumes there instead of asking for a full sync.
    package struct Replication: Hashable, Sendable {
      package var streamDB: Int
      /// 40 hexadecimal digits.
      package var id: String
      package var offset: Int64

      package init(streamDB: Int, id: String, offset: Int64) {
        self.streamDB = streamDB
        self.id = id
        self.offset = offset
      }
    }

    package var version: String
    /// Seconds since 1970.
    package var createdAt: Int64
    package var usedMemoryBytes: Int64
    package var replication: Replication?
    /// True for the base file of an append only log.
    package var isAOFBase: Bool

    package init(
      version: String = "7.0.15", createdAt: Int64, usedMemoryBytes: Int64, replication: Replication? = nil, isAOFBase: Bool = false
    ) {
      self.version = version
      self.createdAt = createdAt
      self.usedMemoryBytes = usedMemoryBytes
      self.replication = replication
      self.isAOFBase = isAOFBase
    }
  }

  package var options: Options
  /// Its length is the capacity; the first `used` bytes wait to be drained.
  var storage: [UInt8]
  var used = 0
  private var drained = 0
  private var checksum = CRC64()
  var compressor = LZFCompressor()
  var scratch: [UInt8] = []

  private static let storageBytes = 128 << 10

  package init(options: Options = Options()) {
    self.options = options
    storage = [UInt8](repeating: 0, count: RDBWriter.storageBytes)
  }

  package var pendingByteCount: Int { used }
  /// All bytes produced so far, drained or not.
  package var producedByteCount: Int { drained + used }

  /// Hands what waits to `body` and forgets it. When `body` throws, the bytes still wait; whoever tries again sends them again.
  package mutating func drain<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    guard used > 0 else { return }
    let count = used
    try storage.withUnsafeBufferPointer { bytes throws(Failure) in
      try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<count]))
    }
    didDrain()
  }

  package mutating func takeChunk() -> [UInt8] {
    let chunk = Array(storage[..<used])
    didDrain()
    return chunk
  }

  /// For a copy that is kept, and perhaps never used: nothing waits to be drained.
  package mutating func forgetBuffers(keepsCompressor: Bool = false) {
    guard used == 0 else { return }
    storage = []
    scratch = []
    if !keepsCompressor { compressor = LZFCompressor() }
  }

  private mutating func didDrain() {
    updateChecksum()
    drained += used
    used = 0
    // One value of 500 MB must not keep 500 MB for the rest of the file.
    if storage.count > 8 * RDBWriter.storageBytes { storage = [UInt8](repeating: 0, count: RDBWriter.storageBytes) }
    if scratch.count > 8 * RDBWriter.storageBytes { scratch = [] }
  }

  private mutating func updateChecksum() {
    guard options.checksum else { return }
    let count = used
    storage.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }

  /// Lets `body` write at most `byteCount` bytes at the end. One call per record, not per field: the uniqueness check of the array is
  /// then paid once a key.
  @inline(__always)
  mutating func write(atMost byteCount: Int, _ body: (inout RDBOutput) -> Void) {
    if used + byteCount > storage.count { grow(byteCount) }
    let start = used
    used = storage.withUnsafeMutableBytes { bytes in
      var output = RDBOutput(bytes: bytes, count: start)
      body(&output)
      return output.count
    }
  }

  private mutating func grow(_ byteCount: Int) {
    var larger = [UInt8](repeating: 0, count: max(storage.count * 2, used + byteCount))
    larger.replaceSubrange(0..<used, with: storage[..<used])
    storage = larger
  }
}

extension RDBWriter {
  package mutating func header(_ header: Header) {
    write(atMost: 9) { output in
      for byte in "REDIS0010".utf8 { output.byte(byte) }
    }
    aux("redis-ver", header.version)
    aux("redis-bits", String(Int.bitWidth))
    aux("ctime", String(header.createdAt))
    aux("used-mem", String(header.usedMemoryBytes))
    if let replication = header.replication {
      aux("repl-stream-db", String(replication.streamDB))
      aux("repl-id", replication.id)
      aux("repl-offset", String(replication.offset))
    }
    aux("aof-base", header.isAOFBase ? "1" : "0")
  }

  package mutating func aux(_ name: String, _ value: String) { aux(Array(name.utf8), Array(value.utf8)) }

  package mutating func aux(_ name: [UInt8], _ value: [UInt8]) {
    opcode(.aux)
    name.withUnsafeBytes { string($0) }
    value.withUnsafeBytes { string($0) }
  }

  /// The source of a function library, before the first database.
  package mutating func function(_ library: [UInt8]) {
    opcode(.function2)
    library.withUnsafeBytes { string($0) }
  }

  /// Begins database `index`. The two counts let a reader size its tables at once; they are hints.
  package mutating func selectDB(_ index: Int, keys: Int, expires: Int) {
    write(atMost: 2 + 3 * RDBOutput.lengthBytesMax) { output in
      output.byte(RDBOpcode.selectDB.rawValue)
      output.length(UInt64(clamping: index))
      output.byte(RDBOpcode.resizeDB.rawValue)
      output.length(UInt64(clamping: keys))
      output.length(UInt64(clamping: expires))
    }
  }

  /// The end of the file and its checksum. Drain what is left afterwards.
  package mutating func end() {
    opcode(.end)
    updateChecksum()
    let value = options.checksum ? checksum.value : 0
    write(atMost: 8) { $0.littleEndian(value) }
    // Final: draining goes on adding to the checksum, and nobody reads it any more.
  }

  private mutating func opcode(_ opcode: RDBOpcode) {
    write(atMost: 1) { $0.byte(opcode.rawValue) }
  }
}
