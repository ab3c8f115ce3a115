internal import TernDrivers
internal import TernEngine

extension Node.Configuration {
  /// The cluster in the words of a redis.conf.
  func clusterLines() throws(TernError) -> [String] {
    guard let cluster else { return [] }
    guard let port, port > 0 else { throw TernError(.configuration, "a member of a cluster needs a port that the others know") }
    let members = cluster.members.map { Self.withPort($0, port) }
    let own = try ownMember(cluster, members, port)
    let isQuorum = (cluster.durability ?? (members.count >= 3 ? .quorum : .async)) == .quorum
    if isQuorum, directory == nil, file == nil {
      throw TernError(.configuration, "a cluster whose writes survive failovers needs a directory for its promises")
    }
    func quoted(_ words: [String]) -> String { words.map { QuotedArguments.quote(Array($0.utf8)) }.joined(separator: " ") }
    var lines = [
      "tern-durability \(isQuorum ? "quorum" : "async")", "tern-cluster " + quoted([cluster.name]), "tern-members " + quoted(members),
      "tern-member " + quoted([own]), "tern-sentinel-down-after \(Self.milliseconds(cluster.downAfter))",
      "tern-sentinel-failover-timeout \(Self.milliseconds(cluster.failoverTimeout))",
    ]
    if let quorum = cluster.quorum { lines.append("tern-sentinel-quorum \(quorum)") }
    if let sentinelPort = cluster.sentinelPort { lines.append("tern-sentinel-port \(sentinelPort)") }
    return lines
  }

  private func ownMember(_ cluster: Cluster, _ members: [String], _ port: Int) throws(TernError) -> String {
    if let own = cluster.own { return Self.withPort(own, port) }
    let samePort = members.filter { $0.hasSuffix(":\(port)") }
    if samePort.count == 1 { return samePort[0] }
    let name = HostName.current.lowercased()
    let short = String(name.prefix { $0 != "." })
    let named = samePort.filter { member in
      let host = member.dropLast(":\(port)".count).lowercased()
      return host == name || String(host.prefix { $0 != "." }) == short
    }
    guard named.count == 1 else {
      throw TernError(
        .configuration,
        "which member of \(members.joined(separator: ", ")) is this node? Neither port \(port) nor host name '\(name)' tells")
    }
    return named[0]
  }

  private static func withPort(_ member: String, _ port: Int) -> String {
    if member.hasPrefix("["), member.hasSuffix("]") { return "\(member):\(port)" }
    let colons = member.utf8.count { $0 == UInt8(ascii: ":") }
    if colons == 0 { return "\(member):\(port)" }
    return colons > 1 && !member.hasPrefix("[") ? "[\(member)]:\(port)" : member
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return max(1, min(seconds, 1 << 31) * 1000 + attoseconds / 1_000_000_000_000_000)
  }
}
