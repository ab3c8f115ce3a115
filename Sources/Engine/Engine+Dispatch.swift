/// From a parsed request to its handler, through the gates.
extension Engine {
  /// Returns whether the command went the short way: its time is the caller's to note. All others note their own, if they are executed.
  @inline(__always)
  func dispatch(
    _ session: Session, _ record: UnsafeMutablePointer<CommandRecord>?, _ arguments: UnsafePointer<ArgumentView>, _ count: Int,
    _ hash: UInt64
  ) -> Bool {
    if let record, session.gates.isEmpty, gates.isEmpty, record.pointee.flags.contains(.direct), !record.pointee.hasSubcommands,
      record.pointee.arity > 0 ? count == record.pointee.arity : count >= 0 &- record.pointee.arity
    {
      let call = Call(
        engine: self, session: session, command: record, arguments: arguments, count: count, firstHash: hash, reply: session.reply)
      session.lastCommand = record
      session.hot.pointee.commandFlags |= record.pointee.flags.rawValue
      record.pointee.calls &+= 1
      hot.pointee.commands &+= 1
      do throws(CommandError) { try record.pointee.handler(call) } catch { fail(call, error) }
      endUnit()
      return true
    }
    dispatchThroughGates(session, record, arguments, count, hash)
    return false
  }

  @inline(never)
  private func dispatchThroughGates(
    _ session: Session, _ found: UnsafeMutablePointer<CommandRecord>?, _ arguments: UnsafePointer<ArgumentView>, _ count: Int,
    _ hash: UInt64
  ) {
    let wasSkipped = session.gates.contains(.replySkipped)
    defer { endCommandOfSkippedReply(session, wasSkipped: wasSkipped) }
    var record = found
    var error: CommandError?
    if let parent = found, parent.pointee.hasSubcommands, count > 1 {
      record = table.find(subcommand: arguments[1].bytes, arguments[1].count, of: parent.pointee.id)
      if record == nil {
        error = .unknownSubcommand(parent.pointee.spec.name, arguments[1])
      }
    }
    guard let record, error == nil else {
      // Before NOAUTH, as in Redis 7.
      return reject(session, nil, error ?? unknownCommand(arguments, count))
    }
    let call = Call(
      engine: self, session: session, command: record, arguments: arguments, count: count, firstHash: hash, reply: session.reply)
    let arity = record.pointee.arity
    guard arity > 0 ? count == arity : count >= 0 - arity else {
      return reject(session, record, .wrongArity(record.pointee.fullName))
    }
    if record.pointee.flags.contains(.protected), !settings.debugCommand.isAllowed(to: session) {
      return reject(session, record, .debugNotAllowed)
    }
    if let refusal = refusal(call) { return reject(session, record, refusal) }
    if gates.contains(.paused), holdsBack(call) {
      session.gates.insert(.blocked)
      session.blocked = .paused
      pause.waiting.append((session, call.copiedArguments))
      return
    }
    if session.gates.contains(.inMulti), !record.pointee.flags.contains(.notQueued) {
      queue(call)
      return
    }
    perform(call)
  }

  /// Runs a handler that may be slow: timed, in the slowlog, seen by MONITOR.
  func perform(_ call: Call) {
    let record = call.command
    let session = call.session
    let flags = record.pointee.flags
    session.lastCommand = record
    session.hot.pointee.commandFlags |= flags.rawValue
    record.pointee.calls &+= 1
    hot.pointee.commands &+= 1
    let errorsBefore = session.reply.errorCount
    let spared = hot.pointee.sparesExpired
    hot.pointee.sparesExpired = !session.gates.isDisjoint(with: [.primaryLink, .loader])
    let isSpecial = !session.gates.isDisjoint(with: [.tracking, .noTouch])
    if isSpecial { beginSpecial(call) }
    let started = monotonicNanoseconds()
    do throws(CommandError) { try record.pointee.handler(call) } catch { fail(call, error) }
    hot.pointee.sparesExpired = spared
    let elapsed = monotonicNanoseconds() &- started
    if isSpecial { endSpecial(call) }
    // Afterwards, so that a client that monitors itself gets the reply first, and its own MONITOR is not shown.
    if gates.contains(.monitors), flags.isDisjoint(with: [.skipMonitor, .admin]), !session.gates.contains(.loader) { feedMonitors(call) }
    if session.reply.errorCount > errorsBefore, session.gates.contains(.primaryLink) { noteStreamError(call) }
    if !isInTransaction { endUnit() }
    record.pointee.noteTime(elapsed, inHistogram: hot.pointee.tracksLatency)
    if !isInTransaction { round.timedNanoseconds &+= elapsed }
    if latency.thresholdNanoseconds > 0, elapsed >= latency.thresholdNanoseconds { noteLatency(call, elapsed) }
    if settings.slowlogMicroseconds >= 0, elapsed >= settings.slowlogMicroseconds &* 1000, !flags.contains(.skipSlowlog) {
      slowlog.add(call, microseconds: elapsed / 1000, time: now / 1000, lengthMax: settings.slowlogLengthMax)
    }
  }

