extension EngineInfo {
  package static func stats(_ engine: Engine, _ process: Process, into info: inout InfoBuilder) {
    let statistics = engine.statistics
    info.section("Stats")
    info.field("total_connections_received", statistics.connectionsReceived)
    info.field("total_commands_processed", engine.commandsProcessed)
    info.field("instantaneous_ops_per_sec", process.operationsPerSecond)
    info.field("total_net_input_bytes", statistics.inputBytes)
    info.field("total_net_output_bytes", statistics.outputBytes)
    info.field("total_net_repl_input_bytes", process.replicationInputBytes)
    info.field("total_net_repl_output_bytes", process.replicationOutputBytes)
    info.field("instantaneous_input_kbps", decimals: process.inputKilobytesPerSecond)
    info.field("instantaneous_output_kbps", decimals: process.outputKilobytesPerSecond)
    info.field("instantaneous_input_repl_kbps", decimals: 0)
    info.field("instantaneous_output_repl_kbps", decimals: 0)
    info.field("rejected_connections", statistics.connectionsRejected)
    info.field("sync_full", process.fullSyncs)
    info.field("sync_partial_ok", process.partialSyncs)
    info.field("sync_partial_err", process.refusedPartialSyncs)
    info.field("expired_keys", engine.expiredKeys)
    info.field("expired_stale_perc", decimals: 0)
    info.field("expired_time_cap_reached_count", 0)
    info.field("expire_cycle_cpu_milliseconds", 0)
    info.field("evicted_keys", statistics.evictedKeys)
    info.field("evicted_clients", statistics.evictedClients)
    let exceeded = engine.eviction.exceededSince.map { engine.monotonicNanoseconds() - $0 } ?? 0
    info.field("total_eviction_exceeded_time", (engine.eviction.exceededNanoseconds + exceeded) / 1_000_000)
    info.field("current_eviction_exceeded_time", exceeded / 1_000_000)
    info.field("keyspace_hits", engine.keyspaceHits)
    info.field("keyspace_misses", engine.keyspaceMisses)
    info.field("pubsub_channels", engine.pubsub.channelCount)
    info.field("pubsub_patterns", engine.pubsub.patternCount)
    info.field("pubsubshard_channels", engine.pubsub.shardChannelCount)
    // No process is ever forked.
    info.field("latest_fork_usec", 0)
    info.field("total_forks", 0)
    info.field("migrate_cached_sockets", 0)
    info.field("slave_expires_tracked_keys", 0)
    info.field("active_defrag_hits", 0)
    info.field("active_defrag_misses", 0)
    info.field("active_defrag_key_hits", 0)
    info.field("active_defrag_key_misses", 0)
    info.field("total_active_defrag_time", 0)
    info.field("current_active_defrag_time", 0)
    info.field("tracking_total_keys", engine.tracking.keyCount)
    info.field("tracking_total_items", engine.tracking.items)
    info.field("tracking_total_prefixes", engine.tracking.prefixCount)
    info.field("unexpected_error_replies", statistics.unexpectedErrorReplies)
    info.field("total_error_replies", statistics.errorReplies)
    info.field("dump_payload_sanitizations", 0)
    info.field("total_reads_processed", statistics.reads)
    info.field("total_writes_processed", statistics.writes)
    info.field("io_threaded_reads_processed", 0)
    info.field("io_threaded_writes_processed", 0)
    info.field("reply_buffer_shrinks", 0)
    info.field("reply_buffer_expands", 0)
  }

  package static func commandstats(_ engine: Engine, into info: inout InfoBuilder) {
    info.section("Commandstats")
    for record in engine.table.records where record.calls > 0 || record.rejected > 0 || record.failed > 0 {
      let microseconds = record.nanoseconds / 1000
      let perCall = record.calls > 0 ? Double(record.nanoseconds) / 1000 / Double(record.calls) : 0
      info.field(
        "cmdstat_\(record.fullName)",
        "calls=\(record.calls),usec=\(microseconds),usec_per_call=\(InfoBuilder.twoDecimals(perCall))"
          + ",rejected_calls=\(record.rejected),failed_calls=\(record.failed)")
    }
  }

  package static func latencystats(_ engine: Engine, into info: inout InfoBuilder) {
    info.section("Latencystats")
    for record in engine.table.records {
      guard let histogram = record.histogram, histogram.total > 0 else { continue }
      let values = engine.settings.latencyPercentiles.map { percentile in
        let name = percentile == percentile.rounded() ? "\(Int(percentile))" : "\(percentile)"
        return "p\(name)=\(InfoBuilder.microseconds(histogram.nanoseconds(atPercentile: percentile)))"
      }
      info.field("latency_percentiles_usec_\(record.fullName)", values.joined(separator: ","))
    }
  }

  package static func errorstats(_ engine: Engine, into info: inout InfoBuilder) {
    info.section("Errorstats")
    for (code, count) in engine.statistics.errors { info.field("errorstat_\(code)", "count=\(count)") }
  }
}

extension Engine {
  /// CONFIG RESETSTAT, as far as the engine keeps statistics.
  package func resetStatistics() {
    resetKeyspaceStatistics()
    statistics = EngineStatistics()
    lazilyFreed = 0
    heap.state.pointee.dismantledGraves = 0
    eviction.exceededNanoseconds = 0
    for i in table.records.indices {
      table.records[i].histogram?.destroy()
      table.records[i].histogram = nil
      table.records[i].calls = 0
      table.records[i].nanoseconds = 0
      table.records[i].rejected = 0
      table.records[i].failed = 0
    }
  }
}
