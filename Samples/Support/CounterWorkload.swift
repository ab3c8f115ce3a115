import TernEngine

/// A client that increments a counter at a steady rate and goes on through failovers.
///
/// - An increment that certainly was not applied (no connection; refused by a replica or a loading server) is tried again.
/// - One whose outcome is unknown (sent, and no reply) is *not* tried again: it might count twice. It is noted as in doubt.
/// - After any trouble, and when a sentinel announces another master, the connection is dropped, and the sentinels are asked who the
///   master is now.
package actor CounterWorkload {
  package enum Event: Sendable {
    case connected(Endpoint, value: Int64)
    case trouble(String)
    case recovered(CounterLedger.Outage, master: Endpoint)
    case lost(Int, value: Int64)
  }

  private let directory: SentinelDirectory
  private let key: String
  private let interval: Duration
  private let incrementsMax: Int?
  private let onEvent: @Sendable (Event) -> Void

  private var connection: RedisConnection?
  private var isPaused = false
  private var isBusy = false
  private let clock = ContinuousClock()

  package private(set) var ledger = CounterLedger()
  /// Where the last increment went.
  package private(set) var master: Endpoint?

  /// - Parameters:
  ///   - rate: increments a second, 1 or more.
  ///   - incrementsMax: `run` returns after this many acknowledgements.
  package init(
    directory: SentinelDirectory, key: String = "counter", rate: Int, incrementsMax: Int? = nil,
    onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.directory = directory
    self.key = key
    self.interval = .seconds(1) / max(1, rate)
    self.incrementsMax = incrementsMax
    self.onEvent = onEvent
  }

  /// Counts until the task is cancelled (which is its normal end), or until `incrementsMax`.
  /// - Throws: `RedisClientError` when going on is pointless: the counter's key holds something else, or the password is wrong.
  package func run() async throws(RedisClientError) {
    let follower = Task { [directory, weak self] in
      await directory.followSwitches { [weak self] endpoint in await self?.masterSwitched(to: endpoint) }
    }
    defer { follower.cancel() }
    try await count()
  }

  /// The next increment asks the sentinels anew. One that is under way keeps its connection until it has its reply.
  private func masterSwitched(to endpoint: Endpoint) {
    if let connection, connection.endpoint != endpoint { self.connection = nil }
  }

  private func count() async throws(RedisClientError) {
    var due = clock.now
    while !Task.isCancelled {
      if let incrementsMax, ledger.acknowledged >= incrementsMax { return }
      if !isPaused {
        isBusy = true
        defer { isBusy = false }
        try await increment()
      }
      due += interval
      let now = clock.now
      // What was missed during an outage is not made up for in a burst: the rate stays what it is.
      if due < now { due = now }
      // A refused attempt must not spin, however high the rate is.
      if ledger.currentTrouble != nil { due = max(due, now + .milliseconds(20)) }
      do { try await clock.sleep(until: due) } catch { return }
    }
  }

  private func increment() async throws(RedisClientError) {
    let connection: RedisConnection
    do throws(RedisClientError) {
      connection = try await connected()
    } catch {
      if error.code == .cancelled { return }
      if isHopeless(error) { throw error }
      note(trouble: error.message) { $0.refused(error.message, now: clock.now) }
      return
    }
    do throws(RedisClientError) {
      let reply = try await connection.command("INCR", key)
      guard case .integer(let value) = reply else {
        throw RedisClientError(.protocolViolation, "\(connection.endpoint) answered INCR without a number", mayHaveBeenApplied: true)
      }
      let lostBefore = ledger.lost
      if let outage = ledger.acknowledged(value, now: clock.now) { onEvent(.recovered(outage, master: connection.endpoint)) }
      if ledger.lost > lostBefore { onEvent(.lost(ledger.lost - lostBefore, value: value)) }
      master = connection.endpoint
    } catch {
      self.connection = nil
      await connection.close()
      if isHopeless(error) { throw error }
      if error.mayHaveBeenApplied {
        // On cancellation the reply is merely not waited for, but it is an increment in doubt all the same.
        if error.code == .cancelled {
          ledger.unknown(error.message, now: clock.now)
        } else {
          note(trouble: error.message) { $0.unknown(error.message, now: clock.now) }
        }
      } else if error.code != .cancelled {
        note(trouble: error.message) { $0.refused(error.message, now: clock.now) }
      }
    }
  }

  private func note(trouble message: String, _ record: (inout CounterLedger) -> Void) {
    let isNew = ledger.currentTrouble == nil
    record(&ledger)
    if isNew { onEvent(.trouble(message)) }
  }

  private func connected() async throws(RedisClientError) -> RedisConnection {
    if let connection { return connection }
    let connection = try await directory.connectToMaster()
    let reply = try await connection.command("GET", key)
    let value = reply == .null ? 0 : reply.integerValue
    guard let value else {
      throw RedisClientError(
        .refused, "the key '\(key)' holds no number at \(connection.endpoint)", reply: "WRONGTYPE the counter's key holds no number")
    }
    if ledger.first == nil { ledger.started(at: value, now: clock.now) }
    self.connection = connection
    onEvent(.connected(connection.endpoint, value: value))
    return connection
  }

  /// Refusals that no failover will cure.
  private func isHopeless(_ error: RedisClientError) -> Bool {
    guard let reply = error.reply else { return false }
    return error.isWrongPassword || ["WRONGTYPE", "NOPERM"].contains(error.replyCode)
      || reply.hasPrefix("ERR value is not an integer") || reply.hasPrefix("ERR increment or decrement would overflow")
  }

  /// No increment is under way when this returns, and none begins until `resume`.
  package func pause() async {
    isPaused = true
    while isBusy, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
  }

  package func resume() {
    isPaused = false
    ledger.resumed(now: clock.now)
  }

  /// Reads the counter from the master, so that increments lost behind the last acknowledgement show too. nil when no master can be had.
  package func readFinalValue(within limit: Duration) async -> Int64? {
    let deadline = clock.now + limit
    while clock.now < deadline, !Task.isCancelled {
      if let connection = try? await connected(), let reply = try? await connection.command("GET", key) {
        let value = reply == .null ? 0 : reply.integerValue
        if let value {
          ledger.read(value)
          return value
        }
      }
      connection = nil
      try? await Task.sleep(for: .milliseconds(100))
    }
    return nil
  }
}

