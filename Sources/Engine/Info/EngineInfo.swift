/// The sections of INFO that the engine can fill. The node adds server, persistence, replication and cpu, and what the process knows.
package enum EngineInfo {
  /// What only the host of the engine can measure.
  package struct Process: Sendable {
    package var maxClients = 10_000
    package var residentBytes = 0
    package var systemBytes = 0
    package var maxMemory = 0
    package var maxMemoryPolicy = "noeviction"
    package var aofBufferBytes = 0
    package var operationsPerSecond: Int64 = 0
    package var inputKilobytesPerSecond = 0.0
    package var outputKilobytesPerSecond = 0.0
    package var replicationInputBytes: Int64 = 0
    package var replicationOutputBytes: Int64 = 0
    package var fullSyncs: Int64 = 0
    package var partialSyncs: Int64 = 0
    package var refusedPartialSyncs: Int64 = 0
    package init() {}
  }

  // MARK: clients, memory

  package static func clients(_ engine: Engine, _ process: Process, into info: inout InfoBuilder) {
    let ordinary = engine.sessions.values.filter { $0.gates.isDisjoint(with: [.loader, .primaryLink, .replica]) }
    info.section("Clients")
    info.field("connected_clients", ordinary.count)
    info.field("cluster_connections", 0)
    info.field("maxclients", process.maxClients)
    info.field("client_recent_max_input_buffer", ordinary.map(\.inputBytes).max() ?? 0)
    info.field("client_recent_max_output_buffer", ordinary.map { $0.reply.count + $0.unsentBytes }.max() ?? 0)
    info.field("blocked_clients", ordinary.count { $0.blocked?.isOwnWish ?? false })
    info.field("tracking_clients", engine.trackingSessionCount)
    info.field("clients_in_timeout_table", ordinary.count { $0.blocked?.hasDeadline ?? false })
  }

  package static func memory(_ engine: Engine, _ process: Process, into info: inout InfoBuilder) {
    engine.measureMemory()
    let use = engine.memory
    let used = engine.usedMemory
    let overhead = use.counted + use.lateLog
    let dataset = engine.usedBytes
    let peak = use.peak
    let net = used - use.startup
    info.section("Memory")
    info.bytes("used_memory", used)
    info.bytes("used_memory_rss", process.residentBytes)
    info.bytes("used_memory_peak", peak)
    info.field("used_memory_peak_perc", decimals: percent(used, of: peak), suffix: "%")
    info.field("used_memory_overhead", overhead)
    info.field("used_memory_startup", use.startup)
    info.field("used_memory_dataset", dataset)
    info.field("used_memory_dataset_perc", decimals: percent(dataset, of: net), suffix: "%")
    info.field("allocator_allocated", used)
    info.field("allocator_active", used)
    info.field("allocator_resident", process.residentBytes)
    info.bytes("total_system_memory", process.systemBytes)
    info.field("used_memory_lua", 0)
    info.field("used_memory_vm_eval", 0)
    info.field("used_memory_lua_human", "0B")
    info.field("used_memory_scripts_eval", 0)
    info.field("number_of_cached_scripts", 0)
    info.field("number_of_functions", 0)
    info.field("number_of_libraries", 0)
    info.field("used_memory_vm_functions", 0)
    info.bytes("used_memory_vm_total", 0)
    info.field("used_memory_functions", 0)
    info.bytes("used_memory_scripts", 0)
    info.bytes("maxmemory", process.maxMemory)
    info.field("maxmemory_policy", process.maxMemoryPolicy)
    let fragmentation = process.residentBytes - used
    let ratio = used > 0 ? Double(process.residentBytes) / Double(used) : 0
    info.field("allocator_frag_ratio", decimals: 1)
    info.field("allocator_frag_bytes", 0)
    info.field("allocator_rss_ratio", decimals: ratio)
    info.field("allocator_rss_bytes", fragmentation)
    info.field("rss_overhead_ratio", decimals: 1)
    info.field("rss_overhead_bytes", 0)
    info.field("mem_fragmentation_ratio", decimals: ratio)
    info.field("mem_fragmentation_bytes", fragmentation)
    info.field("mem_not_counted_for_evict", engine.uncountedMemory)
    info.field("mem_replication_backlog", use.backlog)
    info.field("mem_total_replication_buffers", use.backlog + use.lateLog)
    info.field("mem_clients_slaves", use.replicas)
    info.field("mem_clients_normal", use.clients)
    info.field("mem_cluster_links", 0)
    info.field("mem_aof_buffer", process.aofBufferBytes)
    info.field("mem_allocator", "tern-slabs")
    info.field("active_defrag_running", 0)
    info.field("lazyfree_pending_objects", engine.lazyPending)
    info.field("lazyfreed_objects", engine.lazilyFreed + engine.heap.state.pointee.dismantledGraves)
  }

  private static func percent(_ part: Int, of whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) * 100 : 0 }

  // MARK: small sections

  package static func modules(into info: inout InfoBuilder) { info.section("Modules") }

  package static func cluster(into info: inout InfoBuilder) {
    info.section("Cluster")
    info.field("cluster_enabled", 0)
  }

  package static func keyspace(_ engine: Engine, into info: inout InfoBuilder) {
    info.section("Keyspace")
    for index in 0..<engine.databaseCount {
      let database = engine.database(index)
      guard database.count > 0 else { continue }
      var line = "keys=\(database.count),expires=\(database.expiryCount),avg_ttl=\(database.averageTTL())"
      // Redis 7.4's; left out while it is 0, as there are readers that know three fields only.
      if database.timedHashCount > 0 { line += ",subexpiry=\(database.timedHashCount)" }
      info.field("db\(index)", line)
    }
  }
}

extension BlockedState {
  var hasDeadline: Bool {
    switch self {
    case .wait(_, _, _, let deadline): deadline != nil
    case .keys(let wait): wait.deadline != nil
    case .paused, .host: false
    }
  }

  /// It waits because it asked to; not for the end of a pause, or of a job of the server's.
  var isOwnWish: Bool {
    if case .paused = self { false } else { true }
  }
}

extension Database {
  /// Milliseconds that keys with an expiry have left, estimated from a few segments as the expiry cycle meets them; 0 if none expires.
  func averageTTL() -> Int64 {
    guard expiryCount > 0 else { return 0 }
    var total: Int64 = 0
    var count: Int64 = 0
    let tree = table.tree
    var position: UInt64? = 0
    for _ in 0..<16 {
      guard let at = position else { break }
      position = tree.visit(at: at) { entry in
        guard let expiry = entry.expiry, expiry > now else { return }
        // Far futures are capped (about 300 years), so that the sum of a few segments cannot overflow.
        total += min(expiry - now, 1 << 43)
        count += 1
      }
    }
    return count > 0 ? total / count : 0
  }
}
