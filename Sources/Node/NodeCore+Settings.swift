internal import TernEngine
internal import TernReplication

/// From the configuration to the machines.
extension NodeCore {
  /// Copies every setting to where it is used. Called at start and after CONFIG SET.
  func applySettings() {
    var settings = engine.settings
    settings.requiresPassword = configuration.requirepass.map { !$0.isEmpty } ?? false
    settings.passwords = settings.requiresPassword ? [configuration.requirepass ?? []] : []
    // Lengths of keys and values are 32 bits wide in an entry.
    settings.bulkBytesMax = min(configuration.protoMaxBulkLen, Engine.valueBytesMax)
    settings.slowlogMicroseconds = Int64(configuration.slowlogLogSlowerThan)
    settings.slowlogLengthMax = configuration.slowlogMaxLen
    settings.debugCommand = ProtectedAction(rawValue: configuration.enableDebugCommand.rawValue) ?? .no
    settings.notifications = KeyspaceNotifications(configuration.notifyKeyspaceEvents)
    settings.debugCommand = ProtectedAction(configuration.enableDebugCommand)
    settings.memory = memorySettings
    settings.trackingKeysMax = configuration.trackingTableMaxKeys
    settings.latencyPercentiles = configuration.latencyTrackingInfoPercentiles.values
    settings.encodingLimits = configuration.encodingLimits
    settings.flushesLazily = configuration.lazyfreeLazyUserFlush
    settings.deletesLazily = configuration.lazyfreeLazyUserDel
    settings.expiresLazily = configuration.lazyfreeLazyExpire
    settings.offersQuorum = quorum != nil
    engine.settings = settings
    engine.setNotifies(settings.notifications != nil)
    engine.setTracksLatency(configuration.latencyTracking)
    engine.latency.thresholdMilliseconds = Int64(configuration.latencyMonitorThreshold)
    engine.slowlog.trim(to: settings.slowlogLengthMax)
    primary.configuration = configuration.primaryMachine
    replica.configuration = replicaConfiguration
    quorum?.adopt(configuration)
    updateGates()
    updateHolding()
  }

  private var replicaConfiguration: ReplicaConfiguration {
    var machine = configuration.replicaMachine(port: listeningPort)
    machine.isMember = quorum != nil
    machine.acknowledgesAtOnce = quorum != nil
    return machine
  }

  /// What of the configuration bounds memory. It depends on the role: a replica leaves evicting to its primary.
  private var memorySettings: MemorySettings {
    var memory = MemorySettings()
    memory.bytesMax = Int(clamping: configuration.maxmemory)
    memory.policy = EvictionPolicy(configuration.maxmemoryPolicy)
    memory.samples = configuration.maxmemorySamples
    memory.tenacity = configuration.maxmemoryEvictionTenacity
    memory.lfuLogFactor = configuration.lfuLogFactor
    memory.lfuDecayMinutes = configuration.lfuDecayTime
    memory.evictsLazily = configuration.lazyfreeLazyEviction
    memory.isIgnored = isReplica && configuration.replicaIgnoreMaxmemory
    let clients = configuration.maxmemoryClients
    memory.clientsBytesMax =
      clients >= 0 ? clients : Int(clamping: configuration.maxmemory.multipliedReportingOverflow(by: UInt64(-clients)).partialValue / 100)
    memory.backlogBytes = configuration.replBacklogSize
    return memory
  }

  /// After a change of the role.
  func updateMemorySettings() {
    let memory = memorySettings
    if engine.settings.memory != memory { engine.settings.memory = memory }
  }

  /// CONFIG SET has replaced the configuration; `changed` are the directives' names.
  func adopt(_ new: Configuration, changed: [String], for session: Session? = nil) {
    let wasOn = configuration.appendonly
    if changed.contains("port") || changed.contains("bind") {
      effects.append(.listen(.init(session: session, old: configuration, changed: changed)))
    }
    configuration = new
    applySettings()
    if new.appendonly != wasOn { effects.append(new.appendonly ? .startAOF : .stopAOF) }
    if changed.contains("repl-compression") {
      perform(primary.renegotiateCompression(now: now))
      perform(replica.renegotiate(now: now), Self.noBytes)
    }
    if changed.contains("appendfsync") { effects.append(.aofSettingsChanged) }
    effects.append(.configurationChanged(changed))
  }

