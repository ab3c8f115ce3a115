package import TernEngine
internal import TernReplication

/// How the wait of the host program's own write for durability ended.
package enum WriteOutcome: Hashable, Sendable {
  case durable
  /// It was applied here; whether it survives is not known. The reason, with its code.
  case uncertain(String)
}

/// What waits for the log to become durable, in the order of offsets, which is the order of time too: ends are found in front, at a cost
/// that does not depend on how many wait.
struct HoldQueue {
  enum Item {
    case output(Session, HeldOutput.Part)
    case write((WriteOutcome) -> Void)
    case done
  }

  struct Entry {
    var item: Item
    let offset: Int64
    /// Milliseconds of the steady clock.
    let since: Int64
  }

  private var entries: [Entry] = []
  private var first = 0
  /// Those before it have been waited for long enough.
  private var nextToExpire = 0

  var isEmpty: Bool { first == entries.count }
  var count: Int { entries.count - first }

  mutating func append(_ item: Item, offset: Int64, since: Int64) {
    // A search for the first that may leave relies on the order.
    entries.append(Entry(item: item, offset: max(offset, entries.last?.offset ?? offset), since: since))
  }

  /// The next one that stands on bytes up to `offset` only.
  mutating func next(upTo offset: Int64) -> Item? {
    guard first < entries.count, entries[first].offset <= offset else { return nil }
    defer {
      entries[first].item = .done
      first += 1
      if first == entries.count {
        entries.removeAll(keepingCapacity: entries.count < 1024)
        first = 0
        nextToExpire = 0
      } else if first > 4096, first > entries.count / 2 {
        entries.removeFirst(first)
        nextToExpire = max(0, nextToExpire - first)
        first = 0
      }
    }
    return entries[first].item
  }

  /// The next one that has waited since `time` or longer. Output stays in the queue: its pushes may still be waiting.
  mutating func nextExpired(_ time: Int64) -> Item? {
    nextToExpire = max(nextToExpire, first)
    guard nextToExpire < entries.count, entries[nextToExpire].since <= time else { return nil }
    let item = entries[nextToExpire].item
    if case .write = item { entries[nextToExpire].item = .done }
    nextToExpire += 1
    return item
  }

  /// Since when the next one to expire has waited.
  var oldest: Int64? {
    let index = max(nextToExpire, first)
    return index < entries.count ? entries[index].since : nil
  }

  mutating func removeAll() -> [Item] {
    defer { self = HoldQueue() }
    return entries[first...].map(\.item)
  }
}

/// Replies, messages and the host's writes that wait until what they stand on is as durable as promised: on the disk (`appendfsync always`)
/// or with a quorum.
extension NodeCore {
  /// Whether output of this session waits.
  @inline(__always)
  package func holdsReplies(of session: Session) -> Bool { session.held?.isWaiting ?? false }

  /// What may leave of output that was held; it stands before what is in the session's reply buffer, which may only be taken when
  /// `session.held` is nil afterwards.
  package func takeReleased(of session: Session) -> [UInt8] {
    guard let held = session.held else { return [] }
    let bytes = held.takeReady()
    if held.isEmpty { dropHeld(of: session) }
    return bytes
  }

  /// All that the session may be sent now; for drivers that copy anyway.
  package func takeOutput(of session: Session) -> [UInt8] {
    var bytes = session.held == nil ? [] : takeReleased(of: session)
    if session.held == nil, session.reply.count > 0 {
      bytes.append(contentsOf: session.reply.bytes)
      session.reply.removeAll()
    }
    return bytes
  }

  private func dropHeld(of session: Session) {
    guard session.held != nil else { return }
    session.held = nil
    heldSessions -= 1
  }

  func forgetHeld(of session: Session) { dropHeld(of: session) }

  /// The offset behind what commands and expiry have logged: the leader's own beats tell nobody anything that could be taken back.
  var dataEnd: Int64 {
    guard let quorum, quorum.beats.upperBound == engine.log.endOffset else { return engine.log.endOffset }
    return quorum.beats.lowerBound
  }

