internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

/// Something that happened to a key, or to a whole database.
public struct Change: Sendable, Hashable {
  /// Where to go on from behind this change; see ``Node/changes(matching:from:values:)``.
  public let position: ChangePosition
  public let database: Int
  /// Nil: the command was about a whole database (`FLUSHDB`) or all of them (`FLUSHALL`, `SWAPDB`).
  public let key: Bytes?
  /// What the change is in the log: a command whose effect does not depend on when or where it runs. `SPOP` is seen as `SREM`, `EXPIRE` as
  /// `PEXPIREAT`, the end of a key's time as `DEL`.
  public let command: String
  /// All arguments, the key among them.
  public let arguments: [Bytes]
  /// The value before; nil if there was none, or if values were not asked for.
  public internal(set) var oldValue: KeyspaceContent?
  /// The value behind it; nil if there is none any more, or if values were not asked for.
  public internal(set) var newValue: KeyspaceContent?
}

/// A place in the log, between two changes. Good on every node of a cluster that has the same history; keep its ``description``.
public struct ChangePosition: Hashable, Sendable, Codable, LosslessStringConvertible {
  let log: LogPosition
  /// Changes of the transaction behind `log` that have been seen.
  let skipped: Int

  init(log: LogPosition, skipped: Int) {
    self.log = log
    self.skipped = skipped
  }

  public init?(_ description: String) {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 4, let offset = Int64(parts[1]), let database = Int(parts[2]), let skipped = Int(parts[3]), offset >= 0,
      database >= 0, skipped >= 0
    else { return nil }
    log = LogPosition(replid: String(parts[0]), offset: offset, database: database)
    self.skipped = skipped
  }

  /// `history:offset:database:seen`.
  public var description: String { "\(log.replid):\(log.offset):\(log.database):\(skipped)" }
  /// Bytes of the log before this place.
  public var offset: Int64 { log.offset }

  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let position = ChangePosition(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no position of a change feed"))
    }
    self = position
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Node {
  /// What happens to keys, in the order of the log, each change exactly once.
  ///
  /// The sequence is pulled: it reads ahead at most 64 KB of the log, and a consumer that is slow reads on from the log later. The log is
  /// kept for ``Configuration/changeLogBytes`` behind its end; a consumer that falls further behind, or one whose node took over another
  /// history by a full sync, gets ``TernError/Code/tooOld``: start again with ``snapshotWithChanges(matching:values:)``. It ends when the
  /// node stops, and throws `CancellationError` when its task is cancelled. One iterator at a time.
  ///
  /// - Parameters:
  ///   - pattern: a glob that the key must match, as of `KEYS`. Changes of whole databases always come.
  ///   - position: a ``Change/position`` that was seen on this node, before a restart or on another node of the cluster; nil: from now on.
  ///   - values: gives each change the whole value before and behind it. Needs a start from now on, holds a snapshot and a copy of each key
  ///     that changes, and runs each change a second time: for small values and moderate rates.
  /// - Throws: ``TernError/Code/tooOld``, ``TernError/Code/loading``, ``TernError/Code/notRunning``, ``TernError/Code/reentrant``.
  public func changes(
    matching pattern: some KeyspaceBytes = "*", from position: ChangePosition? = nil, values: Bool = false
  ) throws(TernError) -> Changes {
    if values, position != nil {
      throw TernError(.tooOld, "values of changes before now are not known: ask for them from now on")
    }
    return try openChanges(Bytes(pattern), position, values: values, snapshot: values).changes
  }

  /// The whole keyspace, and what happens to it from that very moment on.
  public func snapshotWithChanges(
    matching pattern: some KeyspaceBytes = "*", values: Bool = false
  ) throws(TernError) -> (snapshot: Snapshot, changes: Changes) {
    let (snapshot, changes) = try openChanges(Bytes(pattern), nil, values: values, snapshot: true)
    guard let snapshot else { throw Self.notRunning }
    return (snapshot, changes)
  }

  private func openChanges(
    _ pattern: Bytes, _ position: ChangePosition?, values: Bool, snapshot: Bool
  ) throws(TernError) -> (snapshot: Snapshot?, changes: Changes) {
    let opened = try enterCoreTyped { (core) throws(TernError) in
      guard let feed = core.openFeed(from: position?.log, now: core.now) else {
        throw TernError(.tooOld, "the log does not hold \(position.map { "\($0)" } ?? "") any more: start from a snapshot")
      }
      return (feed, snapshot ? (core.engine.takeSnapshot(), core.engine.snapshotContext) : nil)
    }
    let taken = opened.1.map { Snapshot(self, $0.0, $0.1) }
    let reader = ChangeReader(
      self, feed: opened.0.id, start: opened.0.start, skip: position?.skipped ?? 0, pattern: pattern == "*" ? nil : pattern.array,
      base: values ? taken : nil)
    return (taken, Changes(reader: reader))
  }
}

/// See ``Node/changes(matching:from:values:)``.
public struct Changes: AsyncSequence, Sendable {
  public typealias Element = Change
  public typealias Failure = any Error

