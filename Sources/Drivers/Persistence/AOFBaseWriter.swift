internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Writes the base of an append-only file from a snapshot; on the rewriter's thread.
enum AOFBaseWriter {
  private struct Failure: Error { let text: String }
  private static let chunkBytes = 64 << 10

  /// Returns what was wrong. On success the file is synced and closed.
  static func write(
    _ job: RDBJob, to base: AOFRewrite, version: String, timestamp: Int64?, isCancelled: Flag
  ) -> String? {
    do throws(Failure) {
      switch base.format {
      case .rdb: try writeRDB(job, base, version, isCancelled)
      case .resp: try writeCommands(job, base, timestamp, isCancelled)
      }
      try file { () throws(FileSystemError) in try base.seal() }
      return nil
    } catch {
      return error.text
    }
  }

  private static func file(_ body: () throws(FileSystemError) -> Void) throws(Failure) {
    do throws(FileSystemError) { try body() } catch { throw Failure(text: "\(error)") }
  }

  private static func check(_ isCancelled: Flag) throws(Failure) {
    if isCancelled.isUp { throw Failure(text: "it was given up") }
  }

  private static func writeRDB(_ job: RDBJob, _ base: AOFRewrite, _ version: String, _ isCancelled: Flag) throws(Failure) {
    var encoder = RDBEncoder(job, version: version)
    while !encoder.isFinished {
      try check(isCancelled)
      try file { () throws(FileSystemError) in
        try encoder.next(atLeast: chunkBytes) { bytes throws(FileSystemError) in try base.write(bytes) }
      }
    }
  }

  /// `aof-use-rdb-preamble no`: as commands.
  private static func writeCommands(_ job: RDBJob, _ base: AOFRewrite, _ timestamp: Int64?, _ isCancelled: Flag) throws(Failure) {
    var chunk: [UInt8] = []
    if let timestamp { chunk += Array("#TS:\(timestamp)\r\n".utf8) }
    for (index, tree) in job.snapshot.databases.enumerated() where tree.count > 0 {
      chunk += RESPCommand.encode("SELECT", String(index))
      var position: UInt64? = 0
      while let at = position {
        var failure: Failure?
        position = tree.visit(at: at) { entry in
          if failure == nil, !append(entry, to: &chunk) {
            failure = Failure(
              text: "the \(entry.type.name) at key '\(printable(entry.keyBytes))' has no form as commands yet: use aof-use-rdb-preamble yes"
            )
          }
        }
        if let failure { throw failure }
        if chunk.count >= chunkBytes {
          try check(isCancelled)
          try file { () throws(FileSystemError) in try base.write(chunk) }
          chunk.removeAll(keepingCapacity: chunk.capacity <= 1 << 20)
        }
      }
    }
    if !chunk.isEmpty { try file { () throws(FileSystemError) in try base.write(chunk) } }
  }

  /// False when the type has no form as commands.
  private static func append(_ entry: Entry, to chunk: inout [UInt8]) -> Bool {
    guard let string = entry.string else { return false }
    let value =
      switch string {
      case .bytes(let bytes): Array(bytes)
      case .integer(let integer): Array(String(integer).utf8)
      }
    var command = [Array("SET".utf8), Array(entry.keyBytes), value]
    if let expiry = entry.expiry { command += [Array("PXAT".utf8), Array(String(expiry).utf8)] }
    RESPCommand.encode(command, into: &chunk)
    return true
  }
}
