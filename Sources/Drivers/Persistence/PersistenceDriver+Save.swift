internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Saving and reloading; on the saver's thread.
extension PersistenceDriver {
  func save(_ job: RDBJob) {
    let configuration = core.get(Configuration()) { $0.configuration }
    var keys = 0
    var failure: String?
    do throws(StartError) {
      keys = try write(job, configuration)
    } catch {
      failure = error.description
    }
    core { $0.saveFinished(job, keys: keys, failure: failure, now: core.now()) }
  }

  /// Writes the file and returns the number of keys in it.
  func write(_ job: RDBJob, _ configuration: Configuration) throws(StartError) -> Int {
    try lockDirectory(configuration.dataDirectory)
    do throws(FileSystemError) {
      let isWrapped = configuration.rdbcompression == .lz4
      let saver = try RDBFileSaver(fileSystem, path: configuration.rdbPath, number: FileClock.processID, isCompressed: isWrapped)
      var encoder = RDBEncoder(job, version: core.get("") { $0.identity.compatibleVersion }, isWrapped: isWrapped)
      while !encoder.isFinished {
        try encoder.next(atLeast: 64 << 10) { bytes throws(FileSystemError) in try saver.write(bytes) }
        if isCancelled.isUp {
          saver.cancel()
          throw FileSystemError(.write, path: saver.temporaryPath, code: 0, reason: "the server is ending")
        }
      }
      try saver.finish()
      if encoder.holdsFieldExpiries {
        core.log(.notice, "The RDB holds hashes whose fields expire: Redis before 7.4 cannot load it")
      }
      return encoder.keys
    } catch {
      throw StartError("\(error)")
    }
  }
}
