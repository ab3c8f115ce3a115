/// Directives of redis-server that have no effect here: they steer its threads, its allocator, its forked children or its cluster, or
/// a part that Tern does not have. A directive that comes to be honoured moves to the other file, with a property.
extension Directive {
  static let ignoredServer: [Directive] = [
    .ignoredBool("set-proc-title", default: true, .immutable),
    .ignoredString("proc-title-template", default: "{title} {listen-addr} {server-mode}") {
      isProcessTitle($0) ? nil : "template format is invalid or contains unknown variables"
    },
    .ignoredChoice("supervised", ["upstart", "systemd", "auto", "no"], default: "no", .immutable),
    .ignoredBool("syslog-enabled", default: false, .immutable),
    .ignoredString("syslog-ident", default: "redis", .immutable),
    .ignoredChoice(
      "syslog-facility", ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"], default: "local0",
      .immutable),
    .ignoredBool("crash-memcheck-enabled", default: true),
    .ignoredBool("use-exit-on-panic", default: false, .hidden),
    .ignoredInteger("watchdog-period", default: 0, natural32, .hidden),
    .ignoredString("ignore-warnings", default: ""),
    .ignoredInteger("socket-mark-id", default: 0, 0...Int128(UInt32.max), .immutable),
    .ignoredInteger("io-threads", default: 1, 1...128, .immutable),
    .ignoredBool("io-threads-do-reads", default: false, .immutable),
    .ignoredBool("dynamic-hz", default: true),
    .ignoredString("server_cpulist", .immutable),
    .ignoredString("bio_cpulist", .immutable),
    .ignoredString("aof_rewrite_cpulist", .immutable),
    .ignoredString("bgsave_cpulist", .immutable),
    .ignoredBool("disable-thp", default: true, .immutable),
    .ignoredChoice("oom-score-adj", ["no", "yes", "relative", "absolute"], default: "no", synonyms: ["relative": "yes"]),
    .oomScoreAdjValues,
    .ignoredString("aclfile", default: "", .immutable),
    .ignoredChoice("acl-pubsub-default", ["allchannels", "resetchannels"], default: "resetchannels"),
    .ignoredInteger("acllog-max-len", default: 128, natural64),
    .ignoredInteger("busy-reply-threshold", default: 5000, natural64, aliases: ["lua-time-limit"]),
    .ignoredBool("lua-enable-deprecated-api", default: false, [.immutable, .hidden]),
    .ignoredChoice("sanitize-dump-payload", ["no", "yes", "clients"], default: "no"),
    .ignoredBool("rdb-del-sync-files", default: false),
    .ignoredBool("rdb-save-incremental-fsync", default: true),
    .ignoredBool("aof-rewrite-incremental-fsync", default: true),
    .ignoredBool("replica-lazy-flush", default: false, aliases: ["slave-lazy-flush"]),
  ]

  static let ignoredMemory: [Directive] = [
    .ignoredBool("activerehashing", default: true),
    .ignoredBool("jemalloc-bg-thread", default: true),
    .ignoredBool("activedefrag", default: false),
    .ignoredInteger("active-defrag-cycle-min", default: 1, 1...99),
    .ignoredInteger("active-defrag-cycle-max", default: 25, 1...99),
    .ignoredInteger("active-defrag-threshold-lower", default: 10, 0...1000),
    .ignoredInteger("active-defrag-threshold-upper", default: 100, 0...1000),
    .ignoredInteger("active-defrag-max-scan-fields", default: 1000, positive64),
    .ignoredInteger("active-defrag-ignore-bytes", default: 100 << 20, positive64, in: .memory),
    .ignoredBool("lazyfree-lazy-server-del", default: false),
    .ignoredInteger("list-compress-depth", default: 0, natural32),
  ]

