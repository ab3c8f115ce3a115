internal import TernEngine

/// Finds out, while the append only file is loaded, which part of which log its increments are.
///
/// Each increment says so itself, behind the SELECT that it may begin with, and again whenever the log gets another name:
///
///     #TERN:<replication id>:<offset>\r\n
///     #TERN:<replication id>:<history epoch>:<offset>\r\n      with `tern-durability quorum`
///
/// All bytes that follow are the log's from that offset on, except other lines with `#`. Redis reads over such lines. A file that does not say
/// it was written by somebody else; then nothing is known until the next line that does. An increment without any command is what the RDB in
/// front of it says of itself.
package struct AOFLogScan: Sendable {
  package struct Increment: Sendable {
    let name: String
    let path: String
    var runs: [AOFLogIndex.Run] = []
    var logStart: Int64
    var logEnd: Int64
    var byteCount: Int
  }

  package private(set) var increments: [Increment] = []
  /// What the loaded data are: nil when it is not known.
  package private(set) var replicationID: String?
  package private(set) var offset: Int64 = 0
  /// Of the newest leadership whose data they held when that was written; 0: of none.
  package private(set) var historyEpoch: UInt64 = 0

  private var current: AOFLoadPlan.File?
  /// Whether the current file has said what it is.
  private var isAnnounced = false
  private var base: (id: String?, epoch: UInt64, offset: Int64?) = (nil, 0, nil)
  /// Where the present run begins in the file.
  private var runStart = 0

  package init() {}

  /// `name` is the replication id, with `:` and the history epoch if there is one.
  package static func line(_ name: String, _ offset: Int64) -> [UInt8] { Array("#TERN:\(name):\(offset)\r\n".utf8) }

  private static func parse(_ line: [UInt8]) -> (id: String, epoch: UInt64, offset: Int64)? {
    let text = String(decoding: line, as: UTF8.self)
    guard text.hasPrefix("#TERN:") else { return nil }
    let words = text.dropFirst(6).split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(words.count), words[0].utf8.count == 40, let offset = words.last.flatMap({ Int64($0) }), offset >= 0,
      offset < Int64.max / 4, let epoch = words.count == 3 ? UInt64(words[1]) : 0
    else { return nil }
    return (String(words[0]), epoch, offset)
  }

  /// `position` is where in the file the event ends; `lineBytes` the length of a line with `#`, with its end.
  package mutating func note(_ event: AOFReplay.Event, position: Int, lineBytes: Int) {
    switch event {
    case .file(let file):
      current = file.isBase ? nil : file
      isAnnounced = false
      runStart = 0
      base = (nil, 0, nil)
      if file.isBase { forget() }
    case .rdb(.aux(let name, let value)):
      if name == Array("repl-id".utf8) { base.id = String(decoding: value, as: UTF8.self) }
      if name == Array("tern-history-epoch".utf8) { base.epoch = UInt64(String(decoding: value, as: UTF8.self)) ?? 0 }
      if name == Array("repl-offset".utf8) { base.offset = Int64(String(decoding: value, as: UTF8.self)) }
    case .rdb, .keys, .fileRead: break
    case .timestamp: endRun(at: position - lineBytes, next: position)
    case .annotation(let line):
      endRun(at: position - lineBytes, next: position)
      if let (id, epoch, offset) = Self.parse(line) { announce(id, epoch, offset, position) }
    case .command(let arguments):
      guard !isAnnounced, current != nil else { return }
      // A new increment begins with the database that the log was in.
      if arguments.count == 2, String(decoding: arguments[0], as: UTF8.self).uppercased() == "SELECT" { return }
      forget()
    case .transaction: if !isAnnounced, current != nil { forget() }
    case .endOfFile:
      endRun(at: position, next: position)
      if current == nil, let id = base.id, let offset = base.offset, id.utf8.count == 40, (0..<Int64.max / 4).contains(offset) {
        replicationID = id
        historyEpoch = base.epoch
        self.offset = offset
      }
      if isAnnounced, !increments.isEmpty { increments[increments.count - 1].byteCount = position }
      current = nil
    }
  }

  private mutating func forget() {
    increments = []
    replicationID = nil
    historyEpoch = 0
    offset = 0
  }

  private mutating func announce(_ id: String, _ epoch: UInt64, _ offset: Int64, _ position: Int) {
    guard let current else { return }
    // A gap, or bytes that somebody else has appended.
    if replicationID != nil, offset != self.offset { forget() }
    replicationID = id
    historyEpoch = epoch
    self.offset = offset
    if increments.last?.name != current.name {
      increments.append(Increment(name: current.name, path: current.path, logStart: offset, logEnd: offset, byteCount: position))
    }
    isAnnounced = true
    runStart = position
  }

  private mutating func endRun(at end: Int, next: Int) {
    defer { runStart = next }
    guard isAnnounced, end > runStart, !increments.isEmpty else { return }
    let count = end - runStart
    let last = increments.count - 1
    increments[last].runs.append(.init(logStart: offset, fileStart: runStart, count: count))
    offset += Int64(count)
    increments[last].logEnd = offset
    increments[last].byteCount = next
  }
}
