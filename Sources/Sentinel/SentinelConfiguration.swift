/// One `sentinel …` line of a configuration file, already split into words.
package struct SentinelConfigurationLine: Hashable, Sendable {
  package let number: Int
  /// The words behind `sentinel`.
  package let arguments: [[UInt8]]
  package init(number: Int, arguments: [[UInt8]]) {
    self.number = number
    self.arguments = arguments
  }
}

/// A line that cannot be accepted, with redis-sentinel's words for the reason.
package struct SentinelConfigurationError: Error, Hashable, CustomStringConvertible {
  /// 0 when the error belongs to no line.
  package var lineNumber: Int
  package var reason: String
  package init(lineNumber: Int, reason: String) {
    self.lineNumber = lineNumber
    self.reason = reason
  }
  package var description: String { lineNumber > 0 ? "line \(lineNumber): \(reason)" : reason }
}

/// All that the `sentinel` directives say: what the user wants, and the state that earlier runs saved.
package struct SentinelConfiguration: Hashable, Sendable {
  package struct Master: Hashable, Sendable {
    package var name: String
    package var host: String
    package var port: Int
    package var quorum: Int
    package var downAfter: Int64
    package var failoverTimeout: Int64
    package var parallelSyncs = 1
    package var notificationScript: String?
    package var clientReconfigScript: String?
    package var authPass: [UInt8]?
    package var authUser: [UInt8]?
    package var rebootDownAfter: Int64 = 0
    package var renamedCommands: [RenamedCommand] = []
    package var configEpoch: UInt64 = 0
    package var leaderEpoch: UInt64 = 0
    package var knownReplicas: [InfoReport.Endpoint] = []
    package var knownSentinels: [KnownSentinel] = []
    /// Who was last known to promise a quorum.
    package var membership: QuorumMembership?

    package init(name: String, host: String, port: Int, quorum: Int, timing: SentinelTiming = SentinelTiming()) {
      self.name = name
      self.host = host
      self.port = port
      self.quorum = quorum
      downAfter = timing.defaultDownAfter
      failoverTimeout = timing.defaultFailoverTimeout
    }
  }

  package struct KnownSentinel: Hashable, Sendable {
    package var host: String
    package var port: Int
    package var runID: String
  }

  package var masters: [Master] = []
  package var myID: String?
  package var currentEpoch: UInt64 = 0
  package var announceIP: String?
  /// 0: the port that we listen on.
  package var announcePort = 0
  package var resolveHostnames = false
  package var announceHostnames = false
  package var denyScriptsReconfig = true
  package var sentinelUser: [UInt8]?
  package var sentinelPass: [UInt8]?

  // Of the host, not of a `sentinel` directive.

  /// The port that other sentinels reach us at.
  package var port = 26379
  /// `requirepass` of our own port; what other sentinels are given when there is no `sentinel-pass`.
  package var requirePass: [UInt8]?

  /// The node in this sentinel's own process.
  package var ownNode: InfoReport.Endpoint?

  package init() {}

  /// - Parameter isExecutable: whether a path names a program that may be started.
  package init(
    lines: [SentinelConfigurationLine], isExecutable: (String) -> Bool = { _ in true }
  ) throws(SentinelConfigurationError) {
    self.init()
    // Directives depend on one another: global ones first (whether names resolve), then the primaries, then what names a primary.
    for phase in 0..<3 {
      for line in lines where Self.phase(of: line) == phase {
        if let reason = take(line.arguments, isExecutable: isExecutable) {
          throw SentinelConfigurationError(lineNumber: line.number, reason: reason)
        }
      }
    }
  }

  private static let globalDirectives = [
    "announce-ip", "announce-port", "deny-scripts-reconfig", "sentinel-user", "sentinel-pass", "current-epoch", "myid", "resolve-hostnames",
    "announce-hostnames",
  ]

  private static func phase(of line: SentinelConfigurationLine) -> Int? {
    guard let first = line.arguments.first else { return nil }
    let name = String(decoding: first, as: UTF8.self).lowercased()
    return name == "monitor" ? 1 : globalDirectives.contains(name) ? 0 : 2
  }

  private mutating func take(_ arguments: [[UInt8]], isExecutable: (String) -> Bool) -> String? {
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    let name = words[0].lowercased()
    switch (name, words.count) {
    case ("monitor", 5): return takeMonitor(words)
    case ("announce-ip", 2): announceIP = words[1].isEmpty ? announceIP : words[1]
    case ("announce-port", 2):
      guard let port = Int(words[1]), (0...65535).contains(port) else { return "Invalid port number." }
      announcePort = port
    case ("deny-scripts-reconfig", 2):
      guard let value = Self.yesOrNo(words[1]) else { return "Please specify yes or no for the deny-scripts-reconfig options." }
      denyScriptsReconfig = value
    case ("resolve-hostnames", 2):
      guard let value = Self.yesOrNo(words[1]) else { return "Please specify yes or no for the resolve-hostnames option." }
      resolveHostnames = value
    case ("announce-hostnames", 2):
      guard let value = Self.yesOrNo(words[1]) else { return "Please specify yes or no for the announce-hostnames option." }
      announceHostnames = value
    case ("sentinel-user", 2): sentinelUser = words[1].isEmpty ? sentinelUser : arguments[1]
    case ("sentinel-pass", 2): sentinelPass = words[1].isEmpty ? sentinelPass : arguments[1]
    case ("current-epoch", 2):
      guard let epoch = SentinelEpoch.parse(words[1]) else { return "Invalid epoch." }
      currentEpoch = max(currentEpoch, epoch)
    case ("myid", 2):
      guard words[1].utf8.count == 40 else { return "Malformed Sentinel id in myid option." }
      myID = words[1]
    default: return takeForMaster(name, arguments, words, isExecutable: isExecutable)
    }
    return nil
  }

  private mutating func takeMonitor(_ words: [String]) -> String? {
    guard let quorum = Int32(words[4]), quorum > 0 else { return "Quorum must be 1 or greater." }
    guard let port = Int(words[3]), (0...65535).contains(port) else { return "Invalid port number." }
    guard canUse(host: words[2]) else { return "Can't resolve instance hostname." }
    guard !masters.contains(where: { $0.name == words[1] }) else { return "Duplicate master name." }
    masters.append(Master(name: words[1], host: words[2], port: port, quorum: Int(quorum)))
    return nil
  }

  /// Directives of the form `sentinel <name> <master-name> …`.
  private mutating func takeForMaster(
    _ name: String, _ arguments: [[UInt8]], _ words: [String], isExecutable: (String) -> Bool
  ) -> String? {
    let counts: [String: ClosedRange<Int>] = [
      "down-after-milliseconds": 3...3, "failover-timeout": 3...3, "parallel-syncs": 3...3, "notification-script": 3...3,
      "client-reconfig-script": 3...3, "auth-pass": 3...3, "auth-user": 3...3, "config-epoch": 3...3, "leader-epoch": 3...3,
      "known-slave": 4...4, "known-replica": 4...4, "known-sentinel": 4...5, "rename-command": 4...4,
      "tern-members": 6...6, "master-reboot-down-after-period": 3...3, "primary-reboot-down-after-period": 3...3,
    ]
    guard let count = counts[name], count.contains(words.count) else { return "Unrecognized sentinel configuration statement." }
    // The form without a run id, which Redis 2.8.0 wrote, names nobody that could be recognised.
    if name == "known-sentinel", words.count == 4 { return nil }
    guard let at = masters.firstIndex(where: { $0.name == words[1] }) else { return "No such master with specified name." }
    switch name {
    case "down-after-milliseconds":
      guard let time = Self.milliseconds(words[2]), time > 0 else { return "negative or zero time parameter." }
      masters[at].downAfter = time
    case "failover-timeout":
      guard let time = Self.milliseconds(words[2]), time > 0 else { return "negative or zero time parameter." }
      masters[at].failoverTimeout = time
    case "master-reboot-down-after-period", "primary-reboot-down-after-period":
      guard let time = Self.milliseconds(words[2]), time >= 0 else { return "negative time parameter." }
      masters[at].rebootDownAfter = time
    case "parallel-syncs":
      guard let count = Int32(words[2]) else { return "Invalid number of parallel syncs." }
      masters[at].parallelSyncs = Int(count)
    case "notification-script":
      guard isExecutable(words[2]) else { return "Notification script seems non existing or non executable." }
      masters[at].notificationScript = words[2]
    case "client-reconfig-script":
      guard isExecutable(words[2]) else { return "Client reconfiguration script seems non existing or non executable." }
      masters[at].clientReconfigScript = words[2]
    case "auth-pass": masters[at].authPass = arguments[2]
    case "auth-user": masters[at].authUser = arguments[2]
    case "config-epoch":
      guard let epoch = SentinelEpoch.parse(words[2]) else { return "Invalid epoch." }
      masters[at].configEpoch = epoch
      currentEpoch = max(currentEpoch, epoch)
    case "leader-epoch":
      guard let epoch = SentinelEpoch.parse(words[2]) else { return "Invalid epoch." }
      masters[at].leaderEpoch = epoch
    case "tern-members":
      guard let membership = QuorumMembership(words: Array(words[2...])) else { return "Malformed members of a quorum." }
      masters[at].membership = membership
    case "known-slave", "known-replica": return takeKnownReplica(words, of: at)
    case "known-sentinel": return takeKnownSentinel(words, of: at)
    default:
      guard !masters[at].renamedCommands.contains(where: { $0.name.lowercased() == words[2].lowercased() }) else {
        return "Same command renamed multiple times with rename-command."
      }
      masters[at].renamedCommands.append(RenamedCommand(name: words[2], newName: words[3]))
    }
    return nil
  }

  private mutating func takeKnownReplica(_ words: [String], of at: Int) -> String? {
    guard let port = Int(words[3]), (0...65535).contains(port) else { return "Invalid port number." }
    guard canUse(host: words[2]) else { return "Can't resolve instance hostname." }
    let endpoint = InfoReport.Endpoint(host: words[2], port: port)
    guard !masters[at].knownReplicas.contains(endpoint) else { return "Duplicate hostname and port for replica." }
    masters[at].knownReplicas.append(endpoint)
    return nil
  }

  private mutating func takeKnownSentinel(_ words: [String], of at: Int) -> String? {
    guard let port = Int(words[3]), (0...65535).contains(port) else { return "Invalid port number." }
    guard canUse(host: words[2]) else { return "Can't resolve instance hostname." }
    guard !masters[at].knownSentinels.contains(where: { $0.runID == words[4] }) else { return "Duplicate runid for sentinel." }
    masters[at].knownSentinels.append(KnownSentinel(host: words[2], port: port, runID: words[4]))
    return nil
  }

  private func canUse(host: String) -> Bool { resolveHostnames || IPLiteral.canonical(host) != nil }

  static func yesOrNo(_ word: String) -> Bool? {
    switch word.lowercased() {
    case "yes": true
    case "no": false
    default: nil
    }
  }

  static func milliseconds(_ word: String) -> Int64? {
    guard let value = Int64(word), value <= SentinelTiming.longest, value >= -SentinelTiming.longest else { return nil }
    return value
  }
}
