import TernEngine

extension AOFStore {
  /// Reads the manifest. An `appendonly.aof` of Redis 6 and earlier, beside the directory instead of in it, is moved in and becomes the
  /// base, as Redis 7 does. Otherwise nothing on the disk changes.
  package static func open(_ fileSystem: any FileSystem, _ configuration: Configuration) throws(AOFError) -> AOFStore {
    var store = AOFStore(fileSystem: fileSystem, configuration: configuration, manifest: AOFManifest())
    let directory = try fs { () throws(FileSystemError) in try fileSystem.status(of: configuration.appendDirectory) }
    if let directory, !directory.isDirectory {
      throw AOFError(
        FileSystemError(.open, path: configuration.appendDirectory, code: 20, reason: "Not a directory"),
        "Can't open or create append-only dir \(configuration.directoryName)")
    }
    if directory != nil, let manifest = try readManifest(fileSystem, configuration) { store.manifest = manifest }
    try store.upgradeIfNeeded()
    return store
  }

  private static func readManifest(
    _ fileSystem: any FileSystem, _ configuration: Configuration
  ) throws(AOFError) -> AOFManifest? {
    let path = configuration.path(configuration.manifestName)
    // Large enough for a million increments; a manifest beyond it is no manifest.
    let contents = try fs("Can't open the AOF manifest file \(configuration.manifestName)") { () throws(FileSystemError) in
      try fileSystem.contents(of: path, byteCountMax: 64 << 20)
    }
    guard let contents else { return nil }
    do throws(AOFManifest.Malformed) {
      return try AOFManifest(parsing: contents)
    } catch {
      throw AOFError(.manifest(error), file: configuration.manifestName, "\(error)")
    }
  }

  /// Redis's three situations: no directory; a directory without a manifest; a manifest that names the old file as the only base, which
  /// is not in the directory yet (the upgrade itself was interrupted between its two steps).
  private mutating func upgradeIfNeeded() throws(AOFError) {
    let old = FilePaths.join(configuration.directory, configuration.fileName)
    let target = configuration.path(configuration.fileName)
    let status = try AOFStore.fs { () throws(FileSystemError) in try fileSystem.status(of: old) }
    guard let status, !status.isDirectory else { return }
    let base = AOFManifest.File(name: configuration.fileName, sequence: 1, type: .base)
    if !manifest.isEmpty || !manifest.history.isEmpty {
      guard manifest.files == [base] else { return }
      let moved = try AOFStore.fs { () throws(FileSystemError) in try fileSystem.status(of: target) }
      if moved != nil { return }
    } else {
      let path = configuration.path(configuration.manifestName)
      let exists = try AOFStore.fs { () throws(FileSystemError) in try fileSystem.status(of: path) }
      if exists != nil { return }
    }
    try createDirectory()
    var upgraded = AOFManifest()
    upgraded.base = base
    upgraded.baseSequence = 1
    if let error = try persist(upgraded) { throw AOFError(error, "Fail to fsync AOF directory \(configuration.directoryName)") }
    manifest = upgraded
    try AOFStore.fs("Error trying to move the old AOF file \(configuration.fileName) into dir \(configuration.directoryName)") {
      () throws(FileSystemError) in
      try fileSystem.rename(old, to: target)
      try fileSystem.syncDirectory(configuration.appendDirectory)
      try fileSystem.syncDirectory(configuration.directory.isEmpty ? "." : configuration.directory)
    }
    notices.append(
      .notice(
        "Successfully migrated an old-style AOF file (\(configuration.fileName)) into the AOF directory (\(configuration.directoryName))."))
  }

  /// The parent is synced even if the directory is there: whoever made it may have died before its entry was on the disk, and Redis never
  /// syncs it.
  func createDirectory() throws(AOFError) {
    try AOFStore.fs("Can't open or create append-only dir \(configuration.directoryName)") { () throws(FileSystemError) in
      try fileSystem.createDirectory(configuration.appendDirectory)
      try fileSystem.syncDirectory(configuration.directory.isEmpty ? "." : configuration.directory)
    }
  }

  /// Writes the manifest. Throws when the old one still stands; returns an error when the new one stands but might not survive.
  func persist(_ manifest: AOFManifest) throws(AOFError) -> FileSystemError? {
    try AOFStore.fs("Error trying to write the temporary AOF manifest file \(configuration.temporaryManifestName)") {
      () throws(FileSystemError) in
      try fileSystem.replaceContents(
        of: configuration.path(configuration.manifestName), with: Array(manifest.text.utf8),
        temporary: configuration.path(configuration.temporaryManifestName))
    }
  }

  static func fs<T>(_ message: String? = nil, _ body: () throws(FileSystemError) -> T) throws(AOFError) -> T {
    do throws(FileSystemError) {
      return try body()
    } catch {
      throw AOFError(error, message)
    }
  }
}

/// The files that hold the data, in the order in which they are to be applied.
package struct AOFLoadPlan: Hashable, Sendable {
  package struct File: Hashable, Sendable {
    package var name: String
    package var path: String
    package var isBase: Bool
    /// Only the last file may end in the midst of a command.
    package var isLast: Bool
    package var byteCount: Int
  }

  package var files: [File]
  package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
}

