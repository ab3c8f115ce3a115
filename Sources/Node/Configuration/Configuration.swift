package import TernEngine

/// Every setting of a server. Each stored property below holds a setting and, initially, its default; `Directive.table` binds directives to
/// them. What has no property here has no effect: such directives are parsed, validated, kept in `passive` and shown, and the table marks
/// them as ignored.
///
/// A value of some hundred bytes with few references: hold one, read its properties in place, replace it by what `applying` returns.
package struct Configuration: Sendable {
  // MARK: Network
  package var port = 6379
  package var bind = BindAddresses()
  package var bindSourceAddress: String?
  package var unixsocket: String?
  /// Permission bits; zero leaves what the process's umask gives.
  package var unixsocketperm = 0
  package var tcpBacklog = 511
  /// Seconds; zero is off. So is `timeout`, after which an idle client is disconnected.
  package var tcpKeepalive = 300
  package var timeout = 0
  package var protectedMode = true
  package var maxclients = 10_000

  // MARK: Process
  package var daemonize = false
  package var pidfile: String?
  package var loglevel = LogLevel.notice
  /// Empty is standard output.
  package var logfile = ""
  package var alwaysShowLogo = false
  package var databases = 16
  /// An absolute path once the configuration was loaded; relative file names start here. Never the process's own working directory: that
  /// belongs to the program that Tern is embedded in.
  package var dir = WorkingDirectory()
  /// How often a second background work runs; 1 to 500 whatever was given.
  package var hz = 10
  package var crashLogEnabled = true
  /// Seconds that a shutdown waits for replicas to catch up.
  package var shutdownTimeout = 10
  package var shutdownOnSigint: ShutdownOptions = []
  package var shutdownOnSigterm: ShutdownOptions = []

  // MARK: Security
  package var requirepass: [UInt8]?
  package var enableProtectedConfigs = PermittedClients.no
  package var enableDebugCommand = PermittedClients.no
  package var enableModuleCommand = PermittedClients.no

  // MARK: Snapshots
  package var savePoints = SavePoints([
    .init(seconds: 3600, changes: 1), .init(seconds: 300, changes: 100), .init(seconds: 60, changes: 10_000),
  ])
  package var dbfilename = "dump.rdb"
  package var rdbcompression = RDBCompression.yes
  package var rdbchecksum = true
  package var stopWritesOnBgsaveError = true
  /// Microseconds; for tests of what happens while a snapshot is written or read. Negative is once in that many keys.
  package var rdbKeySaveDelay = 0
  /// Bytes per second that a snapshot is written at, or sent to a replica; 0: as fast as it goes.
  package var saveRateLimit = 0
  package var keyLoadDelay = 0
  package var loadingProcessEventsIntervalBytes = 2 << 20

  // MARK: Append-only file
  package var appendonly = false
  package var appendfilename = "appendonly.aof"
  package var appenddirname = "appendonlydir"
  package var appendfsync = AppendFsync.everysec
  package var noAppendfsyncOnRewrite = false
  /// Growth since the last rewrite that starts one; zero is never.
  package var autoAofRewritePercentage = 100
  package var autoAofRewriteMinSize = 64 << 20
  package var aofLoadTruncated = true
  package var aofUseRdbPreamble = true
  package var aofTimestampEnabled = false
  package var aofDisableAutoGc = false

  // MARK: Replication
  package var replicaof = ReplicationSource()
  package var masterauth: [UInt8]?
  package var masteruser: [UInt8]?
  package var replicaServeStaleData = true
  package var replicaReadOnly = true
  package var replicaPriority = 100
  package var replicaAnnounced = true
  package var replicaAnnounceIP: String?
  package var replicaAnnouncePort = 0
  package var replicaIgnoreDiskWriteErrors = false
  package var replicaIgnoreMaxmemory = true
  package var replDisklessSync = true
  /// Seconds.
  package var replDisklessSyncDelay = 5
  package var replDisklessSyncMaxReplicas = 0
  package var replDisklessLoad = DisklessLoad.disabled
  package var replDisableTcpNodelay = false
  /// Seconds, as are `replTimeout` and `replBacklogTtl`.
  package var replPingReplicaPeriod = 10
  package var replTimeout = 60
  package var replBacklogTtl = 3600
  package var replBacklogSize = 1 << 20
  package var replCompression = LinkCompression.no
  package var propagationErrorBehavior = PropagationErrorBehavior.ignore
  package var minReplicasToWrite = 0
  /// Seconds.
  package var minReplicasMaxLag = 10

  // MARK: Clients and memory
  package var clientOutputBufferLimits = OutputBufferLimits()
  package var clientQueryBufferLimit = 1 << 30
  package var protoMaxBulkLen = 512 << 20
  /// Bytes; zero is no limit, as for `maxmemoryClients`, where −n is n per cent of `maxmemory`.
  package var maxmemory: UInt64 = 0
  package var maxmemoryClients = 0
  package var maxmemoryPolicy = MaxmemoryPolicy.noeviction
  package var maxmemorySamples = 5
  package var maxmemoryEvictionTenacity = 10
  package var lfuLogFactor = 10
  package var encodingLimits = EncodingLimits()
  /// Minutes.
  package var lfuDecayTime = 1
  package var activeExpireEffort = 1
  /// Evicted keys reach replicas and the AOF as UNLINK.
  package var lazyfreeLazyEviction = false
  package var lazyfreeLazyExpire = false
  package var lazyfreeLazyUserDel = false
  package var lazyfreeLazyUserFlush = false
  /// Keys whose readers are known at once; zero is no limit.
  package var trackingTableMaxKeys = 1_000_000

  // MARK: Observation
  /// Microseconds; −1 is never.
  package var slowlogLogSlowerThan = 10_000
  package var slowlogMaxLen = 128
  /// Milliseconds; zero is off.
  package var latencyMonitorThreshold = 0
  package var latencyTracking = true
  package var latencyTrackingInfoPercentiles = Percentiles()
  package var notifyKeyspaceEvents: KeyspaceEventClasses = []

  // MARK: Tern's own
  package var ternDurability = DurabilityMode.async
  package var ternSentinelState = SentinelStatePlace.auto
  /// Replicas that are sent an RDB at the same time; others wait their turn.
  package var ternReplFullSyncsMax = 4
  /// Bytes of superseded increments of the append only file that are kept for partial resyncs.
  package var ternReplDiskBacklogSize = 256 << 20
  /// Bytes that the slowest replica may be behind before writers wait for it; zero is no limit.
  package var ternReplBackpressure = 0
  /// Milliseconds that they wait at most.
  package var ternReplBackpressureTimeout = 1000
  package var ternMembers = MemberList()
  /// Empty: made of the address and port that this node announces.
  package var ternMember = ""
  /// Zero: the least that is safe.
  package var ternCopies = 0
  /// Milliseconds, as is `ternLease`.
  package var ternQuorumTimeout = 5000
  package var ternLease = 500
  package var ternSafeStart = true
  /// What a sentinel in this process calls the members; empty: there is none.
  package var ternCluster = ""
  /// Zero: 20000 above the node's.
  package var ternSentinelPort = 0
  /// Zero: more than half of the members.
  package var ternSentinelQuorum = 0
  /// Milliseconds, as is the next.
  package var ternSentinelDownAfter = 5000
  package var ternSentinelFailoverTimeout = 60_000

  // MARK: Directives that are no settings
  /// The arguments of each `user`, in order; not validated here.
  package var users: [[[UInt8]]] = []
  /// The arguments of each `loadmodule`: a path and the module's arguments.
  package var modules: [[[UInt8]]] = []
  /// `rename-command`, in order; an empty new name removes the command.
  package var renamedCommands: [(from: [UInt8], to: [UInt8])] = []
  /// Settings of modules, `module.name value …`, split. redis-server refuses to start when no module has loaded that knows them.
  package var moduleSettings: [[[UInt8]]] = []

  /// Indexes in `Directive.table` of what a file or the command line named.
  var given: Set<Int> = []
  var passive: [String: PassiveValue] = [:]

  package init() {}

  /// Names of the directives that were given explicitly and have no effect, for one line in the log at the start.
  package var ignoredDirectivesSet: [String] {
    given.sorted().lazy.map { Directive.table[$0] }.filter(\.isIgnored).map(\.name)
  }

  /// Names of the directives that a file or the command line named.
  package var givenDirectives: [String] { given.sorted().map { Directive.table[$0].name } }
}

