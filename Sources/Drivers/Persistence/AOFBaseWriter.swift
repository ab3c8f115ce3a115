internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Writes the base of an append-only file from a snapshot; on the rewriter's thread.
enum AOFBaseWriter {
  private struct Failure: Error { let text: String }
  private static let chunkBytes = 64 << 10

  /// Returns what was wrong. On success the file is synced and closed.
  static func write(
    _ job: RDBJob, to base: AOFRewrite, version: String, timestamp: Int64?, isCancelled: Flag, _ core: CoreAccess
  ) -> String? {
    let pace = SavePace(core, .aof, keysTotal: job.snapshot.keyCount, isCancelled)
    defer { pace.close() }
    do throws(Failure) {
      switch base.format {
      case .rdb: try writeRDB(job, base, version, pace)
      case .resp: try writeCommands(job, base, timestamp, pace)
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

  private static func moved(_ pace: SavePace, keys: Int, bytes: Int) throws(Failure) {
    if !pace.moved(keys: keys, bytes: bytes) { throw Failure(text: "it was given up") }
  }

  private static func writeRDB(_ job: RDBJob, _ base: AOFRewrite, _ version: String, _ pace: SavePace) throws(Failure) {
    var encoder = RDBEncoder(job, version: version)
    while !encoder.isFinished {
      try file { () throws(FileSystemError) in
        try encoder.next(atLeast: pace.pieceBytes) { bytes throws(FileSystemError) in try base.write(bytes) }
      }
      try moved(pace, keys: encoder.keys, bytes: encoder.byteCount)
    }
    pace.ended(keys: encoder.keys, bytes: encoder.byteCount)
  }

  /// `aof-use-rdb-preamble no`: as commands.
  private static func writeCommands(_ job: RDBJob, _ base: AOFRewrite, _ timestamp: Int64?, _ pace: SavePace) throws(Failure) {
    var form = CommandForm()
    if let timestamp { form.bytes += Array("#TS:\(timestamp)\r\n".utf8) }
    for library in job.functions { RESPCommand.encode([Array("FUNCTION".utf8), Array("LOAD".utf8), library], into: &form.bytes) }
    var failure: Failure?
    var keys = 0
    var written = 0
    func flush(_ form: inout CommandForm, atLeast bytes: Int) {
      guard form.bytes.count >= bytes else { return }
      defer { form.bytes.removeAll(keepingCapacity: form.bytes.capacity <= 1 << 20) }
      guard failure == nil else { return }
      do throws(Failure) {
        try file { () throws(FileSystemError) in try base.write(form.bytes) }
        written += form.bytes.count
        try moved(pace, keys: keys, bytes: written)
      } catch {
        failure = error
      }
    }
    for (index, tree) in job.snapshot.databases.enumerated() where tree.count > 0 {
      form.select(index)
      var position: UInt64? = 0
      while let at = position {
        position = tree.visit(at: at) { entry in
          guard failure == nil else { return }
          form.entry(entry) { flush(&$0, atLeast: chunkBytes) }
          keys += 1
        }
        flush(&form, atLeast: chunkBytes)
        if let failure { throw failure }
      }
    }
    flush(&form, atLeast: 1)
    if let failure { throw failure }
    pace.ended(keys: keys, bytes: written)
  }
}