  static let ignoredCluster: [Directive] = [
    .ignoredBool("cluster-enabled", default: false, .immutable),
    .ignoredString("cluster-config-file", default: "nodes.conf", .immutable),
    .ignoredInteger("cluster-port", default: 0, portRange, .immutable),
    .ignoredInteger("cluster-node-timeout", default: 15_000, natural64),
    .ignoredString("cluster-announce-ip"),
    .ignoredInteger("cluster-announce-port", default: 0, portRange),
    .ignoredInteger("cluster-announce-tls-port", default: 0, portRange),
    .ignoredInteger("cluster-announce-bus-port", default: 0, portRange),
    .ignoredString("cluster-announce-hostname", validate: complaint(aboutHostname:)),
    .ignoredChoice("cluster-preferred-endpoint-type", ["ip", "hostname", "unknown-endpoint"], default: "ip"),
    .ignoredInteger("cluster-link-sendbuf-limit", default: 0, 0...Int128(UInt64.max), in: .memory),
    .ignoredInteger("cluster-migration-barrier", default: 1, natural32),
    .ignoredInteger("cluster-replica-validity-factor", default: 10, natural32, aliases: ["cluster-slave-validity-factor"]),
    .ignoredBool("cluster-replica-no-failover", default: false, aliases: ["cluster-slave-no-failover"]),
    .ignoredBool("cluster-require-full-coverage", default: true),
    .ignoredBool("cluster-allow-reads-when-down", default: false),
    .ignoredBool("cluster-allow-pubsubshard-when-down", default: true),
    .ignoredBool("cluster-allow-replica-migration", default: true),
  ]

  static let ignoredTLS: [Directive] =
    [
      .ignoredInteger("tls-port", default: 0, portRange),
      .ignoredInteger("tls-session-cache-size", default: 20_480, natural32),
      .ignoredInteger("tls-session-cache-timeout", default: 300, natural32),
      .ignoredBool("tls-cluster", default: false),
      .ignoredBool("tls-replication", default: false),
      .ignoredChoice("tls-auth-clients", ["no", "yes", "optional"], default: "yes"),
      .ignoredBool("tls-prefer-server-ciphers", default: false),
      .ignoredBool("tls-session-caching", default: true),
    ]
    + [
      "cert-file", "key-file", "key-file-pass", "client-cert-file", "client-key-file", "client-key-file-pass", "dh-params-file",
      "ca-cert-file", "ca-cert-dir", "protocols", "ciphers", "ciphersuites",
    ].map { .ignoredString("tls-" + $0) }

  /// Three numbers that are no string to redis-server, but have nowhere to go here.
  private static let oomScoreAdjValues: Directive = {
    let name = "oom-score-adj-values"
    let fallback = "0 200 800"
    let place = Place<String?>.passive(name, default: fallback)
    return Directive(
      name: name, aliases: [], kind: .special, traits: .multipleArguments, isIgnored: true,
      assign: { (configuration, arguments, _) throws(ConfigurationReason) in
        guard arguments.count == 3 else { throw .wrongNumberOfArguments }
        var values: [String] = []
        for argument in arguments {
          guard let value = ConfigurationNumbers.lenientInteger(cString(argument)), (-2000...2000).contains(value) else {
            throw ConfigurationReason("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
          }
          values.append("\(value)")
        }
        place.set(&configuration, values.joined(separator: " "))
      },
      value: { Array((place.get($0) ?? "").utf8) },
      lines: { [RewriteLine("\(name) \(place.get($0) ?? "")", isForced: place.get($0) != fallback)] })
  }()

  private static func complaint(aboutHostname name: String) -> String? {
    guard name.utf8.count < 256 else { return "Hostnames must be less than 256 characters" }
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    return isPlain ? nil : "Hostnames may only contain alphanumeric characters, hyphens or dots"
  }

  /// `{variable}`s are known, and something is left when those that can be empty are; `{{` is a brace.
  private static func isProcessTitle(_ template: String) -> Bool {
    let variables = ["title": "", "listen-addr": "*", "server-mode": "", "port": "0", "tls-port": "0", "unixsocket": "", "config-file": ""]
    var rest = template[...]
    var title = ""
    while let brace = rest.firstIndex(of: "{") {
      title += rest[..<brace]
      rest = rest[brace...].dropFirst()
      if rest.first == "{" {
        title += "{"
        rest = rest.dropFirst()
      } else if let end = rest.firstIndex(of: "}"), let value = variables[String(rest[..<end])] {
        title += value
        rest = rest[end...].dropFirst()
      } else {
        return false
      }
    }
    return !(title + rest).allSatisfy { $0 == " " }
  }
}