extension CounterLedger {
  /// What a client saw, for people; `final` is the counter's value at the end.
  package func summary(final: Int64?) -> [String] {
    var lines = ["increments acknowledged    \(acknowledged)"]
    lines.append("refused, tried again       \(refused) (certainly not applied)")
    lines.append("outcome unknown            \(unknown)" + (unknown == 0 ? "" : " (\(unknownApplied) of them proved applied)"))
    lines.append("longest time without write \(longestGap.seconds(2))")
    for (index, outage) in outages.enumerated() {
      lines.append("  outage \(index + 1): \(outage.duration.seconds(2)), \(outage.reason)")
    }
    lines.append("counter at the start       \(first.map(String.init) ?? "never read")")
    lines.append("counter at the end         \(final.map(String.init) ?? "no master to read it from")")
    lines.append("acknowledged and lost      \(lost == 0 ? "none" : "at least \(lost)")")
    if byOthers > 0 { lines.append("increments by others       \(byOthers)") }
    return lines
  }
}

extension CounterWorkload.Event: CustomStringConvertible {
  package var description: String {
    switch self {
    case .connected(let endpoint, let value): "connected to the master \(endpoint), counter is \(value)"
    case .trouble(let reason): "writes fail: \(reason)"
    case .recovered(let outage, let master): "writes succeed again at \(master), after \(outage.duration.seconds(2)) without"
    case .lost(let count, let value): "LOST: at least \(count) acknowledged increments are gone, counter is \(value)"
    }
  }
}
