import SampleSupport
import TernEngine

/// What a data server says of itself.
struct RedisStatus: Sendable {
  struct Replica: Sendable {
    var port: Int
    var state: String
    var offset: Int64
  }

  var role = ""
  /// `master_repl_offset`
  var offset: Int64 = 0
  var masterPort: Int?
  var masterLinkIsUp = false
  var syncInProgress = false
  /// As a master sees them.
  var replicas: [Replica] = []
  var isLoading = false
  var counter: Int64?

  /// Parses `INFO`'s `field:value` lines; what is unknown is passed over.
  init(info: String, counter: Int64?) {
    self.counter = counter
    for line in info.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...]
      switch line[..<colon] {
      case "role": role = String(value)
      case "master_repl_offset": offset = Int64(value) ?? 0
      case "master_port": masterPort = Int(value)
      case "master_link_status": masterLinkIsUp = value == "up"
      case "master_sync_in_progress": syncInProgress = value == "1"
      case "loading": isLoading = value == "1"
      case let field where field.hasPrefix("slave") && field.dropFirst(5).allSatisfy(\.isNumber):
        var replica = Replica(port: 0, state: "", offset: 0)
        for pair in value.split(separator: ",") {
          let parts = pair.split(separator: "=", maxSplits: 1)
          guard parts.count == 2 else { continue }
          switch parts[0] {
          case "port": replica.port = Int(parts[1]) ?? 0
          case "state": replica.state = String(parts[1])
          case "offset": replica.offset = Int64(parts[1]) ?? 0
          default: break
          }
        }
        replicas.append(replica)
      default: break
      }
    }
  }
}

/// What a sentinel says of the master.
struct SentinelStatus: Sendable {
  var master: Endpoint
  var flags: Set<String>
  var configEpoch: Int
  var replicaCount: Int
  var otherSentinelCount: Int

  init?(_ reply: RESPValue) {
    guard let elements = reply.elements else { return nil }
    var fields: [String: String] = [:]
    for index in stride(from: 0, to: elements.count - 1, by: 2) {
      if let name = elements[index].text { fields[name] = elements[index + 1].text }
    }
    guard let host = fields["ip"], let port = fields["port"].flatMap({ Int($0) }) else { return nil }
    master = Endpoint(host: host, port: port)
    flags = Set((fields["flags"] ?? "").split(separator: ",").map(String.init))
    configEpoch = fields["config-epoch"].flatMap { Int($0) } ?? 0
    replicaCount = fields["num-slaves"].flatMap { Int($0) } ?? 0
    otherSentinelCount = fields["num-other-sentinels"].flatMap { Int($0) } ?? 0
  }
}

/// A connection to one member that is made when it is needed and again after it broke.
actor Probe {
  let member: ClusterLayout.Member
  private var connection: RedisConnection?
  private static let timeout = Duration.milliseconds(800)

  init(member: ClusterLayout.Member) { self.member = member }

  private func pipeline(_ commands: [[String]], timeout: Duration = timeout) async throws(RedisClientError) -> [RESPValue] {
    let connection: RedisConnection
    if let open = self.connection {
      connection = open
    } else {
      connection = try await RedisConnection.connect(
        to: member.endpoint, password: member.kind == .redis ? ClusterLayout.password : nil, timeout: Self.timeout,
        commandTimeout: timeout)
      self.connection = connection
    }
    do throws(RedisClientError) {
      return try await connection.pipeline(commands)
    } catch {
      // A kept connection that its server closed in the meantime (a demotion closes all) is no news; the next call makes another.
      if self.connection === connection { self.connection = nil }
      throw error
    }
  }

  func redisStatus() async throws(RedisClientError) -> RedisStatus {
    let replies = try await pipeline([["INFO", "replication"], ["INFO", "persistence"], ["GET", ClusterLayout.counterKey]])
    for reply in replies.prefix(2) where reply.isError { throw RedisClientError(reply: reply.text ?? "", from: member.endpoint) }
    guard replies.count == 3, let replication = replies[0].text, let persistence = replies[1].text else {
      throw RedisClientError(.protocolViolation, "\(member.name) answered INFO with something else")
    }
    // GET is refused while loading; that is what `isLoading` says.
    return RedisStatus(info: replication + "\n" + persistence, counter: replies[2].isError ? nil : replies[2].integerValue)
  }

  func sentinelStatus() async throws(RedisClientError) -> SentinelStatus {
    let replies = try await pipeline([["SENTINEL", "MASTER", ClusterLayout.masterName]])
    guard let reply = replies.first else { throw RedisClientError(.protocolViolation, "no reply from \(member.name)") }
    if reply.isError { throw RedisClientError(reply: reply.text ?? "", from: member.endpoint) }
    guard let status = SentinelStatus(reply) else {
      throw RedisClientError(.protocolViolation, "\(member.name) answered SENTINEL MASTER with something else")
    }
    return status
  }

  /// nil when the sentinel can reach enough others for a failover, else its reason.
  func quorumTrouble() async throws(RedisClientError) -> String? {
    let reply = try await pipeline([["SENTINEL", "CKQUORUM", ClusterLayout.masterName]]).first
    return reply?.isError == true ? reply?.text : nil
  }

  /// The digest of the whole dataset, all databases.
  func digest() async throws -> String {
    let replies = try await pipeline([["DEBUG", "DIGEST"]])
    guard let reply = replies.first, let text = reply.text, !reply.isError else {
      throw ClusterFailure(
        "\(member.name) does not answer DEBUG DIGEST (enable-debug-command local in its configuration allows it): "
          + (replies.first?.text ?? "no reply"))
    }
    return text
  }
}
