internal import TernEngine

extension Directive {
  /// Every directive: those of redis-server 7.0 and Tern's own. The order is that of CONFIG GET and of the lines that CONFIG REWRITE
  /// appends.
  package static let table: [Directive] =
    network + process + security + snapshots + appendOnlyFile + replication + clientsAndMemory + encodings + observation + ownDirectives
    + ignoredServer + ignoredMemory + ignoredCluster + ignoredTLS

  static let int32: ClosedRange<Int128> = Int128(Int32.min)...Int128(Int32.max)
  static let natural32: ClosedRange<Int128> = 0...Int128(Int32.max)
  static let positive32: ClosedRange<Int128> = 1...Int128(Int32.max)
  static let natural64: ClosedRange<Int128> = 0...Int128(Int64.max)
  static let positive64: ClosedRange<Int128> = 1...Int128(Int64.max)
  static let portRange: ClosedRange<Int128> = 0...65535

  private static let network: [Directive] = [
    .integer("port", \.port, portRange),
    .special("bind", \.bind, .multipleArguments),
    .string("bind-source-addr", \.bindSourceAddress),
    .string("unixsocket", \.unixsocket, .immutable),
    .integer("unixsocketperm", \.unixsocketperm, 0...0o777, in: .octal, .immutable),
    .integer("tcp-backlog", \.tcpBacklog, natural32, .immutable),
    .integer("tcp-keepalive", \.tcpKeepalive, natural32),
    .integer("timeout", \.timeout, natural32),
    .bool("protected-mode", \.protectedMode),
    .integer("maxclients", \.maxclients, 1...Int128(UInt32.max)),
  ]

  private static let process: [Directive] = [
    .bool("daemonize", \.daemonize, .immutable),
    .string("pidfile", \.pidfile, .immutable),
    .choice("loglevel", \.loglevel),
    .string("logfile", \.logfile, .immutable),
    .bool("always-show-logo", \.alwaysShowLogo, .immutable),
    .integer("databases", \.databases, positive32, .immutable),
    .special("dir", \.dir, [.protected, .deniedWhileLoading]),
    .integer("hz", \.hz, natural32),
    .bool("crash-log-enabled", \.crashLogEnabled),
    .integer("shutdown-timeout", \.shutdownTimeout, natural32),
    .special("shutdown-on-sigint", \.shutdownOnSigint, .multipleArguments),
    .special("shutdown-on-sigterm", \.shutdownOnSigterm, .multipleArguments),
  ]

  private static let security: [Directive] = [
    .bytes("requirepass", \.requirepass, .sensitive),
    .choice("enable-protected-configs", \.enableProtectedConfigs, .immutable),
    .choice("enable-debug-command", \.enableDebugCommand, .immutable),
    .choice("enable-module-command", \.enableModuleCommand, .immutable),
  ]

  private static let snapshots: [Directive] = [
    .special("save", \.savePoints, .multipleArguments),
    .string("dbfilename", \.dbfilename, .protected) { isFileName($0) ? nil : "dbfilename can't be a path, just a filename" },
    .choice("rdbcompression", \.rdbcompression),
    .bool("rdbchecksum", \.rdbchecksum, .immutable),
    .bool("stop-writes-on-bgsave-error", \.stopWritesOnBgsaveError),
    .integer("rdb-key-save-delay", \.rdbKeySaveDelay, int32, .hidden),
    .integer("key-load-delay", \.keyLoadDelay, int32, .hidden),
    .integer("loading-process-events-interval-bytes", \.loadingProcessEventsIntervalBytes, 1024...Int128(Int32.max), .hidden),
  ]

