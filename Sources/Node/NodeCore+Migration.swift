internal import TernEngine
internal import TernPersistence

/// Keys on their way to another server, as they were when the command came. Its snapshot is held until `migrationFinished`.
package struct Migration: @unchecked Sendable {
  let sessionID: Int64
  let snapshot: Snapshot
  let databaseIndex: Int
  /// Each key with its entry in the snapshot. While that is held, a change of the key puts another entry in its place.
  let items: [(name: [UInt8], entry: Entry)]
  package let host: String
  package let port: Int
  let target: Int64
  /// Between two signs of life.
  package let timeoutMilliseconds: Int64
  let copies: Bool
  let replaces: Bool
  let authentication: [[UInt8]]
  let compression: Bool

  /// Replies that the target owes to the prologue.
  package var prologueCount: Int { (authentication.isEmpty ? 0 : 1) + 1 }

  /// What the target is asked first. When it refuses that, the values would arrive in a place that was not meant.
  package var prologue: [UInt8] {
    var bytes: [UInt8] = []
    if !authentication.isEmpty { RESPCommand.encode([Array("AUTH".utf8)] + authentication, into: &bytes) }
    RESPCommand.encode([Array("SELECT".utf8), Array(String(target).utf8)], into: &bytes)
    return bytes
  }

  /// The values; on any thread. Keys whose time is over by now are left out: `sent` are the others, by their index.
  package func request(now: Int64) -> (bytes: [UInt8], sent: [Int]) {
    var bytes: [UInt8] = []
    var sent: [Int] = []
    var writer = RDBWriter(options: .init(compression: compression))
    for (i, item) in items.enumerated() {
      var ttl: Int64 = 0
      if let expiry = item.entry.expiry {
        guard expiry > now else { continue }
        ttl = expiry - now
      }
      var command = [Array("RESTORE".utf8), item.name, Array(String(ttl).utf8), ValuePayload.encode(item.entry, with: &writer)]
      if replaces { command.append(Array("REPLACE".utf8)) }
      RESPCommand.encode(command, into: &bytes)
      sent.append(i)
    }
    return (bytes, sent)
  }

  package enum Outcome: Sendable {
    /// Of the keys with these indices the target has taken the values; `error` is the first that it answered otherwise, without its dash.
    case answered(taken: [Int], error: String?)
    /// `connecting to`, `writing to` or `reading from` failed; keys whose replies had come are gone already.
    case interrupted(taken: [Int], String)
    case unreachable(String)
  }
}

extension NodeCore {
  func beginMigration(
    _ call: Call, _ keys: [[UInt8]], host: String, port: Int, target: Int64, timeoutMilliseconds: Int64, copies: Bool, replaces: Bool,
    authentication: [[UInt8]]
  ) {
    let snapshot = engine.takeSnapshot()
    let database = call.database
    let items = keys.compactMap { name in name.withUnsafeBytes { database.peek(database.key($0)) }.map { (name, $0) } }
    engine.block(call.session, .host("migrate"))
    effects.append(
      .migrate(
        Migration(
          sessionID: call.session.id, snapshot: snapshot, databaseIndex: database.index, items: items, host: host, port: port,
          target: target, timeoutMilliseconds: timeoutMilliseconds, copies: copies, replaces: replaces, authentication: authentication,
          compression: configuration.rdbcompression.compressesStrings)))
  }

  package func migrationFinished(_ migration: Migration, _ outcome: Migration.Outcome, now: Int64) {
    setTime(now)
    var error: String?
    var taken: [Int] = []
    switch outcome {
    case .answered(let indices, let reason):
      taken = indices
      if let reason { error = "ERR Target instance replied with error: \(reason)" }
    case .interrupted(let indices, let what):
      taken = indices
      error = "IOERR error or timeout \(what) target instance"
    case .unreachable(let what): error = "IOERR error or timeout \(what) target instance"
    }
    if !migration.copies, let kept = removeMigrated(migration, taken) {
      error =
        error
        ?? "ERR Key '\(kept)' was changed while it was migrated: the target has the value from before, and the key stays here as it is"
    }
    engine.release(migration.snapshot)
    if let session = engine.sessions[migration.sessionID], case .host? = session.blocked {
      engine.unblock(session) { reply in
        if let error { reply.error(error) } else { reply.ok() }
      }
    }
    afterEvent()
  }

  /// Takes out what the target has. Returns a key that is no longer what was sent.
  private func removeMigrated(_ migration: Migration, _ taken: [Int]) -> String? {
    // A node that has become a replica meanwhile has no say.
    guard !isReplica else { return taken.first.map { printable(migration.items[$0].name) } }
    let database = engine.database(migration.databaseIndex)
    var kept: String?
    for i in taken where migration.items.indices.contains(i) {
      let item = migration.items[i]
      item.name.withUnsafeBytes { bytes in
        let key = database.key(bytes)
        guard let entry = database.peek(key), entry == item.entry else {
          kept = kept ?? printable(item.name)
          return
        }
        database.remove(key)
      }
    }
    return kept
  }
}
