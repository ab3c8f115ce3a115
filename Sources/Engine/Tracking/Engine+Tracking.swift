/// Client-side caching: what is remembered of reads, and what is said about changes.
extension Engine {
  static let invalidationChannel: StaticString = "__redis__:invalidate"

  package var trackingSessionCount: Int { hot.pointee.trackers }

  func startTracking(_ session: Session, _ new: SessionTracking) {
    if session.tracking == nil { hot.pointee.trackers += 1 }
    for prefix in new.prefixes { tracking.add(session.id, prefix: prefix) }
    session.tracking = new
    session.gates.insert(.tracking)
  }

  func stopTracking(_ session: Session) {
    guard let old = session.tracking else { return }
    for prefix in old.prefixes { tracking.remove(session.id, prefix: prefix) }
    session.tracking = nil
    session.gates.remove(.tracking)
    hot.pointee.trackers -= 1
    if tracker === session { tracker = nil }
    // Nobody is left who could be told.
    if hot.pointee.trackers == 0 { tracking.forgetAll() }
  }

  // MARK: around a command of a session that tracks, or does not touch

  func beginSpecial(_ call: Call) {
    if call.session.gates.contains(.noTouch), call.command.pointee.fullName != "touch" { hot.pointee.accessMode = .untouched }
    if call.session.tracking != nil { tracker = call.session }
  }

  func endSpecial(_ call: Call) {
    let session = call.session
    if hot.pointee.accessMode == .untouched { resetAccessMode() }
    guard let state = session.tracking else {
      // Switched off within EXEC: what waits there is for this session, and the next that tracks must not get it.
      if !isInTransaction { tracking.pending = [] }
      return
    }
    if state.remembers, call.command.pointee.flags.contains(.readonly) {
      let countBefore = tracking.keyCount
      for reference in KeyReference.find(call.command.pointee.spec, call.arguments, call.count) {
        tracking.remember(call.bytes(reference.index), session.id)
      }
      limitTrackedKeys(added: tracking.keyCount - countBefore)
    }
    guard !isInTransaction else { return }
    tracker = nil
    sendPendingInvalidations(to: session)
    if state.isCachingGiven, !session.gates.contains(.inMulti), !call.command.pointee.fullName.hasPrefix("client|") {
      session.tracking?.isCachingGiven = false
    }
  }

  private func sendPendingInvalidations(to session: Session) {
    guard !tracking.pending.isEmpty else { return }
    let pending = tracking.pending
    tracking.pending = []
    for message in pending { sendInvalidation(message, to: session) }
  }

  // MARK: changes

  /// A key of any database has changed: caches know no databases.
  func invalidate(_ key: UnsafeRawBufferPointer, byLimit: Bool = false) {
    if !byLimit, !tracking.prefixes.isEmpty { noteBroadcast(key) }
    guard tracking.keyCount > 0 else { return }
    let name = Array(key)
    for id in tracking.forget(name) {
      guard let session = sessions[id], let state = session.tracking, !state.isBroadcasting else { continue }
      let isOwn = session === tracker
      if isOwn, state.isNoLoop, !byLimit { continue }
      if isOwn { tracking.pending.append(.keys([name])) } else { sendInvalidation(.keys([name]), to: session) }
    }
  }

  private func noteBroadcast(_ key: UnsafeRawBufferPointer) {
    for i in tracking.prefixes.indices where key.starts(with: tracking.prefixes[i].bytes) {
      tracking.prefixes[i].changed[Array(key)] = tracker?.id ?? 0
      tracking.hasBroadcasts = true
      for id in tracking.prefixes[i].sessions {
        guard let session = sessions[id] else { continue }
        touch(receiver(of: session) ?? session)
      }
    }
  }

  /// In the order of the prefixes, one message a prefix and client, with all keys that changed since the last; sent when the driver
  /// takes the output.
  func broadcastInvalidations() {
    tracking.hasBroadcasts = false
    let due = tracking.prefixes.indices.filter { !tracking.prefixes[$0].changed.isEmpty }
    for i in due.sorted(by: { tracking.prefixes[$0].bytes.lexicographicallyPrecedes(tracking.prefixes[$1].bytes) }) {
      let changed = tracking.prefixes[i].changed
      tracking.prefixes[i].changed = [:]
      let keys = changed.keys.sorted { $0.lexicographicallyPrecedes($1) }
      for id in tracking.prefixes[i].sessions {
        guard let session = sessions[id], let state = session.tracking else { continue }
        let told = state.isNoLoop ? keys.filter { changed[$0] != id } : keys
        if !told.isEmpty { sendInvalidation(.keys(told), to: session) }
      }
    }
  }

  /// A database was emptied: everything in every cache is void.
  func invalidateAll() {
    guard hot.pointee.trackers > 0 else { return }
    if hot.pointee.keepsNotices { return keep(.invalidationOfAll) }
    for session in sessionsInOrder where session.tracking != nil {
      if session === tracker { tracking.pending.append(.all) } else { sendInvalidation(.all, to: session) }
    }
    tracking.forgetAll()
  }

  /// `tracking-table-max-keys`: keys picked at random are forgotten, and their caches told so. As many as the command has `added`, or
  /// the table would grow past every limit, and some more, so that it shrinks bit by bit to a limit that was lowered.
  private func limitTrackedKeys(added: Int) {
    let limit = settings.trackingKeysMax
    guard limit > 0 else { return }
    var effort = 100 + added
    while tracking.keyCount > limit, effort > 0 {
      effort -= 1
      let key = tracking.slots[Int.random(in: 0..<tracking.keyCount, using: &random)].key
      key.withUnsafeBytes { invalidate($0, byLimit: true) }
    }
  }

  // MARK: messages

  private func receiver(of session: Session) -> Session? {
    guard let state = session.tracking, state.redirect != 0 else { return session }
    return sessions[state.redirect]
  }

  private func sendInvalidation(_ message: TrackingTable.Message, to session: Session) {
    guard let state = session.tracking else { return }
    guard let receiver = receiver(of: session) else {
      session.tracking?.isRedirectBroken = true
      guard session.reply.isRESP3 else { return }
      session.reply.unmuted {
        session.reply.push(2)
        session.reply.bulk("tracking-redir-broken")
        session.reply.integer(state.redirect)
      }
      return touch(session)
    }
    let reply = receiver.reply
    reply.unmuted {
      if reply.isRESP3 {
        reply.push(2)
        reply.bulk("invalidate")
      } else if state.redirect != 0, !receiver.subscriptions.isEmpty {
        reply.array(3)
        reply.bulk("message")
        reply.bulk(Engine.invalidationChannel)
      } else {
        // A RESP2 connection that listens to nothing has no way to be told.
        return
      }
      switch message {
      case .keys(let keys):
        reply.array(keys.count)
        for key in keys { reply.bulk(key) }
      case .all: reply.null()
      }
    }
    touch(receiver)
  }
}