/// Who may use what an `enable-…` directive guards.
package enum PermittedClients: String, CaseIterable, Sendable {
  case no, yes
  /// Only clients of the loopback interface and of the Unix socket.
  case local

  package func permits(isLocalClient: Bool) -> Bool { self == .yes || (self == .local && isLocalClient) }
}

package enum AppendFsync: String, CaseIterable, Sendable { case everysec, always, no }

package enum DisklessLoad: String, CaseIterable, Sendable {
  case disabled
  case onEmptyDB = "on-empty-db"
  case swapdb
}

/// `repl-compression`, as Valkey 9.2 has it: `yes` is `lz4`.
package enum LinkCompression: String, CaseIterable, Sendable { case no, yes, lz4 }

/// What a command of the primary that fails here does to a replica, and one of the append-only file to the start (which only `panic`
/// refuses).
package enum PropagationErrorBehavior: String, CaseIterable, Sendable {
  case ignore, panic
  case panicOnReplicas = "panic-on-replicas"
}

/// `rdbcompression`: of single strings (`yes`, which is LZF, and `lzf`), or of the whole file as Valkey 9.2 does.
package enum RDBCompression: String, CaseIterable, Sendable {
  case no, yes, lzf, lz4

  /// Whether single strings are compressed where the file as a whole is not: in what goes to replicas, and in the base of an append only file.
  package var compressesStrings: Bool { self != .no }
}

package enum MaxmemoryPolicy: String, CaseIterable, Sendable {
  case volatileLRU = "volatile-lru"
  case volatileLFU = "volatile-lfu"
  case volatileRandom = "volatile-random"
  case volatileTTL = "volatile-ttl"
  case allkeysLRU = "allkeys-lru"
  case allkeysLFU = "allkeys-lfu"
  case allkeysRandom = "allkeys-random"
  case noeviction
}

/// What an acknowledgement means: see the design, section 6.
package enum DurabilityMode: String, CaseIterable, Sendable { case async, quorum }

/// Where a sentinel keeps its state: in its configuration file, in a file of its own, or in the first if that was given and can be written.
package enum SentinelStatePlace: String, CaseIterable, Sendable { case auto, file, own }

/// `dir`.
package struct WorkingDirectory: SpecialSetting, Equatable {
  package var path = ""

  package init() {}

  mutating func assign(_ arguments: [[UInt8]], _ context: AssignmentContext) throws(ConfigurationReason) {
    guard let given = String(validating: Directive.cString(try Directive.only(arguments)), as: UTF8.self) else {
      throw ConfigurationReason("argument must be valid UTF-8")
    }
    // As the operating system answers; joined to the current directory it would silently be that one.
    guard !given.isEmpty else { throw ConfigurationReason("No such file or directory") }
    path = try context.enterDirectory(given, path)
  }

  var text: String { path }

  func lines(_ name: String, default fallback: Self) -> [RewriteLine] {
    path.isEmpty ? [] : [RewriteLine("\(name) \(QuotedArguments.quote(path.utf8))", isForced: true)]
  }
}