  let reader: ChangeReader

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    let reader: ChangeReader

    /// The next change; nil when the node has stopped.
    public mutating func next() async throws -> Change? { try await reader.next() }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Change? { try await reader.next() }
  }
}

/// One feed: reads chunks of the log, and takes them apart outside of the node's lock.
final class ChangeReader: Sendable {
  private struct State {
    var decoder: ChangeDecoder
    var ready: [Change] = []
    var next = 0
    var shadow: ShadowKeyspace?
    var failure: TernError?
    var isReading = false
  }

  private let node: Node
  private let feed: Int
  private let state: Mutex<State>
  private static let chunkBytes = 64 << 10

  init(_ node: Node, feed: Int, start: LogPosition, skip: Int, pattern: [UInt8]?, base: Snapshot?) {
    self.node = node
    self.feed = feed
    let table = node.host.commandTable
    state = Mutex(
      State(decoder: ChangeDecoder(table: table, start: start, skip: skip, pattern: pattern), shadow: base.map { ShadowKeyspace($0) }))
  }

  deinit {
    let feed = self.feed
    node.host.soon { $0.closeFeed(feed) }
  }

  func next() async throws -> Change? {
    while true {
      try Task.checkCancellation()
      if let change = try takeReady() { return change }
      guard node.isRunning.load(ordering: .relaxed) else { return nil }
      guard node.holder.load(ordering: .relaxed) != HostThread.current else { throw Node.reentrant }
      let core = node.host.enterCore()
      let read = core.readFeed(feed, limit: Self.chunkBytes)
      node.host.exitCore()
      switch read {
      case .bytes(let bytes, let end, let replid): try decode(bytes, end: end, replid: replid)
      case .tooOld:
        throw fail(TernError(.tooOld, "this consumer was so slow that the log does not hold its place any more: start from a snapshot"))
      case .nothing: try await waitForMore()
      }
    }
  }

  private func takeReady() throws(TernError) -> Change? {
    let (change, failure) = state.withLock { state -> (Change?, TernError?) in
      if state.next < state.ready.count {
        state.next += 1
        return (state.ready[state.next - 1], nil)
      }
      return (nil, state.failure)
    }
    if let failure { throw failure }
    return change
  }

  private func fail(_ error: TernError) -> TernError {
    state.withLock { $0.failure = error }
    return error
  }

  private func decode(_ bytes: [UInt8], end: Int64, replid: String) throws(TernError) {
    let failure = state.withLock { state -> TernError? in
      state.ready.removeAll(keepingCapacity: true)
      state.next = 0
      do throws(TernError) {
        var decoder = state.decoder
        var ready: [Change] = []
        let shadow = state.shadow
        try decoder.decode(bytes, end: end, replid: replid, shadow: shadow) { ready.append($0) }
        state.decoder = decoder
        state.ready = ready
        return nil
      } catch {
        state.failure = error
        return error
      }
    }
    if let failure { throw failure }
  }

  private func waitForMore() async throws {
    let signal = WakeSignal()
    guard let waiter = node.waiters.add({ _ in signal.set() }) else { return }
    defer { node.waiters.remove(waiter) }
    let core = node.host.enterCore()
    core.awaitFeed(feed) { signal.set() }
    node.host.exitCore()
    try await withTaskCancellationHandler {
      await signal.wait()
      try Task.checkCancellation()
    } onCancel: {
      signal.set()
    }
  }
}
