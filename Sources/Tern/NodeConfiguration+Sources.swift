#if Configuration
  public import Configuration
#endif

/// Where the settings of a node are looked up by name: `cluster.members`, say.
protocol SettingsSource {
  func text(_ key: [String]) -> String?
  /// - Throws: if there is something that is none.
  func number(_ key: [String]) throws(TernError) -> Int?
  func list(_ key: [String]) -> [String]?
}

extension SettingsSource {
  func number(_ key: [String]) throws(TernError) -> Int? {
    guard let text = text(key) else { return nil }
    guard let number = Int(text.trimmed) else { throw Self.invalid(key, text, "a whole number") }
    return number
  }

  func list(_ key: [String]) -> [String]? {
    text(key)?.split { $0 == "," || $0.isWhitespace }.map(String.init)
  }

  static func invalid(_ key: [String], _ text: String, _ wanted: String) -> TernError {
    TernError(.configuration, "\(key.joined(separator: ".")): '\(text)' is not \(wanted)")
  }
}

extension Node.Configuration {
  /// From the environment: `TERN_PORT`, `TERN_CLUSTER_MEMBERS` and so on; the names are those of <doc:Configuring>. What is
  /// not there keeps its default.
  ///
  /// - Parameter environment: the process's own is `ProcessInfo.processInfo.environment`.
  /// - Throws: ``TernError/Code/configuration`` for a value that means nothing.
  public init(environment: [String: String]) throws(TernError) {
    self.init()
    try take(EnvironmentSettings(variables: environment))
  }

  #if Configuration
    /// From swift-configuration, with whatever providers the program has given the reader. The keys are those of <doc:Configuring>; with
    /// `reader.scoped(to: "tern")` they stand below `tern`. What is not there keeps its default. Needs the package trait `Configuration`.
    ///
    /// - Throws: ``TernError/Code/configuration`` for a value that means nothing.
    public init(reader: ConfigReader) throws(TernError) {
      self.init()
      try take(ReaderSettings(reader: reader))
    }
  #endif

  private mutating func take(_ source: some SettingsSource) throws(TernError) {
    if let value = try source.number(["port"]) { port = value }
    if let value = source.list(["addresses"]) { addresses = value }
    if let value = source.text(["unixSocket"]) { unixSocket = value }
    if let value = source.text(["directory"]) { directory = value }
    if let value = source.text(["persistence"]) {
      guard let known = Persistence(setting: value) else {
        throw EnvironmentSettings.invalid(["persistence"], value, "none, snapshots, always, everysec or no")
      }
      persistence = known
    }
    if let value = source.text(["replicaOf"]) {
      guard let endpoint = Endpoint(setting: value) else { throw EnvironmentSettings.invalid(["replicaOf"], value, "host:port") }
      replicaOf = endpoint
    }
    if let value = source.text(["password"]) { password = value }
    if let value = source.text(["file"]) { file = value }
    if let value = try source.number(["leaderTimeoutMilliseconds"]) { leaderTimeout = .milliseconds(value) }
    if let value = source.text(["metricsLabel"]) { metricsLabel = value }
    if let value = source.text(["text"]) { text = value }
    cluster = try Cluster(source) ?? cluster
  }
}

extension Node.Configuration.Cluster {
  fileprivate init?(_ source: some SettingsSource) throws(TernError) {
    guard let members = source.list(["cluster", "members"]) else { return nil }
    self.init(
      name: source.text(["cluster", "name"]) ?? "mymaster", members: members, quorum: try source.number(["cluster", "quorum"]),
      own: source.text(["cluster", "own"]), sentinelPort: try source.number(["cluster", "sentinelPort"]))
    if let value = source.text(["cluster", "durability"]) {
      switch value.trimmed.lowercased() {
      case "async": durability = .async
      case "quorum": durability = .quorum
      default: throw EnvironmentSettings.invalid(["cluster", "durability"], value, "async or quorum")
      }
    }
    if let value = try source.number(["cluster", "downAfterMilliseconds"]) { downAfter = .milliseconds(value) }
    if let value = try source.number(["cluster", "failoverTimeoutMilliseconds"]) { failoverTimeout = .milliseconds(value) }
  }
}

extension Node.Configuration.Persistence {
  fileprivate init?(setting: String) {
    switch setting.trimmed.lowercased() {
    case "none": self = .none
    case "snapshots": self = .snapshots
    case let name:
      guard let sync = Sync(rawValue: name) else { return nil }
      self = .appendOnly(sync)
    }
  }
}

extension Node.Configuration.Endpoint {
  /// `host:port`, `[2001:db8::1]:6379`.
  fileprivate init?(setting: String) {
    let text = setting.trimmed
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65535).contains(port) else {
      return nil
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty else { return nil }
    self.init(host: host, port: port)
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

/// `cluster.sentinelPort` is `TERN_CLUSTER_SENTINEL_PORT`.
struct EnvironmentSettings: SettingsSource {
  let variables: [String: String]

  func text(_ key: [String]) -> String? { variables[Self.name(key)] }

  static func name(_ key: [String]) -> String {
    (["tern"] + key).map { part in
      part.reduce(into: "") { name, character in
        if character.isUppercase { name += "_" }
        name += character.uppercased()
      }
    }.joined(separator: "_")
  }
}

#if Configuration
  private struct ReaderSettings: SettingsSource {
    let reader: ConfigReader

    func text(_ key: [String]) -> String? { reader.string(forKey: ConfigKey(key), isSecret: key == ["password"]) }

    // A file may have a number or a text there, the environment has texts only.
    func number(_ key: [String]) throws(TernError) -> Int? {
      if let number = reader.int(forKey: ConfigKey(key)) { return number }
      guard let text = text(key) else { return nil }
      throw Self.invalid(key, text, "a whole number")
    }

    func list(_ key: [String]) -> [String]? {
      if let list = reader.stringArray(forKey: ConfigKey(key)) {
        return list.flatMap { $0.split { $0 == "," || $0.isWhitespace }.map(String.init) }
      }
      return text(key)?.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }
  }
#endif
