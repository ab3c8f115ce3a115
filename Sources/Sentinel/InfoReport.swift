/// What a sentinel needs out of an instance's INFO reply. Lines that are malformed or unknown are skipped: INFO differs between versions.
package struct InfoReport: Hashable, Sendable {
  package var runID: String?
  /// `primary`, `replica`, or nil when the reply does not say.
  package var role: InstanceRole?
  /// Of a primary: the replicas that it lists, at most `replicasMax`.
  package var replicas: [Endpoint] = []
  /// Of a replica, in milliseconds; 0 while its link is up.
  package var primaryLinkDownTime: Int64 = 0
  package var primaryHost: String?
  package var primaryPort: Int?
  package var isPrimaryLinkUp: Bool?
  package var priority: Int?
  package var offset: UInt64?
  package var isAnnounced: Bool?
  package var isLoading = false
  /// `no-failover` or where FAILOVER stands.
  package var handover: String?
  /// Whether it is a Tern node.
  package var isTern = false
  /// nil for a node that runs without `tern-durability quorum`.
  package var quorum: QuorumReport?

  package struct Endpoint: Hashable, Sendable {
    package let host: String
    package let port: Int
    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  /// A primary with more replicas than this is a liar that wants our memory.
  package static let replicasMax = 1024

  package init(_ bytes: [UInt8]) {
    var quorumLines = QuorumReportLines()
    for line in bytes.split(omittingEmptySubsequences: true, whereSeparator: { $0 == 10 || $0 == 13 }) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = String(decoding: line[..<colon], as: UTF8.self)
      let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
      if name == "tern_version" { isTern = true }
      if name.hasPrefix("tern_") { quorumLines.take(name, value) } else { take(name, value) }
    }
    if quorumLines.isQuorum { quorum = quorumLines.report }
  }

  private mutating func take(_ name: String, _ value: String) {
    switch name {
    case "run_id":
      if value.utf8.count >= 40 { runID = String(value.prefix(40)) }
    case "role":
      if value == "master" { role = .primary } else if value == "slave" { role = .replica }
    case "master_link_down_since_seconds":
      let seconds = min(max(Int64(value) ?? 0, -1), SentinelTiming.longest / 1000)
      primaryLinkDownTime = seconds * 1000
    case "master_host" where role == .replica: primaryHost = value
    case "master_port" where role == .replica: primaryPort = Int(value)
    case "master_link_status" where role == .replica: isPrimaryLinkUp = value.lowercased() == "up"
    case "slave_priority" where role == .replica: priority = Int(value)
    case "slave_repl_offset" where role == .replica: offset = UInt64(value)
    case "loading": isLoading = value == "1"
    case "master_failover_state": handover = value
    case "replica_announced" where role == .replica: isAnnounced = value != "0"
    default:
      let digits = name.utf8.dropFirst(5)
      guard name.hasPrefix("slave"), !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }), replicas.count < Self.replicasMax,
        let endpoint = Self.endpoint(value)
      else { return }
      replicas.append(endpoint)
    }
  }

  /// `ip=127.0.0.1,port=6380,…`, or `127.0.0.1,6380,online` as before Redis 2.8.
  private static func endpoint(_ value: String) -> Endpoint? {
    let fields = value.split(separator: ",", omittingEmptySubsequences: false)
    var host: Substring?
    var port: Int?
    if value.contains("ip=") {
      for field in fields {
        if field.hasPrefix("ip=") { host = field.dropFirst(3) } else if field.hasPrefix("port=") { port = Int(field.dropFirst(5)) }
      }
    } else if fields.count >= 2 {
      host = fields[0]
      port = Int(fields[1])
    }
    guard let host, !host.isEmpty, host.utf8.count <= 255, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let port,
      (1...65535).contains(port)
    else { return nil }
    return Endpoint(host: String(host), port: port)
  }
}