  /// After every event: replies that stand on what is not durable yet are put aside, and so are messages to others.
  func holdOutput(_ inputs: UnsafeMutableBufferPointer<Engine.Input>?) {
    engine.completeOutput()
    let clock = steadyTime
    var offset = dataEnd
    let isPending = offset > releasedOffset
    let lacksLease = !isPending && (quorum?.lacksLease(clock) ?? false)
    // Without a lease somebody else may lead by now. What is committed behind the read, by a quorum that has not left, proves that nobody did.
    if lacksLease { offset = engine.log.endOffset + 1 }
    var asksForBarrier = false
    let skipsReads = quorum?.plants.contains(.answersReadsAtOnce) ?? false
    for i in 0..<(inputs?.count ?? 0) {
      guard let session = inputs?[i].session else { break }
      let mustWait =
        (isPending || lacksLease) && session.hasTouchedData && !session.isAsynchronous
        && !(skipsReads && session.reply.bytes.first == UInt8(ascii: "*"))
      if hold(session, if: mustWait, offset: offset, isPush: false, clock), lacksLease { asksForBarrier = true }
      if !session.gates.contains(.blocked) { session.forgetCommands() }
    }
    if isPending || heldSessions > 0 {
      for session in engine.touched {
        // Woken up (BLPOP), or told something (a message, an invalidation).
        let wasWaiting = session.hasTouchedData
        let listens = !session.subscriptions.isEmpty || session.gates.contains(.monitor) || engine.trackingSessionCount > 0
        _ = hold(
          session, if: isPending && (wasWaiting || listens) && !session.isAsynchronous, offset: offset, isPush: !wasWaiting, clock)
        if wasWaiting, !session.gates.contains(.blocked) { session.forgetCommands() }
      }
    }
    if asksForBarrier { askForBarrier(clock) }
  }

  /// Returns whether something was put aside that waits.
  private func hold(_ session: Session, if mustWait: Bool, offset: Int64, isPush: Bool, _ clock: Int64) -> Bool {
    // A replica's handshake line must not arrive behind the stream that follows it; and a quorum waits for that very replica.
    guard session.reply.count > 0, !session.gates.contains(.replica), replicaSessions[Int(session.id)] == nil else { return false }
    guard mustWait else {
      guard let held = session.held else { return false }
      held.follow(session.reply.bytes)
      session.reply.removeAll()
      if !held.isWaiting { engine.touch(session) }
      return false
    }
    let held: HeldOutput
    if let present = session.held {
      held = present
    } else {
      held = HeldOutput()
      session.held = held
      heldSessions += 1
    }
    let part = held.add(session.reply.bytes, offset: offset, isPush: isPush)
    session.reply.removeAll()
    holds.append(.output(session, part), offset: offset, since: clock)
    if session.gates.contains(.closing) {
      // QUIT behind a write: the write's reply comes first.
      session.gates.remove(.closing)
      session.gates.insert(.blocked)
      session.blocked = .host("close")
      held.closesAfterwards = true
    }
    let limits = configuration.clientOutputBufferLimits
    let limit = session.subscriptions.isEmpty ? limits.normal : limits.pubsub
    if limit.hardBytes > 0, held.waitingBytes > limit.hardBytes {
      log(
        .warning,
        "Client id=\(session.id) addr=\(session.address) laddr=\(session.localAddress) omem=\(held.waitingBytes) "
          + "scheduled to be closed ASAP for overcoming of output buffer limits.")
      cutOff(session)
    }
    return true
  }

  /// Its connection ends without what was held for it.
  private func cutOff(_ session: Session) {
    dropHeld(of: session)
    session.reply.removeAll()
    session.gates.insert(.closing)
    engine.killed.append(session)
  }

  /// A follower has applied what the leader may not have committed yet: messages that it brought wait for the leader's word.
  func holdMessages() {
    guard let quorum, quorum.stranger == nil else { return }
    engine.completeOutput()
    guard !engine.touched.isEmpty || heldSessions > 0 else { return }
    let clock = steadyTime
    let offset = engine.log.endOffset
    for session in engine.touched where !session.isAsynchronous {
      let listens = !session.subscriptions.isEmpty || session.gates.contains(.monitor) || engine.trackingSessionCount > 0
      _ = hold(session, if: listens && offset > quorum.knownCommit, offset: offset, isPush: true, clock)
    }
    releaseHeld(upTo: quorum.knownCommit)
  }

  /// The log up to `offset` is durable.
  func release(upTo offset: Int64) {
    releasedOffset = offset
    if feeds.isUsed { feeds.wakeAll() }
    releaseHeld(upTo: offset)
  }

