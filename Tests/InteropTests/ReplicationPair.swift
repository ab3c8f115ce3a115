import SampleSupport
import TernEngine
import Testing

/// Which program is the primary, and which follows it.
struct ReplicationPair: Sendable, CustomTestStringConvertible {
  var primary: ServerProgram
  var replica: ServerProgram

  var testDescription: String { "\(replica.rawValue) follows \(primary.rawValue)" }

  static let mixed = [ReplicationPair(primary: .tern, replica: .redis), ReplicationPair(primary: .redis, replica: .tern)]
  static let withTern = mixed + [ReplicationPair(primary: .tern, replica: .tern)]
}

/// A primary, and a replica that reaches it through a proxy.
struct ReplicationLink: Sendable {
  let primary: ServerProcess
  let replica: ServerProcess
  let proxy: LinkProxy

  static func start(
    _ pair: ReplicationPair, primary primaryLines: [String] = [], replica replicaLines: [String] = []
  ) async throws -> ReplicationLink {
    let primary = try await ServerProcess.start(pair.primary, configuration: primaryLines)
    let proxy = try await LinkProxy.start(to: primary.port)
    let replica = try await ServerProcess.start(
      pair.replica, configuration: ["replicaof 127.0.0.1 \(proxy.port)"] + replicaLines)
    try await replica.waitForLink()
    return ReplicationLink(primary: primary, replica: replica, proxy: proxy)
  }

  var servers: [ServerProcess] { [primary, replica] }

  /// How many resynchronizations of a kind the primary has granted (`sync_full`, `sync_partial_ok`) or refused (`sync_partial_err`).
  func waitForCount(_ field: String, _ count: Int) async throws {
    try await primary.waitForInfo(field, "\(count)", section: "stats")
    try await replica.waitForLink()
  }

  func end() async throws { try await ServerProcess.kill(servers) }
}