  @inline(never)
  func fail(_ call: Call, _ error: CommandError) {
    call.command.pointee.failed &+= 1
    statistics.noteError(error.code)
    if call.session.gates.contains(.primaryLink) { streamFailure = error.line }
    call.reply.error(error)
  }

  /// A command that never reached its handler.
  private func reject(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>?, _ error: CommandError) {
    record?.pointee.rejected &+= 1
    statistics.noteError(error.code)
    if session.gates.contains(.primaryLink) {
      statistics.unexpectedErrorReplies += 1
      onStreamError?(record?.pointee.fullName ?? "", error.line)
    }
    if session.gates.contains(.inMulti) { session.gates.insert(.execAborted) }
    if let record, record.pointee.fullName == "exec" {
      abandonTransaction(session)
      let reason = error.line.hasPrefix("ERR ") ? error.line.dropFirst(4) : error.line[...]
      session.reply.error("EXECABORT Transaction discarded because of: \(reason)")
      return
    }
    session.reply.error(error)
  }

  private func unknownCommand(_ arguments: UnsafePointer<ArgumentView>, _ count: Int) -> CommandError {
    let name = UnsafeRawBufferPointer(rebasing: arguments[0].buffer.prefix(128))
    var list: [UInt8] = []
    for i in 1..<max(1, count) where list.count < 128 {
      list += [UInt8(ascii: "'")] + arguments[i].buffer.prefix(128 - list.count).prefix { $0 != 0 } + Array("' ".utf8)
    }
    return list.withUnsafeBytes {
      CommandError("ERR unknown command '", quoting: [name, $0], between: "', with args beginning with: ")
    }
  }

  /// The first gate that is shut for this call, in Redis's order.
  private func refusal(_ call: Call) -> CommandError? {
    let session = call.session
    let flags = call.command.pointee.flags
    if session.gates.contains(.primaryLink) || session.gates.contains(.loader) { return nil }
    if session.gates.contains(.unauthenticated), !flags.contains(.noAuth) { return CommandError("NOAUTH Authentication required.") }
    let isDenied = session.gates.contains(.inMulti) && flags.contains(.noMulti)
    if isDenied { return CommandError("ERR Command not allowed inside a transaction") }
    let writes = flags.contains(.write) || transactionWrites(call)
    if heap.liveBytes > hot.pointee.heapBytesMax, relieveMemory() == .failed,
      flags.contains(.denyOOM) || transactionDeniesOOM(call) || growsQueue(call)
    {
      return .outOfMemory
    }
    if gates.contains(.diskError), !gates.contains(.readOnlyReplica), writes || call.command.pointee.fullName == "ping" {
      return CommandError(diskErrorText)
    }
    if gates.contains(.tooFewReplicas), !gates.contains(.readOnlyReplica), writes {
      return CommandError("NOREPLICAS Not enough good replicas to write.")
    }
    if gates.contains(.readOnlyReplica), writes { return CommandError("READONLY You can't write against a read only replica.") }
    if session.gates.contains(.subscribed), !PubSub.allowedWhileSubscribed.contains(call.command.pointee.fullName) {
      return CommandError(
        "ERR Can't execute '\(call.command.pointee.fullName)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
      )
    }
    if gates.contains(.stale), !flags.contains(.stale) {
      return CommandError("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")
    }
    if gates.contains(.notLeader), !session.isAsynchronous, writes || flags.contains(.readonly) || transactionReads(call) {
      return CommandError(settings.notLeaderText)
    }
    if gates.contains(.emptyStart), writes || flags.contains(.readonly) || transactionReads(call) || call.command.pointee.fullName == "ping"
    {
      return CommandError(settings.emptyStartText)
    }
    if gates.contains(.loading), !flags.contains(.loading) { return CommandError("LOADING Redis is loading the dataset in memory") }
    if !session.gates.isDisjoint(with: [.replica, .monitor]), !flags.isDisjoint(with: [.write, .readonly, .mayReplicate]) {
      return CommandError("ERR Replica can't interact with the keyspace")
    }
    return nil
  }

  /// The first gate that is shut for work of the host program, which has no session; nil if it may go on.
  package func hostRefusal(writes: Bool) -> CommandError? {
    if gates.isEmpty { return nil }
    if gates.contains(.loading) { return CommandError("LOADING Redis is loading the dataset in memory") }
    if gates.contains(.stale) {
      return CommandError("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")
    }
    if gates.contains(.emptyStart) { return CommandError(settings.emptyStartText) }
    guard writes else { return nil }
    if gates.contains(.readOnlyReplica) { return CommandError("READONLY You can't write against a read only replica.") }
    if gates.contains(.outOfMemory), relieveMemory() == .failed { return .outOfMemory }
    if gates.contains(.diskError) { return CommandError(diskErrorText) }
    if gates.contains(.tooFewReplicas) { return CommandError("NOREPLICAS Not enough good replicas to write.") }
    if gates.contains(.paused) { return CommandError("PAUSED Writes are paused: CLIENT PAUSE, or a shutdown that waits for replicas.") }
    return nil
  }

  /// Why writes are refused while `gates` has `diskError`; the node says which it is.
  package var diskErrorText: String {
    settings.diskErrorText
  }

  /// The executing unit is an EXEC: its effects are committed together.
  var isInTransaction: Bool { transactionDepth > 0 }
}
