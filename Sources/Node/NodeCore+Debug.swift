internal import TernEngine
internal import TernReplication

/// What of DEBUG is the node's: RELOAD, LOADAOF, CHANGE-REPL-ID, SLEEP.
extension NodeCore {
  func installDebugCommands() {
    engine.debugExtension = { [unowned self] call throws(CommandError) in try debug(call) }
    engine.settings.debugSleep = { engine, session, microseconds in
      guard let owner = engine.owner else { return }
      let node = unsafeDowncast(owner, to: NodeCore.self)
      engine.block(session, .host("debug sleep"))
      node.sleepers.append((session, node.now + microseconds / 1000))
      node.effects.append(.sleep(milliseconds: microseconds / 1000))
    }
    engine.onClientEviction = { [unowned self] session, bytes in
      log(.notice, "Evicting client: id=\(session.id) addr=\(session.address) laddr=\(session.localAddress) tot-mem=\(bytes)")
    }
    engine.replyOnTimeout = { [unowned self] session, state in
      guard case .wait(let offset, let local, _, _) = state else { return }
      waits.removeAll { $0 === session }
      answerWait(session.reply, offset, isSynced: local != nil)
    }
  }

  /// False when the subcommand is none of the node's.
  private func debug(_ call: Call) throws(CommandError) -> Bool {
    if call.is(1, "RELOAD") {
      var save = true
      var flush = true
      var merge = false
      for i in 2..<max(2, call.count) {
        if call.is(i, "NOSAVE") {
          save = false
        } else if call.is(i, "NOFLUSH") {
          flush = false
        } else if call.is(i, "MERGE") {
          merge = true
        } else {
          throw CommandError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
        }
      }
      return try reload(call, .rdb(save: save, flush: flush, merge: merge))
    }
    if call.is(1, "LOADAOF") { return try reload(call, .aof) }
    if call.is(1, "CHANGE-REPL-ID") {
      log(.warning, "Changing replication IDs after receiving change-repl-id")
      var random = SplitMix64(seed: engine.random.next())
      history.renew(.random(using: &random))
      call.reply.ok()
      return true
    }
    return false
  }

  private func reload(_ call: Call, _ what: NodeEffect.DebugReload) throws(CommandError) -> Bool {
    if engine.isExecutingTransaction { throw CommandError("ERR DEBUG RELOAD and LOADAOF wait for the disk, which a transaction cannot") }
    engine.block(call.session, .host("debug reload"))
    effects.append(.reload(call.session, what))
    return true
  }

  func wakeSleepers() {
    sleepers.removeAll { sleeper in
      guard now >= sleeper.until else { return false }
      engine.unblock(sleeper.session) { $0.ok() }
      return true
    }
  }
}
