/// Blocking on keys: from a change to the clients that waited for it.
///
/// A change of a key for which somebody waits puts the key on a list. When the unit that made the change has ended (a command, or an EXEC
/// whole) and its effects are in the log, the keys of the list are served in order, each to its waiters in order, by another attempt of
/// the waiter's command at that key. Each that succeeds is a unit of its own in the log, as in Redis. What a waiter does may make other
/// keys ready (BLMOVE): they join the end of the list. This ends, as each success takes a waiter away.
extension Engine {
  /// Makes `session` wait for `keys` of `database`. Nothing that it sends is executed until the wait is over.
  ///
  /// - Parameter completion: see `KeyWait.completion`; nil: the outcome is written to the session's reply.
  package func block(
    _ session: Session, on keys: [KeyView], in database: Int, for type: ValueType, wakesOnRemoval: Bool = false, deadline: Int64?,
    command: UnsafeMutablePointer<CommandRecord>? = nil, completion: ((KeyWait.Outcome) -> Void)? = nil,
    attempt: @escaping KeyWait.Attempt
  ) {
    abandonWait(of: session)
    let wait = KeyWait(
      session, command: command, type: type, wakesOnRemoval: wakesOnRemoval, deadline: deadline, attempt: attempt, completion: completion)
    blocking.add(wait, on: keys, in: database)
    hot.pointee.keyWaits = blocking.waitCount
    block(session, .keys(wait))
  }

  // MARK: changes

  /// A key changed, while somebody waits for some key. To be called behind the change.
  @inline(never)
  func noteChange(_ key: KeyView, _ kind: KeyEventKind, in database: Int) {
    switch kind {
    case .string, .hash, .set, .new, .miss: if blocking.removalQueues == 0 { return }
    default: break
    }
    if let queue = blocking.queue(key, in: database) { noteChange(queue, key) }
  }

  private func noteChange(_ queue: WaitQueue, _ key: KeyView) {
    guard !queue.isReady else { return }
    let found = tables[queue.database].locate(key.hash, key.bytes, key.count)
    guard queue.wakesOnRemoval || (found.map { queue.wants($0.entry.type) } ?? false) else { return }
    queue.isReady = true
    blocking.ready.append(queue)
    hot.pointee.hasReadyKeys = true
  }

  /// Whole databases were emptied, exchanged or replaced. To be called behind the change.
  func noteChanges(inDatabases databases: Set<Int>, areRemovals: Bool = false) {
    guard hot.pointee.keyWaits > 0, !areRemovals || blocking.removalQueues > 0 else { return }
    if hot.pointee.keepsNotices { return keep(.wholeDatabases(databases, areRemovals: areRemovals)) }
    for queue in blocking.queues(inDatabases: databases) {
      queue.withKeyView { noteChange(queue, $0) }
    }
  }

  /// The end of a unit: its effects go into the log, and whoever waited for what it brought is served.
  @inline(__always)
  package func endUnit() {
    effects.commit()
    if hot.pointee.hasReadyKeys { serveReadyKeys() }
    if hot.pointee.gates.contains(.paused), transactionDepth == 0, !pause.endsAfterTransaction.isEmpty { endPausesAfterTransaction() }
  }

  // MARK: serving

  @inline(never)
  private func serveReadyKeys() {
    guard !blocking.isServing, transactionDepth == 0 else { return }
    blocking.isServing = true
    var next = 0
    while next < blocking.ready.count {
      let queue = blocking.ready[next]
      next += 1
      queue.isReady = false
      serve(queue)
    }
    blocking.ready.removeAll(keepingCapacity: true)
    hot.pointee.hasReadyKeys = false
    blocking.isServing = false
  }

  private func serve(_ queue: WaitQueue) {
    let database = database(queue.database)
    let waits = queue.waits
    queue.withKeyView { key in
      for i in queue.head..<waits.count {
        let wait = waits[i]
        if wait.isOver { continue }
        let type = database.peek(key)?.type
        if type == nil, !queue.wakesOnRemoval { break }
        guard type == wait.type || wait.wakesOnRemoval else { continue }
        attempt(wait, key)
      }
    }
    // An expired key may have been taken out by the look at it.
    effects.commit()
  }

  private func attempt(_ wait: KeyWait, _ key: KeyView) {
    let started = monotonicNanoseconds()
    var outcome = KeyWait.Outcome.served
    do throws(CommandError) {
      guard try wait.attempt(key) else { return }
    } catch {
      outcome = .failed(error)
    }
    wait.command?.pointee.nanoseconds &+= monotonicNanoseconds() &- started
    effects.commit()
    end(wait, outcome)
  }

  // MARK: the end of a wait

  /// Ends the wait, tells the outcome, and lets the session go on.
  package func end(_ wait: KeyWait, _ outcome: KeyWait.Outcome) {
    guard !wait.isOver else { return }
    forget(wait)
    let session = wait.session
    if case .failed(let error) = outcome {
      wait.command?.pointee.failed &+= 1
      statistics.noteError(error.code)
    }
    // Before the completion, which may make the session wait again.
    unblock(session) { reply in
      guard wait.completion == nil else { return }
      switch outcome {
      case .served, .closed: break
      case .timedOut: reply.nullArray()
      case .failed(let error): reply.error(error)
      }
    }
    wait.completion?(outcome)
  }

  private func forget(_ wait: KeyWait) {
    blocking.remove(wait)
    hot.pointee.keyWaits = blocking.waitCount
  }

  /// The session is closed, or marked for it: from now on nothing is taken out of the keyspace on its behalf.
  func abandonWait(of session: Session) {
    guard case .keys(let wait)? = session.blocked, !wait.isOver else { return }
    forget(wait)
    wait.completion?(.closed)
  }

  /// Ends the waits whose time is over.
  package func endOverdueWaits() {
    while let wait = blocking.due(at: now) { end(wait, .timedOut) }
  }

  /// A change of role: whoever waits for keys or replicas is told so and disconnected, as what it waited for may never come here.
  package func disconnectBlocked(_ error: CommandError) {
    for session in sessionsInOrder {
      switch session.blocked {
      case .keys(let wait): end(wait, .failed(error))
      case .wait:
        statistics.noteError(error.code)
        unblock(session) { $0.error(error) }
      default: continue
      }
      kill(session)
    }
  }
}
