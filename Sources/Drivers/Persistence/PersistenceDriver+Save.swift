internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Saving and reloading; on the saver's thread.
extension PersistenceDriver {
  func save(_ job: RDBJob) {
    let configuration = core.get(Configuration()) { $0.configuration }
    var written = (keys: 0, bytes: 0)
    var failure: String?
    do throws(StartError) {
      written = try write(job, configuration)
    } catch {
      failure = error.description
    }
    core { $0.saveFinished(job, keys: written.keys, bytes: written.bytes, failure: failure, now: core.now()) }
  }

  /// Writes the file.
  func write(_ job: RDBJob, _ configuration: Configuration) throws(StartError) -> (keys: Int, bytes: Int) {
    try lockDirectory(configuration.dataDirectory)
    do throws(FileSystemError) {
      let isWrapped = configuration.rdbcompression == .lz4
      let saver = try RDBFileSaver(fileSystem, path: configuration.rdbPath, number: FileClock.processID, isCompressed: isWrapped)
      var encoder = RDBEncoder(job, version: core.get("") { $0.identity.compatibleVersion }, isWrapped: isWrapped)
      let pace = SavePace(core, .rdb, keysTotal: job.snapshot.keyCount, isCancelled)
      defer { pace.close() }
      while !encoder.isFinished {
        try encoder.next(atLeast: pace.pieceBytes) { bytes throws(FileSystemError) in try saver.write(bytes) }
        guard pace.moved(keys: encoder.keys, bytes: saver.byteCount) else {
          saver.cancel()
          throw FileSystemError(.write, path: saver.temporaryPath, code: 0, reason: "the server is ending")
        }
      }
      try saver.finish()
      pace.ended(keys: encoder.keys, bytes: saver.byteCount)
      if encoder.holdsFieldExpiries {
        core.log(.notice, "The RDB holds hashes whose fields expire: Redis before 7.4 cannot load it")
      }
      return (encoder.keys, saver.byteCount)
    } catch {
      throw StartError("\(error)")
    }
  }
}
