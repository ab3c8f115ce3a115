import SampleSupport
import TernEngine
import Testing

/// What a Tern sentinel answers, beside what redis-sentinel answers to the same question.
@Suite(.serialized, .timeLimit(.minutes(15))) struct SentinelDifferentialTests {
  /// Changes from one moment to the next, or from one sentinel to another.
  private static let volatileFields: Set<String> = [
    "last-ping-sent", "last-ok-ping-reply", "last-ping-reply", "info-refresh", "role-reported-time", "slave-repl-offset",
    "last-hello-message", "link-pending-commands", "runid", "name", "port",
  ]

  private static let questions = [
    "SENTINEL", "SENTINEL NOPE", "SENTINEL MASTERS", "SENTINEL MASTERS x", "SENTINEL MASTER mymaster", "SENTINEL MASTER nope",
    "SENTINEL MASTER", "SENTINEL REPLICAS mymaster", "SENTINEL SLAVES mymaster", "SENTINEL SLAVES nope", "SENTINEL SENTINELS mymaster",
    "SENTINEL SENTINELS nope", "SENTINEL GET-MASTER-ADDR-BY-NAME mymaster", "SENTINEL GET-MASTER-ADDR-BY-NAME nope",
    "SENTINEL CKQUORUM mymaster", "SENTINEL CKQUORUM nope", "SENTINEL CKQUORUM", "SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0 *",
    "SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 x 0 *", "SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 x *",
    "SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0", "SENTINEL PENDING-SCRIPTS", "SENTINEL PENDING-SCRIPTS x", "SENTINEL INFO-CACHE nope",
    "SENTINEL INFO-CACHE", "SENTINEL SIMULATE-FAILURE", "SENTINEL SIMULATE-FAILURE help", "SENTINEL SIMULATE-FAILURE nope",
    "SENTINEL SIMULATE-FAILURE crash-after-election crash-after-promotion", "SENTINEL MYID x", "SENTINEL FLUSHCONFIG",
    "SENTINEL FLUSHCONFIG x", "SENTINEL RESET nope", "SENTINEL RESET", "SENTINEL REMOVE nope", "SENTINEL REMOVE", "SENTINEL MONITOR",
    "SENTINEL MONITOR mymaster 127.0.0.1 1 1", "SENTINEL MONITOR new 127.0.0.1 1 0", "SENTINEL MONITOR new 127.0.0.1 1 x",
    "SENTINEL MONITOR new 127.0.0.1 x 1", "SENTINEL MONITOR new 127.0.0.1 99999 1", "SENTINEL MONITOR new nohost.invalid 1 1",
    "SENTINEL MONITOR new 127.0.0.1 1 2", "SENTINEL REMOVE new", "SENTINEL SET", "SENTINEL SET mymaster", "SENTINEL SET mymaster quorum",
    "SENTINEL SET mymaster quorum 1", "SENTINEL SET mymaster quorum 0", "SENTINEL SET mymaster quorum x", "SENTINEL SET nope quorum 1",
    "SENTINEL SET mymaster nope 1", "SENTINEL SET mymaster down-after-milliseconds 0", "SENTINEL SET mymaster failover-timeout 0",
    "SENTINEL SET mymaster parallel-syncs 2", "SENTINEL SET mymaster parallel-syncs 0",
    "SENTINEL SET mymaster notification-script /bin/true",
    "SENTINEL SET mymaster master-reboot-down-after-period -5", "SENTINEL SET mymaster rename-command A",
    "SENTINEL SET mymaster quorum 1 nope 1", "SENTINEL SET mymaster quorum 1 down-after-milliseconds", "SENTINEL CONFIG",
    "SENTINEL CONFIG GET",
    "SENTINEL CONFIG GET *", "SENTINEL CONFIG GET announce-*", "SENTINEL CONFIG GET nope", "SENTINEL CONFIG GET a b",
    "SENTINEL CONFIG SET nope 1", "SENTINEL CONFIG SET announce-port x", "SENTINEL CONFIG SET announce-port 70000",
    "SENTINEL CONFIG SET announce-port 0", "SENTINEL CONFIG SET resolve-hostnames maybe", "SENTINEL CONFIG SET resolve-hostnames no",
    "SENTINEL CONFIG NOPE a", "SENTINEL DEBUG", "SENTINEL DEBUG info-period", "SENTINEL DEBUG info-period 0", "SENTINEL DEBUG nope 1",
    "SENTINEL FAILOVER nope", "SENTINEL FAILOVER", "SENTINEL FAILOVER mymaster now", "ROLE", "ROLE x", "PUBLISH x y",
    "PUBLISH __sentinel__:hello nonsense", "PUBLISH", "GET a", "CONFIG GET port", "ACL WHOAMI", "MULTI", "EXEC", "SUBSCRIBE",
  ]

  @Test(arguments: [2, 3])
  func `answers are redis-sentinel's`(version: Int) async throws {
    let primary = try await ServerProcess.start(.redis, configuration: ["save ''"])
    let replica = try await ServerProcess.start(.redis, configuration: ["save ''", "replicaof 127.0.0.1 \(primary.port)"])
    let settings = ["sentinel monitor mymaster 127.0.0.1 \(primary.port) 1", "sentinel down-after-milliseconds mymaster 20000"]
    let redis = try await ServerProcess.start(.redis, as: .sentinel, configuration: settings)
    let tern = try await ServerProcess.start(.tern, as: .sentinel, configuration: settings)
    for sentinel in [redis, tern] {
      try await sentinel.wait("a replica and a sentinel", within: .seconds(20)) {
        let replicas = try await sentinel.ask("SENTINEL", "REPLICAS", "mymaster").elements ?? []
        let isLinked = replicas.count == 1 && "\(replicas.map { Self.text($0, nil) })".contains("master-link-status ok")
        let others = try await sentinel.ask("SENTINEL", "SENTINELS", "mymaster").elements ?? []
        let isKnown = others.count == 1 && !"\(others.map { Self.text($0, nil) })".contains("disconnected")
        return isLinked && isKnown ? nil : "\(replicas.count) replicas, \(others.count) sentinels"
      }
    }
    let (there, here) = (try await redis.connect(), try await tern.connect())
    if version == 3 { for connection in [there, here] { _ = try await connection.command("HELLO", "3") } }
    var differences: [String] = []
    for question in Self.questions {
      let words = question.split(separator: " ").map(String.init)
      let expected = Self.text(try await there.pipeline([words])[0], nil)
      let answer = Self.text(try await here.pipeline([words])[0], nil)
      if expected != answer { differences.append("\(question)\n  redis: \(expected)\n  tern:  \(answer)") }
    }
    #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    try await ServerProcess.kill([tern, redis, replica, primary])
  }

  /// With the kind of every value; what differs by its nature is left out.
  private static func text(_ value: RESPValue, _ field: String?) -> String {
    if let field, volatileFields.contains(field) { return "*" }
    switch value {
    case .simpleString(let bytes): return "+" + String(decoding: bytes, as: UTF8.self)
    case .error(let bytes): return "-" + String(decoding: bytes, as: UTF8.self)
    case .bulkString(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .integer(let integer): return ":\(integer)"
    case .map(let pairs): return "%" + pairs.map { "\(text($0.key, nil)) \(text($0.value, $0.key.text))" }.joined(separator: ", ")
    case .array(let elements):
      var texts: [String] = []
      for (n, element) in elements.enumerated() { texts.append(text(element, n % 2 == 1 ? elements[n - 1].text : nil)) }
      return "[" + texts.joined(separator: " ") + "]"
    default: return "\(value)"
    }
  }
}
