/// What redis.conf says about the primary's side. All may change at run time (`PrimaryMachine.configuration`).
package struct PrimaryConfiguration: Hashable, Sendable {
  /// `repl-diskless-sync`: stream the RDB with an end mark to replicas that can (`capa eof`); else its length goes first.
  package var disklessSync = true
  /// `repl-diskless-sync-delay`: how long the first waiting replica waits for others to share the snapshot.
  package var disklessSyncDelayMilliseconds: Int64 = 5000
  /// `repl-diskless-sync-max-replicas`: so many waiting replicas end the delay at once; 0 means never.
  package var disklessSyncReplicasMax = 0
  /// Snapshots that are being transferred at the same time. Bounds the memory that copy-on-write pins, and the load of a storm of
  /// full syncs; more than one, so that a slow replica does not keep the others waiting.
  package var concurrentSnapshotsMax = 3
  /// `tern-repl-full-syncs-max`: replicas that are being sent an RDB at the same time. Those that come when a rack or a primary is back
  /// wait their turn; an empty line at each ping tells them that they are not forgotten.
  package var concurrentFullSyncsMax = 4
  /// A replica that is no further behind is served from memory, whatever the size of the backlog: reading files for it would cost more.
  package var memoryLagBytesMax: Int64 = 16 << 20
  /// `repl-compression`: links to replicas that say `capa lz4` are compressed.
  package var compressesLinks = false
  /// `repl-backlog-size`.
  package var backlogBytes: Int64 = 1 << 20
  /// `repl-backlog-ttl`; 0 means that the backlog is kept for ever.
  package var backlogTTLMilliseconds: Int64 = 3_600_000
  /// `repl-ping-replica-period`.
  package var pingPeriodMilliseconds: Int64 = 10_000
  /// `repl-timeout`.
  package var timeoutMilliseconds: Int64 = 60_000
  /// `min-replicas-to-write`; 0 switches it off.
  package var minReplicasToWrite = 0
  /// `min-replicas-max-lag`; 0 switches it off.
  package var minReplicasMaxLagSeconds: Int64 = 10
  /// `client-output-buffer-limit replica <hard> <soft> <seconds>`, as bytes of the log that are not yet written to the replica's
  /// socket; 0 switches a limit off.
  package var lagHardBytesMax: Int64 = 256 << 20
  package var lagSoftBytesMax: Int64 = 64 << 20
  package var lagSoftSeconds: Int64 = 60

  package init() {}
}

/// What a snapshot is sent as.
package enum SnapshotFraming: Hashable, Sendable {
  /// `$EOF:<40 bytes>\r\n`, the RDB, the same 40 bytes again: nothing needs to know the length.
  case endMark
  /// `$<length>\r\n`, the RDB.
  case length
}

/// What a replica wants in its RDB (`REPLCONF rdb-filter-only`; redis-cli's `--functions-rdb`).
package struct SnapshotFilter: Hashable, Sendable {
  package var excludesData = false
  package var excludesFunctions = false
  /// The RDB goes out in an LZ4 envelope (`capa lz4`).
  package var isCompressed = false
  /// Hashes are sent without the expiries of their fields, which Redis before 7.4 cannot read.
  package var omitsFieldExpiries = false
  package init() {}
  package static let everything = SnapshotFilter()
}

/// What the host of a `PrimaryMachine` has to do, in this order.
package enum PrimaryAction: Hashable, Sendable {
  case log(ReplicationLogLevel, String)
  /// Write these bytes to the connection.
  case send(Int, [UInt8])
  /// Close the connection once what was sent before is written. The machine has forgotten it: no `disconnected` is needed.
  case close(Int)
  /// Nothing was logged so far: log from here on. The history has just got a new id.
  case startLogging
  /// Nobody needs the backlog: the log may be trimmed to its end, and logging may stop (then pass `log: nil` to `psync`).
  case releaseBacklog
  /// Take a snapshot at the log's end, and answer with `snapshotTaken`, or `snapshotFailed`. The next write in the log must be
  /// preceded by a SELECT: a replica that loads the RDB begins with a database of its own choice.
  case takeSnapshot(group: Int, framing: SnapshotFraming, filter: SnapshotFilter)
  /// Write `preamble`, the group's RDB and `trailer` to the replica, then answer with `transferCompleted`; nothing of the log goes
  /// to it before. Each replica of a group has a pace of its own.
  case transfer(Int, group: Int, preamble: [UInt8], trailer: [UInt8])
  /// Nobody reads this snapshot any more.
  case releaseSnapshot(group: Int)
  /// `takeRange` has something for this replica, where it had nothing before.
  case logAvailable(Int)
  /// Append this command to the log.
  case append([UInt8])
  /// `PSYNC … FAILOVER`: our primary hands its role to us. Promote this node, then call `psync` again without the third argument.
  case promote(requestedBy: Int)
}
