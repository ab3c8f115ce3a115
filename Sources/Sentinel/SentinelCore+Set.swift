import TernEngine

extension SentinelCore {
  // MARK: SENTINEL SET <master-name> <option> <value> …

  /// Options take effect one by one; an error leaves those before it in force, as in Redis.
  mutating func set(_ g: Int, _ words: [String], _ arguments: [[UInt8]]) -> RESPValue {
    var at = 3
    while at < words.count {
      let option = words[at].lowercased()
      let count = option == "rename-command" ? 2 : 1
      guard Self.settable.contains(option), at + count < words.count else {
        return Self.error("Unknown option or number of arguments for SENTINEL SET '\(words[at])'")
      }
      let values = Array(arguments[(at + 1)...(at + count)])
      if let bad = values.first(where: { $0.contains { $0 < 0x20 || $0 == 0x7f } }) {
        return Self.error("Invalid argument '\(printable(bad))' for SENTINEL SET '\(words[at])'")
      }
      if let error = set(g, option, values, shownAs: words[at]) { return error }
      saveState()
      let shown = option == "auth-pass" ? ["******"] : words[(at + 1)...(at + count)].map { $0 }
      event(.warning, "+set", g, .primary, " \(([words[at]] + shown).joined(separator: " "))")
      at += count + 1
    }
    touch(g)
    return Self.ok
  }

  private static let settable = [
    "down-after-milliseconds", "failover-timeout", "parallel-syncs", "notification-script", "client-reconfig-script", "auth-pass",
    "auth-user", "quorum", "rename-command", "master-reboot-down-after-period", "primary-reboot-down-after-period",
  ]

  private mutating func set(_ g: Int, _ option: String, _ values: [[UInt8]], shownAs shown: String) -> RESPValue? {
    let value = values[0]
    let text = String(decoding: value, as: UTF8.self)
    let invalid = Self.error("Invalid argument '\(text)' for SENTINEL SET '\(shown)'")
    switch option {
    case "down-after-milliseconds":
      guard let time = SentinelConfiguration.milliseconds(text), time > 0 else { return invalid }
      for ref in groups[g].refs { groups[g][ref].downAfter = time }
    case "failover-timeout":
      guard let time = SentinelConfiguration.milliseconds(text), time > 0 else { return invalid }
      groups[g].failoverTimeout = time
    case "parallel-syncs":
      guard let count = Int32(text), count > 0 else { return invalid }
      groups[g].parallelSyncs = Int(count)
    case "quorum":
      guard let count = Int32(text), count > 0 else { return invalid }
      groups[g].quorum = Int(count)
    case "master-reboot-down-after-period", "primary-reboot-down-after-period":
      guard let time = SentinelConfiguration.milliseconds(text), time >= 0 else { return invalid }
      groups[g].rebootDownAfter = time
    case "notification-script":
      if let error = scriptError(text, "Notification") { return error }
      groups[g].notificationScript = text.isEmpty ? nil : text
    case "client-reconfig-script":
      if let error = scriptError(text, "Client reconfiguration") { return error }
      groups[g].clientReconfigScript = text.isEmpty ? nil : text
    case "auth-pass":
      groups[g].authPass = value.isEmpty ? nil : value
      reauthenticate(g)
    case "auth-user":
      groups[g].authUser = value.isEmpty ? nil : value
      reauthenticate(g)
    default:
      guard let newName = values.last.map({ String(decoding: $0, as: UTF8.self) }), !text.isEmpty, !newName.isEmpty else {
        return Self.error("Invalid argument '' for SENTINEL SET '\(shown)'")
      }
      groups[g].renamedCommands.removeAll { $0.name.lowercased() == text.lowercased() }
      if text.lowercased() != newName.lowercased() { groups[g].renamedCommands.append(RenamedCommand(name: text, newName: newName)) }
    }
    return nil
  }

  private func scriptError(_ path: String, _ kind: String) -> RESPValue? {
    if denyScriptsReconfig {
      return Self.error(
        "Reconfiguration of scripts path is denied for security reasons. Check the deny-scripts-reconfig "
          + "configuration directive in your Sentinel configuration")
    }
    return path.isEmpty || isExecutable(path) ? nil : Self.error("\(kind) script seems non existing or non executable")
  }

  /// Credentials are given when a connection is made.
  private mutating func reauthenticate(_ g: Int) {
    closeConnections(of: groups[g].primary.link)
    for replica in groups[g].replicas { closeConnections(of: replica.link) }
  }

  // MARK: SENTINEL CONFIG GET <option> | SET <option> <value>

  mutating func config(_ words: [String], _ arguments: [[UInt8]]) -> RESPValue {
    switch (words[2].lowercased(), words.count) {
    case ("get", 4):
      let options: [(String, RESPValue)] = [
        ("resolve-hostnames", Self.bulk(resolveHostnames ? "yes" : "no")),
        ("announce-hostnames", Self.bulk(announceHostnames ? "yes" : "no")),
        ("announce-ip", Self.bulk(announceIP ?? "")), ("announce-port", Self.bulk("\(announcePort)")),
        ("sentinel-user", .bulkString(sentinelUser ?? [])), ("sentinel-pass", .bulkString(sentinelPass ?? [])),
      ]
      return .map(
        options.filter { Glob.matches(words[3].lowercased(), $0.0) }.map { .init(key: Self.bulk($0.0), value: $0.1) })
    case ("set", 5): return configSet(words[3], arguments[4])
    default: return Self.error("Only SENTINEL CONFIG GET <option> / SET <option> <value> are supported.")
    }
  }

  private mutating func configSet(_ option: String, _ value: [UInt8]) -> RESPValue {
    let text = String(decoding: value, as: UTF8.self)
    let invalid = Self.error("Invalid value '\(text)' to SENTINEL CONFIG SET '\(option)'")
    guard !value.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return invalid }
    switch option.lowercased() {
    case "resolve-hostnames":
      guard let yes = SentinelConfiguration.yesOrNo(text) else { return invalid }
      resolveHostnames = yes
    case "announce-hostnames":
      guard let yes = SentinelConfiguration.yesOrNo(text) else { return invalid }
      announceHostnames = yes
    case "announce-ip":
      guard !text.contains(",") else { return invalid }
      announceIP = text.isEmpty ? nil : text
    case "announce-port":
      guard let port = Int(text), (0...65535).contains(port) else { return invalid }
      announcePort = port
    case "sentinel-user":
      sentinelUser = value.isEmpty ? nil : value
      closeSentinelConnections()
    case "sentinel-pass":
      sentinelPass = value.isEmpty ? nil : value
      closeSentinelConnections()
    default: return Self.error("Invalid argument '\(option)' to SENTINEL CONFIG SET")
    }
    saveState()
    for g in groups.indices { touch(g) }
    return Self.ok
  }

  private mutating func closeSentinelConnections() {
    for group in groups {
      for sentinel in group.sentinels { closeConnections(of: sentinel.link) }
    }
  }
}
