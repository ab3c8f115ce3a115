/// A sentinel in a node's own process: whom it watches follows from the list of members.
extension SentinelConfiguration {
  /// - Parameters:
  ///   - members: the data nodes; the first is the primary until somebody knows better
  ///   - sentinelPort: of a member, by that member's own port
  package init(
    name: String, members: [InfoReport.Endpoint], own: InfoReport.Endpoint, quorum: Int, downAfter: Int64, failoverTimeout: Int64,
    sentinelPort: (Int) -> Int
  ) {
    self.init()
    let hasNames = members.contains { IPLiteral.canonical($0.host) == nil }
    resolveHostnames = hasNames
    announceHostnames = hasNames
    announceIP = own.host
    port = sentinelPort(own.port)
    ownNode = own
    guard let first = members.first else { return }
    var master = Master(name: name, host: first.host, port: first.port, quorum: quorum)
    master.downAfter = downAfter
    master.failoverTimeout = failoverTimeout
    // Data stay readable during a resync, so there is no reason to let replicas wait for one another.
    master.parallelSyncs = max(1, members.count - 1)
    masters = [master]
  }

  /// Knows all members from the start, by whatever an earlier run remembers and by the list: a sentinel that had yet to discover the others
  /// would be a majority of one. Who is not in the list any more is forgotten.
  package mutating func meet(_ members: [InfoReport.Endpoint], own: InfoReport.Endpoint, sentinelPort: (Int) -> Int) {
    guard !masters.isEmpty else { return }
    func isSame(_ a: InfoReport.Endpoint, _ b: InfoReport.Endpoint) -> Bool {
      a.port == b.port && a.host.lowercased() == b.host.lowercased()
    }
    let sentinels = members.filter { !isSame($0, own) }.map { InfoReport.Endpoint(host: $0.host, port: sentinelPort($0.port)) }
    masters[0].knownSentinels.removeAll { known in !sentinels.contains { isSame($0, .init(host: known.host, port: known.port)) } }
    for (n, sentinel) in sentinels.enumerated()
    where !masters[0].knownSentinels.contains(where: { isSame(.init(host: $0.host, port: $0.port), sentinel) }) {
      masters[0].knownSentinels.append(.init(host: sentinel.host, port: sentinel.port, runID: SentinelSeed.runID(n)))
    }
    let primary = InfoReport.Endpoint(host: masters[0].host, port: masters[0].port)
    masters[0].knownReplicas = members.filter { !isSame($0, primary) }
  }
}

/// The run id of a sentinel that is known by its address alone, until it says its own.
enum SentinelSeed {
  private static let prefix = "seed"
  static func runID(_ n: Int) -> String {
    let number = String(n)
    return prefix + String(repeating: "0", count: max(0, 36 - number.utf8.count)) + number
  }
  static func isSeed(_ runID: String?) -> Bool { runID?.hasPrefix(prefix) == true }
}
