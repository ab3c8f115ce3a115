/// What a node that runs with `tern-durability quorum` says about itself in INFO.
package struct QuorumReport: Hashable, Sendable {
  package enum State: String, Hashable, Sendable {
    /// It leads nobody and follows nobody: it waits to be fenced into an epoch.
    case idle
    case leader
    case follower
    /// Mixed company made it behave as Redis does. A fence brings it back.
    case async
  }

  package var state: State = .idle
  /// Of the leadership that it holds or follows; of an idle one, its promise.
  package var epoch: UInt64 = 0
  /// It follows no leader of a lower epoch.
  package var promise: UInt64 = 0
  package var historyEpoch: UInt64 = 0
  /// Its own name among the members; empty if it does not say.
  package var member = ""
  /// The data nodes of the group, as `host:port`.
  package var members: [String] = []
  package var membersVersion = MembershipVersion()
  package var copies = 0
  package var isTrusted = false
  package var leaseMilliseconds: Int64 = 0
  /// Why it leads or follows nobody, in its own words.
  package var refusal = ""

  /// No group has more members; who says so wants our memory.
  static let membersMax = 64

  /// The number of trusted answers that meet every set of members that may have acknowledged a write. Once members have been changed, a
  /// majority in any case: that meets every majority of the members before the change and behind it, and fewer need not.
  static func needed(members: Int, copies: Int, version: MembershipVersion = .init()) -> Int {
    max(1, members - copies + 1, version > .init() ? members / 2 + 1 : 1)
  }
}

/// Which change of the members it is: in whose leadership it was made, and its number. 0.0 is the list of redis.conf.
package struct MembershipVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  package var epoch: UInt64 = 0
  package var number: UInt64 = 0
  package init() {}

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let epoch = SentinelEpoch.parse(String(parts[0])), let number = SentinelEpoch.parse(String(parts[1])) else {
      return nil
    }
    self.epoch = epoch
    self.number = number
  }

  package static func < (a: Self, b: Self) -> Bool { (a.epoch, a.number) < (b.epoch, b.number) }
  package var description: String { "\(epoch).\(number)" }
}

/// The `tern_…` lines of one INFO, until it is known whether they are those of a quorum.
struct QuorumReportLines: Hashable, Sendable {
  var isQuorum = false
  var report = QuorumReport()

  mutating func take(_ name: String, _ value: String) {
    switch name {
    case "tern_durability": isQuorum = value == "quorum"
    case "tern_state": report.state = QuorumReport.State(rawValue: value) ?? .idle
    case "tern_epoch": report.epoch = SentinelEpoch.parse(value) ?? 0
    case "tern_promise": report.promise = SentinelEpoch.parse(value) ?? 0
    case "tern_history_epoch": report.historyEpoch = SentinelEpoch.parse(value) ?? 0
    case "tern_member": report.member = value
    case "tern_members":
      report.members = MemberName.list(value)
    case "tern_members_version": report.membersVersion = MembershipVersion(value) ?? .init()
    case "tern_copies": report.copies = Int(value).flatMap { (0...QuorumReport.membersMax).contains($0) ? $0 : nil } ?? 0
    case "tern_trusted": report.isTrusted = value == "1" || value == "yes"
    case "tern_lease_ms": report.leaseMilliseconds = min(max(0, Int64(value) ?? 0), 60_000)
    case "tern_refusal": report.refusal = String(value.prefix(256))
    default: break
    }
  }
}

/// `host:port`, the host in brackets if it is an IPv6 address.
enum MemberName {
  static func list(_ text: String) -> [String] {
    let names = text.split(whereSeparator: { $0 == " " || $0 == "," }).prefix(QuorumReport.membersMax)
    return names.filter { $0.utf8.count <= 261 && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } }.map(String.init)
  }

  static func endpoint(_ name: String) -> InfoReport.Endpoint? {
    guard let colon = name.lastIndex(of: ":"), let port = Int(name[name.index(after: colon)...]), (1...65535).contains(port) else {
      return nil
    }
    var host = name[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, host.utf8.count <= 255 else { return nil }
    return .init(host: String(host), port: port)
  }
}
