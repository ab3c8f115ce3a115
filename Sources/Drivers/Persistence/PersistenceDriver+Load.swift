internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Loading at the start.
extension PersistenceDriver {
  // MARK: RDB

  func loadRDB(_ configuration: Configuration) throws(StartError) {
    let path = configuration.rdbPath
    let started = FileClock.monotonicNanoseconds()
    var loader: RDBFileLoader
    do throws(RDBFileLoader.Failure) {
      guard let opened = try RDBFileLoader(fileSystem, path: path, options: configuration.rdbReader) else { return }
      loader = opened
    } catch {
      throw PersistenceDriver.startError(error)
    }
    let total = Int64(loader.bytesTotal)
    core { $0.beginLoading(totalBytes: total, now: core.now()) }
    guard let keys = LoadingKeys(core, .file) else { return }
    do throws(StartError) {
      var reported = 0
      while let event = try PersistenceDriver.next(&loader) {
        if let failure = keys.take(event) { throw StartError(failure, file: path, offset: loader.bytesRead) }
        if loader.bytesRead > reported {
          reported = loader.bytesRead
          core { $0.loadingMoved(loadedBytes: Int64(reported), now: core.now()) }
        }
        if isCancelled.isUp { throw StartError("The server was ended while it was loading", file: path) }
      }
    } catch {
      keys.discard()
      throw error
    }
    keys.finish()
    core.log(.notice, "DB loaded from disk: \(FileClock.seconds(since: started)) seconds")
  }

  private static func next(_ loader: inout RDBFileLoader) throws(StartError) -> RDBEvent? {
    do throws(RDBFileLoader.Failure) {
      return try loader.next()
    } catch {
      throw startError(error)
    }
  }

  private static func startError(_ failure: RDBFileLoader.Failure) -> StartError {
    switch failure {
    case .fileSystem(let error): StartError("Fatal error loading the DB: \(error.reason). Exiting.", file: error.path)
    case .rdb(let error, let path): StartError("Fatal error loading the DB: \(error.message). Exiting.", file: path, offset: error.offset)
    }
  }

  // MARK: AOF

  func loadAOF(_ configuration: Configuration) throws(StartError) {
    do throws(AOFError) {
      var store = try AOFStore.open(fileSystem, configuration.aofStore)
      printNotices(store.takeNotices())
      if store.isEmpty {
        warnOfUnusedRDB(configuration)
      } else {
        let plan = try store.loadPlan()
        let scan = try replay(plan, configuration)
        if let id = scan.log.replicationID {
          core {
            $0.adoptLoggedHistory(
              epoch: scan.log.historyEpoch, id: id, offset: scan.log.offset, streamDatabase: scan.databaseIndex)
          }
          self.aof?.index.adopt(scan.log.increments)
        }
      }
      guard let aof else { return }
      // The writer appends from the log's end on, and nothing can be logged while the node is loading.
      try aof.adopt(store, isEmpty: store.isEmpty)
    } catch {
      throw StartError(error)
    }
  }

  /// Redis says nothing here, and people have lost their data by switching `appendonly` on in the file of a server that had an RDB.
  private func warnOfUnusedRDB(_ configuration: Configuration) {
    guard let status = try? fileSystem.status(of: configuration.rdbPath), !status.isDirectory else { return }
    core.log(
      .warning,
      "appendonly is on and there is no append only file yet: the server starts empty, and \(configuration.rdbPath) is not loaded. To keep its data, start with appendonly no and switch it on by CONFIG SET."
    )
  }

