package import TernEngine
internal import TernReplication

/// INFO.
enum InfoCommands {
  static let all: [CommandSpec] = [
    CommandSpec(
      "INFO", arity: -1, flags: [.loading, .stale, .sentinel], categories: [.dangerous], group: .server, since: "1.0.0",
      summary: "Figures and facts about this server, by section.", complexity: "O(1)",
      history: [.init("7.0.0", "Added support for taking multiple section arguments.")],
      tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
      arguments: [CommandArgument("section", .string, optional: true, multiple: true)], handler: info)
  ]

  static func info(_ call: Call) throws(CommandError) {
    let sections = InfoSections((1..<max(1, call.count)).map { call.text($0) })
    call.reply.verbatim(call.node.info(sections))
  }
}

extension NodeCore {
  /// The text of INFO.
  package func info(_ sections: InfoSections) -> String {
    // What came before in the same batch counts: clients take the offset for a place behind their own writes.
    if !engine.isExecutingTransaction { afterCommands() }
    var info = InfoBuilder()
    let process = engineProcess
    for name in sections.selected() {
      switch name {
      case "server": serverSection(&info)
      case "clients": EngineInfo.clients(engine, process, into: &info)
      case "memory": EngineInfo.memory(engine, process, into: &info)
      case "persistence": persistenceSection(&info)
      case "stats": EngineInfo.stats(engine, process, into: &info)
      case "replication":
        info.section("Replication")
        for line in replicationInfo.lines(primary, replica) { info.line(line) }
        if engine.gates.contains(.emptyStart), let reason = safeStart.reason { info.field("tern_refusal", reason) }
        for (name, value) in quorumFields { info.field("tern_" + name, value) }
        if let clusterWait { info.field("tern_cluster_wait", clusterWait) }
      case "tern":
        info.section("Tern")
        for line in replicationInfo.ownLines(primary) { info.line(line) }
        info.field("repl_backpressure_pauses", backpressure.pauses)
        info.field("repl_backpressure_milliseconds", backpressure.milliseconds)
        info.field("repl_stream_errors", engine.statistics.unexpectedErrorReplies)
      case "cpu":
        info.section("CPU")
        info.field("used_cpu_sys", Self.seconds(cpu.system))
        info.field("used_cpu_user", Self.seconds(cpu.user))
        info.field("used_cpu_sys_children", "0.000000")
        info.field("used_cpu_user_children", "0.000000")
        info.field("used_cpu_sys_main_thread", Self.seconds(cpu.system))
        info.field("used_cpu_user_main_thread", Self.seconds(cpu.user))
      case "modules": EngineInfo.modules(into: &info)
      case "commandstats": EngineInfo.commandstats(engine, into: &info)
      case "latencystats": EngineInfo.latencystats(engine, into: &info)
      case "errorstats": EngineInfo.errorstats(engine, into: &info)
      case "cluster": EngineInfo.cluster(into: &info)
      case "keyspace": EngineInfo.keyspace(engine, into: &info)
      default: break
      }
    }
    return info.text
  }

  private var engineProcess: EngineInfo.Process {
    var process = EngineInfo.Process()
    process.maxClients = configuration.maxclients
    process.residentBytes = memory.residentBytes
    process.systemBytes = memory.systemBytes
    process.maxMemory = Int(clamping: configuration.maxmemory)
    process.maxMemoryPolicy = configuration.maxmemoryPolicy.rawValue
    process.aofBufferBytes = aof.isOn ? Int(engine.log.endOffset - aof.cursor) : 0
    process.operationsPerSecond = opsSamples.perSecond
    process.fullSyncs = Int64(primary.fullSyncs)
    process.partialSyncs = Int64(primary.partialSyncsAccepted)
    process.refusedPartialSyncs = Int64(primary.partialSyncsRefused)
    return process
  }

  /// Six digits behind the point.
  private static func seconds(_ value: Double) -> String {
    let microseconds = Int64((value * 1_000_000).rounded())
    let fraction = String(microseconds % 1_000_000)
    return "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
  }

  private func serverSection(_ info: inout InfoBuilder) {
    let uptime = (now - startedAt) / 1000
    info.section("Server")
    info.field("redis_version", identity.compatibleVersion)
    info.field("redis_git_sha1", "00000000")
    info.field("redis_git_dirty", 0)
    info.field("redis_build_id", "0")
    info.field("redis_mode", engine.settings.serverMode)
    info.field("tern_version", identity.ternVersion)
    info.field("tern_durability", configuration.ternDurability.rawValue)
    info.field("os", identity.operatingSystem)
    info.field("arch_bits", 64)
    info.field("monotonic_clock", "POSIX clock_gettime")
    info.field("multiplexing_api", "epoll")
    info.field("atomicvar_api", "swift-synchronization")
    info.field("gcc_version", "0.0.0")
    info.field("process_id", identity.processID)
    info.field("process_supervised", "no")
    info.field("run_id", identity.runID)
    info.field("tcp_port", listeningPort)
    info.field("server_time_usec", now * 1000)
    info.field("uptime_in_seconds", uptime)
    info.field("uptime_in_days", uptime / 86_400)
    info.field("hz", configuration.hz)
    info.field("configured_hz", configuration.hz)
    info.field("lru_clock", now / 1000 & 0xff_ffff)
    info.field("executable", identity.executable)
    info.field("config_file", identity.configurationFile)
    info.field("io_threads_active", 0)
  }