  private static let appendOnlyFile: [Directive] = [
    .bool("appendonly", \.appendonly, .deniedWhileLoading),
    .string("appendfilename", \.appendfilename, .immutable) {
      if $0.isEmpty { return "appendfilename can't be empty" }
      return isFileName($0) ? nil : "appendfilename can't be a path, just a filename"
    },
    .string("appenddirname", \.appenddirname, .immutable) {
      if $0.isEmpty { return "appenddirname can't be empty" }
      return isFileName($0) ? nil : "appenddirname can't be a path, just a dirname"
    },
    .choice("appendfsync", \.appendfsync),
    .bool("no-appendfsync-on-rewrite", \.noAppendfsyncOnRewrite),
    .integer("auto-aof-rewrite-percentage", \.autoAofRewritePercentage, natural32),
    .integer("auto-aof-rewrite-min-size", \.autoAofRewriteMinSize, natural64, in: .memory),
    .bool("aof-load-truncated", \.aofLoadTruncated),
    .bool("aof-use-rdb-preamble", \.aofUseRdbPreamble),
    .bool("aof-timestamp-enabled", \.aofTimestampEnabled),
    .bool("aof-disable-auto-gc", \.aofDisableAutoGc),
    .choice("propagation-error-behavior", \.propagationErrorBehavior),
  ]

  private static let replication: [Directive] = [
    .special("replicaof", \.replicaof, aliases: ["slaveof"], [.immutable, .multipleArguments]),
    .bytes("masterauth", \.masterauth, .sensitive),
    .bytes("masteruser", \.masteruser, stopsAtNUL: true, .sensitive),
    .bool("replica-serve-stale-data", \.replicaServeStaleData, aliases: ["slave-serve-stale-data"]),
    .bool("replica-read-only", \.replicaReadOnly, aliases: ["slave-read-only"]),
    .integer("replica-priority", \.replicaPriority, natural32, aliases: ["slave-priority"]),
    .bool("replica-announced", \.replicaAnnounced),
    .string("replica-announce-ip", \.replicaAnnounceIP, aliases: ["slave-announce-ip"]),
    .integer("replica-announce-port", \.replicaAnnouncePort, portRange, aliases: ["slave-announce-port"]),
    .bool("replica-ignore-disk-write-errors", \.replicaIgnoreDiskWriteErrors),
    .bool("replica-ignore-maxmemory", \.replicaIgnoreMaxmemory, aliases: ["slave-ignore-maxmemory"]),
    .bool("repl-diskless-sync", \.replDisklessSync),
    .integer("repl-diskless-sync-delay", \.replDisklessSyncDelay, natural32),
    .integer("repl-diskless-sync-max-replicas", \.replDisklessSyncMaxReplicas, natural32),
    .choice("repl-diskless-load", \.replDisklessLoad, .deniedWhileLoading),
    .bool("repl-disable-tcp-nodelay", \.replDisableTcpNodelay),
    .integer("repl-ping-replica-period", \.replPingReplicaPeriod, positive32, aliases: ["repl-ping-slave-period"]),
    .integer("repl-timeout", \.replTimeout, positive32),
    .integer("repl-backlog-ttl", \.replBacklogTtl, natural64),
    .integer("repl-backlog-size", \.replBacklogSize, positive64, in: .memory),
    .integer("min-replicas-to-write", \.minReplicasToWrite, natural32, aliases: ["min-slaves-to-write"]),
    .integer("min-replicas-max-lag", \.minReplicasMaxLag, natural32, aliases: ["min-slaves-max-lag"]),
  ]

  private static let clientsAndMemory: [Directive] = [
    .special("client-output-buffer-limit", \.clientOutputBufferLimits, .multipleArguments),
    .integer("client-query-buffer-limit", \.clientQueryBufferLimit, 1 << 20...Int128(Int64.max), in: .memory),
    .integer("proto-max-bulk-len", \.protoMaxBulkLen, 1 << 20...Int128(Int64.max), in: .memory),
    .integer("maxmemory", \.maxmemory, 0...Int128(UInt64.max), in: .memory),
    .integer("maxmemory-clients", \.maxmemoryClients, -100...Int128(Int64.max), in: .memoryOrPercent),
    .choice("maxmemory-policy", \.maxmemoryPolicy),
    .integer("maxmemory-samples", \.maxmemorySamples, positive32),
    .integer("maxmemory-eviction-tenacity", \.maxmemoryEvictionTenacity, 0...100),
    .integer("lfu-log-factor", \.lfuLogFactor, natural32),
    .integer("lfu-decay-time", \.lfuDecayTime, natural32),
    .integer("active-expire-effort", \.activeExpireEffort, 1...10),
    .bool("lazyfree-lazy-eviction", \.lazyfreeLazyEviction),
    .bool("lazyfree-lazy-expire", \.lazyfreeLazyExpire),
    .bool("lazyfree-lazy-user-del", \.lazyfreeLazyUserDel),
    .bool("lazyfree-lazy-user-flush", \.lazyfreeLazyUserFlush),
    .integer("tracking-table-max-keys", \.trackingTableMaxKeys, natural64),
  ]