  /// The outcome of `.listen`. What could not be opened leaves the whole configuration as it was before that CONFIG SET.
  package func listened(_ relisten: NodeEffect.Relisten, succeeded: Bool, now: Int64) {
    setTime(now)
    if succeeded {
      if let session = relisten.session { engine.unblock(session) { $0.ok() } }
      return afterEvent()
    }
    adopt(relisten.old, changed: relisten.changed.filter { $0 != "port" && $0 != "bind" })
    if let session = relisten.session {
      let isPort = relisten.changed.contains("port")
      let error = ConfigurationSetError.failed(
        isPort ? "port" : "bind",
        isPort ? "Unable to listen on this port. Check server logs." : "Failed to bind to specified addresses.")
      engine.unblock(session) { $0.error(error.description) }
    }
    afterEvent()
  }

  /// What a hook of the engine asks of the driver, in order with everything else.
  package func order(_ effect: NodeEffect) { effects.append(effect) }

  /// The port that was really bound (port 0 lets the system choose).
  package func setListeningPort(_ port: Int) {
    listeningPort = port
    replica.configuration = replicaConfiguration
  }
}

extension ProtectedAction {
  init(_ permitted: PermittedClients) {
    switch permitted {
    case .no: self = .no
    case .yes: self = .yes
    case .local: self = .local
    }
  }
}

extension EvictionPolicy {
  init(_ policy: MaxmemoryPolicy) {
    switch policy {
    case .noeviction: self.init()
    case .allkeysLRU: self.init(.recency)
    case .allkeysLFU: self.init(.frequency)
    case .allkeysRandom: self.init(.random)
    case .volatileLRU: self.init(.recency, onlyExpiring: true)
    case .volatileLFU: self.init(.frequency, onlyExpiring: true)
    case .volatileRandom: self.init(.random, onlyExpiring: true)
    case .volatileTTL: self.init(.timeToLive, onlyExpiring: true)
    }
  }
}

extension KeyspaceNotifications {
  init?(_ classes: KeyspaceEventClasses) {
    self.init()
    keyspace = classes.contains(.keyspaceChannel)
    keyevent = classes.contains(.keyeventChannel)
    guard keyspace || keyevent else { return nil }
    let kinds: [(KeyspaceEventClasses, KeyEventKind)] = [
      (.generic, .generic), (.string, .string), (.list, .list), (.set, .set), (.hash, .hash), (.sortedSet, .sortedSet),
      (.expired, .expired), (.evicted, .evicted), (.stream, .stream), (.module, .module), (.newKey, .new), (.keyMiss, .miss),
    ]
    for (flag, kind) in kinds where classes.contains(flag) { insert(kind) }
  }
}

extension Configuration {
  var primaryMachine: PrimaryConfiguration {
    var machine = PrimaryConfiguration()
    machine.disklessSync = replDisklessSync
    machine.disklessSyncDelayMilliseconds = Int64(replDisklessSyncDelay) * 1000
    machine.disklessSyncReplicasMax = replDisklessSyncMaxReplicas
    machine.concurrentFullSyncsMax = ternReplFullSyncsMax
    machine.compressesLinks = replCompression != .no
    machine.backlogBytes = Int64(replBacklogSize)
    // Any number of seconds is a valid setting; its milliseconds must not overflow, nor a time plus them.
    machine.backlogTTLMilliseconds = Int64(min(max(0, replBacklogTtl), Int.max / 4000)) * 1000
    machine.pingPeriodMilliseconds = Int64(replPingReplicaPeriod) * 1000
    machine.timeoutMilliseconds = Int64(replTimeout) * 1000
    machine.minReplicasToWrite = minReplicasToWrite
    machine.minReplicasMaxLagSeconds = Int64(minReplicasMaxLag)
    let limit = clientOutputBufferLimits.replica
    machine.lagHardBytesMax = Int64(clamping: limit.hardBytes)
    machine.lagSoftBytesMax = Int64(clamping: limit.softBytes)
    machine.lagSoftSeconds = Int64(limit.softSeconds)
    return machine
  }

  func replicaMachine(port: Int) -> ReplicaConfiguration {
    var machine = ReplicaConfiguration()
    machine.masterUser = masteruser
    machine.masterAuth = masterauth
    machine.announcedPort = replicaAnnouncePort > 0 ? replicaAnnouncePort : port
    machine.announcedAddress = replicaAnnounceIP
    machine.understandsLZ4 = replCompression != .no
    machine.timeoutMilliseconds = Int64(replTimeout) * 1000
    return machine
  }
}
