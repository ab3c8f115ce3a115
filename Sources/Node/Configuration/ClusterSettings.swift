internal import TernEngine

/// `tern-cluster`: this node's process runs a sentinel as well, and the members' sentinels watch over the members.
package struct ClusterSettings: Equatable, Sendable {
  package struct Member: Equatable, Sendable {
    package var host: String
    package var port: Int
  }

  /// What sentinels and clients call the group.
  package var name: String
  package var own: Member
  /// In order: the first is the primary until there was a failover.
  package var members: [Member]
  /// Sentinels that must see the primary down.
  package var quorum: Int
  /// Each member's sentinel listens this far above its node.
  package var portDistance: Int
  package var downAfter: Int64
  package var failoverTimeout: Int64
}

extension Configuration {
  /// Why the sentinel cannot be run in this process; nil if it can, or is not asked for.
  var clusterProblem: (name: String, reason: String)? {
    guard !ternCluster.isEmpty else { return nil }
    guard ternCluster.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ",") }) else {
      return ("tern-cluster", "the name must be printable and without spaces or commas")
    }
    guard !ternMembers.names.isEmpty else { return ("tern-members", "'tern-cluster' needs the list of the members (host:port each)") }
    guard let own = ownMember, ternMembers.names.contains(own) else {
      return ("tern-member", "'tern-members' (\(ternMembers.text)) must name this node; say which of them it is by 'tern-member host:port'")
    }
    guard replicaof.address == nil else { return ("replicaof", "the sentinels decide whom this node follows") }
    guard ternSentinelQuorum <= ternMembers.names.count else {
      return ("tern-sentinel-quorum", "there are only \(ternMembers.names.count) members")
    }
    guard let cluster else { return ("tern-sentinel-port", "the sentinels' ports must be from 1 to 65535, each as far above its node's") }
    return cluster.portDistance == 0 ? ("tern-sentinel-port", "must be another than the node's") : nil
  }

  /// nil without `tern-cluster`, or with settings that cannot be.
  package var cluster: ClusterSettings? {
    guard !ternCluster.isEmpty, let name = ownMember, let own = Self.member(name) else { return nil }
    let members = ternMembers.names.compactMap(Self.member)
    let distance = ternSentinelPort == 0 ? 20_000 : ternSentinelPort - own.port
    guard members.count == ternMembers.names.count, members.allSatisfy({ (1...65535).contains($0.port + distance) }) else { return nil }
    return ClusterSettings(
      name: ternCluster, own: own, members: members, quorum: ternSentinelQuorum > 0 ? ternSentinelQuorum : members.count / 2 + 1,
      portDistance: distance, downAfter: Int64(ternSentinelDownAfter), failoverTimeout: Int64(ternSentinelFailoverTimeout))
  }

  /// Others know this node by its name in the list, whatever address its connections come from.
  package mutating func announceMember() {
    guard let own = cluster?.own else { return }
    if replicaAnnounceIP == nil { replicaAnnounceIP = own.host }
    if replicaAnnouncePort == 0 { replicaAnnouncePort = own.port }
    // A new leader is waited for by everybody; that several replicas come at once is no reason to let them wait for one another.
    if !givenDirectives.contains("repl-diskless-sync-delay") { replDisklessSyncDelay = 0 }
  }

  private static func member(_ name: String) -> ClusterSettings.Member? {
    guard let colon = name.lastIndex(of: ":"), let port = Int(name[name.index(after: colon)...]) else { return nil }
    var host = String(name[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    return .init(host: host, port: port)
  }
}