extension AOFStore {
  package func loadPlan() throws(AOFError) -> AOFLoadPlan {
    var files: [AOFLoadPlan.File] = []
    let named = manifest.files
    for (index, file) in named.enumerated() {
      let path = configuration.path(file.name)
      let status = try AOFStore.fs("Unable to obtain the AOF file \(file.name) length. stat") { () throws(FileSystemError) in
        try fileSystem.status(of: path)
      }
      guard let status, !status.isDirectory else {
        throw AOFError(
          .missingFile, file: file.name, "Unable to obtain the AOF file \(file.name) length. stat: No such file or directory")
      }
      files.append(
        AOFLoadPlan.File(
          name: file.name, path: path, isBase: file.type == .base, isLast: index == named.count - 1, byteCount: status.byteCount))
    }
    return AOFLoadPlan(files: files)
  }

  /// Opens the last increment for writing, after the files were loaded, and syncs it: what was read is what will survive.
  /// `logOffset` is the log's offset at the end of what was loaded. Superseded files and leftovers of interrupted rewrites are removed.
  package mutating func startAppending(logOffset: Int64) throws(AOFError) {
    guard tail == nil, !manifest.isEmpty else {
      throw AOFError(
        .misuse, file: configuration.manifestName,
        tail == nil ? "There is no append only file to go on with" : "The append only file is open already")
    }
    let plan = try loadPlan()
    try createDirectory()
    let file: any OpenFile
    let increment: AOFManifest.File
    var byteCount = 0
    if let last = manifest.increments.last {
      increment = last
      file = try AOFStore.fs("Can't open the append-only file \(last.name)") { () throws(FileSystemError) in
        let file = try fileSystem.open(configuration.path(last.name), for: .append)
        try file.sync()
        try fileSystem.syncDirectory(configuration.appendDirectory)
        byteCount = try file.byteCount()
        return file
      }
      notices.append(.notice("Opening AOF incr file \(last.name) on server start"))
    } else {
      increment = manifest.nextIncrement(of: configuration.fileName)
      file = try createIncrement(increment)
      var extended = manifest
      extended.append(increment)
      if let error = try persist(extended) { throw AOFError(error, "Fail to fsync AOF directory \(configuration.directoryName)") }
      manifest = extended
      notices.append(.notice("Creating AOF incr file \(increment.name) on server start"))
    }
    tail = Tail(increment: increment, file: file, byteCount: byteCount, isListed: true, syncedOffset: logOffset)
    index?.open(name: increment.name, path: configuration.path(increment.name), byteCount: byteCount, logOffset: logOffset)
    health = .healthy
    writtenOffset = logOffset
    syncedOffset = logOffset
    currentByteCount = plan.byteCount
    rewriteBaseByteCount = plan.files.first { $0.isBase }?.byteCount ?? 0
    removeLeftovers()
    removeHistory()
  }

  /// An empty file, on the disk and in its directory. Whatever an interrupted run left under that name is gone.
  func createIncrement(_ increment: AOFManifest.File) throws(AOFError) -> any OpenFile {
    do throws(AOFError) {
      return try AOFStore.fs("Can't open the append-only file \(increment.name)") { () throws(FileSystemError) in
        let file = try fileSystem.open(configuration.path(increment.name), for: .replace)
        try file.sync()
        try fileSystem.syncDirectory(configuration.appendDirectory)
        return file
      }
    } catch {
      // A file whose fsync has failed once must not be the one that the next attempt writes to.
      try? fileSystem.remove(configuration.path(increment.name))
      throw error
    }
  }

  /// Syncs and closes. The store can then be opened again.
  package mutating func close() throws(AOFError) {
    if rewrite != nil { abortRewrite() }
    guard let tail else { return }
    defer { self.tail = nil }
    if case .failed(let error) = health { throw failedBefore(error) }
    try sync()
    try AOFStore.fs { () throws(FileSystemError) in try tail.file.close() }
  }

  /// Files that a rewrite was writing when the process ended. None of them is named by a manifest.
  private mutating func removeLeftovers() {
    guard let names = try? fileSystem.entries(of: configuration.appendDirectory) else { return }
    for name in names where name.hasPrefix("temp-rewriteaof-bg-") && name.hasSuffix(".aof") || name == configuration.temporaryManifestName {
      guard !manifest.files.contains(where: { $0.name == name }) else { continue }
      try? fileSystem.remove(configuration.path(name))
    }
  }

  /// Removes what a rewrite superseded, then the mention of it. A failure costs disk space, not data: it is tried again at the next
  /// rewrite and at the next start.
  mutating func removeHistory() {
    guard !manifest.history.isEmpty else { return }
    var cleaned = manifest
    cleaned.history = []
    for file in manifest.history where !manifest.files.contains(where: { $0.name == file.name }) {
      notices.append(.notice("Removing the history file \(file.name) in the background"))
      do throws(FileSystemError) {
        if try fileSystem.status(of: configuration.path(file.name)) != nil { try fileSystem.remove(configuration.path(file.name)) }
      } catch {
        notices.append(.warning("\(error)"))
        cleaned.history.append(file)
      }
    }
    do throws(AOFError) {
      let error = try persist(cleaned)
      manifest = cleaned
      if let error { notices.append(.warning("Fail to fsync AOF directory \(configuration.directoryName): \(error.reason).")) }
    } catch {
      notices.append(.warning("\(error)"))
    }
  }
}