  private static let encodings: [Directive] = [
    .integer("hash-max-listpack-entries", \.encodingLimits.hashEntries, natural64, aliases: ["hash-max-ziplist-entries"]),
    .integer("hash-max-listpack-value", \.encodingLimits.hashValueBytes, natural64, in: .memory, aliases: ["hash-max-ziplist-value"]),
    .integer("zset-max-listpack-entries", \.encodingLimits.sortedSetEntries, natural64, aliases: ["zset-max-ziplist-entries"]),
    .integer("zset-max-listpack-value", \.encodingLimits.sortedSetValueBytes, natural64, in: .memory, aliases: ["zset-max-ziplist-value"]),
    .integer("set-max-intset-entries", \.encodingLimits.setIntegers, natural64),
    .integer("set-max-listpack-entries", \.encodingLimits.setEntries, natural64),
    .integer("set-max-listpack-value", \.encodingLimits.setValueBytes, natural64, in: .memory),
    .integer("list-max-listpack-size", \.encodingLimits.listSize, int32, aliases: ["list-max-ziplist-size"]),
    .integer("hll-sparse-max-bytes", \.encodingLimits.sparseHyperLogLogBytes, natural64, in: .memory),
    .integer("stream-node-max-bytes", \.encodingLimits.streamNodeBytes, natural64, in: .memory),
    .integer("stream-node-max-entries", \.encodingLimits.streamNodeEntries, natural64),
  ]

  private static let observation: [Directive] = [
    .integer("slowlog-log-slower-than", \.slowlogLogSlowerThan, -1...Int128(Int64.max)),
    .integer("slowlog-max-len", \.slowlogMaxLen, natural64),
    .integer("latency-monitor-threshold", \.latencyMonitorThreshold, natural64),
    .bool("latency-tracking", \.latencyTracking),
    .special("latency-tracking-info-percentiles", \.latencyTrackingInfoPercentiles, .multipleArguments),
    .special("notify-keyspace-events", \.notifyKeyspaceEvents),
  ]

  private static let ownDirectives: [Directive] = [
    .choice("tern-durability", \.ternDurability, .immutable),
    .choice("tern-sentinel-state", \.ternSentinelState, .immutable),
    .integer("save-rate-limit", \.saveRateLimit, natural64, in: .memory),
    .choice("repl-compression", \.replCompression),
    .integer("tern-repl-full-syncs-max", \.ternReplFullSyncsMax, positive32),
    .integer("tern-repl-disk-backlog-size", \.ternReplDiskBacklogSize, natural64, in: .memory),
    .integer("tern-repl-backpressure", \.ternReplBackpressure, natural64, in: .memory),
    .integer("tern-repl-backpressure-timeout", \.ternReplBackpressureTimeout, positive32),
    .special("tern-members", \.ternMembers, [.immutable, .multipleArguments]),
    .string("tern-member", \.ternMember, .immutable),
    .integer("tern-copies", \.ternCopies, natural32, .immutable),
    .integer("tern-quorum-timeout", \.ternQuorumTimeout, positive32),
    .bool("tern-safe-start", \.ternSafeStart),
    .integer("tern-lease", \.ternLease, 10...60_000, .immutable),
    .string("tern-cluster", \.ternCluster, .immutable),
    .integer("tern-sentinel-port", \.ternSentinelPort, portRange, .immutable),
    .integer("tern-sentinel-quorum", \.ternSentinelQuorum, natural32, .immutable),
    .integer("tern-sentinel-down-after", \.ternSentinelDownAfter, positive32, .immutable),
    .integer("tern-sentinel-failover-timeout", \.ternSentinelFailoverTimeout, positive32, .immutable),
  ]

  private static func isFileName(_ text: String) -> Bool { !text.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") } }
}
