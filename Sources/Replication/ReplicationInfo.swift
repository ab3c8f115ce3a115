package import TernEngine

/// What INFO replication and ROLE print, with the names and in the order of Redis 7.0.
package struct ReplicationInfo {
  package var history: ReplicationHistory
  /// What is logged; nil while nothing is.
  package var log: LogBounds?
  package var now: Int64
  /// `replica-priority`.
  package var replicaPriority = 100
  /// `replica-read-only`.
  package var isReadOnly = true
  /// `replica-announced`.
  package var isAnnounced = true
  package var failoverState = "no-failover"
  /// A member of a quorum that neither leads nor follows: what it shows is a replica without a primary.
  package var isIdle = false

  package init(history: ReplicationHistory, log: LogBounds?, now: Int64) {
    self.history = history
    self.log = log
    self.now = now
  }

  /// The lines without the heading `# Replication` and without line ends.
  package func lines(_ primary: PrimaryMachine, _ replica: ReplicaMachine) -> [String] {
    var lines = ["role:\(replica.isReplica || isIdle ? "slave" : "master")"]
    if let endpoint = replica.primary ?? (isIdle ? Self.nobody : nil) { lines += linkLines(replica, endpoint) }
    lines.append("connected_slaves:\(primary.replicas.count)")
    if let good = primary.goodReplicas(now: now) { lines.append("min_slaves_good_slaves:\(good)") }
    for (number, other) in primary.replicas.enumerated() {
      guard let state = other.infoState else { continue }
      let lag = other.isOnline ? seconds(since: other.acknowledgedAt) : 0
      let compression = other.isCompressed ? ",compression=lz4,uncompressed_bytes=\(other.compression.rawBytes)" : ""
      lines.append(
        "slave\(number):ip=\(other.shownAddress),port=\(other.listeningPort),state=\(state),offset=\(other.acknowledged),lag=\(lag)"
          + compression)
    }
    let bounds = primary.backlogIsActive ? log : nil
    lines += [
      "master_failover_state:\(failoverState)",
      "master_replid:\(history.replid)",
      "master_replid2:\(history.replid2)",
      "master_repl_offset:\(primary.logEnd)",
      "second_repl_offset:\(history.secondReplidOffset)",
      "repl_backlog_active:\(bounds == nil ? 0 : 1)",
      "repl_backlog_size:\(primary.configuration.backlogBytes)",
      "repl_backlog_first_byte_offset:\(bounds.map { $0.start + 1 } ?? 0)",
      "repl_backlog_histlen:\(bounds.map { $0.end - $0.start } ?? 0)",
    ]
    return lines
  }

  /// What redis-server does not tell: INFO's section of this node's own.
  package func ownLines(_ primary: PrimaryMachine) -> [String] {
    var lines = FullResyncReason.Kind.allCases.map { "sync_full_reason_\($0.rawValue):\(primary.fullSyncReasons[$0] ?? 0)" }
    let counts = primary.compression
    lines += [
      "sync_full_last_reason:\(primary.lastFullSyncReason ?? "")",
      "sync_full_under_way:\(primary.replicas.count { $0.group != nil })",
      "sync_full_waiting:\(primary.replicas.count { $0.phase == .waiting })",
      "sync_partial_from_disk:\(primary.partialSyncsFromDisk)",
      "repl_disk_log_first_byte_offset:\(primary.onDisk.map { $0.start + 1 } ?? 0)",
      "repl_lag_bytes_max:\(primary.lagBytesMax)",
      "repl_lag_dropped_replicas:\(primary.lagDrops)",
      "repl_compression_links:\(primary.replicas.count(where: \.isCompressed))",
      "repl_compression_raw_bytes:\(counts.rawBytes)",
      "repl_compression_wire_bytes:\(counts.wireBytes)",
      "repl_compression_ratio:\(Self.ratio(counts.rawBytes, counts.wireBytes))",
      "repl_compression_bypassed_bytes:\(counts.bypassedBytes)",
    ]
    return lines
  }

  /// How many raw bytes one byte on the wire carried, with two digits.
  static func ratio(_ raw: Int64, _ wire: Int64) -> String {
    guard wire > 0 else { return "1.00" }
    let hundredths = Int64((Double(raw) / Double(wire) * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }

  package func role(_ primary: PrimaryMachine, _ replica: ReplicaMachine) -> RESPValue {
    func bulk(_ text: String) -> RESPValue { .bulkString(Array(text.utf8)) }
    guard let endpoint = replica.primary ?? (isIdle ? Self.nobody : nil) else {
      let online = primary.replicas.filter(\.isOnline).map { other in
        RESPValue.array([bulk(other.shownAddress), bulk("\(other.listeningPort)"), bulk("\(other.acknowledged)")])
      }
      return .array([bulk("master"), .integer(primary.logEnd), .array(online)])
    }
    return .array([
      bulk("slave"), bulk(endpoint.host), .integer(Int64(endpoint.port)), bulk(replica.isReplica ? replica.stateName : "connect"),
      .integer(replica.isConnected ? replica.appliedOffset ?? -1 : -1),
    ])
  }

  private static let nobody = ReplicaMachine.Endpoint(host: "none", port: 0)

  private func linkLines(_ replica: ReplicaMachine, _ endpoint: ReplicaMachine.Endpoint) -> [String] {
    var lines = [
      "master_host:\(endpoint.host)",
      "master_port:\(endpoint.port)",
      "master_link_status:\(replica.isConnected ? "up" : "down")",
      "master_last_io_seconds_ago:\(replica.lastIO.map { seconds(since: $0) } ?? -1)",
      "master_sync_in_progress:\(replica.isSyncing ? 1 : 0)",
      // Redis prints 1 while there is nothing to count from.
      "slave_read_repl_offset:\(replica.readOffset ?? 1)",
      "slave_repl_offset:\(replica.appliedOffset ?? 1)",
    ]
    if let progress = replica.transferProgress {
      let total = progress.totalBytes ?? -1
      lines += [
        "master_sync_total_bytes:\(total)",
        "master_sync_read_bytes:\(progress.readBytes)",
        "master_sync_left_bytes:\(total - progress.readBytes)",
        "master_sync_perc:\(Self.percentage(of: progress.readBytes, in: progress.totalBytes))",
        "master_sync_last_io_seconds_ago:\(seconds(since: progress.movedAt))",
      ]
    }
    if !replica.isConnected {
      lines.append("master_link_down_since_seconds:\(replica.downSince.map { seconds(since: $0) } ?? -1)")
    }
    return lines + [
      "slave_priority:\(replicaPriority)",
      "slave_read_only:\(isReadOnly ? 1 : 0)",
      "replica_announced:\(isAnnounced ? 1 : 0)",
    ]
  }

  /// `%.2f` of a percentage. Before the RDB's size is known Redis divides by -1, and prints a negative zero.
  static func percentage(of part: Int64, in total: Int64?) -> String {
    guard let total else { return "-0.00" }
    guard total > 0 else { return "0.00" }
    let hundredths = Int64((Double(part) / Double(total) * 10_000).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  private func seconds(since time: Int64) -> Int64 { max(0, now - time) / 1000 }
}

extension PrimaryMachine.Replica {
  /// As INFO names it; nil for a replica that it leaves out.
  package var infoState: String? {
    switch phase {
    case .waiting, .preparing, .transferring(_, .endMark): "wait_bgsave"
    case .transferring(_, .length): "send_bulk"
    case .online: "online"
    case .transmitted: nil
    }
  }
}
