internal import TernEngine

/// MEMORY: what the memory is used for.
enum MemoryCommands {
  private static let tips: [StaticString] = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]

  static let all: [CommandSpec] = [
    CommandSpec(
      "MEMORY", arity: -2, flags: [], group: .server, since: "4.0.0", summary: "Holds the commands about memory.",
      complexity: "Depends on subcommand.",
      subcommands: [
        CommandSpec(
          "DOCTOR", arity: 2, flags: [], group: .server, since: "4.0.0", summary: "Explains the use of memory in words.",
          complexity: "O(1)", tips: tips, handler: doctor),
        CommandSpec(
          "HELP", arity: 2, flags: [.loading, .stale], group: .server, since: "4.0.0", summary: "Lists the subcommands.",
          complexity: "O(1)", handler: help),
        CommandSpec(
          "MALLOC-STATS", arity: 2, flags: [], group: .server, since: "4.0.0", summary: "Answers what the allocator says of itself.",
          complexity: "O(1)", tips: tips, handler: allocator),
        CommandSpec(
          "PURGE", arity: 2, flags: [], group: .server, since: "4.0.0",
          summary: "Gives memory that the allocator holds back to the system.", complexity: "O(1)",
          tips: ["request_policy:all_shards", "response_policy:all_succeeded"], handler: purge),
        CommandSpec(
          "STATS", arity: 2, flags: [], group: .server, since: "4.0.0", summary: "Answers what the memory is used for.",
          complexity: "O(1)", tips: tips, handler: statistics),
        CommandSpec(
          "USAGE", arity: -3, flags: [.readonly], keys: [.one([.readOnly], at: 2)], group: .server, since: "4.0.0",
          summary: "Estimates the bytes that a key and its value take.", complexity: "O(N) in the samples",
          arguments: [
            .key, CommandArgument("count", .integer, token: "SAMPLES", optional: true),
          ], handler: usage),
      ])
  ]

  static func usage(_ call: Call) throws(CommandError) {
    var samples: Int64 = 5
    var i = 3
    while i < call.count {
      guard call.is(i, "SAMPLES"), i + 1 < call.count else { throw .syntax }
      samples = try call.integer(i + 1)
      guard samples >= 0 else { throw .syntax }
      i += 2
    }
    let database = call.database
    guard let entry = database.examine(call.key(2), notifyingMiss: false) else { return call.reply.null() }
    call.reply.integer(database.memoryUsage(of: entry, samples: samples == 0 ? .max : Int(clamping: samples)))
  }

  static func statistics(_ call: Call) throws(CommandError) {
    let engine = call.engine
    let node = call.node
    engine.measureMemory()
    let use = engine.memory
    let used = engine.usedMemory
    let overhead = use.counted + use.lateLog
    let resident = node.memory.residentBytes
    let keys = (0..<engine.databaseCount).reduce(0) { $0 + engine.database($1).count }
    let dataset = engine.usedBytes
    let net = max(1, used - use.startup)
    let databases = (0..<engine.databaseCount).filter { engine.database($0).count > 0 }
    let reply = call.reply
    reply.map(27 + databases.count)
    func field(_ name: String, _ value: Int) {
      reply.bulk(name)
      reply.integer(value)
    }
    func ratio(_ name: String, _ value: Double) {
      reply.bulk(name)
      reply.double(value)
    }
    field("peak.allocated", use.peak)
    field("total.allocated", used)
    field("startup.allocated", use.startup)
    field("replication.backlog", use.backlog)
    field("clients.slaves", use.replicas)
    field("clients.normal", use.clients)
    field("cluster.links", 0)
    field("aof.buffer", node.aof.isOn ? Int(engine.log.endOffset - node.aof.cursor) : 0)
    field("lua.caches", 0)
    field("functions.caches", 0)
    for index in databases {
      let tables = engine.database(index).tableBytes
      reply.bulk("db.\(index)")
      reply.map(3)
      field("overhead.hashtable.main", tables)
      // Expiry times lie in the entries.
      field("overhead.hashtable.expires", 0)
      field("overhead.hashtable.slot-to-keys", 0)
    }
    field("overhead.total", overhead)
    field("keys.count", keys)
    field("keys.bytes-per-key", keys > 0 ? (used - use.startup) / keys : 0)
    field("dataset.bytes", dataset)
    ratio("dataset.percentage", Double(dataset) / Double(net) * 100)
    ratio("peak.percentage", Double(used) / Double(max(1, use.peak)) * 100)
    field("allocator.allocated", used)
    field("allocator.active", used)
    field("allocator.resident", resident)
    ratio("allocator-fragmentation.ratio", 1)
    field("allocator-fragmentation.bytes", 0)
    ratio("allocator-rss.ratio", Double(resident) / Double(max(1, used)))
    field("allocator-rss.bytes", resident - used)
    ratio("rss-overhead.ratio", 1)
    field("rss-overhead.bytes", 0)
    ratio("fragmentation", Double(resident) / Double(max(1, used)))
    field("fragmentation.bytes", resident - used)
  }

  static func doctor(_ call: Call) throws(CommandError) {
    let engine = call.engine
    engine.measureMemory()
    let use = engine.memory
    let used = engine.usedMemory
    var findings: [String] = []
    if use.peak > used * 3 / 2 {
      findings.append(
        "At its peak the server used \(InfoBuilder.human(use.peak)), and now \(InfoBuilder.human(used)): the pages of then are kept for "
          + "use, so the process looks larger than its data.")
    }
    if use.clients > 50 << 20 { findings.append("Clients' buffers take \(InfoBuilder.human(use.clients)): CLIENT LIST tells whose.") }
    if use.lateLog > 10 << 20 {
      findings.append("The log is kept \(InfoBuilder.human(use.lateLog)) beyond its backlog, for replicas or a disk that are slow.")
    }
    if engine.buriedBytes > used / 4 {
      findings.append("Snapshots under way keep \(InfoBuilder.human(engine.buriedBytes)) of replaced data.")
    }
    if used < 5 << 20 { findings = ["Too little memory is used to say anything about it."] }
    call.reply.verbatim((findings.isEmpty ? ["No issue was found."] : findings).joined(separator: "\n") + "\n")
  }

  static func allocator(_ call: Call) throws(CommandError) {
    call.reply.verbatim(
      "Slabs of 16 to 4096 bytes on mapped regions: \(call.engine.usedBytes) bytes in use, of them \(call.engine.buriedBytes) held by "
        + "snapshots only.\n")
  }

  /// What was flushed, and what dropped snapshots held, is freed now instead of in steps. Pages stay mapped for the slabs.
  static func purge(_ call: Call) throws(CommandError) {
    call.engine.reclaim(steps: 100_000)
    call.reply.ok()
  }

  static func help(_ call: Call) throws(CommandError) {
    let forms: [(StaticString, StaticString)] = [
      ("DOCTOR", "Explains the use of memory in words."), ("MALLOC-STATS", "What the allocator says of itself."),
      ("PURGE", "Frees what waits to be freed."), ("STATS", "What the memory is used for."),
      ("USAGE <key> [SAMPLES <count>]", "Estimates the bytes that a key and its value take."), ("HELP", "Prints this help."),
    ]
    call.reply.array(1 + forms.count * 2)
    call.reply.simple("MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
    for (form, explanation) in forms {
      call.reply.simple(form)
      call.reply.simple("    \(explanation)")
    }
  }
}