  private func releaseHeld(upTo offset: Int64) {
    while let item = holds.next(upTo: offset) {
      switch item {
      case .output(let session, _):
        guard let held = session.held else { continue }
        if held.release(upTo: offset) { engine.touch(session) }
        closeIfDrained(session, held)
      case .write(let completion): completion(.durable)
      case .done: break
      }
    }
  }

  private func closeIfDrained(_ session: Session, _ held: HeldOutput) {
    guard held.closesAfterwards, !held.isWaiting else { return }
    held.closesAfterwards = false
    session.gates.insert(.closing)
    engine.killed.append(session)
  }

  /// Nothing that waits will become durable here: every reply becomes an error, one for each. Messages are not delivered; who misses some
  /// is disconnected, and so knows it.
  func failHeld(_ line: String) {
    var listeners: [Session] = []
    for item in holds.removeAll() {
      switch item {
      case .output(let session, let part):
        guard let held = session.held else { continue }
        held.fail(part, line)
        _ = held.release(upTo: .min)
        engine.touch(session)
        closeIfDrained(session, held)
        if held.isWaiting { listeners.append(session) }
      case .write(let completion): completion(.uncertain(line))
      case .done: break
      }
    }
    for session in listeners where session.held?.isWaiting == true && !session.gates.contains(.closing) {
      // The errors stand before what is missing, and still leave.
      let ready = session.held?.takeReady() ?? []
      dropHeld(of: session)
      session.reply.removeAll()
      session.reply.unmuted { session.reply.raw(ready) }
      session.gates.insert(.closing)
      engine.killed.append(session)
    }
  }

  /// Replies that no quorum has answered in time; milliseconds of the steady clock.
  func expireHeld(_ clock: Int64) {
    guard let quorum, !holds.isEmpty else { return }
    let limit = clock - quorum.configuration.timeoutMilliseconds
    var count = 0
    while let item = holds.nextExpired(limit) {
      switch item {
      case .output(let session, let part):
        guard let held = session.held, !part.isPush else { continue }
        count += 1
        if quorum.plants.contains(.releasesAtTimeout) {
          if held.release(upTo: part.offset) { engine.touch(session) }
          continue
        }
        held.fail(part, Self.timeoutText)
        if held.release(upTo: .min) { engine.touch(session) }
        closeIfDrained(session, held)
      case .write(let completion):
        count += 1
        completion(.uncertain(Self.timeoutText))
      case .done: break
      }
    }
    if count > 0 { noteUnacknowledged(count) }
  }

  static let timeoutText = "UNCERTAIN the write was not acknowledged by a quorum in time; it may or may not survive"

  /// Tells when what the host program has just written, or has just read, stands on what is durable; at once, if nothing more is promised
  /// than that it is applied.
  package func awaitDurability(_ completion: @escaping (WriteOutcome) -> Void) {
    let clock = steadyTime
    var offset = dataEnd
    if offset <= releasedOffset {
      guard quorum?.lacksLease(clock) ?? false else { return completion(.durable) }
      offset = engine.log.endOffset + 1
    }
    holds.append(.write(completion), offset: offset, since: clock)
    if offset > engine.log.endOffset { askForBarrier(clock) }
  }

  /// Why the host program cannot have a quorum's word now; nil if it can ask for it.
  package var quorumRefusal: CommandError? {
    guard let quorum else { return CommandError("ERR this node's tern-durability is async") }
    if let stranger = quorum.stranger { return CommandError("NOLEADER mixed company: \(stranger)") }
    return quorum.leads ? nil : CommandError(engine.settings.notLeaderText)
  }

  /// With `appendfsync always`, writes that the disk did not take: Redis ends its process here, so that nobody is told that they are
  /// safe. A host's process is not ours to end: the clients are disconnected without the replies, which says the same to them.
  func disconnectHeld() {
    guard !holds.isEmpty else { return }
    let waiting = holds.removeAll()
    log(
      .warning,
      "Can't recover from AOF write error when the AOF fsync policy is 'always': \(heldSessions) clients are disconnected without an answer, and writes are refused until the disk takes them."
    )
    for item in waiting {
      switch item {
      case .output(let session, _): if session.held != nil { cutOff(session) }
      case .write(let completion): completion(.uncertain("UNCERTAIN the disk did not take the write; it may or may not survive"))
      case .done: break
      }
    }
  }
}
