internal import TernEngine
internal import TernNode
internal import TernPersistence

/// Loading at the start. One thread reads, expands, checks and decodes (`LoadAhead`); the one that called `loadAtStart` puts in place what
/// it gets, under the node's lock, and lets that go twice in a millisecond for those who ask PING or INFO.
extension PersistenceDriver {
  /// Batches that go round between the two threads: all the memory that loading takes beside the data, whatever the file's size.
  private static let batchCount = 6

  private enum FileItem: Sendable {
    case batch(RDBBatch)
    case failed(StartError)
  }

  func makeBatches() -> LoadPipe<RDBBatch> {
    let empty = LoadPipe<RDBBatch>(capacity: PersistenceDriver.batchCount)
    core { core in for _ in 0..<PersistenceDriver.batchCount { _ = empty.put(RDBBatch(core.engine)) } }
    return empty
  }

  // MARK: RDB

  func loadRDB(_ configuration: Configuration) throws(StartError) {
    let path = configuration.rdbPath
    let started = FileClock.monotonicNanoseconds()
    guard let loader = try openRDB(configuration) else { return }
    core { $0.beginLoading(totalBytes: Int64(loader.bytesTotal), now: core.now()) }
    guard let keys = LoadingKeys(core, .file, byteCount: loader.bytesTotal) else { return }
    do throws(StartError) {
      try take(loader, path: path, into: keys)
    } catch {
      keys.discard()
      throw error
    }
    keys.finish()
    core.log(.notice, "DB loaded from disk: \(FileClock.seconds(since: started)) seconds")
  }

  /// nil: there is no such file.
  func openRDB(_ configuration: Configuration) throws(StartError) -> RDBFileLoader? {
    do throws(RDBFileLoader.Failure) {
      return try RDBFileLoader(fileSystem, path: configuration.rdbPath, options: configuration.rdbReader)
    } catch {
      throw PersistenceDriver.startError(error)
    }
  }

  /// Reads the file to its end.
  func take(_ loader: RDBFileLoader, path: String, into keys: LoadingKeys) throws(StartError) {
    let progress = LoadingProgress(core, totalBytes: loader.bytesTotal)
    let empty = makeBatches()
    let reading = LoadAhead<FileItem> { put in
      var loader = loader
      while let batch = empty.take() {
        batch.removeAll()
        var goesOn = false
        var failure: StartError?
        do throws(RDBFileLoader.Failure) {
          goesOn = try loader.fill(batch)
        } catch {
          failure = PersistenceDriver.startError(error)
        }
        guard put(.batch(batch)) else { return }
        if let failure { _ = put(.failed(failure)) }
        guard goesOn else { return }
      }
    }
    guard let reading else { throw StartError("Fatal: the thread that reads the data file can't be created") }
    defer {
      empty.close()
      reading.stop()
    }
    while let item = reading.next() {
      switch item {
      case .failed(let failure): throw failure
      case .batch(let batch):
        do throws(LoadingKeys.Failure) {
          try keys.take(batch)
        } catch {
          throw StartError("Fatal error loading the DB: \(error.reason). Exiting.", file: path, offset: error.offset)
        }
        progress.moved(to: batch.bytesRead, keys: keys.keys)
        _ = empty.put(batch)
        if isCancelled.isUp { throw StartError("The server was ended while it was loading", file: path) }
      }
    }
    progress.ended()
  }

