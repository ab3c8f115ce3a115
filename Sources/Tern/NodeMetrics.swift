internal import Synchronization
internal import TernDrivers
internal import TernEngine
internal import TernNode

#if Metrics
  internal import Metrics
#endif

/// The figures of INFO under dotted names, for swift-metrics: the same figures, as they come out of the same place. Documented in
/// <doc:Observability>.
enum NodeMetrics {
  /// The metric's name, and INFO's field.
  static let list: [(name: String, field: String)] = [
    ("tern.uptime.seconds", "uptime_in_seconds"),
    ("tern.clients.connected", "connected_clients"), ("tern.clients.blocked", "blocked_clients"),
    ("tern.clients.received", "total_connections_received"), ("tern.clients.rejected", "rejected_connections"),
    ("tern.memory.used.bytes", "used_memory"), ("tern.memory.resident.bytes", "used_memory_rss"),
    ("tern.memory.limit.bytes", "maxmemory"),
    ("tern.commands.processed", "total_commands_processed"), ("tern.commands.per_second", "instantaneous_ops_per_sec"),
    ("tern.commands.errors", "total_error_replies"),
    ("tern.network.input.bytes", "total_net_input_bytes"), ("tern.network.output.bytes", "total_net_output_bytes"),
    ("tern.keys.hits", "keyspace_hits"), ("tern.keys.misses", "keyspace_misses"), ("tern.keys.expired", "expired_keys"),
    ("tern.keys.evicted", "evicted_keys"),
    ("tern.replication.offset", "master_repl_offset"), ("tern.replication.replicas", "connected_slaves"),
    ("tern.replication.full_syncs", "sync_full"), ("tern.replication.partial_syncs", "sync_partial_ok"),
    ("tern.persistence.unsaved_changes", "rdb_changes_since_last_save"), ("tern.persistence.log.bytes", "aof_current_size"),
    ("tern.cpu.user.seconds", "used_cpu_user"), ("tern.cpu.system.seconds", "used_cpu_sys"),
  ]

  static let sections = ["server", "clients", "memory", "persistence", "stats", "replication", "cpu"]

  /// The numbers of an INFO text, by field.
  static func values(of info: String) -> [String: Double] {
    var values: [String: Double] = [:]
    for line in info.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":"), let value = Double(line[line.index(after: colon)...]) else { continue }
      values[String(line[..<colon])] = value
    }
    return values
  }
}

extension Node {
  /// The figures that are sent to swift-metrics, now. A figure that this node has not (the log's size without a log) is not there.
  ///
  /// - Throws: ``TernError/Code/reentrant``, ``TernError/Code/notRunning``.
  public var figures: [String: Double] {
    get throws(TernError) {
      let info = try enterCoreTyped(refuses: false) { core in core.info(InfoSections(NodeMetrics.sections)) }
      let values = NodeMetrics.values(of: info)
      var figures: [String: Double] = [:]
      for (name, field) in NodeMetrics.list { figures[name] = values[field] }
      return figures
    }
  }

  /// Sends the figures every `interval` while the node runs, and lives.
  func startMetrics(every interval: Duration?, label: String?) {
    #if Metrics
      guard let interval else { return }
      metricsTask.withLock { task in
        task = Task { [weak self] in
          let dimensions = label.map { [("node", $0)] } ?? []
          while !Task.isCancelled {
            guard let figures = try? self?.figures else { return }
            for (name, value) in figures { Gauge(label: name, dimensions: dimensions).record(value) }
            try? await Task.sleep(for: interval)
          }
        }
      }
    #endif
  }

  func stopMetrics() { metricsTask.withLock { $0?.cancel() } }
}
