internal import TernEngine
internal import TernNode

/// Takes the log apart into changes. A unit of the log (a transaction, or a command by itself) comes whole or not at all, so that a
/// position is never in the middle of what it cannot name.
struct ChangeDecoder {
  private let table: CommandTable
  private let pattern: [UInt8]?
  private var parser = RESPReplyParser()
  private var database: Int
  /// Where the unit under way began.
  private var unitStart: Int64
  private var unitDatabase: Int
  private var isInTransaction = false
  private var unit: [Change] = []
  /// Of the first unit: changes that were seen before.
  private var skip: Int

  init(table: CommandTable, start: LogPosition, skip: Int, pattern: [UInt8]?) {
    self.table = table
    self.pattern = pattern
    self.skip = skip
    database = start.database
    unitStart = start.offset
    unitDatabase = start.database
  }

  /// - Throws: ``TernError/Code/other`` if the bytes are no commands, which no node writes.
  mutating func decode(
    _ bytes: [UInt8], end: Int64, replid: String, shadow: ShadowKeyspace?, _ body: (Change) -> Void
  ) throws(TernError) {
    parser.append(bytes)
    while true {
      let value: RESPValue?
      do throws(RESPReplyParser.Malformed) { value = try parser.next() } catch {
        throw TernError(.other, "the log cannot be read at \(unitStart): \(error)")
      }
      guard let value else { return }
      guard let words = value.elements?.map({ Bytes($0.bytes ?? []) }), let first = words.first else { continue }
      let position = LogPosition(replid: replid, offset: end - Int64(parser.bufferedByteCount), database: database)
      note(String(first).uppercased(), words, at: position, replid, shadow, body)
    }
  }

  private mutating func note(
    _ name: String, _ words: [Bytes], at end: LogPosition, _ replid: String, _ shadow: ShadowKeyspace?, _ body: (Change) -> Void
  ) {
    switch name {
    case "MULTI": isInTransaction = true
    case "EXEC":
      isInTransaction = false
      finish(at: end, replid, body)
    case "SELECT": database = words.last?.as(Int.self) ?? database
    default:
      add(name, words, replid, shadow)
      if !isInTransaction { finish(at: end, replid, body) }
    }
    if !isInTransaction {
      unitStart = end.offset
      unitDatabase = database
    }
  }

  private mutating func add(_ name: String, _ words: [Bytes], _ replid: String, _ shadow: ShadowKeyspace?) {
    let keys = EffectKeys.find(words, in: table)
    guard !keys.changed.isEmpty || keys.isWhole else { return }
    shadow?.prepare(keys.all.map { words[$0] }, database)
    let olds = shadow.map { shadow in keys.changed.map { shadow.content(words[$0], database) } }
    shadow?.apply(words, database)
    if keys.isWhole { unit.append(change(name, words, nil, replid)) }
    for (i, index) in keys.changed.enumerated() {
      var change = change(name, words, words[index], replid)
      change.oldValue = olds?[i]
      change.newValue = shadow?.content(words[index], database)
      unit.append(change)
    }
  }

  private func change(_ name: String, _ words: [Bytes], _ key: Bytes?, _ replid: String) -> Change {
    let start = LogPosition(replid: replid, offset: unitStart, database: unitDatabase)
    return Change(
      position: ChangePosition(log: start, skipped: unit.count + 1), database: database, key: key, command: name,
      arguments: Array(words.dropFirst()))
  }

  private mutating func finish(at end: LogPosition, _ replid: String, _ body: (Change) -> Void) {
    let count = unit.count
    for (i, change) in unit.enumerated() where i >= skip {
      if let pattern, let key = change.key, !Glob.matches(pattern, key.array) { continue }
      guard i == count - 1 else {
        body(change)
        continue
      }
      let position = ChangePosition(log: LogPosition(replid: replid, offset: end.offset, database: database), skipped: 0)
      body(
        Change(
          position: position, database: change.database, key: change.key, command: change.command, arguments: change.arguments,
          oldValue: change.oldValue, newValue: change.newValue))
    }
    skip = 0
    unit.removeAll(keepingCapacity: true)
  }
}

/// The keys of a command of the log.
enum EffectKeys {
  struct Found {
    /// Indices of arguments, in their order.
    var changed: [Int] = []
    var all: [Int] = []
    /// It changes whole databases.
    var isWhole = false
  }

  static func find(_ words: [Bytes], in table: CommandTable) -> Found {
    var found = Found()
    guard let name = words.first, let spec = spec(words, name, in: table), spec.flags.contains(.write) else { return found }
    found.isWhole = ["flushdb", "flushall", "swapdb"].contains(String(name).lowercased())
    var request = KeyspaceRequest(word: name)
    for word in words.dropFirst() { request.add(word) }
    request.withViews { views in
      guard let first = views.baseAddress else { return }
      var seen: Set<Int> = []
      for reference in KeyReference.find(spec, first, views.count) where seen.insert(reference.index).inserted {
        found.all.append(reference.index)
        if !reference.flags.contains(.readOnly) { found.changed.append(reference.index) }
      }
    }
    return found
  }

  private static func spec(_ words: [Bytes], _ name: Bytes, in table: CommandTable) -> CommandSpec? {
    guard let record = table.find(String(name).lowercased()) else { return nil }
    guard record.pointee.hasSubcommands, words.count > 1 else { return record.pointee.spec }
    return words[1].array.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { table.find(subcommand: $0, bytes.count, of: record.pointee.id)?.pointee.spec }
    }
  }
}
