package import TernEngine

/// What a driver has to do for the node, in this order. Taken with `NodeCore.takeEffects` after every call, and done outside the lock.
package enum NodeEffect {
  case log(LogLevel, String)

  // The link to the primary. `link` numbers the connection and comes back in every event about it.
  case connectPrimary(link: Int, host: String, port: Int)
  case closePrimary(link: Int)
  case sendPrimary(link: Int, [UInt8])
  /// Let TCP hold what the primary sends, until `resumePrimary`.
  case pausePrimary(link: Int)
  case resumePrimary(link: Int)

  // Replicas.
  /// `NodeCore.takeStream` has bytes for this replica, where it had none before.
  case pump(Session)
  /// Encode the snapshot, and write preamble, RDB and trailer to the session's connection, with back-pressure; report by
  /// `transferMoved` as bytes leave and `transferCompleted` at the end.
  case transfer(Transfer)
  /// Encode the snapshot once to count its bytes; report by `snapshotSized`.
  case measure(group: Int, RDBJob)

  // Files. Each is done on a background thread; the outcome is reported by the method named.
  /// Write an RDB file: `saveFinished`.
  case save(RDBJob)
  /// Begin to append to an AOF (`appendonly` was switched on, or the data was replaced): start with a rewrite.
  case startAOF
  /// Stop appending; what is in the log up to now is written and synced first.
  case stopAOF
  /// Rewrite the AOF from a snapshot, which the AOF's own thread takes with `beginAOFRewrite`: `aofRewriteFinished`.
  case rewriteAOF
  /// `appendfsync` or its like has changed.
  case aofSettingsChanged
  /// Replace the file of the node's promises, and sync it and its directory: answer by `quorumStateStored`.
  case storeQuorumState([UInt8])
  /// Write the configuration file anew: answer by `completeHostWait`.
  case rewriteConfiguration(Session)
  /// Save and load again: answer by `completeHostWait`.
  case reload(Session, DebugReload)

  /// MIGRATE: send the values to another server; report by `migrationFinished`.
  case migrate(Migration)
  /// A command that the host answers itself (a sentinel's): answer by `completeHostWait`, to the session of this id.
  case command(sessionID: Int64, [[UInt8]])

  // The process.
  /// The set of listening addresses, or what hangs on the connections, has changed.
  case configurationChanged([String])
  /// `port` or `bind` was set: open what the configuration names now, and report by `listened`.
  case listen(Relisten)
  /// End: everything that had to be saved is saved. `status` is what the process should exit with.
  case shutdown(status: Int32)
  /// DEBUG SLEEP: make the server unresponsive for so long.
  case sleep(milliseconds: Int64)
  /// DEBUG SEGFAULT, PANIC and RESTART: only a server process of its own obeys them.
  case crash(String)

  /// A full sync to one replica.
  package struct Transfer {
    package let session: Session
    package let group: Int
    package let job: RDBJob
    package let preamble: [UInt8]
    package let trailer: [UInt8]
  }

  /// CONFIG SET of listening addresses.
  package struct Relisten {
    /// Who waits for the outcome; nil within a transaction.
    package let session: Session?
    /// To go back to when the new addresses cannot be opened.
    package let old: Configuration
    /// All that was set with them.
    package let changed: [String]
  }

  package enum DebugReload: Hashable, Sendable {
    case rdb(save: Bool, flush: Bool, merge: Bool)
    case aof
  }
}

/// A snapshot to be encoded as an RDB, and what its header says. The node releases the snapshot when the job is reported as done.
package struct RDBJob: Sendable {
  package let id: Int
  package let snapshot: Snapshot
  package let replicationID: String
  package let streamDatabase: Int
  package let usedMemoryBytes: Int64
  package let isAOFBase: Bool
  package let checksum: Bool
  package let compression: Bool
  /// Functions only, or nothing at all, was asked for (`redis-cli --functions-rdb`).
  package let excludesData: Bool
  /// Sources of function libraries, which this version keeps and cannot run.
  package var functions: [[UInt8]] = []
  /// In an LZ4 envelope, for replicas that understand it.
  package var isCompressed = false
  /// For replicas that cannot read the expiries of hashes' fields.
  package var omitsFieldExpiries = false
  package var access = KeyAccessForm.none
  /// Whose leadership the data are of (`tern-durability quorum`); 0: nobody's.
  package var historyEpoch: UInt64 = 0
  /// Who the members of the quorum are, if the log has changed them.
  package var membership: String?
}