  static func startError(_ failure: RDBFileLoader.Failure) -> StartError {
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

  private enum LogItem: Sendable {
    case keys(RDBBatch, position: LoadingCommands.Position)
    case events([LoadingCommands.Item], bytesRead: Int)
    /// Everything before has to be in place before the reading goes on.
    case barrier(LoadSemaphore)
    case notices([AOFNotice])
    case scan(AOFLogScan)
    case failed(AOFError)
  }

  /// Returns which part of which log was applied, and the database that it ends in.
  @discardableResult
  func replay(_ plan: AOFLoadPlan, _ configuration: Configuration) throws(AOFError) -> (log: AOFLogScan, databaseIndex: Int) {
    var scan = AOFLogScan()
    let started = FileClock.monotonicNanoseconds()
    core { $0.beginLoading(totalBytes: Int64(plan.byteCount), now: core.now()) }
    var limits = AOFParser.Limits()
    limits.bulkBytesMax = configuration.protoMaxBulkLen
    let replay = AOFReplay(
      fileSystem, plan, loadsTruncated: configuration.aofLoadTruncated, limits: limits, rdbOptions: configuration.rdbReader)
    let loading = LoadingCommands(core, byteCount: plan.byteCount)
    let progress = LoadingProgress(core, totalBytes: plan.byteCount)
    let empty = makeBatches()
    let reading = LoadAhead<LogItem> { put in PersistenceDriver.read(replay, empty, put) }
    guard let reading else {
      loading.close()
      throw AOFError(.misuse, file: "", "Fatal: the thread that reads the append only file can't be created")
    }
    defer {
      empty.close()
      reading.stop()
      loading.close()
    }
    while let item = reading.next() {
      switch item {
      case .failed(let error): throw error
      case .notices(let notices): printNotices(notices)
      case .scan(let whole): scan = whole
      case .barrier(let passed): passed.signal()
      case .keys(let batch, let position):
        try loading.take(batch, at: position)
        progress.moved(to: batch.bytesRead, keys: loading.keyCount)
        _ = empty.put(batch)
      case .events(let items, let bytesRead):
        try loading.take(items)
        progress.moved(to: bytesRead, keys: loading.keyCount)
      }
      if isCancelled.isUp { throw AOFError(.misuse, file: "", "The server was ended while it was loading") }
    }
    progress.ended()
    core.log(.notice, "DB loaded from append only file: \(FileClock.seconds(since: started)) seconds")
    return (scan, loading.databaseIndex)
  }

  /// On the thread that reads ahead.
  private static func read(_ replay: AOFReplay, _ empty: LoadPipe<RDBBatch>, _ put: (LogItem) -> Bool) {
    var replay = replay
    var items: [LoadingCommands.Item] = []
    var itemBytes = 0
    var scan = AOFLogScan()
    guard var batch = empty.take() else { return }
    batch.removeAll()

    func flushItems() -> Bool {
      guard !items.isEmpty else { return true }
      let full = items
      items = []
      itemBytes = 0
      return put(.events(full, bytesRead: replay.bytesRead))
    }

    /// False: nobody takes any more.
    func flush(_ position: LoadingCommands.Position) -> Bool {
      if !batch.isEmpty {
        guard put(.keys(batch, position: position)), let next = empty.take() else { return false }
        batch = next
        batch.removeAll()
      }
      guard flushItems() else { return false }
      let notices = replay.takeNotices()
      return notices.isEmpty || put(.notices(notices))
    }

    while true {
      let position = replay.position
      let event: AOFReplay.Event?
      do throws(AOFError) {
        event = try replay.next(batch)
      } catch {
        if flush(position) { _ = put(.failed(error)) }
        return
      }
      guard let event else {
        if flush(position) { _ = put(.scan(scan)) }
        return
      }
      // The batch was empty when the file was begun.
      if let opening = replay.takeOpeningNotice(), !flushItems() || !put(.notices([opening])) { return }
      let end = if case .endOfFile = event { replay.endOfFile } else { replay.position.offset }
      scan.note(event, position: end, lineBytes: replay.annotationByteCount)
      if !batch.isEmpty, !flush(position) { return }
      switch event {
      case .keys, .timestamp, .annotation: continue
      case .fileRead:
        let passed = LoadSemaphore()
        guard flush(position), put(.barrier(passed)), empty.waitUnlessClosed(passed) else { return }
        continue
      case .command(let arguments): itemBytes += arguments.reduce(64) { $0 + 32 + $1.count }
      case .transaction(let commands): itemBytes += commands.reduce(64) { $1.reduce($0) { $0 + 32 + $1.count } }
      case .file, .rdb, .endOfFile: itemBytes += 1 << 20
      }
      items.append(.init(event: event, position: position))
      if items.count >= 512 || itemBytes >= 1 << 20, !flush(position) { return }
    }
  }

  private func printNotices(_ notices: [AOFNotice]) {
    for notice in notices { core.log(notice.level == .notice ? .notice : .warning, notice.text) }
  }
}

extension Configuration {
  var rdbReader: RDBReader.Options { .init(stringBytesMax: Engine.valueBytesMax, verifiesChecksum: rdbchecksum) }
}