  private func persistenceSection(_ info: inout InfoBuilder) {
    info.section("Persistence")
    info.field("loading", loading == nil ? 0 : 1)
    info.field("async_loading", staging == nil ? 0 : 1)
    info.field("current_cow_peak", 0)
    info.field("current_cow_size", 0)
    info.field("current_cow_size_age", 0)
    info.field("current_fork_perc", decimals: saveProgress?.progress.percent ?? 0)
    info.field("current_save_keys_processed", saveProgress?.keys ?? 0)
    info.field("current_save_keys_total", saveProgress?.keysTotal ?? 0)
    if let saveProgress {
      info.field("current_save_type", saveProgress.kind.rawValue)
      info.field("current_save_perc", decimals: saveProgress.progress.percent)
      info.field("current_save_bytes", saveProgress.bytes)
      info.field("current_save_mb_per_sec", decimals: saveProgress.progress.megabytesPerSecond)
      info.field("current_save_eta_seconds", saveProgress.progress.secondsLeft ?? -1)
    }
    info.field("save_rate_limit", configuration.saveRateLimit)
    info.field("rdb_last_save_bytes", persistence.savedBytes)
    info.field("rdb_last_save_mb_per_sec", decimals: persistence.savedMegabytesPerSecond)
    info.field("rdb_changes_since_last_save", engine.dirty)
    info.field("rdb_bgsave_in_progress", persistence.isSaving ? 1 : 0)
    info.field("rdb_last_save_time", persistence.lastSaveTime)
    info.field("rdb_last_bgsave_status", persistence.lastSaveSucceeded ? "ok" : "err")
    info.field("rdb_last_bgsave_time_sec", persistence.lastSaveSeconds)
    info.field("rdb_current_bgsave_time_sec", persistence.startedAt.map { (now - $0) / 1000 } ?? -1)
    info.field("rdb_saves", persistence.saves)
    info.field("rdb_last_cow_size", 0)
    info.field("rdb_last_load_keys_expired", loadedExpiredKeys)
    info.field("rdb_last_load_keys_loaded", loadedKeys)
    info.field("aof_enabled", aof.isOn || aof.isStarting ? 1 : 0)
    info.field("aof_rewrite_in_progress", aof.isRewriting ? 1 : 0)
    info.field("aof_rewrite_scheduled", aof.isRewriteScheduled ? 1 : 0)
    info.field("aof_last_rewrite_time_sec", aof.lastRewriteSeconds)
    info.field("aof_current_rewrite_time_sec", aof.rewriteStartedAt.map { (now - $0) / 1000 } ?? -1)
    info.field("aof_last_bgrewrite_status", aof.lastRewriteSucceeded ? "ok" : "err")
    info.field("aof_rewrites", aof.rewrites)
    info.field("aof_rewrites_consecutive_failures", aof.rewriteFailures)
    info.field("aof_last_write_status", aof.lastWriteSucceeded ? "ok" : "err")
    info.field("aof_last_cow_size", 0)
    info.field("module_fork_in_progress", 0)
    info.field("module_fork_last_cow_size", 0)
    if aof.isOn {
      info.field("aof_current_size", aof.currentBytes)
      info.field("aof_base_size", aof.baseBytes)
      info.field("aof_pending_rewrite", 0)
      info.field("aof_buffer_length", engine.log.endOffset - aof.cursor)
      info.field("aof_pending_bio_fsync", aof.pendingSyncs)
      info.field("aof_delayed_fsync", aof.delayedSyncs)
      info.field("tern_aof_fsynced_offset", aof.syncedOffset)
    }
    if let loading {
      let progress = loading.progress
      info.field("loading_start_time", loading.startedAt / 1000)
      info.field("loading_total_bytes", loading.totalBytes)
      info.field("loading_rdb_used_mem", loading.memoryBytes)
      info.field("loading_loaded_bytes", loading.loadedBytes)
      info.field("loading_loaded_perc", decimals: progress.percent)
      info.field("loading_eta_seconds", progress.secondsLeft ?? 1)
      info.field("loading_keys_loaded", loading.keys)
      info.field("loading_mb_per_sec", decimals: progress.megabytesPerSecond)
    }
  }
}

extension InfoBuilder {
  /// A line that is complete already.
  mutating func line(_ text: String) {
    if let colon = text.firstIndex(of: ":") {
      field(String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
  }
}
