import TernEngine

/// redis-check-rdb: whether a file can be loaded, what is in it, and where it is bad.
package struct RDBCheck {
  /// Keys by the name of their type.
  private var keys: [String: Int] = [:]
  private var keyCount = 0
  private var expiring = 0
  private var expired = 0
  private var functions = 0
  /// Collections without elements, which an old bug could leave in a file.
  private var empty = 0
  /// Of the values, as they are in memory.
  private var valueBytes = 0
  private var partsTaken = 0
  private(set) var isAnnounced = false
  private let now: Int64
  private let say: (String) -> Void

  /// - Parameters:
  ///   - now: milliseconds since 1970
  ///   - say: prints a line
  package init(now: Int64, _ say: @escaping (String) -> Void) {
    self.now = now
    self.say = say
  }

  mutating func announce(_ path: String) {
    isAnnounced = true
    say("[offset 0] Checking RDB file \(path)")
  }

  /// True: the file is good.
  package mutating func check(_ fileSystem: any FileSystem, path: String) -> Bool {
    announce(path)
    var offset = 0
    do throws(RDBFileLoader.Failure) {
      guard var loader = try RDBFileLoader(fileSystem, path: path) else {
        say("Cannot open file: \(path)")
        return false
      }
      while let event = try loader.next() {
        if offset == 0, loader.isCompressed { say("[info] The file is compressed as a whole (LZ4); offsets are those of the RDB in it") }
        offset = loader.consumedByteCount
        take(event, at: offset)
      }
    } catch {
      switch error {
      case .fileSystem(let error): say("Cannot read file: \(error)")
      case .rdb(let error, _): report(error, goodUpTo: offset)
      }
      return false
    }
    say("[offset \(offset)] \\o/ RDB looks OK! \\o/")
    summarize()
    return true
  }

  /// An RDB's event, which ends at `offset`.
  package mutating func take(_ event: RDBEvent, at offset: Int) {
    switch event {
    case .aux(let name, let value): say("[offset \(offset)] AUX FIELD \(printable(name)) = '\(printable(value))'")
    case .selectDB(let index): say("[offset \(offset)] Selecting DB ID \(index)")
    case .resizeDB: break
    case .key(let key):
      let bytes = key.value.approximateBytes
      valueBytes += bytes
      guard key.isLast else {
        partsTaken += 1
        return
      }
      if partsTaken == 0, bytes == 0, key.value.collectionType != nil { empty += 1 }
      partsTaken = 0
      keyCount += 1
      keys[Self.plural(key.type), default: 0] += 1
      if let time = key.expireAt {
        expiring += 1
        if time <= now { expired += 1 }
      }
    case .function: functions += 1
    case .moduleAux(let module): say("[offset \(offset)] MODULE AUX for: \(module)")
    case .end(.verified): say("[offset \(offset)] Checksum OK")
    case .end(.disabled): say("[offset \(offset)] RDB file was saved with checksum disabled: no check performed.")
    case .end(.absent): break
    }
  }

  package func report(_ error: RDBError, goodUpTo offset: Int) {
    say("--- RDB ERROR DETECTED ---")
    say("[offset \(error.offset)] \(error.message)")
    summarize()
    say("[info] \(keyCount) keys end before the error; a repair would drop everything from offset \(offset) on")
  }

  package func summarize() {
    say("[info] \(keyCount) keys read")
    say("[info] \(expiring) expires")
    say("[info] \(expired) already expired")
    for (name, count) in keys.sorted(by: { $0.key < $1.key }) { say("[info] \(count) \(name)") }
    if functions > 0 { say("[info] \(functions) function libraries") }
    if empty > 0 { say("[info] \(empty) keys have no elements: they are left out when the file is loaded") }
    say("[info] \(valueBytes) bytes of values")
  }

  private static func plural(_ type: RDBType) -> String { "under type \(type.rawValue), \(type.name())" }
}
