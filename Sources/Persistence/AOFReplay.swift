import TernEngine

/// Reads all files of an append only log, in order and in pieces, and says what to apply. Between two calls nothing is held open but the
/// current file and the piece that is being parsed.
package struct AOFReplay: Sendable {
  package enum Event: Hashable, Sendable {
    /// The next file begins.
    case file(AOFLoadPlan.File)
    /// Of the RDB at the beginning of a file.
    case rdb(RDBEvent)
    /// The batch that was given is full: it is to be emptied.
    case keys
    /// Everything of the current file was handed out. The next call ends it, and may cut off what is incomplete: all that came before must
    /// have proved good by then. Comes with a batch only.
    case fileRead
    case command([[UInt8]])
    case transaction([[[UInt8]]])
    case timestamp(Int64)
    case annotation([UInt8])
    /// The current file was read to its end; what was applied of it is all of it, or all but the incomplete command that was cut off.
    case endOfFile(name: String)
  }

  private struct Current {
    var file: AOFLoadPlan.File
    var handle: any OpenFile
    var parser: AOFParser
    var offset = 0
    var isRead = false
    /// `fileRead` was said.
    var isTold = false
  }

  private let fileSystem: any FileSystem
  private let plan: AOFLoadPlan
  /// `aof-load-truncated`
  private let loadsTruncated: Bool
  private let limits: AOFParser.Limits
  private let rdbOptions: RDBReader.Options
  private var nextIndex = 0
  private var current: Current?
  private var chunk: [UInt8]
  private var notices: [AOFNotice] = []
  private var openingNotice: AOFNotice?
  package private(set) var bytesRead = 0

  package init(
    _ fileSystem: any FileSystem, _ plan: AOFLoadPlan, loadsTruncated: Bool = true, limits: AOFParser.Limits = .init(),
    rdbOptions: RDBReader.Options = .init(), chunkByteCount: Int = 256 << 10
  ) {
    self.fileSystem = fileSystem
    self.plan = plan
    self.loadsTruncated = loadsTruncated
    self.limits = limits
    self.rdbOptions = rdbOptions
    chunk = [UInt8](repeating: 0, count: max(1, chunkByteCount))
  }

  package var bytesTotal: Int { plan.byteCount }
  /// The current file, and where in it the last command that was handed out ends.
  package var position: (file: String, offset: Int) { current.map { ($0.file.name, $0.parser.validByteCount) } ?? ("", 0) }

  /// The length of the `timestamp` or `annotation` that was handed out last, with its end.
  package var annotationByteCount: Int { current?.parser.annotationByteCount ?? 0 }
  /// Where the file ended whose `endOfFile` was handed out last.
  package private(set) var endOfFile = 0

  package mutating func takeNotices() -> [AOFNotice] {
    defer { notices = [] }
    return notices
  }

  /// What is to be said before the keys that the last `next` has read: that their file was begun.
  package mutating func takeOpeningNotice() -> AOFNotice? {
    defer { openingNotice = nil }
    return openingNotice
  }

  /// nil after the last file. An error is final: what was handed out so far is a prefix of the log, and must not be served.
  ///
  /// With a `batch`, keys of an RDB go there, up to its end; any other event than `keys` comes behind what is in it.
  package mutating func next(_ batch: RDBBatch? = nil) throws(AOFError) -> Event? {
    defer { batch?.bytesRead = bytesRead }
    while true {
      guard var current else { return try openNext() }
      // The parser must have one owner, or each piece would copy its buffer.
      self.current = nil
      let parsed: AOFParser.Event?
      let wasInRDB = current.parser.isInRDB
      do throws(AOFParser.Malformed) {
        parsed = try current.parser.next(batch)
      } catch {
        throw error.asAOFError(current.file)
      }
      if wasInRDB, !current.parser.isInRDB { noteTail(current.file) }
      if let parsed {
        self.current = current
        return event(parsed)
      }
      if current.isRead {
        if batch != nil, !current.isTold {
          current.isTold = true
          self.current = current
          return .fileRead
        }
        try finish(current)
        endOfFile = current.parser.validByteCount
        return .endOfFile(name: current.file.name)
      }
      try read(&current)
      self.current = current
    }
  }

  private func event(_ parsed: AOFParser.Event) -> Event {
    switch parsed {
    case .rdb(let event): .rdb(event)
    case .keys: .keys
    case .command(let arguments): .command(arguments)
    case .transaction(let commands): .transaction(commands)
    case .timestamp(let seconds): .timestamp(seconds)
    case .annotation(let line): .annotation(line)
    }
  }

  private mutating func noteTail(_ file: AOFLoadPlan.File) {
    if !isRDBName(file.name) { notices.append(.notice("Reading the remaining AOF tail...")) }
  }

  private func isRDBName(_ name: String) -> Bool { name.hasSuffix(".rdb") }

  private mutating func openNext() throws(AOFError) -> Event? {
    guard nextIndex < plan.files.count else { return nil }
    let file = plan.files[nextIndex]
    nextIndex += 1
    let handle = try AOFStore.fs("Fatal error: can't open the append log file \(file.name) for reading") { () throws(FileSystemError) in
      try fileSystem.open(file.path, for: .read)
    }
    current = Current(file: file, handle: handle, parser: AOFParser(limits: limits, rdbOptions: rdbOptions, toleratesDamage: true))
    return .file(file)
  }

  private mutating func read(_ current: inout Current) throws(AOFError) {
    let offset = current.offset
    let handle = current.handle
    let wasUntold = offset == 0
    let count = try AOFStore.fs("Unrecoverable error reading the append only file \(current.file.name)") { () throws(FileSystemError) in
      try chunk.withUnsafeMutableBufferPointer { chunk throws(FileSystemError) in
        try handle.read(into: UnsafeMutableRawBufferPointer(chunk), at: offset)
      }
    }
    if count == 0 {
      current.isRead = true
      return
    }
    chunk.withUnsafeBytes { current.parser.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    current.offset += count
    bytesRead += count
    if wasUntold, chunk[..<count].starts(with: "REDIS".utf8) || chunk[..<count].starts(with: "VALKEY".utf8) {
      openingNotice =
        .notice(isRDBName(current.file.name) ? "Reading RDB base file on AOF loading..." : "Reading RDB preamble from AOF file...")
    }
  }

  private mutating func finish(_ current: Current) throws(AOFError) {
    var parser = current.parser
    let name = current.file.name
    let end: AOFParser.End
    do throws(AOFParser.Malformed) {
      end = try parser.finish()
    } catch {
      throw error.asAOFError(current.file)
    }
    try AOFStore.fs { () throws(FileSystemError) in try current.handle.close() }
    // An RDB has a beginning at least. Redis takes an empty file for an empty dataset; it is a lost one.
    if current.file.isBase, isRDBName(name), !parser.beginsWithRDB {
      throw AOFParser.Malformed(offset: 0, reason: "the base file holds no RDB").asAOFError(current.file)
    }
    if let firstDamage = parser.firstDamage {
      notices.append(
        .warning(
          "The AOF \(name) is damaged in \(parser.damageCount) places, the first at offset \(firstDamage), where no data depend on it. "
            + "Look for the cause, and rewrite the file."))
    }
    let valid = parser.validByteCount
    if case .inAnnotation = end, current.file.isLast { return try cut(current.file, to: valid) }
    guard case .truncated(let inTransaction) = end else { return }
    if inTransaction { notices.append(.warning("Revert incomplete MULTI/EXEC transaction in AOF file \(name)")) }
    guard current.file.isLast else {
      // Redis cuts the file and then refuses; the file is left alone here, since the refusal may be all the evidence there is.
      throw AOFError(
        .truncated, file: name, offset: valid,
        "Fatal error: the truncated file is not the last file: \(name) ends within a command that begins at offset \(valid)")
    }
    guard loadsTruncated else {
      throw AOFError(
        .truncated, file: name, offset: valid,
        "Unexpected end of file reading the append only file \(name). You can: 1) Make a backup of your AOF file, then use "
          + "./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes "
          + "and restart the server.")
    }
    notices.append(.warning("!!! Warning: short read while loading the AOF file \(name)!!!"))
    notices.append(.warning("!!! Truncating the AOF \(name) at offset \(valid) !!!"))
    try cut(current.file, to: valid)
    notices.append(.warning("AOF \(name) loaded anyway because aof-load-truncated is enabled"))
  }

  private func cut(_ file: AOFLoadPlan.File, to byteCount: Int) throws(AOFError) {
    try AOFStore.fs("Error truncating the AOF file \(file.name)") { () throws(FileSystemError) in
      let opened = try fileSystem.open(file.path, for: .append)
      try opened.truncate(to: byteCount)
      try opened.sync()
      try opened.close()
    }
  }
}

extension AOFParser.Malformed {
  fileprivate func asAOFError(_ file: AOFLoadPlan.File) -> AOFError {
    if let rdb {
      let what = file.name.hasSuffix(".rdb") ? "the RDB base file" : "the RDB preamble of the AOF file"
      return AOFError(
        .rdb(rdb), file: file.name, offset: rdb.offset, "Error reading \(what) \(file.name), AOF loading aborted: \(rdb.message)")
    }
    return AOFError(
      .malformed, file: file.name, offset: offset,
      "Bad file format reading the append only file \(file.name): make a backup of your AOF file, then use ./redis-check-aof --fix "
        + "<filename.manifest>: \(reason)")
  }
}
