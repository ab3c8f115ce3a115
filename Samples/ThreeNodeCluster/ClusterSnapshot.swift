import SampleSupport

/// What all six members said when they were asked at (about) the same time.
struct ClusterSnapshot: Sendable {
  struct Row<Status: Sendable>: Sendable {
    var member: ClusterLayout.Member
    var pid: Int32?
    var answer: Result<Status, RedisClientError>
    var status: Status? { try? answer.get() }
  }

  var redis: [Row<RedisStatus>] = []
  var sentinels: [Row<SentinelStatus>] = []

  /// The master that all three sentinels name; nil when they differ, or when one does not answer.
  var agreedMaster: Endpoint? {
    let named = Set(sentinels.map { $0.status?.master })
    return named.count == 1 ? named.first ?? nil : nil
  }

  /// The data server that says it is the master, if exactly one does.
  var master: Row<RedisStatus>? {
    let masters = redis.filter { $0.status?.role == "master" }
    return masters.count == 1 ? masters.first : nil
  }

  /// Why this is not yet a whole cluster: one master that everybody agrees on, two connected replicas that have caught up with loading
  /// and syncing, three sentinels that know it all. nil when it is.
  var missing: String? {
    for row in redis {
      if case .failure(let error) = row.answer { return "\(row.member.name): \(error)" }
      if row.status?.isLoading == true { return "\(row.member.name) is still loading its data" }
    }
    for row in sentinels {
      switch row.answer {
      case .failure(let error): return "\(row.member.name): \(error)"
      case .success(let status):
        if status.flags != ["master"] { return "\(row.member.name) sees the master as \(status.flags.sorted().joined(separator: ","))" }
        if status.replicaCount != redis.count - 1 { return "\(row.member.name) knows \(status.replicaCount) replicas" }
        if status.otherSentinelCount != sentinels.count - 1 {
          return "\(row.member.name) knows \(status.otherSentinelCount) other sentinels"
        }
      }
    }
    guard let agreed = agreedMaster else {
      return "the sentinels name different masters: "
        + sentinels.map { "\($0.member.name) \($0.status?.master.description ?? "none")" }.joined(separator: ", ")
    }
    let masters = redis.filter { $0.status?.role == "master" }
    guard masters.count == 1, let master = masters.first, let status = master.status else {
      return "\(masters.count) servers say that they are the master"
        + (masters.isEmpty ? "" : ": " + masters.map(\.member.name).joined(separator: ", "))
    }
    guard master.member.port == agreed.port else { return "the sentinels name \(agreed), but the master is \(master.member.name)" }
    for row in redis where row.member != master.member {
      guard let replica = row.status else { continue }
      if replica.masterPort != agreed.port { return "\(row.member.name) follows port \(replica.masterPort ?? 0), not \(agreed.port)" }
      if !replica.masterLinkIsUp || replica.syncInProgress { return "\(row.member.name) is not yet in sync with its master" }
      guard status.replicas.contains(where: { $0.port == row.member.port && $0.state == "online" }) else {
        return "the master does not list \(row.member.name) as online"
      }
    }
    return nil
  }

  /// All three data servers are at the same offset of the stream.
  var offsetsAreEqual: Bool { Set(redis.map { $0.status?.offset }).count == 1 && redis.allSatisfy { $0.status != nil } }

  /// Bytes of the stream that `row` has not acknowledged to the master; nil when nobody knows.
  func lag(of row: Row<RedisStatus>) -> Int64? {
    guard let master = master?.status, let replica = master.replicas.first(where: { $0.port == row.member.port }) else { return nil }
    return max(0, master.offset - replica.offset)
  }
}

/// Asks all members.
struct ClusterObserver: Sendable {
  let processes: ClusterProcesses
  private let redisProbes: [Probe]
  private let sentinelProbes: [Probe]

  init(layout: ClusterLayout, processes: ClusterProcesses) {
    self.processes = processes
    redisProbes = layout.redis.map { Probe(member: $0) }
    sentinelProbes = layout.sentinels.map { Probe(member: $0) }
  }

  func snapshot() async -> ClusterSnapshot {
    async let redis = gather(redisProbes) { probe async throws(RedisClientError) in try await probe.redisStatus() }
    async let sentinels = gather(sentinelProbes) { probe async throws(RedisClientError) in try await probe.sentinelStatus() }
    return await ClusterSnapshot(redis: redis, sentinels: sentinels)
  }

  private func gather<Status: Sendable>(
    _ probes: [Probe], _ ask: @escaping @Sendable (Probe) async throws(RedisClientError) -> Status
  ) async -> [ClusterSnapshot.Row<Status>] {
    await withTaskGroup(of: ClusterSnapshot.Row<Status>.self) { group in
      for probe in probes {
        group.addTask {
          let pid = await processes.pid(of: probe.member)
          do throws(RedisClientError) {
            return .init(member: probe.member, pid: pid, answer: .success(try await ask(probe)))
          } catch {
            return .init(member: probe.member, pid: pid, answer: .failure(error))
          }
        }
      }
      var rows: [ClusterSnapshot.Row<Status>] = []
      for await row in group { rows.append(row) }
      return rows.sorted { $0.member.index < $1.member.index }
    }
  }

  /// Waits for a whole cluster (see `ClusterSnapshot.missing`) whose sentinels can reach a quorum.
  @discardableResult
  func waitUntilWhole(within limit: Duration) async throws -> ClusterSnapshot {
    try await waitUntil("one master, two connected replicas and three sentinels that know each other", within: limit) {
      let snapshot = await snapshot()
      if let missing = snapshot.missing { return .missing(missing) }
      for probe in sentinelProbes {
        do {
          if let trouble = try await probe.quorumTrouble() { return .missing("\(probe.member.name): \(trouble)") }
        } catch { return .missing("\(probe.member.name): \(error)") }
      }
      return .done(snapshot)
    }
  }

  /// The one digest that all three data servers have.
  func commonDigest(within limit: Duration) async throws -> String {
    try await waitUntil("equal offsets and digests on all three servers", within: limit) {
      let snapshot = await snapshot()
      guard snapshot.offsetsAreEqual else {
        return .missing("offsets " + snapshot.redis.map { "\($0.member.name) \($0.status?.offset ?? -1)" }.joined(separator: ", "))
      }
      var digests: [String] = []
      for probe in redisProbes { digests.append(try await probe.digest()) }
      guard let first = digests.first, Set(digests).count == 1 else {
        return .missing("digests " + zip(redisProbes, digests).map { "\($0.member.name) \($1)" }.joined(separator: ", "))
      }
      return .done(first)
    }
  }
}