  /// Returns which part of which log was applied, and the database that it ends in.
  @discardableResult
  func replay(_ plan: AOFLoadPlan, _ configuration: Configuration) throws(AOFError) -> (log: AOFLogScan, databaseIndex: Int) {
    var scan = AOFLogScan()
    let started = FileClock.monotonicNanoseconds()
    let total = Int64(plan.byteCount)
    core { $0.beginLoading(totalBytes: total, now: core.now()) }
    var limits = AOFParser.Limits()
    limits.bulkBytesMax = configuration.protoMaxBulkLen
    var replay = AOFReplay(
      fileSystem, plan, loadsTruncated: configuration.aofLoadTruncated, limits: limits, rdbOptions: configuration.rdbReader)
    let loading = LoadingCommands(core)
    defer { loading.close() }
    do throws(AOFError) {
      while true {
        // Where the next command begins.
        let position = replay.position
        guard let event = try replay.next() else { break }
        if case .command = event {} else { printNotices(replay.takeNotices()) }
        let end = if case .endOfFile = event { replay.endOfFile } else { replay.position.offset }
        scan.note(event, position: end, lineBytes: replay.annotationByteCount)
        try loading.take(event, at: position)
        // Once the last bytes are in the parser's hands, its next step may cut the file: all before it must have proved good.
        if replay.bytesRead >= plan.byteCount { try loading.flush() }
        loading.report(replay.bytesRead)
        if isCancelled.isUp {
          throw AOFError(.misuse, file: position.file, "The server was ended while it was loading")
        }
      }
    } catch {
      printNotices(replay.takeNotices())
      throw error
    }
    printNotices(replay.takeNotices())
    core.log(.notice, "DB loaded from append only file: \(FileClock.seconds(since: started)) seconds")
    return (scan, loading.databaseIndex)
  }

  private func printNotices(_ notices: [AOFNotice]) {
    for notice in notices { core.log(notice.level == .notice ? .notice : .warning, notice.text) }
  }
}

/// Applies the events of a replay, a batch at a time.
final class LoadingCommands {
  private struct Item {
    let arguments: [[UInt8]]
    let file: String
    let offset: Int
  }

  private let core: CoreAccess
  private var session: SessionReference?
  private var keys: LoadingKeys?
  private var batch: [Item] = []
  private var batchBytes = 0
  private var isBase = false
  private var fileStarted: Int64 = 0
  private var reported = 0

  init(_ core: CoreAccess) {
    self.core = core
    var session: SessionReference?
    core { session = SessionReference(session: $0.openLoader()) }
    self.session = session
  }

  var databaseIndex: Int { core.get(0) { _ in session?.session.databaseIndex ?? 0 } }

  func close() {
    keys?.discard()
    keys = nil
    if let session { core { $0.closeLoader(session.session) } }
    session = nil
  }

  func take(_ event: AOFReplay.Event, at position: (file: String, offset: Int)) throws(AOFError) {
    switch event {
    case .file(let file):
      isBase = file.isBase
      fileStarted = FileClock.monotonicNanoseconds()
      if let session { core { _ in session.session.databaseIndex = 0 } }
    case .rdb(let event):
      if keys == nil { keys = LoadingKeys(core, .logBase) }
      if let failure = keys?.take(event) {
        throw AOFError(.malformed, file: position.file, offset: position.offset, failure)
      }
      if case .end = event {
        keys?.finish()
        keys = nil
      }
    case .command(let arguments): try add([arguments], position)
    case .transaction(let commands): try add(commands, position)
    case .timestamp, .annotation: break
    case .endOfFile(let name):
      try flush()
      core.log(.notice, "DB loaded from \(isBase ? "base" : "incr") file \(name): \(FileClock.seconds(since: fileStarted)) seconds")
    }
  }

  private func add(_ commands: [[[UInt8]]], _ position: (file: String, offset: Int)) throws(AOFError) {
    for arguments in commands {
      batch.append(Item(arguments: arguments, file: position.file, offset: position.offset))
      batchBytes += arguments.reduce(32) { $0 + $1.count }
    }
    if batch.count >= 512 || batchBytes >= 1 << 20 { try flush() }
  }

  func flush() throws(AOFError) {
    guard !batch.isEmpty, let session else { return }
    var failure: AOFError?
    core.inSlices(batch.count) { core, i in
      guard let reason = core.load(batch[i].arguments, session.session, file: batch[i].file) else { return true }
      failure = AOFError(.malformed, file: batch[i].file, offset: batch[i].offset, reason)
      return false
    }
    batch.removeAll(keepingCapacity: true)
    batchBytes = 0
    if let failure { throw failure }
  }

  func report(_ bytes: Int) {
    guard bytes > reported else { return }
    reported = bytes
    core { $0.loadingMoved(loadedBytes: Int64(bytes), now: core.now()) }
  }
}

extension Configuration {
  var rdbReader: RDBReader.Options { .init(stringBytesMax: Engine.valueBytesMax, verifiesChecksum: rdbchecksum) }
}
