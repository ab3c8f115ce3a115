/// MULTI's queue of one session.
package struct Transaction {
  struct Queued {
    let command: UnsafeMutablePointer<CommandRecord>
    let bytes: [UInt8]
    let arguments: [(offset: Int, count: Int)]
  }
  var queued: [Queued] = []
  var flags: CommandFlags = []
  /// True: its time was over when WATCH was called, but it had not been taken out yet: that it goes now is no change. By key, as a
  /// client may watch very many.
  var watched: [WatchedKeys.Key: Bool] = [:]
  /// What the queue holds, in bytes.
  package internal(set) var queuedBytes = 0
  /// Of the watched keys.
  var watchedBytes = 0
  /// A queued command's place, and the headers of its two arrays.
  static let queuedOverhead = MemoryLayout<Queued>.stride + 2 * 32
  package var count: Int { queued.count }
  package var watchCount: Int { watched.count }
}

/// Which sessions watch which keys.
package struct WatchedKeys {
  struct Key: Hashable {
    let database: Int
    let key: [UInt8]
  }
  /// The order of the sessions does not matter: each gets its own flag.
  var sessions: [Key: [Session]] = [:]
}

extension Engine {
  func queue(_ call: Call) {
    let session = call.session
    if session.gates.contains(.execAborted) { return call.reply.queued() }
    var bytes: [UInt8] = []
    var arguments: [(Int, Int)] = []
    for i in 0..<call.count {
      arguments.append((bytes.count, call[i].count))
      bytes.append(contentsOf: call[i].buffer)
    }
    session.transaction.queued.append(.init(command: call.command, bytes: bytes, arguments: arguments))
    session.transaction.flags.formUnion(call.command.pointee.flags)
    session.transaction.queuedBytes += bytes.count + arguments.count * 16 + Transaction.queuedOverhead
    call.reply.queued()
  }

  func transactionWrites(_ call: Call) -> Bool {
    call.command.pointee.fullName == "exec" && call.session.transaction.flags.contains(.write)
  }
  func transactionReads(_ call: Call) -> Bool {
    call.command.pointee.fullName == "exec" && call.session.transaction.flags.contains(.readonly)
  }
  func transactionReplicates(_ call: Call) -> Bool {
    call.command.pointee.fullName == "exec" && !call.session.transaction.flags.isDisjoint(with: [.write, .mayReplicate])
  }
  /// A queue grows without bound, so nothing is queued while memory is short.
  func growsQueue(_ call: Call) -> Bool {
    let name = call.command.pointee.fullName
    return call.session.gates.contains(.inMulti) && !["exec", "discard", "quit", "reset"].contains(name)
  }
  func transactionDeniesOOM(_ call: Call) -> Bool {
    call.command.pointee.fullName == "exec" && call.session.transaction.flags.contains(.denyOOM)
  }

  /// Leaves MULTI, without execution, and lets the watches go.
  package func abandonTransaction(_ session: Session) {
    session.gates.subtract([.inMulti, .execAborted])
    session.transaction.queued = []
    session.transaction.queuedBytes = 0
    session.transaction.flags = []
    unwatchAll(session)
  }

  func exec(_ call: Call) throws(CommandError) {
    let session = call.session
    guard session.gates.contains(.inMulti) else { throw CommandError("ERR EXEC without MULTI") }
    if session.gates.contains(.execAborted) {
      abandonTransaction(session)
      throw CommandError("EXECABORT Transaction discarded because of previous errors.")
    }
    if session.gates.contains(.watchBroken) || hasExpiredWatch(session) {
      abandonTransaction(session)
      return call.reply.nullArray()
    }
    let queued = session.transaction.queued
    abandonTransaction(session)
    call.reply.array(queued.count)
    transactionDepth += 1
    for item in queued {
      item.bytes.withUnsafeBytes { bytes in
        let base = bytes.baseAddress ?? emptyBytes
        let views = item.arguments.map { ArgumentView(base + $0.offset, $0.count) }
        views.withUnsafeBufferPointer { views in
          guard let first = views.baseAddress else { return }
          let hash = views.count > 1 ? self.hash(views[1].bytes, views[1].count) : 0
          perform(
            Call(
              engine: self, session: session, command: item.command, arguments: first, count: views.count, firstHash: hash,
              reply: call.reply))
        }
      }
    }
    transactionDepth -= 1
    session.lastCommand = call.command
  }

  // MARK: WATCH

  func watch(_ session: Session, _ key: KeyView, in database: Int) {
    let watched = WatchedKeys.Key(database: database, key: key.copy)
    guard session.transaction.watched[watched] == nil else { return }
    session.transaction.watched[watched] = isExpired(watched)
    session.transaction.watchedBytes += key.count
    self.watched.sessions[watched, default: []].append(session)
    hot.pointee.watchers += 1
  }

  package func unwatchAll(_ session: Session) {
    for key in session.transaction.watched.keys {
      watched.sessions[key]?.removeAll { $0 === session }
      if watched.sessions[key]?.isEmpty == true { watched.sessions[key] = nil }
      hot.pointee.watchers -= 1
    }
    session.transaction.watched = [:]
    session.transaction.watchedBytes = 0
    session.gates.remove(.watchBroken)
  }

  func breakWatches(of key: KeyView, in database: Int) {
    let changed = WatchedKeys.Key(database: database, key: key.copy)
    guard let sessions = watched.sessions[changed] else { return }
    let exists = tables[database].locate(key.hash, key.bytes, key.count) != nil
    for session in sessions { breakWatch(of: session, changed, exists: exists) }
  }

  /// FLUSHALL, FLUSHDB, SWAPDB, a full sync: every watched key that one of these databases holds counts as changed. To be called while
  /// they still hold it.
  func breakWatches(inDatabases databases: Set<Int>) {
    guard hot.pointee.watchers > 0 else { return }
    for (watched, sessions) in watched.sessions where databases.contains(watched.database) {
      let isHeld = watched.key.withUnsafeBytes { bytes in
        let key = database(watched.database).key(bytes)
        return databases.contains { tables[$0].locate(key.hash, key.bytes, key.count) != nil }
      }
      guard isHeld else { continue }
      for session in sessions { breakWatch(of: session, watched, exists: databases.count > 1) }
    }
  }

  func breakWatch(of session: Session, _ key: WatchedKeys.Key, exists: Bool) {
    if hot.pointee.keepsNotices { return keep(.brokenWatch(session, key, exists: exists)) }
    if !exists, session.transaction.watched[key] == true {
      session.transaction.watched[key] = false
      return
    }
    session.gates.insert(.watchBroken)
  }

  private func isExpired(_ watched: WatchedKeys.Key) -> Bool {
    watched.key.withUnsafeBytes { bytes in
      let database = database(watched.database)
      let key = database.key(bytes)
      guard let position = database.table.locate(key.hash, key.bytes, key.count) else { return false }
      return position.entry.isExpired(at: now)
    }
  }

  /// A watched key whose time ran out since WATCH counts as changed; one that had expired before it does not matter any more.
  func hasExpiredWatch(_ session: Session) -> Bool {
    session.transaction.watched.contains { key, wasExpired in !wasExpired && isExpired(key) }
  }
}
