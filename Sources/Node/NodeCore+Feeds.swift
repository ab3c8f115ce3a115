internal import TernEngine
internal import TernReplication

/// The change feeds of the host program: cursors on the log, like replicas'.
///
/// From the first feed on the log is written and kept, as far as `retainedBytes`: positions that were given out stay good for so long,
/// whether anybody reads or not. A feed that is further behind is told that it is too late; it never makes the log grow without bound, and
/// never makes a writer wait.
package struct ChangeFeeds {
  struct Feed {
    var cursor: Int64
    /// The log was replaced by another one (a full sync): what lay behind the cursor was never read.
    var isBroken = false
    var wake: (@Sendable () -> Void)?
  }

  var feeds: [Int: Feed] = [:]
  private var next = 1
  /// Somebody has followed the log once.
  private(set) var isUsed = false
  package var retainedBytes: Int64 = 64 << 20

  mutating func add(at offset: Int64) -> Int {
    isUsed = true
    next += 1
    feeds[next] = Feed(cursor: offset)
    return next
  }

  /// The log below may go.
  func retained(end: Int64) -> Int64? { isUsed ? max(0, end - retainedBytes) : nil }

  mutating func breakAll() {
    for id in feeds.keys { feeds[id]?.isBroken = true }
    wakeAll()
  }

  mutating func wakeAll() {
    for (id, feed) in feeds {
      guard let wake = feed.wake else { continue }
      feeds[id]?.wake = nil
      wake()
    }
  }
}

/// A place in a history of the log, between two of its units.
package struct LogPosition: Hashable, Sendable {
  /// 40 hex digits.
  package var replid: String
  package var offset: Int64
  /// What the effects behind the place act on, until they say otherwise.
  package var database: Int

  package init(replid: String, offset: Int64, database: Int) {
    self.replid = replid
    self.offset = offset
    self.database = database
  }
}

package enum FeedRead: Sendable {
  /// From the cursor on, up to `end`; `replid` names the history that they belong to now.
  case bytes([UInt8], end: Int64, replid: String)
  /// All has been read.
  case nothing
  case tooOld
}

extension NodeCore {
  /// Begins a feed behind `position`, or behind all that is written. Nil if the log does not hold that place any more, or never did.
  package func openFeed(from position: LogPosition?, now: Int64) -> (id: Int, start: LogPosition)? {
    setTime(now)
    if let position {
      guard engine.log.isActive, position.offset >= 0, position.offset < .max else { return nil }
      let bounds = LogBounds(start: engine.log.startOffset, end: engine.log.endOffset)
      let decision = history.partialResyncDecision(
        requestedID: Array(position.replid.utf8), requestedOffset: position.offset + 1, log: bounds)
      guard case .continue = decision else { return nil }
      return (feeds.add(at: position.offset), position)
    }
    startLogging()
    if !isReplica { engine.effects.forgetDatabase() }
    let end = engine.log.endOffset
    let start = LogPosition(replid: "\(history.replid)", offset: end, database: isReplica ? stream.databaseIndex : 0)
    return (feeds.add(at: end), start)
  }

  package func closeFeed(_ id: Int) { feeds.feeds[id] = nil }

  /// What may be told of now: in a mode where writes are held until they are durable, not what is still held.
  private var tellableEnd: Int64 { min(engine.log.endOffset, releasedOffset) }

  package func readFeed(_ id: Int, limit: Int) -> FeedRead {
    guard let feed = feeds.feeds[id], !feed.isBroken, feed.cursor >= engine.log.startOffset, feed.cursor <= engine.log.endOffset else {
      return .tooOld
    }
    let room = min(Int64(limit), tellableEnd - feed.cursor)
    guard room > 0 else { return .nothing }
    guard let bytes = engine.log.bytes(from: feed.cursor, limit: Int(room)) else { return .tooOld }
    feeds.feeds[id]?.cursor = feed.cursor + Int64(bytes.count)
    return .bytes(bytes, end: feed.cursor + Int64(bytes.count), replid: "\(history.replid)")
  }

  /// Calls `wake` once, under the lock, when there is something to read: at once if there is already.
  package func awaitFeed(_ id: Int, _ wake: @escaping @Sendable () -> Void) {
    guard let feed = feeds.feeds[id], !feed.isBroken, feed.cursor >= engine.log.startOffset, feed.cursor >= tellableEnd else {
      return wake()
    }
    feeds.feeds[id]?.wake = wake
  }
}
