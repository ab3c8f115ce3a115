import SampleSupport

/// The view of the cluster as lines of text.
struct ClusterView {
  var layout: ClusterLayout
  var snapshot: ClusterSnapshot
  var ledger: CounterLedger
  var rate: Int
  var upTime: Duration
  /// What is going on, for the first line.
  var activity: String

  var lines: [String] {
    var lines = ["\(ClusterLayout.masterName) in \(layout.directory) · up \(upTime.seconds(0)) · \(activity)", ""]
    lines += table
    lines += ["", counterLine, ""]
    lines += lookInside
    return lines
  }

  private var table: [String] {
    var rows = [["member", "port", "pid", "role", "offset", "lag", "counter", ""]]
    for row in snapshot.redis {
      var cells = [row.member.name, "\(row.member.port)", row.pid.map { "\($0)" } ?? "-"]
      switch row.answer {
      case .success(let status):
        let isMaster = status.role == "master"
        cells += [
          isMaster ? "master" : "replica", "\(status.offset)", isMaster ? "-" : snapshot.lag(of: row).map { "\($0) B" } ?? "?",
          status.counter.map { "\($0)" } ?? "-", note(status),
        ]
      case .failure(let error): cells += ["-", "-", "-", "-", row.pid == nil ? "not running" : error.message]
      }
      rows.append(cells)
    }
    for row in snapshot.sentinels {
      var cells = [row.member.name, "\(row.member.port)", row.pid.map { "\($0)" } ?? "-", "sentinel", "", "", ""]
      switch row.answer {
      case .success(let status):
        cells.append(
          "master \(status.master) (\(status.flags.sorted().joined(separator: ","))), epoch \(status.configEpoch), "
            + "\(status.replicaCount) replicas, \(status.otherSentinelCount) other sentinels")
      case .failure(let error): cells.append(error.message)
      }
      rows.append(cells)
    }
    return Self.columns(rows)
  }

  private func note(_ status: RedisStatus) -> String {
    if status.isLoading { return "loading" }
    if status.role == "master" { return "\(status.replicas.count(where: { $0.state == "online" })) replicas online" }
    let master = status.masterPort.map { "port \($0)" } ?? "nobody"
    return "follows \(master), " + (status.masterLinkIsUp ? "link up" : status.syncInProgress ? "syncing" : "link down")
  }

  private var counterLine: String {
    var line = "counter: \(ledger.acknowledged) increments acknowledged at \(rate)/s, "
    line +=
      "\(ledger.refused) refused, \(ledger.unknown) with unknown outcome, lost \(ledger.lost == 0 ? "none" : "at least \(ledger.lost)")"
    if let trouble = ledger.currentTrouble {
      line += " · NO WRITES for \((ContinuousClock.now - trouble.since).seconds(1))"
    } else if let outage = ledger.outages.last {
      line += " · last outage \(outage.duration.seconds(1))"
    }
    return line
  }

  private var lookInside: [String] {
    let port = snapshot.master?.member.port ?? layout.redis.first?.port ?? 0
    let sentinel = layout.sentinels.first?.port ?? 0
    return [
      "look inside:  redis-cli -p \(port)     then type:",
      "                auth \(ClusterLayout.password)  ·  keys *  ·  get \(ClusterLayout.counterKey)  ·  info replication",
      "              redis-cli -p \(sentinel) sentinel master \(ClusterLayout.masterName)",
    ]
  }

  /// One status line, for output that is not a terminal.
  var oneLine: String {
    let roles = snapshot.redis.map { row in
      guard let status = row.status else { return "\(row.member.name) down" }
      if status.role == "master" { return "\(row.member.name) master at \(status.offset)" }
      return "\(row.member.name) replica" + (status.masterLinkIsUp ? snapshot.lag(of: row).map { " lag \($0) B" } ?? "" : " link down")
    }
    let counter = snapshot.master?.status?.counter.map { "\($0)" } ?? "-"
    return roles.joined(separator: ", ") + "; counter \(counter), \(ledger.acknowledged) acknowledged"
  }

  static func columns(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell
        if column + 1 < row.count { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
      }
      return line
    }
  }
}
